"""What `feedback-loop scan` prints and writes: data to stdout or a file, talk to stderr."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from feedback_loop.faces.cli.common import put, say

if TYPE_CHECKING:
    from feedback_loop.api.scan_request import ScanRequest
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.finding import ScanResult

_NOTHING = {
    "staged": "nothing staged",
    "range": "the range changes nothing",
    "all": "no tracked files",
    "paths": "no files there",
}

_WITHOUT_PLACE = ("gitlab", "rdjsonl")  # formats that cannot say what was not checked
_SHOWN = 10


class Shown:
    """How the result is to be shown."""

    __slots__ = ("color", "format", "hints", "quiet")

    def __init__(self, format: str, hints: bool, quiet: bool, color: bool) -> None:
        self.format = format
        self.hints = hints
        self.quiet = quiet
        self.color = color


def notes(result: ScanResult, library: CompiledLibrary, request: ScanRequest, empty: bool) -> Iterator[str]:
    """What there is to know about the run beside its result."""
    from feedback_loop.domain.text import visible

    head = request.policy == "head" or (request.policy == "base" and result.base is None)
    if request.range and head:
        why = "as --policy head asks" if request.policy == "head" else "there is no base to take them from"
        yield f"feedback-loop: settings, patterns and baseline are the change's own: {why}"
    if library.built_in:
        where = "here" if request.policy in (None, "worktree") else f"at the {'head' if head else 'base'}"
        yield f"no {visible(library.folder)}/ {where}: using {library.source} ({library.patterns} patterns)"
    if not result.changes:
        yield f"feedback-loop: {_nothing(result.mode, request)}"
    if empty:
        ways = "give --from-ref and --to-ref, or --all; " if result.mode == "staged" else ""
        yield f"feedback-loop: NOT checked, which in CI is exit 2: {ways}--allow-empty makes it 0"
    if result.stale:
        entries = (
            "1 baseline entry matches" if result.stale == 1 else f"{result.stale} baseline entries match"
        )
        yield f"feedback-loop: {entries} nothing any more: `feedback-loop baseline prune`"


def _nothing(mode: str, request: ScanRequest) -> str:
    if request.only:
        none = f"{_NOTHING[mode]}, or nothing that matches --only"
        return f"{none}: nothing was checked (globs are of whole paths: 'src/**', '**/*.py')"
    way = "; `git add` what you want to commit" if mode == "staged" else ""
    return f"{_NOTHING[mode]}, so nothing was checked{way}"


def rendered(result: ScanResult, library: CompiledLibrary, code: int, shown: Shown) -> str:
    """The output; "" where quiet has nothing to say."""
    if shown.format != "text":
        from feedback_loop.render.encoders import encode

        encoded = encode(shown.format, result, library, code)
        for note in encoded.notes:
            say(f"feedback-loop: {note}")
        if shown.format in _WITHOUT_PLACE:
            _say_unchecked(result, library)
        if shown.format == "github":
            _summarise(result, library, code)
        return encoded.text
    from feedback_loop.render.text import render_scan

    broken = library.problems or library.disabled or result.not_checked
    seen = result.findings if shown.hints else result.at_least("warn")
    if broken or seen or (result.changes and not shown.quiet):
        return render_scan(result, library, color=shown.color, hints=shown.hints)
    return ""


def _say_unchecked(result: ScanResult, library: CompiledLibrary) -> None:
    from feedback_loop.domain.text import path_text
    from feedback_loop.render.encoders import unchecked, unchecked_words

    entries = unchecked(result, library) if result.changes else []
    for entry in entries[:_SHOWN]:
        place = f"{path_text(entry.path)}: " if entry.path else ""
        say(f"feedback-loop: {place}{unchecked_words(entry)}")
    if len(entries) > _SHOWN:
        say(f"feedback-loop: NOT checked: {len(entries) - _SHOWN} more")


def _summarise(result: ScanResult, library: CompiledLibrary, code: int) -> None:
    """The table for a GitHub job's page: of annotations only the first ten of a kind are shown (FMT-3)."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from feedback_loop.render.encoders import encode

    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as summary:
            summary.write(encode("markdown", result, library, code).text)
    except OSError as error:  # the findings themselves still have to be told
        say(f"feedback-loop: no table in $GITHUB_STEP_SUMMARY: {error.strerror}")


def write(text: str, target: str | None, quiet: bool) -> None:
    """To the absolute path `target`, else to stdout."""
    if target is None:
        if text:
            put(text)
        return
    from feedback_loop.api.output import write_output

    write_output(target, text)
    if not quiet:
        from feedback_loop.domain.text import path_text

        say(f"feedback-loop: wrote {path_text(os.fsencode(target))}")
