"""Arguments of the Python names, checked where they come in: a wrong one is told by its name."""

from __future__ import annotations

import os

from feedback_loop.errors import InputError


def check_text(name: str, value: object, *, optional: bool = False) -> None:
    """Raises InputError for what is no text; with `optional` None is well."""
    if not isinstance(value, str) and not (optional and value is None):
        raise InputError(f"{name} must be text, not {type(value).__name__}")


def check_whole(name: str, value: object, *, least: int = 1, optional: bool = False) -> None:
    """Raises InputError for what is no whole number from `least` on; with `optional` None is well."""
    if optional and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{name} must be a whole number, not {value!a:.40}")
    if value < least:
        raise InputError(f"{name} must be {least} or more, not {value!a:.40}")


def check_number(name: str, value: object, high: float) -> None:
    """Raises InputError for what is no number from 0 to `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
        raise InputError(f"{name} must be from 0 to {high:g}, not {value!a:.40}")


def check_id(name: str, value: str | None) -> None:
    """Raises InputError for what cannot name a run or a generation in an event; None is well."""
    from feedback_loop.api.collect.intake import check_run  # it knows the readers of reports

    check_text(name, value, optional=True)
    check_run(value, name)


def check_folder(name: str, value: object) -> str | None:
    """The folder as text; None is well. Raises InputError for what is no path."""
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else value
    if path is not None and (not isinstance(path, str) or "\0" in path):
        raise InputError(f"{name} must be a path, not {path!a:.80}")
    return path


def check_methods(name: str, value: object, kind: type) -> None:
    """Raises InputError for what is no object with the methods of the protocol `kind`; it names them."""
    if isinstance(value, type):
        raise InputError(f"{name} must be an object, not the class {value.__name__}")
    methods = [one for one in vars(kind) if not one.startswith("_")]
    missing = [one for one in methods if not callable(getattr(value, one, None))]
    if missing:
        raise InputError(f"{name} must have {', '.join(missing)}: {type(value).__name__} has not")
