"""`python.swallowed`: a handler for every exception that throws it away (CORE-3)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.python.bare_except import handlers
from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.syntax import span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

# Nothing can be done about a failure of these, and mostly nothing needs to be.
_LETTING_GO = frozenset(
    (
        *("aclose", "cancel", "cleanup", "close", "del", "disconnect", "exit", "kill", "release"),
        *("remove", "rmtree", "shutdown", "stop", "terminate", "unlink"),
    )
)
_BROAD = ("builtins.Exception", "builtins.BaseException")


@check(
    "python.swallowed",
    sites=handlers,
    added_any=(b"except",),
    file_all=(b"Exception",),
    exempt=("tests",),
)
def swallowed(module: Module) -> Iterator[Match]:
    """Handlers of Exception or BaseException, alone or in a tuple, whose body does nothing; where something
    is only let go of (a lone `x.close()`, a `__del__`) there is nothing else to do."""
    for handler in module.near(_ast.ExceptHandler, (b"except",)):
        caught = handler.type.elts if isinstance(handler.type, _ast.Tuple) else [handler.type]
        if not all(map(_idle, handler.body)) or _cleans_up(module, handler):
            continue
        if any(module.resolve(kind) in _BROAD for kind in caught):
            line, column = handler.lineno, handler.col_offset
            yield Match(span(handler), (line, column, line, column + len("except")))


def _idle(statement: _ast.stmt) -> bool:
    if isinstance(statement, _ast.Expr):
        return isinstance(statement.value, _ast.Constant) and statement.value.value is ...
    return isinstance(statement, (_ast.Pass, _ast.Continue))


def _cleans_up(module: Module, handler: _ast.ExceptHandler) -> bool:
    """Whether the `try` is a single call that lets go of something, or its function does nothing else."""
    guarded = module.parent(handler)
    body = getattr(guarded, "body", [])
    if len(body) == 1 and isinstance(body[0], _ast.Expr) and _lets_go(body[0].value):
        return True
    function = module.function(handler)
    return getattr(function, "name", "").strip("_") in _LETTING_GO


def _lets_go(node: _ast.expr) -> bool:
    if isinstance(node, _ast.Await):
        node = node.value
    if not isinstance(node, _ast.Call):
        return False
    callee = node.func
    name = callee.attr if isinstance(callee, _ast.Attribute) else getattr(callee, "id", "")
    return name.strip("_") in _LETTING_GO
