"""pytest-benchmark's JSON: each benchmark's figures, as performance (A75a)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.report_json import kept_problems, list_at, load_one, text_at, utc, value_at

_STATS = ("mean", "median", "min", "max", "stddev", "iqr", "ops", "rounds", "iterations")


def read_benchmark(data: bytes) -> ReportRead:
    """The benchmarks of a run; `details` holds name, group and statistics (seconds; `ops` = per second).

    A benchmark without a mean is rejected, one that failed is left out. Raises InputError if the whole
    has no list of benchmarks, or a NaN or Infinity anywhere.
    """
    report = load_one(data)
    if not isinstance(value_at(report, "benchmarks"), list):
        raise InputError("not a pytest-benchmark report: it has no benchmarks")
    commit = text_at(report, "commit_info", "id")
    at = utc(value_at(report, "datetime"))
    reported: list[Reported] = []
    problems: list[Problem] = []
    skipped: Counter[str] = Counter()
    benchmarks = list_at(report, "benchmarks")
    for number, benchmark in enumerate(benchmarks, 1):
        name = text_at(benchmark, "fullname") or text_at(benchmark, "name")
        if value_at(benchmark, "has_error") is True:
            skipped["failed benchmarks"] += 1
        elif not name.strip() or not _is_number(value_at(benchmark, "stats", "mean")):
            problems.append(Problem("", 0, f"benchmark {number} has no name or no mean"))
        else:
            fields = _fields(benchmark, name, commit)
            reported.append(Reported("performance", fields, name, at, entry=number))
    return ReportRead(
        tuple(reported),
        len(benchmarks),
        tuple(skipped.items()),
        kept_problems(problems, "benchmarks"),
        " ".join(part for part in (commit, text_at(report, "datetime")) if part)[:500] or None,
        at,
    )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _fields(benchmark: Any, name: str, commit: str) -> tuple[tuple[str, object], ...]:
    details: dict[str, object] = {"name": name}
    group = text_at(benchmark, "group")
    details |= {"group": group} if group else {}
    details |= {"commit": commit} if commit else {}
    stats = {key: value_at(benchmark, "stats", key) for key in _STATS}
    details |= {key: value for key, value in stats.items() if _is_number(value)}
    return ("metric_type", "benchmark"), ("details", details)
