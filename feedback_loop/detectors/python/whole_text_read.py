"""`python.whole_text_read`: a text file of any size read into memory at once (CORE-7)."""

from __future__ import annotations

from feedback_loop.detectors.python.whole_binary_read import READS, read_calls, whole_reads
from feedback_loop.detectors.registry import CALLED, Match, check
from feedback_loop.detectors.syntax import name_span, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module


@check(
    "python.whole_text_read",
    sites=read_calls,
    added_any=READS,
    follow=CALLED,
    exempt=("tests", "scripts"),
)
def whole_text_read(module: Module) -> Iterator[Match]:
    """`.read()`, `.readlines()` of a handle opened in text mode, and `Path.read_text()`."""
    for call, binary in whole_reads(module):
        if not binary:
            yield Match(span(call), name_span(call.func))
