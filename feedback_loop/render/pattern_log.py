"""The versions of a pattern, for people and for programs."""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.pattern_log import LogEntry, PatternLog
from feedback_loop.domain.text import visible

_DIGITS = 12
_DATE = 10


def render_log(log: PatternLog) -> str:
    """A line for each version, the newest first."""
    lines = [visible(log.name)]
    lines += [f"  {_line(one)}" for one in reversed(log.entries)]
    if not log.complete:
        lines.append(
            "history incomplete: the clone is shallow, and the oldest line may be of an older commit"
        )
    return "\n".join(lines) + "\n"


def _line(one: LogEntry) -> str:
    version = "version ?" if one.version is None else f"version {one.version}"
    where = f"{one.at[:_DATE]}  {one.commit[:_DIGITS]}" if one.commit else "not committed yet       "
    return f"{where}  {'' if one.state == 'removed' else version:<11}  {one.state}"


def log_fields(log: PatternLog) -> dict[str, Any]:
    """The log for JSON, the oldest first; null = not committed yet, or not readable."""
    entries = [
        {"commit": one.commit or None, "at": one.at or None, "state": one.state, "version": one.version}
        for one in log.entries
    ]
    return {"schema_version": 1, "name": log.name, "complete": log.complete, "entries": entries}
