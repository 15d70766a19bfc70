"""History mined step by step, in slices, by two workers, from a damaged cache: always the same values."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback_loop.api.history import commits, mine, parts
from feedback_loop.api.history.walk import Walk
from feedback_loop.domain.history import BOUNDARY, NO_TIME, History
from feedback_loop.domain.library import Library
from feedback_loop.errors import UserError
from feedback_loop.stores.library import load_library
from feedback_loop.workspace import Workspace
from tests.api.planted_cases import make_library
from tests.api.small_library import clone
from tests.planted import Odd, Planted, check_sums, literal, mined, told, values, write_pattern
from tests.repo import Repo

Make = Callable[[str], Repo]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Made once."""
    return make_library(tmp_path_factory.mktemp("library"))


def _slices(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Batches of so few commits that a small history has many."""
    for module in (commits, mine, parts):
        monkeypatch.setattr(module, "SLICE", size)


def _small(plant: Planted) -> None:
    """Two branches, a merge with a typed line, a rename, a fix: eight commits."""
    root = plant("root", {"a.py": "x = BAD\n", "src/b.py": "fine = 1\n" * 5})
    plant("side", {"src/b.py": "fine = 1\n" * 5 + "y = SRC\n"})
    side = plant("side 2", {"c.py": "c = BAD\n"})
    main = plant("main", {"a.py": "x = BAD\nz = BAD\n"}, on=root)
    tree = {**plant.tree(side), b"a.py": Odd("100644", b"x = BAD\nz = BAD\ntyped = BAD\n")}
    plant("merge", on=[main, side], whole=tree)
    plant("rename", {"src/b.py": None, "src/d.py": plant.text(side, "src/b.py")})
    plant("fix", {"a.py": "typed = BAD\n"})
    plant("list", {".git-blame-ignore-revs": f"{side}\n"})


# -- step by step ----------------------------------------------------------------------------------

_LINES = [
    "x = BAD\n",
    "y = SRC\n",
    "fine = 1\n",
    "def some_function_with_a_long_name():\n",
    "\n",
    "  x = BAD\n",
]
_PATHS = ["a.py", "b.py", "src/a.py", "src/c.py", "n.txt"]
_text = st.lists(st.sampled_from(_LINES), max_size=5).map("".join)
_change = st.dictionaries(st.sampled_from(_PATHS), st.none() | _text, max_size=2)
_steps = st.lists(
    st.tuples(
        st.sampled_from(["commit", "commit", "amend", "rename", "revert", "pick", "merge", "merge", "back"]),
        _change,
        st.integers(0, 99),
        st.booleans(),  # mine now?
    ),
    min_size=2,
    max_size=8,
)


def _step(
    plant: Planted, kind: str, change: dict[str, str | None], number: int, parents: dict[str, list[str]]
) -> None:
    tip, other = plant.tip, list(plant.labels)[number % len(plant.labels)]
    label = f"{len(plant.labels)} {kind}"
    tree = plant.tree(tip)
    if kind == "amend":
        plant(label, change, on=parents[tip])
        parents[plant.tip] = parents[tip]
        return
    if kind == "back":
        plant.point(other)
        return
    message, on = label, [tip]
    if kind == "rename" and tree:
        path = sorted(tree)[number % len(tree)]
        change = {**change, path.decode(): None, _PATHS[number % 4]: tree[path].content.decode()}
    if kind in ("revert", "pick") and parents[other]:
        old, new = plant.tree(parents[other][0]), plant.tree(other)
        before, after = (new, old) if kind == "revert" else (old, new)
        change = {
            path.decode(): after[path].content.decode() if path in after else None
            for path in before.keys() | after.keys()
            if before.get(path) != after.get(path)
        }
        message += f"\n\nThis reverts commit {other}.\n" if kind == "revert" else ""
        message += f"\n\n(cherry picked from commit {other})\n" if kind == "pick" and number % 2 else ""
    if kind == "merge" and other != tip:
        on = [tip, other]
        theirs = plant.tree(other)
        taken = {
            path.decode(): one.content.decode() for path, one in theirs.items() if (path[0] + number) % 2
        }
        change = {**taken, **change}
    plant(label, change, on=on, message=message)
    parents[plant.tip] = on


@given(_steps)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_step_by_step_is_all_at_once(
    tmp_path: Path, home: Path, library: Library, steps: list[tuple[str, dict[str, str | None], int, bool]]
) -> None:
    """After commits, amends, rebases, force-pushes and merges, in batches of three commits (H114)."""
    shutil.rmtree(tmp_path / "repo", ignore_errors=True)
    plant = Planted(Repo(tmp_path / "repo", home))
    root = plant("root", {"a.py": "x = BAD\n", "src/a.py": "y = SRC\n" * 3})
    parents: dict[str, list[str]] = {root: []}
    with pytest.MonkeyPatch.context() as patch:
        _slices(patch, 3)
        for kind, change, number, now in steps:
            _step(plant, kind, change, number, parents)
            if now:
                mined(plant, library)
        found = mined(plant, library)
    assert values(found) == values(mined(plant, library, cache=False))


def test_nothing_new_walks_nothing(repo: Repo, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = Planted(repo)
    _small(plant)
    first = mined(plant, library)
    monkeypatch.setattr(Walk, "run", None)
    assert mined(plant, library) == first


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_and_batches_change_nothing(
    workers: int, repo: Repo, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = Planted(repo)
    _small(plant)
    whole = values(mined(plant, library, cache=False, workers=1))
    _slices(monkeypatch, 2)
    told_steps: list[tuple[int, int]] = []
    found = mined(
        plant, library, workers=workers, progress=lambda done, total: told_steps.append((done, total))
    )
    assert values(found) == whole
    assert told_steps == [(1, 4), (2, 4), (3, 4), (4, 4), (1, 1)]
    assert values(mined(plant, library, workers=workers)) == whole


def test_a_failing_walk_keeps_whole_slices(
    repo: Repo, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = Planted(repo)
    _small(plant)
    whole = values(mined(plant, library, cache=False))
    _slices(monkeypatch, 3)
    run, walked = Walk.run, []

    def fail_at_third(self: Walk, task: Any) -> Any:
        walked.append(len(task.commits))
        if len(walked) == 3:
            raise UserError("no")
        return run(self, task)

    with monkeypatch.context() as patch:
        patch.setattr(Walk, "run", fail_at_third)
        with pytest.raises(UserError):
            mined(plant, library, workers=1)
        assert values(mined(plant, library, workers=1)) == whole
    assert walked == [3, 3, 2, 2, 1]  # the third again, then the merge


# -- the cache -------------------------------------------------------------------------------------


def _cache(repo: Repo) -> Path:
    return repo.root / ".git/feedback-loop/history.sqlite3"


@pytest.mark.parametrize(
    "damage", ["bytes", "cut", "empty", "text", "schema", "values", "folder", "no folder"]
)
def test_a_damaged_cache_changes_nothing(damage: str, repo: Repo, library: Library) -> None:
    plant = Planted(repo)
    _small(plant)
    first = mined(plant, library)
    path = _cache(repo)
    _spoil(path, damage)
    for _ in range(2):
        assert values(mined(plant, library)) == values(first)
    if damage not in ("no folder", "folder", "schema", "empty"):
        assert path.with_name("history.sqlite3.bad").exists()


def _spoil(path: Path, damage: str) -> None:
    import sqlite3

    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if damage == "schema":
        db.executescript("DROP TABLE part; CREATE TABLE part (x); PRAGMA user_version = 7")
    if damage == "values":
        db.execute("UPDATE part SET data = (SELECT data FROM part AS other WHERE other.name <> part.name)")
    db.close()
    data = path.read_bytes()
    if damage == "bytes":
        mixed = bytearray(data)
        chance = random.Random(7)
        for _ in range(200):
            mixed[chance.randrange(len(mixed))] ^= 1 << chance.randrange(8)
        path.write_bytes(mixed)
    elif damage in ("cut", "empty", "text"):
        path.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "text": b"nonsense\n" * 999}[damage])
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    elif damage == "no folder":
        shutil.rmtree(path.parent)
        path.parent.write_text("in the way")


def test_each_flipped_byte_is_noticed_or_harmless(repo: Repo, library: Library) -> None:
    plant = Planted(repo)
    _small(plant)
    whole = values(mined(plant, library))
    _spoil(_cache(repo), "")
    data = _cache(repo).read_bytes()
    chance = random.Random(11)
    for _ in range(8):
        at = chance.randrange(len(data))
        _cache(repo).write_bytes(data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :])
        assert values(mined(plant, library)) == whole


def test_another_repositorys_cache_is_of_no_use_and_no_harm(make_repo: Make, library: Library) -> None:
    """What it says of commits that are not here must not be told."""
    one, other = Planted(make_repo("one")), Planted(make_repo("other"))
    _small(one)
    other("root", {"a.py": "only = BAD\n"})
    whole = values(mined(other, library, cache=False))
    mined(one, library)
    _spoil(_cache(one.repo), "")
    _cache(other.repo).parent.mkdir(exist_ok=True)
    shutil.copy(_cache(one.repo), _cache(other.repo))
    assert values(mined(other, library)) == whole
    assert values(mined(other, library)) == whole


def test_two_runs_at_once_do_not_mix_their_commits(
    repo: Repo, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second does all its work while the first knows what the cache held before."""
    plant = Planted(repo)
    root = plant("root", {"z.py": "fine = 1\n"})
    mined(plant, library)
    one = plant("one", {"one.py": "x = BAD\n"})
    two = plant("two", {"two.py": "fine = 2\n"}, on=root)
    plant.point(two)
    load, late = mine.load_columns, [True]

    def overtaken(*arguments: Any) -> Any:
        columns = load(*arguments)
        if late.pop():
            late.append(False)
            _mine(plant, library, tip=one)
        else:
            late.append(False)
        return columns

    monkeypatch.setattr(mine, "load_columns", overtaken)
    assert not _mine(plant, library).written
    for tip in (one, two, one):
        assert values(_mine(plant, library, tip=tip)) == values(_mine(plant, library, tip=tip, cache=False))


def test_a_cache_that_cannot_be_written_is_done_without(
    repo: Repo, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = Planted(repo)
    _small(plant)
    whole = values(mined(plant, library, cache=False))
    assert not _cache(repo).exists()
    with monkeypatch.context() as patch:
        patch.setattr("feedback_loop.stores.history_cache.user_key", lambda: None)
        assert values(mined(plant, library)) == whole
    assert not _cache(repo).exists()


def test_a_changed_detector_and_a_new_pattern_are_mined_alone(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = Planted(repo)
    _small(plant)
    folder = repo.root / "patterns"
    write_pattern(folder, "bad", literal("BAD"))
    write_pattern(folder, "scoped", literal("SRC"))
    walked: list[set[str]] = []
    run = Walk.run

    def spied(self: Walk, task: Any) -> Any:
        walked.append({one.pattern for one in self._detectors.detectors})
        return run(self, task)

    monkeypatch.setattr(Walk, "run", spied)
    both = mined(plant)
    write_pattern(folder, "bad", literal("BAD", message="other words", level="hint"), severity="low")
    assert values(mined(plant)) == values(both)
    write_pattern(folder, "bad", literal("fine"))
    write_pattern(folder, "new", literal("typed"))
    changed = mined(plant)
    everything, alone = {"bad", "scoped"}, {"bad", "new"}
    assert walked == [everything, everything, alone, alone]
    assert values(changed) == values(mined(plant, cache=False))
    for end in ("json", "md"):
        (folder / f"bad.{end}").unlink()
    fewer = mined(plant)
    assert fewer.patterns == ("new", "scoped")
    assert {one.pattern for one in fewer.written} == {"new", "scoped"}
    shutil.rmtree(folder)
    write_pattern(folder, "bad", literal("BAD"))
    assert told(plant, mined(plant)) == [one for one in told(plant, both) if not one.endswith("scoped")]


# -- what is not all there -------------------------------------------------------------------------


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path, library: Library) -> None:
    """What its first commit has is inherited; deepened, it is as if it had always been whole."""
    plant = Planted(repo)
    _small(plant)
    made = Planted(clone(repo, tmp_path / "made", "--depth=3", "--branch=main"))
    made.labels = plant.labels
    history = _mine(made, library)
    assert len(history.incomplete) == 1
    assert "history incomplete since" in history.incomplete[0]
    first = history.commits.chain[0]
    assert history.commits.flags[first] & BOUNDARY
    assert {one.kind for one in history.written if one.commit == first} == {"inherited"}
    assert set(history.exposure["bad"]) == {0}
    assert values(history)["held"] == values(mined(plant, library))["held"]
    made.repo.git("fetch", "-q", "--unshallow")
    assert _same(mined(made, library), mined(plant, library))


def test_a_partial_clone_fetches_nothing_and_says_so(repo: Repo, tmp_path: Path, library: Library) -> None:
    plant = Planted(repo)
    _small(plant)
    made = Planted(clone(repo, tmp_path / "made", "--filter=blob:none", "--branch=main"))
    made.labels = plant.labels
    before = _objects(made.repo)
    history = _mine(made, library)
    assert _objects(made.repo) == before
    assert history.skipped.not_mined > 0
    assert any("partial clone" in one for one in history.incomplete)
    assert {one.path for one in history.written} <= {"a.py", "c.py", "src/b.py", "src/d.py"}
    assert values(_mine(made, library)) == values(history)
    made.repo.git("fetch", "-q", "--refetch", "--no-filter")
    assert values(_mine(made, library)) == values(_mine(made, library, cache=False))
    assert _mine(made, library).complete


def _objects(repo: Repo) -> str:
    return repo.git("count-objects", "-v")


def _mine(plant: Planted, library: Library, **more: Any) -> History:
    """Without the sums, which need the whole history."""
    request = mine.MineRequest(landed=True, touched=True, **more)
    return mine.mine(Workspace.open(str(plant.repo.root)), request, library)


def _same(one: History, other: History) -> bool:
    return values(one) == values(other)


# -- odd states ------------------------------------------------------------------------------------


def test_an_unborn_branch_and_an_unknown_name_are_errors(repo: Repo, library: Library) -> None:
    plant = Planted(repo)
    for tip in ("HEAD", "nothing", "-x", "0" * 40):
        with pytest.raises(UserError):
            _mine(plant, library, tip=tip)


def test_a_bare_repository_is_a_clear_error(repo: Repo, tmp_path: Path) -> None:
    repo.git("init", "-q", "--bare", str(tmp_path / "bare"))
    with pytest.raises(UserError, match="bare repository"):
        Workspace.open(str(tmp_path / "bare"))


def test_any_tip_and_a_detached_head(repo: Repo, library: Library) -> None:
    plant = Planted(repo)
    _small(plant)
    oids = list(plant.labels)
    mined(plant, library)
    (repo.root / ".git/HEAD").write_text(oids[1] + "\n")
    history = mined(plant, library)
    assert (history.tip, history.branch) == (oids[1], "")
    assert told(plant, history) == ["root +introduced a.py:1", "side +introduced src/b.py:6 scoped"]
    assert _same(mined(plant, library, tip="main"), _on_main(plant, library))


def _on_main(plant: Planted, library: Library) -> History:
    history = mined(plant, library, tip="refs/heads/main", cache=False)
    assert history.tip == list(plant.labels)[-1]
    return history


def test_a_linked_worktree_shares_all_of_it(
    repo: Repo, tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = Planted(repo)
    _small(plant)
    whole = values(mined(plant, library))
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "main")
    (tmp_path / "linked/.gitattributes").write_text("*.py -diff\n")
    repo.root = tmp_path / "linked"
    assert values(mined(plant, library, cache=False)) == whole | {"branch": ""}
    monkeypatch.setattr(Walk, "run", None)  # what was mined there is known here
    assert values(mined(plant, library)) == whole | {"branch": ""}


def test_sha256_ids(repo: Repo, library: Library) -> None:
    shutil.rmtree(repo.root / ".git")
    repo.git("init", "-q", "-b", "main", "--object-format=sha256")
    plant = Planted(repo, "sha256")
    _small(plant)
    first = mined(plant, library)
    assert {len(oid) for oid in first.commits.oids} == {64}
    assert len(first.written) == 7
    plant("more", {"n.py": "n = BAD\n"})
    assert _same(mined(plant, library), mined(plant, library, cache=False))


def test_clocks_have_a_vote_only_if_they_make_sense(repo: Repo, library: Library) -> None:
    """And none of them changes the order, which is topology's."""
    plant = Planted(repo)
    times: list[int | str] = [0, 4_102_444_800, "9" * 20, -1, "", 1, 1_700_000_000, 253_402_300_800]
    for number, time in enumerate(times):
        plant(str(number), {"a.py": "x = BAD\n" * (number + 1)}, time=time)
    history = mined(plant, library)
    assert [plant.labels[oid] for oid in history.commits.oids] == [str(one) for one in range(8)]
    assert list(history.commits.times)[:2] == [0, 4_102_444_800]
    assert history.commits.times[2] == history.commits.times[7] == NO_TIME
    assert [line.split()[0] for line in told(plant, history)] == [str(one) for one in range(8)]


def test_two_roots_and_one_that_is_reached_first_by_its_child(repo: Repo, library: Library) -> None:
    plant = Planted(repo)
    first = plant("first", {"a.py": "x = BAD\n"})
    mined(plant, library)
    other = plant("other", {"b.py": "y = BAD\n"}, on=())
    mined(plant, library)
    plant("merge", {"a.py": "x = BAD\n"}, on=[other, first])
    assert _same(mined(plant, library), mined(plant, library, cache=False))


def test_commits_that_are_gone_do_no_harm(repo: Repo, library: Library) -> None:
    """Force-pushed over, then pruned: the cache knows more than git does."""
    plant = Planted(repo)
    root = plant("root", {"a.py": "x = BAD\n"})
    gone = plant("gone", {"a.py": "x = BAD\ny = BAD\n"})
    mined(plant, library)
    plant("instead", {"b.py": "z = BAD\n"}, on=root)
    (repo.root / ".git/objects" / gone[:2] / gone[2:]).unlink()
    history = mined(plant, library)
    assert told(plant, history) == ["root +introduced a.py:1", "instead +introduced b.py:1"]
    assert _same(history, mined(plant, library, cache=False))
    check_sums(history)


def test_what_is_counted_beside_facts_is_counted_of_the_tips_commits(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bulk files, blobs read and those that do not parse: whatever else was mined before, in whatever steps."""
    check = {"id": "bare", "kind": "builtin", "builtin": "python.bare_except", "languages": ["python"]}
    write_pattern(tmp_path / "patterns", "bare", check)
    structural = load_library(str(tmp_path), "patterns")
    plant = Planted(repo)
    code = "try:\n    x = 1\nexcept:\n    pass\n"
    root = plant("root", {"a.py": code})
    plant("bulk", {"b.py": "x = 1\n" * 10_001})
    assert mined(plant, structural).skipped.bulk_files == 1
    plant("amended", {"c.py": "("}, on=root)
    for number in range(3):
        plant(f"edit {number}", {"a.py": code * (number + 2)})
        with monkeypatch.context() as patch:
            _slices(patch, 2)
            found = mined(plant, structural)
    whole = mined(plant, structural, cache=False)
    assert values(found) == values(whole)
    assert (found.blobs, found.readable) == (whole.blobs, whole.readable)
