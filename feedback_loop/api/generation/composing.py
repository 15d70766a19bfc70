"""Code from templates, until it passes every check (D26, D27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedback_loop.api.generation.placed_templates import Parts, find_parts
from feedback_loop.api.generation.shelf import Shelf, core_patterns
from feedback_loop.api.generation.verify import verify
from feedback_loop.domain.generation import Composition, Intent, Match, Rejected, Verification
from feedback_loop.engines.generate.compose import compose
from feedback_loop.engines.generate.source import TOO_DEEP, UNREADABLE

_UNFIT = f"the code with it cannot be put together: {TOO_DEEP}"


@dataclass(frozen=True)
class Draft:
    """Code, and what the checks said of it; no code = not even the scaffold passes.

    `bare` are the patterns chosen that say nothing of how they are put into code.
    """

    composition: Composition
    verification: Verification
    rejected: tuple[Rejected, ...] = ()
    bare: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def compose_verified(
    intent: Intent, chosen: Sequence[Match], shelf: Shelf, *, apply: bool, run_tests: bool = False
) -> Draft:
    """The recipe and the patterns put together; while a check fails a pattern is taken out.

    A recipe whose own body has what a detector finds is left out before any pattern is, with a note.
    Without `apply` the scaffold alone: nothing stands in its body. With `run_tests` the tests of the
    patterns that were put in are among the checks.
    """
    parts = find_parts(intent, chosen, shelf) if apply else Parts(None)
    while True:
        composition = _composed(intent, parts)
        if composition is None:
            parts = _without_unfit(intent, parts)
            continue
        tests = _tests(composition.used, chosen) if run_tests else ()
        verification = verify(composition.code, shelf.detecting, tests=tests)
        if verification.is_valid:
            return _draft(parts, composition, verification)
        suspects = [name for name in reversed(composition.used) if parts.holds(name)]
        refused = _refused(intent, parts, verification, shelf) if composition.recipe else ""
        if refused:
            parts = replace(parts, recipe=None, notes=(*parts.notes, refused))
        elif suspects:
            culprit = _culprit(intent, parts, suspects, shelf)
            parts = parts.without(culprit, _reason(verification))
        elif parts.recipe is not None:
            parts = replace(parts, recipe=None)
        else:
            return _draft(parts, replace(composition, code="", used=()), verification)


def _draft(parts: Parts, composition: Composition, verification: Verification) -> Draft:
    rejected = (*parts.rejected, *composition.rejected)
    return Draft(composition, verification, rejected, parts.bare, parts.notes)


def _composed(intent: Intent, parts: Parts) -> Composition | None:
    """The code; None if something in it cannot be read once it is put together."""
    try:
        return compose(intent, parts.recipe, parts.frames)
    except UNREADABLE:
        return None


def _without_unfit(intent: Intent, parts: Parts) -> Parts:
    """Without the template that the rest can be composed without, else without the last one."""
    for frame in reversed(parts.frames):
        if _composed(intent, parts.without(frame.pattern)) is not None:
            return parts.without(frame.pattern, _UNFIT)
    if parts.frames:
        return parts.without(parts.frames[-1].pattern, _UNFIT)
    return replace(parts, recipe=None)


def _refused(intent: Intent, parts: Parts, verification: Verification, shelf: Shelf) -> str:
    """Which of the rules that found something finds it in the recipe's own lines; "" = none does."""
    recipe = parts.recipe
    if recipe is None or not verification.findings:
        return ""
    # Without the templates names are missing: only what the detectors say is asked.
    alone = _composed(intent, Parts(replace(recipe, around=(), uses=())))
    own = set(_rules(verify(alone.code, shelf.detecting))) if alone else set[str]()
    found = [rule for rule in _rules(verification) if rule in own]
    return f"{recipe} was left out: {', '.join(found)} refused it" if found else ""


def _culprit(intent: Intent, parts: Parts, suspects: Sequence[str], shelf: Shelf) -> str:
    """The one without which the code would pass (but for tests), else the first, the one added last."""
    for name in suspects:
        fewer = _composed(intent, parts.without(name))
        if fewer is not None and verify(fewer.code, shelf.detecting).is_valid:
            return name
    return suspects[0]


def _tests(used: Sequence[str], chosen: Sequence[Match]) -> list[str]:
    """The tests of the patterns put in, the shipped ones of a pattern that has none of its own."""
    found = []
    for one in chosen:
        shipped = core_patterns().get(one.pattern.name, one.pattern)
        if one.pattern.name in used:
            found += [test.code for test in one.pattern.tests or shipped.tests]
    return found


def _reason(verification: Verification) -> str:
    """Why the code with it in does not pass."""
    if verification.compilation_error:
        return f"the code with it does not compile: {verification.compilation_error}"
    if verification.undefined:
        return f"the code with it has undefined names: {', '.join(verification.undefined)}"
    if verification.tests == "failed":
        return "the code with it fails the patterns' tests"
    return f"with it the code has what {', '.join(_rules(verification))} finds"


def _rules(verification: Verification) -> list[str]:
    """The rules that found something, each once."""
    return list(dict.fromkeys(one.rule_id for one in verification.findings))
