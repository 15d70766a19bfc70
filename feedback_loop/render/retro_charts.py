"""The charts of a retro's page, each beside its numbers: weeks, effects, time to fix, hot spots."""

from __future__ import annotations

import math
from collections.abc import Sequence

from feedback_loop.domain.effect import DROPPED, NOT_ENOUGH, ROSE
from feedback_loop.domain.moment import DAY, parse_moment
from feedback_loop.domain.retro import Effect, HotSpot, Retro, TimeToFix, Week, ratio_words, two_places
from feedback_loop.domain.text import counted
from feedback_loop.render import charts
from feedback_loop.render.charts import Column, Interval, Strip
from feedback_loop.render.encoders import Markup, element
from feedback_loop.render.page import (
    Head,
    Inside,
    beside,
    code,
    figure,
    keys,
    listing,
    number,
    paragraph,
    table,
    table_of_recent,
)
from feedback_loop.render.retro_document import days
from feedback_loop.render.retro_lists import MOST, explain_command, explained, left_out, sites_table
from feedback_loop.render.svg import Caption

_CHARTED = 12  # rows of a chart: the table beside it has more
_TONES = {DROPPED: "good", ROSE: "bad"}


def effect_word(word: str, was: str = "") -> Markup:
    """The word of an effect, and what it was if that is another."""
    more = [f", was: {was}"] if was and was != word else []
    return element("span", element("span", word, class_=_TONES.get(word, "plain")), *more)


def weeks_part(weeks: Sequence[Week], start: str) -> tuple[Markup, ...]:
    """Introductions above the line and fixes below it, week by week; `start` begins the period."""
    if not any(one.introduced or one.fixed for one in weeks):
        return ()
    now = [bool(start) and _is_now(one, start) for one in weeks]
    columns = [
        Column(one.start[5:10], one.introduced, one.fixed, is_now, _week_words(one))
        for one, is_now in zip(weeks, now, strict=True)
    ]
    most = max(weeks, key=lambda one: one.introduced)
    about = (
        f"{counted(len(weeks), 'week')} from {weeks[0].start[:10]} to {weeks[-1].start[:10]}. "
        f"Most introductions: {most.introduced}, in the week of {most.start[:10]}. "
        f"In the last week: {weeks[-1].introduced} introduced, {weeks[-1].fixed} fixed."
    )
    legend = keys([("introduced", ""), ("before this period", "past"), ("fixed, below the line", "below")])
    chart = charts.columns_chart(Caption("weeks", "Introductions and fixes per week", about), columns)
    rows = [[one.start[:10], number(one.introduced), number(one.fixed)] for one in reversed(weeks)]
    heads = [Head("week of"), Head("introduced", True), Head("fixed", True)]
    return (beside(figure(legend, chart), table_of_recent("Introductions and fixes per week", heads, rows)),)


def _is_now(week: Week, start: str) -> bool:
    """Whether the week reaches into the period: it ends after the first moment."""
    return (parse_moment(week.start) or 0) + 7 * DAY > (parse_moment(start) or 0)


def _week_words(week: Week) -> str:
    return f"week of {week.start[:10]}: {week.introduced} introduced, {week.fixed} fixed"


def effects_part(effects: Sequence[Effect]) -> tuple[Markup, ...]:
    """Ratios with their intervals, those with another word than before first."""
    if not effects:
        return ()
    listed = sorted(effects, key=lambda one: not one.is_news)  # stable: news first
    heads = [
        Head("pattern"),
        Head("word"),
        Head("ratio (95 %)", True),
        Head("n", True),
        Head("before", True),
        Head("after", True),
    ]
    rows: list[list[Inside]] = [
        [
            code(one.pattern),
            effect_word(one.word, one.was),
            element("span", _ratio(one), title=explain_command(one.figure)),
            number(one.n),
            f"{one.before.introductions} in {two_places(one.before.lines)}k",
            f"{one.after.introductions} in {two_places(one.after.lines)}k",
        ]
        for one in listed[:MOST]
    ]
    caption = "Introductions, and thousands of added lines in scope, before and after adoption"
    why: list[list[Inside]] = [[code(one.pattern), f": {one.why}"] for one in listed[:MOST] if one.why]
    notes = element("div", paragraph(charts.READING, kind="note"), *([listing(why, "note")] if why else []))
    drawn = [one for one in listed if _value(one) is not None and one.low is not None][:_CHARTED]
    words = "The rate after adoption as a multiple of the rate before, with its 95 % interval"
    top = beside(figure(words, _intervals(drawn)), notes) if drawn else notes
    return top, table(caption, heads, rows), *left_out(len(listed))


def _intervals(effects: Sequence[Effect]) -> Markup:
    rows = []
    for one in effects:
        value, low = _value(one), one.low
        if value is not None and low is not None:
            high = math.inf if one.high is None else one.high
            words = f"{_ratio(one)} {one.word}"
            rows.append(Interval(one.pattern, value, low, high, words, _TONES.get(one.word, "")))
    about = "; ".join(f"{one.name} {one.words}" for one in rows)
    return charts.intervals_chart(Caption("ratios", "Rates after adoption against before", about), rows)


def _value(effect: Effect) -> float | None:
    """The ratio; infinite where there was nothing before, None without enough data."""
    if effect.word == NOT_ENOUGH:
        return None
    value = effect.figure.value
    return math.inf if value is None and effect.is_endless and effect.low is not None else value


def _ratio(effect: Effect) -> str:
    value = _value(effect)
    if value is None or effect.low is None:
        return "unknown"
    return f"{ratio_words(value)} ({ratio_words(effect.low)} to {ratio_words(effect.high)})"


def fixed_part(retro: Retro, listed: str) -> tuple[Markup, ...]:
    """How long it takes until an occurrence is fixed, what was, and the oldest that are open.

    `listed` is the command that lists all that were fixed.
    """
    parts = [*sites_table("Fixed in this period", retro.fixed, retro.fixed_total, listed)]
    if retro.time_to_fix is not None and retro.time_to_fix.lived:
        parts.insert(0, _time_to_fix(retro.time_to_fix))
    return (*parts, *sites_table("The oldest that are open", retro.oldest, len(retro.oldest)))


def _time_to_fix(time: TimeToFix) -> Markup:
    median = time.median.value
    middle = "not reached" if median is None else days(median)
    words = "fewer than half are fixed" if median is None else f"half by {middle}"
    low, high = (("unknown" if end is None else two_places(end)) for end in (time.low, time.high))
    range_ = "" if time.low is None else f" (95 % from {low} to {high})"
    about = f"{number(time.fixed)} of {number(time.lived)} were fixed; median {middle}{range_}"
    rows: list[list[Inside]] = [
        [
            "median",
            element("span", middle, title=explain_command(time.median)),
        ],
        ["95 % interval", f"{low} to {high}"],
        ["occurrences", number(time.lived)],
        ["fixed", number(time.fixed)],
    ]
    rows += [
        [f"open after {count} days", _left(time, count)]
        for count in (7, 30, 90, 365)
        if _reaches(time, count)
    ]
    numbers = table("Time to fix, over all that landed", [Head("figure"), Head("value", True)], rows)
    if not time.steps:
        return numbers
    chart = charts.steps_chart(
        Caption("survival", "The share that is still open, by days since it landed", about + "."),
        time.steps,
        median,
        words,
    )
    return beside(figure("The share still open, by days since it landed (Kaplan and Meier)", chart), numbers)


def _reaches(time: TimeToFix, days: int) -> bool:
    return bool(time.steps) and time.steps[-1][0] >= days


def _left(time: TimeToFix, days: int) -> str:
    share = [share for at, share in ((0.0, 1.0), *time.steps) if at <= days][-1]
    return f"{two_places(share * 100)} %"


def hot_spots_part(spots: Sequence[HotSpot]) -> tuple[Markup, ...]:
    """Introductions by path, and their rates."""
    if not spots:
        return ()
    strips = [
        Strip(one.path, one.introduced.value or 0, number(one.introduced.value)) for one in spots[:_CHARTED]
    ]
    about = "; ".join(f"{one.name} {one.words}" for one in strips[:5])
    chart = charts.strips_chart(Caption("spots", "Introductions in this period, by path", about), strips)
    heads = [Head("path"), *(Head(text, True) for text in ("introduced", "fixed", "lines", "rate", "before"))]
    rows: list[list[Inside]] = [
        [
            code(one.path),
            explained(one.introduced),
            number(one.fixed),
            number(one.lines),
            _rate(one.rate),
            _rate(one.former),
        ]
        for one in spots[:MOST]
    ]
    caption = "Rates are introductions in 1,000 added lines; before: the six periods before"
    return beside(figure("Introductions in this period", chart), table(caption, heads, rows)), *left_out(
        len(spots)
    )


def _rate(rate: float | None) -> str:
    return "-" if rate is None else two_places(rate)
