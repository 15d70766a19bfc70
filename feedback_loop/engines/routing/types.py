"""The shipped types of tasks as data (B26): a trigger is an expression of `re`, its word forms in one.

They are matched as whole words against one line in lower case (`engines.routing.match`), where a blank is one
blank. No two triggers may fit at the same place: the first one would hide the other.
"""

from __future__ import annotations

from collections.abc import Iterable

from feedback_loop.domain.routing import DIRECT, GENERAL
from feedback_loop.domain.task_type import TaskType

_LANGUAGE = (
    r"python|javascript|typescript|node\.?js|java|kotlin|c\+\+|c#|rust|golang|ruby|php|perl|scala|haskell|"
    r"elixir|lua|swiftui|html|css|sql|bash|powershell|shell scripts?|in (?:go|swift)(?!-)|"
    r"(?:go|c|r|swift)(?= (?:code|programs?|functions?|modules?|packages?|scripts?)\b)"
)
# `24/7`, dates and ranges of years are no sums: `-` and `/` need a blank on each side, or to be asked for.
_YEAR = r"(?:1[5-9]|20)\d\d"
_DATE = rf"\d{{4}}[-/]\d\d?[-/]\d|\d\d?[-/]\d\d?[-/]\d\d|{_YEAR}[-/](?:{_YEAR}|\d\d)(?!\d)"
_ASKED = r"(?:(?<=\bwhat is )|(?<=\bwhat['’]s )|(?<=\bhow much is ))"
_SUM = (
    r"\d+ ?[+*^×÷] ?[\d(]\w*|\d+\)? [-/] \(?\d\w*|\d*[a-z] ?\^ ?\d\w*|"
    rf"{_ASKED}(?!\(?(?:24/7(?!\d)|{_DATE}))\(?\d+(?:[.,]\d+)?[-/]\(?\d\w*\)?"
)

TYPES: tuple[TaskType, ...] = (
    TaskType(
        "reasoning",
        (
            "why",
            "explain(?:s|ed|ing)?|explanations?",
            "analy[sz](?:e|es|ed|ing|is)",
            "compar(?:e|es|ed|ing)|comparisons?",
            "caus(?:e|es|ed|ing)",
        ),
        ("chain-of-thought", DIRECT),
        ("step-by-step",),
        "standard",
    ),
    TaskType(
        "math",
        (
            "calculat(?:e|es|ed|ing|ion|ions)",
            "comput(?:e|es|ed|ation|ations)",  # "quantum computing" is no sum
            "solv(?:e|es|ed|ing)",
            "derivatives?",
            "equations?",
            r"percent|percents|percentages?|\d+ ?%",
            _SUM,
        ),
        ("chain-of-thought", "program-aided"),
        ("step-by-step", "show-work"),
        "strong",
    ),
    TaskType(
        "code",
        (
            "cod(?:e|es|ed|ing)",
            "functions?",
            "class(?:es)?",
            "bugs?|buggy|debug(?:s|ged|ging)?",
            "implement(?:s|ed|ing|ation|ations)?",
            "refactor(?:s|ed|ing|ings)?",
            "endpoints?",
            _LANGUAGE,
        ),
        ("plan-then-code", DIRECT),
        ("requirements-first", "self-review"),
        "strong",
    ),
    TaskType(
        "formatting",
        (
            "(?:re)?format(?:s|ted|ting)?",
            "convert(?:s|ed|ing)?",
            "tables?",
            "jsonl?",
            "ya?ml",
            "csv",
            "markdown",
        ),
        ("few-shot", "structured"),
        ("example-driven", "output-format"),
        "fast",
    ),
    TaskType(
        "extraction",
        (
            "extract(?:s|ed|ing|ion|ions)?",
            "pars(?:e|es|ed|ing)",
            "find all",
            "list all",
            "entity|entities",
            "e-?mails|e-?mail addresses",  # an e-mail is something to write
        ),
        ("structured", "few-shot"),
        ("output-format",),
        "fast",
    ),
    TaskType(
        "planning",
        (
            "plans?|planned|planning",
            "roadmaps?",
            "milestones?",
            "phases?|phased",
            "schedul(?:e|es|ed|ing)",
            "prioriti[sz](?:e|es|ed|ing|ation)",
        ),
        ("first-principles", "chain-of-thought"),
        ("constraints-first", "pre-mortem"),
        "standard",
    ),
    TaskType(
        "decision",
        (
            "decid(?:e|es|ed|ing)|decisions?",
            "choos(?:e|es|ing)|chose|chosen|choices?",
            "should (?:we|i)",
            "options?",
            "versus|vs",
            "recommend(?:s|ed|ing|ation|ations)?",
        ),
        ("decision-matrix", "chain-of-thought"),
        ("criteria-first",),
        "standard",
    ),
    TaskType(
        "research",
        (
            "research(?:es|ed|ing)?",
            "investigat(?:e|es|ed|ing|ion|ions)",
            "overviews?",
            "sources",  # `source` is code
        ),
        ("research-synthesis", "chain-of-thought"),
        ("evidence-first",),
        "standard",
    ),
    TaskType(
        "content",
        (
            "writ(?:e|es|ing|ten)|wrote",
            "draft(?:s|ed|ing)?",
            "blogs?|blogging",
            "headlines?",
            "tones?",
        ),
        ("outline-first", "few-shot"),
        ("audience-first",),
        "standard",
    ),
    TaskType(
        "simple",
        (
            "defin(?:e|es|ition|itions)",
            "what time",
            "who is|who['’]s",
            "where is|where['’]s",
        ),
        (DIRECT,),
        (),
        "fast",
    ),
)
NO_TYPE = TaskType(GENERAL, (), (DIRECT,))


def table_with(own: Iterable[TaskType]) -> tuple[TaskType, ...]:
    """The types of the settings that are new, then the shipped ones: one of the same name in its place.

    Whoever writes a type of their own does not mean it to lose a tie.
    """
    known = {one.name: one for one in TYPES}
    new = {one.name: one for one in own if one.name not in known}
    known.update((one.name, one) for one in own if one.name in known)
    return (*new.values(), *known.values())
