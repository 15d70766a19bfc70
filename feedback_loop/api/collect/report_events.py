"""What reports tell, as events: which pattern each is evidence for (A72, A74), when it was, which run's."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feedback_loop.api.metrics.entry_events import pattern_name
from feedback_loop.api.metrics.times import stamp
from feedback_loop.domain.event import Event
from feedback_loop.domain.message_template import message_template
from feedback_loop.domain.names import Names
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.secrets import mask
from feedback_loop.domain.trace import Trace, deepest_own
from feedback_loop.engines.signatures import match_rule, match_trace
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.records import make_event
from feedback_loop.formats.sarif_report import relative_to
from feedback_loop.formats.traceback import parse_traces
from feedback_loop.workspace import Workspace

Clock = Callable[[], datetime]
_SIGNED = ("bug", "test_failure")  # kinds of events that have a signature
_PLACE_CAP = 1_000  # characters; the hash behind it keeps apart what only differs later


@dataclass(frozen=True)
class EventsMade:
    """The events of a report, and the entries that could not become one."""

    events: tuple[Event, ...]
    rejected: tuple[Problem, ...] = ()


class EventMaker:
    """Makes events with the library and the settings of one repository, which are opened once.

    `notes` name rules of the settings that lead to no pattern.
    """

    def __init__(self, workspace: Workspace, clock: Clock | None = None) -> None:
        self._workspace = workspace
        self._clock = clock or _now
        self._roots = _roots(workspace.root)
        self._head_time: str | None = None
        settings, problems = workspace.settings()
        patterns = workspace.library(settings.patterns).patterns
        self._names = Names((one.name, one.state, one.supersedes, one.conflicts) for one in patterns)
        # An archived pattern that recurs is restored, but it never stands against one in force.
        living = [one for one in patterns if one.state != "archived"]
        archived = [one for one in patterns if one.state == "archived"]
        self._shelves = [shelf for shelf in (living, archived) if shelf]
        self.notes = [str(problem) for problem in problems]
        self._rules: dict[str, str] = {}
        for rule, name in settings.collect_rules:
            known = self._names.resolve(name).name
            if known:
                self._rules[_plain_rule(rule)] = known
            else:
                self.notes.append(f"{settings.path}: collect.rules: {rule!a} leads to no pattern: {name!a}")

    def make(
        self, read: ReportRead, *, kind: str, run: str | None = None, at: str | None = None, shown: str = ""
    ) -> EventsMade:
        """The events of what was read, in its order; `shown` is what problems call the report.

        `kind` is the input's, such as `junit`: it becomes the events' source. `run` goes before what the
        report says itself, `at` (UTC, `Z`) dates what has no time of its own (IN-4). With a run the events
        have an `occurrence`: a second reading of the same failure, from whatever source, counts once.
        """
        run = run or read.run
        events: list[Event] = []
        rejected: list[Problem] = []
        seen: Counter[tuple[str, str]] = Counter()
        for told in read.reported:
            one = self._placed(told, kind)
            place = _short(one.place)
            index = seen[one.kind, place]
            seen[one.kind, place] += 1
            what = "test" if one.kind == "test_failure" else "where"
            occurrence = {"index": index, what: place} | ({"run": run} if run else {})
            data = dict(one.fields) | {"occurrence": occurrence, "run": run}
            patterns, signature = self._recognised(one, kind)
            if signature and one.kind in _SIGNED:
                data["signature"] = signature
            moment = one.at or read.at or at or self.moment()
            try:
                events.append(make_event(one.kind, moment, data, patterns=patterns, source={"kind": kind}))
            except InputError as error:
                rejected.append(Problem(shown, 0, f"entry {one.entry}: {error.message}"))
        return EventsMade(tuple(events), tuple(rejected))

    def _placed(self, one: Reported, kind: str) -> Reported:
        """The same with its file as seen from the root, in the fields and in its place."""
        path = dict(one.fields).get("file_path")
        if not isinstance(path, str) or not path.strip():
            return one
        inside = self._inside(path, kind)
        if inside == path:
            return one
        fields = tuple((name, inside if name == "file_path" else value) for name, value in one.fields)
        return replace(one, fields=fields, place=one.place.replace(path, inside))

    def moment(self) -> str:
        """When what has no time of its own is taken to have been: HEAD's committer date, or now."""
        if self._head_time is None:
            objects = self._workspace.git.objects
            try:
                self._head_time = objects.commit_time(objects.commit_id("HEAD"))
            except UserError as error:
                if error.exit_code != UserError.exit_code:
                    raise
                self._head_time = stamp(self._clock())
        return self._head_time

    def _inside(self, path: str, kind: str) -> str:
        """A path of the repository as seen from its root; of others SARIF's keep the last part alone (A74).

        It is a matter of text: nothing is looked up on the disk.
        """
        if kind == "sarif":
            return max((relative_to(path, root) for root in self._roots), key=len)
        full = posixpath.normpath(path)
        return next((full[len(root) :] for root in self._roots if full.startswith(root)), path)

    # -- which pattern -----------------------------------------------------------------------------

    def _recognised(self, one: Reported, kind: str) -> tuple[list[str], dict[str, str]]:
        """The patterns of an entry, and what it was recognised by, or could be."""
        traces = parse_traces(one.trace) if one.trace else ()
        hits = {name: trace for trace in traces if (name := self._match_trace(trace))}
        telling = next(iter(hits.values())) if len(hits) == 1 else next(iter(traces), None)
        signature = {"rule": one.rule} if one.rule else self._signature(telling) if telling else {}
        names = self._named(one) or self._ruled(one.rule, kind)
        return names or (list(hits) if len(hits) == 1 else []), signature

    def _named(self, one: Reported) -> list[str]:
        found = (self._names.resolve(text).name for text in one.named)
        return list(dict.fromkeys(name for name in found if name))

    def _ruled(self, rule: str | None, kind: str) -> list[str]:
        if rule is None:
            return []
        name: str | None = self._rules.get(_plain_rule(rule))
        for shelf in self._shelves:
            name = name or match_rule(rule, shelf)
        name = name or (pattern_name(rule) if kind == "sarif" else "")
        return [name] if name else []

    def _match_trace(self, trace: Trace) -> str | None:
        return next((name for shelf in self._shelves if (name := match_trace(trace, shelf))), None)

    def _signature(self, trace: Trace) -> dict[str, str]:
        """Exception, message template and the deepest own function, as patterns have them (C1, C2).

        No line and no folder: on another machine it is the same.
        """
        frame = deepest_own(trace, self._workspace.root)
        stem = posixpath.splitext(posixpath.basename(frame.file))[0] if frame else ""
        function = f"{stem}.{frame.function}" if frame and frame.function else ""
        told = {
            "exception": trace.exception,
            "message": message_template(mask(trace.message)),
            "function": function,
        }
        return {name: text for name, text in told.items() if text}


def _short(place: str) -> str:
    """The place as it will be written: masked, and with its own hash where it is very long."""
    text = mask(place)
    if len(text) <= _PLACE_CAP:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{text[:_PLACE_CAP]} {digest}"


def _plain_rule(rule: str) -> str:
    """Case counts in the code alone, as in a pattern's signatures."""
    tool, _, code = rule.partition(":")
    return f"{tool.strip().lower()}:{code.strip()}"


def _roots(root: str) -> tuple[str, ...]:
    """The repository's folder as it was named and as it is, with a `/` at the end."""
    return tuple(dict.fromkeys(one.rstrip("/") + "/" for one in (root, os.path.realpath(root))))


def _now() -> datetime:
    return datetime.now(UTC)
