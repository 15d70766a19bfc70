"""What `init`, `install` and `uninstall` tell people."""

from __future__ import annotations

import textwrap

from feedback_loop.domain.setup import Change, HookReport, StartPlan
from feedback_loop.domain.text import visible
from feedback_loop.render.text import Ink

_WIDTH = 98
_STYLES = {"written": "fix", "restored": "fix", "removed": "fix", "left": "warn"}


def render_plan(plan: StartPlan, root: str) -> str:
    """What would be written, and what is kept."""
    lines = [f"In {visible(root)}:"]
    if plan.patterns:
        count = sum(name.startswith(plan.folder + "/") for name, _ in plan.files)
        text = (
            f"{count} files, {plan.patterns} patterns of the core pack: lessons with examples and detectors"
        )
        lines.append(_row(f"{plan.folder}/", text))
    lines += [
        _row(name, "settings, every line commented out")
        for name, _ in plan.files
        if not name.startswith(plan.folder + "/")
    ]
    if plan.exclude:
        lines.append(_row(plan.exclude, "one line: .fl-tmp-*, our temporary files"))
    if plan.empty:
        lines.append("  nothing to write: everything is in place")
    return "\n".join(lines + _kept(plan))


def _row(name: str, text: str) -> str:
    return f"  {visible(name):<20} {text}"


def _kept(plan: StartPlan) -> list[str]:
    inside = plan.folder + "/"
    library = [_kept_name(change, inside) for change in plan.kept if change.path.startswith(inside)]
    others = [_kept_name(change, "") for change in plan.kept if not change.path.startswith(inside)]
    lines = []
    for where, names in ((f" in {inside}", library), ("", others)):
        text = f"kept{where}: " + ", ".join(names)
        if names:
            lines += textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines


def _kept_name(change: Change, prefix: str) -> str:
    name = visible(change.path.removeprefix(prefix))
    return f"{name} ({visible(change.note)})" if change.note else name


def render_written(changes: list[Change], folder: str) -> str:
    """What `init` wrote, in one line."""
    names = [change.path for change in changes if change.action == "written"]
    inside = [name for name in names if name.startswith(folder + "/")]
    shown = [f"{len(inside)} files in {folder}/"] if inside else []
    shown += [visible(name) for name in names if name not in inside]
    return "written: " + (", ".join(shown) or "nothing")


def render_hooks(report: HookReport, *, undo: bool = False, color: bool = False) -> str:
    """How `install` (or with `undo` `uninstall`) ended, and what is left to do."""
    ink = Ink(color)
    lines = []
    for change in report.changes:
        note = f"  ({visible(change.note)})" if change.note else ""
        action = ink(_STYLES.get(change.action, "dim"), f"{change.action:>9}")
        lines.append(f"{action}: {visible(change.path)}{note}")
    if not report.changes and not report.add:
        lines.append("nothing of feedback-loop is installed here" if undo else "nothing to write")
    if report.add:
        lines += _to_add(report)
    elif report.next:
        lines.append(f"next: {report.next}")
    lines += [_note(note) for note in report.notes]
    if not report.next and not undo:
        lines.append("git checks every commit from now on; see: feedback-loop doctor")
    return "\n".join(lines)


def _to_add(report: HookReport) -> list[str]:
    where = visible(report.add_to)
    below = " below its `repos:`" if where.endswith((".yaml", ".yml")) and "repo:" in report.add else ""
    return [
        f"{report.route} manages the hooks here: add these lines to {where}{below},",
        f"then run: {report.next}",
        "",
        report.add.rstrip("\n"),
        "",
        "or let git run feedback-loop in front of it, in this clone only: feedback-loop install --via git",
    ]


def _note(note: str) -> str:
    return textwrap.fill("note: " + visible(note), _WIDTH, subsequent_indent="      ", break_on_hyphens=False)
