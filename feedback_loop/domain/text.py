"""Text that a stranger wrote, made safe to show."""

from __future__ import annotations

# Bidirectional controls, line separators, fillers and what Unicode calls default-ignorable: they show
# other text than there is, or nothing. The sixteen common variation selectors stay out: emoji use them.
_HIDDEN = frozenset(
    [
        *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0),
        *(*range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070)),
        *(*range(0xFFF0, 0xFFFC), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B)),
    ]
)


def counted(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def is_hidden(char: str) -> bool:
    """Whether the character changes how its neighbours are shown, or shows nothing itself."""
    code = ord(char)
    return code in _HIDDEN or 0xE0000 <= code <= 0xE0FFF  # tags and the other variation selectors


def visible(text: str) -> str:
    r"""The text with C0, C1, DEL, surrogates and hidden characters as `\x1b`, `\u202e`; tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    code = ord(char)
    if code == 9:
        return char
    if code < 32 or 0x7F <= code < 0xA0:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, kept by surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    if 0xD800 <= code <= 0xDFFF or is_hidden(char):
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char


def path_text(path: bytes) -> str:
    r"""A path as people read it: UTF-8, bad bytes and controls as `\xNN`."""
    return visible(path.decode("utf-8", "surrogateescape")).replace("\t", "\\t")
