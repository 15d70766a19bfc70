"""The effect of warnings, with them and without, for people and for programs (C7, H58)."""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.beta_pair import Interval, Share
from feedback_loop.domain.effect import NOT_ENOUGH
from feedback_loop.domain.holdout_effect import LEAST, HoldoutEffect, HoldoutReport
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.text import counted
from feedback_loop.render.effect import times

SCHEMA_VERSION = 1
_PLACES = 6  # the digits behind them are those of the integration


def render_holdout(report: HoldoutReport) -> str:
    """A block for each pattern."""
    head = f"effect  by {_basis(report)}"
    if report.as_of is not None:
        head += f"  as of {format_moment(report.as_of)[:10]}"
    about = [
        "generations whose runs showed the failure again" + ("" if report.by_lot else ", but for the first"),
        "difference = share without the warning less share with it; ratio = with by without; both 90 %",
    ]
    blocks = [[head, *about], *map(_block, report.rows)]
    if not report.rows:
        blocks.append(["no generation has an exposure event yet"])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _basis(report: HoldoutReport) -> str:
    return "holdout" if report.by_lot else "warning"


def render_beside(report: HoldoutReport) -> str:
    """The rows alone, to stand below an ordinary effect."""
    head = (
        "generations whose runs showed the failure again, but for the first (difference and ratio with 90 %)"
    )
    return "\n".join([head, *(line for one in report.rows for line in _block(one))]) + "\n"


def _block(effect: HoldoutEffect) -> list[str]:
    lines = [effect.pattern, f"  {holdout_words(effect)}"]
    if effect.difference is not None and effect.ratio is not None:
        one, two = effect.difference, effect.ratio
        interval = f"{times(two.median)} ({times(two.low)} to {times(two.high)})"
        lines.append(f"  difference {one.median:.2f} ({one.low:.2f} to {one.high:.2f}), ratio {interval}")
    if effect.by_lot < effect.without.n:
        chosen = (
            f"{effect.by_lot} by lot" if effect.by_lot else "none by lot: it may have been something else"
        )
        lines.append(f"  without the warning: {chosen}")
    if effect.neither:
        lines.append(f"  on neither side: {counted(effect.neither, 'generation')}")
    return lines


def holdout_words(effect: HoldoutEffect) -> str:
    """`with the warning 2 of 14, without 9 of 15`; what is lacking for more behind it."""
    injected, without = effect.injected, effect.without
    told = f"with the warning {injected.k} of {injected.n}, without {without.k} of {without.n}"
    if effect.difference is not None:
        return told
    return f"{NOT_ENOUGH}: {told} ({LEAST} generations are needed on each side)"


def holdout_fields(report: HoldoutReport) -> dict[str, Any]:
    """The report for JSON; null where there is not enough data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "by": _basis(report),
        "as_of": None if report.as_of is None else format_moment(report.as_of),
        "level": 0.9,
        "notes": list(report.notes),
        "patterns": [_fields(one) for one in report.rows],
    }


def _fields(effect: HoldoutEffect) -> dict[str, Any]:
    return {
        "name": effect.pattern,
        "verdict": NOT_ENOUGH if effect.difference is None else None,
        "injected": _side(effect.injected),
        "without": _side(effect.without),
        "difference": _interval(effect.difference),
        "ratio": _interval(effect.ratio),
        "by_lot": effect.by_lot,
        "neither": effect.neither,
    }


def _side(share: Share) -> dict[str, Any]:
    rate = round(share.k / share.n, _PLACES) if share.n else None
    return {"recurred": share.k, "generations": share.n, "share": rate}


def _interval(one: Interval | None) -> dict[str, float] | None:
    if one is None:
        return None
    figures = {"median": one.median, "low": one.low, "high": one.high}
    return {name: round(value, _PLACES) + 0.0 for name, value in figures.items()}
