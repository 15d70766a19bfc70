"""`python.undeleted_named`: `with NamedTemporaryFile(delete=False)` closes but never deletes it (CORE-6)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.python.undeleted_temp import (
    ADDED_ANY,
    is_left_behind,
    kept_named_file,
    keyword_span,
)
from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.resources import temporary_or_opened
from feedback_loop.detectors.syntax import name_span, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module


@check(
    "python.undeleted_named",
    sites=temporary_or_opened,
    added_any=ADDED_ANY,
    file_all=(b"tempfile",),
    exempt=("tests",),
)
def undeleted_named(module: Module) -> Iterator[Match]:
    """With-items that keep their file: no clean-up in the function, the file's name stays in it."""
    for item in module.nodes(_ast.withitem):
        call = item.context_expr
        if isinstance(call, _ast.Call):
            kept = kept_named_file(module, call)
            if kept and is_left_behind(module, call, [call]):
                yield Match(span(call), name_span(call.func), keyword_span(kept))
