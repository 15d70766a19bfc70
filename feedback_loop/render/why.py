"""What each detector makes of one line, a row each; or the same as JSON."""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.reason import STEPS, LineReasons, Reason
from feedback_loop.domain.text import path_text, visible

_LINE_CAP = 160


def render_why(answer: LineReasons) -> str:
    """The line; below it the detectors that found something, then the others by how far they came."""
    rows = _sorted(answer)
    added = "" if answer.added else " (not an added line)"
    text = visible(answer.text)
    head = f"{path_text(answer.path)}:{answer.line}{added}"
    lines = [head, f"{answer.line:>5} | {text[:_LINE_CAP]}"]
    width = max((len(one.rule_id) for one in rows), default=0)
    lines += [f"{visible(one.rule_id):<{width}}  {one.step:<11}  {visible(one.words)}" for one in rows]
    text = "\n".join(lines) + "\n"
    return text.replace("##[", "##\\x5b")  # a CI log of GitHub takes it for a command


def why_fields(answer: LineReasons) -> dict[str, Any]:
    """The same as a JSON value; a path that is no UTF-8 shows its bytes."""
    return {
        "schema_version": 1,
        "path": answer.path.decode("utf-8", "backslashreplace"),
        "line": answer.line,
        "added": answer.added,
        "text": answer.text.encode("utf-8", "backslashreplace").decode(),
        "detectors": [
            {"detector": one.rule_id, "step": one.step, "reason": visible(one.words)}
            for one in _sorted(answer)
        ],
        "exit_code": 0,
    }


def _sorted(answer: LineReasons) -> list[Reason]:
    return sorted(answer.reasons, key=lambda one: (STEPS.index(one.step), one.rule_id))
