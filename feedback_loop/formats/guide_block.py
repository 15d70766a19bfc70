"""The `patterns` block of a guide: made, and put where it belongs with every other byte as it was (A23)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from feedback_loop.domain.guide import CORE_ORDER, SUPERSEDED, GuidePattern
from feedback_loop.errors import InputError
from feedback_loop.formats.guide_doc import GuideSection, check_readable, guide_sections
from feedback_loop.formats.guide_text import canonical, format_sections
from feedback_loop.formats.managed_block import (
    Block,
    Lines,
    conflict_lines,
    find_block,
    format_block,
    line_end,
)
from feedback_loop.formats.markdown import marks

BLOCK = "patterns"
NEW_GUIDE = "# AI Patterns\n\n## Core Best Practices\n"
_CORE = ("core best practices", "core patterns")


@dataclass(frozen=True)
class NewGuide:
    """A guide as it would be. `edited` = a person changed the block: the text is the old one, and this the
    difference to what would be written. `by_hand` are patterns whose section is hand-written."""

    text: str
    written: tuple[str, ...]
    by_hand: tuple[str, ...]
    edited: str = ""


def format_guide(
    old: str | None,
    patterns: Iterable[GuidePattern],
    shown: str,
    *,
    metrics: Mapping[str, str] | None = None,
    force: bool = False,
) -> NewGuide:
    """The guide with the block of these patterns: `old` = the guide as it is, None = there is none.

    An edited block stops it unless `force`; one whose edits the patterns have taken in does not. Raises
    InputError for marks of an unfinished merge, and for what the guide could not hold.
    """
    text = NEW_GUIDE if old is None else old
    block = find_block(text, BLOCK, shown)
    sections = guide_sections(text)
    inside = [one for one in sections if _is_inside(one, block)]
    outside = [one for one in sections if not _is_inside(one, block)]
    owned = {_now(one.pattern.name) for one in outside if one.pattern}
    known = {one.name: canonical(one) for one in patterns}
    chosen = _ordered([one for one in known.values() if _now(one.name) not in owned], inside)
    names = tuple(one.name for one in chosen)
    by_hand = tuple(name for name in known if _now(name) in owned)
    if old is not None and block is None and not chosen:
        return NewGuide(old, names, by_hand)
    first = 1 + max((one.number for one in outside), default=0)
    body = _body(chosen, first, metrics or {}, shown)
    if block is not None and not block.intact and not force:
        _check_merged(block, shown)
        if not _taken_in(block.body, inside, body, chosen):
            return NewGuide(text, names, by_hand, _difference(block.body, body, shown))
    text = _replaced(text, block, body)
    _check(text, body, chosen, shown)
    return NewGuide(text, names, by_hand)


def _body(patterns: Sequence[GuidePattern], first: int, metrics: Mapping[str, str], shown: str) -> str:
    told = {name: " ".join(line.split()) for name, line in metrics.items()}
    body = format_sections(patterns, first, told)
    try:
        body.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{shown} cannot hold the character {body[error.start]!a}") from None
    return f"\n{body}\n" if body else ""


def _check_merged(block: Block, shown: str) -> None:
    merge = [block.first + line for line in conflict_lines(block.body)]
    if merge:
        places = ", ".join(map(str, merge[:6]))
        message = f"{shown}:{merge[0]}: marks of an unfinished merge (lines {places})"
        raise InputError(message, "or overwrite: --force")


def _is_inside(section: GuideSection, block: Block | None) -> bool:
    return block is not None and block.first < section.line < block.last


def _now(name: str) -> str:
    return SUPERSEDED.get(name, name)


def _ordered(patterns: list[GuidePattern], inside: Sequence[GuideSection]) -> list[GuidePattern]:
    """By place in the file, then the core's order, then name."""
    places: dict[str, int] = {}
    for index, section in enumerate(inside):
        if section.pattern:
            places.setdefault(section.pattern.name, index)

    def key(one: GuidePattern) -> tuple[int, int, str]:
        core = CORE_ORDER.index(one.name) if one.name in CORE_ORDER else len(CORE_ORDER)
        return places.get(one.name, len(places) + len(inside)), core, one.name

    return sorted(patterns, key=key)


def _taken_in(old: str, inside: Sequence[GuideSection], new: str, chosen: Sequence[GuidePattern]) -> bool:
    """Whether the new body says all that the edited one says, down to lines that are no part of a pattern."""
    return [one.pattern for one in inside] == chosen and _essence(old) == _essence(new)


def _essence(body: str) -> list[str]:
    """The lines without what writing anew changes: blanks, numbers, bullets, lengths of fences, figures."""
    lines = (re.sub(r"\A\s*\*\s", "- ", line.rstrip()) for line in body.split("\n"))
    lines = (re.sub(r"\A### *[0-9]+[.)]", "###", line) for line in lines)
    lines = (re.sub(r"\A(?:`{3,}|~{3,})\s*", "```", line) for line in lines)
    return [line for line in lines if line and not line.startswith("**Metrics:**")]


def _difference(old: str, new: str, shown: str) -> str:
    lines = difflib.unified_diff(
        old.split("\n"), new.split("\n"), f"{shown} as it is", f"{shown} as it would be", lineterm=""
    )
    return "\n".join(lines)


def _replaced(text: str, block: Block | None, body: str) -> str:
    end = line_end(text)
    made = format_block(BLOCK, body).replace("\n", end)
    if block is not None:
        rest = text[block.end :]
        return text[: block.begin] + (made if rest or block.ends_line else made.removesuffix(end)) + rest
    at = _place(text)
    before, rest = text[:at], text[at:]
    gap = "" if not before else end if before.endswith(end * 2) else end * 2
    if before.endswith(end):
        gap = gap.removesuffix(end)
    return before + gap + made + (end if rest else "") + rest


def _place(text: str) -> int:
    """Behind the last section of the core's chapter, else the text's end."""
    source = Lines(text)
    chapters = [one for one in marks(source.plain) if one.kind == "heading" and one.level <= 2]
    for index, one in enumerate(chapters):
        title = re.sub(r"\A[\W_]+|[\W_]+\Z", "", one.text).casefold()
        if one.level == 2 and title in _CORE and index + 1 < len(chapters):
            return source.offset(chapters[index + 1].begin)
    return len(text)


def _check(text: str, body: str, chosen: Sequence[GuidePattern], shown: str) -> None:
    """Raises InputError unless the block is read back as it was meant."""
    block = _found(text, shown)
    if block is None:
        hint = "a fence or a comment that does not end stands before it"
        raise InputError(f"{shown}: nobody would see the block {BLOCK}", hint)
    check_readable(chosen, [one for one in guide_sections(text) if _is_inside(one, block)], shown)
    if not block.intact or block.body != body:
        raise InputError(f"{shown}: the block {BLOCK} would be read as something else")


def _found(text: str, shown: str) -> Block | None:
    """The block of a text that was just made: where its edges are not what was written, it is not seen."""
    try:
        return find_block(text, BLOCK, shown)
    except InputError:
        return None
