"""Both sides of a change, and which findings the new one has more of."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.diff import FileChange, added_file, new_text
from feedback_loop.domain.finding import Finding
from feedback_loop.engines.compare import more_frequent, new_side, old_side, old_text

Places = list[tuple[int, bool]]


def finding(line: int, index: int, text: str = "except:", path: bytes = b"a.py") -> Finding:
    """The `index`-th occurrence of its text, as a fingerprint tells it."""
    span = (line, 1, line, 7)
    key = f"{path!r} {text} {index}"
    return Finding("p", "d", "block", "high", path, (span,), "m", "", text, key)


def places(new: list[Finding], old: list[Finding], added: set[int], unknown: bool = False) -> Places:
    paths = frozenset({b"a.py"}) if unknown else frozenset()
    found = more_frequent(new, old, {b"a.py": frozenset(added)}, paths)
    return sorted((one.line, one.nonlocal_) for one in found)


def test_what_was_there_before_is_no_news() -> None:
    assert places([finding(5, 0), finding(9, 1)], [finding(1, 0), finding(2, 1)], {5, 9}) == []


def test_what_is_gone_is_no_news() -> None:
    assert places([], [finding(1, 0)], set()) == []


def test_one_more_is_found_on_its_added_line_whatever_its_index() -> None:
    assert places([finding(1, 0), finding(5, 1), finding(9, 2)], [finding(4, 0), finding(8, 1)], {1}) == [
        (1, False)
    ]


def test_one_more_on_lines_that_were_left_alone_is_nonlocal() -> None:
    assert places([finding(5, 0)], [], {1}) == [(5, True)]


def test_an_anchor_of_several_lines_touches_all_of_them() -> None:
    one = finding(5, 0)
    one.anchors = ((5, 1, 5, 2), (7, 1, 9, 2))
    assert places([one], [], {8}) == [(5, False)]


def test_of_equal_ones_the_old_lines_come_last() -> None:
    new = [finding(1, 0), finding(2, 1), finding(3, 2)]
    assert places(new, [finding(1, 0)], {3}) == [(2, True), (3, False)]


def test_where_the_old_text_is_unknown_only_added_lines_count() -> None:
    assert places([finding(1, 0), finding(5, 0, "x")], [], {5}, unknown=True) == [(5, False)]


def test_files_are_counted_apart() -> None:
    new = [finding(1, 0), finding(1, 0, path=b"b.py")]
    found = more_frequent(new, [finding(3, 0)], {})
    assert [(one.path, one.nonlocal_) for one in found] == [(b"b.py", True)]


def test_a_change_without_text_is_its_own_side() -> None:
    change = FileChange(b"a.png", "M", skip="binary")
    assert new_side(change) is change
    assert old_side(change) is change


@pytest.mark.parametrize(
    ("hunk", "old", "new"),
    [
        (b"", b"", b""),
        (b"+a\n", b"", b"a\n"),
        (b"-a\n", b"a\n", b""),
        (b" a\n-b\n+c\n d\n", b"a\nb\nd\n", b"a\nc\nd\n"),
        (b"-a\n\\ No newline at end of file\n+a\n", b"a", b"a\n"),
        (b"-a\n+a\n\\ No newline at end of file\n", b"a\n", b"a"),
        (b"-b\n a\n\\ No newline at end of file\n", b"b\na", b"a"),
    ],
)
def test_the_texts_of_a_hunk(hunk: bytes, old: bytes, new: bytes) -> None:
    assert (old_text(hunk), new_text(hunk)[0]) == (old, new)


LINES = st.lists(st.sampled_from(["a", "b", "", "-c", "+d", "\\ e", " f", "\r"]), max_size=8)


@given(LINES, LINES, st.booleans(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_both_texts_come_back_from_any_hunk(
    old: list[str], new: list[str], old_end: bool, new_end: bool
) -> None:
    before, after = (
        ("\n".join(lines) + "\n" * ended if lines and lines[-1] else "".join(f"{one}\n" for one in lines))
        for lines, ended in ((old, old_end), (new, new_end))
    )
    rows = []
    matcher = difflib.SequenceMatcher(None, _rows(before), _rows(after), autojunk=False)
    for tag, begin, end, first, last in matcher.get_opcodes():
        rows += [("-" if tag != "equal" else " ") + row for row in _rows(before)[begin:end]]
        rows += ["+" + row for row in _rows(after)[first:last]] if tag != "equal" else []
    hunk = "".join(row if row.endswith("\n") else row + "\n\\ No newline at end of file\n" for row in rows)
    change = FileChange(b"new.py", "R", hunk=hunk.encode(), old_path=b"old.py")
    assert old_text(hunk.encode()) == before.encode()
    for side, text in ((old_side(change), before), (new_side(change), after)):
        assert (side.path, side.hunk) == (b"new.py", added_file(text.encode(), b"new.py").hunk)


def _rows(text: str) -> list[str]:
    rows = [row + "\n" for row in text.split("\n")]
    rows[-1] = rows[-1][:-1]
    return rows if rows[-1] else rows[:-1]
