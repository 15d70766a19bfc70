"""What a generation says it produced."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.exposure import Manifest
from feedback_loop.errors import InputError
from feedback_loop.formats.manifest import manifest_of, read_manifest

WHOLE = {
    "generation_id": "g1",
    "files": ["app/models.py"],
    "entities": ["Product", "Product", " "],
    "endpoints": ["POST /products"],
}
READ = Manifest("g1", ("app/models.py",), ("Product",), ("POST /products",))


def test_nothing_is_an_empty_manifest() -> None:
    assert read_manifest(b"{}") == manifest_of(None) == manifest_of({}) == Manifest()


def test_all_that_it_says() -> None:
    assert read_manifest(json.dumps(WHOLE).encode()) == READ
    assert manifest_of(WHOLE) == manifest_of(SimpleNamespace(**WHOLE)) == manifest_of(READ) == READ
    assert manifest_of({"entities": {"Product": 1}.keys(), "generation_id": None}).entities == ("Product",)


def test_every_field_that_is_wrong_is_named() -> None:
    with pytest.raises(InputError) as caught:
        read_manifest(b'{"generation_id": 3, "files": "a.py", "entities": [1], "endpoints": {}}', "m.json")
    assert caught.value.message == (
        "m.json: generation_id must be text; files must be a list of texts; "
        "entities must be a list of texts; endpoints must be a list of texts"
    )


def test_every_key_that_is_not_known_is_named() -> None:
    known = "(known: generation_id, files, entities, endpoints)"
    with pytest.raises(InputError) as caught:
        read_manifest(b'{"generation": "g1", "entities": ["Product"], "a\\u202e": 1}', "m\u202e.json")
    assert caught.value.message == rf"""m\u202e.json: unknown key 'generation', 'a\u202e' {known}"""
    with pytest.raises(InputError, match="the manifest: unknown key 'a', 'b', 'c' and 2 more") as caught:
        manifest_of(dict.fromkeys("abcde"))
    assert (
        manifest_of(SimpleNamespace(generation_id="g", run=3)).generation_id == "g"
    )  # of an object not asked


@pytest.mark.parametrize(
    "endpoint", ["/products", "POST", "POST products", "SEND /a", "POST http://h/a", "GET /a b"]
)
def test_an_endpoint_that_is_none_is_named(endpoint: str) -> None:
    with pytest.raises(InputError) as caught:
        manifest_of({"endpoints": ["GET /a", endpoint, "* /b/{id}", "post /c"]})
    assert caught.value.message == f"the manifest: endpoints must be METHOD /path, not {endpoint!r}"


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"[]", "an object is needed, not list"), (b"{", "not JSON"), (b"\xff", "not UTF-8"), (b"", "not JSON")],
)
def test_what_is_no_object_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_manifest(data)


@pytest.mark.parametrize("value", ["g1", 3, b"{}", []])
def test_what_is_no_mapping_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="the manifest must be a mapping"):
        manifest_of(value)


@settings(max_examples=100, deadline=None)
@given(st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
    lambda value: json.dumps({"entities": value, "generation_id": "g"}).encode()
))  # fmt: skip
def test_any_bytes_are_a_manifest_or_refused(data: bytes) -> None:
    try:
        found = read_manifest(data)
    except InputError:
        return
    assert all(isinstance(one, str) and one.strip() == one for one in found.entities)
