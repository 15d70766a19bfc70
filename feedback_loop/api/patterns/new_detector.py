"""The detector of a pattern that somebody is about to write down."""

from __future__ import annotations

import difflib
import os
import re
from typing import Any

from feedback_loop.api.patterns.questions import either
from feedback_loop.domain.draft import Draft, Search
from feedback_loop.domain.languages import SUFFIXES, language_of
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import (
    AstGrep,
    Builtin,
    Detector,
    Expression,
    Literal,
    Pattern,
    Prefilter,
    Regex,
)
from feedback_loop.domain.settings import Settings
from feedback_loop.engines import checks
from feedback_loop.engines.compile import compile_library
from feedback_loop.errors import UserError
from feedback_loop.formats.detector_doc import canonical
from feedback_loop.formats.strict_json import SIZE_CAP, Document, parse_json
from feedback_loop.stores.files import safe_read
from feedback_loop.workspace import Workspace

_IDENTITIES = {"literal": "text", "regex": "regex", "ast-grep": "code"}
_CALL = re.compile(r"(?P<callee>[A-Za-z_$][\w.$]*)\(.*\)", re.DOTALL)
_RULE_KEYS = ("anchor", "constraints", "language", "rule", "utils")


def words_of_check(name: str) -> str:
    """What a finding of this check may say: its own summary as one plain line."""
    facts = checks.describe(name)
    return facts.summary.replace("`", "").rstrip(".")[:200] if facts else ""


def needs_parameters(name: str) -> bool:
    """Whether this check says nothing without parameters."""
    lone = Detector("lone", Builtin(name), "m")
    pattern = Pattern("lone", "lone", "", detectors=(lone,), path="lone")
    problems = compile_library(Library("", (pattern,)), Settings(), []).problems
    return any(text.startswith("lone.json: /detectors/0/params") for text in problems)


def draft_language(draft: Draft) -> str:
    """The language that the flags and the example files tell; "" if they tell none."""
    if draft.search.builtin:
        return draft.search.builtin.partition(".")[0]
    if draft.languages:
        return draft.languages[0]
    return next(filter(None, map(language_of, (*draft.bad, *draft.good))), "")


def detector_of(workspace: Workspace, draft: Draft) -> Detector | None:
    """The detector of the draft; None if there is nothing to search for.

    Raises UserError if the options contradict one another or an example is missing.
    """
    search = draft.search
    _check_options(search)
    if not search.kinds:
        return None
    if not (draft.bad or draft.bad_code) or not (draft.good or draft.good_code):
        text = "a detector must find the bad example and leave the good one alone"
        raise UserError(
            text, "give both: --bad FILE or --bad-code TEXT, --good FILE or --good-code TEXT", "usage"
        )
    _check_languages(draft.languages)
    expression = _expression(workspace, draft)
    if isinstance(expression, Builtin):
        identity = expression.name.partition(".")[2]
        message = words_of_check(expression.name) if expression.params == "{}" else ""
    else:
        identity, message = _IDENTITIES[expression.kind], ""
    prefilter = None
    if isinstance(expression, AstGrep) and _needs_context(search.code, expression.language):
        prefilter = _words_of_call(search.code)
    told = draft.message or message or draft.title
    return Detector(identity, expression, told, draft.level, prefilter=prefilter)


def _check_options(search: Search) -> None:
    """Raises UserError for options of which one would have no effect."""
    if len(search.kinds) > 1:
        text = f"{' and '.join(search.kinds)}: a new pattern has one detector"
        raise UserError(text, "keep one; more of them are entries in its JSON file", "usage")
    lonely = (
        ("--unless", search.unless, ("--regex",)),
        ("--ignore-case", search.ignore_case, ("--literal", "--regex")),
        ("--word", search.word, ("--literal",)),
        ("--params", search.params, ("--builtin",)),
    )
    for option, value, owners in lonely:
        if value and not set(search.kinds).intersection(owners):
            raise UserError(f"{option} needs {either(owners)}", kind="usage")


def _check_languages(languages: tuple[str, ...]) -> None:
    for language in languages:
        if language not in SUFFIXES:
            close = difflib.get_close_matches(language, SUFFIXES, n=3, cutoff=0.5)
            hint = f"did you mean {either(close)}?" if close else "known: " + ", ".join(SUFFIXES)
            raise UserError(f"no file is known to be written in {language!r}", hint, "usage")


def _expression(workspace: Workspace, draft: Draft) -> Expression:
    search = draft.search
    if search.builtin:
        return _builtin(search)
    if search.literals:
        return Literal(search.literals, search.ignore_case, search.word)
    if search.regex:
        return Regex(search.regex, search.ignore_case, search.unless or None)
    if search.rule:
        return _rule(workspace, draft)
    language = _needed(draft_language(draft))
    return AstGrep(language, canonical({"pattern": _code_pattern(search.code, language)}))


def _code_pattern(code: str, language: str) -> str | dict[str, str]:
    if _needs_context(code, language):
        return {"context": code + ";", "selector": "call_expression"}
    return code


def _needs_context(code: str, language: str) -> bool:
    """Whether ast-grep would misread the code: in Go and C a call standing alone passes for a type."""
    return language in ("c", "go") and _CALL.fullmatch(code) is not None


def _words_of_call(code: str) -> Prefilter:
    """What is derived from a plain pattern: its first word is on the first line of every match."""
    callee = code.partition("(")[0]
    words = tuple(re.findall(r"(?<![$\w])[A-Za-z_]\w*", callee))
    return Prefilter((), words) if callee.startswith("$") else Prefilter(words[:1], words[1:])


def _builtin(search: Search) -> Builtin:
    known = checks.names()
    if search.builtin not in known:
        close = difflib.get_close_matches(search.builtin, known, n=3, cutoff=0.5)
        hint = f"did you mean {either(close)}?" if close else "known: " + ", ".join(known)
        raise UserError(f"there is no built-in check {search.builtin!r}", hint, "usage")
    return Builtin(
        search.builtin, canonical(_object(parse_json((search.params or "{}").encode(), "--params")))
    )


def _rule(workspace: Workspace, draft: Draft) -> AstGrep:
    """A rule as it stands in the file, or beside its constraints, utils, anchor and language."""
    path = draft.search.rule
    shown = os.path.basename(path)
    try:
        document = parse_json(read_inside(workspace, path, SIZE_CAP), shown)
    except OSError as error:
        raise UserError(f"cannot read the rule {path}: {error.strerror}") from error
    value = _object(document)
    if "rule" not in value:
        return AstGrep(_needed(draft_language(draft)), canonical(value))
    faults = [document.problem(f"/{key}", "unknown key") for key in value if key not in _RULE_KEYS]
    anchor, named = value.get("anchor", []), value.get("language", "")
    if not isinstance(anchor, list) or not all(isinstance(one, str) for one in anchor):
        faults.append(document.problem("/anchor", "expected a list of metavariables"))
    if not isinstance(named, str):
        faults.append(document.problem("/language", "expected the name of a language"))
    if faults:
        raise UserError("\n".join(map(str, sorted(faults))))
    parts = {key: canonical(value.get(key, {})) for key in ("rule", "constraints", "utils")}
    language = draft.languages[0] if draft.languages else named or draft_language(draft)
    return AstGrep(_needed(language), anchor=tuple(anchor), **parts)


def _needed(language: str) -> str:
    if not language:
        text = "the shape of code is looked for in one language"
        raise UserError(text, "say which: --language javascript", "usage")
    return language


def _object(document: Document) -> dict[str, Any]:
    if document.problems:
        raise UserError("\n".join(map(str, document.problems)))
    if not isinstance(document.value, dict):
        raise UserError(str(document.problem("", "expected a JSON object")))
    return document.value


def read_inside(workspace: Workspace, path: str, cap: int) -> bytes:
    """The file at the absolute path. Like everything we read it lies in the repository (T2)."""
    root = os.path.realpath(workspace.root)
    folder, name = os.path.split(path)
    return safe_read(root, os.path.relpath(os.path.join(os.path.realpath(folder), name), root), cap)
