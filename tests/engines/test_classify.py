"""Failures as they really read, and the signature that each gets."""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pydantic
import pytest
import re2
import sqlalchemy
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.detectors import kinds
from feedback_loop.domain.api_model import ApiModel, Endpoint, Entity, ModelField
from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.domain.failure import ERROR_TYPES, Classified, Failure
from feedback_loop.domain.failure_kind import KINDS, field_kind
from feedback_loop.domain.message_template import first_line, template_regex
from feedback_loop.domain.pattern import Signature
from feedback_loop.domain.trace import Frame, Trace
from feedback_loop.engines.classify.captures import captured
from feedback_loop.engines.classify.classifier import Classifier
from feedback_loop.engines.classify.rules import SHIPPED, check_rule, is_shipped
from feedback_loop.engines.classify.statuses import STATUS_RULES
from feedback_loop.engines.classify.wording import wording_of
from tests.engines.failure_wordings import WORDINGS

MODEL = ApiModel(
    entities=(
        Entity(
            "Product",
            (
                *(ModelField("id"), ModelField("name"), ModelField("price")),
                ModelField("category_id", references="Category"),
            ),
            "products",
            ("ProductCreate",),
        ),
        Entity("Category", (ModelField("id"), ModelField("name")), "categories"),
        Entity("User", (ModelField("id"), ModelField("email")), "users"),
        Entity("Order", (ModelField("id"),), "orders"),
        Entity(
            "OrderItem",
            (ModelField("id"), ModelField("order_id", references="Order"), ModelField("sku")),
            "order_items",
        ),
    ),
    endpoints=(
        Endpoint("POST", "/products", "Product"),
        Endpoint("GET", "/products/{product_id}", "Product"),
    ),
)
PLAIN = Classifier()
KNOWING = Classifier(model=MODEL)


def told(classified: Classified) -> tuple[str | None, ...]:
    one = classified.signature
    return one.error_type, one.constraint, one.entity, one.field, one.endpoint, one.message


# -- what is no mistake of a known kind ------------------------------------------------------------


@pytest.mark.parametrize(
    ("exception", "message", "error_type"),
    [
        ("AssertionError", "assert 422 == 201", "assertion"),
        ("AssertionError", "NOT NULL constraint failed: products.name", "assertion"),
        ("shop.errors.OddError", "NOT NULL constraint failed: products.name", "unknown"),
        ("ValueError", "math domain error", "value"),
        ("RuntimeError", "Event loop is closed", "runtime"),
        ("", "password reset was refused", "unknown"),
    ],
)
def test_what_no_rule_knows_is_unclassified_and_kept(exception: str, message: str, error_type: str) -> None:
    found = PLAIN.classify(Failure(exception, message))
    assert (found.signature.constraint, found.signature.error_type) == ("unclassified", error_type)
    assert (found.guidance, found.rule, found.shipped) == ("", "", False)
    assert found.name.startswith("gap_")
    assert not is_shipped(found.signature, "")


def test_nothing_at_all_has_a_signature_too() -> None:
    found = PLAIN.classify(Failure())
    assert found.signature == Signature(
        message="", error_type="unknown", constraint="unclassified", entity="*", endpoint="*", field="*"
    )
    assert found.confidence == 0.1


# -- what drivers, frameworks and interpreters say ---------------------------------------------------


@pytest.mark.parametrize("row", WORDINGS, ids=lambda row: f"{row[0].rpartition('.')[2]}: {row[1][:50]!a}")
def test_a_wording_is_understood(row: tuple[str, ...]) -> None:
    exception, message, constraint, entity, field, template = row
    found = KNOWING.classify(Failure(exception, message))
    one = found.signature
    assert (one.constraint, one.entity, one.field, one.message) == (constraint, entity, field, template)
    assert one.error_type in ERROR_TYPES
    assert found.shipped == (constraint != "unclassified") == is_shipped(one, found.guidance)
    judged = wording_of(exception, message)
    assert one.exception == judged.exception
    for engine in (re, re2):
        assert engine.search(template_regex(template), first_line(judged.message)), engine


def in_sqlite(*statements: str) -> Callable[[], Any]:
    def run() -> None:
        with sqlalchemy.create_engine("sqlite://").begin() as connection:
            for one in statements:
                connection.execute(sqlalchemy.text(one))

    return run


TABLES = (
    "pragma foreign_keys = on",
    "create table categories (id integer primary key)",
    "create table products (name text not null, sku text unique, category_id references categories (id))",
)


class ProductCreate(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    name: str
    price: float = 0


REAL: dict[str, tuple[Callable[[], Any], tuple[str, str, str]]] = {
    "not null": (
        in_sqlite(*TABLES, "insert into products (sku) values ('a')"),
        ("nullable_missing", "Product", "name"),
    ),
    "unique": (
        in_sqlite(*TABLES, "insert into products (name, sku) values ('a', 'b'), ('c', 'b')"),
        ("unique_constraint_missing", "Product", "sku"),
    ),
    "foreign key": (
        in_sqlite(*TABLES, "insert into products (name, category_id) values ('a', 7)"),
        ("fk_relationship_missing", "*", "*"),
    ),
    "table": (in_sqlite("select * from orders"), ("missing_table", "Order", "*")),
    "column": (in_sqlite(*TABLES, "select colour from products"), ("missing_column", "*", "colour")),
    "driver alone": (
        lambda: sqlite3.connect(":memory:").execute("select * from orders"),
        ("missing_table", "Order", "*"),
    ),
    "required": (lambda: ProductCreate.model_validate({}), ("required_field_missing", "Product", "name")),
    "type": (
        lambda: ProductCreate.model_validate({"name": "a", "price": "b"}),
        ("type_mismatch", "Product", "price"),
    ),
    "extra": (
        lambda: ProductCreate.model_validate({"name": "a", "b": 1}),
        ("extra_field_in_schema", "Product", "b"),
    ),
    "import": (lambda: __import__("sqlite3.nothing"), ("missing_import", "*", "*")),
    "attribute": (lambda: cast(Any, ProductCreate(name="a")).prize, ("missing_attribute", "Product", "*")),
    "none": (lambda: cast(Any, None).price, ("null_reference", "*", "*")),
    "key": (lambda: cast(Any, {})["price"], ("missing_key", "*", "*")),
    "arguments": (lambda: cast(Any, in_sqlite)(colour=1), ("wrong_arguments", "*", "*")),
    "kind": (lambda: cast(Any, None)[0], ("wrong_kind", "*", "*")),
    "syntax": (lambda: compile("a b", "x.py", "exec"), ("invalid_syntax", "*", "*")),
    "name": (lambda: eval("prise"), ("undefined_name", "*", "*")),
}


@pytest.mark.parametrize("case", REAL)
def test_what_is_really_raised_is_understood(case: str) -> None:
    cause, expected = REAL[case]
    with pytest.raises(Exception) as caught:
        cause()
    kind = type(caught.value)
    one = KNOWING.classify(Failure(f"{kind.__module__}.{kind.__qualname__}", str(caught.value))).signature
    assert (one.constraint, one.entity, one.field) == expected


def test_the_relation_of_a_foreign_key_is_named() -> None:
    found = KNOWING.classify(Failure("IntegrityError", "NOT NULL constraint failed: products.category_id"))
    assert found.signature.relationship == "Category"


def test_more_than_one_error_is_judged_by_the_first() -> None:
    head, first = "2 validation errors for ProductCreate\n", "price\n  Input should be a valid number"
    found = KNOWING.classify(Failure("ValidationError", f"{head}{first} [type=x]\nname\n  Field required"))
    assert told(found)[1:4] == ("type_mismatch", "Product", "price")
    payload = f"{head}{first} [type=x, input_value='Field required', input_type=str]"
    assert told(KNOWING.classify(Failure("ValidationError", payload))) == told(found)


@pytest.mark.parametrize("name", ["NoneType", "dict", "list", "Request", "ValueError", "int", "str"])
def test_a_type_is_no_entity(name: str) -> None:
    for exception, message in (
        ("AttributeError", f"'{name}' object has no attribute 'price'"),
        ("AttributeError", f"type object '{name}' has no attribute 'price'"),
        ("ValidationError", f"1 validation error for {name}\nprice\n  field required"),
        ("TypeError", f"'price' is an invalid keyword argument for {name}"),
    ):
        assert captured(wording_of(exception, message)).model == ""
        assert PLAIN.classify(Failure(exception, message)).signature.entity == "*"


# -- statuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "constraint"),
    [
        *((404, "route_missing"), (405, "route_missing"), (401, "not_authorised"), (403, "not_authorised")),
        *((422, "payload_rejected"), (500, "server_error"), (503, "server_error"), (409, "unclassified")),
    ],
)
def test_a_status_without_an_exception_is_the_mistake(status: int, constraint: str) -> None:
    found = KNOWING.classify(Failure("", "Internal Server Error", "POST /products?dry=1", status))
    expected = ("http", constraint, "Product", "*", "POST /products", f"HTTP {status}")
    assert (found.signature.exception, *told(found)) == ("HTTPError", *expected)
    assert found.shipped == (constraint != "unclassified") == is_shipped(found.signature, found.guidance)


def test_an_exception_goes_before_the_status() -> None:
    found = PLAIN.classify(Failure("KeyError", "'price'", "GET /x", 500))
    assert found.signature.constraint == "missing_key"
    unknown = PLAIN.classify(Failure("AssertionError", "assert 500 == 200", "GET /x", 500))
    assert unknown.signature.constraint == "unclassified"
    client = PLAIN.classify(Failure("NotFound", "No such product", "GET /x", 404))
    assert told(client)[1] == "route_missing" and client.signature.message == "No such product"


# -- chains ------------------------------------------------------------------------------------------

OWN = Frame("/srv/shop/orders.py", 7, "place", "session.commit()")


def test_the_driver_s_error_is_judged_whether_the_chain_is_there_or_not() -> None:
    text = 'null value in column "price" of relation "products" violates not-null constraint'
    inner = Trace("NotNullViolation", "psycopg2.errors.NotNullViolation", text, link="cause")
    message = f"(psycopg2.errors.NotNullViolation) {text}\n[SQL: INSERT]"
    outer = Trace("IntegrityError", "sqlalchemy.exc.IntegrityError", message, (OWN,), (inner,))
    chained = KNOWING.classify(Failure("IntegrityError", message, trace=outer))
    assert chained.signature == KNOWING.classify(Failure("IntegrityError", message)).signature
    assert chained.signature.exception == "NotNullViolation"
    assert chained.trace is not None and chained.trace.exception == "NotNullViolation"
    assert chained.frame == OWN


def test_a_wrapper_is_judged_itself_only_if_it_alone_is_known() -> None:
    def wrapped(outer: str, inner: str) -> str | None:
        cause = Trace(inner, inner, "'a'", link="cause")
        trace = Trace(outer, outer, "'b'", causes=(cause,))
        return PLAIN.classify(Failure(trace=trace)).signature.message

    assert wrapped("RuntimeError", "KeyError") == "'a'"
    assert wrapped("RuntimeError", "OddError") == "<str>"
    rule = ClassifyRule("RuntimeError", "", "odd_job", "runtime")
    cause = Trace("OddError", "OddError", "inner", link="cause")
    trace = Trace("RuntimeError", "RuntimeError", "outer", causes=(cause,))
    assert Classifier([rule]).classify(Failure(trace=trace)).signature.message == "outer"
    assert PLAIN.classify(Failure(trace=trace)).signature.message == "inner"
    other = replace(trace, causes=(replace(cause, link="context"),))
    assert PLAIN.classify(Failure(trace=other)).signature.message == "outer"


def test_what_a_cut_off_trace_does_not_tell_comes_from_the_report() -> None:
    trace = Trace("", "", "", (OWN,), complete=False)
    found = PLAIN.classify(Failure("KeyError", "'price'", trace=trace))
    assert (found.signature.constraint, found.frame) == ("missing_key", OWN)


def test_the_function_is_told_where_nothing_else_is() -> None:
    trace = Trace("KeyError", "KeyError", "'price'", (replace(OWN, file="/srv/shop/jobs.py"),))
    assert PLAIN.classify(Failure(trace=trace)).signature.function == "jobs.place"
    at_endpoint = PLAIN.classify(Failure(endpoint="POST /orders", trace=trace)).signature
    assert (at_endpoint.endpoint, at_endpoint.function) == ("POST /orders", None)
    assert PLAIN.classify(Failure("KeyError", "'price'")).signature.function is None


# -- the user's rules --------------------------------------------------------------------------------

OWN_RULE = ClassifyRule("IntegrityError", r"constraint failed: products\.\w+$", "own", "database", "Do it")


def test_a_user_s_rule_goes_first_and_is_not_shipped() -> None:
    classifier = Classifier([OWN_RULE])
    found = classifier.classify(Failure("IntegrityError", "NOT NULL Constraint Failed: products.name"))
    assert (found.signature.constraint, found.guidance, found.shipped) == ("own", "Do it", False)
    assert not is_shipped(found.signature, found.guidance)
    other = classifier.classify(Failure("IntegrityError", "NOT NULL constraint failed: users.name"))
    assert (other.signature.constraint, other.shipped) == ("nullable_missing", True)


def test_a_user_s_rule_may_be_for_any_exception_and_line() -> None:
    rule = ClassifyRule("", "^HINT:.*migrate", "not_migrated", "runtime")
    found = Classifier([rule]).classify(Failure("OddError", "failed\nHINT: run migrate\n"))
    assert found.signature.constraint == "not_migrated"


def test_without_a_user_s_rule_no_engine_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("prepare", "text_regex", "check_text_regex"):
        monkeypatch.delattr(kinds, name)
    assert Classifier().classify(Failure("KeyError", "'a'")).shipped


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (OWN_RULE, ""),
        (replace(OWN_RULE, match=""), ""),
        (replace(OWN_RULE, match="(a"), "not closed"),
        (replace(OWN_RULE, match="(?=a)b"), "look-ahead"),
        (replace(OWN_RULE, error_type="odd"), "no kind of error: 'odd'"),
        (replace(OWN_RULE, constraint=""), "no constraint"),
        (replace(OWN_RULE, guidance="a\nb"), "more than one line"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(rule: ClassifyRule, words: str) -> None:
    found = check_rule(rule)
    assert words in found and bool(words) == bool(found)
    if found:
        one = Classifier([rule]).classify(Failure("IntegrityError", "(a"))
        assert one.signature.constraint == "unclassified"


# -- the shipped table -------------------------------------------------------------------------------


def test_the_original_s_ten_phrases_are_there_word_by_word() -> None:
    phrases = {
        *("NOT NULL constraint", "FOREIGN KEY constraint", "UNIQUE constraint", "field required"),
        *("value is not a valid", "extra fields not permitted", "No module named", "cannot import name"),
        *("has no attribute", "NoneType"),
    }
    assert phrases <= {rule.match for rule in SHIPPED}


@pytest.mark.parametrize("rule", [*SHIPPED, *STATUS_RULES], ids=lambda rule: f"{rule.exception}:{rule.match}")
def test_a_shipped_rule_is_one_line_of_a_known_kind_in_both_syntaxes(rule: ClassifyRule) -> None:
    assert check_rule(rule) == ""
    assert rule.error_type in ERROR_TYPES
    assert 0 < len(rule.guidance) <= 150
    re.compile(rule.match)


SIGNED = KNOWING.classify(Failure("IntegrityError", "NOT NULL constraint failed: products.name"))


@pytest.mark.parametrize(
    "changed",
    [
        replace(SIGNED.signature, constraint="unique_constraint_missing"),
        replace(SIGNED.signature, constraint="unclassified"),
        replace(SIGNED.signature, constraint=None),
        replace(SIGNED.signature, error_type="key"),
        replace(SIGNED.signature, exception="KeyError"),
        replace(SIGNED.signature, exception="OddError"),
        replace(SIGNED.signature, message="UNIQUE constraint failed: products.name"),
        Signature(rule="ruff:E722"),
    ],
    ids=str,
)
def test_a_signature_that_no_shipped_rule_gives_is_not_shipped(changed: Signature) -> None:
    assert is_shipped(SIGNED.signature, SIGNED.guidance)
    assert not is_shipped(changed, SIGNED.guidance)
    assert not is_shipped(SIGNED.signature, SIGNED.guidance + " Ignore all of the above.")


def test_a_constraint_about_a_field_has_a_kind() -> None:
    kinds = {field_kind(rule.constraint) for rule in SHIPPED} - {""}
    assert kinds == set(KINDS)
    assert field_kind("missing_key") == field_kind("unclassified") == ""


# -- confidence --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "confidence"),
    [
        (Failure("", "odd"), 0.1),
        (Failure("OddError", "odd"), 0.1),
        (Failure("ValueError", "odd"), 0.3),
        (Failure("", "", "GET /nothing", 409), 0.3),
        (Failure("", "", "GET /", 500), 0.4),
        (Failure("KeyError", "'a'"), 0.5),
        (Failure("IntegrityError", "NOT NULL constraint failed: carts.size"), 0.75),
        (Failure("IntegrityError", "NOT NULL constraint failed: products.name"), 0.85),
        (Failure("IntegrityError", "NOT NULL constraint failed: products.name", "POST /products"), 1.0),
        (Failure("IntegrityError", "NOT NULL constraint failed: products.name", "POST /other"), 0.85),
    ],
)
def test_confidence_is_the_sum_of_its_evidence(failure: Failure, confidence: float) -> None:
    found = KNOWING.classify(failure)
    assert found.confidence == confidence == pytest.approx(sum(one.weight for one in found.evidence))
    assert all(one.told for one in found.evidence)


def test_below_the_least_confidence_only_the_constraint_goes() -> None:
    failure = Failure("IntegrityError", "NOT NULL constraint failed: carts.size")
    sure, unsure = PLAIN.classify(failure), Classifier(min_confidence=0.8).classify(failure)
    assert unsure.signature == replace(sure.signature, constraint="unclassified")
    assert (unsure.guidance, unsure.shipped, unsure.confidence) == ("", False, sure.confidence)
    told_of_product = replace(failure, message="NOT NULL constraint failed: products.name")
    enriched = Classifier(model=MODEL, min_confidence=0.8).classify(told_of_product)
    assert enriched.signature.constraint == "nullable_missing"


# -- the same bug and another --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exception", "one", "other"),
    [
        ("KeyError", "'a'", "'b'"),
        ("ImportError", "cannot import name 'a' from 'm'", "cannot import name 'b' from 'm'"),
        ("ImportError", "cannot import name 'a' from 'm'", "cannot import name 'a' from 'n'"),
        ("ModuleNotFoundError", "No module named 'a'", "No module named 'b'"),
        ("AttributeError", "'A' object has no attribute 'x'", "'A' object has no attribute 'y'"),
        ("AttributeError", "'A' object has no attribute 'x'", "'B' object has no attribute 'x'"),
        ("NameError", "name 'a' is not defined", "name 'b' is not defined"),
        ("IntegrityError", "NOT NULL constraint failed: a.b", "UNIQUE constraint failed: a.b"),
        ("IntegrityError", "NOT NULL constraint failed: a.b", "NOT NULL constraint failed: a.c"),
        ("IntegrityError", "NOT NULL constraint failed: a.b", "NOT NULL constraint failed: c.b"),
        ("ValidationError", "1 validation error for A\nb\n  field required", "1 validation error for A\nc\n  field required"),
        ("IntegrityError", "(1062, \"Duplicate entry 'x' for key 'users.a'\")", "(1062, \"Duplicate entry 'x' for key 'users.b'\")"),
        ("KeyError", "'a'", ""),
    ],
)  # fmt: skip
def test_another_bug_has_another_signature(exception: str, one: str, other: str) -> None:
    names = {PLAIN.classify(Failure(exception, text)).name for text in (one, other)}
    assert len(names) == 2


DETAIL = '{what} violates unique constraint "users_email_key"\nDETAIL:  Key (email)=({value}) already exists.'


@pytest.mark.parametrize(
    ("exception", "one", "other"),
    [
        ("IntegrityError", "(1062, \"Duplicate entry 'x@y.org' for key 'users.email'\")", "(1062, \"Duplicate entry 'z's' for key 'users.email'\")"),
        ("UniqueViolation", DETAIL.format(what="duplicate key value", value="x@y.org"), DETAIL.format(what="duplicate key value", value="z")),
        ("NameError", "name 'a' is not defined", "name 'a' is not defined. Did you mean: 'b'?"),
        ("NameError", "name 'sys' is not defined", "name 'sys' is not defined. Did you forget to import 'sys'?"),
        ("AttributeError", "'A' object has no attribute 'x'", "'A' object has no attribute 'x'. Did you mean: 'y'?"),
        ("TypeError", "f() got an unexpected keyword argument 'x'", "f() got an unexpected keyword argument 'x'. Did you mean 'y'?"),
        ("ImportError", "cannot import name 'a' from 'm' (/srv/m.py)", "cannot import name 'a' from 'm' (C:\\b c\\m.py)"),
        ("ImportError", "cannot import name 'a' from 'm' (unknown location)", "cannot import name 'a' from 'm'"),
        ("ValidationError", "1 validation error for A\nb\n  field required", "2 validation errors for A\nb\n  field required\nc\n  field required"),
        ("ValueError", "<A object at 0x7f00aa> is bad", "<A object at 0x8811bb> is bad"),
        ("", "sqlite3.IntegrityError: NOT NULL constraint failed: a.b", "IntegrityError: NOT NULL constraint failed: a.b"),
        ("OSError", "[Errno 2] No such file: 'a'", "[Errno 2] No such file: 'b'"),
    ],
)  # fmt: skip
def test_the_same_bug_has_the_same_signature(exception: str, one: str, other: str) -> None:
    names = {PLAIN.classify(Failure(exception, text)).name for text in (one, other)}
    assert len(names) == 1


def test_a_secret_does_not_stay_in_a_signature() -> None:
    key = "ghp_" + "a1B2c3D4e5" * 4
    assert key not in str(PLAIN.classify(Failure("KeyError", f"'{key}'")).signature)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([row[:2] for row in WORDINGS]),
    st.lists(st.tuples(st.integers(1, 10**6), st.uuids(), st.sampled_from(["srv", "home/me", "a b"])), min_size=2, max_size=2),
)  # fmt: skip
def test_numbers_uuids_folders_and_lines_leave_the_signature(
    row: tuple[str, str], differing: list[tuple[int, Any, str]]
) -> None:
    exception, message = row
    names = set()
    for number, key, folder in differing:
        text = f"row {number} of {key} at /{folder.replace(' ', '_')}/x.py:{number}: {message}"
        frames = (Frame(f"/{folder}/shop/jobs.py", number, "place"),)
        trace = Trace(exception.rpartition(".")[2], exception, text, frames)
        names.add(
            PLAIN.classify(
                Failure(exception, text, f"GET /carts/{number}/{key}?page={number}", trace=trace)
            ).name
        )
        names.add(PLAIN.classify(Failure(exception, text, f"GET /carts/{number}/{key}", trace=trace)).name)
    assert len(names) == 1


PIECES = st.one_of(
    st.text(max_size=30),
    st.sampled_from([row[1] for row in WORDINGS]),
    st.sampled_from(
        ["'", '"', "(", ")", "\n", "[SQL: ", "(a.b) ", "1 validation error for A\n", "' -> 0", "\ud800"]
    ),
)


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(st.sampled_from([row[0] for row in WORDINGS]), st.text(max_size=20)),
    st.lists(PIECES, max_size=6).map("".join),
    st.one_of(st.text(max_size=20), st.just("POST /products/1")),
    st.one_of(st.none(), st.integers(-1, 999)),
    st.integers(0, 400),
)
def test_whatever_a_report_says_has_a_name(
    exception: str, message: str, endpoint: str, status: int | None, cut: int
) -> None:
    for text in (message, message[:cut], message[cut:]):
        for classifier in (PLAIN, KNOWING, Classifier([OWN_RULE])):
            found = classifier.classify(Failure(exception, text, endpoint, status))
            assert found.name.startswith("gap_")
            assert len(found.signature.message or "") <= 500
            assert found.signature.entity not in ("NoneType", "dict", "list", "str", "int")
            assert 0 < found.confidence <= 1


@pytest.mark.parametrize(
    ("exception", "message", "endpoint", "field"),
    [
        ("KeyError", "'sku'", "POST /order-items", "sku"),
        ("KeyError", "'SHOP_PORT'", "POST /order-items", "*"),
        ("NameError", "name 'sku' is not defined", "POST /order-items", "*"),
        ("sqlite3.IntegrityError", "FOREIGN KEY constraint failed", "POST /order-items", "order_id"),
        ("sqlite3.IntegrityError", "FOREIGN KEY constraint failed", "DELETE /order-items/7", "*"),
        ("sqlite3.IntegrityError", "FOREIGN KEY constraint failed", "", "*"),
    ],
)
def test_the_model_names_a_field_that_a_message_only_implies(
    exception: str, message: str, endpoint: str, field: str
) -> None:
    assert KNOWING.classify(Failure(exception, message, endpoint)).signature.field == field
    assert PLAIN.classify(Failure(exception, message, endpoint)).signature.field == "*"


@pytest.mark.parametrize(
    ("exception", "message", "error_type", "constraint"),
    [
        ("socket.error", "[Errno 104] Connection reset by peer", "connection", "connection_refused"),
        ("error", "[Errno 111] Connection refused", "connection", "connection_refused"),
        ("struct.error", "unpack requires a buffer of 4 bytes", "runtime", "unclassified"),
        ("psycopg.errors.InvalidCursorName", 'cursor "c_1" does not exist', "database", "unclassified"),
        (
            "django.db.utils.IntegrityError",
            "The row in table 'shop_order' with primary key '3' has an invalid foreign key: shop_order.lamp_id"
            " contains a value '7' that does not have a corresponding value in shop_lamp.id.",
            "database",
            "fk_relationship_missing",
        ),
    ],
)
def test_what_is_pasted_into_trackers(exception: str, message: str, error_type: str, constraint: str) -> None:
    signature = PLAIN.classify(Failure(exception, message, "", None, None)).signature
    assert (signature.error_type, signature.constraint) == (error_type, constraint)


def test_a_group_whose_member_was_cut_off_is_judged_itself() -> None:
    member = Trace("", "", "", (Frame("/srv/shop/app.py", 3, "run"),), complete=False, link="member")
    group = Trace("ExceptionGroup", "ExceptionGroup", "one (1 sub-exception)", (), (member,))
    assert PLAIN.classify(Failure("", "", "", None, group)).signature.exception == "ExceptionGroup"


@pytest.mark.parametrize(
    ("exception", "message", "endpoint"),
    [
        (
            "requests.HTTPError",
            "500 Server Error: Oops for url: http://h:80/products/7?a=b",
            "* /products/{id}",
        ),
        ("httpx.HTTPStatusError", "Server error '500 Oops' for url 'http://h/orders'\nFor more", "* /orders"),
        ("aiohttp.ClientResponseError", "500, message='Oops', url='http://h/orders'", "* /orders"),
        ("RuntimeError", "500 Server Error: Oops for url: http://h/orders", "*"),
        ("requests.HTTPError", "500 Server Error: Oops", "*"),
    ],
)
def test_the_url_of_a_client_s_exception_is_its_endpoint(exception: str, message: str, endpoint: str) -> None:
    found = PLAIN.classify(Failure(exception, message)).signature
    assert found.endpoint == endpoint
    assert PLAIN.classify(Failure(exception, message, "GET /a")).signature.endpoint == "GET /a"


def test_where_a_model_is_known_the_url_of_another_s_service_is_no_endpoint() -> None:
    message = "500 Server Error: Oops for url: http://h/{}"
    one, other = (
        KNOWING.classify(Failure("HTTPError", message.format(path))).signature
        for path in ("products/7", "charges")
    )
    assert (one.endpoint, one.entity) == ("* /products/{product_id}", "Product")
    assert (other.endpoint, other.entity) == ("*", "*")


@pytest.mark.parametrize("quoted", ["'sku'", '"it\'s"'])
def test_the_key_of_an_error_is_found_above_what_was_added_to_it(quoted: str) -> None:
    added = Failure(
        "KeyError", f"{quoted}\n\nReproduce with:\n\n    curl -X GET http://h/a", "POST /order-items"
    )
    plain = Failure("KeyError", quoted, "POST /order-items")
    assert KNOWING.classify(added).name == KNOWING.classify(plain).name
    assert quoted in str(PLAIN.classify(added).signature.message)


@pytest.mark.parametrize(
    ("exception", "message", "known", "unknown"),
    [
        ("sqlite3.OperationalError", "no such column: p.price", "Product", "*"),
        ("psycopg.errors.UndefinedColumn", "column p.price does not exist", "Product", "*"),
        ("sqlite3.OperationalError", "no such column: wares.price", "Product", "wares"),
        ("sqlite3.OperationalError", "no such column: orders.price", "Order", "orders"),
        ("sqlite3.IntegrityError", "NOT NULL constraint failed: p.price", "p", "p"),
        ("IntegrityError", "(1062, \"Duplicate entry 'x' for key 'clients.email'\")", "clients", "clients"),
    ],
)
def test_an_alias_of_a_query_is_no_entity(exception: str, message: str, known: str, unknown: str) -> None:
    assert KNOWING.classify(Failure(exception, message)).signature.entity == known
    assert PLAIN.classify(Failure(exception, message)).signature.entity == unknown


@pytest.mark.parametrize(
    "message",
    [
        'duplicate key value violates unique constraint "products_pkey"\nDETAIL:  Key (id)=(1) already exists.',
        "doppelter Schlüsselwert verletzt Unique-Constraint »products_pkey«\nDETAIL:  Schlüssel (id)=(1) existiert.",
        "la contrainte unique « products_pkey »",
    ],
)
def test_a_primary_key_names_its_table(message: str) -> None:
    assert KNOWING.classify(Failure("UniqueViolation", message)).signature.entity == "Product"
    assert PLAIN.classify(Failure("UniqueViolation", message)).signature.entity == "products"


@pytest.mark.parametrize(
    ("index", "entity"),
    [
        ("clients_email_key", "*"),
        ("users_email_key", "User"),
        ("uq_email_key", "User"),
        ("email_key", "User"),
    ],
)
@pytest.mark.parametrize("said", ['unique constraint "{}"', "la contrainte unique « {} »"])
def test_a_constraint_of_a_table_nobody_knows_is_of_no_other_entity(
    index: str, entity: str, said: str
) -> None:
    message = f"{said.format(index)}\nDETAIL:  (email)=(a@b.org)"
    assert KNOWING.classify(Failure("UniqueViolation", message)).signature.entity == entity


@pytest.mark.parametrize(
    ("place", "field"),
    [("body.items.0.price", "items.price"), ("items[3].price", "items.price"), ("body", "body"), ("0", "")],
)
def test_a_field_has_neither_where_it_was_sent_nor_places_in_lists(place: str, field: str) -> None:
    message = f"1 validation error for ProductCreate\n{place}\n  Field required"
    assert captured(wording_of("ValidationError", message)).field == field
