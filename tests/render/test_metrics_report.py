"""Byte for byte: the documented text of A43 and A44."""

from __future__ import annotations

import json
from typing import Any

import pytest

from feedback_loop.domain.library_update import LibraryUpdate
from feedback_loop.domain.text import visible
from feedback_loop.render.metrics_report import (
    effect_words,
    render_analysis,
    render_json,
    render_report_markdown,
    render_report_text,
    render_update,
)
from tests.render.made import HOSTILE


def made_report(names: int = 2, **counts: int) -> dict[str, Any]:
    return {
        "summary": {
            "total_bugs": 5,
            "total_test_failures": 4,
            "total_code_reviews": 3,
            "total_performance_metrics": 2,
            "total_deployment_issues": 1,
        },
        "high_frequency_patterns": [
            {"pattern": f"name_{i}", "count": 20 - i, "last_seen": None} for i in range(names)
        ],
        "ranked_patterns": [
            {"pattern": f"name_{i}", "severity": "high", "count": 20 - i, "severity_weight": 3}
            for i in range(names)
        ],
        "generated_at": "2026-11-20T12:00:00Z",
        "period": {"name": "week", "from": "2026-11-13T12:00:00Z", "to": "2026-11-20T12:00:00Z"},
        "counts": {"occurrences": 39, "undated": 0, "unreadable_dates": 0, "outside": 0, "after_as_of": 0}
        | counts,
        "effectiveness": {},
    }


TEXT = """\
============================================================
METRICS ANALYSIS REPORT - WEEK
Generated: 2026-11-20T12:00:00Z
Period: 2026-11-13T12:00:00Z .. 2026-11-20T12:00:00Z
============================================================

SUMMARY:
  Total Bugs: 5
  Test Failures: 4
  Code Reviews: 3
  Performance Metrics: 2
  Deployment Issues: 1
  Undated entries counted: 0

HIGH FREQUENCY PATTERNS: 2
  - name_0: 20 occurrences
  - name_1: 19 occurrences

PATTERNS RANKED BY SEVERITY: 2
  - name_0: high (count: 20)
  - name_1: high (count: 19)

============================================================
"""

MARKDOWN = """\
# Metrics Analysis Report — Week

_Generated: 2026-11-20T12:00:00Z_

## Summary

- **Total Bugs:** 5
- **Test Failures:** 4
- **Code Reviews:** 3
- **Performance Metrics:** 2
- **Deployment Issues:** 1
- **Undated entries counted:** 0

## High Frequency Patterns (2)

- `name_0` (20 occurrences)
- `name_1` (19 occurrences)

## Patterns Ranked by Severity (2)

- `name_0` — high (count: 20)
- `name_1` — high (count: 19)
"""


def test_the_text_is_the_documented_one() -> None:
    assert render_report_text(made_report()) == TEXT


def test_the_markdown_is_the_documented_one() -> None:
    assert render_report_markdown(made_report()) == MARKDOWN


def test_date_counts_are_told_where_they_are_not_zero() -> None:
    report = made_report(undated=1, outside=2, after_as_of=3, unreadable_dates=4)
    told = """\
  Undated entries counted: 1
  Outside the period: 2
  After the as-of date: 3
  Unreadable dates: 4
"""
    assert render_report_text(report) == TEXT.replace("  Undated entries counted: 0\n", told)
    bullets = "".join(f"- **{line.strip().replace(':', ':**')}\n" for line in told.splitlines())
    assert render_report_markdown(report) == MARKDOWN.replace("- **Undated entries counted:** 0\n", bullets)


def test_headings_give_the_full_number_and_lists_end_after_ten() -> None:
    text, page = render_report_text(made_report(12)), render_report_markdown(made_report(12))
    assert "HIGH FREQUENCY PATTERNS: 12\n" in text
    assert "PATTERNS RANKED BY SEVERITY: 12\n" in text
    assert "## High Frequency Patterns (12)\n" in page
    assert "## Patterns Ranked by Severity (12)\n" in page
    for rendered in (text, page):
        assert rendered.count("name_9") == 2
        assert "name_10" not in rendered


def test_empty_lists_leave_headings_with_zero() -> None:
    text = render_report_text(made_report(0))
    assert "HIGH FREQUENCY PATTERNS: 0\n\nPATTERNS RANKED BY SEVERITY: 0\n\n====" in text
    page = render_report_markdown(made_report(0))
    assert page.endswith("## High Frequency Patterns (0)\n\n## Patterns Ranked by Severity (0)\n")


def test_without_a_date_there_is_no_beginning() -> None:
    report = made_report() | {"period": {"name": "all", "from": None, "to": "2026-11-20T12:00:00Z"}}
    text = render_report_text(report)
    assert "REPORT - ALL\n" in text
    assert "Period: no dated entry .. 2026-11-20T12:00:00Z\n" in text
    assert render_report_markdown(report).startswith("# Metrics Analysis Report — All\n")


def test_json_is_the_report_with_its_version() -> None:
    report = made_report(3)
    assert json.loads(render_json(report)) == report | {"schema_version": 1}
    assert "schema_version" not in report
    assert render_json(report) == render_json(dict(reversed(report.items())))


@pytest.mark.parametrize("name", [HOSTILE, "a`b``c", "\nPATTERNS RANKED BY SEVERITY: 9", "`", " "])
def test_names_are_shown_and_do_nothing(name: str) -> None:
    report = made_report(1)
    report["high_frequency_patterns"][0]["pattern"] = report["ranked_patterns"][0]["pattern"] = name
    text, page, lines = render_report_text(report), render_report_markdown(report), render_json(report)
    assert len(text.splitlines()) == len(TEXT.splitlines()) - 2
    assert len(page.splitlines()) == len(MARKDOWN.splitlines()) - 2
    for rendered in (text, page, lines):
        assert all(visible(line) == line for line in rendered.split("\n"))
    assert json.loads(lines)["ranked_patterns"][0]["pattern"] == name
    spans = [line for line in page.splitlines() if line.startswith("- `")]
    assert len(spans) == 2  # nothing of a name stands outside of its code span


EFFECT = {
    "verdict": "dropped",
    "total_occurrences": 52,
    "before": {"n": 40},
    "after": {"n": 12},
    "rate_ratio": {"value": 0.36, "low": 0.171924201, "high": 0.699945006},
    "p_adjusted": 0.00116950932,
    "score": 0.815,
}


def test_a_score_stands_beside_n_and_interval() -> None:
    assert effect_words(EFFECT) == (
        "dropped, 40 before and 12 after (n = 52), rate ratio 0.36 (0.172 to 0.7), p 0.00117, score 0.815"
    )


def test_infinite_is_said_and_no_score_shown_without_data() -> None:
    rose = EFFECT | {"verdict": "rose", "rate_ratio": {"value": None, "low": 1.5, "high": None}}
    assert "rate ratio inf (1.5 to inf)" in effect_words(rose)
    few = EFFECT | {"verdict": "not enough data", "p_adjusted": None, "total_occurrences": 3}
    assert effect_words(few) == "not enough data (n = 3)"


def made_analysis(new: int = 1) -> dict[str, Any]:
    report = made_report(1, undated=2)
    report["high_frequency_patterns"].append(
        {"pattern": "once", "count": 1, "last_seen": "2026-11-20T12:00:00Z"}
    )
    return {
        "period": report["period"],
        "counts": report["counts"],
        "high_frequency_patterns": report["high_frequency_patterns"],
        "new_patterns": [{"pattern": f"new_{i}", "count": 1, "details": []} for i in range(new)],
        "effectiveness": {"name_0": EFFECT},
        "ranked_patterns": report["ranked_patterns"],
    }


def test_an_analysis_tells_four_things() -> None:
    assert render_analysis(made_analysis()) == (
        """\
Period: week, 2026-11-13T12:00:00Z .. 2026-11-20T12:00:00Z
Undated entries counted: 2

High frequency patterns: 2
  name_0: 20 occurrences, undated
  once: 1 occurrence, last seen 2026-11-20T12:00:00Z

New patterns: 1
  new_0: 1 occurrence

Effectiveness, before/after: 1
  name_0: """
        + effect_words(EFFECT)
        + """

Ranked by severity: 1
  name_0: high (count: 20)
"""
    )


def test_rows_stand_beside_the_frequencies_and_nowhere_else() -> None:
    plain = render_analysis(made_analysis())
    text = render_analysis(made_analysis(), {"name_0": "_@", "new_0": "@_"})
    assert text == plain.replace("20 occurrences, undated", "20 occurrences, undated  _@")


def test_a_long_list_says_how_much_more_there_is() -> None:
    text = render_analysis(made_analysis(new=23))
    assert "New patterns: 23\n" in text
    assert "  new_19: 1 occurrence\n  3 more: --format json\n" in text


def test_nothing_is_said_to_be_the_cause() -> None:
    assert "cause" not in render_analysis(made_analysis())


def test_an_update_of_many_names_them_up_to_twenty_and_escapes_them() -> None:
    names = ("\x1b[31m", *(f"p_{number}" for number in range(21)))
    (line,) = render_update(LibraryUpdate("p.json", written=True, counted=("a", "b"), added=names))
    assert line.startswith("wrote p.json: 2 patterns counted; added: \\x1b[31m, p_0, ")
    assert line.endswith(", p_18 and 2 more")
