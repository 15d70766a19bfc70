"""A failure -> its signature: what kind of mistake, where it belongs, and how sure that is (C11 to C19)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from feedback_loop.domain.api_model import ApiModel
from feedback_loop.domain.canonical import canonical
from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.domain.failure import UNCLASSIFIED, ApiContext, Classified, Evidence, Failure
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.message_template import first_line, message_template
from feedback_loop.domain.pattern import Signature
from feedback_loop.domain.secrets import mask
from feedback_loop.domain.trace import Frame, Trace, carried, deepest_own
from feedback_loop.engines.classify.captures import captured
from feedback_loop.engines.classify.context import find_context
from feedback_loop.engines.classify.endpoints import Endpoints
from feedback_loop.engines.classify.families import error_type_of, is_known, is_of
from feedback_loop.engines.classify.rule_book import Found, RuleBook
from feedback_loop.engines.classify.statuses import EXCEPTION, request_in, status_in, status_message
from feedback_loop.engines.classify.wording import Wording, last_name, wording_of

# What each piece of evidence is worth (C19).
_KNOWN, _STATUS, _OTHER = 0.30, 0.20, 0.10
_RULE = 0.20
_ENTITY, _ENTITY_ALONE = 0.20, 0.10
_FIELD = 0.15
_ENDPOINT = 0.15


class _Judged(NamedTuple):
    """One exception in its wording, and the rule that it meets; `status` = there is nothing else to judge."""

    wording: Wording
    found: Found | None
    trace: Trace | None
    status: int | None = None


class Classifier:
    """The rules and the model of one application; it keeps nothing of the failures.

    `rules` are the user's and go first; those that `check_rule` complains of are left out. `root` is the
    absolute folder of the repository, for the deepest own call.
    """

    def __init__(
        self,
        rules: Sequence[ClassifyRule] = (),
        model: ApiModel | None = None,
        *,
        min_confidence: float = 0.3,
        root: str | None = None,
    ) -> None:
        self._book = RuleBook(rules)
        self._endpoints = Endpoints(model)
        self._min_confidence = min_confidence
        self._root = root

    def classify(self, failure: Failure) -> Classified:
        """The failure's signature, whatever it holds; never raises.

        What it carries in the end is judged, or the failure itself if only that meets a rule. Below the
        least confidence the constraint is `unclassified` and there is no guidance; the rest stays.
        """
        judged = self._judged(failure)
        names = captured(judged.wording)
        if not failure.endpoint:
            failure = replace(failure, endpoint=self._requested(judged.wording))
        context = find_context(failure, names, self._endpoints)
        evidence = tuple(_evidence(judged, context))
        confidence = min(round(sum(one.weight for one in evidence), 2), 1.0)
        frame = self._frame(judged.trace, failure.trace)
        rule, shipped = judged.found or (None, False)
        trusted = rule if confidence >= self._min_confidence else None
        return Classified(
            _signature(judged, rule, trusted, names.kept, context, frame),
            trusted.guidance if trusted else "",
            confidence,
            evidence,
            _words(rule) if rule else "",
            shipped and trusted is not None,
            judged.trace,
            frame,
        )

    def _requested(self, wording: Wording) -> str:
        """What a client's exception says was asked for, unless the model shows it to be another's service."""
        asked = request_in(wording.exception, wording.message)
        endpoints = self._endpoints
        is_own = endpoints.model is None or endpoints.knows(endpoints.template(asked))
        return asked if is_own else ""

    def _judged(self, failure: Failure) -> _Judged:
        judged = [self._judge(wording, failure, trace) for wording, trace in _told(failure)]
        return next((one for one in judged if one.found), judged[0])

    def _judge(self, wording: Wording, failure: Failure, trace: Trace | None) -> _Judged:
        name, message, telling = wording
        status = status_in(name, message) if name else None
        if status is None and (not name or is_of(name, EXCEPTION)):
            status = failure.status
        if status is None:
            return _Judged(wording, self._book.find(name, telling, message), trace)
        text = status_message(status)
        found = self._book.find(name or EXCEPTION, text, f"{text}\n{message}")
        if name:  # a client's exception: its words tell more than the number
            return _Judged(wording, found, trace)
        return _Judged(Wording(EXCEPTION, message, telling), found, trace, status)

    def _frame(self, trace: Trace | None, whole: Trace | None) -> Frame | None:
        for one in (trace, whole):
            if one is not None and (found := deepest_own(one, self._root)):
                return found
        return None


def _told(failure: Failure) -> Iterator[tuple[Wording, Trace | None]]:
    """The exceptions to be judged in their wordings, the innermost first."""
    trace = failure.trace
    if trace is None or not trace.exception:
        yield wording_of(failure.exception, failure.message), trace
        return
    chain = carried(trace)
    for one in chain:
        # Where a trace is cut off, or is one of a log without its message, the report may have it.
        is_same = one is chain[-1] and one.exception == last_name(failure.exception)
        yield wording_of(one.exception, one.message or (failure.message if is_same else "")), one


def _signature(
    judged: _Judged,
    rule: ClassifyRule | None,
    trusted: ClassifyRule | None,
    kept: tuple[str, ...],
    context: ApiContext,
    frame: Frame | None,
) -> Signature:
    """As it is written: a secret or a hidden character gives no other name."""
    exception = judged.wording.exception
    told = Signature(
        exception=exception or None,
        message=_template(judged, kept),
        error_type=rule.error_type if rule else error_type_of(exception),
        constraint=trusted.constraint if trusted else UNCLASSIFIED,
        entity=context.entity,
        endpoint=context.endpoint,
        field=context.field,
        relationship=context.relationship or None,
        function=_function(frame),
    )
    return canonical(told)


def _template(judged: _Judged, kept: tuple[str, ...]) -> str:
    if judged.status is not None:
        return status_message(judged.status)
    return message_template(mask(first_line(judged.wording.message)), kept)


def _function(frame: Frame | None) -> str | None:
    """`stem.function` of a call, as other machines have it too."""
    if frame is None or not frame.function:
        return None
    return f"{posixpath.splitext(posixpath.basename(frame.file))[0]}.{frame.function}"


def _words(rule: ClassifyRule) -> str:
    return f"{rule.exception or 'any exception'}: {rule.match or 'any message'}"


def _evidence(judged: _Judged, context: ApiContext) -> Iterator[Evidence]:
    """What speaks for the signature (C19); what is worth nothing says where the rest comes from."""
    exception = judged.wording.exception
    if judged.status is not None:
        yield Evidence(f"the status {judged.status} of a response, and no exception", _STATUS)
    elif is_known(exception):
        yield Evidence(f"the exception {exception} is known", _KNOWN)
    else:
        told = f"the exception {exception} is not one that is known" if exception else "no exception is told"
        yield Evidence(told, _OTHER)
    if judged.found:
        origin = "a shipped rule" if judged.found.shipped else "a rule of the settings"
        rule = judged.found.rule
        yield Evidence(f"{origin} says {rule.constraint}: {_words(rule)}", _RULE)
    if context.entity != ANY and context.entity_in_model:
        yield Evidence(f"the entity {context.entity} is in the model", _ENTITY)
    elif context.entity != ANY:
        yield Evidence(f"the entity {context.entity}, which no model knows", _ENTITY_ALONE)
    if context.field != ANY:
        yield Evidence(f"the field {context.field}", _FIELD)
    if context.endpoint_in_model:
        yield Evidence(f"the endpoint {context.endpoint} is in the model", _ENDPOINT)
    for told in context.told:
        yield Evidence(told, 0.0)
