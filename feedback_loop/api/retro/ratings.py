"""The retro's line of ratings: how outputs were rated in its period, against the one before (H78.10b)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from feedback_loop.domain.event import Event
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.rating import Rating, precedence
from feedback_loop.domain.retro import Ratings
from feedback_loop.domain.success import compare, success_of
from feedback_loop.formats.rating_event import read_rating
from feedback_loop.formats.records import event_data


def summed_ratings(events: Iterable[Event], start: int | None, end: int | None) -> Ratings | None:
    """From `start` to before `end` (seconds, None = open), against as long a time before it.

    None where the period has no ratings; before an open end there is nothing.
    """
    last_first = sorted(_outputs(events), key=lambda one: precedence(one.at, one.event), reverse=True)
    found = {one.feedback_id: one for one in last_first}.values()
    now = [one for one in found if (start is None or one.at >= start) and (end is None or one.at < end)]
    if not now:
        return None
    before: list[Rating] = []
    if start is not None and end is not None:
        before = [one for one in found if 2 * start - end <= one.at < start]
    success, former = success_of(now), success_of(before)
    low, high = success.interval
    verdict = compare(success, former).verdict
    return Ratings(success.n, success.positive, low, high, former.n, former.positive, verdict)


def _outputs(events: Iterable[Event]) -> Iterator[Rating]:
    for event in events:
        if event.kind == "rating" and (at := parse_moment(event.at)) is not None:
            rating = read_rating(event.id, at, event_data(event))
            if rating is not None:
                yield rating
