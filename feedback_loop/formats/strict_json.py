"""JSON read strictly: no duplicate keys, no NaN, no lone surrogates, bounded size and depth (T10).

Positions come with the value, so that every problem can name its line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from feedback_loop.domain.problem import Problem

SIZE_CAP = 1 << 20
DEPTH_CAP = 32


@dataclass
class Document:
    """A parsed document: its value, and the line of each JSON pointer; `problems` if it is refused."""

    path: str
    value: Any = None
    problems: list[Problem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def problem(self, pointer: str, message: str) -> Problem:
        """A problem at the pointer's line (or its nearest parent's), the pointer in the text."""
        place = pointer
        while place and place not in self.lines:
            place = place.rpartition("/")[0]
        text = f"{pointer}: {message}" if pointer else message
        return Problem(self.path, self.lines.get(place, 1), text)


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
    try:
        document.value = json.loads(text, parse_constant=_refuse_constant)
        _Walker(text, document).value(0, "", 0)
    except json.JSONDecodeError as error:
        document.problems.append(Problem(path, error.lineno, f"not JSON: {error.msg} (column {error.colno})"))
    except RecursionError:
        document.problems.append(Problem(path, 0, f"nested deeper than {DEPTH_CAP} levels"))
    except ValueError as error:
        document.problems.append(Problem(path, 0, f"not JSON: {error}"))
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


class _Walker:
    """Walks text that `json.loads` accepted: lines of pointers, duplicate keys, depth, surrogates."""

    def __init__(self, text: str, document: Document) -> None:
        self.text = text
        self.document = document
        self._line = 1
        self._counted = 0

    def value(self, at: int, pointer: str, depth: int) -> int:
        """Record the value that begins at or after `at`; returns where it ends."""
        at = self._skip(at)
        self.document.lines[pointer] = self._line_at(at)
        if depth > DEPTH_CAP:
            raise RecursionError
        char = self.text[at]
        if char == "{":
            return self._object(at + 1, pointer, depth)
        if char == "[":
            return self._array(at + 1, pointer, depth)
        if char == '"':
            return self._string(at, pointer)[1]
        while at < len(self.text) and self.text[at] not in ",]} \t\r\n":
            at += 1
        return at

    def _object(self, at: int, pointer: str, depth: int) -> int:
        seen: set[str] = set()
        while self.text[at := self._skip(at)] != "}":
            line = self._line_at(at)
            key, at = self._string(at, pointer)
            inner = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if key in seen:
                self.document.problems.append(Problem(self.document.path, line, f"{inner}: key given twice"))
            seen.add(key)
            at = self.value(self._skip(at) + 1, inner, depth + 1)
            if self.text[at := self._skip(at)] == ",":
                at += 1
        return at + 1

    def _array(self, at: int, pointer: str, depth: int) -> int:
        index = 0
        while self.text[at := self._skip(at)] != "]":
            at = self.value(at, f"{pointer}/{index}", depth + 1)
            index += 1
            if self.text[at := self._skip(at)] == ",":
                at += 1
        return at + 1

    def _string(self, at: int, pointer: str) -> tuple[str, int]:
        text, end = scanstring(self.text, at + 1)
        if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
            self.document.problems.append(
                Problem(self.document.path, self._line_at(at), f"{pointer}: lone surrogate in a string")
            )
        return text, end

    def _skip(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in " \t\r\n":
            at += 1
        return at

    def _line_at(self, at: int) -> int:
        if at > self._counted:
            self._line += self.text.count("\n", self._counted, at)
            self._counted = at
        return self._line
