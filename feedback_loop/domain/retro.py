"""The retro of one period as a value: what its documents say, each figure with its id and what it counts.

Texts are as the repository has them: a renderer encodes them for its sink. Times are UTC in ISO 8601 with
`Z`, "" where a clock said nothing. Commits and events are full ids. Lists stand in the order of reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FOLDER = "plans/retros"
MOST_SOURCES = 100  # of one figure: `explain` lists them all

# What becomes of a proposal.
OPEN = "open"  # a person's to decide
APPLIED = "applied"  # `retro --write` carries it out, or has done so
KEPT, REJECTED = "kept", "rejected"  # a person's answer
_HUGE = 1000  # beyond it a ratio says no more than that


def two_places(value: float) -> str:
    """A number that is no count as all views print it: two places, half to even."""
    return f"{value:,.2f}"


def ratio_words(value: float | None) -> str:
    """`0.36`, `>1,000`, and `inf` for None: how all views print a ratio and the ends of its interval."""
    if value is None or value == float("inf"):
        return "inf"
    return f">{_HUGE:,}" if value > _HUGE else two_places(value)


@dataclass(frozen=True)
class Figure:
    """A number that `explain` takes apart: `id` is H92's, `value` None where nobody knows.

    `commits` and `events` are what it counts; of very many `more` are left out.
    """

    id: str
    value: float | None
    commits: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Range:
    """The period: commits that landed after `after` ("" = from the first one on), up to and with `last`.

    `last` is "" if none landed in it. `start` and `end` are the moments that cut it, or else the times of
    both commits; `misplaced` are commits whose clock tells another side of a cut.
    """

    name: str
    after: str
    last: str
    start: str
    end: str
    misplaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """What the retro was made from. `basis` is the newest commit that is no stored view.

    `considered` of `commits`, merges among them, landed in the period; `skipped` are (class, number) of all
    history; `events` are those of the period, `late` those that came to the store in it with an earlier date.
    `incomplete` says why figures may be too low, `inputs` is the hash of all that went in.
    """

    basis: str
    as_of: str
    considered: int
    commits: int
    skipped: tuple[tuple[str, int], ...]
    events: int
    late: int
    detectors: str
    tool: str
    inputs: str
    incomplete: tuple[str, ...] = ()
    draft: bool = False


@dataclass(frozen=True)
class Row:
    """One pattern in the table: what happened in the period, and in `open` what the basis holds.

    `reported` occurrences are told by events; `frequency` is their sum with the introductions, an event
    that names a counted commit taken once (H54). `word` is the effect's; `level` the highest of its
    detectors, "" if it has none; `state` active or archived; rows stand by `band` of the frequency.
    """

    pattern: str
    title: str
    severity: str
    level: str
    state: str
    introduced: Figure
    fixed: Figure
    open: Figure
    reported: int
    frequency: Figure
    word: str
    band: int

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened in the period and nothing is open."""
        return not (self.introduced.value or self.fixed.value or self.open.value or self.reported)


@dataclass(frozen=True)
class Site:
    """One occurrence: born in `commit`, on the branch since `landed_in`. `path:line` is where the basis has
    it, of one that is gone where it was last written.

    `kind` is introduced, restored or waived; `end` is "" while it is open, else how it ended (fixed,
    reverted, file_deleted, left_scope, dissolved) and `ended_by` the commit that did it; `since` is the
    time it landed, `days` how long it lived (up to as-of while it is open).
    """

    pattern: str
    detector: str
    path: str
    line: int
    commit: str
    landed_in: str
    kind: str
    since: str
    days: float
    end: str = ""
    ended_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the basis still holds it."""
        return not self.end


@dataclass(frozen=True)
class Side:
    """Introductions and 1,000 added lines in scope on one side of an adoption."""

    introductions: int
    lines: float


@dataclass(frozen=True)
class Effect:
    """A pattern's rate after adoption against before (H45-H51); `was` is the word of the retro before.

    `figure` has the ratio as its value. None in `low`, `high` or the figure = unknown, `high` also where
    it is infinite and `is_endless` says so.
    """

    pattern: str
    word: str
    was: str
    figure: Figure
    low: float | None
    high: float | None
    is_endless: bool
    n: int
    before: Side
    after: Side
    adopted: str
    p_adjusted: float | None = None
    phi: float | None = None
    why: str = ""

    @property
    def is_news(self) -> bool:
        """Whether the word is another than in the retro before."""
        return self.word != self.was


@dataclass(frozen=True)
class TimeToFix:
    """Kaplan-Meier over all that landed (H53): days; a median of None is not reached.

    `steps` are (days, share that is still open), for a chart.
    """

    median: Figure
    low: float | None
    high: float | None
    lived: int
    fixed: int
    steps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class HotSpot:
    """A path with introductions in the period; `rate` per 1,000 added lines, None under three of them.

    `former` is that of the six periods before, None if they have too few.
    """

    path: str
    introduced: Figure
    fixed: int
    lines: int
    rate: float | None
    former: float | None


@dataclass(frozen=True)
class PlanRow:
    """A plan that was touched or logged in the period: what it declares, and how many of each verdict."""

    path: str
    declared: int
    ticked: int
    verdicts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Use:
    """How often a pattern was declared, prevented something, or was injected in the period."""

    pattern: str
    declared: Figure
    preventions: Figure
    injections: int


@dataclass(frozen=True)
class Generation:
    """What the runs of generated code showed in the period (C26); runs of one generation are one.

    `captured` are distinct failures, `repeated` those that an earlier run had shown, each once a run.
    `occurrences` are runs that showed one, summed over the failures, `prevented` generations in which a
    warned one was observed not to come; `prevention_rate` is C5's, 0 to 1.
    """

    captured: int
    runs: int
    repeated: int
    occurrences: int
    prevented: int
    prevention_rate: float

    @property
    def repeated_per_run(self) -> float:
        """0.0 without a run."""
        return self.repeated / self.runs if self.runs else 0.0


@dataclass(frozen=True)
class Ratings:
    """How outputs of prompts were rated in the period (B11): `positive` of `n` are a success.

    `low` to `high` is the 95 % interval of their share, 0 to 1. `before_n` and `before_positive` are of the
    period before, which is as long, and `verdict` says what became of the share (B19).
    """

    n: int
    positive: int
    low: float
    high: float
    before_n: int
    before_positive: int
    verdict: str


@dataclass(frozen=True)
class Proposal:
    """What the retro proposes: promote, archive, restore, raise or revise; `id` is 12 hex digits.

    `name` is a pattern, or the name a candidate would get. `figures` are (id, value seen). `state` is OPEN,
    APPLIED, KEPT or REJECTED. A candidate has its shape, a pair of its code (removed, added) and its commits.
    """

    id: str
    kind: str
    name: str
    reason: str
    state: str = OPEN
    figures: tuple[tuple[str, str], ...] = ()
    shape: str = ""
    bad: str = ""
    good: str = ""
    language: str = ""
    commits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """A decision since the retro before; `seen` are the figures it named, `now` the same ids today."""

    event: str
    at: str
    action: str
    pattern: str
    reason: str
    seen: tuple[tuple[str, str], ...] = ()
    now: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Action:
    """An action that people noted in the retro before, and whether they ticked it."""

    text: str
    done: bool


@dataclass(frozen=True)
class Releases:
    """Tags on commits of the period (name, commit), its reverts, and their share of what was written."""

    tags: tuple[tuple[str, str], ...] = ()
    reverts: tuple[str, ...] = ()
    share: float | None = None


@dataclass(frozen=True)
class Week:
    """Seven days of history, for a chart; `start` is a Monday, `2026-11-16`."""

    start: str
    introduced: int
    fixed: int


@dataclass(frozen=True)
class Standing:
    """A pattern for AI_PATTERNS.md: counts of the 90 days (UTC) of which the last one holds as-of."""

    pattern: str
    introduced: Figure
    fixed: Figure
    frequency: Figure
    reported: int


@dataclass(frozen=True)
class Retro:
    """The whole document. `sentences` are three: better, worse, to decide.

    `new` and `fixed` are the period's, `oldest` the five oldest that are open; `again` came back after a
    fix, `same_place` within 180 days of one. `weeks` are up to 26, the last one holds as-of. `degraded`
    says what could not be read. `generation` is None where no run of generated code was ingested, `ratings`
    where nothing was rated in the period; both are then in no document. `former` is the period of the retro
    before, whose actions are `actions`.
    """

    range: Range
    header: Header
    sentences: tuple[str, str, str]
    rows: tuple[Row, ...] = ()
    new: tuple[Site, ...] = ()
    new_total: int = 0
    effects: tuple[Effect, ...] = ()
    fixed: tuple[Site, ...] = ()
    fixed_total: int = 0
    time_to_fix: TimeToFix | None = None
    oldest: tuple[Site, ...] = ()
    again: tuple[Site, ...] = ()
    same_place: tuple[Site, ...] = ()
    hot_spots: tuple[HotSpot, ...] = ()
    plans: tuple[PlanRow, ...] = ()
    use: tuple[Use, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    decisions: tuple[Decision, ...] = ()
    releases: Releases = field(default_factory=Releases)
    degraded: tuple[str, ...] = ()
    standings: tuple[Standing, ...] = ()
    weeks: tuple[Week, ...] = ()
    former: str = ""
    actions: tuple[Action, ...] = ()
    totals: tuple[Figure, ...] = ()  # `library.introduced@PERIOD` and the like
    generation: Generation | None = field(default=None, metadata={"left_out": True})
    ratings: Ratings | None = field(default=None, metadata={"left_out": True})

    @property
    def is_complete(self) -> bool:
        """Whether no history is missing."""
        return not self.header.incomplete
