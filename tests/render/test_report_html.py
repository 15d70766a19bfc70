"""The metrics report's page: the figures of its text, and nothing that is active."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.metrics.analyzer import MetricsAnalyzer
from feedback_loop.domain.moment import DAY, format_moment, parse_moment
from feedback_loop.render.report_html import render_report_html
from tests.render.made import HOSTILE
from tests.render.test_retro_html import cells, headings, shown

AS_OF = "2026-11-20T12:00:00Z"


def bug(pattern: str, days: float) -> dict[str, Any]:
    at = format_moment((parse_moment(AS_OF) or 0) - days * DAY)
    return {"pattern": pattern, "error": "E", "timestamp": at}


def made_metrics(name: str = "bounds_checking") -> dict[str, Any]:
    """Twenty occurrences in the first half of the last month, one in the second; and the reverse."""
    bugs = [bug(name, 16 + number / 2) for number in range(20)] + [
        bug(name, 3),
        bug("twice", 200),
        bug("twice", 2),
    ]
    bugs += [bug("json_serialization", 1 + number / 2) for number in range(20)]
    bugs += [{"pattern": "undated_one", "error": "E"}]
    review = {
        "pattern": "twice",
        "issue_type": "x",
        "severity": "critical",
        "comment": "c",
        "timestamp": AS_OF,
    }
    return {"bugs": bugs, "code_reviews": [review]}


def rendered(metrics: dict[str, Any], period: str = "all") -> str:
    analyzer = MetricsAnalyzer(metrics, as_of=AS_OF)
    return render_report_html(analyzer.generate_report(period), analyzer.count_by_step(period))


def test_no_metrics_are_a_page_that_says_so() -> None:
    page = rendered({})
    assert shown(page).count("Nothing recorded.") == 3
    assert "<svg" not in page


def test_what_became_rarer_and_what_more_frequent_comes_first() -> None:
    text = shown(rendered(made_metrics()))
    assert "Betterbounds_checking" in text
    assert "Worsejson_serialization" in text
    assert text.index("Better") < text.index("Worse") < text.index("Most often") < text.index("Total Bugs")


def test_each_chart_has_its_numbers_in_a_table() -> None:
    page = rendered(made_metrics())
    assert headings(page) == ["Over time", "By pattern", "Before and after"]
    assert page.count("<svg") == 3
    steps = cells(page, "Occurrences with a date, in steps of 30 days")
    assert (steps[0], len(steps)) == (["2026-10-21", "43"], 6)
    patterns = cells(page, "4 patterns, by severity and count")
    assert patterns[0] == ["twice", "critical", "3"]
    assert patterns[-1] == ["undated_one", "medium", "1"]
    effects = cells(page, "Occurrences in both halves of the last 30 days, or before and after adoption")
    assert effects[0][:2] == ["json_serialization", "rose"] or effects[0][:2] == [
        "bounds_checking",
        "dropped",
    ]
    assert ["twice", "not enough data", "n = 2"] in [row[:3] for row in effects]


def test_a_ratio_to_nothing_is_infinite_and_drawn() -> None:
    page = rendered({"bugs": [bug("old", 200)] + [bug("a", 1 + number) for number in range(9)]})
    assert "infinite (" in shown(page)
    assert 'class="mark"' in page


def test_a_week_has_steps_of_seven_days_and_tells_what_it_leaves_out() -> None:
    page = rendered(made_metrics(), "week")
    assert cells(page, "Occurrences with a date, in steps of 7 days")[0][0] == "2026-11-13"
    assert "undated entries counted: 1, outside the period:" in shown(page)


def test_the_same_metrics_give_the_same_bytes() -> None:
    assert rendered(made_metrics()) == rendered(made_metrics())


@settings(max_examples=50, deadline=None)
@given(st.just(HOSTILE) | st.text(alphabet="<>&\"'/=-! abx;:`", min_size=1, max_size=40))
def test_a_pattern_of_any_name_adds_no_element(name: str) -> None:
    tags = [
        one.tag
        for one in ElementTree.fromstring(rendered(made_metrics(f"b{name}"))).iter()
        if one.tag != "title"
    ]
    calm = [one.tag for one in ElementTree.fromstring(rendered(made_metrics())).iter() if one.tag != "title"]
    assert tags == calm
