"""The pattern files of a repository, or of the pack that ships with the tool."""

from __future__ import annotations

import os

from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import NAME, Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import UserError
from feedback_loop.formats.pattern_doc import format_json, format_prose, parse_pattern
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.library_place import FOLDERS, Place, find_place, is_inside, pack_place

BUILT_IN = "the built-in library"
MAX_DETECTORS = 500


def load_library(root: str, folder: str) -> Library:
    """The repository's library; the built-in one if it has no such folder."""
    place = find_place(root, folder)
    shown = folder if place.own else f"built-in:{place.name}"
    patterns: list[Pattern] = []
    problems: list[Problem] = []
    for state, below in FOLDERS:
        found, more = _load_folder(place, below, shown + below, state)
        patterns += found
        problems += more
    return assemble(folder + "/" if place.own else BUILT_IN, patterns, problems)


def assemble(source: str, patterns: list[Pattern], problems: list[Problem]) -> Library:
    """The library of these files: without candidates that were accepted elsewhere, with its conflicts."""
    standing, notes = patterns, []
    if any(one.state == "proposed" for one in patterns):
        from feedback_loop.domain.gap import without_doubles  # expressions, which every commit would pay for

        standing = without_doubles(patterns)
        kept = {one.path for one in standing}
        notes = [
            f"{one.path}.json: accepted under another name: remove it and {one.name}.md"
            for one in patterns
            if one.path not in kept
        ]
    return Library(source, tuple(standing), (*problems, *conflicts(standing)), tuple(notes))


def _load_folder(place: Place, below: str, shown: str, state: str) -> tuple[list[Pattern], list[Problem]]:
    try:
        names = place.file_names(below)
    except UserError as error:
        return [], [Problem(shown, 0, error.message)]
    except OSError as error:
        return [], [Problem(shown, 0, f"cannot be read: {error.strerror}")]
    files = {}
    problems: list[Problem] = []
    for name in names:
        try:
            files[name] = place.read(f"{place.name}{below}/{name}")
        except UserError as error:
            problems.append(Problem(f"{shown}/{name}", 0, error.message))
        except OSError as error:
            problems.append(Problem(f"{shown}/{name}", 0, f"cannot be read: {error.strerror}"))
    unread = {problem.path.rpartition("/")[2].rpartition(".")[0] for problem in problems}
    halves = {name: data for name, data in files.items() if name.rpartition(".")[0] not in unread}
    patterns, more = parse_files(halves, shown, state)
    return patterns, problems + more


def parse_files(files: dict[str, bytes], folder: str, state: str) -> tuple[list[Pattern], list[Problem]]:
    """Patterns from file names and bytes: each needs both of its halves."""
    patterns = []
    problems = []
    for stem in sorted({name.rpartition(".")[0] for name in files}):
        prose, data = files.get(stem + ".md"), files.get(stem + ".json")
        if NAME.match(stem) is None:
            there = stem + (".json" if prose is None else ".md")
            text = "not a pattern's name (2 to 64 of a-z, 0-9 and _, a letter first)"
            problems.append(Problem(f"{folder}/{there}", 0, text))
        elif prose is None or data is None:
            there, missing = (".json", ".md") if prose is None else (".md", ".json")
            problems.append(Problem(f"{folder}/{stem}{there}", 0, f"{stem}{missing} is missing beside it"))
        else:
            pattern, more = parse_pattern(stem, prose, data, folder=folder, state=state)
            problems += more
            if pattern is not None:
                patterns.append(pattern)
    return patterns, problems


def conflicts(patterns: list[Pattern]) -> list[Problem]:
    """What only the whole library shows: names and ids used twice, too many detectors."""
    problems = []
    names: dict[str, Pattern] = {}
    ids: dict[str, Pattern] = {}
    for pattern in patterns:
        path = pattern.path + ".json"
        if pattern.name in names:
            problems.append(Problem(path, 0, f"name given twice: also {names[pattern.name].path}.json"))
        elif pattern.pattern_id in ids:
            problems.append(
                Problem(path, 0, f"pattern_id given twice: also {ids[pattern.pattern_id].path}.json")
            )
        names.setdefault(pattern.name, pattern)
        ids.setdefault(pattern.pattern_id, pattern)
    count = sum(len(pattern.detectors) for pattern in patterns)
    if count > MAX_DETECTORS:
        folder = os.path.dirname(patterns[0].path)
        problems.append(Problem(folder, 0, f"{count} detectors, more than {MAX_DETECTORS}"))
    return problems


def write_pattern(root: str, folder: str, pattern: Pattern) -> list[str]:
    """Write both halves; returns their paths. Raises UserError if one exists, or the folder leads outside."""
    paths = [f"{folder}/{pattern.name}{ending}" for ending in (".md", ".json")]
    if not is_inside(root, f"{root}/{folder}"):
        raise UserError(f"path leaves the repository: {folder!a} is a link")
    for path in paths:
        if os.path.lexists(f"{root}/{path}"):
            raise UserError(f"{path} exists already", "choose another name, or edit the file")
    for path, text in zip(paths, (format_prose(pattern), format_json(pattern)), strict=True):
        atomic_write(f"{root}/{path}", text.encode())
    return paths


def pack_files() -> list[tuple[str, bytes]]:
    """The core pack's files by name: what `init` copies."""
    place = pack_place()
    return [(name, place.read(f"{place.name}/{name}")) for name in place.file_names()]
