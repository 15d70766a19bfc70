"""A stored retro: `plans/retros/<period>.json` <-> Retro (formats.md section 7, H79).

Its keys are the fields of the values in `domain.retro`. Numbers that are no counts have six digits that
mean something: what a machine's arithmetic does beyond them is nobody's news.
"""

from __future__ import annotations

import json
from dataclasses import Field, fields, is_dataclass, replace
from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.retro import MOST_SOURCES, Figure, Retro
from feedback_loop.formats.dataclass_json import read_value
from feedback_loop.formats.schema import VERSION, check_schema
from feedback_loop.formats.strict_json import SIZE_CAP, parse_json

_FEWER = (MOST_SOURCES, 20, 3, 0)  # sources of a figure, until the document is small enough


def format_retro(retro: Retro) -> str:
    """The document. Where it would be too large to be read again, figures name fewer of their sources."""
    text = ""
    for most in _FEWER:
        value = {"schema_version": VERSION} | _written(retro, most)
        text = json.dumps(value, indent=2, sort_keys=True) + "\n"
        if len(text) <= SIZE_CAP:
            break
    return text


def parse_retro(data: bytes, path: str) -> tuple[Retro | None, list[Problem]]:
    """The retro of a document; with any problem there is none, and all problems are told."""
    document = parse_json(data, path)
    problems = document.problems or check_schema(document, "retro")
    if problems:
        return None, problems
    retro: Retro = read_value(Retro, document.value)
    return retro, []


def as_stored(retro: Retro) -> Retro:
    """The retro as it is read back: what a view shows of one just made is what it shows of the stored one."""
    stored: Retro = read_value(Retro, json.loads(format_retro(retro)))
    return stored


def _written(value: Any, most: int) -> Any:
    if isinstance(value, Figure):
        value = _with_fewer(value, most)
    if is_dataclass(value) and not isinstance(value, type):
        told = ((one, getattr(value, one.name)) for one in fields(value))
        return {one.name: _written(inner, most) for one, inner in told if not _is_left_out(one, inner)}
    if isinstance(value, tuple):
        return [_written(one, most) for one in value]
    return _rounded(value) if isinstance(value, float) else value


def _is_left_out(one: Field[Any], value: object) -> bool:
    """What came to the document later is missing where there is nothing, as in documents from before it."""
    return value is None and "left_out" in one.metadata


def _with_fewer(figure: Figure, most: int) -> Figure:
    dropped = max(0, len(figure.commits) - most) + max(0, len(figure.events) - most)
    if not dropped:
        return figure
    kept = figure.commits[:most], figure.events[:most]
    return replace(figure, commits=kept[0], events=kept[1], more=figure.more + dropped)


def _rounded(value: float) -> float:
    return float(f"{value:.6g}") + 0.0  # no minus zero
