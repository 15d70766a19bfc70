"""What a candidate says: of the code as much as helps, of the message no more than its template."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback_loop.api.patterns.files import unreadable
from feedback_loop.api.patterns.moves import accept, reject
from feedback_loop.api.patterns.readiness import list_proposals
from feedback_loop.api.smoke.candidates import candidate_of, general_proposals
from feedback_loop.api.smoke.snippets import Snippets
from feedback_loop.domain.canonical import canonical
from feedback_loop.domain.failure import Classified, gap_name
from feedback_loop.domain.gap import NO_GUIDANCE, is_gap, is_general
from feedback_loop.domain.library_moves import Decided, Declined
from feedback_loop.domain.pattern import Origin, Pattern, Signature
from feedback_loop.domain.trace import Frame, Trace
from feedback_loop.engines.classify.rules import is_shipped
from feedback_loop.formats.signature_json import signature_fields, signature_of
from tests.api.smoke_runs import PRODUCT, ROUTES, ingest, junit, library, not_null, shop, unknown, workspace
from tests.repo import Repo

KNOWN = Signature(
    exception="IntegrityError",
    message="NOT NULL constraint failed: products.category_id",
    error_type="database",
    constraint="nullable_missing",
    entity="Product",
    endpoint="POST /products",
    field="category_id",
)
TOLD = Classified(KNOWN, "Give the column a default", shipped=True)
LATER = "2026-11-21T09:30:00Z"


# -- one -------------------------------------------------------------------------------------------


def test_a_candidate_says_what_where_and_what_to_do() -> None:
    pattern = candidate_of(TOLD)
    assert (pattern.name, pattern.state, pattern.origin) == (gap_name(KNOWN), "proposed", Origin("failure"))
    assert pattern.title == "IntegrityError on Product.category_id"
    assert pattern.name not in pattern.description  # it may be accepted under another one
    assert "`POST /products`" in pattern.description and "nullable missing" in pattern.description
    assert pattern.problems == ("`IntegrityError: NOT NULL constraint failed: products.category_id`",)
    assert (pattern.guidance, pattern.severity) == ("Give the column a default", "high")
    assert (pattern.bad, pattern.good, pattern.signatures) == ((), (), (KNOWN,))
    assert candidate_of(TOLD) == pattern


def test_what_no_rule_knows_says_that_a_person_has_to_write_it() -> None:
    signature = Signature(exception="OddError", message="odd", function="routes.add")
    pattern = candidate_of(Classified(signature))
    assert pattern.title == "OddError in routes.add"
    assert pattern.guidance == NO_GUIDANCE
    assert not is_shipped(pattern.signatures[0], NO_GUIDANCE)


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["", "*", "a\n# b", "```", "`x`", "<!-- x", "\u202e", "- x", "POST /a", "x" * 400]
)


@settings(max_examples=100, deadline=None)
@given(
    st.builds(Signature, **dict.fromkeys(("exception", "message", "entity", "endpoint", "field"), HOSTILE)),
    HOSTILE,
)
def test_whatever_a_failure_says_its_candidate_can_be_read_back(signature: Signature, guidance: str) -> None:
    assume(canonical(signature).exception or signature.message)
    pattern = candidate_of(Classified(canonical(signature), guidance))
    assert unreadable(pattern) == ()
    assert is_gap(pattern.name) and pattern.signatures == (canonical(signature),)


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        Signature, **dict.fromkeys(("exception", "message", "entity", "function", "relationship"), HOSTILE)
    )
)
def test_a_signature_comes_back_from_an_event_as_it_was(signature: Signature) -> None:
    told = signature_fields(canonical(signature))
    assert canonical(canonical(signature)) == canonical(signature)
    if canonical(signature).exception or signature.message:
        assert signature_of(json.loads(json.dumps(told))) == canonical(signature)


@pytest.mark.parametrize("data", [None, "IntegrityError", {}, {"rule": "ruff:E722"}, {"entity": "Product"}])
def test_what_is_no_failures_signature_is_none(data: object) -> None:
    assert signature_of(data) is None


# -- code ------------------------------------------------------------------------------------------


def bad(repo: Repo, frame: Frame, text: str = "") -> str:
    told = replace(TOLD, frame=frame, trace=Trace("X", "X", "", text=text))
    found = Snippets(workspace(repo)).example(told)
    return found.code if found else ""


def test_code_is_that_of_head_if_it_has_the_very_line(repo: Repo) -> None:
    shop(repo)
    repo.write("shop/routes.py", "changed since\n")
    line = Frame("/builds/7/shop/routes.py", 8, "add_product", "session.commit()")
    assert bad(repo, line) == "\n".join(ROUTES.split("\n")[2:9]).strip("\n") + "\n"
    assert bad(repo, replace(line, line=7)) == "session.commit()\n"
    assert bad(repo, replace(line, file="other.py")) == "session.commit()\n"
    assert bad(repo, replace(line, file="other.py", source="")) == ""


def test_code_is_that_of_the_trace_if_it_shows_more_than_the_line(repo: Repo) -> None:
    text = "    def add(x):\n        y = x\n>       y.save()\nE       OddError"
    assert bad(repo, Frame("a.py", 3, "add", "y.save()"), text) == "def add(x):\n    y = x\n    y.save()\n"


def test_code_is_masked_and_short(repo: Repo) -> None:
    token = "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"
    repo.write("a.py", "".join(f"{'x' * 200} = {number}\n" for number in range(9)) + f"call('{token}')\n")
    repo.stage()
    repo.commit()
    code = bad(repo, Frame("a.py", 10))
    assert len(code) <= 1_000 and "AbCdEf" not in code and "call(" in code
    assert len(bad(repo, Frame("b.py", 1, "f", "y" * 3_000))) <= 1_000


# -- accepting -------------------------------------------------------------------------------------


def test_a_candidate_with_a_guidance_can_be_accepted_without_a_good_example(repo: Repo) -> None:
    ingest(shop(repo), junit(PRODUCT))
    (waiting,) = list_proposals(workspace(repo))
    assert waiting.ready
    assert isinstance(accept(workspace(repo), waiting.name), Decided)


def test_one_that_no_rule_knows_needs_a_guidance_first(repo: Repo) -> None:
    (name,) = ingest(shop(repo), junit(unknown("hat"))).created
    declined = accept(workspace(repo), name)
    assert isinstance(declined, Declined) and declined.reasons == ("still to write: guidance",)
    path = repo.root / f"patterns/proposed/{name}.json"
    path.write_text(path.read_text().replace(NO_GUIDANCE, "Ask for the hat first."))
    assert isinstance(accept(workspace(repo), name), Decided)


# -- several entities ------------------------------------------------------------------------------


def gap(entity: str, **fields: str) -> Pattern:
    return candidate_of(replace(TOLD, signature=replace(KNOWN, entity=entity, **fields)))


def test_fewer_than_three_entities_or_unlike_ones_make_no_general_proposal() -> None:
    unlike = replace(KNOWN, entity="Order", constraint="unique_constraint_missing")
    groups = [
        [gap("Product"), gap("Order")],
        [gap("Product"), gap("Order"), gap("*")],
        [gap("Product"), gap("Product", field="title"), gap("Product", field="name")],
        [gap("Product"), gap("Customer"), candidate_of(replace(TOLD, signature=unlike))],
        [gap(name, constraint="unclassified") for name in ("A", "B", "C")],
        [replace(gap(name), origin=Origin()) for name in ("A", "B", "C")],
    ]
    assert [general_proposals(group) for group in groups] == [[]] * len(groups)


def test_three_entities_make_one_of_any_entity_and_any_field_of_the_kind() -> None:
    members = [gap(name) for name in ("Product", "Order", "Customer")]
    (found,) = general_proposals(members)
    signature = found.signatures[0]
    assert (signature.entity, signature.endpoint, signature.field) == ("*", "*", "nullable:*")
    assert signature.message is None and is_general(found)
    assert found.related == tuple(sorted(one.name for one in members))
    assert found.guidance == "Give the column a default"
    assert general_proposals([*members, found]) == [found]


def test_it_stands_beside_its_own_and_takes_none_of_their_failures(repo: Repo) -> None:
    shop(repo)
    tables = ("products", "orders", "customers")
    found = ingest(repo, junit(*map(not_null, tables)))
    (general,) = found.general
    proposed = library(repo, "proposed")
    assert (len(found.created), len(proposed)) == (3, 4)
    assert set(proposed[general].related) == set(found.created)
    more = ingest(repo, junit(not_null("products", "title"), at=LATER))
    assert (len(more.created), more.general) == (1, (general,))
    related = set(library(repo, "proposed")[general].related)
    assert related == {*found.created, *more.created}
    assert ingest(repo, junit(not_null("products", "title"), at=LATER)).general == ()


def test_a_rejected_general_proposal_is_not_made_again(repo: Repo) -> None:
    shop(repo)
    (general,) = ingest(repo, junit(*map(not_null, ("products", "orders", "customers")))).general
    reject(workspace(repo), general, "each is its own")
    assert ingest(repo, junit(not_null("products", "title"), at=LATER)).general == ()


def test_an_accepted_general_pattern_takes_new_entities(repo: Repo) -> None:
    shop(repo)
    (general,) = ingest(repo, junit(*map(not_null, ("products", "orders", "customers")))).general
    assert isinstance(accept(workspace(repo), general), Decided)
    found = ingest(repo, junit(not_null("suppliers"), PRODUCT, at=LATER))
    assert found.created == ()
    assert {one.name for one in found.failures} == {general, gap_of(repo, "Product")}


def gap_of(repo: Repo, entity: str) -> str:
    proposed = library(repo, "proposed").values()
    return next(one.name for one in proposed if one.signatures[0].entity == entity)
