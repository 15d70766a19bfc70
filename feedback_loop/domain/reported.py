"""What a foreign report tells: test reports, linters' findings, comments, issues, deployments, benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.domain.problem import Problem


@dataclass(frozen=True)
class Reported:
    """One thing that went wrong, not an event yet: its pattern and, maybe, its time are still to be found.

    `kind` is an event's kind and `fields` are what its `data` holds by name. `place` is what the thing is
    called within its run (a test and its phase, a rule and a position, a link): with the run it makes two
    readings one event. `at` is the report's own time (UTC, `Z`, whole seconds). `named` are patterns that
    the report itself names, unchecked; `rule` is `tool:rule`; in `trace` a traceback may stand. `entry`
    counts from 1 in the order of the report. `endpoint` (`METHOD url-or-path`), `status` of a response and
    `exception` (a class, `message` being its text) are what the report itself says of a request, "" and None
    where it does not.
    """

    kind: str
    fields: tuple[tuple[str, object], ...]
    place: str
    at: str | None = None
    named: tuple[str, ...] = ()
    rule: str | None = None
    trace: str = ""
    entry: int = 0
    endpoint: str = ""
    status: int | None = None
    exception: str = ""
    message: str = ""


@dataclass(frozen=True)
class ReportRead:
    """A report: `read` entries were looked at; `skipped` pairs a reason with how many entries it left out.

    Skipped are entries that are no mistake (a passed test, a reply, a suppressed result); `rejected` name
    those that should have been one and cannot be used. `run` and `at` are the report's own, if it has any.
    `executed` are the requests that it says were made, `METHOD url-or-path`, failed ones too, each once;
    () = it does not say. `tests` are the tests or requests that were run, where entries are something else
    (a test log has a line for each phase); None = as many as `read`.
    """

    reported: tuple[Reported, ...]
    read: int = 0
    skipped: tuple[tuple[str, int], ...] = ()
    rejected: tuple[Problem, ...] = ()
    run: str | None = None
    at: str | None = None
    executed: tuple[str, ...] = ()
    tests: int | None = None
