"""Which patterns a task calls for, and how surely (A55)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from feedback_loop.domain.indicators import BESIDE, GENERIC, INDICATORS, NEEDS, indicators, needs_share
from feedback_loop.domain.words import parts, word_set

_CRITICAL, _FREQUENT = 0.3, 0.2
# A severe mistake is worth a little more attention; it never makes a pattern fit.
_SEVERITY = {"medium": 0.03, "high": 0.06, "critical": 0.1}
_COMMON = 3  # from so many patterns on, a tag that most of the library has tells none of them apart
_FEW = 3  # of so many words one is enough to tell what a pattern is about


@dataclass(frozen=True)
class Candidate:
    """A pattern that may be proposed."""

    name: str
    severity: str = "medium"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A pattern that fits the task: the place of its candidate, and how surely, above 0 and up to 1.

    `telling` is whether the task names what the pattern is about, not only something that goes with it
    (an endpoint goes with NumPy values in JSON) or that is done in every task (a check).
    """

    index: int
    confidence: float
    telling: bool = field(default=True, compare=False)


def suggest(
    task: str,
    candidates: Sequence[Candidate],
    critical: Iterable[str] = (),
    frequent: Iterable[str] = (),
) -> list[Suggestion]:
    """The patterns that fit, the surest first, then by name.

    The names in `critical` and `frequent` (what a repository measured) weigh more if they fit at all.
    """
    words, found = word_set(task), indicators(task)
    known, often = frozenset(critical), frozenset(frequent)
    common = _common_tags(candidates)
    fitting = []
    for index, one in enumerate(candidates):
        own = frozenset(parts(one.name.lower())).union(*map(_tag_words, set(one.tags) - common))
        met = own & words
        score = max(needs_share(one.name, found), len(met) / len(own) if own else 0.0)
        if score > 0:
            context = _CRITICAL if one.name in known else _FREQUENT if one.name in often else 0.0
            score = min(1.0, score + context + _SEVERITY.get(one.severity, 0.0))
            fitting.append(Suggestion(index, round(score, 4), _is_telling(one.name, own, met, found)))
    return sorted(fitting, key=lambda one: (-one.confidence, candidates[one.index].name))


def _tag_words(tag: str) -> list[str]:
    return parts(tag.lower())


def _common_tags(candidates: Sequence[Candidate]) -> frozenset[str]:
    """Tags that most patterns have: they tell of the library, not of a task."""
    counts = Counter(tag for one in candidates for tag in set(one.tags))
    return frozenset(tag for tag, count in counts.items() if count >= _COMMON and 2 * count > len(candidates))


def _is_telling(name: str, own: frozenset[str], met: frozenset[str], found: frozenset[str]) -> bool:
    """A need that is no mere company, or words of its own: two of them, or a third of what it has."""
    beside = BESIDE.get(name, frozenset())
    if not found.isdisjoint(frozenset(NEEDS.get(name, ())) - beside):
        return True
    count = len(met - GENERIC.union(*(INDICATORS[one] for one in beside)))
    return count > 1 or (count == 1 and len(own) <= _FEW)
