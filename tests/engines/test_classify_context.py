"""Where in the application a failure belongs: the template of its request, its entity, field and relation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import Match, Route

from feedback_loop.domain.api_model import ApiModel, Endpoint, Entity, ModelField
from feedback_loop.domain.failure import ApiContext, Captured, Failure
from feedback_loop.domain.trace import Frame, Trace
from feedback_loop.engines.classify.context import find_context
from feedback_loop.engines.classify.endpoints import Endpoints

SHOP = ApiModel(
    (
        Entity(
            "Product",
            (ModelField("sku"), ModelField("price"), ModelField("category_id", references="Category")),
            "products",
            ("ProductCreate", "ProductRead"),
        ),
        Entity("Category", (ModelField("title"), ModelField("price")), "tbl_cats"),
        Entity("Order", (ModelField("total"), ModelField("customer"))),
        Entity("ProductCategory"),
        Entity("Status"),
    ),
    (
        Endpoint("GET", "/products/{product_id}"),
        Endpoint("PATCH", "/products/{product_id}", "Product"),
        Endpoint("GET", "/products/new", "Product"),
        Endpoint("POST", "/products/", "Product"),
        Endpoint("POST", "/orders", "Order"),
        Endpoint("POST", "/checkout", "Order"),
        Endpoint("*", "/any/{x}"),
        Endpoint("GET", "/files/{name}.{ext}"),
        Endpoint("GET", "/files/{rest:path}"),
        Endpoint("GET", "/product-categories/{id}/statuses"),
    ),
    ("/api", "/api/v1"),
)
KNOWN, UNKNOWN = Endpoints(SHOP), Endpoints(None)


# -- endpoints -------------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["", " ", "*", "POST", "products", "POST products", "(unknown)"])
def test_what_is_no_request_has_no_template(endpoint: str) -> None:
    for endpoints in (KNOWN, UNKNOWN):
        assert endpoints.template(endpoint) == "*"
        assert endpoints.entity("*") == "*"
        assert not endpoints.knows("*")


@pytest.mark.parametrize(
    ("endpoint", "template"),
    [
        ("GET /products/17", "GET /products/{product_id}"),
        ("GET /products/{id}", "GET /products/{product_id}"),
        ("GET /products/new", "GET /products/new"),
        ("PATCH /products/new", "PATCH /products/{product_id}"),
        ("DELETE /products/new", "DELETE /products/new"),
        ("get /products/a%20b/?x=http://y/z#a", "GET /products/{product_id}"),
        ("POST https://shop.example:8000/api/v1/products/?a=/b", "POST /products"),
        ("POST /api/products", "POST /products"),
        ("POST /v1/products", "POST /v1/products"),
        ("GET /api/v1/wares/17", "GET /wares/{id}"),
        ("/any/thing", "* /any/{x}"),
        ("PUT /any/thing", "PUT /any/{x}"),
        ("GET /any//", "GET /any"),
        ("GET /files/a.b.txt", "GET /files/{name}.{ext}"),
        ("GET /files/.txt", "GET /files/{rest:path}"),
        ("GET /files/a/b/c", "GET /files/{rest:path}"),
        ("POST /orders HTTP/1.1", "POST /orders"),
    ],
)
def test_a_request_is_its_template_s(endpoint: str, template: str) -> None:
    assert KNOWN.template(endpoint) == template


@pytest.mark.parametrize(
    ("endpoint", "template"),
    [
        ("GET /products/17?page=2", "GET /products/{id}"),
        ("GET /products/-1", "GET /products/{id}"),
        ("GET /a/5f0c1e9a-8f5c-4a51-9d3f-0123456789ab/b/", "GET /a/{id}/b"),
        ("GET /a/deadbeef", "GET /a/{id}"),
        ("GET /a/deadbee", "GET /a/deadbee"),
        ("GET /a/{slug}", "GET /a/{slug}"),
        ("GET /api/v1/a/2026-01-31", "GET /api/v1/a/2026-01-31"),
        ("GET http://shop.example", "GET /"),
        ("GET /a/" + "x" * 65, "GET /a/{id}"),
    ],
)
def test_without_a_model_what_looks_like_a_key_is_one(endpoint: str, template: str) -> None:
    assert UNKNOWN.template(endpoint) == template


@pytest.mark.parametrize(
    ("template", "entity", "is_known"),
    [
        ("POST /orders", "Order", True),
        ("POST /checkout", "Order", True),
        ("* /checkout", "Order", True),
        ("GET /checkout", "checkout", False),
        ("GET /products/{product_id}", "Product", True),
        ("GET /product-categories/{id}/statuses", "Status", True),
        ("GET /product_categories", "ProductCategory", False),
        ("PUT /any/{x}", "any", True),
        ("GET /wares/{id}", "wares", False),
        ("GET /api/v2", "*", False),
    ],
)
def test_the_entity_of_a_template(template: str, entity: str, is_known: bool) -> None:
    assert KNOWN.entity(template) == entity
    assert KNOWN.knows(template) is is_known


def test_a_path_in_a_document_may_be_written_oddly() -> None:
    odd = Endpoints(ApiModel(endpoints=(Endpoint("get", "/wares/{ware id}/#Action=x", "dict"),)))
    assert odd.template("GET /wares/7") == odd.template("GET /wares/{wareid}") == "GET /wares/{wareid}"
    assert odd.entity("GET /wares/{wareid}") == "wares"


def test_without_a_model_the_path_s_own_word_counts() -> None:
    assert UNKNOWN.entity("GET /api/v1/categories/{id}") == "category"
    assert UNKNOWN.entity("GET /products") == "products"


SEGMENTS = st.sampled_from(["a", "b", "ab", "1", "{x}", "{y}", "{x}-{y}", "a-{x}", "{x}.a"])
ASKED = st.sampled_from(["a", "b", "ab", "1", "a-b", "a-", "-", "a.a", ".a", "a-b-c", "17"])


def routed(path: str, templates: list[str]) -> str:
    """What Starlette's own router makes of it, the most literal template asked first."""

    async def answer() -> None: ...

    def rank(template: str) -> list[int]:
        return [0 if "{" not in one else 2 if one in ("{x}", "{y}") else 1 for one in template.split("/")]

    scope: dict[str, Any] = {"type": "http", "path": path, "method": "GET", "root_path": ""}
    for template in sorted(templates, key=rank):
        if Route(_named_apart(template), answer).matches(scope)[0] is Match.FULL:
            return template
    return path


def _named_apart(template: str) -> str:
    """A parameter may stand in a path of Starlette's once only."""
    segments = template.split("/")
    return "/".join(
        one.replace("{x}", f"{{x{at}}}").replace("{y}", f"{{y{at}}}") for at, one in enumerate(segments)
    )


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(SEGMENTS, min_size=1, max_size=3).map(lambda one: "/" + "/".join(one)),
        max_size=5,
        unique=True,
    ),
    st.lists(ASKED, min_size=1, max_size=3).map(lambda one: "/" + "/".join(one)),
)
def test_paths_are_matched_as_starlette_does(templates: list[str], path: str) -> None:
    endpoints = Endpoints(ApiModel(endpoints=tuple(Endpoint("GET", one) for one in templates)))
    expected = routed(path, templates)
    found = endpoints.template(f"GET {path}").removeprefix("GET ")
    assert found == (expected if expected in templates else Endpoints(None).template(f"GET {path}")[4:])


PATHS = st.lists(SEGMENTS | ASKED | st.sampled_from(["api", "", "{x:path}", "{", "}", "{}"]), max_size=4).map(
    lambda one: "/" + "/".join(one)
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(PATHS, max_size=5),
    st.lists(st.sampled_from(["/api", "/a", "/a/b", "/", "/{x}"]), max_size=2),
    PATHS,
)
def test_a_template_s_template_is_itself(templates: list[str], bases: list[str], path: str) -> None:
    model = ApiModel(endpoints=tuple(Endpoint("GET", one) for one in templates), base_paths=tuple(bases))
    for endpoints in (Endpoints(model), UNKNOWN):
        for asked in (f"GET {path}", f"POST {path}", path):
            once = endpoints.template(asked)
            assert endpoints.template(once) == once


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_is_asked_for(text: str) -> None:
    for endpoints in (KNOWN, UNKNOWN):
        for asked in (text, f"GET /{text}", f"GET /products/{text}"):
            template = endpoints.template(asked)
            assert endpoints.template(template) == template
            assert endpoints.entity(template)
            endpoints.knows(template)


# -- context ---------------------------------------------------------------------------------------


def found(
    captured: Captured, endpoint: str = "", *calls: tuple[str, str], model: ApiModel | None = SHOP
) -> ApiContext:
    trace = Trace("E", "E", "", tuple(Frame(file, 1, function) for file, function in calls))
    endpoints = KNOWN if model is SHOP else UNKNOWN
    return find_context(Failure("E", "", endpoint, None, trace), captured, endpoints)


def test_nothing_known_is_nothing_said() -> None:
    assert found(Captured()) == ApiContext()
    assert found(Captured(), model=None) == ApiContext()


def test_what_the_message_says_goes_before_the_request() -> None:
    context = found(Captured(table="products", column="category_id"), "POST /api/v1/orders")
    assert (context.entity, context.endpoint, context.field) == ("Product", "POST /orders", "category_id")
    assert (context.entity_in_model, context.endpoint_in_model) == (True, True)
    assert context.relationship == "Category"
    assert context.told == (
        "entity Product: the table products in the message",
        "field category_id: the message",
        "endpoint POST /orders: the request",
    )


@pytest.mark.parametrize(
    ("captured", "entity"),
    [
        (Captured(table="public.tbl_cats"), "Category"),
        (Captured(table="shop_product_categories"), "ProductCategory"),
        (Captured(table="audit_log"), "audit_log"),
        (Captured(model="ProductCreate"), "Product"),
        (Captured(model="app.schemas.CategoryIn"), "Category"),
        (Captured(model="Session"), "Order"),
        (Captured(model="NoneType"), "Order"),
        (Captured(model="dict"), "Order"),
        (Captured(table="test_products_1"), "Order"),
        (Captured(model="TestClient"), "Order"),
        (Captured(model="HTTPException"), "Order"),
        (Captured(column="sku"), "Product"),
        (Captured(column="price", kept=("tbl_cats_price_key",)), "Category"),
        (Captured(column="price", kept=("uq_products_price", "price")), "Product"),
        (Captured(column="price"), "Order"),
        (Captured(column="total"), "Order"),
        (Captured(field="title"), "Category"),
    ],
)
def test_the_entity_is_the_message_s_if_it_names_one(captured: Captured, entity: str) -> None:
    assert found(captured, "POST /orders").entity == entity


@pytest.mark.parametrize(
    ("captured", "entity"),
    [
        (Captured(table="products"), "products"),
        (Captured(model="ProductCreate"), "Product"),
        (Captured(model="Optional"), "order"),
        (Captured(model="NoneType"), "order"),
    ],
)
def test_without_a_model_names_stay_as_they_are(captured: Captured, entity: str) -> None:
    context = found(captured, "POST /orders", ("app/models/order.py", "save"), model=None)
    assert (context.entity, context.entity_in_model) == (entity, False)


@pytest.mark.parametrize(
    ("calls", "entity"),
    [
        ([("/app/main.py", "create")], "Order"),
        ([("/app/routers/products.py", "create")], "Product"),
        ([("/app/product_categories/service.py", "create")], "ProductCategory"),
        ([("/app/category_repository.py", "save"), ("/app/db.py", "commit")], "Category"),
        ([("/app/models/order.py", "a"), ("/app/models/product.py", "b")], "Product"),
        ([("/app/core.py", "Product.total")], "Product"),
        ([("/app/core.py", "Helper.total")], "Order"),
        ([("/usr/lib/python3.12/site-packages/x/models/product.py", "a")], "Order"),
        ([("tests/test_product_models.py", "test_it"), ("tests/models.py", "x")], "Order"),
        ([("C:/shop/routes/product.py", "x")], "Product"),
        ([("/app/models/dict.py", "x")], "Order"),
    ],
)
def test_the_trace_goes_before_the_request(calls: list[tuple[str, str]], entity: str) -> None:
    assert found(Captured(), "POST /orders", *calls).entity == entity


def test_without_a_model_a_module_s_name_counts_if_it_can_name_anything() -> None:
    assert found(Captured(), "", ("/app/routers/categories.py", "x"), model=None).entity == "category"
    assert (
        found(Captured(), "", ("/app/models/base.py", "x"), ("/shop/models.py", "y"), model=None).entity
        == "*"
    )


@pytest.mark.parametrize(
    ("module", "entity"),
    [
        ("/app/schemas/order.py", "order"),
        ("/app/order_routes.py", "order"),
        ("/srv/db/models/sql/query.py", "*"),
        ("/srv/models/lamp/trainer.py", "*"),
        ("/app/views/pages.py", "*"),
        ("/app/order_service.py", "*"),
    ],
)
def test_without_a_model_only_modules_for_models_routes_and_schemas_name_one(
    module: str, entity: str
) -> None:
    assert found(Captured(), "", (module, "x"), model=None).entity == entity


@pytest.mark.parametrize(
    ("captured", "field"),
    [
        (Captured(column="products.category_id"), "category_id"),
        (Captured(field="items.price"), "items.price"),
        (Captured(table="products", field="category"), "category_id"),
    ],
)
def test_a_field_is_a_name(captured: Captured, field: str) -> None:
    assert found(captured).field == field


@pytest.mark.parametrize(
    ("captured", "entity"),
    [
        (Captured(table="products", column="category_id"), "Category"),
        (Captured(table="tbl_cats", column="product_id"), "Product"),
        (Captured(table="products", column="product_id"), ""),
        (Captured(table="products", column="sku"), ""),
        (Captured(column="warehouse_id"), ""),
    ],
)
def test_a_foreign_key_leads_to_an_entity_of_the_model(captured: Captured, entity: str) -> None:
    assert found(captured).relationship == entity


@settings(max_examples=100, deadline=None)
@given(*[st.text()] * 6)
def test_any_text_is_placed(
    table: str, column: str, model: str, field: str, endpoint: str, file: str
) -> None:
    captured = Captured(table, column, model, field)
    for known in (SHOP, None):
        context = found(captured, endpoint, (file, model), (f"models/{file}.py", file), model=known)
        assert context.entity
        assert context.endpoint
        assert context.field
