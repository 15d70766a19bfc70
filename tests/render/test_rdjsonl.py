"""reviewdog's diagnostic format: an object a line, columns in bytes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import ScanResult
from feedback_loop.render.encoders import encode
from tests.render.made import HOSTILE_PATH, any_scan, finding, hostile, library, scanned


def diagnostics(result: ScanResult, of: CompiledLibrary | None = None) -> list[dict[str, Any]]:
    text = encode("rdjsonl", result, of or library(), 1).text
    assert text.isascii()
    return [json.loads(line) for line in text.splitlines()]


def test_clean_is_nothing() -> None:
    assert encode("rdjsonl", scanned(), library(), 0).text == ""


def test_a_finding_is_a_diagnostic() -> None:
    assert diagnostics(scanned(finding())) == [
        {
            "message": "why",
            "location": {
                "path": "app.py",
                "range": {"start": {"line": 4, "column": 5}, "end": {"line": 4, "column": 11}},
            },
            "severity": "ERROR",
            "source": {"name": "feedback-loop"},
            "code": {"value": "named/bare"},
        }
    ]


def test_levels_have_their_names() -> None:
    levels = [finding(level=level) for level in ("hint", "warn", "block")]
    assert [one["severity"] for one in diagnostics(scanned(*levels))] == ["ERROR", "WARNING", "INFO"]


def test_several_lines_have_no_columns() -> None:
    (one,) = diagnostics(scanned(finding(spans=((4, 5, 6, 2),))))
    assert one["location"]["range"] == {"start": {"line": 4}, "end": {"line": 6}}


def test_an_end_outside_the_line_at_hand_has_no_columns() -> None:
    (one,) = diagnostics(scanned(finding(snippet="", spans=((4, 5, 4, 9),))))
    assert one["location"]["range"] == {"start": {"line": 4}, "end": {"line": 4}}


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.data())
@settings(max_examples=100, deadline=None)
def test_columns_cut_the_marked_text_out_of_the_lines_bytes(line: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    (one,) = diagnostics(scanned(finding(snippet=line, spans=((1, start + 1, 1, end + 1),))))
    place = one["location"]["range"]
    cut = line.encode()[place["start"]["column"] - 1 : place["end"]["column"] - 1]
    assert cut.decode() == line[start:end]


def test_hostile_text_is_code_where_a_comment_is_made_of_it() -> None:
    first, _ = diagnostics(*hostile())
    assert first["message"].startswith("```\\x1b[31mred")
    assert first["message"].endswith("end```")
    assert first["location"]["path"] == HOSTILE_PATH.decode("utf-8", "backslashreplace")


@given(any_scan())
@settings(max_examples=100, deadline=None)
def test_any_scan_is_a_line_a_finding(scan: tuple[ScanResult, CompiledLibrary]) -> None:
    assert len(diagnostics(*scan)) == len(scan[0].findings)
