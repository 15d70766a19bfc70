"""Detectors of candidates on trial: their own examples, then the last commits (H69)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedback_loop.api.breadth import LEAST_LINES
from feedback_loop.api.history.candidate_patterns import active_of
from feedback_loop.api.library import gate
from feedback_loop.domain.candidate import Candidate
from feedback_loop.domain.changes import FileDiff
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.diff import added_file
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.library import Library
from feedback_loop.engines.compile import compile_library
from feedback_loop.engines.scan import scan
from feedback_loop.engines.scan.sieve import Sieve
from feedback_loop.formats.history_stream import read_files
from feedback_loop.workspace import Workspace

NOISY = 50.0  # finds per 1,000 added lines
_BULK = 10_000  # added lines of one file: generated


@dataclass(frozen=True)
class Trial:
    """How a detector did: `finds` in `lines` added lines of `commits` commits, `fixed` of them taken out
    again. `against` is what its own examples have against it, "" if nothing."""

    commits: int
    lines: int = 0
    finds: int = 0
    fixed: int = 0
    against: str = ""

    @property
    def rate(self) -> float:
        """Finds per 1,000 added lines; 0 without lines."""
        return 1000 * self.finds / self.lines if self.lines else 0.0

    @property
    def passed(self) -> bool:
        """Whether it may be proposed. Of very few lines nobody can say that it is noisy."""
        return not self.against and (self.lines < LEAST_LINES or self.rate < NOISY)

    @property
    def words(self) -> str:
        """The replay in words."""
        return (
            f"{self.rate:.1f} finds per 1,000 added lines ({self.finds} in {self.lines} of the last "
            f"{self.commits} commits, {self.fixed} of them fixed later)"
        )

    @property
    def why(self) -> str:
        """Why it may not be proposed; "" if it may."""
        return self.against or ("" if self.passed else f"the best one is noisy, {self.words}")


def try_detectors(
    workspace: Workspace, candidates: Sequence[Candidate], commits: Sequence[str]
) -> dict[str, Trial]:
    """The trial of each candidate's detector, by its name. `commits` are full ids, the oldest first."""
    if not candidates:
        return {}
    settings, problems = workspace.settings()
    patterns = tuple(active_of(one, settings.patterns) for one in candidates)
    library = Library("", patterns)
    against: dict[str, str] = {}
    for failure in gate(library):
        if not failure.note:
            against.setdefault(failure.pattern, failure.problem.message)
    compiled = compile_library(library, settings, problems, raw_levels=True)
    counts = _replay(workspace, compiled, commits)
    return {
        one.name: replace(counts.of(one.name, len(commits)), against=against.get(one.name, ""))
        for one in patterns
    }


class _Counts:
    """What was found, by the pattern's name."""

    def __init__(self) -> None:
        self.lines: Counter[str] = Counter()
        self.finds: Counter[str] = Counter()
        self.fixed: Counter[str] = Counter()
        self._there: Counter[tuple[str, str, str]] = Counter()

    def add(self, pattern: str, path: str, text: str) -> None:
        self.finds[pattern] += 1
        self._there[pattern, path, text] += 1

    def remove(self, pattern: str, path: str, text: str) -> None:
        if self._there[pattern, path, text]:
            self._there[pattern, path, text] -= 1
            self.fixed[pattern] += 1

    def of(self, name: str, commits: int) -> Trial:
        return Trial(commits, self.lines[name], self.finds[name], self.fixed[name])


def _replay(workspace: Workspace, compiled: CompiledLibrary, commits: Sequence[str]) -> _Counts:
    """The detectors read lines one by one: without context they say the same as with it."""
    counts = _Counts()
    if not compiled.detectors or not commits:
        return counts
    sieve = Sieve(compiled)
    for record in workspace.git.history.patches(commits, ()):
        for file in read_files(record):
            if file.added <= _BULK:
                _count(counts, compiled, sieve, file)
    return counts


def _count(counts: _Counts, compiled: CompiledLibrary, sieve: Sieve, file: FileDiff) -> None:
    path = file.path.decode("utf-8", "surrogateescape")
    scope = sieve.in_scope(path, language_of(path))
    if not scope:
        return
    counts.lines.update({one.pattern: file.added for one in scope})
    for sign, tell in ((-1, counts.remove), (1, counts.add)):
        text = b"".join(row.text + b"\n" for row in file.rows(sign))
        result = scan([added_file(text, file.path)], compiled)
        for one in (*result.findings, *(taken.finding for taken in result.suppressed)):
            tell(one.pattern, path, one.snippet)
