"""What speaks against a commit of ours, found before anything is written (GIT-8, H86)."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from typing import NamedTuple

from feedback_loop.errors import UserError
from feedback_loop.stores.files import components, safe_read
from feedback_loop.stores.git_writing import REWRITING, Change, Entry, GitWriter
from feedback_loop.stores.line_ends import AUTO, checked_in, line_end_rule
from feedback_loop.stores.repository import Repository
from feedback_loop.stores.system import environment, exists

_CAP = 64 << 20
_NO = ("false", "no", "off", "0", "")
_WITHOUT_US = "use --write, then commit yourself"
_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase or am",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "sequencer": "a cherry-pick or revert",
    "BISECT_LOG": "a bisect",
}
_HOOKS = ("reference-transaction", "post-index-change")  # those that our forms of git would start
_MODES = ("100644", "100755")
_SHOWN = 5


class State(NamedTuple):
    """The repository that a commit goes to. `people` are git's variables for author and committer."""

    branch: str
    head: str
    people: Mapping[str, str]
    autocrlf: str
    file_mode: bool
    sparse: bool


class Found(NamedTuple):
    """The commit's changes against HEAD, those that the index lacks, and the blobs to store."""

    changes: tuple[Change, ...]
    unstaged: tuple[Change, ...]
    blobs: tuple[bytes, ...]


class _OnDisk(NamedTuple):
    data: bytes
    executable: bool


# -- the repository --------------------------------------------------------------------------------


def check_repository(git: GitWriter, repository: Repository) -> State:
    """Raises UserError for a HEAD without a branch or a commit, for what is under way, for signed commits,
    for configured hooks that would run, and if nobody is named as author."""
    _refuse_under_way(git, repository)
    settings = git.settings()
    last = dict(settings)
    if last.get("commit.gpgsign", "false").lower() not in _NO:
        raise UserError("commit.gpgSign is set, and feedback-loop signs nothing", _WITHOUT_US, kind="git")
    hooked = {value for name, value in settings if name.startswith("hook.")} & set(_HOOKS)
    if hooked:
        message = f"a hook for {min(hooked)} is configured, and feedback-loop runs no hooks"
        raise UserError(message, _WITHOUT_US, kind="git")
    people = _people(last)
    branch, head = git.branch() or _no_branch(git)
    autocrlf = last.get("core.autocrlf", "false").lower()
    return State(
        branch,
        head,
        people,
        "false" if autocrlf in _NO else autocrlf,
        last.get("core.filemode", "true").lower() not in _NO,
        last.get("core.sparsecheckout", "false").lower() not in _NO,
    )


def _refuse_under_way(git: GitWriter, repository: Repository) -> None:
    for name, what in _UNDER_WAY.items():
        if exists(f"{repository.git_dir}/{name}") or _is_known(git, repository, name):
            message, hint = f"{what} is under way: not committed", "end it first, then run it again"
            raise UserError(message, hint, kind="git")


def _is_known(git: GitWriter, repository: Repository, name: str) -> bool:
    """Whether git knows such a ref: a reftable repository has no file of its name."""
    if not name.endswith("_HEAD") or not exists(repository.common_dir + "/reftable"):
        return False
    try:
        git.objects.commit_id(name)
    except UserError:
        return False
    return True


def _no_branch(git: GitWriter) -> tuple[str, str]:
    try:
        git.objects.commit_id("HEAD")
    except UserError:
        raise UserError("HEAD has no commit yet", "make the first commit yourself", kind="git") from None
    raise UserError("HEAD is detached: no branch to commit to", "`git switch` to a branch first", kind="git")


def _people(last: Mapping[str, str]) -> Mapping[str, str]:
    """Author and committer as git finds them, environment first; but nobody is guessed from the machine."""
    around = environment()
    found: dict[str, str] = {}
    for role in ("author", "committer"):
        prefix = f"GIT_{role.upper()}_"
        name = around.get(prefix + "NAME") or last.get(f"{role}.name") or last.get("user.name")
        email = around.get(prefix + "EMAIL") or last.get(f"{role}.email") or last.get("user.email")
        email = email or around.get("EMAIL")
        for option, value in (("user.name", name), ("user.email", email)):
            if not value:
                hint = f"git config {option} ..."
                raise UserError(f"{option} is not set: nobody to commit as", hint, kind="git")
        found |= {prefix + "NAME": str(name), prefix + "EMAIL": str(email)}
        if date := around.get(prefix + "DATE"):
            found[prefix + "DATE"] = date
    return found


# -- the files -------------------------------------------------------------------------------------


def check_files(
    git: GitWriter, state: State, files: Mapping[str, bytes | None], untouched: tuple[str, ...] = ()
) -> Found:
    """Compare HEAD, index, disk and what shall be committed; all by content, no filter runs.

    Raises UserError for paths that lead out or through links, for attributes that rewrite content, and for
    edits, staged or not, other than the very content to be committed (`untouched`: any edit).
    """
    paths = sorted({*files, *untouched})
    disk = {path: _read(git.root, path) for path in paths}
    attributes = git.attributes(paths)
    _refuse_rewriting(attributes)
    heads, staged = git.entries_in(state.head, paths), git.entries_staged(paths)
    rules = {path: line_end_rule(attributes[path], state.autocrlf) for path in paths}
    indexed = _indexed(git, [path for path in paths if rules[path] == AUTO], staged)
    checked = [
        _Checked(path, heads.get(path), staged.get(path), disk[path], rules[path], indexed.get(path))
        for path in paths
    ]
    wanted = [one.wanted(state, files) for one in checked]
    both = list(zip(checked, wanted, strict=True))
    _refuse_edits([f"{one.path!a} ({edit})" for one, want in both if (edit := one.edit(state, want))])
    return Found(
        tuple((one.path, want) for one, want in both if want != one.head),
        tuple((one.path, want) for one, want in both if want != one.staged),
        tuple(one.blob(files[one.path]) for one, want in both if want is not None and want != one.head),
    )


class _Checked(NamedTuple):
    """One path: what HEAD, index and disk have there, and how its line ends are taken in."""

    path: str
    head: Entry | None
    staged: Entry | None
    disk: _OnDisk | None
    rule: str
    indexed: bytes | None

    def blob(self, content: bytes | None) -> bytes:
        return checked_in(content or b"", self.rule, self.indexed)

    def wanted(self, state: State, files: Mapping[str, bytes | None]) -> Entry | None:
        """What shall stand there after the commit; of a path without known content: what HEAD has."""
        if any(entry is not None and entry.mode not in _MODES for entry in (self.head, self.staged)):
            raise UserError(f"not a regular file: {self.path!a}", "not committed", kind="git")
        content = files.get(self.path)
        if content is None:
            return None if self.path in files else self.head
        executable = state.file_mode and self.disk is not None and self.disk.executable
        mode = self.head.mode if self.head else _MODES[executable]
        return Entry(mode, _blob_id(self.blob(content), state.head))

    def edit(self, state: State, wanted: Entry | None) -> str:
        """Whether somebody else's change is in the way, and where: in the index or on the disk."""
        if self.staged not in (self.head, wanted):
            return "staged"
        if self.disk is None:
            gone = None in (self.staged, wanted) or state.sparse
            return "" if gone else "removed"
        ids = {_blob_id(data, state.head) for data in (self.disk.data, self.blob(self.disk.data))}
        mode = _MODES[self.disk.executable]
        for entry in (self.staged, wanted):
            if entry is not None and entry.oid in ids and (mode == entry.mode or not state.file_mode):
                return ""
        return "not staged"


def _read(root: str, path: str) -> _OnDisk | None:
    """The file, None if there is none; git takes nothing in from behind a link, and nor do we."""
    parts = components(path)
    here = root
    for part in parts:
        here += "/" + part
        try:
            facts = os.lstat(here)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(facts.st_mode):
            raise UserError(f"{path!a} is a link or lies behind one: not committed", kind="git")
    return _OnDisk(safe_read(root, path, _CAP), bool(facts.st_mode & stat.S_IXUSR))


def _indexed(git: GitWriter, paths: list[str], staged: Mapping[str, Entry]) -> dict[str, bytes | None]:
    """The blobs that the index has now."""
    there = [path for path in paths if path in staged and staged[path].mode in _MODES]
    return dict(zip(there, git.quick.texts([staged[path].oid for path in there], _CAP), strict=True))


def _refuse_rewriting(attributes: Mapping[str, Mapping[str, str]]) -> None:
    for path, values in attributes.items():
        for name in REWRITING:
            if values.get(name, "unspecified") not in ("unspecified", "unset"):
                message = f"{path!a} has the attribute {name}: feedback-loop runs no filters"
                raise UserError(message, _WITHOUT_US, kind="git")


def _refuse_edits(edited: list[str]) -> None:
    if edited:
        more = f" and {len(edited) - _SHOWN} more" if len(edited) > _SHOWN else ""
        message = f"not committed, edits of yours are in the way: {', '.join(edited[:_SHOWN])}{more}"
        raise UserError(message, "commit them or put them away first, then run it again", kind="git")


def _blob_id(data: bytes, like: str) -> str:
    """The id that git gives a blob of these bytes, in the hash of the id `like`."""
    digest = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return digest(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
