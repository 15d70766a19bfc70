"""Conflicts that only generated text is in: they settle themselves; all others are a person's."""

from __future__ import annotations

import pytest

from feedback_loop.formats.managed_block import find_block, format_block, settle_merge

OURS, THEIRS = format_block("retros", "- one\n"), format_block("retros", "- two\n- three\n")
MARKS = "<<<<<<< HEAD\n{}=======\n{}>>>>>>> other\n"
BASE = "<<<<<<< HEAD\n{}||||||| base\nolder\n=======\n{}>>>>>>> other\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Title\n=======\n\ntext\n",
        "mine\n" + OURS,
        MARKS.format("a person\n", "another\n") + OURS,
        MARKS.format(OURS + "a person\n", THEIRS + "another\n"),
        MARKS.format(OURS, ""),
        "<<<<<<< HEAD\n" + OURS,
        OURS + ">>>>>>> other\n",
    ],
)
def test_what_is_no_conflict_or_a_persons_stays_as_it_is(text: str) -> None:
    assert settle_merge(text) == text


@pytest.mark.parametrize("marks", [MARKS, BASE])
def test_both_sides_wrote_the_block(marks: str) -> None:
    head, foot = "Title\n=======\n\n", "\nNotes of ours.\n"
    assert settle_merge(head + marks.format(OURS, THEIRS) + foot) == head + OURS + foot


def test_gits_own_conflict_cuts_the_block_at_its_hash() -> None:
    (first, one, last), (other, *items, _) = OURS.splitlines(True), THEIRS.splitlines(True)
    text = "prose\n" + MARKS.format(first + one, other + "".join(items)) + last
    settled = settle_merge(text)
    assert settled == "prose\n" + OURS
    block = find_block(settled, "retros", "GUIDE.md")
    assert block is not None
    assert block.intact
