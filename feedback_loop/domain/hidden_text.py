"""What a person would not see in a stranger's text, taken out before a model reads it (C24, D21)."""

from __future__ import annotations

import re

from feedback_loop.domain.text import is_hidden

_LINE_END = re.compile(r"\r\n?")
_PLAIN = re.compile(r"[\t\n\x20-\x7e]*\Z")
_BREAKS = frozenset("\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029")  # some readers begin a line there
_BLANK = "\u2800"  # a Braille cell without dots: printable by name alone
_OPENING, _BROKEN = "<!--", "<! --"
_CLOSING = "-->"
_ROUNDS = 8  # of comments that arise when others go; nobody nests deeper than that by chance


def strip_hidden(text: str) -> str:
    r"""The text without controls (but `\n` and tabs), invisible characters and HTML comments.

    Line ends become `\n`, other separators of lines a blank. A comment without an end goes with all that
    follows it, as a reader of the page would see nothing of that either.
    """
    return _without_comments(text).partition(_OPENING)[0]


def strip_hidden_code(text: str) -> str:
    """The same of code, where a `<!--` without an end stays and reads `<! --`: it may be in a string."""
    return _without_comments(text).replace(_OPENING, _BROKEN)


def holds_hidden(text: str) -> bool:
    """Whether `strip_hidden` takes something away but line ends."""
    return strip_hidden(text) != _LINE_END.sub("\n", text)


def code_holds_hidden(text: str) -> bool:
    """Whether `strip_hidden_code` takes something away but line ends."""
    return _without_comments(text) != _LINE_END.sub("\n", text)


def _without_comments(text: str) -> str:
    text = _LINE_END.sub("\n", text)
    if not _PLAIN.match(text):
        text = "".join(filter(None, map(_shown, text)))
    for _ in range(_ROUNDS):
        shorter = _shortened(text)
        if shorter == text:
            break
        text = shorter
    return text


def _shortened(text: str) -> str:
    """Without the comments that have an end; in linear time, however many have none."""
    kept: list[str] = []
    at = 0
    while (start := text.find(_OPENING, at)) >= 0:
        end = text.find(_CLOSING, start + len(_OPENING))
        if end < 0:
            break
        kept.append(text[at:start])
        at = end + len(_CLOSING)
    return "".join(kept) + text[at:]


def _shown(char: str) -> str:
    if char in _BREAKS:
        return " "
    if char in "\n\t" or char.isspace():
        return char
    # Sixteen variation selectors are enough to spell a text; emoji may lose theirs.
    hidden = is_hidden(char) or char == _BLANK or "\ufe00" <= char <= "\ufe0f"
    return "" if hidden or not char.isprintable() else char
