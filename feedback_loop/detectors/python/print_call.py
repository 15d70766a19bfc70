"""`python.print_call`: `print` in library code, where nobody can turn it off or find it again (CORE-4)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.registry import CALLED, Match, check
from feedback_loop.detectors.syntax import keyword_of, name_span, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

_LOG_METHODS = frozenset(
    ("debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log")
)
_TERMINAL = ("sys.stdout", "sys.stderr")


def output_calls(module: Module) -> Iterator[_ast.Call]:
    """Sites: calls of `print` and of a logger's methods."""
    for call in module.nodes(_ast.Call):
        if _is_print(module, call.func) or _is_log_call(call.func):
            yield call


_TWIN = {
    "kind": "call",
    "all": [
        {"has": {"field": "function", "regex": "^print$"}},
        {"not": {"has": {"field": "arguments", "has": {"kind": "keyword_argument", "regex": r"^file\s*="}}}},
        {"not": {"inside": {"kind": "if_statement", "regex": r"^if\s+__name__\b", "stopBy": "end"}}},
    ],
}


@check(
    "python.print_call",
    sites=output_calls,
    added_any=(b"print",),
    follow=CALLED,
    exempt=("tests", "scripts"),
    twin=_TWIN,
)
def print_call(module: Module) -> Iterator[Match]:
    """Calls of the builtin `print` to the terminal, outside of the `__main__` block."""
    for call in module.near(_ast.Call, (b"print",)):
        if _is_print(module, call.func) and _to_terminal(module, call) and not _in_main_block(module, call):
            yield Match(span(call), name_span(call.func))


def _is_print(module: Module, callee: _ast.expr) -> bool:
    """An import under another name is not looked for: the prefilter needs the word on the line."""
    named = callee.attr if isinstance(callee, _ast.Attribute) else getattr(callee, "id", None)
    return named == "print" and module.resolve(callee) == "builtins.print"


def _is_log_call(callee: _ast.expr) -> bool:
    if not isinstance(callee, _ast.Attribute) or callee.attr not in _LOG_METHODS:
        return False
    receiver = callee.value
    if isinstance(receiver, _ast.Call):  # `logging.getLogger(__name__).info(…)`
        receiver = receiver.func
    name = receiver.attr if isinstance(receiver, _ast.Attribute) else getattr(receiver, "id", "")
    word = name.lower().strip("_")
    return word in ("log", "logging") or word.endswith(("_log", "logger"))


def _to_terminal(module: Module, call: _ast.Call) -> bool:
    target = keyword_of(call, "file")
    if target is None:
        return True
    nothing = isinstance(target.value, _ast.Constant) and target.value.value is None
    return nothing or module.resolve(target.value) in _TERMINAL


def _in_main_block(module: Module, call: _ast.Call) -> bool:
    inner: _ast.AST = call
    for outer in module.ancestors(call):
        if isinstance(outer, _ast.If) and inner in outer.body and _asks_for_main(outer.test):
            return True
        inner = outer
    return False


def _asks_for_main(test: _ast.expr) -> bool:
    if isinstance(test, _ast.BoolOp) and isinstance(test.op, _ast.And):
        return any(map(_asks_for_main, test.values))
    if not isinstance(test, _ast.Compare) or not isinstance(test.ops[0], _ast.Eq):
        return False
    sides = (test.left, test.comparators[0])
    name = any(isinstance(side, _ast.Name) and side.id == "__name__" for side in sides)
    return name and any(isinstance(side, _ast.Constant) and side.value == "__main__" for side in sides)
