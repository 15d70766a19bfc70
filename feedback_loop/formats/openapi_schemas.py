"""The schemas of an OpenAPI document: references followed, what is put together read as one (C16).

Nothing is fetched: only references into the document itself lead anywhere. A missing one, a circle and a
part of the wrong shape say nothing and are no error, for what is left still tells the application.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from feedback_loop.domain.api_model import ModelField

_HOPS = 16  # references that lead to references
_PARTS = 32  # schemas that one is put together of
_FIELDS = 500  # of one schema
_SCALARS = ("string", "integer", "number", "boolean", "array", "object")


class Schemas:
    """The document's parts by reference."""

    __slots__ = ("_document",)

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolve(self, part: Any) -> Mapping[str, Any]:
        """What a part says, local references followed; empty where there is nothing."""
        for _ in range(_HOPS):
            if not isinstance(part, Mapping):
                return {}
            reference = part.get("$ref")
            if not isinstance(reference, str):
                return part
            part = self._at(reference)
        return {}

    def name_of(self, part: Any) -> str:
        """The name of the schema that a part refers to: itself, as a list's items, or as a choice."""
        waiting = [part]
        for _ in range(_PARTS):
            if not waiting:
                break
            one = waiting.pop(0)
            if not isinstance(one, Mapping):
                continue
            reference = one.get("$ref")
            if isinstance(reference, str):
                return reference.rpartition("/")[2] if reference.startswith("#/") else ""
            waiting += [one.get("items"), *_choices(one)]
        return ""

    def parts(self, schema: Any) -> Iterator[Mapping[str, Any]]:
        """The schema, then what `allOf` puts into it, each once."""
        waiting = [schema]
        seen: set[int] = set()
        for _ in range(_PARTS):
            if not waiting:
                return
            part = self.resolve(waiting.pop(0))
            if id(part) in seen:
                continue
            seen.add(id(part))
            yield part
            waiting += _list_at(part, "allOf")

    def fields(self, schema: Any) -> Iterator[ModelField]:
        """The fields of an object; no `references` yet."""
        found: dict[str, ModelField] = {}
        parts = list(self.parts(schema))
        needed = {name for part in parts for name in _list_at(part, "required") if isinstance(name, str)}
        for part in parts:
            properties = part.get("properties")
            for name, value in islice(properties.items(), _FIELDS) if isinstance(properties, Mapping) else ():
                if name not in found and len(found) < _FIELDS:
                    found[name] = self._field(name, value, name in needed)
        yield from found.values()

    def _field(self, name: str, value: Any, required: bool) -> ModelField:
        said = self.resolve(value)
        choices = [self.resolve(one) for one in _choices(said)]
        types = {kind for one in (said, *choices) for kind in _types(one)}
        named = next((one for one in (said, *choices) if _kind(one)), {})
        unique = next((one["x-unique"] for one in (value, said) if _has_bool(one, "x-unique")), None)
        nullable = "null" in types or any(one.get("nullable") is True for one in (said, *choices))
        # A document that does not say null of a field says that there is none.
        return ModelField(name, _kind(named), required, unique, nullable)

    def _at(self, reference: str) -> Any:
        """What stands at `#/a/b`; None for anything else."""
        if not reference.startswith("#/"):
            return None
        part: Any = self._document
        for key in reference[2:].split("/"):
            key = key.replace("~1", "/").replace("~0", "~")
            if isinstance(part, list):
                part = part[int(key)] if key.isdecimal() and len(key) < 9 and int(key) < len(part) else None
            else:
                part = part.get(key) if isinstance(part, Mapping) else None
        return part


def _choices(part: Mapping[str, Any]) -> list[Any]:
    return [one for key in ("allOf", "anyOf", "oneOf") for one in _list_at(part, key)][:_PARTS]


def _list_at(part: Mapping[str, Any], key: str) -> list[Any]:
    value = part.get(key)
    return value[:_FIELDS] if isinstance(value, list) else []


def _types(part: Mapping[str, Any]) -> list[str]:
    """The types of a schema: one in 3.0, perhaps several in 3.1."""
    kind = part.get("type")
    return [one for one in (kind if isinstance(kind, list) else [kind]) if isinstance(one, str)]


def _kind(part: Mapping[str, Any]) -> str:
    """The format where there is one, else the type; "" for neither."""
    form = part.get("format")
    known = next((kind for kind in _types(part) if kind in _SCALARS), "")
    return form if isinstance(form, str) and known in ("string", "integer", "number") else known


def _has_bool(part: Any, key: str) -> bool:
    return isinstance(part, Mapping) and isinstance(part.get(key), bool)
