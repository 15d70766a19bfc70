"""What is measured for coverage: traced, Python code takes two to five times its time, the tests' own too.

The lines of a property are shown by some of its examples; the others look for wrong answers, not for lines,
and run untraced. So may what repeats one thing many times or on a very large input.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

_FIRST, _EACH = 5, 10


@contextmanager
def untraced() -> Iterator[None]:
    """What this thread does inside is not measured. Without coverage it changes nothing."""
    stopped = []
    if "coverage" in sys.modules:
        current = sys.modules["coverage"].Coverage.current
        while (running := current()) is not None:  # a worker of xdist has two, one above the other
            running.stop()
            stopped.append(running)
    try:
        yield
    finally:
        for running in reversed(stopped):
            running.start()


@contextmanager
def some_examples_traced(test: object) -> Iterator[None]:
    """Of a property's examples the first five and then every tenth are measured; other tests are left alone."""
    handle = getattr(test, "hypothesis", None)
    if handle is None:
        yield
        return
    inner, seen = handle.inner_test, 0
    with ExitStack() as pause:

        @functools.wraps(inner)
        def sampled(*arguments: Any, **named: Any) -> Any:
            nonlocal seen
            seen += 1
            turn = seen <= _FIRST or seen % _EACH == 0
            if turn:
                pause.close()
            try:
                return inner(*arguments, **named)
            finally:
                if turn and seen >= _FIRST:  # the making of the next examples is the greater part of it
                    pause.enter_context(untraced())

        handle.inner_test = sampled
        try:
            yield
        finally:
            handle.inner_test = inner
