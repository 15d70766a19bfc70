"""The ways a run can end badly that are not a bug of ours."""


class UserError(Exception):
    """The user's world is wrong and the user can mend it: exit 2, one or two lines, no traceback.

    `kind` is the `error.kind` of JSON output: usage, settings, input, no_repository or git.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "", kind: str = "input") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind


class InputError(UserError, ValueError):
    """What the documented Python names raise as ValueError; to the command line a mistake like any other."""


class MissingFileError(UserError, FileNotFoundError):
    """The same for a file that is not there."""


class MachineFault(UserError):
    """The machine failed us (disk, lock, time): exit 3 in one line; `kind` is io, busy or time."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "", kind: str = "io") -> None:
        super().__init__(message, hint, kind)
