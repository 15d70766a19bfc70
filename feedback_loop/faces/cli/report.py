"""`feedback-loop report` and `feedback-loop analyze`: figures over events, or over a metrics file."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.app import app
from feedback_loop.faces.cli.common import (
    Folder,
    Format,
    OutputFormat,
    given_moment,
    open_workspace,
    put,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feedback_loop.api.metrics.analyzer import MetricsAnalyzer
    from feedback_loop.workspace import Workspace

_NOTES_SHOWN = 10


class PeriodName(StrEnum):
    """The last 30 or 7 days, or everything."""

    all = "all"
    month = "month"
    week = "week"
    monthly = "monthly"
    weekly = "weekly"


class ReportFormat(StrEnum):
    """How the report is written."""

    text = "text"
    markdown = "markdown"
    json = "json"
    html = "html"


PeriodOption = Annotated[PeriodName, typer.Option("--period", help="The last 30 or 7 days, or everything.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="Leave out what came later: a day or a time. [default: now]"
    ),
]
MetricsFile = Annotated[
    str | None,
    typer.Option("--metrics-file", metavar="FILE", help="Read this JSON export instead of the events."),
]


@app.command()
def report(
    period: PeriodOption = PeriodName.all,
    as_of: AsOf = None,
    format: Annotated[ReportFormat, typer.Option("--format", help="How to write it.")] = ReportFormat.text,
    output: Annotated[
        str | None, typer.Option("--output", metavar="FILE", help="Write to a file, all or nothing.")
    ] = None,
    metrics_file: MetricsFile = None,
    folder: Folder = None,
) -> None:
    """The metrics report: how much went wrong, which patterns most often, how severe they are.

    Without --metrics-file it is about the events of this repository. Entries without a date count in every
    period, and the report says how many. The same data and --as-of give the same bytes. HTML is one file
    with charts that loads nothing and needs no script.

    \b
    Exit codes: 0 written, 2 something to mend (no such file, no metrics, an unknown period).

    \b
    Examples:
      feedback-loop report --period week
      feedback-loop report --metrics-file metrics.json --format markdown --output report.md
      feedback-loop report --format html --output report.html
    """
    from feedback_loop.api.output import check_output, write_output
    from feedback_loop.domain.text import path_text

    target = _seen_from(folder, output, "--output")
    if target is not None:
        check_output(target)
    text = _rendered(_analyzer(folder, metrics_file, as_of), period, format)
    if target is None:
        put(text)
        return
    write_output(target, text)
    say(f"feedback-loop: wrote {path_text(os.fsencode(target))}")


def _rendered(analyzer: MetricsAnalyzer, period: PeriodName, format: ReportFormat) -> str:
    found = analyzer.generate_report(period.value)
    if format is ReportFormat.html:
        from feedback_loop.render.report_html import render_report_html

        return render_report_html(found, analyzer.count_by_step(period.value))
    from feedback_loop.render import metrics_report

    render = {
        ReportFormat.text: metrics_report.render_report_text,
        ReportFormat.markdown: metrics_report.render_report_markdown,
        ReportFormat.json: metrics_report.render_json,
    }[format]
    return render(found)


@app.command()
def analyze(
    period: PeriodOption = PeriodName.all,
    as_of: AsOf = None,
    metrics_file: MetricsFile = None,
    patterns_file: Annotated[
        str | None,
        typer.Option("--patterns-file", metavar="FILE", help="Bring this JSON file of patterns up to date."),
    ] = None,
    no_update: Annotated[
        bool, typer.Option("--no-update", help="Write nothing; say what would be written.")
    ] = False,
    folder: Folder = None,
    format: Format = OutputFormat.text,
) -> None:
    """Which patterns were hit how often, which are new, what changed before/after, how severe they are.

    The before/after comparison is of the last 30 days, whatever the period: their first half and their
    second, with the ratio of both rates, its exact 95 % interval and a p-value adjusted for the number of
    patterns.

    Where runs of generated code were ingested, what they showed stands at the end, beside the goals of
    the settings (generation.targets).

    New patterns are proposed: written to patterns/proposed/, for a person to accept. With --patterns-file
    that file is brought up to date instead: frequencies, new patterns, and those not seen for 90 days go to
    its archive. Both are about all metrics, whatever the period; the same metrics again change nothing, and
    other ones replace their counts: to add several up, `collect` them and analyze the events.

    \b
    Exit codes: 0 done, 2 something to mend (no such file, no metrics, broken patterns, an unknown period).

    \b
    Examples:
      feedback-loop analyze --period month
      feedback-loop analyze --metrics-file metrics.json --patterns-file patterns.json
      feedback-loop analyze --metrics-file metrics.json --format json --no-update
    """
    from feedback_loop.api.metrics.analysis import AnalysisRequest
    from feedback_loop.api.metrics.analysis import analyze as carry_out
    from feedback_loop.render.generation_figures import generation_fields, generation_lines
    from feedback_loop.render.metrics_report import render_analysis, render_json, render_update

    given_moment("--as-of", as_of)  # told before any work
    path = _seen_from(folder, metrics_file, "--metrics-file")
    library = _seen_from(folder, patterns_file, "--patterns-file")
    request = AnalysisRequest(period.value, as_of, path, library, not no_update)
    found = carry_out(_workspace(folder, path), request)
    _tell(found.notes)
    generation = found.generation
    if format is OutputFormat.json:
        more = {"generation": generation_fields(*generation)} if generation else {}
        put(render_json({**found.figures, **more}))
    else:
        rows = _rows(found.steps) if sys.stdout.isatty() else None
        put(render_analysis(found.figures, rows, generation_lines(*generation) if generation else ()))
    for line in render_update(found.update) if found.update else ():
        say(f"feedback-loop: {line}")


def _rows(steps: Mapping[str, Sequence[int]]) -> dict[str, str]:
    """A row of blocks for each pattern: for people at a terminal, files and pipes get figures alone."""
    from feedback_loop.render.sparkline import can_show_blocks, sparkline

    plain = not can_show_blocks(sys.stdout.encoding)
    return {name: sparkline(counts, plain) for name, counts in steps.items()}


def _analyzer(folder: str | None, metrics_file: str | None, as_of: str | None) -> MetricsAnalyzer:
    """The analyzer; what could not be read is said."""
    from feedback_loop.api.metrics.analysis import open_analyzer

    given_moment("--as-of", as_of)  # told before any work
    path = _seen_from(folder, metrics_file, "--metrics-file")
    analyzer, notes = open_analyzer(_workspace(folder, path), path, as_of)
    _tell(notes)
    return analyzer


def _workspace(folder: str | None, metrics_file: str | None) -> Workspace | None:
    """The repository; None if there is none and a file of metrics does instead."""
    try:
        return open_workspace(folder)
    except UserError as error:
        if metrics_file is None or error.kind != "no_repository":
            raise
        return None


def _tell(notes: Sequence[str]) -> None:
    from feedback_loop.domain.text import visible

    for note in notes[:_NOTES_SHOWN]:
        say(f"feedback-loop: {visible(note)}")
    if len(notes) > _NOTES_SHOWN:
        say(f"feedback-loop: {len(notes) - _NOTES_SHOWN} more could not be read as they are")


def _seen_from(folder: str | None, path: str | None, option: str) -> str | None:
    """The path seen from -C DIR; an empty one is a script's unset variable."""
    if path == "":
        raise UserError(f"{option}: an empty value", "leave it out, or fill it in", kind="usage")
    return None if path is None else os.path.abspath(os.path.join(folder or ".", path))
