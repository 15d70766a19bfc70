"""OpenAPI documents, a real application's and hand-made ones, and what is refused."""

from __future__ import annotations

import json
from typing import Any, Optional

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from feedback_loop.domain.api_model import ApiModel, Endpoint, ModelField
from feedback_loop.errors import InputError
from feedback_loop.formats.model_text import LARGEST, model_of_mapping, read_model_text


class CategoryCreate(BaseModel):
    name: str


class CategoryRead(CategoryCreate):
    id: int


class ProductBase(BaseModel):
    name: str
    category_id: int
    sku: str = Field(json_schema_extra={"x-unique": True})
    note: str | None = None


class ProductCreate(ProductBase):
    pass


class ProductUpdate(BaseModel):
    name: str | None = None
    category_id: int | None = None


class ProductRead(ProductBase):
    id: int
    category: Optional[CategoryRead] = None  # noqa: UP045


app = FastAPI(servers=[{"url": "https://shop.example/api/v1"}])


@app.post("/products", status_code=201)
def create(product: ProductCreate) -> ProductRead:
    raise NotImplementedError


@app.get("/products")
def listed() -> list[ProductRead]:
    raise NotImplementedError


@app.patch("/products/{product_id}")
def change(product_id: int, product: ProductUpdate) -> ProductRead:
    raise NotImplementedError


@app.delete("/categories/{category_id}")
def remove(category_id: int) -> None:
    raise NotImplementedError


@app.post("/categories")
def add(category: CategoryCreate) -> CategoryRead:
    raise NotImplementedError


@app.get("/health")
def health() -> dict[str, str]:
    raise NotImplementedError


def read(value: object) -> ApiModel:
    return read_model_text(json.dumps(value).encode(), "openapi.json")


def of_schemas(**schemas: Any) -> ApiModel:
    return read({"openapi": "3.1.0", "components": {"schemas": schemas}})


NOTHING = "openapi.json: describes no endpoint and no entity"


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"paths": None, "components": None},
        {"paths": {}, "components": {"schemas": {}}},
        {"paths": {"/a": {"summary": "no method"}, "b": {"get": {}}}},
        {"components": {"schemas": {"HTTPValidationError": {"properties": {"detail": {}}}}}},
    ],
)
def test_a_document_that_describes_nothing_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        read({"openapi": "3.0.3", "servers": [{"url": "/api"}]} | parts)
    assert caught.value.message == NOTHING
    assert caught.value.hint


def test_an_endpoint_alone_and_an_entity_alone_are_a_model() -> None:
    assert read({"openapi": "3.0.3", "paths": {"/a": {"get": {}}}}).endpoints == (Endpoint("GET", "/a"),)
    assert [one.name for one in of_schemas(Ware={"properties": {"price": {}}}).entities] == ["Ware"]


def test_a_real_application() -> None:
    model = read(app.openapi())
    assert model == model_of_mapping(app.openapi())
    assert {one.name: one.schemas for one in model.entities} == {
        "Category": ("CategoryCreate", "CategoryRead"),
        "Product": ("ProductCreate", "ProductRead", "ProductUpdate"),
    }
    fields = {one.name: one for one in model.entities[1].fields}
    # What is sent says what is required; an update leaves out whatever stays as it is.
    assert fields["category_id"] == ModelField("category_id", "integer", True, None, False, "Category")
    assert fields["sku"].unique is True
    assert (fields["note"].nullable, fields["note"].type, fields["note"].required) == (True, "string", False)
    assert fields["category"].references == ""
    assert set(model.endpoints) == {
        Endpoint("POST", "/products", "Product"),
        Endpoint("GET", "/products", "Product"),
        Endpoint("PATCH", "/products/{product_id}", "Product"),
        Endpoint("DELETE", "/categories/{category_id}", "Category"),
        Endpoint("POST", "/categories", "Category"),
        Endpoint("GET", "/health", ""),
    }
    assert model.base_paths == ("/api/v1",)


def test_null_is_told_in_the_words_of_either_version() -> None:
    properties = {
        "old": {"type": "string", "nullable": True},
        "new": {"type": ["string", "null"], "format": "uuid"},
        "any": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "not": {"type": "string"},
    }
    (entity,) = of_schemas(Ware={"type": "object", "properties": properties}).entities
    assert {one.name: (one.type, one.nullable) for one in entity.fields} == {
        "old": ("string", True),
        "new": ("uuid", True),
        "any": ("integer", True),
        "not": ("string", False),
    }


def test_a_key_of_another_schema_leads_to_it() -> None:
    properties = {
        name: {"type": "integer"} for name in ("wareId", "order_id", "product_category_id", "pay_id")
    }
    model = of_schemas(
        OrderIn={"properties": properties},
        Ware={"properties": {"id": {}}},
        ProductCategory={"properties": {"id": {}}},
    )
    leads = {one.name: one.references for one in model.entities[0].fields}
    assert leads == {"wareId": "Ware", "order_id": "", "product_category_id": "ProductCategory", "pay_id": ""}


def test_two_forms_of_one_schema_and_what_frameworks_add_are_no_entities_of_their_own() -> None:
    told = {"properties": {"id": {"type": "integer"}}}
    names = (
        "Ware-Input",
        "Ware-Output",
        "app__schemas__Ware",
        "HTTPValidationError",
        "Body_up_post",
        "Page_Ware_",
    )
    model = of_schemas(**dict.fromkeys((*names, "PaymentError", "dict", "a b"), told))
    assert [(one.name, one.schemas) for one in model.entities] == [
        ("Ware", ("Ware-Input", "Ware-Output", "app__schemas__Ware"))
    ]


def test_parts_are_put_together_and_references_followed() -> None:
    model = of_schemas(
        Named={"required": ["name"], "properties": {"name": {"$ref": "#/components/schemas/Text"}}},
        Text={"type": "string", "enum": ["a"]},
        Ware={
            "allOf": [
                {"$ref": "#/components/schemas/Named"},
                {"$ref": "#/components/schemas/Ware"},
                {"$ref": "#/components/schemas/Gone"},
                {"$ref": "https://elsewhere.example/x.json#/a"},
                {"properties": {"price": {"type": "number"}}},
            ]
        },
    )
    ware = next(one for one in model.entities if one.name == "Ware")
    assert [(one.name, one.type, one.required) for one in ware.fields] == [
        ("name", "string", True),
        ("price", "number", False),
    ]


def test_references_in_a_circle_and_a_bomb_of_them_end() -> None:
    circle = {f"S{at}": {"$ref": f"#/components/schemas/S{(at + 1) % 9}"} for at in range(9)}
    both = [{"$ref": "#/components/schemas/B1"}] * 30
    bomb = {f"B{at}": {"allOf": [{"$ref": f"#/components/schemas/B{at + 1}"}] * 30} for at in range(30)}
    ware = {"properties": {"price": {}}}
    assert [one.name for one in of_schemas(**circle, **bomb, B30={"allOf": both}, Ware=ware).entities] == [
        "Ware"
    ]


def test_base_paths_are_the_paths_of_the_servers() -> None:
    urls = [
        "/api/",
        "https://a.example",
        "//b.example/v1",
        "{scheme}://c.example/{base}",
        "/{tenant}/x",
        "/api",
    ]
    servers: list[Any] = [{"url": url, "variables": {"base": {"default": "v2"}}} for url in urls]
    told = {"openapi": "3.0.0", "servers": [*servers, 1, {}], "paths": {"/a": {"get": {}}}}
    assert read(told).base_paths == ("/api", "/v1", "/v2")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "not an object"),
        (b"{}", "neither OpenAPI nor an ir.json"),
        (b'{"openapi": 3}', "`openapi` must be the version as a text, not 3"),
        (b'{"openapi": null}', "`openapi` must be the version as a text, not None"),
        (b'{"swagger": "2.0"}', "of version '2.0', and only OpenAPI 3.0 and 3.1 are read"),
        (b'{"openapi": "4.0.0"}', "of version '4.0.0'"),
        (b'{"openapi": "3.0.0", "paths": []}', "/paths must be an object, not list"),
        (
            b'{"openapi": "3.0.0", "paths": "x", "components": {"schemas": [1]}}',
            "/paths must be an object, not str; /components/schemas must be an object, not list",
        ),
        (b'{"openapi": "3.0.0", "paths": {"/a": {"get": {}}}, "components": 3}', "/components must be"),
        (b'{"openapi": "3.0.0", "openapi": "3.0.0"}', "twice"),
        (b'{"openapi": "3.0.0", "x": ' + b"[" * 40 + b"]" * 40 + b"}", "deep"),
        (b" " * (LARGEST + 1), "larger than 16 MiB"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"# API\nopenapi: 3.0.0\ninfo:\n", "YAML is not read"),
    ],
)
def test_what_cannot_be_used_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_model_text(data, "openapi.json")
    assert told in caught.value.message
    assert "openapi.json" in caught.value.message


def test_what_a_program_hands_over_is_called_the_model() -> None:
    for value in ({}, {"openapi": 3.1}, {"openapi": "3.1.0"}, {"entities": 3}):
        with pytest.raises(InputError, match=r"\Athe model: "):
            model_of_mapping(value)


def test_yaml_comes_with_the_way_out() -> None:
    with pytest.raises(InputError) as caught:
        read_model_text(b"{}: [", "api.yaml")
    assert "convert it to JSON" in caught.value.hint


def test_a_long_document_is_read() -> None:
    paths = {f"/wares{at}/{{id}}": {"get": {"description": "x" * 200}} for at in range(6000)}
    assert len(read({"openapi": "3.0.0", "paths": paths}).endpoints) == 6000


WORDS = """
    openapi components schemas paths /a get properties allOf anyOf $ref required requestBody responses 200 content
    schema items servers url type x-unique
"""
KEYS = st.sampled_from(WORDS.split())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["#/paths", "#/", "3.1.0"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


@settings(max_examples=100, deadline=None)
@given(VALUES, VALUES, VALUES, VALUES)
def test_no_part_of_the_wrong_shape_raises(
    schemas: object, paths: object, part: object, item: object
) -> None:
    schemas = schemas if isinstance(schemas, dict) else {"A": schemas, "BCreate": {"properties": part}}
    paths = (
        paths if isinstance(paths, dict) else {"/a": paths, "/b": {"post": {"requestBody": part}}, "/c": item}
    )
    paths["/health"] = {"get": {}}  # without any it would be refused
    read({"openapi": "3.1.0", "components": {"schemas": schemas}, "paths": paths, "servers": item})


@settings(max_examples=100, deadline=None)
@given(st.binary() | st.text().map(str.encode) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_a_model_or_one_error(data: bytes) -> None:
    try:
        read_model_text(data, "a.json")
    except InputError as error:
        assert error.message
