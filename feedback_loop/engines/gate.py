"""The two-way example gate: every bad example is found, no good example is (GATE-1 to GATE-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from feedback_loop.detectors import kinds
from feedback_loop.domain.finding import Finding, ScanResult
from feedback_loop.domain.languages import SUFFIXES, language_of
from feedback_loop.domain.pattern import AstGrep, Builtin, Detector, Example, Pattern
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
        failures += _caps(pattern)
        if pattern.detectors:
            failures += _missing(pattern)
            failures += _bad_examples(pattern, scan)
            failures += _idle_sites(pattern)
        failures += _good_examples(pattern, scan)
    return failures


def example_path(example: Example) -> str:
    """Where the example pretends to live: its `path=`, else `example` with its language's suffix."""
    suffix = SUFFIXES.get(example.language, (".txt",))[0]
    return example.path or "example" + suffix


def _caps(pattern: Pattern) -> list[Failure]:
    failures = []
    for side, examples in (("bad", pattern.bad), ("good", pattern.good)):
        if len(examples) > MAX_EXAMPLES:
            failures.append(_failure(pattern, 0, f"more than {MAX_EXAMPLES} {side} examples"))
        for example in examples:
            if len(example.code.encode()) > MAX_EXAMPLE_BYTES:
                failures.append(_failure(pattern, example.line, "example larger than 8 KiB"))
    return failures


def _within_caps(examples: tuple[Example, ...]) -> list[Example]:
    return [one for one in examples[:MAX_EXAMPLES] if len(one.code.encode()) <= MAX_EXAMPLE_BYTES]


def _missing(pattern: Pattern) -> list[Failure]:
    """Without an example on each side in a language it reads, a detector cannot be trusted."""
    failures = []
    for side, examples in (("bad", pattern.bad), ("good", pattern.good)):
        shown = {_language(example) for example in examples}
        mute: dict[str, list[str]] = {}
        for one in pattern.detectors:
            wanted = _speaks(pattern, one)
            if not shown or (wanted and not shown.intersection(wanted)):
                mute.setdefault(" or ".join(wanted), []).append(one.id)
        for language, detectors in sorted(mute.items()):
            where = f" in {language}" if language else ""
            text = f"no {side} example{where}: its detectors cannot be trusted"
            failures.append(_failure(pattern, 0, text, tuple(detectors)))
    return failures


def _speaks(pattern: Pattern, detector: Detector) -> tuple[str, ...]:
    """The languages a detector reads; none = all."""
    expression = detector.expression
    if isinstance(expression, Builtin):
        return (expression.name.partition(".")[0],)
    if isinstance(expression, AstGrep):
        return (expression.language,)
    return detector.languages or pattern.languages


def _language(example: Example) -> str:
    return language_of(example_path(example), example.code.encode().partition(b"\n")[0]) or ""


def _bad_examples(pattern: Pattern, scan: ScanText) -> list[Failure]:
    failures = []
    silent = {detector.id for detector in pattern.detectors}
    for example in _within_caps(pattern.bad):
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
    expected = None if example.lines is None else len(example.lines)
    if example.lines is not None and lines != example.lines:
        text = f"bad example: expected findings on lines {_numbers(example.lines)}, found {_numbers(lines)}"
    elif example.findings is not None and len(found) != example.findings:
        expected = example.findings
        text = f"bad example: expected {example.findings} findings, found {len(found)}"
    elif not found and not _for_people_only(pattern, example):
        text = "bad example: nothing is found"
    else:
        return []
    wrong = [one for one in found if example.lines is not None and one.line not in example.lines]
    if not wrong and expected is not None and len(found) > expected:
        wrong = found
    # Who fired where it should not is guilty; who should have fired and did not cannot be told.
    return [_failure(pattern, example.line, text, tuple(sorted({one.detector for one in wrong})) or None)]


def _for_people_only(pattern: Pattern, example: Example) -> bool:
    """Whether it is written in a language that no detector of the pattern reads, and promises nothing."""
    language = _language(example)
    silent = example.lines is None and example.findings is None
    read = [_speaks(pattern, one) for one in pattern.detectors]
    return silent and language != "" and all(wanted and language not in wanted for wanted in read)


def _good_examples(pattern: Pattern, scan: ScanText) -> list[Failure]:
    failures = []
    for example in _within_caps(pattern.good):
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


def _idle_sites(pattern: Pattern) -> list[Failure]:
    """A site that not even the examples have would make every plan "not applicable" (DET-10)."""
    examples = [*_within_caps(pattern.bad), *_within_caps(pattern.good)]
    return [
        _failure(pattern, 0, f"{pattern.name}/{one.id}: its site is in none of the examples", (one.id,))
        for one in pattern.detectors
        if one.site is not None and not any(_has_site(pattern, one, example) for example in examples)
    ]


def _has_site(pattern: Pattern, detector: Detector, example: Example) -> bool:
    language, wanted = _language(example), _speaks(pattern, detector)
    if detector.site is None or (wanted and language not in wanted):
        return False
    dialect = "tsx" if language == "typescript" and example_path(example).endswith(".tsx") else language
    try:
        return kinds.occurs(detector.site, example.code.encode(), dialect)
    except kinds.UnfitError:
        return True  # told elsewhere: it cannot run at all


def _run(example: Example, scan: ScanText) -> ScanResult:
    return scan(example_path(example).encode(), example.code.encode(), True)


def _unusable(pattern: Pattern, example: Example, result: ScanResult, scan: ScanText) -> list[Failure]:
    failures = [
        replace(_failure(pattern, example.line, f"example: {entry.reason}"), note=not pattern.detectors)
        for entry in result.not_checked
    ]
    unfiltered = scan(example_path(example).encode(), example.code.encode(), False)
    for one in unfiltered.findings:
        if one.sort_key() not in {other.sort_key() for other in result.findings}:
            text = f"{one.rule_id}: its prefilter hides the finding on line {one.line}"
            problem = Problem(pattern.path + ".md", example.line, text)
            failures.append(Failure(one.pattern, (one.detector,), problem))
    return failures


def _failure(pattern: Pattern, line: int, text: str, detectors: tuple[str, ...] | None = None) -> Failure:
    guilty = tuple(one.id for one in pattern.detectors) if detectors is None else detectors
    return Failure(pattern.name, guilty, Problem(pattern.path + ".md", line, text))


def _numbers(lines: tuple[int, ...]) -> str:
    return ",".join(map(str, lines)) or "none"
