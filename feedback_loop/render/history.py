"""What `history` says to people (1.8): one line a pattern, and how far the figures can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from feedback_loop.domain.effect import DROPPED, NOT_ENOUGH, ROSE, CodeEffect
from feedback_loop.domain.history import NO_TIME
from feedback_loop.domain.history_report import HistoryReport, PatternReport, Place, Site
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.rollup import LINES, HotSpot, Row
from feedback_loop.domain.text import counted, path_text, visible
from feedback_loop.render.effect import ratio_words

_SHORT = 12
_ROWS = 30
_SPOTS = 10
_NAMED = 10
_DEFECTS = 5
_EFFECT = "before/after adoption, per 1,000 added lines"


def render_history(report: HistoryReport, show_open: bool = False, show_survival: bool = False) -> str:
    """The whole answer; `show_open` lists what is open at the tip, `show_survival` how long things lived."""
    blocks = [
        [*_head(report), *_patterns(report)],
        _rows(report),
        _hot_spots(report.hot_spots),
        _survival(report) if show_survival else [],
        _standing(report.standing) if show_open else [],
        [*_relapses(report), *_trust(report)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def effect_words(effect: CodeEffect | None) -> str:
    """One pattern before and after its adoption: word, rate ratio with its 95 % interval, n."""
    if effect is None or effect.adopted is None:
        return "not adopted"
    if effect.verdict == NOT_ENOUGH or effect.ratio is None:
        why = f"; {effect.why}" if effect.why and not effect.why.startswith("n =") else ""
        return f"{NOT_ENOUGH} (n = {effect.n}{why})"
    words = f"{effect.verdict}: {ratio_words(effect.ratio)}, n = {effect.n}"
    if effect.verdict not in (DROPPED, ROSE) and effect.detectable is not None:
        words += f"; {_number(effect.detectable)} would have shown"
    if effect.widened and effect.phi is not None:
        words += f"; widened, phi = {_number(effect.phi)}"
    return words


# -- above the table ---------------------------------------------------------------------------------


def _head(report: HistoryReport) -> Iterator[str]:
    commits = report.commits
    split = (
        f"{_many(commits.total, 'commit')} ({commits.written:,} written, {_many(commits.merges, 'merge')})"
    )
    whole = "complete" if report.complete else "incomplete"
    branch = visible(report.branch) or "HEAD"
    dates = f"{_day(commits.first)} .. {_day(commits.last)}" if commits.considered else "no commits"
    yield f"history  {branch} {report.tip[:_SHORT]}   {split}   {dates}   {whole}"
    period = report.period
    told = f"{commits.considered:,} of {commits.total:,} commits considered; skipped: {_skipped(report)}"
    yield f"period {visible(period.name)}: {told}" if period.name else told
    if not commits.considered:
        yield "nothing landed in it"
    if period.misplaced:
        named = ", ".join(map(_place, period.misplaced[:_NAMED]))
        more = len(period.misplaced) - _NAMED
        yield f"placed by topology, against their clocks: {named}" + (f" and {more} more" if more > 0 else "")
    yield from (f"incomplete: {visible(reason)}" for reason in report.incomplete)


def _skipped(report: HistoryReport) -> str:
    one = report.skipped
    told = [
        counted(one.ignored, "ignored commit") if one.ignored else "",
        counted(one.duplicates, "duplicate") if one.duplicates else "",
        counted(one.bulk_files, "bulk file") if one.bulk_files else "",
        f"{counted(one.not_mined, 'commit')} not mined" if one.not_mined else "",
        f"{counted(one.capped, 'text')} too large" if one.capped else "",
    ]
    return ", ".join(filter(None, told)) or "nothing"


# -- the table ---------------------------------------------------------------------------------------


def _patterns(report: HistoryReport) -> list[str]:
    shown = [one for one in report.patterns if not one.silent]
    head = ["pattern", "introduced", "occurrences", "fixed", "open", _EFFECT]
    lines = _table([head, *map(_pattern_row, shown)]) if shown else []
    silent = [visible(one.figures.pattern) for one in report.patterns if one.silent]
    if silent:
        more = f" and {len(silent) - _NAMED} more" if len(silent) > _NAMED else ""
        lines.append(f"none of {counted(len(silent), 'other')}: {', '.join(silent[:_NAMED])}{more}")
    return lines or ["no pattern of the library has a detector"]


def _pattern_row(one: PatternReport) -> list[str]:
    figures = one.figures
    counts = (figures.introduced, figures.occurrences, figures.fixed, figures.open)
    return [visible(figures.pattern), *(f"{count:,}" for count in counts), effect_words(one.effect)]


def _rows(report: HistoryReport) -> list[str]:
    if report.by == "pattern":
        return []
    head = [report.by, "introduced", "occurrences", "fixed", "added lines"]
    head.append("patterns" if report.by == "commit" else "")
    shown = report.rows if report.by in ("week", "month") else report.rows[:_ROWS]
    lines = _table([head, *(_row(row, report.by) for row in shown)])
    more = len(report.rows) - len(shown)
    return lines + ([f"{more} more: --format json"] if more else [])


def _row(row: Row, by: str) -> list[str]:
    key = path_text(row.key.encode("utf-8", "surrogateescape"))
    patterns = ""
    if by == "commit":
        key, patterns = _place(Place(row.key, row.time or NO_TIME)), ", ".join(map(visible, row.patterns))
    added = "" if row.added is None else f"{row.added:,}"
    counts = (f"{count:,}" for count in (row.introduced, row.occurrences, row.fixed))
    return [key, *counts, added, patterns]


def _hot_spots(spots: Sequence[HotSpot]) -> list[str]:
    if not spots:
        return []
    head = ["hot spot", "introduced", "fixed", f"per {LINES:,} added lines", "six periods before"]
    return _table([head, *map(_spot, spots[:_SPOTS])])


def _spot(spot: HotSpot) -> list[str]:
    rates = ["-" if rate is None else _number(rate) for rate in (spot.rate, spot.rate_before)]
    return [
        path_text(spot.path.encode("utf-8", "surrogateescape")),
        f"{spot.introduced:,}",
        f"{spot.fixed:,}",
        rates[0],
        f"{rates[1]} ({spot.introduced_before:,})" if spot.introduced_before else rates[1],
    ]


def _survival(report: HistoryReport) -> list[str]:
    head = ["time to fix", "lived", "fixed", "median days (95 %)"]
    return _table([head, *(_lasted(one) for one in report.patterns if one.survival and one.survival.n)])


def _lasted(one: PatternReport) -> list[str]:
    survival, lasted = one.survival, one.durations
    if survival is None or lasted is None:
        return []
    median = "not reached"
    if survival.median is not None:
        ends = [_number(end) if end is not None else "?" for end in (survival.low, survival.high)]
        median = f"{_number(survival.median)} ({ends[0]}-{ends[1]})"
    left = [
        f"{lasted.deleted} with their file" if lasted.deleted else "",
        f"{lasted.left} left the scope" if lasted.left else "",
        f"{lasted.dissolved} dissolved" if lasted.dissolved else "",
        f"{lasted.backward} with clocks running backwards" if lasted.backward else "",
        f"{lasted.undated} undated" if lasted.undated else "",
    ]
    words = ", ".join(filter(None, [median, *left]))
    return [visible(one.figures.pattern), f"{survival.n:,}", f"{survival.events:,}", words]


def _standing(sites: Sequence[Site]) -> list[str]:
    lines = [f"open at the tip: {len(sites):,}"]
    for site in sites:
        place = f"{path_text(site.path.encode('utf-8', 'surrogateescape'))}:{site.line}"
        since = f"  since {_place(site.commit)}" if site.commit else "  written before what can be seen"
        lines.append(f"  {place}  {visible(site.pattern)}{since}")
    return lines


# -- below the table ---------------------------------------------------------------------------------


def _relapses(report: HistoryReport) -> Iterator[str]:
    if report.shared is None or report.lives is None:
        return
    again = [one.figures for one in report.patterns if one.figures.reintroduced]
    if again:
        named = ", ".join(f"{visible(one.pattern)} {one.reintroduced:,}" for one in again)
        yield f"came back after a fix: {named}"
    if report.shared:
        share = f"{report.shared:,} of {counted(report.lives, 'occurrence')}"
        yield f"{share} had an equal line in the same file: those may have swapped ages"


def _trust(report: HistoryReport) -> Iterator[str]:
    """The tip check, and how much of the files structural detectors could read."""
    checks = [one.check for one in report.patterns]
    landed = all(check.landed is not None for check in checks)
    agree = sum(not (check.landed_gap if landed else check.gap) for check in checks)
    ledger = "landed" if landed else "written"
    line = f"open at the tip = {ledger} history for {agree} of {counted(len(checks), 'pattern')}"
    if report.blobs:
        line += f"; {100 * report.readable // report.blobs} % of {report.blobs:,} blobs readable"
    yield line
    for check in checks:
        if check.gap:
            parts = ", ".join(f"{count:+,} {part}" for part, count in check.parts)
            why = f": {parts}" if parts else " (--landed tells why)" if not landed else ""
            differs = f"{abs(check.gap):,} {'more' if check.gap > 0 else 'fewer'} than the tip holds"
            yield f"  {visible(check.pattern)}: written history has {differs}{why}"
    for check in [check for check in checks if check.defect][:_DEFECTS]:
        said = f"landed history says {check.landed}, the tip holds {check.held}"
        yield f"DEFECT: {visible(check.pattern)}: {said}"
    if report.orphans and report.complete:
        yield f"DEFECT: {counted(report.orphans, 'removal')} without an addition in landed history"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns: the first to the left, figures to the right, the last as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:], strict=True)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return lines


def _place(place: Place) -> str:
    return f"{_day(place.time)} {place.oid[:_SHORT]}"


def _day(moment: int | None) -> str:
    return "no date" if moment is None or moment == NO_TIME else format_moment(moment)[:10]


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _number(value: float) -> str:
    return "inf" if math.isinf(value) else f"{value:.2f}"
