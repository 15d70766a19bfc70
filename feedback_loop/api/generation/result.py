"""`GenerationResult`: what a generator came to, in the shape that its users know (D28, A62)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedback_loop.api.metrics.times import stamp
from feedback_loop.domain.generation import Generated, Match, Verification
from feedback_loop.engines.generate.matching import analyze

Item = dict[str, Any]


@dataclass(frozen=True)
class ValidationResult:
    """What the checks said. `tests` is "passed", "failed" or None = none ran.

    `findings` are dicts `{pattern, detector, line, message}`.
    """

    is_valid: bool
    syntax_valid: bool
    compilation_error: str | None
    warnings: list[str]
    findings: list[Item]
    undefined: list[str]
    tests: str | None


@dataclass(frozen=True)
class GenerationResult:
    """Code, and how it came about.

    `confidence` is 0 to 1. Items of `patterns_applied`, `patterns_suggested` and `patterns_given` are
    `{pattern, confidence, severity, why}` with the library's own dict as `pattern`, those of
    `patterns_rejected` are `{pattern, reason}` with a name. `scaffold` = what the tool cannot fill is
    `raise NotImplementedError`. `validation` is None if it was not asked for. `code` is "" if nothing that
    passes could be made.
    """

    code: str
    report: str
    confidence: float
    patterns_applied: list[Item]
    patterns_suggested: list[Item]
    patterns_rejected: list[Item]
    metadata: Item
    validation: ValidationResult | None
    scaffold: bool
    patterns_given: list[Item]


@dataclass(frozen=True)
class Told:
    """What a result says beside what was generated; `dicts` are the caller's own, by pattern name."""

    report: str
    version: str
    now: datetime
    validate: bool
    dicts: Mapping[str, Mapping[str, Any]]


def make_result(generated: Generated, told: Told) -> GenerationResult:
    """The result for a Python program."""
    return GenerationResult(
        code=generated.code,
        report=told.report,
        confidence=generated.confidence.value,
        patterns_applied=_items(generated.applied, told),
        patterns_suggested=_items(generated.suggested, told),
        patterns_rejected=[{"pattern": one.pattern, "reason": one.reason} for one in generated.rejected],
        metadata=_metadata(generated, told),
        validation=validation_of(generated.verification, bool(generated.code)) if told.validate else None,
        scaffold=generated.scaffold,
        patterns_given=_items(generated.given, told),
    )


def _items(matches: Sequence[Match], told: Told) -> list[Item]:
    return [
        {
            "pattern": told.dicts[one.pattern.name],
            "confidence": one.confidence,
            "severity": one.pattern.severity,
            "why": one.why,
        }
        for one in matches
    ]


def _metadata(generated: Generated, told: Told) -> Item:
    return {
        "prompt": generated.prompt,
        "prompt_sha256": hashlib.sha256(generated.prompt.encode("utf-8", "surrogatepass")).hexdigest(),
        "pattern_library_version": told.version,
        "library_sha256": generated.library_sha256,
        "timestamp": stamp(told.now),
        "confidence": generated.confidence.value,
        "context_indicators": analyze(generated.prompt),
        "provider": generated.provider,
        "use_llm": not generated.provider.startswith("offline"),
        "unrecognised": list(generated.intent.unrecognised),
    }


def validation_of(verification: Verification, made: bool) -> ValidationResult:
    """The checks of the code that is returned; nothing is valid where nothing could be `made`."""
    return ValidationResult(
        is_valid=verification.is_valid and made,
        syntax_valid=not verification.compilation_error,
        compilation_error=verification.compilation_error or None,
        warnings=list(verification.warnings),
        findings=[
            {"pattern": one.pattern, "detector": one.detector, "line": one.line, "message": one.message}
            for one in verification.findings
        ],
        undefined=list(verification.undefined),
        tests=verification.tests or None,
    )
