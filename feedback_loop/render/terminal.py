"""Patterns as people like to read them on a terminal. The one renderer that knows rich.

Everything a repository wrote goes through `visible` and into a `Text`, so that neither control
characters nor markup in it mean anything (T14).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from feedback_loop.domain.library import Library
from feedback_loop.domain.library_report import (
    DetectorFacts,
    ExampleRun,
    Explanation,
    GateReport,
    ListedPattern,
)
from feedback_loop.domain.pattern import STATES, Example, Pattern, Signature
from feedback_loop.domain.text import counted, visible
from feedback_loop.render.detector_words import closing_notes, effect_words, expression_words, fact_rows

_STYLES = {
    "block": "bold red",
    "warn": "bold yellow",
    "hint": "cyan",
    "off": "dim",
    "critical": "bold red",
    "high": "bold",
    "head": "bold",
    "good": "green",
    "bad": "red",
    "dim": "dim",
}
_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)")
_WIDEST = 100  # longer lines of prose are hard to read


@dataclass
class Page:
    """A sheet as wide as the terminal, in colour or not; what is put on it is its text."""

    width: int = 100
    color: bool = False
    _out: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        # All of it said outright: rich would otherwise look the rest up in the process around it.
        self._console = Console(
            file=self._out,
            width=max(40, min(self.width, _WIDEST)),
            force_terminal=self.color,
            color_system="standard" if self.color else None,
            no_color=not self.color,
            markup=False,
            highlight=False,
            emoji=False,
            height=25,
            legacy_windows=False,
            force_jupyter=False,
        )

    def put(self, *items: RenderableType, indent: int = 0) -> None:
        """Lines or tables, one below the other."""
        for item in items:
            self._console.print(Padding(item, (0, 0, 0, indent)) if indent else item)

    def put_code(self, lines: Iterable[Text]) -> None:
        """Lines that are never broken."""
        for line in lines:
            self._console.print(line, soft_wrap=True)

    def text(self) -> str:
        """All of it, without blanks at line ends."""
        return "\n".join(line.rstrip() for line in self._out.getvalue().split("\n"))


def _styled(text: str, style: str = "") -> Text:
    return Text(visible(text), style=_STYLES.get(style, ""))


def _prose(text: str) -> Text:
    """Markdown as it stands, paragraphs filled, `code` set off."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = paragraph.split("\n")
        fixed = any(re.match(r"\s|[-*+>|#]|\d+[.)]\s", line) for line in lines)
        paragraphs.append(("\n" if fixed else " ").join(visible(line) for line in lines))
    return _coded(Text(_LINK.sub(r"\1 \2", "\n\n".join(paragraphs))))


def _bullets(items: Iterable[str]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(ratio=1)
    for item in items:
        grid.add_row("-", _prose(item))
    return grid


def _pairs(rows: Iterable[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    for label, value in rows:
        grid.add_row(Text(label, style="dim"), _coded(Text(visible(value))))
    return grid


def _coded(text: Text) -> Text:
    text.highlight_regex(r"`[^`\n]+`", "bold")
    return text


def _table(*headings: str, wrapped: int = 1) -> Table:
    """Columns under these headings; the last ones may be broken."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for number, heading in enumerate(headings, 1):
        table.add_column(heading, no_wrap=number <= len(headings) - wrapped, overflow="fold")
    return table


# -- pattern list ------------------------------------------------------------------------------


def render_list(library: Library, listed: Sequence[ListedPattern], state: str, page: Page) -> str:
    """One line per pattern of this state (`all` = every one), and how many others there are."""
    shown = [one for one in listed if state in ("all", one.pattern.state)]
    page.put(Text(f"{library.source}: {_counts(one.pattern.state for one in listed)}", style="bold"))
    if shown:
        table = _table("", "name", "severity", "level", *(["state"] if state == "all" else []), "title")
        for one in shown:
            pattern = one.pattern
            states = [pattern.state] if state == "all" else []
            level = _styled(one.level or "-", one.level)
            severity = _styled(pattern.severity, pattern.severity)
            table.add_row("", pattern.name, severity, level, *states, _styled(pattern.title))
        page.put(table)
    elif listed:
        page.put(Text(f"none of them is {state}"))
    return page.text()


def _counts(states: Iterable[str]) -> str:
    found = list(states)
    parts = [f"{found.count(state)} {state}" for state in STATES if state in found]
    return ", ".join(parts) or "no patterns"


# -- pattern show ------------------------------------------------------------------------------


def render_pattern(pattern: Pattern, page: Page) -> str:
    """Both files of a pattern on one page."""
    _title(pattern, page)
    if pattern.description:
        page.put("", _prose(pattern.description))
    _section(page, "Problems", pattern.problems)
    _examples(pattern, page)
    _section(page, "Benefits", pattern.benefits)
    for example in pattern.tests:
        page.put("", _styled("Test", "head"))
        page.put_code(_code(example, page.color))
    page.put("", _styled("Guidance", "head"))
    page.put(_prose(pattern.guidance), indent=2)
    if pattern.detectors:
        page.put("", _styled("Detectors", "head"))
        table = _table("", "level", "id", "looks for", "message", wrapped=2)
        for one in pattern.detectors:
            words = map(_styled, (one.id, expression_words(one.expression), one.message))
            table.add_row("", _styled(one.level, one.level), *words)
        page.put(table)
    _section(page, "Signatures", [_signature(one) for one in pattern.signatures])
    _section(page, "References", pattern.references)
    for section in pattern.other:
        page.put("", _styled(section.title, "head"))
        page.put(_prose(section.body), indent=2)
    return page.text()


def _title(pattern: Pattern, page: Page) -> None:
    page.put(_styled(pattern.title, "head"))
    facts = [pattern.name, pattern.severity, *pattern.languages, *pattern.frameworks]
    facts += [f"version {pattern.version}", pattern.state]
    page.put(_styled(" · ".join(facts), "dim"))
    tags = [", ".join(pattern.tags)] if pattern.tags else []
    page.put(_styled(" · ".join([pattern.path + ".md", *tags]), "dim"))


def _section(page: Page, title: str, items: Sequence[str]) -> None:
    if items:
        page.put("", _styled(title, "head"))
        page.put(_bullets(items), indent=2)


def _examples(pattern: Pattern, page: Page) -> None:
    for title, style, examples in (
        ("✗ Bad example", "bad", pattern.bad),
        ("✓ Good example", "good", pattern.good),
    ):
        for example in examples:
            where = f"  {visible(example.path)}" if example.path else ""
            page.put("", _styled(title, style).append(where, style="dim"))
            page.put_code(_code(example, page.color))


def _code(example: Example, color: bool) -> list[Text]:
    """The lines with their numbers; those that a detector finds are marked."""
    code = "\n".join(visible(line) for line in example.code.rstrip("\n").split("\n"))
    body = Text(code)
    if color and example.language:
        body = Syntax(code, example.language, theme="ansi_dark", background_color="default").highlight(code)
        body.rstrip()
    rows = []
    for number, line in enumerate(body.split("\n"), 1):
        marked = number in (example.lines or ())
        gutter = f"{'>' if marked else ' '}{number:>4} | "
        line.expand_tabs(4)
        rows.append(Text().append(gutter, style=_STYLES["bad" if marked else "dim"]).append_text(line))
    return rows


def _signature(one: Signature) -> str:
    """`ruff:E722`, or exception and message, or every field that holds something."""
    if one.rule:
        return one.rule
    if one.exception:
        return one.exception + (f": {one.message}" if one.message else "")
    return ", ".join(f"{name} {value}" for name, value in vars(one).items() if value)


# -- explain -----------------------------------------------------------------------------------


def render_explanation(explanation: Explanation, page: Page) -> str:
    """Why the pattern is there, both sides by example, and what its detectors do here."""
    pattern = explanation.pattern
    _title(pattern, page)
    page.put("", _styled("Why", "head"))
    page.put(_prose(pattern.description or pattern.guidance), indent=2)
    if pattern.problems:
        page.put(_bullets(pattern.problems), indent=2)
    _examples(pattern, page)
    page.put("", _styled("Instead", "head"))
    page.put(_prose(pattern.guidance), indent=2)
    page.put("", _styled("What is found on added lines", "head"))
    if not explanation.detectors:
        page.put(Text("Nothing: this is a guideline without a detector."), indent=2)
    for number, facts in enumerate(explanation.detectors):
        page.put(*([""] if number else []), _detector_head(facts, explanation.fail_on), indent=2)
        page.put(_prose(facts.message), indent=4)
        page.put(_pairs(fact_rows(facts, explanation.levels_from)), indent=4)
    for note in closing_notes(explanation.detectors):
        page.put("", _prose(note), indent=2)
    _section(page, "Read more", pattern.references)
    return page.text()


def _detector_head(facts: DetectorFacts, fail_on: str) -> Text:
    head = _styled(facts.level, facts.level).append(f" {visible(facts.rule_id)}", style="bold")
    style = _STYLES["warn" if facts.not_running else "dim"]
    return head.append("  " + visible(effect_words(facts, fail_on)), style=style)


# -- pattern test ------------------------------------------------------------------------------


def render_gate(report: GateReport, page: Page) -> str:
    """Every example with what was found in it, then each failure and note."""
    table = _table("", "pattern", "example", "line", "expected", "found")
    for run in report.runs:
        mark = Text("✓", style="green") if run.ok else Text("✗", style="bold red")
        line = Text(str(run.example.line), style="dim", justify="right")
        found = ", ".join(f"{detector} {line}" for detector, line in run.found) or "nothing"
        found = found if run.tried else "no detector"
        side = f"{run.side} {run.number}"
        table.add_row(mark, run.pattern, side, line, _expected(run), _styled(found))
    if report.runs:
        page.put(table, "")
    for problem in report.failures:
        page.put_code([_styled("✗ ", "bad").append(visible(str(problem)))])
    for note in report.notes:
        page.put_code([_styled("note: ", "hint").append(visible(str(note)))])
    tried = f"{counted(len(report.runs), 'example')} of {counted(report.patterns, 'pattern')}"
    verdict = f"{counted(len(report.failures), 'failure')}" if report.failures else "all as promised"
    page.put(_styled(f"{tried}: {verdict}", "bad" if report.failures else "good"))
    return page.text()


def _expected(run: ExampleRun) -> str:
    if not run.tried:
        return "-"
    if run.side == "good":
        return "nothing"
    if run.example.lines is not None:
        return "lines " + ", ".join(map(str, run.example.lines))
    return "something" if run.example.findings is None else counted(run.example.findings, "finding")
