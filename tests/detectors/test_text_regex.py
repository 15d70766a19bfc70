"""Expressions of RE2 for texts that are no source."""

import pytest

from feedback_loop.detectors.kinds import check_text_regex, text_regex


@pytest.mark.parametrize(
    ("regex", "words"),
    [
        ("not null", ""),
        (r"^hint: \w+$", ""),
        ("(a", "the group is not closed"),
        ("(?<=a)b", "look-behind"),
        ("a*", "matches the empty text"),
        ("a{1,900}", "a count above"),
    ],
)
def test_an_expression_is_fit_or_it_is_said_why_not(regex: str, words: str) -> None:
    found = check_text_regex(regex)
    assert words in found and bool(words) == bool(found)


@pytest.mark.parametrize(
    ("regex", "text", "found"),
    [
        ("not null", "", False),
        ("not null", "a NOT NULL constraint", True),
        (r"^hint: \w+$", "error\nHINT: migrate\n", True),
        ("a.b", "a\nb", False),
        ("x$", "\ud800 x", True),
    ],
)
def test_it_is_looked_for_on_each_line_without_regard_to_case(regex: str, text: str, found: bool) -> None:
    assert text_regex(regex)(text) is found
