"""The lifecycle on real repositories: what events say, what is carried out, what two branches make together."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from typing import Any

import pytest

from feedback_loop.api.history.lifecycle import (
    Measured,
    carry_out,
    gather_lifecycle,
    lifecycle_options,
    note_decision,
)
from feedback_loop.api.history.mine import MineRequest, mine
from feedback_loop.api.history.uses import find_decisions, find_uses
from feedback_loop.domain.candidate import Candidate, Pair
from feedback_loop.domain.event import Event
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.pattern import Detector, Literal, Pattern
from feedback_loop.domain.proposal import Grounds, Proposed, proposal_id
from feedback_loop.engines.adoption import find_adoptions
from feedback_loop.engines.lifecycle import LifecycleOptions, out_of_scope, propose
from feedback_loop.engines.rollup import roll_up, whole
from feedback_loop.errors import UserError
from feedback_loop.formats.records import make_event
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace
from tests.api.small_library import write_pattern
from tests.faces.command_line import write_pattern as write_checked
from tests.made_history import DAY, START, line, made_history
from tests.repo import Repo

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
AT = "2026-11-20T09:30:00Z"


@pytest.fixture
def project(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with the patterns `no_eval` and `no_exec`, committed."""
    for name, value in repo.environment.items():
        monkeypatch.setenv(name, value)
    write_pattern(repo, "no_eval", "eval")
    write_pattern(repo, "no_exec", "exec")
    repo.stage()
    repo.commit("patterns")
    return repo


def clock() -> datetime:
    return NOW


def proposed(kind: str, name: str, reason: str = "why") -> Proposed:
    return Proposed(proposal_id(kind, name), kind, name, reason, ((f"{name}.exposure", "41200"),))


def states(repo: Repo) -> dict[str, str]:
    return {one.name: one.state for one in Workspace.open(str(repo.root)).library("patterns").patterns}


def recorded(repo: Repo) -> list[dict[str, Any]]:
    return [json.loads(one.data) for one in read_events(str(repo.root)).events]


# -- carried out -----------------------------------------------------------------------------------


def test_what_is_a_persons_to_decide_is_not_carried_out(project: Repo) -> None:
    ones = [proposed(kind, "no_eval") for kind in ("raise", "revise", "promote", "restore")]
    assert carry_out(Workspace.open(str(project.root)), ones, clock=clock) == ()
    assert (set(states(project).values()), recorded(project)) == ({"active"}, [])


def test_a_move_takes_both_files_records_its_grounds_and_happens_once(project: Repo) -> None:
    workspace = Workspace.open(str(project.root))
    one = proposed("archive", "no_eval", "0 introductions in 41.2k lines")
    (done,) = carry_out(workspace, [one], retro="2026-W47", basis="f" * 40, clock=clock)
    assert (done.action, done.name) == ("archive", "no_eval")
    assert [old.rpartition(".")[2] for old, _ in done.moved] == ["md", "json"]
    assert states(project) == {"no_eval": "archived", "no_exec": "active"}
    assert recorded(project) == [
        {
            "action": "archive",
            "pattern": "no_eval",
            "reason": "0 introductions in 41.2k lines",
            "proposal": one.id,
            "figures": {"no_eval.exposure": "41200"},
            "retro": "2026-W47",
            "basis": "f" * 40,
        }
    ]
    assert carry_out(workspace, [one], clock=clock) == ()
    (back,) = carry_out(workspace, [proposed("restore", "no_eval")], clock=clock)
    assert (back.action, set(states(project).values())) == ("restore", {"active"})
    assert project.git("status", "--short", "patterns") == ""
    assert len(recorded(project)) == 2


def test_a_rerun_after_a_kill_records_what_was_moved(project: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace.open(str(project.root))
    ones = [proposed("archive", "no_eval"), proposed("archive", "no_exec")]

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context, pytest.raises(KeyboardInterrupt):
        context.setattr("feedback_loop.api.patterns.decisions.append_events", killed)
        carry_out(workspace, ones, clock=clock)
    assert (states(project)["no_eval"], recorded(project)) == ("archived", [])
    assert [one.name for one in carry_out(workspace, ones, clock=clock)] == ["no_eval", "no_exec"]
    assert sorted(one["pattern"] for one in recorded(project)) == ["no_eval", "no_exec"]
    assert {one["proposal"] for one in recorded(project)} == {one.id for one in ones}


def test_keeping_moves_nothing_and_is_read_back(project: Repo) -> None:
    workspace = Workspace.open(str(project.root))
    one = proposed("archive", "no_eval")
    done = note_decision(workspace, one, "keep", "still needed", retro="2026-W47", clock=clock)
    assert (done.moved, set(states(project).values())) == ((), {"active"})
    assert done.commit == (done.event_path,)
    (read,) = find_decisions(read_events(str(project.root)).events)
    assert (read.action, read.pattern, read.at, read.reason) == (
        *("keep", "no_eval", parse_moment(AT)),
        "still needed",
    )
    assert read.grounds == Grounds(one.id, one.figures, "2026-W47")
    assert read.commit == project.git("rev-parse", "HEAD").strip()
    with pytest.raises(UserError, match="moves files"):
        note_decision(workspace, one, "archive")


# -- two branches ----------------------------------------------------------------------------------


def dated(repo: Repo, message: str, day: str) -> None:
    """Commit everything at noon of the day."""
    before = dict(repo.environment)
    repo.environment |= {"GIT_COMMITTER_DATE": f"{day}T12:00:00Z", "GIT_AUTHOR_DATE": f"{day}T12:00:00Z"}
    repo.stage()
    repo.commit(message, "--allow-empty")
    repo.environment = before


def open_proposals(repo: Repo, as_of: str) -> tuple[Proposed, ...]:
    workspace = Workspace.open(str(repo.root))
    history = mine(workspace, MineRequest())
    measured = Measured(history, find_adoptions(history, "patterns"), roll_up(history, whole(history)))
    facts = gather_lifecycle(workspace, workspace.library("patterns"), read_events(workspace.root), measured)
    assert out_of_scope(facts) == ()
    return propose(facts, lifecycle_options(workspace.settings()[0], parse_moment(as_of) or 0))


@pytest.mark.parametrize("first", ["archives", "uses"])
def test_archived_on_one_branch_and_used_on_another_merges_to_active(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    for name, value in repo.environment.items():
        monkeypatch.setenv(name, value)
    write_pattern(repo, "no_eval", "eval")
    dated(repo, "patterns", "2026-01-05")
    for name in ("a.py", "b.py", "c.py"):  # of a file of over 10,000 lines none would count
        repo.write(name, "x = 1\n" * 7_000)
    dated(repo, "code", "2026-01-06")
    repo.git("branch", "uses")
    repo.git("checkout", "-q", "-b", "archives")
    assert open_proposals(repo, "2026-04-05") == ()  # day 89 and a half
    (one,) = open_proposals(repo, "2026-04-06")
    assert (one.kind, one.reason) == (
        *("archive", "0 introductions in 21.0k lines, 90 days (never one); no events, plans, preventions"),
    )
    carry_out(Workspace.open(str(repo.root)), [one], clock=lambda: datetime(2026, 4, 6, tzinfo=UTC))
    dated(repo, "archive", "2026-04-06")
    assert open_proposals(repo, "2026-04-07") == ()
    repo.git("checkout", "-q", "uses")
    repo.write("d.py", "y = 1\ny = eval(x)\n")
    dated(repo, "use", "2026-04-05")
    repo.git("checkout", "-q", "main")
    second = {"archives": "uses", "uses": "archives"}[first]
    for branch in (first, second):
        repo.git("merge", "-q", "--no-ff", "-m", "merge", branch)
    assert states(repo) == {"no_eval": "archived"}
    (back,) = open_proposals(repo, "2026-04-10")
    oid = repo.git("rev-parse", "uses")[:8]
    assert back.kind == "restore"
    assert back.reason.endswith(f" in d.py:2 ({oid})")
    carry_out(Workspace.open(str(repo.root)), [back], clock=clock)
    assert states(repo) == {"no_eval": "active"}
    dated(repo, "restore", "2026-11-20")
    assert open_proposals(repo, "2026-11-21") == ()


# -- candidates ------------------------------------------------------------------------------------


def candidate(**more: Any) -> Candidate:
    pairs = tuple(Pair(f"{number}" * 40, f"{number}.py", 1, "bad", "good") for number in range(1, 4))
    detector = Detector("d", Literal(("bad",)), "no")
    known: dict[str, Any] = {"detector": detector, "pairs": pairs, "files": 3}
    fields = {"commits": tuple(one.commit for one in pairs), "first": START, "last": START + 21 * DAY}
    return Candidate("ab" * 8, "new_one", "New one", "python", **(known | fields | more))


def promotions(repo: Repo, *candidates: Candidate) -> list[tuple[str, str, str]]:
    workspace = Workspace.open(str(repo.root))
    measured = Measured(made_history(line(1)), {}, (), (), candidates)
    library = workspace.library("patterns")
    facts = gather_lifecycle(workspace, library, read_events(workspace.root), measured)
    return [(one.pattern, one.reason, one.shape) for one in propose(facts, LifecycleOptions(START))]


def test_a_candidate_is_promoted_as_itself_or_as_the_pattern_made_of_it(project: Repo) -> None:
    assert promotions(project, candidate(detector=None), candidate(files=1)) == []
    assert promotions(project, candidate()) == [
        ("new_one", "3 fixes in 3 files over 3 weeks; finds 3 of 3 bad, 0 of 3 good", "ab" * 8)
    ]
    source = {"kind": "mined", "sha256": candidate().sha256}
    write_checked(project, "catch_less", below="proposed/", source=source)
    assert promotions(project, candidate(detector=None)) == [
        ("catch_less", "3 fixes in 3 files over 3 weeks; finds 1 of 1 bad, 0 of 1 good", "")
    ]
    write_checked(
        project, "catch_less", below="proposed/", source=source, good="try:\n    x()\nexcept:\n    y\n"
    )
    assert promotions(project, candidate()) == []  # its gate fails
    shutil.rmtree(project.root / "patterns/proposed")
    write_checked(project, "catch_less", source=source)
    assert promotions(project, candidate()) == []  # in force already


# -- what events say of use ------------------------------------------------------------------------


def event(kind: str, data: dict[str, Any], *names: str, at: str = AT) -> Event:
    return make_event(kind, at, data, patterns=names)


LIBRARY = Library("patterns/", (Pattern("new_name", "New", "id", supersedes=("old_name",)),))
BUG = {"error": "e", "code": "c", "file_path": "a.py", "line": 1}
PLAN: dict[str, Any] = {"path": "plans/a.md", "verdicts": {}}


@pytest.mark.parametrize(
    "one",
    [
        event("plan", PLAN | {"declared": [{"name": "aa", "checked": False}]}, "aa"),
        event("plan", PLAN | {"declared": [None, 3, {"name": 3, "checked": True}, {"checked": True}]}, "aa"),
        event("injection", {"target": "t", "patterns": ["aa"], "prompt_sha256": "0" * 64}, "aa"),
        event("decision", {"action": "archive", "pattern": "aa", "reason": "r"}, "aa"),
        event("exposure", {"pattern": "aa", "occurred": True}, "aa"),
        event("bug", BUG),
    ],
    ids=lambda one: one.kind,
)
def test_what_is_no_use(one: Event) -> None:
    assert find_uses([one], LIBRARY) == {}


def test_uses_by_kind_under_the_name_of_today() -> None:
    injected = {"target": "t", "patterns": ["cc"], "prompt_sha256": "0" * 64, "session_id": "s"}
    events = [
        event("bug", BUG, "old_name", at="2026-11-01T00:00:00Z"),
        event("bug", BUG, "new_name", at="2026-11-03T00:00:00Z"),
        event("performance", {"metric_type": "m", "details": {}}, "new_name", at="2026-11-02T00:00:00Z"),
        event("plan", PLAN | {"declared": [{"name": "bb", "checked": True}] * 2}, at="2026-11-04T00:00:00Z"),
        event("injection", injected, "cc", at="2026-11-05T00:00:00Z"),
        event("rating", {"rating": 4, "session_id": "s"}, at="2026-11-06T00:00:00Z"),
        event("prevention", {"path": "a.py", "detector": "d", "fingerprint": "f"}, "dd"),
        event("decision", {"action": "restore", "pattern": "dd", "reason": ""}, at="2026-11-21T00:00:00Z"),
    ]
    uses = find_uses(events, LIBRARY)
    assert sorted(uses) == ["bb", "cc", "dd", "new_name"]
    assert uses["new_name"].last == parse_moment("2026-11-03T00:00:00Z")
    assert len(uses["new_name"].occurred) == 2
    assert (uses["bb"].last, len(uses["bb"].sightings)) == (parse_moment("2026-11-04"), 1)
    assert uses["cc"].last == parse_moment("2026-11-05")
    assert [one.at for one in uses["dd"].sightings] == [parse_moment(AT)]
    assert uses["dd"].last == uses["dd"].restored == parse_moment("2026-11-21")


def test_figures_of_a_decision_may_be_anything() -> None:
    figures = {"a.fixed": 7, "b.fixed": "x", "c.fixed": [1], "d": None}
    data = {"action": "reject", "pattern": "aa", "reason": "no", "figures": figures, "proposal": "0" * 12}
    (one,) = find_decisions([event("decision", data)])
    assert [one.seen(name) for name in ("a.fixed", "b.fixed", "c.fixed", "other")] == [7.0, None, None, None]
