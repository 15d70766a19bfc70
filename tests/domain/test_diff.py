import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.diff import FileChange, added_file, keep_added, new_text
from tests.repo import Repo

NO_NEWLINE = b"\\ No newline at end of file\n"
line = st.binary(max_size=6).map(lambda data: data.replace(b"\n", b"+"))
rows = st.lists(st.tuples(st.sampled_from([b" ", b"+", b"-"]), line), max_size=12)


def written(
    rows: list[tuple[bytes, bytes]], old_ends: bool, new_ends: bool
) -> tuple[bytes, bytes, list[int]]:
    """(hunk as git writes it, new text, added lines) of these marked lines."""
    old_last, new_last = (_last(rows, mark) for mark in (b"-", b"+"))
    if old_last == new_last:  # a common last line has one line end
        old_ends = new_ends
    old_ends = old_ends or (old_last != new_last and rows[old_last][0] == b" ")
    new_ends = new_ends or (old_last != new_last and rows[new_last][0] == b" ")
    hunk, new, added = b"", [], []
    for at, (mark, text) in enumerate(rows):
        hunk += mark + text + b"\n"
        if mark != b"-":
            new.append(text)
        if mark == b"+":
            added.append(len(new))
        if (at == old_last and not old_ends) or (at == new_last and not new_ends):
            hunk += NO_NEWLINE
    return hunk, b"\n".join(new) + (b"\n" if new and new_ends else b""), added


def _last(rows: list[tuple[bytes, bytes]], mark: bytes) -> int:
    return max((at for at, row in enumerate(rows) if row[0] in (b" ", mark)), default=-1)


def test_nothing_added() -> None:
    assert new_text(b"") == (b"", [])
    assert new_text(b" a\n-b\n c\n") == (b"a\nc\n", [])
    assert new_text(b"-a\n-b\n") == (b"", [])


def test_a_missing_newline_counts_for_its_own_side_only() -> None:
    assert new_text(b"-a\n" + NO_NEWLINE + b"+a\n") == (b"a\n", [1])
    assert new_text(b"-a\n+a\n" + NO_NEWLINE) == (b"a", [1])
    assert new_text(b" a\n-b\n" + NO_NEWLINE) == (b"a\n", [])
    assert new_text(b" a\n" + NO_NEWLINE) == (b"a", [])


def test_content_that_looks_like_a_patch() -> None:
    assert new_text(b"++++ b/x\n+@@ -1 +1 @@\n+\\ No newline\n+\n") == (
        b"+++ b/x\n@@ -1 +1 @@\n\\ No newline\n\n",
        [1, 2, 3, 4],
    )


def test_only_a_newline_ends_a_line() -> None:
    assert new_text(b"+a\rb\x0c\x85\n+c\r\n") == (b"a\rb\x0c\x85\nc\r\n", [1, 2])


@settings(max_examples=150, deadline=None)
@given(rows, st.booleans(), st.booleans())
def test_the_new_text_comes_back_whole(
    rows: list[tuple[bytes, bytes]], old_ends: bool, new_ends: bool
) -> None:
    hunk, text, added = written(rows, old_ends, new_ends)
    assert new_text(hunk) == (text, added)
    assert FileChange(b"x", "M", hunk=hunk).added_count == len(added)


@settings(max_examples=150, deadline=None)
@given(rows, st.booleans(), st.booleans(), st.frozensets(st.integers(0, 12)))
def test_keep_added_changes_marks_not_text(
    rows: list[tuple[bytes, bytes]], old_ends: bool, new_ends: bool, kept: frozenset[int]
) -> None:
    hunk, text, added = written(rows, old_ends, new_ends)
    change = FileChange(b"x", "M", hunk=hunk)
    keep_added(change, kept)
    assert new_text(change.hunk or b"") == (text, [number for number in added if number in kept])
    assert change.added_count == len(kept.intersection(added))


def test_keep_added_leaves_a_change_without_text_alone() -> None:
    change = FileChange(b"x", "M", skip="binary")
    keep_added(change, frozenset([1]))
    assert (change.hunk, change.added_count, change.skip) == (None, 0, "binary")


def test_of_a_whole_file_too_lines_become_context() -> None:
    change = added_file(b"a\nb\nc", b"x.py")
    keep_added(change, frozenset([2]))
    assert (change.new_text(), change.added_count) == ((b"a\nb\nc", [2]), 1)


@settings(max_examples=150, deadline=None)
@given(st.binary())
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n"])
def test_an_added_file_holds_exactly_its_text(end: bytes, text: bytes) -> None:
    text += end
    change = added_file(text, b"x.py")
    count = len(text.removesuffix(b"\n").split(b"\n")) if text else 0
    assert (change.new_text()[0], list(change.new_text()[1])) == (text, list(range(1, count + 1)))
    assert change.first_line() == text[:4096].split(b"\n")[0]
    assert (change.path, change.status, change.added_count) == (b"x.py", "A", count)


@pytest.mark.parametrize(
    ("hunk", "first"),
    [
        (None, b""),
        (b"", b""),
        (b"-a\n", b""),
        (b"-a\n" + NO_NEWLINE, b""),
        (b"+#!/bin/sh\n+x\n", b"#!/bin/sh"),
        (b"-old\n #!/bin/sh\r\n", b"#!/bin/sh\r"),
        (b"-" + b"x" * 5000 + b"\n+#!/bin/sh\n", b"#!/bin/sh"),
        (b"-x\n" * 5000 + b"+#!/bin/sh\n", b"#!/bin/sh"),
        (b"+" + b"y" * 9000 + b"\n", b"y" * 4096),
        (b"+a", b"a"),
    ],
)
def test_first_line(hunk: bytes | None, first: bytes) -> None:
    assert FileChange(b"x", "M", hunk=hunk).first_line() == first


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b"a\n"),
        (b"a\nb\n", b"a\nc"),
        (b"a\nb", b"a\nb\n"),
        (b"a", b"b"),
        (b"a\n", b"\n\n"),
        (b"a\r\nb\r\n", b"a\r\n+b\r\n"),
        (b"x\n" * 40, b"x\n" * 20 + b"\\ No newline at end of file\n" + b"x\n" * 20),
    ],
)
def test_what_git_itself_writes(repo: Repo, old: bytes, new: bytes) -> None:
    repo.write("f", old)
    repo.stage()
    repo.commit()
    repo.write("f", new)
    repo.stage()
    command = ["git", "diff", "--cached", "-U1000000"]
    patch = subprocess.run(
        command, cwd=repo.root, env=repo.environment, capture_output=True, check=True
    ).stdout
    text, added = new_text(patch[patch.index(b"\n", patch.index(b"\n@@ ") + 1) + 1 :])
    assert text == new
    assert len(added) == int(repo.git("diff", "--cached", "--numstat").split("\t")[0])
