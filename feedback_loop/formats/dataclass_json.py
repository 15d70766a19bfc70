"""Frozen values <-> what JSON knows: objects of their fields and lists, by the types they declare."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints


def value_fields(value: Any) -> Any:
    """A dataclass or NamedTuple as a dict of its fields, a tuple as a list; all else stays as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: value_fields(getattr(value, one.name)) for one in fields(value)}
    if _is_named(type(value)):
        return {name: value_fields(one) for name, one in value._asdict().items()}
    if isinstance(value, tuple):
        return [value_fields(one) for one in value]
    return value


def read_value(kind: Any, value: Any) -> Any:
    """The value of this type that the JSON says, fields that it leaves out as they are by default.

    Raises KeyError, TypeError, ValueError or AttributeError where it says none.
    """
    if isinstance(kind, type) and (is_dataclass(kind) or _is_named(kind)):
        known = _hints(kind)
        return kind(**{name: read_value(hint, value[name]) for name, hint in known.items() if name in value})
    if kind is int:
        return int(value)  # `3.0` is a whole number, too
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(read_value(inner[0], one) for one in value)
        return tuple(read_value(one, part) for one, part in zip(inner, value, strict=True))
    if origin in (Union, types.UnionType):
        return (
            None if value is None else read_value(next(one for one in inner if one is not type(None)), value)
        )
    return value


def _is_named(kind: type) -> bool:
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
