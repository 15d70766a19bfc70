"""What a detector would have said in the past, for people and for programs."""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.replay import Replay
from feedback_loop.domain.text import path_text, visible

_SNIPPET_CAP = 120


def render_replay(replay: Replay) -> str:
    """A line per detector with its rate, and up to five places below it."""
    lines = [f"replayed over the last {replay.commits} commits (merges left out):"]
    for one in replay.detectors:
        counted = f"{one.hits} in {one.added_lines:,} added lines, {one.rate:.2f} per 1,000"
        lines.append(f"  {one.rule_id}: {counted}")
        for hit in one.samples:
            text = visible(hit.snippet.strip())[:_SNIPPET_CAP]
            lines.append(f"    {hit.commit[:10]} {path_text(hit.path)}:{hit.line}: {text}")
    return "\n".join(lines) + "\n"


def replay_fields(replay: Replay) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "commits": replay.commits,
        "detectors": [
            {
                "detector": one.rule_id,
                "added_lines": one.added_lines,
                "hits": one.hits,
                "per_1000_added_lines": round(one.rate, 4),
                "samples": [
                    {
                        "commit": hit.commit,
                        "path": hit.path.decode("utf-8", "backslashreplace"),
                        "line": hit.line,
                        "snippet": hit.snippet,
                    }
                    for hit in one.samples
                ],
            }
            for one in replay.detectors
        ],
    }
