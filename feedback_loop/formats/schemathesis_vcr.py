"""Schemathesis' VCR cassettes (`st run --report vcr`): YAML, of which only what a cassette needs is read.

The file is untrusted: it is read by its events, every scalar as text. Anchors, aliases and tags are refused,
so nothing is constructed and nothing can grow (T11).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import ReportRead
from feedback_loop.domain.requests import is_endpoint, path_of, template_of
from feedback_loop.errors import InputError
from feedback_loop.formats.report_json import check_size, list_at, text_at, utc, value_at
from feedback_loop.formats.schemathesis_checks import Checks, trace_in
from feedback_loop.formats.schemathesis_text import Check, reported_check

if TYPE_CHECKING:
    from types import ModuleType

_LIST = "http_interactions"
_DEPTH_CAP = 20
_END = "http_version"  # the last key of a response
_NULLS = ("", "~", "null")


def read_vcr(data: bytes) -> ReportRead:
    """Each check that failed, once for each method and path with its ids left out.

    So is a request that got no response. A cassette names no operation: an endpoint is what was asked for.
    Where the text ends early or breaks, what stands before it is told, and the rest is a problem. Raises
    InputError for what is no cassette, or has anchors, aliases or tags.
    """
    check_size(data)
    checks = Checks()
    at: str | None = None
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 (byte {error.start})") from None
    import yaml

    found, is_marked = 0, False
    try:
        for interaction, is_last in _interactions(yaml, text):
            found += 1
            at = at or utc(text_at(interaction, "recorded_at"))
            is_marked = is_marked or _END in (value_at(interaction, "response") or ())
            if is_last and not _is_whole(interaction, is_marked):
                checks.problems.append(Problem("", 0, f"request {found} is cut off"))
            else:
                _take(checks, interaction, found)
    except yaml.YAMLError as error:
        told = _told(error)
        if not found:
            raise InputError(f"not YAML: {told}") from None
        checks.problems.append(Problem("", 0, f"the rest cannot be read: {told}"))
    return checks.result(at=at)


def _is_whole(interaction: Any, is_marked: bool) -> bool:
    """Whether the text did not end within the interaction; `is_marked` = others have the mark of the end."""
    response = value_at(interaction, "response")
    if not isinstance(response, dict):
        return text_at(interaction, "status").upper() == "ERROR"
    return _END in response or (not is_marked and bool(text_at(response, "status", "code")))


def _take(checks: Checks, interaction: Any, number: int) -> None:
    request, response = value_at(interaction, "request"), value_at(interaction, "response")
    endpoint = f"{text_at(request, 'method').upper()} {path_of(text_at(request, 'uri'))}"
    endpoint = endpoint if is_endpoint(endpoint) else ""
    label = template_of(endpoint)
    checks.executed.take(endpoint)
    checks.tests.add(label)
    at = utc(text_at(interaction, "recorded_at"))
    code = text_at(response, "status", "code")
    status = int(code) if len(code) == 3 and code.isascii() and code.isdigit() else None
    for check in list_at(interaction, "checks"):
        if text_at(check, "status").upper() not in ("FAILURE", "ERROR"):
            checks.passed()
            continue
        title = _text(check, "message").partition("\n")[0] or text_at(check, "name")
        failed = Check(title, "", status)
        body = value_at(response, "body")
        shown = (text_at(body, "string"), text_at(body, "base64_string"))
        trace = trace_in(*shown) if failed.is_server_error else ""
        checks.failed(reported_check(label, failed, endpoint, at=at, entry=number, trace=trace))
    if text_at(interaction, "status").upper() == "ERROR" and not isinstance(response, dict):
        failed = Check("Connection Error", "no response")
        checks.failed(reported_check(label, failed, endpoint, at=at, entry=number))


def _text(value: Any, key: str) -> str:
    text = text_at(value, key)
    return "" if text in _NULLS else text.strip()


def _told(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f" (line {mark.line + 1})" if mark is not None else ""
    return f"{getattr(error, 'problem', None) or 'characters that YAML does not have'}{line}"


# -- YAML ------------------------------------------------------------------------------------------


def _interactions(yaml: ModuleType, text: str) -> Iterator[tuple[Any, bool]]:
    """The entries of `http_interactions` as they come, and whether the text ends with it.

    A last one that the text breaks in is left out.
    """
    end = len(text.rstrip())
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reader = _Values(yaml)
    for event in yaml.parse(text, Loader=loader):
        reader.take(event)
        if reader.done is not None:
            done, reader.done = reader.done, None
            yield done, event.end_mark.index >= end
    if not reader.is_cassette:
        raise InputError(f"not a cassette: it has no {_LIST}")


class _Values:
    """Builds values of text, lists and mappings; `done` is an entry that has just ended."""

    def __init__(self, yaml: ModuleType) -> None:
        self._yaml = yaml
        self._open: list[tuple[Any, str | None]] = []  # a container and the key that waits for its value
        self.is_cassette = False
        self.done: Any = None

    def take(self, event: Any) -> None:
        """The next event of the parser. Raises InputError for what a cassette never has."""
        kind = type(event)
        if kind is self._yaml.ScalarEvent:
            _refuse(event)
            self._scalar(event)
        elif kind is self._yaml.MappingEndEvent or kind is self._yaml.SequenceEndEvent:
            self._add(self._open.pop()[0])
        elif kind is self._yaml.MappingStartEvent or kind is self._yaml.SequenceStartEvent:
            _refuse(event)
            self._open.append(({} if kind is self._yaml.MappingStartEvent else [], None))
            if len(self._open) > _DEPTH_CAP:
                raise InputError(f"nested deeper than {_DEPTH_CAP} levels")
            self.is_cassette = self.is_cassette or (len(self._open) == 2 and self._is_listed)
        elif kind is self._yaml.AliasEvent:
            _refuse(event)

    @property
    def _is_listed(self) -> bool:
        return bool(self._open) and self._open[0][1] == _LIST

    def _scalar(self, event: Any) -> None:
        if self._open and isinstance(self._open[-1][0], dict) and self._open[-1][1] is None:
            self._open[-1] = (self._open[-1][0], event.value)
        else:
            is_null = not event.style and event.value in _NULLS
            self._add(None if is_null else event.value)

    def _add(self, value: Any) -> None:
        if not self._open:
            return
        container, key = self._open[-1]
        if len(self._open) == 2 and self._is_listed and isinstance(container, list):
            self.done = value if value is not None else {}
        elif isinstance(container, list):
            container.append(value)
        elif key is None:
            raise InputError("YAML with a key that is no text")
        else:
            container[key] = value
            self._open[-1] = (container, None)


def _refuse(event: Any) -> None:
    if event.anchor:
        raise InputError("YAML with anchors or aliases, which are not read")
    if getattr(event, "tag", None):
        raise InputError("YAML with tags, which are not read")
