"""The request that a failing test is about: by its name, by its error, by what it logged (C9, C15)."""

from __future__ import annotations

from dataclasses import replace

from feedback_loop.domain.reported import Reported
from feedback_loop.domain.requests import (
    Request,
    curl_request,
    logged_requests,
    named_request,
    stated_request,
    telling_request,
    template_of,
)
from feedback_loop.formats.failed_test import clean, even
from feedback_loop.formats.schemathesis_text import checks_in, is_check_failure, operation_of, reported_check

_CURL_TAIL = 20_000  # characters at the end of a text where a call of curl is looked for


def failed_tests(one: Reported, message: str, captured: str = "", label: str = "") -> tuple[Reported, ...]:
    """A failing test with the request it is about; one failure for each check of Schemathesis that failed.

    `one` comes from `failed_test` with the same `message`. `captured` is what was logged and printed, and
    `label` another name of the test, if the report has one: the endpoint is that of a name, or what the
    error says itself, else the last request that failed, else the last. Equal names of several operations
    are told apart by them.
    """
    told = telling_request(requests_of(captured))
    named = named_request(one.place) or named_request(label)
    if is_check_failure(one.trace):
        return _checks(one, message, named) or (one,)
    stated = stated_request(even(message)) or curl_request(one.trace[-_CURL_TAIL:])
    endpoint = named or stated or (told.endpoint if told else "")
    fits = told is not None and told.endpoint.partition(" ")[0] in (endpoint.partition(" ")[0], "*")
    if "Reproduce with:" in one.trace and stated:
        one = _labelled(one, stated)
    return (replace(one, endpoint=endpoint, status=told.status if told and fits else None),)


def requests_of(captured: str) -> list[Request]:
    """The requests that were made by what a test logged and printed."""
    if "/" not in captured:
        return []
    return [request for line in clean(captured).split("\n") for request in logged_requests(line)]


def _checks(one: Reported, message: str, named: str) -> tuple[Reported, ...]:
    checks = checks_in(one.trace)
    operation = operation_of(even(message))
    name = str(dict(one.fields)["test_name"])
    told: list[Reported] = []
    for check in checks:
        endpoint = operation or template_of(check.request)
        label = name if named_request(name) or not endpoint else f"{name}[{endpoint}]"
        endpoint = named or operation or check.request
        told.append(reported_check(label, check, endpoint, at=one.at, entry=one.entry))
    return tuple(told)


def _labelled(one: Reported, endpoint: str) -> Reported:
    """The same under a name that tells its operation, which Schemathesis leaves out of pytest's node ids."""
    name = str(dict(one.fields)["test_name"])
    if named_request(name):
        return one
    label = f"{name}[{template_of(endpoint)}]"
    fields = tuple((key, label if key == "test_name" else value) for key, value in one.fields)
    return replace(one, fields=fields, place=one.place.replace(name, label, 1))
