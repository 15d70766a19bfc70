"""Plans at a glance."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.domain.plan import PlanReport


@dataclass(frozen=True)
class ListedPlan:
    """One plan file. `added` is the ISO day it came into the history and `age` the days since; "" and None
    if it is in no commit yet.

    `current`: the branch works by it; `pinned`: because a person said so. `report` is None where nobody
    asked for verdicts; `problem` says why a plan cannot be read or judged.
    """

    path: bytes
    added: str = ""
    age: int | None = None
    current: bool = False
    pinned: bool = False
    ticked: int = 0
    items: int = 0
    phases_done: int = 0
    phases: int = 0
    report: PlanReport | None = None
    problem: str = ""
