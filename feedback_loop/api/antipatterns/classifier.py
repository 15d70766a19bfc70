"""`SmokeFeedbackClassifier`: what kind of mistake a failed smoke test was, and where it belongs (C21a)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from feedback_loop.api.antipatterns.antipattern import GenerationAntiPattern, of_classified
from feedback_loop.api.application.model import model_of
from feedback_loop.api.arguments import check_number, check_text
from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.domain.failure import Classified, Failure
from feedback_loop.domain.failure_kind import UNCLASSIFIED
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.reported import Reported
from feedback_loop.engines.classify.classifier import Classifier
from feedback_loop.engines.classify.rules import SHIPPED, check_rule
from feedback_loop.errors import InputError
from feedback_loop.formats.report_json import part
from feedback_loop.formats.traceback import parse_traces
from feedback_loop.formats.violations import violations_of

_CLASS = re.compile(r"\s*([A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt|DoesNotExist))\s*:\s*")
_RULE = ("exception", "match", "constraint", "error_type", "guidance")


def _nested() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for rule in SHIPPED:
        table.setdefault(rule.exception, {}).setdefault(rule.match, rule.constraint)
    return table


class SmokeFeedbackClassifier:
    """Classifies failed smoke tests by the shipped rules, and by `rules`, which are tried first.

    A rule is a `ClassifyRule` or a mapping with its fields. What is told with less than `min_confidence` (0
    to 1) is `unclassified`, never dropped. Raises InputError for a rule that cannot be used.
    """

    # Exception -> wording (an expression without regard to case, "" = any) -> constraint.
    ERROR_PATTERNS: ClassVar[Mapping[str, Mapping[str, str]]] = _nested()

    def __init__(
        self, min_confidence: float = 0.3, rules: Iterable[ClassifyRule | Mapping[str, str]] | None = None
    ) -> None:
        check_number("min_confidence", min_confidence, 1)
        self.min_confidence = min_confidence
        if rules is not None and (isinstance(rules, str | Mapping) or not isinstance(rules, Iterable)):
            raise InputError(f"rules must be a list of rules, not {type(rules).__name__}")
        self.rules = tuple(_rule(one) for one in rules or ())
        self._known: tuple[object, Classifier] | None = None  # the last application and its classifier

    def classify_for_generation(
        self, violation: object, stack_trace: object = None, application_ir: object = None
    ) -> GenerationAntiPattern | None:
        """The anti-pattern of a violation, a mapping or an object with `error_type`, `error_message`,
        `endpoint`, `stack_trace` and so on; None where it has neither an exception, a message nor a status.

        `application_ir` is an OpenAPI document, an ir.json as a dict, or an object with `.entities` and
        `.endpoints`. Raises InputError for one that is none of these.
        """
        told = _reported(violation, stack_trace)
        return of_classified(self._classify(_failure(told), application_ir)) if told else None

    def extract_ir_context(
        self, endpoint: str, error_message: str, application_ir: object = None
    ) -> dict[str, Any]:
        """`entity_name`, `field_name`, `constraint_type`, `relationship_type` and `confidence` (0 to 1).

        `*` is an entity or field that cannot be told, `unclassified` a constraint, "" a relationship. The
        message may begin with its exception: `IntegrityError: NOT NULL constraint failed: …`.
        """
        check_text("endpoint", endpoint)
        check_text("error_message", error_message)
        named = _CLASS.match(error_message)
        exception, message = (named[1], error_message[named.end() :]) if named else ("", error_message)
        told = self._classify(Failure(exception, message, endpoint), application_ir)
        return {
            "entity_name": told.signature.entity or ANY,
            "field_name": told.signature.field or ANY,
            "constraint_type": told.signature.constraint or UNCLASSIFIED,
            "relationship_type": told.signature.relationship or "",
            "confidence": told.confidence,
        }

    def _classify(self, failure: Failure, application_ir: object) -> Classified:
        if self._known is None or self._known[0] is not application_ir:
            model = model_of(application_ir)
            made = Classifier(self.rules, model, min_confidence=self.min_confidence)
            self._known = application_ir, made
        return self._known[1].classify(failure)


def _reported(violation: object, stack_trace: object) -> Reported | None:
    """The violation with the trace that was given beside it, if it has none of its own."""
    apart = stack_trace if isinstance(stack_trace, str) else ""
    for one in violations_of([violation], None):
        return replace(one, trace=one.trace or apart)
    if not apart.strip():
        return None
    return next(
        iter(violations_of([{"endpoint": part(violation, "endpoint"), "stack_trace": apart}], None)), None
    )


def _failure(one: Reported) -> Failure:
    traces = parse_traces(one.trace) if one.trace else ()
    trace = next(iter(traces), None)
    return Failure(one.exception, one.message, one.endpoint, one.status, trace)


def _rule(value: object) -> ClassifyRule:
    """Raises InputError."""
    if isinstance(value, Mapping):
        unknown = [key for key in value if key not in _RULE]
        fields = {key: value.get(key, "") for key in _RULE}
        if unknown or not all(isinstance(text, str) for text in fields.values()):
            raise InputError(f"a rule has the texts {', '.join(_RULE)}: {dict(value)!a:.120}")
        value = ClassifyRule(**fields)
    if not isinstance(value, ClassifyRule):
        raise InputError(f"a rule must be a mapping, not {type(value).__name__}")
    wrong = check_rule(value)
    if wrong:
        raise InputError(f"the rule for {value.exception or 'any exception'!a:.80}: {wrong}")
    return value
