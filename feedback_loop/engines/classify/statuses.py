"""HTTP statuses as failures: the response is all that is known, or all that an exception tells (C12)."""

from __future__ import annotations

import re

from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.engines.classify.families import is_of

EXCEPTION = "HTTPError"  # what a failure is called that has a status and no exception
# `404 Client Error: ...`, `Client error '404 ...`, `HTTP Error 404: ...`, `status code 404`.
_TOLD = re.compile(
    r"(?:^|HTTP(?:/[0-9.]{1,3}| Error)? |(?:Client|Server) error '|status(?: code)?:? |response: )"
    r"(?P<status>[1-5][0-9]{2})(?![\w.-])"
)

STATUS_RULES = tuple(
    ClassifyRule(EXCEPTION, match, constraint, "http", guidance)
    for match, constraint, guidance in (
        ("HTTP 40[45]", "route_missing", "Register the route under this path and method"),
        ("HTTP 40[13]", "not_authorised", "Send the credentials that the route asks for, or open the route"),
        ("HTTP 422", "payload_rejected", "Make the request body and the schema of the route agree"),
        ("HTTP 5[0-9][0-9]", "server_error", "Handle the error in the route and answer with a client status"),
    )
)


_URL = re.compile(r"(?:\bfor url:? |\burl=(?:URL\()?)['\"]?(?P<url>https?://[^\s'\"()]+)")


def request_in(exception: str, message: str) -> str:
    """`* URL` of the request that a client's exception names; "" for another class, or none."""
    found = _URL.search(message) if is_of(exception, EXCEPTION) else None
    return f"* {found['url']}" if found else ""


def status_message(status: int) -> str:
    """What stands for the message of a failure that is a status alone; its digits stay in the template."""
    return f"HTTP {status}"


def status_in(exception: str, message: str) -> int | None:
    """The status in a client's exception, `404 Client Error: ...`; None for another class."""
    if not is_of(exception, EXCEPTION):
        return None
    found = _TOLD.search(message.split("\n", 1)[0][:200])
    return int(found["status"]) if found else None
