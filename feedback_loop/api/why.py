"""Why a detector says something about a line, or why it does not: the step that stopped it (EXP-1).

The scan that was asked for is made, of this one file; what it does not tell is found out by scans of the
whole text with one detector each.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from feedback_loop.api.ranges import find_ends
from feedback_loop.api.scan import new_in_merge, reread_hidden
from feedback_loop.api.scan_request import run_scan
from feedback_loop.api.whole import read_blobs, read_files
from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.diff import FileChange, added_file
from feedback_loop.domain.finding import OWN, SEVERITIES, Finding, NotChecked, ScanResult
from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.reason import LineReasons, Reason
from feedback_loop.domain.text import path_text
from feedback_loop.engines.scan import scan
from feedback_loop.errors import UserError
from feedback_loop.formats.patch import parse_patch
from feedback_loop.stores.tree_walk import find_path

if TYPE_CHECKING:
    from feedback_loop.api.scan_request import ScanRequest
    from feedback_loop.workspace import Workspace

_WILD = str.maketrans({char: f"[{char}]" for char in "*?["})
_ELSEWHERE = {
    "staged": "`--all --why` looks at what is tracked, `--diff A..B --why` at a range",
    "range": "name a file that the range changes",
    "all": "name a tracked file",
    "paths": "name a file among the PATHs",
}


def explain_line(workspace: Workspace, request: ScanRequest, path: str, line: int) -> LineReasons:
    """What each detector makes of a line of the file at the absolute path, in the scan of the request.

    Raises UserError if that scan does not reach the line, and as `run_scan`.
    """
    inner = _inside(workspace.root, path)
    raw = os.fsencode(inner)
    change = _change(workspace, request, inner)
    text, added = change.new_text()
    lines = text.removesuffix(b"\n").split(b"\n") if text else []
    if not 1 <= line <= len(lines):
        raise UserError(f"{path_text(raw)} has {len(lines)} lines, and no line {line}", kind="usage")
    only = (inner.translate(_WILD),)
    result, library = run_scan(workspace, replace(request, only=only, hints=True, min_severity=None))
    asked = Asked(request, library, result, change, line)
    reasons = [*asked.reasons(), *_notices(result, line)]
    shown = lines[line - 1].removesuffix(b"\r").decode("utf-8", "surrogateescape")
    return LineReasons(raw, line, shown, line in added, tuple(reasons))


def _inside(root: str, path: str) -> str:
    """The repository path; the file need not be on the disk, nor is a link at its end followed."""
    folder, name = os.path.split(path)
    full = os.path.join(os.path.realpath(folder), name)
    top = os.path.realpath(root).rstrip("/") + "/"
    if not name or not full.startswith(top):
        raise UserError(f"path leaves the repository: {path!a}", kind="usage")
    return full[len(top) :]


# -- the file as the request sees it ---------------------------------------------------------------


def _change(workspace: Workspace, request: ScanRequest, path: str) -> FileChange:
    raw = os.fsencode(path)
    shown = path_text(raw)
    if request.only and not matches(compile_globs(request.only), path):
        raise UserError(f"{shown} is left out by --only", kind="usage")
    change = next((one for one in _changes(workspace, request, path) if one.path == raw), None)
    if change is None:
        text = f"{shown} is not among what this scan looks at"
        raise UserError(text, _ELSEWHERE[request.mode], kind="usage")
    if isinstance(change, NotChecked):
        raise UserError(f"{shown}: {change.reason}", kind="usage")
    if change.skip is not None or change.status == "D":
        raise UserError(f"{shown} has no text to check: {change.skip or 'deleted'}", kind="usage")
    return change


def _changes(workspace: Workspace, request: ScanRequest, path: str) -> Iterable[FileChange | NotChecked]:
    if request.everything:
        return _tracked(workspace, request.rev, os.fsencode(path))
    if request.paths:
        named = [find_path(workspace.root, one, request.folder) for one in request.paths]
        covered = any(one in ("", path) or path.startswith(one + "/") for one in named)
        return read_files(workspace.root, [path]) if covered else ()
    return _changed(workspace, request)


def _tracked(workspace: Workspace, rev: str | None, path: bytes) -> Iterator[FileChange]:
    objects = workspace.git.objects
    entries = objects.tree_entries(objects.commit_id(rev)) if rev else objects.index()[0]
    for mode, oid, name in entries:
        if name == path and mode.startswith("100"):
            yield from read_blobs(objects, [(path, oid)])
        elif name == path:
            yield FileChange(path, "A", skip="no regular file")


def _changed(workspace: Workspace, request: ScanRequest) -> Iterator[FileChange]:
    git = workspace.git
    parents: list[str] = []
    if request.range:
        ends = find_ends(git.objects, request.range)
        stream = git.range_diff(ends.old, ends.head)
    else:
        stream = git.staged_diff()
        parents = workspace.repository.merge_parents()
    with closing(stream):
        changes = reread_hidden(workspace, parse_patch(stream.blocks()))
        yield from new_in_merge(workspace, changes, parents) if parents else changes


# -- the steps -------------------------------------------------------------------------------------


class Asked:
    """A line of a file, the scan of that file, and the library it was made with."""

    def __init__(
        self,
        request: ScanRequest,
        library: CompiledLibrary,
        result: ScanResult,
        change: FileChange,
        line: int,
    ) -> None:
        self._request = request
        self._library = library
        self._result = result
        self._change = change
        self._line = line
        self._text, self._added = change.new_text()

    def reasons(self) -> Iterator[Reason]:
        """One for each detector that anybody could name."""
        running = {one.rule_id for one in self._library.detectors}
        for detector in self._library.detectors:
            yield Reason(detector.rule_id, *self._step(detector))
        broken = dict(self._library.disabled)
        for rule_id, told in broken.items():
            yield Reason(rule_id, "gate", f"does not run: it fails its own example ({told})")
        for name in self._library.names:
            if "/" in name and name not in running and name not in broken:
                yield Reason(name, "off", "does not run: level off, or its pattern is not active or broken")

    def _step(self, detector: CompiledDetector) -> tuple[str, str]:
        """The step that the detector came to, and what to say about it."""
        scope = self._out_of_scope(detector)
        if scope:
            return "scope", scope
        return self._told(detector) or self._not_told(detector)

    def _told(self, detector: CompiledDetector) -> tuple[str, str] | None:
        """What the scan itself says about the detector here."""
        found = self._here(detector, self._result.findings)
        if found:
            return self._level(detector, found[0])
        for one in self._result.suppressed:
            if self._here(detector, [one.finding]):
                return "suppression", f"a comment suppresses it: {one.reason or 'it gives no reason'}"
        if self._here(detector, self._result.baselined):
            return "baseline", "the baseline accepts it"
        return None

    def _level(self, detector: CompiledDetector, found: Finding) -> tuple[str, str]:
        if detector.level == "hint" and not self._request.hints and self._library.fail_on != "hint":
            return "level", "a hint: shown with --hints"
        least = self._request.min_severity
        if least and SEVERITIES.index(found.severity) < SEVERITIES.index(least):
            return "level", f"of severity {found.severity}: left out by --min-severity {least}"
        moved = ", because the same line is removed elsewhere" if found.moved else ""
        return "found", f"reported at {found.line}:{found.column} as {found.level}{moved}"

    def _not_told(self, detector: CompiledDetector) -> tuple[str, str]:
        """How far it comes with all lines added and without the prefilter."""
        alone = CompiledLibrary.from_tuple(self._library.to_tuple())
        alone.detectors = [detector]
        whole = scan([added_file(self._text, self._change.path)], alone, prefilter=False)
        for entry in whole.not_checked:
            return "parse", entry.reason
        found = [*whole.findings, *(one.finding for one in whole.suppressed)]
        every = [one for one in found if one.rule_id == detector.rule_id]
        here = self._here(detector, every)
        if not here:
            lines = ", ".join(str(one.line) for one in every[:10])
            return (
                "match",
                f"no match here; in this file on line {lines}" if lines else "no match in this file",
            )
        return self._stopped(detector, here[0])

    def _stopped(self, detector: CompiledDetector, match: Finding) -> tuple[str, str]:
        """What takes away a match that nothing was said about."""
        for one in self._result.findings:
            if one.pattern == match.pattern and one.anchors[0] == match.anchors[0]:
                return "level", f"matches; {one.rule_id} is reported in its place"
        if self._request.compare:
            return "anchor", "matches, and the old text has as many of it"
        if not any(line in self._added for span in match.anchors for line in range(span[0], span[2] + 1)):
            lines = ", ".join(dict.fromkeys(str(span[0]) for span in match.anchors))
            return "anchor", f"matches, but what makes it wrong is not on an added line (line {lines})"
        words = (one.decode("utf-8", "replace") for one in (*detector.added_any, *detector.file_all))
        return "prefilter", f"matches, but the words it looks for first are missing: {', '.join(words)}"

    def _here(self, detector: CompiledDetector, findings: Iterable[Finding]) -> list[Finding]:
        """Those of the detector that the line is a part of; where one starts on it first."""
        own = [one for one in findings if one.rule_id == detector.rule_id]
        spanned = [
            one for one in own if any(span[0] <= self._line <= span[2] for span in (one.full, *one.anchors))
        ]
        return sorted(spanned, key=lambda one: abs(one.line - self._line))

    def _out_of_scope(self, detector: CompiledDetector) -> str:
        path = self._change.path.decode("utf-8", "surrogateescape")
        if matches(self._library.exclude, path):
            return "the path is excluded by the settings, or never scanned"
        language = language_of(path) or language_of(path, self._change.first_line())
        if detector.languages and language not in detector.languages:
            return (
                f"reads {' and '.join(detector.languages)}, and this is {language or 'no language we know'}"
            )
        if detector.include and not matches(detector.include, path):
            return "the path is not among those the pattern includes"
        if matches(detector.exclude, path):
            return "the path is excluded by the pattern, or the check is exempt there"
        return ""


def _notices(result: ScanResult, line: int) -> Iterator[Reason]:
    """What the tool itself has to say about the line."""
    for one in result.findings:
        if one.pattern == OWN and one.line == line:
            yield Reason(one.rule_id, "found", one.message)
