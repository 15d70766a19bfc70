"""git's history stream read back: whatever lines and paths hold, wherever blocks end (H10, H11)."""

from __future__ import annotations

import re
import subprocess
from typing import NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback_loop.domain.changes import FileDiff
from feedback_loop.errors import MachineFault
from feedback_loop.formats.history_stream import Entry, Record, read_files, read_records, read_touched
from tests.planted import LINK, MODULE, PROGRAM, Odd, Planted
from tests.repo import Repo

OID, OTHER = "0f" * 20, "a1" * 32
NONE = "0" * 40
TRICKY = (
    b"",
    b"-- x",
    b"++ x",
    b"@@ -1 +1 @@",
    b"diff --git a/x b/x",
    OID.encode() + b"\0",
    b"\\ No newline",
    b"\r",
)


class Made(NamedTuple):
    """One hunk as it is written: first lines, the lines of both sides, the heading behind `@@`."""

    old_start: int
    new_start: int
    old: list[bytes]
    new: list[bytes]
    heading: bytes


class MadeFile(NamedTuple):
    status: str
    old_path: bytes
    path: bytes
    hunks: list[Made]


def _lines(least: int) -> st.SearchStrategy[list[bytes]]:
    line = st.sampled_from(TRICKY) | st.binary(max_size=12).map(lambda one: one.replace(b"\n", b""))
    return st.lists(line, min_size=least, max_size=3)


_paths = st.sampled_from(
    [b"a.py", b"b c.py", b"\xff.py", b"a\ndiff --git a/x b/x\n@@ -1 +1 @@\n", b":100644"]
)
_hunk = st.builds(
    Made, st.integers(0, 99), st.integers(0, 99), _lines(1), _lines(0), st.binary(max_size=8)
).map(lambda one: one._replace(heading=one.heading.replace(b"\n", b"")))
_file = st.builds(MadeFile, st.sampled_from("AMDR"), _paths, _paths, st.lists(_hunk, max_size=3))
_records = st.lists(
    st.tuples(st.sampled_from([OID, OTHER, "e5" * 20]), st.lists(_file, max_size=3)), min_size=1, max_size=5
)


def _render(records: list[tuple[str, list[MadeFile]]]) -> bytes:
    return b"".join(
        oid.encode()
        + b"\0"
        + b"".join(map(_entry, files))
        + (b"\0" + b"".join(map(_patch, files)) if files else b"")
        for oid, files in records
    )


def _entry(file: MadeFile) -> bytes:
    paths = file.old_path + b"\0" + file.path if file.status == "R" else file.path
    status = file.status + "087" * (file.status == "R")
    return f":100644 100755 {OID} {OTHER} {status}\0".encode() + paths + b"\0"


def _patch(file: MadeFile) -> bytes:
    head = b'diff --git "a/x\\n" b/y\nindex 0..1 100644\n'
    return head + b"--- a/x\n+++ b/y\n" * bool(file.hunks) + b"".join(map(_hunk_text, file.hunks))


def _hunk_text(one: Made) -> bytes:
    old, new = (
        f"{start}" if len(side) == 1 else f"{start},{len(side)}"
        for start, side in ((one.old_start, one.old), (one.new_start, one.new))
    )
    body = [b"-" + line for line in one.old] + [b"+" + line for line in one.new]
    return f"@@ -{old} +{new} @@".encode() + one.heading + b"\n" + b"".join(line + b"\n" for line in body)


def _blocks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(_records, st.integers(1, 200))
@settings(max_examples=100, deadline=None)
def test_what_was_written_is_read_back(records: list[tuple[str, list[MadeFile]]], size: int) -> None:
    found = list(read_records(_blocks(_render(records), size), [oid for oid, _ in records]))
    assert [record.number for record in found] == list(range(len(records)))
    for record, (_, files) in zip(found, records, strict=True):
        read = read_files(record)
        assert [(one.status, one.path) for one in read] == [(one.status, one.path) for one in files]
        for one, made in zip(read, files, strict=True):
            assert one.old_path == (made.old_path if made.status == "R" else made.path)
            _check_hunks(one, made)


def _check_hunks(one: FileDiff, made: MadeFile) -> None:
    assert [hunk[:4] for hunk in one.hunks] == [
        (each.old_start, len(each.old), each.new_start, len(each.new)) for each in made.hunks
    ]
    for number, each in enumerate(made.hunks):
        for sign, start, lines in ((-1, each.old_start, each.old), (1, each.new_start, each.new)):
            assert one.hunk_rows(number, sign) == [
                (start + at, number, text) for at, text in enumerate(lines)
            ]
    everywhere = one.rows_at(match.start() for match in re.finditer(rb"\n|$", one.section))
    assert sorted(everywhere) == sorted((sign, row) for sign in (-1, 1) for row in one.rows(sign))


@given(_records, st.integers(1, 200), st.data())
@settings(max_examples=100, deadline=None)
def test_a_torn_stream_is_an_error(
    records: list[tuple[str, list[MadeFile]]], size: int, data: st.DataObject
) -> None:
    """Cut anywhere before the last file or in its last hunk; where whole hunks are gone, git's exit tells.

    So it does where nothing but the last commit's id is left: that is a commit without a change.
    """
    whole = _render(records)
    files = records[-1][1]
    last = len(whole) - (len(_patch(files[-1])) if files else 0)
    ends = st.integers(0, min(last, len(whole) - 1))
    if files and files[-1].hunks:
        ends |= st.integers(len(whole) - len(_hunk_text(files[-1].hunks[-1])) + 1, len(whole) - 1)
    end = data.draw(ends)
    assume(not whole[:end].endswith(records[-1][0].encode() + b"\0"))
    with pytest.raises(MachineFault):
        for record in read_records(_blocks(whole[:end], size), [oid for oid, _ in records]):
            read_files(record)


@pytest.mark.parametrize("extra", [b"x", b"\n", OID.encode() + b"\0"])
def test_more_than_was_asked_for_is_an_error(extra: bytes) -> None:
    stream = OID.encode() + b"\0"
    assert len(list(read_records([stream], [OID]))) == 1
    with pytest.raises(MachineFault):
        list(read_records([stream, extra], [OID]))


def test_another_commit_than_was_asked_for_is_an_error() -> None:
    with pytest.raises(MachineFault, match="could not be understood"):
        list(read_records([b"e5" * 20 + b"\0"], [OID]))


@pytest.mark.parametrize("patch", [b"", b"diff --git a/x b/x\ndiff --git a/y b/y\n"])
def test_entries_and_sections_that_do_not_fit_are_an_error(patch: bytes) -> None:
    (record,) = read_records([_render([(OID, [MadeFile("M", b"x", b"x", [])])])], [OID])
    with pytest.raises(MachineFault, match="do not fit together"):
        read_files(record._replace(patch=patch))


@pytest.mark.parametrize("data", [OID.encode(), OID.encode() + b"\0::100644 100644 100644 a"])
def test_a_torn_list_of_merges_is_an_error(data: bytes) -> None:
    assert read_touched(b"") == {}
    with pytest.raises(MachineFault, match="merges"):
        read_touched(data)


# -- against git itself ----------------------------------------------------------------------------

FLAGS = ("-p", "-U0", "-M", "--full-index", "--no-color", "--root", "-r")


@pytest.fixture
def planted(repo: Repo) -> Planted:
    """Renames, a type change, links, a submodule, a binary, odd paths, and no newline at the end."""
    plant = Planted(repo)
    text = "".join(f"line {number}\n" for number in range(30))
    odd: dict[str | bytes, str | bytes | Odd | None] = {
        "a\n.py": text,
        b"\xe9.py": text + "x",
        "link": Odd(LINK, b"a"),
        "module": Odd(MODULE, b"ab" * 20),
        "binary": b"\0" * 9,
    }
    plant("odd", odd)
    plant(
        "edit",
        {
            "a\n.py": None,
            "b.py": text.replace("line 7\n", "-- seven\n@@ -1 +1 @@\n") + "end",
            b"\xe9.py": text,
        },
    )
    plant("types", {"b.py": Odd(LINK, b"x"), "link": "now a file", "module": None, "binary": b"\0" * 10})
    side = plant.tip
    plant("mode", {b"\xe9.py": Odd(PROGRAM, text.encode()), "empty.py": ""})
    plant("merge", {"link": "typed\n"}, on=[plant.tip, plant("side", {"link": "side\n"}, on=side)])
    plant("nothing")
    return plant


def _git(repo: Repo, *arguments: str, stdin: str = "") -> bytes:
    done = subprocess.run(
        ["git", *arguments], cwd=repo.root, env=repo.environment, input=stdin.encode(), capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _read(repo: Repo, oids: list[str]) -> list[Record]:
    flags = ("--stdin", "--always", "--raw", "-z", *FLAGS)
    out = _git(repo, "diff-tree", *flags, stdin="".join(one + "\n" for one in oids))
    return list(read_records(_blocks(out, 7), oids))


def test_hunks_are_those_of_git_show_byte_for_byte(planted: Planted) -> None:
    oids = [oid for oid, label in planted.labels.items() if label != "merge"]  # `show` has another form
    for record in _read(planted.repo, oids):
        shown = _git(planted.repo, "show", "--format=", *FLAGS[:-2], oids[record.number])
        assert record.patch == shown
        mine = [
            (*hunk[:4], one.section[hunk.begin : hunk.end].removesuffix(b"\n"))
            for one in read_files(record)
            for hunk in one.hunks
        ]
        assert mine == _counted(shown)


def _counted(patch: bytes) -> list[tuple[int, int, int, int, bytes]]:
    """Hunks of plain files, read by nothing but the counts in their headers."""
    found: list[tuple[int, int, int, int, bytes]] = []
    lines, at, plain = patch.split(b"\n")[:-1], 0, True
    while at < len(lines):
        line, at = lines[at], at + 1
        if line.startswith(b"diff --git "):
            plain = True
        elif re.match(rb"(new file mode|deleted file mode|index .*) 1[26]0000$", line):
            plain = False
        elif match := re.match(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line):
            old, old_count, new, new_count = (int(one or 1) for one in match.groups())
            end = at
            for count in (old_count, new_count):
                end += count
                end += lines[end : end + 1] == [b"\\ No newline at end of file"]
            if plain:
                found.append((old, old_count, new, new_count, b"\n".join(lines[at:end])))
            at = end
    return found


def test_added_and_removed_lines_are_those_of_numstat(planted: Planted) -> None:
    oids = [oid for oid, label in planted.labels.items() if label != "merge"]
    for record in _read(planted.repo, oids):
        flags = ("--numstat", "-z", "-M", "--root", "-r", "--no-commit-id")
        out = _git(planted.repo, "diff-tree", *flags, oids[record.number])
        told = re.findall(rb"([\d-]+)\t([\d-]+)\t(?:\0[^\0]+\0)?([^\0]+)\0", out)
        counted = {
            path: (int(added.strip(b"-") or 0), int(removed.strip(b"-") or 0))
            for added, removed, path in told
        }
        mine = {one.path: (one.added, one.removed) for one in read_files(record)}
        kept = {one.path for one in record.entries if _is_plain(one)}
        assert {path: mine[path] for path in kept} == {path: counted[path] for path in kept}


def _is_plain(entry: Entry) -> bool:
    return entry.status != "T" and not {entry.old_mode, entry.new_mode} & {b"120000", b"160000"}
