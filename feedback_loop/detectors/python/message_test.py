"""`python.message_test`: behaviour that hangs on the wording of an exception (CORE-5)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.string_tests import TYPED, in_condition, string_tests, unfolded
from feedback_loop.detectors.syntax import constant, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module


def decisions(module: Module) -> Iterator[_ast.expr]:
    """Sites: string tests in conditions, and those of an exception's message anywhere."""
    for test in string_tests(module):
        if in_condition(module, test.node) or is_exception_text(module, test.subject):
            yield test.node


@check(
    "python.message_test",
    sites=decisions,
    file_all=(b"except",),
    exempt=("tests",),
    typed=TYPED,
)
def message_test(module: Module) -> Iterator[Match]:
    """Tests for a word in `str(e)`, `e.args[0]` or `e.message` of a caught exception."""
    for test in string_tests(module):
        if is_exception_text(module, test.subject):
            yield Match(span(test.node), span(test.node))


def is_exception_text(module: Module, subject: _ast.expr) -> bool:
    """Whether the expression, or what the name stands for, is the message of a caught exception."""
    subject = unfolded(module.value_of(subject) or subject)
    if isinstance(subject, _ast.Call):
        if len(subject.args) == 1 and module.resolve(subject.func) == "builtins.str":
            return _is_caught(module, subject.args[0])
        return False
    if isinstance(subject, _ast.Subscript) and constant(subject.slice) == 0:
        return _is_attribute_of_caught(module, subject.value, "args")
    return _is_attribute_of_caught(module, subject, "message")


def _is_attribute_of_caught(module: Module, node: _ast.expr, attribute: str) -> bool:
    return isinstance(node, _ast.Attribute) and node.attr == attribute and _is_caught(module, node.value)


def _is_caught(module: Module, node: _ast.expr) -> bool:
    """Whether the node is the name `e` inside of its `except … as e`."""
    if not isinstance(node, _ast.Name):
        return False
    bound = [binding.node for binding in module.lookup(node)[1]]
    return any(isinstance(outer, _ast.ExceptHandler) and outer in bound for outer in module.ancestors(node))
