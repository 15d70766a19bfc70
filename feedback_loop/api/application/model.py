"""What is known of the application under test: a document that tells it, and its own source (C16)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from feedback_loop.api.application.model_object import model_of
from feedback_loop.api.report_files import read_report_file
from feedback_loop.domain.api_model import ApiModel
from feedback_loop.domain.model_merge import merge_source
from feedback_loop.domain.text import visible
from feedback_loop.errors import UserError
from feedback_loop.formats.model_source import may_hold_models, read_source
from feedback_loop.formats.model_text import LARGEST, read_model_text
from feedback_loop.stores.files import safe_read
from feedback_loop.stores.tree_walk import read_capped
from feedback_loop.workspace import Workspace

__all__ = ["model_of", "read_model"]

_SETTING = "classify.ir"
_FILES = 200  # of source with models
_LOOKED_AT = 5000  # files of source
_FILE_CAP = 1 << 20  # bytes of each
_LIKELY = ("model", "schema", "entit", "table", "orm")


def read_model(workspace: Workspace, path: str | None = None) -> ApiModel | None:
    """The model of the application in the repository; None where nothing tells it.

    `path` is a file of any place that a person names, None = the file of the setting `classify.ir`, if there
    is one. What the models in the repository's own Python files say comes on top. Raises UserError for a
    file that cannot be read or used.
    """
    told = _named(path) if path is not None else _set(workspace)
    source = read_source(_sources(workspace))
    if told is not None:
        return merge_source(told, source)
    return source if source.entities else None


def _named(path: str) -> ApiModel:
    return read_model_text(read_report_file(path), path)


def _set(workspace: Workspace) -> ApiModel | None:
    path = workspace.settings()[0].classify_ir
    if not path:
        return None
    try:
        data = safe_read(workspace.root, path, LARGEST)
    except FileNotFoundError:
        message = f"the setting {_SETTING} names {visible(path)}, which is not there"
        raise UserError(message, "mend the setting, or write the file", kind="settings") from None
    except OSError as error:
        raise UserError(
            f"cannot read {visible(path)} (setting {_SETTING}): {error.strerror}", kind="settings"
        ) from error
    except UserError as error:
        raise UserError(f"setting {_SETTING}: {error.message}", error.hint, kind="settings") from None
    return read_model_text(data, path)


def _sources(workspace: Workspace) -> Iterator[tuple[str, bytes]]:
    """The tracked Python files that may hold models, as they stand in the working tree."""
    entries, _ = workspace.git.objects.index()
    tracked = (os.fsdecode(path) for mode, _, path in entries if mode.startswith("100"))
    found = 0
    for path in sorted((one for one in tracked if one.endswith(".py")), key=_place)[:_LOOKED_AT]:
        try:
            data = read_capped(workspace.root, path, _FILE_CAP)
        except (OSError, UserError):  # deleted, or swapped for a link: it tells nothing
            continue
        if data is None or not may_hold_models(data):
            continue
        yield path, data
        found += 1
        if found == _FILES:
            return


def _place(path: str) -> tuple[bool, bool, str]:
    """Files that sound like models first, tests last: of a large repository not all are looked at."""
    name = path.rpartition("/")[2]
    is_test = name.startswith(("test_", "conftest")) or name.endswith("_test.py")
    return is_test, not any(word in path.lower() for word in _LIKELY), path
