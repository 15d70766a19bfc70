"""The `## Patterns to Apply` checklist in the visible lines of a plan (A49, A50). On the hot path."""

from __future__ import annotations

from feedback_loop.domain.names import is_name
from feedback_loop.domain.plan import HEADING, MALFORMED, SIZE_CAP, Item, Note, Section
from feedback_loop.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 4096  # characters of a line
MOST_ITEMS = 1000
MOST_NOTES = 100
BLANKS = " \t"
MARKS = frozenset("-*+0123456789")  # how a line with an item, or with something like one, begins
_DIGITS = frozenset("0123456789")
_TICKS = (" ", "x", "X")
_BOXES = frozenset(f"- [{tick}]" for tick in _TICKS)  # as nearly everybody writes them
_SEVERITIES = ("[LOW]", "[MEDIUM]", "[HIGH]", "[CRITICAL]")
_PAIRS = ("**", "*", "`")
_DECORATION = ("*", "`")
_LONGEST_MARK = 4  # characters between the brackets of a malformed box
_MOST_MARKERS = 9  # list markers on one line that are looked behind
_BEFORE, _INSIDE, _SUB, _AFTER, _SECOND = range(5)


def decode_plan(data: bytes, shown: str) -> str:
    """The text of a plan; raises InputError, naming the file as `shown`, if it can be none."""
    if len(data) > SIZE_CAP:
        raise InputError(f"{shown} is larger than {SIZE_CAP >> 20} MiB, the most that a plan may be")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{shown} is not UTF-8 (byte {error.start})") from None
    if "\0" in text:
        raise InputError(f"{shown} holds a NUL character, so it is no text")
    return text


def wanted_title(heading: str) -> str:
    """A heading in the form in which titles are compared; raises InputError if nothing is left of it."""
    text = heading.strip()
    found = folded(text.lstrip("#") if text.startswith("#") else text)
    if not found:
        raise InputError("the section's heading must not be blank")
    return found


def folded(title: str) -> str:
    """A title for comparing: outer blanks, closing `#`s, one colon and case do not count."""
    return _without_closing(title).removesuffix(":").rstrip().casefold()


def parse_heading(text: str) -> tuple[int, str] | None:
    """Level and title of a heading that begins this stripped line; None = it is other text.

    `##Text` is one, as people write it; a lone `#tag` is not.
    """
    title = text.lstrip("#")
    level = len(text) - len(title)
    if not 1 <= level <= 6 or (level == 1 and title and title[0] not in BLANKS):
        return None
    return level, _without_closing(title)


def _without_closing(title: str) -> str:
    """Without outer blanks and a closing row of `#`, which stands apart or is no decoration."""
    title = title.strip()
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in BLANKS else title


def _behind_box(text: str) -> str | None:
    """What follows `- [ ]` in a stripped line; None = it does not begin so."""
    rest = text[1:].lstrip(BLANKS) if text[:1] == "-" else ""
    return rest[3:] if _boxed(rest) else None


def read_section(lines: Iterable[tuple[int, str]], heading: str = HEADING, last: int = 0) -> Section:
    """The checklist under the first `## heading`, from a plan's visible lines and their numbers.

    `last` is the number of lines in the plan, hidden ones too: where a section that no heading ends does
    end. Raises InputError for a blank `heading`.
    """
    reader = _Reader(wanted_title(heading))
    number = 0
    for number, line in lines:
        text = line.strip(BLANKS)
        first = text[:1]
        if first == "#":
            reader.heading(number, text)
        elif reader.state and first in MARKS:
            reader.bullet(number, text, len(line) > LONGEST)
    return reader.finished(max(last, number))


class _Reader:
    """What has been read so far, and where in the plan that is."""

    __slots__ = ("_dropped", "_extra", "_extra_note", "_section", "_title", "state")

    def __init__(self, title: str) -> None:
        self._title = title
        self._section = Section()
        self._dropped: list[Note] = []
        self._extra = 0
        self._extra_note = Note(0, "")
        self.state = _BEFORE

    def heading(self, number: int, text: str) -> None:
        """A line that begins with `#`."""
        parsed = parse_heading(text)
        if parsed is None:
            return
        level, title = parsed
        ours = self._title in title.casefold() and folded(title) == self._title
        if ours and level == 2:
            self._begin(number)
            return
        if ours:
            self._note(number, f"a heading of level {level}: only one of level 2 (##) begins the section")
        if self.state == _INSIDE:
            self._section.end = number - 1
        if level <= 2 and self.state:
            self.state = _AFTER
        elif self.state == _INSIDE:
            self.state = _SUB

    def _begin(self, number: int) -> None:
        if self.state == _BEFORE:
            self._section.begin = number
            self.state = _INSIDE
        elif self.state != _INSIDE:
            self._note(number, "a second section with this heading: its items are not read")
            self.state = _SECOND

    def bullet(self, number: int, text: str, too_long: bool) -> None:
        """A line that may be an item, once the section has begun."""
        rest = text[5:] if text[:5] in _BOXES else _behind_box(text)
        if self.state == _INSIDE:
            if too_long:
                self._note(number, f"a line of more than {LONGEST:,} characters: not read")
            elif rest is None:
                self._strange(number, text)
            elif self._extra:
                self._extra += 1
            else:
                self._item(number, text, rest)
        elif rest is not None and (self.state == _SUB or (self.state == _AFTER and _names_one(rest))):
            # Below a heading of its own rank other checklists are at home: only what looks like a name.
            self._note(number, f"an item below another heading: the section ends at line {self._section.end}")

    def _item(self, number: int, text: str, rest: str) -> None:
        items = self._section.items
        if len(items) < MOST_ITEMS:
            name = _name(rest)
            if name:
                items.append(Item(name, number, text[len(text) - len(rest) - 2] != " "))
            return
        self._extra = 1
        self._extra_note.line = number
        self._add(self._extra_note)

    def _strange(self, number: int, text: str) -> None:
        """A bullet in the section that is no item: say so if somebody may have meant one."""
        rest = _after_marker(text)
        if rest is None:
            return
        if text[0] == "-" and _malformed(rest):
            self._note(number, f"{MALFORMED}: write - [ ] or - [x]")
            return
        deepest = rest
        for _ in range(_MOST_MARKERS):
            deepest = _after_marker(deepest) or deepest
        if _boxed(deepest) or _malformed(deepest):
            self._note(number, "a box behind another bullet: only one behind a single - is an item")
        elif rest == deepest and text[len(text) - len(rest) - 1] in BLANKS and is_name(_name(rest)):
            self._note(number, "a bullet without a box: write - [ ] or - [x] before the name")

    def _note(self, number: int, text: str) -> None:
        self._add(Note(number, text))

    def _add(self, note: Note) -> None:
        """One place of the cap is kept for saying how many notes there were beyond it."""
        notes = self._section.notes
        (notes if len(notes) < MOST_NOTES - 1 else self._dropped).append(note)

    def finished(self, last: int) -> Section:
        """The section, with its open ends tied."""
        if self.state == _INSIDE:
            self._section.end = last
        self._extra_note.text = f"{self._extra} items beyond {MOST_ITEMS:,}: not read"
        dropped = self._dropped
        if len(dropped) == 1:
            self._section.notes.append(dropped[0])
        elif dropped:
            boxes = any(note.text.startswith(MALFORMED) for note in dropped)
            text = f"and {len(dropped)} more of such lines from here on"
            self._section.notes.append(Note(dropped[0].line, f"{MALFORMED}: {text}" if boxes else text))
        return self._section


def _after_marker(text: str) -> str | None:
    """What stands behind the bullet or number that begins the text; None = there is none."""
    if text[:1] in ("-", "*", "+"):
        return text[1:].lstrip(BLANKS)
    digits = 0
    while digits < 9 and text[digits : digits + 1] in _DIGITS:
        digits += 1
    if digits and text[digits : digits + 1] in (".", ")"):
        return text[digits + 1 :].lstrip(BLANKS)
    return None


def _boxed(text: str) -> bool:
    return text[:1] == "[" and text[2:3] == "]" and text[1] in _TICKS


def _malformed(text: str) -> bool:
    """Whether the text begins with brackets that look like a box, but are neither one nor a link."""
    if text[:1] != "[" or _boxed(text):
        return False
    close = text.find("]", 1, _LONGEST_MARK + 2)
    if close < 0 or text[close + 1 : close + 2] in ("(", "[", ":"):
        return False
    mark = text[1:close].strip()
    return len(mark) <= 1 or not any(char.isalnum() for char in mark)


def _name(text: str) -> str:
    """The name that follows a box: up to the first `(` or `#`, without decoration."""
    name = text.strip()
    if name.isidentifier():
        return name
    text = _without_comments(text)
    ends = [at for at in (text.find("("), text.find("#")) if at >= 0]
    end = min(ends, default=len(text))
    name = text[:end].strip()
    if name[:1] == "[" and text[end - 1 : end + 1] == "](":
        return _undressed(name[1:-1].strip())
    return _undressed(name)


def _names_one(text: str) -> bool:
    """Whether what follows a box looks like a pattern's name; sentences, which are many, are told at once."""
    return not text[1:2].isupper() and is_name(_name(text))


def _undressed(name: str) -> str:
    name = _without_severity(name)
    if name[:1] not in _DECORATION:
        return name
    for pair in _PAIRS:
        if len(name) > 2 * len(pair) and name.startswith(pair) and name.endswith(pair):
            name = name[len(pair) : -len(pair)].strip()
            break
    return _without_severity(name)


def _without_severity(name: str) -> str:
    if name[-1:] != "]":
        return name
    for word in _SEVERITIES:
        if name.endswith(word):
            return name[: -len(word)].rstrip()
    return name


def _without_comments(text: str) -> str:
    """Without what stands in comments; one that is not closed goes to the line's end."""
    at = text.find("<!--")
    if at < 0:
        return text
    parts, begin = [], 0
    while at >= 0:
        parts.append(text[begin:at])
        end = text.find("-->", at + 2)
        begin = end + 3 if end >= 0 else len(text)
        at = text.find("<!--", begin)
    parts.append(text[begin:])
    return "".join(parts)
