"""The hook files of a repository, and the managers that may own them: read, put in place, taken away."""

from __future__ import annotations

import os
import stat
import sys

from feedback_loop.domain import hooks as words
from feedback_loop.domain.hooks import CHAINED, HookFile, Manager, calls_us, owner_of, started_by
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.files import atomic_write, safe_read

PRE_COMMIT_CONFIG = ".pre-commit-config.yaml"
_CAP = 1 << 20
# Which files say that a manager is used here; prek reads pre-commit's too.
_CONFIGS = {
    "pre-commit": (PRE_COMMIT_CONFIG, ".pre-commit-config.yml"),
    "prek": ("prek.toml",),
    "lefthook": tuple(
        dot + "lefthook" + suffix for suffix in (".yml", ".yaml", ".toml") for dot in ("", ".")
    ),
    "husky": (".husky/pre-commit",),
}


def our_parts() -> tuple[str, str]:
    """(interpreter, hook file) that an installed hook starts: those that run now (PERF-2)."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if not sys.executable:
        raise MachineFault("cannot tell which Python runs: no hook can name it", kind="io")
    return sys.executable, package + "/faces/hook.py"


def read_hook(folder: str, name: str) -> HookFile:
    """What stands at `folder/name`; links are somebody else's, whatever they point to."""
    path = f"{folder}/{name}"
    chained = os.path.lexists(path + CHAINED)
    try:
        seen = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return HookFile(name, path, chained=chained)
    runs = os.access(path, os.X_OK)
    if stat.S_ISLNK(seen.st_mode):
        return HookFile(name, path, words.STRANGER, runs, chained)
    if not stat.S_ISREG(seen.st_mode):
        return HookFile(name, path, words.NOT_A_FILE, False, chained)
    try:
        data = safe_read(folder, name, _CAP)
    except UserError:  # larger than any script: a program
        return HookFile(name, path, words.STRANGER, runs, chained)
    except OSError as error:
        raise MachineFault(f"cannot read {path}: {error.strerror}") from error
    owner = owner_of(data)
    if owner == words.OURS:
        python, script = started_by(data)
        former = data != words.format_hook(_plain_name(name), python, script)
        return HookFile(name, path, owner, runs, chained, python, script, _broken(python, script), former)
    return HookFile(name, path, owner, runs, chained, asks_own_name=b"$0" in data)


def _broken(python: str, script: str) -> str:
    if not os.access(python, os.X_OK):
        return f"{python} is gone"
    return "" if os.path.isfile(script) else f"{script} is gone"


def write_hook(hook: HookFile, data: bytes) -> bool:
    """Put our script there; a foreign hook is moved aside first, bytes and mode kept.

    False if it stood there already. Raises UserError if there is a former hook aside *and* a new one.
    """
    try:
        if hook.foreign:
            os.rename(hook.path, hook.path + CHAINED)
        written = atomic_write(hook.path, data, 0o755)
        if not os.access(hook.path, os.X_OK):
            os.chmod(hook.path, 0o755)
            written = True
    except OSError as error:
        raise MachineFault(f"cannot write {hook.path}: {error.strerror}") from error
    return written


def remove_hook(hook: HookFile) -> bool:
    """Take our script away; True if the hook that stood there before is back in its place."""
    aside = os.path.dirname(hook.path) + "/" + _plain_name(hook.name) + CHAINED
    try:
        if os.path.lexists(aside):
            os.replace(aside, hook.path)
            return True
        if hook.owner:
            os.unlink(hook.path)
    except OSError as error:
        raise MachineFault(f"cannot change {hook.path}: {error.strerror}") from error
    return False


def _plain_name(name: str) -> str:
    every = (*words.NAMES, *words.EXTRAS)
    return next((plain for plain in every if name == plain or name.startswith(plain + ".")), name)


def is_usable(folder: str) -> bool:
    """Whether hooks can stand in the folder, now or once it is made; core.hooksPath may say /dev/null."""
    return os.path.isdir(folder) or not os.path.lexists(folder)


def read_hooks(folder: str) -> list[HookFile]:
    """The hooks we care for, as git would find them."""
    return [read_hook(folder, name) for name in words.NAMES]


def extra_hooks(folder: str) -> list[HookFile]:
    """The hooks that are ours only where somebody asked for them, and ours that were moved aside."""
    return [read_hook(folder, name) for name in words.EXTRAS] + moved_hooks(folder, words.EXTRAS)


def moved_hooks(folder: str, plain: tuple[str, ...] = words.NAMES) -> list[HookFile]:
    """Hooks of ours that another manager found and moved aside; they still run from there."""
    names = [name + ending for name in plain for ending in words.MOVED]
    return [hook for hook in (read_hook(folder, name) for name in names) if hook.ours]


def find_managers(root: str, folder: str) -> list[Manager]:
    """The hook managers this repository uses, by their files and by the hooks git runs now."""
    owners = {read_hook(folder, name + ending).owner for name in words.NAMES for ending in ("", CHAINED)}
    if os.path.realpath(folder).startswith(os.path.realpath(root) + "/.husky"):
        owners.add("husky")
    found = []
    for name, files in _CONFIGS.items():
        config = next((file for file in files if os.path.lexists(f"{root}/{file}")), "")
        if name == "prek" and name in owners and not config:
            config = next((file for file in _CONFIGS["pre-commit"] if os.path.lexists(f"{root}/{file}")), "")
        shared = name == "pre-commit" and "prek" in owners
        if (config or name in owners) and not shared:
            found.append(Manager(name, config, name in owners, bool(config) and _wired(root, config)))
    return found


def _wired(root: str, config: str) -> bool:
    try:
        return calls_us(safe_read(root, config, _CAP))
    except (OSError, UserError):
        return False


def write_pre_commit_config(root: str) -> str:
    """Write pre-commit's configuration where there is none; returns its name."""
    atomic_write(f"{root}/{PRE_COMMIT_CONFIG}", words.PRE_COMMIT_CONFIG.encode())
    return PRE_COMMIT_CONFIG


def remove_pre_commit_config(root: str) -> bool:
    """Remove it if it is still the one we wrote, byte for byte."""
    try:
        if safe_read(root, PRE_COMMIT_CONFIG, _CAP) != words.PRE_COMMIT_CONFIG.encode():
            return False
        os.unlink(f"{root}/{PRE_COMMIT_CONFIG}")
    except (OSError, UserError):
        return False
    return True
