"""The id of a figure: what a number of a report is called, so that its origin can be asked for (H92).

    NAME.MEASURE[@PERIOD]           bounds_checking.introduced@2026-W47
    NAME.hotspot:PATH[@PERIOD]      bounds_checking.hotspot:src/io.py
    library.MEASURE[@PERIOD]        of all patterns together

In a path `%`, `@`, blanks, hidden and undecodable characters stand as `%XX`, so that an id is one word that
can be shown and copied.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from feedback_loop.domain.names import is_name
from feedback_loop.domain.text import is_hidden
from feedback_loop.errors import InputError

LIBRARY = "library"
INTRODUCED, FIXED, OPEN, RESTORED = "introduced", "fixed", "open", "restored"
REINTRODUCED, WAIVED, EXPOSURE, FREQUENCY = "reintroduced", "waived", "exposure", "frequency"
EFFECT, TREND, TIME_TO_FIX, WAIVER_RATE = "effect", "trend", "time_to_fix", "waiver_rate"
DECLARED, PREVENTIONS, HOTSPOT = "declared", "preventions", "hotspot"
MEASURES = (
    *(INTRODUCED, FIXED, OPEN, RESTORED, REINTRODUCED, WAIVED, EXPOSURE, FREQUENCY),
    *(EFFECT, TREND, TIME_TO_FIX, WAIVER_RATE, DECLARED, PREVENTIONS),
)
EVERY_MEASURE = (*MEASURES, HOTSPOT)

_CAP = 8192  # characters of an id: a path is at most 4,096 bytes
_COMPARED = 200
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_PERIOD = re.compile(r"[^\s@\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class FigureId:
    """`name` is a pattern's or `library`; `period` as it was asked for ("" = all history).

    `path` is git's (undecodable bytes as surrogates) and stands with the measure `hotspot` alone: a file,
    or a folder ending in `/`.
    """

    name: str
    measure: str
    period: str = ""
    path: str = ""

    def __str__(self) -> str:
        """The id as `parse_figure` reads it."""
        place = f":{_escape(self.path)}" if self.measure == HOTSPOT else ""
        return f"{self.name}.{self.measure}{place}" + (f"@{self.period}" if self.period else "")


def is_figure(text: str) -> bool:
    """Whether the text is meant as a figure's id: no pattern's name holds a dot."""
    return "." in text


def parse_figure(text: str) -> FigureId:
    """The figure of this id. Raises InputError if it has another form (`closest_figures` names others)."""
    name, dot, rest = text[:_CAP].partition(".")
    body, at, period = rest.partition("@")
    measure, colon, path = body.partition(":")
    if len(text) > _CAP or not dot:
        raise _malformed(text, "an id is NAME.MEASURE[@PERIOD]")
    if not is_name(name):
        raise _malformed(text, f"{name[:_COMPARED]!a} cannot be a pattern's name")
    if measure not in EVERY_MEASURE:
        raise _malformed(text, f"the measures are {', '.join(EVERY_MEASURE)}")
    if bool(path) != (measure == HOTSPOT) or (colon and not path):
        raise _malformed(text, "a path stands after `hotspot:`, and only there")
    if at and not _PERIOD.fullmatch(period):
        raise _malformed(text, "after @ stands a period: 2026-W47, 2026-11, 2026-11-02_2026-11-16, v1..v2")
    return FigureId(name, measure, period, _unescape(path, text))


def closest_figures(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """The three ids that look most like a text that is none, or one of a pattern that nobody knows."""
    name, _, rest = text[:_COMPARED].partition(".")
    measure, at, period = rest.partition("@")
    close = _closest(name, {*names, LIBRARY})
    after = f"@{period}" if at and _PERIOD.fullmatch(period) else ""
    measures = _closest(measure.partition(":")[0], MEASURES)
    pairs = sorted((-one - other, known, what) for one, known in close for other, what in measures)
    return tuple(f"{known}.{what}{after}" for _, known, what in pairs[:3])


def _closest(text: str, known: Iterable[str]) -> list[tuple[float, str]]:
    """Three of them, with how much of the text they share (0 to 1)."""
    found = difflib.get_close_matches(text, sorted(known), n=3, cutoff=0)
    return [(difflib.SequenceMatcher(None, one, text).ratio(), one) for one in found]


def _malformed(text: str, hint: str) -> InputError:
    return InputError(f"not the id of a figure: {text[:_COMPARED]!a}", hint, kind="usage")


def _escape(path: str) -> str:
    return "".join(char if _is_plain(char) else _bytes(char) for char in path)


def _is_plain(char: str) -> bool:
    if char in "%@" or is_hidden(char):
        return False
    return "!" <= char <= "~" or (ord(char) > 0xA0 and not char.isspace() and not _is_surrogate(char))


def _is_surrogate(char: str) -> bool:
    return 0xD800 <= ord(char) <= 0xDFFF


def _bytes(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


def _unescape(path: str, text: str) -> str:
    """The path's bytes, those written as `%XX` among them, as git's text."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise _malformed(text, "its path holds half a character") from None
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), raw.decode("latin-1"))
    return plain.encode("latin-1").decode("utf-8", "surrogateescape")
