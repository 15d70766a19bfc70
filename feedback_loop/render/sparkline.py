"""Counts over time as a row of blocks, for terminals."""

from __future__ import annotations

from collections.abc import Sequence

_BLOCKS = "·▁▂▃▄▅▆▇█"
_PLAIN = "_.:-=+*#@"


def sparkline(counts: Sequence[int], plain: bool = False) -> str:
    """One sign for each count: a dot for 0, else one of eight blocks, the lowest for the smallest counts.

    The tallest stands for the largest of these counts. `plain` = ASCII only.
    """
    signs = _PLAIN if plain else _BLOCKS
    most, steps = max(counts, default=0), len(signs) - 1
    return "".join(signs[-(-count * steps // most)] if count > 0 else signs[0] for count in counts)


def can_show_blocks(encoding: str | None) -> bool:
    """Whether a terminal of this encoding can show the blocks."""
    try:
        _BLOCKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
