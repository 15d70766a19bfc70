"""A decision under way: its event, kept from before the files change until it is recorded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass

from feedback_loop.domain.event import Event
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.records import format_event, parse_record
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import atomic_write, safe_read
from feedback_loop.stores.library_moves import read_half

_GONE = "-"


@dataclass(frozen=True)
class Result:
    """What the decision makes of a file: its path below the root, the sha256 of its bytes, "-" = no file."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Kept:
    """A decision that was begun. Its work is done once all `results` are there."""

    event: Event
    results: tuple[Result, ...]


def results_of(files: Iterable[tuple[str, bytes | None]]) -> tuple[Result, ...]:
    """The results by path, of (path, the bytes it is to hold); None = there is to be no such file."""
    return tuple(sorted((_result(path, data) for path, data in files), key=lambda one: one.path))


def are_there(root: str, results: Iterable[Result]) -> bool:
    """Whether the files are as the decision makes them. Raises MachineFault."""
    try:
        return all(_result(one.path, read_half(root, one.path)) == one for one in results)
    except MachineFault:
        raise
    except UserError:
        return False  # a link, or no file: nobody's work here


def _result(path: str, data: bytes | None) -> Result:
    return Result(path, _GONE if data is None else hashlib.sha256(data).hexdigest())


def kept_decision(state_dir: str, name: str) -> Kept | None:
    """The decision about the pattern that was begun and not recorded yet; None for one without results."""
    try:
        event, _, listed = safe_read(state_dir, _kept(name), SIZE_CAP).decode().partition("\n")
        pairs = [line.partition("  ") for line in listed.splitlines()]
        found = Kept(parse_record(event + "\n"), tuple(Result(path, hashed) for hashed, _, path in pairs))
    except (OSError, UnicodeDecodeError, UserError):
        return None  # gone with its folder, which may be deleted at any time: a new one is made
    return found if found.results else None


def keep_decision(state_dir: str, name: str, kept: Kept) -> None:
    """Keep the event until it is recorded: a rerun after a kill records this one and no second."""
    lines = (f"{one.sha256}  {one.path}\n" for one in kept.results)
    atomic_write(f"{state_dir}/{_kept(name)}", (format_event(kept.event) + "".join(lines)).encode())


def drop_decision(state_dir: str, name: str) -> None:
    """The decision is recorded, or was never carried out."""
    try:
        os.unlink(f"{state_dir}/{_kept(name)}")
    except FileNotFoundError:
        return
    except OSError as error:
        raise MachineFault(f"cannot remove {state_dir}/{_kept(name)}: {error.strerror}") from error


def _kept(name: str) -> str:
    return f"decision-{name}.json"
