"""What is open: the matches that the basis holds, and no others, whatever the ledgers miss (H41)."""

from __future__ import annotations

from collections import defaultdict

from feedback_loop.domain.history import DISSOLVED, Fact, Held
from feedback_loop.domain.lives import Life
from feedback_loop.engines.retro.inputs import RetroInput


def open_places(given: RetroInput) -> list[tuple[Held, Fact | None]]:
    """Each open line once with the addition it came from, if that is known; those suppressed left out."""
    found: dict[tuple[str, str, int], tuple[Held, Fact | None]] = {}
    for held, fact in given.standing:
        place = held.pattern, held.path, held.line
        if not held.waived and (place not in found or found[place][1] is None):
            found[place] = held, fact
    return list(found.values())


def settled(given: RetroInput) -> tuple[Life, ...]:
    """The lives, of which so many are open as there are such lines: the newest. The others dissolved.

    A detector that looks at whole texts may see a line go without any change of its own: no ledger has that.
    """
    lines: defaultdict[tuple[str, bytes, str], set[int]] = defaultdict(set)
    for held in given.history.held:
        lines[held.pattern, held.text, held.path].add(held.line)
    left = {key: len(found) for key, found in lines.items()}
    lives = list(given.lives.lives)
    landing = given.history.commits.landing
    waiting = [at for at, life in enumerate(lives) if not life.end]
    for at in sorted(waiting, key=lambda at: (landing[lives[at].born], at), reverse=True):
        key = lives[at].pattern, lives[at].text, lives[at].path
        if left.get(key, 0):
            left[key] -= 1
        else:
            lives[at] = lives[at]._replace(end=DISSOLVED)
    return tuple(lives)
