"""`python.mktemp`: `tempfile.mktemp` names a file that another process may create first (CORE-6)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.registry import CALLED, Match, check
from feedback_loop.detectors.resources import calls, temporary_or_opened
from feedback_loop.detectors.syntax import name_span, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module


@check(
    "python.mktemp",
    sites=temporary_or_opened,
    added_any=(b"mktemp",),
    follow=CALLED,
    file_all=(b"tempfile",),
    twin={"kind": "call", "has": {"field": "function", "regex": r"^tempfile\.mktemp$"}},
)
def mktemp(module: Module) -> Iterator[Match]:
    """Every call; there is no place where it is safe, so tests are not exempt."""
    for call in module.near(_ast.Call, (b"mktemp",)):
        if calls(module, call, "tempfile.mktemp"):
            yield Match(span(call), name_span(call.func))
