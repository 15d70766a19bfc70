"""The command line for people and scripts: its entry, and the one handler of its errors."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feedback_loop.errors import UserError


def main() -> None:
    """Run and exit: 0 done, 1 a negative answer, 2 something to mend, 3 our fault, 130 Ctrl-C."""
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the exit flush fails again
        return 0
    except OSError as error:
        return _told(MachineFault(error.strerror or str(error)))
    except Exception as error:  # noqa: BLE001 - the one place where our bugs end
        return _usage(error) if hasattr(error, "format_message") else _bug()


def _open_streams() -> None:
    """A closed standard stream is None in Python: talk into the void instead of failing on it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for good


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

    print(
        "feedback-loop: " + "\n  ".join(visible(line) for line in error.message.split("\n")), file=sys.stderr
    )
    if error.hint:
        print(f"  {visible(error.hint)}", file=sys.stderr)
    _told_programs(error.kind, error.message, error.hint, error.exit_code)
    return error.exit_code


def _told_programs(kind: str, message: str, hint: str, code: int) -> None:
    if _wants_json(sys.argv):
        import json

        fault = {"kind": kind, "message": message, "hint": hint}
        print(json.dumps({"error": fault, "exit_code": code}, sort_keys=True))


def _wants_json(arguments: list[str]) -> bool:
    return "--format=json" in arguments or "--format json" in " ".join(arguments)


def _bug() -> int:
    import platform
    import traceback

    from feedback_loop import __version__
    from feedback_loop.domain.text import visible

    for line in traceback.format_exc().splitlines():
        print(visible(line), file=sys.stderr)
    print(
        f"feedback-loop {__version__}, Python {platform.python_version()}, {platform.platform()}: "
        "this is a bug of feedback-loop, please report it with the lines above",
        file=sys.stderr,
    )
    _told_programs("bug", traceback.format_exc().splitlines()[-1], "please report it", 3)
    return 3
