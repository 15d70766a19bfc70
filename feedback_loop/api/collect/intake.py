"""What taking in reports has in common, whoever wants them: which kind, which run, what is new of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from feedback_loop.api.application.rules import rule_faults
from feedback_loop.domain.event import Event
from feedback_loop.domain.reported import ReportRead
from feedback_loop.domain.secrets import mask
from feedback_loop.domain.text import counted
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats import report_kinds
from feedback_loop.formats.schema import did_you_mean
from feedback_loop.stores.occurrences import Occurrence, known_occurrences, occurrence_of
from feedback_loop.workspace import Workspace

AUTO = "auto"
_RUN_CAP = 200  # characters
_RUN_DIGITS = 16


@dataclass(frozen=True)
class Taken:
    """A report that was read: what it is called, its kind (`sniffed` = told by its content), its run."""

    name: str
    kind: str
    sniffed: bool
    run: str
    read: ReportRead


def check_settings(workspace: Workspace) -> None:
    """Raises UserError for broken settings: a rule that is not read now gives its events another pattern."""
    settings, problems = workspace.settings()
    faults = [*problems, *rule_faults(settings)]
    if faults:
        raise UserError(f"the settings are broken: {faults[0]}", "mend them first", kind="settings")


def check_kind(kind: str, known: Sequence[str]) -> None:
    """Raises InputError for a kind that is not one of the known."""
    if kind not in known:
        hint = did_you_mean(kind, list(known))
        raise InputError(f"--input: {kind!a} is not one of {', '.join(known)}{hint}", kind="usage")


def check_run(run: str | None, option: str = "--run") -> None:
    """Raises InputError for a name of a run, or of what `option` says, that cannot stand in an event."""
    if run is not None and (not run.strip() or len(run) > _RUN_CAP or not run.isprintable()):
        raise InputError(f"{option}: 1 to {_RUN_CAP} printable characters are needed", kind="usage")
    if run is not None and mask(run) != run:
        raise InputError(f"{option} looks like a secret, and would stand in every event", kind="usage")


def kind_of(name: str, data: bytes, known: Sequence[str], shown: Sequence[str] = ()) -> str:
    """The kind of the report by its content; `shown` are their names for people, where they have others.

    Raises InputError if it is none of the known.
    """
    kind = report_kinds.sniff(data, name) or ""
    is_log = kind == "traceback"  # an empty one has no failure
    if (not kind or not (is_log or data.strip())) and (fault := report_kinds.fault_of(data)):
        raise InputError(fault)
    if kind in known:
        return kind
    what = f"it looks like {kind}" if kind else "nothing that can be recognised"
    raise InputError(what, f"say what it is: --input, one of {', '.join(shown or known)}")


def read_run(kind: str, data: bytes, run: str | None) -> tuple[ReportRead, str]:
    """The report, and its run: the given one, else its own, else 16 hexadecimal digits over its bytes.

    Raises InputError if it cannot be read as that kind.
    """
    read = report_kinds.read_report(kind, data)
    return read, run or _own_run(read.run) or hashlib.sha256(data).hexdigest()[:_RUN_DIGITS]


def _own_run(run: str | None) -> str | None:
    """The report's own name of its run, if it can stand in an event as it is."""
    fits = run is not None and run.strip() and len(run) <= _RUN_CAP and mask(run) == run
    return run if fits else None


class OnlyNew:
    """Tells which events are new: neither in the store by their occurrence, nor told before.

    `unread` counts records of the store that cannot be read.
    """

    def __init__(self, root: str, events: Iterable[Event]) -> None:
        self._known: set[Occurrence]
        self._known, self.unread = known_occurrences(root, events)

    @property
    def note(self) -> str:
        """What to say of the unread ones."""
        return f"{counted(self.unread, 'record')} of the store cannot be read: see `events verify`"

    def is_new(self, event: Event) -> bool:
        """Whether this occurrence is new; from now on it is known."""
        key = occurrence_of(event)
        if key is None:
            return True
        if key in self._known:
            return False
        self._known.add(key)
        return True
