"""The parts of a long task: what one of its sentences asks for is lost among the words of all the others."""

from __future__ import annotations

import re

from feedback_loop.domain.words import tokens

MOST = 32  # parts: of a longer text several sentences are one
_FEWEST = 3  # tokens: a shorter one says nothing by itself, it goes with the one before
_ENDS = re.compile(r"[\n;]+|(?<=[.!?:])\s+|,\s+(?=(?:and|but|then|or|so|with)\b)")


def passages(text: str) -> list[str]:
    """Sentences, lines and clauses in their order, at most 32; the whole text if it is one."""
    found: list[str] = []
    short = False
    for part in filter(None, map(str.strip, _ENDS.split(text))):
        is_short = len(set(tokens(part))) < _FEWEST
        if found and (is_short or short):
            found[-1] += " " + part
            short = short and len(set(tokens(found[-1]))) < _FEWEST
        else:
            found.append(part)
            short = is_short
    step = -(-len(found) // MOST) or 1
    return [" ".join(found[at : at + step]) for at in range(0, len(found), step)]
