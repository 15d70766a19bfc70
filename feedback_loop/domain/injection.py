"""What is put before an assistant: what was asked, which patterns were chosen and why, the text (D18-D21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from feedback_loop.domain.search import Indexed

CHARS_PER_TOKEN = 4  # D21: near enough for English and code, and the same everywhere
_SURE = 3.0  # the weight of ratings from which they say more than chance (D3)


@dataclass(frozen=True)
class Ratings:
    """What ratings say of a pattern (D3).

    `weight` is W, `success_rate` 100·S/W, 0 to 100. `lower` and `upper` are the 5 % and 95 % quantiles of
    Beta(1+S, 1+W-S). `used` and `succeeded` are numbers of ratings, for people to read.
    """

    weight: float = 0.0
    success_rate: float = 0.0
    lower: float = 0.05
    upper: float = 0.95
    used: int = 0
    succeeded: int = 0

    @property
    def state(self) -> str:
        """`untested`, `proven`, `failing` or `promising`."""
        if not self.weight:
            return "untested"
        if self.weight >= _SURE and self.lower >= 0.5:
            return "proven"
        return "failing" if self.weight >= _SURE and self.upper <= 0.5 else "promising"

    @property
    def is_sure(self) -> bool:
        """Whether there are ratings enough to go by their rate alone: (a) of D19."""
        return self.weight >= _SURE


UNTESTED = Ratings()


@dataclass(frozen=True)
class Limits:
    """How many patterns at most, how good (0 to 100) and how relevant (0 to 1) they must be.

    `budget` is in tokens, `holdout` the share (0 to 1) of patterns that a generation goes without.
    """

    max_patterns: int = 3
    min_success_rate: float = 70
    min_relevance: float = 0.6
    budget: int = 1500
    holdout: float = 0.0


@dataclass(frozen=True)
class Signs:
    """What is known of patterns by name besides the task.

    `ratings`: those of the library. `seen`: how often events report the mistake. `open`: findings in
    the files that will be touched.
    """

    ratings: Mapping[str, Ratings] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    open: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ids:
    """What an injection is later tied to; None = not known."""

    generation: str | None = None
    session: str | None = None
    task: str | None = None


NO_IDS = Ids()


@dataclass(frozen=True)
class Wanted:
    """What a caller wants otherwise than the settings say; None = as they say.

    As `Limits`; `holdout` is the share of patterns (0 to 1) that a generation goes without.
    """

    max_patterns: int | None = None
    min_success_rate: float | None = None
    min_relevance: float | None = None
    budget: int | None = None
    holdout: float | None = None


AS_SET = Wanted()


@dataclass(frozen=True)
class Request:
    """A prompt that patterns are to be put behind. `task` is what they are searched by, "" = the prompt.

    Relative `paths` (files that the task will touch) are seen from `folder`, default the process's.
    """

    prompt: str
    task: str = ""
    wanted: Wanted = AS_SET
    paths: tuple[str, ...] = ()
    folder: str | None = None
    ids: Ids = NO_IDS
    record: bool = False


@dataclass(frozen=True)
class Chosen:
    """A pattern that is offered. `use` is its expected use (`engines.inject.choose`), `why` is in words."""

    pattern: Indexed
    relevance: float
    ratings: Ratings = UNTESTED
    seen: int = 0
    open: int = 0
    use: float = 0.0
    why: str = ""


class LeftOut(NamedTuple):
    """A pattern that was found and is not offered."""

    pattern: str
    reason: str


@dataclass(frozen=True)
class Context:
    """The text to hand out: the prompt, byte for byte, and the section behind it if there is one.

    `tokens` are those of what was added. `warned` are the names of known failures that it warns of,
    `withheld` the names that a holdout kept back. `ids` are the request's, with a generation's id where one
    had to be made for the event.
    """

    text: str
    chosen: tuple[Chosen, ...] = ()
    warned: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    tokens: int = 0
    withheld: tuple[str, ...] = ()
    ids: Ids = NO_IDS
    notes: tuple[str, ...] = ()
