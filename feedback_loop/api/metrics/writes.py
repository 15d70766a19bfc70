"""The way of a collector's events into one store: each occurrence gets an event of its own, once (A30)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from feedback_loop.domain.event import Event
from feedback_loop.stores.events import Appended, BlockedEvents, append_events


@dataclass(frozen=True)
class Planned:
    """An event to be. `sure` = nobody has stored it yet, so an equal one there is another occurrence.

    `make` gives the event with another `occurrence.index`; `step` is how far the next free one may be.
    """

    event: Event
    index: int
    make: Callable[[int], Event]
    step: int = 1
    sure: bool = False

    def next(self) -> Planned:
        """The same occurrence under another index."""
        index = self.index + self.step
        return replace(self, event=self.make(index), index=index)


@dataclass
class Sent:
    """How many events were written, and how many had been before."""

    written: int = 0
    present: int = 0


class Outbox:
    """The events for one store. What a fault holds up waits for the next call."""

    def __init__(self) -> None:
        self._waiting: list[Planned] = []
        self._fault: BlockedEvents | None = None

    def retry(self, root: str) -> Sent:
        """Send what waits. Raises MachineFault when the disk says no."""
        planned, self._waiting, self._fault = self._waiting, [], None
        return self.send(root, planned)

    def send(self, root: str, planned: Iterable[Planned]) -> Sent:
        """Write these events. Those that are there or blocked, and sure to be others, take another index.

        Two processes may do so at once: whoever comes second finds the event of the first, and goes on.
        Raises MachineFault when the disk says no; for blocked events `complain` does.
        """
        sent = Sent()
        held = self._waiting
        batch = _distinct(planned)
        while batch:
            # After a fault nobody knows which of them are written: what is there then is ours.
            self._waiting = held + [replace(one, sure=False) for one in batch.values()]
            done, blocked = self._append(root, batch)
            again = [one for id_, one in batch.items() if one.sure and id_ in done.known | blocked]
            held = held + [batch[id_] for id_ in blocked if not batch[id_].sure]
            sent.written += done.written
            sent.present += sum(not batch[id_].sure for id_ in done.known)
            batch = _distinct(one.next() for one in again)
        self._waiting = held
        return sent

    def _append(self, root: str, batch: dict[str, Planned]) -> tuple[Appended, frozenset[str]]:
        try:
            return append_events(root, [one.event for one in batch.values()]), frozenset()
        except BlockedEvents as fault:
            if any(not batch[id_].sure for id_ in fault.events):
                before = self._fault.paths if self._fault else ()
                self._fault = BlockedEvents((*before, *fault.paths), fault.events, fault.done)
            return fault.done, fault.events

    def complain(self) -> None:
        """Raises BlockedEvents if there are events that damaged files have kept out."""
        if self._fault is not None and self._waiting:
            ids = frozenset(one.event.id for one in self._waiting)
            raise BlockedEvents(tuple(dict.fromkeys(self._fault.paths)), ids, self._fault.done)


def _distinct(planned: Iterable[Planned]) -> dict[str, Planned]:
    """By id; of equal ones each stands for an occurrence of its own."""
    batch: dict[str, Planned] = {}
    for one in planned:
        while one.event.id in batch:
            one = one.next()
        batch[one.event.id] = one
    return batch
