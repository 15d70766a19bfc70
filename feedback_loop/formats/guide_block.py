"""The blocks of a guide: made, and put where they belong with every other byte as it was (A23, H81).

`patterns` has a section for each pattern; `views` are further blocks behind it: tables and links.
"""

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
_METRICS = "**Metrics:**"
_PATTERN_LINE = re.compile(r"\*\*Pattern:\*\* `([a-z][a-z0-9_]{1,63})`\Z")


@dataclass(frozen=True)
class NewGuide:
    """A guide as it would be. `edited` = a person changed a block: the text is the old one, and this the
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
    views: Mapping[str, str] | None = None,
    force: bool = False,
    heal: bool = False,
) -> NewGuide:
    """The guide with its blocks: `old` = the guide as it is, None = there is none.

    `metrics` has a line of figures by name; None keeps those of the block as it is. `views` are bodies of
    further blocks by name. An edited block stops it unless `force`; one whose edits the patterns have taken
    in does not. Raises InputError for marks of an unfinished merge (`heal`: only where they reach across a
    block's edge), and for what the guide could not hold.
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
    if old is not None and block is None and not chosen and not views:
        return NewGuide(old, names, by_hand)
    first = 1 + max((one.number for one in outside), default=0)
    kept = kept_metrics(block.body if block else "") if metrics is None else metrics
    bodies = {BLOCK: _body(chosen, first, kept, shown), **(views or {})}
    if not force:
        told = [
            difference(there.body, bodies[name], shown)
            for name in bodies
            if (there := find_block(text, name, shown)) is not None
            and _is_edited(there, shown, heal=heal)
            and not (name == BLOCK and _taken_in(there.body, inside, bodies[name], chosen))
        ]
        if told:
            return NewGuide(text, names, by_hand, "\n".join(told))
    before = ""
    for name, body in bodies.items():
        text = _replaced(text, name, find_block(text, name, shown), body, before, shown)
        before = name
    _check(text, bodies, chosen, shown)
    return NewGuide(text, names, by_hand)


def _is_edited(block: Block, shown: str, *, heal: bool) -> bool:
    """Whether a person changed it. Raises InputError for marks of a merge in it, unless they are healed."""
    if block.intact or (heal and conflict_lines(block.body)):
        return False
    _check_merged(block, shown)
    return True


def kept_metrics(body: str) -> dict[str, str]:
    """The line of figures of each pattern's section in a block as it stands."""
    found: dict[str, str] = {}
    name = ""
    for line in body.split("\n"):
        label = _PATTERN_LINE.match(line)
        name = label[1] if label else name if line.strip() else ""
        if name and line.startswith(_METRICS):
            found[name] = line.removeprefix(_METRICS).strip()
    return found


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
    return [line for line in lines if line and not line.startswith(_METRICS)]


def difference(old: str, new: str, shown: str) -> str:
    """What would change in a generated part, as a unified diff."""
    lines = difflib.unified_diff(
        old.split("\n"), new.split("\n"), f"{shown} as it is", f"{shown} as it would be", lineterm=""
    )
    return "\n".join(lines)


def _replaced(text: str, name: str, block: Block | None, body: str, before: str, shown: str) -> str:
    """The text with this block; a new one goes behind the block `before`, the first one to its chapter."""
    end = line_end(text)
    made = format_block(name, body).replace("\n", end)
    if block is not None:
        rest = text[block.end :]
        return text[: block.begin] + (made if rest or block.ends_line else made.removesuffix(end)) + rest
    above = find_block(text, before, shown) if before else None
    at = above.end if above else _place(text)
    head, rest = text[:at], text[at:]
    gap = "" if not head else end if head.endswith(end * 2) else end * 2
    if head.endswith(end):
        gap = gap.removesuffix(end)
    tail = "" if not rest or (above and rest.startswith(end)) else end
    return head + gap + made + tail + rest


def _place(text: str) -> int:
    """Behind the last section of the core's chapter, else the text's end."""
    source = Lines(text)
    chapters = [one for one in marks(source.plain) if one.kind == "heading" and one.level <= 2]
    for index, one in enumerate(chapters):
        title = re.sub(r"\A[\W_]+|[\W_]+\Z", "", one.text).casefold()
        if one.level == 2 and title in _CORE and index + 1 < len(chapters):
            return source.offset(chapters[index + 1].begin)
    return len(text)


def _check(text: str, bodies: Mapping[str, str], chosen: Sequence[GuidePattern], shown: str) -> None:
    """Raises InputError unless every block is read back as it was meant."""
    for name, body in bodies.items():
        block = _found(text, name, shown)
        if block is None:
            hint = "a fence or a comment that does not end stands before it"
            raise InputError(f"{shown}: nobody would see the block {name}", hint)
        if name == BLOCK:
            check_readable(chosen, [one for one in guide_sections(text) if _is_inside(one, block)], shown)
        if not block.intact or block.body != body:
            raise InputError(f"{shown}: the block {name} would be read as something else")


def _found(text: str, name: str, shown: str) -> Block | None:
    """The block of a text that was just made: where its edges are not what was written, it is not seen."""
    try:
        return find_block(text, name, shown)
    except InputError:
        return None
