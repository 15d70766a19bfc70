"""`NegativePatternStore` over real repositories: what it writes is what the rest of the tool reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.api.antipatterns.antipattern import GenerationAntiPattern
from feedback_loop.api.antipatterns.collector import get_feedback_collector
from feedback_loop.api.antipatterns.store import NegativePatternStore
from feedback_loop.api.context.enhancer import EnhancerOptions, GenerationPromptEnhancer, get_prompt_enhancer
from feedback_loop.api.context.library_store import LibraryStore
from feedback_loop.api.patterns.failures import read_failures
from feedback_loop.api.patterns.moves import archive
from feedback_loop.api.search.opening import open_search
from feedback_loop.domain.exposure import Manifest, RunSeen
from feedback_loop.errors import InputError, UserError
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace
from tests.faces.command_line import write_pattern
from tests.repo import Repo

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AT = "2026-11-20T12:00:00Z"
PLAIN = GenerationAntiPattern(
    "product_category",
    "database",
    "IntegrityError",
    "NOT NULL constraint failed: products.category_id",
    "Product",
    "POST /products",
    "category_id",
    "session.add(Product(**payload))",
    "Always use Optional[int] for FK fields",
)


@pytest.fixture
def library(repo: Repo) -> Repo:
    write_pattern(repo, "named_exceptions")
    return repo


def opened(repo: Repo) -> NegativePatternStore:
    return NegativePatternStore(str(repo.root), clock=lambda: NOON)


def kinds(repo: Repo) -> list[str]:
    return [one.kind for one in read_events(str(repo.root)).events]


def files(repo: Repo) -> list[str]:
    folder: Path = repo.root / "patterns/proposed"
    return sorted(one.name for one in folder.iterdir()) if folder.exists() else []


def test_an_empty_repository_knows_nothing(library: Repo) -> None:
    store = opened(library)
    assert store.get_all_patterns() == store.get_patterns_for_entity("Product", 0) == []
    assert store.get_statistics() == {
        "total_patterns": 0,
        "by_state": {},
        "by_error_type": {},
        "by_constraint": {},
        "total_occurrences": 0,
        "total_hits": 0,
        "total_prevented": 0,
        "prevention_rate": 0.0,
    }
    assert not store.exists("product_category")


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.get("unknown"),
        lambda store: store.increment_occurrence("unknown"),
        lambda store: store.increment_prevention("unknown", "g1"),
        lambda store: store.get("named_exceptions"),  # which recognises no failure
    ],
)
def test_an_unknown_id_is_a_key_error(library: Repo, ask: Callable[[NegativePatternStore], Any]) -> None:
    with pytest.raises(KeyError):
        ask(opened(library))
    assert kinds(library) == []


def test_what_is_stored_comes_back_as_it_was(library: Repo) -> None:
    store = opened(library)
    assert store.store(PLAIN) is True
    assert store.store(replace(PLAIN, entity_pattern="Order")) is False
    expected = replace(
        PLAIN,
        bad_code_snippet="session.add(Product(**payload))\n",
        error_message_pattern=store.get("product_category").error_message_pattern,
        message="NOT NULL constraint failed: products.category_id",
        guidance=PLAIN.correct_code_snippet,
    )
    assert store.get("product_category") == opened(library).get("product_category") == expected
    assert files(library) == ["product_category.json", "product_category.md"]
    assert Workspace.open(str(library.root)).library("patterns").problems == ()
    assert kinds(library) == []  # counters are no part of a pattern


def test_a_message_alone_recognises_a_failure(library: Repo) -> None:
    """As `smoke ingest` keeps it: in the store, in its counts and in what prompts are warned from (H2)."""
    store = opened(library)
    assert store.store(replace(PLAIN, exception_class="")) is True
    assert store.increment_occurrence("product_category", "r1")
    for found in (store, opened(library)):
        assert found.get("product_category").exception_class == ""
        assert [one.occurrence_count for one in found.get_patterns_for_entity("Product", 1)] == [1]
    seen = RunSeen("r2", AT, ("POST /products",))
    assert opened(library).record_run(seen) == 2
    listed = read_failures(store.workspace, store.workspace.library("patterns"))
    assert [(one.name, one.runs) for one in listed.records] == [("product_category", 1)]


def test_a_pattern_of_several_signatures_is_one_answer(library: Repo) -> None:
    broad = {"exception": "IntegrityError", "constraint": "nullable_missing", "error_type": "database"}
    narrow = broad | {"entity": "Product", "endpoint": "POST /products", "field": "category_id"}
    write_pattern(library, "broad", None, signatures=[broad, broad | {"entity": "Prod*"}, narrow])
    write_pattern(library, "other", None, signatures=[broad])
    store = opened(library)
    assert [one.pattern_id for one in store.get_all_patterns()] == ["broad", "other"]
    assert [one.pattern_id for one in store.get_all_patterns(1)] == ["broad"]
    fields = [one.field_pattern for one in store.get_patterns_for_entity("Product", 0)]
    assert fields == ["category_id", "*"]
    assert [one.entity_pattern for one in store.get_patterns_for_entity("Produce", 0)] == ["Prod*", "*"]


def test_what_is_tied_to_a_function_is_about_no_target(library: Repo) -> None:
    """A hand-written pattern without a place and a general one are about every target (C20a)."""
    anywhere = {"exception": "KeyError", "entity": "*", "endpoint": "*"}
    placed = {"exception": "KeyError", "entity": "Book", "function": "add"}
    for name, told in {
        "any_place": {"exception": "KeyError"},
        "general": anywhere | {"field": "nullable:*", "constraint": "nullable_missing"},
        "of_entity": placed,
        "of_function": anywhere
        | {"field": "*", "constraint": "unclassified", "function": "library.main.add"},
        "of_function_and_entity": anywhere | {"function": "add"},
    }.items():
        more = [{"exception": "KeyError", "entity": "Book"}] if name == "of_function_and_entity" else []
        write_pattern(library, name, None, signatures=[told, *more])
    workspace = Workspace.open(str(library.root))
    library_store = LibraryStore(open_search(workspace), int(NOON.timestamp()))
    for store in (opened(library), library_store):
        asked: list[list[Any]] = [
            *(store.get_patterns_for_entity("Shelf", 0), store.get_patterns_for_endpoint("/shelves", "*", 0)),
            *(store.get_patterns_for_schema("ShelfCreate", 0), store.get_patterns_for_entity("Book", 0)),
        ]
        every = ["any_place", "general"]
        book = [*every, "of_entity", "of_function_and_entity"]
        assert [[one.pattern_id for one in found] for found in asked] == [every, every, every, book]
        known = {one.pattern_id for one in store.get_all_patterns()}
        assert known == {*book, "of_function"}
        assert len(store.get_patterns_by_error_type("unknown")) == 5


def test_code_that_is_right_is_the_good_example(library: Repo) -> None:
    code = "category = session.get(Category, payload.category_id)\nassert category is not None\n"
    store = opened(library)
    store.store(replace(PLAIN, correct_code_snippet=code, guidance="Look up the parent first"))
    for found in (store.get("product_category"), opened(library).get("product_category")):
        assert (found.correct_code_snippet, found.guidance) == (code, "Look up the parent first")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (replace(PLAIN, pattern_id="Not A Name"), "pattern_id cannot be 'Not A Name'"),
        (replace(PLAIN, pattern_id=""), "pattern_id cannot be"),
        (replace(PLAIN, exception_class="", error_message_pattern=""), "exception_class is missing"),
        ({"pattern_id": "x"}, "pattern must be a GenerationAntiPattern, not dict"),
        (
            GenerationAntiPattern("evil_three", "nope", "Value Error", "", "", "", "", "", ""),
            r"evil_three cannot be written: error_type: 'nope' is not one of .*; exception_class: ",
        ),
        (replace(PLAIN, entity_pattern="A b"), "entity_pattern: the name of an entity"),
        (replace(PLAIN, endpoint_pattern="products"), "endpoint_pattern: .* METHOD /template"),
        (replace(PLAIN, field_pattern="kind:x"), "field_pattern: the name of a field"),
        (replace(PLAIN, constraint="x" * 65), "constraint: "),
        (replace(PLAIN, error_type=5), "error_type must be text, not int"),  # type: ignore[arg-type]
        (replace(PLAIN, message=b"x"), "message must be text, not bytes"),  # type: ignore[arg-type]
        (replace(PLAIN, occurrence_count="3"), "occurrence_count must be a whole number"),  # type: ignore[arg-type]
        (replace(PLAIN, last_seen="today"), "last_seen must be a datetime, not str"),  # type: ignore[arg-type]
    ],
)
def test_what_no_pattern_can_hold_is_refused(library: Repo, pattern: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        opened(library).store(pattern)
    assert files(library) == []


def test_a_question_with_a_wrong_argument_names_it(library: Repo) -> None:
    """In both stores alike, whatever they hold."""
    read = LibraryStore(open_search(Workspace.open(str(library.root))), 0)
    for store in (opened(library), read):
        assert store.get_patterns_for_entity("P", 0) == store.get_all_patterns(0) == []
        for value in (None, 5, b""):
            wrong: Any = value
            asks: dict[str, Callable[[], Any]] = {
                "entity_name": partial(store.get_patterns_for_entity, wrong),
                "endpoint_pattern": partial(store.get_patterns_for_endpoint, wrong, "GET"),
                "method": partial(store.get_patterns_for_endpoint, "/products", wrong),
                "schema_name": partial(store.get_patterns_for_schema, wrong),
                "error_type": partial(store.get_patterns_by_error_type, wrong),
            }
            for name, ask in asks.items():
                with pytest.raises(InputError, match=f"^{name} must be text, not "):
                    ask()
        for count in ("x", 1.5, -1, True):
            number: Any = count
            with pytest.raises(InputError, match=r"^limit must be "):
                store.get_all_patterns(limit=number)
            for question in (store.get_patterns_for_entity, store.get_patterns_for_schema):
                with pytest.raises(InputError, match=r"^min_occurrences must be "):
                    question("P", min_occurrences=number)
            with pytest.raises(InputError, match=r"^min_occurrences must be "):
                store.get_patterns_for_endpoint("/p", "GET", number)


def test_a_store_is_of_a_folder(library: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(library.root)  # else nothing but the place would be told
    for root in (None, library.root, str(library.root)):
        assert NegativePatternStore(root).get_all_patterns() == []
    asks: tuple[Any, ...] = (1.5, 0, True, b"x", "a\0b")
    for wrong in asks:
        for make in (NegativePatternStore, get_feedback_collector, get_prompt_enhancer):
            with pytest.raises(InputError, match=r"^root must be a path, not "):
                make(wrong)


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        ("", "printable characters are needed"),
        (" ", "printable characters are needed"),
        ("a\nb", "printable characters are needed"),
        ("x" * 201, "printable characters are needed"),
        ("AKIAIOSFODNN7EXAMPLE", "looks like a secret"),
        (7, "must be text, not int"),
    ],
)
def test_what_cannot_name_a_run_is_in_no_event(library: Repo, identity: Any, words: str) -> None:
    store = opened(library)
    store.store(PLAIN)
    asks: dict[str, Callable[[], Any]] = {
        "run_id": lambda: store.increment_occurrence("product_category", identity),
        "run_id ?": lambda: store.increment_prevention("product_category", "g1", identity),
        "generation_id": lambda: store.increment_prevention("product_category", generation_id=identity),
        "seen.run": lambda: store.record_run(RunSeen(identity, AT, ("POST /products",))),
    }
    if identity:
        asks["seen.generation"] = lambda: store.record_run(RunSeen("r", AT, generation=identity))
    for name, ask in asks.items():
        with pytest.raises(InputError, match=f"^{name}.*{words}"):
            ask()
    with pytest.raises(InputError, match="seen must be a RunSeen"):
        store.record_run(identity)
    assert kinds(library) == []


def test_without_a_library_of_its_own_nothing_is_written(repo: Repo) -> None:
    with pytest.raises(UserError, match="there is no patterns/ here"):
        opened(repo).store(PLAIN)


def test_runs_count_once_and_each_without_a_name_is_one(library: Repo) -> None:
    store = opened(library)
    store.store(PLAIN)
    told = [store.increment_occurrence("product_category", run) for run in ("r1", "r1", "r2", None, None)]
    assert told == [True, False, True, True, True]
    assert opened(library).increment_occurrence("product_category", "r2") is False
    for one in (store.get("product_category"), opened(library).get("product_category")):
        assert (one.occurrence_count, one.hits, one.last_seen) == (4, 4, NOON)


def test_a_count_that_comes_along_is_kept(library: Repo) -> None:
    store = opened(library)
    store.store(replace(PLAIN, occurrence_count=3, last_seen=datetime(2026, 1, 1)))
    for one in (store.get("product_category"), opened(library).get("product_category")):
        assert (one.occurrence_count, one.last_seen) == (3, datetime(2026, 1, 1, tzinfo=UTC))


def test_preventions_count_by_generation(library: Repo) -> None:
    store = opened(library)
    store.store(PLAIN)
    store.increment_occurrence("product_category", "r1")
    told = [
        store.increment_prevention("product_category", *arguments)
        for arguments in (("g1",), ("g1", "r9"), ("g2", "r3"), (None, "r4"), (None, "r4"), ())
    ]
    assert told == [True, False, True, True, False, True]
    for one in (store.get("product_category"), opened(library).get("product_category")):
        assert (one.times_prevented, one.prevention_rate) == (4, 0.8)
        assert one.severity_score(NOON) == pytest.approx(0.1 * 0.2)
        assert one.severity_score(datetime(2027, 2, 18, 12)) == pytest.approx(0.1 * 0.2 / 2)
    assert opened(library).get_statistics()["prevention_rate"] == 0.8


def test_the_most_severe_comes_first_and_nothing_is_cut_off(library: Repo) -> None:
    store = opened(library)
    with store.together():
        for number in range(12):
            store.store(replace(PLAIN, pattern_id=f"p{number:02}", message=f"m{number}"))
            for run in range(number % 4):
                store.increment_occurrence(f"p{number:02}", f"r{run}")
    assert [one.pattern_id for one in store.get_patterns_for_entity("Product")] == [
        *("p03", "p07", "p11", "p02", "p06", "p10"),
    ]
    assert len(opened(library).get_patterns_for_entity("Product", 0)) == 12
    assert len(store.get_patterns_for_endpoint("/products", "POST", 1)) == 9
    assert [one.pattern_id for one in store.get_patterns_for_schema("ProductCreate", 3)] == [
        "p03",
        "p07",
        "p11",
    ]
    assert len(store.get_patterns_by_error_type("database")) == 12
    assert [one.pattern_id for one in store.get_all_patterns(2)] == ["p03", "p07"]
    assert store.get_statistics()["by_state"] == {"proposed": 12}


def test_an_archived_one_is_no_answer_until_it_recurs(library: Repo) -> None:
    write_pattern(library, "old_one", None, signatures=[{"exception": "KeyError", "entity": "Product"}])
    archive(Workspace.open(str(library.root)), "old_one", "no longer", clock=lambda: NOON)
    store = opened(library)
    assert store.get_patterns_for_entity("Product", 0) == []
    assert [one.state for one in store.get_all_patterns()] == ["archived"]
    assert store.increment_occurrence("old_one", "r1") is True
    for again in (store, opened(library)):
        assert [one.state for one in again.get_patterns_for_entity("Product", 0)] == ["active"]


def test_a_run_credits_what_was_warned_of(library: Repo) -> None:
    write_pattern(
        library, "missing_parent", None, guidance="Create the parent first",
        signatures=[{"error_type": "database", "exception": "IntegrityError", "entity": "Product",
                     "endpoint": "POST /products", "field": "category_id"}],
    )  # fmt: skip
    store = opened(library)
    store.increment_occurrence("missing_parent", "r1")
    store.increment_occurrence("missing_parent", "r2")
    enhancer = GenerationPromptEnhancer(store, EnhancerOptions(root=str(library.root)), clock=lambda: NOON)
    text = enhancer.enhance_entity_prompt("x", "Product", generation_id="g1")
    assert text.endswith("1. IntegrityError on category_id: Create the parent first")
    run = RunSeen(
        "r3", AT, ("POST /products",), 3, 0, generation="g1", manifest=Manifest(entities=("Product",))
    )
    assert (store.record_run(run), store.record_run(run)) == (2, 0)
    assert store.get("missing_parent").times_prevented == 1


def test_what_cannot_be_read_is_said(library: Repo) -> None:
    opened(library).store(PLAIN)
    library.write(".feedback-loop/events/2026-11/20261120t100000z-bug-0123456789ab.json", "{")
    store = opened(library)
    assert len(store.get_all_patterns()) == 1
    assert [note.split(" cannot")[0] for note in store.notes] == ["some events"]
