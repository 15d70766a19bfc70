"""GIT-1: whatever the tool is asked for, git is called in the listed forms and with the flags of GIT-2.

A `git` first on PATH writes down what it is called with, and calls the real one.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback_loop.stores.git import Git
from feedback_loop.stores.git_commit import commit_files
from feedback_loop.stores.repository import find_repository
from tests.repo import Repo

QUIET = (
    *("--no-pager", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false"),
    *("-c", "safe.bareRepository=explicit", "-c", "log.showSignature=false"),
)
NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
# History is read as in a bare repository; `:(...)` pathspecs are its own.
BARE = (
    *("--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "safe.bareRepository=explicit", "-c", "log.showSignature=false", "-c", "core.bare=true"),
    *("-c", "core.quotePath=false", "-c", "core.attributesFile=/dev/null", "-c", "diff.orderFile=/dev/null"),
    *("-c", "core.bigFileThreshold=512m"),
)
# These two ask for core.hooksPath itself, or write what is asked for: they start no hook.
WITH_HOOKS_PATH = ("config", "rev-parse --git-path hooks")

OID = r"(?:[0-9a-f]{40}|[0-9a-f]{64})"
REF = r"[A-Za-z0-9_][^ ]*"
PATHS = r".+"
SPECS = r"(?: :\(.+|)"
NEUTRAL = (
    r"-c core\.quotePath=false -c core\.attributesFile=/dev/null "
    r"-c diff\.suppressBlankEmpty=false -c diff\.relative=false "
)
TEXT = r"--no-ext-diff --no-textconv --no-color [^ ]+(?: [^ ]+)*? -O/dev/null "
WRITING = r"-c core\.fsync=all -c i18n\.commitEncoding=UTF-8 "
PRIVATE = WRITING + r"-c core\.splitIndex=false "

# Values stand where a name in capitals stands, and nowhere else. One form a line, by what it is for.
FORMS = (
    # the staged change, ranges, two blobs
    rf"{NEUTRAL}diff --cached {TEXT}--raw -z -p -U1000000(?: {OID} --)?",
    rf"{NEUTRAL}diff --cached --raw -z --no-renames --no-abbrev --no-ext-diff --no-textconv --no-color "
    rf"--ignore-submodules=none -O/dev/null(?: {OID} --)?",
    rf"{NEUTRAL}diff-tree -r {TEXT}--raw -z -p -U1000000 {OID} {OID}",
    rf"{NEUTRAL}diff {TEXT}-p -U1000000 {OID} {OID} --",
    rf"diff-tree -r --raw -z --no-renames --no-abbrev --diff-filter=d {OID} {OID}",
    # objects and names
    r"cat-file --batch(?:-check)?",
    rf"ls-tree -r -z {OID}",
    rf"ls-tree -z {OID} -- {PATHS}",
    rf"ls-files -s -z(?: -- {PATHS})?",
    r"check-attr -z --stdin filter ident working-tree-encoding text crlf eol",
    r"for-each-ref --format=%\((?:symref|objectname)\) refs/[^ ]+(?: refs/[^ ]+)*",
    r"for-each-ref --format=%\(HEAD\)%\(objectname\) %\(refname\) refs/heads",
    rf"merge-base {REF} {REF}",
    # commits
    rf"log -1 -z --format=%c[st] {OID} --",
    rf"log --first-parent -m --no-renames --diff-filter=A --max-count=1 -z --format=%H %P HEAD -- {PATHS}",
    rf"rev-list --no-merges --parents --max-count=\d+ {REF} --",
    rf"rev-parse --verify --quiet {REF}\^\{{commit\}}",
    # facts
    r"rev-parse (?:--show-toplevel|--git-path hooks|--is-shallow-repository)",
    r"version",
    r"config (?:--local )?--null --get(?:-regexp)? [^ ]+",
    r"config --show-origin --null --get core\.hooksPath",
    r"config --get-regexp [^ ]+",
    # our own hook in git's configuration
    r"config --local --add hook\.feedback-loop\.(?:command|event) .+",
    r"config --local --remove-section hook\.feedback-loop",
    # our own commit
    rf"{WRITING}hash-object -w --stdin --no-filters",
    rf"{PRIVATE}(?:read-tree {OID}|write-tree --missing-ok)",
    rf"{WRITING}read-tree --empty",
    rf"(?:{WRITING}|{PRIVATE})update-index --add(?: --cacheinfo 100(?:644|755),{OID},.+)+",
    rf"(?:{WRITING}|{PRIVATE})update-index --force-remove -- {PATHS}",
    rf"{WRITING}commit-tree {OID} -p {OID}",
    rf"{WRITING}update-ref -m commit: .+ refs/heads/[^ ]+ {OID} {OID}",
    # history
    r"for-each-ref --format=%\(refname:strip=2\)[^ ]+ refs/tags",
    r"bare: log --topo-order --reverse -z --encoding=UTF-8 --ignore-missing --format=[^ ]+ --stdin",
    r"bare: diff-tree --stdin --always --raw -z -r --root -p -U0 -M -l1000 --full-index --no-ext-diff "
    r"--no-textconv --no-color --diff-algorithm=myers --inter-hunk-context=0 --src-prefix=a/ "
    rf"--dst-prefix=b/ --submodule=short --ignore-submodules=none --indent-heuristic --{SPECS}",
    rf"bare: diff-tree --stdin --always --raw -z -r --root --no-renames --no-abbrev --{SPECS}",
    rf"bare: diff-tree --stdin -c --raw -z -r --{SPECS}",
    rf"bare: rev-list --first-parent --reverse {OID}(?: \^{OID})? --{SPECS}",
    rf"bare: rev-list --first-parent --max-count=1 {OID} --{SPECS}",
    rf"bare: rev-list --objects --missing=print --no-object-names {OID} --",
)
COMMANDS = (  # those that ask git anything; history's and retro's belong here too
    "init --yes",
    "scan",
    "scan --all",
    "scan --from-ref HEAD~1 --to-ref HEAD",
    "check",
    "doctor",
    "plan new Title",
    "plan check",
    "plan list",
    "baseline write",
    "log bug --pattern specific_exceptions --error IndexError --code x --file a.py --line 1",
    "explain specific_exceptions",
    "uninstall",
)


@pytest.fixture
def log(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where each call stands: its arguments with NUL behind each, and a line end."""
    real, path = shutil.which("git"), tmp_path / "log"
    script = tmp_path / "bin/git"
    script.parent.mkdir()
    write = f'{{ printf "%s\\0" "$@"; printf "\\n"; }} >> {shlex.quote(str(path))}'
    script.write_text(f'#!/bin/sh\n{write}\nexec {real} "$@"\n')
    script.chmod(0o755)
    # The tool's alone: what the test itself calls goes past it.
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    return path


def calls(log: Path, repo: Repo) -> set[str]:
    """What git was called for, flags checked and taken off."""
    found = set()
    for record in log.read_bytes().split(b"\0\n")[:-1]:
        words = tuple(record.decode("utf-8", "replace").split("\0"))
        if words[:3] == ("-C", f"{repo.root}/.git", "--git-dir=."):
            assert words[3 : 3 + len(BARE)] == BARE, words
            found.add("bare: " + " ".join(words[3 + len(BARE) :]))
        elif words != ("version",):
            assert words[: 2 + len(QUIET)] == ("-C", str(repo.root), *QUIET), words
            rest = words[2 + len(QUIET) :]
            hooks_off = rest[:2] == NO_HOOKS
            form = " ".join(rest[2:] if hooks_off else rest)
            assert hooks_off or form.startswith(WITH_HOOKS_PATH), words
            found.add(form)
        else:
            found.add("version")
    return found


def unlisted(found: set[str]) -> list[str]:
    return sorted(form for form in found if not any(re.fullmatch(one, form, re.DOTALL) for one in FORMS))


@pytest.fixture
def filled(repo: Repo, warm: Callable[[Repo], None]) -> Repo:
    repo.git("config", "user.name", "U")
    repo.git("config", "user.email", "u@example.org")
    for text in ("x = 1\n", "x = 2\n"):
        repo.write("a.py", text)
        repo.stage()
        repo.commit()
    warm(repo)
    repo.write("a.py", "try:\n    x = 3\nexcept:\n    pass\n")
    repo.stage()
    return repo


def test_commands_call_git_in_the_listed_forms_only(filled: Repo, log: Path) -> None:
    for command in COMMANDS:
        done = filled.call(*command.split(), env={"PATH": os.environ["PATH"]})
        assert done.returncode in (0, 1), (command, done.stderr)
    found = calls(log, filled)
    assert len(found) > 10
    assert unlisted(found) == []


def test_our_own_commit_is_made_in_the_listed_forms_only(filled: Repo, log: Path) -> None:
    (filled.root / "b.md").write_bytes(b"b\n")
    filled.git("rm", "-q", "--cached", "a.py")
    filled.git("add", "a.py")
    root = find_repository(str(filled.root))
    commit_files(root, "Retro\n\nx", {"b.md": b"b\n"}, now=0)
    (filled.root / "b.md").unlink()
    commit_files(root, "Retro", {"b.md": None}, now=0)
    found = calls(log, filled)
    assert unlisted(found) == []
    verbs = ("hash-object", "read-tree", "update-index --add", "update-index --force-remove", "write-tree")
    for verb in (*verbs, "commit-tree", "update-ref"):
        assert [form for form in found if verb in form], verb


def test_history_is_read_in_the_listed_forms_only(filled: Repo, log: Path) -> None:
    git = Git(find_repository(str(filled.root)))
    tip, first = git.objects.commit_id("HEAD"), git.objects.commit_id("HEAD~1")
    specs = [":(top,glob)**/*.py"]
    of = git.history
    assert len(list(of.log(tip, [first]))) == 1
    assert len(list(of.patches([tip, f"{tip} {first}"], specs))) == 2
    list(of.entries([tip], specs))
    of.merged_by_hand([], specs)
    of.chain_commits(tip, first, "patterns")
    of.newest_outside(tip, ["retros"])
    of.missing(tip)
    git.objects.tags()
    assert unlisted(calls(log, filled)) == []


@pytest.mark.parametrize(
    "form",
    [
        *("status", "add -A", "commit -m x", "diff", "diff --cached", "blame a.py", "archive HEAD"),
        *("hash-object -w --stdin", "write-tree", "update-index --refresh", "merge-base -x HEAD"),
        *("checkout -- a.py", "rev-parse --verify --quiet --output=x^{commit}", "log -p", "gc"),
    ],
)
def test_other_forms_are_found(form: str) -> None:
    assert unlisted({form}) == [form]
