"""How sure the result is: one formula over what was checked, understood and matched (D32), in words (D33)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from feedback_loop.domain.background import share
from feedback_loop.domain.generation import Confidence, Match, Verification
from feedback_loop.domain.injection import UNTESTED

_STATIC, _TESTED, _SCAFFOLD = 0.7, 1.0, 0.5
_PASSED_NOW = 0.6  # the least e of a pattern whose tests passed with this code
_KNOWN = 0.5  # what a pattern is worth that nobody has rated
_BACKGROUND = 1000  # pseudo-documents (D12): in a library of nine a common word still tells little


@dataclass(frozen=True)
class Evidence:
    """What the figure is made of. `success` has success_lower (D3) of the patterns that were rated."""

    verification: Verification
    scaffold: bool
    prompt: Collection[str]  # the tokens of the prompt (`domain.words.tokens`)
    explained: Collection[str]  # those the grammar took
    applied: Sequence[Match]
    success: Mapping[str, float] = field(default_factory=dict)


def weigh_token(token: str, held: int, size: int) -> float:
    """The idf of D12 of a token that `held` of `size` documents have, background included."""
    documents = size + _BACKGROUND
    having = held + _BACKGROUND * share(token)
    return math.log(1 + (documents - having + 0.5) / (having + 0.5))


def estimate(evidence: Evidence, idf: Callable[[str], float]) -> Confidence:
    """confidence = V * sqrt(C * R), rounded to 3 places (D32). Each token of the prompt counts once.

    It grows with each of the three, and is 0 where any of them is: no pattern applied, no confidence.
    """
    checks = _checks(evidence.verification, evidence.scaffold)
    understood = _understood(evidence, idf)
    relevance = _relevance(evidence)
    value = round(combine(checks, understood, relevance), 3)
    return Confidence(value, checks, understood, relevance, _words(value, understood, evidence))


def combine(checks: float, understood: float, relevance: float) -> float:
    """V * sqrt(C * R): a wrong result is worth nothing, the other two make up for one another."""
    return checks * math.sqrt(understood * relevance)


def _checks(verification: Verification, scaffold: bool) -> float:
    if not verification.is_valid:
        return 0.0
    full = _TESTED if verification.tests == "passed" else _STATIC
    return full * _SCAFFOLD if scaffold else full


def _understood(evidence: Evidence, idf: Callable[[str], float]) -> float:
    prompt = sorted(set(evidence.prompt))
    known = frozenset(evidence.explained).union(*(one.explains for one in evidence.applied))
    whole = math.fsum(map(idf, prompt))
    return math.fsum(idf(token) for token in prompt if token in known) / whole if whole else 0.0


def _relevance(evidence: Evidence) -> float:
    if not evidence.applied:
        return 0.0
    least = _PASSED_NOW if evidence.verification.tests == "passed" else 0.0
    worth = []
    for one in evidence.applied:
        success = max(least, evidence.success.get(one.pattern.name, UNTESTED.lower))
        worth.append(one.relevance * (_KNOWN + (1 - _KNOWN) * success))
    return math.fsum(worth) / len(worth)


def _words(value: float, understood: float, evidence: Evidence) -> str:
    """0.31: checks passed, no tests ran; 64 % of the request understood; 1 pattern, untested."""
    verification = evidence.verification
    static = verification.compilation_error or verification.findings or verification.undefined
    tests = {"passed": "tests passed", "failed": "tests failed"}.get(verification.tests, "no tests ran")
    parts = ["checks failed" if static else "checks passed", tests]
    if evidence.scaffold:
        parts.append("a scaffold")
    share = f"{math.floor(100 * understood)} % of the request understood"
    return f"{value:.2f}: {', '.join(parts)}; {share}; {_patterns(evidence)}"


def _patterns(evidence: Evidence) -> str:
    count = len(evidence.applied)
    if not count:
        return "no pattern applied"
    named = f"{count} pattern{'' if count == 1 else 's'}"
    if evidence.verification.tests == "passed":
        return f"{named}, tested"
    rated = sum(one.pattern.name in evidence.success for one in evidence.applied)
    if rated == count:
        return f"{named}, rated"
    return f"{named}, untested" if not rated else f"{named}, {count - rated} of them untested"
