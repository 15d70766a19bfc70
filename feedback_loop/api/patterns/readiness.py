"""Proposals: what they still need before a person can take them into force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from feedback_loop.api.breadth import too_broad
from feedback_loop.api.library import gate
from feedback_loop.api.patterns.decisions import own_settings
from feedback_loop.api.patterns.failures import read_failures
from feedback_loop.api.patterns.questions import cannot_run
from feedback_loop.domain.failure_list import FailureList
from feedback_loop.domain.gap import is_failure
from feedback_loop.domain.library import Library
from feedback_loop.domain.library_moves import Proposal
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.engines.lint import incomplete, unwritten
from feedback_loop.stores.library import conflicts
from feedback_loop.stores.library_moves import place
from feedback_loop.workspace import Workspace


def list_proposals(workspace: Workspace) -> list[Proposal]:
    """Every proposal by name, each tried as if it alone were accepted; those that cannot be read as well.

    Raises UserError for broken settings and a repository without a library of its own.
    """
    folder = own_settings(workspace).patterns
    library = workspace.library(folder)
    below = place(folder, "proposed", "")
    waiting = [one for one in library.patterns if one.state == "proposed"]
    failures = read_failures(workspace, Library(library.source, tuple(waiting)))
    found = [_seen(judge(workspace, library, one), failures) for one in waiting]
    broken: dict[str, list[str]] = {}
    for problem in library.problems:
        if problem.path.startswith(below):
            name = problem.path.removeprefix(below).rpartition(".")[0]
            broken.setdefault(name, []).append(str(problem))
    for one in waiting:  # read, but in conflict with another: that is told with its gate
        broken.pop(one.name, None)
    found += [Proposal(name, below + name, problems=tuple(told)) for name, told in broken.items()]
    return sorted(found, key=lambda one: one.name)


def _seen(proposal: Proposal, failures: FailureList) -> Proposal:
    record = failures.find(proposal.name)
    return replace(proposal, runs=record.runs, hits=record.hits) if record else proposal


def judge(workspace: Workspace, library: Library, pattern: Pattern, replaces: str = "") -> Proposal:
    """What the pattern needs to be active in this library, whatever state it is in there.

    Complete = a description or problems, a bad and a good example, guidance, no words of the draft left
    (A17). What a failure left behind needs no examples: its signature recognises it, and its guidance says
    what is right (C1). `replaces` is the path, without ending, of a pattern of the library whose place it
    takes.
    """
    active = replace(pattern, state="active")
    others = tuple(one for one in library.patterns if one.path not in (pattern.path, replaces))
    needed: dict[str, object] = {
        "description": pattern.description or pattern.problems,
        "bad example": pattern.bad,
        "good example": pattern.good,
        "guidance": pattern.guidance.strip(),
    }
    if is_failure(pattern) and pattern.signatures and not pattern.detectors:
        needed = {part: there for part, there in needed.items() if not part.endswith("example")}
    draft = unwritten(pattern)
    missing = [part for part, there in needed.items() if not there or part in draft]
    missing += [part for part in draft if part not in needed]
    wanting = [_part(one) for one in incomplete(pattern)]
    return Proposal(
        pattern.name,
        pattern.path,
        pattern.title,
        pattern.origin,
        tuple(missing),
        _against(workspace, Library(library.source, (*others, active)), active),
        tuple(part for part in wanting if part not in missing),
    )


def _part(problem: Problem) -> str:
    """`no references: …` -> `references`."""
    return problem.message.partition(":")[0].removeprefix("no ").removeprefix("/")


def _against(workspace: Workspace, trial: Library, pattern: Pattern) -> tuple[str, ...]:
    """What speaks against this pattern being active in the library: its gate, its detectors, its names."""
    files = pattern.path + ".md", pattern.path + ".json"
    failures = [one for one in gate(trial) if not one.note]
    found: list[Problem] = [one for one in conflicts(list(trial.patterns)) if one.path in files]
    found += cannot_run(trial, [pattern])
    found += [one.problem for one in failures if one.pattern == pattern.name or one.problem.path == files[0]]
    found += too_broad(workspace, trial, [pattern])
    return _told(found, files)


def _told(problems: Iterable[Problem], own: tuple[str, str]) -> tuple[str, ...]:
    """Each once; a place in another pattern's file is told with its path."""
    told = (
        str(replace(one, path=one.path.rpartition("/")[2]) if one.path in own else one) for one in problems
    )
    return tuple(dict.fromkeys(told))
