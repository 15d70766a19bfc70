"""`ir.json`: an application's entities and endpoints, written by hand or by a generator (C16).

{"entities": [{"name": "Product", "table": "products", "schemas": ["ProductCreate"],
               "fields": [{"name": "category_id", "type": "integer", "required": true, "unique": false,
                           "nullable": false, "references": "Category"}]}],
 "endpoints": [{"method": "POST", "path": "/products", "entity": "Product"}],
 "base_paths": ["/api/v1"]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from feedback_loop.domain.api_model import ApiModel, Endpoint, Entity, ModelField
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.requests import METHODS
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.strict_json import PROBLEM_CAP, Document

_T = TypeVar("_T")
_TOP = ("entities", "endpoints", "base_paths")
_ENTITY = ("name", "fields", "table", "schemas")
_FIELD = ("name", "type", "required", "unique", "nullable", "references")
_ENDPOINT = ("method", "path", "entity")


def read_ir(document: Document) -> ApiModel:
    """The model of a parsed document. Raises InputError that names every fault with its place."""
    reader = _Reader(document)
    top = reader.mapping(document.value, "", _TOP)
    model = ApiModel(
        reader.each(top, "", "entities", reader.entity),
        reader.each(top, "", "endpoints", reader.endpoint),
        reader.each(top, "", "base_paths", reader.base_path),
    )
    reader.check_twice(model)
    if reader.problems:
        shown = [str(one) for one in reader.problems[:PROBLEM_CAP]]
        left = len(reader.problems) - len(shown)
        raise InputError("\n".join([*shown, *([f"and {left} more problems"] if left else [])]))
    return model


class _Reader:
    """Takes the parts of one document and collects what is wrong with them."""

    def __init__(self, document: Document) -> None:
        self.problems: list[Problem] = []
        self._document = document

    def mapping(self, value: Any, place: str, known: tuple[str, ...]) -> Mapping[str, Any]:
        """The object, less the keys that are not known."""
        if not isinstance(value, dict):
            self._report(place, "must be an object")
            return {}
        for key in value:
            if key not in known:
                self._report(place, f"unknown key {short(key)} (known: {', '.join(known)})")
        return value

    def each(
        self, holder: Mapping[str, Any], place: str, key: str, read: Callable[[Any, str], _T]
    ) -> tuple[_T, ...]:
        """The members of a list, none where it is not given."""
        value = holder.get(key, [])
        if not isinstance(value, list):
            self._report(f"{place}/{key}", "must be a list")
            return ()
        return tuple(read(one, f"{place}/{key}/{at}") for at, one in enumerate(value))

    def entity(self, value: Any, place: str) -> Entity:
        one = self.mapping(value, place, _ENTITY)
        return Entity(
            self._text(one, place, "name", needed=True),
            self.each(one, place, "fields", self.field),
            self._text(one, place, "table"),
            self.each(one, place, "schemas", self._plain),
        )

    def field(self, value: Any, place: str) -> ModelField:
        one = self.mapping(value, place, _FIELD)
        required, unique, nullable = (self._flag(one, place, key) for key in _FIELD[2:5])
        name, kind, references = (
            self._text(one, place, key, needed=key == "name") for key in ("name", "type", "references")
        )
        return ModelField(name, kind, required, unique, nullable, references)

    def endpoint(self, value: Any, place: str) -> Endpoint:
        one = self.mapping(value, place, _ENDPOINT)
        method = self._text(one, place, "method", needed=True).upper()
        path = self._text(one, place, "path", needed=True)
        if method and method not in (*METHODS, "*"):
            self._report(f"{place}/method", f"must be one of {', '.join(METHODS)}, *")
        if path and not path.startswith("/"):
            self._report(f"{place}/path", "must begin with /")
        return Endpoint(method, path, self._text(one, place, "entity"))

    def base_path(self, value: Any, place: str) -> str:
        path = self._plain(value, place).rstrip("/")
        if path and not path.startswith("/"):
            self._report(place, "must begin with /")
        return path

    def check_twice(self, model: ApiModel) -> None:
        seen: set[str] = set()
        for at, one in enumerate(model.entities):
            if one.name and one.name in seen:
                self._report(f"/entities/{at}/name", f"{short(one.name)} is given twice")
            seen.add(one.name)

    def _text(self, holder: Mapping[str, Any], place: str, key: str, needed: bool = False) -> str:
        value = holder.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or (needed and not value.strip()):
            where = f"{place}/{key}" if key in holder else place
            self._report(where, "must be a text" if key in holder else f"`{key}` is missing")
            return ""
        return value

    def _plain(self, value: Any, place: str) -> str:
        if not isinstance(value, str):
            self._report(place, "must be a text")
            return ""
        return value

    def _flag(self, holder: Mapping[str, Any], place: str, key: str) -> bool | None:
        value = holder.get(key)
        if value is not None and not isinstance(value, bool):
            self._report(f"{place}/{key}", "must be true or false")
            return None
        return value

    def _report(self, place: str, message: str) -> None:
        problem = self._document.problem(place, message)
        nowhere = isinstance(self._document.places, int)  # what a program handed over has no lines
        self.problems.append(replace(problem, line=0) if nowhere else problem)
