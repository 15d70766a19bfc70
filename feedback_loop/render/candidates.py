"""What a commit proposes, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feedback_loop.domain.candidate import Candidate, Pair
from feedback_loop.domain.text import visible


def render_from_fix(
    candidate: Candidate, paths: Sequence[str], texts: Sequence[str], left_out: int, *, written: bool
) -> str:
    """The evidence, the paths, and, if nothing was written, both files as they would be."""
    verb = "wrote" if written else "would write"
    lines = [f"{candidate.name}  {candidate.title}", f"  {candidate.reason}"]
    if left_out:
        lines.append(f"  {left_out} more of its places are left out")
    lines += [f"  {verb} {path}" for path in paths]
    if not written:
        for path, text in zip(paths, texts, strict=True):
            lines += ["", f"--- {path}", *text.rstrip("\n").split("\n")]
    return "\n".join(map(visible, lines)) + "\n"


def from_fix_fields(
    candidate: Candidate, paths: Sequence[str], texts: Sequence[str], left_out: int, *, written: bool
) -> dict[str, Any]:
    """The same for JSON: `texts` are the files' contents, secrets masked."""
    return {
        "schema_version": 1,
        "name": candidate.name,
        "title": candidate.title,
        "reason": candidate.reason,
        "commit": candidate.commits[0],
        "detector": candidate.detector is not None,
        "places": [_place(one) for one in candidate.pairs],
        "left_out": left_out,
        "paths": list(paths),
        "texts": list(texts),
        "written": written,
    }


def _place(pair: Pair) -> dict[str, Any]:
    return {"path": visible(pair.path), "line": pair.line}


def render_filled(name: str, path: str, text: str, sides: Sequence[str], *, commit: str) -> str:
    """Which examples the gap would get from the commit, and its file as it would be."""
    lines = [f"{name}  would get its {' and '.join(sides)} example from commit {commit[:12]}"]
    lines += [f"  would write {path}", "", f"--- {path}", *text.rstrip("\n").split("\n")]
    return "\n".join(map(visible, lines)) + "\n"


def filled_fields(name: str, path: str, text: str, sides: Sequence[str], *, commit: str) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "schema_version": 1,
        "name": name,
        "filled": list(sides),
        "commit": commit,
        "paths": [path],
        "texts": [text],
        "written": False,
    }
