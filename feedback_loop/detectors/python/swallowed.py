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

_BROAD = ("builtins.Exception", "builtins.BaseException")


@check(
    "python.swallowed",
    sites=handlers,
    added_any=(b"except",),
    file_all=(b"Exception",),
    exempt=("tests",),
)
def swallowed(module: Module) -> Iterator[Match]:
    """Handlers of Exception or BaseException, alone or in a tuple, whose body does nothing."""
    for handler in module.near(_ast.ExceptHandler, (b"except",)):
        caught = handler.type.elts if isinstance(handler.type, _ast.Tuple) else [handler.type]
        if all(map(_idle, handler.body)) and any(module.resolve(kind) in _BROAD for kind in caught):
            line, column = handler.lineno, handler.col_offset
            yield Match(span(handler), (line, column, line, column + len("except")))


def _idle(statement: _ast.stmt) -> bool:
    if isinstance(statement, _ast.Expr):
        return isinstance(statement.value, _ast.Constant) and statement.value.value is ...
    return isinstance(statement, (_ast.Pass, _ast.Continue))
