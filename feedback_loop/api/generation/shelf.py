"""What the generator works with: the patterns in force, their index, the detectors that judge the code."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from feedback_loop.api.generation.dicts import read_dicts
from feedback_loop.api.generation.verify import detecting_library
from feedback_loop.api.library import open_library
from feedback_loop.api.patterns.guide import pattern_entry
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.search import Indexed
from feedback_loop.engines.generate.confidence import weigh_token
from feedback_loop.engines.search.document import document
from feedback_loop.engines.search.index import Index
from feedback_loop.formats.pattern_doc import format_json, format_prose
from feedback_loop.stores.library import load_library as load_patterns
from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class Shelf:
    """The active patterns; `sha256` is of all that they say."""

    patterns: tuple[Pattern, ...]
    detecting: CompiledLibrary
    documents: tuple[Indexed, ...]
    sha256: str
    problems: tuple[str, ...] = ()

    def index(self) -> Index:
        """The patterns to search in."""
        return Index(self.documents)

    def idf(self) -> Callable[[str], float]:
        """How much each token tells in this library (D12)."""
        size = len(self.documents)

        @cache
        def weigh(token: str) -> float:
            held = sum(token in one.counts for one in self.documents)
            return weigh_token(token, held, size)

        return weigh


def open_shelf(workspace: Workspace) -> Shelf:
    """The library of a repository, the built-in one if it has none."""
    library = open_library(workspace)
    said = (format_prose(one) + format_json(one) for one in sorted(library.active, key=_name))
    problems = tuple(map(str, library.problems))
    return _shelf(library.active, detecting_library(library), said, problems)


def shelf_of(library: object) -> tuple[Shelf, dict[str, Mapping[str, Any]]]:
    """Patterns in the form of dicts, judged by the core pack's detectors; each dict by its pattern's name.

    Raises InputError as `read_dicts`.
    """
    patterns, dicts = read_dicts(library)
    said = (json.dumps(dicts[name], sort_keys=True, default=repr) for name in sorted(dicts))
    return _shelf(patterns, core_detecting(), said), dicts


def _shelf(
    patterns: Sequence[Pattern],
    detecting: CompiledLibrary,
    said: Iterable[str],
    problems: tuple[str, ...] = (),
) -> Shelf:
    digest = hashlib.sha256()
    for text in said:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    documents = tuple(map(document, patterns))
    return Shelf(tuple(patterns), detecting, documents, digest.hexdigest(), problems)


def _name(pattern: Pattern) -> str:
    return pattern.name


@cache
def core_patterns() -> Mapping[str, Pattern]:
    """The patterns that ship with the tool, by name."""
    return {one.name: one for one in load_patterns(os.devnull, "patterns").active}  # a root without folders


def core_dicts() -> list[dict[str, Any]]:
    """The same in the form of dicts, your own."""
    return [pattern_entry(one) for one in core_patterns().values()]


@cache
def core_detecting() -> CompiledLibrary:
    """Their detectors."""
    return detecting_library(load_patterns(os.devnull, "patterns"))
