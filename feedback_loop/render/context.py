"""What was chosen for a prompt and what was not, as JSON for programs and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from feedback_loop.domain.injection import Chosen, Context
from feedback_loop.domain.text import counted

_PLACES = 4  # of a figure


def context_fields(found: Context, target: str, exit_code: int = 0) -> dict[str, Any]:
    """The document of `context --format json`."""
    return {
        "schema_version": 1,
        "target": target,
        "text": found.text,
        "tokens": found.tokens,
        "patterns": [_chosen_fields(one) for one in found.chosen],
        "warned": list(found.warned),
        "left_out": [{"pattern": one.pattern, "reason": one.reason} for one in found.left_out],
        "withheld": list(found.withheld),
        "generation_id": found.ids.generation,
        "session_id": found.ids.session,
        "task_id": found.ids.task,
        "notes": list(found.notes),
        "exit_code": exit_code,
    }


def _chosen_fields(one: Chosen) -> dict[str, Any]:
    ratings = one.ratings
    return {
        "name": one.pattern.name,
        "severity": one.pattern.severity,
        "relevance": round(one.relevance, _PLACES),
        "expected_use": round(one.use, _PLACES),
        "seen": one.seen,
        "open_findings": one.open,
        "state": ratings.state,
        "success_rate": round(ratings.success_rate, 1) if ratings.weight else None,
        "used": ratings.used,
        "why": one.why,
    }


def context_lines(found: Context) -> Iterator[str]:
    """What `context -v` says beside the text."""
    shown = len(found.chosen) + len(found.warned)
    yield f"{counted(shown, 'pattern')} in {counted(found.tokens, 'token')}"
    for one in found.chosen:
        yield f"  {one.pattern.name}: {one.why}"
    for name in found.warned:
        yield f"  warned of: {name}"
    for name in found.withheld:
        yield f"  withheld: {name}"
    for left in found.left_out:
        yield f"  left out: {left.pattern}: {left.reason}"
