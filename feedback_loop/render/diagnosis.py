"""A diagnosis as text for people, and as JSON values."""

from __future__ import annotations

import textwrap
from dataclasses import asdict

from feedback_loop.domain.diagnosis import Ailment, Diagnosis, Run, Section, Value
from feedback_loop.domain.text import visible
from feedback_loop.render.text import Ink

_WIDTH = 98
_NAMES = 20


def render_diagnosis(diagnosis: Diagnosis, *, color: bool = False) -> str:
    """The facts, the last hook runs, and at the end what is wrong with its cure."""
    ink = Ink(color)
    lines = []
    for section in diagnosis.sections:
        lines += [ink("path", section.title), *_facts(section), ""]
    lines += [ink("path", "last hook runs (UTC)"), *_runs(diagnosis.runs, ink), ""]
    lines += _ailments(diagnosis.ailments, ink)
    return "\n".join(lines)


def _facts(section: Section) -> list[str]:
    lines = []
    for name, value in section.facts:
        start = f"  {name:<{_NAMES}}"
        lines += textwrap.wrap(
            visible(_text(value)),
            _WIDTH,
            initial_indent=start,
            subsequent_indent=" " * len(start),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


def _text(value: Value) -> str:
    if value is None:
        return "not found"
    if isinstance(value, tuple):
        return ", ".join(one if isinstance(one, str) else f"{one[1]} {one[0]}" for one in value) or "none"
    return str(value)


def _runs(runs: tuple[Run, ...], ink: Ink) -> list[str]:
    if not runs:
        return ["  none yet"]
    return [_run(run, ink) for run in runs]


def _run(run: Run, ink: Ink) -> str:
    verdict = ink("fix" if run.verdict == "clean" else "warn", f"{visible(run.verdict):<11}")
    if run.reason:
        what = "  " + visible(run.reason.split("\n")[0])[:50]
    else:
        what = f"{run.files:>6} files{run.added_lines:>8} added lines"
    return f"  {run.at:<20}  {verdict}  exit {run.exit_code}{run.milliseconds:>7} ms{what}"


def _ailments(ailments: tuple[Ailment, ...], ink: Ink) -> list[str]:
    if not ailments:
        return [ink("fix", "no problems found")]
    lines = [ink("block", "1 problem" if len(ailments) == 1 else f"{len(ailments)} problems")]
    for number, ailment in enumerate(ailments, 1):
        problem = "\n     ".join(visible(line) for line in ailment.problem.split("\n"))
        lines += [f"  {number}. {problem}", f"     {ink('fix', 'cure:')} {visible(ailment.cure)}"]
    return lines


def diagnosis_fields(diagnosis: Diagnosis) -> dict[str, object]:
    """The same for programs; names are those of the text, with `_` between their words."""
    return {
        "schema_version": 1,
        "healthy": diagnosis.healthy,
        "facts": {
            section.title: {name.replace(" ", "_"): _plain(value) for name, value in section.facts}
            for section in diagnosis.sections
        },
        "runs": [asdict(run) for run in diagnosis.runs],
        "problems": [asdict(ailment) for ailment in diagnosis.ailments],
        "exit_code": 0 if diagnosis.healthy else 1,
    }


def _plain(value: Value) -> object:
    if isinstance(value, tuple):
        if value and not isinstance(value[0], str):
            return {pair[0]: pair[1] for pair in value}
        return list(value)
    return value
