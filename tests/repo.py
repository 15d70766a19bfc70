"""Real git repositories for tests: made in a moment, isolated from the user's configuration."""

from __future__ import annotations

import marshal
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from feedback_loop.stores import compiled
from tests.inside import run_inside
from tests.tracing import untraced

ROOT = Path(__file__).resolve().parent.parent
HOOK = ROOT / "feedback_loop" / "faces" / "hook.py"


@contextmanager
def not_endless(seconds: int = 120) -> Iterator[None]:
    """Ends what would take hours or never end. It measures nothing, neither time (benchmarks do) nor lines."""

    def give_up(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"still at it after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        with untraced():
            yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def clean_environment(home: Path) -> dict[str, str]:
    """An environment without CI, colours or the user's git settings; caches live below `home`."""
    kept = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return environment | {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
    }


def _empty(home: Path) -> Path:
    """What `git init` makes, without the samples of hooks: made once, copied for every test."""
    folder = home / "empty"
    if not folder.exists():
        command = ["git", "init", "-q", "-b", "main", str(folder)]
        subprocess.run(command, env=clean_environment(home), check=True)
        for sample in (folder / ".git/hooks").iterdir():
            sample.unlink()
    return folder


class Repo:
    """A repository below a temporary folder; every command runs inside it."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        self.environment = clean_environment(home)
        root.mkdir(parents=True, exist_ok=True)
        if (root / ".git").exists():
            self.git("init", "-q", "-b", "main")
        else:
            shutil.copytree(_empty(home), root, dirs_exist_ok=True)

    @classmethod
    def copy(cls, template: Repo, root: Path) -> Repo:
        """The same repository at another place: what takes many git processes is made once.

        What the template compiled goes along, as if the copy had made it.
        """
        copied = cls.__new__(cls)
        copied.root = root
        copied.environment = dict(template.environment)
        shutil.copytree(template.root, root, symlinks=True)
        if compiled_of(template).exists():
            compiled_of(copied, template.root).unlink()
            carry_compiled(template, copied)
        return copied

    def git(self, *arguments: str, check: bool = True) -> str:
        """Run git; its output as text."""
        return self._run(["git", *arguments], check).stdout

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file, folders included."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def stage(self, *names: str) -> None:
        """`git add` these files, or everything."""
        self.git("add", "--", *(names or (".",)))

    def commit(self, message: str = "x", *arguments: str) -> None:
        """Commit what is staged, hooks switched off."""
        self.git("commit", "-q", "--no-verify", "-m", message, *arguments)

    def call(
        self, *arguments: str, check: bool = False, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line inside the test process: the answer of `run` in a fraction of its time."""
        done = run_inside(arguments, self.root, self.environment, env or {})
        if check:
            done.check_returncode()
        return done

    def run(
        self, *arguments: str, check: bool = False, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line as a process: for entry, exit and what is settled when Python starts."""
        return self._run([sys.executable, "-m", "feedback_loop", *arguments], check, env)

    def hook(
        self, *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the hook in script form, as the installed shim does."""
        command = [sys.executable, "-I", "-S", str(HOOK), *(arguments or ("scan",))]
        return self._run(command, False, env, cwd)

    def _run(
        self, command: list[str], check: bool, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=cwd or self.root,
            env=self.environment | (env or {}),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=check,
            stdin=subprocess.DEVNULL,
        )


def compiled_of(repo: Repo, root: Path | None = None) -> Path:
    """Where the repository keeps the compiled library of its work tree, or of the one that was at `root`."""
    place = compiled._digest(str(root or repo.root).encode()).hex()[:16]
    return repo.root / ".git/feedback-loop" / f"compiled-{place}.bin"


def carry_compiled(source: Repo, target: Repo) -> None:
    """Gives one repository what another one compiled: the same files, or the built-in ones, at another place."""
    key = Path(source.environment["XDG_CACHE_HOME"], "feedback-loop/key").read_bytes()
    files, listings, parts = marshal.loads(compiled_of(source).read_bytes()[compiled._TAG :])
    before, now = str(source.root), str(target.root)
    moved = tuple((file[0].replace(before, now), *file[1:]) for file in files)
    places = tuple((folder.replace(before, now), names) for folder, names in listings)
    data = marshal.dumps((moved, places, parts))
    compiled_of(target).parent.mkdir(exist_ok=True)
    compiled_of(target).write_bytes(compiled._tag(data, key, f"compiled {now}") + data)
