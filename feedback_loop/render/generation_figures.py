"""The figures of the generation loop, for people and for programs (C26). Goals stand beside them as goals."""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.generation_figures import SETTLED, GenerationFigures, Goals, Repeats
from feedback_loop.domain.text import counted, visible

_PLACES = 6


def generation_lines(figures: GenerationFigures, goals: Goals) -> list[str]:
    """A heading and a line for each figure, without an indentation of the whole."""
    captured = f"{counted(figures.captured, 'failure')} captured in {counted(figures.runs, 'run')}"
    first, wanted = figures.first_clean, _judged(goals.meets_repeated(figures))
    if wanted == "not told yet":
        wanted += f": it is about runs after the first {SETTLED}"
    lines = [
        f"Generation: {captured} (goal {goals.captured} or more: {_judged(goals.meets_captured(figures))})",
        f"repeated errors: {_per_run(figures.repeats)} (goal <{goals.repeated:g}: {wanted})",
        f"prevention rate: {_percent(figures.prevention_rate)}, {figures.prevented} prevented, "
        f"{figures.occurrences} came "
        f"(goal >{goals.prevention:g} %: {_judged(goals.meets_prevention(figures))})",
    ]
    if first.median is not None:
        runs = "run" if first.median == 1 else "runs"
        lines.append(f"first sight to first clean exposure: {first.median:g} {runs} (median, n = {first.n})")
    if first.waiting:
        lines.append(f"no clean exposure yet: {first.waiting} of {figures.captured}")
    if figures.captured:
        share = _percent(figures.unclassified / figures.captured)
        lines += [
            f"unclassified: {share} ({figures.unclassified} of {figures.captured})",
            f"by error type: {_counts(figures.by_error_type)}",
            f"by constraint: {_counts(figures.by_constraint)}",
        ]
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def _judged(met: bool | None) -> str:
    return "not told yet" if met is None else "met" if met else "not met"


def _per_run(repeats: Repeats) -> str:
    value = repeats.per_run or 0.0
    return f"{value:.2f} a run, {repeats.errors} in {counted(repeats.runs, 'run')}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _counts(counts: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{visible(name)} {number}" for name, number in counts)


def generation_fields(figures: GenerationFigures, goals: Goals) -> dict[str, Any]:
    """The same for programs: shares from 0 to 1, `met` null where nothing can be said yet."""
    return {
        "captured": figures.captured,
        "runs": figures.runs,
        "by_error_type": dict(figures.by_error_type),
        "by_constraint": dict(figures.by_constraint),
        "unclassified": figures.unclassified,
        "repeated": _repeats(figures.repeats),
        "repeated_after_three_runs": _repeats(figures.settled),
        "occurrences": figures.occurrences,
        "prevented": figures.prevented,
        "prevention_rate": round(figures.prevention_rate, _PLACES),
        "first_clean": {
            "median_runs": figures.first_clean.median,
            "n": figures.first_clean.n,
            "waiting": figures.first_clean.waiting,
        },
        "goals": {
            "captured": {"at_least": goals.captured, "met": goals.meets_captured(figures)},
            "repeated_after_three_runs": {"below": goals.repeated, "met": goals.meets_repeated(figures)},
            "prevention_rate": {
                "above": round(goals.prevention / 100, _PLACES),
                "met": goals.meets_prevention(figures),
            },
        },
    }


def _repeats(repeats: Repeats) -> dict[str, Any]:
    per_run = None if repeats.per_run is None else round(repeats.per_run, _PLACES)
    return {"errors": repeats.errors, "runs": repeats.runs, "per_run": per_run}
