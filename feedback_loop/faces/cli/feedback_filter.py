"""The filters of `feedback list` and `feedback export` (B9)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.common import given_moment

if TYPE_CHECKING:
    from feedback_loop.domain.rating import RatingQuery

_ALL = 1 << 53  # ratings: more are not there, and SQLite cannot count beyond 63 bits


class ThumbsName(StrEnum):
    """Up or down."""

    up = "up"
    down = "down"


Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="From this day or time on, ISO 8601.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before this day or time.")]
MinRating = Annotated[int | None, typer.Option("--min-rating", metavar="N", help="N stars or more.")]
MaxRating = Annotated[int | None, typer.Option("--max-rating", metavar="N", help="N stars or fewer.")]
Thumbs = Annotated[ThumbsName | None, typer.Option("--thumbs", help="With the thumb up, or down.")]
Tags = Annotated[str | None, typer.Option("--tags", metavar="A,B", help="With all of these tags.")]
Framework = Annotated[str | None, typer.Option("--framework", metavar="NAME", help="Of this framework.")]
Model = Annotated[str | None, typer.Option("--model", metavar="NAME", help="Of this model.")]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=0, help="The newest N; 0 = all of them.")
]


def make_query(
    since: str | None,
    until: str | None,
    stars: tuple[int | None, int | None],
    thumbs: ThumbsName | None,
    tags: str | None,
    names: tuple[str | None, str | None],
    limit: int | None,
) -> RatingQuery:
    """The filters as a query: `stars` from least to most, `names` of a framework and a model.

    `limit` None = all of them. Raises UserError for what is no time, star, tag or name, and for bounds that
    nothing lies between.
    """
    from feedback_loop.domain.rating import RatingQuery

    for option, number in zip(("--min-rating", "--max-rating"), stars, strict=True):
        if number is not None and not 1 <= number <= 5:
            raise _refusal(f"{option} must be from 1 to 5, not {number}")
    least, most = stars
    if least and most and least > most:
        raise _refusal(f"--min-rating {least} is more than --max-rating {most}")
    first, end = given_moment("--since", since), given_moment("--until", until)
    if first is not None and end is not None and first >= end:
        raise _refusal("--since is not before --until")
    return RatingQuery(
        since=first,
        until=end,
        least=least,
        most=most,
        thumbs=None if thumbs is None else thumbs.value,
        tags=_tags(tags),
        framework=_name("--framework", names[0]),
        model=_name("--model", names[1]),
        limit=None if limit is None or limit > _ALL else limit,
    )


def _tags(given: str | None) -> tuple[str, ...]:
    from feedback_loop.domain.rating import TAG_FORM, plain_tag, split_tags
    from feedback_loop.domain.secrets import mask

    tags = split_tags(_name("--tags", given))
    for tag in tags:
        if not TAG_FORM.fullmatch(plain_tag(tag)):
            raise _refusal(f"--tags: no rating can have the tag {mask(tag)!a:.80}")
    if given is not None and not tags:
        raise _refusal("--tags: an empty value")
    return tuple(map(plain_tag, tags))


def _name(option: str, given: str | None) -> str:
    """The text without blanks around it; "" where none is given."""
    if given is None:
        return ""
    try:
        given.encode("utf-8")
    except UnicodeEncodeError:  # a byte of the command line that is no UTF-8
        raise _refusal(f"{option} is not UTF-8") from None
    if not given.strip():
        raise _refusal(f"{option}: an empty value")
    return given.strip()


def _refusal(message: str) -> UserError:
    return UserError(message, kind="usage")
