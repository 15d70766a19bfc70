"""The hooks themselves: `scan` and `patterns`, with what git, CI and people need around them.

A verdict and a failure of the tool are different things (HOOK-2): findings end with 1; when the tool
fails, a local commit passes and is told "NOT checked", while CI and `on-error = "closed"` fail.
"""

from __future__ import annotations

import posix
import sys
import time

from feedback_loop import __version__
from feedback_loop.api.scan import (
    Clock,
    check_staged_library,
    read_settings,
    record_failure,
    record_run,
    scan_staged,
    write_bundle,
)
from feedback_loop.domain.text import path_text, visible
from feedback_loop.errors import UserError
from feedback_loop.faces.supervisor import HARD_LIMIT, UNFINISHED, set_limit, supervise
from feedback_loop.render.text import render_scan
from feedback_loop.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SOFT_LIMIT = 3.5  # seconds: what is not checked by then is named, well before the hard limit ends the child
COMPILE_LIMIT = 60.0  # a library is compiled once after a change; cut short, it would be tried for ever
_USAGE = """usage: feedback-loop-hook scan [--ci] [--hints]   check the lines this commit adds
       feedback-loop-hook patterns [--ci]         check the staged pattern library
       feedback-loop-hook --version

The hooks that `feedback-loop install` and .pre-commit-hooks.yaml call. File names given by a hook
runner are ignored: the truth is git's index. Exit codes: 0 clean, 1 findings, 2 something to mend,
3 the tool failed (locally such a commit passes, unless on-error = "closed").
"""
_OPTIONS = ("--ci", "--hints")


def run(arguments: list[str]) -> None:
    """Do what the arguments say and end the process."""
    while posix.open("/dev/null", posix.O_RDWR) < 3:
        pass  # a closed standard stream must not become a pipe of ours
    command = arguments[0] if arguments else ""
    if {"-h", "--help"}.intersection(arguments[:2]):
        _end(0, _USAGE)
    if command == "--version":
        _end(0, f"feedback-loop {__version__}\n")
    unknown = [one for one in arguments[1:] if one.startswith("--") and one not in _OPTIONS]
    commands = {"scan": _scan, "patterns": _patterns}
    if command not in commands or unknown:
        wrong = unknown[0] if unknown else command
        _emit(2, f"feedback-loop-hook: unknown argument {wrong!a}\n{_USAGE}")
        _end(2)
    call = Call(arguments)
    _end(_guarded(call, lambda: _supervised(call, commands[command])))


class Call:
    """How the hook was called: in CI or not, with hints or not, and since when."""

    __slots__ = ("ci", "hints", "started", "strict_about_nothing")

    def __init__(self, arguments: list[str]) -> None:
        self.started = time.monotonic()
        self.ci = "--ci" in arguments or in_ci()
        self.hints = "--hints" in arguments
        # An empty commit made by git itself is no mistake; a CI job that checks nothing is one (PC-7).
        self.strict_about_nothing = self.ci and ("--ci" in arguments or bool(_variable(b"PRE_COMMIT")))


def in_ci() -> bool:
    """Whether `CI` is set to anything but 0 and false."""
    return _variable(b"CI").lower() not in (b"", b"0", b"false")


def _supervised(call: Call, work: Callable[[Call], int]) -> int:
    outcome = supervise(lambda: _guarded(call, lambda: work(call)))
    if outcome.signal in (2, 15):
        return 128 + outcome.signal
    if outcome.signal:
        limit = f"no answer within {HARD_LIMIT:.0f} s"
        return _failed(call, limit if outcome.signal == 14 else f"killed by signal {outcome.signal}", 3)
    if outcome.code == UNFINISHED:
        return _failed(call, "the hook ended without a verdict", 3)
    return outcome.code


def _guarded(call: Call, work: Callable[[], int]) -> int:
    """The one handler of this face: users' mistakes, the machine's faults and our bugs part here."""
    try:
        return work()
    except UserError as error:
        return _failed(call, error.message + (f" ({error.hint})" if error.hint else ""), error.exit_code)
    except Exception as error:  # noqa: BLE001 - a bug of ours must not decide about somebody's commit
        import traceback

        for line in traceback.format_exc().splitlines():
            _emit(2, visible(line) + "\n")
        _emit(2, f"feedback-loop {__version__}, Python {sys.version.split()[0]}\n")
        return _failed(call, f"internal error: {type(error).__name__}", 3)


def _failed(call: Call, reason: str, code: int) -> int:
    """Say that nothing was checked; the exit code is 0 unless in CI or where the settings say closed."""
    shown = "\n  ".join(visible(line) for line in reason.split("\n"))
    _emit(2, f"feedback-loop: NOT checked: {shown}\n")
    _emit(2, "this commit was not checked; run `feedback-loop doctor`\n")
    try:
        workspace = Workspace.open()
        code = code if call.ci or read_settings(workspace).on_error == "closed" else 0
    except (UserError, OSError, ImportError):  # no repository, or nothing left to read the settings with
        return code if call.ci else 0
    milliseconds = round((time.monotonic() - call.started) * 1000)
    record_failure(workspace, reason, code, int(time.time()), milliseconds)
    return code


def _scan(call: Call) -> int:
    workspace = Workspace.open()
    result, library = scan_staged(workspace, HookClock(), hints=call.hints)
    if not result.changes:
        _emit(2, "feedback-loop: NOT checked: nothing staged\n")
        return 2 if call.strict_about_nothing else 0
    if library.built_in:
        _emit(2, f"no {library.folder}/ here: using {library.source} ({library.patterns} patterns)\n")
    skip = "SKIP=feedback-loop-scan git commit …" if _variable(b"PRE_COMMIT") else "git commit --no-verify"
    hints = call.hints or library.fail_on == "hint"
    _emit(1, render_scan(result, library, color=_color(1), hints=hints, skip_hint=skip))
    code = result.exit_code(library, closed=call.ci or library.on_error == "closed")
    milliseconds = round((time.monotonic() - call.started) * 1000)
    record_run(workspace, result, code, int(time.time()), milliseconds)
    _refresh_bundle()
    return code


class HookClock(Clock):
    """The scan's time: compiling gets its own, and the soft limit begins when the library is there."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until = 0.0

    def compiling(self) -> None:
        """The library has to be compiled first."""
        set_limit(COMPILE_LIMIT)

    def begin(self) -> None:
        """The library is there."""
        set_limit(HARD_LIMIT)
        self._until = time.monotonic() + SOFT_LIMIT

    def expired(self) -> bool:
        """Whether what is left must be named instead of checked."""
        return time.monotonic() > self._until


def _patterns(call: Call) -> int:
    set_limit(COMPILE_LIMIT)
    findings = check_staged_library(Workspace.open())
    for finding in findings:
        _emit(1, f"{path_text(finding.path)}:{finding.line}: {visible(finding.message)}\n")
    if findings:
        _emit(1, f"feedback-loop: {len(findings)} problems in the staged patterns\n")
    return 1 if findings else 0


def _refresh_bundle() -> None:
    """Write the bundle of modules anew if `hook.py` found it missing or stale, and if that can be."""
    for finder in sys.meta_path:
        if getattr(finder, "stale", False):
            path: str = finder.path  # type: ignore[attr-defined]
            if posix.access(path.rpartition("/")[0], posix.W_OK):
                write_bundle(path)


def _color(descriptor: int) -> bool:
    if _variable(b"NO_COLOR"):
        return False
    on_terminal = _variable(b"TERM") != b"dumb" and posix.isatty(descriptor)
    return on_terminal or bool(_variable(b"FORCE_COLOR"))


def _variable(name: bytes) -> bytes:
    """From the environment; `posix`, because `os` alone would cost a fifth of the scan."""
    return posix.environ.get(name, b"")


def _emit(descriptor: int, text: str) -> None:
    """Write to the descriptor; a reader that went away is no error of ours."""
    data = memoryview(text.encode("utf-8", "backslashreplace"))
    try:
        while data:
            data = data[posix.write(descriptor, data) :]
    except OSError:
        return


def _end(code: int, text: str = "") -> None:
    _emit(1, text)
    posix._exit(code)
