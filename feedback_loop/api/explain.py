"""Why a pattern is there and what its detectors do in this repository (EXP-1)."""

from __future__ import annotations

from dataclasses import replace

from feedback_loop.api.library import open_library
from feedback_loop.api.patterns import find_pattern
from feedback_loop.api.scan import Clock, load_library
from feedback_loop.domain.library import Library
from feedback_loop.domain.library_report import DetectorFacts, Explanation
from feedback_loop.domain.pattern import Detector, Pattern
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.checks import describe
from feedback_loop.engines.compile import compile_library
from feedback_loop.workspace import Workspace


def explain(workspace: Workspace, name: str) -> Explanation:
    """The pattern of this name, or the one that supersedes it, with its detectors as they act here.

    Raises UserError for an unknown name.
    """
    settings, _ = workspace.settings()
    pattern = find_pattern(open_library(workspace), name)
    alone = Library("", (replace(pattern, state="active"),))
    levels = {one.detector: one.level for one in compile_library(alone, settings, []).detectors}
    refused = dict(load_library(workspace, Clock()).disabled)
    facts = [
        replace(
            _facts(pattern, detector, settings),
            level=levels.get(detector.id, "off"),
            not_running=_reason(pattern, detector, refused),
        )
        for detector in pattern.detectors
    ]
    return Explanation(pattern, tuple(facts), settings.path, settings.fail_on)


def _facts(pattern: Pattern, detector: Detector, settings: Settings) -> DetectorFacts:
    builtin = detector.builtin or ""
    check = describe(builtin)
    sets = {"tests": settings.tests, "scripts": settings.scripts}
    return DetectorFacts(
        rule_id=f"{pattern.name}/{detector.id}",
        level=detector.level,
        written_level=detector.level,
        message=detector.message,
        fix_hint=detector.fix_hint or pattern.guidance,
        builtin=builtin,
        languages=detector.languages or (builtin.partition(".")[0],),
        include=detector.include or pattern.include,
        exclude=(*pattern.exclude, *detector.exclude),
        exempt=tuple((name, sets[name]) for name in (check.exempt if check else ())),
        check=check,
        not_running="",
    )


def _reason(pattern: Pattern, detector: Detector, refused: dict[str, str]) -> str:
    """Why the detector does not run; "" if it does, unless its level is off."""
    if describe(detector.builtin or "") is None:
        return f"there is no built-in check {detector.builtin!r}"
    if pattern.state != "active":
        return f"the pattern is {pattern.state}"
    failure = refused.get(f"{pattern.name}/{detector.id}")
    return f"it fails its own example: {failure}" if failure else ""
