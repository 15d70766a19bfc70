"""Candidates: patterns that the repository's own fixes suggest (H67 to H69). Offline and deterministic."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from feedback_loop.api.history.candidate_patterns import write_candidate
from feedback_loop.api.history.trial import Trial, try_detectors
from feedback_loop.domain.candidate import Candidate, Pair
from feedback_loop.domain.event import Event
from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.domain.history import BOUNDARY, COPY, FIX, MERGE, PASSED_OVER, REVERT, History
from feedback_loop.domain.languages import SUFFIXES
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.pattern import Detector
from feedback_loop.domain.settings import NEVER_SCANNED, Settings
from feedback_loop.engines.candidates.detector import find_regex
from feedback_loop.engines.candidates.groups import Group, group_samples
from feedback_loop.engines.candidates.shapes import Sample, pairs_of, read_sample
from feedback_loop.engines.candidates.wording import name_of, title_of
from feedback_loop.formats.history_stream import read_files
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace

if TYPE_CHECKING:
    from feedback_loop.domain.globs import GlobSet

__all__ = ["find_candidates", "write_candidate"]
REPLAYED = 200  # of the last commits, merges left out
_MOST = 50  # candidates that are tried: nobody reads more
_NEWEST = 1000  # fixes: what a team mended ten years ago is no lesson of today's, and each is read anew


def find_candidates(
    workspace: Workspace, history: History, events: Sequence[Event] | None = None
) -> tuple[Candidate, ...]:
    """What fixes took out again and again, the most evidence first; at most 50.

    Left out are shapes that a pattern of the library already came from, that its detectors find,
    and those rejected while their evidence has not doubled since; `events` (None = those of the work tree)
    tell which. Raises UserError or MachineFault as git.
    """
    settings, _ = workspace.settings()
    library = workspace.library(settings.patterns)
    times = dict(zip(history.commits.oids, history.commits.times, strict=True))
    samples = read_samples(workspace, fixes(history), _excluded(settings))
    named = _named(group_samples(samples, times), library, times)
    known = {one.origin.sha256 for one in library.patterns if one.origin.sha256}
    finders = _finders(history)
    rejected = _rejections(read_events(workspace.root).events if events is None else events)
    waiting = (
        (one, group)
        for one, group in named
        if one.sha256 not in known and not _is_rejected(one, times, rejected) and not _is_found(one, finders)
    )
    return _with_detectors(workspace, list(islice(waiting, _MOST)), _last(history))


def fixes(history: History) -> list[str]:
    """Full ids of the newest commits that mend something, in the order of reports; no merges (H67)."""
    commits = history.commits
    chosen = [
        number
        for number, flags in enumerate(commits.flags)
        if flags & (FIX | REVERT) and not flags & (MERGE | BOUNDARY | PASSED_OVER | COPY)
    ]
    return [commits.oids[number] for number in sorted(chosen, key=commits.order)[-_NEWEST:]]


def read_samples(workspace: Workspace, oids: Sequence[str], excluded: GlobSet) -> Iterator[Sample]:
    """The pairs of these commits that something tells, in order."""
    for pair in read_pairs(workspace, oids):
        if not matches(excluded, pair.path) and (sample := read_sample(pair)) is not None:
            yield sample


def read_pairs(workspace: Workspace, oids: Sequence[str]) -> Iterator[Pair]:
    """The pairs of these commits, in order, from one stream of git's."""
    if oids:
        for record in workspace.git.history.patches(oids, ()):
            yield from pairs_of(oids[record.number], read_files(record))


def _excluded(settings: Settings) -> GlobSet:
    return compile_globs((*NEVER_SCANNED, *settings.exclude))


def _last(history: History) -> list[str]:
    """The last commits that are no merges, the oldest first."""
    commits = history.commits
    plain = [one for one, flags in enumerate(commits.flags) if not flags & (MERGE | BOUNDARY)]
    return [commits.oids[one] for one in sorted(plain, key=commits.order)[-REPLAYED:]]


# -- from groups to candidates ---------------------------------------------------------------------


def _named(
    groups: Sequence[Group], library: Library, times: Mapping[str, int]
) -> Iterator[tuple[Candidate, Group]]:
    """Each with a name that neither the library nor a candidate before it has."""
    given: set[str] = set()

    def is_taken(name: str) -> bool:
        return name in given or library.find(name) is not None

    for group in groups:
        language, gone, come = group.kind
        name = name_of(gone, come, group.shape, is_taken)
        given.add(name)
        pairs = tuple(one.pair for one in group.samples)
        first, last = group.span(times)
        yield (
            Candidate(
                group.shape,
                name,
                title_of(gone, come),
                language,
                pairs,
                group.commits,
                group.files,
                first,
                last,
            ),
            group,
        )


def _with_detectors(
    workspace: Workspace, found: Sequence[tuple[Candidate, Group]], commits: Sequence[str]
) -> tuple[Candidate, ...]:
    drafts = [replace(one, detector=regex_detector(one, group.samples)) for one, group in found]
    trials = try_detectors(workspace, [one for one in drafts if one.detector], commits)
    return tuple(with_trial(one, trials.get(one.name)) for one in drafts)


def regex_detector(candidate: Candidate, samples: Sequence[Sample]) -> Detector | None:
    """A hint that finds what the bad sides have in common; None if there is nothing."""
    expression = find_regex(samples)
    if expression is None:
        return None
    languages = (candidate.language,) if candidate.language in SUFFIXES else ()
    return Detector("mined", expression, f"{candidate.title}: fixes did so", "hint", languages)


def with_trial(candidate: Candidate, trial: Trial | None) -> Candidate:
    """The candidate with the detector that stood its trial, or none, and the evidence in words."""
    count = len(candidate.pairs)
    told = candidate.counts
    if candidate.detector is None or trial is None:
        return replace(candidate, detector=None, reason=f"{told}; no detector found")
    if not trial.passed:
        return replace(candidate, detector=None, reason=f"{told}; no detector found: {trial.why}")
    found = f"finds {count} of {count} bad, 0 of {count} good; {trial.words}"
    return replace(candidate, reason=f"{told}; {found}")


# -- what is known already -------------------------------------------------------------------------


def _finders(history: History) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """(commit, path) -> (line, pattern) of what the library's detectors saw go."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for fact in history.written:
        if fact.sign < 0:
            key = history.commits.oids[fact.commit], fact.path
            found.setdefault(key, []).append((fact.line, fact.pattern))
    return found


def _is_found(candidate: Candidate, finders: Mapping[tuple[str, str], Sequence[tuple[int, str]]]) -> bool:
    """Whether one pattern of the library finds at least half of the bad sides where they stood."""
    counts: Counter[str] = Counter()
    for pair in candidate.pairs:
        last = pair.line + pair.bad.count("\n")
        there = finders.get((pair.commit, pair.path), ())
        counts.update({pattern for line, pattern in there if pair.line <= line <= last})
    return bool(counts) and 2 * max(counts.values()) >= len(candidate.pairs)


def _rejections(events: Sequence[Event]) -> dict[str, int]:
    """When the proposal of a shape was last rejected, by the hash that its origin named."""
    found: dict[str, int] = {}
    for event in events:
        if event.kind == "decision":
            data = json.loads(event.data)
            at = parse_moment(event.at)
            if data.get("action") == "reject" and data.get("sha256") and at is not None:
                found[str(data["sha256"])] = at
    return found


def _is_rejected(candidate: Candidate, times: Mapping[str, int], rejected: Mapping[str, int]) -> bool:
    """Whether a person said no, and fewer than twice the fixes speak for it now (H64)."""
    at = rejected.get(candidate.sha256)
    if at is None:
        return False
    then = sum(times[one] <= at for one in candidate.commits)
    return len(candidate.commits) < 2 * max(then, 1)
