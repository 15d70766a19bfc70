import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.message_test"


def caught(*body: str) -> str:
    return "try:\n    a()\nexcept OSError as e:\n" + "".join(f"    {line}\n" for line in body)


@pytest.mark.parametrize(
    "body",
    [
        "if isinstance(e, TimeoutError): retry()",
        "if e.errno == 2: retry()",
        "if e.code == 'EAGAIN': retry()",
        "if 'x' in str(e): retry()",  # one character
        "if str(e) == '': retry()",
        "if word in str(e): retry()",
        "if 'busy' in str(other): retry()",
        "if 'busy' in str(e.inner): retry()",
        "if 'busy' in str(e, 'utf-8'): retry()",
        "if 'busy' in text(e): retry()",
        "if 'busy' in e.args: retry()",
        "if 'busy' in other.args[0]: retry()",
        "if 'busy' in e.inner.message: retry()",
        "if str(e).startswith(prefix): retry()",
        "if str(e) == ('busy', 'gone'): retry()",
        "if str(e) in ('busy', 'gone'): retry()",
        "if e.args[1] == 'busy': retry()",
        "if 'busy' in e.message.parts: retry()",
        "if str(e) > 'busy': retry()",
        "if 'busy' in repr(e): retry()",
        "log.info(str(e))",
    ],
)
def test_silent(body: str) -> None:
    assert lines(NAME, caught(body)) == []


def test_silent_outside_of_the_handler_and_when_the_name_means_something_else() -> None:
    assert lines(NAME, caught("pass") + "if 'busy' in str(e): retry()\n") == []
    assert lines(NAME, caught("def f(e): return 'busy' in str(e)")) == []
    assert lines(NAME, caught("ok = ['busy' in str(e) for e in xs]")) == []
    assert lines(NAME, "def str(x): ...\n" + caught("if 'busy' in str(e): retry()")) == []


@pytest.mark.parametrize(
    "test",
    [
        "'busy' in str(e)",
        "'busy' not in str(e)",
        "str(e) == 'busy'",
        "'busy' != str(e)",
        "str(e).startswith('busy')",
        "str(e).endswith(('busy', 'x'))",
        "'busy' in str(e).lower()",
        "str(e).strip().casefold().startswith('busy')",
        "'busy' in e.args[0]",
        "'busy' in e.message",
        "e.message.upper() == 'BUSY'",
    ],
)
def test_every_kind_of_test_is_found_as_a_whole(test: str) -> None:
    assert anchored(NAME, caught(f"if ready and ({test}): retry()")) == [[test]]


def test_found_outside_of_conditions_too() -> None:
    source = caught(
        "return_value = 'busy' in str(e)", "assert 'busy' in str(e)", "f(lambda: 'busy' in str(e))"
    )
    assert lines(NAME, source) == [4, 5, 6]


def test_one_step_back() -> None:
    body = ["text = str(e).lower()", "if 'busy' in text: retry()", "if text.startswith('gone'): stop()"]
    assert lines(NAME, caught(*body)) == [5, 6]
    assert lines(NAME, caught("text = str(e)", "text = clean(text)", "if 'busy' in text: retry()")) == []


def test_nested_handlers_and_a_comparison_over_two_lines() -> None:
    source = """
        try:
            a()
        except OSError as outer:
            try:
                b()
            except KeyError as inner:
                if "busy" in str(
                    outer
                ) or "gone" == str(inner):
                    c()
    """
    assert lines(NAME, source) == [8, 10]


def test_chained_comparisons_are_read_in_pairs() -> None:
    assert lines(NAME, caught("if 'busy' == str(e) == other: retry()")) == [4]
    assert lines(NAME, caught("if 'busy' == other == str(e): retry()")) == []


def test_sites_are_string_tests_in_conditions_and_tests_of_messages() -> None:
    source = caught(
        "if name == 'ab': f()", "ok = name == 'ab'", "ok = 'ab' in str(e)", "x = 1 if 'ab' in y else 2"
    )
    assert site_lines(NAME, source) == [4, 6, 7]


def test_tests_are_exempt() -> None:
    assert check_named(NAME).exempt == ("tests",)
