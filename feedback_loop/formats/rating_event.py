"""A rating as the data of an event, and back (B6). Texts are masked before anything else is done to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, NamedTuple

from feedback_loop.domain.rating import FLAGS, KEEP, Rating, TextSize
from feedback_loop.domain.secrets import cap, mask
from feedback_loop.formats.event_fields import CODE, WHOLE

NOTES = CODE  # characters of notes that are kept
FULL, HASH = "full", "hash"
_TRUNCATE = "truncate:"
_MOST = 1 << 53  # of a number that somebody else wrote: larger ones are no sizes
_write = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Draft(NamedTuple):
    """A rating as it was given, checked but not masked: only `context` is. `at` is `2026-11-20T09:30:00Z`.

    `feedback_id` "" = to be made from the content.
    """

    prompt: str
    output: str
    rating: int
    thumbs: str | None
    tags: tuple[str, ...]
    at: str
    context: Mapping[str, Any]
    notes: str | None = None
    feedback_id: str = ""


def rating_data(draft: Draft, keep: str, see: Callable[[str], tuple[str, ...]]) -> dict[str, Any]:
    """The event's `data`, masked in all its parts. `keep` is the setting feedback.store.

    `see` gives the flags of a prompt. Sizes, flags and the id are those of the whole masked texts,
    whatever is kept of them.
    """
    prompt, output = _masked(draft.prompt), _masked(draft.output)
    data = {
        "subject": "output",
        "feedback_id": draft.feedback_id or feedback_id(prompt, output, draft.at),
        "prompt": _kept(prompt, keep),
        "output": _kept(output, keep),
        "rating": draft.rating,
        "thumbs": draft.thumbs,
        "tags": list(draft.tags),
        "context": draft.context,
        "prompt_size": _size(prompt),
        "output_size": _size(output),
        "features": {"flags": list(see(prompt))},
    }
    if draft.notes is not None and keep != HASH:
        data["notes"] = cap(_masked(draft.notes), NOTES)
    return data


def feedback_id(prompt: str, output: str, at: str) -> str:
    """16 hexadecimal digits of the SHA-256 of these three as canonical JSON; the texts are masked (B4)."""
    content = f"[{_quoted(prompt)},{_quoted(output)},{_quoted(at)}]"
    return hashlib.sha256(content.encode("ascii")).hexdigest()[:16]


def _masked(text: str) -> str:
    return mask(text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8"))


def _kept(text: str, keep: str) -> str | None:
    """What the event holds of a text. Two of 256 KiB as they are written fit into one event of 1 MiB."""
    if keep == HASH:
        return None
    limit = _limit(keep)
    if len(text) > limit:
        text = cap(text, limit)
    if 12 * len(text) <= WHOLE or _written(text) <= WHOLE:
        return text
    low, high = 0, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _written(cap(text, middle)) <= WHOLE else (low, middle)
    return cap(text, low)


def _written(text: str) -> int:
    """Its bytes in the event, without the quotes."""
    return len(_quoted(text)) - 2


@lru_cache(16)
def _limit(keep: str) -> int:
    if keep == FULL:
        return WHOLE
    number = (keep if keep.startswith(_TRUNCATE) else KEEP).removeprefix(_TRUNCATE)
    return min(WHOLE, max(1, int(number)))


def _size(text: str) -> dict[str, Any]:
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return {"characters": len(text), "words": len(text.split()), "sha256": digest}


# -- reading ---------------------------------------------------------------------------------------


def read_rating(event: str, at: int, data: Mapping[str, Any]) -> Rating | None:
    """The rating of a checked event by its id and time; None if its subject is no output.

    What of the free parts is not of the expected type counts as not said.
    """
    if data.get("subject", "output") != "output":
        return None
    context = data.get("context") or {}
    features = data.get("features") or {}
    raised = features.get("flags")
    return Rating(
        feedback_id=data.get("feedback_id") or event[:16],
        at=at,
        rating=data["rating"],
        thumbs=data.get("thumbs"),
        tags=tuple(data.get("tags") or ()),
        framework=_name(context.get("framework")),
        model=_name(context.get("model")),
        task_type=_name(context.get("task_type")),
        techniques=_names(context.get("techniques")),
        flags=tuple(flag for flag in FLAGS if isinstance(raised, list) and flag in raised),
        prompt_size=_read_size(data.get("prompt_size")),
        output_size=_read_size(data.get("output_size")),
        prompt=data.get("prompt"),
        output=data.get("output"),
        notes=data.get("notes"),
        context=_write(context),
        event=event,
    )


def _name(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _names(value: object) -> tuple[str, ...]:
    """A list of names, or one text with commas between them."""
    found = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(dict.fromkeys(name for name in map(_name, found) if name))


def _read_size(value: object) -> TextSize:
    if not isinstance(value, dict):
        return TextSize()
    digest = value.get("sha256")
    numbers = (value.get("characters"), value.get("words"))
    whole = [one if type(one) is int and 0 <= one < _MOST else 0 for one in numbers]
    return TextSize(whole[0], whole[1], digest if isinstance(digest, str) else "")
