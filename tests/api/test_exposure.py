"""Runs as exposure events of a real repository: written once, credited only for what was observed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from feedback_loop.api.context.failure_record import count_failures, read_records
from feedback_loop.api.context.library_store import signed_patterns
from feedback_loop.api.context.recording import Injection, record_injection
from feedback_loop.api.metrics.stored import StoredMetrics
from feedback_loop.api.patterns.failures import read_failures
from feedback_loop.api.search.opening import open_search
from feedback_loop.api.smoke.exposure import Exposed, exposure_events
from feedback_loop.domain.canonical import canonical
from feedback_loop.domain.event import Event
from feedback_loop.domain.exposure import Manifest, RunSeen
from feedback_loop.domain.failure import gap_name
from feedback_loop.domain.injection import Ids
from feedback_loop.domain.pattern import Pattern
from feedback_loop.engines.signatures import KnownSignatures
from feedback_loop.formats.records import event_data, make_event
from feedback_loop.formats.signature_json import signature_fields
from feedback_loop.formats.signed_pattern import SignedPattern, parse_signature
from feedback_loop.stores import event_index
from feedback_loop.stores.events import append_events, read_events
from feedback_loop.workspace import Workspace
from tests.api.smoke_runs import SIGNATURE
from tests.faces.command_line import write_pattern
from tests.repo import Repo

AT = "2026-11-20T12:00:00Z"
CODE = Manifest("g1", entities=("Product", "Order"))
RUN = RunSeen("r1", AT, ("POST /products",), 12, 1, generation="g1", manifest=CODE)


@pytest.fixture
def known(repo: Repo) -> Repo:
    """An active pattern that once had another name, a proposed and an archived one."""
    write_pattern(repo, "missing_parent", None, supersedes=["gap_product"], signatures=[SIGNATURE])
    order = SIGNATURE | {"entity": "Order", "endpoint": "POST /orders"}
    write_pattern(repo, "gap_order", None, below="proposed/", signatures=[order])
    write_pattern(repo, "gap_old", None, below="archive/", signatures=[SIGNATURE])
    return repo


def ingest(repo: Repo, seen: RunSeen) -> list[dict[str, Any]]:
    """The data of the events that the run makes, which are written."""
    events, _ = exposed(repo, seen)
    append_events(str(repo.root), events)
    return [event_data(event) for event in events]


def exposed(repo: Repo, *seen: RunSeen) -> Exposed:
    return exposure_events(Workspace.open(str(repo.root)), seen, read_events(str(repo.root)).events)


def inject(repo: Repo, generation: str, *names: str, withheld: tuple[str, ...] = ()) -> None:
    ids = Ids(generation=generation)
    record_injection(Workspace.open(str(repo.root)), Injection("entity", generation, names, withheld, ids))


def prevented(repo: Repo, name: str = "missing_parent") -> int:
    signed = signed_patterns(open_search(Workspace.open(str(repo.root))), ("active", "proposed"))
    found = count_failures(read_events(str(repo.root)).events, signed)
    return found[name].times_prevented if name in found else 0


def test_a_run_without_endpoints_and_generation_is_no_exposure(known: Repo) -> None:
    assert ingest(known, RunSeen("r1", AT, total=3, occurred=frozenset(["missing_parent"]))) == []


def test_the_run_and_what_it_says_of_each_pattern(known: Repo) -> None:
    inject(known, "g1", "gap_product", "gap_old")
    executed = ("POST /products", "GET /health", "POST /products")
    run, one = ingest(known, replace(RUN, executed=executed))
    assert run == {
        "run": "r1",
        "generation_id": "g1",
        "pattern": None,
        "executed": ["GET /health", "POST /products"],
        "total": 12,
        "failed": 1,
    }
    assert one == {
        "run": "r1",
        "generation_id": "g1",
        "pattern": "missing_parent",
        "endpoint": "POST /products",
        "injected": True,
        "withheld": False,
        "occurred": False,
        "outcome": "prevented",
    }
    assert (prevented(known), prevented(known, "gap_order")) == (1, 0)


def test_the_same_run_a_second_time_is_nothing(known: Repo) -> None:
    inject(known, "g1", "missing_parent")
    assert len(ingest(known, RUN)) == 2
    assert ingest(known, RUN) == ingest(known, replace(RUN, at="2026-11-21T00:00:00Z")) == []
    assert ingest(known, replace(RUN, generation="", manifest=None)) == []
    assert ingest(known, replace(RUN, generation="g2", manifest=None)) == []  # a run has one generation
    assert len(ingest(known, replace(RUN, executed=("POST /orders",)))) == 2  # another file of the run
    assert prevented(known) == 1


def test_a_generation_that_is_named_later_counts(known: Repo) -> None:
    inject(known, "g1", "missing_parent")
    assert [one.get("outcome") for one in ingest(known, replace(RUN, generation="", manifest=None))] == [
        None,
        "clean",
    ]
    assert [one.get("outcome") for one in ingest(known, replace(RUN, generation=""))] == [None, "prevented"]
    assert prevented(known) == 1


def test_one_recurrence_undoes_the_preventions_of_its_generation(known: Repo) -> None:
    inject(known, "g1", "missing_parent")
    ingest(known, RUN)
    again = ingest(known, replace(RUN, run="r2", occurred=frozenset(["gap_product"])))
    assert [(one["pattern"], one["outcome"]) for one in again[1:]] == [("missing_parent", "recurred")]
    assert prevented(known) == 0


def test_what_was_withheld_or_told_to_another_generation_prevents_nothing(known: Repo) -> None:
    inject(known, "g1", withheld=("missing_parent",))
    inject(known, "g2", "missing_parent")
    _, one = ingest(known, RUN)
    assert (one["injected"], one["withheld"], one["outcome"]) == (False, True, "clean")


def test_the_generation_stands_in_the_manifest(known: Repo) -> None:
    inject(known, "g1", "missing_parent")
    run, one = ingest(known, replace(RUN, generation=""))
    assert (run["generation_id"], one["outcome"]) == ("g1", "prevented")


def test_on_two_machines_the_events_are_the_same(known: Repo) -> None:
    first = exposed(known, RUN)
    known.git("config", "user.email", "another@example.org")
    assert exposed(known, RUN) == first


def test_an_endpoint_of_its_own_is_no_parameter_of_another(repo: Repo) -> None:
    """S1: `GET /products/search` never ran the code that failed under `GET /products/{id}`."""
    signature = SIGNATURE | {"endpoint": "GET /products/{id}"}
    write_pattern(repo, "gap_product", None, signatures=[signature])
    inject(repo, "g1", "gap_product")
    literal = replace(RUN, executed=("GET /products/search",), run="r1")
    assert [one["pattern"] for one in ingest(repo, literal)] == [None]
    named = replace(RUN, executed=("GET /products/{product_id}",), run="r2")
    assert [one.get("outcome") for one in ingest(repo, named)] == [None, "prevented"]


def test_a_manifest_that_comes_later_is_credited_once(known: Repo) -> None:
    inject(known, "g1", "missing_parent", withheld=("gap_order",))
    bare = replace(RUN, executed=("POST /orders", "POST /products"), manifest=None)
    assert [one["pattern"] for one in ingest(known, bare)] == [None]
    late = ingest(known, replace(bare, manifest=CODE))
    assert [(one["pattern"], one["outcome"]) for one in late] == [
        ("gap_order", "clean"),
        ("missing_parent", "prevented"),
    ]
    assert ingest(known, replace(bare, manifest=CODE)) == []
    assert prevented(known) == 1


def test_what_a_generation_was_not_given_gets_nothing_later(known: Repo) -> None:
    bare = replace(RUN, manifest=None)
    ingest(known, bare)
    assert ingest(known, RUN) == []


def test_a_run_of_another_generation_is_told(known: Repo) -> None:
    ingest(known, RUN)
    events, notes = exposed(known, replace(RUN, generation="g2"), replace(RUN, run="r2", generation="g2"))
    assert notes == ["run r1 is known as one of generation g1: nothing is credited"]
    assert {event_data(one)["run"] for one in events} == {"r2"}


GENERAL = {key: SIGNATURE[key] for key in ("error_type", "exception", "constraint")} | {"field": "nullable:*"}


@pytest.mark.parametrize("below", ["", "proposed/"])
def test_a_general_pattern_is_about_what_its_members_are_about(known: Repo, below: str) -> None:
    """S10, in force or proposed: what has no narrow scope of its own has that of the patterns it was made of."""
    related = ["gap_product", "gap_order", "gap_other"]
    write_pattern(known, "general", None, below=below, related=related, signatures=[GENERAL])
    unlike = SIGNATURE | {"entity": "Cart", "endpoint": "POST /carts", "constraint": "type_mismatch"}
    write_pattern(known, "gap_other", None, signatures=[unlike])
    inject(known, "g1", "general")
    seen = replace(RUN, manifest=replace(CODE, endpoints=("POST /carts", "POST /orders")))

    def of_general(run: str, *executed: str, occurred: tuple[str, ...] = ()) -> list[str]:
        told = ingest(known, replace(seen, run=run, executed=executed, occurred=frozenset(occurred)))
        return [one["outcome"] for one in told if one["pattern"] == "general"]

    assert of_general("r1", "POST /carts") == []
    assert of_general("r2", "POST /orders") == ["prevented"]
    assert of_general("r3", "POST /orders", occurred=("gap_product",)) == ["recurred"]


def test_a_pattern_about_everything_has_no_exposure(known: Repo) -> None:
    write_pattern(known, "general", None, signatures=[GENERAL])
    inject(known, "g1", "general")
    told = ingest(known, replace(RUN, occurred=frozenset(["general"])))
    assert [one["pattern"] for one in told] == [None, "missing_parent"]


# -- counting --------------------------------------------------------------------------------------


def seen(number: int, run: str | None, signature: dict[str, str], *patterns: str, **more: Any) -> Event:
    data = {"test_name": f"test_{number}", "failure_reason": "boom", "signature": signature}
    data |= ({"run": run} if run else {}) | more
    return make_event("test_failure", f"2026-11-{number:02}T10:00:00Z", data, patterns=patterns)


def test_an_event_without_a_pattern_belongs_to_its_signature_s() -> None:
    """Whether a report was collected before its candidate was there, or after, makes no difference."""
    signature = canonical(parse_signature(SIGNATURE))
    name = gap_name(signature)
    told = signature_fields(signature)
    pattern = SignedPattern(name, "", (), (signature,))
    renamed = SignedPattern("missing_parent", "", (name,), (signature,))
    other = SignedPattern("gap_other", "", (), (parse_signature(SIGNATURE | {"field": "x"}),))
    before = [seen(1, "r1", told), seen(2, "r2", told)]
    after = [seen(1, "r1", told, name), seen(2, "r2", told, name)]
    for events in (before, after, [before[0], after[1]]):
        (record,) = count_failures(events, [other, pattern]).values()
        assert (record.occurrences, record.hits) == (2, 2)
        assert count_failures(events, [renamed])["missing_parent"].occurrences == 2
    assert count_failures([seen(1, "r1", told, "another")], [pattern]) == {}
    assert count_failures([seen(1, "r1", {"rule": "ruff:X"})], [pattern]) == {}


def test_runs_of_one_generation_are_one_and_hits_stay_beside() -> None:
    pattern = SignedPattern("missing_parent", "", (), (parse_signature(SIGNATURE),))
    run = {"generation_id": "g1", "pattern": None, "executed": [], "total": 1, "failed": 1}
    events = [
        seen(3, "r1", SIGNATURE, "missing_parent"),
        seen(4, "r2", SIGNATURE, "missing_parent", hits=3),
        seen(5, "r3", SIGNATURE, "missing_parent"),
        seen(6, None, SIGNATURE, "missing_parent", count=2),
        *(make_event("exposure", AT, run | {"run": name}) for name in ("r1", "r2")),
    ]
    record = count_failures(events, [pattern])["missing_parent"]
    assert (record.occurrences, record.hits) == (4, 7)
    assert record.first is not None
    assert record.last == record.first + 3 * 86_400


def test_a_general_pattern_counts_what_its_members_count() -> None:
    """C20a: its own name stands in no event."""
    general = parse_signature(
        {"error_type": "database", "exception": "IntegrityError", "constraint": "nullable_missing",
         "entity": "*", "endpoint": "*", "field": "nullable:*"}
    )  # fmt: skip
    patterns = [
        SignedPattern("gap_general", "", (), (general,)),
        SignedPattern("gap_product", "", (), (parse_signature(SIGNATURE),)),
    ]
    events = [
        seen(1, "r1", SIGNATURE, "gap_product"),
        seen(2, "r2", SIGNATURE | {"entity": "Order", "message": "x"}),
        seen(3, "r3", SIGNATURE | {"constraint": "unique_constraint_missing"}),
        seen(4, "r4", SIGNATURE | {"exception": "OperationalError"}),
        seen(5, "r5", {key: text for key, text in SIGNATURE.items() if key != "constraint"}),
    ]
    found = count_failures(events, patterns)
    assert {name: one.occurrences for name, one in found.items()} == {"gap_general": 2, "gap_product": 1}


def test_the_candidate_of_a_clone_that_another_accepted_counts_as_not_there(repo: Repo) -> None:
    """Both halves were merged: the accepted pattern keeps its counts and the library can be read (S6)."""
    signature = canonical(parse_signature(SIGNATURE))
    name, told = gap_name(signature), signature_fields(signature)
    same = {"pattern_id": "0c6f2b1e-8a43-4c1d-9d1f-5b7e2a90c3d4", "signatures": [told]}
    write_pattern(repo, name, None, below="proposed/", **same)
    write_pattern(repo, "null_category", None, supersedes=[name], **same)
    append_events(str(repo.root), [seen(1, "r1", told, name), seen(2, "r2", told)])
    workspace = Workspace.open(str(repo.root))
    library = workspace.library("patterns")
    assert library.problems == ()
    assert library.notes == (
        f"patterns/proposed/{name}.json: accepted under another name: remove it and {name}.md",
    )
    listed = read_failures(workspace, library)
    assert [(one.name, one.runs) for one in listed.records] == [("null_category", 2)]
    signed = signed_patterns(open_search(workspace), ("active", "proposed"))
    assert [one.name for one in signed] == ["null_category"]
    assert read_records(workspace, signed)[0].of("null_category").occurrences == 2
    inject(repo, "g1", name)
    assert [one["pattern"] for one in ingest(repo, RUN)] == [None, "null_category"]


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"field": "cat*"}, 1),
        ({"field": "dog*"}, 0),
        ({"endpoint": "* /products"}, 1),
        ({"endpoint": "POST /orders"}, 0),
        ({"relationship": "Category"}, 0),
    ],
)
def test_what_a_general_pattern_counts_is_what_it_is_matched_by(fields: dict[str, str], count: int) -> None:
    general = SignedPattern("general", "", (), (parse_signature(GENERAL | fields),))
    found = count_failures([seen(1, "r1", SIGNATURE)], [general])
    assert sum(one.occurrences for one in found.values()) == count
    shown = canonical(parse_signature(SIGNATURE))
    pattern = Pattern("general", "", "", signatures=general.signatures)
    assert bool(KnownSignatures([pattern]).covering(shown)) is bool(count)


def test_no_message_is_not_any_message() -> None:
    empty = SignedPattern("gap_empty", "", (), (parse_signature(SIGNATURE | {"message": "", "entity": "*"}),))
    assert count_failures([seen(1, "r1", SIGNATURE)], [empty]) == {}


# -- a store of many events ------------------------------------------------------------------------


def test_counts_from_the_cache_are_the_counts_of_the_events(
    known: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are kept beside those of the figures. Deleted events and second reports are not counted."""
    monkeypatch.setattr(event_index, "WORTH", 0)
    twice = {"occurrence": {"run": "r1", "test": "t", "index": 0}}
    gone = seen(5, "r5", SIGNATURE, "missing_parent")
    events = [
        seen(1, "r1", SIGNATURE, "missing_parent", **twice),
        seen(2, "r1", SIGNATURE, "gap_product", **twice),
        seen(3, "r2", SIGNATURE, "gap_product"),
        seen(4, None, SIGNATURE, "missing_parent"),
        gone,
        make_event("tombstone", AT, {"event": gone.id, "reason": "not so"}),
        make_event("bug", AT, {"error": "e", "code": "c", "file_path": "a.py", "line": 1}),
    ]
    append_events(str(known.root), events)
    inject(known, "g1", "missing_parent")
    ingest(known, RUN)
    workspace = Workspace.open(str(known.root))
    signed = signed_patterns(open_search(workspace), ("active", "proposed"))
    plain = count_failures(read_events(str(known.root)).events, signed)
    assert (plain["missing_parent"].occurrences, plain["missing_parent"].times_prevented) == (3, 1)
    for _ in range(2):
        counts, notes = read_records(workspace, signed)
        assert ({name: counts.of(name) for name in plain}, notes) == (plain, ())
        StoredMetrics(workspace.root, workspace.repository.state_dir)
    kept = {path.name.partition("-")[0] for path in (known.root / ".git/feedback-loop").glob("*.sqlite")}
    assert {"failures", "events"} <= kept
