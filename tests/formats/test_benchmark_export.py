"""pytest-benchmark's JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.domain.reported import ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.benchmark_export import read_benchmark
from feedback_loop.formats.records import make_event

REPORTS = Path(__file__).parent / "data" / "reports"


def read(*benchmarks: Any, **report: Any) -> ReportRead:
    return read_benchmark(json.dumps({"benchmarks": benchmarks, **report}).encode())


def test_a_report_without_benchmarks_tells_none() -> None:
    assert read() == ReportRead(())


def test_what_the_plugin_writes_is_read() -> None:
    found = read_benchmark((REPORTS / "pytest-benchmark.json").read_bytes())
    assert (found.read, found.at) == (3, "2026-11-21T22:24:12Z")
    assert found.run == "c0ffee0000000000000000000000000000000000 2026-11-21T22:24:12.272521+00:00"
    assert [one.place for one in found.reported] == [
        "test_speed.py::test_sum",
        "test_speed.py::test_sort[10]",
        "test_speed.py::test_sort[100]",
    ]
    one = found.reported[1]
    fields = dict(one.fields)
    details = fields["details"]
    assert isinstance(details, dict)
    assert (one.kind, one.at, fields["metric_type"], details["group"], details["rounds"]) == (
        "performance",
        found.at,
        "benchmark",
        "sorting",
        7000,
    )
    assert sorted(details) == sorted(
        [
            "name",
            "group",
            "commit",
            "mean",
            "median",
            "min",
            "max",
            "stddev",
            "iqr",
            "ops",
            "rounds",
            "iterations",
        ]
    )


def test_figures_that_are_no_numbers_are_left_out() -> None:
    (one,) = read({"name": "a", "stats": {"mean": 1, "ops": None, "min": "x", "max": True}}).reported
    assert dict(one.fields) == {"metric_type": "benchmark", "details": {"name": "a", "mean": 1}}
    assert make_event(one.kind, "2026-11-20T09:30:00Z", dict(one.fields)).kind == "performance"


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "-Infinity"])
def test_a_report_with_a_figure_that_is_not_finite_is_refused(figure: str) -> None:
    with pytest.raises(InputError, match=f"{figure}, which is not a JSON number"):
        read_benchmark(b'{"benchmarks": [{"name": "a", "stats": {"mean": %s}}]}' % figure.encode())


def test_a_figure_beyond_all_numbers_makes_no_event() -> None:
    (one,) = read_benchmark(b'{"benchmarks": [{"name": "a", "stats": {"mean": 1e999}}]}').reported
    with pytest.raises(InputError):
        make_event(one.kind, "2026-11-20T09:30:00Z", dict(one.fields))


def test_benchmarks_without_name_or_figures_are_rejected() -> None:
    found = read({"name": "a"}, {"stats": {"mean": 1}}, 3, {"name": "b", "has_error": True})
    assert len(found.rejected) == 3
    assert found.skipped == (("failed benchmarks", 1),)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"benchmarks": [NaN]}', b'{"benchmarks": {}}'])
def test_what_is_no_benchmark_report_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_benchmark(data)
