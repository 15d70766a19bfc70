"""The effect of patterns, before and after adoption, for people and for programs (H45-H54).

No word about causes: what else changed at the same time, no figure tells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from feedback_loop.domain.effect import NO_CHANGE, NOT_ENOUGH, CodeEffect, CodeSide
from feedback_loop.domain.effect_report import Commit, EffectReport, EffectRow, Seen
from feedback_loop.domain.history import NO_TIME
from feedback_loop.domain.intervals import JeffreysRatio
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.statistics import RateRatio
from feedback_loop.domain.text import counted, visible

SCHEMA_VERSION = 1
_LARGE = 1000
_DIGITS = 12


def render_effects(report: EffectReport) -> str:
    """A block for each pattern that was adopted, then the names of those that were not."""
    as_of = format_moment(report.as_of)[:10] if report.as_of is not None else "an unknown date"
    head = f"effect  {visible(report.branch) or 'HEAD'} {report.tip[:_DIGITS]}  as of {as_of}"
    if report.supposed is not None:
        head += f"  as if all were adopted by {_place(report.supposed)}"
    blocks = [[head, "introductions per 1,000 added lines in scope, before and after adoption"]]
    blocks += [_block(row, report) for row in report.rows if row.effect.adopted is not None]
    others = [row.effect.pattern for row in report.rows if row.effect.adopted is None]
    if others:
        blocks.append([f"not adopted in this history: {', '.join(others)}"])
    if not report.rows:
        blocks.append(["no pattern to tell of"])
    blocks.append([visible(line) for line in report.incomplete])
    if report.judged > 1:
        blocks.append([f"p-values are adjusted for {report.judged} comparisons"])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _block(row: EffectRow, report: EffectReport) -> list[str]:
    effect = row.effect
    title = effect.pattern
    if effect.version is not None:
        title += f"  version {effect.version}"
    if row.adopted is not None and report.supposed is None:
        title += f"  {'since' if effect.version is not None else 'adopted'} {_place(row.adopted)}"
    lines = [title, f"  {verdict_words(effect)}", f"  {_sides(effect)}"]
    lines += [f"  {line}" for line in _beside(effect, report)]
    return [*lines, f"  {_seen_words(row.seen)}"]


def verdict_words(effect: CodeEffect) -> str:
    """`dropped: 0.36 (0.17-0.70), n = 52`; what is lacking for a word in brackets."""
    if effect.ratio is None or math.isnan(effect.ratio.value):
        few = effect.why.startswith("n =") or not effect.why
        return f"{effect.verdict} (n = {effect.n}{'' if few else f', {effect.why}'})"
    told = f"{effect.verdict}: {ratio_words(effect.ratio)}, n = {effect.n}"
    if effect.p_adjusted is not None:
        told += f", p {effect.p_adjusted:.2g}"
    if effect.widened and effect.phi is not None:
        told += f", widened, phi = {effect.phi:.1f}"
    if effect.verdict == NOT_ENOUGH:
        return f"{told} ({effect.why})" if effect.why and not effect.why.startswith("n =") else told
    return f"{told} ({_could(effect)})" if effect.verdict == NO_CHANGE else told


def _could(effect: CodeEffect) -> str:
    if effect.detectable is None:
        return "these data could not have shown any drop"
    return f"a drop to {effect.detectable:.2f} or below would have shown"


def ratio_words(ratio: RateRatio | None) -> str:
    """`0.36 (0.17-0.70)`; `no ratio` where nothing was introduced, or nothing added on a side."""
    if ratio is None or math.isnan(ratio.value):
        return "no ratio"
    return f"{times(ratio.value)} ({times(ratio.low)}-{times(ratio.high)})"


def times(value: float) -> str:
    """A ratio to two places; `>1000` where its size says nothing any more."""
    return f"{value:.2f}" if value <= _LARGE or math.isinf(value) else f">{_LARGE}"


def _sides(effect: CodeEffect) -> str:
    return f"{_side(effect.before)} before, {_side(effect.after)} after"


def _side(side: CodeSide) -> str:
    rate = "" if side.rate is None else f" ({side.rate:.2f})"
    return f"{side.k} in {side.e:,.1f}k lines{rate}"


def _beside(effect: CodeEffect, report: EffectReport) -> Iterator[str]:
    """What the word does not rest on."""
    if effect.jeffreys is not None and effect.n and not effect.widened:  # it knows nothing of bursts
        one = effect.jeffreys
        interval = f"{times(one.median)} ({times(one.low)}-{times(one.high)})"
        yield f"Jeffreys median {interval}, P(dropped) = {one.p_dropped:.4f}"
    if effect.guarded.k or (effect.guarded.e and effect.n):
        what = f"the {report.guard_days} days before adoption, and commits it was made from"
        yield f"with {what}: {ratio_words(effect.unguarded)}"
    if effect.others is not None:
        yield f"all other patterns, on the same commits: {ratio_words(effect.others)}"
    if effect.trend is not None:
        one_ = effect.trend
        yield f"trend over {one_.weeks} weeks: {one_.slope:+.3f} each week, p {one_.p_value:.2g}"
    aside = [
        f"{side.k} {words}"
        for side, words in (
            (effect.guarded, "in the guard days or as evidence"),
            (effect.crossing, "written without it, landed later"),
            (effect.archived, "while it was archived"),
        )
        if side.k
    ]
    if aside:
        yield f"on neither side: {', '.join(aside)}"


def _seen_words(seen: Seen) -> str:
    told = f"all time: {counted(seen.introduced, 'introduction')} + {seen.reported} reported by events"
    told += f" = {seen.frequency}"
    if seen.last is not None and seen.last != NO_TIME:
        told += f", last {format_moment(seen.last)[:10]}"
    more = [
        f"{number} {words}"
        for number, words in (
            (seen.declared, "declared in plans"),
            (seen.preventions, "prevented"),
            (seen.injections, "injected"),
        )
        if number
    ]
    return "; ".join([told, *more])


def _place(commit: Commit) -> str:
    date = "" if commit.time == NO_TIME else f" ({format_moment(commit.time)[:10]})"
    return f"{commit.oid[:_DIGITS]}{date}"


# -- JSON ------------------------------------------------------------------------------------------


def effect_fields(report: EffectReport) -> dict[str, Any]:
    """The report for JSON: figures as they are, null = infinite or not known."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tip": report.tip,
        "branch": report.branch,
        "as_of": None if report.as_of is None else format_moment(report.as_of),
        "complete": not report.incomplete,
        "incomplete_reasons": list(report.incomplete),
        "supposed_adoption": None if report.supposed is None else report.supposed.oid,
        "by": "version" if report.by_version else None,
        "guard_days": report.guard_days,
        "judged": report.judged,
        "patterns": [_row_fields(row) for row in report.rows],
    }


def _row_fields(row: EffectRow) -> dict[str, Any]:
    effect, seen = row.effect, row.seen
    return {
        "name": effect.pattern,
        "version": effect.version,
        "adopted": None if row.adopted is None else row.adopted.oid,
        **code_effect_fields(effect),
        "introduced": seen.introduced,
        "reported": seen.reported,
        "frequency": seen.frequency,
        "last_occurrence": None if seen.last in (None, NO_TIME) else format_moment(seen.last or 0),
        "declared": seen.declared,
        "preventions": seen.preventions,
        "injections": seen.injections,
    }


def code_effect_fields(effect: CodeEffect) -> dict[str, Any]:
    """What is known of one pattern before and after its adoption; exposures in 1,000 added lines."""
    trend, jeffreys = effect.trend, effect.jeffreys
    return {
        "verdict": effect.verdict,
        "why": effect.why or None,
        "n": effect.n,
        "before": _side_fields(effect.before),
        "after": _side_fields(effect.after),
        "guarded": _side_fields(effect.guarded),
        "crossing": _side_fields(effect.crossing),
        "archived": _side_fields(effect.archived),
        "rate_ratio": _ratio_fields(effect.ratio),
        "p_value": effect.ratio.p_value if effect.ratio else None,
        "p_adjusted": effect.p_adjusted,
        "phi": effect.phi,
        "widened": effect.widened,
        "unguarded": _ratio_fields(effect.unguarded),
        "others": _ratio_fields(effect.others),
        "jeffreys": None if jeffreys is None else _jeffreys_fields(jeffreys),
        "detectable": effect.detectable if effect.verdict == NO_CHANGE else None,
        "trend": None
        if trend is None
        else {"weeks": trend.weeks, "slope": trend.slope, "p_value": trend.p_value},
    }


def _side_fields(side: CodeSide) -> dict[str, Any]:
    return {"introduced": side.k, "exposure": side.e}


def _ratio_fields(ratio: RateRatio | None) -> dict[str, Any] | None:
    if ratio is None:
        return None
    return {"value": _finite(ratio.value), "low": _finite(ratio.low), "high": _finite(ratio.high)}


def _jeffreys_fields(one: JeffreysRatio) -> dict[str, float]:
    return {"median": one.median, "low": one.low, "high": one.high, "p_dropped": one.p_dropped}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
