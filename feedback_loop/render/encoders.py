"""The output formats of `scan` by name, and what their encoders share.

One encoder per format, each in a module of its own that is loaded when it is asked for. What a
repository wrote (paths, messages, lines of code) leaves an encoder inert for its sink (T14, T16).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import SEVERITIES, Finding, NotChecked, ScanResult, level_rank
from feedback_loop.domain.text import visible
from feedback_loop.render.text import remarks

_MODULES = {
    "json": "findings_json",
    "jsonl": "findings_jsonl",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
    "rdjsonl": "rdjsonl",
    "markdown": "findings_markdown",
}
FORMATS = ("text", *_MODULES)  # `text` has options of its own: `render.text.render_scan`
_NOTHING = {"staged": "nothing staged", "range": "nothing changed", "all": "no files", "paths": "no files"}
_PROSE_CAP = 1000
_NO_CHARACTER = re.compile("[\\ufffe\\uffff]")  # no XML can hold these two
_VOID = frozenset({"meta", "link", "br"})


@dataclass(frozen=True)
class Encoded:
    """The whole output, with its final line end, and lines for stderr about what it leaves out."""

    text: str
    notes: tuple[str, ...] = ()


def encode(name: str, result: ScanResult, library: CompiledLibrary, exit_code: int) -> Encoded:
    """The scan in one of FORMATS but `text`. The same values give the same text, byte for byte."""
    module = import_module(f"feedback_loop.render.{_MODULES[name]}")
    encoder: Callable[[ScanResult, CompiledLibrary, int], Encoded] = getattr(module, f"render_{name}")
    return encoder(result, library, exit_code)


def gravest(findings: Iterable[Finding]) -> list[Finding]:
    """By level, then severity, then place: where a sink cuts, the worst is kept."""
    return sorted(
        findings,
        key=lambda one: (-level_rank(one.level), -SEVERITIES.index(one.severity), one.sort_key()),
    )


def unchecked(result: ScanResult, library: CompiledLibrary) -> list[NotChecked]:
    """The library's own problems, detectors out of order, a scan of nothing, and files not checked."""
    entries = [NotChecked(b"", "", problem) for problem in library.problems]
    entries += [
        NotChecked(b"", rule_id, f"fails its own example: {reason}") for rule_id, reason in library.disabled
    ]
    if not result.changes:
        entries.append(NotChecked(b"", "", _NOTHING[result.mode]))
    return entries + result.not_checked


def unchecked_words(entry: NotChecked) -> str:
    """Why, and by which detector if not by all; the path is not part of it."""
    whom = f" ({entry.detector})" if entry.detector else ""
    return prose(f"NOT checked{whom}: {entry.reason}")


def said(finding: Finding) -> str:
    """The message with its remarks, safe to show."""
    return prose(finding.message) + remarks(finding)


def prose(text: str, cap: int = _PROSE_CAP) -> str:
    """One line of text, safe to show and not endless."""
    shown = visible(text[:cap]).replace("\t", " ")
    return shown if len(text) <= cap else shown + "…"


def true_path(path: bytes) -> str:
    r"""The path for a program to open, not to show: bytes that are no UTF-8 appear as `\xNN`."""
    return path.decode("utf-8", "backslashreplace")


def json_text(value: Any, *, indent: int | None = 2) -> str:
    """JSON in ASCII with sorted keys; without indent on one line."""
    separators = None if indent else (",", ":")
    return json.dumps(value, indent=indent, separators=separators, sort_keys=True) + "\n"


@dataclass(frozen=True)
class Markup:
    """HTML that stands as it is. Only `element`, `text_markup` and a page's own constants make it."""

    html: str


def text_markup(text: str) -> Markup:
    """Any text as HTML that shows just this text, in an element as in a quoted attribute (T15)."""
    shown = _NO_CHARACTER.sub("\ufffd", visible(text))
    return Markup(html.escape(shown))


def element(name: str, /, *children: Markup | str, **attributes: str | int) -> Markup:
    """One element, well-formed as XML too; text in it and in its attributes is encoded here.

    An attribute `class_` is `class`, and `aria_label` is `aria-label`. Names are ours, never a stranger's.
    """
    inner = "".join((one if isinstance(one, Markup) else text_markup(one)).html for one in children)
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text_markup(str(value)).html}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{given} />" if name in _VOID else f"<{name}{given}>{inner}</{name}>")
