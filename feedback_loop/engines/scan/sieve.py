"""Which detectors may match which change: globs, language, prefilter, caps. On the hot path of the hook."""

from __future__ import annotations

from feedback_loop.domain.diff import BINARY, TOO_LARGE
from feedback_loop.domain.finding import TIME, UNMERGED, NotChecked, ScanResult, level_rank
from feedback_loop.domain.globs import matches
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.prefilter import may_match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
    from feedback_loop.domain.diff import FileChange
    from feedback_loop.domain.finding import Finding

TEXT_CAP = 1 << 20
ADDED_CAP = 5 << 20
LINE_CAP = 10_000
RUN_CAP = 64 << 20
MARKER = b"feedback-loop: ignore"
# Above this many regex detectors and bytes, RE2 tells in one pass which of them may match.
_SET_DETECTORS = 16
_SET_BYTES = 4096
_BOM = b"\xef\xbb\xbf"


class Candidate:
    """A file worth a look: text, added lines, the detectors in its scope, and those that may match.

    `silent` are those of which the prefilter says that they match on no added line, `sought` those whose
    sites are asked for: a good form may lack the words that a bad one has.
    """

    __slots__ = ("added", "language", "marked", "path", "scope", "silent", "sought", "text", "triggered")

    def __init__(
        self,
        path: bytes,
        language: str | None,
        text: bytes,
        added: Sequence[int],
        scope: list[CompiledDetector],
        triggered: list[CompiledDetector],
        silent: list[CompiledDetector],
        marked: bool,
        sought: list[CompiledDetector],
    ) -> None:
        self.path = path
        self.language = language
        self.text = text
        self.added = added
        self.scope = scope
        self.triggered = triggered
        self.silent = silent
        self.marked = marked  # whether an added line holds a suppression's marker
        self.sought = sought

    @property
    def dialect(self) -> str:
        """The grammar: TypeScript with JSX has one of its own."""
        language = self.language or ""
        return "tsx" if language == "typescript" and self.path.endswith(b".tsx") else language


class Sieve:
    """Sorts changes into skipped, clean by prefilter, and candidates; counts all of them.

    Detectors below the level `least` do not run: who shows no hints need not parse files for them.
    When `expired()` says so, the rest is "not checked: time". With `sites` every file in scope of a
    detector is a candidate.
    """

    __slots__ = (
        "_expired",
        "_least",
        "_library",
        "_prefilter",
        "_run_cap",
        "_seen_bytes",
        "_sets",
        "_sites",
        "result",
    )

    def __init__(
        self,
        library: CompiledLibrary,
        prefilter: bool = True,
        least: str = "hint",
        run_cap: int = RUN_CAP,
        expired: Callable[[], bool] = lambda: False,
        sites: bool = False,
    ) -> None:
        self.result = ScanResult()
        self._least = level_rank(least)
        self._library = library
        self._prefilter = prefilter
        self._run_cap = run_cap
        self._expired = expired
        self._sites = sites
        self._seen_bytes = 0
        self._sets: dict[tuple[int, ...], Callable[[bytes], frozenset[int]]] = {}

    def candidates(self, changes: Iterable[FileChange]) -> Iterable[Candidate]:
        """The changes worth a look, one at a time, in the diff's order."""
        for change in changes:
            self.result.changes += 1
            if self._expired():
                self._pass_over(change, TIME)
            elif change.skip is not None:
                self._skip(change)
            elif change.added_count:
                candidate = self._candidate(change)
                if candidate is not None:
                    yield candidate

    def _skip(self, change: FileChange) -> None:
        """Named either way: as not checked if it is a text that a detector should have seen."""
        reason = change.skip or ""
        # Whoever asks for sites wants proof, and code that is binary proves nothing.
        proof = self._sites and reason == BINARY and language_of(_shown(change)) is not None
        if (proof or reason in (UNMERGED, TOO_LARGE)) and self._scope_of(change):
            self._pass_over(change, reason)
        else:
            self.result.skipped.append((change.path, reason.partition(":")[0]))

    def _pass_over(self, change: FileChange, reason: str) -> None:
        """Name a file that was not looked at; with sites also the detectors that would have."""
        whom = listed(self._scope_of(change)) if self._sites else ""
        if whom or not self._sites:
            self.result.not_checked.append(NotChecked(change.path, whom, reason))

    def _scope_of(self, change: FileChange) -> list[CompiledDetector]:
        path = _shown(change)
        return [] if matches(self._library.exclude, path) else self.in_scope(path, _language(path, change))

    def _candidate(self, change: FileChange) -> Candidate | None:
        path = _shown(change)
        if matches(self._library.exclude, path):
            self.result.skipped.append((change.path, "excluded"))
            return None
        language = _language(path, change)
        scope = self.in_scope(path, language)
        if not scope:
            self.result.skipped.append((change.path, "no detector"))
            return None
        if change.hidden:
            self.result.findings.append(_hidden(change.path))
        self.result.files += 1
        self.result.added_lines += change.added_count
        text, added = change.new_text()
        joined = text if change.text is not None else _joined(text, added)
        if text.startswith(_BOM) and 1 in added[:1]:
            joined = joined.removeprefix(_BOM)  # no part of the first word
        asked = triggered = [one for one in scope if level_rank(one.level) >= self._least]
        if self._prefilter and triggered:
            triggered = self._triggered(triggered, text, joined)
        marked = MARKER in joined
        sought = asked if self._sites else []
        if not triggered and not marked and not sought:
            return None
        silent = [one for one in asked if one not in triggered]
        if sought:
            sought = self._within_caps(change.path, text, joined, sought)
            triggered = [one for one in triggered if one in sought]
        else:
            triggered = self._within_caps(change.path, text, joined, triggered)
        return Candidate(change.path, language, text, added, scope, triggered, silent, marked, sought)

    def in_scope(self, path: str, language: str | None) -> list[CompiledDetector]:
        """The detectors that read this language, on a path that their globs let through."""
        return [
            one
            for one in self._library.detectors
            if (not one.languages or language in one.languages)
            and (not one.include or matches(one.include, path))
            and not matches(one.exclude, path)
        ]

    def _triggered(
        self, detectors: list[CompiledDetector], text: bytes, joined: bytes
    ) -> list[CompiledDetector]:
        """The detectors whose prefilter lets them through."""
        regexes = [one for one in detectors if one.kind == "regex"]
        if len(regexes) > _SET_DETECTORS and len(joined) > _SET_BYTES:
            possible = self._set_of(regexes)(joined)
            silent = {id(one) for index, one in enumerate(regexes) if index not in possible}
            detectors = [one for one in detectors if id(one) not in silent]
        folds = any(one.fold for one in detectors)
        lower, lower_joined = (text.lower(), joined.lower()) if folds else (text, joined)
        return [
            one
            for one in detectors
            if (may_match(one, lower, lower_joined) if one.fold else may_match(one, text, joined))
        ]

    def _set_of(self, regexes: list[CompiledDetector]) -> Callable[[bytes], frozenset[int]]:
        key = tuple([id(one) for one in regexes])
        if key not in self._sets:
            from feedback_loop.detectors import kinds

            try:
                self._sets[key] = kinds.regex_filter(regexes)
            except kinds.NotRunError:  # the detectors themselves will say so
                everyone = frozenset(range(len(regexes)))
                self._sets[key] = lambda _: everyone
        return self._sets[key]

    def _within_caps(
        self, path: bytes, text: bytes, joined: bytes, triggered: list[CompiledDetector]
    ) -> list[CompiledDetector]:
        """Those that may read a text of this size; the others are named."""
        self._seen_bytes += len(text)
        if self._seen_bytes > self._run_cap:
            return self._refused(path, triggered, [], "more than 64 MiB in one run")
        if len(joined) > ADDED_CAP:
            return self._refused(path, triggered, [], "more than 5 MiB added")
        lines = [one for one in triggered if one.kind in ("literal", "regex")]
        if lines and _longest(joined) > LINE_CAP:
            reason = f"a line of more than {LINE_CAP:,} bytes was left out"
            self.result.not_checked.append(NotChecked(path, listed(lines), reason))
        if len(text) > TEXT_CAP:
            return self._refused(path, triggered, lines, "larger than 1 MiB")
        fitting = [one for one in triggered if may_read(one, text)]
        return self._refused(path, triggered, fitting, "larger than a rule may read that walks in circles")

    def _refused(
        self,
        path: bytes,
        triggered: list[CompiledDetector],
        kept: list[CompiledDetector],
        reason: str,
    ) -> list[CompiledDetector]:
        refused = [one for one in triggered if one not in kept]
        if refused:
            self.result.not_checked.append(NotChecked(path, listed(refused), reason))
        return kept


def _hidden(path: bytes) -> Finding:
    """An attribute that keeps code out of every diff that people read (DIFF-9)."""
    from feedback_loop.domain.finding import notice
    from feedback_loop.domain.fingerprint import fingerprint

    return notice(
        "attribute_hides_text",
        "warn",
        path,
        1,
        "an attribute makes git call this text binary: reviewers see no diff of it",
        "take the attribute (-diff or binary in .gitattributes) off this path",
        fingerprint("attribute_hides_text", path, "", 0),
    )


def may_read(detector: CompiledDetector, text: bytes) -> bool:
    """Whether its rule is done with the text in about a second (`detectors.rule_limits`)."""
    return detector.kind != "ast-grep" or len(text) <= detector.spec[4]


def _shown(change: FileChange) -> str:
    return change.path.decode("utf-8", "surrogateescape")


def _language(path: str, change: FileChange) -> str | None:
    return language_of(path) or language_of(path, change.first_line())


def _joined(text: bytes, added: Sequence[int]) -> bytes:
    """The added lines alone."""
    lines = text.split(b"\n")
    return b"\n".join([lines[number - 1] for number in added])


def _longest(text: bytes) -> int:
    return max(map(len, text.split(b"\n"))) if len(text) > LINE_CAP else 0


def listed(detectors: list[CompiledDetector]) -> str:
    """Their rule ids in one text."""
    return ", ".join(one.rule_id for one in detectors)
