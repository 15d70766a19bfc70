"""`MetricsCollector`: facts about how patterns fare, in memory, in the shape that its users know."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from feedback_loop.domain.plan import HEADING, Section
from feedback_loop.formats.plan_doc import read_section
from feedback_loop.stores.plans import Place, read_plan, temporary_folder

_PROMPT_CAP = 200


class MetricsCollector:
    """Entries by category, in the order they came. Nothing is written anywhere.

    `data` may be read and edited freely. `clock` gives the time of an entry; a naive time is UTC.
    """

    METRIC_CATEGORIES: ClassVar[list[str]] = [
        "bugs",
        "test_failures",
        "code_reviews",
        "performance_metrics",
        "deployment_issues",
        "code_generation",
    ]
    # Where plans may lie unless the caller says otherwise. Yours to replace; links are followed and `.`
    # is looked up at each call.
    ALLOWED_PLAN_ROOTS: ClassVar[list[Path]] = [Path("."), Path(temporary_folder())]

    def __init__(self, *, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock or _now
        self.data: dict[str, list[dict[str, Any]]] = {}
        self.clear()

    @classmethod
    def get_metric_categories(cls) -> list[str]:
        """The names of the categories: a list of your own."""
        return list(cls.METRIC_CATEGORIES)

    def log_from_plan_file(
        self,
        plan_file: Place,
        section_heading: str = HEADING,
        *,
        allowed_roots: Sequence[Place] | None = None,
    ) -> list[str]:
        """The names that a plan's checklist holds, in order, ticked or not; logs one `code_generation` entry.

        A plan without such a section gives an empty list, and an entry that says so. The plan must lie
        within `allowed_roots`, by default `ALLOWED_PLAN_ROOTS`. Raises ValueError for a blank heading, a
        path that climbs or leads outside, and a file that is no plan; FileNotFoundError. All of these are
        UserErrors as well, and log nothing.
        """
        roots = self.ALLOWED_PLAN_ROOTS if allowed_roots is None else allowed_roots
        real, text = read_plan(plan_file, roots)
        section = read_section(text, section_heading)
        names = [item.name for item in section.items]
        self.data.setdefault("code_generation", []).append(
            {
                "prompt": f"plan:{Path(plan_file).name}"[:_PROMPT_CAP],
                "patterns_applied": list(names),
                "confidence": 1.0,
                "success": True,
                "code_length": None,
                "compilation_error": None,
                "metadata": _metadata(real, section_heading, section),
                "timestamp": self._timestamp(),
            }
        )
        return names

    def export_dict(self) -> dict[str, list[dict[str, Any]]]:
        """A copy of `data`, down to the last entry."""
        return copy.deepcopy(self.data)

    def export_json(self) -> str:
        """`data` as JSON, indented by two."""
        return json.dumps(self.data, indent=2)

    def get_summary(self) -> dict[str, int]:
        """How many entries each category has, and the `total`."""
        counts = {category: len(self.data.get(category) or []) for category in self.METRIC_CATEGORIES}
        return {**counts, "total": sum(counts.values())}

    def clear(self) -> None:
        """Forget every entry."""
        self.data = {category: [] for category in self.METRIC_CATEGORIES}

    def _timestamp(self) -> str:
        moment = self._clock()
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _metadata(plan_path: str, section_heading: str, section: Section) -> dict[str, Any]:
    return {
        "source": "plan_file",
        "section_heading": section_heading,
        "plan_path": plan_path,
        "section_found": section.begin > 0,
        "checked": [item.name for item in section.items if item.checked],
    }


def _now() -> datetime:
    return datetime.now(UTC)
