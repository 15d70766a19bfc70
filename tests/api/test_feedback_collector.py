"""`SmokeFeedbackClassifier` and `GenerationFeedbackCollector`: the results of one run after another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from feedback_loop.api.antipatterns.antipattern import GenerationAntiPattern, signature_of
from feedback_loop.api.antipatterns.classifier import SmokeFeedbackClassifier
from feedback_loop.api.antipatterns.collector import GenerationFeedbackCollector, get_feedback_collector
from feedback_loop.api.antipatterns.store import NegativePatternStore
from feedback_loop.api.context.enhancer import get_prompt_enhancer
from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.errors import InputError
from feedback_loop.formats.signature_json import signature_fields
from feedback_loop.formats.violations import read_violations
from feedback_loop.stores.events import read_events
from tests.faces.command_line import write_pattern
from tests.repo import Repo

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
IR: dict[str, Any] = {
    "entities": [
        {"name": "Product", "fields": [{"name": "category_id", "type": "integer", "references": "Category"}]},
        {"name": "Category", "fields": [{"name": "name", "type": "string"}]},
    ],
    "endpoints": [
        {"method": "POST", "path": "/products", "entity": "Product"},
        {"method": "POST", "path": "/categories", "entity": "Category"},
    ],
}
TRACE = """Traceback (most recent call last):
  File "/srv/app/routes/products.py", line 31, in create_product
    session.commit()
sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) NOT NULL constraint failed: products.category_id
"""
NULL = {
    "endpoint": "POST /products",
    "error_type": "IntegrityError",
    "error_message": "NOT NULL constraint failed: products.category_id",
    "stack_trace": TRACE,
}
UNIQUE = {
    "endpoint": "POST /categories",
    "error_type": "IntegrityError",
    "error_message": "UNIQUE constraint failed: categories.name",
}
STRANGE = {"endpoint": "POST /products", "error_type": "FluxError", "error_message": "the flux is undone"}
MANIFEST = {"generation_id": "g1", "files": [], "entities": ["Product", "Category"], "endpoints": []}
EXECUTED = ["POST /products", "POST /categories"]


# -- the classifier --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "violation", [{}, {"endpoint": "POST /products", "severity": "high"}, SimpleNamespace()]
)
def test_an_empty_violation_is_no_pattern(violation: Any) -> None:
    assert SmokeFeedbackClassifier().classify_for_generation(violation, None, IR) is None


def test_a_violation_is_tied_to_its_place() -> None:
    found = SmokeFeedbackClassifier().classify_for_generation(NULL, TRACE, IR)
    assert found is not None
    assert (found.error_type, found.exception_class, found.constraint) == (
        "database",
        "IntegrityError",
        "nullable_missing",
    )
    assert (found.entity_pattern, found.endpoint_pattern, found.field_pattern) == (
        "Product",
        "POST /products",
        "category_id",
    )
    assert found.pattern_id.startswith("gap_")
    assert (found.shipped, found.confidence) == (True, 1.0)
    assert found.correct_code_snippet == found.guidance != ""
    apart = {key: text for key, text in NULL.items() if key != "stack_trace"}
    assert SmokeFeedbackClassifier().classify_for_generation(SimpleNamespace(**apart), TRACE, IR) == found


def test_a_trace_alone_is_enough() -> None:
    for violation in ({}, {"endpoint": "POST /products"}, SimpleNamespace(endpoint="POST /products")):
        found = SmokeFeedbackClassifier().classify_for_generation(violation, TRACE, IR)
        assert found is not None
        assert (found.constraint, found.entity_pattern) == ("nullable_missing", "Product")


def test_a_status_alone_is_enough() -> None:
    found = SmokeFeedbackClassifier().classify_for_generation({"endpoint": "GET /x", "status": 500})
    assert found is not None
    assert (found.exception_class, found.error_type, found.constraint) == (
        "HTTPError",
        "http",
        "server_error",
    )


def test_what_nobody_knows_and_what_is_told_too_weakly_is_unclassified() -> None:
    strange = SmokeFeedbackClassifier().classify_for_generation(STRANGE, None, None)
    assert strange is not None
    assert (strange.constraint, strange.shipped) == ("unclassified", False)
    careful = SmokeFeedbackClassifier(min_confidence=1).classify_for_generation(NULL, None, None)
    assert careful is not None
    assert careful.constraint == "unclassified"


def test_rules_of_one_s_own_go_first() -> None:
    rule = {"exception": "FluxError", "match": "undone", "constraint": "no_flux", "error_type": "runtime"}
    for given in (rule, ClassifyRule(**rule)):
        found = SmokeFeedbackClassifier(0.1, [given]).classify_for_generation(STRANGE, None, None)
        assert found is not None
        assert (found.constraint, found.error_type) == ("no_flux", "runtime")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"match": "(", "constraint": "x", "error_type": "runtime"}, "any exception"),
        ({"constraint": "x", "error_type": "none"}, "no kind of error"),
        ({"wrong": "x"}, "a rule has the texts exception, match"),
        ("KeyError", "a rule must be a mapping"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(rule: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        SmokeFeedbackClassifier(rules=[rule])
    with pytest.raises(InputError, match="min_confidence"):
        SmokeFeedbackClassifier(min_confidence=2)


def test_another_argument_of_the_classifier_is_named() -> None:
    for rules in (1.5, True, 0, object(), "x", {"exception": "KeyError"}):
        with pytest.raises(InputError, match=r"^rules must be a list of rules, not "):
            SmokeFeedbackClassifier(rules=rules)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^endpoint must be text"):
        SmokeFeedbackClassifier().extract_ir_context(None, "x")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^error_message must be text"):
        SmokeFeedbackClassifier().extract_ir_context("", 5)  # type: ignore[arg-type]


def test_the_context_of_a_message() -> None:
    classifier = SmokeFeedbackClassifier()
    message = "IntegrityError: FOREIGN KEY constraint failed: products.category_id"
    told = classifier.extract_ir_context("POST /products", message, IR)
    assert told.pop("confidence") > 0.5
    assert told["entity_name"] == "Product"
    assert told["constraint_type"] == "fk_relationship_missing"
    assert told.keys() == {"entity_name", "field_name", "constraint_type", "relationship_type"}
    assert classifier.extract_ir_context("", "", None) == {
        "entity_name": "*",
        "field_name": "*",
        "constraint_type": "unclassified",
        "relationship_type": "",
        "confidence": pytest.approx(0.1),
    }


def test_the_documented_phrases_are_all_there() -> None:
    table = SmokeFeedbackClassifier.ERROR_PATTERNS
    documented = {
        "IntegrityError": {
            "NOT NULL constraint": "nullable_missing",
            "FOREIGN KEY constraint": "fk_relationship_missing",
            "UNIQUE constraint": "unique_constraint_missing",
        },
        "ValidationError": {
            "field required": "required_field_missing",
            "value is not a valid": "type_mismatch",
            "extra fields not permitted": "extra_field_in_schema",
        },
        "ImportError": {"No module named": "missing_import", "cannot import name": "wrong_import_path"},
        "AttributeError": {"has no attribute": "missing_attribute", "NoneType": "null_reference"},
    }
    for exception, phrases in documented.items():
        assert phrases.items() <= table[exception].items()
    attribute = list(table["AttributeError"])  # the more specific one is tried first
    assert attribute.index("NoneType") < attribute.index("has no attribute")


class Loud(SmokeFeedbackClassifier):
    """Knows one more exception, and says nothing of another."""

    def classify_for_generation(
        self, violation: object, stack_trace: object = None, application_ir: object = None
    ) -> GenerationAntiPattern | None:
        assert isinstance(violation, dict)
        if violation["error_type"] == "FluxError":
            return None
        return super().classify_for_generation(violation, stack_trace, application_ir)


# -- the collector ---------------------------------------------------------------------------------


@pytest.fixture
def library(repo: Repo) -> Repo:
    write_pattern(repo, "named_exceptions")
    return repo


def collector(repo: Repo, **options: Any) -> GenerationFeedbackCollector:
    store = NegativePatternStore(str(repo.root), clock=lambda: NOON)
    return GenerationFeedbackCollector(store=store, clock=lambda: NOON, **options)


def result(*violations: Any, run: str | None = None, executed: Any = None) -> SimpleNamespace:
    return SimpleNamespace(violations=list(violations), stack_traces=[], run_id=run, executed=executed)


def counts(repo: Repo) -> dict[str, tuple[int, int]]:
    """Runs and preventions by field."""
    store = NegativePatternStore(str(repo.root))
    return {
        one.field_pattern: (one.occurrence_count, one.times_prevented)
        for one in store.get_all_patterns()
        if one.pattern_id.startswith("gap_")
    }


def test_a_run_without_failures_makes_nothing(library: Repo) -> None:
    done = collector(library).process_smoke_results_sync(result(), IR, MANIFEST)
    assert (done.patterns_created, done.patterns_updated, done.unclassifiable_errors) == (0, 0, [])
    assert (done.total_processed, done.classification_rate) == (0, 1.0)
    assert counts(library) == {}


def test_run_after_run(library: Repo) -> None:
    """Found, warned of, fixed: one is credited, the one that nobody executed is not."""
    mine = collector(library)
    first = mine.process_smoke_results_sync(
        result(NULL, UNIQUE, STRANGE, run="r1", executed=EXECUTED), IR, {}
    )
    assert (first.patterns_created, first.patterns_updated, first.total_processed) == (3, 0, 3)
    assert first.unclassifiable_errors == ["FluxError: the flux is undone"]
    assert first.classification_rate == pytest.approx(2 / 3)
    again = mine.process_smoke_results_sync(
        result(NULL, UNIQUE, STRANGE, run="r1", executed=EXECUTED), IR, {}
    )
    assert (again.patterns_created, again.patterns_updated) == (0, 0)
    second = mine.process_smoke_results_sync(result(NULL, UNIQUE, run="r2", executed=EXECUTED), IR, {})
    assert (second.patterns_created, second.patterns_updated) == (0, 2)
    assert counts(library) == {"category_id": (2, 0), "name": (2, 0), "*": (1, 0)}

    library.write("app.py", "class Product: category_id = name = 1\n")
    library.stage("app.py")
    enhancer = get_prompt_enhancer(str(library.root))
    for entity in ("Product", "Category"):
        text = enhancer.enhance_entity_prompt(f"Write {entity}", entity, generation_id="g1")
        assert text.count("\n") == 3
    fixed = result(run="r3", executed=["POST /products"])
    done = mine.process_smoke_results_sync(fixed, IR, MANIFEST)
    assert (done.patterns_created, done.patterns_updated) == (0, 0)
    assert counts(library) == {"category_id": (2, 1), "name": (2, 0), "*": (1, 0)}
    mine.process_smoke_results_sync(fixed, IR, MANIFEST)
    assert counts(library)["category_id"] == (2, 1)


def test_a_result_without_a_run_is_known_by_its_content(library: Repo) -> None:
    mine = collector(library)
    for expected in ((1, 0), (0, 0)):
        done = mine.process_smoke_results_sync({"violations": [NULL]}, IR, None)
        assert (done.patterns_created, done.patterns_updated) == expected
    done = mine.process_smoke_results_sync({"violations": [NULL | {"severity": "low"}]}, IR, None)
    assert (done.patterns_created, done.patterns_updated) == (0, 1)
    with_objects = result(SimpleNamespace(**NULL))
    assert mine.process_smoke_results_sync(with_objects, IR, None).patterns_updated == 1
    assert mine.process_smoke_results_sync(with_objects, IR, None).patterns_updated == 0


@pytest.mark.parametrize("classifier", [None, Loud()])
@pytest.mark.parametrize(
    "traces", [[{"endpoint": "POST /products", "stack_trace": TRACE}], {"POST /products": TRACE}]
)
def test_traces_beside_the_violations_are_found(library: Repo, classifier: Any, traces: Any) -> None:
    apart = {key: text for key, text in NULL.items() if key != "stack_trace"}
    told = SimpleNamespace(violations=[apart], stack_traces=traces)
    collector(library, classifier=classifier).process_smoke_results_sync(told, IR, None)
    (name,) = (one.name for one in (library.root / "patterns/proposed").glob("gap_*.md"))
    assert "session.commit()" in (library.root / "patterns/proposed" / name).read_text("utf-8")


def test_a_trace_beside_belongs_to_the_class_it_names(library: Repo) -> None:
    """Whatever the classifier's options are, a trace of another exception changes no failure (H4)."""
    other = 'Traceback (most recent call last):\n  File "/srv/app.py", line 1, in run\n    go()\nBoom: boom\n'
    told = SimpleNamespace(
        violations=[STRANGE], stack_traces=[{"endpoint": "POST /products", "stack_trace": other}]
    )
    told.stack_traces[0]["error_type"] = "BoomError"
    for classifier in (SmokeFeedbackClassifier(), SmokeFeedbackClassifier(0.2)):
        done = collector(library, classifier=classifier).process_smoke_results_sync(told, IR, None)
        assert done.unclassifiable_errors == ["FluxError: the flux is undone"]


@pytest.mark.parametrize(
    ("smoke", "words"),
    [
        (None, "must have .violations"),
        ({"violations": "x"}, "violations must be a list, not str"),
        ({"violations": [], "run_id": 7}, "run_id must be text, not int"),
        ({"violations": [], "run_id": ""}, "run_id: 1 to 200 printable"),
        ({"violations": [NULL], "run_id": "a\nb"}, "run_id: 1 to 200 printable"),
        ({"violations": [NULL], "run_id": "AKIAIOSFODNN7EXAMPLE"}, "run_id looks like a secret"),
        ({"violations": [], "executed": [1]}, "executed must be texts"),
    ],
)
def test_what_is_no_result_is_refused(library: Repo, smoke: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        collector(library).process_smoke_results_sync(smoke, IR, None)
    with pytest.raises(InputError, match="the manifest"):
        collector(library).process_smoke_results_sync(result(), IR, "g1")
    for classifier in (None, Loud()):
        mine = collector(library, classifier=classifier)
        with pytest.raises(InputError, match="generation_id: 1 to 200 printable"):
            mine.process_smoke_results_sync(result(NULL), IR, {"generation_id": "a\nb"})
    assert counts(library) == {}


class Words:
    """A classifier that is no other one's child: it reads what the tool does not know."""

    def classify_for_generation(
        self, violation: object, stack_trace: object = None, application_ir: object = None
    ) -> GenerationAntiPattern | None:
        assert isinstance(violation, dict)
        told = {"error_message": violation["oops"]} if "oops" in violation else violation
        return SmokeFeedbackClassifier().classify_for_generation(told, stack_trace, application_ir)


def test_a_violation_that_cannot_be_used_is_said_by_its_number(library: Repo) -> None:
    """In the words of `smoke ingest`, and without spoiling the others."""
    given = [None, 5, "x", NULL, {}, [NULL], True]
    smoke = {"violations": given, "run_id": "r1"}
    words = [one.message for one in read_violations(json.dumps(smoke).encode()).rejected]
    assert [word.split(":")[0] for word in words] == [f"entry {number}" for number in (1, 2, 3, 5, 6, 7)]
    for classifier in (None, SmokeFeedbackClassifier(0.2), Words()):
        done = collector(library, classifier=classifier).process_smoke_results_sync(smoke, IR, None)
        assert done.rejected == words
        assert (done.total_processed, done.unclassified, done.classification_rate) == (1, 0, 1.0)
    assert counts(library) == {"category_id": (1, 0)}
    many = collector(library).process_smoke_results_sync(result(*[None] * 102), IR, None)
    assert (len(many.rejected), many.rejected[-1]) == (101, "2 more entries could not be read")
    own = collector(library, classifier=Words()).process_smoke_results_sync(
        result({"oops": "no flux"}), IR, None
    )
    assert (own.rejected, own.total_processed, own.unclassifiable_errors) == ([], 1, ["no flux"])
    quiet = collector(library, classifier=Loud()).process_smoke_results_sync(result(STRANGE), IR, None)
    assert (quiet.rejected, quiet.unclassifiable_errors) == ([], ["FluxError: the flux is undone"])


def test_a_result_that_holds_itself_needs_a_run(library: Repo) -> None:
    circle: dict[str, Any] = {**NULL}
    circle["self"] = circle
    with pytest.raises(InputError, match="cannot be known again by its content"):
        collector(library).process_smoke_results_sync(result(circle), IR, None)
    assert (
        collector(library).process_smoke_results_sync(result(circle, run="r1"), IR, None).patterns_created
        == 1
    )


@pytest.mark.parametrize("options", [{"classifier": Loud()}, {"classifier": SmokeFeedbackClassifier(0.2)}])
def test_a_classifier_of_one_s_own_is_asked(library: Repo, options: dict[str, Any]) -> None:
    mine = collector(library, **options)
    told = result(NULL, NULL, STRANGE, run="r1")
    quiet = isinstance(options["classifier"], Loud)
    for expected in ((1 if quiet else 2, 0), (0, 0)):
        done = mine.process_smoke_results_sync(told, IR, None)
        assert (done.patterns_created, done.patterns_updated, done.total_processed) == (*expected, 3)
        assert len(done.unclassifiable_errors) == done.unclassified == 1
    assert counts(library)["category_id"] == (1, 0)


@pytest.mark.parametrize("classifier", [None, SmokeFeedbackClassifier(0.2)])
def test_a_failure_of_words_alone_is_kept(library: Repo, classifier: Any) -> None:
    """Without an exception it is a candidate as any other, whichever way it was told (H2)."""
    told = result({"endpoint": "POST /products", "error_message": "the flux is undone"}, run="r1")
    done = collector(library, classifier=classifier).process_smoke_results_sync(told, IR, None)
    assert (done.patterns_created, done.unclassifiable_errors) == (1, ["the flux is undone"])
    (one,) = NegativePatternStore(str(library.root)).get_all_patterns()
    assert (one.exception_class, one.message, one.occurrence_count) == ("", "the flux is undone", 1)


def test_what_a_person_named_is_no_longer_unclassifiable(library: Repo) -> None:
    mine = collector(library)
    assert mine.process_smoke_results_sync(result(STRANGE, run="r1"), IR, None).unclassified == 1
    (one,) = NegativePatternStore(str(library.root)).get_all_patterns()
    for path in (library.root / "patterns/proposed").iterdir():
        path.unlink()
    signature = signature_fields(signature_of(one))
    write_pattern(library, "odder", None, supersedes=[one.pattern_id], signatures=[signature])
    mine = collector(library)
    done = mine.process_smoke_results_sync(result(STRANGE, run="r2"), IR, None)
    assert (done.unclassified, done.unclassifiable_errors, done.patterns_updated) == (0, [], 1)
    assert counts(library) == {}


def test_with_a_classifier_of_one_s_own_preventions_count_too(library: Repo) -> None:
    mine = collector(library, classifier=Loud())
    for run in ("r1", "r2"):
        mine.process_smoke_results_sync(result(NULL, UNIQUE, run=run), IR, {})
    enhancer = get_prompt_enhancer(str(library.root))
    for entity in ("Product", "Category"):
        enhancer.enhance_entity_prompt(f"Write {entity}", entity, generation_id="g1")
    fixed = result(UNIQUE, run="r3", executed=["POST http://localhost/products?x=1"])
    for _ in range(2):
        mine.process_smoke_results_sync(fixed, IR, MANIFEST)
        assert counts(library) == {"category_id": (2, 1), "name": (3, 0)}


class Shelf:
    """A store that is no repository's."""

    def __init__(self) -> None:
        self.seen: dict[str, list[str | None]] = {}

    def exists(self, pattern_id: str) -> bool:
        return pattern_id in self.seen

    def store(self, pattern: GenerationAntiPattern) -> None:
        self.seen[pattern.pattern_id] = []

    def increment_occurrence(self, pattern_id: str, run_id: str | None = None) -> None:
        self.seen[pattern_id].append(run_id)


def test_a_store_of_one_s_own_is_told(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no repository anywhere
    shelf: Any = Shelf()
    mine = GenerationFeedbackCollector(SmokeFeedbackClassifier(), shelf)
    done = asyncio.run(mine.process_smoke_results(result(NULL, UNIQUE, run="r1"), IR, MANIFEST))
    assert (done.patterns_created, done.patterns_updated) == (2, 0)
    done = asyncio.run(mine.process_smoke_results(result(NULL, run="r2"), IR, MANIFEST))
    assert (done.patterns_created, done.patterns_updated) == (0, 1)
    assert sorted(shelf.seen.values()) == [["r1"], ["r1", "r2"]]


def test_a_part_that_cannot_do_its_work_is_refused_at_once() -> None:
    asks: tuple[Any, ...] = (0, "", object(), [])
    for wrong in asks:
        with pytest.raises(InputError, match=r"^classifier must have classify_for_generation: "):
            GenerationFeedbackCollector(wrong, Shelf())
        with pytest.raises(InputError, match=r"^store must have exists, store, increment_occurrence: "):
            GenerationFeedbackCollector(store=wrong)
    with pytest.raises(InputError, match=r"^store must be an object, not the class Shelf"):
        GenerationFeedbackCollector(store=Shelf)  # type: ignore[arg-type]
    half: Any = SimpleNamespace(exists=len, store=len, increment_occurrence=5)
    with pytest.raises(InputError, match=r"^store must have increment_occurrence: SimpleNamespace has not"):
        GenerationFeedbackCollector(store=half)


def test_the_time_it_took_is_told_by_the_clock(library: Repo) -> None:
    moments = iter([NOON, *([NOON.replace(second=2)] * 20)])
    tick: Callable[[], datetime] = lambda: next(moments)  # noqa: E731
    store: Any = Shelf()
    done = GenerationFeedbackCollector(store=store, clock=tick).process_smoke_results_sync(result(), IR, None)
    assert done.processing_time_ms == 2000.0


def test_the_collector_of_the_current_repository(library: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(library.root)
    done = get_feedback_collector().process_smoke_results_sync(result(NULL, run="r1"), IR, None)
    assert done.patterns_created == 1
    assert {one.kind for one in read_events(str(library.root)).events} == {"test_failure", "exposure"}
