"""The one order of names in views: by bands of counts, so that one event does not reshuffle a list (H64)."""

from __future__ import annotations

from bisect import bisect_right

_FIRST = (1, 3, 10, 30)  # of each band above the lowest


def band(count: int) -> int:
    """0 for none, 1 for 1 or 2, 2 for 3 to 9, 3 for 10 to 29, 4 for 30 and more."""
    return bisect_right(_FIRST, count)


def by_band(count: int, name: str) -> tuple[int, str]:
    """The sort key of a name with this count: the larger band first, then the name."""
    return -band(count), name
