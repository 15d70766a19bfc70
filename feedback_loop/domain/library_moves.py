"""What became of a person's decision about a pattern: values that the renderers turn into text."""

from __future__ import annotations

from dataclasses import dataclass, field

from feedback_loop.domain.pattern import Origin


@dataclass(frozen=True)
class Decided:
    """A decision that is carried out and recorded. Paths are below the root, with `/`.

    `former` is the name a proposal had before it was accepted under another one. `moved` are pairs of old
    and new path, `written` the files that stay where they are with other content. `event_path` is "" if a
    segment holds the event. `commit` is what `git add` takes to have all of it in the next commit.
    """

    action: str
    name: str
    reason: str
    event: str
    event_path: str
    former: str = ""
    moved: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    commit: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declined:
    """The answer is no, and nothing was changed. `kept` is where an edit lies aside, "" if there is none."""

    action: str
    name: str
    reasons: tuple[str, ...]
    kept: str = ""


@dataclass(frozen=True)
class Proposal:
    """A pattern that waits for a person. `path` is that of its files without their endings.

    `missing` are the parts that an active pattern needs, `gate` is what the example gate has against it,
    `wanting` are the parts it can do without (`pattern lint` names them). `runs` showed the failure that it
    recognises, `hits` times in all; None if it recognises none. A proposal whose files cannot be
    read has `problems` and nothing else.
    """

    name: str
    path: str
    title: str = ""
    origin: Origin = field(default_factory=Origin)
    missing: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    wanting: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    runs: int | None = None
    hits: int = 0

    @property
    def ready(self) -> bool:
        """Whether it would be accepted."""
        return not (self.missing or self.gate or self.problems)
