"""The text of a log's bytes: UTF-8, or UTF-16 with its mark; what is no text in it is shown and counted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.text import counted
from feedback_loop.errors import InputError
from feedback_loop.formats.traceback_stream import text_pieces

_WIDE = (b"\xff\xfe", b"\xfe\xff")  # what PowerShell writes with `>`
_HEAD = 8 << 10  # bytes that tell whether it is text
_FEW = 8  # NULs that no text is refused for, however short
_LONG_LINE = 1 << 20  # bytes
_NO_TEXT = re.compile("[\0\udc80-\udcff]")
_SHOWN = "\ufffd"  # an escape such as `\xff` would be a path to whoever reads the message


class LogBytes:
    """Bytes to be read as text, in pieces. Raises InputError for bytes that are no text.

    Where no more than one byte in 100 of its first 8 KiB is NUL it is text: a NUL or a byte that is no UTF-8
    is U+FFFD in it. NULs at its start, which a log has that was emptied while it was written, are left out.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._is_wide = data.startswith(_WIDE)
        self._no_text = 0
        self._newlines = 0
        self._last = ""  # the last character
        self._is_blank = True
        if not self._is_wide:
            self._data = data.lstrip(b"\0") if data.startswith(b"\0") else data
            self._no_text = len(data) - len(self._data)
            _check(data, self._data[:_HEAD])

    def pieces(self, size: int) -> Iterator[str]:
        """The text in pieces of about so many bytes."""
        if self._is_wide:
            made = text_pieces(self._data, "utf-16", "replace", size)
        else:
            text = self._data.removeprefix(b"\xef\xbb\xbf")
            made = text_pieces(text, "utf-8", "surrogateescape", size)
        for piece in made:
            told, count = (piece, 0) if _is_plain(piece) else _NO_TEXT.subn(_SHOWN, piece)
            self._no_text += count
            self._newlines += told.count("\n")
            self._last = told[-1:] or self._last
            self._is_blank = self._is_blank and not told.strip()
            yield told

    @property
    def lines(self) -> int:
        """How many lines the pieces had; 0 where all were blank."""
        return 0 if self._is_blank else self._newlines + (self._last != "\n")

    def problems(self) -> list[Problem]:
        """What cannot be read as it stands: bytes that are no text, and lines beyond 1 MiB."""
        told = []
        if self._no_text:
            verb = "is" if self._no_text == 1 else "are"
            told.append(Problem("", 0, f"{counted(self._no_text, 'byte')} {verb} no text: read as {_SHOWN}"))
        if long := [] if self._is_wide else list(_long_lines(self._data)):
            more = f" (and {len(long) - 1} more)" if len(long) > 1 else ""
            cut = "only its start is read, unless an escaped traceback is in it"
            told.append(
                Problem("", self._data.count(b"\n", 0, long[0]) + 1, f"longer than 1 MiB{more}: {cut}")
            )
        return told


def _is_plain(text: str) -> bool:
    return text.isascii() and "\0" not in text


def _check(data: bytes, head: bytes) -> None:
    """Raises InputError if what begins with `head`, once NULs before it are gone, is no text."""
    nuls = head.count(0)
    if data and not head:
        hint = "It holds nothing but NULs."
    elif max(head[::2].count(0), head[1::2].count(0)) * 4 > len(head):
        hint = "If it is UTF-16, it lacks its mark: save it as UTF-8."
    elif nuls > _FEW and nuls * 100 > len(head):
        hint = "A log or the output of a program is read as UTF-8."
    else:
        return
    raise InputError("is binary, not text", hint)


def _long_lines(data: bytes) -> Iterator[int]:
    """Where each line of more than 1 MiB starts."""
    start = 0
    while len(data) - start > _LONG_LINE:
        newline = data.rfind(b"\n", start, start + _LONG_LINE + 1)
        if newline < 0:
            yield start
            newline = data.find(b"\n", start + _LONG_LINE)
            if newline < 0:
                return
        start = newline + 1
