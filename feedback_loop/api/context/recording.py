"""That patterns were put before an assistant, as an event, written before the text is there (D20, C25)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feedback_loop.domain.injection import NO_IDS, Ids
from feedback_loop.formats.records import make_event
from feedback_loop.stores.events import append_events

if TYPE_CHECKING:
    from feedback_loop.domain.event import Event
    from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class Injection:
    """What was injected into which prompt. `target` is `prompt`, or what the prompt is for.

    `patterns` and `withheld` are names; the prompt itself is not kept, only its SHA-256.
    """

    target: str
    prompt: str
    patterns: Sequence[str]
    withheld: Sequence[str] = ()
    ids: Ids = NO_IDS


def record_injection(
    workspace: Workspace, injection: Injection, clock: Callable[[], datetime] | None = None
) -> Event:
    """The event, on the disk when this returns.

    Raises InputError for an id that is no text of the event's, MachineFault when the disk says no.
    """
    from feedback_loop.api.metrics.times import stamp
    from feedback_loop.api.origin import author, head_commit

    ids = injection.ids
    data = {
        "target": injection.target,
        "patterns": list(injection.patterns),
        "withheld": list(injection.withheld) or None,
        "prompt_sha256": hashlib.sha256(injection.prompt.encode("utf-8", "surrogatepass")).hexdigest(),
        "generation_id": ids.generation,
        "session_id": ids.session,
        "task_id": ids.task,
    }
    event = make_event(
        "injection",
        stamp((clock or _now)()),
        {name: value for name, value in data.items() if value is not None},
        patterns=injection.patterns,
        source={"kind": "context"},
        by=author(workspace),
        commit=head_commit(workspace),
    )
    append_events(workspace.root, [event])
    return event


def _now() -> datetime:
    return datetime.now(UTC)
