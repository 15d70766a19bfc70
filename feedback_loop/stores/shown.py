"""The findings that the hook has shown since the last commit, in the git directory (HOOK-1, H57).

A line for each scan: `{"branch": …, "blocked": …, "shown": [[path, pattern, detector, fingerprint, text]]}`.
"""

from __future__ import annotations

import posix
from _json import encode_basestring_ascii as quoted  # `json` itself would cost as much as the scan

from feedback_loop.errors import UserError
from feedback_loop.stores.run_log import append_line
from feedback_loop.stores.system import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedback_loop.stores.repository import Repository

    # Path, pattern, detector, fingerprint, and a key that is the same for the same text in any file.
    Shown = tuple[str, str, str, str, str]

_NAME = "/shown.jsonl"  # `api.scan.has_shown` asks for it without this module
_MOST = 1 << 20  # bytes: scan after scan, and never a commit


def append_shown(repository: Repository, blocked: bool, shown: Iterable[Shown]) -> None:
    """Note one scan; what cannot be written is done without."""
    rows = ",".join(f"[{','.join(map(quoted, one))}]" for one in shown)
    line = f'{{"branch":{quoted(_branch(repository))},"blocked":{str(blocked).lower()},"shown":[{rows}]}}'
    path = repository.state_dir + _NAME
    try:
        if len(line) < _MOST and append_line(path, line.encode()) > _MOST:
            posix.unlink(path)
    except (OSError, UserError):
        return


def take_shown(repository: Repository) -> tuple[list[list[Shown]], bool]:
    """What each scan showed on this branch and whether the last one blocked; its lines are gone then.

    A damaged file is one that says nothing.
    """
    import json
    from contextlib import suppress

    from feedback_loop.stores.files import safe_read

    aside = f"{_NAME}.{posix.getpid()}"
    try:  # what another work tree adds meanwhile goes into a new file
        posix.rename(repository.state_dir + _NAME, repository.state_dir + aside)
        lines = safe_read(repository.state_dir, aside[1:], 2 * _MOST).splitlines()
    except (OSError, UserError):
        lines = []
    mine = []
    here = _branch(repository)
    for line in lines:
        try:
            noted = json.loads(line)
            scan = noted["branch"], bool(noted["blocked"]), [tuple(map(str, one)) for one in noted["shown"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if scan[0] == here:
            mine.append(scan)
        else:
            append_line(repository.state_dir + _NAME, line)
    with suppress(OSError):
        posix.unlink(repository.state_dir + aside)
    scans = [[one for one in found if len(one) == 5] for _, _, found in mine]
    return scans, bool(mine) and mine[-1][1]


def _branch(repository: Repository) -> str:
    """The ref that HEAD names; without one the work tree itself."""
    try:
        descriptor = posix.open(repository.git_dir + "/HEAD", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return repository.git_dir
    try:
        text = decode(posix.read(descriptor, 4096)).strip()
    finally:
        posix.close(descriptor)
    return text[5:] if text.startswith("ref: ") else repository.git_dir
