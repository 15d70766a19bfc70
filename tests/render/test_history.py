from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from feedback_loop.domain.effect import CodeEffect, CodeSide
from feedback_loop.domain.history import NO_TIME, Skipped
from feedback_loop.domain.history_report import (
    Considered,
    HistoryReport,
    PatternReport,
    PeriodReport,
    Place,
    Site,
)
from feedback_loop.domain.rollup import Durations, Figures, HotSpot, Row, TipCheck
from feedback_loop.domain.statistics import compare_rates
from feedback_loop.domain.survival import kaplan_meier
from feedback_loop.render.history import effect_words, render_history
from feedback_loop.render.history_json import render_history_json, render_history_jsonl
from tests.made_history import DAY, START

WROTE, LANDED = Place("a" * 40, START), Place("b" * 40, NO_TIME)
DROPPED = CodeEffect(
    "bounds", 3, CodeSide(40, 120.0), CodeSide(12, 100.0), compare_rates(40, 120, 12, 100), verdict="dropped"
)
UNKNOWN = CodeEffect("named", 3, CodeSide(1, 1.0), CodeSide(1, 1.0), why="n = 2, at least 5 are needed")
SITE = Site("bounds", "d", "src/\x1b[31m\udcff.py", 7, WROTE, LANDED, 1, "introduced", True, "00ff")


def made(**fields: object) -> HistoryReport:
    patterns = (
        PatternReport(
            Figures("bounds", 52, 60, 31, open=21, exposure=220_000),
            TipCheck("bounds", 21, 21),
            DROPPED,
            WROTE,
        ),
        PatternReport(Figures("named", 13, 13, 12, open=1), TipCheck("named", 1, 1), UNKNOWN, WROTE),
        PatternReport(Figures("quiet", waived=2), TipCheck("quiet", 0, 0)),
    )
    commits = Considered(4812, 4812, 3905, 907, START, START + DAY)
    report = HistoryReport("1f3c" * 10, "main", PeriodReport(), commits, START + DAY, patterns)
    return replace(report, **fields)  # type: ignore[arg-type]


def test_one_line_a_pattern_and_how_far_it_can_be_trusted() -> None:
    skipped = Skipped(ignored=2, bulk_files=1, duplicates=3, not_mined=4, capped=1)
    assert render_history(made(skipped=skipped, readable=84, blobs=100)) == (
        "history  main 1f3c1f3c1f3c   4,812 commits (3,905 written, 907 merges)   2023-11-14 .. 2023-11-15"
        "   complete\n"
        "4,812 of 4,812 commits considered; skipped: 2 ignored commits, 3 duplicates, 1 bulk file, 4 commits not"
        " mined, 1 text too large\n"
        "pattern  introduced  occurrences  fixed  open  before/after adoption, per 1,000 added lines\n"
        "bounds           52           60     31    21  dropped: 0.36 (0.17-0.70), n = 52\n"
        "named            13           13     12     1  not enough data (n = 2)\n"
        "none of 1 other: quiet\n"
        "\n"
        "open at the tip = written history for 3 of 3 patterns; 84 % of 100 blobs readable\n"
    )


def test_a_period_without_commits_and_what_is_missing_are_told() -> None:
    period = PeriodReport("2026-W47", START, START + DAY, (WROTE, LANDED))
    report = made(
        period=period, commits=Considered(0, 12, 12, 0), incomplete=("history incomplete since \x1b[0m",)
    )
    lines = render_history(report).splitlines()
    assert lines[0].endswith("no commits   incomplete")
    assert lines[1] == "period 2026-W47: 0 of 12 commits considered; skipped: nothing"
    assert lines[2] == "nothing landed in it"
    assert lines[3].endswith("against their clocks: 2023-11-14 aaaaaaaaaaaa, no date bbbbbbbbbbbb")
    assert lines[4] == "incomplete: history incomplete since \\x1b[0m"


def test_gaps_are_told_with_their_parts_and_defects_by_name() -> None:
    first, second, third = made().patterns
    checks = (
        replace(first, check=TipCheck("bounds", 21, 24, 21, 0, (("parallel copies", 4), ("not seen", -1)))),
        replace(second, check=TipCheck("named", 1, 1, 2, 1)),
        third,
    )
    report = made(patterns=checks[:2], lives=40, shared=3, orphans=2)
    text = render_history(report)
    assert "open at the tip = landed history for 1 of 2 patterns" in text
    assert "bounds: written history has 3 more than the tip holds: +4 parallel copies, -1 not seen" in text
    assert "DEFECT: named: landed history says 2, the tip holds 1" in text
    assert "DEFECT: 2 removals without an addition in landed history" in text
    assert "3 of 40 occurrences had an equal line in the same file" in text
    assert report.defects == 3
    assert made(patterns=checks[:2], orphans=2, incomplete=("shallow",)).defects == 1


def test_rows_hot_spots_survival_and_open_places_are_tables() -> None:
    rows = (Row("a" * 40, 1, 2, 0, 70, ("bounds",), START),)
    spots = (HotSpot("src/", 4, 1, 2000, 3, 0, 1000), HotSpot("b.py", 1, 0, 9, 0, 0, 0))
    lasted = Durations("bounds", ((1.0, True), (2.0, True), (9.0, False)), deleted=1, backward=2)
    told = replace(made().patterns[0], survival=kaplan_meier(lasted.days), durations=lasted)
    report = made(by="commit", rows=rows, hot_spots=spots, sites=(SITE,), standing=(SITE,), patterns=(told,))
    text = render_history(report, show_open=True, show_survival=True)
    assert "2023-11-14 aaaaaaaaaaaa           1            2      0           70  bounds\n" in text
    assert "src/               4      1                   2.00  3.00 (3)\n" in text
    assert re.search(r"b\.py +1 +0 +- +-\n", text)  # nothing then, and nothing to compare
    assert (
        "bounds           3      2  2.00 (1.00-?), 1 with their file, 2 with clocks running backwards" in text
    )
    assert "open at the tip: 1\n  src/\\x1b[31m\\xff.py:7  bounds  since 2023-11-14 aaaaaaaaaaaa\n" in text


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (None, "not adopted"),
        (CodeEffect("p", None), "not adopted"),
        (replace(UNKNOWN, why="0 added lines before"), "not enough data (n = 2; 0 added lines before)"),
        (replace(DROPPED, widened=True, phi=2.25), "dropped: 0.36 (0.17-0.70), n = 52; widened, phi = 2.25"),
        (
            replace(DROPPED, verdict="no clear change"),
            "no clear change: 0.36 (0.17-0.70), n = 52; 0.54 would have shown",
        ),
    ],
)
def test_the_words_of_an_effect(effect: CodeEffect | None, words: str) -> None:
    assert effect_words(effect) == words


def test_json_holds_every_figure_with_its_id() -> None:
    period = PeriodReport("2026-W47", START, START + DAY, (LANDED,), "2026-W47")
    document = json.loads(render_history_json(made(period=period, sites=(SITE,), standing=(SITE,)), 1))
    assert document["period"]["from"] == "2023-11-14T22:13:20Z"
    assert document["period"]["misplaced"] == [{"commit": "b" * 40, "at": None}]
    assert document["commits"]["considered"] == 4812
    first, _, third = document["patterns"]
    assert (first["introduced"], first["occurrences"], first["fixed"], first["open"]) == (52, 60, 31, 21)
    assert first["ids"]["introduced"] == "bounds.introduced@2026-W47"
    assert first["tip_gap"] == {"total": 0, "landed": None, "defect": 0, "parts": {}}
    assert first["effect"]["verdict"] == "dropped"
    assert (third["effect"], third["adopted"], third["survival"]) == (None, None, None)
    (site,) = document["sites"]
    assert (site["path"], site["kind"], site["open"]) == ("src/\x1b[31m\\xff.py", "introduced", True)
    assert site["path_b64"] == "c3JjLxtbMzFt/y5weQ=="
    assert (site["commit"]["commit"], site["landed_in"]["commit"]) == ("a" * 40, "b" * 40)
    assert document["exit_code"] == 1


def test_json_lines_end_in_a_summary() -> None:
    lines = [json.loads(line) for line in render_history_jsonl(made(sites=(SITE, SITE))).splitlines()]
    assert [line["record"] for line in lines] == ["fact", "fact", "summary"]
    assert lines[-1]["patterns"][0]["name"] == "bounds"


def test_a_period_that_no_id_names_gives_none() -> None:
    document = json.loads(render_history_json(made(period=PeriodReport("x", asked=None))))
    assert document["patterns"][0]["ids"] == {}
