"""Wrong arguments of the Python names of ratings: each is told by its name, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feedback_loop import (
    AdaptivePromptRouter,
    FeedbackAnalyzer,
    FeedbackDatabase,
    FeedbackEntry,
    RoutingResult,
    analyze_patterns,
    build_enhanced_prompt,
    capture_feedback,
    generate_report,
    route_prompt,
    suggest_improvements,
)
from feedback_loop.errors import InputError, UserError
from feedback_loop.faces.cli.common import output_path

HALF, HUGE = "\ud800", 10**5000  # the number is too long to be written
ROUTED = RoutingResult("few-shot", ["few-shot"], ["self-review"], "fast", 0.5, "why")
Wrong = tuple[str, Callable[..., Any], list[Any]]


class Nothing:
    """A database it is not, and it is false: `db or ...` would take it for None."""

    def __bool__(self) -> bool:
        return False


@pytest.fixture
def db(tmp_path: Path) -> FeedbackDatabase:
    found = FeedbackDatabase(tmp_path)
    found.insert_many([FeedbackEntry(f"p{number}", "o", 1 + number) for number in range(5)])
    return found


def wrong_calls(db: FeedbackDatabase) -> Iterator[Wrong]:
    """The argument's name, what takes it, and wrong values for it."""
    router = AdaptivePromptRouter(db)
    capture = partial(capture_feedback, "p", "o", 5, db=db)
    yield "context", capture, ["str", "", 5, 0, [1], [], b"x", [("a", 1)]]
    yield "tags", capture, ["abc", "", 5, 0, b"abc", {"a": 1}, {"a"}, {}, [1], ["a", None]]
    get = db.get_feedback
    for name in ("min_rating", "max_rating"):
        yield name, get, [0, 6, -1, HUGE, True, "3", 3.0]
    yield "limit", get, [0, -1, HUGE, True, "3"]
    yield "tags", get, [5, 0, "abc", "", b"a", {"a": 1}, {"a"}, [1], [HALF]]
    yield "thumbs_up", get, ["x", "", 5, 1, 0, []]
    for name in ("framework", "model"):
        yield name, get, [HALF, 5, 0, " ", b"x", []]
    for ask in (get, db.get_statistics):
        yield "start_date", ask, ["soon", "", 5, True, HALF]
        yield "end_date", ask, ["soon", "", 5, [], HALF]
        yield "start_date", partial(ask, end_date="2026-11-19"), ["2026-11-20", "2026-11-19T00:00:01Z"]
    yield "entries", lambda entries: db.insert_many(entries), [None, 5, FeedbackEntry("p", "o", 5), "", {}]
    yield "entry", lambda entry: db.insert_feedback(entry), [5, None, "x", FeedbackEntry, [], {"rating": 5}]
    yield "entry 2", lambda **one: db.insert_many([FeedbackEntry("p", "o", 5), one["entry 2"]]), [5, None]
    takers: list[Callable[..., Any]] = [analyze_patterns, suggest_improvements, generate_report]
    makers: list[Callable[..., Any]] = [FeedbackAnalyzer, AdaptivePromptRouter]
    others: list[Callable[..., Any]] = [partial(capture_feedback, "p", "o", 5), partial(route_prompt, "x")]
    for take in (*takers, *makers, *others):
        yield "db", take, ["x", "", 5, 0, [], Nothing(), FeedbackDatabase]
    clocked: list[Callable[..., Any]] = [FeedbackDatabase, *(partial(one, db=db) for one in takers + makers)]
    for take in clocked:
        yield "clock", take, [5, 0, "", "now"]
    days = [0, -1, HUGE, 10**6 + 1, True, "7", 7.0, None]
    for take in (partial(analyze_patterns, db=db), FeedbackAnalyzer(db).analyze_patterns):
        yield "days", take, days
        yield "min_samples", take, [0, -1, HUGE, True, "7", 7.0, None]
    yield "days", partial(suggest_improvements, db=db), days
    yield "days_to_analyze", partial(router.route_with_learning, "x"), days
    report = partial(generate_report, db=db)
    yield "last_complete", report, ["x", 1, None]
    yield "rolling", report, ["x", 1, None]
    yield "task", route_prompt, [5, None, "", "  ", b"x"]
    enhanced = partial(build_enhanced_prompt, "x")
    yield "routing", enhanced, [None, "x", {}, RoutingResult]
    change = partial(replace, ROUTED)
    yield (
        "routing.techniques",
        lambda **one: enhanced(change(techniques=one["routing.techniques"])),
        [*(None, [5], "abc", "", {"a"}, 5)],
    )
    yield (
        "routing.primary_framework",
        lambda **one: enhanced(change(primary_framework=one["routing.primary_framework"])),
        [None, 5],
    )
    for judge in (FeedbackEntry.is_positive, FeedbackEntry.is_negative):
        yield (
            "rating",
            lambda rating, of=judge: of.fget(FeedbackEntry("p", "o", rating)),
            [*("5", None, True, 4.0, 0, 6)],
        )
        yield (
            "thumbs_up",
            lambda thumbs_up, of=judge: of.fget(FeedbackEntry("p", "o", 5, thumbs_up)),
            [*([], 1, 0, "up")],
        )
    suggest = partial(suggest_improvements, db=db)
    yield "framework", suggest, ["", "  ", 5, 0, HALF]
    yield "limit", suggest, [0, -1, HUGE, True, "5", None]
    yield "provider", suggest, ["x", "", 5, []]


def files(folder: Path) -> dict[Path, bytes]:
    return {one: one.read_bytes() for one in folder.rglob("*") if one.is_file() and "cache" not in one.parts}


def test_a_wrong_argument_is_told_by_its_name_and_nothing_is_written(
    db: FeedbackDatabase, tmp_path: Path
) -> None:
    before = files(tmp_path)
    for name, take, values in wrong_calls(db):
        for value in values:
            with pytest.raises(InputError) as raised:
                take(**{name: value})
                pytest.fail(f"{name}={value!a} was taken by {take}")
            assert name in raised.value.message, (name, value, raised.value.message)
    with pytest.raises(InputError, match="min_rating 4 is more than max_rating 2"):
        db.get_feedback(min_rating=4, max_rating=2)
    with pytest.raises(InputError, match=r"context must be.*int") as raised:
        capture_feedback("p", "", 5, context=5, tags="a", db=db)  # type: ignore[arg-type]
    assert all(name in raised.value.message for name in ("output", "tags"))
    assert files(tmp_path) == before


def test_the_widest_arguments_are_well(db: FeedbackDatabase) -> None:
    largest = (1 << 63) - 1
    assert db.insert_many(()) == []
    made = db.insert_many(FeedbackEntry(f"g{number}", "o", 5) for number in range(2))
    every = db.get_feedback(min_rating=1, max_rating=5, limit=largest, tags=(), framework=None)
    assert {one.feedback_id for one in every} > set(made)
    day = "2026-11-19"
    assert db.get_feedback(start_date=day, end_date=day) == []
    assert db.get_statistics(day, day)["total_count"] == 0
    assert analyze_patterns(10**6, 1, db).total_feedback == 7
    with pytest.raises(ValueError, match=f"need at least {largest}"):
        analyze_patterns(7, largest, db)
    assert suggest_improvements(limit=largest, db=db, provider="rules") == []
    assert build_enhanced_prompt("x", replace(ROUTED, techniques=())).startswith("x")  # type: ignore[arg-type]


def test_a_report_is_written_only_where_a_file_can_be(db: FeedbackDatabase, tmp_path: Path) -> None:
    for name in ("folder", ".git"):
        (tmp_path / name).mkdir()
    before = sorted(tmp_path.rglob("*"))
    places = ["folder", "folder/", "new/", "new/.", "new/..", "x" + HALF, "a\0b", ".git/config", "-", "new/-"]
    for place in [f"{tmp_path}/{one}" for one in places] + ["", 5, b"x", []]:
        with pytest.raises(InputError) as raised:
            generate_report(output_file=place, db=db)  # type: ignore[arg-type]
            pytest.fail(f"{place!a} was taken")
        assert "output_file" in raised.value.message
    for option in ("new/", "new/.", "folder/", "folder", "", ".git/config", "-"):
        with pytest.raises(UserError):
            output_path(option, str(tmp_path), make_folders=True)
            pytest.fail(f"--output {option!a} was taken")
    assert output_path("new/r.json", str(tmp_path), make_folders=True) == f"{tmp_path}/new/r.json"
    after = sorted(one for one in tmp_path.rglob("*") if "cache" not in one.parts)
    assert after == [one for one in before if "cache" not in one.parts]


def test_entries_share_nothing_with_each_other_or_with_who_made_them(db: FeedbackDatabase) -> None:
    first, second = FeedbackEntry("p", "o", 5), FeedbackEntry("p", "o", 5)
    first.tags.append("a")
    first.context["a"] = 1
    assert (second.tags, second.context) == ([], {})
    tags, context = ["b"], {"techniques": ["one"]}
    taken = [capture_feedback(prompt, "o", 5, tags=tags, context=context, db=db) for prompt in "xy"]
    tags.append("c")
    context["techniques"].append("two")
    taken[0].tags.append("d")
    taken[0].context["techniques"].append("three")
    read = db.get_feedback(tags=["b"])
    read[0].context["techniques"].append("four")
    for one in (taken[1], read[1], *db.get_feedback(tags=["b"])):
        assert (one.tags, one.context) == (["b"], {"techniques": ["one"]})
