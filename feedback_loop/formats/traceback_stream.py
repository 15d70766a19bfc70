"""Tracebacks in a long text, read in pieces: what is in memory is a piece, not the text.

A piece ends where a new reading could begin, never within a trace, its chain, or what is looked at behind
it. So the traces are those that the whole text has, wherever it is cut.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from feedback_loop.domain.trace import Trace
from feedback_loop.formats.traceback import LOOK_BACK, Scan
from feedback_loop.formats.traceback_cpython import link_of
from feedback_loop.formats.traceback_lines import HEADER, text_lines

PIECE = 1 << 20  # bytes
_MARGIN = 100  # lines: no trace is judged by more of what follows it


@dataclass(frozen=True)
class Stretch:
    """Some lines of a text, without colours and unescaped, and the traces that begin in them.

    `first` is the number of the first line, from 0. Each trace, made when it is asked for, stands with the
    numbers of its first line and of the one behind it. `beyond` counts those that nobody asked for any more.
    """

    first: int
    lines: tuple[str, ...]
    traces: tuple[tuple[int, int, Callable[[], Trace]], ...]
    beyond: int = 0


def text_pieces(data: bytes, encoding: str, errors: str, size: int = PIECE) -> Iterator[str]:
    """The text in pieces of about so many bytes; no byte is lost or read twice."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for start in range(0, len(data), size):
        yield decoder.decode(data[start : start + size], final=start + size >= len(data))


def stretches(
    pieces: Iterable[str], cap: int = 64 << 10, enough: Callable[[], bool] = lambda: False
) -> Iterator[Stretch]:
    """All lines of the text with its traces, in its order; joined they are those of `parse_traces`.

    As soon as it is `enough`, traces are no longer read but counted by their first lines.
    """
    held: list[str] = []  # lines that are to be read yet, after `back` that are only looked back at
    back = first = 0
    waiting = 1
    for lines in _lines(pieces):
        if enough():
            yield Stretch(first + back, tuple(held[back:]), (), _count(held[back:]))
            first, back, held = first + len(held), 0, lines
            continue
        held += lines
        if len(held) < waiting + _MARGIN + back:
            continue
        scan = Scan(held, free=back)
        scan.read(back, len(held) - _MARGIN)
        if (
            scan.free == back
        ):  # a trace goes on to the end: half of what there is must come before the next try
            waiting = len(held) * 2
            continue
        waiting = 1
        yield _stretch(scan, first, back, scan.free, scan.told, cap)
        kept = max(scan.free - LOOK_BACK, 0)
        first, back, held = first + kept, scan.free - kept, held[kept:]
    if enough():
        yield Stretch(first + back, tuple(held[back:]), (), _count(held[back:]))
        return
    scan = Scan(held)
    scan.read(back)
    yield _stretch(scan, first, back, len(held), len(scan.chains), cap)


def _stretch(scan: Scan, first: int, start: int, end: int, told: int, cap: int) -> Stretch:
    traces = (
        (first + chain[0].start, first + chain[-1].end, partial(scan.whole, chain, cap))
        for chain in scan.chains[:told]
    )
    return Stretch(first + start, tuple(scan.lines[start:end]), tuple(traces))


def _count(lines: list[str]) -> int:
    """How many chains or groups begin in the lines."""
    begun = sum(HEADER in line and f"| {HEADER}" not in line for line in lines)
    return max(begun - sum(bool(link_of(line)) for line in lines), 0)


def _lines(pieces: Iterable[str]) -> Iterator[list[str]]:
    """The lines of each piece; one that goes on in the next comes with that."""
    begun: list[str] = []
    before = ""
    for piece in pieces:
        whole, newline, rest = piece.rpartition("\n")
        if newline:
            text = "".join([*begun, whole]).removesuffix("\r")
            yield text_lines(text, before=before)
            before = text.rpartition("\n")[2]
            begun = []
        begun.append(rest)
    yield text_lines("".join(begun), before=before)
