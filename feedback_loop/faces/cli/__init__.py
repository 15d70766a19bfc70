"""The command line for people and scripts: its entry, and the one handler of its errors."""

from __future__ import annotations

import os
import sys

from feedback_loop.faces.import_path import leave_out_repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TextIO

    from feedback_loop.errors import UserError


def main() -> None:
    """Run and exit: 0 done, 1 a negative answer, 2 something to mend, 3 our fault, 130 Ctrl-C.

    Who stops reading our output, as `head` does, has had enough of it: 0.
    """
    leave_out_repository()
    sys.exit(_run())


def _run() -> int:
    import typer

    from feedback_loop.errors import MachineFault, UserError
    from feedback_loop.faces.cli.commands import app

    _open_streams()
    try:
        code = app(standalone_mode=False, prog_name="feedback-loop")
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except UserError as error:
        return _told(error)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        return _unheard()
    except SystemExit as ended:  # what typer makes of a closed pipe
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        return _unheard()
    except OSError as error:
        code = _told(MachineFault(error.strerror or str(error)))
        _tell("", sys.stdout)  # what is left in it may be what the disk did not take
        return code
    except Exception as error:  # noqa: BLE001 - the one place where our bugs end
        return _usage(error) if hasattr(error, "format_message") else _bug()


def _open_streams() -> None:
    """A closed standard stream is None in Python: talk into the void instead of failing on it.

    There is nothing to be read from a closed one, which is said when somebody tries.
    """
    if sys.stdin is None:
        sys.stdin = _ClosedInput()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for good


class _ClosedInput:
    """Standard input that is closed: nobody's terminal, and whatever else is asked of it is a UserError."""

    def isatty(self) -> bool:
        return False

    def __getattr__(self, name: str) -> NoReturn:
        from feedback_loop.errors import UserError

        raise UserError("stdin is closed", "give it a file or a pipe", kind="usage")


def _unheard() -> int:
    """Nobody reads on. If it was our talk that nobody heard, the work was cut short, with no answer: 3."""
    import select

    asked = select.poll()
    asked.register(sys.stdout.fileno(), 0)
    is_answer = bool(asked.poll(0))  # nothing but an error or a hangup is told
    _silence(sys.stdout if is_answer else sys.stderr)
    return 0 if is_answer else 3


def _tell(text: str, stream: TextIO) -> None:
    """As far as the stream takes it: a full disk is no second fault, the exit code stands."""
    try:
        print(text, file=stream, end="\n" if text else "", flush=True)
    except OSError:
        _silence(stream)


def _silence(stream: TextIO) -> None:
    """What it holds goes into the void, or the flush at the end would fail once more: exit code 120."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _usage(error: Any) -> int:
    """What typer refuses, told like all else that is the user's to mend; a bare group shows its help."""
    from feedback_loop.errors import UserError

    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return int(error.exit_code)
    command = error.ctx.command_path if getattr(error, "ctx", None) else "feedback-loop"
    message = error.format_message().replace("Value error, ", "")
    return _told(UserError(message, f"see `{command} --help`", kind="usage"))


def _told(error: UserError) -> int:
    from feedback_loop.domain.text import visible

    lines = ["feedback-loop: " + "\n  ".join(visible(line) for line in error.message.split("\n"))]
    if error.hint:
        lines.append(f"  {visible(error.hint)}")
    _tell("\n".join(lines), sys.stderr)
    _told_programs(error.kind, error.message, error.hint, error.exit_code)
    return error.exit_code


def _told_programs(kind: str, message: str, hint: str, code: int) -> None:
    if _wants_json(sys.argv):
        import json

        fault = {"kind": kind, "message": message, "hint": hint}
        _tell(json.dumps({"error": fault, "exit_code": code}, sort_keys=True), sys.stdout)


def _wants_json(arguments: list[str]) -> bool:
    return "--format=json" in arguments or "--format json" in " ".join(arguments)


def _bug() -> int:
    import platform
    import traceback

    from feedback_loop import __version__
    from feedback_loop.domain.text import visible

    lines = [visible(line) for line in traceback.format_exc().splitlines()]
    lines.append(
        f"feedback-loop {__version__}, Python {platform.python_version()}, {platform.platform()}: "
        "this is a bug of feedback-loop, please report it with the lines above"
    )
    _tell("\n".join(lines), sys.stderr)
    _told_programs("bug", traceback.format_exc().splitlines()[-1], "please report it", 3)
    return 3
