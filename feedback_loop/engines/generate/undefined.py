"""Names that code uses and nobody defines: read by pyflakes, nothing is run."""

from __future__ import annotations

import ast

from pyflakes import checker, messages

from feedback_loop.engines.generate.source import UNREADABLE, parsed

_UNDEFINED = (messages.UndefinedName, messages.UndefinedLocal, messages.UndefinedExport)


def undefined_names(code: str) -> tuple[str, ...]:
    """The names that are used and defined nowhere, sorted, each once; () where the code does not parse.

    A name that is used before it has a value in its function, and one that `__all__` promises, count.
    Below an `import *` nothing can be told, and nothing is.
    """
    tree = parsed(code)
    return () if tree is None else find_undefined(tree) or ()


def find_undefined(tree: ast.Module) -> tuple[str, ...] | None:
    """The same of a tree; None where it is too deep to be walked, so that nobody knows."""
    try:
        found = checker.Checker(tree).messages
    except UNREADABLE:
        return None
    return tuple(sorted({str(one.message_args[0]) for one in found if isinstance(one, _UNDEFINED)}))
