"""Trailers as git reads and writes them: examples, properties, and git itself as the judge."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.names import Names, forms
from feedback_loop.domain.trailers import (
    above_cut,
    comment_of,
    doubts_about,
    has_text,
    pattern_trailers,
    read_trailers,
    with_proposal,
    with_trailers,
)

TEMPLATE = "\n# Please enter the commit message.\n#\n# On branch main\n"
CUT = "# ------------------------ >8 ------------------------\n"


def read(message: str, comment: str = "#") -> list[tuple[int, str, str]]:
    return [(one.line, one.key, one.value) for one in read_trailers(message, comment)]


# -- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        "",
        "\n\n",
        "Pattern: a_b",
        "subject\nPattern: a_b\n",
        "subject\n\nPattern: a_b\nand text\n",
        "subject\n\ntext\nPattern: a_b\n",
        "subject\n\nPattern: a_b\n\ntext\n",
        "subject\n\n  Pattern: a_b\n",
        "subject\n\n# Pattern: a_b\n",
        f"subject\n\ntext\n{CUT}\nPattern: a_b\n",
        "subject\n\nPät: a\n",
    ],
)
def test_no_trailers(message: str) -> None:
    assert read(message) == []


def test_the_last_paragraph_with_its_lines() -> None:
    message = "subject\n\nWhy: not this\n\nPattern: a_b\npattern : c_d  \nSee:x\nNone:\n"
    assert read(message) == [(5, "Pattern", "a_b"), (6, "pattern", "c_d"), (7, "See", "x"), (8, "None", "")]
    assert [one.value for one in pattern_trailers(message)] == ["a_b", "c_d"]


def test_continuations_are_one_value() -> None:
    assert read("s\n\nPattern: a_b\n  because\n\tof\nX: y\n") == [
        (3, "Pattern", "a_b because of"),
        (6, "X", "y"),
    ]


def test_comments_and_the_verbose_diff_are_no_part_of_it() -> None:
    message = f"# first\nsubject\n\nX: y\n# between\nPattern: a_b\n\n# Please\n{CUT}# Do not\ndiff\n\nX: z\n"
    assert read(message) == [(4, "X", "y"), (6, "Pattern", "a_b")]
    assert read(message.replace("#", ";"), ";") == read(message)
    assert read("s\n\n#: x\nPattern: a_b\n", "//") == []


def test_one_line_that_git_wrote_makes_up_for_three_others() -> None:
    signed = "s\n\nPattern: a_b\n(cherry picked from commit 1)\n"
    assert read(signed) == [(3, "Pattern", "a_b")]
    assert read(signed + "one\ntwo\n") == [(3, "Pattern", "a_b")]
    assert read("s\n\nPattern: a_b\none\n") == []
    assert read(signed + "1\n2\n3\n4\n5\n6\n7\n") == []


def test_other_line_ends() -> None:
    assert read("s\r\n\r\nPattern: a_b\r\n  c\r\n") == [(3, "Pattern", "a_b c")]


lines = st.one_of(
    st.sampled_from(
        [
            *("", "", " ", "\t", "subject", "text and text", "# comment", "#", ": x", "http://x", "a b: c"),
            *(
                "Pattern: a_b",
                "pattern:x",
                "Pattern : y",
                "Pattern:",
                " continued",
                "\tmore: of it",
                "X-1: y ",
            ),
            *("Signed-off-by: A <a@x>", "signed-off-by: a", "(cherry picked from commit 1234)", "---"),
            *("Pattern: a_b ", "-: -", "ü: x", "x: ü", CUT.strip(), "x: #y"),
        ]
    ),
    st.text("aP:-# \tü", max_size=8),
)
messages = st.builds(
    lambda parts, end: "\n".join(parts) + end,
    st.lists(lines, max_size=12),
    st.sampled_from(["", "\n", "\n\n"]),
)


def parsed_by_git(message: str) -> list[str]:
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", "interpret-trailers", "--parse", "--no-divider"],
        input=message.encode(),
        env=environment,
        cwd="/",
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().split("\n")[:-1]


@given(messages)
@settings(max_examples=100, deadline=None)
def test_git_reads_the_same(message: str) -> None:
    assert parsed_by_git(message) == [f"{one.key}: {one.value}" for one in read_trailers(message)]


# -- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before, after",
    [
        ("s\n", "s\n\nPattern: a_b\nPattern: c_d\n"),
        ("s", "s\n\nPattern: a_b\nPattern: c_d\n"),
        ("s\n\ntext\n", "s\n\ntext\n\nPattern: a_b\nPattern: c_d\n"),
        ("s\r\n\r\nX: y\r\n", "s\r\n\r\nX: y\r\nPattern: a_b\r\nPattern: c_d\r\n"),
        ("s\n\nX: y\n z\n\n# X: y\n", "s\n\nX: y\n z\nPattern: a_b\nPattern: c_d\n\n# X: y\n"),
        ("s\n\nPattern: A-b\n", "s\n\nPattern: A-b\nPattern: c_d\n"),
        ("s\n" + TEMPLATE, "s\n\nPattern: a_b\nPattern: c_d\n" + TEMPLATE),
        ("s\n" + CUT + "diff\n", "s\n\nPattern: a_b\nPattern: c_d\n" + CUT + "diff\n"),
        (TEMPLATE, "\n\nPattern: a_b\nPattern: c_d\n" + TEMPLATE),
        ("Pattern: a_b\n", "Pattern: a_b\n\nPattern: a_b\nPattern: c_d\n"),
    ],
)
def test_trailers_are_added_where_git_would(before: str, after: str) -> None:
    assert with_trailers(before, ["a_b", "c_d", "a_b"]) == after


@pytest.mark.parametrize("message", ["s\n", "s\n\nPattern: a_b\n", TEMPLATE, ""])
def test_nothing_to_add(message: str) -> None:
    assert with_trailers(message, []) == message
    assert with_proposal(message, []) == message


def pairs(message: str) -> list[tuple[str, str]]:
    return [(one.key, one.value) for one in read_trailers(message)]


def assert_put_in(before: str, after: str) -> None:
    """`after` is `before` with whole lines put in at one place."""
    places = range(len(before) + 1)
    assert any(after[:at] == before[:at] and after[at:].endswith(before[at:]) for at in places)


@given(messages, st.booleans())
@settings(max_examples=100, deadline=None)
def test_trailers_are_put_in_once_and_nothing_else_changes(message: str, crlf: bool) -> None:
    message = message.replace("\n", "\r\n") if crlf else message
    after = with_trailers(message, ["a_b", "new_one"])
    assert_put_in(message, after)
    assert with_trailers(after, ["a_b", "new_one"]) == after
    assert pairs(after)[: len(pairs(message))] == pairs(message)
    named = {form for one in pattern_trailers(after) for form in forms(one.value)}
    assert {"a_b", "new_one"} <= named  # `a_b :`, continued on the next line, names it too


@given(messages, st.booleans())
@settings(max_examples=100, deadline=None)
def test_proposals_are_put_in_once_and_declare_nothing(message: str, crlf: bool) -> None:
    message = message.replace("\n", "\r\n") if crlf else message
    after = with_proposal(message, ["a_b", "new_one"])
    assert_put_in(message, after)
    assert with_proposal(after, ["a_b", "new_one"]) == after
    assert (pairs(after), has_text(after)) == (pairs(message), has_text(message))


@given(messages)
@settings(max_examples=60, deadline=None)
def test_git_reads_what_was_written(message: str) -> None:
    after = with_trailers(message, ["new_one", "other_one"])
    assert {"Pattern: new_one", "Pattern: other_one"} <= set(parsed_by_git(after))


# -- a message that nobody has written -----------------------------------------------------------


def test_a_proposal_stands_below_the_subjects_place_as_a_comment() -> None:
    after = with_proposal(TEMPLATE, ["a_b"])
    kept = [line for line in after.split("\n") if not line.startswith("#")]
    assert (read(after), "".join(kept), after.startswith("\n\n# ")) == ([], "", True)
    taken = "subject" + after.replace("# Pattern", "Pattern")
    assert read(taken) == [(4, "Pattern", "a_b")]


def test_a_proposal_follows_the_trailers_that_git_put_there() -> None:
    after = with_proposal("\n\nSigned-off-by: A\n" + TEMPLATE, ["a_b"])
    assert [key for _, key, _ in read("s" + after.replace("# Pattern", "Pattern"))] == [
        "Signed-off-by",
        "Pattern",
    ]


@pytest.mark.parametrize("message", ["", "\n", "\n" + CUT + "diff\n"])
def test_no_proposal_where_git_takes_no_comments_away(message: str) -> None:
    assert with_proposal(message, ["a_b"]) == message


@pytest.mark.parametrize(
    "message, text",
    [
        ("", False),
        (TEMPLATE, False),
        ("\n\nSigned-off-by: A\n" + TEMPLATE, False),
        ("\n" + CUT + "diff\n", False),
        ("s\n", True),
        ("Signed-off-by: A\n", True),
        ("\n\ntext\n\nX: y\n", True),
    ],
)
def test_has_text(message: str, text: bool) -> None:
    assert has_text(message) is text


# -- what begins a comment -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "setting, message, wanted",
    [
        ("", "", "#"),
        (";", "# x", ";"),
        ("auto", "# 1\n\n; x\n", ";"),
        ("auto", "s\n", "#"),
        ("auto", "", "#"),
    ],
)
def test_the_comment_character(setting: str, message: str, wanted: str) -> None:
    assert comment_of(message, setting) == wanted


@pytest.mark.parametrize("message", ["", "text", "text\n" + CUT.strip(), "text\n " + CUT])
def test_nothing_is_cut(message: str) -> None:
    assert above_cut(message) == message


# -- names ---------------------------------------------------------------------------------------


def test_doubts() -> None:
    names = Names([("bounds_checking", "active", ("old_name",), ()), ("gone", "archived", (), ())])
    values = ["bounds_checking", "Bounds-Checking: why", "old_name", "gone", "bound_checking", "", "???", "x"]
    message = "s\n\n" + "".join(f"Pattern: {value}\n" for value in values)
    found = doubts_about(pattern_trailers(message), names)
    assert [(one.trailer.line, one.malformed, one.near) for one in found] == [
        (7, False, ("bounds_checking",)),
        (8, True, ()),
        (9, True, ()),
        (10, True, ()),
    ]
