"""All that ratings show, from the ratings alone (B13 to B16)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from feedback_loop.domain.rating import FLAGS, NEGATIVE, POSITIVE, Rating
from feedback_loop.domain.rating_analysis import Lengths, RatingAnalysis, Share, Side, Word
from feedback_loop.engines.feedback.recommend import Observed, no_advice, recommend
from feedback_loop.engines.feedback.tables import by_flag, by_framework, by_tag, by_technique, of_all
from feedback_loop.engines.feedback.words import contrast

_MOST_TAGS = 10


def analyze(ratings: Sequence[Rating]) -> RatingAnalysis:
    """The analysis; words come from the prompts whose text is there, all else from every rating.

    Their order means nothing. Of none at all the average is 0.
    """
    positives = [one for one in ratings if one.outcome == POSITIVE]
    negatives = [one for one in ratings if one.outcome == NEGATIVE]
    words = contrast(_prompts(positives), _prompts(negatives))
    total, tags, frameworks = of_all(ratings), by_tag(ratings), by_framework(ratings)
    lengths = _lengths(positives), _lengths(negatives)
    found = recommend(Observed(total.success, tags, frameworks, by_flag(ratings), *lengths))
    return RatingAnalysis(
        total=total.n,
        positive=total.positive,
        negative=total.negative,
        avg_rating=total.avg_rating,
        positives=_side(positives, lengths[0], [word for word in words if word.delta > 0]),
        negatives=_side(negatives, lengths[1], [word for word in words if word.delta < 0]),
        tags=tags,
        frameworks=frameworks,
        techniques=by_technique(ratings),
        recommendations=found,
        advice=tuple(one.text for one in found) or (no_advice(total.n),),
    )


def _prompts(ratings: Iterable[Rating]) -> Iterable[str]:
    return (one.prompt for one in ratings if one.prompt is not None)


def _lengths(ratings: Iterable[Rating]) -> list[int]:
    """In order; of a prompt whose size nobody knows none."""
    return sorted(one.prompt_size.characters for one in ratings if one.prompt_size.characters)


def _side(ratings: Sequence[Rating], lengths: Sequence[int], words: Sequence[Word]) -> Side:
    tags = _shares(ratings, lambda one: one.tags)
    flags = {share.name: share for share in _shares(ratings, lambda one: one.flags)}
    return Side(
        words=tuple(words),
        lengths=_summed(lengths),
        tags=tuple(tags[:_MOST_TAGS]),
        flags=tuple(flags.get(name, Share(name, 0, 0.0)) for name in FLAGS),
    )


def _summed(lengths: Sequence[int]) -> Lengths:
    n = len(lengths)
    if not n:
        return Lengths(0, None, None, None, None)
    median = (lengths[(n - 1) // 2] + lengths[n // 2]) / 2
    return Lengths(n, sum(lengths) / n, median, lengths[0], lengths[-1])


def _shares(ratings: Sequence[Rating], names_of: Callable[[Rating], Iterable[str]]) -> list[Share]:
    counts = Counter(name for one in ratings for name in set(names_of(one)))
    shares = [Share(name, n, n / len(ratings)) for name, n in counts.items()]
    return sorted(shares, key=lambda one: (-one.n, one.name))
