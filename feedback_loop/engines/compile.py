"""Library and settings in, the detectors as the scan runs them out."""

from __future__ import annotations

import difflib
import hashlib

from feedback_loop.detectors import kinds
from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary, PlanRules
from feedback_loop.domain.globs import compile_globs, narrowed, without
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Detector, Pattern
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.retro import FOLDER
from feedback_loop.domain.settings import NEVER_SCANNED, Settings


def compile_library(
    library: Library, settings: Settings, problems: list[Problem], *, raw_levels: bool = False
) -> CompiledLibrary:
    """All detectors of the active patterns; what cannot run is named in the result's `problems`.

    With `raw_levels` no detector is switched off (`off` becomes `hint`) and settings do not apply: for
    the example gate.
    """
    faults = [*problems, *library.problems]
    detectors = []
    for pattern in library.active:
        for index, detector in enumerate(pattern.detectors):
            level = detector.level if raw_levels else _level(pattern, detector, settings)
            if level == "off":
                if not raw_levels:
                    continue
                level = "hint"
            compiled = _compile(pattern, index, level, settings)
            if isinstance(compiled, Problem):
                faults.append(compiled)
            else:
                detectors.append(compiled)
    faults += _unknown_levels(library, settings)
    return CompiledLibrary(
        source=library.source,
        folder=settings.patterns,
        patterns=len(library.active),
        digest=_digest(detectors),
        fail_on=settings.fail_on,
        on_error=settings.on_error,
        strict=settings.strict,
        require_reason=settings.require_reason,
        moved_level=settings.moved_level,
        exclude=compile_globs(
            (*NEVER_SCANNED, *_own_files(settings.patterns), settings.guide, *settings.exclude)
        ),
        problems=tuple(str(fault) for fault in faults),
        disabled=(),
        names=_names(library),
        detectors=detectors,
        judging=(settings.guard_days, settings.min_events, _made_from(library)),
        plans=PlanRules(
            without(compile_globs(settings.plans), compile_globs((FOLDER + "/**",))),  # retros are no plans
            settings.named_plans,
            settings.unknown_plan,
            tuple((one.name, one.state, one.supersedes, one.conflicts) for one in library.patterns),
        ),
    )


def _made_from(library: Library) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((one.name, one.origin.commits) for one in library.patterns if one.origin.commits)


def _own_files(folder: str) -> tuple[str, ...]:
    """The library's documents: their bad examples are there to be bad. Code beside them is code."""
    return tuple(f"{folder}/{below}*.{ending}" for below in ("", "*/") for ending in ("md", "json"))


def _level(pattern: Pattern, detector: Detector, settings: Settings) -> str:
    levels = dict(settings.levels)
    return levels.get(f"{pattern.name}/{detector.id}") or levels.get(pattern.name) or detector.level


def _compile(pattern: Pattern, index: int, level: str, settings: Settings) -> CompiledDetector | Problem:
    detector = pattern.detectors[index]
    try:
        ready = kinds.prepare(detector.expression)
        languages = _languages(pattern, detector, ready)
        site = _site(detector)
    except kinds.UnfitError as error:
        where = f"/detectors/{index}{error.pointer}"
        return Problem(pattern.path + ".json", 0, f"{where}: {error.reason}")
    sets = {"tests": settings.tests, "scripts": settings.scripts}
    exempt = [glob for name in ready.exempt for glob in sets[name]]
    added_any, file_all = _prefilter(detector, ready)
    return CompiledDetector(
        pattern=pattern.name,
        detector=detector.id,
        kind=detector.kind,
        spec=ready.spec,
        level=level,
        severity=pattern.severity,
        languages=languages,
        include=narrowed(compile_globs(pattern.include), compile_globs(detector.include)),
        exclude=compile_globs((*pattern.exclude, *detector.exclude, *exempt)),
        added_any=added_any,
        file_all=file_all,
        message=detector.message,
        fix_hint=detector.fix_hint or pattern.guidance,
        fold=ready.fold,
        tags=pattern.tags,
        follow=None if detector.prefilter else ready.follow,
        site=site,
    )


def _site(detector: Detector) -> tuple[object, ...] | None:
    if detector.site is None:
        return None
    try:
        ready = kinds.prepare(detector.site)
    except kinds.UnfitError as error:
        raise kinds.UnfitError("/site" + error.pointer, error.reason) from error
    return ready.spec, ready.fold


def _languages(pattern: Pattern, detector: Detector, ready: kinds.Prepared) -> tuple[str, ...]:
    """Where the detector reads any text, the languages it or its pattern names; none = all."""
    if not ready.languages:
        return detector.languages or pattern.languages
    if detector.languages and not set(ready.languages) & set(detector.languages):
        read = " and ".join(ready.languages)
        raise kinds.UnfitError("/languages", f"it reads {read} and nothing else")
    return ready.languages


def _prefilter(detector: Detector, ready: kinds.Prepared) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """What a person wrote, else what could be derived."""
    own = detector.prefilter
    if own is None:
        return ready.added_any, ready.file_all
    texts = [tuple(text.encode() for text in part) for part in (own.added_any, own.file_all)]
    if ready.fold:
        texts = [tuple(text.lower() for text in part) for part in texts]
    return texts[0], texts[1]


def _names(library: Library) -> tuple[str, ...]:
    """All patterns and rule ids, whatever their state."""
    known = {pattern.name for pattern in library.patterns}
    known |= {f"{one.name}/{detector.id}" for one in library.patterns for detector in one.detectors}
    return tuple(sorted(known))


def _unknown_levels(library: Library, settings: Settings) -> list[Problem]:
    known = set(_names(library))
    problems = []
    for name, _ in settings.levels:
        if name not in known:
            close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            problems.append(Problem(settings.path, 0, f"levels: no pattern or detector {name!r}{hint}"))
    return problems


def _digest(detectors: list[CompiledDetector]) -> str:
    return hashlib.sha256(repr([one.to_tuple() for one in detectors]).encode()).hexdigest()
