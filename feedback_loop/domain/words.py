"""Text as the words that matching and search compare: split, lower-cased, stemmed (D12b, D12c).

Identifiers fall into their parts, so that a task written in prose and a name written in code meet.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_STOP_WORDS = """
    a an the of to in is are be or and for with on by as at it its that this from when if not use used
    using can will was were has have do does which into than then there their you your we our
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# Scripts written without blanks between words.
_PAIRED = (
    "\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
_RUN = re.compile(rf"[{_PAIRED}]+|[^\W{_PAIRED}]+")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+")
_LETTERS = re.compile(r"[^\W\d_]+|\d+")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

_NOUNS = ("ization", "isation", "ational", "fulness", "iveness", "ousness")
_ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ing", ""),
    ("edly", ""),
    ("ed", ""),
    ("ment", ""),
    ("ly", ""),
    ("es", "e"),
    ("s", ""),
)
_SHORTEST = 3


def tokens(text: str) -> list[str]:
    """The words in order: the parts of each, and the whole of a word that has several."""
    return [token for parts, whole in _words(text) for token in (*parts, *whole)]


def parts(text: str) -> list[str]:
    """The words in order, those of several parts by their parts alone."""
    return [part for found, _ in _words(text) for part in found]


def word_set(text: str) -> frozenset[str]:
    """All words to look one up in: as `tokens`, and wholes stemmed too ("APIs" holds "api")."""
    found: set[str] = set()
    for short, whole in _words(text):
        found.update(short, whole, map(stem, whole))
    return frozenset(found)


def stem(word: str) -> str:
    """The word without its ending; never fewer than three letters."""
    for ending in _NOUNS:
        if _leaves(word, ending):
            return word[: -len(ending)]
    for ending, instead in _ENDINGS:
        if _leaves(word, ending, instead) and not (ending == "s" and word.endswith("ss")):
            word = word[: len(word) - len(ending)] + instead
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def _leaves(word: str, ending: str, instead: str = "") -> bool:
    return word.endswith(ending) and len(word) - len(ending) + len(instead) >= _SHORTEST


def _words(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Per word its parts, stemmed, and its whole if it has two parts or more."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)  # or an accent written apart would split its word
    for run in _RUN.findall(text):
        if run.isascii():
            for word in _WORD.findall(run):
                yield _identifier(word)
        elif re.match(rf"[{_PAIRED}]", run):
            yield [run[at : at + 2] for at in range(max(1, len(run) - 1))], []
        else:
            for letters in _LETTERS.findall(run):
                yield _identifier(letters) if letters.isascii() else ([letters.lower()], [])


def _identifier(word: str) -> tuple[list[str], list[str]]:
    split = _PART.findall(word)
    kept = [stem(part) for part in map(str.lower, split) if part not in STOP_WORDS]
    return kept, [word.strip("_").lower()] if len(split) > 1 else []
