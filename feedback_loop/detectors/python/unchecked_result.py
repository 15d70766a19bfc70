"""`python.unchecked_result`: what may be nan or infinite is returned or written unchecked (CORE-9)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.numpy_calls import is_changed, leaves, numpy_function
from feedback_loop.detectors.python.nan_compare import numeric_sites
from feedback_loop.detectors.python.numpy_value import json_calls, payload
from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.syntax import FUNCTIONS, constant, keyword_of, span, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module, RawSpan

_OPERATIONS = ("log", "log2", "log10", "sqrt", "std", "corrcoef")
_CHECKS = ("isnan", "isfinite", "nan_to_num", "errstate")
_IDENTITY = (_ast.Is, _ast.IsNot)
_ARITHMETIC = (_ast.Add, _ast.Sub, _ast.Mult, _ast.Div)
# What hands nan and infinity on.
_CONVERTERS = ("builtins.float", "builtins.round", "builtins.abs", "numpy.abs", "numpy.round")
_CONVERTING_METHODS = ("tolist", "item", "astype", "copy")
# What keeps a value off zero: `max(peak, 1e-9)`.
_POSITIVE = ("builtins.max", "numpy.maximum", "numpy.clip", "numpy.where", "numpy.exp")
_NOT_NEGATIVE = ("builtins.abs", "builtins.len", "numpy.abs", "numpy.absolute", "numpy.square")
_SUMS = ("builtins.sum", "numpy.sum", "builtins.float", "builtins.int")
_PATH_NAMES = ("dir", "path", "root", "folder", "parent", "name", "file")
_PATH_TYPES = ("Path", "PurePath", "PathLike", "str")
_FLOORS = ("eps", "epsilon", "tiny")


@check(
    "python.unchecked_result",
    sites=numeric_sites,
    file_all=(b"numpy",),
    exempt=("tests",),
)
def unchecked_result(module: Module) -> Iterator[Match]:
    """Divisions by a local name, and `log sqrt std corrcoef`, that leave their function unchecked."""
    if not module.imports("numpy"):
        return
    found: dict[_ast.expr, tuple[_ast.Name, ...]] = {}
    for expression in _results(module):
        for leaf in leaves(module, expression, _carried):
            if leaf.node not in found and _may_fail(module, leaf.node):
                found[leaf.node] = leaf.via
    checks = _Checks(module) if found else None
    for node, via in found.items():
        if checks and not checks.cover(node, via) and not any(is_changed(module, name, None) for name in via):
            yield Match(span(node), _operation_span(node))


def _results(module: Module) -> Iterator[_ast.expr]:
    """What functions return, and what json calls write."""
    for statement in module.nodes(_ast.Return):
        if statement.value is not None:
            yield statement.value
    for call in json_calls(module):
        written = payload(call)
        if written is not None:
            yield written


def _carried(module: Module, node: _ast.expr) -> list[_ast.expr]:
    """The parts whose nan or infinity the result takes on."""
    if isinstance(node, _ast.BinOp) and isinstance(node.op, _ARITHMETIC):
        return [node.left, node.right]
    if isinstance(node, _ast.UnaryOp) and isinstance(node.op, _ast.USub):
        return [node.operand]
    if isinstance(node, _ast.Subscript):
        return [node.value]
    if not isinstance(node, _ast.Call):
        return []
    if isinstance(node.func, _ast.Attribute) and node.func.attr in _CONVERTING_METHODS:
        return [node.func.value]
    return node.args[:1] if module.resolve(node.func) in _CONVERTERS else []


def _operation_span(node: _ast.expr) -> RawSpan:
    """Of a call its callee; of a division over several lines only what follows the dividend."""
    if isinstance(node, _ast.Call):
        return span(node.func)
    start, column, end, end_column = span(node)
    if isinstance(node, _ast.BinOp) and start != end:
        return (node.left.end_lineno or start, node.left.end_col_offset or column, end, end_column)
    return (start, column, end, end_column)


# -- operations ------------------------------------------------------------------------------


def _may_fail(module: Module, node: _ast.expr) -> bool:
    """Whether the node is an operation that some input turns into nan or infinity."""
    if isinstance(node, _ast.BinOp):
        divides = isinstance(node.op, _ast.Div) and _is_local(module, node.right)
        return divides and not _joins_path(module, node) and not _is_positive(module, node.right)
    name = numpy_function(module, node)
    if name not in _OPERATIONS or not isinstance(node, _ast.Call) or not node.args:
        return False
    # An alias (`from numpy import log as ln`) is a known miss, PRE-3: `added_any` would not see it.
    if keyword_of(node, "where") is not None or name not in _last_name(node.func):
        return False
    if name == "sqrt":
        return not _is_positive(module, node.args[0], or_zero=True)
    return not (name.startswith("log") and _is_positive(module, node.args[0]))


def _is_local(module: Module, node: _ast.expr) -> bool:
    """A name that the function (or, outside of any, the module) computes: no constant, no import."""
    if not isinstance(node, _ast.Name):
        return False
    scope, found = module.lookup(node)
    imported = any(binding.target for binding in found)
    return scope is not None and not imported and (scope is not module.tree or module.function(node) is scope)


def _joins_path(module: Module, node: _ast.BinOp) -> bool:
    """`folder / name` of pathlib."""
    left: _ast.expr = node
    while isinstance(left, _ast.BinOp):
        for side in (left.left, left.right):
            value = module.value_of(side) or side
            text = isinstance(value, _ast.JoinedStr) or isinstance(constant(value), str)
            if text or (module.resolve(getattr(value, "func", None)) or "").startswith("pathlib."):
                return True
            if _last_name(side).lower().endswith(_PATH_NAMES) or _annotation(module, side) in _PATH_TYPES:
                return True
        left = left.left
    return False


def _annotation(module: Module, node: _ast.expr) -> str:
    """The name of the type that a parameter is annotated with."""
    if not isinstance(node, _ast.Name):
        return ""
    notes = [getattr(binding.node, "annotation", None) for binding in module.lookup(node)[1]]
    return _last_name(notes[0]) if notes else ""


def _last_name(node: _ast.AST | None) -> str:
    if isinstance(node, _ast.Attribute):
        return node.attr
    return node.id if isinstance(node, _ast.Name) else ""


def _is_positive(module: Module, expression: _ast.expr, or_zero: bool = False) -> bool:
    """Whether the expression is above zero by construction (or, with `or_zero`, not below)."""
    pending, seen = [expression], {expression}
    while pending:
        node = pending.pop()
        for part in _parts(module, node, or_zero):
            if part is None:
                return False
            if part not in seen:
                seen.add(part)
                pending.append(part)
    return True


def _parts(module: Module, node: _ast.expr, or_zero: bool) -> list[_ast.expr | None]:
    """What must be positive for the node to be so; none if it is, None among them if that is unknown."""
    called = module.resolve(node.func) if isinstance(node, _ast.Call) else None
    if _is_floor(node) or called in _POSITIVE or isinstance(node, (_ast.BoolOp, _ast.IfExp)):
        return []
    if isinstance(node, _ast.Name):
        return [module.value_of(node)]
    if isinstance(node, _ast.BinOp):
        return _operands(node, or_zero)
    if isinstance(node, _ast.Call):
        if or_zero and called in _NOT_NEGATIVE:
            return []
        return [node.args[0]] if called in _SUMS and node.args else [None]
    return [] if module.resolve(node) else [None]


def _operands(node: _ast.BinOp, or_zero: bool) -> list[_ast.expr | None]:
    if isinstance(node.op, _ast.Add) and (_is_floor(node.left) or _is_floor(node.right)):
        return []
    if or_zero and isinstance(node.op, _ast.Pow) and constant(node.right) in (2, 4):
        return []
    if isinstance(node.op, (_ast.Add, _ast.Mult, _ast.Div, _ast.Pow)):
        return [node.left, node.right]
    return [None]


def _is_floor(node: _ast.expr) -> bool:
    """A positive number, or a name such as `eps` for one."""
    value = constant(node)
    if isinstance(value, (int, float)):
        return value > 0
    return _last_name(node).lower().rpartition("_")[2] in _FLOORS


# -- checks of the result or the input -------------------------------------------------------


class _Checks:
    """Which functions ask for nan, and which names each function tests."""

    def __init__(self, module: Module) -> None:
        self._module = module
        asking = [node for node in module.nodes(_ast.Attribute) if node.attr in _CHECKS]
        named = [node for node in module.nodes(_ast.Name) if node.id in _CHECKS]
        self._asking = {function for node in (*asking, *named) for function in self._around(node)}
        self._tested = {(module.function(test), key) for test in _tests(module) for key in _keys(test)}

    def cover(self, operation: _ast.expr, via: tuple[_ast.Name, ...]) -> bool:
        """Whether a function around asks for nan, or tests the result or what is divided by or passed."""
        functions = self._around(operation)
        if any(function in self._asking for function in functions):
            return True
        inputs = [operation.right] if isinstance(operation, _ast.BinOp) else getattr(operation, "args", [])
        keys = {key for node in (*inputs, *via) for key in _keys(node)}
        return any((function, key) in self._tested for function in functions for key in keys)

    def _around(self, node: _ast.AST) -> list[_ast.AST]:
        functions: list[_ast.AST] = [
            above for above in self._module.ancestors(node) if isinstance(above, FUNCTIONS)
        ]
        return functions or [self._module.tree]


def _tests(module: Module) -> Iterator[_ast.expr]:
    for node in module.nodes(_ast.If, _ast.While, _ast.IfExp, _ast.Assert):
        yield node.test  # type: ignore[attr-defined]
    for loop in module.nodes(_ast.comprehension):
        yield from loop.ifs
    yield from module.nodes(_ast.Compare)
    yield from module.nodes(_ast.BoolOp)


def _keys(expression: _ast.expr) -> set[str]:
    """Names and attributes of `self` in the expression, but those asked only whether they are None."""
    nodes = list(walk(expression))
    identity = [
        node for node in nodes if isinstance(node, _ast.Compare) and isinstance(node.ops[0], _IDENTITY)
    ]
    hidden = {below for node in identity for below in walk(node)}
    return {_key(node) for node in nodes if node not in hidden} - {""}


def _key(node: _ast.AST) -> str:
    if isinstance(node, _ast.Name):
        return "" if node.id == "self" else node.id
    owned = isinstance(node, _ast.Attribute) and getattr(node.value, "id", "") == "self"
    return f"self.{node.attr}" if owned else ""  # type: ignore[attr-defined]
