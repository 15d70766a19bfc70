"""What stands within guards and wraps: the recipe's own lines, or what is still to be written."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from feedback_loop.engines.generate.flow import is_final
from feedback_loop.engines.generate.layout import filled, raised, rows_of
from feedback_loop.engines.generate.module_names import ModuleNames
from feedback_loop.engines.generate.names import renamed
from feedback_loop.engines.generate.placing import Plan
from feedback_loop.engines.generate.recipes import Recipe

_SHOWN = 50  # characters of the prompt in a scaffold
_LATER = "pass  # still to be written\n"
_Names = Mapping[str, str]


def format_within(
    plan: Plan, names: ModuleNames, own: _Names, maps: Mapping[str, _Names], bodies: Mapping[str, str]
) -> str:
    """Setup, the resource with the body in it, what comes after.

    `own` are the names of the recipe's imports, `maps` those of each placed pattern, `bodies` the patterns'
    frames under these names.
    """
    resources = [bodies[one.frame.pattern] for one in plan.of_role("resource")]
    if plan.recipe is None:
        return _left(plan.intent.prompt, "".join(resources))
    setup, body, after = _pieces(plan, plan.recipe, names, own, maps)
    for resource in resources:
        body = filled(resource, body)
    return setup + body + after


def _left(prompt: str, resource: str) -> str:
    """What is still to be written, said once: in the slot of the resource, if there is one.

    Behind it where the slot may be passed by, such as that of a loop over nothing.
    """
    asked = " ".join(prompt.split())
    cut = asked if len(asked) <= _SHOWN else asked[: _SHOWN - 3] + "..."
    left = raised("NotImplementedError", f"still to be written: {cut}")
    if not resource:
        return left
    inside = filled(resource, left)
    return inside if is_final(inside) else filled(resource, _LATER) + left


def _pieces(
    plan: Plan, recipe: Recipe, names: ModuleNames, own: _Names, maps: Mapping[str, _Names]
) -> tuple[str, str, str]:
    pieces = (
        recipe.setup,
        recipe.body,
        recipe.after + (f"return {recipe.result}\n" if recipe.result else ""),
    )
    settled = {one.name: one.name for one in plan.params}
    settled.update((name, maps[pattern][name]) for pattern, name in recipe.uses)
    known = names.add_locals("".join(pieces), own, settled)
    calls = [maps[one.frame.pattern][one.frame.name] for one in plan.of_role("convert_return")]
    setup, body, after = (_converted(renamed(one, known), calls) for one in pieces)
    return setup, body, after


def _converted(code: str, calls: Sequence[str]) -> str:
    """The code with each value that it returns put through the call, if there is one."""
    call = next(iter(calls), "")
    if not call:
        return code
    lines = [line.encode() for line in rows_of(code)]
    found = [
        node.value
        for statement in ast.parse(code).body
        for node in ast.walk(statement)
        if isinstance(node, ast.Return) and node.value is not None
    ]
    for value in sorted(found, key=lambda one: (one.lineno, one.col_offset), reverse=True):
        row, end = value.lineno - 1, (value.end_lineno or value.lineno) - 1
        column = value.end_col_offset or 0
        lines[end] = lines[end][:column] + b")" + lines[end][column:]
        lines[row] = lines[row][: value.col_offset] + f"{call}(".encode() + lines[row][value.col_offset :]
    return b"".join(lines).decode()
