"""Two of the core patterns for Fixit: enough to see what its start and its parser cost."""

from __future__ import annotations

import libcst
import libcst.matchers as m
from fixit import LintRule


class BareExcept(LintRule):
    """`except:` without a type."""

    MESSAGE = "bare except"

    def visit_ExceptHandler(self, node: libcst.ExceptHandler) -> None:
        """A handler."""
        if node.type is None:
            self.report(node)


class PrintCall(LintRule):
    """`print`."""

    MESSAGE = "print"

    def visit_Call(self, node: libcst.Call) -> None:
        """A call."""
        if m.matches(node, m.Call(func=m.Name("print"))):
            self.report(node)
