"""The baseline file: a header line, then one accepted finding a line (BASE-1).

Lines may stand in any order and more than once, so `merge=union` in .gitattributes is safe.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

from feedback_loop import __version__
from feedback_loop.domain.baseline import NEVER_ACCEPTED, Baseline, BaselineEntry
from feedback_loop.domain.pattern import NAME
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import UserError

SIZE_CAP = 32 << 20  # some 250,000 entries
FORMAT = "feedback-loop-baseline"
VERSION = 1
_HEADER = b'{"format":"feedback-loop-baseline","schema_version":1}'
_SHOWN = 20

# A line as `format_baseline` writes it for a plain path. JSON proper is read a hundred times slower, and
# the hook waits for this.
_PLAIN = re.compile(
    rb'\{"key":"([0-9a-f]{32})","path":"([ !#-\[\]-~]+)","pattern":"([a-z][a-z0-9_]{1,63})"\}\Z'
)
_KEY = re.compile(r"[0-9a-f]{32}\Z")
_MARKER = re.compile(rb"(<<<<<<<|\|\|\|\|\|\|\||=======|>>>>>>>)( |\r?\Z)")


class _NewerError(Exception):
    """The file is of a version that this release cannot judge."""


def parse_baseline(data: bytes, path: str, *, join: bool = False) -> Baseline:
    """The entries of a baseline file; `path` is what messages call it.

    With `join` a file with conflict markers gives the entries of both sides.
    Raises UserError naming every bad line, or that a newer release is needed, or, without `join`, the
    command that cures conflict markers.
    """
    if len(data) > SIZE_CAP:
        raise UserError(f"{path}: larger than {SIZE_CAP} bytes")
    entries: set[BaselineEntry] = set()
    problems: list[Problem] = []
    headers = 0
    for number, line in _lines(data, path, join):
        try:
            entry = _parse_line(line)
        except _NewerError as newer:
            raise UserError(f"{path}:{number}: {newer}") from None
        except ValueError as error:
            problems += [Problem(path, number, message) for message in error.args]
            continue
        if entry is None:
            headers += 1
        else:
            entries.add(entry)
    if not headers and not problems:
        problems.append(Problem(path, 1, f"the header line is missing: {_HEADER.decode()}"))
    if problems:
        raise _refused(problems)
    return Baseline(frozenset(entries))


def format_baseline(baseline: Baseline) -> bytes:
    """The file's bytes: sorted by key, every entry once, ASCII only."""
    lines = [_HEADER, *(_format_entry(entry) for entry in sorted(baseline.entries))]
    return b"\n".join(lines) + b"\n"


def entry_fields(entry: BaselineEntry) -> dict[str, str]:
    """The entry as a JSON object."""
    return {"key": entry.key, "pattern": entry.pattern, **_path_fields(entry.path)}


def _path_fields(path: bytes) -> dict[str, str]:
    r"""The true path; one that is no UTF-8 shows its bad bytes as `\xNN` and comes in full as base64."""
    try:
        return {"path": path.decode()}
    except UnicodeDecodeError:
        return {"path": path.decode("utf-8", "backslashreplace"), "path_b64": b64encode(path).decode()}


def _format_entry(entry: BaselineEntry) -> bytes:
    return json.dumps(entry_fields(entry), sort_keys=True, separators=(",", ":")).encode("ascii")


def _refused(problems: list[Problem]) -> UserError:
    lines = [str(problem) for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"and {len(problems) - _SHOWN} more bad lines")
    return UserError("\n".join(lines), "mend these lines or take them out: each is one accepted finding")


def _lines(data: bytes, path: str, join: bool) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, numbered from 1; of a conflict both sides, not their common past."""
    past = False
    for number, line in enumerate(data.split(b"\n"), 1):
        marker = _MARKER.match(line)
        if marker:
            if not join:
                raise UserError(
                    f"{path}:{number}: conflict markers",
                    "`feedback-loop baseline update` joins both sides; then `git add` the file",
                )
            past = marker[1] == b"|||||||"
        elif line.strip() and not past:
            yield number, line


def _parse_line(line: bytes) -> BaselineEntry | None:
    """None for a header. Raises ValueError with what is wrong, in words, and _NewerError."""
    if line == _HEADER:
        return None
    plain = _PLAIN.match(line)
    if plain and plain[3].decode() not in NEVER_ACCEPTED:
        return BaselineEntry(plain[1].decode(), plain[2], plain[3].decode())
    return _parse_record(line)


def _parse_record(line: bytes) -> BaselineEntry | None:
    from feedback_loop.formats.strict_json import parse_json

    document = parse_json(line, "")
    if document.problems:
        raise ValueError(*(problem.message for problem in document.problems))
    if not isinstance(document.value, dict):
        raise ValueError("not a JSON object")
    if "format" in document.value:
        _check_header(document.value)
        return None
    return _parse_entry(document.value)


def _check_header(fields: dict[str, Any]) -> None:
    version = fields.get("schema_version")
    if fields["format"] != FORMAT:
        raise ValueError(f"not a baseline: format is not {FORMAT!r}")
    if type(version) is int and version > VERSION:
        raise _NewerError(f"schema_version {version} needs feedback-loop > {__version__}")
    if type(version) is not int or version != VERSION:
        raise ValueError(f"schema_version is not {VERSION}")
    _check_keys(fields, ("format", "schema_version"))


def _parse_entry(fields: dict[str, Any]) -> BaselineEntry:
    _check_keys(fields, ("key", "path", "pattern"), ("path_b64",))
    wrong = [f"{name} is not a string" for name, value in fields.items() if not isinstance(value, str)]
    if wrong:
        raise ValueError(*wrong)
    if not _KEY.match(fields["key"]):
        raise ValueError("key is not a fingerprint of 32 hex digits")
    if not NAME.match(fields["pattern"]):
        raise ValueError("pattern is not the name of one")
    if fields["pattern"] in NEVER_ACCEPTED:
        raise ValueError(f"what {fields['pattern']} says is about the tool itself and cannot be accepted")
    return BaselineEntry(fields["key"], _parse_path(fields), fields["pattern"])


def _parse_path(fields: dict[str, str]) -> bytes:
    path = fields["path"].encode()
    if "path_b64" in fields:
        try:
            path = b64decode(fields["path_b64"], validate=True)
        except ValueError:
            raise ValueError("path_b64 is not base64") from None
        # What people read in a review has to be what the tool compares.
        if _path_fields(path) != {name: fields[name] for name in ("path", "path_b64")}:
            raise ValueError("path and path_b64 do not agree")
    if not path or b"\0" in path:
        raise ValueError("path is not one that git can have")
    return path


def _check_keys(fields: dict[str, Any], needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    wrong = [f"key {name!r} is missing" for name in needed if name not in fields]
    wrong += [f"unknown key {name[:60]!r}" for name in fields if name not in (*needed, *optional)]
    if wrong:
        raise ValueError(*wrong)
