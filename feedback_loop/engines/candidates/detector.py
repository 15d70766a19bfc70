"""A regex that finds what a group's bad sides have in common, and nothing on its good sides (H69)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from feedback_loop.domain.pattern import Regex
from feedback_loop.engines.candidates.shapes import Sample
from feedback_loop.engines.candidates.tokens import (
    KEYWORD,
    NUMBER,
    TEXT,
    WORD,
    Token,
    blurred,
    shape_of,
    tokenize,
)

_LONGEST, _SHORTEST = 16, 2  # tokens
_LETTERS = frozenset((WORD, KEYWORD, NUMBER))
_CLASSES = {"$": r"\w+", "NUMBER": r"\d[\w.]*", "TEXT": r"""\w*(?:"[^"]*"|'[^']*')"""}


class _Line(NamedTuple):
    tokens: tuple[Token, ...]
    shape: tuple[str, ...]
    text: str


def find_regex(samples: Sequence[Sample]) -> Regex | None:
    """The longest run of tokens that a line of each bad side has, as an expression; None if there is none.

    It holds something that only bad sides have; what is the same in all of them stays as it is, other names
    and literals are left open. It matches a line of every bad side and no line of any good one.
    """
    first, *others = (_telling_lines(one) for one in _shortest_first(samples))
    for line in first:
        for start, end in _windows(line, samples[0]):
            wanted = line.shape[start:end]
            places = [_place(lines, wanted) for lines in others]
            if None in places:
                continue
            runs = [line.tokens[start:end], *(one for one in places if one)]
            expression = _expression(wanted, runs)
            if _is_sound(expression, samples):
                return Regex(expression)
    return None


def _shortest_first(samples: Sequence[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda one: (len(one.core), one.pair))


def _telling_lines(sample: Sample) -> list[_Line]:
    """The bad lines that hold what tells the pair."""
    text = sample.pair.bad.split("\n")
    tokens = tokenize(text, sample.language)
    shape = blurred(shape_of(tokens, {}))
    found = []
    for number in sample.lines:
        here = [at for at, token in enumerate(tokens) if token.line == number]
        kept = tuple(tokens[at] for at in here)
        found.append(_Line(kept, tuple(shape[at] for at in here), text[number]))
    return found


def _windows(line: _Line, sample: Sample) -> Iterator[tuple[int, int]]:
    """The runs of tokens on the line that hold something telling, the longest first."""
    count = len(line.shape)
    for size in range(min(count, _LONGEST), _SHORTEST - 1, -1):
        for start in range(count - size + 1):
            if _tells(line.shape[start : start + size], sample.gone):
                yield start, start + size


def _tells(shape: Sequence[str], gone: Sequence[str]) -> bool:
    if any(one in shape for one in gone if one.startswith("@")):
        return True
    return any(" ".join(two) in gone for two in pairwise(shape))


def _place(lines: Sequence[_Line], wanted: Sequence[str]) -> tuple[Token, ...] | None:
    """Where a line has such a run of tokens: the first one."""
    size = len(wanted)
    for line in lines:
        for start in range(len(line.shape) - size + 1):
            if line.shape[start : start + size] == wanted:
                return line.tokens[start : start + size]
    return None


def _expression(shape: Sequence[str], runs: Sequence[Sequence[Token]]) -> str:
    """One line's expression: blanks as the language allows them between any two tokens."""
    parts = []
    # Of one wording nobody knows which names belong to the mistake.
    is_one = len({tuple(one.text for one in run) for run in runs}) == 1
    for at, token in enumerate(runs[0]):
        texts = {run[at].text for run in runs}
        left_open = shape[at] in _CLASSES and token.kind in (WORD, NUMBER, TEXT)
        if at:
            parts.append(r"\s+" if {token.kind, runs[0][at - 1].kind} <= _LETTERS else r"\s*")
        is_open = left_open and (is_one or len(texts) > 1)
        parts.append(_CLASSES[shape[at]] if is_open else re.escape(min(texts)))
    begin = r"\b" if runs[0][0].kind in _LETTERS else ""
    end = r"\b" if runs[0][-1].kind in _LETTERS else ""
    return begin + "".join(parts) + end


def _is_sound(expression: str, samples: Sequence[Sample]) -> bool:
    """Whether each bad side has a line that matches, and no good side has one."""
    search = re.compile(expression, re.ASCII).search
    return all(
        any(map(search, one.pair.bad.split("\n"))) and not any(map(search, one.pair.good.split("\n")))
        for one in samples
    )
