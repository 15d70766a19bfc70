"""Which commit wrote what stands at the tip, by the written ledger alone."""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import groupby
from operator import attrgetter

from feedback_loop.domain.history import EDITED, MOVED, Fact, Held, History
from feedback_loop.domain.lives import Names

_Place = tuple[str, str, bytes, str]  # pattern, detector, text, path as it is called now


def find_standing(history: History) -> tuple[tuple[Held, Fact | None], ...]:
    """Each match at the tip with the addition it came from; None where no commit is known to have written it.

    Equal lines of a file are first in, first out; where more were written than there are (two branches wrote
    the same line), the newest stand.
    """
    waiting = _written(history)
    count: defaultdict[_Place, int] = defaultdict(int)
    for one in history.held:
        count[one.pattern, one.detector, one.text, one.path] += 1
    for place, number in count.items():
        facts = waiting[place]
        while len(facts) > number:
            facts.popleft()
    found = []
    for one in history.held:
        facts = waiting[one.pattern, one.detector, one.text, one.path]
        found.append((one, facts.popleft() if facts else None))
    return tuple(found)


def _written(history: History) -> defaultdict[_Place, deque[Fact]]:
    """The additions that no removal took, by place; what was moved is where it went."""
    names, order = Names(history.commits, history.renames), history.commits.order
    waiting: defaultdict[_Place, deque[Fact]] = defaultdict(deque)
    facts = sorted(history.written, key=lambda fact: (order(fact.commit), fact.sign))
    for _, group in groupby(facts, attrgetter("commit")):
        carried: defaultdict[tuple[str, str, str, bytes], deque[Fact]] = defaultdict(deque)
        for fact in group:
            place = (fact.pattern, fact.detector, fact.text, names.now(fact.path, fact.commit, fact.sign))
            moving = carried[fact.kind, fact.pattern, fact.detector, fact.text]
            moves = fact.kind in (EDITED, MOVED)
            if fact.sign > 0:
                waiting[place].append(moving.popleft() if moves and moving else fact)
            elif waiting[place]:
                origin = waiting[place].popleft()
                if moves:
                    moving.append(origin)
    return waiting
