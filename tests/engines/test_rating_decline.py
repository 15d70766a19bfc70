"""How often the report says `declined`: hardly ever where nothing changed, mostly where much did (B21).

The seeds are fixed, so a run is the same everywhere; the bounds are the specification's (section 8).
"""

from __future__ import annotations

import random

import pytest

from feedback_loop.domain.success import Change, Success, compare
from tests.tracing import untraced

RUNS = 2000


def weeks(n: int, before: float, now: float) -> list[Change]:
    """What becomes of pairs of weeks with n ratings each, whose true rates are these."""
    chance = random.Random(f"{n} {before} {now}")

    def week(rate: float) -> Success:
        return Success(sum(chance.random() < rate for _ in range(n)), n)

    with untraced():
        return [compare(week(now), week(before)) for _ in range(RUNS)]


def declined(changes: list[Change]) -> float:
    return sum(one.verdict == "declined" for one in changes) / len(changes)


def fell_by_ten_percent(changes: list[Change]) -> float:
    """The plain alarm that the report's verdict replaces."""
    return sum(one.relative is not None and one.relative < -10 for one in changes) / len(changes)


@pytest.mark.parametrize("n", [10, 20, 50])
def test_where_nothing_changed_hardly_any_week_is_called_a_decline(n: int) -> None:
    found = {rate: declined(weeks(n, rate, rate)) for rate in (0.3, 0.5, 0.7, 0.95)}
    assert max(found.values()) <= 0.05, found
    assert max(found.values()) > 0  # the verdict is there to be had


def test_a_plain_alarm_goes_off_many_times_as_often_where_nothing_changed() -> None:
    for n, share in ((10, 0.40), (20, 0.30), (50, 0.22)):
        same = weeks(n, 0.7, 0.7)
        assert fell_by_ten_percent(same) == pytest.approx(share, abs=0.04)
        assert fell_by_ten_percent(same) > 5 * declined(same)


def test_a_fall_from_seven_to_four_in_ten_is_found_in_four_of_five_weeks() -> None:
    assert declined(weeks(50, 0.7, 0.4)) >= 0.8


def test_the_same_fall_with_few_ratings_is_mostly_not_told() -> None:
    """What the small false-alarm rate costs: the report says `no clear change`, and shows how wide it is."""
    few = weeks(10, 0.7, 0.4)
    assert 0.1 < declined(few) < 0.6
    assert all(one.low is not None and one.high is not None and one.high - one.low > 0.3 for one in few)
