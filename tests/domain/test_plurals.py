"""Singular and plural of entities' names, and which words can be an entity at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.api_model import Entity
from feedback_loop.domain.entity_names import EntityNames, is_entity_name, resource_of
from feedback_loop.domain.failure_scope import covers_endpoint, covers_entity
from feedback_loop.domain.plurals import alike, name_key, plural_keys, singular


@pytest.mark.parametrize(
    "word",
    [
        "status",
        "address",
        "news",
        "series",
        "bus",
        "gas",
        "canvas",
        "products",
        "analysis",
        "",
        "s",
        "ies",
        "-",
    ],
)
def test_nothing_is_cut_that_the_table_does_not_know(word: str) -> None:
    assert singular(word) == word


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("statuses", "status"),
        ("addresses", "address"),
        ("categories", "category"),
        ("analyses", "analysis"),
        ("people", "person"),
        ("children", "child"),
        ("indices", "index"),
        ("matrices", "matrix"),
        ("Statuses", "Status"),
        ("product-categories", "product-category"),
        ("product_categories", "product_category"),
        ("productCategories", "productCategory"),
    ],
)
def test_the_table_knows_irregular_forms(plural: str, one: str) -> None:
    assert singular(plural) == one
    assert alike(plural, one)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("products", "Product"),
        ("product-categories", "ProductCategory"),
        ("product_categories", "ProductCategory"),
        ("productCategories", "ProductCategory"),
        ("order-items", "OrderItem"),
        ("boxes", "Box"),
        ("photos", "Photo"),
        ("heroes", "Hero"),
        ("news", "News"),
        ("hypotheses", "Hypothesis"),
        ("salespeople", "Salespeople"),
        ("indexes", "Index"),
        ("setting", "Settings"),
    ],
)
def test_an_entity_is_found_under_its_plural(written: str, name: str) -> None:
    assert alike(written, name)


@pytest.mark.parametrize(
    ("written", "name"),
    [("products", "ProductCategory"), ("new", "News"), ("statu", "Status"), ("", ""), ("-", "_"), ("a", "")],
)
def test_different_things_are_not_alike(written: str, name: str) -> None:
    assert not alike(written, name)


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text())
def test_any_two_texts_are_compared(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)
    assert singular(singular(one)) == singular(one)
    assert all(key == name_key(key) for key in plural_keys(one) if key.isascii())


@pytest.mark.parametrize(
    ("path", "entity"),
    [
        ("/categories", "Category"),
        ("/product-categories/{id}", "ProductCategory"),
        ("/statuses", "Status"),
        ("/orders/{id}/addresses", "Address"),
        ("/product-categories", "Product*"),
    ],
)
def test_a_failure_of_an_endpoint_is_the_entity_s(path: str, entity: str) -> None:
    assert covers_entity("*", f"POST {path}", "ProductCategory" if "*" in entity else entity)
    assert covers_endpoint(entity, "*", path, "POST")


@pytest.mark.parametrize(
    "name",
    [
        *("NoneType", "dict", "list", "int", "Optional", "List", "Api", "API", "v1", "v2.1", "test_products"),
        *("TestProduct", "Tests", "ValueError", "HTTPException", "", "a b", "x" * 65, "DROP TABLE", "<b>"),
    ],
)
def test_what_is_no_entity(name: str) -> None:
    assert not is_entity_name(name)


@pytest.mark.parametrize(
    "name", ["Product", "Testimonial", "product-category", "Préfet", "ApiKey", "Listing"]
)
def test_what_is_one(name: str) -> None:
    assert is_entity_name(name)


def test_an_application_may_have_its_own_match() -> None:
    assert is_entity_name("Match", known=True)
    assert not is_entity_name("dict", known=True)


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/", ""),
        ("/api/v1", ""),
        ("/health", ""),
        ("/products", "products"),
        ("/api/v1/product-categories/{id}", "product-category"),
        ("/orders/{id}/cancel", "orders"),
        ("/users/{id}/addresses/{id}", "address"),
        ("/properties", "properties"),
    ],
)
def test_a_path_s_own_word(path: str, word: str) -> None:
    assert resource_of(path) == word


@pytest.mark.parametrize(
    ("table", "entity"),
    [
        ("products", "Product"),
        ("public.products", "Product"),
        ('"shop"."products"', "Product"),
        ("tbl_wares", "Ware"),
        ("shop_product_category", "ProductCategory"),
        ("product_tags", ""),
        ("audit_log", ""),
    ],
)
def test_the_entity_of_a_table(table: str, entity: str) -> None:
    known = (Entity("Product"), Entity("ProductCategory"), Entity("Tag"), Entity("Ware", table="TBL_WARES"))
    assert EntityNames(known).of_table(table) == entity
