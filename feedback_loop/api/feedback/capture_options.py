"""What the options of `feedback capture` say of the context of a rating (B3, B30)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from feedback_loop.api.feedback.routed import is_name, routing_context
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.strict_json import Document, parse_json

_JSON = re.compile(r"-?\d|[\[{]|(?:true|false)\Z", re.ASCII)


def context_of(pairs: Sequence[str]) -> dict[str, Any]:
    """The context that `KEY=VALUE` texts say: a number, true, false, a list or object is JSON, all else text.

    Raises InputError that names every text without `=`, blank or repeated key, and list or object that is no
    JSON.
    """
    context: dict[str, Any] = {}
    faults = []
    for pair in pairs:
        key, sign, value = pair.partition("=")
        key = key.strip()
        if not sign or not key:
            faults.append(f"--context must be KEY=VALUE, not {short(pair)}")
        elif key in context:
            faults.append(f"--context: {short(key)} is given twice")
        else:
            context[key], fault = _value(value)
            faults += [f"--context: {short(key)} {fault}"] if fault else []
    if faults:
        raise InputError("; ".join(faults))
    return context


def _value(value: str) -> tuple[Any, str]:
    """And what is wrong with it."""
    text = value.strip()
    if not _JSON.match(text):
        return value, ""
    document = parse_json(text.encode("utf-8", "surrogatepass"), "")
    if not document.problems:
        return document.value, ""
    return value, _no_json(document) if text[0] in "[{" else ""


def _no_json(document: Document) -> str:
    """What is wrong with it, said once: the reader calls it `not JSON` as well."""
    return f"is no JSON: {document.problems[0].message.removeprefix('not JSON: ')}"


def routing_of(text: str) -> dict[str, Any]:
    """What a rating keeps of the JSON that `route --format json` prints. Raises InputError for any other."""
    document = parse_json(text.encode("utf-8", "surrogatepass"), "--routing")
    routing = document.value
    if document.problems:
        raise InputError(f"--routing {_no_json(document)}")
    if not isinstance(routing, dict) or not is_name(routing.get("primary_framework")):
        hint = "give what `feedback-loop route TASK --format json` prints"
        raise InputError("--routing is no routing: primary_framework is missing", hint)
    try:
        return routing_context(routing)
    except InputError as error:
        raise InputError(f"--routing: {error.message}") from None


def joined_context(
    routed: Mapping[str, Any], given: Mapping[str, Any], named: Mapping[str, str | None]
) -> dict[str, Any]:
    """All of them: `named` are the options --framework and --model, `given` is --context.

    Raises InputError that names all contradictions: only the model of a routing may be another one, as a
    tier has many names.
    """
    faults = []
    said = dict(given)
    for name, value in named.items():
        if value is not None and said.setdefault(name, value) != value:
            faults.append(f"--{name} and --context {name}= say different things")
    for name, value in said.items():
        if name in routed and name != "model" and routed[name] != value:
            option = "--framework" if name == "framework" else f"--context {name}"
            faults.append(f"{option} is {short(value)}, and --routing says {short(routed[name])}")
    if faults:
        raise InputError(
            "; ".join(faults), "leave one of them out: credit goes to the decision that was taken"
        )
    return {**routed, **said}
