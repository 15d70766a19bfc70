"""Generated code, checked: compiler, every detector, undefined names, on request tests (D27)."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.diff import added_file
from feedback_loop.domain.finding import CANNOT_LOAD, OWN, Finding, ScanResult, notice
from feedback_loop.domain.fingerprint import fingerprint
from feedback_loop.domain.generation import Verification
from feedback_loop.domain.library import Library
from feedback_loop.domain.settings import Settings
from feedback_loop.engines import compile as compiling
from feedback_loop.engines.generate.source import compiled, parsed
from feedback_loop.engines.generate.undefined import find_undefined
from feedback_loop.engines.scan import scan
from feedback_loop.stores.test_run import TestRun, run_tests

_PATH = b"generated.py"
_UNHEEDED = "a comment that takes findings away was not heeded"
_STARRED = "`import *`: undefined names cannot be told"
UNSPOKEN = "none of the patterns' tests speaks of this code"
_TOO_DEEP = "nested too deep to tell undefined names"


def detecting_library(library: Library) -> CompiledLibrary:
    """All detectors of the active patterns, those that the settings switch off included, for `verify`."""
    return compiling.compile_library(library, Settings(), [], raw_levels=True)


def verify(code: str, detecting: CompiledLibrary, *, tests: Sequence[str] = ()) -> Verification:
    """What the checks say of the code, whatever text it is: it never raises, and runs only the tests.

    Every detector of the library is asked, wherever its globs would have it; no comment takes a finding
    away. A detector that could not read the code is a finding of the tool's own (an engine that is not
    installed is a warning). The tests are run on code that is valid without them alone.
    """
    source = compiled(code)
    if source.tree is None:
        return Verification(compilation_error=source.error, warnings=source.warnings)
    undefined = find_undefined(source.tree)
    if undefined is None:
        return Verification(compilation_error=_TOO_DEEP, warnings=source.warnings)
    result = scan([added_file(code.encode(), _PATH)], _everywhere(detecting), sites=True)
    missing = [entry.reason for entry in result.not_checked if CANNOT_LOAD in entry.reason]
    notes = (
        *((_UNHEEDED,) if result.suppressed else ()),
        *((_STARRED,) if _has_star(source.tree) else ()),
        *sorted(set(missing)),
    )
    findings = _findings(result)
    sound = tests and not findings and not undefined
    run = _tested(code, tests) if sound else TestRun(None, "")
    return Verification(
        findings=findings,
        undefined=undefined,
        warnings=(*source.warnings, *notes),
        tests={True: "passed", False: "failed", None: ""}[run.passed],
        test_output=run.output,
        present=frozenset(pattern for pattern, _, _ in result.sites),
    )


def _everywhere(library: CompiledLibrary) -> CompiledLibrary:
    """A copy whose detectors look at every path: code that was generated has no place yet."""
    copy = CompiledLibrary.from_tuple(library.to_tuple())
    copy.exclude = ()
    for one in copy.detectors:
        _widen(one)
    return copy


def _widen(detector: CompiledDetector) -> None:
    detector.include = detector.exclude = ()


def _findings(result: ScanResult) -> tuple[Finding, ...]:
    """Suppressed ones too, what the tool says of suppressions not; what was not read stands for a finding."""
    found = [one for one in result.findings if one.pattern != OWN]
    found += [one.finding for one in result.suppressed]
    found += [
        notice("not_checked", "block", _PATH, 1, f"{entry.detector}: {entry.reason}", "", _key(entry.reason))
        for entry in result.not_checked
        if CANNOT_LOAD not in entry.reason
    ]
    return tuple(sorted(found, key=lambda one: one.sort_key()))


def _key(reason: str) -> str:
    return fingerprint("not_checked", _PATH, reason, 0)


def _has_star(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for node in ast.walk(tree)
    )


# -- tests ---------------------------------------------------------------------------------------


def _tested(code: str, tests: Sequence[str]) -> TestRun:
    """The tests that speak of this code, run; the others say nothing about it and are named.

    Passed = every one of them ran and passed. Where none could be run their names stand indented below a
    line that says so.
    """
    lacking = [_lacking(code, test) for test in tests]
    fit = [test for test, reason in zip(tests, lacking, strict=True) if not reason]
    if not fit:
        return TestRun(None, "\n".join([UNSPOKEN, *(f"  {reason}" for reason in lacking)]))
    notes = [f"not run: {reason}" for reason in lacking if reason]
    run = run_tests(code, fit)
    passed = None if run.passed and notes else run.passed
    return TestRun(passed, "\n".join([*notes, run.output] if run.output else notes))


def _lacking(code: str, test: str) -> str:
    """Why the test cannot be held against the code; "" if it can."""
    tree = parsed(f"{code}\n{test}")
    missing = None if tree is None else find_undefined(tree)
    if missing is None:
        return "a test that does not parse behind the code"
    return f"the code has no {', '.join(missing)}" if missing else ""
