"""Why a detector does or does not say something about a line."""

from __future__ import annotations

from dataclasses import dataclass

# How far a detector came, farthest first.
STEPS = (
    "found",
    "level",
    "baseline",
    "suppression",
    "anchor",
    "match",
    "parse",
    "prefilter",
    "scope",
    "gate",
    "off",
)


@dataclass(frozen=True)
class Reason:
    """What became of one detector on one line; `step` is one of STEPS."""

    rule_id: str
    step: str
    words: str


@dataclass(frozen=True)
class LineReasons:
    """One line of a file as a scan sees it, and what became of each detector there.

    `text` is the line without its end; `added` says whether the change adds it.
    """

    path: bytes
    line: int
    text: str
    added: bool
    reasons: tuple[Reason, ...]
