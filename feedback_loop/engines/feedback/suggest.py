"""Suggestions from recommendations with evidence: what to do, the counts, a prompt that does it (B25)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from feedback_loop.domain.rating import FLAGS, POSITIVE, Rating
from feedback_loop.domain.rating_analysis import FRAMEWORK, LENGTH, TAG, RatingAnalysis, Recommendation
from feedback_loop.domain.rating_words import points, q_words
from feedback_loop.domain.secrets import cap, masked_and_capped
from feedback_loop.domain.suggestion import LLM, RULES, Feature, Proposed, Suggestion

EXAMPLE_CAP = 300  # characters
_READ = 4 * EXAMPLE_CAP  # of a prompt, line ends and indents included
_FLAG_TEXTS = {
    "examples": "Give examples in the prompt",
    "constraints": "State constraints: what must, should, only or exactly",
    "format": "Name the form of the answer: a format, JSON, XML, a structure",
}


def suggest(ratings: Sequence[Rating], analysis: RatingAnalysis, limit: int) -> tuple[Suggestion, ...]:
    """At most `limit`, one for each recommendation of the `analysis` of these `ratings`, in its order.

    Nothing is made up to fill the list: without evidence it is empty.
    """
    return tuple(
        Suggestion(_technique(one), _reasoning(one), find_example(ratings, _shown_by(one)), RULES)
        for one in analysis.recommendations[:limit]
    )


def adopt(
    proposed: Sequence[Proposed], ratings: Sequence[Rating], analysis: RatingAnalysis
) -> tuple[Suggestion, ...]:
    """A provider's suggestions, each with a prompt of ours that shows the feature it names."""
    tests = _tests(analysis)
    return tuple(
        Suggestion(one.technique, one.reasoning, find_example(ratings, tests.get(one.feature)), LLM)
        for one in proposed
    )


def find_example(ratings: Sequence[Rating], shows: Callable[[Rating], bool] | None) -> str:
    """The best success whose prompt is kept and shows it, masked, on one line, at most 300 characters.

    The best has the most stars, then is the newest, then has the smallest id. "" if there is none.
    """
    if shows is None:
        return ""
    fitting = [one for one in ratings if one.outcome == POSITIVE and one.prompt and shows(one)]
    for one in sorted(fitting, key=lambda one: (-one.rating, -one.at, one.feedback_id)):
        line = " ".join(masked_and_capped(one.prompt or "", _READ).split())
        if line:
            return cap(line, EXAMPLE_CAP)
    return ""


def _technique(one: Recommendation) -> str:
    if one.rule == LENGTH:
        return f"Write {'longer' if _is_longer(one) else 'shorter'} prompts"
    if one.rule == TAG:
        what = f"the prompts tagged {one.name}"
        return f"Do as in {what}" if one.is_good else f"Avoid the manner of {what}"
    if one.rule == FRAMEWORK:
        return f"Use the framework {one.name}"
    return _FLAG_TEXTS[one.rule]


def _reasoning(one: Recommendation) -> str:
    """The counts; for the length both means."""
    group, rest = one.group, one.rest
    if one.rule == LENGTH:
        return (
            f"successful prompts have {group.value:.0f} characters on average (n={group.n}), "
            f"failed ones {rest.value:.0f} (n={rest.n}); {q_words(one.q)}"
        )
    told = f"{points(one.difference)} points"
    if one.low is not None and one.high is not None:
        told += f" (95 % interval {points(one.low)} to {points(one.high)})"
    of = "of it" if one.rule in (TAG, FRAMEWORK) else "with it"
    without = "of the others" if one.rule in (TAG, FRAMEWORK) else "without"
    return (
        f"{round(group.value * group.n)} of {group.n} ratings {of} are successes, "
        f"{round(rest.value * rest.n)} of {rest.n} {without}: {told}; {q_words(one.q)}"
    )


def _is_longer(one: Recommendation) -> bool:
    return one.group.value > one.rest.value


def _shown_by(one: Recommendation) -> Callable[[Rating], bool]:
    """Whether a prompt does what the recommendation asks for: it has the feature, or has it not."""
    if one.rule == LENGTH:
        mean, longer = one.group.value, _is_longer(one)
        return lambda rating: (rating.prompt_size.characters >= mean) is longer
    has = _having(Feature(one.rule, one.name))
    return has if one.is_good else lambda rating: not has(rating)


def _having(feature: Feature) -> Callable[[Rating], bool]:
    rule, name = feature
    if rule == TAG:
        return lambda rating: name in rating.tags
    if rule == FRAMEWORK:
        return lambda rating: rating.framework == name
    return lambda rating: rule in rating.flags


def _tests(analysis: RatingAnalysis) -> dict[str, Callable[[Rating], bool]]:
    """By the key of a feature, whether a prompt has it; recommendations say the direction themselves."""
    features = [*(Feature(flag) for flag in FLAGS), *(Feature(TAG, one.name) for one in analysis.tags)]
    advised = {Feature(one.rule, one.name).key: _shown_by(one) for one in analysis.recommendations}
    return {one.key: _having(one) for one in features} | advised
