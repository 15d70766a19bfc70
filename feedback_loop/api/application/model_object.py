"""An application's model as a program hands it over: ours, a parsed document, or any object like it (C16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from feedback_loop.domain.api_model import ApiModel, Endpoint, Entity, ModelField
from feedback_loop.errors import InputError
from feedback_loop.formats.model_text import model_of_mapping

_FORMS = "an ApiModel, an OpenAPI document, an ir.json as a dict, or an object with entities and endpoints"


def model_of(value: object) -> ApiModel | None:
    """The model that a value is; None stays None.

    An object has `entities` (items with `name`, perhaps `fields`, `table`, `schemas`), `endpoints` (items
    with `method`, `path`, perhaps `entity`) and perhaps `base_paths`; items have attributes or keys. Raises
    InputError for anything else.
    """
    if value is None or isinstance(value, ApiModel):
        return value
    if isinstance(value, Mapping):
        return model_of_mapping(value)
    if not (hasattr(value, "entities") or hasattr(value, "endpoints")):
        raise InputError(f"no model of an application: {type(value).__name__}", f"give {_FORMS}")
    return ApiModel(
        tuple(_entity(one) for one in _items(value, "entities")),
        tuple(_endpoint(one) for one in _items(value, "endpoints")),
        tuple(one for one in _items(value, "base_paths") if isinstance(one, str)),
    )


def _entity(item: object) -> Entity:
    return Entity(
        _text(item, "name", needed=True),
        tuple(_field(one) for one in _items(item, "fields")),
        _text(item, "table"),
        tuple(one for one in _items(item, "schemas") if isinstance(one, str)),
    )


def _field(item: object) -> ModelField:
    flags = (_get(item, key) for key in ("required", "unique", "nullable"))
    required, unique, nullable = (one if isinstance(one, bool) else None for one in flags)
    name, kind, references = (
        _text(item, key, needed=key == "name") for key in ("name", "type", "references")
    )
    return ModelField(name, kind, required, unique, nullable, references)


def _endpoint(item: object) -> Endpoint:
    method, path = _text(item, "method", needed=True), _text(item, "path", needed=True)
    return Endpoint(method.upper(), path, _text(item, "entity"))


def _get(item: object, key: str) -> Any:
    return item.get(key) if isinstance(item, Mapping) else getattr(item, key, None)


def _text(item: object, key: str, needed: bool = False) -> str:
    """The text under the key, that of an enumeration's member too."""
    value = _get(item, key)
    value = value if isinstance(value, str) else getattr(value, "value", None)
    if isinstance(value, str):
        return str(value)
    if needed:
        raise InputError(f"an item of the model has no {key}: {type(item).__name__}")
    return ""


def _items(holder: object, key: str) -> list[Any]:
    """The members of a list, the values of a mapping; none where it is not given."""
    value = _get(holder, key)
    if isinstance(value, Mapping):
        return list(value.values())
    if value is None:
        return []
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise InputError(f"`{key}` of the model must be a list, not {type(value).__name__}")
    return list(value)
