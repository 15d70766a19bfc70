"""What git makes of a file's line ends when it takes the file in, worked out without starting git's filters.

Source: `convert.c` of git (`convert_attrs`, `crlf_to_git`, `gather_stats`) and gitattributes(5).
"""

from __future__ import annotations

from collections.abc import Mapping

AS_IS, TEXT, AUTO = "as it is", "text", "auto"
_WORDS = {"set": TEXT, "unset": AS_IS, "input": TEXT, "auto": AUTO}
# Neither text nor a line end: all controls but BS, TAB, LF, FF, CR and ESC.
_STRANGE = bytes(code for code in (*range(32), 127) if code not in b"\b\t\n\f\r\x1b")


def line_end_rule(attributes: Mapping[str, str], autocrlf: str) -> str:
    """AS_IS, TEXT or AUTO for a path with these values of the attributes `text`, `crlf` and `eol`.

    `autocrlf` is core.autocrlf as `true`, `false` or `input`.
    """
    rule = _WORDS.get(attributes.get("text", "")) or _WORDS.get(attributes.get("crlf", ""))
    if rule in (None, TEXT) and attributes.get("eol") in ("lf", "crlf"):
        return TEXT
    return rule or (AS_IS if autocrlf == "false" else AUTO)


def checked_in(data: bytes, rule: str, indexed: bytes | None) -> bytes:
    """The file's bytes as they will stand in its blob; `indexed` is the blob that the index has now.

    With AUTO, what looks binary keeps its bytes, and so does a file whose blob has CRLF already.
    """
    if rule == AS_IS or b"\r\n" not in data:
        return data
    if rule == AUTO and (_looks_binary(data) or _has_crlf(indexed or b"")):
        return data
    return data.replace(b"\r\n", b"\n")


def _has_crlf(blob: bytes) -> bool:
    return b"\r\n" in blob and not _looks_binary(blob)


def _looks_binary(data: bytes) -> bool:
    returns, pairs = data.count(b"\r"), data.count(b"\r\n")
    if b"\0" in data or returns > pairs:
        return True
    strange = len(data) - len(data.translate(None, _STRANGE))
    plain = len(data) - strange - returns - data.count(b"\n")
    return plain >> 7 < strange - data.endswith(b"\x1a")
