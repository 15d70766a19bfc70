"""`python.bare_except`: `except:` without a type swallows even KeyboardInterrupt (CORE-3)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.syntax import span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module


def handlers(module: Module) -> list[_ast.ExceptHandler]:
    """Sites: every exception handler."""
    return module.nodes(_ast.ExceptHandler)


_TWIN = {
    "kind": "except_clause",
    "regex": r"^except\s*:",
    "not": {"has": {"kind": "block", "has": {"kind": "raise_statement", "regex": "^raise$"}}},
}


@check(
    "python.bare_except",
    sites=handlers,
    added_any=(b"except",),
    follow=b":\\",
    exempt=("tests",),
    twin=_TWIN,
)
def bare_except(module: Module) -> Iterator[Match]:
    """Handlers without a type; a bare `raise` at the top of the body hands the exception on and is fine."""
    for handler in module.near(_ast.ExceptHandler, (b"except",)):
        reraises = any(isinstance(line, _ast.Raise) and line.exc is None for line in handler.body)
        if handler.type is None and not reraises:
            line, column = handler.lineno, handler.col_offset
            yield Match(span(handler), (line, column, line, column + len("except")))
