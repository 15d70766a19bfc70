"""What a prompt asks for: verb, object, qualifiers, by a small grammar over its words (D24).

One pass over the words; the words it knows are data (`vocabulary`). Any text of any script goes in.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from feedback_loop.domain.generation import Intent
from feedback_loop.domain.words import stem, tokens
from feedback_loop.engines.generate.vocabulary import (
    ARTICLES,
    BACK,
    KIND_OF,
    MAKE,
    OBJECTS,
    PLACES,
    QUALIFIERS,
    RETURNED,
    STAYS,
    TEMPORARY,
    VERBS,
)

FALLBACK = "generated_function"
_LONGEST = 40  # characters of a name
_SHOWN = 40  # characters of a word that nobody understood
_WORD = re.compile(r"\w+(?:['\u2019]t\b)?")
_AT_MOST = re.compile(r"\b(?:no|not) (?:more|larger|bigger|longer) than\b", re.IGNORECASE)
_SIZE = re.compile(
    r"(?<![\w.,])(\d{1,9})(?:([.,])(\d{1,3}))?[ \u00a0-]?"
    r"(bytes?|kilobytes?|megabytes?|gigabytes?|[kmg]i?b)\b",
    re.IGNORECASE,
)
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3}
# Before these an "upload" is a thing: "for file upload", "an upload".
_BEFORE_THING = frozenset("a an the of from for each every this".split())  # noqa: SIM905
_NAMED = 2  # words nobody knows that may stand for the object in a name
_PLAIN = re.compile(r"[a-z][a-z0-9]*\Z")


@dataclass
class _Reading:
    """What was found so far, in the order of the text."""

    verbs: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)  # objects that go in, not what is asked back
    explained: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)
    returns: str = ""
    place: str = ""
    before: str = ""  # the word before, in lower case
    held: str = ""  # the object that the word before was
    temporary: bool = False  # whether the word before said so
    back: str = ""  # the word after which the next object is what is asked back


def read_intent(prompt: str) -> Intent:
    """What the prompt asks for, as far as the grammar can tell. Takes any text; time grows with its length.

    A size is in bytes, MB = 1024 ** 2, the first one counts. What is asked back calls for no parameter.
    """
    text = prompt if prompt.isascii() else unicodedata.normalize("NFC", prompt)
    reading = _Reading()
    size = _SIZE.search(text)
    if size:
        reading.explained.update(tokens(size[0]))
    for word in _WORD.findall(_AT_MOST.sub("at most", text)):
        _take(reading, word)
    _settle(reading)
    return Intent(
        prompt=prompt,
        function=_name(reading),
        verbs=tuple(reading.verbs),
        objects=tuple(reading.objects),
        kinds=tuple(dict.fromkeys(reading.kinds)),
        returns=reading.returns,
        limit=_bytes(size) if size else None,
        place=reading.place,
        explained=frozenset(reading.explained),
        unrecognised=tuple(dict.fromkeys(word[:_SHOWN] for word in reading.unknown)),
    )


def _bytes(size: re.Match[str]) -> int | None:
    whole, mark, rest, unit = size.groups()
    thousands = mark == "," and len(rest) == 3
    number = int(whole + rest) if thousands else float(f"{whole}.{rest or 0}")
    return int(number * 1024 ** _POWERS[unit[0].lower()]) or None


def _take(reading: _Reading, word: str) -> None:
    """One word of the text. One of several parts is looked up whole, then by its parts."""
    lower = word.strip("_").lower()
    if _is_known(reading, lower):
        reading.explained.update(tokens(word))
    else:
        found = tokens(word)
        known = [part for part in found if part != lower and _is_known(reading, part)]
        reading.explained.update(known)
        # "not" turns round what is said, stop word or not.
        if lower == "not" or (found and not known and reading.explained.isdisjoint(found)):
            reading.unknown.append(word)
            reading.held = ""
            reading.temporary = False
        if not known and lower not in ARTICLES and reading.back not in STAYS:
            reading.back = ""
    if lower in BACK or stem(lower) in BACK:
        reading.back = stem(lower)
    reading.before = lower


def _is_known(reading: _Reading, word: str) -> bool:
    """Whether the grammar takes the word; what it says goes into the reading."""
    forms = (word, stem(word))
    verb = next((VERBS[form] for form in forms if form in VERBS), "")
    thing = next((OBJECTS[form] for form in forms if form in OBJECTS), "")
    if verb and thing and not _is_thing(reading):
        thing = ""
    if thing:
        _take_object(reading, thing)
        return True
    if verb:
        _add(reading.verbs, verb)
        reading.held = ""
        reading.back = ""  # "to process" asks nothing back
        return True
    qualifies = any(form in QUALIFIERS for form in forms)
    if qualifies:
        reading.temporary = word in TEMPORARY
        reading.place = reading.place or PLACES.get(word, "")
    return qualifies


def _is_thing(reading: _Reading) -> bool:
    """Whether a word that is verb and object is an object here."""
    return bool(reading.held) or reading.before in _BEFORE_THING or stem(reading.before) in VERBS


def _take_object(reading: _Reading, thing: str) -> None:
    if thing == "file" and reading.temporary:
        thing = "temp_file"
    elif thing == "file" and reading.held == "config":
        return
    _add(reading.objects, thing)
    kind = KIND_OF.get(thing, "")
    if thing == "file" and reading.held:  # "a JSON file" is a path, whatever is in it
        reading.returns = "" if reading.returns == reading.held else reading.returns
        if reading.kinds and KIND_OF.get(reading.held) == reading.kinds[-1]:
            reading.kinds.pop()
    elif reading.back and thing in RETURNED and not reading.returns:
        reading.returns = thing
        kind = ""
    elif reading.held in ("list", "array") and reading.before == "of":
        kind = ""  # "a list of numbers" is one parameter
    if kind:
        reading.kinds.append(kind)
        _add(reading.given, thing)
    reading.back = ""
    reading.held = thing
    reading.temporary = False


def _settle(reading: _Reading) -> None:
    """What only the whole tells."""
    if "endpoint" in reading.objects and "upload" in reading.verbs:
        _add(reading.objects, "upload")
    if "upload" in reading.objects and "endpoint" in reading.objects:
        reading.kinds = ["upload"]
    if reading.place and "list" in reading.objects:
        reading.returns = "" if reading.returns == "list" else reading.returns
        reading.kinds = reading.kinds or ["sequence"]
    if "nan" in reading.objects:
        reading.kinds = reading.kinds or ["number"]
    if reading.returns and reading.given and not reading.verbs:
        reading.verbs.append("convert")  # "array to JSON"


def _add(words: list[str], word: str) -> None:
    if word not in words:
        words.append(word)


# -- the name ----------------------------------------------------------------------------------------


def _name(reading: _Reading) -> str:
    """verb_object, the more telling of each; never a keyword, never a built-in's name."""
    if {"upload", "endpoint"} <= set(reading.objects):
        verb, thing = "upload", next((one for one in reading.given if one != "upload"), "file")
    else:
        verb, thing = _verb(reading.verbs), _thing(reading)
    name = "_".join(part for part in (verb, thing) if part)[:_LONGEST].strip("_")
    if not verb or not name.isascii():
        return FALLBACK
    is_taken = keyword.iskeyword(name) or hasattr(builtins, name)
    return f"{name}_value" if is_taken else name


def _verb(verbs: Sequence[str]) -> str:
    """What is done; that it is given back says less, and that something is to be made the least."""
    telling = [one for one in verbs if one not in MAKE and one != "return"]
    back = ["return"] if "return" in verbs else []
    return next(iter([*telling, *back, *verbs]), "")


def _thing(reading: _Reading) -> str:
    if reading.place and "list" in reading.objects:
        return f"{reading.place}_item"
    if reading.given:
        return next((one for one in reading.given if one not in ("file", "category")), "file")
    words = [word.lower() for word in reading.unknown if _PLAIN.match(word.lower())]
    return "_".join(words[:_NAMED]) or next(iter(reading.objects), "")
