"""Which templates go in, what their parameters are, and why the others do not (D26)."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from feedback_loop.domain.generation import Intent, Rejected
from feedback_loop.engines.generate.bind import bind, params_of
from feedback_loop.engines.generate.module_names import bound_in
from feedback_loop.engines.generate.names import inner_bound
from feedback_loop.engines.generate.recipes import Recipe
from feedback_loop.engines.generate.template import Frame, Param

_ONE_ONLY = ("endpoint", "resource", "convert_return")
# A guard that refuses what a request is to mend: pattern -> the verbs that ask for that.
_MENDED = {"numpy_nan_inf_handling": frozenset({"replace", "clean"})}


@dataclass(frozen=True)
class Placed:
    """A template that goes in, and its parameters' names in the function."""

    frame: Frame
    bindings: dict[str, str]


@dataclass(frozen=True)
class Plan:
    """What the code is made of."""

    intent: Intent
    recipe: Recipe | None
    params: tuple[Param, ...]
    imports: tuple[str, ...]
    placed: tuple[Placed, ...]
    held: tuple[str, ...]
    rejected: tuple[Rejected, ...]

    def of_role(self, role: str) -> list[Placed]:
        """The templates of a role, the first added first."""
        return [one for one in self.placed if one.frame.role == role]


def plan_of(intent: Intent, recipe: Recipe | None, frames: Sequence[Frame]) -> Plan:
    """What goes in. A recipe whose templates are not all there, or do not fit, is left out."""
    lacking = _lacking(recipe, frames) if recipe else ()
    plan = _placing(intent, None if lacking else recipe, frames)
    if plan.recipe:
        unfit = tuple(one for one in plan.rejected if one.pattern in plan.recipe.around)
        if unfit:
            lacking, plan = unfit, _placing(intent, None, frames)
    told = {one.pattern for one in lacking}
    used_now = {one.frame.pattern for one in plan.placed}
    extra = tuple(one for one in lacking if one.pattern not in used_now)
    return replace(plan, rejected=(*extra, *(one for one in plan.rejected if one.pattern not in told)))


def _lacking(recipe: Recipe, frames: Sequence[Frame]) -> tuple[Rejected, ...]:
    """What the recipe needs and is not there."""
    known = {frame.pattern: frame for frame in frames}
    found = [Rejected(name, f"{recipe} needs its template") for name in recipe.around if name not in known]
    for name, brought in recipe.uses:
        frame = known.get(name)
        if frame is None:
            continue
        if brought not in bound_in(frame.body) | _of_module(frame):
            found.append(Rejected(name, f"{recipe} needs a {brought!r} that it does not define"))
    return tuple(found)


def stands_for(frame: Frame, core: Frame, names: Sequence[str]) -> str:
    """Why a recipe cannot stand in this template instead of the one it was written for; "" = it can.

    `names` are those that the recipe uses of it: they must be bound where that one binds them.
    """
    if frame.role != core.role:
        return f"its role is {frame.role!r}, not {core.role!r}"
    for name in names:
        in_body = name in bound_in(core.body)
        there = bound_in(frame.body) if in_body else _of_module(frame)
        if name not in there:
            return f"it does not define {name!r} in its {'frame' if in_body else 'module'}"
    return ""


def _of_module(frame: Frame) -> frozenset[str]:
    return frozenset[str]().union(*(block.names for block in frame.blocks))


def _placing(intent: Intent, recipe: Recipe | None, frames: Sequence[Frame]) -> Plan:
    around = recipe.around if recipe else ()
    ordered = sorted(
        frames, key=lambda one: around.index(one.pattern) if one.pattern in around else len(around)
    )
    params, imports = (recipe.params, recipe.imports) if recipe else params_of(intent.kinds)
    for one in ordered:
        if one.role == "endpoint" and not _misplaced(one, recipe, intent):
            params = one.params
            break
    plan = Plan(intent, recipe, params, imports, (), (), ())
    for frame in ordered:
        plan = _with_frame(plan, frame)
    return _with_requirements(plan)


def _with_frame(plan: Plan, frame: Frame) -> Plan:
    recipe = plan.recipe
    if recipe and frame.pattern in recipe.holds:
        return replace(plan, held=(*plan.held, frame.pattern))
    reason = _misplaced(frame, recipe, plan.intent) or _against(plan, frame)
    bindings: dict[str, str] | str = {}
    if not reason and frame.role not in ("helper", "convert_return"):
        bindings = bind(frame, plan.params)
        reason = bindings if isinstance(bindings, str) else _captured(frame, bindings)
    if reason or isinstance(bindings, str):
        return replace(plan, rejected=(*plan.rejected, Rejected(frame.pattern, reason)))
    return replace(plan, placed=(*plan.placed, Placed(frame, bindings)))


def _misplaced(frame: Frame, recipe: Recipe | None, intent: Intent) -> str:
    """Why the template cannot stand around the body, whatever else does."""
    if recipe and frame.pattern in recipe.around:
        return ""
    if frame.role == "guard" and not _MENDED.get(frame.pattern, frozenset()).isdisjoint(intent.verbs):
        return "its guard would refuse what is to be mended"
    return _beside(frame, recipe) if recipe else _unwritten(frame, intent.kinds)


def _unwritten(frame: Frame, kinds: Sequence[str]) -> str:
    """Why it cannot stand around a body that is still to be written; `kinds` are the prompt's."""
    if frame.role == "endpoint" and _lacks_upload(frame, kinds):
        return "it takes an upload, and none was asked for"
    if frame.role == "guard" and _may_return(frame.body):
        return "its guard would answer for what is still to be written"
    return "there is no result yet that it could convert" if frame.role == "convert_return" else ""


def _beside(frame: Frame, recipe: Recipe) -> str:
    """Why it cannot stand around the recipe's body beside the templates that this one stands in."""
    if frame.role in ("endpoint", "resource"):
        return f"{recipe} has no place for it"
    if frame.role == "wrap" and not (recipe.body or recipe.result):
        return "there is nothing to put it around"
    if frame.role == "guard" and _may_return(frame.body) and not _bears_none(recipe):
        return f"{recipe} would no longer return what it says"
    if frame.role == "convert_return" and not recipe.result:
        return "there is no result that it could convert"
    return ""


def _lacks_upload(frame: Frame, kinds: Sequence[str]) -> bool:
    """An endpoint makes the signature; one that stores uploads is no start for whatever else is served."""
    return "upload" in (one.kind for one in frame.params) and "upload" not in kinds


def _may_return(body: str) -> bool:
    return any(isinstance(node, ast.Return) for node in ast.walk(ast.parse(body)))


def _bears_none(recipe: Recipe) -> bool:
    return recipe.returns in ("", "object") or "None" in recipe.returns


def _against(plan: Plan, frame: Frame) -> str:
    own = [plan.intent.function, *(one.name for one in plan.params)]
    reason = _dotted(frame, dict.fromkeys(own, ("", "")))
    for one in plan.placed:
        other = one.frame
        if frame.pattern in other.conflicts or other.pattern in frame.conflicts:
            return f"it is in conflict with {other.pattern}"
        if frame.role == other.role and frame.role in _ONE_ONLY:
            return f"its place is taken by {other.pattern}"
        kept = {one.bound: one.meaning for one in other.imports}
        kept.update((name, ("", "")) for block in other.blocks for name in block.names)
        reason = reason or _dotted(frame, kept)
    return reason


def _dotted(frame: Frame, kept: Mapping[str, tuple[str, str]]) -> str:
    """`import a.b` binds `a` and cannot be given another name: why it cannot stand beside these."""
    for one in frame.imports:
        if (
            "." in one.module
            and not (one.name or one.alias)
            and kept.get(one.bound) not in (None, one.meaning)
        ):
            return f"its `import {one.module}` takes the name {one.bound!r}, which means something else"
    return ""


def _captured(frame: Frame, bindings: dict[str, str]) -> str:
    inner = inner_bound(frame.body)
    clash = sorted(new for old, new in bindings.items() if new != old and new in inner)
    return f"{clash[0]!r} means something else in it" if clash else ""


def _with_requirements(plan: Plan) -> Plan:
    """Without those that require a pattern that is not in; taking one out may take out others."""
    while True:
        there = {one.frame.pattern for one in plan.placed} | set(plan.held)
        for one in plan.placed:
            missing = [name for name in one.frame.requires if name not in there]
            if missing:
                rejected = Rejected(one.frame.pattern, f"it requires {missing[0]}, which is not applied")
                kept = tuple(other for other in plan.placed if other is not one)
                plan = replace(plan, placed=kept, rejected=(*plan.rejected, rejected))
                break
        else:
            return plan
