"""Code of any language as tokens, and tokens as shapes: good enough to compare a few lines, no parser.

A fragment of a diff may begin inside of a string or a comment; it is then read as code, and compared all
the same.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from typing import NamedTuple

WORD, KEYWORD, TEXT, NUMBER, SIGN = "word", "keyword", "text", "number", "sign"
# Data and markup have no mistakes that come back in a shape of code.
_NO_CODE = frozenset(("css", "html", "json", "toml", "yaml"))
_HASHES = frozenset(("bash", "php", "python", "ruby"))
_DASHES = frozenset(("lua", "sql"))
_TOKEN = re.compile(
    r"""
    (?P<remark>/\*(?s:.*?)\*/|\#.*|//.*|--.*)
    |(?P<text>[A-Za-z]{0,2}(?:\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'
        |`[^`\n]*`))
    |(?P<number>\d[\w.]*)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>===|!==|\.\.\.|\*\*|//|>>|<<|->|=>|::|:=|[=!<>+*/%&|^-]=|<>|&&|\|\||\+\+|--|\?\?|\?\.|\S)
    """,
    re.VERBOSE,
)
_BRIEF = {"#": 1, "//": 2, "--": 2}
KEYWORDS = frozenset(
    "abstract and as assert async await break case catch class const continue def default defer del delete"  # noqa: SIM905
    " do elif else ensure enum except extends final finally fn for foreach from func function global goto if"
    " implements import in instanceof interface is lambda let new nonlocal not or override pass"
    " private protected public raise rescue return sizeof static struct switch throw throws try typeof"
    " unless unsafe until var virtual void volatile while with yield".split()
)
_PYTHON = frozenset(keyword.kwlist)  # elsewhere such words are names: `struct`, `default`, `var`
# Of the keywords those that a mistake hangs on: a corrected condition or loop is a correction, no lesson.
TELLING = frozenset(
    "assert async await catch defer del delete ensure except finally final global goto instanceof nonlocal"  # noqa: SIM905
    " raise rescue sizeof static throw throws try typeof unsafe var volatile with".split()
)
COMPARISONS = frozenset(("==", "!=", "===", "!==", "<>"))
_DEFINES = frozenset(("class", "def", "enum", "fn", "func", "function", "interface", "struct"))
_CONSTANTS = dict.fromkeys(("None", "null", "nil", "undefined", "NULL", "nullptr"), "NULL")
_CONSTANTS |= dict.fromkeys(("True", "False", "true", "false", "TRUE", "FALSE"), "BOOL")
_KINDS = {TEXT: "TEXT", NUMBER: "NUMBER"}
_IMPORT = re.compile(
    r"\s*(?:import\b|from\s+\S+\s+import\b|#\s*include\b|using\b|use\s|package\s|require\b|require_once\b)"
)


class Token(NamedTuple):
    """A piece of code and the number (from 0) of the line it begins on."""

    kind: str
    text: str
    line: int


def is_code(language: str | None) -> bool:
    """Whether shapes are looked for in it."""
    return language is not None and language not in _NO_CODE


def tokenize(lines: Sequence[str], language: str) -> list[Token]:
    """The tokens of the lines; comments, and lines that only import names, have none."""
    text = "\n".join("" if _IMPORT.match(line) else line for line in lines)
    keywords = _PYTHON if language == "python" else KEYWORDS
    found = []
    at = line = counted = 0
    while match := _TOKEN.search(text, at):
        kind, at = str(match.lastgroup), match.end()
        line += text.count("\n", counted, match.start())
        counted = match.start()
        if kind == "remark":
            short = next((sign for sign in _BRIEF if match[0].startswith(sign)), "")
            if not short or _opens_remark(short, language):
                continue
            kind, at = SIGN, match.start() + _BRIEF[short]
        elif kind == WORD and match[0] in keywords:
            kind = KEYWORD
        found.append(Token(kind, text[match.start() : at], line))
    return found


def _opens_remark(sign: str, language: str) -> bool:
    if sign == "#":
        return language in _HASHES
    if sign == "--":
        return language in _DASHES
    return language not in _HASHES - {"php"} and language not in _DASHES


def shape_of(tokens: Sequence[Token], numbers: dict[str, int]) -> list[str]:
    """The tokens with identifiers numbered by first use, literals by type; the rest as it is.

    Keywords, operators and called names (`@open`) stay. `numbers` goes on from one side to the other.
    """
    found = []
    for at, token in enumerate(tokens):
        if token.text in _CONSTANTS:
            found.append(_CONSTANTS[token.text])
        elif token.kind != WORD:
            found.append(_KINDS.get(token.kind, token.text))
        elif _is_called(tokens, at):
            found.append("@" + token.text)
        else:
            found.append(f"${numbers.setdefault(token.text, len(numbers))}")
    return found


def _is_called(tokens: Sequence[Token], at: int) -> bool:
    following = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return following == "(" and (at == 0 or tokens[at - 1].text not in _DEFINES)


def blurred(shape: Sequence[str]) -> list[str]:
    """The shape with all identifiers alike: how near-duplicates are compared."""
    return ["$" if one.startswith("$") and len(one) > 1 else one for one in shape]
