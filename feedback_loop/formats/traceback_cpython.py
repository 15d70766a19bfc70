"""One traceback as CPython 2.7 to 3.14 prints it, exception groups included."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from feedback_loop.domain.trace import Trace
from feedback_loop.formats.traceback_calls import ENDS, EXCEPTION, Calls, depth_of, strict_exception
from feedback_loop.formats.traceback_lines import FILE, HEADER, View

_DJANGO = "Exception Type: "
_DEEPEST_GROUP = 20
_MESSAGE_LINES = 64
_LOOK_AHEAD = 20
_LONGEST_CHAIN = 100
_FRAMES = (100, 300)  # so many calls are kept at the start and at the end


def link_of(line: str) -> str:
    """`cause` or `context` if the line stands between two exceptions of a chain, else ""."""
    if "exception" not in line:
        return ""
    line = line.rstrip()
    if line.endswith("was the direct cause of the following exception:"):
        return "cause" if "The above exception" in line else ""
    handled = "During handling of the above exception" in line
    return "context" if handled and line.endswith("another exception occurred:") else ""


def is_bare(line: str) -> bool:
    """Whether the line alone looks like an exception: one that was never raised has no calls above it."""
    match = EXCEPTION.match(line)
    return bool(match and match[1].endswith(("Error", "Exception", "Warning")))


def parse_one(view: View, index: int, margin: int = -1, depth: int = 0) -> tuple[Trace, int]:
    """The exception whose first line is given, and the index behind it.

    That line is a header, a call or, within a group, the exception itself. `margin` is the column of the
    group's `|`, -1 = none.
    """
    first = view.at(index, margin) or ""
    has_header = HEADER in first
    if margin < 0 and "+ Exception Group " in first:
        margin = 2
    if margin < 0 and view.prefix.strip() == "|":  # the text begins within a group
        margin, view = view.prefix.index("|"), View(view.lines)
    calls = Calls(view, index + has_header, margin)
    calls.read(has_header)
    frames = calls.frames
    qualname, message, index = exception_at(view, calls.index, margin, calls.indent)
    members: tuple[Trace, ...] = ()
    if margin >= 0 and depth < _DEEPEST_GROUP:
        members, index = _members(view, index, margin, depth)
    # A syntax error in the file that was started has neither header nor function.
    has_start = has_header or margin >= 0 or not any(frame.function for frame in frames)
    kept = frames if len(frames) <= sum(_FRAMES) else frames[: _FRAMES[0]] + frames[-_FRAMES[1] :]
    name = qualname.rpartition(".")[2]
    complete = bool(qualname) and has_start and len(kept) == len(frames) and not calls.elided
    return Trace(name, qualname, message, tuple(kept), members, complete), index


def exception_at(view: View, index: int, margin: int = -1, indent: int = 0) -> tuple[str, str, int]:
    """Class, message and the index behind; "" and "" where the text was cut off.

    `indent` is how far the calls above it are indented, as the exception is where all was moved in.
    """
    line = view.at(index, margin)
    if line is None:
        return "", "", index
    if (not line.strip() or line.startswith(_DJANGO)) and (found := _django(view, index)):
        return found
    if 0 < depth_of(line) <= indent and strict_exception(line.strip()):
        line = line.strip()
    line = line.removeprefix("**")
    match = EXCEPTION.match(line)
    # A single word in small letters is what was left of a longer one.
    if not match or ENDS.match(line) or (":" not in line and "." not in match[1] and match[1].islower()):
        return "", "", index
    more, index = _message(view, index + 1, margin)
    return match[1], "\n".join([match[2] or "", *more]).strip("\n"), index


def _django(view: View, index: int) -> tuple[str, str, int] | None:
    """Django's debug page names the exception below the calls: `Exception Type: KeyError at /path`."""
    while (line := view.at(index)) is not None and not line.strip():
        index += 1
    if line is None or not line.startswith(_DJANGO):
        return None
    value = view.at(index + 1) or ""
    message = value.partition(": ")[2] if value.startswith("Exception Value:") else ""
    return line.removeprefix(_DJANGO).partition(" at ")[0].strip(), message, index + 1 + bool(message)


def _message(view: View, index: int, margin: int) -> tuple[list[str], int]:
    """The lines of a message behind its first, notes included, and the index behind them.

    In a log nobody can tell a paragraph of the message from the next output: an empty line ends it, but
    where a chain or a group says that more of the same exception comes.
    """
    more: list[str] = []
    while (line := view.at(index, margin)) is not None and len(more) < _MESSAGE_LINES:
        if ENDS.match(line) or link_of(line):
            break
        if not line.strip() and not _goes_on(view, index, margin):
            break
        more.append(line)
        index += 1
    return more, index


def _goes_on(view: View, index: int, margin: int) -> bool:
    """Whether the message goes on behind an empty line."""
    for at in range(index + 1, index + _LOOK_AHEAD):
        line = view.at(at, margin)
        if line is not None and not line.strip():
            continue
        if line is None or FILE.match(line) or ENDS.match(line) or is_bare(line):
            return False
        if link_of(line):
            return any((view.at(between, margin) or "").strip() for between in range(index, at))
        if margin >= 0:
            return True
    return False


def _members(view: View, index: int, margin: int, depth: int) -> tuple[tuple[Trace, ...], int]:
    """The exceptions of a group: `+-+---- 1 ----` opens it, `+---- 2 ----` the next, `+------` ends it."""
    members: list[Trace] = []
    inner = margin + 2
    start = view.at(index) or ""
    if not start.startswith("+-+-", margin) or start[:margin].strip():
        return (), index
    while True:
        found, index = _member(view, index + 1, inner, depth + 1)
        members += found
        line = view.at(index) or ""
        if not line.startswith("+-", inner):
            return tuple(members), index
        if not line.strip(" +-"):
            return tuple(members), index + 1


def _member(view: View, index: int, margin: int, depth: int) -> tuple[list[Trace], int]:
    """A member, its own chain in its causes; `and 3 more exceptions` is none."""
    chain: list[Trace] = []
    link = ""
    while (line := view.at(index, margin)) is not None:
        if HEADER in line or FILE.match(line) or (EXCEPTION.match(line) and (link or not chain)):
            start = index
            trace, index = parse_one(view, index, margin, depth)
            index = max(index, start + 1)
            chain.append(replace(trace, link=link))
            link = ""
        else:
            link = link_of(line) or link
            index += 1
    return ([replace(joined(chain), link="member")] if chain else []), index


def joined(chain: list[Trace]) -> Trace:
    """The last exception of a chain, in the order of the text, with those before it as its causes.

    In the text a link belongs to the later of two; in the causes it is the earlier one's.
    """
    last = chain[-1]
    kept = chain[-_LONGEST_CHAIN:]
    before = [replace(trace, link=after.link) for trace, after in pairwise(kept)]
    complete = len(kept) == len(chain) and all(trace.complete for trace in chain)
    return replace(last, causes=(*reversed(before), *last.causes), link="", complete=complete)
