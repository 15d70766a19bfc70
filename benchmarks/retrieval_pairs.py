"""Labelled pairs for `retrieval.py`: what people wrote about a thing, and the thing itself as a pattern.

Every set is made by one rule from the documentation of an installed package, without choice by hand. The
query never stands in its document. Queries with fewer than three words to look for, or that two things
share, are left out, and so are things without a document. CPython's library is not among the sets: the
background of search was counted there.
"""

from __future__ import annotations

import ast
import inspect
import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from feedback_loop.domain.pattern import Example, Pattern
from feedback_loop.domain.words import tokens

FEWEST_WORDS = 3
CODE_PAIRS = 1000
SEED = 7
CODE_PACKAGES = (
    "hypothesis",
    "pydantic",
    "fastapi",
    "starlette",
    "rich",
    "_pytest",
    "httpx",
    "click",
    "attr",
)
NUMPY = (
    *("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "numpy.ma", "numpy.strings", "numpy.testing"),
    *("numpy.polynomial.polynomial", "numpy.polynomial.chebyshev", "numpy.lib.recfunctions"),
)
_BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r".*?[.!?](?=\s|\Z)", re.DOTALL)
_SIGNATURE = re.compile(r"\A\w[\w.]*\(.*\)(?: -> .*)?\Z", re.DOTALL)


@dataclass(frozen=True)
class Pair:
    """A query and the one document that answers it."""

    query: str
    pattern: Pattern


def text_of(pattern: Pattern) -> str:
    """Everything that search reads of the pattern, once: what an index without fields gets."""
    examples = (example.code for example in (*pattern.bad, *pattern.good))
    parts = (pattern.name, *pattern.tags, pattern.title, pattern.description, pattern.guidance)
    return "\n".join((*parts, *pattern.problems, *examples))


def sound(pairs: Iterable[Pair]) -> list[Pair]:
    """Those whose query is long enough, unlike all others and not in the document; names made unique."""
    found = list(pairs)
    times = Counter(_flat(pair.query) for pair in found)
    used: Counter[str] = Counter()
    kept = []
    for pair in found:
        flat = _flat(pair.query)
        if times[flat] > 1 or flat in _flat(text_of(pair.pattern)) or len(tokens(pair.query)) < FEWEST_WORDS:
            continue
        name = pair.pattern.name
        used[name] += 1
        unique = name if used[name] == 1 else f"{name}_{used[name]}"
        kept.append(Pair(pair.query, _renamed(pair.pattern, unique)))
    return kept


def _renamed(pattern: Pattern, name: str) -> Pattern:
    return Pattern(**{**pattern.__dict__, "name": name})


def _flat(text: str) -> str:
    return " ".join(text.lower().split())


def _pattern(name: str, title: str = "", **fields: object) -> Pattern:
    return Pattern(name=name, title=title, pattern_id="", **fields)  # type: ignore[arg-type]


def ruff() -> list[Pair]:
    """The first paragraph of "What it does" -> the rule's name, message, reasons and examples."""
    command = [str(Path(sys.executable).parent / "ruff"), "rule", "--all", "--output-format", "json"]
    rules = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return sound(_ruff(rule) for rule in rules if "## Remov" not in rule["explanation"])


def _ruff(rule: dict[str, str]) -> Pair:
    sections = re.split(r"^## ([^\n]*)\n", rule["explanation"], flags=re.MULTILINE)
    by_title = {title.lower(): text for title, text in zip(sections[1::2], sections[2::2], strict=True)}
    query, _, rest = by_title.get("what it does", "").strip().partition("\n\n")
    bad, *good = [Example(code) for code in _BLOCK.findall(by_title.get("example", ""))] or [Example("")]
    pattern = _pattern(
        rule["name"].replace("-", "_"),
        rule["message_formats"][0] if rule["message_formats"] else rule["summary"],
        description=f"{rest}\n{by_title.get('why is this bad?', '')}",
        bad=(bad,),
        good=tuple(good),
        tags=(rule["linter"],) if rule["linter"] else (),
    )
    return Pair(query, pattern)


def pylint() -> list[Pair]:
    """A message's description -> its symbol and its text."""
    linter = import_module("pylint.lint").PyLinter()
    linter.load_default_plugins()
    messages = sorted(linter.msgs_store.messages, key=lambda message: str(message.symbol))
    return sound(Pair(one.description, _pattern(one.symbol.replace("-", "_"), one.msg)) for one in messages)


def numpy() -> list[Pair]:
    """A public object's summary -> its name, signature and the rest of its docstring but "See Also".

    That section copies the summaries of other objects.
    """
    owners = [import_module(name) for name in NUMPY]
    owners += [getattr(owners[0], name) for name in ("ndarray", "dtype", "matrix", "recarray", "nditer")]
    found: dict[str, Pair] = {}
    for owner in owners:
        for name, value in sorted(vars(owner).items()):
            pair = _numpy(name, value)
            if pair and not name.startswith("_"):
                found.setdefault(text_of(pair.pattern), pair)
    return sound(found.values())


def _numpy(name: str, value: object) -> Pair | None:
    if inspect.ismodule(value) or not isinstance(value.__doc__, str):
        return None
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", inspect.cleandoc(value.__doc__))]
    signature = paragraphs.pop(0) if _SIGNATURE.match(paragraphs[0]) else ""
    if len(paragraphs) < 2:
        return None
    query, rest = paragraphs[0], "\n\n".join(paragraphs[1:])
    rest = re.sub(r"^See Also\n-+\n.*?(?=^[A-Z][\w ]*\n-{3}|\Z)", "", rest, flags=re.MULTILINE | re.DOTALL)
    prose, _, examples = rest.partition("Examples\n--------\n")
    return Pair(query, _pattern(name, signature, description=prose, good=(Example(examples),)))


def code() -> list[Pair]:
    """The first sentence of a public function's docstring -> its name and its source without docstring."""
    found = sound(pair for package in CODE_PACKAGES for pair in _package(package))
    return random.Random(SEED).sample(found, min(CODE_PAIRS, len(found)))


def _package(package: str) -> Iterator[Pair]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed")
    for path in sorted(Path(spec.origin).parent.rglob("*.py")):
        source = path.read_text("utf-8")
        for node in _functions(ast.parse(source)):
            summary = _SENTENCE.match(ast.get_docstring(node) or "")
            if summary and len(node.body) > 1:
                example = Example(_without_docstring(source, node))
                yield Pair(summary.group(), _pattern(node.name.lower(), good=(example,)))


def _functions(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _functions(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


def _without_docstring(source: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    lines = source.splitlines()
    doc = node.body[0]
    return "\n".join(lines[node.lineno - 1 : doc.lineno - 1] + lines[doc.end_lineno or 0 : node.end_lineno])


SETS = {"ruff rules": ruff, "pylint messages": pylint, "numpy": numpy, "code of nine packages": code}
