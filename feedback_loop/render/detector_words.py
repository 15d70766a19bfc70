"""What a detector does in this repository, in words."""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterable, Sequence

from feedback_loop.domain.finding import level_rank
from feedback_loop.domain.library_report import DetectorFacts
from feedback_loop.domain.pattern import AstGrep, Builtin, Expression, Literal, Prefilter, Regex, Site

_CUT = 60  # where one line has to do
_CUT_RULE = 500


def effect_words(facts: DetectorFacts, fail_on: str) -> str:
    """What follows from a finding, or why there will be none."""
    if facts.not_running:
        return f"does NOT run: {facts.not_running}"
    if facts.level == "off":
        return "is not looked for"
    if fail_on != "never" and level_rank(facts.level) >= level_rank(fail_on):
        return "stops the commit"
    return "is shown with --hints" if facts.level == "hint" else "is shown, the commit goes on"


def expression_words(one: Expression) -> str:
    """What is looked for, in short."""
    match one:
        case Builtin():
            return one.name if one.params == "{}" else f"{one.name} {_cut(one.params)}"
        case Literal():
            return "text " + _cut(" or ".join(one.texts))
        case Regex():
            return f"regex {_cut(one.regex)}"
        case AstGrep():
            return f"{one.language} code {_cut(_one_line(_code_of(one)[0] or one.rule))}"


def fact_rows(facts: DetectorFacts, levels_from: str) -> list[tuple[str, str]]:
    """(label, words): what is found, among what (`site`), in which files, and what must be there first."""
    rows = []
    if facts.level != facts.written_level:
        rows.append(("level", f"{facts.level} by {levels_from}; the pattern says {facts.written_level}"))
    rows += _found(facts)
    if facts.site is not None:
        rows.append(("among", _searched(facts.site)))
    rows.append(("scope", _scope(facts)))
    if facts.prefilter:
        rows.append(("only if", _needed(facts.prefilter, facts.folded)))
    rows.append(("instead", facts.fix_hint))
    return rows


def _found(facts: DetectorFacts) -> list[tuple[str, str]]:
    match facts.expression:
        case Builtin() as one:
            rows = []
            if facts.check:
                rows += [
                    ("finds", f"{facts.check.summary} {facts.check.finds}"),
                    ("among", facts.check.sites),
                ]
            return rows if one.params == "{}" else [*rows, ("with", _quoted(one.params))]
        case Literal() as one:
            return [("finds", _texts(one)), ("anchor", "the text")]
        case Regex() as one:
            rows = [("finds", _line(one))]
            if one.unless is not None:
                rows.append(("unless", f"{_quoted(one.unless)} matches the same line"))
            named = "(?P<anchor>" in one.regex or "(?<anchor>" in one.regex
            return [*rows, ("anchor", "the group `anchor`" if named else "the match")]
        case AstGrep() as one:
            return _rule_rows(one)


def _searched(one: Site) -> str:
    match one:
        case Literal():
            return _texts(one)
        case Regex():
            return _line(one) + (f", unless {_quoted(one.unless)} matches it" if one.unless else "")
        case AstGrep():
            return _shape(one) + (f", where {_rule(one.constraints)}" if one.constraints != "{}" else "")


def _texts(one: Literal) -> str:
    manner = " as a word of its own" if one.word else ""
    return _listed(one.texts, "or") + manner + (" in capitals or not" if one.ignore_case else "")


def _line(one: Regex) -> str:
    return f"what {_quoted(one.regex)} matches on one line" + (
        ", in capitals or not" if one.ignore_case else ""
    )


def _shape(one: AstGrep) -> str:
    code, selector = _code_of(one)
    part = f"like the {selector} in" if selector else "" if code else "by the rule"
    return " ".join(filter(None, [one.language, "code shaped", part, _rule(code or one.rule)]))


def _rule_rows(one: AstGrep) -> list[tuple[str, str]]:
    rows = [("finds", _shape(one))]
    if one.constraints != "{}":
        rows.append(("where", _rule(one.constraints)))
    if one.utils != "{}":
        rows.append(("rules", _rule(one.utils)))
    anchor = " and ".join(f"what `${name}` stands for" for name in one.anchor)
    return [*rows, ("anchor", anchor or "the first line of the match")]


def _code_of(one: AstGrep) -> tuple[str, str]:
    """(code, the part of it that is meant) of a rule that is nothing but a pattern; else two empty texts."""
    rule = json.loads(one.rule)
    pattern = rule["pattern"] if list(rule) == ["pattern"] else ""
    return (pattern, "") if isinstance(pattern, str) else (pattern["context"], pattern["selector"])


def _scope(facts: DetectorFacts) -> str:
    words = " and ".join(facts.languages) + " files" if facts.languages else "every text file"
    if facts.include:
        words += ", only " + " ".join(facts.include)
    if facts.exclude:
        words += ", not " + " ".join(facts.exclude)
    return words + "".join(f", not in {name}" for name, _ in facts.exempt)


def _needed(prefilter: Prefilter, folded: bool) -> str:
    """The literals without which nothing is looked at."""
    parts = []
    if prefilter.added_any:
        parts.append(f"an added line holds {_listed(prefilter.added_any, 'or')}")
    if prefilter.file_all:
        parts.append(f"the file holds {_listed(prefilter.file_all, 'and')}")
    case = ", in capitals or not" if parts and folded else ""
    return " and ".join(parts) + case or "always: every changed file in scope is read (slow lane)"


def _listed(literals: Sequence[str], word: str) -> str:
    quoted = [_quoted(one) for one in literals]
    return f" {word} ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _rule(text: str) -> str:
    return _quoted(_cut(_one_line(text), _CUT_RULE))


def _quoted(text: str) -> str:
    return f"`{text}`"


def _one_line(text: str) -> str:
    return " ".join(text.split()) if "\n" in text else text


def _cut(text: str, most: int = _CUT) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def closing_notes(detectors: Iterable[DetectorFacts]) -> list[str]:
    """What the path sets stand for, and what the literals miss (PRE-3)."""
    every = list(detectors)
    sets = dict(pair for facts in every for pair in facts.exempt)
    notes = [f"{name} are {' '.join(globs)}" for name, globs in sets.items()]
    literals = [
        one
        for facts in every
        if facts.prefilter and isinstance(facts.expression, Builtin | AstGrep)
        for one in facts.prefilter.added_any
    ]
    if any(one.isidentifier() and not keyword.iskeyword(one) for one in literals):
        text = "What is imported under another name, without the words an added line must hold, is not found."
        notes.append(text)
    return notes
