"""A detector's expression -> what `kinds.find` runs, or the reason why it can never run. Cold."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any

from feedback_loop.detectors import registry
from feedback_loop.detectors.lines import compiled, engine, size_in_set
from feedback_loop.detectors.literals import FOLDED, folds_case, regex_literals, rule_literals
from feedback_loop.detectors.outcomes import NotRunError, Prepared, UnfitError
from feedback_loop.detectors.rule_limits import COUNT_CAP, REGEX_CAP, check_rule
from feedback_loop.detectors.structural import GRAMMARS, try_rule
from feedback_loop.domain.pattern import AstGrep, Builtin, Expression, Literal, Regex

PROGRAM_CAP = 500
_LANGUAGES = sorted(set(GRAMMARS) - {"tsx"})  # a grammar, and no language of files

# One construct of an expression, as far as telling them apart needs it; all else is one character each.
_TOKEN = re.compile(
    r"""\\Q.*?(?:\\E|\Z)                              # literal text
    | \\(?:x\{[0-9A-Fa-f]*\} | .)                    # an escape
    | \[\^?+\]?+(?:\[:\^?\w+:\] | \\. | [^\]\\])*\]  # a set; a bracket that stands first is one of it
    | \(\?(?:P?<?[=!] | [>(\#] | P?<\w+> | \w*-?\w*)  # the beginning of a special group
    | \{\d+(?:,\d*)?\}                               # a count
    | .""",
    re.DOTALL | re.VERBOSE,
)
# What RE2 has no means for, or what makes no sense on one line.
_REFUSED = {f"\\{digit}": "a back-reference" for digit in range(1, 10)} | {
    "\\k": "a back-reference",
    "(?P=": "a back-reference",
    "(?<=": "look-behind",
    "(?<!": "look-behind",
    "(?=": "look-ahead",
    "(?!": "look-ahead",
    "(?>": "an atomic group",
    "(?(": "a conditional group",
    "(?#": "a comment",
    "\\A": "\\A",
    "\\z": "\\z",
    "\\Z": "\\Z",
    "\\C": "\\C",
}
_AROUND = "; `unless` can exclude lines, and an ast-grep rule can look around"
_INSTEAD = dict.fromkeys(("(?<=", "(?<!", "(?=", "(?!"), _AROUND) | {
    "\\A": "; use ^ for the beginning of the line",
    "\\z": "; use $ for the end of the line",
    "\\Z": "; use $ for the end of the line",
}
# Where nothing else is, an expression can only match the empty text: all the neighbours there are.
_NOTHING = (b"", b"a", b" ", b"aa", b"a ", b" a", b"  ")


def prepare(expression: Expression) -> Prepared:
    """Raises UnfitError with the place within the detector."""
    if isinstance(expression, Builtin):
        return _builtin(expression)
    if isinstance(expression, Literal):
        return _literal(expression)
    if isinstance(expression, Regex):
        return _regex(expression)
    return _rule(expression)


# -- builtin ---------------------------------------------------------------------------------------


def _builtin(expression: Builtin) -> Prepared:
    check = registry.load(expression.name)
    if check is None:
        close = difflib.get_close_matches(expression.name, registry.names(), n=1, cutoff=0.5)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise UnfitError("/builtin", f"no built-in check {expression.name!r}{hint}")
    params = json.loads(expression.params)
    added_any = check.added_any
    if check.takes is not None:
        taken = check.takes(params)
        for pointer, reason in taken.problems:
            raise UnfitError("/params" + pointer, reason)
        added_any = taken.added_any
    elif params:
        raise UnfitError("/params", f"{check.name} takes no parameters")
    return Prepared(
        (check.name, params),
        languages=(check.name.partition(".")[0],),
        added_any=added_any,
        follow=check.follow,
        file_all=check.file_all,
        exempt=check.exempt,
    )


# -- literal ---------------------------------------------------------------------------------------


def _literal(expression: Literal) -> Prepared:
    texts = []
    for index, text in enumerate(expression.texts):
        data = text.encode()
        if "\n" in text or "\r" in text:
            raise UnfitError(f"/texts/{index}", "a line break in it: detectors read one line at a time")
        if not 3 <= len(data) <= 200:
            raise UnfitError(f"/texts/{index}", f"3 to 200 bytes are allowed, this has {len(data)}")
        if not text.strip():
            raise UnfitError(f"/texts/{index}", "nothing but white space")
        texts.append(data.lower() if expression.ignore_case else data)
    found = tuple(texts)
    return Prepared((found, expression.word), added_any=found, fold=expression.ignore_case)


# -- regex -----------------------------------------------------------------------------------------


def _regex(expression: Regex) -> Prepared:
    _check_regex("/regex", expression.regex, expression.ignore_case)
    if expression.unless is not None:
        _check_regex("/unless", expression.unless, expression.ignore_case)
    literals = regex_literals(expression.regex, expression.ignore_case)
    return Prepared(
        (
            expression.regex,
            expression.ignore_case,
            expression.unless,
            size_in_set(expression.regex, expression.ignore_case),
        ),
        added_any=literals,
        fold=folds_case(expression.regex, expression.ignore_case),
    )


def _check_regex(pointer: str, regex: str, ignore_case: bool) -> None:
    if len(regex.encode()) > REGEX_CAP:
        raise UnfitError(pointer, f"longer than {REGEX_CAP} bytes")
    for at, words, instead in _complaints(regex):
        raise UnfitError(pointer, f"{words} (offset {at}){instead}")
    try:
        re2 = engine()
        re2.compile(regex.encode(), _quiet(re2))  # by itself: in our group it may mean something else
        expression = compiled(regex, ignore_case)
    except NotRunError as error:
        raise UnfitError(pointer, error.reason) from error
    except re2.error as error:
        raise UnfitError(pointer, _words_of(error, regex)) from error
    size = expression.programsize
    if size > PROGRAM_CAP:
        raise UnfitError(pointer, f"too large: its program has {size} steps of at most {PROGRAM_CAP}")
    if any(expression.fullmatch(text, at, at) for text in _NOTHING for at in range(len(text) + 1)):
        raise UnfitError(pointer, "it matches the empty text, so it would be found everywhere or nowhere")


def _complaints(regex: str) -> Iterator[tuple[int, str, str]]:
    """(offset, what is wrong there, what to do instead): before RE2 says something shorter."""
    opened: list[int] = []
    for found in _TOKEN.finditer(regex):
        at, token = found.start(), found[0]
        words = _complaint(token)
        if words:
            yield at, words, _INSTEAD.get(token, "")
        elif token[0] == "(":
            opened.append(at)
        elif token == ")":
            if not opened:
                yield at, "no group is open here", ""
                return
            opened.pop()
    if opened:
        yield opened[-1], "the group is not closed", ""
    for found in list(re.finditer(r"\(\?P?<anchor>", regex))[1:]:
        yield found.start(), "a second group of the name anchor", ""


def _complaint(token: str) -> str:
    if token in _REFUSED:
        return _REFUSED[token] + " is not supported"
    if token[0] == "(" and "m" in token and "<" not in token:
        return "the flag m is not needed: one line is the unit"
    if token[0] == "{" and max(map(int, re.findall(r"\d+", token)), default=0) > COUNT_CAP:
        return f"a count above {COUNT_CAP}"
    if token.startswith("\\Q") and not token.endswith("\\E"):
        return "\\Q is not ended by \\E"
    plain = {"[": "the set is not closed", "\\": "nothing follows the backslash"}
    return plain.get(token, "")


def _quiet(re2: Any) -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


def _words_of(error: Exception, regex: str) -> str:
    """What RE2 says: the complaint, and the part of the expression it is about."""
    words = error.args[0] if error.args else str(error)
    told = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    part = told.partition(": ")[2]
    return f"RE2: {told}" + (f" (offset {regex.find(part)})" if part and regex.count(part) == 1 else "")


# -- ast-grep --------------------------------------------------------------------------------------


def _rule(expression: AstGrep) -> Prepared:
    language = expression.language
    if language not in _LANGUAGES:
        raise UnfitError("/language", f"ast-grep does not read {language!r}{_instead_of(language)}")
    rule = json.loads(expression.rule)
    if not rule:
        raise UnfitError("/rule", "an empty rule says nothing")
    parts = (rule, json.loads(expression.constraints), json.loads(expression.utils), expression.anchor)
    spec = (*parts, check_rule(language, *parts))
    try:
        problem = try_rule(language, spec)
    except NotRunError as error:
        raise UnfitError("/rule", error.reason) from error
    if problem:
        raise UnfitError("/rule", problem)
    added_any, file_all = rule_literals(language, rule, bool(expression.anchor))
    fold = language in FOLDED
    return Prepared(spec, languages=(language,), added_any=added_any, file_all=file_all, fold=fold)


def _instead_of(language: str) -> str:
    if language == "tsx":
        return ": `typescript` means .tsx files too"
    close = difflib.get_close_matches(language, _LANGUAGES, n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else f" (known: {', '.join(_LANGUAGES)})"
