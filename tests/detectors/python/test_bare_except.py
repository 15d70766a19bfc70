import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.bare_except"


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    a()\nexcept ValueError:\n    pass\n",
        "try:\n    a()\nexcept (ValueError, KeyError) as error:\n    print(error)\n",
        "try:\n    a()\nexcept:\n    clean_up()\n    raise\n",
        "try:\n    a()\nfinally:\n    b()\n",
        "# except:\nx = 'except:'\n",
    ],
)
def test_silent(source: str) -> None:
    assert lines(NAME, source) == []


def test_bare_handler_is_found_at_the_except_line() -> None:
    assert lines(NAME, "try:\n    a()\nexcept:\n    pass\n") == [3]
    assert anchored(NAME, "try:\n    a()\nexcept:\n    pass\n") == [["except"]]


def test_raise_of_something_else_or_deeper_down_is_no_exemption() -> None:
    assert lines(NAME, "try:\n    a()\nexcept:\n    raise Other()\n") == [3]
    assert lines(NAME, "try:\n    a()\nexcept:\n    if x:\n        raise\n") == [3]


def test_a_raise_of_a_function_or_handler_inside_is_no_exemption() -> None:
    assert lines(NAME, "try:\n    a()\nexcept:\n    def f():\n        raise\n") == [3]
    inner = "    try:\n        b()\n    except KeyError:\n        raise\n"
    assert lines(NAME, f"try:\n    a()\nexcept:\n{inner}") == [3]


def test_anchor_is_the_keyword_of_an_indented_handler() -> None:
    assert anchored(NAME, "if x:\n    try: é()\n    except : pass\n") == [["except"]]


def test_several_and_nested() -> None:
    source = """
        def f():
            try:
                a()
            except KeyError:
                try:
                    b()
                except:
                    return 1
            except:
                return 2
    """
    assert lines(NAME, source) == [8, 10]


def test_sites_are_all_handlers() -> None:
    assert site_lines(NAME, "try:\n    a()\nexcept KeyError:\n    b()\nexcept:\n    c()\n") == [3, 5]


def test_tests_are_exempt() -> None:
    assert check_named(NAME).exempt == ("tests",)
