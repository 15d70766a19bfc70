"""A rating of what a prompt produced, and what counts as success (B4, B6, B11)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from feedback_loop.domain.moment import DAY

POSITIVE, NEGATIVE, NEUTRAL = "positive", "negative", "neutral"
UP, DOWN = "up", "down"
LEAST_POSITIVE, MOST_NEGATIVE = 4, 2  # stars
FLAGS = ("examples", "constraints", "steps", "format")
UNKNOWN = "unknown"  # a framework's name where nobody said one: never recommended (B15)
KEEP = "truncate:20000"  # what is kept of prompts and outputs where no settings say it (B6)
TAGS = (
    *("technical", "creative", "analytical", "planning"),  # type
    *("code", "content", "research", "decision"),  # domain
    *("structured", "freeform", "step-by-step"),  # format
)

TAG_FORM = re.compile(r"[a-z0-9][a-z0-9_.:/-]{0,63}", re.ASCII)  # of a whole tag (B3)


class TextSize(NamedTuple):
    """How large a text was before it was cut or left out; `sha256` is of its masked whole in UTF-8."""

    characters: int = 0
    words: int = 0
    sha256: str = ""


class Rating(NamedTuple):
    """One rating. `at` is in seconds since 1970, `thumbs` `up`, `down` or None.

    `prompt`, `output` and `notes` are None where no text was kept, or asked for. `flags` are those of FLAGS
    that the whole prompt showed. `context` is the JSON object as text; `framework`, `model`, `task_type` and
    `techniques` are what it says under these names ("" and () if it does not). `event` is the id of the
    event that it was read from.
    """

    feedback_id: str
    at: int
    rating: int
    thumbs: str | None = None
    tags: tuple[str, ...] = ()
    framework: str = ""
    model: str = ""
    task_type: str = ""
    techniques: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    prompt_size: TextSize = TextSize()
    output_size: TextSize = TextSize()
    prompt: str | None = None
    output: str | None = None
    notes: str | None = None
    context: str = "{}"
    event: str = ""

    @property
    def outcome(self) -> str:
        """POSITIVE, NEGATIVE or NEUTRAL."""
        return outcome_of(self.rating, self.thumbs)

    @property
    def thumbs_up(self) -> bool | None:
        """As the Python names know it."""
        return thumbs_up(self.thumbs)


class Gist(NamedTuple):
    """What two ratings under one feedback id must have in common; a digest "" is not known."""

    rating: int
    thumbs: str | None
    prompt_sha256: str = ""
    output_sha256: str = ""

    def contradicts(self, other: Gist) -> bool:
        """Whether they cannot be the same rating: other stars, another thumb, or another text."""
        return (
            self[:2] != other[:2]
            or _differ(self.prompt_sha256, other.prompt_sha256)
            or _differ(self.output_sha256, other.output_sha256)
        )


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other


@dataclass(frozen=True)
class RatingQuery:
    """Which ratings (B9): from `since` to before `until` (seconds), stars in between, all of the tags.

    "" and None ask for nothing. The newest come first; `limit` counts what is left then, None = all.
    `texts` False leaves prompt, output, notes and context out, and all of their sizes but the characters,
    which is much faster.
    """

    since: int | None = None
    until: int | None = None
    least: int | None = None
    most: int | None = None
    thumbs: str | None = None
    tags: tuple[str, ...] = ()
    framework: str = ""
    model: str = ""
    limit: int | None = None
    texts: bool = True

    @classmethod
    def of_days(cls, days: int, as_of: int, **more: Any) -> RatingQuery:
        """The last `days` up to and with `as_of` (seconds); `more` are other fields, such as `texts`."""
        return cls(since=as_of + 1 - days * DAY, until=as_of + 1, **more)


def outcome_of(rating: int, thumbs: str | None) -> str:
    """Four or five stars and no thumb down are a success, one or two or a thumb down a failure (B11)."""
    if rating <= MOST_NEGATIVE or thumbs == DOWN:
        return NEGATIVE
    return POSITIVE if rating >= LEAST_POSITIVE else NEUTRAL


def thumbs_of(rating: int) -> str | None:
    """What the stars say where no thumb was given (B2)."""
    return UP if rating >= LEAST_POSITIVE else DOWN if rating <= MOST_NEGATIVE else None


def precedence(at: int, event: str) -> tuple[int, str]:
    """Of several ratings with one feedback id the one with the least counts: the first by time and event."""
    return at, event


def thumbs_up(thumbs: str | None) -> bool | None:
    """`up` is True and `down` is False."""
    return None if thumbs is None else thumbs == UP


def thumbs_named(up: bool | None) -> str | None:
    """The other way round."""
    return None if up is None else UP if up else DOWN


def plain_tag(tag: str) -> str:
    """As tags are written."""
    return tag.strip().lower()


def split_tags(text: str) -> list[str]:
    """What stands between commas, without blanks around it; nothing else is done to it yet."""
    return [tag.strip() for tag in text.split(",") if tag.strip()]
