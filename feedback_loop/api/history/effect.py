"""Whether patterns work: `effect`, before and after adoption, from git history (section 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from feedback_loop.api.history.mine import MineRequest, mine
from feedback_loop.api.history.uses import count_of
from feedback_loop.api.patterns.questions import find_pattern
from feedback_loop.domain.effect import Adoption, CodeEffect, EffectOptions
from feedback_loop.domain.effect_report import Commit, EffectReport, EffectRow, Seen
from feedback_loop.domain.event import Event
from feedback_loop.domain.history import INTRODUCED, NO_TIME, History
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.occurrence import COUNTED
from feedback_loop.domain.period import last_time
from feedback_loop.engines.adoption import find_adoptions, pattern_of
from feedback_loop.engines.code_effect import measure_code_effects, measure_versions
from feedback_loop.errors import UserError
from feedback_loop.formats.records import event_data
from feedback_loop.formats.strict_json import SIZE_CAP, parse_json
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class EffectRequest:
    """What is asked, as it is written on a command line; "" or () = not.

    `adopted` names a commit that is to stand for the adoption of every pattern: for a rule that was adopted
    in other ways than by our library, or for a date at which nothing happened.
    """

    names: tuple[str, ...] = ()
    adopted: str = ""
    by_version: bool = False
    as_of: str = ""
    progress: Callable[[int, int], None] | None = None


def report_effects(workspace: Workspace, request: EffectRequest) -> EffectReport:
    """The effect of the patterns named, or of all. P-values are adjusted over all, whatever is shown: so a
    pattern has one word in every report.

    Raises UserError for an unknown name, commit or date before anything is mined, and as `mine` does.
    """
    asked = read_as_of(request.as_of)
    settings, _ = workspace.settings()
    library = workspace.library(settings.patterns)
    names = _names(library, request.names)
    if request.adopted and request.by_version:
        text = "--adopted gives one date to all patterns, --by version asks for the dates of each"
        raise UserError(text, "give one of them", kind="usage")
    oid = workspace.git.objects.commit_id(request.adopted) if request.adopted else ""
    history = mine(workspace, MineRequest(progress=request.progress))
    commits = history.commits
    as_of = last_time(commits) if asked is None else asked
    end = None if asked is None else commits.cut(asked + 1).position
    options = EffectOptions.of(history, as_of or 0, end, _position(history, request.adopted, oid))
    adoptions = read_adoptions(workspace, history, settings.patterns)
    measure = measure_versions if request.by_version else measure_code_effects
    effects = measure(history, adoptions, options)
    seen = _seen(workspace, history, library, options)
    shown = [one for one in effects if not names or one.pattern in names]
    supposed = None if options.at is None else _commit(history, commits.chain[options.at])
    return EffectReport(
        history.tip,
        history.branch,
        as_of,
        tuple(_row(history, one, seen.get(one.pattern, Seen())) for one in shown),
        supposed,
        request.by_version,
        settings.guard_days,
        sum(one.p_adjusted is not None for one in effects),
        history.incomplete,
        history.notes,
    )


def read_adoptions(workspace: Workspace, history: History, folder: str) -> Mapping[str, Adoption]:
    """The adoption of each pattern, with its versions as the blobs of its file say them."""
    oids = {one.oid for one in history.library if one.status != "D" and pattern_of(one.path, folder)}
    return find_adoptions(history, folder, read_versions(workspace, sorted(oids)))


def read_versions(workspace: Workspace, oids: Sequence[str]) -> dict[str, int]:
    """The `version` that each blob says, by its id; those that cannot be read are left out."""
    with workspace.git.objects.blob_stream(lenient=True) as blobs:
        texts = zip(oids, blobs.read(oids, SIZE_CAP), strict=True)
        said = {oid: _version(data) for oid, data in texts if data is not None}
    return {oid: version for oid, version in said.items() if version is not None}


def _version(data: bytes) -> int | None:
    """1 where the file says nothing, as when a pattern is loaded."""
    document = parse_json(data, "")
    if document.problems or not isinstance(document.value, dict):
        return None
    version = document.value.get("version", 1)
    return version if type(version) is int and version > 0 else None


# -- what is asked ---------------------------------------------------------------------------------


def read_as_of(text: str) -> int | None:
    """The moment in seconds, None for "". Raises UserError for what is no time."""
    moment = parse_moment(text) if text else None
    if text and moment is None:
        hint = "write 2026-11-20T09:30:00Z or 2026-11-20"
        raise UserError(f"--as-of is no time in ISO 8601: {text!a}", hint, kind="usage")
    return moment


def _names(library: Library, names: Iterable[str]) -> frozenset[str]:
    """The patterns named, by the names they have today."""
    found = [find_pattern(library, name) for name in names]
    proposed = next((one.name for one in found if one.state == "proposed"), None)
    if proposed is not None:
        text = f"{proposed} is only proposed: history is read for active and archived patterns"
        raise UserError(text, f"take it into force: feedback-loop pattern accept {proposed}")
    return frozenset(one.name for one in found)


def _position(history: History, name: str, oid: str) -> int | None:
    """Where the commit landed; None if there is none."""
    if not oid:
        return None
    commit = history.commits.index.get(oid)
    if commit is None:
        text = f"{name[:80]!a} ({oid[:12]}) is not in this branch's history"
        raise UserError(text, "name a commit that this branch has")
    return history.commits.landing[commit]


# -- rows ------------------------------------------------------------------------------------------


def _row(history: History, effect: CodeEffect, seen: Seen) -> EffectRow:
    adopted = None if effect.adopted is None else _commit(history, effect.adopted)
    return EffectRow(effect, seen, adopted)


def _commit(history: History, commit: int) -> Commit:
    return Commit(history.commits.oids[commit], history.commits.times[commit])


def _seen(
    workspace: Workspace, history: History, library: Library, options: EffectOptions
) -> dict[str, Seen]:
    """Code and events side by side, by pattern."""
    commits = history.commits
    end = len(commits.chain) if options.end is None else options.end
    hits: dict[str, set[int]] = {}
    for fact in history.written:
        if fact.kind == INTRODUCED and commits.landing[fact.commit] < end:
            hits.setdefault(fact.pattern, set()).add(fact.commit)
    found = {
        name: Seen(len(hit), 0, len(hit), max((commits.times[one] for one in hit), default=None))
        for name, hit in hits.items()
    }
    counted = {(name, commits.oids[one]) for name, hit in hits.items() for one in hit}
    for event in read_events(workspace.root).events:
        at = parse_moment(event.at) or 0
        if at <= options.as_of or not options.as_of:
            for name in _named(event, library):
                known = found.get(name, Seen())
                found[name] = _with(known, event, at, (name, event.commit) in counted)
    return found


def _named(event: Event, library: Library) -> list[str]:
    """The patterns that the event is about, by the names they have today; of a plan those it ticks."""
    names: Iterable[object] = event.patterns
    if event.kind == "plan":
        items = event_data(event)["declared"]
        names = (one.get("name") for one in items if isinstance(one, dict) and one.get("checked") is True)
    found = (library.find(name) for name in names if isinstance(name, str))
    return list(dict.fromkeys(one.name for one in found if one is not None))


def _with(seen: Seen, event: Event, at: int, counted: bool) -> Seen:
    """The figures with one event more; `counted`: its commit is an introduction already."""
    if event.kind in COUNTED:
        times = count_of(event)
        last = at if seen.last is None or seen.last == NO_TIME else max(seen.last, at)
        frequency = seen.frequency + (0 if counted else times)
        return replace(seen, reported=seen.reported + times, frequency=frequency, last=last)
    if event.kind == "plan":
        return replace(seen, declared=seen.declared + 1)
    if event.kind == "prevention":
        return replace(seen, preventions=seen.preventions + 1)
    if event.kind == "injection":
        return replace(seen, injections=seen.injections + 1)
    return seen
