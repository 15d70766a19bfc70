"""JSON read strictly: no duplicate keys, no NaN, no lone surrogates, bounded size and depth (T10).

Positions come with the value, so that every problem can name its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, TypeAlias

from feedback_loop.domain.problem import Problem

SIZE_CAP = 1 << 20
DEPTH_CAP = 32
DIGITS_CAP = 640  # what every Python converts, however its own limit is set
PROBLEM_CAP = 100
_POINTER_CAP = 200

# The line of a value, and below it the places of its members. No pointers: a long key above many
# members would make a gigabyte of them.
Place: TypeAlias = "int | tuple[int, dict[str, Place]] | tuple[int, list[Place]]"


@dataclass
class Document:
    """A parsed document: its value and where each part of it stands; `problems` if it is refused."""

    path: str
    value: Any = None
    problems: list[Problem] = field(default_factory=list)
    places: Place = 1

    def line_of(self, pointer: str) -> int:
        """The line on which the value at the JSON pointer begins, or else its nearest parent."""
        place = self.places
        for part in pointer.split("/")[1:]:
            inner = _member(place, part.replace("~1", "/").replace("~0", "~"))
            if inner is None:
                break
            place = inner
        return place if isinstance(place, int) else place[0]

    def problem(self, pointer: str, message: str) -> Problem:
        """A problem at the pointer's line (or its nearest parent's), the pointer in the text."""
        return Problem(self.path, self.line_of(pointer), _told(pointer, message))


def _member(place: Place, key: str) -> Place | None:
    if isinstance(place, int):
        return None
    members = place[1]
    if isinstance(members, dict):
        return members.get(key)
    return members[int(key)] if key.isdecimal() and int(key) < len(members) else None


def _told(pointer: str, message: str) -> str:
    shown = pointer if len(pointer) <= _POINTER_CAP else pointer[:_POINTER_CAP] + "…"
    return f"{shown}: {message}" if shown else message


def pointer_to(parts: Iterable[object]) -> str:
    """The JSON pointer (RFC 6901) of these keys and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def parse_json(data: bytes, path: str) -> Document:
    """Read one document. It never raises: what is wrong is in `problems`."""
    document = Document(path)
    if len(data) > SIZE_CAP:
        document.problems.append(Problem(path, 0, f"larger than {SIZE_CAP} bytes"))
        return document
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        document.problems.append(Problem(path, line, f"not UTF-8 (byte {error.start})"))
        return document
    if text.startswith("\ufeff"):
        message = "begins with a byte order mark: save it as UTF-8 without one"
        document.problems.append(Problem(path, 1, message))
        return document
    try:
        document.value = json.loads(text, parse_constant=lambda name: None, parse_int=_integer)
    except json.JSONDecodeError as error:
        document.problems.append(Problem(path, error.lineno, f"not JSON: {error.msg} (column {error.colno})"))
    except RecursionError:
        document.problems.append(Problem(path, 0, f"nested deeper than {DEPTH_CAP} levels"))
    else:
        _Walker(text, document).walk()
    return document


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= DIGITS_CAP else 0  # the walker refuses the document


# In text that is known to be JSON commas and colons say nothing that the order does not.
_TOKEN = re.compile(r'[ \t\r\n,:]*+([\[\]{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^ \t\r\n,:\[\]{}"]++)')
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _Walker:
    """Walks text that `json.loads` accepted: places, duplicate keys, depth, numbers, surrogates."""

    def __init__(self, text: str, document: Document) -> None:
        self._text = text
        self._document = document
        self._tokens = _TOKEN.finditer(text)
        self._trail: list[object] = []
        self._line = 1
        self._counted = 0

    def walk(self) -> None:
        try:
            self._document.places = self._value(next(self._tokens))
        except _EnoughError:
            return

    def _value(self, token: re.Match[str]) -> Place:
        text = token[1]
        line = self._line_at(token.start(1))
        if text == "{":
            return line, self._object()
        if text == "[":
            return line, self._array()
        if text[0] == '"':
            self._string(token)
        elif len(text) > 2:
            self._number(text)
        return line

    def _object(self) -> dict[str, Place]:
        places: dict[str, Place] = {}
        self._check_depth()
        for token in self._tokens:
            if token[1] == "}":
                break
            line = self._line_at(token.start(1))
            key = self._string(token)
            self._trail.append(key)
            if key in places:
                self._report(line, "key given twice")
            places[key] = self._value(next(self._tokens))
            self._trail.pop()
        return places

    def _array(self) -> list[Place]:
        places: list[Place] = []
        self._check_depth()
        for token in self._tokens:
            if token[1] == "]":
                break
            self._trail.append(len(places))
            places.append(self._value(token))
            self._trail.pop()
        return places

    def _check_depth(self) -> None:
        """The trail has one part for each holder around this one."""
        if len(self._trail) >= DEPTH_CAP:
            message = f"nested deeper than {DEPTH_CAP} levels"
            self._document.problems.append(Problem(self._document.path, self._line, message))
            raise _EnoughError

    def _string(self, token: re.Match[str]) -> str:
        raw = token[1]
        if "\\" not in raw:
            return raw[1:-1]
        text: str = scanstring(self._text, token.start(1) + 1)[0]
        if _SURROGATE.search(raw) and any(0xD800 <= ord(char) <= 0xDFFF for char in text):
            self._report(self._line, "lone surrogate in a string")
        return text

    def _number(self, text: str) -> None:
        if text in ("NaN", "Infinity", "-Infinity"):
            self._report(self._line, f"{text} is not a JSON number")
        elif text.removeprefix("-").isdecimal():
            if len(text) > DIGITS_CAP:
                self._report(self._line, f"a number of more than {DIGITS_CAP} digits")
        elif text not in ("true", "false", "null") and float(text) in (float("inf"), float("-inf")):
            self._report(self._line, "a number too large")

    def _report(self, line: int, message: str) -> None:
        problems = self._document.problems
        if len(problems) >= PROBLEM_CAP:
            problems.append(Problem(self._document.path, line, "more problems than can be listed"))
            raise _EnoughError
        problems.append(Problem(self._document.path, line, _told(pointer_to(self._trail), message)))

    def _line_at(self, at: int) -> int:
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line


class _EnoughError(Exception):
    """The document is refused, and nothing more need be said."""
