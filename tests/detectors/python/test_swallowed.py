import pytest

from tests.detectors.check_harness import anchored, check_named, lines, matches, site_lines

NAME = "python.swallowed"


def handler(clause: str, *body: str) -> str:
    return f"for x in xs:\n    try:\n        a()\n    {clause}\n" + "".join(
        f"        {line}\n" for line in body
    )


@pytest.mark.parametrize(
    "source",
    [
        handler("except ValueError:", "pass"),
        handler("except (OSError, KeyError):", "continue"),
        handler("except Exception:", "log.debug('no', exc_info=True)"),
        handler("except Exception:", "pass", "count()"),
        handler("except Exception:", "'the cache is optional'"),
        handler("except Exception:", "break"),
        handler("except Exception as error:", "raise Other from error"),
        handler("except errors.Exception:", "pass"),
        handler("except:", "pass"),
        "from .errors import Exception\n" + handler("except Exception:", "pass"),
        "class Exception(BaseException): ...\n" + handler("except Exception:", "pass"),
        "try:\n    a()\nfinally:\n    pass\n",
    ],
)
def test_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize("kind", ["Exception", "BaseException", "(KeyError, Exception)", "(BaseException,)"])
@pytest.mark.parametrize("body", ["pass", "...", "continue"])
def test_every_broad_handler_that_does_nothing_is_found(kind: str, body: str) -> None:
    assert lines(NAME, handler(f"except {kind}:", body)) == [4]


def test_several_idle_statements_are_still_idle() -> None:
    assert lines(NAME, handler("except Exception:", "...", "pass", "continue")) == [4]


@pytest.mark.parametrize("clause", ["except Exception as e:", "except builtins.Exception:", "except E:"])
def test_names_of_the_exception(clause: str) -> None:
    source = "import builtins\nfrom builtins import Exception as E\n" + handler(clause, "pass")
    assert lines(NAME, source) == [6]


def test_anchor_is_the_keyword_and_the_handler_is_the_full_span() -> None:
    source = "try:\n    a()\nexcept (\n    KeyError,\n    Exception,\n):\n    pass\n"
    assert anchored(NAME, source) == [["except"]]
    assert [match.full for match in matches(NAME, source)] == [(3, 0, 7, 8)]


def test_groups_and_nested_handlers() -> None:
    source = """
        try:
            a()
        except* Exception:
            pass
        try:
            b()
        except Exception:
            try:
                c()
            except Exception:
                pass
    """
    assert lines(NAME, source) == [4, 11]


def test_sites_are_all_handlers() -> None:
    assert site_lines(NAME, "try:\n    a()\nexcept KeyError:\n    b()\nexcept:\n    c()\n") == [3, 5]


def test_tests_are_exempt() -> None:
    assert check_named(NAME).exempt == ("tests",)
