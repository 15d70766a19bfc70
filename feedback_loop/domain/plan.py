"""A plan's `## Patterns to Apply` checklist, and what a diff says about each item. On the hot path."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.domain.finding import Finding

HEADING = "Patterns to Apply"
SIZE_CAP = 1 << 20
VIOLATED = "violated"
UNVERIFIABLE = "unverifiable"
SUPPORTED = "supported"
NOT_APPLICABLE = "not_applicable"
VERDICTS = (VIOLATED, UNVERIFIABLE, SUPPORTED, NOT_APPLICABLE)
STAGED = "what is staged"
MALFORMED = "malformed box"  # how the note about a box that is none begins


class Item:
    """One box: `name` is the text as a person wrote it, `line` counts from 1."""

    __slots__ = ("checked", "line", "name")

    def __init__(self, name: str, line: int, checked: bool) -> None:
        self.name = name
        self.line = line
        self.checked = checked


class Note:
    """Something in a plan that looks like a claim but was not read as one, and why."""

    __slots__ = ("line", "text")

    def __init__(self, line: int, text: str) -> None:
        self.line = line
        self.text = text


class Section:
    """The checklist. `begin` is the line of its heading, `end` the last line that belongs to it; 0 = none."""

    __slots__ = ("begin", "end", "items", "notes")

    def __init__(self) -> None:
        self.begin = 0
        self.end = 0
        self.items: list[Item] = []
        self.notes: list[Note] = []

    @property
    def malformed(self) -> list[Note]:
        """The notes about boxes that are none: claims that would be lost."""
        return [note for note in self.notes if note.text.startswith(MALFORMED)]


class Judged:
    """An item held against a diff.

    `pattern` is the resolved name ("" = not in the library), `near` then what it may mean. `sites` are
    (path, line) of added lines that hold a construct the pattern speaks about.
    """

    __slots__ = ("findings", "item", "near", "pattern", "reason", "sites", "verdict")

    def __init__(self, item: Item, pattern: str, verdict: str, reason: str) -> None:
        self.item = item
        self.pattern = pattern
        self.verdict = verdict
        self.reason = reason
        self.near: tuple[str, ...] = ()
        self.sites: list[tuple[bytes, int]] = []
        self.findings: list[Finding] = []


class PlanReport:
    """What a diff says about one plan. `against` names the diff for people.

    `conflicts` are pairs of listed patterns that contradict each other.
    """

    __slots__ = ("against", "conflicts", "judged", "path", "section")

    def __init__(self, path: bytes, against: str, section: Section) -> None:
        self.path = path
        self.against = against
        self.section = section
        self.judged: list[Judged] = []
        self.conflicts: list[tuple[str, str]] = []

    @property
    def ticked(self) -> bool:
        """Whether the plan claims anything."""
        return any(item.checked for item in self.section.items)

    @property
    def broken(self) -> list[Judged]:
        """Ticked items that the diff violates."""
        return [one for one in self.judged if one.item.checked and one.verdict == VIOLATED]

    @property
    def unproven(self) -> list[Judged]:
        """Ticked items that the diff does not support."""
        return [one for one in self.judged if one.item.checked and one.verdict != SUPPORTED]

    @property
    def unclaimed(self) -> list[Judged]:
        """Items without a tick that the diff supports."""
        return [one for one in self.judged if not one.item.checked and one.verdict == SUPPORTED]

    def count(self, verdict: str) -> int:
        """How many items have this verdict."""
        return sum(one.verdict == verdict for one in self.judged)

    def fails(self, strict: bool) -> bool:
        """Whether a ticked item is violated; if `strict`, whether any is, or a ticked one is unproven."""
        if strict:
            return bool(self.unproven) or self.count(VIOLATED) > 0
        return bool(self.broken)
