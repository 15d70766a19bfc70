"""Decisions about patterns and proposals, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feedback_loop.domain.library_moves import Decided, Declined, Proposal
from feedback_loop.domain.pattern import Origin
from feedback_loop.domain.text import counted, visible
from feedback_loop.render.text import Ink

_DONE = {
    "accept": "accepted",
    "reject": "rejected",
    "archive": "archived",
    "restore": "restored",
    "edit": "edited",
}


def render_decided(done: Decided) -> str:
    """What was decided, and a line per file: from where to where."""
    former = f", proposed as {done.former}" if done.former else ""
    lines = [f"{_DONE[done.action]} {done.name}{former}"]
    lines += [f"  {source} -> {target}" for source, target in done.moved]
    lines += [f"  removed {path}" for path in done.removed]
    lines += [f"  changed {path}" for path in done.written]
    if done.event_path:
        lines.append(f"  recorded {done.event_path}")
    return "\n".join(map(visible, lines)) + "\n"


def render_declined(answer: Declined, *, color: bool = False) -> str:
    """Every reason, and where an edit lies."""
    ink = Ink(color)
    lines = [f"{visible(answer.name)} is not {_DONE[answer.action]}:"]
    lines += [f"  {ink('block', '✗')} {visible(reason)}" for reason in answer.reasons]
    return "\n".join(lines) + "\n"


def decided_fields(done: Decided) -> dict[str, Any]:
    """The decision for JSON; `commit` are the paths for `git add`, below the root."""
    return {
        "schema_version": 1,
        "action": done.action,
        "name": done.name,
        "former": done.former or None,
        "reason": done.reason,
        "done": True,
        "moved": [{"from": source, "to": target} for source, target in done.moved],
        "removed": list(done.removed),
        "written": list(done.written),
        "event": {"id": done.event, "path": done.event_path or None},
        "commit": list(done.commit),
        "notes": list(done.notes),
    }


def declined_fields(answer: Declined) -> dict[str, Any]:
    """The refusal for JSON."""
    return {
        "schema_version": 1,
        "action": answer.action,
        "name": answer.name,
        "done": False,
        "reasons": list(answer.reasons),
        "kept": answer.kept or None,
    }


# -- proposals -------------------------------------------------------------------------------------


def render_proposals(found: Sequence[Proposal], *, color: bool = False) -> str:
    """Each proposal with its origin, and below it what it lacks."""
    ink = Ink(color)
    width = max((len(one.name) for one in found), default=0)
    ready = sum(one.ready for one in found)
    lines = [f"{counted(len(found), 'proposal')}, {ready} ready to be accepted"]
    for one in found:
        state = "cannot be read" if one.problems else "ready" if one.ready else "not ready"
        mark = ink("fix" if one.ready else "warn", f"{state:<14}")
        title = f"{visible(one.title)} ({visible(origin_words(one.origin))})" if one.title else ""
        lines.append(f"  {visible(one.name):<{width}}  {mark}  {title}".rstrip())
        if one.runs is not None:
            lines.append(f"      seen in {counted(one.runs, 'run')} ({counted(one.hits, 'hit')})")
        lines += [f"      missing: {', '.join(one.missing)}"] if one.missing else []
        lines += [f"      gate: {visible(reason)}" for reason in one.gate]
        lines += [f"      {visible(problem)}" for problem in one.problems]
        lines += [f"      can wait: {', '.join(one.wanting)}"] if one.wanting and not one.problems else []
    return "\n".join(lines) + "\n"


def origin_words(origin: Origin) -> str:
    """Where a pattern came from, in a few words."""
    count = {"mined": len(origin.commits), "failure": len(origin.events)}.get(origin.kind, 0)
    if origin.kind == "mined":
        return f"mined from {counted(count, 'commit')}" if count else "mined from history"
    if origin.kind == "failure":
        return f"from {counted(count, 'event')}" if count else "from a failure"
    if origin.kind == "import":
        return f"imported from {origin.path}" if origin.path else "imported"
    if origin.kind == "pack":
        return " ".join(filter(None, ["pack", origin.pack, origin.version]))
    return "by hand"


def proposal_fields(found: Sequence[Proposal]) -> dict[str, Any]:
    """The proposals for JSON; `gate` is null where it could not be tried."""
    return {"schema_version": 1, "proposals": [_proposal(one) for one in found]}


def _proposal(one: Proposal) -> dict[str, Any]:
    origin = one.origin
    return {
        "name": one.name,
        "title": one.title or None,
        "paths": [one.path + ending for ending in (".md", ".json")],
        "origin": {
            "kind": origin.kind,
            "path": origin.path,
            "commits": list(origin.commits),
            "events": list(origin.events),
        },
        "ready": one.ready,
        "missing": list(one.missing),
        "wanting": list(one.wanting),
        "gate": None if one.problems else {"passed": not one.gate, "failures": list(one.gate)},
        "problems": list(one.problems),
    } | ({} if one.runs is None else {"runs": one.runs, "hits": one.hits})
