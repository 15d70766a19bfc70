"""Whether an entry can be recorded (B5): every wrong field of every entry is named at once."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category

from feedback_loop.api.feedback.entry import FeedbackEntry
from feedback_loop.api.feedback.routed import with_credit
from feedback_loop.api.metrics.times import given_time
from feedback_loop.domain.rating import TAG_FORM, plain_tag, thumbs_named, thumbs_of
from feedback_loop.domain.secrets import mask
from feedback_loop.domain.text import is_hidden
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.rating_event import Draft
from feedback_loop.formats.records import masked_value

TEXT_CAP = 1 << 20  # bytes of a prompt, an output, notes
CONTEXT_CAP = 16 << 10  # bytes of the context as JSON
TAGS_CAP = 32
_NO_TAG = "must be of a-z, 0-9 and _ . : / -, a letter or digit first, 64 at most: {} is not"
_ID = re.compile(r"[0-9A-Za-z_.:-]{1,64}", re.ASCII)
# Of characters that show nothing: controls, format characters, separators.
_NOTHING = ("Cc", "Cf", "Zl", "Zp", "Zs")
_SESSION = "session_id"  # a usual key of the context (B3), which elsewhere is a secret's name
_NAMED = 10  # faults in a message
_PLAIN = frozenset((str, int, float, bool, type(None)))


class Fault(NamedTuple):
    """What is wrong with a field of the entry at this place, from 1; `text` begins with the field."""

    entry: int
    field: str
    text: str


class EntryError(InputError):
    """Entries that cannot be recorded; nothing was written. `faults` are all of them."""

    def __init__(self, faults: Sequence[Fault], total: int) -> None:
        told = [one.text if total == 1 else f"entry {one.entry}: {one.text}" for one in faults[:_NAMED]]
        more = f" and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        super().__init__("; ".join(told) + more)
        self.faults = tuple(faults)


class _Checker:
    """The faults of one entry as they are met."""

    def __init__(self, place: int) -> None:
        self.faults: list[Fault] = []
        self._place = place

    def add(self, field: str, text: str) -> None:
        self.faults.append(Fault(self._place, field, f"{field} {text}"))


def check_entry(entry: object, latest: str, place: int = 1) -> Draft | list[Fault]:
    """What is to be written, or what is wrong; `latest` is the last time that is allowed, as `Event.at`."""
    if not isinstance(entry, FeedbackEntry):
        text = f"must be a FeedbackEntry, not {type(entry).__name__}"
        return [Fault(place, "entry", f"entry {text}")]
    check = _Checker(place)
    _check_text(check, "prompt", entry.prompt)
    _check_text(check, "output", entry.output)
    rating = entry.rating
    if type(rating) is not int or not 1 <= rating <= 5:
        check.add("rating", f"must be a whole number from 1 to 5, not {short(rating)}")
        rating = 3
    thumb: object = entry.thumbs_up
    if thumb is not None and not isinstance(thumb, bool):
        check.add("thumbs_up", f"must be true, false or None, not {short(thumb)}")
    tags = _tags(check, entry.tags)
    at = _time(check, entry.timestamp, latest)
    context = _context(check, entry.context)
    notes = entry.notes
    if notes is not None and (not isinstance(notes, str) or not _is_blank(notes)):
        _check_text(check, "notes", notes)
    identity = _identity(check, entry.feedback_id)
    if check.faults:
        return check.faults
    thumbs = thumbs_of(rating) if entry.thumbs_up is None else thumbs_named(entry.thumbs_up)
    kept = notes if notes and not _is_blank(notes) else None
    return Draft(entry.prompt, entry.output, rating, thumbs, tags, at, context, kept, identity)


def _check_text(check: _Checker, field: str, value: object) -> None:
    if not isinstance(value, str):
        check.add(field, f"must be text, not {type(value).__name__}")
    elif _is_blank(value):
        check.add(field, "cannot be empty")
    elif 4 * len(value) > TEXT_CAP and len(value.encode("utf-8", "backslashreplace")) > TEXT_CAP:
        check.add(field, f"is larger than {TEXT_CAP} bytes")


def _is_blank(text: str) -> bool:
    """Whether nobody could see anything of it; of most texts the first character tells."""
    if text[:1].isalnum():
        return False
    return all(char.isspace() or category(char) in _NOTHING or is_hidden(char) for char in text)


def _tags(check: _Checker, tags: object) -> tuple[str, ...]:
    if not isinstance(tags, list | tuple):
        check.add("tags", f"must be a list of texts, not {type(tags).__name__}")
        return ()
    found = set()
    for tag in tags:
        plain, wrong = _plain_tag(tag) if isinstance(tag, str) else ("", _NO_TAG)
        if wrong:
            check.add("tags", wrong.format(short(tag)))
        found.add(plain)
    if len(found) > TAGS_CAP:
        check.add("tags", f"must be at most {TAGS_CAP}, not {len(found)}")
    return tuple(sorted(found))


@lru_cache(4096)
def _plain_tag(tag: str) -> tuple[str, str]:
    """The tag as it is written, and what is wrong with it; few tags stand in many entries."""
    plain = plain_tag(tag)
    # Tokens are told by their capitals, which the plain tag has lost; they must not be shown either.
    if any(mask(one) != one for one in (tag.strip(), plain)):
        return plain, "must not hold a secret"
    return plain, "" if TAG_FORM.fullmatch(plain) else _NO_TAG


def _time(check: _Checker, value: object, latest: str) -> str:
    try:
        at = given_time("timestamp", value)
    except ValueError:  # an InputError, or a number that cannot be shown
        at = None
    if at is None:
        check.add("timestamp", f"must be a time like 2026-11-20T09:30:00Z, not {short(value)}")
    elif at > latest:
        check.add("timestamp", f"must not be more than a day ahead: {at}")
    return at or latest


def _context(check: _Checker, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        check.add("context", f"must be a JSON object, not {type(value).__name__}")
        return {}
    try:
        credited = with_credit(value)
    except InputError as error:
        check.add("context", f"must hold a routing as it was given: {error.message}")
        return {}
    try:
        context = _masked(credited)
    except InputError as error:
        check.add("context", f"must be JSON: {error.message}")
        return {}
    if 12 * len(repr(context)) > CONTEXT_CAP and (size := len(json.dumps(context))) > CONTEXT_CAP:
        check.add("context", f"must not be larger than {CONTEXT_CAP} bytes as JSON, and has {size}")
    return context


def _masked(context: dict[str, object]) -> dict[str, object]:
    """Raises InputError for what JSON does not know. The value may be shared: it is not to be changed."""
    items: list[tuple[str, tuple[object, ...]]] = []
    types: list[tuple[type, ...]] = []
    for name, one in context.items():
        held = tuple(one) if isinstance(one, list) else (one,)
        kinds = tuple(map(type, held))
        if not _PLAIN.issuperset(kinds):
            return _all_masked(context)
        items.append((name, held))
        types.append((type(name), type(one), *kinds))
    return _masked_items(tuple(items), tuple(types))


@lru_cache(1024)
def _masked_items(
    items: tuple[tuple[str, tuple[object, ...]], ...], types: tuple[tuple[type, ...], ...]
) -> dict[str, object]:
    """Entries of one run say the same again and again. The types tell 1, 1.0 and True apart."""
    told = zip(items, types, strict=True)
    return _all_masked(
        {name: list(held) if issubclass(kinds[1], list) else held[0] for (name, held), kinds in told}
    )


def _all_masked(context: dict[str, object]) -> dict[str, object]:
    """Of a session's id, a text or a number, only what is a secret by itself is masked."""
    found: dict[str, object] = masked_value("context", context, CONTEXT_CAP)
    session = context.get(_SESSION)
    if isinstance(session, str | int | float):
        found[_SESSION] = masked_value("context", session, CONTEXT_CAP)
    return found


def _identity(check: _Checker, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        text = f"must be 1 to 64 of A-Z, a-z, 0-9 and _ . : -, not {short(value)}"
        check.add("feedback_id", text)
        return ""
    if len(value) > 16 and mask(value) != value:
        check.add("feedback_id", "must not hold a secret")
    return value
