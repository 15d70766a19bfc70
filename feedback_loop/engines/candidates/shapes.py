"""The diff of one commit -> pairs, each with what tells it from other pairs (H68)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from feedback_loop.domain.candidate import Pair
from feedback_loop.domain.changes import FileDiff
from feedback_loop.domain.languages import language_of
from feedback_loop.engines.candidates.tokens import (
    COMPARISONS,
    KEYWORDS,
    TELLING,
    Token,
    blurred,
    is_code,
    shape_of,
    tokenize,
)

MOST_LINES = 12  # on either side of a pair
MOST_HUNKS, MOST_CHANGED = 20, 400  # of a commit: a larger one is no single lesson
_LOOSE = ("javascript", "php", "typescript")
_CONSTANTS = frozenset(("BOOL", "NULL"))
_Two = tuple[str, str]
_MOST_TEXT = 4_000  # characters on either side


class Sample(NamedTuple):
    """A pair that something tells apart.

    `gone` are the called names that only the bad side has, and if there are none the neighbours with a
    telling keyword or comparison; `come` the same of the good side. `core` is the blurred shape of the
    lines that hold them, `lines` the numbers (from 0) of the bad ones.
    """

    pair: Pair
    language: str
    gone: tuple[str, ...]
    come: tuple[str, ...]
    core: tuple[str, ...]
    lines: tuple[int, ...]


def pairs_of(commit: str, files: Sequence[FileDiff]) -> list[Pair]:
    """The pairs of a commit: hunks with 1 to 12 lines on both sides, in files of code.

    None of a commit that changes more than 20 places or 400 lines. Bytes that are no UTF-8 stay surrogates.
    """
    changed = sum(one.added + one.removed for one in files)
    if changed > MOST_CHANGED or sum(len(one.hunks) for one in files) > MOST_HUNKS:
        return []
    return [pair for file in files for pair in _pairs(commit, file)]


def _pairs(commit: str, file: FileDiff) -> Iterator[Pair]:
    path = file.path.decode("utf-8", "surrogateescape")
    if not is_code(language_of(path)):
        return
    for number, hunk in enumerate(file.hunks):
        if 1 <= hunk.old_count <= MOST_LINES and 1 <= hunk.new_count <= MOST_LINES:
            bad, good = (_side(file, number, sign) for sign in (-1, 1))
            if len(bad) <= _MOST_TEXT and len(good) <= _MOST_TEXT:
                yield Pair(commit, path, hunk.old_start, bad, good)


def _side(file: FileDiff, number: int, sign: int) -> str:
    lines = (
        row.text.removesuffix(b"\r").decode("utf-8", "surrogateescape")
        for row in file.hunk_rows(number, sign)
    )
    return "\n".join(lines)


def read_sample(pair: Pair) -> Sample | None:
    """What tells the pair; None if no token is on the bad side alone."""
    language = language_of(pair.path) or ""
    numbers: dict[str, int] = {}
    bad, good = (tokenize(side.split("\n"), language) for side in (pair.bad, pair.good))
    old, new = shape_of(bad, numbers), shape_of(good, numbers)
    gone, come = _called(old, bad, new), _called(new, good, old)
    if not gone:
        gone = _neighbours(old, bad, new, lambda two: _is_telling(two, language))
        come = _neighbours(new, good, old, lambda two: not (KEYWORDS | COMPARISONS).isdisjoint(two))
        if not come:  # a keyword that is just gone says nothing about what is right
            return None
    if not gone:
        return None
    lines = set().union(*gone.values())
    there = set().union(*come.values()) if come else {token.line for token in good}
    core = (*_on(old, bad, lines), "=>", *_on(new, good, there))
    names = tuple(sorted(gone)), tuple(sorted(come))
    return Sample(pair, language, *names, core, tuple(sorted(lines)))


def _called(shape: Sequence[str], tokens: Sequence[Token], other: Iterable[str]) -> dict[str, set[int]]:
    """The called names that the other side does not have, and the lines they stand on."""
    found: dict[str, set[int]] = {}
    known = set(other)
    for one, token in zip(shape, tokens, strict=True):
        if one.startswith("@") and len(one) > 1 and one not in known:
            found.setdefault(one, set()).add(token.line)
    return found


def _neighbours(
    shape: Sequence[str], tokens: Sequence[Token], other: Sequence[str], counts: Callable[[_Two], bool]
) -> dict[str, set[int]]:
    """Two tokens in a row that count and that the other side does not have. A bracket tells nothing."""
    mine, known = blurred(shape), blurred(other)
    seen = set(pairwise(known))
    found: dict[str, set[int]] = {}
    for at, two in enumerate(pairwise(mine)):
        if two not in seen and "(" not in two and counts(two):
            found.setdefault(" ".join(two), set()).add(tokens[at].line)
    return found


def _is_telling(two: _Two, language: str) -> bool:
    """A comparison tells where it may be the wrong one: with a constant, or in a language with two kinds."""
    if not TELLING.isdisjoint(two):
        return True
    return not COMPARISONS.isdisjoint(two) and (language in _LOOSE or not _CONSTANTS.isdisjoint(two))


def _on(shape: Sequence[str], tokens: Sequence[Token], lines: set[int]) -> list[str]:
    kept = [one for one, token in zip(shape, tokens, strict=True) if token.line in lines]
    return blurred(kept)
