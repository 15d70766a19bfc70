"""What of a message differs from run to run, and the expression that finds its like again."""

import re
from typing import Any

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.message_template import first_line, message_template, template_regex


@pytest.mark.parametrize(
    ("message", "template"),
    [
        (
            "index -4 is out of bounds for axis 0 with size 3",
            "index <int> is out of bounds for axis <int> with size <int>",
        ),
        ("[Errno 24] Too many open files: '/tmp/a'", "[Errno 24] Too many open files: <str>"),
        ("Object of type float32 is not", "Object of type float32 is not"),
        ("can't find 'it' in b'x\\'y' or \"z\"", "can't find <str> in <str> or <str>"),
        ("\n  \nfirst   line\nsecond", "first line"),
        ("", ""),
        ("GET https://a.b/c?d=1 failed", "GET <url> failed"),
        ("mail to me@example.org bounced", "mail to <email> bounced"),
        ("id 0d9f7d0e-6a53-4b67-9a0e-2f2f0e3b7c11", "id <uuid>"),
        ("at 2026-11-20T09:30:00.5Z, on 2026-11-20 at 09:30", "at <datetime>, on <date> at <time>"),
        ("host 10.0.0.17:8080 is down", "host <ip>:<int> is down"),
        ("<Item object at 0x7fb440c466d0>", "<Item object at <address>>"),
        ("cannot open /opt/me/shop/items.csv", "cannot open <path>/items.csv"),
        ("cannot open C:\\shop\\items.csv.", "cannot open <path>/items.csv."),
        ("cannot open data/2026/items.csv", "cannot open <path>/items.csv"),
        ("and/or, n/a", "and/or, n/a"),
        ("in \\xlib\\a.py", "in <path>/a.py"),
        ("bad \\xff, \\x9b31m and \\ud800 \\xf6a", "bad \\xff, \\x9b31m and \\ud800 \\xf6a"),
        ("commit 3fa9c1d27b not found, deadbeef neither", "commit <hex> not found, deadbeef neither"),
        ("took 3.5s of -1e9, version 1.2.3", "took <float>s of <float>, version <float>"),
        ("timeout after 30s (code=-9)", "timeout after <int>s (code=<int>)"),
        ("7 of 10-20", "<int> of <int>-<int>"),
    ],
)
def test_what_differs_from_run_to_run_is_replaced(message: str, template: str) -> None:
    assert message_template(message) == template
    assert message_template(template) == template


def test_a_long_message_is_cut_between_words() -> None:
    template = message_template("word " * 100)
    assert template == ("word " * 40).strip()
    assert len(message_template("x" * 300)) == 200


@settings(max_examples=100, deadline=None)
@given(
    st.integers(), st.uuids(), st.text("abc/", min_size=1, max_size=9).map(lambda text: f"/srv/{text}/x.py")
)
def test_other_numbers_and_folders_leave_the_template_unchanged(number: int, key: Any, path: str) -> None:
    made = message_template(f"row {number} of {key} in {path} is bad")
    assert made == "row <int> of <uuid> in <path>/x.py is bad"


# -- what stays although it is quoted ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "kept", "template"),
    [
        ("'Cart' has no 'price' of 'x'", ("Cart", "price"), "'Cart' has no 'price' of <str>"),
        ('Key "users.email" of `users`', ("users.email", "users"), 'Key "users.email" of `users`'),
        ("b'raw' and u'name'", ("raw", "name"), "b'raw' and u'name'"),
        ("'price'", ("prices",), "<str>"),
        ("'7'", ("7",), "'<int>'"),
        ("'/srv/a.py'", ("/srv/a.py",), "'<path>/a.py'"),
    ],
)
def test_what_is_kept_stays_but_for_numbers_and_addresses(
    message: str, kept: tuple[str, ...], template: str
) -> None:
    assert message_template(message, kept) == template


# -- the expression of a template --------------------------------------------------------------------


def matches(template: str, text: str) -> bool:
    """Under both engines, which must agree."""
    expression = template_regex(template)
    found = re.search(expression, text) is not None
    assert found == (re2.search(expression, text) is not None), (expression, text)
    return found


def test_an_expression_has_a_named_group_for_each_placeholder() -> None:
    expression = template_regex("row <int> of <int> in <path>/a.csv (<str>) is bad.")
    found = re.fullmatch(expression, "row 3 of -17 in /srv/data/a.csv ('x') is bad.")
    assert found is not None and re2.fullmatch(expression, found[0]) is not None
    assert found.groupdict() == {"int1": "3", "int2": "-17", "path1": "/srv/data", "str1": "'x'"}
    assert not matches("row <int> is bad.", "row x is bad.")
    assert not matches("row <int> is bad.", "row 3 is bad!")


def test_an_expression_is_anchored_at_the_start_and_at_the_end() -> None:
    assert matches("NOT NULL: a.b", "NOT NULL: a.b")
    assert not matches("NOT NULL: a.b", "NOT NULL: a.bc")
    assert not matches("NOT NULL: a.b", "x NOT NULL: a.b")
    assert matches("", "") and not matches("", "x")


def test_what_was_cut_is_open_at_the_end() -> None:
    for message in ("word " * 100, "x" * 300, "<int>" * 80, "a " + "x" * 300, "7 'x' " * 60):
        template = message_template(message)
        assert len(template) <= 200
        assert matches(template, first_line(message))
    assert matches("[{<str>: ('body', 'price')", "[{'loc': ('body', 'price'), 'msg': 'x'}]")


@pytest.mark.parametrize(
    "tail", ["", ". Did you mean: 'price'?", ". Did you forget to import 'x'?", " (/srv/shop/models.py)"]
)
def test_what_an_interpreter_advises_is_no_other_message(tail: str) -> None:
    assert matches("'Cart' object has no attribute 'prise'", "'Cart' object has no attribute 'prise'" + tail)


# Pieces that are placeholders, look like them, or mean something to an expression.
PIECES = st.sampled_from(
    (
        *(
            "'a b'",
            '"x"',
            "`t`",
            "“q”",
            "b'\\'",
            "https://a.b/c?d=1",
            "me@example.org",
            "é@b.co",
            "17",
            "-3.5e7",
        ),
        *("0d9f7d0e-6a53-4b67-9a0e-2f2f0e3b7c11", "2026-11-20T09:30:00.5Z", "2026/11/20", "09:30:01", "٣"),
        *("10.0.0.17", "0x7fb440c466d0", "/opt/me/x.py", "C:\\a\\b.csv.", "data/x.py", "~/a", "3fa9c1d27b"),
        *(
            "<int>",
            "<str>",
            "<path>/x",
            "<hex",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "\\",
            "^",
            "$",
            "+",
            "*",
            "?",
            "|",
        ),
        *(".", " ", "\t", "\n", "'", '"', "error", "[Errno 2]", "no attribute", "\x1c", "\xa0", "»x«"),
    )
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=30).map("".join),
    st.lists(PIECES, max_size=30).map(" ".join),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=300),
)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.lists(st.sampled_from(("a b", "x", "t", "q", "error")), max_size=2))
def test_an_expression_matches_the_line_that_it_came_from(message: str, kept: list[str]) -> None:
    assert matches(message_template(message, kept), first_line(message))
