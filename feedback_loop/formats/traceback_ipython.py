"""One traceback as IPython and Jupyter print it: `----> 3 total(order)` below each call."""

from __future__ import annotations

import re

from feedback_loop.domain.trace import Frame, Trace
from feedback_loop.formats.traceback_calls import strict_exception
from feedback_loop.formats.traceback_cpython import exception_at
from feedback_loop.formats.traceback_lines import HEADER, View

# `KeyError        Traceback (most recent call last)`: the class, at least two blanks, no colon at the end.
_START = re.compile(rf"((?:> ?)*\s*)([^\W\d][\w.]*)[ \t]{{2,}}{re.escape(HEADER)}\s*(?:<|$)")
# `<ipython-input-3-0a> in f(x)`, `~/shop/a.py in f(x)`, `[c:\shop\a.py](file:///c%3A/shop/a.py) in f(x)`
_CALL = re.compile(
    r"\[?(<[^<>]+>|[^\s\[][^()\[\]]*[/\\.][^()\[\]]*?)(?:\]\(\w+:[^)\s]*\))? in ([^\W\d<][\w.<>]*|<\w+>)"
)
# `File ~/shop/a.py:12, in f(x)`, from IPython 8 on
_PLACE = re.compile(r"File (\S.*?):(\d{1,9})(?:, in ([^\s(]+).*)?$")
# `Cell In[3], line 1`, `Input In [3], in <cell line: 1>()`
_CELL = re.compile(r"(?:Cell|Input) In ?\[(\d+)\](?:, line (\d{1,9}))?(?:, in (<[^>]*>|[^\s(]+).*)?$")
_ARROW = re.compile(r"-+> ?(\d{1,9})(?: (.*))?$")
_FIRST = ("<ipython-input-", "Cell In")
_FAR = 12  # lines from a call to its arrow
_BODY = re.compile(r"\s|\d|-+>|\.\.\.|$")


def starts_ipython(line: str) -> bool:
    """Whether the line is the header of such a traceback."""
    return bool(_START.match(line))


def is_cell(lines: list[str], index: int) -> bool:
    """Whether the line is the first call of such a traceback whose header was left out."""
    if not lines[index].startswith(_FIRST) or not _frame(lines[index]):
        return False
    return any(_ARROW.match(line.strip()) for line in lines[index + 1 : index + _FAR])


def parse_ipython(lines: list[str], index: int) -> tuple[Trace, int, View]:
    """The exception whose header or first call stands on the line, the index behind it, and how to read it.

    The header has the class already; where the text ends before the message, `complete` is False.
    """
    start = _START.match(lines[index])
    view = View(lines, start[1] if start else "")
    qualname = start[2] if start else ""
    frames: list[Frame] = []
    index += start is not None
    while (line := view.at(index)) is not None and HEADER not in line:
        if strict_exception(line, qualname):
            named, message, index = exception_at(view, index)
            return Trace(named.rpartition(".")[2], named, message, tuple(frames)), index, view
        if frame := _frame(line):
            frames.append(frame)
        elif (arrow := _ARROW.match(line.strip())) and frames:
            before = frames[-1]
            frames[-1] = Frame(before.file, int(arrow[1]), before.function, (arrow[2] or "").strip())
        elif not _BODY.match(line):
            break
        index += 1
    return Trace(qualname.rpartition(".")[2], qualname, "", tuple(frames), (), False), index, view


def _frame(line: str) -> Frame | None:
    """The call that the line tells of; its number may follow with the code."""
    if cell := _CELL.match(line):
        return Frame(f"<cell {cell[1]}>", int(cell[2] or 0), cell[3] or "")
    if place := _PLACE.match(line):
        return Frame(_posix(place[1]), int(place[2]), place[3] or "")
    call = None if line[:1].isspace() or line[:1].isdigit() else _CALL.match(line)
    return Frame(_posix(call[1]), 0, call[2]) if call else None


def _posix(file: str) -> str:
    return file.replace("\\", "/")
