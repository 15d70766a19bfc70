"""`python.bytes_parameter`: `bytes` with `File(…)` makes FastAPI read the whole upload first (CORE-8)."""

from __future__ import annotations

from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.syntax import span
from feedback_loop.detectors.uploads import parameters, receives_bytes, upload_parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module


@check(
    "python.bytes_parameter",
    sites=upload_parameters,
    file_all=(b"File", b"bytes", b"fastapi"),
    exempt=("tests",),
)
def bytes_parameter(module: Module) -> Iterator[Match]:
    """Parameters annotated `bytes` that `File(…)` fills, as the default or inside `Annotated`."""
    for parameter, default in parameters(module):
        note = parameter.annotation
        if note is not None and receives_bytes(module, parameter, default):
            yield Match(span(parameter), span(note))
