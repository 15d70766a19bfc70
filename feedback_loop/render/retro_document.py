"""What a retro shows, in its order (H78): sections of lines and tables, before any encoding.

A part of a line is our own words, or what a repository wrote: names, paths, ids, reasons. The two forms of
the document, markdown and text, encode the latter each for its sink.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeAlias

from feedback_loop.domain.effect import NOT_ENOUGH
from feedback_loop.domain.figure import EFFECT
from feedback_loop.domain.proposal import as_number
from feedback_loop.domain.rating_words import NO_RATINGS, percent, success_words
from feedback_loop.domain.retro import (
    APPLIED,
    KEPT,
    REJECTED,
    Effect,
    Figure,
    Generation,
    Proposal,
    Ratings,
    Retro,
    Row,
    Site,
    ratio_words,
    two_places,
)
from feedback_loop.domain.success import Success
from feedback_loop.domain.text import counted

ROWS, SITES, LISTED = 7, 20, 10
_HEX = 12
_NAME_CAP = 36  # of a name in the first table: a screen has a hundred columns
_TEXT_CAP = 300
_WIDE = 90  # of a line of the header
_CODE_LINES = 12
_STATES = {APPLIED: ". Carried out by `retro --write`.", KEPT: ". Kept as it is.", REJECTED: ". Rejected."}
# Of the classes of what was skipped, where it is but one.
_ONE = {
    "ignored commits": "ignored commit",
    "bulk files": "bulk file",
    "duplicates": "duplicate",
    "commits not mined": "commit not mined",
    "texts too large": "text too large",
}


@dataclass(frozen=True)
class Said:
    """What a repository wrote."""

    text: str


@dataclass(frozen=True)
class Sentence:
    """Words with names between backticks."""

    text: str


Part: TypeAlias = str | Said | Sentence
Line: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True)
class Table:
    """Columns with their heads; numbers stand right from the second column on."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True)
class Code:
    """Lines of code of a repository: what was removed, or put in its place."""

    text: str
    language: str


@dataclass(frozen=True)
class Section:
    """`empty` is the one line that stands for it where it holds nothing."""

    title: str
    empty: str
    blocks: tuple[Line | Table | Code, ...] = ()


def first_screen(retro: Retro) -> tuple[tuple[Line, ...], tuple[Line, ...], Table, str]:
    """Header, sentences, the table of at most seven rows, and what it leaves out ("" = nothing)."""
    shown = [row for row in retro.rows if not row.is_quiet][:ROWS] or retro.rows[: min(ROWS, 3)]
    rows = tuple(_row(row) for row in shown)
    left = len(retro.rows) - len(shown)
    table = Table(("pattern", "introduced", "fixed", "open", "events", "before/after"), rows)
    return (
        tuple(_header(retro)),
        tuple((Sentence(text),) for text in retro.sentences),
        table,
        f"and {counted(left, 'more pattern')}" if left else "",
    )


def _row(row: Row) -> tuple[Line, ...]:
    numbers: list[Line] = [(number(one),) for one in (row.introduced, row.fixed, row.open)]
    word = row.word if row.state == "active" else row.state
    return (Said(_cut(row.pattern, _NAME_CAP)),), *numbers, (str(row.reported),), (word,)


def title(retro: Retro) -> str:
    """`Retro 2026-W47`, and whether it is a draft."""
    return f"Retro {retro.range.name}" + (" (draft)" if retro.header.draft else "")


def _header(retro: Retro) -> Iterator[Line]:
    header, range_ = retro.header, retro.range
    ends = f"{range_.after[:_HEX] or 'the first commit'}..{range_.last[:_HEX] or 'no commit'}"
    days = f"{range_.start[:10] or 'the beginning'} to {range_.end[:10] or 'unknown'}"
    yield f"{days} (", Said(ends), f"), as of {header.as_of}"
    classes = [
        f"{count:,} {_ONE.get(name, name) if count == 1 else name}" for name, count in header.skipped if count
    ]
    skipped = f"skipped in all of history: {', '.join(classes)}" if classes else "nothing skipped"
    late = f", {header.late} late" if header.late else ""
    said = f"{header.considered:,} of {header.commits:,} commits"
    events = f"{counted(header.events, 'event')}{late}"
    if len(said) + len(skipped) + len(events) < _WIDE:
        yield (f"{said}; {skipped}; {events}",)
    else:
        yield (f"{said}; {events}",)
        yield (skipped,)
    misplaced = f"; {counted(len(range_.misplaced), 'commit')} with odd clocks" if range_.misplaced else ""
    whole = "incomplete" if header.incomplete else "complete history"
    yield f"{whole}; detectors ", Said(header.detectors[:_HEX]), f"; feedback-loop {header.tool}{misplaced}"
    if header.incomplete:
        yield (Said(_cut(header.incomplete[0], 90)),)


def sections(retro: Retro) -> Iterator[Section]:
    """The sections behind the first screen, but for what people write themselves."""
    yield _new(retro)
    yield _effects(retro)
    yield _fixed(retro)
    yield _returned(retro)
    yield _hot_spots(retro)
    yield _plans(retro)
    yield _use(retro)
    told = (*_ratings(retro.ratings), *_generation(retro.generation))
    if told:
        yield Section("Prompts and assistants", "", told)
    yield _proposals(retro)
    yield _decisions(retro)
    yield _releases(retro)
    yield _degraded(retro)
    yield _actions(retro)


def _new(retro: Retro) -> Section:
    lines: list[Line] = [
        (*_place(site), "" if site.is_open else f", {_ended(site.end)}", _how(site))
        for site in retro.new[:SITES]
    ]
    left = retro.new_total - min(len(retro.new), SITES)
    if left:
        name = retro.range.name
        lines.append((f"and {left:,} more: ", Said(f"feedback-loop history --period {name} --format jsonl")))
    return Section("New occurrences", "No new occurrences.", tuple(lines))


def _how(site: Site) -> str:
    return ", restored by a revert" if site.kind == "restored" else ""


def _ended(end: str) -> str:
    return {"file_deleted": "gone with its file", "left_scope": "left the scope"}.get(end, end)


def _place(site: Site) -> Line:
    landed = f", landed in {site.landed_in[:_HEX]}" if site.landed_in != site.commit else ""
    return (
        Said(site.pattern),
        " in ",
        Said(_cut(f"{site.path}:{site.line}", _TEXT_CAP)),
        f", {site.commit[:_HEX]}{landed}",
    )


def _effects(retro: Retro) -> Section:
    news = [one for one in retro.effects if one.is_news and (one.was or one.word != NOT_ENOUGH)]
    lines: list[Line] = [(Said(one.pattern), f": {_effect_words(one)}") for one in news[:LISTED]]
    if len(news) > LISTED:
        lines.append((f"and {len(news) - LISTED} more: ", Said("feedback-loop effect")))
    return Section("Effects whose word changed", "No effect changed its word.", tuple(lines))


def _effect_words(one: Effect) -> str:
    """The word, the ratio with its interval, and both sides (H51)."""
    was = f" (was: {one.was})" if one.was else ""
    sides = (
        f"{counted(one.before.introductions, 'introduction')} "
        f"in {two_places(one.before.lines)}k lines before, "
        f"{one.after.introductions} in {two_places(one.after.lines)}k after adoption"
    )
    if one.word == NOT_ENOUGH:
        return f"{one.word}{was} (n = {one.n}); {sides}"
    wide = f", widened, phi = {two_places(one.phi)}" if one.phi is not None else ""
    return f"{one.word}{was}: {interval(one)}{wide}; {sides}"


def interval(one: Effect) -> str:
    """`0.36 (0.17-0.70), n = 52`: rate after by rate before, per 1,000 added lines."""
    ends = f"{ratio_words(one.low or 0)}-{ratio_words(one.high)}"
    return f"{ratio_words(one.figure.value)} ({ends}), n = {one.n}"


def _fixed(retro: Retro) -> Section:
    lines: list[Line] = [
        (*_place(site), f", {site.end} by {site.ended_by[:_HEX]} after {days(site.days)}")
        for site in retro.fixed[:SITES]
    ]
    left = retro.fixed_total - min(len(retro.fixed), SITES)
    if left:
        lines.append((f"and {left:,} more",))
    found = retro.time_to_fix
    if found is not None:
        median = "not reached" if found.median.value is None else days(found.median.value)
        low, high = (("?" if end is None else two_places(end)) for end in (found.low, found.high))
        told = f"; 95 % {low}-{high} days" if found.low is not None or found.high is not None else ""
        lines.append((f"median time to fix: {median} ({found.fixed:,} of {found.lived:,} fixed{told})",))
    lines += [("open since ", site.since[:10], ": ", *_place(site)) for site in retro.oldest]
    return Section("Fixed, and the oldest that are open", "Nothing fixed, nothing open.", tuple(lines))


def days(value: float) -> str:
    """`1.50 days`."""
    return f"{two_places(value)} days"


def _returned(retro: Retro) -> Section:
    lines: list[Line] = [("fixed before, and back: ", *_place(site)) for site in retro.again[:LISTED]]
    lines += [("where it was fixed before: ", *_place(site)) for site in retro.same_place[:LISTED]]
    left = sum(max(0, len(sites) - LISTED) for sites in (retro.again, retro.same_place))
    if left:
        lines.append((f"and {left} more",))
    return Section("Came back", "Nothing came back.", tuple(lines))


def _hot_spots(retro: Retro) -> Section:
    rows = tuple(
        (
            (Said(_cut(spot.path, _TEXT_CAP)),),
            (number(spot.introduced),),
            (str(spot.fixed),),
            (_rate(spot.rate),),
            (_rate(spot.former),),
        )
        for spot in retro.hot_spots
    )
    heads = ("path", "introduced", "fixed", "per 1,000 added lines", "six periods before")
    return Section("Hot spots", "No hot spots.", (Table(heads, rows),) if rows else ())


def _rate(value: float | None) -> str:
    return "too few" if value is None else two_places(value)


def _plans(retro: Retro) -> Section:
    lines: list[Line] = []
    for plan in retro.plans[:LISTED]:
        verdicts = ", ".join(f"{count} {name}" for name, count in plan.verdicts) or "not checked"
        told = f": {plan.ticked} of {plan.declared} ticked; {verdicts}"
        lines.append((Said(_cut(plan.path, _TEXT_CAP)), told))
    if len(retro.plans) > LISTED:
        lines.append((f"and {len(retro.plans) - LISTED} more",))
    return Section("Plans", "No plans.", tuple(lines))


def _use(retro: Retro) -> Section:
    rows = tuple(
        ((Said(one.pattern),), (number(one.preventions),), (number(one.declared),), (str(one.injections),))
        for one in retro.use
    )
    heads = ("pattern", "prevented", "declared", "injected")
    empty = "No preventions, declarations or injections."
    return Section("Preventions and use", empty, (Table(heads, rows),) if rows else ())


def _ratings(told: Ratings | None) -> Iterator[Line]:
    """One line, if anything was rated (H78.10b)."""
    if told is None:
        return
    now, before = Success(told.positive, told.n), Success(told.before_positive, told.before_n)
    share = f"{percent(before.rate)} of {before.n:,}" if before.rate is not None else NO_RATINGS
    yield (f"ratings: {success_words(now)} are successes, {told.verdict}; {share} in the period before",)


def _generation(told: Generation | None) -> Iterator[Line]:
    """One line, if any code was generated; figures alone, no word of a failure (H78.10b)."""
    if told is None:
        return
    yield (
        f"generation: {counted(told.captured, 'failure')} captured in {counted(told.runs, 'run')}, "
        f"{two_places(told.repeated_per_run)} repeated per run, prevention rate "
        f"{two_places(100 * told.prevention_rate)} % ({told.prevented} prevented, {told.occurrences} came)",
    )


def _proposals(retro: Retro) -> Section:
    blocks: list[Line | Code] = []
    for one in retro.proposals:
        blocks += _proposal(one)
    return Section("Proposals", "No proposals.", tuple(blocks))


def _proposal(one: Proposal) -> Iterator[Line | Code]:
    state = _STATES.get(one.state, "")
    yield (
        f"{one.kind} ",
        Said(one.name),
        " (",
        Said(one.id),
        "): ",
        Said(_cut(one.reason, _TEXT_CAP)),
        Sentence(state),
    )
    for words, text in (("removed by fixes", one.bad), ("put in its place", one.good)):
        if text:
            yield (f"{words}:",)
            yield Code("\n".join(text.split("\n")[:_CODE_LINES]), one.language)


def _decisions(retro: Retro) -> Section:
    lines: list[Line] = []
    for one in retro.decisions:
        now = dict(one.now)
        seen = "; ".join(
            f"{name}: {_seen(value)}" + (f", now {_seen(now[name])}" if name in now else "")
            for name, value in one.seen
        )
        more: Line = (" (", Said(_cut(seen, _TEXT_CAP)), ")") if seen else ()
        reason: Line = (": ", Said(_cut(one.reason, _TEXT_CAP))) if one.reason else ()
        lines.append((f"{one.at[:10]} {one.action} ", Said(one.pattern), *reason, *more))
    return Section("Decisions since the last retro", "No decisions since the last retro.", tuple(lines))


def _seen(value: str) -> str:
    """A figure's value as a decision names it: a whole number as it is, any other rounded."""
    found = as_number(value)
    return value if found is None or found == int(found) else two_places(found)


def _releases(retro: Retro) -> Section:
    releases, lines = retro.releases, list[Line]()
    if releases.tags:
        names = [(Said(name), f" ({oid[:_HEX]})") for name, oid in releases.tags[:LISTED]]
        joined = [part for pair in names for part in (", ", *pair)][1:]
        left = len(releases.tags) - LISTED
        lines.append(("tags: ", *joined, *([f", and {left} more"] if left > 0 else [])))
    if releases.reverts:
        share = (
            "" if releases.share is None else f", {two_places(100 * releases.share)} % of the written commits"
        )
        ids = ", ".join(oid[:_HEX] for oid in releases.reverts[:LISTED])
        lines.append((f"{counted(len(releases.reverts), 'revert')}{share}: {ids}",))
    return Section("Tags and reverts", "No tags, no reverts.", tuple(lines))


def _degraded(retro: Retro) -> Section:
    lines: list[Line] = [(Said(_cut(text, _TEXT_CAP)),) for text in retro.degraded[:LISTED]]
    lines += [(Said(_cut(text, _TEXT_CAP)),) for text in retro.header.incomplete]
    if len(retro.degraded) > LISTED:
        lines.append((f"and {len(retro.degraded) - LISTED} more",))
    return Section("Degraded input", "Everything could be read.", tuple(lines))


def _actions(retro: Retro) -> Section:
    lines: list[Line] = [
        ("done: " if one.done else "open: ", Said(_cut(one.text, _TEXT_CAP))) for one in retro.actions
    ]
    name = f"Actions of the retro before ({retro.former})" if retro.former else "Actions of the retro before"
    return Section(name, "No actions from the retro before.", tuple(lines))


def number(figure: Figure) -> str:
    """A count as it is, anything else with two places (half to even), "unknown" for None."""
    value = figure.value
    if value is None:
        return "unknown"
    if figure.id.endswith(f".{EFFECT}"):
        return ratio_words(value)
    return f"{value:,.0f}" if value == int(value) else two_places(value)


def list_figures(retro: Retro) -> Iterator[tuple[str, str]]:
    """(id, value) of every figure in it, by id."""
    found = {figure.id: number(figure) for figure in _figures(retro)}
    yield from sorted(found.items())


def _figures(value: Any) -> Iterator[Figure]:
    if isinstance(value, Figure):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from _figures(getattr(value, one.name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from _figures(inner)


def _cut(text: str, cap: int) -> str:
    return text if len(text) <= cap else text[: cap - 1] + "…"


def widths(table: Table, cells: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column has to be for its head and these cells."""
    return [max(len(head), *(len(row[at]) for row in cells), 0) for at, head in enumerate(table.heads)]


def plain(parts: Iterable[Part]) -> str:
    """The line without any encoding."""
    return "".join(part if isinstance(part, str) else part.text for part in parts)
