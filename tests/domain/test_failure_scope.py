"""What a known failure is about: entities, endpoints, schemas."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.failure_scope import (
    covers_endpoint,
    covers_entity,
    entity_of_schema,
    split_endpoint,
)


@pytest.mark.parametrize(
    ("entity_pattern", "endpoint_pattern", "entity", "is_covered"),
    [
        ("Product", "*", "Product", True),
        ("Product", "POST /orders", "Product", True),
        ("Product", "*", "product", False),
        ("Product", "*", "ProductCategory", False),
        ("Product*", "*", "ProductCategory", True),
        ("Prod?ct", "*", "Product", True),
        ("*", "*", "Anything", True),
        ("*", "POST /products", "Product", True),
        ("*", "POST /api/v1/product-categories/{id}", "ProductCategory", True),
        ("*", "POST /orders", "Product", False),
        ("*", "POST /{product}", "Product", False),
    ],
)
def test_entities(entity_pattern: str, endpoint_pattern: str, entity: str, is_covered: bool) -> None:
    assert covers_entity(entity_pattern, endpoint_pattern, entity) is is_covered


@pytest.mark.parametrize(
    ("entity_pattern", "endpoint_pattern", "endpoint", "method", "is_covered"),
    [
        ("*", "POST /products", "/products", "POST", True),
        ("*", "POST /products", "/products/", "post", True),
        ("*", "POST /products", "/products?page=2", "POST", True),
        ("*", "POST /products", "POST /products", "", True),
        ("*", "POST /products", "/products", "GET", False),
        ("*", "* /products", "/products", "GET", True),
        ("*", "POST /products", "/products", "*", True),
        ("*", "PUT /products/{id}", "/products/{product_id}", "PUT", True),
        ("*", "PUT /products/{id}", "/products/17", "PUT", True),
        ("*", "PUT /products/17", "/products/{id}", "PUT", False),
        ("*", "PUT /products/{id}", "/products", "PUT", False),
        ("*", "PUT /products/{id}", "/products/", "PUT", False),
        ("*", "PUT /products/{id}", "/products/1/images", "PUT", False),
        ("*", "*", "/whatever", "GET", True),
        ("Category", "*", "/categories/{id}", "GET", True),
        ("Order", "*", "/products", "GET", False),
        ("Order", "GET /products", "/products", "GET", True),
    ],
)
def test_endpoints(
    entity_pattern: str, endpoint_pattern: str, endpoint: str, method: str, is_covered: bool
) -> None:
    assert covers_endpoint(entity_pattern, endpoint_pattern, endpoint, method) is is_covered


@pytest.mark.parametrize(
    ("schema", "entity"),
    [
        ("Product", "Product"),
        ("ProductCreate", "Product"),
        ("ProductIn", "Product"),
        ("ProductCreateRequest", "Product"),
        ("OrderItemUpdate", "OrderItem"),
        ("Base", "Base"),
        ("Cabin", "Cabin"),
        ("", ""),
    ],
)
def test_schemas(schema: str, entity: str) -> None:
    assert entity_of_schema(schema) == entity


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(), st.text(), st.text())
def test_any_text_is_taken(entity: str, endpoint: str, name: str, method: str) -> None:
    covers_entity(entity, endpoint, name)
    covers_endpoint(entity, endpoint, name, method)
    split = split_endpoint(endpoint, method)
    assert split_endpoint(split[1], split[0])[1].startswith("/")
    assert entity_of_schema(name) == entity_of_schema(entity_of_schema(name))
