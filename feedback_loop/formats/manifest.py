"""What a generation says it produced: `--manifest FILE`, or the same from Python (C6, C21)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from feedback_loop.domain.exposure import Manifest
from feedback_loop.domain.requests import METHODS
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.strict_json import parse_json

_LISTS = ("files", "entities", "endpoints")
_KEYS = ("generation_id", *_LISTS)
_SHOWN = 3  # problems, or entries, in a message
_ENDPOINT = re.compile(rf"(?:\*|{'|'.join(METHODS)})\s+/\S*", re.IGNORECASE)


def read_manifest(data: bytes, shown: str = "the manifest") -> Manifest:
    """The manifest that a JSON object says: `generation_id`, `files`, `entities`, `endpoints`.

    Any of them may be missing. Raises InputError for what is no JSON object, and names every key that is not
    known, every field of another type, and endpoints that are not `METHOD /path`; `shown` is what it calls
    the file.
    """
    shown = visible(shown)
    document = parse_json(data, shown)
    if document.problems:
        raise InputError("; ".join(map(str, document.problems[:_SHOWN])))
    if not isinstance(document.value, dict):
        raise InputError(f"{shown}: an object is needed, not {type(document.value).__name__}")
    return _manifest(document.value, shown)


def manifest_of(value: object) -> Manifest:
    """The manifest of a mapping, of an object with these attributes, or itself; None is an empty one.

    Raises InputError as `read_manifest`.
    """
    if isinstance(value, Manifest):
        return value
    if value is None:
        return Manifest()
    if isinstance(value, Mapping):
        return _manifest(value, "the manifest")
    if isinstance(value, str | bytes) or not any(hasattr(value, name) for name in _KEYS):
        raise InputError(f"the manifest must be a mapping, not {type(value).__name__}")
    return _manifest({name: getattr(value, name, None) for name in _KEYS}, "the manifest")


def _manifest(value: Mapping[Any, Any], shown: str) -> Manifest:
    wrong = list(_unknown(value))
    generation = value.get("generation_id")
    if generation is not None and not isinstance(generation, str):
        wrong.append("generation_id must be text")
    lists: dict[str, tuple[str, ...]] = {}
    for name in _LISTS:
        found = _texts(value.get(name))
        if found is None:
            wrong.append(f"{name} must be a list of texts")
        else:
            lists[name] = found
    wrong += _no_endpoints(lists.get("endpoints", ()))
    if wrong:
        raise InputError(f"{shown}: {'; '.join(wrong)}")
    return Manifest((generation or "").strip(), **lists)


def _unknown(value: Mapping[Any, Any]) -> Iterator[str]:
    keys = [key for key in value if key not in _KEYS]
    if keys:
        yield f"unknown key {_some(keys)} (known: {', '.join(_KEYS)})"


def _no_endpoints(endpoints: Iterable[str]) -> Iterator[str]:
    """What no run could be held against: it would count as not made, and nothing would say so."""
    wrong = [one for one in endpoints if not _ENDPOINT.fullmatch(one)]
    if wrong:
        yield f"endpoints must be METHOD /path, not {_some(wrong)}"


def _some(values: list[Any]) -> str:
    shown = ", ".join(map(short, values[:_SHOWN]))
    return shown if len(values) <= _SHOWN else f"{shown} and {len(values) - _SHOWN} more"


def _texts(value: object) -> tuple[str, ...] | None:
    """Each text once, none blank; None for what is no list of texts."""
    if value is None:
        return ()
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return None
    found = list(value)
    if not all(isinstance(one, str) for one in found):
        return None
    return tuple(dict.fromkeys(one.strip() for one in found if one.strip()))
