"""One step of the demo: what happens, why, and what was really run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """`command` is what a user would type ("" if nothing), `output` what it printed."""

    title: str
    words: str
    command: str = ""
    output: str = ""
