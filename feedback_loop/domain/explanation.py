"""Where a figure comes from: its formula with numbers in, and each commit or event it is the sum of (H93)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.figure import FigureId

COMMIT, EVENT, FILE = "commit", "event", "file"
PLAN, TRAILER = "plan", "trailer"  # kinds of what declares patterns


class Reported(NamedTuple):
    """An event as figures count it: `at` in seconds, `count` occurrences of each of its patterns.

    `kind` is the event's, or TRAILER for a commit that declares patterns (then `id` is the commit's), or
    PLAN for a plan that ticks them (a blob's id, NO_TIME). `place` is what it says of a file: `path:line`,
    `path` or "". `commit` is "" where none is named.
    """

    id: str
    at: int
    kind: str
    patterns: tuple[str, ...]
    commit: str = ""
    count: int = 1  # type: ignore[assignment]  # a tuple's method of that name is nobody's here
    place: str = ""


class Listed(NamedTuple):
    """One commit, event or file by its full id (a file's is its blob's).

    `at` is ISO 8601 in UTC, "" where nobody knows. `place` is `path:line` (git's path, undecodable bytes as
    surrogates), `path` or "". It adds `amount` to the total of that name; `total` "" = it is not counted,
    and `note` says why. `landed_in` is the commit of the chain that brought it, "" where it is the commit
    itself.
    """

    source: str
    id: str
    at: str
    pattern: str
    place: str
    kind: str
    total: str = ""
    amount: int = 0
    note: str = ""
    landed_in: str = ""


class Total(NamedTuple):
    """A count that the figure is made of, as reports have it; the listed amounts of its name add up to it."""

    name: str
    value: int


@dataclass(frozen=True)
class Origin:
    """All about one figure. `value` is None where there are not enough data or it is not reached.

    `text` is the value as reports print it. `inputs` are (name, text). `command` shows one of the listed
    commits, "" if there is none. `incomplete` as in `History`.
    """

    figure: FigureId
    value: float | None
    text: str
    definition: str
    formula: str
    inputs: tuple[tuple[str, str], ...]
    listed: tuple[Listed, ...]
    totals: tuple[Total, ...]
    command: str = ""
    incomplete: tuple[str, ...] = ()

    def listed_amount(self, name: str) -> int:
        """What the listed ones add to the total of that name."""
        return sum(one.amount for one in self.listed if one.total == name)

    @property
    def adds_up(self) -> bool:
        """Whether the list accounts for every total: else one of the two is wrong, and that is a defect."""
        return all(self.listed_amount(name) == value for name, value in self.totals)


@dataclass(frozen=True)
class Recount:
    """The same figure computed from git without the cache: `missing` and `extra` are lists' differences.

    `missing` has what only the recount found, `extra` what only the cache knows.
    """

    text: str
    missing: tuple[Listed, ...] = ()
    extra: tuple[Listed, ...] = ()
    agrees: bool = True


def compare_origins(cached: Origin, counted: Origin) -> Recount:
    """What a count without the cache says of the same figure."""
    known, found = set(cached.listed), set(counted.listed)
    missing = tuple(one for one in counted.listed if one not in known)
    extra = tuple(one for one in cached.listed if one not in found)
    agrees = (cached.text, cached.listed, cached.totals) == (counted.text, counted.listed, counted.totals)
    return Recount(counted.text, missing, extra, agrees)


@dataclass(frozen=True)
class Record:
    """A pattern's record in this repository: all history, the effect's word, and "" or why it is too low."""

    introduced: int
    fixed: int
    open: int
    word: str
    incomplete: str = ""
