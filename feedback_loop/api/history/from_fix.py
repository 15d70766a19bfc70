"""A proposal from one commit that mended something (D22): its pairs, without waiting for more of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from feedback_loop.api.history.candidate_patterns import (
    SHOWN,
    chosen_pairs,
    paths_of,
    pattern_of,
    write_proposal,
)
from feedback_loop.api.history.candidates import REPLAYED, regex_detector, with_trial
from feedback_loop.api.history.from_failure import Filled, Told, fill_gap, with_failure
from feedback_loop.api.history.trial import try_detectors
from feedback_loop.api.patterns.new_pattern import free_folder
from feedback_loop.domain.candidate import Candidate, Pair
from feedback_loop.domain.changes import FileDiff
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.pattern import Pattern
from feedback_loop.engines.candidates.shapes import (
    MOST_CHANGED,
    MOST_HUNKS,
    MOST_LINES,
    Sample,
    pairs_of,
    read_sample,
)
from feedback_loop.engines.candidates.tokens import is_code
from feedback_loop.engines.candidates.wording import name_of, title_of
from feedback_loop.errors import UserError
from feedback_loop.formats.history_stream import read_files
from feedback_loop.formats.pattern_doc import format_json, format_prose
from feedback_loop.workspace import Workspace

LEAST_CHANGED = 50  # characters: less is a correction of a word
_ADDED = 40  # lines of an example


@dataclass(frozen=True)
class FromFix:
    """What would be written, or was: `paths` and `texts` of both files, markdown first.

    `left_out` counts the pairs of the commit that the proposal does not show.
    """

    candidate: Candidate
    pattern: Pattern
    paths: tuple[str, ...]
    texts: tuple[str, ...]
    left_out: int


def propose_fix(workspace: Workspace, rev: str, name: str = "", told: Told | None = None) -> FromFix:
    """The proposal that the commit makes, of a failure that was told with its signature; nothing is written.

    Raises UserError for an unknown commit, a merge, one without a parent here, one that changes fewer than
    50 characters, too much, or nothing that has a removed and an added side in code, and for a name that is
    malformed or in use.
    """
    library = workspace.library(workspace.settings()[0].patterns)
    oid = workspace.git.objects.commit_id(rev)
    pairs = _pairs(workspace, oid, rev, told)
    samples = [one for pair in pairs if (one := read_sample(pair)) is not None][:SHOWN]
    shown = tuple(one.pair for one in samples) or tuple(pairs[:SHOWN])
    shape = _shape(shown)
    gone, come = (samples[0].gone, samples[0].come) if samples else ((), ())
    found = name or name_of(gone, come, shape, lambda one: library.find(one) is not None)
    folder = free_folder(workspace, found)
    at = _time(workspace, oid)
    title = title_of(gone, come) if samples else f"Write it as commit {oid[:12]} did"
    language = language_of(shown[0].path) or ""
    files = len({one.path for one in shown})
    candidate = Candidate(shape, found, title, language, shown, (oid,), files, at, at)
    candidate = _tried(workspace, candidate, samples)
    pattern = pattern_of(candidate)
    if told is not None:
        pattern = with_failure(pattern, told, oid)
    return FromFix(candidate, pattern, paths_of(folder, found), _texts(pattern), len(pairs) - len(shown))


def write_fix(workspace: Workspace, found: FromFix) -> tuple[str, ...]:
    """Write what `propose_fix` found; the paths. Raises as `write_proposal`."""
    return write_proposal(workspace, found.pattern)


def fill_from(workspace: Workspace, rev: str, gap: Pattern, mended: Sequence[Pair] = ()) -> Filled:
    """The gap with the examples that the commit gives it; nothing is written.

    They are what is known to have been `mended`; () = whatever the commit changed: one that only adds
    lines gives a good one, too. A guard of one line is enough. Raises UserError as `propose_fix`, and if the
    gap has a good example already.
    """
    oid = workspace.git.objects.commit_id(rev)
    files = _files(workspace, oid, rev, 1)
    pairs = tuple(mended) or tuple(_different(oid, files)) or tuple(_additions(oid, files))
    if not pairs:
        raise _unfit(rev, f"no place in its code has 1 to {_ADDED} lines added")
    return fill_gap(gap, chosen_pairs(pairs), oid)


def _additions(oid: str, files: Sequence[FileDiff]) -> Iterator[Pair]:
    """Places of code with added lines, whatever they replace."""
    for file in files:
        path = file.path.decode("utf-8", "surrogateescape")
        for number, hunk in enumerate(file.hunks if is_code(language_of(path)) else ()):
            if 1 <= hunk.new_count <= _ADDED:
                rows = (row.text.removesuffix(b"\r") for row in file.hunk_rows(number, 1))
                good = b"\n".join(rows).decode("utf-8", "surrogateescape")
                if good.strip():
                    yield Pair(oid, path, hunk.old_start, "", good)


def _texts(pattern: Pattern) -> tuple[str, str]:
    return format_prose(pattern), format_json(pattern)


def _shape(pairs: Sequence[Pair]) -> str:
    said = "\0".join(text for one in pairs for text in (one.bad, one.good))
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _tried(workspace: Workspace, candidate: Candidate, samples: Sequence[Sample]) -> Candidate:
    one_language = len({one.language for one in samples}) == 1
    draft = replace(candidate, detector=regex_detector(candidate, samples) if one_language else None)
    if draft.detector is None:
        return with_trial(draft, None)
    recent = [oid for oid, _ in workspace.git.objects.recent(candidate.commits[0], REPLAYED)]
    return with_trial(draft, try_detectors(workspace, [draft], recent[::-1]).get(draft.name))


def _time(workspace: Workspace, oid: str) -> int:
    (logged,) = workspace.git.history.log(oid, _parents(workspace, oid))
    return int(logged.time) if logged.time.isdecimal() else 0


def _parents(workspace: Workspace, oid: str) -> list[str]:
    ((_, parent),) = workspace.git.objects.recent(oid, 1)
    return [parent] if parent else []


def _pairs(workspace: Workspace, oid: str, rev: str, told: Told | None) -> list[Pair]:
    """What it did where it failed, else the commit's pairs of which the sides are different words.

    Raises UserError if there are none.
    """
    files = _files(workspace, oid, rev)
    pairs = list(told.mended) if told is not None and told.mended else _different(oid, files)
    if not pairs:
        raise _unfit(rev, f"no place in its code has 1 to {MOST_LINES} lines removed and as many added")
    return pairs


def _different(oid: str, files: Sequence[FileDiff]) -> list[Pair]:
    return [one for one in pairs_of(oid, files) if one.bad.split() != one.good.split()]


def _files(workspace: Workspace, oid: str, rev: str, least: int = LEAST_CHANGED) -> Sequence[FileDiff]:
    """What the commit changes. Raises UserError if that can be no lesson, such as of fewer characters."""
    recent = workspace.git.objects.recent(oid, 1)
    if not recent or recent[0][0] != oid:
        raise _unfit(rev, "it is a merge")
    if recent[0][1] is None or oid in workspace.git.history.shallow:
        raise _unfit(rev, "it has no parent here to compare it with")
    (record,) = workspace.git.history.patches([oid], ())
    files = read_files(record)
    changed = _changed(files)
    if changed < least:
        raise _unfit(rev, f"it changes {changed} characters, fewer than {least}")
    lines, hunks = sum(one.added + one.removed for one in files), sum(len(one.hunks) for one in files)
    if lines > MOST_CHANGED or hunks > MOST_HUNKS:
        most = f"more than {MOST_CHANGED} lines or {MOST_HUNKS} places are no single lesson"
        raise _unfit(rev, f"it changes {lines} lines in {hunks} places", most)
    return files


def _changed(files: Sequence[FileDiff]) -> int:
    return sum(len(b"".join(row.text.split())) for one in files for sign in (-1, 1) for row in one.rows(sign))


def _unfit(rev: str, why: str, hint: str = "") -> UserError:
    return UserError(
        f"no pattern can be made from {rev!a}: {why}", hint or "`pattern new` writes one by hand"
    )
