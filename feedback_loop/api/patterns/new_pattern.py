"""Write a new pattern: nothing is written that the library would refuse to load or to run."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import fields, replace

from feedback_loop.api.breadth import too_broad
from feedback_loop.api.library import example_scanner, gate
from feedback_loop.api.patterns.new_detector import detector_of, draft_language, read_inside
from feedback_loop.api.patterns.questions import cannot_run
from feedback_loop.domain.draft import Draft
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import NAME, AstGrep, Example, Pattern
from feedback_loop.engines import checks
from feedback_loop.engines.gate import MAX_EXAMPLE_BYTES, example_path
from feedback_loop.engines.lint import DRAFT, unwritten
from feedback_loop.errors import UserError
from feedback_loop.formats.pattern_doc import format_json, format_prose, parse_pattern
from feedback_loop.stores.library import write_pattern
from feedback_loop.stores.library_place import find_place
from feedback_loop.workspace import Workspace

_OTHERWISE = (
    "code that is misread when it stands alone needs a --rule FILE, for example "
    '{"pattern": {"context": "a { color: red }", "selector": "declaration"}}'
)


def known_checks() -> list[str]:
    """The built-in checks a detector may use."""
    return checks.names()


def free_folder(workspace: Workspace, name: str) -> str:
    """The folder a pattern of this name may be written to.

    Raises UserError if the name is malformed, in use or superseded, if the settings are broken, or if
    the repository has no folder of patterns yet.
    """
    settings, problems = workspace.settings()
    if problems:
        raise UserError("\n".join(map(str, problems)), "mend the settings first", kind="settings")
    if NAME.match(name) is None:
        text = "a name is 2 to 64 of a-z, 0-9 and _, and begins with a letter"
        raise UserError(f"{name!r} cannot be a pattern's name", text, kind="usage")
    if not find_place(workspace.root, settings.patterns).own:
        raise UserError(f"there is no {settings.patterns}/ here", "run `feedback-loop init` first")
    taken = workspace.library(settings.patterns).find(name)
    if taken is None:
        return settings.patterns
    what = f"exists already: {taken.path}.md" if taken.name == name else f"is superseded by {taken.name}"
    raise UserError(f"{name} {what}", "choose another name: none is ever used again")


def write_draft(workspace: Workspace, draft: Draft) -> tuple[list[str], list[str]]:
    """Write both files; their paths, and the parts that are still to be written in them.

    Raises UserError, and writes nothing, if the result could not be read back, could not run or fails
    its gate.
    """
    folder = free_folder(workspace, draft.name)
    library = workspace.library(folder)
    pattern = replace(_pattern(workspace, draft), path=f"{folder}/{draft.name}")
    _refuse(draft.name, _unreadable(pattern, folder))
    trial = Library(library.source, (*library.patterns, pattern))
    _refuse(draft.name, (one.message for one in cannot_run(trial, [pattern])))
    hint = _OTHERWISE if draft.search.code else ""
    _refuse(draft.name, _broken_promises(trial, pattern), hint)
    _refuse(draft.name, (one.message for one in too_broad(workspace, trial, [pattern])))
    pattern = _with_lines(pattern, trial)
    return write_pattern(workspace.root, folder, pattern), unwritten(pattern)


def _refuse(name: str, problems: Iterable[object], hint: str = "") -> None:
    told = list(dict.fromkeys(map(str, problems)))
    if told:
        raise UserError("\n".join([f"{name} is not written:", *told]), hint)


def _pattern(workspace: Workspace, draft: Draft) -> Pattern:
    detector = detector_of(workspace, draft)
    language = draft_language(draft)
    if detector and isinstance(detector.expression, AstGrep):
        language = detector.expression.language
    bad, good = (
        tuple(_example(workspace, path, language) for path in paths)
        + tuple(_checked(code, "given as text", language) for code in codes)
        for paths, codes in ((draft.bad, draft.bad_code), (draft.good, draft.good_code))
    )
    return Pattern(
        name=draft.name,
        title=draft.title.strip(),
        pattern_id=str(uuid.uuid4()),
        severity=draft.severity,
        description=draft.description.strip() or DRAFT["description"],
        problems=draft.problems or (DRAFT["problems"],),
        bad=bad or (Example(DRAFT["bad example"], language),),
        good=good or (Example(DRAFT["good example"], language),),
        references=draft.references or (DRAFT["references"],),
        guidance=draft.guidance.strip(),
        tags=tuple(sorted(draft.tags)),
        languages=draft.languages or ((language,) if language else ()),
        detectors=(detector,) if detector else (),
    )


def _example(workspace: Workspace, path: str, language: str) -> Example:
    """The file as an example, in the language of its name if that tells one."""
    try:
        code = read_inside(workspace, path, MAX_EXAMPLE_BYTES).decode()
    except OSError as error:
        raise UserError(f"cannot read the example {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"the example {path} is not UTF-8") from error
    return _checked(code, path, language_of(path) or language)


def _checked(code: str, shown: str, language: str) -> Example:
    if not code.strip():
        raise UserError(f"the example {shown} is empty")
    return Example(code.replace("\r\n", "\n").rstrip("\n") + "\n", language)


def _unreadable(pattern: Pattern, folder: str) -> list[str]:
    """What would not come back from the files as it was meant."""
    halves = format_prose(pattern).encode(), format_json(pattern).encode()
    parsed, problems = parse_pattern(pattern.name, *halves, folder=folder)
    if parsed is None:
        return list(map(str, problems))
    return [
        f"the {field.name} would be read as something else: no headings or blank lines in it"
        for field in fields(pattern)
        if field.compare and getattr(pattern, field.name) != getattr(parsed, field.name)
    ]


def _broken_promises(library: Library, pattern: Pattern) -> list[str]:
    failures = [one for one in gate(library) if not one.note]
    return [
        one.problem.message
        for one in failures
        if one.pattern == pattern.name or one.problem.path == pattern.path + ".md"
    ]


def _with_lines(pattern: Pattern, library: Library) -> Pattern:
    """The pattern whose bad examples say on which lines they are found, so that no change goes unseen."""
    if not pattern.detectors:
        return pattern
    scan = example_scanner(library)
    told = []
    for example in pattern.bad:
        findings = scan(example_path(example).encode(), example.code.encode(), True).findings
        lines = tuple(one.line for one in findings if one.pattern == pattern.name)
        told.append(replace(example, lines=lines))
    return replace(pattern, bad=tuple(told))
