"""The user's own settings: which providers they use. Nothing of this is ever read from a repository (D30)."""

from __future__ import annotations

import os
import shlex
import stat

from feedback_loop.domain.provider import ProviderSettings
from feedback_loop.errors import UserError
from feedback_loop.formats.user_config import SIZE_CAP, parse_user_config
from feedback_loop.stores.files import read_anywhere
from feedback_loop.stores.system import variable


def user_config_path() -> str:
    """`$XDG_CONFIG_HOME/feedback-loop/config.toml`, by default below `~/.config`; "" without a home.

    A relative XDG_CONFIG_HOME does not count: the XDG Base Directory Specification has it ignored, and it
    would lead into the repository.
    """
    base, home = variable("XDG_CONFIG_HOME"), variable("HOME")
    if not base.startswith("/"):
        if not home.startswith("/"):
            return ""
        base = home + "/.config"
    return base.rstrip("/") + "/feedback-loop/config.toml"


def load_user_config() -> ProviderSettings:
    """What the file says; the defaults if there is none.

    Raises UserError (settings) for a file that others may write or that belongs to somebody else, one
    that cannot be read, and with all that is wrong in it.
    """
    path = user_config_path()
    if not path:
        return ProviderSettings()
    try:
        _refuse_foreign(path)
        data = read_anywhere(path, SIZE_CAP)
    except (FileNotFoundError, NotADirectoryError):
        return ProviderSettings(path=path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}", kind="settings") from error
    settings, problems = parse_user_config(data, path)
    if problems:
        hint = "mend the file; docs/providers.md lists its keys"
        raise UserError("\n".join(str(problem) for problem in problems), hint, kind="settings")
    return settings


def _refuse_foreign(path: str) -> None:
    """It names programs that are started and places that prompts are sent to. Links are followed."""
    facts = os.stat(path)
    if facts.st_uid not in (os.geteuid(), 0):
        raise UserError(
            f"{path} belongs to somebody else (user {facts.st_uid})",
            f"make it yours: sudo chown {os.geteuid()} {shlex.quote(path)}",
            kind="settings",
        )
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UserError(
            f"{path} can be written by others (mode {stat.S_IMODE(facts.st_mode):o})",
            f"chmod go-w {shlex.quote(path)}",
            kind="settings",
        )
