"""The form of a signature that is written: nothing hidden, no secret, and what is named is what is written."""

from __future__ import annotations

import pytest

from feedback_loop.domain.canonical import canonical
from feedback_loop.domain.failure import Failure, gap_name
from feedback_loop.domain.pattern import Signature
from feedback_loop.engines.classify.classifier import Classifier

TOKEN = "ghp_" + "a1B2c3D4e5" * 4


def test_what_is_plain_stays_and_what_is_unknown_may_be_any() -> None:
    plain = Signature(exception="KeyError", message="<str>")
    told = canonical(plain)
    assert (told.exception, told.message, told.error_type) == ("KeyError", "<str>", "unknown")
    assert (told.entity, told.endpoint, told.field, told.constraint) == ("*", "*", "*", "unclassified")
    assert canonical(told) == told


def test_a_function_stays_only_where_nothing_else_says_where() -> None:
    told = Signature(exception="KeyError", function="routes.add")
    assert canonical(told).function == "routes.add"
    assert canonical(Signature(exception="KeyError", function="*")).function is None
    for place in ({"entity": "Cart"}, {"endpoint": "POST /carts"}, {"field": "price"}):
        assert canonical(Signature(exception="KeyError", function="routes.add", **place)).function is None


def test_what_is_no_name_is_not_known() -> None:
    """A pattern's JSON would not take it, so nobody could read the candidate."""
    told = canonical(Signature(exception="bad name", message="m", entity="a b", endpoint="POST", field="a:b"))
    assert (told.exception, told.entity, told.endpoint, told.field) == (None, "*", "*", "*")
    kept = canonical(Signature(exception="a.B", entity="C", endpoint="* /c/{id}", field="unique:*"))
    assert (kept.exception, kept.entity, kept.endpoint, kept.field) == ("a.B", "C", "* /c/{id}", "unique:*")


@pytest.mark.parametrize(
    "failure",
    [
        Failure("OddError", "bad \u202e value"),
        Failure("OddError", f"no such file: /srv/{TOKEN}.txt"),
        Failure("OddError", "x", f"GET /carts/{TOKEN}"),
        Failure("Odd\u200bError", "bad"),
        Failure("KeyError", "'\u202eprice'"),
    ],
    ids=["message", "path", "endpoint", "exception", "key"],
)
def test_the_name_that_is_told_is_the_one_that_is_written(failure: Failure) -> None:
    told = Classifier().classify(failure)
    assert told.name == gap_name(canonical(told.signature))
    written = repr(told.signature)
    assert TOKEN not in written and "\u202e" not in written and "\u200b" not in written
