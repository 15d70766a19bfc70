"""Which pattern a judged failure belongs to: every condition of its signature, the most specific first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedback_loop.domain.pattern import Pattern, Signature
from feedback_loop.domain.trace import Frame, Trace
from feedback_loop.engines.signatures import KnownSignatures

TRACE = Trace("IntegrityError", "sqlite3.IntegrityError", "NOT NULL constraint failed: products.category_id")
JUDGED = Signature(
    exception="IntegrityError",
    message="NOT NULL constraint failed: products.category_id",
    error_type="database",
    constraint="nullable_missing",
    entity="Product",
    endpoint="POST /products/{id}/items",
    field="category_id",
    relationship="Category",
)
ANY = Signature(exception="IntegrityError")


def pattern(name: str, *signatures: Signature) -> Pattern:
    return Pattern(name, name, name, signatures=signatures)


def fits(signature: Signature, judged: Signature = JUDGED, trace: Trace | None = TRACE) -> bool:
    return KnownSignatures([pattern("one", signature)]).match(judged, trace) == "one"


@pytest.mark.parametrize(
    "condition",
    [
        {"error_type": "validation"},
        {"constraint": "unclassified"},
        {"entity": "Order"},
        {"entity": "prod*"},
        {"endpoint": "GET /products/{id}/items"},
        {"endpoint": "POST /products"},
        {"endpoint": "POST /products/{id}/items/{item}"},
        {"field": "title"},
        {"field": "unique:*"},
        {"field": "nullable:title*"},
        {"relationship": "Owner"},
        {"function": "routes.add"},
        {"message": "UNIQUE constraint failed"},
        {"message": ""},
        {"exception": "OperationalError"},
    ],
    ids=str,
)
def test_a_condition_that_does_not_hold_is_no_match(condition: dict[str, str]) -> None:
    assert not fits(replace(ANY, **condition))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"error_type": "database", "constraint": "nullable_missing"},
        {"entity": "Product"},
        {"entity": "Prod*"},
        {"entity": "P?oduct"},
        {"endpoint": "POST /products/{id}/items"},
        {"endpoint": "POST /products/{product_id}/{what}"},
        {"endpoint": "* /products/{id}/items"},
        {"field": "category_id"},
        {"field": "nullable:*"},
        {"field": "nullable:category_*"},
        {"field": "*", "entity": "*", "endpoint": "*", "function": "*"},
        {"relationship": "Category"},
        {"message": "NOT NULL constraint"},
        {"exception": "sqlite3.IntegrityError"},
    ],
    ids=str,
)
def test_one_that_holds_is(condition: dict[str, str]) -> None:
    assert fits(replace(ANY, **condition))  # type: ignore[arg-type]


def test_a_field_of_a_kind_holds_where_the_field_is_not_known() -> None:
    unknown = replace(JUDGED, field="*")
    assert fits(replace(ANY, field="nullable:*"), unknown)
    assert not fits(replace(ANY, field="nullable:cat*"), unknown)
    assert not fits(replace(ANY, field="category_id"), unknown)


@pytest.mark.parametrize(
    "better",
    [
        JUDGED,
        replace(JUDGED, entity="Prod*"),
        replace(
            ANY, message=JUDGED.message, entity="Product", field="category_id", constraint="nullable_missing"
        ),
        replace(ANY, message=JUDGED.message, entity="Product", field="category_id", error_type="database"),
    ],
    ids=["own", "glob", "fields", "error type"],
)
def test_more_conditions_and_plainer_ones_go_first(better: Signature) -> None:
    others = [
        pattern("any", ANY),
        pattern("message", replace(ANY, message=JUDGED.message)),
        pattern("entity", replace(ANY, message=JUDGED.message, entity="Product")),
        pattern("glob", replace(ANY, message=JUDGED.message, entity="Prod*", field="nullable:*")),
        pattern("kind", replace(ANY, message=JUDGED.message, entity="*", field="nullable:*")),
    ]
    for order in ([*others, pattern("best", better)], [pattern("best", better), *others]):
        assert KnownSignatures(order).match(JUDGED, TRACE) == "best"


def test_two_that_are_as_good_are_none_and_cover_it_both() -> None:
    known = KnownSignatures(
        [pattern("two", ANY), pattern("one", ANY), pattern("no", replace(ANY, entity="Order"))]
    )
    assert known.match(JUDGED, TRACE) is None
    assert known.covering(JUDGED) == ["one", "two"]


def test_a_status_is_judged_before_what_the_test_said_of_it() -> None:
    status = Signature(exception="HTTPError", message="HTTP 500", endpoint="POST /products")
    trace = Trace("AssertionError", "AssertionError", "assert 500 == 201")
    known = [
        pattern("status", replace(status, endpoint=None)),
        pattern("words", Signature(exception="AssertionError")),
    ]
    assert KnownSignatures(known).match(status, trace) == "status"
    assert KnownSignatures(known[1:]).match(status, trace) == "words"
    assert KnownSignatures(known).match(status, None) == "status"


@pytest.mark.parametrize(
    ("message", "other"),
    [
        (
            "UNIQUE constraint failed: customers.email",
            "UNIQUE constraint failed: customers.email, customers.tenant",
        ),
        ("assert <int> == <int>", "assert <int> == <int>, x"),
        ("No module named foo", "No module named foo.bar"),
    ],
)
def test_what_was_made_of_one_failure_takes_no_other_bug_by_the_start_of_its_message(
    message: str, other: str
) -> None:
    made = replace(JUDGED, message=message)
    assert fits(made, made, None)
    assert not fits(made, replace(made, message=other), None)
    assert not fits(made, replace(made, message=other), replace(TRACE, message=other))
    assert fits(replace(made, constraint=None), replace(made, message=other), None)


def test_a_template_that_may_have_been_cut_goes_on() -> None:
    long = " ".join(["word"] * 35)
    made = replace(JUDGED, message=long)
    assert fits(made, replace(made, message=f"{long} and more"), None)


@pytest.mark.parametrize(
    ("endpoint", "holds"),
    [
        ("GET /products/{id}", True),
        ("GET /products/{product_id}", True),
        ("GET /products/search", False),
        ("GET /products/{id}/items", False),
        ("*", False),
    ],
)
def test_what_was_made_at_an_endpoint_takes_no_other_one(endpoint: str, holds: bool) -> None:
    made = replace(JUDGED, endpoint="GET /products/{id}")
    assert fits(made, replace(made, endpoint=endpoint), None) is holds
    if endpoint == "GET /products/search":
        assert fits(replace(ANY, endpoint="GET /products/{id}"), replace(made, endpoint=endpoint), None)


def test_what_a_trace_shows_counts_beside_what_was_judged() -> None:
    trace = replace(TRACE, frames=(Frame("/srv/shop/routes.py", 3, "add", "save(Basket(x))"),))
    assert fits(replace(ANY, entity="Basket"), trace=trace)
    assert fits(replace(ANY, function="routes.add"), trace=trace)
    assert fits(replace(ANY, function="routes.add"), replace(JUDGED, function="routes.add"), None)
