"""The figures of the generation loop, counted from plain values."""

from __future__ import annotations

import pytest

from feedback_loop.domain.generation_figures import (
    Exposed,
    FirstClean,
    GenerationFigures,
    Goals,
    Repeats,
    Shown,
)
from feedback_loop.engines.generation_figures import measure_generation

GOALS = Goals(5, 70, 50)


def shown(pattern: str, run: str, at: int, **more: object) -> Shown:
    return Shown(pattern, run, at, event=f"{pattern}{run}{at}")._replace(**more)  # type: ignore[arg-type]


def ran(run: str, at: int, generation: str = "") -> Exposed:
    """The run itself, whatever it showed."""
    return Exposed("", run, at, generation)


def exposed(pattern: str, run: str, at: int, outcome: str, generation: str = "") -> Exposed:
    return Exposed(pattern, run, at, generation, outcome)


def figures(*events: Shown | Exposed, start: int = 0, end: int = 1000) -> GenerationFigures:
    found = measure_generation(
        [one for one in events if isinstance(one, Shown)],
        [one for one in events if isinstance(one, Exposed)],
        lambda at: start <= at < end,
    )
    assert found is not None
    return found


def test_nothing_and_nothing_in_the_period() -> None:
    assert measure_generation([], []) is None
    assert measure_generation([shown("a", "1", 5)], [ran("1", 5)], lambda at: at > 5) is None


def test_green_runs_capture_and_prevent_nothing() -> None:
    found = figures(ran("1", 1), ran("2", 2))
    assert found == GenerationFigures(repeats=Repeats(0, 2))
    assert (found.prevention_rate, found.repeats.per_run, found.settled.per_run) == (0.0, 0.0, None)
    assert [GOALS.meets_repeated(found), GOALS.meets_prevention(found)] == [None, None]
    assert not GOALS.meets_captured(found)


def test_each_signature_is_captured_once_and_the_kinds_are_counted() -> None:
    nulls = {"error_type": "database", "constraint": "nullable_missing"}
    found = figures(
        shown("a", "1", 1, **nulls, hits=7),
        shown("a", "1", 1, **nulls),
        shown("b", "1", 1, **nulls),
        shown("c", "1", 1),
        shown("c", "2", 2, error_type="key", constraint="missing_key"),
        shown("c", "3", 3),
        shown("d", "3", 3, error_type="value"),
    )
    assert found.captured == 4
    assert found.by_error_type == (("database", 2), ("key", 1), ("value", 1))
    assert found.by_constraint == (("nullable_missing", 2), ("missing_key", 1), ("unclassified", 1))
    assert (found.unclassified, found.occurrences) == (1, 6)


def test_what_an_earlier_run_showed_is_repeated_once_a_run() -> None:
    found = figures(
        shown("a", "z", 1),
        shown("a", "y", 2),
        shown("a", "y", 2, event="again"),
        shown("b", "y", 2),
        ran("x", 3),
        shown("a", "w", 4),
        shown("b", "w", 4),
    )
    assert (found.repeats, found.settled) == (Repeats(3, 4), Repeats(2, 1))
    assert found.repeats.per_run == pytest.approx(0.75)
    assert GOALS.meets_repeated(found)
    assert not Goals(2, 70, 50).meets_repeated(found)  # below two, and two are not


def test_runs_of_one_generation_are_one_run() -> None:
    again = [shown("a", "1", 1), shown("a", "2", 2)]
    assert figures(*again).repeats == Repeats(1, 2)
    one = figures(*again, ran("1", 1, "g"), ran("2", 2, "g"))
    assert (one.repeats, one.occurrences) == (Repeats(0, 1), 1)


def test_a_period_knows_what_was_shown_before_it() -> None:
    events = shown("a", "1", 1), shown("a", "2", 20), shown("b", "2", 20)
    late = figures(*events, start=10)
    assert (late.captured, late.repeats, late.occurrences) == (2, Repeats(1, 1), 2)


def test_a_prevention_is_a_generations_and_a_recurrence_takes_it_back() -> None:
    found = figures(
        shown("a", "1", 1),
        exposed("a", "2", 2, "prevented", "g"),
        exposed("a", "3", 3, "prevented", "g"),
        exposed("b", "2", 2, "prevented", "g"),
        exposed("a", "4", 4, "prevented", "h"),
        exposed("a", "5", 5, "recurred", "h"),
        exposed("a", "6", 6, "clean", "i"),
        exposed("a", "7", 7, "prevented"),
    )
    assert (found.prevented, found.occurrences) == (2, 1)
    assert found.prevention_rate == pytest.approx(2 / 3)
    assert GOALS.meets_prevention(found) is False
    assert Goals(5, 66, 50).meets_prevention(found) is True


def test_runs_up_to_the_first_clean_one() -> None:
    events: list[Shown | Exposed] = [
        shown("a", "1", 1),
        shown("b", "1", 1),
        shown("c", "1", 1),
        exposed("a", "2", 2, "recurred"),
        exposed("b", "2", 2, "clean"),
        exposed("a", "3", 3, "clean"),
        shown("a", "3", 3),  # it came after all
        exposed("a", "4", 4, "prevented", "g"),
        exposed("a", "5", 5, "clean"),
        exposed("d", "5", 5, "clean"),  # never seen
    ]
    assert figures(*events).first_clean == FirstClean(2, 2, 1)
    assert figures(*events, start=3).first_clean == FirstClean(3, 1, 0)
    assert figures(shown("a", "2", 2), exposed("a", "1", 1, "clean")).first_clean == FirstClean(None, 0, 1)


def test_the_order_of_the_events_means_nothing() -> None:
    events: list[Shown | Exposed] = [
        *(shown(name, run, int(run)) for name in "ab" for run in "1234"),
        *(exposed("a", run, int(run), "clean", f"g{run}") for run in "56"),
    ]
    assert figures(*events) == figures(*reversed(events))
