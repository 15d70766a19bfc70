"""The baseline on the disk: `.feedback-loop/baseline.jsonl`, or a file that the user names."""

from __future__ import annotations

import os

from feedback_loop.domain.baseline import Baseline
from feedback_loop.errors import UserError
from feedback_loop.formats.baseline_doc import SIZE_CAP, format_baseline, parse_baseline
from feedback_loop.stores.files import atomic_write, safe_read

FOLDER = ".feedback-loop"
FILE = FOLDER + "/baseline.jsonl"


def load_baseline(root: str, *, join: bool = False) -> Baseline | None:
    """The repository's baseline, None if it has none; `join` as in `parse_baseline`.

    Raises UserError if the file cannot be read, is broken, or is a link out of the repository.
    """
    data = _read(root, FILE, FILE)
    return None if data is None else parse_baseline(data, FILE, join=join)


def load_named_baseline(root: str, path: str) -> Baseline:
    """The baseline in the file that the user named, as seen from the process's folder.

    Raises UserError as `load_baseline`, and if there is no such file.
    """
    full = os.path.abspath(path)
    inside = full.startswith(root.rstrip("/") + "/")
    folder, name = (root, os.path.relpath(full, root)) if inside else os.path.split(full)
    data = _read(folder, name, path)
    if data is None:
        raise UserError(f"no such baseline: {path}", kind="usage")
    return parse_baseline(data, path)


def has_baseline(root: str) -> bool:
    """Whether there is anything under the name, even what cannot be read."""
    return os.path.lexists(f"{root}/{FILE}")


def save_baseline(root: str, baseline: Baseline) -> bool:
    """Write the repository's baseline; False if the file holds these very bytes already.

    Raises UserError if the file or its folder is a link, MachineFault when the disk says no.
    """
    if os.path.islink(f"{root}/{FOLDER}"):
        raise UserError(f"will not write through a link: {FOLDER!a}")
    return atomic_write(f"{root}/{FILE}", format_baseline(baseline))


def _read(folder: str, name: str, shown: str) -> bytes | None:
    try:
        return safe_read(folder, name, SIZE_CAP)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"cannot read {shown}: {error.strerror}") from error
