import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.relevance import ENOUGH, relevance

SHARES = st.floats(0, 1)
GAPS = st.floats(-1, 1)
SCORES = st.floats(0, 1e6)


def test_nothing_in_common_is_hardly_relevant() -> None:
    assert relevance(0, 0, 0) < 0.05


def test_a_clear_lead_with_a_large_share_is_near_certain() -> None:
    assert relevance(0.6, 0.6, 40) > 0.9


def test_one_word_that_nothing_else_has_is_little_evidence() -> None:
    assert relevance(0.2, 1, 8) < 0.6 < relevance(0.2, 1, 25)


def test_a_long_text_collects_score_by_chance() -> None:
    assert relevance(0.1, 0.2, ENOUGH) == relevance(0.1, 0.2, 1000) < 0.6


def test_who_is_behind_is_less_relevant_than_who_leads() -> None:
    assert relevance(0.6, -0.3, 30) < 0.6 < relevance(0.6, 0.3, 30)


@settings(max_examples=100, deadline=None)
@given(st.tuples(SHARES, SHARES), st.tuples(GAPS, GAPS), SCORES)
def test_it_lies_between_0_and_1_and_grows_with_share_and_gap(
    shares: tuple[float, float], gaps: tuple[float, float], score: float
) -> None:
    low, high = (
        relevance(share, gap, score) for share, gap in zip(sorted(shares), sorted(gaps), strict=True)
    )
    assert 0 < low <= high < 1


@settings(max_examples=100, deadline=None)
@given(SHARES, st.floats(0, 1), st.tuples(SCORES, SCORES))
def test_a_lead_counts_for_more_in_a_higher_score(
    share: float, gap: float, scores: tuple[float, float]
) -> None:
    low, high = sorted(scores)
    assert relevance(share, gap, low) <= relevance(share, gap, high)
    assert relevance(share, -gap, low) >= relevance(share, -gap, high)


@pytest.mark.parametrize(("share", "gap"), [(1, 1), (1, -1), (0, -1)])
def test_the_corners_are_finite(share: float, gap: float) -> None:
    assert 0 < relevance(share, gap, 1e308) < 1
