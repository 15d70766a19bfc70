"""Metrics from a file or from the repository's events, and the figures over them, for the commands."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedback_loop.api.library import open_library
from feedback_loop.api.metrics_analyzer import MetricsAnalyzer
from feedback_loop.api.metrics_collector import MetricsCollector
from feedback_loop.domain.library import Library
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError, MissingFileError, UserError
from feedback_loop.formats.metrics_json import read_metrics
from feedback_loop.stores.files import safe_read
from feedback_loop.stores.library import load_library
from feedback_loop.workspace import Workspace

SIZE_CAP = 64 << 20


@dataclass(frozen=True)
class Metrics:
    """Metrics in the shape of `MetricsCollector.export_dict()`; `notes` are what could not be read."""

    data: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def load_metrics(path: str) -> Metrics:
    """The metrics of an exported JSON file. Raises UserError if there is none or it is something else."""
    folder, name = os.path.split(os.path.realpath(path))
    shown = visible(path)
    try:
        text = safe_read(folder, name, SIZE_CAP).decode("utf-8-sig")
        data, unknown = read_metrics(text, MetricsCollector.METRIC_CATEGORIES)
    except FileNotFoundError:
        raise MissingFileError(f"no such metrics file: {shown}", kind="usage") from None
    except OSError as error:
        raise UserError(f"cannot read {shown}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{shown}: not UTF-8 (byte {error.start})") from error
    except UserError as error:
        raise InputError(f"{shown}: {error.message}", error.hint) from error
    return Metrics(
        data, tuple(f"{shown}: unknown category {visible(name)!a}: not counted" for name in unknown)
    )


def stored_metrics(workspace: Workspace) -> Metrics:
    """The metrics that the repository's events hold."""
    collector = MetricsCollector.from_store(workspace.root)
    return Metrics(collector.data, tuple(collector.problems))


def open_analyzer(
    workspace: Workspace | None, metrics_file: str | None, as_of: str | None
) -> tuple[MetricsAnalyzer, list[str]]:
    """The analyzer of the file, else of the repository's events, and what could not be read.

    Names and severities are those of the repository's library, the built-in one outside of a repository.
    Raises UserError for a file that is missing or no metrics, and where there is neither file nor
    repository.
    """
    if metrics_file is not None:
        metrics = load_metrics(metrics_file)
    elif workspace is not None:
        metrics = stored_metrics(workspace)
    else:
        raise UserError(
            "no metrics: there is no repository here", "name a file: --metrics-file", kind="usage"
        )
    analyzer = MetricsAnalyzer(metrics.data, as_of=as_of, library=_library(workspace))
    return analyzer, [*metrics.notes, *map(str, analyzer.problems)]


def _library(workspace: Workspace | None) -> Library:
    return load_library(os.devnull, "patterns") if workspace is None else open_library(workspace)


def analysis(analyzer: MetricsAnalyzer, period: str) -> dict[str, Any]:
    """What `analyze` shows: frequencies (from one occurrence on), new patterns, effectiveness, ranking.

    `period` and `counts` are those of `MetricsAnalyzer.generate_report`.
    """
    report = analyzer.generate_report(period)
    return {
        "period": report["period"],
        "counts": report["counts"],
        "high_frequency_patterns": analyzer.get_high_frequency_patterns(1, period=period),
        "new_patterns": analyzer.detect_new_patterns((), period=period),
        "effectiveness": report["effectiveness"],
        "ranked_patterns": report["ranked_patterns"],
    }
