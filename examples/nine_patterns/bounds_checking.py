"""Bounds checking before list access."""

from __future__ import annotations

from collections.abc import Iterable


def bad_cheapest(prices: Iterable[float]) -> float:
    """No prices, no element: IndexError."""
    ranked = sorted(prices)
    # feedback-loop: ignore[bounds_checking] the mistake that this module shows
    return ranked[0]


def good_cheapest(prices: Iterable[float]) -> float | None:
    """None says that there was nothing to choose from."""
    ranked = sorted(prices)
    if not ranked:
        return None
    return ranked[0]


def bad_setting(line: str) -> tuple[str, str]:
    """A line without the sign has one part only: IndexError, and the line is not named."""
    parts = line.split("=", 1)
    # feedback-loop: ignore[bounds_checking] the mistake that this module shows
    return parts[0].strip(), parts[1].strip()


def good_setting(line: str) -> tuple[str, str]:
    """Name and value of `NAME=VALUE`.

    Raises:
        ValueError: the line has no `=`; the message quotes it.
    """
    name, sign, value = line.partition("=")
    if not sign:
        raise ValueError(f"expected NAME=VALUE, got {line!r}")
    return name.strip(), value.strip()


def bad_first_name(full_name: str) -> str:
    """A name of blanks has no words: IndexError."""
    # feedback-loop: ignore[bounds_checking] the mistake that this module shows
    return full_name.split()[0]


def good_first_name(full_name: str) -> str:
    """The empty text is the first name of nobody."""
    words = full_name.split()
    return words[0] if words else ""
