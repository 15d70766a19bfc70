"""`MetricsIntegration`: collect, analyse and report on files, printing what the commands print (A42)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

from feedback_loop.api.collect.reports import CollectOptions, collect_reports
from feedback_loop.api.generation.generating import generate
from feedback_loop.api.generation.matched import standing_of
from feedback_loop.api.generation.request import Request, check_request, select
from feedback_loop.api.generation.shelf import core_dicts, shelf_of
from feedback_loop.api.metrics.analysis import AnalysisRequest, analyze, load_metrics, open_analyzer
from feedback_loop.api.output import check_output, write_output
from feedback_loop.api.patterns.manager import PatternManager
from feedback_loop.api.report_files import read_report_file
from feedback_loop.domain.text import path_text, visible
from feedback_loop.errors import InputError, MissingFileError, UserError
from feedback_loop.render.collect import render_collected
from feedback_loop.render.generation import (
    generation_fields,
    json_of,
    render_generation,
    render_matches,
)
from feedback_loop.render.metrics_report import (
    render_analysis,
    render_json,
    render_report_markdown,
    render_report_text,
    render_update,
)
from feedback_loop.workspace import Workspace

_FORMATS = {"text": render_report_text, "markdown": render_report_markdown, "json": render_json}


class MetricsIntegration:
    """Metrics, patterns and guide in three files; relative paths are seen from the process's folder.

    `metrics_file` is what `MetricsCollector.export_json` gives, `patterns_file` what `PatternManager` keeps
    (a folder such as `patterns/` too). Every method prints to stdout what the command of its name prints,
    and returns None. They raise ValueError or FileNotFoundError, UserErrors both, where the command ends
    with exit code 2.
    """

    def __init__(
        self,
        metrics_file: str | os.PathLike[str] = "metrics_data.json",
        patterns_file: str | os.PathLike[str] = "patterns.json",
        ai_patterns_md: str | os.PathLike[str] = "AI_PATTERNS.md",
    ) -> None:
        self.metrics_file = os.fspath(metrics_file)
        self.patterns_file = os.fspath(patterns_file)
        self.ai_patterns_md = os.fspath(ai_patterns_md)

    def collect_metrics(self) -> None:
        """Take the metrics file into the event store of the repository around the process, once.

        As `feedback-loop collect --metrics-file`. Raises UserError outside of a repository, and for a file
        that is missing or no metrics.
        """
        workspace = Workspace.open()
        data = read_report_file(self.metrics_file)
        found = collect_reports(workspace, [(self.metrics_file, data)], CollectOptions("metrics"))
        for one in found.files:
            if one.fault:
                raise InputError(f"{visible(one.name)}: {one.fault}", one.hint)
        _print(render_collected(found))
        _print_notes(found.notes)

    def analyze_metrics(self, update_patterns: bool = True) -> None:
        """The figures of the metrics file, and what they do to the patterns.

        As `feedback-loop analyze --metrics-file … --patterns-file …`; without `update_patterns` as with
        `--no-update`: nothing is written. A file of patterns that is not there yet begins with the
        patterns of the guide, if there is one.
        """
        if update_patterns:
            self._begin()
        request = AnalysisRequest(
            metrics_file=self.metrics_file, patterns_file=self.patterns_file, update=update_patterns
        )
        found = analyze(_workspace(), request)
        _print_notes(found.notes)
        _print(render_analysis(found.figures))
        _print_notes(render_update(found.update) if found.update else ())

    def generate_report(
        self,
        period: str = "all",
        output_file: str | os.PathLike[str] | None = None,
        format: str = "text",
    ) -> None:
        """The report on the metrics file as `text`, `markdown` or `json`, printed or written to a file.

        As `feedback-loop report --metrics-file`; `period` is all, month or week. Raises ValueError for
        another period or format, and then writes nothing.
        """
        if format not in _FORMATS:
            raise InputError(f"format must be one of {', '.join(_FORMATS)}, not {format!a}")
        target = None if output_file is None else os.path.abspath(output_file)
        if target is not None:
            check_output(target)
        analyzer, notes = open_analyzer(_workspace(), self.metrics_file, None)
        text = _FORMATS[format](analyzer.generate_report(period))
        _print_notes(notes)
        if target is None:
            _print(text)
            return
        write_output(target, text)
        _print(f"wrote {path_text(os.fsencode(target))}\n")

    def generate_code(
        self,
        prompt: str,
        output_file: str | os.PathLike[str] | None = None,
        apply_patterns: bool = True,
        min_confidence: float = 0.8,
    ) -> None:
        """Code for the prompt by the patterns of this file, printed or written, and the report on it.

        As `feedback-loop generate`: `output_file` gets the code, with `.meta.json` behind its name a file
        beside it; without `apply_patterns` the patterns that fit are listed and nothing is written. What is
        critical or frequent in the metrics file weighs more. Patterns that are in no file yet are those of
        the guide, else the ones that ship with the tool. Raises ValueError for a blank prompt, a threshold
        outside 0 to 1, and for a file that is there already.
        """
        request = Request(
            prompt, apply=True, min_confidence=min_confidence, standing=standing_of(self._context())
        )
        check_request(request)
        target = None if output_file is None or not apply_patterns else os.path.abspath(output_file)
        for path in () if target is None else (target, target + ".meta.json"):
            check_output(path)
            if os.path.lexists(path):
                raise InputError(f"{visible(path)} exists already", "choose another name")
        shelf, _ = shelf_of(self._patterns())
        if not apply_patterns:
            found = select(request, shelf)
            _print(render_matches((*found.chosen, *found.suggested)))
            return
        made = generate(request, shelf)
        if made.code and target is not None:
            write_output(target, made.code)
            write_output(target + ".meta.json", json_of(generation_fields(made)))
            _print(f"wrote {path_text(os.fsencode(target))}\n")
        elif made.code:
            _print(made.code)
        _print(render_generation(made))

    def _context(self) -> dict[str, Any] | None:
        """What the metrics file says of patterns; None if it is not there."""
        if not os.path.lexists(self.metrics_file):
            return None
        return open_analyzer(_workspace(), self.metrics_file, None)[0].get_context()

    def _patterns(self) -> list[dict[str, Any]]:
        """Those of the file or folder, else those of the guide, else the shipped ones. Nothing is written."""
        manager = PatternManager(self.patterns_file)
        if os.path.lexists(self.patterns_file):
            return manager.get_all_patterns()
        if os.path.exists(self.ai_patterns_md) and not manager.is_folder:
            manager.load_from_ai_patterns_md(self.ai_patterns_md)
            return manager.get_all_patterns()
        return core_dicts()

    def sync_patterns_to_markdown(self) -> None:
        """Write the patterns into the guide's block, what a person wrote around it stays.

        As `feedback-loop pattern export`, of the patterns of this file. Raises FileNotFoundError if it is
        not there, ValueError if a person edited the block.
        """
        if not os.path.exists(self.patterns_file):
            raise MissingFileError(f"no such file or folder of patterns: {visible(self.patterns_file)}")
        manager = PatternManager(self.patterns_file)
        done = manager.sync_to_markdown(self.ai_patterns_md)
        manager.save_patterns()
        shown = visible(self.ai_patterns_md)
        if done["changed"]:
            _print(f"wrote {shown}: {len(done['written'])} in the block\n")
        else:
            _print(f"{shown} is up to date\n")
        if done["by_hand"]:
            _print(f"described by hand, left as it is: {', '.join(map(visible, done['by_hand']))}\n")

    def _begin(self) -> None:
        """A new file of patterns begins with those of the guide; nothing is done if it is there already."""
        if os.path.lexists(self.patterns_file) or not os.path.exists(self.ai_patterns_md):
            return
        manager = PatternManager(self.patterns_file)
        if not manager.is_folder:
            load_metrics(self.metrics_file)  # before anything is written: it may be missing or broken
            manager.load_from_ai_patterns_md(self.ai_patterns_md)
            manager.save_patterns()


def _workspace() -> Workspace | None:
    """The repository around the process; None if there is none: the files do without."""
    try:
        return Workspace.open()
    except UserError as error:
        if error.kind != "no_repository":
            raise
        return None


def _print(text: str) -> None:
    """To stdout, whatever characters it can show."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _print_notes(notes: Iterable[str]) -> None:
    for note in notes:
        _print(f"{visible(note)}\n")
