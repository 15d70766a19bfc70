"""Which rule a failure meets: the user's come first (C12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from feedback_loop.detectors import kinds
from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.engines.classify.families import is_of
from feedback_loop.engines.classify.rules import check_rule, find_shipped


class Found(NamedTuple):
    """The rule that a failure meets, and whether it came with the tool."""

    rule: ClassifyRule
    shipped: bool


class RuleBook:
    """The user's rules, then the shipped ones. A user's rule that `check_rule` complains of is left out."""

    def __init__(self, rules: Iterable[ClassifyRule] = ()) -> None:
        self._own = tuple((rule, _matcher(rule)) for rule in rules if not check_rule(rule))

    def find(self, exception: str, message: str, whole: str) -> Found | None:
        """The first rule for a class by its last name part ("" = not told) and a text; None = no rule.

        `message` is the part that tells of the first mistake, which shipped rules look at; a user's look
        at the `whole`.
        """
        for rule, matches in self._own:
            if (not rule.exception or is_of(exception, rule.exception)) and matches(whole):
                return Found(rule, False)
        rule_found = find_shipped(exception, message)
        return Found(rule_found, True) if rule_found else None


def _matcher(rule: ClassifyRule) -> Callable[[str], bool]:
    return kinds.text_regex(rule.match) if rule.match else lambda _: True
