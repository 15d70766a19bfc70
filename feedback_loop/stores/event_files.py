"""What lies in the event store, file by file: sound records are handed out, all else is reported (EV-3)."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from feedback_loop.domain.event import KINDS, Event
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import InputError, MachineFault, UserError
from feedback_loop.formats.records import SHIFT_CAP, parse_fields, parse_record
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import safe_read

FOLDER = ".feedback-loop/events"
SEGMENT_CAP = 64 << 20  # bytes that are read of one
LOOSE_CAP = SIZE_CAP + SHIFT_CAP + 2
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])\Z", re.ASCII)
_LOOSE = re.compile(rf"(\d{{8}}t\d{{6}}z)-({'|'.join(KINDS)})-[0-9a-f]{{12}}\.json\Z", re.ASCII)
SEGMENT = re.compile(r"segment-([0-9a-f]{16})\.jsonl\Z")
_TOMBSTONE = b'"kind":"tombstone"'
# A record's members, all checked, and its line in a segment (0 = a file of its own).
Record: TypeAlias = tuple[dict[str, Any], int]
_Parsed = TypeVar("_Parsed", Event, dict[str, Any])


@dataclass(frozen=True)
class Stored:
    """An event and where it stands: file below the root, line of a segment (0 = a file of its own)."""

    event: Event
    path: str
    line: int


def event_path(event: Event) -> str:
    """Where the event stands as a file of its own, below the root."""
    return _path(event.at, event.kind, event.id)


def _path(at: str, kind: str, identity: str) -> str:
    stamp = at.replace("-", "").replace(":", "").lower()
    return f"{FOLDER}/{at[:7]}/{stamp}-{kind}-{identity[:12]}.json"


def check_folders(root: str, months: Iterable[str]) -> None:
    """Raises UserError if a part of the store is a link: it could lead out of the repository (T2).

    The same for what is no folder at all: it would look like a store in which nothing was ever recorded.
    """
    for folder in (os.path.dirname(FOLDER), FOLDER, *(f"{FOLDER}/{month}" for month in months)):
        path = f"{root}/{folder}"
        if os.path.islink(path):
            raise UserError(f"{folder} is a link: the event store must be a folder of the repository")
        if not os.path.isdir(path) and os.path.lexists(path):
            raise UserError(f"{folder} is no folder: the event store must be one")


def walk_events(
    root: str,
    report: Callable[[Problem], None],
    since: str | None = None,
    until: str | None = None,
) -> Iterator[Stored]:
    """Every sound copy of every event, in no order that means anything; the rest goes to `report`.

    With `since` or `until` events outside may be left out, but no tombstone is.
    """
    for month in _months(root, report):
        names = month_names(root, month)
        yield from _walk_month(root, month, names, report, since, until)
        # A compaction may have taken files meanwhile: what it made of them stands in a new segment.
        if any(not os.path.lexists(f"{root}/{FOLDER}/{month}/{name}") for name in names):
            known = frozenset(names)
            late = [name for name in month_names(root, month) if name not in known]
            yield from _walk_month(root, month, late, report, since, until)


def list_files(root: str, report: Callable[[Problem], None]) -> list[str]:
    """The paths of all files that should hold events; what else lies there goes to `report`.

    Raises UserError if a part of the store is a link.
    """
    paths = []
    for month in _months(root, report):
        for name in month_names(root, month):
            path = f"{FOLDER}/{month}/{name}"
            if _LOOSE.match(name) or SEGMENT.match(name):
                paths.append(path)
            else:
                _report_name(path, report)
    return paths


def read_file(root: str, path: str, report: Callable[[Problem], None]) -> Iterator[Record]:
    """The sound records of a file that `list_files` names; nothing if it is gone meanwhile."""
    if SEGMENT.match(path.rpartition("/")[2]):
        return _read_segment(root, path, report, parse_fields)
    return _read_loose(root, path, report, parse_fields)


def _months(root: str, report: Callable[[Problem], None]) -> list[str]:
    names = _listed(f"{root}/{FOLDER}")
    months = [name for name in names if _MONTH.match(name) and os.path.isdir(f"{root}/{FOLDER}/{name}")]
    check_folders(root, months)
    for name in names:
        if name not in months:
            _report_name(f"{FOLDER}/{name}", report)
    return months


def _walk_month(
    root: str,
    month: str,
    names: Iterable[str],
    report: Callable[[Problem], None],
    since: str | None,
    until: str | None,
) -> Iterator[Stored]:
    for name in names:
        path = f"{FOLDER}/{month}/{name}"
        loose = _LOOSE.match(name)
        if loose:
            if loose[2] != "tombstone" and not _may_lie_in(loose[1], since, until):
                continue
            found = _read_loose(root, path, report, parse_record)
        elif SEGMENT.match(name):
            found = _read_segment(root, path, report, parse_record, since, until)
        else:
            _report_name(path, report)
            continue
        for event, line in found:
            yield Stored(event, path, line)


def _may_lie_in(stamp: str, since: str | None, until: str | None) -> bool:
    plain = [None if at is None else at.replace("-", "").replace(":", "").lower() for at in (since, until)]
    return (plain[0] is None or stamp >= plain[0]) and (plain[1] is None or stamp < plain[1])


def _report_name(path: str, report: Callable[[Problem], None]) -> None:
    name = path.rpartition("/")[2]
    if not name.startswith(".") and name != "README.md":
        report(Problem(path, 0, "not the name of a month, an event or a segment"))


def _read_loose(
    root: str, path: str, report: Callable[[Problem], None], parse: Callable[[bytes], _Parsed]
) -> Iterator[tuple[_Parsed, int]]:
    data = _read(root, path, LOOSE_CAP, report)
    if data is None:
        return
    try:
        found = parse(data)
    except InputError as error:
        report(Problem(path, 0, error.message))
        return
    own = event_path(found) if isinstance(found, Event) else _path(found["at"], found["kind"], found["id"])
    if own != path:
        report(Problem(path, 0, f"the name does not fit the content, which belongs to {own}"))
    else:
        yield found, 0


def _read_segment(
    root: str,
    path: str,
    report: Callable[[Problem], None],
    parse: Callable[[bytes], _Parsed],
    since: str | None = None,
    until: str | None = None,
) -> Iterator[tuple[_Parsed, int]]:
    data = _segment_data(root, path, report)
    if data is None:
        return
    if f"/segment-{hashlib.sha256(data).hexdigest()[:16]}.jsonl" not in path:
        report(Problem(path, 0, "its content is not the one that its name says: changed or damaged"))
    first = b"" if since is None else b'{"at":"' + since.encode("ascii")
    last = b"\x7f" if until is None else b'{"at":"' + until.encode("ascii")
    for number, line in enumerate(io.BytesIO(data), 1):  # `split` would hold everything twice
        if line == b"\n" or (
            not first <= line < last and line.startswith(b'{"at":"') and _TOMBSTONE not in line
        ):
            continue
        try:
            yield parse(line), number
        except InputError as error:
            report(Problem(path, number, error.message))


def _segment_data(root: str, path: str, report: Callable[[Problem], None]) -> bytes | None:
    data = _read(root, path, SEGMENT_CAP, report)
    if data is not None and b"\r" in data:  # git may have been told to change line ends
        data = data.replace(b"\r\n", b"\n")
    return data


def read_lines(root: str, path: str, lines: Collection[int]) -> list[Record]:
    """The records on these lines of a file, as `Record` counts them, without those that are not sound."""
    if not SEGMENT.match(path.rpartition("/")[2]):
        return list(_read_loose(root, path, _say_nothing, parse_fields))
    data = _segment_data(root, path, _say_nothing) or b""
    found = []
    for number, line in enumerate(io.BytesIO(data), 1):
        if number in lines:
            try:
                found.append((parse_fields(line), number))
            except InputError:
                continue
    return found


def _say_nothing(problem: Problem) -> None:
    """Who read the file before has told."""


def parsed(data: bytes) -> Event | str:
    """The event, or what is wrong with it."""
    try:
        return parse_record(data)
    except InputError as error:
        return error.message


def _read(root: str, path: str, size: int, report: Callable[[Problem], None]) -> bytes | None:
    try:
        return safe_read(root, path, size)
    except FileNotFoundError:
        if os.path.islink(f"{root}/{path}"):
            report(Problem(path, 0, "is a link that points nowhere"))
        return None  # else a compaction took it meanwhile: its segment has it
    except UserError as error:
        report(Problem(path, 0, error.message))
    except OSError as error:
        report(Problem(path, 0, f"cannot be read: {error.strerror}"))
    return None


def month_names(root: str, month: str) -> list[str]:
    """The names of the files of a month, `2026-11`; none if there is no such month."""
    return _listed(f"{root}/{FOLDER}/{month}")


def segment_names(root: str, month: str) -> list[str]:
    """The same of segments alone, in no order: most of what one event costs in a month of many."""
    names = _raw_names(os.fsencode(f"{root}/{FOLDER}/{month}"))
    found = [os.fsdecode(name) for name in names if name.startswith(b"segment-")]
    return [name for name in found if SEGMENT.match(name)]


def _listed(folder: str) -> list[str]:
    return sorted(map(os.fsdecode, _raw_names(os.fsencode(folder))))


def _raw_names(folder: bytes) -> list[bytes]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise MachineFault(f"cannot read {os.fsdecode(folder)}: {error.strerror}") from error
