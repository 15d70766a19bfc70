"""The part of a message that tells of the mistake, without what drivers, ORMs and interpreters add."""

from __future__ import annotations

import re
from typing import NamedTuple

from feedback_loop.domain.message_template import TAILED

_LONGEST = 4_000  # characters of a message that are looked at
# SQLAlchemy: `(psycopg2.errors.UniqueViolation) text`, and a line before it where a query led to the write.
_AUTOFLUSH = re.compile(r"\(raised as a result of [^\n]{1,300}\)\s*\n")
_DRIVER = re.compile(r"\((?:builtins\.)?(?P<path>(?:\w+\.)+\w+)\)\s*")
_ADAPTED = re.compile(r"<class '(?P<path>[\w.]+)'>:\s*")  # asyncpg within SQLAlchemy
_STATEMENT = re.compile(r"\n(?:\[SQL: |\[parameters: |\(Background on this error )")
# MySQL's drivers and ODBC give a code and a text: `(1062, "text")`, `1062 (23000): text`.
_CODED = re.compile(
    r"""\((?:\d{1,6}|'[\w]{1,10}'), (?P<quote>["'])(?P<text>.*)(?P=quote)\)\s*\Z""", re.DOTALL
)
_NUMBERED = re.compile(r"\d{3,5} \([0-9A-Z]{5}\): ")
_ENTRY = re.compile(r"(?<=^Duplicate entry ')[^\n]*(?=' for key ')")  # MySQL quotes the value as it is
_ODBC = re.compile(r"(?:\[[^\]\n]{1,60}\] ?){2,6}")
# What newer interpreters advise, and where an import was tried.
_TAILS = re.compile(
    r"(?:[.,;:]? Did you (?:mean|forget)\b[^\n]*"
    r"| \((?:most likely due to a circular import|consider renaming [^\n]*|unknown location"
    r"|[^()\n]*[\\/][^()\n]*|[^()\n]*\.(?:py|so|pyd))\))+[^\n]*\Z",
    re.IGNORECASE,
)
_CLASS = re.compile(
    r"(?P<path>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Violation|Timeout|Warning|NotFound|DoesNotExist))"
    r"(?::\s+|\s*\Z)"
)
# `2 validation errors for Product`, `1 validation error:` (FastAPI), and the first of the errors below.
_VALIDATION = re.compile(r"\d+ validation errors?(?: for [^\n]{1,200})?:?[ \t]*\n")
_ONE_ERROR = re.compile(r"(\d+ validation error)(?= for |:)")
_INPUT = re.compile(r" \[type=\w+[,\]]")
# A list of errors as a literal, `[{'type': 'missing', 'loc': ('body', 'price'), ...}, ...]`, or by field.
_ITEMS = re.compile(r"(?:\{['\"]detail['\"]:\s*)?\[?\{['\"](?:type|loc|msg)['\"]:")
_ITEM_END = re.compile(r"\},?\s*\{|\}\s*\n|\}\s*\]|,? ?['\"]input['\"]:")
_BY_FIELD = re.compile(r"\{'[\w.]{1,100}': \[[^\]\n]{1,1000}?(?=\])")


class Wording(NamedTuple):
    """`exception` is a class's last name part ("" = not told), `message` its text without what surrounds it.

    `telling` is the part of the message that is about its first mistake: a validation may list many.
    """

    exception: str
    message: str
    telling: str


def wording_of(exception: str, message: str) -> Wording:
    """What is judged of a failure: the driver's class and text rather than those of what wraps them."""
    name = last_name(exception)
    text = message[:_LONGEST].strip()
    if not name and (found := _CLASS.match(text)):
        name, text = last_name(found["path"]), text[found.end() :]
    name, text = _unwrapped(name, _AUTOFLUSH.sub("", text, count=1))
    if name != "KeyError" and TAILED.search(text):
        first, end, rest = text.partition("\n")
        text = _TAILS.sub("", first) + end + rest
        # Why an import is circular is said in what is left out.
        return Wording(name, text, f"{text}\n{first}")
    # How many more errors there are is no other mistake, so it is no other wording.
    text = _first_item(_ONE_ERROR.sub(r"\1s", text, count=1) if _ONE_ERROR.match(text) else text)
    return Wording(name, text, _telling(text))


def last_name(exception: str) -> str:
    """`IntegrityError` for `sqlite3.IntegrityError`; "" for what is no name of a class."""
    name = exception.strip().rpartition(".")[2]
    return name if name.isidentifier() and len(name) <= 200 else ""


def _unwrapped(name: str, text: str) -> tuple[str, str]:
    if found := _DRIVER.match(text):
        name, text = last_name(found["path"]) or name, text[found.end() :]
    if found := _ADAPTED.match(text):
        name, text = last_name(found["path"]) or name, text[found.end() :]
    if found := _STATEMENT.search(text):
        text = text[: found.start()]
    if found := _CODED.match(text):
        text = found["text"].replace("\\" + found["quote"], found["quote"]).replace("\\n", "\n")
    text = _NUMBERED.sub("", text, count=1) if _NUMBERED.match(text) else text
    text = _ENTRY.sub(lambda entry: entry[0].replace("'", ""), text, count=1)
    return name, text[found.end() :].lstrip() if (found := _ODBC.match(text)) else text


def _first_item(text: str) -> str:
    """Of errors as literals the first, without the payload: that differs from run to run."""
    if text.startswith(("[{", "{")):
        if found := _BY_FIELD.match(text):
            return found[0]
        if _ITEMS.match(text) and (end := _ITEM_END.search(text)):
            return text[: end.start()]
    return text


def _telling(text: str) -> str:
    """The head of a validation's message and its first error, without the payload."""
    found = _VALIDATION.match(text)
    if not found:
        return text
    head, rest = text[: found.end()], text[found.end() :]
    if rest.lstrip().startswith("{"):
        end = _ITEM_END.search(rest)
        return head + rest[: end.start() if end else len(rest)]
    lines = rest.split("\n")
    more = (number for number, line in enumerate(lines) if number and not line.startswith((" ", "\t")))
    first = "\n".join(lines[: next(more, len(lines))])
    cut = _INPUT.search(first)
    return head + (first[: cut.start()] if cut else first)
