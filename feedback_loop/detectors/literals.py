"""Which texts must be there where an expression matches: prefilters derived, not guessed (PRE-2). Cold."""

from __future__ import annotations

import re
import warnings
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_LITERALS_CAP = 16
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
# What precedes other words may be left out of a pattern, and may stand on a line of its own: `async` of
# `async def`, `case` of `case class`. Nothing precedes these.
_FIRST = re.compile(
    r"(?!(?:class|def|for|fn|fun|func|function|get|set|with)\b)[A-Za-z_][A-Za-z0-9_]+(?=\s*(?:[.(\[!]|::|->))"
    r"|(?:assert|del|delete|echo|from|goto|if|import|new|print|raise|return|throw|try|while|yield)\b"
)
FOLDED = ("php",)  # languages that take their keywords in any case
# Other letters of these fold onto them in Unicode (the Kelvin sign, the long s): no text is certain.
_UNSURE = frozenset("kKsS")


def regex_literals(regex: str, ignore_case: bool) -> tuple[bytes, ...]:
    """Texts of which every match holds at least one; in lower case if case is ignored; () = none known.

    The syntax tree is that of Python's `re`. What the two languages read differently is left alone.
    """
    # RE2 alone knows classes like [[:alpha:]]; `{,3}` is a text in RE2.
    if "[:" in regex or "{," in regex or "(?-" in regex:
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = parser.parse(regex)
    except (re.error, Warning, RecursionError, OverflowError):
        return ()
    found = _required(tree, folds_case(regex, ignore_case))
    usable = found is not None and 0 < len(found) <= _LITERALS_CAP
    return tuple(sorted(text.encode() for text in found)) if found and usable else ()


def folds_case(regex: str, ignore_case: bool) -> bool:
    """Whether some part of the expression ignores case."""
    return ignore_case or re.search(r"\(\?[a-zA-Z]*i", regex) is not None


def _required(tree: Any, fold: bool) -> set[str] | None:
    """The texts of which one is in every match of this sequence; of several sets the most telling."""
    sets: list[set[str]] = []
    run = ""
    for kind, value in [*tree, (None, None)]:
        if kind is op.LITERAL and _certain(chr(value), fold):
            run += chr(value).lower() if fold else chr(value)
            continue
        if len(run) > 1:
            sets.append({run})
        run = ""
        inner = _inside(kind, value, fold)
        if inner:
            sets.append(inner)
    return max(sets, key=lambda one: min(map(len, one)), default=None)


def _certain(char: str, fold: bool) -> bool:
    return not fold or (char.isascii() and char not in _UNSURE)


def _inside(kind: Any, value: Any, fold: bool) -> set[str] | None:
    if kind is op.SUBPATTERN:
        return _required(value[3], fold)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _required(value[2], fold) if value[0] >= 1 else None
    if kind is op.BRANCH:
        branches = [_required(branch, fold) for branch in value[1]]
        return set().union(*branches) if all(branches) else None  # type: ignore[arg-type]
    return None


def rule_literals(
    language: str, rule: dict[str, Any], anchored: bool
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """(added_any, file_all) of an ast-grep rule; in lower case for a language of `FOLDED`.

    The words of a pattern stand in every text it matches. The first word of a call or of a simple
    statement stands on the match's first line, which is the anchor if the rule names no other.
    """
    patterns = _patterns(rule)
    firsts = [] if anchored else [match[0] for one in patterns if (match := _FIRST.match(one))]
    words = [word for one in patterns for word in _fixed_words(one)]
    return _encoded(language, firsts[:1]), _encoded(language, words)[:8]


def _encoded(language: str, words: list[str]) -> tuple[bytes, ...]:
    folded = [word.lower() for word in words] if language in FOLDED else words
    return tuple(dict.fromkeys(word.encode() for word in folded))


def _patterns(rule: dict[str, Any]) -> list[str]:
    """The patterns that all have to match the very node: those outside of `any`, `not` and relations."""
    found = [rule["pattern"]] if isinstance(rule.get("pattern"), str) else []
    for inner in rule.get("all", ()):
        found += _patterns(inner)
    return found


def _fixed_words(pattern: str) -> list[str]:
    """Identifiers that are no metavariables; those in strings and numbers are left out."""
    plain = re.sub(r"\$+[A-Z_][A-Z0-9_]*|\$\$\$", " ", pattern)
    plain = re.sub(r"\"[^\"]*\"|'[^']*'|`[^`]*`", " ", plain)
    return _WORD.findall(plain)
