"""When a run is evidence for a warning: each of the four conditions by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.exposure import Manifest, RunSeen
from feedback_loop.engines.exposure import Exposure, Given, Scope, find_exposures

AT = "2026-11-20T12:00:00Z"
PRODUCT = Scope("gap_product", "Product", "POST /products")
ORDER = Scope("gap_order", "Order", "POST /orders")
CODE = Manifest("g1", entities=("Product",), endpoints=("POST /orders",))
RUN = RunSeen("r1", AT, ("POST /products",), generation="g1", manifest=CODE)
NOT_WARNED = Given()
WARNED = Given(frozenset(["gap_product"]))


def told(seen: RunSeen, *scopes: Scope, given: Given = NOT_WARNED) -> list[tuple[str, str, str]]:
    return [(one.pattern, one.endpoint, one.outcome) for one in find_exposures(seen, scopes, given)]


def test_a_run_that_executed_nothing_says_nothing() -> None:
    assert told(replace(RUN, executed=()), PRODUCT, ORDER, given=WARNED) == []
    assert told(RUN) == []


def test_all_four_conditions_are_a_prevention() -> None:
    assert find_exposures(RUN, [ORDER, PRODUCT], WARNED) == [
        Exposure("gap_product", "POST /products", True, False, False, "prevented")
    ]


@pytest.mark.parametrize(
    ("seen", "given_", "outcome"),
    [
        (RUN, Given(), ["clean"]),  # (a) nobody was warned
        (RUN, Given(frozenset(["gap_product"]), frozenset(["gap_product"])), ["clean"]),
        (replace(RUN, manifest=None), WARNED, []),  # (b) no code is known of
        (replace(RUN, manifest=Manifest("g1", entities=("Order",))), WARNED, []),
        (replace(RUN, manifest=None), Given(), []),
        (replace(RUN, executed=("GET /products",)), WARNED, []),  # (c) it was not run
        (replace(RUN, occurred=frozenset(["gap_product"])), WARNED, ["recurred"]),  # (d) it came again
        (replace(RUN, manifest=None, occurred=frozenset(["gap_product"])), Given(), ["recurred"]),
        (replace(RUN, generation="", manifest=None), Given(), ["clean"]),
    ],
)
def test_each_condition_counts(seen: RunSeen, given_: Given, outcome: list[str]) -> None:
    assert [one.outcome for one in find_exposures(seen, [PRODUCT], given_)] == outcome


def test_of_a_failure_at_no_known_endpoint_those_count_that_the_generation_made() -> None:
    """It may have been behind any endpoint of its entity: `PUT /products/{id}` alone shows nothing."""
    seen = replace(RUN, executed=("POST /orders", "PUT /products/{id}"))
    by_path = Scope("gap_path", endpoint="POST /orders")
    by_entity = Scope("gap_entity", entity="Product")
    for made in (("Product", "Order"), ("Product",)):
        told_of = replace(seen, manifest=Manifest("g1", entities=made, endpoints=("POST /orders",)))
        assert told(told_of, by_path, by_entity) == [("gap_path", "POST /orders", "clean")]
    made_it = replace(seen, manifest=Manifest("g1", endpoints=("POST /orders", "PUT /products/{id}")))
    assert told(made_it, by_path, by_entity) == [
        ("gap_entity", "PUT /products/{id}", "clean"),
        ("gap_path", "POST /orders", "clean"),
    ]
    assert told(replace(seen, generation="", manifest=None), by_entity) == []


def test_code_and_execution_must_be_of_one_signature() -> None:
    """A pattern of two: the one has code and was not run, the other was run and has none."""
    other = Scope("gap_product", "Customer", "POST /customers")
    assert told(replace(RUN, executed=("POST /customers",)), PRODUCT, other, given=WARNED) == []


def test_a_pattern_about_everything_is_not_judged() -> None:
    anywhere = Scope("gap_anywhere")
    assert told(RUN, anywhere, given=Given(frozenset(["gap_anywhere"]))) == []
    assert told(replace(RUN, occurred=frozenset(["gap_anywhere"])), anywhere) == []


@pytest.mark.parametrize(
    ("endpoint", "executed", "is_same"),
    [
        ("GET /products/{id}", "GET /products/search", False),
        ("GET /products/search", "GET /products/{id}", False),
        ("GET /products/{id}", "GET /products/{pk}", True),
        ("* /products/{id}", "GET /products/{id}", True),
        ("GET /products/{id}", "GET /products/{id}/parts", False),
    ],
)
def test_a_literal_segment_is_never_a_parameter(endpoint: str, executed: str, is_same: bool) -> None:
    scope = Scope("gap_product", endpoint=endpoint)
    bare = replace(RUN, generation="", manifest=None, executed=(executed,))
    assert bool(told(bare, scope)) is is_same
    code = Manifest("g1", endpoints=(executed,))
    assert bool(told(replace(RUN, executed=(executed,), manifest=code), scope)) is is_same


def test_what_was_withheld_is_said() -> None:
    (one,) = find_exposures(RUN, [PRODUCT], Given(withheld=frozenset(["gap_product"])))
    assert (one.injected, one.withheld, one.outcome) == (False, True, "clean")


NAMES = st.sampled_from(["Product", "Order", "*"])
PATHS = st.sampled_from(["POST /products", "POST /orders", "GET /orders/{id}", "*"])
SCOPES = st.lists(st.builds(Scope, st.sampled_from(["gap_a", "gap_b"]), NAMES, PATHS), max_size=4)
SETS = st.frozensets(st.sampled_from(["gap_a", "gap_b"]))


@settings(max_examples=100, deadline=None)
@given(
    SCOPES,
    st.builds(Given, SETS, SETS),
    st.builds(
        RunSeen,
        st.just("r"),
        st.just(AT),
        st.lists(PATHS.filter(lambda one: one != "*"), max_size=3).map(tuple),
        occurred=SETS,
        generation=st.sampled_from(["", "g"]),
        manifest=st.none() | st.just(CODE),
    ),
)
def test_no_prevention_without_every_condition(scopes: list[Scope], given_: Given, seen: RunSeen) -> None:
    found = find_exposures(seen, scopes, given_)
    assert [one.pattern for one in found] == sorted({one.pattern for one in found})
    for one in found:
        assert (one.outcome == "recurred") == one.occurred == (one.pattern in seen.occurred)
        if one.outcome == "prevented":
            assert one.pattern in given_.injected - given_.withheld
            assert seen.manifest is not None
            assert one.endpoint in seen.executed
        if one.outcome == "clean":
            assert one.endpoint in seen.executed
            assert not one.injected
