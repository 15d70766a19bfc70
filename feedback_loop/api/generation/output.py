"""Generated code into the file that a person named: never over another, through a link or into git's own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from feedback_loop.api.output import check_output, write_output
from feedback_loop.domain.text import visible
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.files import write_new
from feedback_loop.workspace import Workspace

_NAME_CAP = 255  # bytes of a file's name, on every usual file system
_GIT = ".git"


@dataclass(frozen=True)
class Target:
    """The output file and the one beside it, absolute. `force`: what is there is replaced."""

    code: str
    meta: str
    force: bool


def find_target(workspace: Workspace, base: str, output: str, force: bool) -> Target:
    """Where to write what was named from the folder `base`.

    Raises UserError, before any work is done, for a place that cannot be written to, a name that is too
    long, git's own folder, a folder that is a link (from `base` or the repository on), and without `force`
    for a file that is there.
    """
    base = os.path.abspath(base)
    code = os.path.abspath(os.path.join(base, output))
    target = Target(code, code + ".meta.json", force)
    if len(os.fsencode(os.path.basename(target.meta))) > _NAME_CAP:
        raise UserError("--output: the name is too long", f"{_NAME_CAP} bytes with .meta.json", kind="usage")
    check_output(code)
    _check_folder(workspace, code, (base, workspace.root))
    for path in (target.code, target.meta):
        check_output(path)
        if os.path.islink(path):
            raise UserError(f"will not write through a link: {path!a}", kind="usage")
        if os.path.lexists(path) and not force:
            raise _taken(path, "exists already")
    return target


def _check_folder(workspace: Workspace, code: str, tops: Sequence[str]) -> None:
    folder = os.path.realpath(os.path.dirname(code))
    own = [os.path.realpath(workspace.repository.git_dir), os.path.realpath(workspace.repository.common_dir)]
    parts = [*folder.split(os.sep), *code.split(os.sep)]
    if any(part.rstrip(" .").casefold() == _GIT for part in parts) or any(
        os.path.commonpath([folder, one]) == one for one in own
    ):
        raise UserError(f"git's own folder: {code!a}", "choose another place", kind="usage")
    for top in tops:
        if os.path.commonpath([top, code]) != top:
            continue
        path = top
        for part in os.path.relpath(os.path.dirname(code), top).split(os.sep):
            path = os.path.join(path, part)
            if os.path.islink(path):
                raise UserError(f"will not write through a link: {path!a}", kind="usage")


def write_target(target: Target, code: str, meta: str) -> None:
    """Write both. Raises UserError for a file that appeared meanwhile, MachineFault when the disk says no.

    The code's file is whole or not there; without `force` no file is replaced.
    """
    for path, text in ((target.code, code), (target.meta, meta)):
        if target.force:
            write_output(path, text)
            continue
        try:
            write_new(path, text.encode("utf-8", "backslashreplace"))
        except MachineFault:
            if not os.path.lexists(path):
                raise
            raise _taken(path, "appeared meanwhile and was left alone") from None


def _taken(path: str, words: str) -> UserError:
    shown = visible(os.path.basename(path))
    return UserError(f"{shown} {words}", "choose another name, or --force", kind="usage")
