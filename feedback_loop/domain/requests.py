"""HTTP requests in text: `POST /products`, a client's or a server's log line, the name of a test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
_METHOD = "|".join(METHODS)
# What Django calls an answer in its log, where it names no method.
_DJANGO = {"Internal Server Error": 500, "Bad Request": 400, "Forbidden": 403, "Not Found": 404}
# `POST /products HTTP/1.1" 500`, `POST http://host/products "HTTP/1.1 500`, `POST /products`;
# Flask's `Exception on /products [POST]`; Django's `Internal Server Error: /products/`.
_REQUEST = re.compile(
    rf"(?<![\w/])(?P<method>{_METHOD})\s+(?P<url>(?:https?://[^\s\"'<>\]]+|/[^\s\"'<>\]]*))"
    r"(?P<http>\s+\"?HTTP/\d(?:\.\d)?\"?(?:[\s\"]{1,3}(?P<status>[1-5]\d\d)\b)?)?"
    rf"|(?<![\w/])Exception on (?P<flask>/\S*) \[(?P<by>{_METHOD})\]"
    rf"|(?<![\w/])(?P<answer>{'|'.join(_DJANGO)}): (?P<django>/\S*)"
)
# The same for a line with `HTTP/1.1` in it, without what keeps `re` from skipping to the first letter.
_HTTP = re.compile(
    rf"({_METHOD})\s+((?:https?:/)?/[^\s\"'<>\]]*)\s+\"?HTTP/\d(?:\.\d)?\"?(?:[\s\"]{{1,3}}([1-5]\d\d)\b)?"
)
_ENDPOINT = re.compile(rf"(?:{_METHOD}) /\S*")
# A line of an error's text that is a request alone: FastAPI names the operation so.
_STATED = re.compile(rf"^[ \t]+({_METHOD}) (/\S*)[ \t]*$", re.MULTILINE)
_CURL = re.compile(rf"(?<![\w/])curl -X ({_METHOD})\b.*[ '](https?://[^\s'\"]+)'?[ \t]*$", re.MULTILINE)
_HINTS = ("Exception on /", *(f"{name}: /" for name in _DJANGO))
_ID = re.compile(r"-?\d+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{8,}")
_LONGEST = 64  # characters of a segment that a developer wrote; a test that tries things sends longer ones


class Request(NamedTuple):
    """`endpoint` is `METHOD /path` without host and query; `status` is None where no response is told.

    The method is `*` where the text names none.
    """

    endpoint: str
    status: int | None = None

    @property
    def is_failed(self) -> bool:
        """Whether the response was a 4xx or 5xx."""
        return self.status is not None and self.status >= 400


def requests_in(text: str) -> Iterator[Request]:
    """The requests that a text names, in its order."""
    return (_request(found) for found in _REQUEST.finditer(text))


def logged_requests(line: str) -> list[Request]:
    """The requests that a line of a log says were made; words such as `use GET /a` are none."""
    if "HTTP/" in line:
        return list(_http_requests(line))
    if not any(hint in line for hint in _HINTS):
        return []
    return [_request(found) for found in _REQUEST.finditer(line) if not found["method"]]


def _http_requests(line: str) -> Iterator[Request]:
    for found in _HTTP.finditer(line):
        before = line[found.start() - 1 : found.start()]
        if not (before.isalnum() or before in ("_", "/")):
            method, url, status = found.groups()
            yield Request(f"{method} {path_of(url)}", int(status) if status else None)


def _request(found: re.Match[str]) -> Request:
    if found["method"]:
        status = found["status"]
        return Request(f"{found['method']} {path_of(found['url'])}", int(status) if status else None)
    if found["flask"]:
        return Request(f"{found['by']} {path_of(found['flask'])}", 500)
    return Request(f"* {path_of(found['django'])}", _DJANGO[found["answer"]])


def telling_request(requests: Iterable[Request]) -> Request | None:
    """Of the requests of a failed test the one that tells most: the last that failed, else the last."""
    told = list(requests)
    return next((one for one in reversed(told) if one.is_failed), told[-1] if told else None)


def named_request(name: str) -> str:
    """The endpoint in the name of a test, `test_api[POST /products]`; "" if it names none."""
    return next((one.endpoint for one in requests_in(name)), "")


def stated_request(message: str) -> str:
    """The endpoint that an error's own text names, on a line of its own or as a call of curl; "" = none."""
    if found := _STATED.search(message):
        return f"{found[1]} {path_of(found[2])}"
    return curl_request(message)


def curl_request(text: str) -> str:
    """The endpoint of the first `curl -X METHOD ... URL` of a text, "" without one."""
    if "curl -X " not in text:
        return ""
    found = _CURL.search(text)
    return f"{found[1]} {path_of(found[2])}" if found else ""


def is_endpoint(text: str) -> bool:
    """Whether it is `METHOD /path` and nothing else."""
    return bool(_ENDPOINT.fullmatch(text))


def template_of(endpoint: str) -> str:
    """The endpoint with `{id}` in place of what stands for one thing among many: the same in each run."""
    return "/".join("{id}" if is_id(part) else part for part in endpoint.split("/"))


def is_id(segment: str) -> bool:
    """Whether a segment names one thing of many (C17): an integer, a UUID, 8 or more hexadecimal digits.

    So does what is longer than a name, unless it is a parameter of a template.
    """
    return bool(_ID.fullmatch(segment)) or (len(segment) > _LONGEST and not segment.startswith("{"))


def path_of(url: str) -> str:
    """The path of a URL or path: no scheme, host, query or fragment; `/` at least."""
    told = url.partition("?")[0].partition("#")[0]
    _, scheme, rest = told.partition("://")
    return ("/" + rest.partition("/")[2] if scheme else told) or "/"
