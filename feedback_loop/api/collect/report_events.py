"""What reports tell, as events: which pattern each is evidence for (A72, A74), when it was, which run's."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from feedback_loop.api.application.model import read_model
from feedback_loop.api.metrics.entry_events import pattern_name
from feedback_loop.api.metrics.times import stamp
from feedback_loop.domain.api_model import ApiModel
from feedback_loop.domain.event import Event
from feedback_loop.domain.failure import Classified, Failure
from feedback_loop.domain.gap import is_general
from feedback_loop.domain.names import Names
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.secrets import mask
from feedback_loop.domain.trace import Trace
from feedback_loop.engines.classify.classifier import Classifier
from feedback_loop.engines.signatures import KnownSignatures, match_rule
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.records import make_event
from feedback_loop.formats.sarif_report import relative_to
from feedback_loop.formats.signature_json import signature_fields
from feedback_loop.formats.traceback import parse_traces
from feedback_loop.workspace import Workspace

Clock = Callable[[], datetime]
_SIGNED = ("bug", "test_failure")  # kinds of events that have a signature
_PLACE_CAP = 1_000  # characters; the hash behind it keeps apart what only differs later


@dataclass(frozen=True)
class EventsMade:
    """The events of a report, and the entries that could not become one.

    `judged` has, for each event, what it was classified as: None for what is no failure of a program.
    """

    events: tuple[Event, ...]
    rejected: tuple[Problem, ...] = ()
    judged: tuple[Classified | None, ...] = ()


class EventMaker:
    """Makes events with the library, the settings and the model of one repository, which are opened once.

    `model` is what is known of the application; None = what the settings name, read when the first failure
    is classified. `notes` name rules of the settings that lead to no pattern, and files of the library that
    count as not there. `library` and `settings` are as
    they were opened.
    """

    def __init__(
        self, workspace: Workspace, clock: Clock | None = None, model: ApiModel | None = None
    ) -> None:
        self._workspace = workspace
        self._clock = clock or _now
        self._roots = _roots(workspace.root)
        self._head_time: str | None = None
        settings, problems = workspace.settings()
        self.settings = settings
        self.library = workspace.library(settings.patterns)
        self._model = model
        patterns = self.library.patterns
        self._names = Names((one.name, one.state, one.supersedes, one.conflicts) for one in patterns)
        # An archived pattern that recurs is restored, but it never stands against one in force; a general
        # proposal takes nothing from the candidates that it was made of.
        living = [
            one
            for one in patterns
            if one.state != "archived" and not (one.state == "proposed" and is_general(one))
        ]
        archived = [one for one in patterns if one.state == "archived"]
        self._shelves = [(shelf, KnownSignatures(shelf)) for shelf in (living, archived) if shelf]
        self.notes = [*map(str, problems), *self.library.notes]
        self._rules: dict[str, str] = {}
        for rule, name in settings.collect_rules:
            known = self._names.resolve(name).name
            if known:
                self._rules[_plain_rule(rule)] = known
            else:
                self.notes.append(f"{settings.path}: collect.rules: {rule!a} leads to no pattern: {name!a}")

    @cached_property
    def model(self) -> ApiModel | None:
        """What is known of the application. Raises UserError if what the settings name cannot be read."""
        return read_model(self._workspace, None) if self._model is None else self._model

    @cached_property
    def _classifier(self) -> Classifier:
        return Classifier(self.settings.classify_rules, self.model, root=self._workspace.root)

    def make(
        self,
        read: ReportRead,
        *,
        kind: str,
        run: str | None = None,
        at: str | None = None,
        shown: str = "",
        judge: bool = True,
        via: str = "",
    ) -> EventsMade:
        """The events of what was read, in its order; `shown` is what problems call the report.

        `kind` is the input's, such as `junit`: it becomes the events' source. `run` goes before what the
        report says itself, `at` (UTC, `Z`) dates what has no time of its own (IN-4). With a run the events
        have an `occurrence`: a second reading of the same failure, from whatever source, counts once. `via`
        stands in the source beside the kind: which command took it in, "" = not said. Without `judge` nothing
        is classified: the events have no signature. Raises UserError as `model`.
        """
        run = run or read.run
        source = {"kind": kind} | ({"via": via} if via else {})
        events: list[Event] = []
        judged: list[Classified | None] = []
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
            patterns, signature, classified = self._recognised(one, kind, judge)
            if signature and one.kind in _SIGNED:
                data["signature"] = signature
            moment = one.at or read.at or at or self.moment()
            try:
                events.append(make_event(one.kind, moment, data, patterns=patterns, source=source))
                judged.append(classified)
            except InputError as error:
                rejected.append(Problem(shown, 0, f"entry {one.entry}: {error.message}"))
        return EventsMade(tuple(events), tuple(rejected), tuple(judged))

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

    def _recognised(
        self, one: Reported, kind: str, judge: bool
    ) -> tuple[list[str], dict[str, str], Classified | None]:
        """The patterns of an entry, what it was recognised by, or could be, and what it is in full."""
        names = self._named(one) or self._ruled(one.rule, kind)
        failures = _failures(one) if judge and not one.rule else []
        judged = [(self._classifier.classify(failure), failure.trace) for failure in failures]
        told = [pair for pair in judged if pair[0].signature.exception or pair[0].signature.message]
        hits = {name: each for each, trace in told if (name := self._matched(each, trace))}
        telling = next(iter(hits.values())) if len(hits) == 1 else next((each for each, _ in told), None)
        signature = {"rule": one.rule} if one.rule else signature_fields(telling.signature) if telling else {}
        return names or (list(hits) if len(hits) == 1 else []), signature, telling

    def _matched(self, told: Classified, trace: Trace | None) -> str | None:
        for _, known in self._shelves:
            name = known.match(told.signature, trace)
            if name is not None:
                return name
        return None

    def _named(self, one: Reported) -> list[str]:
        found = (self._names.resolve(text).name for text in one.named)
        return list(dict.fromkeys(name for name in found if name))

    def _ruled(self, rule: str | None, kind: str) -> list[str]:
        if rule is None:
            return []
        name: str | None = self._rules.get(_plain_rule(rule))
        for shelf, _ in self._shelves:
            name = name or match_rule(rule, shelf)
        name = name or (pattern_name(rule) if kind == "sarif" else "")
        return [name] if name else []


def _failures(one: Reported) -> list[Failure]:
    """What a report says of one failure: once for each traceback in its text.

    Of a bug without a traceback only what names an exception, a status or a message is one: an issue's title
    is not.
    """
    if one.kind not in _SIGNED:
        return []
    told = Failure(one.exception, one.message, one.endpoint, one.status)
    traces = parse_traces(one.trace) if one.trace else ()
    if traces:
        return [replace(told, trace=trace) for trace in traces]
    if told.is_empty and one.kind == "test_failure":
        told = replace(told, message=str(dict(one.fields).get("failure_reason", "")))
    return [] if told.is_empty else [told]


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
