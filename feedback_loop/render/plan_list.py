"""The plans at a glance, as text and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from feedback_loop.domain.plan import NOT_APPLICABLE, SUPPORTED, UNVERIFIABLE, VERDICTS, VIOLATED
from feedback_loop.domain.plan_list import ListedPlan
from feedback_loop.domain.text import path_text, visible
from feedback_loop.render.findings_json import place_fields, true_text
from feedback_loop.render.text import Ink

_STYLES = {VIOLATED: "block", UNVERIFIABLE: "warn", SUPPORTED: "fix", NOT_APPLICABLE: "dim"}


def render_list(plans: Sequence[ListedPlan], *, color: bool = False) -> str:
    """A line per plan: current or not, path, boxes, phases, age, verdicts."""
    ink = Ink(color)
    width = max(len(path_text(one.path)) for one in plans)
    lines = []
    for one in plans:
        mark = "*" if one.current else " "
        path = ink("path", path_text(one.path)) + " " * (width - len(path_text(one.path)))
        boxes = f"{one.ticked}/{one.items} ticked"
        phases = f"{one.phases_done}/{one.phases} phases"
        lines.append(f"{mark} {path}  {boxes:<13} {phases:<11} {_age(one):<9} {_verdicts(one, ink)}")
    lines.append(ink("dim", "* current: pinned by `plan use`, else what the branch adds or changes"))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _age(one: ListedPlan) -> str:
    if one.age is None:
        return "new"
    return "today" if one.age < 1 else "1 day" if one.age == 1 else f"{one.age} days"


def _verdicts(one: ListedPlan, ink: Ink) -> str:
    if one.problem:
        return ink("block", visible(one.problem))
    if one.report is None:
        return ""
    found = [(verdict, one.report.count(verdict)) for verdict in VERDICTS]
    return ", ".join(ink(_STYLES[verdict], f"{count} {verdict}") for verdict, count in found if count)


def list_fields(plans: Iterable[ListedPlan]) -> dict[str, Any]:
    """`verdicts` is null where they were not worked out, `age_days` for a plan in no commit yet."""
    return {
        "schema_version": 1,
        "plans": [
            {
                **place_fields(one.path),
                "added": one.added or None,
                "age_days": one.age,
                "current": one.current,
                "pinned": one.pinned,
                "ticked": one.ticked,
                "items": one.items,
                "phases_completed": one.phases_done,
                "phases": one.phases,
                "verdicts": one.report and {verdict: one.report.count(verdict) for verdict in VERDICTS},
                "problem": true_text(one.problem) or None,
            }
            for one in plans
        ],
    }
