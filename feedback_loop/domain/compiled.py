"""The library as the scan runs it: settings applied, globs prepared, plain tuples inside."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from feedback_loop.domain.globs import GlobSet
    from feedback_loop.domain.names import Known

    Judging = tuple[int, int, tuple[tuple[str, tuple[str, ...]], ...]]


class CompiledDetector:
    """One detector ready to run. `spec` is its expression in plain values, as its kind reads them.

    `added_any`/`follow`/`file_all` are its prefilter (`detectors.registry.Check`; `follow` None = texts
    instead of words); with `fold` they are in lower case and so must be the text they are looked for in.
    `site` is (spec, fold) of what finds its sites: None if none is given, and for a built-in, which
    knows them.
    """

    __slots__ = (
        "added_any",
        "detector",
        "exclude",
        "file_all",
        "fix_hint",
        "fold",
        "follow",
        "include",
        "kind",
        "languages",
        "level",
        "message",
        "pattern",
        "severity",
        "site",
        "spec",
        "tags",
    )

    def __init__(
        self,
        pattern: str,
        detector: str,
        kind: str,
        spec: tuple[Any, ...],
        level: str,
        severity: str,
        languages: tuple[str, ...],
        include: GlobSet,
        exclude: GlobSet,
        added_any: tuple[bytes, ...],
        file_all: tuple[bytes, ...],
        message: str,
        fix_hint: str,
        fold: bool = False,
        tags: tuple[str, ...] = (),
        follow: bytes | None = None,
        site: tuple[Any, ...] | None = None,
    ) -> None:
        self.pattern = pattern
        self.detector = detector
        self.kind = kind
        self.spec = spec
        self.level = level
        self.severity = severity
        self.languages = languages
        self.include = include
        self.exclude = exclude
        self.added_any = added_any
        self.file_all = file_all
        self.message = message
        self.fix_hint = fix_hint
        self.fold = fold
        self.tags = tags
        self.follow = follow
        self.site = site

    @property
    def rule_id(self) -> str:
        """`pattern/detector`."""
        return f"{self.pattern}/{self.detector}"

    def to_tuple(self) -> tuple[Any, ...]:
        """The constructor's arguments."""
        return (
            self.pattern,
            self.detector,
            self.kind,
            self.spec,
            self.level,
            self.severity,
            self.languages,
            self.include,
            self.exclude,
            self.added_any,
            self.file_all,
            self.message,
            self.fix_hint,
            self.fold,
            self.tags,
            self.follow,
            self.site,
        )


class PlanRules:
    """What the settings say about plans, and the patterns that a plan may name."""

    __slots__ = ("globs", "known", "named", "unknown")

    def __init__(
        self,
        globs: GlobSet = (),
        named: tuple[str, ...] = (),
        unknown: str = "warn",
        known: tuple[Known, ...] = (),
    ) -> None:
        self.globs = globs
        self.named = named
        self.unknown = unknown
        self.known = known

    def to_tuple(self) -> tuple[Any, ...]:
        """The constructor's arguments."""
        return self.globs, self.named, self.unknown, self.known


class CompiledLibrary:
    """All detectors in force, and the settings the scan itself needs.

    `problems` are lines of text: what in the library or the settings is broken; the rest still works.
    `disabled` pairs a rule id with the reason it does not run. `names` are all patterns and rule ids
    that a suppression may name; `plans` is for plan files. `judging` is for effects: guard days, least
    number of introductions, and the commits that each pattern was made from.
    """

    __slots__ = (
        "detectors",
        "digest",
        "disabled",
        "exclude",
        "fail_on",
        "folder",
        "judging",
        "moved_level",
        "names",
        "on_error",
        "patterns",
        "plans",
        "problems",
        "require_reason",
        "source",
        "strict",
    )

    def __init__(
        self,
        source: str,
        folder: str,
        patterns: int,
        digest: str,
        fail_on: str,
        on_error: str,
        strict: bool,
        require_reason: bool,
        moved_level: str,
        exclude: GlobSet,
        problems: tuple[str, ...],
        disabled: tuple[tuple[str, str], ...],
        names: tuple[str, ...],
        detectors: list[CompiledDetector],
        judging: Judging = (30, 5, ()),
        plans: PlanRules | None = None,
    ) -> None:
        self.source = source
        self.folder = folder
        self.patterns = patterns
        self.digest = digest
        self.fail_on = fail_on
        self.on_error = on_error
        self.strict = strict
        self.require_reason = require_reason
        self.moved_level = moved_level
        self.exclude = exclude
        self.problems = problems
        self.disabled = disabled
        self.names = names
        self.detectors = detectors
        self.judging = judging
        self.plans = plans or PlanRules()

    @property
    def built_in(self) -> bool:
        """Whether the repository has no library of its own."""
        return not self.source.endswith("/")

    def to_tuple(self) -> tuple[Any, ...]:
        """The constructor's arguments as plain values."""
        return (
            self.source,
            self.folder,
            self.patterns,
            self.digest,
            self.fail_on,
            self.on_error,
            self.strict,
            self.require_reason,
            self.moved_level,
            self.exclude,
            self.problems,
            self.disabled,
            self.names,
            [detector.to_tuple() for detector in self.detectors],
            self.judging,
            self.plans.to_tuple(),
        )

    @classmethod
    def from_tuple(cls, parts: tuple[Any, ...]) -> CompiledLibrary:
        """The inverse of `to_tuple`."""
        *plain, detectors, judging, plans = parts
        made = [CompiledDetector(*one) for one in detectors]
        return cls(*plain, made, judging, PlanRules(*plans))  # type: ignore[call-arg]
