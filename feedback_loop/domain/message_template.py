"""The first line of a message without what differs from run to run (C18)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

_LONGEST_LINE = 500  # characters of a message's first line that are looked at
_CUT = 200
# Blanks are rare in some languages' messages: a cut looks for one in the last part only. A template of at
# least this length may have been cut, so its expression is open at the end.
_OPEN = 160

# The expressions are in the common part of Python's syntax and RE2's, for `template_regex` uses them too.
_STR = r"[bBuU]?(?:'[^'\\]*(?:\\.[^'\\]*)*'|\"[^\"\\]*(?:\\.[^\"\\]*)*\")"
_MARKED = r"`[^`]*`|“[^”]*”|‘[^’]*’"
_URL = r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s<>\"')\]]+"
_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
_DATETIME = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_DATE = r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}"
_IP = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"
_ADDRESS = r"0[xX][0-9a-fA-F]+"
_DIGITS = r"[0-9]+(?:\.[0-9]+)+(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+"

# What stands for something else in each run, in this order. A code such as `[Errno 24]` tells the kind of
# failure and stays; so does a digit within a word (float32).
_QUOTED = (re.compile(rf"(?<!\w){_STR}(?!\w)"), re.compile(r"(?<!\w)`[^`]*`(?!\w)|“[^”]*”|‘[^’]*’"))
# Each with a text that it holds: to look for that first is several times as fast.
_VOLATILE: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("://", re.compile(rf"\b{_URL}"), "<url>"),
    ("@", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9.-]{2,190}"), "<email>"),
    ("-", re.compile(rf"\b{_UUID}\b"), "<uuid>"),
    (":", re.compile(rf"\b{_DATETIME}(?!\d)"), "<datetime>"),
    ("", re.compile(rf"\b{_DATE}\b"), "<date>"),
    (":", re.compile(rf"(?<![\d:]){_CLOCK}(?![\d:])"), "<time>"),
    (".", re.compile(rf"(?<![\w.]){_IP}(?![\w.])"), "<ip>"),
    ("0", re.compile(rf"\b{_ADDRESS}\b"), "<address>"),
)
_VOLATILE_SIGN = re.compile(r"[0-9/\\@]")
# Not an escaped character such as `\xff`, which is what is left of a byte that could not be read.
_PATH = re.compile(
    r"(?<![\w.>/\\])(?!\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}))(?:[A-Za-z]:|~|\.{1,2})?[\\/][^\s'\"<>|:;,()\[\]{}]+"
)
_RELATIVE = re.compile(r"(?<![\w.>/\\-])[\w.-]+[\\/][\w./\\-]*\.[A-Za-z]\w{0,7}(?![\w/\\])")
_HEX = re.compile(r"\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{8,}\b")
_FLOAT = re.compile(rf"(?:(?<![\w.)\]])[-+])?(?<![\w.])(?:{_DIGITS})(?![\d.]*\d)")
_INT = re.compile(r"(?:(?<![\w.)\]])[-+])?(?<![\w.])(?<!\[Errno )(?<!\[WinError )[0-9]+")

# What each placeholder may have stood for.
_MATCHES = {
    "str": f"{_STR}|{_MARKED}",
    "url": _URL,
    "email": r"[^\s@]+@[A-Za-z0-9.-]+",
    "uuid": _UUID,
    "datetime": _DATETIME,
    "date": _DATE,
    "time": _CLOCK,
    "ip": _IP,
    "address": _ADDRESS,
    "path": r"(?:[A-Za-z]:)?[^\s'\"<>|:;,()\[\]{}]*?",
    "hex": r"[0-9a-fA-F]{8,}",
    "float": f"[-+]?(?:{_DIGITS})",
    "int": r"[-+]?[0-9]+",
}
_PLACEHOLDER = re.compile(f"<({'|'.join(_MATCHES)})>(/?)")
_META = re.compile(r"[\\.+*?()|\[\]{}^$]")
# The messages that newer interpreters add advice to, or the file that an import was tried in.
TAILED = re.compile(r"has no attribute|is not defined|cannot import name|No module named|keyword argument")
_TAIL = r"(?:[.,;]? Did you mean.*|[.,;]? Did you forget.*| \(.*\).*)?"


def message_template(message: str, kept: Collection[str] = ()) -> str:
    """The first line with text, what differs from run to run replaced: `index <int> is out of bounds`.

    Placeholders are `<str>`, `<url>`, `<email>`, `<uuid>`, `<datetime>`, `<date>`, `<time>`, `<ip>`,
    `<address>`, `<path>/name`, `<hex>`, `<float>` and `<int>`. `kept` are texts that stay although they are
    quoted, for they tell one bug from another; numbers and addresses in them are replaced all the same.
    At most 200 characters, cut between words if there is a blank near that.
    """
    text = first_line(message)
    for quoted in _QUOTED:
        text = quoted.sub(lambda found: found[0] if _bare(found[0]) in kept else "<str>", text)
    if not _VOLATILE_SIGN.search(text):
        return text if len(text) <= _CUT else _cut(text)
    for sign, volatile, placeholder in _VOLATILE:
        if sign in text:
            text = volatile.sub(placeholder, text)
    if "/" in text or "\\" in text:
        text = _RELATIVE.sub(_named, _PATH.sub(_named, text))
    for volatile, placeholder in ((_HEX, "<hex>"), (_FLOAT, "<float>"), (_INT, "<int>")):
        text = volatile.sub(placeholder, text)
    return text if len(text) <= _CUT else _cut(text)


def first_line(message: str) -> str:
    """The first line with text, blanks made one; of very long ones the start."""
    text = next((line for line in message.split("\n") if line.strip()), "")
    return " ".join(text[:_LONGEST_LINE].split())


def may_be_cut(template: str) -> bool:
    """Whether it may be the start of a longer one."""
    return len(template) >= _OPEN


def template_regex(template: str) -> str:
    r"""The template as an expression of RE2 that Python's `re` reads too: `^row (?P<int1>[-+]?[0-9]+) of`.

    It matches `first_line` of every message that has this template, and where an interpreter adds advice
    to a message, with and without that. Placeholders are groups, numbered by kind. Anchored at the start;
    at the end too, but for a template that may have been cut.
    """
    pieces = ["^"]
    counts: Counter[str] = Counter()
    at = 0
    for found in _PLACEHOLDER.finditer(template):
        kind, slash = found.groups()
        counts[kind] += 1
        pieces.append(_escaped(template[at : found.start()]))
        # The message itself may have had the placeholder's name in it.
        pieces.append(f"(?P<{kind}{counts[kind]}>{_MATCHES[kind]}|<{kind}>)")
        if slash:
            pieces.append(r"[\\/]" if kind == "path" else "/")
        at = found.end()
    pieces.append(_escaped(template[at:]))
    # A bracket that is not closed: a list's first item stands for it.
    if not may_be_cut(template) and template.count("{") <= template.count("}"):
        pieces.append((_TAIL if TAILED.search(template) else "") + "$")
    return "".join(pieces)


def _escaped(text: str) -> str:
    # One error or several: it is a number like any other.
    return _META.sub(r"\\\g<0>", text).replace(" validation errors", " validation errors?")


def _bare(quoted: str) -> str:
    """The text between the quotes."""
    start = 2 if quoted[0] in "bBuU" else 1
    return quoted[start:-1]


def _named(match: re.Match[str]) -> str:
    """A path without its folders."""
    path = match[0].rstrip("./\\")
    name = re.split(r"[\\/]", path)[-1]
    return f"<path>/{name}{match[0][len(path) :]}" if name else match[0]


def _cut(text: str) -> str:
    at = text.rfind(" ", _OPEN, _CUT + 1)
    if at > 0:
        return text[:at]
    for found in _PLACEHOLDER.finditer(text, _CUT - 20):
        if found.start() < _CUT < found.end():
            return text[: found.start()]
    return text[:_CUT]
