"""Accepted findings: taken away from a scan, and managed by command. Cold: imported only when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedback_loop.domain.baseline import Baseline, BaselineChange, accept, subtract, without_match
from feedback_loop.errors import UserError
from feedback_loop.formats.baseline_doc import entry_fields, parse_baseline
from feedback_loop.stores.baseline import (
    FILE,
    has_baseline,
    load_baseline,
    load_named_baseline,
    save_baseline,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from feedback_loop.domain.baseline import BaselineEntry
    from feedback_loop.domain.finding import ScanResult
    from feedback_loop.workspace import Workspace

NONE = "none"


def subtract_baseline(
    workspace: Workspace,
    result: ScanResult,
    choice: str | None = None,
    *,
    seen: Callable[[BaselineEntry], bool] | None = None,
) -> None:
    """Take the accepted findings out of the result; `choice` is what `--baseline` says.

    None = the repository's own file if there is one, `none` = take nothing away, else a path as seen
    from the process's folder. `seen` as in `domain.baseline.subtract`. Raises UserError if the file is
    broken: then nobody knows what was accepted.
    """
    if choice == NONE:
        return
    root = workspace.root
    baseline = load_baseline(root) if choice is None else load_named_baseline(root, choice)
    if baseline is not None:
        subtract(result, baseline, seen)


def subtract_text(
    result: ScanResult, data: bytes, name: str, *, seen: Callable[[BaselineEntry], bool] | None = None
) -> None:
    """The same with the bytes of a baseline that is no file, e.g. of the merge base; `name` for messages."""
    subtract(result, parse_baseline(data, name), seen)


def added_entries(old: bytes | None, new: bytes | None) -> list[BaselineEntry]:
    """What the new baseline file accepts and the old one did not (None = there is no such file).

    Raises UserError if one of them is broken.
    """
    before, after = (Baseline() if data is None else parse_baseline(data, FILE) for data in (old, new))
    return sorted(after.entries - before.entries)


def read_baseline(workspace: Workspace) -> Baseline | None:
    """The repository's baseline, or None. Raises UserError if it is broken."""
    return load_baseline(workspace.root)


def baseline_document(baseline: Baseline) -> list[dict[str, str]]:
    """The entries as JSON objects, in the file's order."""
    return [entry_fields(entry) for entry in sorted(baseline.entries)]


def write_baseline(workspace: Workspace, level: str) -> BaselineChange:
    """Accept all findings of the tracked files, of this level or a higher one, in a new baseline.

    Raises UserError if there is a baseline already, or if the library or the settings are broken.
    """
    if has_baseline(workspace.root):
        raise UserError(
            f"{FILE} is there already",
            "`feedback-loop baseline update --add` accepts what is new; delete the file to begin anew",
        )
    result = _scan(workspace)
    entries = accept(result.findings, level)
    save_baseline(workspace.root, Baseline(entries))
    total = len(entries)
    return BaselineChange(total, added=total, stale=0, not_checked=tuple(result.not_checked))


def update_baseline(workspace: Workspace, add: str | None) -> BaselineChange:
    """Write the baseline anew: order, repeats and conflict markers mended, nothing dropped.

    With a level in `add` the present findings of that level or a higher one are accepted too; without
    one nothing is scanned, so that it works in the middle of a merge. Raises UserError if there is no
    baseline, or if a line is broken.
    """
    before = _existing(workspace, join=True)
    if add is None:
        save_baseline(workspace.root, before)
        return BaselineChange(len(before.entries))
    result = _scan(workspace)
    missing, unsure = without_match(result, before)
    after = Baseline(before.entries | accept(result.findings, add))
    save_baseline(workspace.root, after)
    total = len(after.entries)
    return BaselineChange(
        total,
        added=total - len(before.entries),
        stale=len(missing),
        unsure=len(unsure),
        not_checked=tuple(result.not_checked),
    )


def prune_baseline(workspace: Workspace) -> BaselineChange:
    """Drop the entries that match nothing; one whose file or pattern was not checked stays.

    Raises UserError if there is no baseline, or if it, the library or the settings are broken.
    """
    before = _existing(workspace)
    result = _scan(workspace)
    missing, unsure = without_match(result, before)
    after = Baseline(before.entries - missing)
    save_baseline(workspace.root, after)
    return BaselineChange(
        len(after.entries),
        dropped=len(missing),
        stale=0,
        unsure=len(unsure),
        not_checked=tuple(result.not_checked),
    )


def _existing(workspace: Workspace, *, join: bool = False) -> Baseline:
    baseline = load_baseline(workspace.root, join=join)
    if baseline is None:
        raise UserError(f"there is no {FILE}", "`feedback-loop baseline write` makes one")
    return baseline


def _scan(workspace: Workspace) -> ScanResult:
    """All tracked files, hints included. A broken library would see findings go that are still there."""
    from feedback_loop.api.modes import scan_tree

    result, library = scan_tree(workspace, None, least="hint", only=(), progress=None)
    out_of_order = [f"{rule} does not run: {reason}" for rule, reason in library.disabled]
    if library.problems or out_of_order:
        raise UserError(
            "\n".join((*library.problems, *out_of_order)),
            "mend these first (`feedback-loop check`): nothing was written",
            kind="settings",
        )
    return result
