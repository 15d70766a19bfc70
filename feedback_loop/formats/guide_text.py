"""Patterns as sections of a guide: the one form in which they are written (A23)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from feedback_loop.domain.guide import GuidePattern, Sample
from feedback_loop.formats.markdown import fence, heading, unified


def canonical(pattern: GuidePattern) -> GuidePattern:
    """The pattern in the one form that is written: blanks joined, outer blank lines and empty parts gone."""
    return replace(
        pattern,
        name=pattern.name.strip(),
        title=_one_line(pattern.title) or _one_line(pattern.name.replace("_", " ")).capitalize(),
        tags=_lines(pattern.tags),
        guidance=_one_line(pattern.guidance),
        prose=_trimmed(pattern.prose),
        problems=_lines(pattern.problems),
        bad=_written(pattern.bad),
        good=_written(pattern.good),
        benefits=_lines(pattern.benefits),
        tests=_written(pattern.tests),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for line in map(_one_line, texts) if line)


def _trimmed(text: str) -> str:
    """Without outer blank lines; the first line keeps its indentation, which may mean code."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", unified(text)).rstrip()


def _written(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    trimmed = (Sample(trimmed_code(one.code), _one_line(one.info)) for one in samples)
    return tuple(one for one in trimmed if one.code)


def trimmed_code(code: str) -> str:
    """Code without its outer blank lines and without a line break at its end."""
    lines = unified(code).split("\n")
    full = [number for number, line in enumerate(lines) if line.strip()]
    return "\n".join(lines[full[0] : full[-1] + 1]) if full else ""


def format_sections(
    patterns: Sequence[GuidePattern], first: int = 1, metrics: Mapping[str, str] | None = None
) -> str:
    """The sections of these patterns, numbered from `first`; `metrics` has a line of figures by name."""
    told = metrics or {}
    return "\n\n".join(
        _section(canonical(one), number, told.get(one.name, "")) for number, one in enumerate(patterns, first)
    ) + ("\n" if patterns else "")


def _section(pattern: GuidePattern, number: int, metrics: str) -> str:
    labels = [f"**Pattern:** `{pattern.name}`"]
    values = {"Severity": pattern.severity, "Tags": ", ".join(pattern.tags), "Guidance": pattern.guidance}
    labels += [f"**{name}:** {value}" for name, value in (values | {"Metrics": metrics}).items() if value]
    blocks = [heading(3, f"{number}. {pattern.title}"), "\n".join(labels), pattern.prose]
    blocks += [
        _list("Problems", pattern.problems),
        _fences("\u274c Bad Pattern", pattern.bad),
        _fences("\u2705 Good Pattern", pattern.good),
        _list("Benefits", pattern.benefits),
        _fences("Test", pattern.tests),
    ]
    return "\n\n".join(block for block in blocks if block)


def _list(label: str, items: tuple[str, ...]) -> str:
    return "\n".join([f"**{label}:**", *(f"- {item}" for item in items)]) if items else ""


def _fences(title: str, samples: tuple[Sample, ...]) -> str:
    fenced = "\n\n".join(fence(one.code, one.info) for one in samples)
    return f"{heading(4, title)}\n{fenced}" if samples else ""
