"""HTTP requests in text: `POST /products`, a client's or a server's log line, the name of a test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
_METHOD = "|".join(METHODS)
# `POST /products HTTP/1.1" 500`, `POST http://host/products "HTTP/1.1 500`, `POST /products`.
_REQUEST = re.compile(
    rf"(?<![\w/])(?P<method>{_METHOD})\s+(?P<url>(?:https?://[^\s\"'<>\]]+|/[^\s\"'<>\]]*))"
    r"(?:\s+\"?HTTP/\d(?:\.\d)?\"?(?:[\s\"]{1,3}(?P<status>[1-5]\d\d)\b)?)?"
)
_DJANGO = re.compile(r"(?P<url>/\S*) \[(?P<method>" + _METHOD + r")\]")  # Flask: Exception on /a [POST]


class Request(NamedTuple):
    """`endpoint` is `METHOD /path` without host and query; `status` is None where no response is told."""

    endpoint: str
    status: int | None = None


def requests_in(text: str) -> Iterator[Request]:
    """The requests that a text names, in its order."""
    for found in _REQUEST.finditer(text):
        status = found["status"]
        yield Request(f"{found['method']} {path_of(found['url'])}", int(status) if status else None)
    for found in _DJANGO.finditer(text):
        yield Request(f"{found['method']} {path_of(found['url'])}")


def path_of(url: str) -> str:
    """The path of a URL or path: no scheme, host, query or fragment; `/` at least."""
    _, scheme, rest = url.partition("://")
    path = "/" + rest.partition("/")[2] if scheme else url
    return re.split(r"[?#]", path, maxsplit=1)[0] or "/"
