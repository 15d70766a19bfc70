"""The pytest plugin's door: two options open it, and until then it only costs its own import (A71).

Loaded in every pytest session of every environment that has this package. So it knows its hooks by their
names alone, without pytest, and what does the work is imported when it is asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def pytest_addoption(parser: Any) -> None:
    """The options; all of them are off by default."""
    group = parser.getgroup("feedback-loop", "feedback-loop")
    group.addoption(
        "--feedback-loop",
        "--enable-metrics",
        action="store_true",
        default=False,
        dest="feedback_loop",
        help="Keep this run's failures as events, for `feedback-loop collect` to take into the store",
    )
    group.addoption(
        "--metrics-output",
        metavar="FILE",
        default=None,
        dest="feedback_loop_output",
        help="Write this run's failures to FILE as metrics JSON (needs no --feedback-loop)",
    )
    group.addoption(
        "--feedback-loop-run",
        metavar="ID",
        default=None,
        dest="feedback_loop_run",
        help="What this run is called: a report collected with the same --run adds nothing twice "
        "(needs --feedback-loop or --metrics-output)",
    )


def pytest_configure(config: Any) -> None:
    """Record if asked to, and not in a worker of pytest-xdist: its reports come to the controller.

    A run that is only given a name is warned that this alone records nothing.
    """
    options = ("feedback_loop", "feedback_loop_output", "feedback_loop_run")
    if not any(config.getoption(name, None) for name in options) or hasattr(config, "workerinput"):
        return
    from feedback_loop.faces.run_recorder import RunRecorder

    config.pluginmanager.register(RunRecorder(config), "feedback_loop_recorder")
