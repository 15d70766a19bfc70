"""`GenerationPromptEnhancer` over a store of one's own, and over a repository's patterns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from feedback_loop.api.context.enhancer import (
    EnhancerOptions,
    GenerationPromptEnhancer,
    get_prompt_enhancer,
    warn,
)
from feedback_loop.api.context.library_store import LibraryStore
from feedback_loop.api.search.opening import open_search
from feedback_loop.domain.event import Event
from feedback_loop.domain.holdout import is_withheld
from feedback_loop.domain.moment import parse_moment
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.records import event_data, make_event
from feedback_loop.stores.events import append_events, read_events
from feedback_loop.workspace import Workspace
from tests.faces.command_line import write_pattern
from tests.repo import Repo

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW = parse_moment("2026-11-20T12:00:00Z") or 0
BASE = "Generate FastAPI endpoint for POST /products"


@dataclass
class AntiPattern:
    """What the store of the documented example holds."""

    pattern_id: str
    exception_class: str = "IntegrityError"
    error_type: str = "database"
    entity_pattern: str = "Product"
    endpoint_pattern: str = "POST /products"
    field_pattern: str = "category_id"
    correct_code_snippet: str = "Always use Optional[int] for FK fields"
    occurrence_count: int = 2
    times_prevented: int = 0
    last_seen: datetime | str | None = None


class Store:
    """Answers every query with the same patterns, and keeps what it was asked."""

    def __init__(self, *patterns: Any) -> None:
        self.patterns = list(patterns)
        self.asked: list[tuple[Any, ...]] = []

    def get_patterns_for_entity(self, entity_name: str, min_occurrences: int | None = None) -> list[Any]:
        return self._answer("entity", entity_name, min_occurrences)

    def get_patterns_for_endpoint(
        self, endpoint_pattern: str, method: str, min_occurrences: int | None = None
    ) -> list[Any]:
        return self._answer("endpoint", endpoint_pattern, method, min_occurrences)

    def get_patterns_for_schema(self, schema_name: str, min_occurrences: int | None = None) -> list[Any]:
        return self._answer("schema", schema_name, min_occurrences)

    def get_patterns_by_error_type(self, error_type: str) -> list[Any]:
        self.asked.append(("type", error_type))
        return [one for one in self.patterns if one.error_type == error_type]

    def get_all_patterns(self, limit: int | None = None) -> list[Any]:
        return self._answer("all", limit)

    def _answer(self, *asked: Any) -> list[Any]:
        self.asked.append(asked)
        return self.patterns


def enhancer(*patterns: Any, **options: Any) -> GenerationPromptEnhancer:
    return GenerationPromptEnhancer(Store(*patterns), EnhancerOptions(**options), clock=lambda: NOON)


def warnings(text: str, base: str = BASE) -> list[str]:
    """What each line says behind its number."""
    assert text.startswith(base)
    return [line.split(". ", 1)[1] for line in text[len(base) :].split("\n")[3:]]


# -- any store -------------------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["", BASE, "a\r\n\tb  \n"])
def test_where_nothing_is_known_the_prompt_comes_back(prompt: str) -> None:
    empty = enhancer()
    assert empty.enhance_entity_prompt(prompt, "Product", {"name": "Product"}) == prompt
    assert empty.enhance_endpoint_prompt(prompt, "/products", "POST") == prompt
    assert empty.enhance_schema_prompt(prompt, "ProductCreate") == prompt
    assert empty.enhance_generic_prompt(prompt) == prompt
    assert empty.enhance_generic_prompt(prompt, ["database"]) == prompt


def test_the_documented_example() -> None:
    known = enhancer(
        AntiPattern("a", occurrence_count=4),
        AntiPattern(
            "b", "ValidationError", field_pattern="price", correct_code_snippet="Ensure Decimal validation", occurrence_count=3
        ),
        AntiPattern(
            "c", "ImportError", entity_pattern="*", endpoint_pattern="*", field_pattern="*",
            correct_code_snippet="Import all models from src.models.entities",
        ),
        AntiPattern("seen_once", occurrence_count=1),
    )  # fmt: skip
    assert known.enhance_endpoint_prompt(BASE, "/products", "POST") == (
        f"{BASE}\n\n"
        "AVOID THESE KNOWN ISSUES:\n"
        "1. IntegrityError on category_id: Always use Optional[int] for FK fields\n"
        "2. ValidationError on price: Ensure Decimal validation\n"
        "3. ImportError: Import all models from src.models.entities"
    )


def test_a_store_is_asked_for_what_was_seen_twice() -> None:
    known = enhancer()
    known.enhance_entity_prompt(BASE, "Product")
    known.enhance_endpoint_prompt(BASE, "put /products/{id}", "GET")
    known.enhance_schema_prompt(BASE, "ProductCreate")
    known.enhance_schema_prompt(BASE, "Ware", {"name": "Product"})
    known.enhance_schema_prompt(BASE, "Product")
    assert isinstance(known.pattern_store, Store)
    assert known.pattern_store.asked == [
        ("entity", "Product", 2),
        ("endpoint", "/products/{id}", "PUT", 2),
        ("schema", "ProductCreate", 2),
        ("schema", "Product", 2),
        ("schema", "Ware", 2),
        ("schema", "Product", 2),
        ("schema", "Product", 2),
    ]


def test_limits_are_those_of_the_class() -> None:
    class Careful(GenerationPromptEnhancer):
        MAX_ANTIPATTERNS_PER_PROMPT = 2
        MIN_OCCURRENCE_COUNT = 1
        MAX_WARNING_LENGTH = 40

    many = Store(*(AntiPattern(f"p{index}", occurrence_count=1) for index in range(9)))
    lines = Careful(many).enhance_entity_prompt("x", "Product").split("\n")[3:]
    assert lines == [f"{number}. IntegrityError on category_id: Always" for number in (1, 2)]
    assert many.asked == [("entity", "Product", 1)]


def test_severity_counts_the_days_since() -> None:
    fresh = AntiPattern("fresh", "KeyError", occurrence_count=2, last_seen="2026-11-20T11:00:00Z")
    stale = AntiPattern(
        "stale", "TypeError", occurrence_count=9, last_seen=datetime(2025, 11, 20, tzinfo=UTC)
    )
    by_severity = enhancer(stale, fresh, order="severity").enhance_entity_prompt(BASE, "Product")
    assert [line.split()[0] for line in warnings(by_severity)] == ["KeyError", "TypeError"]
    by_number = enhancer(fresh, stale).enhance_entity_prompt(BASE, "Product")
    assert [line.split()[0] for line in warnings(by_number)] == ["TypeError", "KeyError"]


def test_objects_may_lack_anything() -> None:
    class Bare:
        name = "bare"
        guidance = "Think"
        occurrence_count = 7

    assert warnings(enhancer(Bare(), object()).enhance_entity_prompt(BASE, "X")) == ["Error: Think"]


def test_a_prompt_in_prose_gets_what_it_speaks_of_best_fit_first() -> None:
    known = enhancer(
        AntiPattern("gap_0", field_pattern="order_id", entity_pattern="Order", endpoint_pattern="*", occurrence_count=9),
        AntiPattern("gap_1", occurrence_count=2),
        AntiPattern("gap_2", "KeyError", "key", "Customer", "*", "name", occurrence_count=9),
    )  # fmt: skip
    text = known.enhance_generic_prompt(
        "Build the product form: category and price of a product, for an order"
    )
    assert [line[: line.index(":")] for line in text.split("\n")[3:]] == [
        "1. IntegrityError on category_id",
        "2. IntegrityError on order_id",
    ]
    assert known.enhance_generic_prompt("Sort a list") == "Sort a list"


def test_error_types_ask_for_all_of_theirs() -> None:
    known = enhancer(
        AntiPattern("a"), AntiPattern("b", "KeyError", "key"), AntiPattern("c", "ImportError", "import")
    )
    assert len(warnings(known.enhance_generic_prompt(BASE, ["key", "import", "key"]))) == 2
    assert len(warnings(known.enhance_generic_prompt("Sort", "key"), "Sort")) == 1


@pytest.mark.parametrize("prompt", [None, b"x", 3])
def test_a_prompt_that_is_no_text_is_refused(prompt: Any) -> None:
    with pytest.raises(ValueError, match="base_prompt must be text"):
        enhancer().enhance_entity_prompt(prompt, "Product")


@pytest.mark.parametrize(
    ("query", "arguments", "named"),
    [
        ("entity", (None,), "entity_name"),
        ("endpoint", (None, "POST"), "endpoint_pattern"),
        ("endpoint", ("/products", 5), "method"),
        ("schema", (b"ProductCreate",), "schema_name"),
        ("generic", (5,), "error_types"),
        ("generic", (["database", None],), "each of error_types"),
    ],
)
def test_an_argument_of_another_type_is_named(query: str, arguments: Any, named: str) -> None:
    asked = getattr(enhancer(AntiPattern("a")), f"enhance_{query}_prompt")
    with pytest.raises(InputError, match=f"^{named} must be "):
        asked(BASE, *arguments)
    with pytest.raises(InputError, match=r"^base_prompt must be text"):
        asked(None, *arguments)


def test_a_store_that_cannot_be_asked_is_refused_at_once() -> None:
    asks: tuple[Any, ...] = (0, None, "", [], object())
    for wrong in asks:
        with pytest.raises(InputError, match=r"^pattern_store must have get_patterns_for_entity, .*: "):
            GenerationPromptEnhancer(wrong)
    with pytest.raises(InputError, match=r"^pattern_store must be an object, not the class Store"):
        GenerationPromptEnhancer(Store)  # type: ignore[arg-type]
    half: Any = Store()
    half.get_all_patterns = 5
    with pytest.raises(InputError, match=r"^pattern_store must have get_all_patterns: Store has not"):
        GenerationPromptEnhancer(half)


def test_a_store_that_answers_nothing_is_refused() -> None:
    store = Store()
    store.patterns = None  # type: ignore[assignment]
    store.get_patterns_by_error_type = lambda error_type: None  # type: ignore[method-assign,return-value,assignment]
    known = GenerationPromptEnhancer(store, clock=lambda: NOON)
    asks: list[Callable[[], str]] = [
        lambda: known.enhance_entity_prompt(BASE, "Product"),
        lambda: known.enhance_endpoint_prompt(BASE, "/products", "POST"),
        lambda: known.enhance_schema_prompt(BASE, "ProductCreate"),
        lambda: known.enhance_generic_prompt(BASE),
        lambda: known.enhance_generic_prompt(BASE, "database"),
    ]
    for ask in asks:
        with pytest.raises(InputError, match="pattern_store must answer a list of patterns, not NoneType"):
            ask()


# -- what is recorded, and withheld ----------------------------------------------------------------


def injections(repo: Repo) -> list[Event]:
    return [one for one in read_events(str(repo.root)).events if one.kind == "injection"]


def test_a_generation_is_recorded_before_the_text_is_handed_out(repo: Repo) -> None:
    known = enhancer(AntiPattern("gap_1"), root=str(repo.root))
    plain = known.enhance_entity_prompt(BASE, "Product")
    assert injections(repo) == []
    assert known.enhance_entity_prompt(BASE, "Product", generation_id="g1") == plain
    (event,) = injections(repo)
    assert (event.at, event.patterns) == ("2026-11-20T12:00:00Z", ("gap_1",))
    assert event_data(event) == {
        "target": "entity",
        "patterns": ["gap_1"],
        "generation_id": "g1",
        "prompt_sha256": hashlib.sha256(BASE.encode()).hexdigest(),
    }


def test_nothing_known_is_no_event(repo: Repo) -> None:
    assert enhancer(root=str(repo.root)).enhance_entity_prompt(BASE, "Product", generation_id="g1") == BASE
    assert injections(repo) == []


def test_a_share_is_withheld_and_said(repo: Repo) -> None:
    names = [f"gap_{index}" for index in range(5)]
    known = enhancer(*map(AntiPattern, names), root=str(repo.root), holdout=0.5)
    text = known.enhance_entity_prompt(BASE, "Product", generation_id="g1")
    (event,) = injections(repo)
    kept_back = [name for name in names if is_withheld("g1", name, 0.5)]
    assert 0 < len(kept_back) < 5
    assert event_data(event)["withheld"] == kept_back
    assert event_data(event)["patterns"] == [name for name in names if name not in kept_back]
    assert len(warnings(text)) == 5 - len(kept_back)


def test_the_share_is_the_settings_unless_given(repo: Repo) -> None:
    repo.write("feedback-loop.toml", "[inject]\nholdout = 1\n")
    known = enhancer(AntiPattern("gap_1"), root=str(repo.root))
    assert known.enhance_entity_prompt(BASE, "Product", generation_id="g1") == BASE
    (event,) = injections(repo)
    assert (event.patterns, event_data(event)["withheld"]) == ((), ["gap_1"])


@pytest.mark.parametrize("identity", ["", " ", 7, "a\nb", "x" * 201, "AKIAIOSFODNN7EXAMPLE"])
def test_a_generation_needs_an_id(repo: Repo, identity: Any) -> None:
    with pytest.raises(InputError, match="generation_id"):
        enhancer(AntiPattern("a1"), root=str(repo.root)).enhance_entity_prompt(
            BASE, "P", generation_id=identity
        )
    assert injections(repo) == []


def test_without_a_repository_nothing_can_be_recorded(tmp_path: Any) -> None:
    with pytest.raises(UserError) as caught:
        enhancer(AntiPattern("a1"), root=str(tmp_path)).enhance_entity_prompt(BASE, "P", generation_id="g")
    assert caught.value.kind == "no_repository"


# -- a repository's own patterns -------------------------------------------------------------------

SIGNATURE = {
    "error_type": "database",
    "exception": "IntegrityError",
    "entity": "Product",
    "endpoint": "POST /products",
    "field": "category_id",
}


def failure(number: int, name: str = "missing_parent", **fields: Any) -> Event:
    data = {"test_name": f"test_{number}", "failure_reason": "boom"} | fields
    return make_event("test_failure", f"2026-11-{number:02}T10:00:00Z", data, patterns=[name])


def exposure(generation: str, run: str, outcome: str) -> Event:
    data = {"generation_id": generation, "run": run, "pattern": "missing_parent", "outcome": outcome}
    return make_event("exposure", "2026-11-19T10:00:00Z", data, patterns=["missing_parent"])


@pytest.fixture
def known(repo: Repo) -> Repo:
    """Two patterns with signatures, one without, a proposed one; failures of three runs."""
    write_pattern(repo, "named_exceptions")
    write_pattern(
        repo, "missing_parent", None, guidance="Create the parent first", supersedes=["no_parent"],
        signatures=[{"rule": "ruff:X1"}, SIGNATURE, SIGNATURE | {"endpoint": "PUT /products/{id}", "field": "price"}],
    )  # fmt: skip
    write_pattern(repo, "wrong_import", None, guidance="Import it", signatures=[{"exception": "ImportError"}])
    write_pattern(repo, "not_yet", None, below="proposed/", signatures=[SIGNATURE])
    append_events(
        str(repo.root),
        [
            failure(1, run="r1"),
            failure(2, run="r1"),
            failure(3, "no_parent", occurrence={"run": "r2", "test": "t", "index": 0}),
            failure(4),
            failure(5, "wrong_import", run="r1"),
            failure(6, "not_yet"),
            failure(7, "not_yet"),
            exposure("g1", "r3", "prevented"),
            exposure("g1", "r4", "prevented"),
            exposure("g2", "r5", "prevented"),
            exposure("g2", "r6", "recurred"),
        ],
    )
    return repo


def library_store(repo: Repo) -> LibraryStore:
    return LibraryStore(open_search(Workspace.open(str(repo.root))), NOW)


def test_runs_and_generations_count_not_events(known: Repo) -> None:
    store = library_store(known)
    first = store.get_all_patterns()[0]
    assert (first.name, first.occurrence_count, first.times_prevented) == ("missing_parent", 3, 1)
    assert first.severity == pytest.approx(0.3 * 0.75 * 0.5 ** ((16 + 2 / 24) / 90))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (lambda store: store.get_patterns_for_entity("Product"), ["category_id", "category_id"]),
        (lambda store: store.get_patterns_for_entity("product"), []),
        (lambda store: store.get_patterns_for_entity("Product", 3), ["category_id"]),
        (lambda store: store.get_patterns_for_entity("Product", 4), []),
        (lambda store: store.get_patterns_for_endpoint("/products", "POST"), ["category_id", "category_id"]),
        (lambda store: store.get_patterns_for_endpoint("/products/{product_id}", "PUT"), ["price"]),
        (lambda store: store.get_patterns_for_endpoint("/orders", "POST", 0), ["*"]),
        (lambda store: store.get_patterns_for_schema("ProductCreate", 3), ["category_id"]),
        (lambda store: store.get_patterns_by_error_type("unknown"), ["*"]),
        (lambda store: store.get_all_patterns(1), ["category_id"]),
    ],
)
def test_queries(known: Repo, query: Callable[[LibraryStore], list[Any]], found: list[str]) -> None:
    assert [one.field_pattern for one in query(library_store(known))] == found


@pytest.mark.parametrize(
    ("kind", "text", "line"),
    [
        ("entity", "Product", "1. IntegrityError on category_id: Create the parent first"),
        ("endpoint", "POST /products", "1. IntegrityError on category_id: Create the parent first"),
        ("endpoint", "/products/7", "1. IntegrityError on price: Create the parent first"),
        ("schema", "ProductCreate", "1. IntegrityError on category_id: Create the parent first"),
        ("prompt", "A form for products", "1. IntegrityError on category_id: Create the parent first"),
        ("entity", "Customer", ""),
        ("endpoint", "POST /customers", ""),
        ("prompt", "Sort a list", ""),
    ],
)
def test_a_target_by_its_words(known: Repo, kind: str, text: str, line: str) -> None:
    said = warn(Workspace.open(str(known.root)), kind, text, clock=lambda: NOON)
    assert said.text == (f"{text}\n\nAVOID THESE KNOWN ISSUES:\n{line}" if line else text)
    assert injections(known) == []


def test_the_prompt_may_be_another_text_and_settings_hold(known: Repo) -> None:
    workspace = Workspace.open(str(known.root))
    assert warn(workspace, "entity", "Product", prompt=BASE).text.startswith(f"{BASE}\n\nAVOID")
    warn(workspace, "entity", "Product", EnhancerOptions(record=True), clock=lambda: NOON)
    assert [event.patterns for event in injections(known)] == [("missing_parent",)]
    known.write("feedback-loop.toml", "[inject]\nenabled = false\n")
    assert warn(workspace, "entity", "Product").text == "Product"


def test_what_cannot_be_read_is_said(known: Repo) -> None:
    workspace = Workspace.open(str(known.root))
    said = warn(workspace, "entity", "Product", clock=lambda: NOON)
    assert ([one.name for one in said.failures], said.notes) == (["missing_parent"], ())
    known.write("patterns/half.md", "# Half\n")
    known.write(".feedback-loop/events/2026-11/20261120t100000z-bug-0123456789ab.json", "{")
    again = warn(workspace, "entity", "Product", clock=lambda: NOON)
    assert again.text == said.text
    assert [note.split(" cannot")[0] for note in again.notes] == ["1 pattern", "some events"]


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("entity", "  ", "blank"),
        ("endpoint", "POST products", "not an endpoint"),
        ("table", "products", "not a target"),
    ],
)
def test_what_names_no_target_is_refused(repo: Repo, kind: str, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        warn(Workspace.open(str(repo.root)), kind, text)


def test_the_enhancer_of_the_current_repository(known: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(known.root)
    assert "AVOID" in get_prompt_enhancer().enhance_entity_prompt(BASE, "Product")
