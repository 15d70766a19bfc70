"""Where a figure comes from, as text and for programs (H93)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from feedback_loop.domain.explanation import EVENT, Listed, Origin, Record, Recount
from feedback_loop.domain.figure import LIBRARY
from feedback_loop.domain.text import counted, visible

SCHEMA_VERSION = 1
_DIGITS = 12  # of an id on a terminal
_DATE = 10
_SHOWN = 20  # lines in which the two lists of a recount differ


def render_origin(origin: Origin, recount: Recount | None = None) -> str:
    """Definition, formula and inputs, then each commit or event, one a line, and what they add up to."""
    head = [f"{visible(str(origin.figure))} = {visible(origin.text)}", visible(origin.definition), ""]
    facts = [("formula", origin.formula), *origin.inputs]
    facts += [("incomplete", why) for why in origin.incomplete]
    width = max(len(name) for name, _ in facts)
    head += [f"{name.ljust(width)}  {visible(text)}" for name, text in facts]
    whole = origin.figure.name == LIBRARY
    lines = [*head, "", *(_listed(origin.listed, whole) or ["nothing to list"]), "", _sums(origin)]
    if origin.command:
        lines += [f"to see one: {visible(origin.command)}"]
    if recount is not None:
        lines += ["", *_recount(origin, recount)]
    return "\n".join(lines) + "\n"


def _listed(listed: Iterable[Listed], whole: bool = True) -> list[str]:
    """Columns: id, date, place, the pattern if `whole`, kind, whether counted."""
    rows = [_row(one, whole) for one in listed]
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _row(one: Listed, whole: bool) -> tuple[str, ...]:
    place = visible(one.place).replace("\t", "\\t") or "-"
    what = f"event: {one.kind}" if one.source == EVENT else one.kind
    named = (one.pattern,) if whole else ()
    return one.id[:_DIGITS], one.at[:_DATE].ljust(_DATE), place, *named, what, _counts(one)


def _counts(one: Listed) -> str:
    if not one.total:
        return f"not counted: {visible(one.note)}"
    words = "counted" if one.amount == 1 else f"counts {one.amount:,}"
    more = [one.note, f"landed in {one.landed_in[:_DIGITS]}" if one.landed_in else ""]
    return ", ".join([f"{words}: {one.total}", *(visible(text) for text in more if text)])


def _amount(number: int, name: str) -> str:
    singular = {"introductions": "introduction", "fixes": "fix"}.get(name, name)
    return f"{number:,} {singular if number == 1 else name}"


def _sums(origin: Origin) -> str:
    """The line that adds up."""
    parts = [_amount(origin.listed_amount(name), name) for name, _ in origin.totals]
    lines = counted(sum(1 for one in origin.listed if one.total), "line")
    told = f"adds up to {visible(origin.text)}: {' + '.join(parts)} in {lines} of {len(origin.listed)}"
    if origin.adds_up:
        return told
    wrong = ", ".join(_amount(value, name) for name, value in origin.totals)
    return (
        f"does NOT add up, which is a defect of feedback-loop: {' + '.join(parts)} listed, {wrong} reported"
    )


def _recount(origin: Origin, recount: Recount) -> Iterator[str]:
    if recount.agrees:
        yield f"recounted from git without the cache: {visible(recount.text)}, the same"
        return
    yield (
        f"recounted from git without the cache: {visible(recount.text)}, "
        f"with the cache: {visible(origin.text)}; remove the cache to rebuild it"
    )
    for words, listed in (("only in git", recount.missing), ("only in the cache", recount.extra)):
        for line in _listed(listed[:_SHOWN]):
            yield f"{words}: {line}"
        if len(listed) > _SHOWN:
            yield f"{words}: {len(listed) - _SHOWN} more"


def origin_fields(origin: Origin, recount: Recount | None = None) -> dict[str, Any]:
    """The same for programs: full ids, each total beside what the listed ones add to it."""
    fields: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "figure": str(origin.figure),
        "value": origin.value,
        "text": origin.text,
        "definition": origin.definition,
        "formula": origin.formula,
        "inputs": [{"name": name, "text": _plain(text)} for name, text in origin.inputs],
        "listed": [_fields(one) for one in origin.listed],
        "totals": [
            {"name": name, "value": value, "listed": origin.listed_amount(name)}
            for name, value in origin.totals
        ],
        "adds_up": origin.adds_up,
        "command": _plain(origin.command),
        "complete": not origin.incomplete,
        "incomplete_reasons": list(origin.incomplete),
    }
    if recount is not None:
        fields["recount"] = {
            "text": recount.text,
            "agrees": recount.agrees,
            "missing": [_fields(one) for one in recount.missing],
            "extra": [_fields(one) for one in recount.extra],
        }
    return fields


def _fields(one: Listed) -> dict[str, Any]:
    listed = one._asdict()
    return listed | {"place": _plain(one.place), "counted": bool(one.total)}


def _plain(text: str) -> str:
    r"""The text without undecodable bytes, which JSON cannot hold: they stand as `\xNN`."""
    return visible(text) if any(0xD800 <= ord(char) <= 0xDFFF for char in text) else text


def render_record(record: Record) -> str:
    """A pattern's record in this repository, in one line."""
    told = f"Record here: introduced in {counted(record.introduced, 'commit')}, fixed in {record.fixed}, "
    told += f"{record.open} open; effect: {record.word}"
    return visible(told + (f" ({record.incomplete})" if record.incomplete else "")) + "\n"


def record_fields(record: Record | None) -> dict[str, Any] | None:
    """The same for programs; null where there is none."""
    if record is None:
        return None
    return {
        "introduced": record.introduced,
        "fixed": record.fixed,
        "open": record.open,
        "effect": record.word,
        "incomplete": record.incomplete or None,
    }
