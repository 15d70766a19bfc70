"""Does a detector match nearly everything? Tried on the repository's own files, not on examples alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.diff import added_file
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.compile import compile_library
from feedback_loop.engines.scan import scan
from feedback_loop.engines.scan.sieve import Sieve

if TYPE_CHECKING:
    from feedback_loop.domain.library import Library
    from feedback_loop.workspace import Workspace

SHARE = 4  # a detector that finds something on more than one line in so many is too broad
FILES = 40
LEAST_LINES = 100  # of fewer nothing can be said
_SIZE_CAP = 64 << 10


def too_broad(workspace: Workspace, library: Library, chosen: Iterable[Pattern]) -> list[Problem]:
    """Detectors of the chosen patterns that match more than a quarter of the lines they read.

    They are tried on up to 40 tracked files, taken evenly from all over the repository.
    """
    paths = {pattern.name: pattern.path for pattern in chosen if pattern.detectors}
    compiled = compile_library(library, Settings(), [], raw_levels=True)
    compiled.detectors = [one for one in compiled.detectors if one.pattern in paths]
    if not compiled.detectors:
        return []
    lines: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    sieve = Sieve(compiled)
    for path, text in _sample(workspace, compiled):
        name = path.decode("utf-8", "surrogateescape")
        scope = sieve.in_scope(name, language_of(name))
        if not scope:
            continue
        found = scan([added_file(text, path)], compiled)
        missed = {rule_id for entry in found.not_checked for rule_id in entry.detector.split(", ")}
        written = sum(1 for line in text.split(b"\n") if line.strip())
        lines.update({one.rule_id: written for one in scope if one.rule_id not in missed})
        hits.update(rule_id for rule_id, _ in {(one.rule_id, one.line) for one in found.findings})
    return [
        Problem(
            paths[one.pattern] + ".json",
            0,
            f"{one.rule_id} is too broad: it finds something on {hits[one.rule_id]} of "
            f"{lines[one.rule_id]} lines of this repository's own files",
        )
        for one in compiled.detectors
        if lines[one.rule_id] >= LEAST_LINES and hits[one.rule_id] * SHARE > lines[one.rule_id]
    ]


def _sample(workspace: Workspace, library: CompiledLibrary) -> Iterator[tuple[bytes, bytes]]:
    """(path, text) of tracked files in a language that some detector reads, small ones only."""
    objects = workspace.git.objects
    read = {language for one in library.detectors for language in one.languages}
    any_text = not all(one.languages for one in library.detectors)
    files = [
        (oid, path)
        for mode, oid, path in objects.index()[0]
        if mode.startswith("100") and (any_text or language_of(path.decode("utf-8", "replace")) in read)
    ]
    step = max(1, len(files) // FILES)
    chosen = files[::step][:FILES]
    with objects.blob_stream(lenient=True) as blobs:
        texts = blobs.read([oid for oid, _ in chosen], _SIZE_CAP)
        for (_, path), text in zip(chosen, texts, strict=True):
            if text and b"\0" not in text:
                yield path, text
