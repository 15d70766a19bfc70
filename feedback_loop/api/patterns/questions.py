"""The pattern library as people ask about it: find, list, lint, try the examples, check."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from feedback_loop.api.application.rules import rule_faults
from feedback_loop.api.breadth import too_broad
from feedback_loop.api.library import example_scanner, gate, open_library
from feedback_loop.api.patterns.unraised import unraised_in_tree
from feedback_loop.api.plan_files import plan_problems
from feedback_loop.api.routing.table import trigger_faults
from feedback_loop.domain.finding import level_rank
from feedback_loop.domain.library import Library
from feedback_loop.domain.library_report import (
    CheckStep,
    ExampleRun,
    GateReport,
    LintReport,
    ListedPattern,
)
from feedback_loop.domain.pattern import Example, Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import Settings
from feedback_loop.domain.text import counted
from feedback_loop.engines.compile import compile_library
from feedback_loop.engines.gate import Failure, ScanText, example_path
from feedback_loop.engines.lint import incomplete, slow_lane, unwritten
from feedback_loop.errors import UserError
from feedback_loop.formats.pattern_doc import format_json
from feedback_loop.workspace import Workspace


def find_pattern(library: Library, name: str) -> Pattern:
    """The pattern of this name or the one that supersedes it.

    Raises UserError with the closest names if there is none, with its problems if it cannot be read.
    """
    pattern = library.find(name)
    if pattern is not None:
        return pattern
    broken = [problem for problem in library.problems if _stem(problem) == name]
    if broken:
        raise UserError(
            "\n".join([f"the pattern {name} cannot be used:", *map(str, broken)]),
            "mend it; `feedback-loop pattern lint` names every problem",
        )
    close = library.closest(name)
    hint = f"did you mean {either(close)}?" if close else "`feedback-loop pattern list` names them all"
    raise UserError(f"no pattern is called {name!r}", hint)


def either(names: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _stem(problem: Problem) -> str:
    return problem.path.rpartition("/")[2].rpartition(".")[0]


def pattern_document(pattern: Pattern) -> dict[str, Any]:
    """All fields of both files, for programs."""
    prose = {
        "title": pattern.title,
        "description": pattern.description,
        "problems": pattern.problems,
        "bad_examples": [_example_fields(example) for example in pattern.bad],
        "good_examples": [_example_fields(example) for example in pattern.good],
        "benefits": pattern.benefits,
        "tests": [_example_fields(example) for example in pattern.tests],
        "references": pattern.references,
        "sections": [{"title": section.title, "body": section.body} for section in pattern.other],
        "state": pattern.state,
        "path": pattern.path,
    }
    executable: dict[str, Any] = json.loads(format_json(pattern))
    return executable | prose


def _example_fields(example: Example) -> dict[str, Any]:
    return {
        "code": example.code,
        "language": example.language,
        "path": example.path,
        "findings": example.findings,
        "lines": example.lines,
        "line": example.line,
    }


def list_patterns(workspace: Workspace) -> tuple[Library, list[ListedPattern]]:
    """The library, and its patterns of every state with their levels."""
    settings, _ = workspace.settings()
    library = open_library(workspace)
    compiled = compile_library(in_force(library, library.patterns), settings, [])
    highest: dict[str, str] = {}
    for one in compiled.detectors:
        highest[one.pattern] = max(one.level, highest.get(one.pattern, "off"), key=level_rank)
    listed = [
        ListedPattern(pattern, highest.get(pattern.name, "off") if pattern.detectors else "")
        for pattern in sorted(library.patterns, key=lambda pattern: pattern.name)
    ]
    return library, listed


def in_force(library: Library, chosen: Iterable[Pattern]) -> Library:
    """The library as it would be with these patterns active."""
    paths = {pattern.path for pattern in chosen}
    patterns = [replace(one, state="active") if one.path in paths else one for one in library.patterns]
    return replace(library, patterns=tuple(patterns), problems=())


# -- lint --------------------------------------------------------------------------------------


def lint(workspace: Workspace, names: Sequence[str] = ()) -> LintReport:
    """Format problems of every document, and what the patterns named (or else the active ones) lack.

    Raises UserError for a name that belongs to no file.
    """
    library = open_library(workspace)
    problems = [one for one in library.problems if not names or _stem(one) in names]
    broken = {_stem(one) for one in problems}
    chosen = [find_pattern(library, name) for name in names if name not in broken]
    if not names:
        chosen = list(library.active)
    notes = []
    for pattern in chosen:
        problems += incomplete(pattern)
        notes += slow_lane(pattern)
        if unwritten(pattern):
            text = f"still to write: {', '.join(unwritten(pattern))}"
            notes.append(Problem(pattern.path + ".md", 0, text))
    problems += cannot_run(in_force(library, chosen), chosen)
    return LintReport(len(chosen) + len(broken), tuple(sorted(set(problems))), tuple(sorted(notes)))


def cannot_run(library: Library, chosen: Iterable[Pattern]) -> list[Problem]:
    """Detectors of these patterns, active ones of the library, whose expression is unsound or unknown."""
    paths = {pattern.path + ".json" for pattern in chosen}
    faults = map(_as_problem, compile_library(library, Settings(), [], raw_levels=True).problems)
    return [fault for fault in faults if fault.path in paths]


def _as_problem(text: str) -> Problem:
    """A compiled library's problem; its paths hold no colon, a folder's name may not."""
    path, _, message = text.partition(": ")
    return Problem(path, 0, message)


# -- the example gate --------------------------------------------------------------------------


def try_examples(workspace: Workspace, names: Sequence[str] = ()) -> GateReport:
    """The two-way gate for the patterns named, whatever their state, or else for the active ones.

    A document that cannot be read is a failure: its examples were not tried. Raises UserError for a
    name that belongs to no file.
    """
    library = open_library(workspace)
    chosen = [find_pattern(library, name) for name in names] or list(library.active)
    trial = in_force(library, chosen)
    failures = [one for one in gate(trial) if _concerns(one, chosen)]
    scan = example_scanner(trial)
    unread = () if names else library.problems
    faults = [*unread, *cannot_run(trial, chosen), *(one.problem for one in failures if not one.note)]
    faults += too_broad(workspace, trial, chosen)
    return GateReport(
        len(chosen),
        tuple(run for pattern in chosen for run in _runs(pattern, scan, failures)),
        tuple(sorted(set(faults))),
        tuple(sorted({one.problem for one in failures if one.note})),
    )


def _concerns(failure: Failure, chosen: Iterable[Pattern]) -> bool:
    """Whether a chosen pattern's detector or example is part of it."""
    return any(one.name == failure.pattern or one.path + ".md" == failure.problem.path for one in chosen)


def _runs(pattern: Pattern, scan: ScanText, failures: Iterable[Failure]) -> list[ExampleRun]:
    broken = {
        one.problem.line for one in failures if not one.note and one.problem.path == pattern.path + ".md"
    }
    sides = (("bad", pattern.bad), ("good", pattern.good))
    return [
        _run(pattern, side, number, example, scan, broken)
        for side, examples in sides
        for number, example in enumerate(examples, 1)
    ]


def _run(
    pattern: Pattern, side: str, number: int, example: Example, scan: ScanText, broken: set[int]
) -> ExampleRun:
    result = scan(example_path(example).encode(), example.code.encode(), True)
    found = tuple(
        (one.detector if one.pattern == pattern.name else one.rule_id, one.line)
        for one in result.findings
        if side == "good" or one.pattern == pattern.name
    )
    lines = range(example.line, example.line + example.code.count("\n") + 1)
    ok = not broken.intersection(lines)
    tried = side == "good" or bool(pattern.detectors)
    return ExampleRun(pattern.name, side, number, pattern.path + ".md", example, found, ok, tried)


# -- check -------------------------------------------------------------------------------------


def check(workspace: Workspace) -> list[CheckStep]:
    """CI's one question in parts: settings known, patterns valid, examples as promised, plans readable.

    Noted is a pattern that became another lesson under its old version.
    """
    settings, problems = workspace.settings()
    library = workspace.library(settings.patterns)
    faults = [_as_problem(text) for text in compile_library(in_force(library, ()), settings, []).problems]
    unknown = [fault for fault in faults if fault.path == settings.path]
    unknown += [*rule_faults(settings), *trigger_faults(settings)]
    invalid = [*library.problems, *(fault for fault in faults if fault.path != settings.path)]
    broken = [one.problem for one in gate(library) if not one.note]
    examples = sum(len(one.bad) + len(one.good) for one in library.active)
    read = f"{library.source}: {counted(len(library.active), 'active pattern')}"
    plans, lost = plan_problems(workspace)
    return [
        _step("settings", settings.path or "no settings file, the defaults hold", [*problems, *unknown]),
        _step("patterns", read, invalid, unraised_in_tree(workspace, library, settings.patterns)),
        _step("examples", f"{counted(examples, 'example')} tried", broken),
        _step("plans", f"{counted(plans, 'plan')} read", lost),
    ]


def _step(name: str, summary: str, problems: Iterable[Problem], notes: Iterable[Problem] = ()) -> CheckStep:
    return CheckStep(name, summary, tuple(sorted(set(problems))), tuple(notes))
