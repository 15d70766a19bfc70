"""A provider's answer in, the code in it out (D31)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from feedback_loop.domain.text import is_hidden
from feedback_loop.engines.generate.source import parsed

# CommonMark 0.31, section 4.5: up to three spaces, three or more of one sign; no back-tick in the info
# string of a fence of back-ticks.
_OPEN = re.compile(r"( {0,3})(?:(`{3,})[^`]*|(~{3,}).*)\Z")
_CLOSE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*\Z")
_LINE_END = re.compile(r"\r\n?")
_KEPT = "\t\n\f"


def code_of(answer: str) -> str | None:
    r"""The first fenced block; without one the whole answer if it parses; None where neither is.

    A back-tick fence in an answer that parses as a whole stands in a string of that code and is no fence.
    A block that nobody closes ends with the answer. Line ends become `\n`; control and hidden characters
    and lone surrogates are taken out, so that the code is what people see of it. The code ends in one `\n`.
    It need not compile: that is for the checks.
    """
    lines = cleaned(answer).split("\n")
    fences = ((at, match) for at, line in enumerate(lines) if (match := _OPEN.match(line)))
    found = next(fences, None)
    whole = "\n".join(lines)
    if found is None or (found[1][2] and parsed(whole) is not None):
        return _ended(whole) if parsed(whole) is not None else None
    at, opening = found
    return _ended(_block(lines[at + 1 :], opening[2] or opening[3], len(opening[1])))


def cleaned(text: str) -> str:
    r"""The text with `\n` as line ends, without control characters, hidden ones and lone surrogates."""
    text = _LINE_END.sub("\n", text)
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(char for char in text if char in _KEPT or not _is_unseen(char))


def _is_unseen(char: str) -> bool:
    code = ord(char)
    return code < 32 or 0x7F <= code < 0xA0 or 0xD800 <= code <= 0xDFFF or is_hidden(char)


def _block(lines: Sequence[str], fence: str, indent: int) -> str:
    """The lines up to the closing fence: the same sign, at least as many, nothing behind it."""
    inside: list[str] = []
    for line in lines:
        closing = _CLOSE.match(line)
        if closing and closing[1].startswith(fence):
            break
        own = len(line) - len(line.lstrip(" "))
        inside.append(line[min(own, indent) :])
    return "\n".join(inside)


def _ended(code: str) -> str | None:
    return code.rstrip() + "\n" if code.strip() else None
