"""Source code out of an intent, a recipe and templates: assembled as text, nothing is run (D26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from feedback_loop.domain.generation import Composition, Intent, Rejected
from feedback_loop.engines.generate.bind import RETURNS
from feedback_loop.engines.generate.imports import format_imports, parse_imports
from feedback_loop.engines.generate.layout import (
    STEP,
    filled,
    indented,
    marked,
    signature,
    without_dead_code,
    without_marks,
)
from feedback_loop.engines.generate.module_names import ModuleNames, spoken_in
from feedback_loop.engines.generate.names import renamed, used
from feedback_loop.engines.generate.placing import Placed, Plan, plan_of
from feedback_loop.engines.generate.recipes import Recipe
from feedback_loop.engines.generate.template import Block, Frame
from feedback_loop.engines.generate.within import format_within

# From inside, around the resource. What an endpoint does with its upload comes after the guards, too.
_CONVERTS = "convert_return"
_NEST = ("wrap", "endpoint", "guard", "logging")
_SCAFFOLD = "A scaffold: what it is to do is still to be written."
_UNREACHED = "what it brings would never be reached"


def compose(intent: Intent, recipe: Recipe | None, frames: Sequence[Frame]) -> Composition:
    """One module with the function that is asked for. The same input gives the same bytes.

    `frames` are the templates of the selected patterns, the most relevant first, and those that the
    recipe stands in. If one that the recipe needs is missing or does not fit, or there is no recipe, the
    body is `raise NotImplementedError`: a scaffold.
    """
    unreached: list[Rejected] = []
    while True:
        plan = plan_of(intent, recipe, frames)
        made = _module(plan)
        gone = [one.frame.pattern for one in plan.placed if one.frame.pattern not in made.present]
        if not gone:
            break
        unreached += [Rejected(name, _UNREACHED) for name in gone]
        frames = [one for one in frames if one.pattern not in gone]
    told = {one.pattern for one in unreached}
    return Composition(
        made.code,
        intent.function,
        (*(one.frame.pattern for one in plan.placed), *plan.held),
        (*unreached, *(one for one in plan.rejected if one.pattern not in told)),
        plan.recipe is None,
        plan.recipe.name if plan.recipe else "",
    )


# -- the module --------------------------------------------------------------------------------------


class _Made(NamedTuple):
    """A module, or one function, and the patterns of which something is left in it."""

    code: str
    present: frozenset[str]


def _module(plan: Plan) -> _Made:
    placed = [_with_limit(one, plan.intent.limit) for one in plan.placed]
    plan = replace(plan, placed=tuple(placed))
    recipe = plan.recipe
    pieces = (recipe.setup, recipe.body, recipe.after, recipe.result) if recipe else ()
    frames = [one.frame for one in placed]
    names = ModuleNames(plan.intent.function, (one.name for one in plan.params), spoken_in(frames, *pieces))
    own = names.add_imports(parse_imports(*plan.imports))
    of_module = {one.frame.pattern: names.add_module(one.frame) for one in placed}
    function = _function(plan, names, own, of_module)
    kept = {
        name
        for one in frames
        if one.role == "helper"
        for block in one.blocks
        for name in (of_module[one.pattern][old] for old in block.names)
    }
    helpers = frozenset(one.pattern for one in frames if one.role == "helper")
    return _Made(_written(names, function.code, kept), function.present | helpers)


def _with_limit(one: Placed, limit: int | None) -> Placed:
    """The size of the prompt in the constants that take one."""
    frame = one.frame
    if limit is None or not frame.limits:
        return one
    blocks = [
        block._replace(code=f"{next(iter(block.names))} = {size(limit)}\n")
        if len(block.names) == 1 and block.names <= set(frame.limits) and not block.defines
        else block
        for block in frame.blocks
    ]
    return replace(one, frame=replace(frame, blocks=tuple(blocks)))


def size(limit: int) -> str:
    """A number of bytes as a person writes it: `800 * 1024**2`."""
    for power in (3, 2, 1):
        count, rest = divmod(limit, 1024**power)
        if count and not rest:
            return f"{count} * 1024" + (f"**{power}" if power > 1 else "")
    return str(limit)


def _written(names: ModuleNames, function: str, kept: set[str]) -> str:
    """The module with what the function needs, and `kept`."""
    wanted = used(function) | kept
    while True:
        needed = [block for block in names.blocks if block.names & wanted]
        more = wanted.union(*(used(block.code) | block.names for block in needed))
        if more == wanted:
            break
        wanted = more
    imports = [one for name, one in names.imports.items() if name in wanted]
    imports += [one for one in names.dotted if one.bound in wanted]
    constants, definitions = _in_order(needed)
    parts = [format_imports(imports), "".join(constants)]
    head = "\n".join(part for part in parts if part)
    return "\n\n".join(part for part in (head, *definitions, function) if part)


def _in_order(blocks: Sequence[Block]) -> tuple[list[str], list[str]]:
    """Constants at the top, but for those that speak of what is defined: they stay behind it."""
    defined = frozenset[str]().union(*(one.names for one in blocks if one.defines))
    top: list[str] = []
    below: list[str] = []
    for one in blocks:
        if one.defines or used(one.code) & defined:
            below.append(one.code)
            defined |= one.names
        else:
            top.append(one.code)
    return top, below


# -- the function ------------------------------------------------------------------------------------

_Names = Mapping[str, str]


def _function(plan: Plan, names: ModuleNames, own: _Names, of_module: Mapping[str, _Names]) -> _Made:
    maps = {
        one.frame.pattern: names.add_locals(one.frame.body, of_module[one.frame.pattern], one.bindings)
        for one in plan.placed
    }
    bodies = {
        one.frame.pattern: renamed(one.frame.body, maps[one.frame.pattern])
        for one in plan.placed
        if one.frame.body
    }
    marks = _marks(bodies)
    bodies = {name: marked(body, marks[name]) for name, body in bodies.items()}
    code = format_within(plan, names, own, maps, bodies)
    for role in _NEST:
        for one in reversed(plan.of_role(role)):
            code = filled(bodies[one.frame.pattern], code)
    doc = f'"""{plan.recipe.doc if plan.recipe else _SCAFFOLD}"""\n'
    live = without_dead_code(_head(plan, own, of_module) + indented(doc + code, STEP))
    spoken_of = used(live)
    calls = {one.frame.pattern: maps[one.frame.pattern][one.frame.name] for one in plan.of_role(_CONVERTS)}
    present = frozenset(name for name, shown in (marks | calls).items() if shown in spoken_of)
    return _Made(without_marks(live, marks.values()), present)


def _marks(bodies: Mapping[str, str]) -> dict[str, str]:
    """A name for each body that stands nowhere in any of them."""
    taken = "".join(bodies.values())
    start = "placed"
    while start in taken:
        start += "_"
    return {name: f"{start}{number}_" for number, name in enumerate(bodies)}


def _head(plan: Plan, own: _Names, of_module: Mapping[str, _Names]) -> str:
    """Decorators and signature: an endpoint's are the template's."""
    decorators, known = "", own
    for endpoint in plan.of_role("endpoint"):
        known = of_module[endpoint.frame.pattern]
        # A decorator cannot be parsed without what it decorates.
        decorators = renamed(endpoint.frame.decorators + "class _: ...\n", known).rpartition("class")[0]
    shown = [str(one._replace(annotation=_expression(one.annotation, known))) for one in plan.params]
    kind = "async def" if any(one.frame.is_async for one in plan.placed) else "def"
    return decorators + signature(f"{kind} {plan.intent.function}", shown, _returns(plan, own, of_module))


def _expression(text: str, known: _Names) -> str:
    return renamed(text, known).strip() if text else ""


def _returns(plan: Plan, own: _Names, of_module: Mapping[str, _Names]) -> str:
    for role in ("endpoint", _CONVERTS):
        for one in plan.of_role(role):
            return _expression(one.frame.returns, of_module[one.frame.pattern])
    if plan.recipe:
        return _expression(plan.recipe.returns, own)
    return RETURNS.get(plan.intent.returns, "")
