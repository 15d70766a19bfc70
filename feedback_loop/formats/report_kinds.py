"""The kinds of foreign reports, told apart and read (IN-1 to IN-4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from feedback_loop.domain.reported import ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.metrics_data import SHAPES
from feedback_loop.formats.report_json import SIZE_CAP, check_size, load_all
from feedback_loop.formats.schemathesis import is_cassette, read_schemathesis
from feedback_loop.formats.schemathesis_ndjson import KNOWN as SCHEMATHESIS
from feedback_loop.formats.violations import is_violation

KINDS = (
    "junit",
    "reportlog",
    "schemathesis",
    "violations",
    "sarif",
    "reviews",
    "metrics",
    "traceback",
    "issues",
    "deployments",
    "benchmark",
)

_ENDINGS = {
    ".xml": "junit",
    ".sarif": "sarif",
    ".sarif.json": "sarif",
    ".log": "traceback",
    ".txt": "traceback",
}
_PEEK = 1 << 16
_JSON = re.compile(
    rb"\{\s*[\"}]|\[\s*[\[{\"\]]"
)  # how JSON goes on; a line of a log may begin with `[12:00]`
_SARIF = re.compile(rb"\{[^{\[]{0,300}sarif[^{\[]{0,300}[{\[]")  # named before its runs: no need to read all
_TRACE = re.compile(
    rb"Traceback \(most recent call last\)|^E   |^[^\n:]+\.py:\d+: |^1\. Test Case ID: ", re.MULTILINE
)


def read_report(kind: str, data: bytes) -> ReportRead:
    """The report as a value. Raises InputError if it is not of that kind, or larger than 64 MiB.

    `metrics` hold entries that need no reading in this sense: `MetricsCollector` takes them.
    """
    readers = _readers()
    if kind not in readers:
        raise InputError(f"{short(kind)} is no kind of report that is read here: {', '.join(readers)}")
    check_size(data)
    return readers[kind](data)


def _readers() -> dict[str, Callable[[bytes], ReportRead]]:
    from feedback_loop.formats.benchmark_export import read_benchmark
    from feedback_loop.formats.deployment_export import read_deployments
    from feedback_loop.formats.issue_export import read_issues
    from feedback_loop.formats.junit_report import read_junit
    from feedback_loop.formats.log_text import read_log
    from feedback_loop.formats.reportlog import read_reportlog
    from feedback_loop.formats.review_export import read_reviews
    from feedback_loop.formats.sarif_report import read_sarif
    from feedback_loop.formats.violations import read_violations

    return {
        "junit": read_junit,
        "reportlog": read_reportlog,
        "schemathesis": read_schemathesis,
        "violations": read_violations,
        "sarif": read_sarif,
        "reviews": read_reviews,
        "traceback": read_log,
        "issues": read_issues,
        "deployments": read_deployments,
        "benchmark": read_benchmark,
    }


# -- which kind ------------------------------------------------------------------------------------


def sniff(data: bytes, name: str) -> str | None:
    """The kind of report, by its content, else by the ending of its name; None if neither tells."""
    head = data[:_PEEK].removeprefix(b"\xef\xbb\xbf").lstrip()
    found = None
    if head.startswith((b"<", b"\xff\xfe<\0", b"\xfe\xff\0<")):
        found = "junit" if b"<testsuite" in head.replace(b"\0", b"") else None
    elif head.startswith((b"{", b"[")):
        found = "sarif" if _SARIF.match(head) else _sniff_json(data)
    elif is_cassette(head):
        found = "schemathesis"
    if found is None and not head.startswith(b"<") and _TRACE.search(data):
        found = "traceback"
    endings = (kind for ending, kind in _ENDINGS.items() if name.lower().endswith(ending))
    return found or next(endings, None)


def fault_of(data: bytes) -> str:
    """Why the kind of bytes cannot be told: `is empty`, or what is wrong with their JSON; "" = unknown."""
    head = data[:_PEEK].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head and not data.removeprefix(b"\xef\xbb\xbf").strip():
        return "is empty"
    if head.startswith((b"{", b"[")):
        try:
            next(_first_entries(data), None)
        except InputError as error:
            if _JSON.match(head) or not error.message.startswith("not "):
                return error.message
    return ""


def _sniff_json(data: bytes) -> str | None:
    """By the first entry: all of a report are of one kind."""
    try:
        entry = next(_first_entries(data), None)
    except InputError:
        return None
    return next((kind for kind, fits in _SHAPES.items() if fits(entry)), None) if entry else None


def _first_entries(data: bytes) -> Iterator[dict[str, Any]]:
    line = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:SIZE_CAP].partition(b"\n")[0]
    try:
        values = load_all(line)
    except InputError:
        values = load_all(data)
    for value in values:
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, dict):
                yield entry


def _is_schemathesis(entry: dict[str, Any]) -> bool:
    return len(entry) == 1 and not SCHEMATHESIS.isdisjoint(entry)


def _is_violations(entry: dict[str, Any]) -> bool:
    listed = entry.get("violations")
    if isinstance(listed, list):
        return "runs" not in entry and all(isinstance(one, dict) for one in listed[:1])
    return is_violation(entry)


def _is_metrics(entry: dict[str, Any]) -> bool:
    return not SHAPES.keys().isdisjoint(entry)


def _is_issue(entry: dict[str, Any]) -> bool:
    jira = "key" in entry and isinstance(entry.get("fields"), dict)
    listed = isinstance(entry.get("issues"), list)
    return jira or listed or ("title" in entry and ("number" in entry or "iid" in entry))


def _is_review(entry: dict[str, Any]) -> bool:
    notes = isinstance(entry.get("notes"), list) or "noteable_type" in entry or "position" in entry
    return notes or ("body" in entry and ("path" in entry or "in_reply_to_id" in entry))


def _is_deployment(entry: dict[str, Any]) -> bool:
    held = "deployment_status" in entry or "deployment_url" in entry
    return held or ("environment" in entry and ("sha" in entry or "statuses_url" in entry))


_SHAPES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "reportlog": lambda entry: "$report_type" in entry or "_report_type" in entry,
    "schemathesis": _is_schemathesis,
    "sarif": lambda entry: isinstance(entry.get("runs"), list),
    "benchmark": lambda entry: isinstance(entry.get("benchmarks"), list),
    "metrics": _is_metrics,
    "issues": _is_issue,
    "reviews": _is_review,
    "deployments": _is_deployment,
    "violations": _is_violations,
}
