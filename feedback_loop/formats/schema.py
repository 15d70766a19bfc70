"""Documents against our JSON schemas (draft 2020-12): all problems at once, in words people use.

The one module that knows jsonschema.
"""

from __future__ import annotations

import difflib
import json
from importlib import resources
from typing import Any

import jsonschema

from feedback_loop.domain.problem import Problem
from feedback_loop.formats.strict_json import Document

NAMES = ("pattern", "settings", "findings")
VERSION = 1


def schema_text(name: str) -> str:
    """The schema as it is shipped."""
    return resources.files("feedback_loop").joinpath("schemas", f"{name}.json").read_text("utf-8")


def check_schema(document: Document, name: str) -> list[Problem]:
    """Every way in which the document breaks the schema, by line."""
    newer = _needs_newer(document)
    if newer:
        return [newer]
    validator = jsonschema.Draft202012Validator(json.loads(schema_text(name)))
    problems = []
    for error in validator.iter_errors(document.value):
        pointer = "".join(f"/{part}" for part in error.absolute_path)
        for where, words in _words(error, pointer):
            problems.append(document.problem(where, words))
    return sorted(problems)


def _needs_newer(document: Document) -> Problem | None:
    version = document.value.get("schema_version") if isinstance(document.value, dict) else None
    if isinstance(version, int) and version > VERSION:
        return document.problem("/schema_version", f"version {version} needs a newer feedback-loop")
    return None


def _words(error: jsonschema.ValidationError, pointer: str) -> list[tuple[str, str]]:
    value: Any = error.instance
    schema: Any = error.schema
    expected: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = sorted(schema.get("properties", {}))
        unknown = [key for key in value if key not in known]
        return [(f"{pointer}/{key}", f"unknown key{did_you_mean(key, known)}") for key in unknown]
    if error.validator == "enum":
        allowed = [str(one) for one in expected]
        return [(pointer, f"{value!r} is not one of {', '.join(allowed)}{did_you_mean(str(value), allowed)}")]
    if error.validator == "required":
        missing = [key for key in expected if key not in value]
        return [(pointer, f"key {key!r} is missing") for key in missing]
    if error.validator == "type":
        return [(pointer, f"expected {_kind(expected)}, not {_short(value)}")]
    if error.validator == "pattern":
        return [(pointer, schema.get("description", f"{value!r} does not match {expected}"))]
    if error.validator == "maxLength":
        return [(pointer, f"longer than {expected} characters ({len(value)})")]
    if error.validator == "const":
        return [(pointer, f"must be {expected!r}, not {_short(value)}")]
    return [(pointer, error.message if len(error.message) < 200 else f"breaks {error.validator!r}")]


def _kind(names: str | list[str]) -> str:
    return names if isinstance(names, str) else " or ".join(names)


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def did_you_mean(word: str, known: list[str]) -> str:
    """` (did you mean 'x'?)` if something close is known, else nothing."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""
