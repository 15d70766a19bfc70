"""What the generator did: the report (A69), the list of matches, and the same as fields for JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from feedback_loop.domain.generation import Generated, Match, Rejected, Verification
from feedback_loop.domain.indicators import INDICATORS, indicators
from feedback_loop.domain.text import visible

_TEST_LINES = 10
_LINE = 200  # characters of what a stranger wrote, on one line


def render_generation(generated: Generated) -> str:
    """The report, in the order that its readers know, with its final line end."""
    lines = [
        *_head(generated),
        *_section("Applied", generated.applied, _applied_line),
        *_section("Suggested", generated.suggested, _suggested_line),
        f"Patterns Rejected: {len(generated.rejected)}",
        *(f"  - {_shown(one.pattern)}: {_shown(one.reason)}" for one in generated.rejected),
        *(_section("Given", generated.given, _suggested_line) if generated.given else []),
        *_checks(generated),
        *render_notes(generated.notes).splitlines(),
        "=== End Report ===",
    ]
    return "\n".join(lines) + "\n"


def _head(generated: Generated) -> list[str]:
    found = indicators(generated.prompt)
    context = [f"  ✓ {name}" for name in INDICATORS if name in found]
    provider = [] if generated.provider == "offline" else [f"Provider: {_shown(generated.provider)}"]
    return [
        "=== Pattern-Aware Code Generation Report ===",
        f"Confidence Score: {generated.confidence.value:.2%}",
        f"  {generated.confidence.words}",
        f"Generation Mode: {'LLM' if is_from_provider(generated) else 'Template'}",
        *provider,
        f"Scaffold: {'yes' if generated.scaffold else 'no'}",
        "Context Detected:",
        *(context or ["  none"]),
    ]


def is_from_provider(generated: Generated) -> bool:
    """Whether a provider wrote the code, not the composer."""
    return not generated.provider.startswith("offline")


def _section(title: str, matches: Iterable[Match], line: Any) -> list[str]:
    lines = [line(one) for one in matches]
    return [f"Patterns {title}: {len(lines)}", *lines]


def _applied_line(match: Match) -> str:
    name, severity = _shown(match.pattern.name), _shown(match.pattern.severity)
    return f"  - {name} (severity: {severity}, confidence: {match.confidence:.0%})"


def _suggested_line(match: Match) -> str:
    reason = f": {_shown(match.why)}" if match.why else ""
    return f"  - {_shown(match.pattern.name)} (confidence: {match.confidence:.0%}){reason}"


def _checks(generated: Generated) -> list[str]:
    verification = generated.verification
    valid = verification.is_valid and bool(generated.code)
    lines = [
        "Validation Results:",
        f"  Syntax Valid: {'✗' if verification.compilation_error else '✓'}",
        f"  Undefined Names: {_shown(', '.join(verification.undefined)) or 'none'}",
        f"  Findings: {len(verification.findings)}",
    ]
    if verification.compilation_error:
        lines.insert(2, f"  Compilation Error: {_shown(verification.compilation_error)}")
    if verification.tests or verification.test_output:
        lines.append(f"  Tests: {verification.tests or 'none ran'}")
    if verification.tests != "passed":
        lines += [f"    {_shown(one)}" for one in _test_lines(verification)]
    lines += [f"  Warning: {_shown(one)}" for one in verification.warnings]
    unknown = ", ".join(generated.intent.unrecognised)
    return [
        *lines,
        f"  Overall: {'✓ Valid' if valid else '✗ Invalid'}",
        f"Not Understood: {_shown(unknown) or 'none'}",
    ]


def _test_lines(verification: Verification) -> list[str]:
    """What the tests said; where they said nothing, why, without the details that stand indented below."""
    lines = verification.test_output.splitlines()
    told = lines if verification.tests else [one for one in lines if not one.startswith(" ")]
    return told[:_TEST_LINES]


def _shown(text: str) -> str:
    line = visible(text[:_LINE]).replace("\t", " ")
    return line if len(text) <= _LINE else line + "…"


def render_matches(matches: Iterable[Match]) -> str:
    """Patterns that fit, one a line, in their order."""
    lines = [
        f"{one.confidence:4.0%}  {_shown(one.pattern.severity):<8}  {_shown(one.pattern.name)}"
        + (f"  ({_shown(one.why)})" if one.why else "")
        for one in matches
    ]
    return "\n".join(lines or ["no pattern fits this prompt"]) + "\n"


def render_notes(notes: Iterable[str]) -> str:
    """What is to be said beside a list or a preview, a line each as in the report; "" for none."""
    return "".join(f"Note: {_shown(one)}\n" for one in notes)


# -- for programs ------------------------------------------------------------------------------------


def generation_fields(generated: Generated) -> dict[str, Any]:
    """Everything but the code, as JSON can hold it: the file beside the output, and `--format json`.

    Secrets in the prompt are masked.
    """
    confidence = generated.confidence
    return {
        "prompt": generated.intent.prompt,
        "function": generated.intent.function,
        "confidence": confidence.value,
        "confidence_parts": {
            "checks": round(confidence.checks, 3),
            "understood": round(confidence.understood, 3),
            "relevance": round(confidence.relevance, 3),
            "words": confidence.words,
        },
        "scaffold": generated.scaffold,
        "provider": generated.provider,
        "library_sha256": generated.library_sha256,
        "unrecognised": list(generated.intent.unrecognised),
        "patterns_applied": _items(generated.applied),
        "patterns_suggested": _items(generated.suggested),
        "patterns_given": _items(generated.given),
        "patterns_rejected": [_rejected(one) for one in generated.rejected],
        "validation": _validation(generated.verification),
        "notes": list(generated.notes),
    }


def match_fields(matches: Iterable[Match], notes: Iterable[str] = ()) -> dict[str, Any]:
    """Patterns that fit, in their order, as JSON can hold them."""
    return {"patterns": _items(matches), "notes": list(notes)}


def json_of(fields: dict[str, Any]) -> str:
    """The fields as a JSON document: keys sorted, ASCII, with its final line end."""
    return json.dumps(fields, indent=2, sort_keys=True) + "\n"


def _items(matches: Iterable[Match]) -> list[dict[str, Any]]:
    return [
        {
            "pattern": one.pattern.name,
            "severity": one.pattern.severity,
            "confidence": one.confidence,
            "why": one.why,
        }
        for one in matches
    ]


def _rejected(one: Rejected) -> dict[str, str]:
    return {"pattern": one.pattern, "reason": one.reason}


def _validation(verification: Verification) -> dict[str, Any]:
    return {
        "is_valid": verification.is_valid,
        "syntax_valid": not verification.compilation_error,
        "compilation_error": verification.compilation_error or None,
        "findings": [
            {"pattern": one.pattern, "detector": one.detector, "line": one.line, "message": one.message}
            for one in verification.findings
        ],
        "undefined": list(verification.undefined),
        "warnings": list(verification.warnings),
        "tests": verification.tests or None,
        "test_output": verification.test_output or None,
    }
