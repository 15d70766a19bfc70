"""Name and headline of a shape, from the tokens that tell it: a person finds better words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from feedback_loop.domain.pattern import NAME
from feedback_loop.domain.text import visible
from feedback_loop.engines.candidates.tokens import KEYWORDS

_LONGEST_NAME, _LONGEST_WORDS = 48, 60
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def title_of(gone: Sequence[str], come: Sequence[str]) -> str:
    """What the fixes did, as a headline: "Prefer `warns(…)` to `raises(…)`"."""
    return f"Prefer `{_code(come)}` to `{_code(gone)}`" if come else f"Do without `{_code(gone)}`"


def _code(telling: Sequence[str]) -> str:
    """One line of code words; a stranger's name among them stays in its span of code."""
    words = [f"{one[1:]}(…)" if one.startswith("@") else _open(one) for one in telling[:2]]
    text = visible(", ".join(words).replace("`", "'"))
    return text if len(text) <= _LONGEST_WORDS else text[: _LONGEST_WORDS - 1] + "…"


def _open(neighbours: str) -> str:
    shown = {"$": "…", "TEXT": '"…"', "NUMBER": "0", "NULL": "null", "BOOL": "true"}
    words = (shown.get(word, word) for word in neighbours.split(" "))
    return " ".join(f"{word[1:]}(…)" if word.startswith("@") and len(word) > 1 else word for word in words)


def name_of(gone: Sequence[str], come: Sequence[str], shape: str, is_taken: Callable[[str], bool]) -> str:
    """A pattern's name that nobody has: `warns_not_raises`, `no_format`, `except_3f2a9c`; else with `_2`."""
    old, new = _snake(gone), _snake(come)
    wanted = f"{new}_not_{old}" if old and new and old != new else f"no_{old}" if old and not come else ""
    wanted = wanted or f"{old or new or 'mended'}_{shape[:6]}"
    wanted = wanted[:_LONGEST_NAME].rstrip("_")
    wanted = wanted if NAME.match(wanted) else f"mended_{shape[:6]}"
    name, number = wanted, 1
    while is_taken(name):
        number += 1
        name = f"{wanted}_{number}"
    return name


def _snake(telling: Sequence[str]) -> str:
    words = [word for one in telling[:2] for word in _words(one)]
    return "_".join(dict.fromkeys(part.lower() for word in words for part in _PART.findall(word)))


def _words(telling: str) -> list[str]:
    pieces = telling.split(" ")
    return [one.lstrip("@") for one in pieces if one.startswith("@") or one in KEYWORDS]
