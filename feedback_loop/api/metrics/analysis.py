"""Metrics from a file or from the repository's events, the figures over them, and the library after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from feedback_loop.api.generation_figures import goals_of, measure_stored
from feedback_loop.api.metrics.analyzer import MetricsAnalyzer
from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.api.metrics.stored import StoredMetrics
from feedback_loop.api.metrics.update import library_in_force, open_shelf
from feedback_loop.domain.generation_figures import GenerationFigures, Goals
from feedback_loop.domain.library_update import LibraryUpdate
from feedback_loop.domain.moment import DAY, is_date, parse_moment
from feedback_loop.domain.text import visible
from feedback_loop.engines.metrics import make_period
from feedback_loop.errors import InputError, MissingFileError, UserError
from feedback_loop.formats.metrics_json import read_metrics
from feedback_loop.stores.files import read_anywhere
from feedback_loop.workspace import Workspace

SIZE_CAP = 64 << 20


@dataclass(frozen=True)
class Metrics:
    """Metrics in the shape of `MetricsCollector.export_dict()`; `notes` are what could not be read."""

    data: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def load_metrics(path: str) -> Metrics:
    """The metrics of an exported JSON file. Raises UserError if there is none or it is something else."""
    shown = visible(path)
    try:
        text = read_anywhere(path, SIZE_CAP).decode("utf-8-sig")
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
    """The metrics that the repository's events hold; their entries are made when one is asked for."""
    stored = StoredMetrics(workspace.root, workspace.repository.state_dir)
    return Metrics(stored, (*stored.notes, *map(str, stored.problems)))


def open_analyzer(
    workspace: Workspace | None, metrics_file: str | None, as_of: str | None
) -> tuple[MetricsAnalyzer, list[str]]:
    """The analyzer of the file, else of the repository's events, and what could not be read.

    Names and severities are those of the repository's library, the built-in one outside of a repository.
    Raises UserError for a file that is missing or no metrics, and where there is neither file nor
    repository.
    """
    metrics = _metrics(workspace, metrics_file)
    analyzer = MetricsAnalyzer(metrics.data, as_of=as_of, library=library_in_force(workspace))
    return analyzer, [*metrics.notes, *map(str, analyzer.problems)]


def _metrics(workspace: Workspace | None, metrics_file: str | None) -> Metrics:
    if metrics_file is not None:
        return load_metrics(metrics_file)
    if workspace is not None:
        return stored_metrics(workspace)
    raise UserError("no metrics: there is no repository here", "name a file: --metrics-file", kind="usage")


# -- analyze -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnalysisRequest:
    """What to analyse, and whether the library takes part; a `patterns_file` may be a folder too."""

    period: str = "all"
    as_of: str | None = None
    metrics_file: str | None = None
    patterns_file: str | None = None
    update: bool = True


@dataclass(frozen=True)
class Analysis:
    """`figures` as `analyze --format json` shows them; what became of the library, None if there is none.

    `steps` are each pattern's occurrences over time, as `MetricsAnalyzer.count_by_step` gives them.
    `generation` are the figures of runs of generated code beside what is wanted of them, None where the
    repository has no such runs in the period, or a file stands for its events.
    """

    figures: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    update: LibraryUpdate | None = None
    steps: Mapping[str, Sequence[int]] = field(default_factory=dict)
    generation: tuple[GenerationFigures, Goals] | None = None


def analyze(workspace: Workspace | None, request: AnalysisRequest) -> Analysis:
    """The figures of one period, and what all metrics do to the library.

    A JSON file of patterns is brought up to date: counts, new patterns, those not seen for 90 days. Into a
    folder, by default the repository's, go at most proposals, for patterns that no state of it knows. The
    same metrics again change nothing and give the same figures: what an analysis put there and nobody
    wrote yet stays new. Without `update` nothing is written, and the update is what would be.

    Raises UserError as `open_analyzer`, and for a library that cannot be read or written.
    """
    now = _moment(request.as_of)
    shelf = open_shelf(workspace, request.patterns_file, now, trial=not request.update)
    metrics = _metrics(workspace, request.metrics_file)
    analyzer = MetricsAnalyzer(metrics.data, as_of=request.as_of, library=shelf.known)
    newcomers = analyzer
    if shelf.candidates:
        newcomers = MetricsAnalyzer(metrics.data, as_of=request.as_of, library=shelf.settled)
    update = shelf.update(analyzer, newcomers.detect_new_patterns(()))
    new = [
        one | {"state": shelf.state(one["pattern"])}
        for one in newcomers.detect_new_patterns((), period=request.period)
    ]
    notes = (*metrics.notes, *map(str, analyzer.problems))
    steps = analyzer.count_by_step(request.period)
    figures = _figures(analyzer, request.period) | {"new_patterns": new}
    generation = None if request.metrics_file else _generation(workspace, request, now)
    return Analysis(figures, notes, update, steps, generation)


def _generation(
    workspace: Workspace | None, request: AnalysisRequest, now: datetime
) -> tuple[GenerationFigures, Goals] | None:
    """Of the period that the other figures are about; without `as_of` a clock ahead by a day is forgiven."""
    if workspace is None:
        return None
    skew = 0 if request.as_of else DAY
    period = make_period(request.period, int(now.timestamp()), skew)
    start, limit = period.start, period.limit
    found = measure_stored(workspace, lambda at: start is None or at > start, limit)
    return None if found is None else (found, goals_of(workspace.settings()[0]))


def _figures(analyzer: MetricsAnalyzer, period: str) -> dict[str, Any]:
    """Frequencies from one occurrence on; `period` and `counts` as in `MetricsAnalyzer.generate_report`."""
    report = analyzer.generate_report(period)
    return {
        "period": report["period"],
        "counts": report["counts"],
        "high_frequency_patterns": analyzer.get_high_frequency_patterns(1, period=period),
        "effectiveness": report["effectiveness"],
        "ranked_patterns": report["ranked_patterns"],
    }


def _moment(as_of: str | None) -> datetime:
    """The end of the day that is named, as the analyzer takes it; now, if none is."""
    moment = parse_moment(as_of) if as_of else None
    if moment is None or as_of is None:
        return datetime.now(UTC)
    return datetime.fromtimestamp(moment + DAY - 1 if is_date(as_of) else moment, UTC)
