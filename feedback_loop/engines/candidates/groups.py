"""Pairs of many commits -> groups of one shape: what fixes took out again and again (H68)."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from feedback_loop.domain.candidate import LEAST_COMMITS, LEAST_FILES, LEAST_WEEKS
from feedback_loop.domain.history import NO_TIME
from feedback_loop.domain.period import WEEK
from feedback_loop.engines.candidates.shapes import Sample

# Of the tokens of two cores, as difflib counts them: the less is known of what came, the more.
_ALIKE_IF_REPLACED, _ALIKE, _ALIKE_IF_GONE = 0.4, 0.6, 0.75
_COMPARED = 120  # tokens of a core that are compared
_LEADERS = 60  # shapes of one kind that a pair is compared with: the newest
Kind = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass
class Group:
    """Samples of one shape; the first is the oldest, and the shape is named after it."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        """Language, what is gone, what came."""
        first = self.samples[0]
        return first.language, first.gone, first.come

    @property
    def shape(self) -> str:
        """16 hex digits that stay when evidence is added."""
        said = json.dumps([*self.kind, self.samples[0].core])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def commits(self) -> tuple[str, ...]:
        """Each once, in the order of the samples."""
        return tuple(dict.fromkeys(one.pair.commit for one in self.samples))

    @property
    def files(self) -> int:
        """How many different paths."""
        return len({one.pair.path for one in self.samples})

    def span(self, times: Mapping[str, int]) -> tuple[int, int]:
        """Committer times of the first fix and the last; a clock that says nothing has no vote."""
        found = [times[one] for one in self.commits if times[one] != NO_TIME] or [0]
        return min(found), max(found)


def group_samples(samples: Iterable[Sample], times: Mapping[str, int]) -> list[Group]:
    """The groups with enough evidence, by commits x files, the most first.

    `samples` are in the order of history, `times` committer times by full id. Near-duplicates are merged: one
    group holds what takes out the same, puts in the same, and looks alike on the lines that do so. A mistake
    that fixes made at least half as often the other way round is a matter of taste, and left out.
    """
    by_kind: dict[Kind, list[Sample]] = {}
    for one in _once(samples):
        by_kind.setdefault((one.language, one.gone, one.come), []).append(one)
    commits = {kind: len({one.pair.commit for one in found}) for kind, found in by_kind.items()}
    groups = [
        group
        for kind, found in by_kind.items()
        if commits[kind] >= LEAST_COMMITS
        for group in _alike(found)
        if _is_evidence(group, times) and not _is_undone(group, commits)
    ]
    return sorted(groups, key=lambda one: (-len(one.commits) * one.files, one.shape))


def _once(samples: Iterable[Sample]) -> list[Sample]:
    """Without the copies of a change: a cherry-pick has the same pairs as its source."""
    by_commit: dict[str, list[Sample]] = {}
    for one in samples:
        by_commit.setdefault(one.pair.commit, []).append(one)
    seen: set[tuple[tuple[str, str, str], ...]] = set()
    kept = []
    for found in by_commit.values():
        change = tuple((one.pair.path, one.pair.bad, one.pair.good) for one in found)
        if change not in seen:
            seen.add(change)
            kept += found
    return kept


def _alike(samples: Sequence[Sample]) -> list[Group]:
    """Each sample goes to the first group whose oldest one looks like it."""
    groups: list[Group] = []
    for one in samples:
        least = _least(one)
        for group in groups[-_LEADERS:]:
            if _looks_like(group.samples[0].core, one.core, least):
                group.samples.append(one)
                break
        else:
            groups.append(Group([one]))
    return groups


def _least(sample: Sample) -> float:
    if not sample.come:
        return _ALIKE_IF_GONE
    is_replaced = sample.gone[0].startswith("@") and sample.come[0].startswith("@")
    return _ALIKE_IF_REPLACED if is_replaced else _ALIKE


def _looks_like(one: Sequence[str], other: Sequence[str], least: float) -> bool:
    if one == other:
        return True
    match = difflib.SequenceMatcher(None, one[:_COMPARED], other[:_COMPARED], autojunk=False)
    return all(ratio() >= least for ratio in (match.real_quick_ratio, match.quick_ratio, match.ratio))


def _is_evidence(group: Group, times: Mapping[str, int]) -> bool:
    first, last = group.span(times)
    enough = len(group.commits) >= LEAST_COMMITS and group.files >= LEAST_FILES
    return enough and last - first >= LEAST_WEEKS * WEEK


def _is_undone(group: Group, commits: Mapping[Kind, int]) -> bool:
    language, gone, come = group.kind
    return 2 * commits.get((language, come, gone), 0) >= len(group.commits)
