"""One JSON file of patterns in the seed's shape (A7, A10), and its entries as what a guide says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from feedback_loop.domain.guide import SEVERITIES, GuidePattern, Sample
from feedback_loop.domain.names import is_name
from feedback_loop.errors import InputError
from feedback_loop.formats.guide_text import canonical, trimmed_code
from feedback_loop.formats.strict_json import SIZE_CAP, parse_json

Entry = dict[str, Any]
VERSION = 1
NOTHING_SAID = "No description available"
_INFO = "python"
_LISTS = ("patterns", "archived", "changelog")
_OWN = {*_LISTS, "schema_version", "last_updated"}
# The seed's ten fields less name and id, as a pattern has them that nothing is known of.
_BLANK: Entry = {
    "description": NOTHING_SAID,
    "bad_example": "",
    "good_example": "",
    "test_coverage": "",
    "occurrence_frequency": 0,
    "last_occurrence": None,
    "severity": "medium",
    "effectiveness_score": 0.5,
}
LINKS = ("supersedes", "related", "conflicts")
COUNTERS = ("occurrence_frequency", "last_occurrence", "frequency_sources")
_PARTS = ("title", "prose", "problems", "benefits", "tags", "guidance", "fences", "state")
_TAKEN = {"pattern_id", "name", *_BLANK, *_PARTS, *LINKS, *COUNTERS}
_TOLD, _WIDTH = 5, 40
_SIDES = (("bad", "bad_example"), ("good", "good_example"), ("tests", "test_coverage"))


@dataclass
class LibraryData:
    """What such a file holds: entries are dicts by contract; `extra` are its keys that are not ours."""

    patterns: list[Entry] = field(default_factory=list)
    archived: list[Entry] = field(default_factory=list)
    changelog: list[Entry] = field(default_factory=list)
    last_updated: str | None = None
    extra: Entry = field(default_factory=dict)


def parse_library(data: bytes, shown: str) -> LibraryData:
    """The file's content. Raises InputError with path, line and column for any other shape or bad JSON."""
    document = parse_json(data, shown)
    if document.problems:
        raise InputError("\n".join(map(str, document.problems)))
    value = document.value
    text = data.decode()
    if not isinstance(value, dict):
        raise _misshapen(text, shown, (), f"expected an object, not {_kind(value)}")
    version = value.get("schema_version", VERSION)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise _misshapen(text, shown, ("schema_version",), f"expected 1, not {_kind(version)}")
    if version > VERSION:
        message = f"version {version} needs a newer feedback-loop"
        raise _misshapen(text, shown, ("schema_version",), message)
    for key in _LISTS:
        _check_list(value, key, text, shown)
    updated = value.get("last_updated")
    if updated is not None and not isinstance(updated, str):
        raise _misshapen(text, shown, ("last_updated",), f"expected a time as text, not {_kind(updated)}")
    lists = {key: value.get(key) or [] for key in _LISTS}
    extra = {key: one for key, one in value.items() if key not in _OWN}
    return LibraryData(**lists, last_updated=updated, extra=extra)


def _check_list(value: Entry, key: str, text: str, shown: str) -> None:
    """`patterns` must be there; the other lists came later."""
    entries = value.get(key, None if key == "patterns" else [])
    if not isinstance(entries, list):
        what = f"expected a list, not {_kind(entries)}" if key in value else f"key {key!r} is missing"
        raise _misshapen(text, shown, (key,) if key in value else (), what)
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise _misshapen(text, shown, (key, index), f"expected an object, not {_kind(entry)}")
        name = entry.get("name")
        if key != "changelog" and (not isinstance(name, str) or not name.strip()):
            place: tuple[object, ...] = (key, index, "name") if "name" in entry else (key, index)
            raise _misshapen(text, shown, place, "a pattern needs a name")


def _kind(value: object) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _misshapen(text: str, shown: str, place: tuple[object, ...], message: str) -> InputError:
    at, _ = value_span(text, place)
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    where = "".join(f"/{part}" for part in place)
    return InputError(f"{shown}:{line}:{column}: {where + ': ' if where else ''}{message}")


_DECODER = json.JSONDecoder()


def value_span(text: str, place: tuple[object, ...]) -> tuple[int, int]:
    """Where the value stands that these keys and indexes lead to, in text that is known to be JSON.

    Raises InputError if there is none.
    """
    at = _skip(text, 0)
    for part in place:
        at = _skip(text, at + 1)
        index = 0
        while text[at] not in "]}":
            key: object = index
            if isinstance(part, str):
                key, at = _DECODER.raw_decode(text, at)
                at = _skip(text, at)
            if key == part:
                break
            _, at = _DECODER.raw_decode(text, at)
            at, index = _skip(text, at), index + 1
        else:
            raise InputError(f"there is no {part!r}")
    return at, int(_DECODER.raw_decode(text, at)[1])


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\r\n,:":
        at += 1
    return at


def format_library(library: LibraryData, shown: str) -> bytes:
    """The file: keys sorted, two spaces. Raises InputError for what could not be read back as it is."""
    value = library.extra | {
        "schema_version": VERSION,
        "patterns": library.patterns,
        "archived": library.archived,
        "changelog": library.changelog,
        "last_updated": library.last_updated,
    }
    try:
        data = (
            json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
        ).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{shown} cannot hold this library: {error}") from None
    if len(data) > SIZE_CAP:
        raise InputError(f"{shown} cannot hold this library: larger than {SIZE_CAP} bytes")
    parse_library(data, shown)
    return data


# -- an entry, and what a guide says -----------------------------------------------------------------


def blank_entry(name: str, pattern_id: str) -> Entry:
    """A pattern of which nothing is known."""
    return {"pattern_id": pattern_id, "name": name, **_BLANK}


def take_in(entry: Entry, said: GuidePattern) -> bool:
    """Replace in the entry what the guide says (A22), all else stays; whether anything changed."""
    before = json.dumps(entry, sort_keys=True, default=str)
    now = guide_entry(entry)
    for key in ("title", "guidance", "severity"):
        value = getattr(said, key)
        if value and value != getattr(now, key):
            entry[key] = value
    for key in ("benefits", "tags"):
        values = getattr(said, key)
        if values and values != getattr(now, key):
            entry[key] = list(values)
    if said.description:
        _put_text(entry, said.prose or now.prose, said.problems or now.problems)
    for side, key in _SIDES:
        samples: tuple[Sample, ...] = getattr(said, side)
        if samples and samples != getattr(now, side):
            entry[key] = samples[0].code
            _put_fences(entry, side, samples)
    return json.dumps(entry, sort_keys=True, default=str) != before


def _put_text(entry: Entry, prose: str, problems: tuple[str, ...]) -> None:
    """The description, and the parts it is made of where there are any."""
    for key, value in (("prose", prose), ("problems", list(problems))):
        if value or key in entry:
            entry[key] = value
    entry["description"] = " ".join(problems) or prose


def _put_fences(entry: Entry, side: str, samples: tuple[Sample, ...]) -> None:
    """What the seed's field cannot hold: an info string that is not `python`, and further examples."""
    held = entry.get("fences")
    fences = dict(held) if isinstance(held, dict) else {}
    fences.pop(side, None)
    if samples[0].info != _INFO or len(samples) > 1:
        further = [{"code": one.code, "info": one.info} for one in samples[1:]]
        fences[side] = {"info": samples[0].info, "further": further}
    entry.pop("fences", None)
    if fences:
        entry["fences"] = fences


def guide_entry(entry: Entry) -> GuidePattern:
    """What a guide says about the pattern; keys that are missing or of another type say nothing.

    A description that is not made of the entry's own problems or prose is newer than they are.
    """
    problems, prose = _texts(entry, "problems"), _text(entry, "prose")
    description = _text(entry, "description")
    made = canonical(GuidePattern("", "", prose=prose, problems=problems)).description
    if description not in ("", NOTHING_SAID) and " ".join(description.split()) != " ".join(made.split()):
        problems, prose = (), description
    severity = _text(entry, "severity").lower()
    return canonical(
        GuidePattern(
            name=_text(entry, "name"),
            title=_text(entry, "title"),
            severity=severity if severity in SEVERITIES else "",
            tags=_texts(entry, "tags"),
            guidance=_text(entry, "guidance"),
            prose=prose,
            problems=problems,
            benefits=_texts(entry, "benefits"),
            **{side: _samples(entry, side, key) for side, key in _SIDES},  # type: ignore[arg-type]
        )
    )


@dataclass(frozen=True)
class Beyond:
    """What an entry says that a guide does not: empty = nothing.

    `state` is as the file has it, of whatever words; `notes` are what of the entry is not taken in.
    """

    pattern_id: str = ""
    state: str = ""
    supersedes: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def beyond_guide(entry: Entry) -> Beyond:
    """Id, state and links of the entry; a severity, a link or a key that says nothing to us is noted."""
    severity, state = entry.get("severity"), entry.get("state")
    notes = []
    if severity and not (isinstance(severity, str) and severity.lower() in SEVERITIES):
        notes.append(f"severity {_brief(severity)} is none of {', '.join(SEVERITIES)}: not taken in")
    links = {}
    for key in LINKS:
        held = entry.get(key) or []
        listed = held if isinstance(held, list) else [held]
        names = [one for one in listed if isinstance(one, str) and is_name(one)]
        links[key] = tuple(dict.fromkeys(names))
        strange = [_brief(one) for one in listed if not (isinstance(one, str) and is_name(one))]
        if strange:
            notes.append(f"{key}: no names of patterns, not taken in: {_few(strange)}")
    others = [key[:_WIDTH] for key in sorted(entry.keys() - _TAKEN) if entry[key] not in (None, "", [], {})]
    if others:
        notes.append(f"not taken in: {_few(others)}")
    said = "" if state is None else state[:_WIDTH] if isinstance(state, str) else _brief(state)
    return Beyond(_text(entry, "pattern_id"), said, notes=tuple(notes), **links)


def _brief(value: object) -> str:
    return ascii(value)[:_WIDTH]


def _few(words: list[str]) -> str:
    more = len(words) - _TOLD
    return ", ".join(words[:_TOLD]) + (f" and {more} more" if more > 0 else "")


def _samples(entry: Entry, side: str, key: str) -> tuple[Sample, ...]:
    held = entry.get("fences")
    own = held.get(side) if isinstance(held, dict) else None
    own = own if isinstance(own, dict) else {}
    further = own.get("further")
    first = Sample(trimmed_code(_text(entry, key)), _text(own, "info") if own else _INFO)
    rest = [one for one in further if isinstance(one, dict)] if isinstance(further, list) else []
    return (first, *(Sample(_text(one, "code"), _text(one, "info")) for one in rest))


def _text(entry: Entry, key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _texts(entry: Entry, key: str) -> tuple[str, ...]:
    value = entry.get(key)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()
