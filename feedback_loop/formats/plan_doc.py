"""A plan as a markdown document: the careful reader of its checklist, its goal and its phases (A53, A54)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from feedback_loop.domain.plan import HEADING, Section
from feedback_loop.domain.plan_document import COMPLETED, PENDING, Phase, PlanDocument
from feedback_loop.formats import plan_section
from feedback_loop.formats.markdown import shown_lines
from feedback_loop.formats.plan_lines import count_lines
from feedback_loop.formats.plan_section import folded, parse_heading, wanted_title

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)")
_BOX = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]*\[([ xX])\][ \t]*(.*)")
_BULLET = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+")
_STATUS = re.compile(r"\**status\**:\**[ \t]*(.*)", re.IGNORECASE)
_INLINE_STATUS = re.compile(r"\[([A-Za-z_ -]+)\]\s*\Z")
_WORD = re.compile(r"[a-z]+(?:[ _-]progress)?")
_DONE = ("complete", "completed", "done")
_IN_PROGRESS = "in_progress"


def read_section(text: str, heading: str = HEADING) -> Section:
    """The checklist under `## heading`, read by a markdown library.

    Raises InputError for a blank heading, and for quotes too tangled to tell apart.
    """
    if wanted_title(heading) not in text.casefold():
        return Section()
    return plan_section.read_section(shown_lines(text), heading, count_lines(text))


def find_heading(text: str, heading: str = HEADING) -> str:
    """The heading whose section to read.

    `heading` if the plan has it; else its first level-2 heading that holds "pattern" and "apply"; else
    `heading` after all.
    """
    wanted = wanted_title(heading)
    titles = [row.title for row in _rows(shown_lines(text)) if row.level == 2]
    if any(folded(title) == wanted for title in titles):
        return heading
    near = (title for title in titles if "pattern" in title.casefold() and "apply" in title.casefold())
    return next(near, heading)


def parse_plan(text: str, heading: str = HEADING) -> PlanDocument:
    """Goal, phases and checklist of a plan, that of planning-with-files included.

    Comments count for nothing. Raises InputError as `read_section` does.
    """
    lines = shown_lines(text)
    rows = list(_rows(lines))
    drafts = _mark_current(_phases(rows), _current_name(rows))
    current = next((one for one in drafts if one.current), None)
    current = current or next((one for one in drafts if not one.completed), None)
    return PlanDocument(
        _goal(rows),
        tuple(Phase(one.name, one.status, one.current) for one in drafts),
        current.name if current else None,
        (current.word or current.status) if current else None,
        plan_section.read_section(lines, heading, count_lines(text)),
    )


@dataclass(frozen=True)
class _Row:
    """A visible line without comments; `level` 0 is text, else `title` is that of a heading."""

    text: str
    indent: int
    level: int = 0
    title: str = ""


def _rows(lines: Iterable[tuple[int, str]]) -> Iterator[_Row]:
    for _, line in lines:
        bare = _COMMENT.sub("", line).strip()
        if not bare:
            continue
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        heading = parse_heading(bare)
        yield _Row(bare, indent, *heading) if heading else _Row(bare, indent)


def _under(rows: list[_Row], at: int) -> list[_Row]:
    """What follows the heading at this place, up to the next one that is not below it."""
    level = rows[at].level
    for end in range(at + 1, len(rows)):
        if 0 < rows[end].level <= level:
            return rows[at + 1 : end]
    return rows[at + 1 :]


def _first_text(rows: Iterable[_Row]) -> str:
    return next((row.text for row in rows if not row.level), "")


def _goal(rows: list[_Row]) -> str:
    heads = [at for at, row in enumerate(rows) if row.level]
    for at in heads:
        if rows[at].title.casefold().startswith("goal"):
            return _first_text(_under(rows, at))
    return _first_text(rows[heads[0] :]) if heads else ""


# -- phases ----------------------------------------------------------------------------------------------


@dataclass
class _Draft:
    """A phase while its lines are read. `word` is what stands behind `Status:`."""

    name: str
    word: str = ""
    ticks: list[bool] = field(default_factory=list)
    current: bool = False

    @property
    def completed(self) -> bool:
        """By its word; without one, all of its boxes are ticked, and there are some."""
        return self.word in _DONE if self.word else bool(self.ticks) and all(self.ticks)

    @property
    def status(self) -> str:
        return COMPLETED if self.completed else PENDING


def _phases(rows: list[_Row]) -> list[_Draft]:
    for at, row in enumerate(rows):
        words = re.findall(r"\w+", row.title.casefold())
        if row.level == 2 and {"phase", "phases"} & set(words) and words != ["current", "phase"]:
            return _phases_of(_under(rows, at))
    return []


def _phases_of(rows: list[_Row]) -> list[_Draft]:
    """The checklist that stands first; if there is none, the level-3 headings with what is below them."""
    first_head = next((at for at, row in enumerate(rows) if row.level), len(rows))
    direct = [(row.indent, found) for row in rows[:first_head] if (found := _BOX.match(row.text))]
    if direct:
        outer = min(indent for indent, _ in direct)
        listed = [found for indent, found in direct if indent == outer]
        return [_listed(found[2].strip(), found[1] != " ") for found in listed if found[2].strip()]
    return [_headed(row, _under(rows, at)) for at, row in enumerate(rows) if row.level == 3 and row.title]


def _listed(name: str, ticked: bool) -> _Draft:
    inline = _INLINE_STATUS.search(name)
    return _Draft(name, _known_word(inline[1]) if inline and not ticked else "", [ticked])


def _headed(head: _Row, below: list[_Row]) -> _Draft:
    draft = _Draft(head.title)
    inline = _INLINE_STATUS.search(head.title)
    draft.word = _known_word(inline[1]) if inline else ""
    for row in below:
        box = _BOX.match(row.text)
        if box:
            draft.ticks.append(box[1] != " ")
        elif status := _STATUS.match(_BULLET.sub("", row.text, count=1)):
            draft.word = draft.word or _status_word(status[1])
    return draft


def _status_word(text: str) -> str:
    """The word that stands first: `in progress` and `in-progress` as it is written most."""
    found = _WORD.search(text.casefold())
    return re.sub(r"[ -]", "_", found[0]) if found else ""


def _known_word(text: str) -> str:
    """A status in brackets; other brackets are part of a name."""
    word = re.sub(r"[ -]", "_", text.strip().casefold())
    return word if word in (*_DONE, _IN_PROGRESS, PENDING) else ""


def _current_name(rows: list[_Row]) -> str:
    """What stands under `## Current Phase`."""
    for at, row in enumerate(rows):
        if row.level == 2 and folded(row.title) == "current phase":
            return _bare(_BULLET.sub("", _first_text(_under(rows, at)), count=1))
    return ""


def _mark_current(drafts: list[_Draft], named: str) -> list[_Draft]:
    for draft in drafts:
        said = re.search(r"\bcurrent\b", draft.name, re.IGNORECASE)
        draft.current = bool(said) or draft.word == _IN_PROGRESS or _same_phase(_bare(draft.name), named)
    return drafts


def _same_phase(name: str, named: str) -> bool:
    """`Phase 1` names `Phase 1: Discovery`, and `Phase 1 - half done` does too; `Phase 10` does not."""
    if not name or not named:
        return False
    label = re.split(r":| - | — ", named, maxsplit=1)[0].strip()
    return any(_begins(name, short) for short in (named, label) if short) or _begins(named, name)


def _begins(text: str, short: str) -> bool:
    return text.startswith(short) and not text[len(short) : len(short) + 1].isalnum()


def _bare(text: str) -> str:
    """For comparing: without emphasis and case."""
    return text.strip("*_` \t").casefold()
