"""The one door to git: fixed argument lists, a clean environment, bytes with `-z`, no shell.

The flags are there because a repository's own configuration can name programs (file system monitor,
external diff, text conversion, hooks): none of them may run, and none may change what we read.
"""

from __future__ import annotations

import posix

from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.system import decode, environment, is_folder, joined, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.stores.git_history import HistoryGit
    from feedback_loop.stores.git_objects import Objects
    from feedback_loop.stores.git_quick import Quick
    from feedback_loop.stores.repository import Repository

MINIMUM = (2, 25)
_BLOCK = 256 << 10
_STDERR_CAP = 64 << 10
_SIGKILL = 9
_WORDS = 4  # lines of git's complaint that are shown: after those it prints its whole usage

_QUIET = (
    "--no-pager",
    "--no-optional-locks",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "log.showSignature=false",
)
_ALWAYS = (*_QUIET, "-c", "core.hooksPath=/dev/null")
# Full context (-U1000000) gives the new and the old text of each file without a second process, and
# `-O/dev/null` is the neutral form of diff.orderFile: an empty -c value is fatal in git 2.39.
DIFF_CONFIG = (
    "-c",
    "core.quotePath=false",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "diff.suppressBlankEmpty=false",
    "-c",
    "diff.relative=false",
)
_DIFF_FLAGS = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "--inter-hunk-context=0",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
    "--ignore-submodules=none",
    "--full-index",
    "--no-abbrev",
    "-M50%",
    "-l1000",
    "-O/dev/null",
)
_PATCH = (*_DIFF_FLAGS, "--raw", "-z", "-p", "-U1000000")
_STAGED_DIFF = (*DIFF_CONFIG, "diff", "--cached", *_PATCH)
_RANGE_DIFF = (*DIFF_CONFIG, "diff-tree", "-r", *_PATCH)
_FIXED = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": ":",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # the same for a git too old to know the line above
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
}
_KEPT = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "GIT_EXEC_PATH", "SYSTEMROOT")
_OWN = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")


class Git:
    """git for one repository. `program` is absolute and lies outside of the repository (T22)."""

    __slots__ = ("_common_dir", "environment", "program", "root")

    def __init__(self, repository: Repository) -> None:
        self.root = repository.root
        self._common_dir = repository.common_dir
        self.program = find_program(self.root)
        self.environment = _environment(repository)

    # -- the hot path --------------------------------------------------------------------------

    def staged_diff(self, parent: str | None = None) -> GitStream:
        """The index against HEAD (or against the full commit id `parent`), started at once."""
        arguments = (*_STAGED_DIFF, parent, "--") if parent else _STAGED_DIFF
        return GitStream([*self._command, *arguments], self.environment)

    @property
    def quick(self) -> Quick:
        """Small questions that a commit waits for."""
        from feedback_loop.stores.git_quick import Quick

        return Quick(self._command, self.environment)

    # -- cold paths ----------------------------------------------------------------------------

    def range_diff(self, old: str, new: str) -> GitStream:
        """Two trees or commits, by their full ids, compared as `staged_diff` compares; started at once."""
        return GitStream([*self._command, *_RANGE_DIFF, old, new], self.environment)

    @property
    def objects(self) -> Objects:
        """Commits, trees and blobs by name or id."""
        from feedback_loop.stores.git_objects import Objects

        return Objects(self._run, self._command, self.environment)

    @property
    def history(self) -> HistoryGit:
        """What the repository's commits changed, as streams."""
        from feedback_loop.stores.git_history import HistoryGit

        return HistoryGit(self.program, self._common_dir, self.environment)

    def version(self) -> tuple[int, ...]:
        """git's version as numbers, checked against the minimum. Raises UserError if it is older."""
        text = self._call([self.program, "version"], None, timeout=5).split()[2].decode("ascii", "replace")
        numbers = tuple(int(part) for part in text.split(".")[:3] if part.isdigit())
        if numbers < MINIMUM:
            raise UserError(f"git >= 2.25 is needed (found {text} at {self.program})", kind="git")
        return numbers

    def top_level(self) -> str:
        """The work tree's root as git sees it; git's own complaint (e.g. foreign owner) if it refuses."""
        return decode(self._run("rev-parse", "--show-toplevel").rstrip(b"\n"))

    def hooks_dir(self) -> str:
        """Where git looks for hooks, `core.hooksPath` honoured: the one call without our override of it."""
        command = [self.program, "-C", self.root, *_QUIET, "rev-parse", "--git-path", "hooks"]
        out = self._call(command, None)
        return joined(self.root, decode(out.rstrip(b"\n")))

    def blobs(self, oids: list[str], cap: int) -> list[bytes | None]:
        """The objects' bytes, in order; None for one of more than `cap` bytes.

        Raises MachineFault if an object is missing.
        """
        facts = self._run("cat-file", "--batch-check", stdin=_lines(oids)).splitlines()
        sizes = [fact.split(b" ")[2:] for fact in facts]
        if any(not size for size in sizes):
            missing = next(oid for oid, size in zip(oids, sizes, strict=True) if not size)
            raise MachineFault(f"object {missing} is missing from the repository", kind="git")
        wanted = [oid for oid, size in zip(oids, sizes, strict=True) if int(size[0]) <= cap]
        out = self._run("cat-file", "--batch", stdin=_lines(wanted))
        found: list[bytes | None] = []
        at = 0
        for (size,) in sizes:
            if int(size) > cap:
                found.append(None)
                continue
            begin = out.index(b"\n", at) + 1
            found.append(out[begin : begin + int(size)])
            at = begin + int(size) + 1
        return found

    def blob_diff(self, old: str, new: str) -> bytes:
        """The patch between two objects with full context: no attribute has a say in it."""
        return self._run(*DIFF_CONFIG, "diff", *_DIFF_FLAGS, "-p", "-U1000000", old, new, "--")

    # -- git's own configuration: `git config` reads and writes files, it starts no program ----------
    #
    # GitPython's reader knows neither GIT_CONFIG_COUNT nor a worktree's configuration, and its writer is
    # not to be used (GIT-7): these forms are fixed but for values, which stand last.

    def hooks_path(self) -> tuple[str, str] | None:
        """(core.hooksPath, where it is set) as git sees it, or None."""
        out = self._config("--show-origin", "--null", "--get", "core.hooksPath", accepted=(1,))
        origin, *value = decode(out).split("\0")
        return (value[0], origin.removeprefix("file:")) if value else None

    def author_email(self) -> str:
        """user.email as it is set for this repository; "" if it is not."""
        return decode(self._config("--null", "--get", "user.email", accepted=(1,))).rstrip("\0")

    def configured_hook(self) -> list[tuple[str, str]]:
        """(option, value) of `hook.feedback-loop` in this repository's configuration, as they stand."""
        out = self._config("--local", "--null", "--get-regexp", r"^hook\.feedback-loop\.", accepted=(1,))
        pairs = [record.partition("\n") for record in decode(out).split("\0")[:-1]]
        return [(name.removeprefix("hook.feedback-loop."), value) for name, _, value in pairs]

    def configure_hook(self, command: str, events: tuple[str, ...]) -> None:
        """Write `hook.feedback-loop`; the command first, because git dies of an event without one."""
        self.remove_configured_hook()
        self._config("--local", "--add", "hook.feedback-loop.command", command)
        for event in events:
            self._config("--local", "--add", "hook.feedback-loop.event", event)

    def remove_configured_hook(self) -> bool:
        """Remove `hook.feedback-loop` from this repository's configuration; False if it is not there."""
        if not self.configured_hook():
            return False
        self._config("--local", "--remove-section", "hook.feedback-loop")
        return True

    def _config(self, *arguments: str, accepted: tuple[int, ...] = ()) -> bytes:
        """`git config` without our override of core.hooksPath; status 1 of `--get` is "no such value"."""
        command = [self.program, "-C", self.root, *_QUIET, "config", *arguments]
        return self._call(command, None, accepted=accepted)

    @property
    def _command(self) -> list[str]:
        return [self.program, "-C", self.root, *_ALWAYS]

    def _run(self, *arguments: str, stdin: bytes | None = None, accepted: tuple[int, ...] = ()) -> bytes:
        return self._call([*self._command, *arguments], stdin, accepted=accepted)

    def _call(
        self, command: list[str], stdin: bytes | None, timeout: int = 60, accepted: tuple[int, ...] = ()
    ) -> bytes:
        import subprocess

        try:
            done = subprocess.run(
                command, input=stdin or b"", capture_output=True, env=self.environment, timeout=timeout
            )
        except subprocess.TimeoutExpired as error:
            raise MachineFault(f"git took more than {timeout} s", kind="time") from error
        if done.returncode and done.returncode not in accepted:
            raise git_failed(done.returncode, done.stderr)
        return done.stdout


class GitStream:
    """A running git whose output is read block by block; `close` it when done."""

    __slots__ = ("_errors", "_pid", "output")

    def __init__(self, command: list[str], environment: dict[str, str], stdin: int | None = None) -> None:
        self.output, output = posix.pipe()
        self._errors, errors = posix.pipe()
        actions = [
            (posix.POSIX_SPAWN_OPEN, 0, "/dev/null", posix.O_RDONLY, 0)
            if stdin is None
            else (posix.POSIX_SPAWN_DUP2, stdin, 0),
            (posix.POSIX_SPAWN_DUP2, output, 1),
            (posix.POSIX_SPAWN_DUP2, errors, 2),
        ]
        try:
            self._pid = posix.posix_spawn(command[0], command, environment, file_actions=actions)
        finally:
            posix.close(output)
            posix.close(errors)

    def blocks(self) -> Iterator[bytes]:
        """The output in blocks of up to 256 KiB. At its end git's exit status is checked.

        Raises UserError or MachineFault with git's own words if it failed. git's complaints fit the
        pipe (64 KiB); a flood of them would block git and end at the caller's time limit.
        """
        while block := posix.read(self.output, _BLOCK):
            yield block
        self.finish()

    def finish(self) -> None:
        """Wait for the end of a git that has said all. Raises as `blocks` does if it failed."""
        complaint = posix.read(self._errors, _STDERR_CAP)
        status = self._wait()
        if status:
            raise git_failed(status, complaint)

    def close(self) -> None:
        """Let go of git: one that has not been read to its end is ended."""
        if self._pid >= 0:
            posix.kill(self._pid, _SIGKILL)
            self._wait()

    def _wait(self) -> int:
        posix.close(self.output)
        posix.close(self._errors)
        pid, self._pid = self._pid, -1
        return posix.waitstatus_to_exitcode(posix.waitpid(pid, 0)[1])


class ScratchRepository:
    """A repository that this very process made and owns: the demo's. Ordinary git commands, real hooks.

    Never for a user's repository: these commands run whatever its configuration names.
    """

    __slots__ = ("_environment", "_program", "root")

    def __init__(self, root: str) -> None:
        self.root = root
        self._program = find_program(root)
        kept = {name: value for name, value in environment().items() if not name.startswith("GIT_")}
        identity = {"NAME": "Demo", "EMAIL": "demo@example.org"}
        people = {
            f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in identity.items()
        }
        isolated = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        self._environment = kept | people | isolated
        self.run("init", "-q")
        self.run("symbolic-ref", "HEAD", "refs/heads/main")
        self.run("config", "core.hooksPath", ".git/hooks")  # whatever the user's own configuration says

    def run(self, *arguments: str, color: bool = False) -> tuple[int, str]:
        """One git command: its exit code, and what it and its hooks printed."""
        import subprocess

        extra = {"FORCE_COLOR": "1"} if color else {}
        done = subprocess.run(
            [self._program, *arguments],
            cwd=self.root,
            env=self._environment | extra,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
        )
        return done.returncode, done.stdout.decode("utf-8", "replace")


def git_failed(status: int, stderr: bytes) -> UserError:
    """git's failure in its own words: 128 is something the user can mend, all else the machine's fault."""
    lines = stderr[:_STDERR_CAP].decode("utf-8", "replace").strip().splitlines()
    words = "\n".join(lines[:_WORDS]) or f"git ended with status {status}"
    if status == 128:
        return UserError(words, kind="git")
    return MachineFault(words, kind="git")


def find_program(root: str) -> str:
    """git from an absolute PATH entry outside of the repository. Raises UserError if there is none."""
    for folder in (variable("PATH") or "/bin:/usr/bin").split(":"):
        program = folder + "/git"
        usable = folder.startswith("/") and posix.access(program, posix.X_OK) and not is_folder(program)
        if usable and not _is_inside(folder, root):
            return program
    raise UserError("git >= 2.25 is needed (found none on PATH)", "install git, or mend PATH", kind="git")


def _is_inside(folder: str, root: str) -> bool:
    """Whether the folder is the root or lies below it, by whatever links and dots it is named."""
    top = posix.stat(root)
    while True:
        here = posix.stat(folder)
        if (here.st_dev, here.st_ino) == (top.st_dev, top.st_ino):
            return True
        folder += "/.."
        above = posix.stat(folder)
        if (here.st_dev, here.st_ino) == (above.st_dev, above.st_ino):
            return False


def _lines(words: list[str]) -> bytes:
    return "".join(word + "\n" for word in words).encode("ascii")


def _environment(repository: Repository) -> dict[str, str]:
    """Only what git needs: the user's `GIT_CONFIG_*`, and `GIT_DIR` and its like if they speak of this
    repository; another repository's hook must not send us to its index (T6)."""
    names = (*_KEPT, *_OWN) if repository.own else _KEPT
    kept = {
        name: value for name, value in environment().items() if name in names or name.startswith("GIT_CONFIG")
    }
    # git is started in the root: what was said as seen from elsewhere is said again in full.
    if "GIT_DIR" in kept:
        kept |= {"GIT_DIR": repository.git_dir, "GIT_WORK_TREE": repository.root}
    if "GIT_INDEX_FILE" in kept:
        kept["GIT_INDEX_FILE"] = joined(posix.getcwd(), kept["GIT_INDEX_FILE"])
    return kept | _FIXED
