"""git's stream against git itself: what the parser says is held against the blobs and `--numstat`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback_loop.domain.diff import FileChange, new_text
from feedback_loop.domain.finding import UNMERGED
from feedback_loop.errors import MachineFault
from feedback_loop.formats.patch import SECTION_CAP, parse_patch
from feedback_loop.stores.git import _ALWAYS, _STAGED_DIFF
from tests.repo import Repo


def stream(repo: Repo) -> bytes:
    command = ["git", *_ALWAYS, *_STAGED_DIFF]
    return subprocess.run(
        command, cwd=repo.root, env=repo.environment, capture_output=True, check=True
    ).stdout


def blocks(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def changes(repo: Repo, size: int = 1 << 18) -> dict[bytes, FileChange]:
    return {change.path: change for change in parse_patch(blocks(stream(repo), size))}


def test_nothing_staged_is_nothing(repo: Repo) -> None:
    assert changes(repo) == {}


def test_first_commit_adds_every_line(repo: Repo) -> None:
    repo.write("a.py", "one\ntwo\n")
    repo.stage()
    change = changes(repo)[b"a.py"]
    assert (change.status, new_text(change.hunk or b"")) == ("A", (b"one\ntwo\n", [1, 2]))


def test_modification_has_full_text_and_added_lines_only(repo: Repo) -> None:
    repo.write("a.py", "".join(f"line {n}\n" for n in range(100)))
    repo.stage()
    repo.commit()
    text = "".join(f"line {n}\n" for n in range(100) if n != 3).replace("line 50\n", "changed\nmore\n")
    repo.write("a.py", text)
    repo.stage()
    assert new_text(changes(repo)[b"a.py"].hunk or b"") == (text.encode(), [50, 51])


@pytest.mark.parametrize("old", ["a\nb", "a\nb\n", ""])
@pytest.mark.parametrize("new", ["a\nb", "a\nb\n", "a\nc", "b", "\n", "a\nb\n\n"])
def test_missing_final_newline_on_either_side(repo: Repo, old: str, new: str) -> None:
    repo.write("a", old)
    repo.stage()
    repo.commit()
    repo.write("a", new)
    repo.stage()
    change = changes(repo).get(b"a")
    if old != new:
        assert change is not None and new_text(change.hunk or b"")[0] == new.encode()


ODD_NAMES = [
    b"with space.py", b'quo"te.py', b"new\nline.py", "ünïcode.py".encode(), b"-leading.py", b"\xff\xfe.py",
    b"tab\there.py", b"back\\slash.py", b" b/x.py", b"a\x01b.py", b":colon.py", b"diff --git a/x b/x",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("size", [1, 7, 1 << 18])
def test_odd_names_come_out_exactly(repo: Repo, name: bytes, size: int) -> None:
    path = bytes(repo.root) + b"/" + name
    with_folder = path.rpartition(b"/")[0]
    subprocess.run(["mkdir", "-p", with_folder], check=True)
    Path(os.fsdecode(path)).write_bytes(b"x = 1\n")
    repo.stage()
    assert list(changes(repo, size)) == [name]


def test_content_that_looks_like_a_patch_is_content(repo: Repo) -> None:
    text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n* Unmerged path x\n\\ No newline\n"
    text += "Binary files a and b differ\n"
    repo.write("a.txt", text)
    repo.write("b.txt", "x\n")
    repo.stage()
    found = changes(repo, 5)
    assert new_text(found[b"a.txt"].hunk or b"")[0] == text.encode()
    assert new_text(found[b"b.txt"].hunk or b"")[0] == b"x\n"


def test_rename_copy_mode_and_deletion(repo: Repo) -> None:
    body = "".join(f"line {n}\n" for n in range(20))
    for name in ("gone", "moved", "edited", "mode"):
        repo.write(name, name + "\n" + body)
    repo.stage()
    repo.commit()
    repo.git("rm", "-q", "gone")
    repo.git("mv", "moved", "elsewhere")
    repo.git("mv", "edited", "edited2")
    repo.write("edited2", "edited\n" + body + "one more\n")
    (repo.root / "mode").chmod(0o755)
    repo.stage()
    found = changes(repo)
    assert {path: (one.status, one.added_count) for path, one in found.items()} == {
        b"gone": ("D", 0),
        b"elsewhere": ("R", 0),
        b"edited2": ("R", 1),
        b"mode": ("M", 0),
    }
    assert found[b"edited2"].old_path == b"edited"


def test_links_submodules_binaries_and_type_changes(repo: Repo, make_repo: Callable[[str], Repo]) -> None:
    other = make_repo("other")
    other.write("x", "x")
    other.stage()
    other.commit()
    repo.write("was_file", "text\n")
    (repo.root / "was_link").symlink_to("was_file")
    repo.stage()
    repo.commit()
    (repo.root / "link").symlink_to("was_file")
    (repo.root / "was_file").unlink()
    (repo.root / "was_file").symlink_to("x")
    (repo.root / "was_link").unlink()
    repo.write("was_link", "now text\n")
    repo.write("logo.png", b"\x89PNG\0\0")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.root), "sub")
    repo.stage("link", "was_file", "was_link", "logo.png")
    found = changes(repo)
    assert {path: one.skip for path, one in found.items()} == {
        b".gitmodules": None,
        b"link": "symlink",
        b"was_file": "symlink",
        b"was_link": None,
        b"logo.png": "binary",
        b"sub": "submodule",
    }
    assert new_text(found[b"was_link"].hunk or b"") == (b"now text\n", [1])


def test_unmerged_paths_are_skipped_and_others_are_read(repo: Repo) -> None:
    repo.write("a", "base\n")
    repo.stage()
    repo.commit()
    repo.git("checkout", "-qb", "side")
    repo.write("a", "side\n")
    repo.commit("side", "-a")
    repo.git("checkout", "-q", "main")
    repo.write("a", "main\n")
    repo.commit("main", "-a")
    repo.git("merge", "side", check=False)
    repo.write("Z", "z\n")
    repo.write("z", "z\n")
    repo.stage("z", "Z")
    found = changes(repo)
    assert found[b"a"].skip == UNMERGED
    assert new_text(found[b"z"].hunk or b"") == new_text(found[b"Z"].hunk or b"") == (b"z\n", [1])


def test_intent_to_add_is_not_there(repo: Repo) -> None:
    repo.write("later.py", "x = 1\n")
    repo.git("add", "-N", "later.py")
    assert changes(repo) == {}


def test_a_huge_section_is_named_and_the_next_file_is_read(repo: Repo) -> None:
    repo.write("big.txt", b"x" * 99 + b"\n" + b"y" * (SECTION_CAP + (1 << 20)) + b"\n")
    repo.write("small.txt", "x\n")
    repo.stage()
    found = changes(repo)
    assert found[b"big.txt"].skip == "larger than 16 MiB or 1,000,000 lines"
    assert found[b"small.txt"].added_count == 1


def test_a_cut_stream_is_a_fault_and_not_a_guess(repo: Repo) -> None:
    repo.write("a.py", "x\n")
    repo.write("b.py", "x\n")
    repo.stage()
    data = stream(repo)
    cut = data[: data.rindex(b"diff --git ")]
    with pytest.raises(MachineFault):
        list(parse_patch([cut]))
    with pytest.raises(MachineFault):
        list(parse_patch([data + b"diff --git a/c b/c\n"]))


LINES = st.lists(
    st.sampled_from([b"a", b"b", b"", b"+x", b"-y", b" z", b"@@ -1 +1 @@", b"\\ n", b"c\r", b"\xff"])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=LINES, new=LINES, ended=st.booleans(), size=st.integers(1, 200))
def test_any_edit_gives_the_blob_and_gits_own_count(
    repo: Repo, old: list[bytes], new: list[bytes], ended: bool, size: int
) -> None:
    """The new text is the staged blob, the count that of `git diff --numstat` with equal context."""
    repo.write("f", b"\n".join(old))
    repo.stage()
    repo.git("commit", "-qm", "x", "--allow-empty", "--no-verify")
    text = b"\n".join(new) + (b"\n" if ended else b"")
    repo.write("f", text)
    repo.stage()
    found = changes(repo, size)
    numstat = repo.git("diff", "--cached", "--numstat", "-U1000000", "--diff-algorithm=myers")
    if not numstat:
        assert all(change.added_count == 0 for change in found.values())
        return
    change = found[b"f"]
    assert change.added_count == int(numstat.split("\t")[0])
    if change.status == "M" and change.hunk is not None:
        assert new_text(change.hunk)[0] == text
