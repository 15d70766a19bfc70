"""Why a detector says something about a line, or why it does not: the step that stopped it (EXP-1)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from feedback_loop.api.ranges import find_ends
from feedback_loop.api.scan import Clock, load_library
from feedback_loop.api.whole import read_files
from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.diff import FileChange, added_file
from feedback_loop.domain.globs import matches
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.reason import Reason
from feedback_loop.engines.scan import scan
from feedback_loop.errors import UserError
from feedback_loop.formats.patch import parse_patch

if TYPE_CHECKING:
    from feedback_loop.api.scan_request import ScanRequest
    from feedback_loop.workspace import Workspace


def explain_line(workspace: Workspace, request: ScanRequest, path: str, line: int) -> list[Reason]:
    """What each detector makes of a line of the file at the absolute path, as the request would see it.

    Raises UserError if the request does not reach that line.
    """
    inner = os.path.relpath(path, workspace.root)
    library = load_library(workspace, Clock())
    return why(_changes(workspace, request, inner), library, os.fsencode(inner), line)


def _changes(workspace: Workspace, request: ScanRequest, path: str) -> Iterator[FileChange]:
    if request.everything or request.paths:
        for one in read_files(workspace.root, [path]):
            if not isinstance(one, FileChange):
                raise UserError(f"{path}: {one.reason}", kind="usage")
            yield one
        return
    git = workspace.git
    if request.range:
        ends = find_ends(git.objects, request.range)
        stream = git.range_diff(ends.old, ends.head)
    else:
        stream = git.staged_diff()
    with closing(stream):
        yield from parse_patch(stream.blocks())


def why(changes: Iterable[FileChange], library: CompiledLibrary, path: bytes, line: int) -> list[Reason]:
    """One reason for each detector of the library, and for each that is out of order.

    Raises UserError if the changes do not hold the path, or its new text has no such line.
    """
    change = next((one for one in changes if one.path == path), None)
    shown = path.decode("utf-8", "backslashreplace")
    if change is None:
        raise UserError(
            f"{shown} is not among the changes", "name a file that the scan looks at", kind="usage"
        )
    if change.skip is not None or change.status == "D":
        raise UserError(f"{shown} has no text to check: {change.skip or change.status}", kind="usage")
    text, added = change.new_text()
    if not 1 <= line <= text.count(b"\n") + 1:
        raise UserError(f"{shown} has no line {line}", kind="usage")
    reasons = [_reason(one, change, text, added, library, line) for one in library.detectors]
    reasons += [
        Reason(rule_id, "gate", f"does not run: it fails its own example ({told})")
        for rule_id, told in library.disabled
    ]
    return sorted(reasons, key=lambda one: one.rule_id)


def _reason(
    detector: CompiledDetector,
    change: FileChange,
    text: bytes,
    added: Sequence[int],
    library: CompiledLibrary,
    line: int,
) -> Reason:
    def stopped(step: str, words: str) -> Reason:
        return Reason(detector.rule_id, step, words)

    scope = _out_of_scope(detector, change, library)
    if scope:
        return stopped("scope", scope)
    alone = _only(library, detector)
    whole = scan([added_file(text, change.path)], alone, prefilter=False)
    for entry in whole.not_checked:
        return stopped("parse", entry.reason)
    told = [*whole.findings, *(one.finding for one in whole.suppressed)]
    every = [one for one in told if one.rule_id == detector.rule_id]
    here = [one for one in every if any(span[0] <= line <= span[2] for span in (one.full, *one.anchors))]
    if not here:
        lines = ", ".join(str(one.line) for one in every[:10])
        where = f"; in this file it matches on {lines}" if lines else ", nor anywhere in this file"
        return stopped("match", f"does not match here{where}")
    result = scan([change], alone)
    if any(one.finding.full == here[0].full for one in result.suppressed):
        return stopped("suppression", "matches, and a comment suppresses it")
    if any(one.full == here[0].full for one in result.findings):
        return stopped("found", f"matches, and an anchor is on an added line: {detector.level}")
    if not any(start <= number <= end for start, _, end, _ in here[0].anchors for number in added):
        lines = ", ".join(str(span[0]) for span in here[0].anchors)
        return stopped("anchor", f"matches, but the change did not add what makes it wrong (line {lines})")
    literals = ", ".join(one.decode("utf-8", "replace") for one in (*detector.added_any, *detector.file_all))
    return stopped("prefilter", f"matches, but the prefilter did not find its literals ({literals})")


def _out_of_scope(detector: CompiledDetector, change: FileChange, library: CompiledLibrary) -> str:
    path = change.path.decode("utf-8", "surrogateescape")
    if matches(library.exclude, path):
        return "the path is excluded by the settings, or never scanned"
    language = language_of(path) or language_of(path, change.first_line())
    if detector.languages and language not in detector.languages:
        return f"reads {' and '.join(detector.languages)}, and this is {language or 'of no known language'}"
    if detector.include and not matches(detector.include, path):
        return "the path is not among those the pattern includes"
    if matches(detector.exclude, path):
        return "the path is excluded by the pattern, or the check is exempt there"
    return ""


def _only(library: CompiledLibrary, detector: CompiledDetector) -> CompiledLibrary:
    *plain, _ = library.to_tuple()
    return CompiledLibrary.from_tuple((*plain, [detector.to_tuple()]))
