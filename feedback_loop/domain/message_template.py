"""The first line of a message without what differs from run to run (C18)."""

from __future__ import annotations

import re

_LONGEST_LINE = 500  # characters of a message's first line that are looked at
_CUT = 200

# What stands for something else in each run, in this order. A code such as `[Errno 24]` tells the kind of
# failure and stays; so does a digit within a word (float32).
_VOLATILE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<!\w)[bBuU]?(?:'[^'\\]*(?:\\.[^'\\]*)*'|\"[^\"\\]*(?:\\.[^\"\\]*)*\")(?!\w)"), "<str>"),
    (re.compile(r"(?<!\w)`[^`]*`(?!\w)|“[^”]*”|‘[^’]*’"), "<str>"),
    (re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s<>\"')\]]+"), "<url>"),
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9.-]{2,190}"), "<email>"),
    (
        re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"),
        "<uuid>",
    ),
    (
        re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?(?!\d)"),
        "<datetime>",
    ),
    (re.compile(r"\b\d{4}[-/]\d\d[-/]\d\d\b"), "<date>"),
    (re.compile(r"(?<![\d:])\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?![\d:])"), "<time>"),
    (re.compile(r"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.])"), "<ip>"),
    (re.compile(r"\b0[xX][0-9a-fA-F]+\b"), "<address>"),
)
_PATH = re.compile(r"(?<![\w.>/\\])(?:[A-Za-z]:|~|\.{1,2})?[\\/][^\s'\"<>|:;,()\[\]{}]+")
_RELATIVE = re.compile(r"(?<![\w.>/\\-])[\w.-]+[\\/][\w./\\-]*\.[A-Za-z]\w{0,7}(?![\w/\\])")
_HEX = re.compile(r"\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{8,}\b")
_FLOAT = re.compile(
    r"(?:(?<![\w.)\]])[-+])?(?<![\w.])(?:\d+(?:\.\d+)+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)(?![\d.]*\d)"
)
_INT = re.compile(r"(?:(?<![\w.)\]])[-+])?(?<![\w.])(?<!\[Errno )(?<!\[WinError )\d+")


def message_template(message: str) -> str:
    """The first line with text, what differs from run to run replaced: `index <int> is out of bounds`.

    Placeholders are `<str>`, `<url>`, `<email>`, `<uuid>`, `<datetime>`, `<date>`, `<time>`, `<ip>`,
    `<address>`, `<path>/name`, `<hex>`, `<float>` and `<int>`. At most 200 characters, cut between words.
    """
    text = first_line(message)
    for volatile, placeholder in _VOLATILE:
        text = volatile.sub(placeholder, text)
    text = _RELATIVE.sub(_named, _PATH.sub(_named, text))
    for volatile, placeholder in ((_HEX, "<hex>"), (_FLOAT, "<float>"), (_INT, "<int>")):
        text = volatile.sub(placeholder, text)
    return text if len(text) <= _CUT else _cut(text)


def first_line(message: str) -> str:
    """The first line with text, blanks made one; of very long ones the start."""
    text = next((line for line in message.split("\n") if line.strip()), "")
    return " ".join(text[:_LONGEST_LINE].split())


def _named(match: re.Match[str]) -> str:
    """A path without its folders."""
    path = match[0].rstrip("./\\")
    name = re.split(r"[\\/]", path)[-1]
    return f"<path>/{name}{match[0][len(path) :]}" if name else match[0]


def _cut(text: str) -> str:
    at = text.rfind(" ", 0, _CUT + 1)
    return text[: at if at > 0 else _CUT]
