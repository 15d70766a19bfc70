"""A traceback as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """One call. `file` is as the trace shows it, POSIX separators; `line` counts from 1, 0 = unknown."""

    file: str
    line: int
    function: str = ""
    source: str = ""


@dataclass(frozen=True)
class Trace:
    """An exception and the calls that led to it, the deepest last.

    `exception` is the last part of `qualname`; `causes` are the exceptions before it in its chain (and the
    members of a group), the nearest first. `complete` is False where the text was cut off.
    """

    exception: str
    qualname: str
    message: str
    frames: tuple[Frame, ...] = ()
    causes: tuple[Trace, ...] = ()
    complete: bool = True
