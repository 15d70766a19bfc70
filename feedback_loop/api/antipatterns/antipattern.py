"""`GenerationAntiPattern`: a failure that generated code has shown, with what is known of it (C1)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime

from feedback_loop.api.arguments import check_text, check_whole
from feedback_loop.api.metrics.times import stamp
from feedback_loop.api.patterns.files import unreadable
from feedback_loop.api.smoke.candidates import candidate_of
from feedback_loop.domain import warning
from feedback_loop.domain.canonical import canonical
from feedback_loop.domain.failure import Classified, gap_name
from feedback_loop.domain.failure_kind import UNCLASSIFIED
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.message_template import template_regex
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.pattern import NAME, Example, Pattern, Signature
from feedback_loop.errors import InputError

_GUIDANCE = 200  # characters of one line that a pattern's JSON takes
# What a pattern's JSON calls a field that has a form there, and what it is called here.
_FORMS = {
    "error_type": "error_type",
    "exception": "exception_class",
    "constraint": "constraint",
    "entity": "entity_pattern",
    "endpoint": "endpoint_pattern",
    "field": "field_pattern",
    "relationship": "relationship",
    "function": "function",
}
_EXPRESSION = re.compile(r"[\^$*+?{}\[\]\\|()]")


@dataclass(frozen=True)
class GenerationAntiPattern:
    """A pattern that code generation should avoid.

    `pattern_id` is the pattern's name. `entity_pattern`, `endpoint_pattern` and `field_pattern` are as in
    C1a, `*` = any. `error_message_pattern` is a regular expression (RE2's syntax, searched from the start);
    `message` the template that it is made of, None = any message. `correct_code_snippet` is the first good
    example, else the guidance.

    `occurrence_count` are runs, `times_prevented` generations, `hits` all occurrences: counted from events,
    as `last_seen` is. `state` is proposed, active or archived. `shipped` says of a proposed one that its
    words are the tool's own, so that it is injected unattended (C24); `confidence` is a classifier's, 0 to 1.
    """

    pattern_id: str
    error_type: str
    exception_class: str
    error_message_pattern: str
    entity_pattern: str
    endpoint_pattern: str
    field_pattern: str
    bad_code_snippet: str
    correct_code_snippet: str
    occurrence_count: int = 0
    times_prevented: int = 0
    last_seen: datetime | None = None
    constraint: str = UNCLASSIFIED
    relationship: str = ""
    function: str = ANY
    message: str | None = None
    guidance: str = ""
    hits: int = 0
    state: str = "proposed"
    shipped: bool = False
    confidence: float = 0.0

    @property
    def prevention_rate(self) -> float:
        """times_prevented / (occurrence_count + times_prevented), 0.0 when both are 0 (C5)."""
        return warning.prevention_rate(self.occurrence_count, self.times_prevented)

    def severity_score(self, as_of: datetime) -> float:
        """C8, 0 to 1; the age is counted from the last occurrence to `as_of`, and none is no age."""
        seen = parse_moment(stamp(self.last_seen)) if self.last_seen else None
        now = parse_moment(stamp(as_of)) or 0
        age = 0 if seen is None else now - seen
        return warning.severity_score(self.occurrence_count, self.times_prevented, age)


def of_signature(signature: Signature, name: str = "") -> GenerationAntiPattern:
    """The anti-pattern of a signature, without code and counts; without a name it has the candidate's."""
    message = signature.message
    return GenerationAntiPattern(
        pattern_id=name or gap_name(signature),
        error_type=signature.error_type or "unknown",
        exception_class=signature.exception or "",
        error_message_pattern="" if message is None else template_regex(message),
        entity_pattern=signature.entity or ANY,
        endpoint_pattern=signature.endpoint or ANY,
        field_pattern=signature.field or ANY,
        bad_code_snippet="",
        correct_code_snippet="",
        constraint=signature.constraint or UNCLASSIFIED,
        relationship=signature.relationship or "",
        function=signature.function or ANY,
        message=message,
    )


def of_pattern(pattern: Pattern, signature: Signature) -> GenerationAntiPattern:
    """The anti-pattern that a pattern is by one of its signatures, without counts."""
    return replace(
        of_signature(signature, pattern.name),
        bad_code_snippet=pattern.bad[0].code if pattern.bad else "",
        correct_code_snippet=pattern.good[0].code if pattern.good else pattern.guidance,
        guidance=pattern.guidance,
        state=pattern.state,
    )


def of_classified(told: Classified) -> GenerationAntiPattern:
    """The anti-pattern that a failure makes; its code is the line of the deepest own call that is shown."""
    return replace(
        of_signature(told.signature),
        bad_code_snippet=told.frame.source if told.frame is not None else "",
        correct_code_snippet=told.guidance,
        guidance=told.guidance,
        shipped=told.shipped,
        confidence=told.confidence,
    )


def signature_of(one: GenerationAntiPattern) -> Signature:
    """What recognises it. An expression for the message that is no plain text recognises any message."""
    message = one.message
    if message is None and one.error_message_pattern and not _EXPRESSION.search(one.error_message_pattern):
        message = one.error_message_pattern
    return canonical(
        Signature(
            exception=one.exception_class or None,
            message=message,
            error_type=one.error_type or None,
            constraint=one.constraint or None,
            entity=one.entity_pattern or None,
            endpoint=one.endpoint_pattern or None,
            field=one.field_pattern or None,
            relationship=one.relationship or None,
            function=None if one.function == ANY else one.function,
        )
    )


def proposal_of(one: GenerationAntiPattern) -> Pattern:
    """The pattern to be written to `proposed/`. Raises InputError for what no pattern can hold.

    What has not the form that a pattern's JSON asks for is named: to leave it out would make a pattern that
    recognises other failures than the caller means.
    """
    _check_types(one)
    if NAME.match(one.pattern_id) is None:
        text = "a name is 2 to 64 of a-z, 0-9 and _, and begins with a letter"
        raise InputError(f"pattern_id cannot be {one.pattern_id!a:.80}", text)
    misfits = list(_misfits(one))
    if misfits:
        raise InputError(f"{one.pattern_id} cannot be written: {'; '.join(misfits)}")
    signature = signature_of(one)
    if not (signature.exception or signature.message or _is_told(signature)):
        text = "exception_class is missing, and so are a message and a constraint"
        raise InputError(f"{text}: nothing would recognise the failure")
    guidance = one.guidance or ("" if _is_code(one.correct_code_snippet) else one.correct_code_snippet)
    made = candidate_of(Classified(signature, guidance), _example(one.bad_code_snippet))
    if one.correct_code_snippet.strip() != guidance.strip():
        good = _example(one.correct_code_snippet)
        made = replace(made, good=(good,) if good else ())
    if made.name != one.pattern_id:
        identity = str(uuid.uuid5(uuid.UUID(made.pattern_id), one.pattern_id))
        description = made.description.replace(made.name, one.pattern_id)
        made = replace(made, name=one.pattern_id, pattern_id=identity, description=description)
    wrong = unreadable(made)
    if wrong:
        raise InputError(f"{one.pattern_id} cannot be written: {'; '.join(wrong)}")
    return made


def _check_types(one: GenerationAntiPattern) -> None:
    for part in fields(one):
        if part.type in ("str", "str | None"):
            check_text(part.name, getattr(one, part.name), optional=part.type != "str")
    check_whole("occurrence_count", one.occurrence_count, least=0)
    if not isinstance(one.last_seen, datetime | None):
        raise InputError(f"last_seen must be a datetime, not {type(one.last_seen).__name__}")


def _misfits(one: GenerationAntiPattern) -> Iterator[str]:
    """The fields that a pattern's files would not take as they are, and why."""
    given = {key: getattr(one, name) or None for key, name in _FORMS.items()}
    sound = candidate_of(Classified(signature_of(one)))
    for words in unreadable(replace(sound, signatures=(Signature(**given),))):
        key, _, fault = words.removeprefix("json: /signatures/0/").partition(": ")
        if key in _FORMS:
            yield f"{_FORMS[key]}: {fault}"


def _is_told(signature: Signature) -> bool:
    return signature.constraint not in (None, UNCLASSIFIED)


def _is_code(text: str) -> bool:
    return "\n" in text.strip() or len(text) > _GUIDANCE


def _example(code: str) -> Example | None:
    return Example(code.rstrip("\n") + "\n", "python") if code.strip() else None
