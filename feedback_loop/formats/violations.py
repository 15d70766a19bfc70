"""Violations of a smoke test: what went wrong with which endpoint, as JSON or as Python values (C9).

One is {type, severity, endpoint, error_type, error_message, fix_hint, file, stack_trace}; all are optional,
but one that says neither an exception, nor a message, nor a status is no violation. `method`, `path` and
`status` or `status_code` are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback_loop.domain.failure import ERROR_TYPES
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.requests import METHODS, is_endpoint, named_request, path_of
from feedback_loop.domain.secrets import masked_and_capped
from feedback_loop.errors import InputError
from feedback_loop.formats.failed_test import clean
from feedback_loop.formats.report_json import (
    FAILURES_CAP,
    Executed,
    kept_problems,
    left_out,
    list_at,
    load_entries,
    part,
    text_at,
    utc,
)

_REASON_CAP = 500  # characters
_KEYS = ("endpoint", "error_type", "error_message", "stack_trace", "fix_hint", "type")
_CLASS = re.compile(r"(?:[^\W\d]\w*\.)*[A-Z]\w*")
_TOLD = re.compile(
    r"((?:[^\W\d]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning|Timeout|NotFound)): ?(.*)", re.DOTALL
)
_STATUS = re.compile(r"(?i)\b(?:HTTP|status(?:[ _]code)?|returned|got|received)[ :=/_-]*([45]\d\d)\b")
_EMPTY = "an empty violation: neither exception, nor message, nor status"


@dataclass(frozen=True)
class _Trace:
    """A stack trace that was given apart from the violations."""

    endpoint: str
    exception: str
    text: str


def read_violations(data: bytes) -> ReportRead:
    """A list of violations, JSON lines of them, or {violations, stack_traces, executed, run_id, timestamp}.

    An entry that is no object, or an empty one, is rejected by its number. Raises InputError for what is
    none of these, or larger than 64 MiB.
    """
    entries, problems = load_entries(data)
    values = [value for _, value in entries]
    whole: Mapping[str, Any] = {}
    if len(values) == 1 and isinstance(values[0], dict) and "violations" in values[0]:
        whole = values[0]
        if not isinstance(whole["violations"], list):
            raise InputError("violations: not a list")
        values = whole["violations"]
    elif values and not any(is_violation(value) for value in values):
        raise InputError(f"not a list of violations: no entry has one of {', '.join(_KEYS)}")
    told = list(_told(values, whole.get("stack_traces")))
    found = [one for one in told if isinstance(one, Reported)]
    problems += [one for one in told if isinstance(one, Problem)]
    problems += left_out(max(0, len(found) - FAILURES_CAP))
    executed = Executed()
    executed.take(*map(_endpoint_of, list_at(whole, "executed")), *(one.endpoint for one in found))
    return ReportRead(
        tuple(found[:FAILURES_CAP]),
        len(values),
        (),
        kept_problems(problems, "entries"),
        text_at(whole, "run_id").strip()[:200] or None,
        utc(whole.get("timestamp")),
        executed.told(),
    )


def violations_of(items: Sequence[Any], traces: Any) -> tuple[Reported, ...]:
    """The violations of Python values: mappings, or objects with attributes of these names.

    `traces` are stack traces given apart: a mapping by endpoint, or a list of {endpoint, error_type or
    exception_class, stack_trace}, or None. Empty ones are left out; `entry` still counts them.
    """
    return tuple(one for one in _told(items, traces) if isinstance(one, Reported))


def is_violation(value: Any) -> bool:
    """Whether an entry of a report looks like a violation."""
    keys = set(_KEYS) & value.keys() if isinstance(value, dict) else set()
    return bool(keys & {"error_message", "error_type", "stack_trace"}) or {"type", "endpoint"} <= keys


def _told(items: Sequence[Any], traces: Any) -> Iterator[Reported | Problem]:
    apart: dict[str, list[_Trace]] = {}
    for trace in _apart(traces):
        apart.setdefault(trace.endpoint, []).append(trace)
    for number, item in enumerate(items, 1):
        if isinstance(item, str | bytes | int | float | list | None) or type(item) is tuple:
            yield Problem("", 0, f"entry {number}: not an object")
        else:
            yield _reported(item, number, apart) or Problem("", 0, f"entry {number}: {_EMPTY}")


def _reported(item: Any, number: int, apart: Mapping[str, list[_Trace]]) -> Reported | None:
    endpoint = _endpoint_of(item)
    kind, message = _text(item, "error_type"), _text(item, "error_message")
    exception, message = _exception(kind, message)
    trace = _text(item, "stack_trace") or _matching(apart.get(endpoint, []), exception)
    status = _status(item, message if not exception else "")
    if not (exception or message.strip() or trace.strip() or status is not None):
        return None
    what = exception.rpartition(".")[2] or kind or _text(item, "type") or (f"HTTP {status}" if status else "")
    name = f"{endpoint or _text(item, 'file') or 'smoke test'} [{what or 'failure'}]"
    first = next((line.strip() for line in message.split("\n") if line.strip()), "")
    reason = ": ".join(part for part in (exception or kind, first) if part) or what
    fields: list[tuple[str, object]] = [
        ("test_name", name),
        ("failure_reason", masked_and_capped(reason or "failed", _REASON_CAP)),
    ]
    if file := _text(item, "file"):
        fields.append(("file_path", file))
    return Reported(
        "test_failure",
        tuple(fields),
        name,
        utc(part(item, "timestamp")),
        trace=trace,
        entry=number,
        endpoint=endpoint,
        status=status,
        exception=exception,
        message=message,
    )


def _exception(kind: str, message: str) -> tuple[str, str]:
    """Class and text: `error_type` may be a class; where it is a word as `database` the text may name one."""
    told = _TOLD.match(message)
    if told and (not _CLASS.fullmatch(kind) or told[1].rpartition(".")[2] == kind.rpartition(".")[2]):
        return told[1], told[2]
    if kind.lower() in ERROR_TYPES or not _CLASS.fullmatch(kind):
        return "", message
    return kind, message


def _status(item: Any, message: str) -> int | None:
    """The response's status: said as a number, or in the words of a message without exception."""
    for key in ("status", "status_code", "http_status", "actual_status"):
        value = part(item, key)
        if isinstance(value, str) and re.fullmatch("[1-5][0-9]{2}", value):
            value = int(value)
        if type(value) is int and 100 <= value < 600:
            return value
    found = _STATUS.search(message)
    return int(found[1]) if found else None


def _endpoint_of(item: Any) -> str:
    """`METHOD /path` of a text or an entry; "" where there is none, `* /path` without a method."""
    told = item if isinstance(item, str) else _text(item, "endpoint") or _text(item, "path")
    told = clean(told).strip()
    if is_endpoint(found := named_request(told)):
        return found
    method = "" if isinstance(item, str) else _text(item, "method").upper()
    if told.startswith(("/", "http://", "https://")):
        return f"{method if method in METHODS else '*'} {path_of(told)}"
    return ""


def _apart(traces: Any) -> Iterator[_Trace]:
    if isinstance(traces, Mapping):
        for key, value in traces.items():
            for one in value if isinstance(value, list | tuple) else [value]:
                text = clean(one) if isinstance(one, str) else _text(one, "stack_trace")
                yield _Trace(_endpoint_of(str(key)), _class_of(one), text)
    elif isinstance(traces, list | tuple):
        for one in traces:
            if isinstance(one, str):
                yield _Trace("", "", clean(one))
            else:
                text = _text(one, "stack_trace") or _text(one, "traceback")
                yield _Trace(_endpoint_of(one), _class_of(one), text)


def _class_of(item: Any) -> str:
    told = "" if isinstance(item, str) else _text(item, "exception_class") or _text(item, "error_type")
    return told.rpartition(".")[2] if _CLASS.fullmatch(told) else ""


def _matching(apart: list[_Trace], exception: str) -> str:
    """Of the stack traces of an endpoint that of the exception; one that says less fits, if it fits alone."""
    name = exception.rpartition(".")[2]
    fits = [one for one in apart if not name or not one.exception or one.exception == name]
    best = [one for one in fits if one.exception == name and name] or [
        one
        for one in fits
        if name and re.search(rf"^(?:[\w.]+\.)?{re.escape(name)}\b", one.text, re.MULTILINE)
    ]
    return (best or fits)[0].text if best or len(fits) == 1 else ""


def _text(item: Any, key: str) -> str:
    value = part(item, key)
    return clean(value) if isinstance(value, str) else ""
