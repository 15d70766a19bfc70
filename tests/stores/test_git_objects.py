"""Commits, trees and blobs of real repositories, of cut-off and partial clones too."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.git import Git
from feedback_loop.stores.git_objects import Objects, empty_tree
from feedback_loop.stores.repository import find_repository
from tests.repo import Repo, clean_environment


def objects(root: Path) -> Objects:
    return Git(find_repository(str(root))).objects


def commit(repo: Repo, name: str = "a.py", text: str | bytes = "x\n") -> str:
    repo.write(name, text)
    repo.stage()
    repo.commit("x", "--allow-empty")
    return repo.git("rev-parse", "HEAD").strip()


def clone(repo: Repo, home: Path, *options: str) -> Path:
    target = repo.root.parent / "clone"
    repo.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{repo.root}"
    command = ["git", "clone", "-q", *options, url, str(target)]
    subprocess.run(command, env=clean_environment(home), check=True, capture_output=True)
    return target


# -- commits -----------------------------------------------------------------------------------


def test_names_of_a_commit_give_its_full_id(repo: Repo) -> None:
    first = commit(repo)
    head = commit(repo, text="y\n")
    repo.git("tag", "-a", "v1", "-m", "x")
    of = objects(repo.root)
    assert {of.commit_id(name) for name in ("HEAD", "main", "v1", "@", head, head[:9])} == {head}
    assert {of.commit_id(name) for name in ("HEAD~1", "v1^", first)} == {first}


@pytest.mark.parametrize("name", ["", "-x", "--output=/tmp/x", "-", "a\nb", "a\0b", "\x1b[2J", "a\x7f"])
def test_what_could_be_an_option_or_hold_controls_never_reaches_git(repo: Repo, name: str) -> None:
    commit(repo)
    with pytest.raises(UserError, match=r"^not a commit's name") as caught:
        objects(repo.root).commit_id(name)
    assert (caught.value.exit_code, caught.value.kind) == (2, "usage")


@pytest.mark.parametrize(
    "name", ["nothing", "HEAD:a.py", "HEAD^{tree}", "^HEAD", "HEAD~1..HEAD", "0" * 40, "é"]
)
def test_what_is_no_commit_is_the_users_error(repo: Repo, name: str) -> None:
    commit(repo)
    commit(repo, text="y\n")
    with pytest.raises(UserError, match=r"^no commit ") as caught:
        objects(repo.root).commit_id(name)
    assert caught.value.exit_code == 2
    assert "fetched" in caught.value.hint


@given(st.text(st.characters(codec="utf-8"), max_size=12))
@settings(max_examples=100, deadline=None)
def test_any_name_is_an_id_or_an_error(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.getbasetemp() / "any"
    if not root.exists():
        commit(Repo(root, root.parent))
    try:
        oid = objects(root).commit_id(name)
    except UserError:
        return
    assert len(oid) == 40
    assert not oid.strip("0123456789abcdef")


def test_an_unborn_head_is_no_commit(repo: Repo) -> None:
    with pytest.raises(UserError, match="no commit 'HEAD' here"):
        objects(repo.root).commit_id("HEAD")


def test_the_merge_base_of_two_branches(repo: Repo) -> None:
    base = commit(repo)
    repo.git("checkout", "-q", "-b", "side")
    side = commit(repo, "b.py")
    repo.git("checkout", "-q", "main")
    main = commit(repo, "c.py")
    repo.git("checkout", "-q", "--orphan", "alone")
    alone = commit(repo, "d.py")
    of = objects(repo.root)
    assert of.merge_base(side, main) == base
    assert of.merge_base(base, main) == base
    assert of.merge_base(alone, main) is None


def test_the_date_is_the_committers_own(repo: Repo) -> None:
    repo.environment |= {
        "GIT_AUTHOR_DATE": "2001-02-03T04:05:06 +0000",
        "GIT_COMMITTER_DATE": "2024-12-31T23:30:00 -0500",
    }
    oid = commit(repo)
    repo.git("config", "log.date", "raw")
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "format.pretty", "%H")
    repo.git("notes", "add", "-m", "note", oid)
    assert objects(repo.root).commit_date(oid) == "2024-12-31"


def test_the_default_branch_is_what_origin_says(repo: Repo, home: Path) -> None:
    commit(repo)
    assert objects(repo.root).default_branch() is None
    repo.git("branch", "-q", "-m", "trunk/é")
    cloned = clone(repo, home)
    assert objects(cloned).default_branch() == "refs/remotes/origin/trunk/é"
    repo.git("-C", str(cloned), "update-ref", "-d", "refs/remotes/origin/trunk/é")
    assert objects(cloned).default_branch() is None


# -- trees -------------------------------------------------------------------------------------


ODD = [b"a b", b"\xff\xfe.py", b'"q"', b"a\nb", b"a\tb", b"-x", b":(exclude)x", "é.py".encode()]


def test_trees_and_index_give_odd_paths_as_bytes(repo: Repo) -> None:
    for name in ODD:
        (Path(os.fsdecode(bytes(repo.root) + b"/" + name))).write_bytes(name)
    repo.write("below/c.py", "x")
    (repo.root / "link").symlink_to("below/c.py")
    repo.stage()
    of = objects(repo.root)
    entries, unmerged = of.index()
    assert sorted(path for _, _, path in entries) == sorted([*ODD, b"below/c.py", b"link"])
    assert {mode for mode, _, path in entries if path == b"link"} == {"120000"}
    assert unmerged == []
    repo.commit()
    assert sorted(of.tree_entries(of.commit_id("HEAD"))) == sorted(entries)


def test_unmerged_paths_are_told_apart(repo: Repo) -> None:
    commit(repo)
    repo.git("checkout", "-q", "-b", "side")
    commit(repo, text="side\n")
    repo.git("checkout", "-q", "main")
    commit(repo, text="main\n")
    repo.git("merge", "side", check=False)
    entries, unmerged = objects(repo.root).index()
    assert (entries, unmerged) == ([], [b"a.py"])


def test_a_sparse_index_is_shown_in_full(repo: Repo) -> None:
    for name in ("one/a.py", "two/b.py", "c.py"):
        repo.write(name, name)
    repo.stage()
    repo.commit()
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "one")
    assert not (repo.root / "two").exists()
    assert [path for _, _, path in objects(repo.root).index()[0]] == [b"c.py", b"one/a.py", b"two/b.py"]


def test_the_empty_tree_is_known_everywhere(repo: Repo) -> None:
    oid = commit(repo)
    assert objects(repo.root).tree_entries(empty_tree(oid)) == []


def test_a_repository_of_the_other_hash(tmp_path: Path, home: Path) -> None:
    root = tmp_path / "sha256"
    environment = clean_environment(home)
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(root)], env=environment, check=True)
    repo = Repo(root, home)
    oid = commit(repo)
    of = objects(root)
    assert (len(oid), of.commit_id("HEAD")) == (64, oid)
    assert of.tree_entries(empty_tree(oid)) == []
    with of.blob_stream() as blobs:
        assert list(blobs.read([entry[1] for entry in of.tree_entries(oid)], 10)) == [b"x\n"]


# -- blobs -------------------------------------------------------------------------------------


def blob(repo: Repo, data: bytes) -> str:
    path = repo.write("blob", data)
    return repo.git("hash-object", "-w", "--no-filters", str(path)).strip()


def test_no_blobs(repo: Repo) -> None:
    with objects(repo.root).blob_stream() as blobs:
        assert list(blobs.read([], 10)) == []


def test_blobs_come_in_order_and_as_they_are(repo: Repo) -> None:
    texts = [b"", b"\n", b"a\r\nb", b"\0\xff", b"deadbeef blob 3\nabc\n", b"x" * 700_000]
    oids = [blob(repo, text) for text in texts]
    with objects(repo.root).blob_stream() as blobs:
        assert list(blobs.read([*oids, *reversed(oids)], 1 << 20)) == [*texts, *reversed(texts)]
        assert list(blobs.read(oids[:1], 1)) == [b""]


def test_hundreds_of_blobs_pass_one_process(repo: Repo) -> None:
    oids = [blob(repo, b"%d" % number) for number in range(3)] * 250
    with objects(repo.root).blob_stream() as blobs:
        assert list(blobs.read(oids, 10)) == [b"0", b"1", b"2"] * 250


def test_more_than_the_cap_is_passed_over(repo: Repo) -> None:
    oids = [blob(repo, b"x" * size) for size in (10, 11, 600_000, 9)]
    with objects(repo.root).blob_stream() as blobs:
        assert list(blobs.read(oids, 10)) == [b"x" * 10, None, None, b"x" * 9]


def test_what_is_no_blob_has_no_bytes(repo: Repo) -> None:
    oid = commit(repo)
    tree = repo.git("rev-parse", "HEAD^{tree}").strip()
    with objects(repo.root).blob_stream() as blobs:
        assert list(blobs.read([oid, tree], 1 << 20)) == [None, None]


def test_a_reader_that_stops_early_leaves_no_process(repo: Repo) -> None:
    oids = [blob(repo, b"x" * 1_000_000)] * 90
    with objects(repo.root).blob_stream() as blobs:
        assert len(next(blobs.read(oids, 1 << 20)) or b"") == 1_000_000
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_missing_object_is_a_fault_unless_one_is_lenient(repo: Repo) -> None:
    present, gone = blob(repo, b"x"), "1" * 40
    with (
        objects(repo.root).blob_stream() as blobs,
        pytest.raises(MachineFault, match=f"object {gone} is missing from the repository"),
    ):
        list(blobs.read([present, gone], 10))
    with objects(repo.root).blob_stream(lenient=True) as blobs:
        assert list(blobs.read([present, gone, present], 10)) == [b"x", None, b"x"]


# -- what a clone lacks ----------------------------------------------------------------------------


def test_a_shallow_clone_says_how_to_deepen_it(repo: Repo, home: Path) -> None:
    first = commit(repo)
    head = commit(repo, text="y\n")
    of = objects(clone(repo, home, "--depth", "1"))
    assert (of.is_shallow(), of.is_partial(), of.commit_id("HEAD")) == (True, False, head)
    for name in ("HEAD~1", first):
        with pytest.raises(UserError, match="no commit") as caught:
            of.commit_id(name)
        assert "fetch-depth: 0" in caught.value.hint
        assert "git fetch --unshallow" in caught.value.hint


def test_a_partial_clone_says_to_fetch_and_fetches_nothing(repo: Repo, home: Path) -> None:
    commit(repo)
    cloned = clone(repo, home, "--filter=blob:none", "--no-checkout")
    of = objects(cloned)
    ((_, oid, _),) = of.tree_entries(of.commit_id("HEAD"))
    packs = sorted((cloned / ".git/objects/pack").iterdir())
    with of.blob_stream() as blobs, pytest.raises(UserError, match=oid) as caught:
        list(blobs.read([oid], 10))
    assert (caught.value.exit_code, caught.value.kind) == (2, "git")
    assert caught.value.hint.startswith("partial clone: fetch the objects first")
    assert sorted((cloned / ".git/objects/pack").iterdir()) == packs
    repo.git("-C", str(cloned), "fetch", "-q", "--refetch", "--no-filter")  # what the hint says
    with of.blob_stream() as blobs:
        assert list(blobs.read([oid], 10)) == [b"x\n"]


def test_a_whole_clone_lacks_nothing(repo: Repo, make_repo: Callable[[str], Repo]) -> None:
    commit(repo)
    of = objects(repo.root)
    assert (of.is_shallow(), of.is_partial()) == (False, False)
    error = UserError("x", kind="git")
    assert of.explained(error) is error


# -- the hook's own reading of a few texts -----------------------------------------------------


def test_texts_come_in_order_and_those_over_the_cap_as_none(repo: Repo) -> None:
    """More of them than are asked for at once, one larger than git's blocks, and what is no blob."""
    sizes = [0, 1, 999, 1000, 1001, 300_000, 5, *range(1, 150)]
    for number, size in enumerate(sizes):
        repo.write(f"f/{number:03}", bytes([65 + number % 26]) * size)
    repo.stage()
    repo.commit()
    oids = [line.split()[1] for line in repo.git("ls-files", "-s").splitlines()]
    tree = repo.git("rev-parse", "HEAD^{tree}").strip()
    found = Git(find_repository(str(repo.root))).quick.texts([*oids, tree, "0" * 40], 1000)
    wanted = [bytes([65 + number % 26]) * size if size <= 1000 else None for number, size in enumerate(sizes)]
    assert found == [*wanted, None, None]


def test_words_of_tracked_python_files(repo: Repo) -> None:
    """Whole words, case kept, on the disk as it is; a repository's own settings have no say."""
    repo.write("a/b.py", "class Product:\n    category_id = other_price\n")
    repo.write("Product.txt", "price customer\n")
    repo.write("new.py", "untracked\n")
    quick = Git(find_repository(str(repo.root))).quick
    words = ["Product", "product", "category_id", "price", "customer", "untracked"]
    assert quick.python_words(words) == frozenset()
    repo.stage("a/b.py", "Product.txt")
    for option in ("grep.lineNumber", "grep.column", "grep.fullName", "grep.extendedRegexp"):
        repo.git("config", option, "true")
    repo.git("config", "color.ui", "always")
    assert quick.python_words(words) == {"Product", "category_id"}
    assert quick.python_words(["Product"]) == {"Product"}
    repo.write("a/b.py", "price = 1\n")
    assert quick.python_words(words) == {"price"}
