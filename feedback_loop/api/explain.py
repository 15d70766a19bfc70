"""Why a pattern is there and what its detectors do in this repository (EXP-1)."""

from __future__ import annotations

from dataclasses import replace

from feedback_loop.api.library import open_library
from feedback_loop.api.modes import scan_tree
from feedback_loop.api.patterns.questions import find_pattern
from feedback_loop.api.scan import Clock, load_library
from feedback_loop.api.whole import Progress
from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.finding import Finding
from feedback_loop.domain.library import Library
from feedback_loop.domain.library_report import DetectorFacts, Explanation
from feedback_loop.domain.pattern import Builtin, Detector, Pattern, Prefilter
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.checks import describe
from feedback_loop.engines.compile import compile_library
from feedback_loop.errors import UserError
from feedback_loop.workspace import Workspace


def explain(workspace: Workspace, name: str) -> Explanation:
    """The pattern of this name, or the one that supersedes it, with its detectors as they act here.

    Raises UserError for an unknown name.
    """
    settings, _ = workspace.settings()
    pattern = find_pattern(open_library(workspace), name)
    alone = Library("", (replace(pattern, state="active"),))
    levels = {one.detector: one.level for one in compile_library(alone, settings, []).detectors}
    every = compile_library(alone, settings, [], raw_levels=True)
    compiled = {one.detector: one for one in every.detectors}
    refused = dict(load_library(workspace, Clock()).disabled)
    facts = []
    for index, detector in enumerate(pattern.detectors):
        told = f"{pattern.path}.json: /detectors/{index}/"
        unfit = [text.removeprefix(told) for text in every.problems if text.startswith(told)]
        facts.append(
            replace(
                _facts(pattern, detector, settings, compiled.get(detector.id)),
                level=detector.level if unfit else levels.get(detector.id, "off"),
                not_running=unfit[0] if unfit else _reason(pattern, detector, refused),
            )
        )
    return Explanation(pattern, tuple(facts), settings.path, settings.fail_on)


def find_finding(
    workspace: Workspace, fingerprint: str, progress: Progress | None = None
) -> tuple[Finding, CompiledLibrary]:
    """The finding of this fingerprint among the tracked files, suppressed and accepted ones too.

    Raises UserError if there is none.
    """
    result, library = scan_tree(workspace, None, least="hint", progress=progress)
    suppressed = [one.finding for one in result.suppressed]
    for one in (*result.findings, *result.baselined, *suppressed):
        if one.fingerprint == fingerprint:
            return one, library
    hint = "it may be mended, or stand in another file now; `feedback-loop scan --all` lists what is there"
    raise UserError(f"no finding here has the fingerprint {fingerprint}", hint)


def _facts(
    pattern: Pattern, detector: Detector, settings: Settings, compiled: CompiledDetector | None
) -> DetectorFacts:
    """What is written, completed by what the compiled form knows if there is one."""
    expression = detector.expression
    check = describe(expression.name) if isinstance(expression, Builtin) else None
    sets = {"tests": settings.tests, "scripts": settings.scripts}
    return DetectorFacts(
        rule_id=f"{pattern.name}/{detector.id}",
        level=detector.level,
        written_level=detector.level,
        message=detector.message,
        fix_hint=detector.fix_hint or pattern.guidance,
        expression=expression,
        languages=compiled.languages if compiled else detector.languages or pattern.languages,
        include=detector.include or pattern.include,
        exclude=(*pattern.exclude, *detector.exclude),
        exempt=tuple((name, sets[name]) for name in (check.exempt if check else ())),
        prefilter=_prefilter(compiled) if compiled else None,
        folded=compiled.fold if compiled else False,
        check=check,
        not_running="",
        site=detector.site,
    )


def _prefilter(compiled: CompiledDetector) -> Prefilter:
    any_of, all_of = (
        tuple(literal.decode("utf-8", "replace") for literal in literals)
        for literals in (compiled.added_any, compiled.file_all)
    )
    return Prefilter(any_of, all_of)


def _reason(pattern: Pattern, detector: Detector, refused: dict[str, str]) -> str:
    """Why a sound detector does not run; "" if it does, unless its level is off."""
    if pattern.state != "active":
        return f"the pattern is {pattern.state}"
    failure = refused.get(f"{pattern.name}/{detector.id}")
    return f"it fails its own example: {failure}" if failure else ""
