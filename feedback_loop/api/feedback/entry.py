"""`FeedbackEntry`: one rating in the shape that users of the Python names know (B4)."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from feedback_loop.api.arguments import check_flag, check_whole
from feedback_loop.api.metrics.times import stamp
from feedback_loop.domain.rating import NEGATIVE, POSITIVE, Rating, outcome_of, thumbs_named
from feedback_loop.domain.rating_fields import rating_fields


def _now() -> str:
    return stamp(datetime.now(UTC))


@dataclass
class FeedbackEntry:
    """A rating of an output: yours to change until it is inserted, where it is checked.

    `rating` is 1 to 5 stars. `thumbs_up` None = what the stars say: 4 and 5 are up, 1 and 2 down.
    `timestamp` is ISO 8601, without an offset UTC. `feedback_id` is made at the insertion unless given.
    Of an entry that was read, `prompt` and `output` are "" where no text was kept.
    """

    prompt: str
    output: str
    rating: int
    thumbs_up: bool | None = None
    tags: list[str] = field(default_factory=list)
    timestamp: str = field(default_factory=_now)
    context: dict[str, Any] = field(default_factory=dict)
    feedback_id: str | None = None
    notes: str | None = None

    @property
    def is_positive(self) -> bool:
        """Four or five stars and no thumb down (B11). Raises InputError for a wrong `rating` or thumb."""
        return self._outcome() == POSITIVE

    @property
    def is_negative(self) -> bool:
        """One or two stars, or a thumb down. Raises InputError for a wrong `rating` or thumb."""
        return self._outcome() == NEGATIVE

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, copies down to the last one."""
        return {one.name: copy.deepcopy(getattr(self, one.name)) for one in fields(self)}

    def _outcome(self) -> str:
        check_whole("rating", self.rating, most=5)
        check_flag("thumbs_up", self.thumbs_up, optional=True)
        return outcome_of(self.rating, thumbs_named(self.thumbs_up))


def entry_of(rating: Rating) -> FeedbackEntry:
    """The entry of a rating that was read with its texts."""
    texts = {"prompt": rating.prompt or "", "output": rating.output or ""}
    return FeedbackEntry(**(rating_fields(rating) | texts))
