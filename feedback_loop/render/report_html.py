"""The metrics report as one HTML page: the same figures as its text, with charts.

It takes what `MetricsAnalyzer.generate_report` returns, and `count_by_step` for the columns over time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from feedback_loop.domain.moment import DAY, format_moment, parse_moment
from feedback_loop.domain.text import counted
from feedback_loop.render import charts
from feedback_loop.render.charts import Column, Interval, Strip
from feedback_loop.render.encoders import Markup, element
from feedback_loop.render.metrics_report import report_figures
from feedback_loop.render.page import (
    Head,
    Inside,
    Page,
    Section,
    beside,
    code,
    figure,
    number,
    paragraph,
    ratio_words,
    render_page,
    table,
    table_of_recent,
    tiles,
)
from feedback_loop.render.svg import Caption

Report = Mapping[str, Any]

_ROWS, _CHARTED = 50, 12
_NOT_ENOUGH = "not enough data"
_TONES = {"dropped": "good", "rose": "bad"}
_LEAD = (("Better", "dropped"), ("Worse", "rose"))
_NAMED = 5
_STEPS = {"all": 30}  # days of a step; of the other periods 7


def render_report_html(report: Report, steps: Mapping[str, Sequence[int]]) -> str:
    """The whole page; `steps` are each pattern's counts up to the end of the period, the oldest first."""
    period = report["period"]
    span = f"{period['from'] or 'no dated entry'} .. {period['to']}"
    all_figures = list(report_figures(report))
    totals: list[tuple[str, Inside]] = [(label, number(value)) for label, value in all_figures[:5]]
    notes = ", ".join(f"{label.lower()}: {number(value)}" for label, value in all_figures[5:])
    parts = (
        Section("time", "Over time", _time(report, steps)),
        Section("patterns", "By pattern", _patterns(report)),
        Section("effects", "Before and after", _effects(report["effectiveness"])),
    )
    page = Page(
        "feedback-loop",
        f"Metrics report: {period['name']}",
        (span, notes),
        (_lead(report), tiles(totals)),
        tuple(one if one.body else _empty(one) for one in parts),
        f"as of {report['generated_at']}",
    )
    return render_page(page)


def _empty(section: Section) -> Section:
    return Section(section.key, section.heading, (paragraph("Nothing recorded.", kind="note"),))


def _lead(report: Report) -> Markup:
    """What became rarer and what more frequent, and what was hit most."""
    effects = report["effectiveness"]
    lines = []
    for word, verdict in _LEAD:
        names = [name for name, one in effects.items() if one["verdict"] == verdict]
        lines.append(element("li", element("b", word), _names(names, "nothing that these data can tell")))
    most = [one["pattern"] for one in report["high_frequency_patterns"]]
    lines.append(element("li", element("b", "Most often"), _names(most, "no pattern twice")))
    return element("ul", *lines, class_="lead")


def _names(names: Sequence[str], otherwise: str) -> Markup:
    parts: list[Inside] = []
    for name in names[:_NAMED]:
        parts += [", "] * bool(parts) + [code(name)]
    if len(names) > _NAMED:
        parts.append(f" and {len(names) - _NAMED} more")
    return element("span", *(parts or [otherwise]))


def _time(report: Report, steps: Mapping[str, Sequence[int]]) -> tuple[Markup, ...]:
    sums = [sum(counts) for counts in zip(*steps.values(), strict=True)]
    if not any(sums):
        return ()
    days = _STEPS.get(report["period"]["name"], 7)
    end = parse_moment(report["period"]["to"]) or 0
    starts = [format_moment(end - number_of * days * DAY)[:10] for number_of in range(len(sums), 0, -1)]
    about = (
        f"{len(sums)} steps of {days} days from {starts[0]}. Most: {max(sums)}, in the step from "
        f"{starts[sums.index(max(sums))]}. In the last step: {sums[-1]}."
    )
    columns = [
        Column(start[5:], count, is_now=at == len(sums) - 1, note=f"{days} days from {start}: {count}")
        for at, (start, count) in enumerate(zip(starts, sums, strict=True))
    ]
    chart = charts.columns_chart(Caption("time-chart", "Occurrences over time", about), columns)
    rows = [[start, number(count)] for start, count in zip(starts[::-1], sums[::-1], strict=True)]
    words = f"Occurrences with a date, in steps of {days} days"
    return (
        beside(figure(words, chart), table_of_recent(words, [Head("from"), Head("occurrences", True)], rows)),
    )


def _patterns(report: Report) -> tuple[Markup, ...]:
    ranked = report["ranked_patterns"]
    if not ranked:
        return ()
    often = sorted(ranked, key=lambda one: (-one["count"], one["pattern"]))[:_CHARTED]
    strips = [Strip(one["pattern"], one["count"], number(one["count"])) for one in often]
    about = "; ".join(f"{one.name} {one.words}" for one in strips[:5])
    chart = charts.strips_chart(Caption("often", "Occurrences by pattern", about), strips)
    rows: list[list[Inside]] = [
        [code(one["pattern"]), one["severity"], number(one["count"])] for one in ranked[:_ROWS]
    ]
    heads = [Head("pattern"), Head("severity"), Head("count", True)]
    words = f"{counted(len(ranked), 'pattern')}, by severity and count"
    return beside(figure("Occurrences, the most frequent first", chart), table(words, heads, rows)), *_more(
        len(ranked)
    )


def _effects(effects: Report) -> tuple[Markup, ...]:
    if not effects:
        return ()
    judged = [(name, one) for name, one in effects.items() if one["verdict"] != _NOT_ENOUGH]
    listed = judged + [(name, one) for name, one in effects.items() if one["verdict"] == _NOT_ENOUGH]
    heads = [
        Head("pattern"),
        Head("word"),
        *(Head(text, True) for text in ("ratio (95 %)", "before", "after", "score")),
    ]
    rows: list[list[Inside]] = [
        [
            code(name),
            element("span", one["verdict"], class_=_TONES.get(one["verdict"], "plain")),
            _ratio(one),
            number(one["before"]["n"]),
            number(one["after"]["n"]),
            number(one["score"]),
        ]
        for name, one in listed[:_ROWS]
    ]
    words = "Occurrences in both halves of the last 30 days, or before and after adoption"
    parts = [table(words, heads, rows), *_more(len(listed))]
    if judged:
        caption = "The later rate as a multiple of the earlier, with its 95 % interval"
        reading = paragraph(charts.READING, kind="note")
        parts.insert(0, beside(figure(caption, _intervals(judged)), reading))
    return tuple(parts)


def _intervals(judged: Sequence[tuple[str, Report]]) -> Markup:
    rows = []
    for name, one in judged[:_CHARTED]:
        ratio, word = one["rate_ratio"], one["verdict"]
        value, low, high = (_bound(ratio[key]) for key in ("value", "low", "high"))
        rows.append(Interval(name, value, low, high, f"{_ratio(one)} {word}", _TONES.get(word, "")))
    about = "; ".join(f"{one.name} {one.words}" for one in rows)
    return charts.intervals_chart(Caption("ratios", "Later rates against earlier ones", about), rows)


def _bound(value: float | None) -> float:
    """A ratio of the report, where None is infinite."""
    return math.inf if value is None else value


def _ratio(effect: Report) -> str:
    if effect["verdict"] == _NOT_ENOUGH:
        return f"n = {effect['total_occurrences']}"
    ratio = effect["rate_ratio"]
    return ratio_words(_bound(ratio["value"]), _bound(ratio["low"]), _bound(ratio["high"]))


def _more(total: int) -> list[Markup]:
    more = total - _ROWS
    return [paragraph(f"and {number(more)} more: ", code("--format json"), kind="note")] if more > 0 else []
