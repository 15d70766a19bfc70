"""`python.call`: calls of the functions you name, with or without certain arguments (DET-6)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.registry import Match, Parameters, check
from feedback_loop.detectors.syntax import constant, keyword_of, name_span, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from feedback_loop.detectors.syntax import Module, RawSpan

_KNOWN = ("arguments", "names", "with_keywords", "without_keywords")


def named_calls(module: Module, params: dict[str, Any]) -> Iterator[_ast.Call]:
    """Sites: every call of one of the names."""
    names = {name.removeprefix("builtins.") for name in params["names"]}
    last = {name.rpartition(".")[2] for name in names}
    for call in module.nodes(_ast.Call):
        if _last_word(call.func) in last and _full_name(module, call.func) in names:
            yield call


def _parameters(params: dict[str, Any]) -> Parameters:
    """`names`: dotted names as the module that defines them says it (`builtins.` may be left out).

    `with_keywords`: arguments of which one must be given by keyword, with this value (null = any);
    `without_keywords`: arguments that must all be left out; `arguments`: `min` and `max` of positional ones.
    """
    problems = [(f"/{key}", "unknown parameter") for key in sorted(set(params) - set(_KNOWN))]
    names = params.get("names")
    if not _texts(names) or not names:
        problems.append(("/names", "a list of dotted names is needed, e.g. requests.get"))
        return Parameters(problems)
    problems += [
        (f"/names/{index}", f"{name!r} is no dotted name")
        for index, name in enumerate(names)
        if not all(part.isidentifier() for part in name.split("."))
    ]
    given = params.get("with_keywords", {})
    if not isinstance(given, dict) or not all(map(str.isidentifier, given)):
        problems.append(("/with_keywords", "an object of argument names and their values is needed"))
        given = {}
    problems += [
        (f"/with_keywords/{key}", "a text, a number, true, false or null is needed")
        for key, value in given.items()
        if isinstance(value, dict | list)
    ]
    without = params.get("without_keywords", [])
    if not _texts(without) or not all(map(str.isidentifier, without)):
        problems.append(("/without_keywords", "a list of argument names is needed"))
    if not _is_range(params.get("arguments", {})):
        problems.append(("/arguments", "an object with min and max is needed"))
    literals = {name.rpartition(".")[2] for name in names} | set(given)
    return Parameters(problems, tuple(sorted(literal.encode() for literal in literals)))


def _is_range(counts: object) -> bool:
    if not isinstance(counts, dict) or not set(counts) <= {"min", "max"}:
        return False
    if not all(type(value) is int and value >= 0 for value in counts.values()):
        return False
    least: int = counts.get("min", 0)
    most: int = counts.get("max", least)
    return least <= most


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


@check("python.call", sites=named_calls, takes=_parameters)
def call(module: Module, params: dict[str, Any]) -> Iterator[Match]:
    """Calls of one of the names whose arguments are as the parameters say."""
    given = params.get("with_keywords", {})
    without = params.get("without_keywords", ())
    counts = params.get("arguments", {})
    for found in named_calls(module, params):
        spread = any(keyword.arg is None for keyword in found.keywords)
        if without and (spread or any(keyword_of(found, name) for name in without)):
            continue
        if any(isinstance(one, _ast.Starred) for one in found.args) and counts:
            continue
        if not counts.get("min", 0) <= len(found.args) <= counts.get("max", len(found.args)):
            continue
        offending = [
            place for name, value in given.items() if (place := _argument(found, name, value)) is not None
        ]
        if not given or offending:
            yield Match(span(found), name_span(found.func), *offending)


def _argument(found: _ast.Call, name: str, value: object) -> RawSpan | None:
    keyword = keyword_of(found, name)
    if keyword is None:
        return None
    actual = constant(keyword.value)
    same = type(actual) is type(value) and actual == value
    line, column = keyword.lineno, keyword.col_offset
    return (line, column, line, column + len(name.encode())) if value is None or same else None


def _last_word(callee: _ast.expr) -> str:
    return callee.attr if isinstance(callee, _ast.Attribute) else getattr(callee, "id", "")


def _full_name(module: Module, callee: _ast.expr) -> str | None:
    name = module.resolve(callee)
    return name.removeprefix("builtins.") if name else None
