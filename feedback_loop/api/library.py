"""Load, compile and prove a library. Cold: runs when the compiled library is stale, and for `pattern …`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.diff import added_file
from feedback_loop.domain.finding import CANNOT_LOAD, Finding, ScanResult, notice
from feedback_loop.domain.fingerprint import fingerprint
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import Settings
from feedback_loop.engines import compile as compiling
from feedback_loop.engines.gate import Failure, ScanText, check_examples
from feedback_loop.engines.scan import scan
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.compiled import Sources, listing, source_file
from feedback_loop.stores.library import assemble, load_library, parse_files
from feedback_loop.stores.library_place import find_place
from feedback_loop.stores.settings import FILES
from feedback_loop.workspace import Workspace

if TYPE_CHECKING:
    from feedback_loop.stores.git_objects import Entry, Objects

_FOLDERS = (("active", ""), ("proposed", "proposed/"), ("archived", "archive/"))


def open_library(workspace: Workspace) -> Library:
    """The library with the settings' folder, settings problems included among its own."""
    settings, problems = workspace.settings()
    library = workspace.library(settings.patterns)
    return Library(library.source, library.patterns, (*problems, *library.problems), library.notes)


def compile_library(workspace: Workspace) -> tuple[CompiledLibrary, Sources | None]:
    """Everything the scan needs, example gate included, and what it was made from.

    No sources = an engine that a detector needs could not be loaded: installing it changes no source.
    Raises UserError if git is older than the minimum: checked here, so that no scan pays for it.
    """
    workspace.git.version()
    settings, problems = workspace.settings()
    sources = library_sources(workspace.root, settings)
    library = workspace.library(settings.patterns)
    compiled = compile_gated(library, settings, problems)
    lacking = any(CANNOT_LOAD in problem for problem in compiled.problems)
    return compiled, (None if lacking else sources)


def compile_gated(library: Library, settings: Settings, problems: list[Problem]) -> CompiledLibrary:
    """The library compiled; detectors that fail their own examples are left out and named."""
    compiled = compiling.compile_library(library, settings, problems)
    failures = {
        f"{failure.pattern}/{detector}": failure.problem.message
        for failure in check_examples(library.active, example_scanner(library))
        if not failure.note
        for detector in failure.detectors
    }
    rules = [one.rule_id for one in compiled.detectors]
    compiled.disabled = tuple((rule, failures[rule]) for rule in rules if rule in failures)
    compiled.detectors = [one for one in compiled.detectors if one.rule_id not in failures]
    return compiled


def gate(library: Library) -> list[Failure]:
    """The two-way example gate over the active patterns, by the production path on in-memory files.

    A template that cannot be used is a failure, too: of the pattern, of none of its detectors.
    """
    return [*check_examples(library.active, example_scanner(library)), *_unfit_templates(library.active)]


def _unfit_templates(patterns: Iterable[Pattern]) -> list[Failure]:
    """What keeps code from being generated with the templates that patterns say they have (D25)."""
    with_template = [one for one in patterns if one.template is not None]
    if not with_template:
        return []
    from feedback_loop.engines.generate.template import read_template

    found = []
    for pattern in with_template:
        read = read_template(pattern)
        if isinstance(read, str):
            line = pattern.good[0].line if pattern.good else 0
            problem = Problem(pattern.path + ".md", line, f"template: {read}")
            found.append(Failure(pattern.name, (), problem))
    return found


def example_scanner(library: Library) -> ScanText:
    """(path, text, with the prefilter) -> result of every detector, no setting applied."""
    compiled = compiling.compile_library(library, Settings(), [], raw_levels=True)

    def scan_text(path: bytes, text: bytes, prefilter: bool) -> ScanResult:
        return scan([added_file(text, path)], compiled, prefilter=prefilter)

    return scan_text


def library_sources(root: str, settings: Settings) -> Sources:
    """The files and folders that the settings and the library are made from, as they are now."""
    folder = find_place(root, settings.patterns).folder
    own = f"{root}/{settings.patterns}"
    files = [source_file(root, file) for file in FILES]
    listings = [(below, listing(below)) for below in (folder, folder + "/proposed", folder + "/archive")]
    files += [source_file(below, file) for below, names in listings for file in names]
    if own != folder:
        listings.append((own, listing(own)))
    return Sources(tuple(files), tuple(listings))


def staged_gate(workspace: Workspace, folder: str) -> list[Finding]:
    """Problems of the *staged* library as findings of level block (GATE-5)."""
    objects = workspace.git.objects
    return library_findings(read_library(objects, objects.index()[0], folder))


def library_findings(library: Library) -> list[Finding]:
    """What is wrong with a library's documents and examples, as findings of level block."""
    broken = {*library.problems, *(failure.problem for failure in gate(library) if not failure.note)}
    return [_gate_finding(problem) for problem in sorted(broken)]


def _gate_finding(problem: Problem) -> Finding:
    path = os.fsencode(problem.path)
    key = fingerprint("pattern_gate", path, problem.message, 0)
    hint = "run `feedback-loop pattern test` and mend the pattern"
    return notice("pattern_gate", "block", path, problem.line, problem.message, hint, key)


# -- libraries in git's objects ----------------------------------------------------------------


def read_library(objects: Objects, entries: Iterable[Entry], folder: str) -> Library:
    """The library in the folder of a tree or an index; the built-in one if there is no such folder."""
    prefix = os.fsencode(folder) + b"/"
    inside = [entry for entry in entries if entry[2].startswith(prefix)]
    if not inside:
        return load_library(os.devnull, folder)  # a root without folders
    names = {
        os.fsdecode(path): os.fsdecode(path[len(prefix) :])
        for _, _, path in inside
        if path.endswith((b".md", b".json"))
    }
    files = read_blobs_by_name(objects, names, inside, SIZE_CAP)
    problems = [
        Problem(f"{folder}/{name}", 0, f"larger than {SIZE_CAP} bytes")
        for name, data in files.items()
        if data is None
    ]
    patterns = []
    for state, below in _FOLDERS:
        here = {
            name[len(below) :]: data
            for name, data in files.items()
            if data is not None
            and name.startswith(below)
            and "/" not in name[len(below) :]
            and name[len(below) :] != "README.md"
            and not name[len(below) :].startswith(".")
        }
        found, more = parse_files(here, f"{folder}/{below}".rstrip("/"), state)
        patterns += found
        problems += more
    return assemble(folder + "/", patterns, problems)


def read_blobs_by_name(
    objects: Objects, names: dict[str, str], entries: Iterable[Entry], cap: int
) -> dict[str, bytes | None]:
    """The files that `names` gives a name to, by that name; None for one of more than `cap` bytes."""
    wanted = [(oid, names[path]) for _, oid, raw in entries if (path := os.fsdecode(raw)) in names]
    with objects.blob_stream() as blobs:
        texts = blobs.read([oid for oid, _ in wanted], cap)
        return {name: data for (_, name), data in zip(wanted, texts, strict=True)}
