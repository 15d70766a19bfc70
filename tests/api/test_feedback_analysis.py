"""`analyze_patterns` and `FeedbackAnalyzer`: the days, the documented shape, and what is kept of an analysis."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import FeedbackAnalyzer, PatternAnalysis, analyze_patterns
from feedback_loop.api.feedback import analysis as module
from feedback_loop.api.feedback.analysis import InsufficientFeedback, analyze_ratings
from feedback_loop.api.feedback.database import FeedbackDatabase
from feedback_loop.api.feedback.entry import FeedbackEntry
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.rating import RatingQuery

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECONDS = parse_moment("2026-11-20T12:00:00Z")


@pytest.fixture
def database(tmp_path: Path) -> FeedbackDatabase:
    return FeedbackDatabase(tmp_path, clock=lambda: NOON)


def entry(at: str, rating: int = 5, prompt: str = "Write a poem", **fields: Any) -> FeedbackEntry:
    return FeedbackEntry(prompt, f"out {at}", rating, timestamp=f"2026-11-{at}", **fields)


def analyzed(database: FeedbackDatabase, days: int = 7, min_samples: int = 1) -> PatternAnalysis:
    return analyze_patterns(days, min_samples, database, as_of="2026-11-20T12:00:00Z")


def test_too_few_ratings_are_a_value_error_with_both_numbers(database: FeedbackDatabase) -> None:
    text = "Insufficient feedback data. Found 0 entries, need at least 5"
    with pytest.raises(ValueError, match=f"^{text}$") as raised:
        FeedbackAnalyzer(database).analyze_patterns()
    assert isinstance(raised.value, InsufficientFeedback)
    assert raised.value.exit_code == 1


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": True}, {"min_samples": 0}, {"as_of": "soon"}])
def test_a_wrong_argument_is_named(database: FeedbackDatabase, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        analyze_patterns(**wrong, db=database)


def test_the_window_ends_with_as_of_and_begins_after_its_days(database: FeedbackDatabase) -> None:
    database.insert_many(
        [entry(at) for at in ("13T12:00:00Z", "13T12:00:01Z", "20T12:00:00Z", "20T12:00:01Z")]
    )
    assert analyzed(database).total_feedback == 2
    assert analyzed(database, days=8).total_feedback == 3
    assert analyzed(database, days=10**6).total_feedback == 3
    assert FeedbackAnalyzer(database, clock=lambda: NOON).analyze_patterns(min_samples=2).total_feedback == 2
    assert analyze_patterns(1, 1, database, as_of="2026-11-14").total_feedback == 2
    with pytest.raises(InsufficientFeedback):
        analyze_patterns(9, 1, database, as_of="2026-11-13")


def test_the_analysis_has_the_documented_shape(database: FeedbackDatabase) -> None:
    good = {"tags": ["code"], "context": {"framework": "cot", "techniques": ["self-review"]}}
    entries = [entry(f"19T10:00:{one:02}Z", 5, f"Write code {one} as json", **good) for one in range(12)]
    entries += [entry(f"19T11:00:{one:02}Z", 1, f"Draft a poem {one}") for one in range(8)]
    database.insert_many(entries)
    found = analyzed(database)
    assert (found.total_feedback, found.positive_count, found.negative_count) == (20, 12, 8)
    assert found.success_rate == 0.6
    assert found.ci_low == pytest.approx(0.386582, abs=1e-6)
    assert found.ci_high == pytest.approx(0.781193, abs=1e-6)
    assert list(found.framework_performance) == ["cot", "unknown"]
    row = {"count": 12, "positive": 12, "negative": 0, "avg_rating": 5.0, "success_rate": 1.0}
    row |= {"thumbs_up": 12, "thumbs_down": 0, "ci_low": pytest.approx(0.757506, abs=1e-6), "ci_high": 1.0}
    assert found.tag_performance == {"code": row}
    assert found.technique_performance == {"self-review": row}
    positive = {one["type"]: one for one in found.common_positive_patterns}
    kinds = ["common_prompt_words", "length_statistics", "common_tags", "structural_patterns"]
    assert list(positive) == kinds
    assert [one["word"] for one in positive["common_prompt_words"]["words"]] == ["code", "json", "write"]
    assert positive["length_statistics"] == {
        "type": "length_statistics",
        "count": 12,
        "mean": pytest.approx(20 + 2 / 12),
        "median": 20.0,
        "min": 20,
        "max": 21,
    }
    assert positive["common_tags"]["tags"] == [{"name": "code", "count": 12, "share": 1.0}]
    assert {one["name"]: one["count"] for one in positive["structural_patterns"]["flags"]}["format"] == 12
    assert [one["type"] for one in found.common_negative_patterns] == kinds[:2]  # no tags, no flags
    assert len(found.recommendations) == len(found.recommendation_evidence) == 4
    evidence = found.recommendation_evidence[found.recommendations.index(
        "Prompts tagged `code` succeed in 12 of 12 (100.0 %), others in 0 of 8 (0.0 %): do in others what these do."
    )]  # fmt: skip
    assert evidence["rule"] == "tag"
    assert evidence["group"] == {"name": "code", "n": 12, "value": 1.0}
    assert evidence["rest"] == {"n": 8, "value": 0.0}
    assert (evidence["difference"], evidence["ci_high"]) == (1.0, 1.0)
    assert evidence.keys() == {"rule", "group", "rest", "difference", "ci_low", "ci_high", "q"}
    copy = found.to_dict()
    assert json.loads(json.dumps(copy, allow_nan=False)) == copy
    copy["tag_performance"]["code"]["count"] = 0
    assert found.tag_performance["code"]["count"] == 12


def test_nothing_to_recommend_is_one_text_without_evidence(database: FeedbackDatabase) -> None:
    database.insert_many([entry("20T10:00:00Z", 5), entry("20T11:00:00Z", 1)])
    found = analyzed(database)
    told = "Collect more feedback data: nothing separates successes from failures yet (n=2)."
    assert (found.recommendations, found.recommendation_evidence) == ([told], [])


def test_the_same_ratings_are_analysed_once_until_one_is_added(
    database: FeedbackDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries: list[RatingQuery] = []
    read = FeedbackDatabase.ratings

    def watched(self: FeedbackDatabase, query: RatingQuery) -> Any:
        queries.append(query)
        return read(self, query)

    monkeypatch.setattr(FeedbackDatabase, "ratings", watched)

    def found(**more: Any) -> tuple[list[bool], Any]:
        """Whether the texts were read, query by query, and the analysis."""
        queries.clear()
        answer = analyze_ratings(database, min_samples=1, as_of=SECONDS, **more)
        return [query.texts for query in queries], answer

    database.insert_many([entry("20T10:00:00Z", 5), entry("20T11:00:00Z", 1)])
    cold, first = found()
    assert cold == [False, True]
    assert found() == ([False], first)
    assert found(days=8)[0] == [False, True]
    assert found(use_cache=False) == ([False, True], first)
    database.insert_feedback(entry("20T11:30:00Z", 2))
    again, second = found()
    assert (again, second.total) == ([False, True], 3)
    monkeypatch.setattr(module, "__version__", "9.9.9")
    assert found() == ([False, True], second)
    (index,) = Path(database.workspace.repository.state_dir).glob("feedback-*.sqlite")
    with sqlite3.connect(index) as db:
        db.execute("UPDATE pattern_cache SET body = '{}'")
    db.close()
    assert found() == ([False, True], second)
