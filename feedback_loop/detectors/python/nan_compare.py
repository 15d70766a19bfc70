"""`python.nan_compare`: a comparison with nan is the same whatever the value (CORE-9)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.syntax import span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

_NAN = ("numpy.nan", "numpy.NaN", "numpy.NAN", "math.nan")
_SPELLINGS = ("nan", "NaN", "NAN", "Nan")
_LITERALS = tuple(spelling.encode() for spelling in _SPELLINGS)
_CHECKS = ("isnan", "isfinite", "nan_to_num")
_NUMERIC = tuple(f"{source}.{name}" for source in ("numpy", "math") for name in _CHECKS)


def numeric_sites(module: Module) -> list[_ast.expr]:
    """Sites: comparisons with nan, checks for it, and divisions in a module that imports numpy."""
    sites: list[_ast.expr] = [node for node in module.nodes(_ast.Compare) if _nan_operands(module, node)]
    for call in module.nodes(_ast.Call):
        if _last_name(call.func) in _CHECKS and module.resolve(call.func) in _NUMERIC:
            sites.append(call)
    if module.imports("numpy"):
        sites += [node for node in module.nodes(_ast.BinOp) if isinstance(node.op, _ast.Div)]
    return sites


@check(
    "python.nan_compare",
    sites=numeric_sites,
    added_any=_LITERALS,
)
def nan_compare(module: Module) -> Iterator[Match]:
    """Comparisons by any operator but `in` that have nan as an operand."""
    named = module.imports("numpy", "math")
    for comparison in module.near(_ast.Compare, _LITERALS):
        operands = _nan_operands(module, comparison) if named or _speaks_of_float(comparison) else []
        if operands:
            yield Match(span(comparison), *[span(operand) for operand in operands])


def _speaks_of_float(comparison: _ast.Compare) -> bool:
    """Whether an operand is a call: where no module has a nan, only `float("nan")` makes one."""
    return any(isinstance(one, _ast.Call) for one in (comparison.left, *comparison.comparators))


def _nan_operands(module: Module, comparison: _ast.Compare) -> list[_ast.expr]:
    """The operands that are nan; those beside `in` alone are not compared but looked up."""
    compares = [not isinstance(operator, (_ast.In, _ast.NotIn)) for operator in comparison.ops]
    compared = [left or right for left, right in zip([False, *compares], [*compares, False], strict=True)]
    operands = (comparison.left, *comparison.comparators)
    return [
        operand for operand, used in zip(operands, compared, strict=True) if used and _is_nan(module, operand)
    ]


def _is_nan(module: Module, node: _ast.expr) -> bool:
    """`numpy.nan`, `math.nan` or `float("nan")`, spelled so that `added_any` sees it."""
    if isinstance(node, _ast.Call):
        argument = node.args[0] if len(node.args) == 1 else None
        text = argument.value if isinstance(argument, _ast.Constant) else None
        spelled = isinstance(text, str) and text.strip().lstrip("+-") in _SPELLINGS
        return spelled and module.resolve(node.func) == "builtins.float"
    # An alias without the three letters (`from math import nan as missing`) is a known miss, PRE-3.
    return _last_name(node) in _SPELLINGS and module.resolve(node) in _NAN


def _last_name(node: _ast.expr) -> str:
    if isinstance(node, _ast.Attribute):
        return node.attr
    return node.id if isinstance(node, _ast.Name) else ""
