"""Exported metrics, taken into the store through the class that exported them (A31)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.domain.collected import FileCollected
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.metrics_json import read_metrics

KIND = "metrics"
_CATEGORIES = MetricsCollector.METRIC_CATEGORIES


@dataclass(frozen=True)
class MetricsTarget:
    """Where the events go; `at` is the time of undated entries. With `dry_run` nothing is written."""

    root: str | os.PathLike[str]
    at: str
    dry_run: bool = False


def collect_metrics(name: str, data: bytes, target: MetricsTarget) -> FileCollected:
    """What became of the file's entries: an entry is an event for each day that it has repeats on.

    Raises InputError for what are no metrics, MachineFault when the disk says no.
    """
    try:
        entries, unknown = read_metrics(data.decode("utf-8-sig"), _CATEGORIES)
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 (byte {error.start})") from error
    collector = MetricsCollector()
    collector.data = entries
    counts = collector.get_summary()
    read = counts.pop("total")
    left_out = [f"unknown category {visible(one[:80])!a}" for one in unknown]
    saved: dict[str, Any] = {"written": None, "already_present": None, "skipped": []}
    if not target.dry_run:
        saved = collector.save(target.root, target.at, source={"kind": KIND})
    return FileCollected(
        name,
        KIND,
        read=read,
        new=saved["written"],
        duplicate=saved["already_present"],
        rejected=tuple(Problem(name, 0, str(one)) for one in (*left_out, *saved["skipped"])),
        counts=tuple(counts.items()),
    )
