"""What the ratings recommend: what has an effect, and evidence that it is no accident (B16).

A rule is tried where both its groups have enough entries. The first gate is the size of the effect, in the
direction of the advice; the second a test of both groups, adjusted for the number of rules tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from feedback_loop.domain.rating import UNKNOWN
from feedback_loop.domain.rating_analysis import (
    FRAMEWORK,
    LENGTH,
    TAG,
    Group,
    Performance,
    Recommendation,
)
from feedback_loop.domain.rating_words import percent
from feedback_loop.domain.statistics import benjamini_hochberg
from feedback_loop.domain.success import Success, newcombe
from feedback_loop.domain.two_groups import fisher_exact, mann_whitney
from feedback_loop.engines.feedback.words import HIGHEST_Q

LEAST = 5  # entries in the group, and in the rest
_HIGH, _LOW = 70, 40  # percent of success, beyond these
_LONGER, _SHORTER = 1.3, 0.7  # the mean length of successes by that of failures, beyond these
_FLAGS = {  # more than so many percent of the successes have it; what it is called; what to do
    "examples": (60, "with examples", "give examples in the prompt"),
    "constraints": (50, "with constraints", "say what must, should or may only be"),
    "format": (50, "that name a format", "say in which format or structure the answer should be"),
}
_NAME_CAP = 80  # characters of a name in a sentence


class Observed(NamedTuple):
    """What the rules look at: all entries, the tables, and the lengths of successful and failed prompts."""

    all: Success
    tags: Sequence[Performance]
    frameworks: Sequence[Performance]
    flags: Sequence[Performance]
    positive_lengths: Sequence[int]
    negative_lengths: Sequence[int]


class _Claim(NamedTuple):
    """That a group does well, or badly: whether its figures are `high` or `low` enough to say so, and how."""

    rule: str
    name: str
    group: Success
    high: bool
    low: bool
    subject: str
    does: str


class _Tried(NamedTuple):
    """A rule, whether its effect is large enough, and its p-value; the recommendation has no `q` yet."""

    recommendation: Recommendation
    has_effect: bool
    p_value: float


def recommend(observed: Observed) -> tuple[Recommendation, ...]:
    """What passes both gates, the strongest evidence first."""
    claims = [*_tag_claims(observed), *_framework_claims(observed), *_flag_claims(observed)]
    tried = [one for claim in claims if (one := _compared(claim, observed.all))]
    tried += _compared_lengths(observed)
    adjusted = benjamini_hochberg([one.p_value for one in tried])
    found = [
        replace(rule.recommendation, q=q)
        for rule, q in zip(tried, adjusted, strict=True)
        if rule.has_effect and q <= HIGHEST_Q
    ]
    return tuple(sorted(found, key=lambda kept: kept.q))


def no_advice(n: int) -> str:
    """What is said of n entries that recommend nothing."""
    return f"Collect more feedback data: nothing separates successes from failures yet (n={n})."


def _tag_claims(observed: Observed) -> Iterator[_Claim]:
    for row in observed.tags:
        high, low = 100 * row.positive > _HIGH * row.n, 100 * row.positive < _LOW * row.n
        does = "do in others what these do" if high else "rework these"
        yield _Claim(
            TAG, row.name, row.success, high, low, f"Prompts tagged {_quoted(row.name)} succeed", does
        )


def _framework_claims(observed: Observed) -> Iterator[_Claim]:
    for row in observed.frameworks:
        if row.name != UNKNOWN:
            high = 100 * row.positive > _HIGH * row.n
            subject = f"Prompts by the framework {_quoted(row.name)} succeed"
            yield _Claim(FRAMEWORK, row.name, row.success, high, False, subject, "use it for more of them")


def _flag_claims(observed: Observed) -> Iterator[_Claim]:
    for row in observed.flags:
        if row.name in _FLAGS:
            least, which, does = _FLAGS[row.name]
            high = 100 * row.positive > least * observed.all.positive
            yield _Claim(row.name, "", row.success, high, False, f"Prompts {which} succeed", does)


def _compared(claim: _Claim, total: Success) -> _Tried | None:
    """The group against all other entries; None where one of them is too small to be tried."""
    group = claim.group
    rest = Success(total.positive - group.positive, total.n - group.n)
    if min(group.n, rest.n) < LEAST:
        return None
    p_value = fisher_exact(group.positive, group.n - group.positive, rest.positive, rest.n - rest.positive)
    rate, other = group.positive / group.n, rest.positive / rest.n
    # A high rate is no advice where that of the others is higher still.
    has_effect = (claim.high and rate > other) or (claim.low and rate < other)
    text = f"{claim.subject} in {_share(group)}, others in {_share(rest)}: {claim.does}."
    sides = Group(group.n, rate), Group(rest.n, other)
    interval = newcombe(group, rest)
    found = Recommendation(claim.rule, claim.name, rate > other, text, *sides, rate - other, *interval, q=1.0)
    return _Tried(found, has_effect, p_value)


def _compared_lengths(observed: Observed) -> list[_Tried]:
    """The lengths of successful and failed prompts, by means and ranks alike; [] of too few."""
    xs, ys = observed.positive_lengths, observed.negative_lengths
    if min(len(xs), len(ys)) < LEAST:
        return []
    mean, other = sum(xs) / len(xs), sum(ys) / len(ys)
    test = mann_whitney(xs, ys)
    is_longer = mean > _LONGER * other and test.share > 0.5
    is_shorter = mean < _SHORTER * other and test.share < 0.5
    does = "say more of what is needed" if mean > other else "keep prompts short"
    told = f"{mean:.0f} characters on average (n={len(xs)}), failed ones {other:.0f} (n={len(ys)})"
    text = f"Successful prompts have {told}: {does}."
    sides = Group(len(xs), mean), Group(len(ys), other)
    found = Recommendation(LENGTH, "", True, text, *sides, mean - other, None, None, q=1.0)
    return [_Tried(found, is_longer or is_shorter, test.p_value)]


def _share(success: Success) -> str:
    return f"{success.positive} of {success.n} ({percent(success.positive / success.n)})"


def _quoted(name: str) -> str:
    cut = name if len(name) <= _NAME_CAP else name[: _NAME_CAP - 1] + "…"
    return f"`{cut.replace('`', chr(39))}`"
