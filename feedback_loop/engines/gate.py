"""The two-way example gate: every bad example is found, no good example is (GATE-1 to GATE-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from feedback_loop.domain.finding import Finding, ScanResult
from feedback_loop.domain.languages import SUFFIXES
from feedback_loop.domain.pattern import Example, Pattern
from feedback_loop.domain.problem import Problem

MAX_EXAMPLES = 20
MAX_EXAMPLE_BYTES = 8 << 10
# (path, text, with the prefilter) -> what the whole library says about it as a new file
ScanText = Callable[[bytes, bytes, bool], ScanResult]


@dataclass(frozen=True)
class Failure:
    """One broken promise. `detectors` are the ids that must not run because of it; a note stops none."""

    pattern: str
    detectors: tuple[str, ...]
    problem: Problem
    note: bool = False


def check_examples(patterns: Iterable[Pattern], scan: ScanText) -> list[Failure]:
    """Every failure of every pattern that has detectors; `scan` runs all of their detectors."""
    failures = []
    for pattern in patterns:
        if pattern.detectors:
            failures += _caps(pattern)
            failures += _bad_examples(pattern, scan)
        failures += _good_examples(pattern, scan)
    return failures


def example_path(example: Example) -> str:
    """Where the example pretends to live: its `path=`, else `example` with its language's suffix."""
    suffix = SUFFIXES.get(example.language, (".txt",))[0]
    return example.path or "example" + suffix


def _caps(pattern: Pattern) -> list[Failure]:
    failures = []
    for side, examples in (("bad", pattern.bad), ("good", pattern.good)):
        if not examples:
            text = f"no {side} example: its detectors cannot be trusted"
            failures.append(_failure(pattern, 0, text))
        if len(examples) > MAX_EXAMPLES:
            failures.append(_failure(pattern, 0, f"more than {MAX_EXAMPLES} {side} examples"))
        for example in examples:
            if len(example.code.encode()) > MAX_EXAMPLE_BYTES:
                failures.append(_failure(pattern, example.line, "example larger than 8 KiB"))
    return failures


def _bad_examples(pattern: Pattern, scan: ScanText) -> list[Failure]:
    failures = []
    silent = {detector.id for detector in pattern.detectors}
    for example in pattern.bad:
        result = _run(example, scan)
        failures += _unusable(pattern, example, result, scan)
        found = [one for one in result.findings if one.pattern == pattern.name]
        silent -= {one.detector for one in found}
        failures += _expected(pattern, example, found)
    for detector in pattern.detectors:
        if detector.id in silent:
            text = f"{pattern.name}/{detector.id} finds none of the bad examples"
            failures.append(_failure(pattern, 0, text, (detector.id,)))
    return failures


def _expected(pattern: Pattern, example: Example, found: list[Finding]) -> list[Failure]:
    lines = tuple(one.line for one in found)
    if example.lines is not None and lines != example.lines:
        text = f"bad example: expected findings on lines {_numbers(example.lines)}, found {_numbers(lines)}"
    elif example.findings is not None and len(found) != example.findings:
        text = f"bad example: expected {example.findings} findings, found {len(found)}"
    elif not found:
        text = "bad example: nothing is found"
    else:
        return []
    guilty = tuple({one.detector for one in found}) or tuple(one.id for one in pattern.detectors)
    return [_failure(pattern, example.line, text, guilty)]


def _good_examples(pattern: Pattern, scan: ScanText) -> list[Failure]:
    failures = []
    for example in pattern.good:
        result = _run(example, scan)
        failures += _unusable(pattern, example, result, scan)
        for one in result.findings:
            own = one.pattern == pattern.name
            line = example.line + one.line - 1
            text = f"good example of {pattern.name}: {one.rule_id} finds {one.snippet.strip()!r}"
            problem = Problem(pattern.path + ".md", line, text)
            # A hint may speak up in somebody else's example; it is told, nothing more.
            note = not own and one.level == "hint"
            failures.append(Failure(one.pattern, (one.detector,), problem, note))
    return failures


def _run(example: Example, scan: ScanText) -> ScanResult:
    return scan(example_path(example).encode(), example.code.encode(), True)


def _unusable(pattern: Pattern, example: Example, result: ScanResult, scan: ScanText) -> list[Failure]:
    failures = [_failure(pattern, example.line, f"example: {entry.reason}") for entry in result.not_checked]
    unfiltered = scan(example_path(example).encode(), example.code.encode(), False)
    for one in unfiltered.findings:
        if one.sort_key() not in {other.sort_key() for other in result.findings}:
            text = f"{one.rule_id}: its prefilter hides the finding on line {one.line}"
            failures.append(_failure(pattern, example.line, text, (one.detector,)))
    return failures


def _failure(pattern: Pattern, line: int, text: str, detectors: tuple[str, ...] | None = None) -> Failure:
    guilty = tuple(one.id for one in pattern.detectors) if detectors is None else detectors
    return Failure(pattern.name, guilty, Problem(pattern.path + ".md", line, text))


def _numbers(lines: tuple[int, ...]) -> str:
    return ",".join(map(str, lines)) or "none"
