"""What to try in prompts, learnt from ratings (B23-B25)."""

from __future__ import annotations

from typing import NamedTuple

RULES, LLM = "rules", "llm"  # who wrote a suggestion
LEAST_RATINGS = 3  # below this nothing is suggested
TECHNIQUE_CAP, REASONING_CAP = 200, 600  # characters of a provider's texts


class Feature(NamedTuple):
    """What a prompt may show: `rule` as in a Recommendation, `name` of which tag or framework."""

    rule: str
    name: str = ""

    @property
    def key(self) -> str:
        """`tag:code`, `examples`: how a provider is told of it, and names it in its answer."""
        return f"{self.rule}:{self.name}" if self.name else self.rule


class Proposed(NamedTuple):
    """A provider's suggestion: texts of one line, and the key of the feature it rests on, "" of none."""

    technique: str
    reasoning: str
    feature: str


class Suggestion(NamedTuple):
    """`technique` says what to do, `reasoning` why, `example` is a real prompt, "" if none is kept.

    `source` is RULES or LLM: who wrote the first two.
    """

    technique: str
    reasoning: str
    example: str
    source: str
