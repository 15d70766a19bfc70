"""Suggestions as text for people."""

from __future__ import annotations

from collections.abc import Sequence

from feedback_loop.domain.suggestion import LLM, Suggestion
from feedback_loop.domain.text import counted, visible

_NOTHING = """\
no suggestion: nothing separates successes from failures yet (n={total}).
What would be needed: at least 5 ratings with a feature (a tag, a framework, examples, constraints, a
format) and 5 without, and a difference between them that is large and that chance does not explain.
"""
_NOTHING_OF_A_PROVIDER = "no suggestion: the provider sees none in these figures (n={total}).\n"


def render_suggestions(suggestions: Sequence[Suggestion], total: int, source: str) -> str:
    """The list, each with its reasoning and example, from `total` ratings; `source` is RULES or LLM."""
    if not suggestions:
        return (_NOTHING_OF_A_PROVIDER if source == LLM else _NOTHING).format(total=total)
    by = "a language model" if source == LLM else "rules"
    blocks = [f"{counted(len(suggestions), 'suggestion')} from {counted(total, 'rating')}, by {by}"]
    blocks += [_block(at, one) for at, one in enumerate(suggestions, 1)]
    return "\n\n".join(blocks) + "\n"


def _block(at: int, one: Suggestion) -> str:
    lines = [f"{at}. {visible(one.technique)}", f"   why: {visible(one.reasoning)}"]
    if one.example:
        lines.append(f"   example: {visible(one.example)}")
    return "\n".join(lines)
