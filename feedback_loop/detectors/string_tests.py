"""Tests of a text for a literal word: `"x" in text`, `text == "x"`, `text.startswith("x")`."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.syntax import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

_AFFIXES = ("startswith", "endswith")
# What a line with such a test nearly always holds: a literal beside its operator, or the method's name.
TYPED = (
    *(
        operator + blank + quote
        for operator in (b"==", b"!=")
        for blank in (b" ", b"")
        for quote in (b'"', b"'")
    ),
    *(quote + operator for quote in (b'"', b"'") for operator in (b" in ", b" not in ", b" ==", b" !=")),
    b"swith(",
)
_SAME_TEXT = frozenset(("lower", "upper", "casefold", "strip"))


class StringTest:
    """One test: the comparison or call, the expression tested (case folding taken off), the words."""

    __slots__ = ("node", "subject", "words")

    def __init__(self, node: _ast.expr, subject: _ast.expr, words: list[str]) -> None:
        self.node = node
        self.subject = unfolded(subject)
        self.words = words


def string_tests(module: Module) -> Iterator[StringTest]:
    """All tests of the module for a literal of two or more characters."""
    for comparison in module.nodes(_ast.Compare):
        yield from _compared(comparison)
    for call in module.nodes(_ast.Call):
        if isinstance(call.func, _ast.Attribute) and call.func.attr in _AFFIXES and call.args:
            affix = call.args[0]
            words = _words(affix.elts if isinstance(affix, _ast.Tuple) else [affix])
            if words:
                yield StringTest(call, call.func.value, words)


def _compared(comparison: _ast.Compare) -> Iterator[StringTest]:
    left = comparison.left
    for operator, right in zip(comparison.ops, comparison.comparators, strict=True):
        if isinstance(operator, (_ast.In, _ast.NotIn)):
            pairs = [(left, right)]
        elif isinstance(operator, (_ast.Eq, _ast.NotEq)):
            pairs = [(left, right), (right, left)]
        else:
            pairs = []
        for literal, subject in pairs:
            words = _words([literal])
            if words:
                yield StringTest(comparison, subject, words)
        left = right


def _words(literals: list[_ast.expr]) -> list[str]:
    values = map(constant, literals)
    return [value for value in values if isinstance(value, str) and len(value) >= 2]


def unfolded(text: _ast.expr) -> _ast.expr:
    """`name` of `name.strip().lower()`."""
    while isinstance(text, _ast.Call) and isinstance(text.func, _ast.Attribute):
        if text.func.attr not in _SAME_TEXT:
            break
        text = text.func.value
    return text


def in_condition(module: Module, node: _ast.AST) -> bool:
    """Whether the node is part of what an `if`, `elif`, `while` or conditional expression asks."""
    inner = node
    for outer in module.ancestors(node):
        if isinstance(outer, (_ast.If, _ast.While, _ast.IfExp)) and outer.test is inner:
            return True
        if isinstance(outer, (_ast.stmt, _ast.Lambda)):
            break
        inner = outer
    return False
