"""A scan as workflow commands of GitHub Actions (FMT-3): annotations on the lines of a pull request."""

from __future__ import annotations

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import Finding, NotChecked, ScanResult
from feedback_loop.domain.text import path_text, visible
from feedback_loop.render.encoders import Encoded, gravest, prose, said, unchecked, unchecked_words
from feedback_loop.render.text import summary

_COMMANDS = {"block": "error", "warn": "warning", "hint": "notice"}
_SHOWN = 10  # of each command, per step


def render_github(result: ScanResult, library: CompiledLibrary, exit_code: int) -> Encoded:
    """A command per finding, the gravest first, then what was not checked; the last line has the sums."""
    lines = [_finding(finding) for finding in gravest(result.findings)]
    lines += [_not_checked(entry) for entry in unchecked(result, library)[:_SHOWN]]
    lines.append(summary(result, hints=True))
    notes = [
        f"GitHub shows {_SHOWN} {command}s a step: {count - _SHOWN} of {count} are in the log only"
        for level, command in _COMMANDS.items()
        if (count := result.count(level)) > _SHOWN
    ]
    return Encoded("\n".join(lines) + "\n", tuple(notes))


def _finding(finding: Finding) -> str:
    line, column, end_line, end_column = finding.anchors[0]
    properties = {"file": path_text(finding.path), "line": str(line), "endLine": str(end_line)}
    if line == end_line:  # with columns and several lines GitHub refuses the annotation
        properties |= {"col": str(column), "endColumn": str(end_column)}
    properties["title"] = visible(finding.rule_id)
    return _command(_COMMANDS[finding.level], properties, f"{said(finding)}\nfix: {prose(finding.fix_hint)}")


def _not_checked(entry: NotChecked) -> str:
    properties = {"file": path_text(entry.path)} if entry.path else {}
    return _command("warning", properties | {"title": "feedback-loop"}, unchecked_words(entry))


def _command(name: str, properties: dict[str, str], data: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(data)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
