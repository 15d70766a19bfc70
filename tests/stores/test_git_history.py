"""History as git streams it: whole, or an error; and only what the commits themselves say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.history_stream import read_files
from feedback_loop.stores.git_history import HistoryGit
from feedback_loop.workspace import Workspace
from tests.planted import Planted
from tests.repo import Repo

SPECS = (":(top,glob)**/*.py",)


@pytest.fixture
def planted(repo: Repo) -> Planted:
    """root, side, main, a merge that takes a line from neither, last."""
    plant = Planted(repo)
    root = plant("root", {"a.py": "x\n", "n.txt": "x\n"}, message="one\n\ntwo\r\n\n")
    side = plant("side", {"a.py": "side\n"}, message="caf\u00e9 \x1b[1m")
    main = plant("main", {"a.py": "main\n"}, on=root, time="9" * 20)
    plant("merge", {"a.py": "typed\n"}, on=[main, side])
    plant("last", {"n.txt": "y\n"}, time=0)
    return plant


def _history(planted: Planted) -> HistoryGit:
    return Workspace.open(str(planted.repo.root)).git.history


def test_log_tells_parents_first_and_only_what_is_not_known(planted: Planted) -> None:
    oids = {label: oid for oid, label in planted.labels.items()}
    logged = list(_history(planted).log(planted.tip, []))
    assert {one.oid for one in logged} == set(oids.values())
    seen: set[str] = set()
    for one in logged:
        assert seen.issuperset(one.parents)
        seen.add(one.oid)
    told = {planted.labels[one.oid]: one for one in logged}
    assert told["root"].message == "one\n\ntwo\r\n\n"
    assert told["side"].message == "caf\u00e9 \x1b[1m"
    assert told["last"].time == "0"
    assert told["merge"].parents == (oids["main"], oids["side"])
    gone = "0f" * 20
    assert [one.oid for one in _history(planted).log(planted.tip, [oids["merge"], gone])] == [oids["last"]]
    assert not list(_history(planted).log(planted.tip, [planted.tip]))


def test_patches_come_one_a_line_against_the_parent_that_is_named(planted: Planted) -> None:
    oids = {label: oid for oid, label in planted.labels.items()}
    lines = [oids["root"], oids["last"], *(f"{oids['merge']} {oids[one]}" for one in ("main", "side"))]
    records = list(_history(planted).patches(lines, SPECS))
    assert [[(one.status, one.added, one.removed) for one in read_files(record)] for record in records] == [
        [("A", 1, 0)],
        [],
        [("M", 1, 1)],
        [("M", 1, 1)],
    ]
    old = [read_files(record)[0].rows(-1)[0].text for record in records[2:]]
    assert old == [b"main", b"side"]


def test_a_commit_that_is_not_there_is_an_error(planted: Planted) -> None:
    """In the middle of the stream: what came before it is no answer either."""
    lines = [planted.tip, "0f" * 20, planted.tip]
    with pytest.raises((UserError, MachineFault)):
        list(_history(planted).patches(lines, SPECS))


def test_a_blob_that_is_not_there_is_an_error(planted: Planted) -> None:
    oids = {label: oid for oid, label in planted.labels.items()}
    blob = planted.repo.git("rev-parse", f"{oids['merge']}:a.py").strip()
    (planted.repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert len(list(_history(planted).patches([oids["side"]], SPECS))) == 1
    with pytest.raises((UserError, MachineFault)):
        list(_history(planted).patches([f"{oids['merge']} {oids['main']}"], SPECS))


@pytest.mark.parametrize("status", [0, 1, 128])
def test_a_git_that_ends_early_is_an_error(status: int, planted: Planted, tmp_path: Path) -> None:
    """Whatever it says about itself."""
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\nread one\nprintf '%s\\0' \"$one\"\nexit {status}\n")
    program.chmod(0o755)
    history = HistoryGit(str(program), str(planted.repo.root / ".git"), dict(os.environ))
    with pytest.raises((UserError, MachineFault)):
        list(history.patches([planted.tip, *planted.labels], SPECS))


def test_a_reader_that_stops_leaves_nothing_behind(planted: Planted) -> None:
    root = next(iter(planted.labels))
    before = set(Path("/proc/self/fd").iterdir())
    stream = _history(planted).patches([root] * 20_000, SPECS)
    next(stream)
    del stream
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_merges_by_hand_are_those_with_lines_of_their_own(planted: Planted) -> None:
    oids = {label: oid for oid, label in planted.labels.items()}
    plain = planted("plain", {"a.py": "side\n"}, on=[oids["main"], oids["side"]])
    found = _history(planted).merged_by_hand([oids["merge"], plain], SPECS)
    assert found.pop(plain, frozenset()) == frozenset()
    assert found == {oids["merge"]: frozenset([b"a.py"])}


def test_chain_commits_and_the_newest_outside(planted: Planted) -> None:
    oids = {label: oid for oid, label in planted.labels.items()}
    adopted = planted("adopted", {"patterns/p.json": "{}"})
    other = planted("other", {"patterns/[q].json": "{}", "src/patterns/p.json": "{}"})
    view = planted("view", {"AI.md": "x"})
    history = _history(planted)
    assert history.chain_commits(view, None, "patterns") == [adopted, other]
    assert history.chain_commits(view, adopted, "patterns") == [other]
    assert not history.chain_commits(view, None, "pattern?")
    assert history.newest_outside(view, ["AI.md"]) == other
    assert history.newest_outside(view, ["AI.md", "patterns", "src"]) == oids["last"]
