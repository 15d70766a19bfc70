"""What generated code must not hold: an import that it does not use (A68)."""

import ast

from pyflakes.checker import Checker
from pyflakes.messages import UnusedImport


def unused_imports(code: str) -> tuple[str, ...]:
    """The imports whose name is not used, as they are written (`numpy as np`), sorted."""
    found = Checker(ast.parse(code)).messages
    return tuple(sorted(str(one.message_args[0]) for one in found if isinstance(one, UnusedImport)))
