"""The cut of a line of commits by a moment, beside its definition counted out."""

from hypothesis import given
from hypothesis import strategies as st

from feedback_loop.domain.cuts import NO_TIME, Cuts

TIMES = st.lists(st.one_of(st.just(NO_TIME), st.integers(0, 12)), max_size=14)


def test_no_commits_are_cut_at_their_beginning() -> None:
    assert Cuts([]).position(5) == 0
    assert Cuts([]).misplaced(5) == []


def test_a_clock_that_runs_late_is_outvoted() -> None:
    assert Cuts([1, 2, 9, 3, 4]).position(5) == 5
    assert Cuts([1, 2, 9, 3, 4]).misplaced(5) == [2]


def test_a_tie_goes_to_the_older() -> None:
    assert Cuts([9, 1]).position(5) == 0
    assert Cuts([9, 1]).misplaced(5) == [1]


@given(TIMES, st.integers(-2, 14))
def test_the_cut_has_the_fewest_clocks_on_the_wrong_side(times: list[int], moment: int) -> None:
    def wrong(position: int) -> list[int]:
        late = [at for at in range(position) if times[at] >= moment]
        return late + [at for at in range(position, len(times)) if NO_TIME != times[at] < moment]

    cuts = Cuts(times)
    assert cuts.position(moment) == min(range(len(times) + 1), key=lambda place: (len(wrong(place)), place))
    assert cuts.misplaced(moment) == wrong(cuts.position(moment))
