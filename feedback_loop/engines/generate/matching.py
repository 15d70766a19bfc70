"""Which patterns fit a prompt, how surely, and which of them go into the code (A63-A65, D11b, D23)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from feedback_loop.domain.finding import SEVERITIES
from feedback_loop.domain.generation import Match, Rejected
from feedback_loop.domain.indicators import INDICATORS, NEEDS, indicators, needs_share
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.search import Hit

SUGGESTED = 0.3  # from here on a match that is not applied is suggested (D23)
_CRITICAL, _FREQUENT = 0.3, 0.2  # on top of a share of needs (A64)
_CRITICAL_ODDS, _FREQUENT_ODDS = 0.7, 0.4  # in the exponent of a relevance (D23)


@dataclass(frozen=True)
class Standing:
    """What a repository measured: names of patterns that were critical, and of those met often."""

    critical: frozenset[str] = frozenset()
    frequent: frozenset[str] = frozenset()

    def score(self, name: str) -> float:
        """What it adds to a share of needs."""
        return _CRITICAL if name in self.critical else _FREQUENT if name in self.frequent else 0.0

    def odds(self, name: str) -> float:
        """What it adds in the exponent of a relevance."""
        return _CRITICAL_ODDS if name in self.critical else _FREQUENT_ODDS if name in self.frequent else 0.0


@dataclass(frozen=True)
class Scored:
    """How surely a pattern fits by its needs alone, 0 to 1, and why."""

    score: float
    why: str


def analyze(prompt: str) -> dict[str, bool]:
    """Each indicator (A63), and whether the prompt sets it."""
    found = indicators(prompt)
    return {name: name in found for name in INDICATORS}


def score_needs(name: str, found: Mapping[str, bool], standing: Standing) -> Scored:
    """The share of the pattern's needs that the indicators meet, and what the context adds, at most 1 (A64).

    An indicator that is missing is False. A pattern without needs gets what the context says alone.
    """
    names = frozenset(one for one, is_set in found.items() if is_set)
    share = needs_share(name, names)
    met = [need for need in NEEDS.get(name, ()) if need in names]
    why = [f"the prompt speaks of {' and '.join(met)}"] if met else []
    if standing.score(name):
        why.append("critical here" if name in standing.critical else "frequent here")
    return Scored(min(1.0, share + standing.score(name)), ", ".join(why))


def match_patterns(
    patterns: Sequence[Pattern], found: Mapping[str, bool], hits: Mapping[str, Hit], standing: Standing
) -> list[Match]:
    """The patterns that fit at all: by the larger of needs and relevance, by relevance alone without needs.

    The surest first, then the gravest, then by name. `hits` are the search's, by name.
    """
    made = [_match(one, found, hits.get(one.name), standing) for one in patterns]
    return sorted((one for one in made if one.confidence > 0), key=_rank)


def _match(pattern: Pattern, found: Mapping[str, bool], hit: Hit | None, standing: Standing) -> Match:
    needs = score_needs(pattern.name, found, standing) if pattern.name in NEEDS else Scored(0.0, "")
    terms = [one.token for one in hit.terms] if hit else []
    relevance = lift(hit.relevance, standing.odds(pattern.name)) if hit and hit.share > 0 else 0.0
    why = needs.why
    if relevance > needs.score:
        why = f"it speaks of {', '.join(terms[:3])}" if terms else "the search found it"
    score = round(max(needs.score, relevance), 4)
    return Match(pattern, score, why, round(relevance, 4), frozenset(terms))


def lift(relevance: float, odds: float) -> float:
    """The relevance with so much more in the exponent of its curve (D12d, D23)."""
    if not odds or not 0 < relevance < 1:
        return relevance
    return 1 / (1 + (1 - relevance) / relevance * math.exp(-odds))


def _rank(match: Match) -> tuple[float, int, str]:
    name = match.pattern.severity
    severity = SEVERITIES.index(name) if name in SEVERITIES else 0
    return -match.confidence, -severity, match.pattern.name


def choose(matches: Sequence[Match], names: Sequence[str], patterns: Sequence[Pattern]) -> list[Match]:
    """The matches with those that somebody named at confidence 1.0; a named one need not fit the prompt."""
    known = {one.pattern.name: one for one in matches}
    for pattern in patterns:
        if pattern.name in names:
            match = known.get(pattern.name, Match(pattern, 0.0))
            known[pattern.name] = replace(match, confidence=1.0, why="named in the plan")
    return sorted(known.values(), key=_rank)


def prioritize(
    matches: Sequence[Match], apply: bool, min_confidence: float, named: Sequence[str] = ()
) -> tuple[list[Match], list[Match]]:
    """(to apply, to suggest): at or over the threshold, severity low only if it is named (A65).

    What is suggested says why it is not applied.
    """
    chosen: list[Match] = []
    left: list[Match] = []
    for one in matches:
        reason = _held_back(one, apply, min_confidence, named)
        if reason:
            left.append(replace(one, why=f"{one.why}; {reason}" if one.why else reason))
        else:
            chosen.append(one)
    return chosen, left


def _held_back(match: Match, apply: bool, min_confidence: float, named: Sequence[str]) -> str:
    if not apply:
        return "nothing was to be applied"
    if match.confidence < min_confidence:
        return f"below {min_confidence:g}"
    if match.pattern.severity == "low" and match.pattern.name not in named:
        return "severity low is not applied by itself"
    return ""


def settle_conflicts(matches: Sequence[Match]) -> tuple[list[Match], list[Rejected]]:
    """The matches without those in conflict with a better one, whichever of the two names it (D11b)."""
    dropped: dict[str, str] = {}
    for better, worse in combinations(matches, 2):
        first, second = better.pattern, worse.pattern
        against = second.name in first.conflicts or first.name in second.conflicts
        if against and first.name not in dropped and second.name not in dropped:
            dropped[second.name] = f"in conflict with {first.name}, which fits better"
    kept = [one for one in matches if one.pattern.name not in dropped]
    return kept, [Rejected(name, reason) for name, reason in dropped.items()]
