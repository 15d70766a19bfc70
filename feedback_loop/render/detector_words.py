"""What a detector does in this repository, in words."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence

from feedback_loop.domain.finding import level_rank
from feedback_loop.domain.library_report import CheckFacts, DetectorFacts


def effect_words(facts: DetectorFacts, fail_on: str) -> str:
    """What follows from a finding, or why there will be none."""
    if facts.not_running:
        return f"does NOT run: {facts.not_running}"
    if facts.level == "off":
        return "is not looked for"
    if fail_on != "never" and level_rank(facts.level) >= level_rank(fail_on):
        return "stops the commit"
    return "is shown with --hints" if facts.level == "hint" else "is shown, the commit goes on"


def fact_rows(facts: DetectorFacts, levels_from: str) -> list[tuple[str, str]]:
    """(label, words): what is found, among what, in which files, and what must be there first."""
    rows = []
    if facts.check and facts.level != facts.written_level:
        rows.append(("level", f"{facts.level} by {levels_from}; the pattern says {facts.written_level}"))
    if facts.check:
        rows.append(("finds", f"{facts.check.summary} {facts.check.finds}"))
        rows.append(("among", facts.check.sites))
    rows.append(("scope", _scope(facts)))
    if facts.check:
        rows.append(("only if", _prefilter(facts.check)))
    rows.append(("instead", facts.fix_hint))
    return rows


def _scope(facts: DetectorFacts) -> str:
    words = " and ".join(facts.languages) + " files"
    if facts.include:
        words += ", only " + " ".join(facts.include)
    if facts.exclude:
        words += ", not " + " ".join(facts.exclude)
    return words + "".join(f", not in {name}" for name, _ in facts.exempt)


def _prefilter(check: CheckFacts) -> str:
    """The literals without which nothing is parsed."""
    parts = []
    if check.added_any:
        parts.append(f"an added line holds {_listed(check.added_any, 'or')}")
    if check.file_all:
        parts.append(f"the file holds {_listed(check.file_all, 'and')}")
    return " and ".join(parts) or "always: every changed file in scope is parsed (slow lane)"


def _listed(literals: Sequence[str], word: str) -> str:
    quoted = [f"`{one}`" for one in literals]
    return f" {word} ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def closing_notes(detectors: Iterable[DetectorFacts]) -> list[str]:
    """What the path sets stand for, and what the literals miss (PRE-3)."""
    every = list(detectors)
    sets = dict(pair for facts in every for pair in facts.exempt)
    notes = [f"{name} are {' '.join(globs)}" for name, globs in sets.items()]
    literals = [one for facts in every if facts.check for one in facts.check.added_any]
    if any(one.isidentifier() and not keyword.iskeyword(one) for one in literals):
        text = "What is imported under another name, without the words an added line must hold, is not found."
        notes.append(text)
    return notes
