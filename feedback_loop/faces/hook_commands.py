"""The hook: the scan of what is staged, and what git, CI and people need around every scan.

A verdict and a failure of the tool are different things (HOOK-2): findings end with 1; when the tool
fails, a local commit passes and is told "NOT checked", while CI and `on-error = "closed"` fail.
"""

from __future__ import annotations

import posix
import sys
import time

from feedback_loop import __version__
from feedback_loop.api.scan import (
    has_shown,
    read_settings,
    record_failure,
    record_run,
    scan_staged,
    write_bundle,
)
from feedback_loop.domain.text import visible
from feedback_loop.errors import UserError
from feedback_loop.faces.supervisor import LIMITS, LONG_LIMIT, UNFINISHED, HookClock, supervise
from feedback_loop.render.text import render_scan
from feedback_loop.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.finding import ScanResult

_SHOWN = 100  # findings; `feedback-loop scan` shows all
_SIGNALLED = 128  # from here on an exit code says that the user or the system ended us
_NOTHING = 71  # the child's exit code where nothing is staged and CI may know the branch's range
_FLAGS = {
    "scan": ("--ci", "--hints", "--all", "--allow-empty", "--plans"),
    "plan": ("--ci",),
    "pre-push": ("--ci", "--hints"),
    "patterns": ("--ci", "--hints"),
    "commit-msg": ("--ci",),
    "prepare-commit-msg": ("--ci",),
    "record": ("--ci",),
}
_REFS = ("--from-ref", "--to-ref")
_WITH_RANGE = ("scan", "plan")
_WHAT = {
    "range": "this range",
    "push": "this push",
    "all": "the tree",
    "plan": "a plan",
    "plan-range": "a plan",
}


def run(arguments: list[str]) -> None:
    """Do what the arguments say and end the process."""
    while posix.open("/dev/null", posix.O_RDWR) < 3:
        pass  # a closed standard stream must not become a pipe of ours
    call = Call(arguments)
    if call.wrong or call.asks:
        _end(_told(call, arguments))
    _end(_guarded(call, lambda: _decided(call)))


class Call:
    """How the hook was called: with what to check, in CI or not, with hints or not, and since when.

    `mode` is staged, range, all, push, patterns, plan, plan-range or a message hook's name, for which
    `words` are what git hands over; with `plans` the plan check follows the scan of what is staged;
    `wrong` says what is wrong with the arguments, if so.
    """

    __slots__ = (
        "allow_empty",
        "asks",
        "ci",
        "from_ref",
        "hints",
        "limit",
        "mode",
        "plans",
        "runner",
        "started",
        "strict_about_nothing",
        "to_ref",
        "words",
        "wrong",
    )

    def __init__(self, arguments: list[str]) -> None:
        self.started = time.monotonic()
        command = arguments[0] if arguments else ""
        self.asks = command == "--version" or bool({"-h", "--help"}.intersection(arguments[:2]))
        flags, refs, self.wrong = _parsed(command, arguments[1:])
        self.from_ref = refs.get("--from-ref", "")
        self.to_ref = refs.get("--to-ref", "")
        self.ci = "--ci" in flags or in_ci()
        self.hints = "--hints" in flags
        self.allow_empty = "--allow-empty" in flags
        self.plans = "--plans" in flags
        self.words = [one for one in arguments[1:] if not one.startswith("--")]
        self.runner = bool(_variable(b"PRE_COMMIT"))
        # An empty commit made by git itself is no mistake; a CI job that checks nothing is one (PC-7).
        self.strict_about_nothing = self.ci and ("--ci" in flags or self.runner)
        self.mode = {"scan": "staged", "pre-push": "push"}.get(command, command)
        if "--all" in flags:
            self.mode = "all"
        elif command in _WITH_RANGE and (refs or any(_variable(name) for name in _RANGE_VARIABLES)):
            self.mode = "range" if command == "scan" else "plan-range"
        self.limit = LIMITS.get(self.mode, LONG_LIMIT)


# The last one comes alone with the push of a whole history: a hook runner then names no range.
_RANGE_VARIABLES = (b"PRE_COMMIT_FROM_REF", b"PRE_COMMIT_TO_REF", b"PRE_COMMIT_LOCAL_BRANCH")


def _parsed(command: str, arguments: list[str]) -> tuple[set[str], dict[str, str], str]:
    """(flags, refs by option, what is wrong); what is no option is ignored (MODE-6)."""
    flags: set[str] = set()
    refs: dict[str, str] = {}
    if command not in _FLAGS:
        return flags, refs, f"unknown argument {command!a}"
    waiting = iter(arguments)
    for one in waiting:
        name, equals, value = one.partition("=")
        if command in _WITH_RANGE and name in _REFS:
            refs[name] = value if equals else next(waiting, "")
        elif one in _FLAGS[command]:
            flags.add(one)
        elif one.startswith("--"):
            return flags, refs, f"unknown argument {one!a}"
    if refs and not all(refs.get(name) for name in _REFS):
        return flags, refs, "--from-ref and --to-ref belong together, each with a commit"
    if "--all" in flags and (refs or "--plans" in flags):
        return flags, refs, "--all is no range, and no plan is for all files: take one of them"
    return flags, refs, ""


def in_ci() -> bool:
    """Whether `CI` is set to anything but 0 and false."""
    return _variable(b"CI").lower() not in (b"", b"0", b"false")


def _decided(call: Call) -> int:
    if call.mode == "plan":
        return _supervised(call, _plans)
    if call.mode == "commit-msg":
        return _supervised(call, _message)
    if call.mode in ("prepare-commit-msg", "record"):
        code = _supervised(call, _record if call.mode == "record" else _message)
        return code if code > _SIGNALLED else 0  # they have nothing to say against a commit
    if call.mode == "range" and call.plans:
        code = _supervised(call, _other)
        call.mode = "plan-range"
        return _supervised(call, _other) or code
    if call.mode != "staged":
        return _supervised(call, _other)
    code = _supervised(call, _scan)
    if code == _NOTHING:
        call.limit = LONG_LIMIT
        return _supervised(call, _other)
    if call.plans and code < _SIGNALLED:
        return _supervised(call, _plans) or code
    return code


def _supervised(call: Call, work: Callable[[Call], int]) -> int:
    outcome = supervise(lambda: _guarded(call, lambda: work(call)), call.limit)
    if outcome.signal in (2, 15):
        return 128 + outcome.signal
    if outcome.signal:
        limit = f"no answer within {call.limit:.0f} s"
        return failed(call, limit if outcome.signal == 14 else f"killed by signal {outcome.signal}", 3)
    if outcome.code == UNFINISHED:
        return failed(call, "the hook ended without a verdict", 3)
    return outcome.code


def _guarded(call: Call, work: Callable[[], int]) -> int:
    """The one handler of this face: users' mistakes, the machine's faults and our bugs part here."""
    try:
        return work()
    except UserError as error:
        return failed(call, told(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 - a bug of ours must not decide about somebody's commit
        import traceback

        for line in traceback.format_exc().splitlines():
            emit(2, visible(line) + "\n")
        emit(2, f"feedback-loop {__version__}, Python {sys.version.split()[0]}\n")
        return failed(call, f"internal error: {type(error).__name__}", 3)


def told(error: UserError) -> str:
    """The error with its hint."""
    return error.message + (f" ({error.hint})" if error.hint else "")


def failed(call: Call, reason: str, code: int) -> int:
    """Say that nothing was checked; the exit code is 0 unless in CI or where the settings say closed."""
    shown = "\n  ".join(visible(line) for line in reason.split("\n"))
    if call.mode == "record":
        emit(2, f"feedback-loop: NOT recorded: {shown}\n")
        return code
    emit(2, f"feedback-loop: NOT checked: {shown}\n")
    what = _WHAT.get(call.mode, "this commit")
    emit(2, f"{what} was not checked; run `feedback-loop doctor`\n")
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
        return _NOTHING if call.strict_about_nothing else say_nothing(call)
    skip = "SKIP=feedback-loop-scan git commit …" if call.runner else "git commit --no-verify"
    code = report(call, workspace, result, library, skip)
    if result.findings or has_shown(workspace):
        from feedback_loop.api.shown import note_shown

        note_shown(workspace, result, code)
    _refresh_bundle()
    return code


def say_nothing(
    call: Call,
    why: str = "nothing staged and no commit range; use --from-ref/--to-ref, or feedback-loop-scan-all",
) -> int:
    """Tell that there was nothing to check; the exit code for it."""
    emit(2, f"feedback-loop: NOT checked: {why}\n")
    return 2 if call.strict_about_nothing and not call.allow_empty else 0


def report(
    call: Call, workspace: Workspace, result: ScanResult, library: CompiledLibrary, skip_hint: str
) -> int:
    """Print what the scan found and note the run for `doctor`; the exit code for it."""
    if library.built_in:
        emit(2, f"no {library.folder}/ here: using {library.source} ({library.patterns} patterns)\n")
    hints = call.hints or library.fail_on == "hint"
    text = render_scan(result, library, color=color(1), hints=hints, skip_hint=skip_hint, most=_SHOWN)
    emit(1, text)
    code = result.exit_code(library, closed=call.ci or library.on_error == "closed")
    milliseconds = round((time.monotonic() - call.started) * 1000)
    record_run(workspace, result, code, int(time.time()), milliseconds)
    return code


def _plans(call: Call) -> int:
    from feedback_loop.faces import hook_plans

    code = hook_plans.run(call)
    _refresh_bundle()
    return code


def _message(call: Call) -> int:
    from feedback_loop.faces import hook_messages

    return hook_messages.run(call)


def _record(call: Call) -> int:
    workspace = Workspace.open()
    if has_shown(workspace):
        from feedback_loop.faces import hook_modes

        hook_modes.record(workspace)
    return 0


def _other(call: Call) -> int:
    """Anything but the scan of what is staged: modules that no commit should wait for."""
    from feedback_loop.faces import hook_modes

    return hook_modes.run(call)


def _told(call: Call, arguments: list[str]) -> int:
    from feedback_loop.faces.hook_modes import USAGE

    if arguments == ["--version"]:
        emit(1, f"feedback-loop {__version__}\n")
    elif call.asks:
        emit(1, USAGE)
    else:
        emit(2, f"feedback-loop-hook: {call.wrong}\n{USAGE}")
    return 0 if call.asks else 2


def _refresh_bundle() -> None:
    """Write the bundle of modules anew if `hook.py` found it missing or stale, and if that can be."""
    for finder in sys.meta_path:
        if getattr(finder, "stale", False):
            path: str = finder.path  # type: ignore[attr-defined]
            if posix.access(path.rpartition("/")[0], posix.W_OK):
                write_bundle(path)


def color(descriptor: int) -> bool:
    """Whether what is written there is to be coloured."""
    if _variable(b"NO_COLOR"):
        return False
    on_terminal = _variable(b"TERM") != b"dumb" and posix.isatty(descriptor)
    return on_terminal or bool(_variable(b"FORCE_COLOR"))


def _variable(name: bytes) -> bytes:
    """From the environment; `posix`, because `os` alone would cost a fifth of the scan."""
    return posix.environ.get(name, b"")


def emit(descriptor: int, text: str) -> None:
    """Write to the descriptor; a reader that went away is no error of ours."""
    data = memoryview(text.encode("utf-8", "backslashreplace"))
    try:
        while data:
            data = data[posix.write(descriptor, data) :]
    except OSError:
        return


def _end(code: int) -> None:
    posix._exit(code)
