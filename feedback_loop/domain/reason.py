"""Why a detector does or does not say something about a line."""

from __future__ import annotations

from dataclasses import dataclass

# How far a detector came, farthest first.
STEPS = ("found", "suppression", "anchor", "prefilter", "match", "parse", "gate", "scope")


@dataclass(frozen=True)
class Reason:
    """What became of one detector on one line; `step` is one of STEPS."""

    rule_id: str
    step: str
    words: str
