"""A file that tells an application: an OpenAPI document or an `ir.json`, whichever it is (C16)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from feedback_loop.domain.api_model import ApiModel
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.ir_json import read_ir
from feedback_loop.formats.openapi import read_openapi
from feedback_loop.formats.report_json import load_one
from feedback_loop.formats.strict_json import SIZE_CAP, Document, parse_json

LARGEST = 16 << 20  # bytes; above those of other documents, for an API of many parts has a long one
_YAML = re.compile(rb"\s*(?:#[^\n]*\n\s*)*(?:---|%YAML|[\"']?[A-Za-z_]+[\"']?:(?:\s|\Z))")
_HINT = "an OpenAPI 3 document as JSON, or an ir.json with `entities` and `endpoints`"


def read_model_text(data: bytes, name: str) -> ApiModel:
    """The model that a file tells; `name` is what messages call it.

    Raises InputError for YAML, for JSON that is broken, and for what is neither of the two.
    """
    shown = visible(name)
    document = _parsed(data, shown)
    if document.problems:
        if _is_yaml(data, name):
            raise InputError(
                f"{shown}: YAML is not read",
                "convert it to JSON; most frameworks serve that one too, such as /openapi.json",
            )
        raise InputError("\n".join(map(str, document.problems)))
    if not isinstance(document.value, Mapping):
        raise InputError(f"{shown}: not an object", _HINT)
    return _model(document)


def model_of_mapping(value: Mapping[str, Any]) -> ApiModel:
    """The model that a parsed document tells. Raises InputError if it is neither of the two."""
    return _model(Document("the model", dict(value)))


def _model(document: Document) -> ApiModel:
    """The model; every error says whose it is."""
    try:
        return _sniffed(document)
    except InputError as error:
        told, shown = error.message, f"{document.path}:"
        raise InputError(told if told.startswith(shown) else f"{shown} {told}", error.hint) from None


def _sniffed(document: Document) -> ApiModel:
    value = document.value
    if "openapi" in value or "swagger" in value:
        return read_openapi(value)
    if "entities" in value or "endpoints" in value:
        return read_ir(document)
    raise InputError("neither OpenAPI nor an ir.json", _HINT)


def _parsed(data: bytes, shown: str) -> Document:
    if len(data) <= SIZE_CAP:
        return parse_json(data.removeprefix(b"\xef\xbb\xbf"), shown)
    if len(data) > LARGEST:
        raise InputError(f"{shown}: larger than {LARGEST >> 20} MiB")
    try:
        return Document(shown, load_one(data))
    except InputError as error:
        raise InputError(f"{shown}: {error.message}", error.hint) from None


def _is_yaml(data: bytes, name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml")) or _YAML.match(data[:2000]) is not None
