"""Arguments of the Python names, checked where they come in: a wrong one is told by its name."""

from __future__ import annotations

from feedback_loop.errors import InputError


def check_text(name: str, value: object, *, optional: bool = False) -> None:
    """Raises InputError for what is no text; with `optional` None is well."""
    if not isinstance(value, str) and not (optional and value is None):
        raise InputError(f"{name} must be text, not {type(value).__name__}")


def check_whole(name: str, value: object) -> None:
    """Raises InputError for what is no whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{name} must be a whole number, not {value!a:.40}")
    if value < 1:
        raise InputError(f"{name} must be 1 or more, not {value!a:.40}")


def check_number(name: str, value: object, high: float) -> None:
    """Raises InputError for what is no number from 0 to `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
        raise InputError(f"{name} must be from 0 to {high:g}, not {value!a:.40}")
