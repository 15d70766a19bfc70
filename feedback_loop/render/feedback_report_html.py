"""The report of ratings as one HTML page: the same figures as its text, the two rates drawn."""

from __future__ import annotations

from feedback_loop.domain.rating_report import Performer, RatingReport
from feedback_loop.domain.rating_words import percent, points, share_words
from feedback_loop.domain.success import DECLINED, IMPROVED, Success
from feedback_loop.render.encoders import Markup, element
from feedback_loop.render.feedback_report import (
    ACTIONS,
    NO_PROBLEMS,
    NO_TOP,
    PROBLEM_WORDS,
    PROBLEMS,
    SHARES,
    TOP,
    TOP_WORDS,
    cells,
    figures,
    incomplete_words,
    span_words,
)
from feedback_loop.render.page import (
    Head,
    Inside,
    Page,
    Section,
    beside,
    code,
    figure,
    listing,
    number,
    paragraph,
    render_page,
    table,
    tiles,
)
from feedback_loop.render.rating_tables import name_parts
from feedback_loop.render.svg import WIDTH, Caption, drawing, label, label_row, line, shape

_TONES = {IMPROVED: "good", DECLINED: "bad"}
_ROW = 40
_EDGE = 14  # of the axis: its outer labels need room
_LEAD = ("Success", "Verdict", "Change", "Before")
_READING = (
    "A mark is the share of ratings that are a success, its line the 95 % interval: where the true share may "
    "well lie. Lines that overlap far do not tell two periods apart."
)


def render_feedback_report_html(report: RatingReport) -> str:
    """The whole page. The same report gives the same bytes."""
    period = report.period
    sections = (
        Section("rate", "Success rate", _rates(report)),
        Section("top", TOP, _performers(TOP, TOP_WORDS, report.top_performers, NO_TOP)),
        Section(
            "problems", PROBLEMS, _performers(PROBLEMS, PROBLEM_WORDS, report.problem_areas, NO_PROBLEMS)
        ),
        Section("actions", ACTIONS, (listing([_action(one) for one in report.action_items]),)),
    )
    page = Page(
        "feedback-loop",
        f"Prompt feedback: {period.name}",
        (span_words(period),),
        (*_alert(report), _lead(report), _tiles(report)),
        sections,
        "A success has four or five stars and no thumb down. Intervals are Wilson's, of the difference "
        "Newcombe's, at 95 %.",
    )
    return render_page(page)


def _alert(report: RatingReport) -> tuple[Markup, ...]:
    if report.period.complete:
        return ()
    words = incomplete_words(report.period)
    return (paragraph(f"U{words[1:]}.", kind="alert"),)


def _lead(report: RatingReport) -> Markup:
    told = dict(figures(report))
    tone = _TONES.get(report.change.verdict, "plain")
    lines: list[list[Inside]] = []
    for name in _LEAD:
        inside = (
            element("span", told[name], class_=tone) if name == "Verdict" else element("span", told[name])
        )
        lines.append([element("b", name), inside])
    return listing(lines, "lead")


def _tiles(report: RatingReport) -> Markup:
    success, change = report.success, report.change
    shown: list[tuple[str, Inside]] = [("ratings", number(success.n))]
    if success.rate is not None:
        shown.append(("success", percent(success.rate)))
    if change.difference is not None:
        shown.append(("points against before", points(change.difference)))
    if report.avg_rating is not None:
        shown.append(("stars on average", f"{report.avg_rating:.2f}"))
    return tiles(shown)


def _rates(report: RatingReport) -> tuple[Markup, ...]:
    tone = _TONES.get(report.change.verdict, "")
    rows = [(report.period.name, report.success, tone), (report.previous, report.before, "")]
    heads = [Head("period"), Head("ratings", True), Head("successes", True), Head("rate", True)]
    counts: list[list[Inside]] = [
        [name, number(one.n), number(one.positive), "unknown" if one.rate is None else percent(one.rate)]
        for name, one, _ in rows
    ]
    words = "Ratings of this period and the one before"
    parts = [table(words, heads, counts)]
    drawn = [row for row in rows if row[1].n]
    if drawn:
        about = "; ".join(f"{name} {share_words(one)}" for name, one, _ in drawn)
        chart = _chart(Caption("rates", "Success rates with their intervals", about), drawn)
        parts = [beside(figure("Share of successes", chart), parts[0]), paragraph(_READING, kind="note")]
    return tuple(parts)


def _performers(title: str, words: str, rows: tuple[Performer, ...], otherwise: str) -> tuple[Markup, ...]:
    if not rows:
        return (paragraph(otherwise, kind="note"),)
    heads = [Head("name"), Head("kind"), Head(SHARES[title], True), Head("rate (95 %)", True)]
    shown: list[list[Inside]] = [[code(name), kind, n, share] for kind, name, n, share in map(cells, rows)]
    return (table(words, heads, shown),)


def _action(action: str) -> list[Inside]:
    head, name, tail = name_parts(action)
    return [head, code(name), tail] if name else [head]


# -- the chart -------------------------------------------------------------------------------------


def _chart(caption: Caption, rows: list[tuple[str, Success, str]]) -> Markup:
    """A line for each share on an axis from 0 to 100 %."""
    bottom = _ROW * len(rows) + 4
    parts: list[Markup] = []
    for tick in range(0, 101, 25):
        at = _place(tick / 100)
        parts.append(line(at, 0, at, bottom, "grid"))
        parts.append(label(f"{tick} %", at, bottom + 15, "middle"))
    for row, (name, share, tone) in enumerate(rows):
        parts.append(_interval(name, share, tone, row * _ROW))
    return drawing(caption, bottom + 22, parts)


def _interval(name: str, share: Success, tone: str, top: int) -> Markup:
    level, at = top + 28, _place(share.rate or 0.0)
    low, high = map(_place, share.interval)
    mark = (
        shape(f"M{at - 6} {level}l6 -6l6 6l-6 6z", "mark")
        if tone == "bad"
        else element("circle", cx=at, cy=level, r=5, class_="mark")
    )
    return element(
        "g",
        *label_row(name, share_words(share), top + 16),
        line(low, level, high, level, "range"),
        mark,
        class_=f"interval {tone}".rstrip(),
    )


def _place(share: float) -> int:
    return _EDGE + round((WIDTH - 2 * _EDGE) * share)
