"""What a provider is asked for suggestions: figures about ratings, and nothing that a person wrote (B24)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from feedback_loop.domain.rating import TAG_FORM
from feedback_loop.domain.rating_analysis import (
    FRAMEWORK,
    LENGTH,
    TAG,
    Lengths,
    Performance,
    RatingAnalysis,
    Recommendation,
    Share,
)
from feedback_loop.domain.success import Success
from feedback_loop.domain.suggestion import REASONING_CAP, TECHNIQUE_CAP, Feature

_TAGS = 30
_WORDS = 20
# What goes out has the form that is checked when it comes in: a file that was edited by hand gets no further.
_WORD_FORM = re.compile(r"[^\W\d_]{3,40}")

_HEAD = """\
People rated what prompts produced. These are figures about the ratings; the texts are not known to you.
A success has four or five stars and no thumb down, a failure one or two stars or a thumb down. Intervals are
95 %; q is a p-value adjusted for all that was tried. `findings` passed a test, the rest may be chance.
"""
_TASK = """\
Suggest at most {limit} things to do in future prompts that these figures support, the best first. Fewer are
welcome, none too: then answer [].
Answer with one JSON array and nothing around it. Each item is an object with three texts of one line:
"technique": what to do, at most {technique} characters;
"reasoning": why, with the figures it rests on, at most {reasoning} characters;
"feature": the name of the feature above that it rests on, "" if it is none of them.
"""


def suggestion_prompt(analysis: RatingAnalysis, limit: int) -> str:
    """The whole text that is sent: counts, rates, intervals, tags, flags and significant words (B24)."""
    figures = json.dumps(_figures(analysis), indent=1, sort_keys=True)
    task = _TASK.format(limit=limit, technique=TECHNIQUE_CAP, reasoning=REASONING_CAP)
    return f"{_HEAD}\n{figures}\n\n{task}"


def _figures(analysis: RatingAnalysis) -> dict[str, Any]:
    return {
        "all": _rate(analysis.success) | {"negative": analysis.negative},
        "features": _flags(analysis) | _tags(analysis.tags),
        "length": {
            "successes": _lengths(analysis.positives.lengths),
            "failures": _lengths(analysis.negatives.lengths),
        },
        "words": {
            one.word: {"successes": one.positive, "failures": one.negative, "q": _adjusted(one.q)}
            for one in [*analysis.positives.words[:_WORDS], *analysis.negatives.words[:_WORDS]]
            if one.significant and _WORD_FORM.fullmatch(one.word)
        },
        "findings": [_finding(one) for one in analysis.recommendations if _may_go(one)],
    }


def _may_go(one: Recommendation) -> bool:
    """A framework's name is what a person or a program wrote, in any form."""
    return one.rule != FRAMEWORK and (one.rule != TAG or TAG_FORM.fullmatch(one.name) is not None)


def _flags(analysis: RatingAnalysis) -> dict[str, Any]:
    return {
        name: {"share_of_successes": successes, "share_of_failures": failures}
        for name, successes, failures in _joined(analysis.positives.flags, analysis.negatives.flags)
    }


def _joined(positives: Sequence[Share], negatives: Sequence[Share]) -> list[tuple[str, float, float]]:
    good = {one.name: _rounded(one.share) for one in positives}
    bad = {one.name: _rounded(one.share) for one in negatives}
    return [(name, good.get(name, 0.0), bad.get(name, 0.0)) for name in sorted({*good, *bad})]


def _tags(rows: Sequence[Performance]) -> dict[str, Any]:
    known = [one for one in rows if TAG_FORM.fullmatch(one.name)]
    return {
        Feature(TAG, one.name).key: _rate(one.success) | {"negative": one.negative} for one in known[:_TAGS]
    }


def _finding(one: Recommendation) -> dict[str, Any]:
    of = "mean_characters" if one.rule == LENGTH else "rate"
    return {
        "feature": Feature(one.rule, one.name).key,
        "good": one.is_good,
        "group": {"n": one.group.n, of: _rounded(one.group.value)},
        "rest": {"n": one.rest.n, of: _rounded(one.rest.value)},
        "interval": None if one.low is None or one.high is None else [_rounded(one.low), _rounded(one.high)],
        "q": _adjusted(one.q),
    }


def _rate(success: Success) -> dict[str, Any]:
    rate = None if success.rate is None else _rounded(success.rate)
    return {
        "n": success.n,
        "positive": success.positive,
        "rate": rate,
        "interval": [_rounded(end) for end in success.interval],
    }


def _lengths(lengths: Lengths) -> dict[str, Any]:
    mean = None if lengths.mean is None else round(lengths.mean)
    return {"n": lengths.n, "mean_characters": mean, "median_characters": lengths.median}


def _rounded(value: float) -> float:
    return round(value, 4)


def _adjusted(q: float) -> float:
    """Three significant digits: what is rounded to 0.0 says what no test can."""
    return float(f"{q:.3g}")
