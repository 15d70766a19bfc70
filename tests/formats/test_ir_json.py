"""`ir.json`: what it holds, and every fault of it with its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.api_model import ApiModel, Endpoint, Entity, ModelField
from feedback_loop.errors import InputError
from feedback_loop.formats.model_text import model_of_mapping, read_model_text


def fault(text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_model_text(text.encode(), "ir.json")
    return caught.value.message


def test_an_empty_one() -> None:
    assert read_model_text(b'{"entities": []}', "ir.json") == ApiModel()


def test_all_that_it_can_say() -> None:
    field = {
        "name": "category_id",
        "type": "integer",
        "required": True,
        "nullable": False,
        "references": "Category",
    }
    value = {
        "entities": [{"name": "Product", "table": "wares", "schemas": ["ProductCreate"], "fields": [field]}],
        "endpoints": [
            {"method": "post", "path": "/products", "entity": "Product"},
            {"method": "*", "path": "/"},
        ],
        "base_paths": ["/api/"],
    }
    model = ApiModel(
        (
            Entity(
                "Product",
                (ModelField("category_id", "integer", True, None, False, "Category"),),
                "wares",
                ("ProductCreate",),
            ),
        ),
        (Endpoint("POST", "/products", "Product"), Endpoint("*", "/")),
        ("/api",),
    )
    assert read_model_text(json.dumps(value).encode(), "ir.json") == model
    assert model_of_mapping(value) == model


def test_every_fault_is_told_at_once_with_its_line() -> None:
    text = """{
      "entities": [{"name": "A", "colour": 1, "fields": [{"nmae": "x"}, {"name": "y", "unique": "yes"}]},
                   7, {"name": "A", "fields": {}}],
      "endpoints": [{"method": "FETCH", "path": "products"}],
      "base_paths": "/api", "extra": 1
    }"""
    told = fault(text).splitlines()
    assert [line.partition(" (known")[0] for line in told] == [
        "ir.json:1: unknown key 'extra'",
        "ir.json:2: /entities/0: unknown key 'colour'",
        "ir.json:2: /entities/0/fields/0: unknown key 'nmae'",
        "ir.json:2: /entities/0/fields/0: `name` is missing",
        "ir.json:2: /entities/0/fields/1/unique: must be true or false",
        "ir.json:3: /entities/1: must be an object",
        "ir.json:3: /entities/1: `name` is missing",
        "ir.json:3: /entities/2/fields: must be a list",
        "ir.json:4: /endpoints/0/method: must be one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, TRACE, *",
        "ir.json:4: /endpoints/0/path: must begin with /",
        "ir.json:5: /base_paths: must be a list",
        "ir.json:3: /entities/2/name: 'A' is given twice",
    ]


def test_very_many_faults_are_cut() -> None:
    told = fault(json.dumps({"entities": [1] * 500})).splitlines()
    assert len(told) == 101
    assert told[-1] == "and 900 more problems"


def test_a_dict_has_no_lines() -> None:
    with pytest.raises(InputError, match=r"^the model: /entities/0: unknown key 'x'"):
        model_of_mapping({"entities": [{"name": "A", "x": 1}]})


KEYS = st.sampled_from(
    ["entities", "endpoints", "name", "fields", "method", "path", "entity", "unique", "schemas"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


@settings(max_examples=100, deadline=None)
@given(VALUES, VALUES)
def test_any_json_gives_a_model_or_one_error(entities: object, endpoints: object) -> None:
    value = {"entities": entities, "endpoints": endpoints}
    try:
        assert model_of_mapping(value) == read_model_text(json.dumps(value).encode(), "a.json")
    except InputError as error:
        assert error.message.startswith("the model")
