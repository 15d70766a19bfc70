"""The result of a smoke test as it comes from Python: an object or a mapping, checked once (C21)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from feedback_loop.api.arguments import check_id
from feedback_loop.errors import InputError
from feedback_loop.formats.report_json import part

_RUN_DIGITS = 16
_NO_OBJECT, _EMPTY = "not an object", "an empty violation: neither exception, nor message, nor status"


@dataclass(frozen=True)
class SmokeResult:
    """A smoke result: its violations and traces as they came, the endpoints it executed, its run."""

    violations: list[Any]
    traces: Any
    executed: tuple[str, ...]
    run: str


def read_smoke(result: object) -> SmokeResult:
    """`violations`, `stack_traces`, `executed` and `run_id`, as attributes or keys.

    Without a run's id one is made of the content. Raises InputError for another type and for an id
    that cannot stand in an event.
    """
    violations = part(result, "violations")
    traces = part(result, "stack_traces")
    executed = part(result, "executed")
    run = part(result, "run_id")
    for name, value in (("violations", violations), ("executed", executed)):
        if value is not None and (isinstance(value, str | Mapping) or not isinstance(value, Iterable)):
            raise InputError(f"smoke_result.{name} must be a list, not {type(value).__name__}")
    if violations is None and executed is None:
        raise InputError("smoke_result must have .violations, as an attribute or as a key")
    check_id("smoke_result.run_id", run)
    found, ran = list(violations or ()), list(executed or ())
    if not all(isinstance(one, str) for one in ran):
        raise InputError("smoke_result.executed must be texts such as 'POST /products'")
    return SmokeResult(found, traces, tuple(dict.fromkeys(ran)), run or _digest(found, traces, ran))


def unusable(violations: Iterable[Any], used: Container[int]) -> dict[int, str]:
    """By their number, from 1, what is wrong with the violations that are not among the `used`.

    The words are those of the same entries in a report.
    """
    return {
        number: f"entry {number}: {_EMPTY if is_object(one) else _NO_OBJECT}"
        for number, one in enumerate(violations, 1)
        if number not in used
    }


def is_object(violation: object) -> bool:
    """Whether there is anything to be asked: a mapping, or an object with attributes."""
    return not isinstance(violation, str | bytes | int | float | list | None) and type(violation) is not tuple


def _digest(*parts: object) -> str:
    """16 hexadecimal digits over the content; of objects their attributes count. Raises InputError."""
    try:
        text = json.dumps(parts, sort_keys=True, default=_plain, skipkeys=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError("smoke_result cannot be known again by its content", "give it a run_id") from error
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_RUN_DIGITS]


def _plain(value: object) -> object:
    """What JSON does not know, as its attributes; else by its type alone, for a text may hold an address."""
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, tuple):
        return list(value)
    return getattr(value, "__dict__", None) or type(value).__name__
