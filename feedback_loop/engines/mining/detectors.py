"""The detectors as history runs them: two lanes, the scope of each path, and what names their results."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from feedback_loop.detectors import registry
from feedback_loop.domain.compiled import CompiledDetector
from feedback_loop.domain.globs import matches
from feedback_loop.domain.languages import SUFFIXES, language_of

if TYPE_CHECKING:
    from feedback_loop.domain.globs import GlobSet

FACTS_VERSION = 1  # to be raised when the same text gives other facts

_LINE_KINDS = ("literal", "regex")


class DetectorSet:
    """All detectors to be mined; they are known by their position in `detectors`.

    `exclude` are globs of files that nobody scans. A file's language is told by its path alone: a patch
    without context does not show the first line.
    """

    def __init__(self, detectors: Sequence[CompiledDetector], exclude: GlobSet = ()) -> None:
        self.detectors = tuple(detectors)
        self._exclude = exclude
        self._scopes: dict[bytes, tuple[int, ...]] = {}
        self._words = [_words(one) for one in self.detectors]
        self._lines = frozenset(
            at for at, one in enumerate(self.detectors) if one.kind in _LINE_KINDS and not one.file_all
        )

    def words(self, detector: int) -> tuple[tuple[bytes, ...], bytes | None]:
        """(texts of which a changed line holds one where a match comes or goes, what follows such a word).

        No texts = none is known; None = they need not be words.
        """
        return self._words[detector]

    def scope(self, path: bytes) -> tuple[int, ...]:
        """The detectors that read a file of this path."""
        found = self._scopes.get(path)
        if found is None:
            found = self._scopes[path] = self._in_scope(path)
        return found

    def is_line(self, detector: int) -> bool:
        """Whether it looks at lines one by one and nothing else: changed lines are all it needs."""
        return detector in self._lines

    def _in_scope(self, path: bytes) -> tuple[int, ...]:
        shown = path.decode("utf-8", "surrogateescape")
        if matches(self._exclude, shown):
            return ()
        language = language_of(shown)
        return tuple(
            at
            for at, one in enumerate(self.detectors)
            if (not one.languages or language in one.languages)
            and (not one.include or matches(one.include, shown))
            and not matches(one.exclude, shown)
        )

    def pathspecs(self) -> tuple[str, ...]:
        """git's `:(glob)` for every file that a detector may read; none = all files."""
        languages = {language for one in self.detectors for language in one.languages or ("",)}
        if "" in languages:
            return ()
        suffixes = {suffix for language in languages for suffix in SUFFIXES[language]}
        return tuple(f":(glob)**/*{suffix}" for suffix in sorted(suffixes))

    def key(self, detector: int) -> str:
        """What changes when its facts may: expression, prefilter, scope, Python's own parser (H31)."""
        one = self.detectors[detector]
        python = sys.version_info[:2] if one.kind == "builtin" else ()
        return _digest(
            *(FACTS_VERSION, one.kind, one.spec, one.fold, self.words(detector), one.file_all),
            *(self.scope_key(detector), python),
        )

    def scope_key(self, detector: int) -> str:
        """The same of which files it reads."""
        one = self.detectors[detector]
        return _digest(one.languages, one.include, one.exclude, self._exclude)

    def pattern_scopes(self) -> dict[str, tuple[int, ...]]:
        """The detectors of each pattern: a file in scope of one is in the pattern's."""
        found: dict[str, list[int]] = {}
        for at, one in enumerate(self.detectors):
            found.setdefault(one.pattern, []).append(at)
        return {name: tuple(listed) for name, listed in found.items()}

    def dialect(self, path: bytes) -> str:
        """The grammar for a file of this path; "" if its language is not known."""
        language = language_of(path.decode("utf-8", "surrogateescape")) or ""
        return "tsx" if language == "typescript" and path.endswith(b".tsx") else language


def _words(one: CompiledDetector) -> tuple[tuple[bytes, ...], bytes | None]:
    if one.added_any or one.kind != "builtin":
        return one.added_any, one.follow
    check = registry.load(one.spec[0])
    return (check.typed if check else ()), None


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
