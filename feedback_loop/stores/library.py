"""The pattern files of a repository, or of the pack that ships with the tool."""

from __future__ import annotations

import os

from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import NAME, STATES, Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import UserError
from feedback_loop.formats.pattern_doc import format_json, format_prose, parse_pattern
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import atomic_write, safe_read

BUILT_IN = "the built-in library"
_SUBFOLDERS = {"active": "", "proposed": "/proposed", "archived": "/archive"}
MAX_DETECTORS = 500


def pack_folder() -> str:
    """The core pack's files: inside an installed package, or the checkout's own `patterns/`."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packed = package + "/packs/core"
    return packed if os.path.isdir(packed) else os.path.dirname(package) + "/patterns"


def library_root(root: str, folder: str) -> tuple[str, str, bool]:
    """(folder to read below, folder's name there, whether it is the repository's own)."""
    if os.path.isdir(f"{root}/{folder}"):
        return root, folder, True
    parent, name = os.path.split(pack_folder())
    return parent, name, False


def load_library(root: str, folder: str) -> Library:
    """The repository's library; the built-in one if it has no such folder."""
    base, name, own = library_root(root, folder)
    shown = folder if own else f"built-in:{name}"
    patterns: list[Pattern] = []
    problems: list[Problem] = []
    for state in STATES:
        below = _SUBFOLDERS[state]
        found, more = _load_folder(base, name + below, shown + below, state, own)
        patterns += found
        problems += more
    problems += conflicts(patterns)
    return Library(folder + "/" if own else BUILT_IN, tuple(patterns), tuple(problems))


def _load_folder(
    base: str, folder: str, shown: str, state: str, own: bool
) -> tuple[list[Pattern], list[Problem]]:
    if own and not _is_inside(base, folder):
        return [], [Problem(shown, 0, "path leaves the repository: the folder is a link")]
    try:
        names = sorted(os.listdir(f"{base}/{folder}"))
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    except OSError as error:
        return [], [Problem(shown, 0, f"cannot be read: {error.strerror}")]
    files = {}
    problems: list[Problem] = []
    for name in names:
        # Editors leave their locks and backups as `.#name.md` and the like.
        if not name.endswith((".md", ".json")) or name == "README.md" or name.startswith("."):
            continue
        try:
            files[name] = _read(base, f"{folder}/{name}", own)
        except UserError as error:
            problems.append(Problem(f"{shown}/{name}", 0, error.message))
        except OSError as error:
            problems.append(Problem(f"{shown}/{name}", 0, f"cannot be read: {error.strerror}"))
    unread = {problem.path.rpartition("/")[2].rpartition(".")[0] for problem in problems}
    halves = {name: data for name, data in files.items() if name.rpartition(".")[0] not in unread}
    patterns, more = parse_files(halves, shown, state)
    return patterns, problems + more


def _is_inside(base: str, folder: str) -> bool:
    top = os.path.realpath(base).rstrip("/")
    return os.path.realpath(f"{base}/{folder}").startswith(top + "/")


def _read(base: str, path: str, own: bool) -> bytes:
    """A file of the library. The installed pack is trusted, and some installers make links of its files."""
    if not own:
        base, path = os.path.split(os.path.realpath(f"{base}/{path}"))
    return safe_read(base, path, SIZE_CAP)


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
    if not _is_inside(root, folder):
        raise UserError(f"path leaves the repository: {folder!a} is a link")
    for path in paths:
        if os.path.lexists(f"{root}/{path}"):
            raise UserError(f"{path} exists already", "choose another name, or edit the file")
    for path, text in zip(paths, (format_prose(pattern), format_json(pattern)), strict=True):
        atomic_write(f"{root}/{path}", text.encode())
    return paths


def pack_files() -> list[tuple[str, bytes]]:
    """The core pack's files by name: what `init` copies."""
    folder = pack_folder()
    names = [name for name in sorted(os.listdir(folder)) if name.endswith((".md", ".json"))]
    parent, last = os.path.split(folder)
    return [(name, _read(parent, f"{last}/{name}", False)) for name in names]
