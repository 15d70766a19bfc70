"""The text of an XML report: decoded by the few encodings that reports have, without a document type."""

from __future__ import annotations

import codecs
import re

from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_ENCODINGS = ("utf-8", "ascii", "iso8859-1", "cp1252")
_PROLOG = re.compile(r"(?:<\?.*?\?>|<!--.*?-->|\s)*+", re.DOTALL)
# What XML cannot hold pytest writes as `#x1B`.
_ESCAPED = re.compile(r"#x(0[0-8BCEF]|1[0-9A-F]|7F|D[89A-F][0-9A-F]{2}|FFF[EF])")


def decoded(data: bytes) -> str:
    """The text, without what only its bytes needed. Raises InputError for a document type."""
    declared = _DECLARED.match(data.removeprefix(codecs.BOM_UTF8))
    name = declared[1].decode("ascii") if declared else "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    elif data.startswith((b"<\0", b"\0<")):
        name = "utf-16-le" if data.startswith(b"<\0") else "utf-16-be"
    elif data.startswith(codecs.BOM_UTF8):
        name, data = "utf-8", data[3:]
    try:
        codec = codecs.lookup(name).name
        if not codec.startswith("utf-16") and codec not in _ENCODINGS:
            raise LookupError
        text = codecs.decode(data, codec)
    except LookupError:
        raise InputError(f"its encoding is {short(name)}", "save it as UTF-8") from None
    except UnicodeDecodeError as error:
        raise InputError(f"not {name.upper()} (byte {error.start})") from None
    prolog = _PROLOG.match(text)
    if text.startswith("<!", prolog.end() if prolog else 0):
        raise document_type()
    return text


def document_type() -> InputError:
    """What is said of a document type."""
    return InputError("it has a DOCTYPE: document types and entities are not read")


def unescaped(text: str) -> str:
    """The text with the characters that pytest had to write in another way."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "#x" in text else text
