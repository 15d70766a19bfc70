"""The trailers of a commit message, as git reads and writes them (A59a). On the path of every commit.

The rules are those of git's own `trailer.c`: https://git-scm.com/docs/git-interpret-trailers
"""

from __future__ import annotations

from feedback_loop.domain.names import forms, is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedback_loop.domain.names import Names

KEY = "Pattern"
_CUT = " ------------------------ >8 ------------------------"
_BY_GIT = ("Signed-off-by: ", "(cherry picked from commit ")  # a paragraph with one may hold other lines, too
_BLANKS = " \t\r\n"
_TOKEN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_COMMENT_CHARS = "#;@!$%^&|:"  # what git takes one from if it is to choose
_ASK = "The plan lists these, and the staged lines apply them. Uncomment what to say:"

_EXPLAINED = 10  # unknown names: looking for near ones takes time


class Trailer:
    """One trailer: `line` counts from 1, `value` is in one line, without blanks around it."""

    __slots__ = ("key", "line", "value")

    def __init__(self, line: int, key: str, value: str) -> None:
        self.line = line
        self.key = key
        self.value = value


class Doubt:
    """A `Pattern` trailer that names no pattern: `malformed` if it cannot be a name; else `near` names."""

    __slots__ = ("malformed", "near", "trailer")

    def __init__(self, trailer: Trailer, malformed: bool, near: tuple[str, ...] = ()) -> None:
        self.trailer = trailer
        self.malformed = malformed
        self.near = near


def read_trailers(message: str, comment: str = "#") -> list[Trailer]:
    """All trailers of the last paragraph; comment lines and what git cuts off below them are left out.

    None if that paragraph is the first one, the subject, or has lines that are no trailers (one that git
    wrote makes up for three of those).
    """
    lines = _lines(message, comment)
    begin, end = _block(lines, comment)
    found: list[Trailer] = []
    last: Trailer | None = None
    for number in range(begin, end):
        line = lines[number].rstrip("\r")
        if last and line[:1] in _BLANKS:
            last.value += " " + line.lstrip(_BLANKS)
            continue
        last = None
        key, _, value = line.partition(":")
        if _is_trailer(line):
            last = Trailer(number + 1, key.strip(_BLANKS), value)
            found.append(last)
    for trailer in found:
        trailer.value = trailer.value.strip(_BLANKS)
    return found


def pattern_trailers(message: str, comment: str = "#") -> list[Trailer]:
    """Those that name a pattern."""
    return [one for one in read_trailers(message, comment) if one.key.casefold() == KEY.casefold()]


def doubts_about(trailers: Iterable[Trailer], names: Names) -> list[Doubt]:
    """The `Pattern` trailers that name no pattern of the library."""
    found = []
    for trailer in trailers:
        if not any(is_name(form) for form in forms(trailer.value)):
            found.append(Doubt(trailer, True))
        elif not names.resolve(trailer.value).name:
            near = names.near(trailer.value) if len(found) < _EXPLAINED else ()
            found.append(Doubt(trailer, False, near))
    return found


def with_trailers(message: str, names: Iterable[str], comment: str = "#") -> str:
    """The message with a `Pattern` trailer for each name that it does not name yet; all else is kept.

    They stand at the end of the trailers that are there, or in a paragraph of their own, above git's
    comments. A message without text keeps room for its subject, as with `git commit --signoff`.
    """
    lines = _lines(message, comment)
    begin, end = _block(lines, comment)
    added = [f"{KEY}: {name}" for name in _missing(message, names, comment)]
    if not added:
        return message
    if not end:
        return _inserted(message, 0, ["", "", *added])
    return _inserted(message, _offset(message, lines, end), added if begin < end else ["", *added])


def with_proposal(message: str, names: Iterable[str], comment: str = "#") -> str:
    """The same for a message that nobody has written yet: as comments among those that git wrote.

    Whoever leaves the editor without a word wants no commit: a trailer would be the text that git needs
    for one. Nothing changes where git wrote no comments, and so will take none away.
    """
    lines = _lines(message, comment)
    first = next((number for number, line in enumerate(lines) if line.startswith(comment)), None)
    added = [f"{comment} {KEY}: {name}" for name in _missing(message, names, comment)]
    added = [line for line in added if line not in (one.rstrip("\r") for one in lines)]
    if not added or first is None:
        return message
    added.insert(0, f"{comment} {_ASK}")
    begin, end = _block(lines, comment)
    if end:
        return _inserted(message, _offset(message, lines, end), added if begin < end else ["", *added])
    room = [""] * max(0, 2 - first)
    return _inserted(message, _offset(message, lines, first), [*room, *added, comment])


def has_text(message: str, comment: str = "#") -> bool:
    """Whether there is anything but trailers, comments and blank lines."""
    lines = _lines(message, comment)
    begin, _ = _block(lines, comment)
    return any(not _is_blank(line) and not line.startswith(comment) for line in lines[:begin])


def above_cut(message: str, comment: str = "#") -> str:
    """The message without the diff that `git commit --verbose` shows below a mark."""
    text, mark = "\n" + message, "\n" + comment + _CUT
    found = [at for at in (text.find(mark + "\n"), text.find(mark + "\r\n")) if at >= 0]
    return message[: min(found)] if found else message


def comment_of(message: str, setting: str) -> str:
    """What begins a comment: git's `core.commentChar`, or with `auto` what git chose for this message."""
    if setting != "auto":
        return setting or "#"
    last = message.rstrip(_BLANKS).rpartition("\n")[2][:1]
    return last if last and last in _COMMENT_CHARS else "#"


# -- lines ---------------------------------------------------------------------------------------


def _lines(message: str, comment: str) -> list[str]:
    return above_cut(message, comment).split("\n")


def _block(lines: list[str], comment: str) -> tuple[int, int]:
    """(first line of the trailers, the line after the last text); equal if there are no trailers."""
    end = len(lines)
    while end and (_is_blank(lines[end - 1]) or lines[end - 1].startswith(comment)):
        end -= 1
    title = 0
    while title < end and (lines[title].startswith(comment) or not _is_blank(lines[title])):
        title += 1
    trailers = others = waiting = 0  # waiting: lines that continue whatever stands above them
    by_git = False
    for number in range(end - 1, title - 1, -1):
        line = lines[number]
        if line.startswith(comment):
            others, waiting = others + waiting, 0
        elif _is_blank(line):
            others += waiting
            enough = trailers * 3 >= others if by_git else trailers and not others
            return (number + 1 if enough else end), end
        elif line.startswith(_BY_GIT):
            trailers, waiting, by_git = trailers + 1, 0, True
        elif _is_trailer(line):
            trailers, waiting = trailers + 1, 0
        elif line[0] in _BLANKS:
            waiting += 1
        else:
            others, waiting = others + 1 + waiting, 0
    return end, end


def _is_blank(line: str) -> bool:
    return not line.strip(_BLANKS)


def _is_trailer(line: str) -> bool:
    token, colon, _ = line.partition(":")
    token = token.rstrip(" \t")
    return bool(colon and token) and _TOKEN.issuperset(token)


def _missing(message: str, names: Iterable[str], comment: str) -> list[str]:
    there = {form for trailer in pattern_trailers(message, comment) for form in forms(trailer.value)}
    return [name for name in dict.fromkeys(names) if name not in there]


def _offset(message: str, lines: list[str], number: int) -> int:
    """Where the line begins; the message's end if there are no more."""
    return min(sum(len(line) + 1 for line in lines[:number]), len(message))


def _inserted(message: str, at: int, added: list[str]) -> str:
    """The lines put in there, with the message's own line ends."""
    end = "\r\n" if "\r\n" in message else "\n"
    text = "".join(line + end for line in added)
    if at and message[at - 1] != "\n":
        text = end + text
    return message[:at] + text + message[at:]
