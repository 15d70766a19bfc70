"""`python.numpy_dtype`: `json.dump(s)` gets a numpy result that fails unless it is float64 (CORE-1)."""

from __future__ import annotations

from feedback_loop.detectors.numpy_calls import ARRAYS, INPUT_TYPED, numpy_function
from feedback_loop.detectors.python.numpy_value import is_rejected, json_calls, unconverted
from feedback_loop.detectors.registry import check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.numpy_calls import Leaf
    from feedback_loop.detectors.registry import Match
    from feedback_loop.detectors.syntax import Module


@check("python.numpy_dtype", sites=json_calls, file_all=(b"numpy", b"json"))
def numpy_dtype(module: Module) -> Iterator[Match]:
    """json calls without `default=` or `cls=` that write a numpy result of its input's type."""
    return unconverted(module, _follows_input)


def _follows_input(module: Module, leaf: Leaf) -> bool:
    name = numpy_function(module, leaf.node)
    return name in INPUT_TYPED or (name in ARRAYS and not is_rejected(module, leaf))
