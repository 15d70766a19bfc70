"""Checks of Schemathesis that failed: as its JUnit reports, its pytest runs and its other reports tell them.

A check is known by its title, the one word that all of them have: `Server error` is `ServerError`. Neither
the generated data nor the seed enter a name, so one defect has one name in every run.
"""

from __future__ import annotations

import re
from textwrap import dedent
from typing import NamedTuple

from feedback_loop.domain.reported import Reported
from feedback_loop.domain.requests import curl_request, is_endpoint
from feedback_loop.domain.secrets import masked_and_capped

SUITE = "schemathesis"  # the name of the suite in a JUnit report
_REASON_CAP = 500  # characters
_MESSAGE_CAP = 2_000
_TITLE_CAP = 80
_GROUP = re.compile(r"Schemathesis found \d+ distinct failure|schemathesis\.\w[\w.]*\.CheckFailed")
_CASE = re.compile(r"\d+\. Test Case ID: ")
_TITLE = re.compile(r"- (?:ST\d{3} )?(\S.*)")
_STATUS = re.compile(r"\[([1-5]\d\d)\] [^\n]*?:?\s*\Z")
_MARGIN = re.compile(r"^ *\| ?", re.MULTILINE)
_OPERATION = re.compile(r"\w+\(operation='([A-Z]+ /[^']*)'")
_NETWORK = "Network Error"
_SERVER_ERROR = "Server error"
# Checks that say of a 5xx no more than that it was one: of one response that is one failure (C9).
_RESTATING = (
    "NotAServerError",
    "UndocumentedStatusCode",
    "UndocumentedHTTPStatusCode",
    "StatusCodeConformance",
)
_WORD = re.compile(r"[^\W_]+")


class Check(NamedTuple):
    """A check that failed. `status` is the response's, `request` the `METHOD /path` that shows it again."""

    title: str
    message: str = ""
    status: int | None = None
    request: str = ""

    @property
    def name(self) -> str:
        """The title as a class would be called, that of a check that restates a 5xx `ServerError`."""
        name = _class_name(self.title)
        return _class_name(_SERVER_ERROR) if name in _RESTATING and (self.status or 0) >= 500 else name

    @property
    def is_server_error(self) -> bool:
        """Whether it says no more than that the status was a 5xx."""
        return self.name.startswith("ServerError") and (self.status is None or self.status >= 500)


def _class_name(title: str) -> str:
    words = _WORD.findall(title[:_TITLE_CAP])
    return "".join(word[0].upper() + word[1:] for word in words) or "CheckFailed"


def is_check_failure(text: str) -> bool:
    """Whether a test's text is that of checks which failed under pytest."""
    return bool(_GROUP.search(text))


def operation_of(message: str) -> str:
    """`METHOD /template` that the message of a single failed check names under pytest, else ""."""
    found = _OPERATION.match(message)
    return found[1] if found and is_endpoint(found[1]) else ""


def checks_in(text: str) -> tuple[Check, ...]:
    """The failed checks of a text that Schemathesis wrote, each title and status once."""
    found: dict[tuple[str, int | None], Check] = {}
    block = _Block()
    for line in _plain(text).split("\n"):
        if _CASE.match(line) or (block.is_over and _TITLE.match(line)):
            _keep(found, block)
            block = _Block()
        block.take(line)
    _keep(found, block)
    return tuple(found.values())


def error_in(text: str) -> Check | None:
    """What kept an operation from being tested: the title in the first line, its text below."""
    title, _, rest = text.strip().partition("\n")
    if not title.strip():
        return None
    told = re.split(r"\n\s*(?:Reproduce with:|curl )|Last requests before", rest, maxsplit=1)[0]
    name = "Connection Error" if title.strip() == _NETWORK else title.strip()
    return Check(name, _lines(told), None, curl_request(rest) if title.strip() == _NETWORK else "")


class _Block:
    """What one response showed: several checks may have failed by it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[str]]] = []
        self.status: int | None = None
        self.request = ""
        self.is_over = False
        self._in_message = False

    def take(self, line: str) -> None:
        if match := _TITLE.match(line):
            self.told.append((match[1].strip(), []))
            self._in_message = True
        elif match := _STATUS.match(line):
            self.status = self.status or int(match[1])
            self._in_message = False
        elif line.startswith("Reproduce with:"):
            self._in_message = False
            self.is_over = True
        elif self.is_over and not self.request:
            self.request = curl_request(line)
        elif self._in_message and self.told and line.startswith("    "):
            self.told[-1][1].append(line)


def _keep(found: dict[tuple[str, int | None], Check], block: _Block) -> None:
    for title, lines in block.told:
        check = Check(title, _lines("\n".join(lines)), block.status, block.request)
        found.setdefault((check.name, check.status), check)


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())[:_MESSAGE_CAP]


def _plain(text: str) -> str:
    """The text without what pytest puts before its lines: the margin of a group, or an E."""
    if re.search(r"^ *\| - ", text, re.MULTILINE):
        return _MARGIN.sub("", text.partition("+-+--")[0])
    if re.search(r"^E +- ", text, re.MULTILINE):
        marked = [line[1:] for line in text.split("\n") if line.startswith("E")]
        return "\n".join(_dedented(marked))
    return text


def _dedented(lines: list[str]) -> list[str]:
    """Without the blanks of the least deep line that follows the first, which names the class."""
    return dedent("\n".join(line for line in lines[1:])).split("\n")


def reported_check(
    label: str, check: Check, endpoint: str, *, at: str | None = None, entry: int = 0, trace: str = ""
) -> Reported:
    """The failure of a check in what `label` calls the test: an operation, or pytest's node id.

    A server error is left to its status, and to the `trace` in the response if it has one; every other
    check stands as the exception of its name.
    """
    name = f"{label.strip() or endpoint or 'API'} [{check.name}]"
    by_status = check.is_server_error and check.status is not None
    first = "" if by_status else check.message.partition("\n")[0]
    told = first or (f"HTTP {check.status}" if check.status is not None else "")
    title = _SERVER_ERROR if by_status else check.title
    reason = f"{title}: {told}" if told else title
    fields: tuple[tuple[str, object], ...] = (
        ("test_name", name),
        ("failure_reason", masked_and_capped(reason, _REASON_CAP)),
    )
    # A cassette has no messages: this is what the others begin with.
    restated = f"Received: {check.status}" if check.name in _RESTATING else ""
    return Reported(
        "test_failure",
        fields,
        name if check.status is None else f"{name} {check.status}",
        at,
        trace=trace,
        entry=entry,
        endpoint=endpoint,
        status=check.status,
        exception="" if by_status else check.name,
        message="" if by_status else check.message or restated,
    )
