"""The rules that a repository adds for its failures: whether each can be used (C12)."""

from __future__ import annotations

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.classify.rules import check_rule


def rule_faults(settings: Settings) -> list[Problem]:
    """What is wrong with rules of the settings, by their place."""
    told = ((place, check_rule(rule)) for place, rule in enumerate(settings.classify_rules))
    return [Problem(settings.path, 0, f"/classify/rules/{place}: {fault}") for place, fault in told if fault]
