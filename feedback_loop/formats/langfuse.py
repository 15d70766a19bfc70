"""Scores that Langfuse exports, with the traces they are about, as ratings (B7).

Read are a trace as its page downloads it (`{"trace": {..., "scores": [...]}, "observations": [...]}`) or
`GET /api/public/traces/ID` answers it, and the objects of the other endpoints and of the blob storage
export (`traces/`, `observations_v2/`, `scores/`) in one file: JSON or JSON lines, keys in camel or snake
case (langfuse, fern/apis/server/definition/commons.yml and scores.yml; docs, "Blob storage export field
reference"). Tables that the pages export do not say what kind of score they hold, and are not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.export_rows import Fault, fault_in, load_export
from feedback_loop.formats.imported_rating import (
    ImportedRating,
    ImportOptions,
    Rejected,
    is_deep,
    make_rating,
    parse_fraction,
    scaled,
    shown,
)
from feedback_loop.formats.report_json import list_at, text_at, value_at

_ID = re.compile(r"[0-9A-Za-z_.:-]{1,55}")
_NOT_IN_TAGS = re.compile(r"[^a-z0-9_.:/-]+")
_HINT = "give it a downloaded trace, or the traces and the scores of an export in one file"


class _Work(NamedTuple):
    """What a score can be about: what went in and came out, and what is known of it."""

    prompt: str
    output: str
    at: str
    model: str = ""
    session: str = ""
    tags: tuple[str, ...] = ()


@dataclass
class _Export:
    """Everything in the file by id; `roots` are observations without a parent, by the id of their trace.

    Text in the place of a work says why it cannot be read.
    """

    traces: dict[str, _Work | str] = field(default_factory=dict)
    roots: dict[str, _Work | str] = field(default_factory=dict)
    observations: dict[str, _Work | str] = field(default_factory=dict)
    scores: list[Any] = field(default_factory=list)

    def take(self, entry: Any) -> None:
        """One more entry of the file: an object, a page of them, or a trace with what belongs to it."""
        for one in (entry, *list_at(entry, "data")):
            for holder in (one, value_at(one, "trace")):
                for value in (holder, *list_at(holder, "scores"), *list_at(holder, "observations")):
                    if isinstance(value, Fault):
                        self.scores.append(value)
                    elif isinstance(value, dict):  # a list of traces names the ids of their scores
                        self._keep(value)

    def _keep(self, value: dict[str, Any]) -> None:
        trace = _text(value, "traceId")
        if _text(value, "dataType"):
            self.scores.append(value)
        elif trace:
            work = _work(value, "startTime")
            self.observations[text_at(value, "id")] = work
            if not _text(value, "parentObservationId"):
                self.roots.setdefault(trace, work)
        elif text_at(value, "id") and ("input" in value or "output" in value):
            self.traces[text_at(value, "id")] = _work(value, "timestamp")

    def about(self, score: Any) -> _Work | str:
        """What the score is about; text: why that is not known."""
        observation, trace = _text(score, "observationId"), _text(score, "traceId")
        if observation:
            return (
                self.observations.get(observation) or f"observation {short(observation)} is not in the file"
            )
        if not trace:
            return "a score of neither a trace nor an observation"
        found = self.traces.get(trace) or self.roots.get(trace)
        return found or f"trace {short(trace)} is not in the file"


def is_langfuse(entry: Any) -> bool:
    """Whether this is an object of such an export."""
    if not isinstance(entry, dict):
        return False
    is_page = isinstance(entry.get("trace"), dict) or {"data", "meta"} <= set(entry)
    is_trace = "input" in entry and any(key in entry for key in ("sessionId", "session_id", "scores"))
    return (
        is_page
        or is_trace
        or bool(_text(entry, "traceId") and (_text(entry, "dataType") or "input" in entry))
    )


def read_langfuse(data: bytes, options: ImportOptions) -> Iterator[ImportedRating | Rejected]:
    """A row for each score, numbered in the order of the file.

    BOOLEAN 1 and 0 are five stars and one; NUMERIC needs `score_range`, CATEGORICAL `categories`. A score
    of an observation rates what that one made, any other the whole trace. The id of a score becomes that
    of the rating. What cannot be read is rejected by its line. Raises InputError for what holds no scores.
    """
    entries, rejected = load_export(data)
    export = _Export()
    for _, entry in entries:
        export.take(entry)
    if not export.scores and not rejected:
        traces = len(export.traces) + len(export.observations)
        raise InputError(f"no scores of Langfuse ({traces} traces and observations)", _HINT)
    yield from rejected
    for number, score in enumerate(export.scores, 1):
        yield _row(number, score, export, options)


def _row(number: int, score: Any, export: _Export, options: ImportOptions) -> ImportedRating | Rejected:
    if fault := fault_in(score):
        return Rejected(number, fault)
    rating = _stars(score, options)
    work = export.about(score)
    faults = [fault for fault in (rating, work) if isinstance(fault, str)]
    if faults or isinstance(work, str):
        return Rejected(number, "; ".join(faults))
    own = text_at(score, "id")
    context = {
        "model": work.model,
        "session_id": work.session,
        "trace_id": _text(score, "traceId"),
        "score_name": text_at(score, "name"),
    }
    values = {
        "prompt": work.prompt,
        "output": work.output,
        "rating": rating,
        "timestamp": text_at(score, "timestamp") or work.at,
        "tags": list(work.tags),
        "context": {key: text for key, text in context.items() if text},
        "notes": text_at(score, "comment"),
        "feedback_id": f"langfuse:{own}" if _ID.fullmatch(own) else None,
    }
    return make_rating(number, values, options)


def _stars(score: Any, options: ImportOptions) -> int | str:
    """The stars; text: why there are none."""
    kind = _text(score, "dataType")
    value = score.get("value")
    if kind == "BOOLEAN":
        return (5 if value else 1) if value in (0, 1) else f"BOOLEAN is neither 1 nor 0: {shown(value)}"
    if kind == "NUMERIC":
        return _numeric(value, options)
    if kind != "CATEGORICAL":
        return f"{short(kind)} is no rating"
    name = _text(score, "stringValue") or text_at(score, "value")
    known = dict(options.categories)
    return known.get(name) or f"CATEGORICAL {short(name)} needs --category NAME=RATING"


def _numeric(value: Any, options: ImportOptions) -> int | str:
    if options.score_range is None:
        return "NUMERIC needs --score-range A:B"
    number = parse_fraction(value)
    found = None if number is None else scaled(number, options.score_range)
    return found or f"NUMERIC is outside of the range: {shown(value)}"


def _work(value: dict[str, Any], time: str) -> _Work | str:
    own = {key: part for key, part in value.items() if key not in ("scores", "observations")}
    if fault := fault_in(own):
        noun = "observation" if time == "startTime" else "trace"
        return f"{noun} {short(text_at(value, 'id'))}: {fault}"
    model = _text(value, "model") or _text(value, "providedModelName")
    tags = (_NOT_IN_TAGS.sub("-", tag.lower()).strip("-_.:/")[:64] for tag in list_at(value, "tags") if tag)
    return _Work(
        _said(value.get("input")),
        _said(value.get("output")),
        _text(value, time),
        model,
        _text(value, "sessionId"),
        tuple(tag for tag in tags if tag),
    )


def _said(value: Any) -> str:
    """What goes in or comes out may be any JSON, or text that holds some: of messages what they say."""
    if isinstance(value, str):
        if not value.startswith(("[", "{")):
            return value
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return _messages(inner) or value
    if value is None or is_deep(value):
        return ""
    return _messages(value) or json.dumps(value, ensure_ascii=False, sort_keys=True)


def _messages(value: Any) -> str:
    """The contents of chat messages, "" of anything else."""
    messages = value if isinstance(value, list) else list_at(value, "messages") or [value]
    contents = [value_at(message, "content") for message in messages]
    is_chat = all(isinstance(one, str) for one in contents)
    return "\n\n".join(contents) if is_chat else ""


def _text(value: Any, name: str) -> str:
    """The text of this name, `likeThis` or `like_this`; "" if there is none."""
    return text_at(value, name) or text_at(value, re.sub(r"([A-Z])", r"_\1", name).lower())
