"""`NegativePatternStore`: a repository's anti-patterns, read and written (C3)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from feedback_loop.api.antipatterns.antipattern import GenerationAntiPattern, of_pattern, proposal_of
from feedback_loop.api.antipatterns.held import Held, read_held
from feedback_loop.api.arguments import check_folder, check_id, check_text, check_whole
from feedback_loop.api.context.failure_queries import FailureQueries
from feedback_loop.api.context.own_names import OwnNames
from feedback_loop.api.metrics.times import stamp
from feedback_loop.api.patterns.decisions import library_lock, own_settings
from feedback_loop.api.patterns.moves import restore
from feedback_loop.api.smoke.candidates import write_gap
from feedback_loop.api.smoke.exposure import exposure_events
from feedback_loop.domain.event import Event
from feedback_loop.domain.exposure import PREVENTED, RunSeen
from feedback_loop.domain.gap import failure_signatures
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.pattern import Pattern, Signature
from feedback_loop.engines.classify.rules import is_shipped
from feedback_loop.errors import InputError
from feedback_loop.formats.records import make_event
from feedback_loop.formats.signature_json import signature_fields
from feedback_loop.stores.events import append_events, read_events
from feedback_loop.workspace import Workspace

Clock = Callable[[], datetime]
_SOURCE = {"kind": "api"}
_RECURRED = "it recurred"
_STATES = ("active", "proposed")


class NegativePatternStore(FailureQueries[GenerationAntiPattern]):
    """The anti-patterns of the repository around `root`, or around the process; a prompt enhancer reads it.

    Queries answer active and proposed ones, `get_all_patterns` archived ones too: the most severe first (C8),
    then by name, a pattern once, by the narrowest of its signatures that fits. Files and events are read when
    something is first asked for; what this store writes counts at once, what others write for a new store.
    `notes` say what could not be read.

    Raises UserError where there is no repository, or a write needs a library that it does not have;
    MachineFault when the disk says no, InputError for an argument of another type or an id that cannot stand
    in an event.
    """

    def __init__(self, root: str | os.PathLike[str] | None = None, *, clock: Clock | None = None) -> None:
        self.workspace = Workspace.open(check_folder("root", root))
        self.notes: tuple[str, ...] = ()
        self._clock = clock or _now
        self._settings = self.workspace.settings()[0]
        self._names = OwnNames(self.workspace, self._settings)
        self._state: Held | None = None
        self._answers: list[GenerationAntiPattern] | None = None
        self._held: list[Event] | None = None  # events that are written together

    # -- writing -----------------------------------------------------------------------------------

    def store(self, pattern: GenerationAntiPattern) -> bool:
        """Write it to `proposed/`; False if there is one of that id already, which stays as it is.

        Its counters come from events: an `occurrence_count` that it brings along becomes one event, at
        `last_seen`; `times_prevented` is not taken. Raises InputError for what no pattern can hold.
        """
        if not isinstance(pattern, GenerationAntiPattern):
            raise InputError(f"pattern must be a GenerationAntiPattern, not {type(pattern).__name__}")
        if self.exists(pattern.pattern_id):
            return False
        proposal = proposal_of(pattern)
        folder = own_settings(self.workspace).patterns
        with library_lock(self.workspace, stamp(self._clock())):
            write_gap(self.workspace.root, folder, proposal)
        read = self._read()
        read.add(proposal)
        self._answers = None
        if pattern.occurrence_count > 0:
            at = stamp(pattern.last_seen or self._clock())
            self._show(proposal.name, at, {"count": pattern.occurrence_count})
        return True

    def increment_occurrence(self, pattern_id: str, run_id: str | None = None) -> bool:
        """A run showed the failure; False if that run, or its generation, is known to have shown it.

        Without `run_id` it is a run of its own. An archived pattern comes back. Raises KeyError for an
        unknown id.
        """
        name = self._name(pattern_id)
        check_id("run_id", run_id)
        run = run_id or f"run-{uuid4().hex}"
        counts = self._read().counts
        if counts.key(run) in counts.of(name).runs:
            return False
        at = stamp(self._clock())
        self._show(name, at, {"run": run, "occurrence": {"run": run, "test": name, "index": 0}})
        self._restore(name)
        return True

    def increment_prevention(
        self, pattern_id: str, generation_id: str | None = None, run_id: str | None = None
    ) -> bool:
        """A generation was warned and did not show the failure; False if that is known.

        It is for callers who observed it themselves; a run's exposures are `record_run`'s. Without
        `generation_id` the run's generation counts, else the run; without both it is one of its own. Raises
        KeyError for an unknown id.
        """
        name = self._name(pattern_id)
        check_id("generation_id", generation_id)
        check_id("run_id", run_id)
        if not (generation_id or run_id):
            generation_id = f"generation-{uuid4().hex}"
        counts = self._read().counts
        record = counts.of(name)
        ended = counts.key(run_id or "", generation_id or "")
        if ended in record.prevented:
            return False
        data = {
            "run": run_id or None,
            "generation_id": generation_id or None,
            "pattern": name,
            "injected": True,
            "withheld": False,
            "occurred": False,
            "outcome": PREVENTED,
        }
        self._write([make_event("exposure", stamp(self._clock()), data, patterns=[name], source=_SOURCE)])
        record.prevented.add(ended)
        return True

    def record_run(self, seen: RunSeen) -> int:
        """Write what the run says of each known failure (C6); the number of events, 0 for a known run."""
        if not isinstance(seen, RunSeen):
            raise InputError(f"seen must be a RunSeen, not {type(seen).__name__}")
        check_id("seen.run", seen.run)
        check_id("seen.generation", seen.generation or None)
        made = exposure_events(self.workspace, [seen], read_events(self.workspace.root).events)
        self._write(made.events)
        self.refresh()
        self.notes += tuple(made.notes)
        return len(made.events)

    def refresh(self) -> None:
        """Forget what was read: others wrote."""
        self._state = self._answers = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is counted meanwhile is written at the end, as one file if it is much."""
        if self._held is not None:
            yield
            return
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            self._write(held)

    def _show(self, name: str, at: str, more: dict[str, Any]) -> None:
        pattern = self._read().patterns[name]
        signature = failure_signatures(pattern)[0]
        data = {
            "test_name": name,
            "failure_reason": signature.exception or name,
            "signature": signature_fields(signature),
        }
        event = make_event("test_failure", at, data | more, patterns=[name], source=_SOURCE)
        self._write([event])
        counts, count = self._read().counts, more.get("count", 1)
        counts.of(name).see(counts.key(more.get("run", "")), count, count, parse_moment(at) or 0)

    def _restore(self, name: str) -> None:
        patterns = self._read().patterns
        if patterns[name].state == "archived":
            self.notes += restore(self.workspace, name, _RECURRED, clock=self._clock).notes
            self._read().add(replace(patterns[name], state="active"))

    def _write(self, events: Sequence[Event]) -> None:
        self._answers = None
        if self._held is not None:
            self._held += events
        else:
            append_events(self.workspace.root, events)

    # -- reading -----------------------------------------------------------------------------------

    def exists(self, pattern_id: str) -> bool:
        """Whether there is a pattern of this name, or that once had it, in whatever state."""
        check_text("pattern_id", pattern_id)
        return pattern_id in self._read().names

    def get(self, pattern_id: str) -> GenerationAntiPattern:
        """The anti-pattern by its name or a former one; of several signatures the first. Raises KeyError."""
        name = self._name(pattern_id)
        pattern = self._read().patterns[name]
        return self._counted(pattern, failure_signatures(pattern)[0])

    def get_all_patterns(self, limit: int | None = None) -> list[GenerationAntiPattern]:
        """All of them, archived ones too, or the first so many; each by its first signature."""
        check_whole("limit", limit, least=0, optional=True)
        first: dict[str, GenerationAntiPattern] = {}
        for one in self._all():
            first.setdefault(one.pattern_id, one)
        return list(first.values())[:limit]

    def get_statistics(self) -> dict[str, Any]:
        """Counts: patterns in all, by state, error type and constraint, their runs, hits and preventions."""
        return self._read().statistics()

    def own_names(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the names and endpoints that are the application's own (C24)."""
        return self._names.known(names)

    def _failures(self) -> list[GenerationAntiPattern]:
        return [one for one in self._all() if one.state in _STATES]

    def _all(self) -> list[GenerationAntiPattern]:
        if self._answers is None:
            now = self._clock()
            found = [
                self._counted(pattern, signature)
                for pattern in self._read().patterns.values()
                for signature in failure_signatures(pattern)
            ]
            self._answers = sorted(found, key=lambda one: (-one.severity_score(now), one.pattern_id))
        return self._answers

    def _counted(self, pattern: Pattern, signature: Signature) -> GenerationAntiPattern:
        record = self._read().counts.of(pattern.name)
        allowed = pattern.state == "proposed" and self._settings.inject_proposed
        return replace(
            of_pattern(pattern, signature),
            occurrence_count=record.occurrences,
            times_prevented=record.times_prevented,
            last_seen=None if record.last is None else datetime.fromtimestamp(record.last, UTC),
            hits=record.hits,
            shipped=allowed and is_shipped(signature, pattern.guidance),
        )

    def _name(self, pattern_id: str) -> str:
        """The name of today. Raises KeyError."""
        check_text("pattern_id", pattern_id)
        return self._read().names[pattern_id]

    def _read(self) -> Held:
        if self._state is None:
            self._state = read_held(self.workspace, self._settings.patterns)
            self.notes = self._state.notes
        return self._state


def _now() -> datetime:
    return datetime.now(UTC)
