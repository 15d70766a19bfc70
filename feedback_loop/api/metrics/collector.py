"""`MetricsCollector`: facts about how patterns fare, in memory, in the shape that its users know."""

from __future__ import annotations

import copy
import math
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from feedback_loop.api.metrics import entries as checked
from feedback_loop.api.metrics.entries import CATEGORIES, REPEAT_KEYS, Entry
from feedback_loop.api.metrics.entry_events import entries_of
from feedback_loop.api.metrics.merge import merge_entries
from feedback_loop.api.metrics.repeats import Repeats, repeat_key
from feedback_loop.api.metrics.store import Origin, Recorder
from feedback_loop.api.metrics.times import given_time, is_unreadable, stamp
from feedback_loop.domain.plan import HEADING, Item, Section
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.metrics_json import format_metrics, read_metrics
from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.stores.events import read_events
from feedback_loop.stores.plans import Place, read_plan, temporary_folder
from feedback_loop.workspace import Workspace


class MetricsCollector:
    """Entries by category, in the order they came. Nothing is written anywhere until `save` is called.

    `data` may be read and edited freely. `clock` gives the time of an entry; a naive time is UTC. Every
    `log_*` method takes a `timestamp` (text or datetime): a naive one is UTC, "" means that nobody knows,
    and a text that is no time stays visible in the entry, which counts as undated (`problems`). They
    raise ValueError, a UserError as well, for an argument that is blank or of the wrong kind.
    """

    METRIC_CATEGORIES: ClassVar[list[str]] = list(CATEGORIES)
    # Where plans may lie unless the caller says otherwise. Yours to replace; links are followed and `.`
    # is looked up at each call.
    ALLOWED_PLAN_ROOTS: ClassVar[list[Path]] = [Path("."), Path(temporary_folder())]

    def __init__(self, *, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock or _now
        self._store_problems: list[str] = []
        self._data: dict[str, list[Entry]] = {}
        self.clear()

    @classmethod
    def get_metric_categories(cls) -> list[str]:
        """The names of the categories: a list of your own."""
        return list(cls.METRIC_CATEGORIES)

    @property
    def data(self) -> dict[str, list[Entry]]:
        """The entries by category: the very lists, to be read and edited."""
        for repeats in self._repeats.values():
            repeats.exposed = True
        return self._data

    @data.setter
    def data(self, data: dict[str, list[Entry]]) -> None:
        self._replace(data)

    @property
    def problems(self) -> list[str]:
        """What could not be read: records of the store, and times of entries (those are undated)."""
        unreadable = [
            f"{category}[{place}]: not a time: {visible(str(entry['timestamp'])[:80])!a}"
            for category in CATEGORIES
            for place, entry in enumerate(self._data.get(category) or [])
            if isinstance(entry, dict) and is_unreadable(entry.get("timestamp"))
        ]
        return [*self._store_problems, *unreadable]

    # -- logging ---------------------------------------------------------------------------------------

    def log_bug(
        self,
        pattern: str,
        error: str,
        code: str,
        file_path: str,
        line: int,
        stack_trace: str | None = None,
        *,
        timestamp: datetime | str | None = None,
    ) -> None:
        """A bug. One of the same pattern, error and file is a repeat: it adds to `count` and its day."""
        entry = {
            "pattern": checked.filled("pattern", pattern),
            "error": checked.text("error", error),
            "code": checked.text("code", code),
            "file_path": checked.filled("file_path", file_path),
            "line": checked.whole("line", line),
            "stack_trace": checked.optional("stack_trace", stack_trace),
        }
        self._log_repeatable("bugs", entry, timestamp)

    def log_test_failure(
        self,
        test_name: str,
        failure_reason: str,
        pattern_violated: str | None = None,
        code_snippet: str | None = None,
        *,
        timestamp: datetime | str | None = None,
    ) -> None:
        """A failed test. One of the same name, reason and pattern is a repeat: it adds to `count`, `daily`.

        One that names another pattern, or names one for the first time, is an entry of its own.
        """
        entry = {
            "test_name": checked.filled("test_name", test_name),
            "failure_reason": checked.text("failure_reason", failure_reason),
            "pattern_violated": checked.optional("pattern_violated", pattern_violated),
            "code_snippet": checked.optional("code_snippet", code_snippet),
        }
        self._log_repeatable("test_failures", entry, timestamp)

    def log_code_review_issue(
        self,
        issue_type: str,
        pattern: str,
        severity: str,
        file_path: str,
        line: int | None = None,
        suggestion: str | None = None,
        *,
        timestamp: datetime | str | None = None,
    ) -> None:
        """What a reviewer found. A severity nobody knows becomes `medium`, with a Python warning."""
        entry = {
            "issue_type": checked.filled("issue_type", issue_type),
            "pattern": checked.filled("pattern", pattern),
            "severity": checked.severity(severity, stacklevel=2),
            "file_path": checked.filled("file_path", file_path),
            "line": checked.optional_whole("line", line),
            "suggestion": checked.optional("suggestion", suggestion),
        }
        self._log("code_reviews", entry, timestamp)

    def log_performance_metric(
        self, metric_type: str, details: Mapping[str, Any], *, timestamp: datetime | str | None = None
    ) -> None:
        """A measurement. `details` is a JSON object, copied; NumPy's values become Python's.

        NaN and the infinities become null, and `non_finite` of the entry names where they were.
        """
        name = checked.filled("metric_type", metric_type)
        copied, noted = checked.json_object("details", details)
        self._log("performance_metrics", {"metric_type": name, "details": copied, **noted}, timestamp)

    def log_deployment_issue(
        self,
        issue_type: str,
        pattern: str,
        environment: str,
        root_cause: str | None = None,
        resolution_time_minutes: float | None = None,
        *,
        timestamp: datetime | str | None = None,
    ) -> None:
        """A deployment that went wrong."""
        minutes = resolution_time_minutes
        entry = {
            "issue_type": checked.filled("issue_type", issue_type),
            "pattern": checked.filled("pattern", pattern),
            "environment": checked.filled("environment", environment),
            "root_cause": checked.optional("root_cause", root_cause),
            "resolution_time_minutes": None
            if minutes is None
            else checked.between("resolution_time_minutes", minutes, math.inf),
        }
        self._log("deployment_issues", entry, timestamp)

    def log_code_generation(
        self,
        prompt: str,
        patterns_applied: Sequence[str],
        confidence: float,
        success: bool,
        code_length: int | None = None,
        compilation_error: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        timestamp: datetime | str | None = None,
    ) -> None:
        """Generated code. 200 characters of the prompt are kept; `metadata` is treated as `details`."""
        copied, noted = checked.json_object("metadata", {} if metadata is None else metadata)
        entry = {
            "prompt": checked.cut_prompt(checked.filled("prompt", prompt)),
            "patterns_applied": checked.names("patterns_applied", patterns_applied),
            "confidence": checked.between("confidence", confidence, 1),
            "success": checked.flag("success", success),
            "code_length": checked.optional_whole("code_length", code_length),
            "compilation_error": checked.optional("compilation_error", compilation_error),
            "metadata": copied,
            **noted,
        }
        self._log("code_generation", entry, timestamp)

    def log_from_plan_file(
        self,
        plan_file: Place,
        section_heading: str = HEADING,
        *,
        allowed_roots: Sequence[Place] | None = None,
    ) -> list[str]:
        """The names that a plan's checklist holds, in order, ticked or not; logs one `code_generation` entry.

        A plan without such a section gives an empty list, and an entry that says so. The plan must lie
        within `allowed_roots`, by default `ALLOWED_PLAN_ROOTS`. Raises ValueError for a blank heading, a
        path that climbs or leads outside, and a file that is no plan; FileNotFoundError. All of these are
        UserErrors as well, and log nothing.
        """
        roots = self.ALLOWED_PLAN_ROOTS if allowed_roots is None else allowed_roots
        real, text = read_plan(plan_file, roots)
        section = scan_section(text, section_heading)
        names = [item.name for item in section.items]
        entry = {
            "prompt": f"plan:{Path(plan_file).name}"[: checked.PROMPT_CAP],
            "patterns_applied": list(names),
            "confidence": 1.0,
            "success": True,
            "code_length": None,
            "compilation_error": None,
            "metadata": _metadata(real, section_heading, section),
        }
        self._log("code_generation", entry, None)
        self._recorder.memories.declare(entry, map(_declared, section.items))
        return names

    def _log(self, category: str, entry: Entry, timestamp: datetime | str | None) -> None:
        entry["timestamp"] = self._time(timestamp)
        self._entries(category).append(entry)
        self._recorder.began(category, None, entry, live=timestamp is None)

    def _log_repeatable(self, category: str, entry: Entry, timestamp: datetime | str | None) -> None:
        time, entries, repeats = self._time(timestamp), self._entries(category), self._repeats[category]
        key = repeat_key(entry, REPEAT_KEYS[category]) or ()
        known = repeats.find(entries, key)
        if known is None:
            repeats.append(entries, key, checked.repeatable(entry, time))
            self._recorder.began(category, key, entry, live=timestamp is None)
        else:
            self._recorder.memories.repeat(known, time, live=timestamp is None)
            checked.add_repeat(known, time)

    def _entries(self, category: str) -> list[Entry]:
        entries = self._data.get(category)
        if entries is None:
            entries = self._data[category] = []
        if not isinstance(entries, list):
            raise InputError(f"data[{category!r}] must be a list, not {type(entries).__name__}")
        return entries

    def _time(self, timestamp: datetime | str | None) -> str | None:
        return stamp(self._clock()) if timestamp is None else checked.entry_time(timestamp)

    # -- reading and exporting -------------------------------------------------------------------------

    def export_dict(self) -> dict[str, list[Entry]]:
        """A copy of `data`, down to the last entry."""
        return copy.deepcopy(self._data)

    def export_json(self, mask: bool = False) -> str:
        """`data` as JSON, indented by two; with `mask`, secrets and home folders are taken out.

        Raises ValueError with the key path for what was put into `data` and JSON does not know.
        """
        return format_metrics(self._data, mask)

    def load_from_json(self, text: str, merge: bool = False) -> None:
        """Take the entries of an export, in place of those there are or, with `merge`, behind them.

        Merged, nothing counts twice that both hold: a bug or failure that is there takes the larger number
        of each day (of the count, without days; the sum, if one was over before the other began), and an
        entry equal to one that is there is left out.
        A category that is missing or null has no entry, one object is a list of one; a category nobody
        knows is kept and exported again, and a Python warning names it. Raises json.JSONDecodeError for
        what is no JSON and ValueError for another shape, UserErrors both, and then changes nothing.
        """
        loaded, unknown = read_metrics(text, self.METRIC_CATEGORIES)
        for name in unknown:
            warnings.warn(f"unknown category {visible(name[:80])!r} is kept, not counted", stacklevel=2)
        if not merge:
            self._replace(loaded)
            return
        for category in self.METRIC_CATEGORIES:
            entries = self._entries(category)
            for key, entry in merge_entries(entries, loaded.pop(category), REPEAT_KEYS.get(category)):
                self._recorder.merged(category, key, entry)
        for name, value in loaded.items():
            there = self._data.get(name)
            joined = isinstance(there, list) and isinstance(value, list)
            self._data[name] = [*there, *value] if joined and there else value

    def get_summary(self) -> dict[str, int]:
        """How many entries each category has, and the `total`."""
        counts = {category: len(self._data.get(category) or []) for category in self.METRIC_CATEGORIES}
        return {**counts, "total": sum(counts.values())}

    def clear(self) -> None:
        """Forget every entry. What was saved stays saved."""
        self._replace({category: [] for category in self.METRIC_CATEGORIES})

    def _replace(self, data: dict[str, list[Entry]]) -> None:
        if not isinstance(data, dict):
            raise InputError(f"data must be a dict of categories, not {type(data).__name__}")
        self._data = data
        self._store_problems = []
        self._repeats = {category: Repeats(fields) for category, fields in REPEAT_KEYS.items()}
        self._recorder = Recorder()

    # -- the store -------------------------------------------------------------------------------------

    def save(
        self,
        root: Place = ".",
        at: datetime | str | None = None,
        *,
        by: str | None = None,
        commit: str | None = None,
        source: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Write what is new as events into the repository around `root`, one for each entry and UTC day.

        Returns `{written, already_present, skipped}`: two numbers of events, and a list of texts that name
        the entries that could not be written. What was saved before, or imported from the same file, is
        not written again. An entry without a readable time takes `at`, marked as undated; without `at` it
        is skipped. `by`, `commit` and `source` (an object with a `kind`) go into the events. Raises
        UserError outside of a repository and for an `at` that is no time; MachineFault when the disk says
        no, and when damaged files stand in the way of some events (the others are written then, the message
        names the files): the call can be repeated.
        """
        origin = Origin(given_time("at", at), by, commit, dict(source) if source else None)
        saved = self._recorder.save(Workspace.open(os.fspath(root)), self._data, origin)
        return {"written": saved.written, "already_present": saved.present, "skipped": saved.skipped}

    flush = save

    @classmethod
    def from_store(
        cls,
        root: Place = ".",
        since: date | str | None = None,
        until: date | str | None = None,
    ) -> Self:
        """A collector with the events of the repository around `root`, from `since` to before `until`.

        Records that cannot be read are named in `problems`. Saving into the same store again writes only
        what was logged since. Raises UserError outside of a repository and for a bound that is no time.
        """
        bounds = given_time("since", since), given_time("until", until)
        workspace = Workspace.open(os.fspath(root))
        read = read_events(workspace.root, *bounds)
        collector = cls()
        collector._replace(entries_of(read.events))
        collector._recorder.know(workspace.root, collector._data)
        collector._store_problems = [str(problem) for problem in read.problems]
        return collector


def _declared(item: Item) -> Entry:
    return {"name": item.name, "line": item.line, "checked": item.checked}


def _metadata(plan_path: str, section_heading: str, section: Section) -> Entry:
    return {
        "source": "plan_file",
        "section_heading": section_heading,
        "plan_path": plan_path,
        "section_found": section.begin > 0,
        "checked": [item.name for item in section.items if item.checked],
    }


def _now() -> datetime:
    return datetime.now(UTC)
