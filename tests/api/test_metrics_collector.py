"""Plans are logged as the documentation of the first edition promised."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.errors import UserError

PLAN = """\
# Task: Add JSON API endpoint

## Patterns to Apply
- [ ] numpy_json_serialization (from feedback-loop)
- [x] bounds_checking (from feedback-loop)
- [ ] input_validation

## Implementation Notes
- Use FastAPI for the endpoint
"""
NAMES = ["numpy_json_serialization", "bounds_checking", "input_validation"]
CATEGORIES = [
    "bugs",
    "test_failures",
    "code_reviews",
    "performance_metrics",
    "deployment_issues",
    "code_generation",
]


def noon() -> datetime:
    return datetime(2026, 3, 4, 12, 30, 15, 999, tzinfo=UTC)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The documented plan, in the process's folder; it is the only default root."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(MetricsCollector, "ALLOWED_PLAN_ROOTS", [Path()])
    (tmp_path / "task_plan.md").write_text(PLAN)
    return tmp_path / "task_plan.md"


def test_a_new_collector_has_every_category_and_no_entry() -> None:
    assert MetricsCollector().data == {category: [] for category in CATEGORIES}


def test_the_categories_are_a_list_of_ones_own() -> None:
    assert MetricsCollector.get_metric_categories() == CATEGORIES == MetricsCollector.METRIC_CATEGORIES
    MetricsCollector.get_metric_categories().clear()
    assert MetricsCollector().get_metric_categories() == CATEGORIES


def test_the_documented_example(plan: Path) -> None:
    collector = MetricsCollector(clock=noon)
    assert collector.log_from_plan_file("task_plan.md") == NAMES
    assert collector.data == {
        **{category: [] for category in CATEGORIES},
        "code_generation": [
            {
                "prompt": "plan:task_plan.md",
                "patterns_applied": NAMES,
                "confidence": 1.0,
                "success": True,
                "code_length": None,
                "compilation_error": None,
                "metadata": {
                    "source": "plan_file",
                    "section_heading": "Patterns to Apply",
                    "plan_path": os.path.realpath(plan),
                    "section_found": True,
                    "checked": ["bounds_checking"],
                },
                "timestamp": "2026-03-04T12:30:15Z",
            }
        ],
    }


def test_every_call_adds_an_entry_in_order(plan: Path) -> None:
    collector = MetricsCollector()
    collector.log_from_plan_file(plan)
    plan.write_text("## Patterns to Apply\n- [x] a_b\n- [X] a_b\n")
    assert collector.log_from_plan_file(plan) == ["a_b", "a_b"]
    first, second = collector.data["code_generation"]
    assert first["patterns_applied"] == NAMES
    assert second["metadata"]["checked"] == ["a_b", "a_b"]


@pytest.mark.parametrize("heading", ["Required Patterns", "## Required Patterns", "required patterns:"])
def test_another_heading(plan: Path, heading: str) -> None:
    plan.write_text("## Patterns to Apply\n- [ ] a_b\n\n## Required Patterns\n- [ ] c_d\n")
    collector = MetricsCollector()
    assert collector.log_from_plan_file(plan, section_heading=heading) == ["c_d"]
    assert collector.data["code_generation"][0]["metadata"]["section_heading"] == heading


@pytest.mark.parametrize(
    ("text", "found"), [("# Plan\n", False), ("", False), ("## Patterns to Apply\n\nnone\n", True)]
)
def test_a_plan_without_names_is_logged_too(plan: Path, text: str, found: bool) -> None:
    plan.write_text(text)
    collector = MetricsCollector()
    assert collector.log_from_plan_file(plan) == []
    (entry,) = collector.data["code_generation"]
    assert entry["patterns_applied"] == []
    assert entry["metadata"]["section_found"] is found
    assert entry["metadata"]["checked"] == []


def test_the_names_handed_out_are_not_those_kept(plan: Path) -> None:
    collector = MetricsCollector()
    collector.log_from_plan_file(plan).clear()
    assert collector.data["code_generation"][0]["patterns_applied"] == NAMES


def test_a_link_is_logged_by_its_name_and_its_target(plan: Path) -> None:
    Path("current.md").symlink_to("task_plan.md")
    collector = MetricsCollector()
    collector.log_from_plan_file("./current.md")
    (entry,) = collector.data["code_generation"]
    assert entry["prompt"] == "plan:current.md"
    assert entry["metadata"]["plan_path"] == os.path.realpath(plan)


def test_a_long_name_is_cut_in_the_prompt(plan: Path) -> None:
    plan.rename("a" * 250)
    collector = MetricsCollector()
    collector.log_from_plan_file("a" * 250)
    assert collector.data["code_generation"][0]["prompt"] == "plan:" + "a" * 195


def test_a_plan_as_other_systems_save_it(plan: Path) -> None:
    """With a byte order mark, and carriage returns."""
    plan.write_bytes(b"\xef\xbb\xbf## Patterns to Apply\r\n- [x] a_b\r\n")
    assert MetricsCollector().log_from_plan_file(plan) == ["a_b"]


@pytest.mark.parametrize("heading", ["", "  ", "##", " ## "])
def test_a_blank_heading(plan: Path, heading: str) -> None:
    refused(plan, ValueError, heading)


def refused(plan: Path | str, expected: type[Exception], heading: str = "Patterns to Apply") -> str:
    """The message; nothing is logged."""
    collector = MetricsCollector()
    with pytest.raises(expected) as caught:
        collector.log_from_plan_file(plan, heading)
    assert isinstance(caught.value, UserError)
    assert collector.get_summary()["total"] == 0
    return str(caught.value)


def test_plans_that_cannot_be_read(plan: Path) -> None:
    refused("none.md", FileNotFoundError)
    refused("", ValueError)
    assert refused("../plan.md", ValueError) == "Path traversal detected in: ../plan.md"
    assert refused("/etc/passwd", ValueError).startswith("Plan file must be within allowed roots: ")


def test_the_roots_of_one_call(plan: Path) -> None:
    (plan.parent / "d").mkdir()
    collector = MetricsCollector()
    with pytest.raises(ValueError, match="within allowed roots"):
        collector.log_from_plan_file(plan, allowed_roots=["d"])
    with pytest.raises(ValueError, match="there are none"):
        collector.log_from_plan_file(plan, allowed_roots=[])
    assert collector.log_from_plan_file(plan, allowed_roots=["d", str(plan.parent)]) == NAMES


def test_the_default_roots_are_looked_up_at_each_call(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (plan.parent / "d").mkdir()
    monkeypatch.chdir("d")
    collector = MetricsCollector()
    with pytest.raises(ValueError, match="within allowed roots"):
        collector.log_from_plan_file(plan)
    monkeypatch.setattr(MetricsCollector, "ALLOWED_PLAN_ROOTS", [plan.parent])
    assert collector.log_from_plan_file(plan) == NAMES


def test_a_collector_of_ones_own_kind_may_have_other_roots(plan: Path) -> None:
    class Narrow(MetricsCollector):
        ALLOWED_PLAN_ROOTS = [Path("none")]  # noqa: RUF012

    with pytest.raises(ValueError, match="within allowed roots"):
        Narrow().log_from_plan_file(plan)


def test_the_process_folder_and_the_temporary_one_are_the_default() -> None:
    here, temporary = MetricsCollector.ALLOWED_PLAN_ROOTS
    assert here == Path()
    assert temporary.is_dir()


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 1, 1, 0, 0), "2026-01-01T00:00:00Z"),
        (datetime(2026, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=2))), "2025-12-31T22:00:00Z"),
    ],
)
def test_a_naive_time_is_utc_and_others_become_it(plan: Path, moment: datetime, expected: str) -> None:
    collector = MetricsCollector(clock=lambda: moment)
    collector.log_from_plan_file(plan)
    assert collector.data["code_generation"][0]["timestamp"] == expected


def test_without_a_clock_it_is_now(plan: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    collector = MetricsCollector()
    collector.log_from_plan_file(plan)
    stamp = collector.data["code_generation"][0]["timestamp"]
    assert stamp.endswith("Z")
    assert before <= datetime.fromisoformat(stamp) <= datetime.now(UTC)


def test_exports_hold_everything_and_share_nothing(plan: Path) -> None:
    collector = MetricsCollector()
    collector.log_from_plan_file(plan)
    exported = collector.export_dict()
    assert exported == collector.data == json.loads(collector.export_json())
    exported["code_generation"][0]["metadata"]["checked"].append("other")
    exported["bugs"].append({})
    assert collector.data["code_generation"][0]["metadata"]["checked"] == ["bounds_checking"]
    assert collector.data["bugs"] == []


def test_json_is_indented_by_two(plan: Path) -> None:
    assert MetricsCollector().export_json().startswith('{\n  "bugs": [],\n')


def test_a_summary_counts_what_is_there(plan: Path) -> None:
    collector = MetricsCollector()
    collector.log_from_plan_file(plan)
    collector.data["bugs"] += [{}, {}]
    del collector.data["test_failures"]
    assert collector.get_summary() == {
        **dict.fromkeys(CATEGORIES, 0),
        "bugs": 2,
        "code_generation": 1,
        "total": 3,
    }


def test_clear_forgets_all_and_one_can_go_on(plan: Path) -> None:
    collector = MetricsCollector()
    collector.log_from_plan_file(plan)
    collector.clear()
    assert collector.get_summary()["total"] == 0
    assert collector.log_from_plan_file(plan) == NAMES


def test_two_collectors_share_nothing(plan: Path) -> None:
    one, other = MetricsCollector(), MetricsCollector()
    one.log_from_plan_file(plan)
    assert other.get_summary()["total"] == 0


def test_data_emptied_by_its_owner_is_filled_again(plan: Path) -> None:
    collector = MetricsCollector()
    collector.data.clear()
    collector.log_from_plan_file(plan)
    assert len(collector.data["code_generation"]) == 1


def test_nothing_is_written(plan: Path) -> None:
    MetricsCollector().log_from_plan_file(plan)
    assert list(plan.parent.iterdir()) == [plan]
