"""The hooks themselves: `scan` and `patterns`, with what git, CI and people need around them.

A verdict and a failure of the tool are different things (HOOK-2): findings end with 1; when the tool
fails, a local commit passes and is told "NOT checked", while CI and `on-error = "closed"` fail.
"""

from __future__ import annotations

import posix
import sys
import time

from feedback_loop import __version__
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.faces.supervisor import HARD_LIMIT, supervise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.finding import ScanResult

    Note = Callable[[bytes], None]

SOFT_LIMIT = 3.5  # seconds: what is not checked by then is named, well before the hard limit ends the child
_CLOSED = b"closed"
_USAGE = """usage: feedback-loop-hook scan [--ci] [--hints]   check the lines this commit adds
       feedback-loop-hook patterns [--ci]         check the staged pattern library
       feedback-loop-hook --version

The hooks that `feedback-loop install` and .pre-commit-hooks.yaml call. File names given by a hook
runner are ignored: the truth is git's index. Exit codes: 0 clean, 1 findings, 2 something to mend,
3 the tool failed (locally such a commit passes, unless on-error = "closed").
"""
_COMMANDS = ("scan", "patterns")


def run(arguments: list[str]) -> None:
    """Do what the arguments say and end the process."""
    command = arguments[0] if arguments else ""
    if command in ("-h", "--help"):
        _end(0, _USAGE)
    if command == "--version":
        _end(0, f"feedback-loop {__version__}\n")
    unknown = [one for one in arguments[1:] if one.startswith("--") and one not in ("--ci", "--hints")]
    if command not in _COMMANDS or unknown:
        wrong = unknown[0] if unknown else command
        _emit(2, f"feedback-loop-hook: unknown argument {wrong!a}\n{_USAGE}")
        _end(2)
    _end(_supervised(command, "--ci" in arguments or _in_ci(), "--hints" in arguments))


def _in_ci() -> bool:
    return _variable(b"CI").lower() not in (b"", b"0", b"false")


def _supervised(command: str, ci: bool, hints: bool) -> int:
    started = time.monotonic()

    def work(note: Note) -> int:
        return _guarded(command, ci, hints, started, note)

    if command == "scan":
        _preload()
    outcome = supervise(work)
    if outcome.signal == 2:
        return 130
    if not outcome.signal:
        return outcome.code
    reason = (
        f"no answer within {HARD_LIMIT:.0f} s"
        if outcome.signal == 14
        else f"killed by signal {outcome.signal}"
    )
    return _failed(reason, ci or outcome.note == _CLOSED, 3)


def _preload() -> None:
    """Import before the fork what the child will need: after it every touched page is copied."""
    try:
        import feedback_loop.api.scan
        import feedback_loop.render.text
        import feedback_loop.workspace  # noqa: F401
    except ImportError:
        return  # a broken installation: the child meets it again where it is handled


def _guarded(command: str, ci: bool, hints: bool, started: float, note: Note) -> int:
    """The one handler of this face: users' mistakes, the machine's faults and our bugs part here."""
    closed = [ci]

    def close_if(library: CompiledLibrary) -> None:
        if library.on_error == "closed":
            closed[0] = True
            note(_CLOSED)

    try:
        if command == "patterns":
            return _patterns(ci)
        return _scan(ci, hints, started, close_if)
    except MachineFault as error:
        return _failed(error.message, closed[0], 3)
    except UserError as error:
        return _failed(error.message + (f" ({error.hint})" if error.hint else ""), closed[0], 2)
    except BrokenPipeError:
        return 3
    except Exception as error:  # noqa: BLE001 - a bug of ours must not decide about somebody's commit
        import traceback

        _emit(2, traceback.format_exc())
        _emit(2, f"feedback-loop {__version__}, Python {sys.version.split()[0]}\n")
        return _failed(f"internal error: {type(error).__name__}", closed[0], 3)


def _failed(reason: str, closed: bool, code: int) -> int:
    from feedback_loop.domain.text import visible

    shown = "\n  ".join(visible(line) for line in reason.split("\n"))
    _emit(2, f"feedback-loop: NOT checked: {shown}\n")
    _emit(2, "this commit was not checked; run `feedback-loop doctor`\n")
    return code if closed else 0


def _scan(ci: bool, hints: bool, started: float, close_if: Callable[[CompiledLibrary], None]) -> int:
    from feedback_loop.api.scan import record_run, scan_staged
    from feedback_loop.render.text import render_scan
    from feedback_loop.workspace import Workspace

    workspace = Workspace.open()
    result, library = scan_staged(workspace, lambda: time.monotonic() - started > SOFT_LIMIT, close_if, hints)
    if not result.changes:
        _emit(2, "feedback-loop: NOT checked: nothing staged\n")
        return 2 if ci else 0
    if library.source == "the built-in library":
        count = f"({library.patterns} patterns)"
        _emit(2, f"no {library.folder}/ here: using {library.source} {count}\n")
    skip = "SKIP=feedback-loop-scan git commit …" if _variable(b"PRE_COMMIT") else "git commit --no-verify"
    _emit(
        1,
        render_scan(
            result, library, color=_color(1), hints=hints or library.fail_on == "hint", skip_hint=skip
        ),
    )
    code = _exit_code(result, library, ci)
    milliseconds = round((time.monotonic() - started) * 1000)
    record_run(workspace, result, code, int(time.time()), milliseconds)
    _refresh_bundle()
    return code


def _exit_code(result: ScanResult, library: CompiledLibrary, ci: bool) -> int:
    if result.fails(library.fail_on, library.strict):
        return 1
    broken = library.problems or library.disabled
    return 2 if broken and (ci or library.on_error == "closed") else 0


def _patterns(ci: bool) -> int:
    from feedback_loop.api.scan import check_staged_library
    from feedback_loop.domain.text import path_text, visible
    from feedback_loop.workspace import Workspace

    findings = check_staged_library(Workspace.open())
    for finding in findings:
        _emit(1, f"{path_text(finding.path)}:{finding.line}: {visible(finding.message)}\n")
    if findings:
        _emit(1, f"feedback-loop: {len(findings)} problems in the staged patterns\n")
    return 1 if findings else 0


def _refresh_bundle() -> None:
    """Write the bundle of modules anew if `hook.py` found it missing or stale."""
    for finder in sys.meta_path:
        if getattr(finder, "stale", False):
            from feedback_loop.api.scan import write_bundle

            write_bundle(finder.path)  # type: ignore[attr-defined]


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
