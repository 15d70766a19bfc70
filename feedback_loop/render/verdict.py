"""Answers of yes or no with their problems: `pattern lint` and `check`, as plain lines."""

from __future__ import annotations

from collections.abc import Iterable

from feedback_loop.domain.library_report import CheckStep, LintReport
from feedback_loop.domain.text import counted, visible
from feedback_loop.render.text import Ink


def render_lint(report: LintReport, *, color: bool = False) -> str:
    """Problems, then notes, one a line as `path:line: text`, and the sum."""
    ink = Ink(color)
    lines = [f"{ink('block', '✗')} {visible(str(problem))}" for problem in report.problems]
    lines += [f"{ink('hint', 'note:')} {visible(str(note))}" for note in report.notes]
    patterns = counted(report.patterns, "pattern")
    if report.problems:
        lines.append(f"{patterns}: {counted(len(report.problems), 'problem')}")
    else:
        lines.append(f"{ink('fix', '✓')} {patterns}, no problem")
    return "\n".join(lines) + "\n"


def render_check(steps: Iterable[CheckStep], *, color: bool = False) -> str:
    """A line per step, its problems below it, and the answer."""
    ink = Ink(color)
    lines = []
    failed = []
    for step in steps:
        mark = ink("fix", "✓") if step.ok else ink("block", "✗")
        lines.append(f"{mark} {step.name:<9} {visible(step.summary)}")
        lines += [f"    {visible(str(problem))}" for problem in step.problems]
        lines += [f"    {ink('hint', 'note:')} {visible(str(note))}" for note in step.notes]
        failed += [] if step.ok else [step.name]
    lines.append(ink("block", f"check failed: {', '.join(failed)}") if failed else ink("fix", "check passed"))
    return "\n".join(lines) + "\n"
