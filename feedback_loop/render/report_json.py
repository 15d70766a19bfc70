"""What the pattern commands found, for programs: plain values ready for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from feedback_loop.domain.library import Library
from feedback_loop.domain.library_report import (
    CheckStep,
    DetectorFacts,
    GateReport,
    LintReport,
    ListedPattern,
)
from feedback_loop.domain.problem import Problem


def problem_fields(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Line 0 = the file as a whole."""
    return [{"path": one.path, "line": one.line, "message": one.message} for one in problems]


def list_fields(library: Library, listed: Iterable[ListedPattern], state: str) -> dict[str, Any]:
    """The patterns of this state (`all` = every one); a guideline's level is null."""
    shown = [one for one in listed if state in ("all", one.pattern.state)]
    return {
        "source": library.source,
        "patterns": [_listed(one) for one in shown],
        "problems": problem_fields(library.problems),
    }


def _listed(one: ListedPattern) -> dict[str, Any]:
    pattern = one.pattern
    return {
        "name": pattern.name,
        "title": pattern.title,
        "state": pattern.state,
        "severity": pattern.severity,
        "level": one.level or None,
        "tags": pattern.tags,
        "detectors": [detector.id for detector in pattern.detectors],
        "path": pattern.path,
    }


def lint_fields(report: LintReport) -> dict[str, Any]:
    """Problems and notes apart."""
    return {
        "patterns": report.patterns,
        "problems": problem_fields(report.problems),
        "notes": problem_fields(report.notes),
        "exit_code": 1 if report.problems else 0,
    }


def gate_fields(report: GateReport) -> dict[str, Any]:
    """Every example with its findings: the lines are those of the example."""
    runs = [
        {
            "pattern": run.pattern,
            "side": run.side,
            "number": run.number,
            "path": run.path,
            "line": run.example.line,
            "expected": {"lines": run.example.lines, "findings": run.example.findings},
            "found": [{"detector": detector, "line": line} for detector, line in run.found],
            "ok": run.ok,
            "tried": run.tried,
        }
        for run in report.runs
    ]
    return {
        "patterns": report.patterns,
        "examples": runs,
        "failures": problem_fields(report.failures),
        "notes": problem_fields(report.notes),
        "exit_code": 1 if report.failures else 0,
    }


def check_fields(steps: Sequence[CheckStep]) -> dict[str, Any]:
    """The answer, and the steps it was made of."""
    ok = all(step.ok for step in steps)
    parts = [
        {
            "name": one.name,
            "ok": one.ok,
            "summary": one.summary,
            "problems": problem_fields(one.problems),
            "notes": problem_fields(one.notes),
        }
        for one in steps
    ]
    return {"ok": ok, "steps": parts, "exit_code": 0 if ok else 1}


def detector_fields(facts: DetectorFacts) -> dict[str, Any]:
    """All that is known of a detector; `exempt` by the name of the path set."""
    expression = {"kind": facts.expression.kind} | asdict(facts.expression)
    exempt = {name: list(globs) for name, globs in facts.exempt}
    site = {"kind": facts.site.kind} | asdict(facts.site) if facts.site else None
    return asdict(facts) | {"expression": expression, "exempt": exempt, "site": site}
