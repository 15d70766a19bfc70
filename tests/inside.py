"""The command line inside the test process, with what else a process has to itself.

Starting Python, loading all modules and saving what was covered costs a second; the command itself
a hundredth of that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedback_loop.faces.cli import main

_ONLY_AT_START = ("PYTHON", "LC_", "LANG")


def run_inside(
    arguments: tuple[str, ...], folder: Path, environment: dict[str, str], changed: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """As `python -m feedback_loop` would: folder, environment and standard streams are those given.

    `changed` is what the caller varies in the environment: nothing that only a new Python would heed.
    """
    assert not [name for name in changed if name.startswith(_ONLY_AT_START)], "use Repo.run"
    command = ["feedback-loop", *arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with _place(folder, environment | changed, command), _streams(out.fileno(), err.fileno()):
            try:
                main()
            except SystemExit as ended:
                code = ended.code
        assert isinstance(code, int)
        return subprocess.CompletedProcess(command, code, _text(out.fileno()), _text(err.fileno()))


def _text(descriptor: int) -> str:
    """All that was written, as the pipe of a child is read: universal newlines, no byte lost."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, encoding="utf-8", errors="surrogateescape", closefd=False) as stream:
        return stream.read()


@contextmanager
def _place(folder: Path, environment: dict[str, str], command: list[str]) -> Iterator[None]:
    before = Path.cwd(), dict(os.environ), sys.argv, tempfile.tempdir
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv, tempfile.tempdir = command, None
    try:
        yield
    finally:
        os.chdir(before[0])
        os.environ.clear()
        os.environ.update(before[1])
        sys.argv, tempfile.tempdir = before[2:]


@contextmanager
def _streams(out: int, err: int) -> Iterator[None]:
    """The descriptors too, not the objects alone: git and worker processes inherit them."""
    before = sys.stdin, sys.stdout, sys.stderr
    kept = [os.dup(number) for number in range(3)]
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, target in enumerate((nothing, out, err)):
        os.dup2(target, number)
    os.close(nothing)
    try:
        with (
            open(0, encoding="utf-8", closefd=False) as sys.stdin,
            open(1, "w", encoding="utf-8", closefd=False) as sys.stdout,
            open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False) as sys.stderr,
        ):
            yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        for number, descriptor in enumerate(kept):
            os.dup2(descriptor, number)
            os.close(descriptor)
