"""A change's old and new text, scanned as wholes and held against one another (MODE-5). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from feedback_loop.domain.diff import FileChange, added_file, new_text
from feedback_loop.domain.finding import Finding


def new_side(change: FileChange) -> FileChange:
    """The whole new text as added lines; a change without text as it is."""
    return change if change.hunk is None else added_file(new_text(change.hunk)[0], change.path)


def old_side(change: FileChange) -> FileChange:
    """The whole old text as added lines, under the new path: a rename is no news."""
    return change if change.hunk is None else added_file(old_text(change.hunk), change.path)


def old_text(hunk: bytes) -> bytes:
    """The old file's bytes, from the body of a full-context hunk."""
    kept = []
    last = b""
    for line in hunk.split(b"\n"):
        mark = line[:1]
        # The marker of a missing line end speaks of the line before it.
        if mark in (b"-", b" ") or (mark == b"\\" and last != b"+"):
            kept.append(b"+" + line[1:] if mark == b"-" else line)
        last = mark
    return new_text(b"\n".join([*kept, b""]))[0]


def more_frequent(
    new: Iterable[Finding],
    old: Iterable[Finding],
    added: Mapping[bytes, frozenset[int]],
    unknown: frozenset[bytes] = frozenset(),
) -> list[Finding]:
    """The findings of the new side that the old one has fewer of.

    Which of several equal lines is the new one is for the diff to say: those on added lines come first.
    What stands on other lines is marked `nonlocal_`. Of the paths in `unknown`, whose old text could not
    be checked, only findings on added lines count.
    """
    before = Counter(one.fingerprint for one in old)
    groups: dict[tuple[str, bytes, str], list[Finding]] = {}
    for one in new:
        one.nonlocal_ = not _is_local(one, added.get(one.path, frozenset()))
        text = " ".join(one.snippet.split())
        groups.setdefault((one.pattern, one.path, text), []).append(one)
    found = []
    for (_, path, _), members in groups.items():
        if path in unknown:
            found += [one for one in members if not one.nonlocal_]
        else:
            found += _surplus(members, before)
    return found


def _surplus(members: list[Finding], before: Counter[str]) -> list[Finding]:
    """As many of these equal findings as the old side lacks."""
    fresh = {id(one) for one in members if not before[one.fingerprint]}
    ranked = sorted(members, key=lambda one: (one.nonlocal_, id(one) not in fresh, one.sort_key()))
    return ranked[: len(fresh)]


def _is_local(finding: Finding, added: frozenset[int]) -> bool:
    return any(line in added for span in finding.anchors for line in range(span[0], span[2] + 1))
