"""Suppressions: comments in the code that take findings away (SUP-1 to SUP-3).

    feedback-loop: ignore[name, other/detector] why this is right here until=2026-12-31
    feedback-loop: ignore-file[name] why          (in the first ten lines)

The marker stands at the start of its comment, or of a comment within the comment (`# noqa  # feedback-loop:
…`): in the middle of a sentence it is prose. Behind code it speaks of its own line. Alone on a line it also
speaks of the line below and, if more such comment lines follow there, of the first line after them. A finding
is on such a line if its first anchor is, or the first or last line of the construct around it.

Loaded only for a file that holds the marker.
"""

from __future__ import annotations

from feedback_loop.domain.finding import OWN, Finding, Suppressed, notice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from feedback_loop.domain.finding import Span

    Match = tuple[str, int, Span]

MARKER = "feedback-loop: ignore"
UNNAMED = "suppression_unnamed"
MALFORMED = "suppression_malformed"
WITHOUT_REASON = "suppression_without_reason"
EXPIRED = "suppression_expired"
UNKNOWN = "suppression_unknown"
UNUSED = "suppression_unused"

_FORM = "write `feedback-loop: ignore[name] reason`, if wanted with ` until=YYYY-MM-DD` at the end"
_FIXES = {
    UNNAMED: _FORM,
    MALFORMED: _FORM,
    WITHOUT_REASON: "say behind the bracket why the code is right as it is",
    EXPIRED: "mend the code, or set a new date",
    UNKNOWN: "`feedback-loop pattern list` shows all names",
    UNUSED: "remove it",
}
_HINTS = (UNKNOWN, UNUSED)
_OPENING = "#/*-;%<!=[{ \t"  # what may stand before the marker: the comment's own signs
_INNER = ("#", "//", "#feedback-loop:", "//feedback-loop:")  # words that start a comment in a comment
_FILE_LINES = 10
_WHOLE_FILE = 0  # the "line" of `ignore-file`
_SHOWN_NAMES = 3
_SHOWN_LENGTH = 60


class Comment:
    """One line of a comment: `text` with its opening sign, without its closing one.

    `alone`: no code stands on the line. `source` is the whole line, for a notice to show.
    """

    __slots__ = ("alone", "line", "source", "text")

    def __init__(self, line: int, alone: bool, text: str, source: str = "") -> None:
        self.line = line
        self.alone = alone
        self.text = text
        self.source = source


class Suppression:
    """What a comment asks for: names of patterns or `pattern/detector`s, why, until when ("" = always)."""

    __slots__ = ("names", "reason", "until", "whole_file")

    def __init__(
        self, names: tuple[str, ...], reason: str = "", until: str = "", whole_file: bool = False
    ) -> None:
        self.names = names
        self.reason = reason
        self.until = until
        self.whole_file = whole_file


class Fault:
    """Why a suppression is not one, or is not a good one: the name of the notice and what it says."""

    __slots__ = ("message", "name")

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        self.message = message


# -- text <-> value ------------------------------------------------------------------------------


def parse_suppressions(text: str) -> list[Suppression | Fault]:
    """What a comment asks for, in its order; mostly nothing. A Fault stands for one without effect."""
    if MARKER not in text:
        return []
    parts = [part.lstrip(_OPENING) for part in _inner_comments(text)]
    parsed = [_parse(part[len(MARKER) :]) for part in parts if part.startswith(MARKER)]
    return [one for one in parsed if one is not None]


def format_suppression(suppression: Suppression) -> str:
    """The comment's text, without the signs of a comment."""
    kind = "-file" if suppression.whole_file else ""
    until = f"until={suppression.until}" if suppression.until else ""
    words = (f"{MARKER}{kind}[{', '.join(suppression.names)}]", suppression.reason, until)
    return " ".join(word for word in words if word)


def _inner_comments(text: str) -> list[str]:
    """The comment cut where a `#` or `//` between spaces starts another one."""
    parts: list[list[str]] = [[]]
    for word in text.split():
        if word in _INNER:
            parts.append([])
        parts[-1].append(word)
    return [" ".join(words) for words in parts]


def _parse(rest: str) -> Suppression | Fault | None:
    """What follows the marker."""
    whole_file = rest.startswith("-file")
    rest = rest.removeprefix("-file")
    if rest[:1].isalnum() or rest[:1] == "_":  # "feedback-loop: ignored by us"
        return None
    if rest[:1] == "-":
        return Fault(MALFORMED, "there is only `ignore[…]` and `ignore-file[…]`; this has no effect")
    inside, closed, after = rest.removeprefix("[").partition("]")
    if rest[:1] == "[" and not closed:
        return Fault(MALFORMED, "the bracket is not closed; the suppression has no effect")
    names = tuple(dict.fromkeys(name for name in map(str.strip, inside.split(",")) if name))
    if rest[:1] != "[" or not names or "*" in names:
        return Fault(UNNAMED, "a suppression says by name what it suppresses; this one has no effect")
    return _dated(names, after.split(), whole_file)


def _dated(names: tuple[str, ...], words: list[str], whole_file: bool) -> Suppression | Fault:
    until = ""
    if words and words[-1].startswith("until="):
        until = words.pop().removeprefix("until=")
        if not _is_date(until):
            return Fault(MALFORMED, f"until={_cut(until)} is no date; the suppression has no effect")
    if any(word.lower().startswith("until=") for word in words):
        return Fault(MALFORMED, "`until=` is not the last word; the suppression has no effect")
    return Suppression(names, " ".join(words), until, whole_file)


def _is_date(text: str) -> bool:
    """A day of the calendar as YYYY-MM-DD. (`datetime` costs more than the file's whole scan.)"""
    digits = text[:4] + text[5:7] + text[8:]
    if len(text) != 10 or text[4] + text[7] != "--" or not (digits.isascii() and digits.isdecimal()):
        return False
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    february = 29 if leap else 28
    days = (31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return year > 0 and 1 <= month <= 12 and 1 <= day <= days[month - 1]


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "…"


def _named(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    shown = ", ".join(_cut(name) for name in names[:_SHOWN_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


# -- findings and suppressions -------------------------------------------------------------------


class _Entry:
    """A suppression where it stands; `index` counts comments of equal text, for the notices' keys."""

    __slots__ = ("comment", "index", "lines", "names", "parsed", "used")

    def __init__(self, comment: Comment, parsed: Suppression | Fault, index: int) -> None:
        self.comment = comment
        self.parsed = parsed
        self.index = index
        self.names: list[str] = []  # those in force
        self.lines: set[int] = set()  # where they are
        self.used: set[str] = set()


def apply(
    findings: Iterable[Finding],
    comments: Sequence[Comment],
    *,
    path: bytes,
    added: Collection[int],
    today: Callable[[], str],
    require_reason: bool,
    known: Callable[[str], bool],
    ran: Callable[[str], bool],
    fingerprint: Callable[[str, bytes, str, int], str],
    everything: bool = False,
    matches: Iterable[Match] | None = None,
) -> tuple[list[Finding], list[Suppressed], list[Finding]]:
    """(findings that stay, those taken away, notices about the suppressions themselves) of one file.

    All comments work; spoken of are those on `added` lines (`everything`: on all lines). What the tool
    itself has to say cannot be suppressed. `today()` is an ISO date, "" if none is to be past.
    `known(name)`: there is such a pattern or `pattern/detector`. `ran(name)`: it was looked for in all
    of the file; of others nobody can say that they are unused. `matches` is all that was found, on
    lines that the change left alone too, as (rule id, line of the first anchor, full span). Without it
    a suppression that speaks of such lines is never called unused. `fingerprint(name, path, text,
    index)` makes the key of a notice.
    """
    entries = list(_entries(comments))
    faults = [(one, entry) for entry in entries for one in _judged(entry, today, require_reason, known)]
    in_force = _by_line(entries, comments)
    kept: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        reason = _taken(finding.rule_id, finding.line, finding.full, in_force)
        if reason is None:
            kept.append(finding)
        else:
            suppressed.append(Suppressed(finding, reason))
    for rule_id, line, full in matches or ():
        _taken(rule_id, line, full, in_force)
    for entry in entries:
        idle = [name for name in entry.names if name not in entry.used and ran(name)]
        if idle and (everything or matches is not None or all(line in added for line in entry.lines)):
            faults.append((Fault(UNUSED, f"nothing to suppress: {_named(idle)}"), entry))
    notices = [
        _notice(fault, entry, path, fingerprint)
        for fault, entry in faults
        if everything or entry.comment.line in added
    ]
    return kept, suppressed, notices


def _entries(comments: Iterable[Comment]) -> Iterator[_Entry]:
    seen: dict[str, int] = {}
    for comment in comments:
        for parsed in parse_suppressions(comment.text):
            text = _normal(comment)
            index = seen.get(text, 0)
            seen[text] = index + 1
            yield _Entry(comment, parsed, index)


def _judged(
    entry: _Entry, today: Callable[[], str], require_reason: bool, known: Callable[[str], bool]
) -> Iterator[Fault]:
    """What is to be said about a suppression, and on the way which of its names are in force."""
    one = entry.parsed
    if isinstance(one, Fault):
        yield one
        return
    if one.whole_file and entry.comment.line > _FILE_LINES:
        yield Fault(MALFORMED, f"`ignore-file` counts in the first {_FILE_LINES} lines only")
        return
    names: list[str] = []
    unknown: list[str] = []
    for name in one.names:
        (names if known(name) else unknown).append(name)
    if unknown:
        yield Fault(UNKNOWN, f"no pattern or detector has this name: {_named(unknown)}")
    if not names:
        return
    if one.until and one.until < today():
        yield Fault(EXPIRED, f"the suppression of {_named(names)} ended with {one.until}")
        return
    if not one.reason:
        effect = " and has no effect (scan.require-reason)" if require_reason else ""
        yield Fault(WITHOUT_REASON, f"the suppression of {_named(names)} gives no reason{effect}")
    if one.reason or not require_reason:
        entry.names = names


def _by_line(entries: Iterable[_Entry], comments: Iterable[Comment]) -> dict[tuple[int, str], _Entry]:
    """(line, name) -> the suppression in force there. Of two for the same, one would do: the first."""
    alone = {comment.line for comment in comments if comment.alone}
    below: dict[int, int] = {}  # comment line -> first line after it and the comment lines that follow it
    for line in sorted(alone, reverse=True):
        below[line] = below.get(line + 1, line + 1)
    in_force: dict[tuple[int, str], _Entry] = {}
    for entry in entries:
        line = entry.comment.line
        entry.lines = {line, line + 1, below[line]} if entry.comment.alone else {line}
        if isinstance(entry.parsed, Suppression) and entry.parsed.whole_file:
            entry.lines = {_WHOLE_FILE}
        for name in entry.names:
            for reached in entry.lines:
                in_force.setdefault((reached, name), entry)
    return in_force


def _taken(rule_id: str, line: int, full: Span, in_force: dict[tuple[int, str], _Entry]) -> str | None:
    """The reason of the suppression that takes the match away; all that would are marked as used."""
    pattern = rule_id.partition("/")[0]
    if pattern == OWN:
        return None
    first, _, last, end = full
    if end == 1 and last > first:  # the span ends before that line's first character
        last -= 1
    reason: str | None = None
    for place in (line, first, last, _WHOLE_FILE):
        for name in (rule_id, pattern):
            entry = in_force.get((place, name))
            if entry is not None and isinstance(entry.parsed, Suppression):
                entry.used.add(name)
                reason = entry.parsed.reason if reason is None else reason
    return reason


def _notice(
    fault: Fault, entry: _Entry, path: bytes, fingerprint: Callable[[str, bytes, str, int], str]
) -> Finding:
    comment = entry.comment
    level = "hint" if fault.name in _HINTS else "warn"
    key = fingerprint(f"{OWN}/{fault.name}", path, _normal(comment), entry.index)
    source = comment.source or comment.text
    return notice(fault.name, level, path, comment.line, fault.message, _FIXES[fault.name], key, source)


def _normal(comment: Comment) -> str:
    return " ".join(comment.text.split())
