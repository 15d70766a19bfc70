"""Sections of a guide (AI_PATTERNS.md) -> patterns: our own form and the older ones (A19-A22)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from feedback_loop.domain.guide import SEVERITIES, Guide, GuidePattern, Sample, named_by
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import InputError
from feedback_loop.formats.guide_text import canonical
from feedback_loop.formats.markdown import Mark, marks, unified

SIZE_CAP = 1 << 20
LINE_CAP = 20_000  # the parser of markdown takes up to 0.1 ms a line
BOM = "\ufeff"

_TITLE = re.compile(r"\W*([0-9]{1,6})\s*(?:[.)]|\ufe0f?\u20e3)[.)]?\s+(.*)")
_OUR_MARKER = re.compile(r" {0,3}<!--\s*feedback-loop:(?:begin|end)\b")
_SIDE_HEADING = re.compile(r"\W*(bad|good)\s+(?:pattern|example)\b", re.IGNORECASE)
_SIDE_LINE = re.compile(
    r" {0,3}(?:[*_]*[\u274c\u2705]\ufe0f?\s*[*_]*(bad|good)\s+(?:pattern|example)\b"
    r"|\*\*(bad|good)\s+(?:pattern|example)\s*:?\s*\*\*\s*:?\s*\Z)",
    re.IGNORECASE,
)
_LABEL = re.compile(r" {0,3}\*\*\s*([^\W\d_][^*:\n]{0,60}?)\s*(?::\s*\*\*|\*\*\s*:)(.*)\Z")
_PLAIN_PROBLEMS = re.compile(r" {0,3}(problems):()\s*\Z", re.IGNORECASE)
_BULLET = re.compile(r"\s*[-*](?:\s+|\Z)")
_UNNUMBERED = "its heading has no number: write `### 1. Title`"
_RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*\Z")
_VALUES = ("pattern", "severity", "tags", "guidance")
_LISTS = ("problems", "benefits")
_SAMPLES = ("bad", "good", "tests")


def decode_guide(data: bytes, shown: str) -> str:
    """The text of a guide, line ends and byte order mark as they are.

    Raises InputError, which names the line, for what is too large, not UTF-8 or holds NUL.
    """
    if len(data) > SIZE_CAP:
        raise InputError(f"{shown} is larger than {SIZE_CAP} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(f"{shown}:{line}: not UTF-8 (byte {error.start})") from None
    if "\0" in text:
        raise InputError(f"{shown}:{text[: text.index(chr(0))].count(chr(10)) + 1}: NUL in the text")
    if text.count("\n") + text.count("\r") > LINE_CAP:
        raise InputError(f"{shown} has more than {LINE_CAP} lines")
    return text


# -- reading -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GuideSection:
    """A `### N. Title` section: its pattern, or None and the reason; values that were not understood."""

    number: int
    title: str
    line: int
    pattern: GuidePattern | None
    reason: str = ""
    notes: tuple[str, ...] = ()


def parse_guide(text: str, shown: str) -> Guide:
    """The patterns of a guide: of two with one name the first counts.

    Raises InputError for a text that nobody could read, see `markdown.marks`.
    """
    found: dict[str, GuidePattern] = {}
    skipped = []
    for one in guide_sections(text):
        skipped += [Problem(shown, one.line, note) for note in one.notes]
        if one.pattern is None:
            skipped.append(Problem(shown, one.line, f"{one.title!r} is no pattern: {one.reason}"))
        elif one.pattern.name in found:
            first = found[one.pattern.name].line
            message = (
                f"{one.title!r} is the second section of {one.pattern.name}, the first is in line {first}"
            )
            skipped.append(Problem(shown, one.line, message))
        else:
            found[one.pattern.name] = one.pattern
    return Guide(tuple(found.values()), tuple(skipped))


def guide_sections(text: str) -> list[GuideSection]:
    """Every `### N. Title` section, up to the next heading of level <= 3 or managed block's edge.

    One that would be a pattern but for its number is among them, with the reason.
    """
    text = unified(text.removeprefix(BOM))
    lines = text.split("\n")
    found = marks(text)
    edges = [one for one in found if _is_edge(one, lines)]
    starts = {one.begin: one for one in found}
    sections = []
    for index, edge in enumerate(edges):
        title = _TITLE.fullmatch(edge.text)
        if edge.level == 3 and edge.kind == "heading":
            reader = _Reader()
            end = edges[index + 1].begin if index + 1 < len(edges) else len(lines)
            reader.read(lines, edge.end, end, starts)
            if title:
                sections.append(reader.section(int(title[1]), title[2], edge.begin + 1))
            elif reader.is_pattern:
                sections.append(GuideSection(0, edge.text, edge.begin + 1, None, _UNNUMBERED))
    return sections


def _is_edge(mark: Mark, lines: list[str]) -> bool:
    if mark.kind == "comment":
        return _OUR_MARKER.match(lines[mark.begin]) is not None
    return mark.kind == "heading" and mark.level <= 3


class _Reader:
    """Goes down one section; `slot` is the part that the next line belongs to, "" = none."""

    def __init__(self) -> None:
        self._slot = "prose"
        self.is_pattern = False
        self._prose: list[str] = []
        self._values: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {name: [] for name in _LISTS}
        self._samples: dict[str, list[Sample]] = {name: [] for name in _SAMPLES}
        self._notes: list[str] = []

    def read(self, lines: list[str], at: int, end: int, starts: Mapping[int, Mark]) -> None:
        while at < end:
            mark = starts.get(at)
            if mark is None:
                self._line(lines[at])
                at += 1
            else:
                self._mark(mark, lines[at : min(mark.end, end)])
                at = max(mark.end, at + 1)

    def section(self, number: int, title: str, line: int) -> GuideSection:
        name = self._values.get("pattern", "").strip("`").strip()
        title = " ".join(title.split())
        severity = self._values.get("severity", "").strip("`").lower()
        if severity and severity not in SEVERITIES:
            self._notes.append(f"severity {severity!r} is none of {', '.join(SEVERITIES)}")
            severity = ""
        pattern = canonical(
            GuidePattern(
                name=name or named_by(title),
                title=title,
                severity=severity,
                tags=tuple(tag.strip(" `") for tag in self._values.get("tags", "").split(",")),
                guidance=self._values.get("guidance", ""),
                prose="\n".join(self._prose),
                problems=tuple(self._lists["problems"]),
                bad=tuple(self._samples["bad"]),
                good=tuple(self._samples["good"]),
                benefits=tuple(self._lists["benefits"]),
                tests=tuple(self._samples["tests"]),
                line=line,
            )
        )
        reason = "" if pattern.name else "no name can be made of its title"
        if not self.is_pattern:
            reason = "no example marker, no problems list, no `**Pattern:**` line"
        return GuideSection(
            number, title, line, None if reason else pattern, reason, () if reason else tuple(self._notes)
        )

    def _mark(self, mark: Mark, lines: list[str]) -> None:
        slot = _slot_of(mark.text) if mark.kind == "heading" else ""
        if slot:
            self._enter(slot)
        elif self._slot == "prose":
            self._prose += lines
        elif mark.kind == "heading":
            if self._slot in _LISTS or self._samples[self._slot or "bad"]:
                self._slot = ""
        elif mark.kind == "fence" and self._slot in _SAMPLES:
            self._samples[self._slot].append(Sample(mark.text, mark.info))

    def _line(self, line: str) -> None:
        side = _SIDE_LINE.match(line)
        label = _LABEL.match(line) or _PLAIN_PROBLEMS.match(line)
        if side:
            self._enter((side[1] or side[2]).lower())
        elif label and self._labelled(label[1].casefold(), label[2].strip()):
            return
        elif self._slot == "prose":
            self._prose.append(line)
        elif label and self._slot in _LISTS:
            self._slot = ""
        elif self._slot in _LISTS:
            self._item(line)

    def _labelled(self, name: str, rest: str) -> bool:
        """Take what a known label says; False for other labels."""
        slot = {"test": "tests"}.get(name, name)
        if slot in _LISTS or slot == "tests":
            self._enter(slot)
            if rest:
                self._item(rest)
            return True
        if name not in (*_VALUES, "metrics"):
            return False
        if name != "metrics":
            self._values.setdefault(name, rest)
        self.is_pattern |= name == "pattern"
        if self._slot in _LISTS:
            self._slot = ""
        return True

    def _enter(self, slot: str) -> None:
        self._slot = slot
        self.is_pattern |= slot in ("problems", "bad", "good")

    def _item(self, line: str) -> None:
        """A bullet or a plain line is an item; an indented line goes on with the item above."""
        if self._slot not in _LISTS or not line.strip() or _RULE.match(line):
            return
        items = self._lists[self._slot]
        bullet = _BULLET.match(line)
        if bullet:
            items.append(line[bullet.end() :])
        elif items and line[:1] in " \t":
            items[-1] += " " + line.strip()
        else:
            items.append(line)


def _slot_of(title: str) -> str:
    """The part that a heading below a section's own opens, "" if it is none of ours."""
    side = _SIDE_HEADING.match(title)
    if side:
        return side[1].lower()
    plain = re.sub(r"[\W_]+", "", title).casefold()
    return {"problems": "problems", "benefits": "benefits", "test": "tests"}.get(plain, "")


def check_readable(wanted: Sequence[GuidePattern], sections: Sequence[GuideSection], shown: str) -> None:
    """Raises InputError, which names pattern and part, unless these sections say just what was wanted."""
    for index, one in enumerate(map(canonical, wanted)):
        read = sections[index].pattern if index < len(sections) else None
        parts = [part.name for part in fields(one) if part.compare]
        lost = [name for name in parts if read is None or getattr(one, name) != getattr(read, name)]
        if lost:
            part = "whole" if read is None else lost[0]
            raise InputError(
                f"{shown} cannot hold the {part} of {one.name}: it would be read as something else",
                "headings, labels like `**Severity:**`, comments and open fences do not belong there",
            )
    if len(sections) > len(wanted):
        raise InputError(
            f"{shown} cannot hold {wanted[-1].name if wanted else 'this'}: it has headings in it"
        )
