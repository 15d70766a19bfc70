"""Whether the ledgers say what the tip holds (H41): on the landed one a difference is a defect.

The written ledger may differ, and the reasons are told: parallel copies of a line unite silently in a
merge, a line fixed on both sides was there once, and what a merge drops was never removed by anyone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from feedback_loop.domain.history import Fact, History
from feedback_loop.domain.lives import Lives, Names
from feedback_loop.domain.rollup import TipCheck

COPIES, DROPPED, BOTH_FIXED = "parallel copies", "dropped in merges", "fixed on both sides"
BLIND = "not seen"  # by a detector that looks at whole texts, or where history is incomplete
PARTS = (COPIES, DROPPED, BOTH_FIXED, BLIND)

_Key = tuple[str, str]  # pattern, detector


class _Unit(NamedTuple):
    """What one merge is asked about: a kind of line that it brings or takes."""

    position: int
    pattern: str
    detector: str
    text: bytes


def check_tip(
    history: History,
    lives: Lives | None = None,
    structural: Collection[tuple[str, str]] = frozenset(),
) -> tuple[TipCheck, ...]:
    """Each pattern's open matches by both ledgers, beside those in the tip's files; by name.

    `structural` are (pattern, detector) that look at whole texts, where a gap is no defect. The parts of the
    written ledger's gap are found with `lives` only. Nothing is a defect where history is incomplete.
    """
    held = Counter((one.pattern, one.detector) for one in history.held)
    written, landed = _net(history.written), _net(history.landed or ())
    names: defaultdict[str, set[_Key]] = defaultdict(set)
    for key in (*held, *written, *landed):
        names[key[0]].add(key)
    wrong: Counter[str] = Counter()
    if history.complete and history.landed is not None:
        for key in {*held, *landed}.difference(structural):
            wrong[key[0]] += abs(landed[key] - held[key])
    parts = _parts(history, lives) if lives is not None and history.landed is not None else {}
    explained = lives is not None and history.landed is not None
    checks = []
    for name in sorted(history.patterns):
        keys = names[name]
        standing = sum(held[key] for key in keys)
        by_landed = None if history.landed is None else sum(landed[key] for key in keys)
        found = Counter(parts.get(name, ()))
        if explained and by_landed is not None:
            found[BLIND] += by_landed - standing
        told = tuple((part, found[part]) for part in PARTS if found[part])
        by_written = sum(written[key] for key in keys)
        checks.append(TipCheck(name, standing, by_written, by_landed, wrong[name], told))
    return tuple(checks)


def _net(facts: Iterable[Fact]) -> Counter[_Key]:
    net: Counter[_Key] = Counter()
    for fact in facts:
        net[fact.pattern, fact.detector] += fact.sign
    return net


def _parts(history: History, lives: Lives) -> dict[str, Counter[str]]:
    """By pattern, how many matches too many (or too few) each part makes on the written ledger.

    Commits of the chain that are no merges have the same facts in both ledgers: all of the gap between the
    two arises where a merge lands less than its commits wrote, or more.
    """
    commits, names = history.commits, Names(history.commits, history.renames)
    net: Counter[_Unit] = Counter()
    removals: Counter[_Unit] = Counter()
    paths: defaultdict[_Unit, set[str]] = defaultdict(set)
    for sign, facts in ((1, history.written), (-1, history.landed or ())):
        for fact in facts:
            position = commits.landing[fact.commit]
            if commits.is_merge(commits.chain[position]):
                unit = _Unit(position, fact.pattern, fact.detector, fact.text)
                net[unit] += sign * fact.sign
                removals[unit] += sign * (fact.sign < 0)
                paths[unit].add(names.now(fact.path, fact.commit, fact.sign))
    parts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    standing = _standing(history, lives, {unit: paths[unit] for unit, count in net.items() if count > 0})
    for unit, count in net.items():
        copies = min(count, standing[unit]) if count > 0 else 0
        if count > 0:
            parts[unit.pattern][COPIES] += copies
            parts[unit.pattern][DROPPED] += count - copies
        elif count < 0:
            parts[unit.pattern][BOTH_FIXED if removals[unit] > 0 else BLIND] += count
    return dict(parts)


def _standing(history: History, lives: Lives, units: Mapping[_Unit, Collection[str]]) -> Counter[_Unit]:
    """How many of each kind of line stood in the same files when its merge came."""
    landing = history.commits.landing
    wanted: defaultdict[tuple[str, bytes], list[_Unit]] = defaultdict(list)
    for unit in units:
        wanted[unit.pattern, unit.text].append(unit)
    found: Counter[_Unit] = Counter()
    for life in lives.lives:
        for unit in wanted.get((life.pattern, life.text), ()):
            ended = None if life.ended is None else landing[life.ended]
            stood = landing[life.born] < unit.position and (ended is None or ended >= unit.position)
            found[unit] += stood and life.path in units[unit]
    return found
