"""Documents against our JSON schemas (draft 2020-12): all problems at once, in words people use.

The one module that knows jsonschema.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
from jsonschema.validators import extend

from feedback_loop.domain.problem import Problem
from feedback_loop.formats.strict_json import PROBLEM_CAP, Document, pointer_to

NAMES = ("pattern", "settings", "findings", "plan", "event", "retro")
VERSION = 1
_SHOWN = 60  # of a value or a word that somebody wrote
_WORD_CAP = 200  # nobody meant a longer word
_REFUSED = ("#/$defs/refused", "#/$defs/no_site")


def schema_text(name: str) -> str:
    """The schema as it is shipped."""
    return resources.files("feedback_loop").joinpath("schemas", f"{name}.json").read_text("utf-8")


def check_schema(document: Document, name: str) -> list[Problem]:
    """Every way in which the document breaks the schema, by line; of very many the first hundred."""
    newer = _needs_newer(document)
    if newer:
        return [newer]
    problems: set[Problem] = set()
    for error in _validator(name).iter_errors(document.value):
        for where, words in _words(error, pointer_to(error.absolute_path)):
            problems.add(document.problem(where, words))
            if len(problems) >= PROBLEM_CAP:
                return [*sorted(problems), document.problem("", "more problems than can be listed")]
    return sorted(problems)


def _needs_newer(document: Document) -> Problem | None:
    version = document.value.get("schema_version") if isinstance(document.value, dict) else None
    if isinstance(version, int) and version > VERSION:
        return document.problem("/schema_version", f"version {version} needs a newer feedback-loop")
    return None


def _matches(_: Any, pattern: str, value: object, schema: object) -> Iterator[jsonschema.ValidationError]:
    """`pattern` as JSON Schema means it: in Python `$` would let a line break pass at the end."""
    if isinstance(value, str) and not re.search(re.sub(r"\$\Z", r"\\Z", pattern), value):
        yield jsonschema.ValidationError("does not match")


_Validator: Any = extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {"pattern": _matches}
)


@cache
def _validator(name: str) -> Any:
    return _Validator(json.loads(schema_text(name)))


def _words(error: jsonschema.ValidationError, pointer: str) -> Iterator[tuple[str, str]]:
    value: Any = error.instance
    schema: Any = error.schema
    expected: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = sorted(key for key, one in schema.get("properties", {}).items() if not _is_refused(one))
        owner = f" of {schema['description']}" if "description" in schema else ""
        for key in value:
            if key not in schema.get("properties", {}):
                yield pointer + pointer_to([key]), f"unknown key{owner}{did_you_mean(key, known)}"
    elif error.validator == "enum":
        allowed = [str(one) for one in expected]
        shown, hint = _short(value), ""
        if isinstance(value, str):
            shown, hint = _cut(repr(value)), did_you_mean(value, allowed)
        yield pointer, f"{shown} is not one of {', '.join(allowed)}{hint}"
    elif error.validator == "required":
        for key in expected:
            if key not in value:
                yield pointer, f"key {key!r} is missing"
    elif error.validator == "type":
        yield pointer, f"expected {_kind(expected)}, not {_short(value)}"
    elif error.validator == "pattern":
        words = schema.get("description", f"{_cut(repr(value))} does not match {expected}")
        is_key = "propertyNames" in error.absolute_schema_path
        yield pointer, f"key {_cut(repr(value))}: {words}" if is_key else words
    elif error.validator == "oneOf":
        keys = [repr(key) for one in expected for key in one["required"]]
        yield pointer, f"exactly one of the keys {' and '.join(keys)} is needed"
    elif error.validator == "not":
        yield pointer, schema["description"]
    elif error.validator == "maxLength":
        yield pointer, f"longer than {expected} characters ({len(value)})"
    elif error.validator == "maxItems":
        yield pointer, f"more than {expected} entries ({len(value)})"
    elif error.validator == "const":
        yield pointer, f"must be {expected!r}, not {_short(value)}"
    else:
        yield pointer, error.message if len(error.message) < 200 else f"breaks {error.validator!r}"


def _is_refused(schema: Any) -> bool:
    """Whether a key is listed only so that its refusal can be explained."""
    return isinstance(schema, dict) and schema.get("$ref") in _REFUSED


def _kind(names: str | list[str]) -> str:
    return names if isinstance(names, str) else " or ".join(names)


def _short(value: object) -> str:
    return _cut(json.dumps(value, default=str))  # TOML has dates, JSON has none


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def did_you_mean(word: str, known: list[str]) -> str:
    """` (did you mean 'x'?)` if something close is known, else nothing."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6) if len(word) <= _WORD_CAP else []
    return f" (did you mean {close[0]!r}?)" if close else ""
