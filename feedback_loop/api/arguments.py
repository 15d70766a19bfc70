"""Arguments of the Python names, checked where they come in: a wrong one is told by its name."""

from __future__ import annotations

import os

from feedback_loop.errors import InputError

LARGEST = (1 << 63) - 1  # of a whole number in SQLite
_MOST_DAYS = 1_000_000  # what is more goes beyond the years that can be written


def check_text(name: str, value: object, *, optional: bool = False) -> None:
    """Raises InputError for what is no text; with `optional` None is well."""
    if not isinstance(value, str) and not (optional and value is None):
        raise InputError(f"{name} must be text, not {type(value).__name__}")


def check_word(name: str, value: object) -> str:
    """The text of a filter without blanks around it, "" of None.

    Raises InputError for what is no text, for a blank one, and for one that UTF-8 cannot hold: nothing that
    is stored could be equal to it.
    """
    if value is None:
        return ""
    check_texts(name, [value], "text")
    word = str(value).strip()
    if not word:
        raise InputError(f"{name} cannot be empty", "leave it out, or fill it in")
    return word


def check_texts(name: str, value: object, wanted: str = "a list of texts") -> list[str]:
    """A list of the texts. Raises InputError for what is no list or tuple of texts that UTF-8 can hold."""
    if not isinstance(value, list | tuple):
        raise InputError(f"{name} must be {wanted}, not {type(value).__name__}")
    for one in value:
        if not isinstance(one, str):
            raise InputError(f"{name} must be {wanted}, not {one!a:.40}")
        try:
            one.encode()
        except UnicodeEncodeError:
            raise InputError(f"{name}: half of a surrogate pair is no text") from None
    return list(value)


def check_flag(name: str, value: object, *, optional: bool = False) -> None:
    """Raises InputError for what is not True or False; with `optional` None is well."""
    if not isinstance(value, bool) and not (optional and value is None):
        words = "True, False or None" if optional else "True or False"
        raise InputError(f"{name} must be {words}, not {value!a:.40}")


def check_kind(name: str, value: object, kind: type) -> None:
    """Raises InputError for what is no object of this class."""
    if not isinstance(value, kind):
        raise InputError(f"{name} must be a {kind.__name__}, not {type(value).__name__}")


def check_clock(name: str, value: object) -> None:
    """Raises InputError for what cannot be called; None is well."""
    if value is not None and not callable(value):
        raise InputError(f"{name} must be callable, not {type(value).__name__}")


def check_days(name: str, value: object) -> None:
    """Raises InputError for what is no number of days to look back."""
    check_whole(name, value, most=_MOST_DAYS)


def check_whole(
    name: str, value: object, *, least: int = 1, most: int | None = None, optional: bool = False
) -> None:
    """Raises InputError for what is no whole number from `least` to `most`; with `optional` None is well."""
    if optional and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{name} must be a whole number, not {value!a:.40}")
    if value < least:
        raise InputError(f"{name} must be {least} or more, not {_digits(value)}")
    if most is not None and value > most:
        raise InputError(f"{name} must be {most} or less, not {_digits(value)}")


def _digits(value: int) -> str:
    """The number to be shown: Python refuses to write one of over 4,300 digits."""
    bits = value.bit_length()
    return str(value) if bits <= 128 else f"a number of {bits} bits"


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


def check_file(name: str, value: object) -> str | None:
    """The path of a file as text; None is well. Raises InputError for what can name no file.

    A path that ends with a slash, `.` or `..` names a folder, whether there is one or not.
    """
    path = check_folder(name, value)
    if path is None:
        return None
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise InputError(f"{name} must be a path, not {path!a:.80}") from None
    if not path:
        raise InputError(f"{name} must be a path, not {path!a}")
    if os.path.basename(path) in ("", ".", ".."):
        raise InputError(f"{name} must be a file, not a folder: {path!a:.80}", kind="usage")
    return path


def check_methods(name: str, value: object, kind: type) -> None:
    """Raises InputError for what is no object with the methods of the protocol `kind`; it names them."""
    if isinstance(value, type):
        raise InputError(f"{name} must be an object, not the class {value.__name__}")
    methods = [one for one in vars(kind) if not one.startswith("_")]
    missing = [one for one in methods if not callable(getattr(value, one, None))]
    if missing:
        raise InputError(f"{name} must have {', '.join(missing)}: {type(value).__name__} has not")
