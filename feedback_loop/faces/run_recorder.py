"""What the pytest plugin does in a run that asked for it: keep the failures, hand them over at the end.

What records them is imported after the last test: until then the tested program sees none of our libraries.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feedback_loop.domain.text import counted, visible
from feedback_loop.errors import UserError

if TYPE_CHECKING:
    from feedback_loop.api.collect.recorded_run import RecordedRun

_JUNIT = "LogXML"  # pytest's class; its instance is registered under no name
_AFTER_SETUP = ("call", "teardown")


class RunRecorder:
    """Registered as a plugin of its own. It changes no outcome and no exit status, whatever goes wrong in it.

    It holds what the reports hold, and renders nothing before the session has finished.
    """

    def __init__(self, config: Any) -> None:
        output = config.option.feedback_loop_output
        self._config = config
        self._output = os.path.abspath(os.path.expanduser(output)) if output else None
        self._started = time.time()
        self._failed: dict[tuple[str, str, int], Any] = {}
        self._subtests: Counter[str] = Counter()
        self._told = ""

    # -- while tests run -------------------------------------------------------------------------------

    def pytest_sessionstart(self) -> None:
        """The time of all failures is that of the run's start, as in a JUnit report."""
        self._started = time.time()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep what failed, once per test and phase; an attempt that is repeated has the outcome `rerun`."""
        test = report.nodeid
        if report.when == "setup":
            self._subtests.pop(test, None)
        if not report.failed:
            return
        number = 0
        if hasattr(report, "context"):  # a subtest: several may fail in one call, and then the test itself
            self._subtests[test] += 1
            number = self._subtests[test]
        # As in a JUnit report all else happened before the test: the crash of a worker, too.
        phase = report.when if report.when in _AFTER_SETUP else "setup"
        self._failed.setdefault((test, phase, number), report.longrepr)

    def pytest_collectreport(self, report: Any) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self._failed.setdefault((report.nodeid, "collect", 0), report.longrepr)

    # -- at the end ------------------------------------------------------------------------------------

    def pytest_sessionfinish(self) -> None:
        """Record what failed until here: also after `-x`, `--maxfail` and Ctrl-C."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # `-W error` is meant for the user's own code
                self._record()
        except UserError as error:
            self._warn(error.message)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not decide about somebody's tests
            self._warn(f"this run is not recorded: {type(error).__name__}: {error}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """One line: what was recorded, and what becomes of it."""
        if self._told and terminalreporter.verbosity >= -1:
            terminalreporter.write_line(f"feedback-loop: {self._told}")

    def _record(self) -> None:
        option = self._config.option
        if not option.feedback_loop and self._output is None:
            self._warn("--feedback-loop-run alone records nothing: give --feedback-loop, too")
            return
        from feedback_loop.api.collect.recorded_run import FailedTest, RunRequest, record_test_run

        began = self._began()
        failed = [
            FailedTest(test, phase, _message(longrepr, phase), str(longrepr))
            for (test, phase, _), longrepr in self._failed.items()
        ]
        request = RunRequest(
            folder=str(self._config.rootpath),
            run=self._run(began),
            began=began,
            spool=option.feedback_loop,
            output=self._output,
            named=option.feedback_loop_run,
        )
        done = record_test_run(request, failed)
        self._told = _told(done)
        if done.faults:
            self._warn("; ".join(done.faults))

    def _began(self) -> float:
        """When the session began: the very moment that the run's JUnit report names, if it writes one."""
        for plugin in self._config.pluginmanager.get_plugins():
            if type(plugin).__name__ == _JUNIT:
                start = getattr(plugin, "suite_start", None)
                moment = getattr(start, "time", getattr(plugin, "suite_start_time", None))
                if isinstance(moment, float):
                    return moment
        return self._started

    def _run(self, began: float) -> str:
        """What the run's JUnit report would be called by `collect`: the suite's name and timestamp."""
        try:
            name = self._config.getini("junit_suite_name")
        except (KeyError, ValueError):  # `-p no:junitxml`
            name = "pytest"
        moment = datetime.fromtimestamp(began, UTC).astimezone()
        return f"{name} {(moment if _names_zone() else moment.replace(tzinfo=None)).isoformat()}"

    def _warn(self, text: str) -> None:
        """One warning of pytest's; a line instead where the number of warnings decides the exit status."""
        if _counts_warnings(self._config):
            self._told = "; ".join(filter(None, (self._told, f"warning: {visible(text)}")))
            return
        # `warnings.warn` would raise under `-W error`, and the session would end with another status.
        message = warnings.WarningMessage(
            UserWarning(f"feedback-loop: {visible(text)}"), UserWarning, __file__, 0
        )
        self._config.hook.pytest_warning_recorded.call_historic(
            kwargs={"warning_message": message, "when": "config", "nodeid": "", "location": None}
        )


def _names_zone() -> bool:
    """Whether this pytest's JUnit reports say in which time zone theirs is: since 8.3."""
    version = getattr(sys.modules.get("pytest"), "version_tuple", (9, 0))
    return bool(version[:2] >= (8, 3))


def _message(longrepr: Any, phase: str) -> str:
    """What a JUnit report takes for the message; of a failed collection it says nothing."""
    if phase == "collect":
        return ""
    crash = getattr(longrepr, "reprcrash", None)
    return str(longrepr) if crash is None else str(crash.message)


def _told(done: RecordedRun) -> str:
    """What was done, in words; nothing is claimed that was not."""
    parts = []
    if done.spooled is not None:
        parts.append(
            f"{counted(done.spooled, 'failure')} recorded; `feedback-loop collect` takes them into the store"
            if done.spooled
            else "nothing failed, nothing recorded"
        )
    if done.output:
        parts.append(f"{counted(done.written, 'failure')} written to {visible(done.output)}")
    return "; ".join(parts)


def _counts_warnings(config: Any) -> bool:
    """Whether `max_warnings` is set, as an option or in the settings (since pytest 9.1)."""
    if config.getoption("max_warnings", None) is not None:
        return True
    try:
        return config.getini("max_warnings") is not None
    except (KeyError, ValueError):
        return False
