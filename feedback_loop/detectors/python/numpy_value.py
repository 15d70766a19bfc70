"""`python.numpy_value`: `json.dump(s)` gets a numpy result that it never takes (CORE-1)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.numpy_calls import (
    ARRAYS,
    INDEXES_AND_TESTS,
    INPUT_TYPED,
    TYPES,
    leaves,
    numpy_function,
)
from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.syntax import keyword_of, name_span, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feedback_loop.detectors.numpy_calls import Leaf
    from feedback_loop.detectors.syntax import Module, RawSpan

_BOOLEAN_OPERATORS = (_ast.Eq, _ast.NotEq, _ast.Lt, _ast.LtE, _ast.Gt, _ast.GtE)
# numpy scalars or arrays throughout, so that comparing one gives `numpy.bool_` or an array of it.
_COMPARED = TYPES | INDEXES_AND_TESTS | ARRAYS | INPUT_TYPED | {"float64", "double", "log", "sqrt", "exp"}


def json_calls(module: Module) -> list[_ast.Call]:
    """Sites: calls of `json.dump` and `json.dumps` in a module that imports numpy."""
    if not module.imports("numpy"):
        return []
    targets = ("json.dump", "json.dumps")
    return [call for call in module.nodes(_ast.Call) if module.resolve(call.func) in targets]


@check("python.numpy_value", sites=json_calls, file_all=(b"numpy", b"json"))
def numpy_value(module: Module) -> Iterator[Match]:
    """json calls without `default=` or `cls=` that write a numpy result of a type json rejects."""
    return unconverted(module, is_rejected)


def unconverted(module: Module, culprit: Callable[[Module, Leaf], bool]) -> Iterator[Match]:
    """One match per json call without a conversion of its own that writes something `culprit` names."""
    for call in json_calls(module):
        written = payload(call)
        if written is None or any(keyword.arg in (None, "default", "cls") for keyword in call.keywords):
            continue
        keys_count = keyword_of(call, "skipkeys") is None
        anchors: list[RawSpan] = []
        for leaf in leaves(module, written):
            if (keys_count or leaf.role != "key") and culprit(module, leaf):
                anchors += [span(name) for name in leaf.via]
                anchors.append(_value_span(leaf.node))
        if anchors:
            yield Match(span(call), name_span(call.func), *dict.fromkeys(anchors))


def payload(call: _ast.Call) -> _ast.expr | None:
    """What a `json.dump(s)` call writes."""
    if call.args:
        return None if isinstance(call.args[0], _ast.Starred) else call.args[0]
    keyword = keyword_of(call, "obj")
    return keyword.value if keyword else None


def _value_span(node: _ast.expr) -> RawSpan:
    """Of a call its callee: an edit inside a long old array is not a new mistake."""
    return span(node.func if isinstance(node, _ast.Call) else node)


def is_rejected(module: Module, leaf: Leaf) -> bool:
    """Whether json rejects the result whatever it was computed from; float64 it takes."""
    if isinstance(leaf.node, _ast.Compare):
        return _is_numpy_comparison(module, leaf.node)
    name = numpy_function(module, leaf.node)
    if name in ARRAYS:
        return leaf.role != "items" and not _is_lone_corrcoef(name, leaf.node)
    return name in TYPES or name in INDEXES_AND_TESTS


def _is_lone_corrcoef(name: str | None, node: _ast.expr) -> bool:
    """`corrcoef(x)` of one series is a float64; with a second series it is a matrix."""
    if name != "corrcoef" or not isinstance(node, _ast.Call):
        return False
    return len(node.args) < 2 and keyword_of(node, "y") is None


def _is_numpy_comparison(module: Module, node: _ast.Compare) -> bool:
    """Whether every step of `a < b < c` has a numpy call on one side: one without may answer False."""
    operands = [node.left, *node.comparators]
    return all(
        isinstance(operator, _BOOLEAN_OPERATORS) and _is_numpy_step(module, operands[place : place + 2])
        for place, operator in enumerate(node.ops)
    )


def _is_numpy_step(module: Module, operands: list[_ast.expr]) -> bool:
    # Against None, and in older numpy against a string, the answer is a plain False.
    for operand in operands:
        if isinstance(operand, _ast.Constant) and (operand.value is None or isinstance(operand.value, str)):
            return False
    return any(
        numpy_function(module, module.value_of(operand) or operand) in _COMPARED for operand in operands
    )
