"""Figures that judge: effect, trend and time to fix, each with the introductions or lives they rest on."""

from __future__ import annotations

import math
from collections.abc import Iterator

from feedback_loop.domain.effect import CodeEffect, CodeSide
from feedback_loop.domain.explanation import Listed, Total
from feedback_loop.domain.figure import FigureId
from feedback_loop.domain.history import (
    DISSOLVED,
    FILE_DELETED,
    FIXED,
    INTRODUCED,
    LEFT_SCOPE,
    NO_TIME,
    REVERTED,
    Commits,
    Span,
)
from feedback_loop.domain.lives import Life
from feedback_loop.domain.moment import DAY
from feedback_loop.domain.sides import AFTER, ARCHIVED, BEFORE, CROSSING, FAR, GUARDED, YEAR, Sorter
from feedback_loop.domain.statistics import RateRatio
from feedback_loop.domain.survival import kaplan_meier
from feedback_loop.engines.figures.material import Draft, Material, list_commit, list_fact

_TOTALS = {BEFORE: "before", AFTER: "after"}
_ASIDE = {
    FAR: "over a year before the adoption, or after the end",
    GUARDED: "in the guard days before the adoption, or evidence for the pattern",
    CROSSING: "written without the pattern, landed after the adoption",
    ARCHIVED: "landed while the pattern was archived",
}
_GONE = {
    FILE_DELETED: "its file was deleted, censored",
    LEFT_SCOPE: "its file left the scope, censored",
    DISSOLVED: "it went without being fixed, censored",
}
_ENDED, _LASTING = "fixed", "not fixed"


def effect(figure: FigureId, given: Material) -> Draft:
    """The rate of introductions after the adoption by that before it (H45 to H51)."""
    found = given.effects[figure.name]
    totals = (Total("before", found.before.k), Total("after", found.after.k))
    value = found.ratio.value if found.ratio and math.isfinite(found.ratio.value) else None
    return Draft(value, effect_text(found), _effect_formula(found), tuple(_sides(figure, given)), totals)


def effect_text(found: CodeEffect) -> str:
    """`dropped: 0.36 (0.17-0.70), n = 52`; or `not enough data (not adopted in this history)`."""
    head = f"{found.verdict} ({found.why})" if found.why else found.verdict
    return f"{head}: {_ratio(found.ratio)}, n = {found.n}" if found.ratio else head


def _effect_formula(found: CodeEffect) -> str:
    told = f"after {_side(found.after)} / before {_side(found.before)}; lines in thousands"
    if found.ratio is not None:
        told += f" = {_ratio(found.ratio)}, p = {found.ratio.p_value:.4g}"
    if found.p_adjusted is not None:
        told += f", adjusted for the patterns judged {found.p_adjusted:.4g}"
    if found.widened and found.phi is not None:
        told += f", widened, phi = {found.phi:.2f}"
    if found.jeffreys is not None:
        one = found.jeffreys
        told += f"; Jeffreys {one.median:.2f} ({one.low:.2f}-{one.high:.2f})"
        told += f", P(dropped) = {one.p_dropped:.4f}"
    for words, ratio in (("without the guard days", found.unguarded), ("all others", found.others)):
        if ratio is not None:
            told += f"; {words} {_ratio(ratio)}"
    return told


def _side(side: CodeSide) -> str:
    return f"{side.k} / {side.e:.3f}"


def _ratio(ratio: RateRatio | None) -> str:
    if ratio is None or math.isnan(ratio.value):
        return "no ratio"
    return f"{ratio.value:.2f} ({ratio.low:.2f}-{ratio.high:.2f})"


def _sides(figure: FigureId, given: Material) -> Iterator[Listed]:
    """Each introducing commit once, with the side it stands on."""
    adoption = given.adoptions.get(figure.name)
    place = None
    if adoption is not None and given.effects[figure.name].adopted is not None:
        place = Sorter(given.history.commits, given.options).by_adoption(adoption).place
    seen = set()
    for fact in given.facts([figure.name], 1, _until(given)):
        if fact.kind == INTRODUCED and fact.commit not in seen:
            seen.add(fact.commit)
            side = FAR if place is None else place[fact.commit]
            aside = (
                _ASIDE.get(side, "") if place is not None else "the pattern is not adopted in this history"
            )
            yield list_fact(given, fact, _TOTALS.get(side, ""), aside)


def _until(given: Material) -> Span:
    """All that landed before the end of the period: these figures look back beyond its start."""
    return Span(0, given.span.end)


def trend(figure: FigureId, given: Material) -> Draft:
    """Mann and Kendall's test over weekly rates, and Sen's slope (H52)."""
    found = given.effects[figure.name].trend
    end, times = given.options.as_of, given.history.commits.times
    lines = given.history.exposure.get(figure.name, ())
    listed = []
    seen = set()
    for fact in given.facts([figure.name], 1, _until(given)):
        if fact.kind == INTRODUCED and fact.commit not in seen:
            seen.add(fact.commit)
            year = end - YEAR <= times[fact.commit] <= end and lines[fact.commit] > 0
            note = "" if year else "not in the 52 weeks before as-of"
            listed.append(list_fact(given, fact, "introductions" if year else "", note))
    total = Total("introductions", sum(one.amount for one in listed))
    if found is None:
        lacking = "fewer than 8 weeks with added lines in scope"
        return Draft(None, f"not enough data ({lacking})", lacking, tuple(listed), (total,))
    text = f"{found.slope:+.4f} introductions in 1,000 lines each week, p = {found.p_value:.4f}"
    told = f"Sen's slope over {found.weeks} weekly rates; Mann and Kendall's p = {found.p_value:.4f}"
    return Draft(found.slope, text, told, tuple(listed), (total,))


def time_to_fix(figure: FigureId, given: Material) -> Draft:
    """The median life of an occurrence by Kaplan and Meier's estimate (H53)."""
    names = given.names(figure)
    days = sorted(pair for name in names for pair in given.durations[name].days)
    found = kaplan_meier(days)
    ended = Total(_ENDED, found.events)
    lasting = Total(_LASTING, found.n - found.events)
    text = f"{found.median:.2f} days" if found.median is not None else "not reached"
    if found.low is not None:
        high = f"{found.high:.2f}" if found.high is not None else "no end"
        text += f" ({found.low:.2f}-{high})"
    text += f", n = {found.n}"
    told = f"median of S = prod(1 - d/n) over {found.n} lives, {found.events} of them fixed"
    lives = [life for life in given.lives.lives if life.pattern in names]
    listed = tuple(_life(given, life) for life in lives)
    return Draft(found.median, text, told, listed, (ended, lasting))


def _life(given: Material, life: Life) -> Listed:
    """A life with its length, measured as `engines.lives.find_durations` does."""
    commits, as_of = given.history.commits, given.options.as_of
    stop = _stop(commits, as_of)
    total, note = "", ""
    gone = life.ended is not None and commits.landing[life.ended] < stop
    born = commits.times[life.born]
    ended = commits.times[life.ended] if gone and life.ended is not None else as_of
    if life.waived:
        note = "it was born under a suppression"
    elif commits.landing[life.born] >= stop:
        note = "it landed after as-of"
    elif life.inherited or NO_TIME in (born, ended):
        note = "nobody knows when it began or ended"
    else:
        mended = gone and life.end in (FIXED, REVERTED)
        total = _ENDED if mended else _LASTING
        words = life.end if mended else _GONE.get(life.end, "open, censored") if gone else "open, censored"
        by = commits.oids[life.mended if life.mended is not None else life.born]
        note = f"{max(0, ended - born) / DAY:.2f} days, {words}" + (f" by {by[:12]}" if mended else "")
    place = f"{life.path}:{life.line}"
    return list_commit(given, life.written, life.pattern, place, life.kind, total, note)


def _stop(commits: Commits, as_of: int) -> int:
    return commits.cut(as_of + 1).position
