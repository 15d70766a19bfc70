"""The questions that `feedback-loop pattern new` asks on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace

import typer

from feedback_loop.api.patterns.new_detector import draft_language, needs_parameters, words_of_check
from feedback_loop.api.patterns.new_pattern import known_checks
from feedback_loop.domain.draft import Draft, Search
from feedback_loop.domain.finding import SEVERITIES
from feedback_loop.domain.languages import SUFFIXES
from feedback_loop.faces.cli.common import say

_KINDS = ("text", "regex", "code", "builtin", "nothing")


def asked(draft: Draft, headline: str, folder: str) -> Draft:
    """The draft with the answers to one question per empty field; Enter takes the default or leaves it out.

    Raises typer.Abort when the input ends. File names are relative to `folder`.
    """
    say(f"A new pattern, {draft.name}. Enter takes what stands in brackets, or leaves it for later.")
    draft = replace(
        draft,
        title=draft.title or _ask("Title", headline),
        guidance=draft.guidance or _ask("What to do instead, in one sentence", check=_some),
        severity=draft.severity or _ask("Severity", "medium", _one_of(SEVERITIES)),
        description=draft.description or _ask("What goes wrong, and why it hurts"),
        problems=draft.problems or _one(_ask("What users or logs say when it happens")),
        references=draft.references or _one(_ask("Where to read more")),
    )
    draft = draft if draft.search.kinds else replace(draft, search=_asked_search(draft.search))
    if not draft.search.kinds:
        return draft
    if not draft_language(draft):
        draft = replace(draft, languages=_one(_asked_language(draft.search)))
    default = words_of_check(draft.search.builtin) if draft.search.builtin else draft.title
    draft = replace(draft, message=draft.message or _ask("What a finding says", default))
    if not draft.bad and not draft.bad_code:
        files, code = _asked_example("bad", folder)
        draft = replace(draft, bad=files, bad_code=code)
    if not draft.good and not draft.good_code:
        files, code = _asked_example("good", folder)
        draft = replace(draft, good=files, good_code=code)
    return draft


def _asked_search(search: Search) -> Search:
    say("A scan can look for an exact text, a regular expression, a shape of code, or what a built-in")
    say("check finds; a guideline for people looks for nothing.")
    kind = _ask(f"What to look for ({', '.join(_KINDS)})", "nothing", _one_of(_KINDS))
    if kind == "text":
        return replace(search, literals=(_ask("The text as it stands in the code", check=_some),))
    if kind == "regex":
        return replace(search, regex=_ask("The regular expression (RE2; it sees one line)", check=_some))
    if kind == "code":
        return replace(search, code=_ask("The code, with $A for what may vary: eval($A)", check=_some))
    if kind == "nothing":
        return search
    name = _ask("Built-in check that finds it", check=_one_of(known_checks()))
    params = search.params
    if not params and needs_parameters(name):
        params = _ask("Its parameters as JSON", check=_some)
    return replace(search, builtin=name, params=params)


def _asked_language(search: Search) -> str:
    if search.code or search.rule:
        return _ask("Language", check=_one_of(SUFFIXES))
    return _ask("Language, or Enter for every text file", check=_one_of(["", *SUFFIXES]))


def _asked_example(side: str, folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A file as an absolute path, or a line of code."""

    def missing(path: str) -> str:
        return "" if not path or os.path.isfile(os.path.join(folder, path)) else "no such file"

    path = _ask(f"File with a {side} example, or Enter to type one line", check=missing)
    if path:
        return (os.path.abspath(os.path.join(folder, path)),), ()
    return (), (_ask(f"The {side} line of code", check=_some),)


def _ask(question: str, default: str = "", check: Callable[[str], str] = lambda answer: "") -> str:
    """The answer; asked again while `check` has a complaint. Raises Abort when the input ends."""
    brackets = f" [{default}]" if default else ""
    while True:
        # Not typer.prompt: it writes a blank to stdout, which belongs to the data.
        print(f"{question}{brackets}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise typer.Abort
        answer = line.strip() or default
        complaint = check(answer)
        if not complaint:
            return answer
        say(f"  {complaint}")


def _one(answer: str) -> tuple[str, ...]:
    return (answer,) if answer else ()


def _some(answer: str) -> str:
    return "" if answer else "this one is needed"


def _one_of(known: Iterable[str]) -> Callable[[str], str]:
    options = list(known)
    listed = ", ".join(filter(None, options))
    return lambda answer: "" if answer in options else f"one of: {listed}"
