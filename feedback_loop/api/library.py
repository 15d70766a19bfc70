"""Load, compile and prove a library. Cold: runs when the compiled library is stale, and for `pattern …`."""

from __future__ import annotations

import os

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.diff import added_file
from feedback_loop.domain.finding import Finding, ScanResult
from feedback_loop.domain.library import Library
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import Settings
from feedback_loop.engines import compile as compiling
from feedback_loop.engines.gate import Failure, ScanText, check_examples
from feedback_loop.engines.scan import fingerprint, scan
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.compiled import Sources, listing, source_file
from feedback_loop.stores.library import conflicts, library_root, parse_files
from feedback_loop.stores.settings import FILES
from feedback_loop.workspace import Workspace


def open_library(workspace: Workspace) -> Library:
    """The library with the settings' folder, settings problems included among its own."""
    settings, problems = workspace.settings()
    library = workspace.library(settings.patterns)
    return Library(library.source, library.patterns, (*problems, *library.problems))


def compile_library(workspace: Workspace) -> tuple[CompiledLibrary, Sources]:
    """Everything the scan needs, example gate included, and what it was made from.

    Raises UserError if git is older than the minimum: checked here, so that no scan pays for it.
    """
    workspace.git.version()
    settings, problems = workspace.settings()
    sources = _sources(workspace.root, settings)
    library = workspace.library(settings.patterns)
    compiled = compiling.compile_library(library, settings, problems)
    failures = {
        f"{failure.pattern}/{detector}": failure.problem.message
        for failure in gate(library)
        if not failure.note
        for detector in failure.detectors
    }
    compiled.disabled = tuple(
        (one.rule_id, failures[one.rule_id]) for one in compiled.detectors if one.rule_id in failures
    )
    compiled.detectors = [one for one in compiled.detectors if one.rule_id not in failures]
    return compiled, sources


def gate(library: Library) -> list[Failure]:
    """The two-way example gate over the active patterns, by the production path on in-memory files."""
    return check_examples(library.active, example_scanner(library))


def example_scanner(library: Library) -> ScanText:
    """(path, text, with the prefilter) -> result of every detector, no setting applied."""
    compiled = compiling.compile_library(library, Settings(), [], raw_levels=True)

    def scan_text(path: bytes, text: bytes, prefilter: bool) -> ScanResult:
        return scan([added_file(text, path)], compiled, prefilter=prefilter)

    return scan_text


def _sources(root: str, settings: Settings) -> Sources:
    base, name, _ = library_root(root, settings.patterns)
    folder = f"{base}/{name}"
    own = f"{root}/{settings.patterns}"
    files = [source_file(root, file) for file in FILES]
    listings = [(below, listing(below)) for below in (folder, folder + "/proposed", folder + "/archive")]
    files += [source_file(below, file) for below, names in listings for file in names]
    if own != folder:
        listings.append((own, listing(own)))
    return Sources(tuple(files), tuple(listings))


def staged_gate(workspace: Workspace, folder: str) -> list[Finding]:
    """Problems of the *staged* library as findings of level block (GATE-5)."""
    library = staged_library(workspace, folder)
    problems = [*library.problems]
    problems += [failure.problem for failure in gate(library) if not failure.note]
    return [_gate_finding(problem) for problem in sorted(set(problems))]


def staged_library(workspace: Workspace, folder: str) -> Library:
    """The library as the index holds it."""
    prefix = os.fsencode(folder) + b"/"
    entries = [
        (oid, path[len(prefix) :].decode("utf-8", "surrogateescape"))
        for mode, oid, path in workspace.git.index_entries()
        if path.startswith(prefix) and mode.startswith("100") and path.endswith((b".md", b".json"))
    ]
    blobs = workspace.git.blobs([oid for oid, _ in entries], SIZE_CAP)
    files = {name: blob for (_, name), blob in zip(entries, blobs, strict=True) if blob is not None}
    patterns = []
    problems = [
        Problem(f"{folder}/{name}", 0, f"larger than {SIZE_CAP} bytes")
        for (_, name), blob in zip(entries, blobs, strict=True)
        if blob is None
    ]
    for state, below in (("active", ""), ("proposed", "proposed/"), ("archived", "archive/")):
        inside = {
            name[len(below) :]: data
            for name, data in files.items()
            if name.startswith(below) and "/" not in name[len(below) :] and name != "README.md"
        }
        found, more = parse_files(inside, (folder + "/" + below).rstrip("/"), state)
        patterns += found
        problems += more
    problems += conflicts(patterns)
    return Library(folder + "/", tuple(patterns), tuple(problems))


def _gate_finding(problem: Problem) -> Finding:
    path = os.fsencode(problem.path)
    line = max(problem.line, 1)
    return Finding(
        "pattern_gate",
        "example_gate",
        "block",
        "high",
        path,
        ((line, 1, line, 1),),
        problem.message,
        "run `feedback-loop pattern test` and mend the pattern",
        "",
        fingerprint("pattern_gate", path, problem.message, 0),
    )
