"""A pattern's markdown brought up to date: only the parts that differ are written anew."""

from __future__ import annotations

import re

from feedback_loop.errors import InputError
from feedback_loop.formats.managed_block import BOM, line_end
from feedback_loop.formats.markdown import Mark, Outline, Part, fence, heading, marks, outline, unified

_OLD_TITLES = {"bad pattern": "bad example", "good pattern": "good example"}
_LISTS = ("problems", "benefits")
_FENCED = ("bad example", "good example", "test")
# Lines from, up to, and what to put there.
Change = tuple[int, int, list[str]]


def edit_prose(text: str, target: str) -> str:
    """The text of a pattern's file with title, description, lists and examples as the `target` has them.

    What both say alike stays as it is written, text between unchanged examples too; so do sections that
    the target lacks. Raises InputError if the result would be read as something else.
    """
    plain = unified(text.removeprefix(BOM))
    wanted = outline(target)
    changed = _apply(plain, _changes(plain, wanted))
    if not _says(outline(changed), wanted):
        raise InputError("its file cannot be brought up to date: change it by hand")
    return BOM * text.startswith(BOM) + changed.replace("\n", line_end(text))


def _key(title: str) -> str:
    plain = " ".join(re.sub(r"[^a-z ]", "", title.lower()).split())
    return _OLD_TITLES.get(plain, plain)


def _changes(text: str, wanted: Outline) -> list[Change]:
    found = marks(text)
    heads = [one for one in found if one.kind == "heading" and one.level <= 2]
    fences = [one for one in found if one.kind == "fence"]
    ends = [one.begin for one in heads[1:]] + [text.count("\n") + (not text.endswith("\n"))]
    now = outline(text)
    changes: list[Change] = []
    if now.title != wanted.title:
        changes.append((heads[0].begin, heads[0].end, [heading(1, wanted.title)]))
    if now.intro.text != wanted.intro.text:
        changes.append((heads[0].end, ends[0], _between(wanted.intro.text)))
    places = {_key(head.text): (head.end, end) for head, end in zip(heads[1:], ends[1:], strict=True)}
    parts = {_key(part.title): part for part in now.parts}
    for part in wanted.parts:
        key = _key(part.title)
        if key in places:
            inside = [one for one in fences if places[key][0] <= one.begin < places[key][1]]
            changes += _part_changes(key, parts[key], part, places[key], inside)
        elif key in (*_LISTS, *_FENCED):
            changes.append((ends[-1], ends[-1], ["", heading(2, part.title), "", *part.text.split("\n"), ""]))
    return changes


def _part_changes(
    key: str, now: Part, wanted: Part, place: tuple[int, int], inside: list[Mark]
) -> list[Change]:
    if key in _LISTS and now.items != wanted.items:
        return [(*place, _between(wanted.text))]
    if key not in _FENCED or _codes(now) == _codes(wanted):
        return []
    if len(inside) != len(wanted.fences):
        return [(*place, _between(wanted.text))]
    return [
        (mark.begin, mark.end, fence(new.code, new.info).split("\n"))
        for mark, old, new in zip(inside, now.fences, wanted.fences, strict=True)
        if (old.info, old.code) != (new.info, new.code)
    ]


def _codes(part: Part) -> list[tuple[str, str]]:
    return [(one.info, one.code) for one in part.fences]


def _between(text: str) -> list[str]:
    return ["", *text.split("\n"), ""] if text else [""]


def _apply(text: str, changes: list[Change]) -> str:
    lines = text.split("\n")
    for begin, end, new in sorted(changes, key=lambda change: change[0], reverse=True):
        lines[begin:end] = new
    return "\n".join(lines).rstrip("\n") + "\n"


def _says(now: Outline, wanted: Outline) -> bool:
    parts = {_key(part.title): part for part in now.parts}
    return (now.title, now.intro.text) == (wanted.title, wanted.intro.text) and all(
        _key(part.title) in parts
        and parts[_key(part.title)].items == part.items
        and _codes(parts[_key(part.title)]) == _codes(part)
        for part in wanted.parts
        if _key(part.title) in (*_LISTS, *_FENCED)
    )
