"""Events as the figures of the generation loop take them: what runs showed or could have shown (C26)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from feedback_loop.api.context.failure_record import FailureOwners
from feedback_loop.domain.event import FAILURES, Event
from feedback_loop.domain.failure import gap_name
from feedback_loop.domain.failure_kind import UNCLASSIFIED
from feedback_loop.domain.generation_figures import Exposed, GenerationFigures, Goals, Shown
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.pattern import Pattern, Signature
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.generation_figures import Holds, measure_generation
from feedback_loop.errors import UserError
from feedback_loop.formats.records import event_data
from feedback_loop.formats.signature_json import signature_of
from feedback_loop.formats.signed_pattern import signed
from feedback_loop.stores.event_files import SEGMENT, SEGMENT_CAP, list_files
from feedback_loop.stores.events import read_events
from feedback_loop.stores.files import safe_read
from feedback_loop.workspace import Workspace

_FILES = tuple(f"-{kind}-" for kind in (*FAILURES, "exposure"))  # in the names of files of one event
_MARKS = (b'"constraint"', b'"exposure"')  # one of them is in every record that can matter


@dataclass(frozen=True)
class Known:
    """The patterns that failures belong to, and the first signature of those that recognise one."""

    owners: FailureOwners
    signed: Mapping[str, Signature]

    @classmethod
    def of(cls, patterns: Iterable[Pattern]) -> Known:
        """Those of every state."""
        told = [signed(one) for one in patterns]
        return cls(FailureOwners(told), {one.name: one.signatures[0] for one in told if one.signatures})


def measure(
    events: Iterable[Event], library: Library, holds: Holds = lambda at: True
) -> GenerationFigures | None:
    """The figures of the events whose time `holds` takes (seconds); None where there is nothing to tell.

    There is something as soon as a run was ingested with what it executed, or a failure was seen that a
    pattern was made from. Failures of a test suite that nobody made a pattern of are no news here.
    """
    known = Known.of(library.patterns)
    told = list(tell(events, known))
    shown = [one for one in told if isinstance(one, Shown)]
    exposed = [one for one in told if isinstance(one, Exposed)]
    made = {name for name, signature in known.signed.items() if signature.constraint}
    if not exposed and not any(one.pattern in made for one in shown):
        return None
    return measure_generation(shown, exposed, holds)


def measure_stored(workspace: Workspace, holds: Holds, end: int) -> GenerationFigures | None:
    """The same of the stored events up to `end` (seconds, included); a store without any is not read."""
    if not _may_tell(workspace.root):
        return None
    library = workspace.library(workspace.settings()[0].patterns)
    events = read_events(workspace.root).events
    return measure([one for one in events if (parse_moment(one.at) or 0) <= end], library, holds)


def _may_tell(root: str) -> bool:
    """Whether any record of the store can matter: its bytes are searched, which is a tenth of reading it."""
    for path in list_files(root, lambda problem: None):
        name = path.rpartition("/")[2]
        if SEGMENT.match(name) or any(one in name for one in _FILES):
            try:
                data = safe_read(root, path, SEGMENT_CAP)
            except (OSError, UserError):
                continue  # gone meanwhile, or told of by those who read the whole store
            if any(mark in data for mark in _MARKS):
                return True
    return False


def goals_of(settings: Settings) -> Goals:
    """What the settings say under `generation.targets`."""
    return Goals(settings.target_repeated, settings.target_prevention, settings.target_captured)


# -- events as values ------------------------------------------------------------------------------


def tell(events: Iterable[Event], known: Known) -> Iterator[Shown | Exposed]:
    """What each event says, by the names that patterns have today; tombstones are the reader's matter.

    A failure belongs to the patterns that its event names; if that names none, to the one that its
    signature makes (C2). One that was not classified counts only for a pattern with a signature.
    """
    for event in events:
        if event.kind in FAILURES:
            yield from _shown(event, known)
        elif event.kind == "exposure":
            yield from _exposed(event, known)


def _shown(event: Event, known: Known) -> Iterator[Shown]:
    if not event.patterns and '"constraint":' not in event.data:
        return
    data = event_data(event)
    told = _classified(data.get("signature"))
    names = event.patterns or ((gap_name(told),) if told else ())
    run = data.get("run") or data.get("occurrence", {}).get("run")
    for name in dict.fromkeys(map(known.owners.today, names)):
        signature = told or known.signed.get(name)
        if signature is not None:
            yield Shown(
                name,
                run if isinstance(run, str) and run else event.id,
                parse_moment(event.at) or 0,
                signature.error_type or "unknown",
                signature.constraint or UNCLASSIFIED,
                int(data.get("hits") or data.get("count") or 1),
                event.id,
            )


def _classified(value: object) -> Signature | None:
    """The signature of a failure that was classified; None for all else that an event may hold there."""
    return signature_of(value) if isinstance(value, dict) and value.get("constraint") else None


def _exposed(event: Event, known: Known) -> Iterator[Exposed]:
    data = event_data(event)
    run, generation = data.get("run") or "", data.get("generation_id") or ""
    if not (run or generation):
        return
    pattern = known.owners.today(data["pattern"]) if data["pattern"] else ""
    outcome = data.get("outcome") or ("recurred" if data.get("occurred") else "")
    yield Exposed(pattern, run, parse_moment(event.at) or 0, generation, outcome, event.id)
