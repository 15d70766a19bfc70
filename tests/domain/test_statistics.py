"""Against exact fractions: probabilities are summed term by term there, nothing is approximated."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedback_loop.domain.statistics import (
    benjamini_hochberg,
    binomial_p_value,
    binomial_term,
    clopper_pearson,
    compare_rates,
    incomplete_beta,
    odds_interval,
)

counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
shares = st.fractions(Fraction(1, 500), Fraction(499, 500), max_denominator=500)


def exact_terms(n: int, p: Fraction) -> list[Fraction]:
    return [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


def is_near(value: float, exact: Fraction | float, digits: float = 1e-11) -> bool:
    return math.isclose(value, float(exact), rel_tol=digits, abs_tol=1e-300)


@given(counts, shares)
@settings(max_examples=100, deadline=None)
def test_a_term_is_the_probability_itself(count: tuple[int, int], p: Fraction) -> None:
    k, n = count
    assert is_near(binomial_term(k, n - k, float(p), float(1 - p)), exact_terms(n, p)[k])


@given(counts, shares)
@settings(max_examples=100, deadline=None)
def test_the_beta_function_is_the_upper_tail(count: tuple[int, int], p: Fraction) -> None:
    k, n = count[0] + 1, count[1] + 1
    assert is_near(incomplete_beta(k, n - k + 1, float(p)), sum(exact_terms(n, p)[k:]))


@pytest.mark.parametrize(("x", "value"), [(0.0, 0.0), (-0.5, 0.0), (1.0, 1.0), (0.25, 0.25), (0.75, 0.75)])
def test_the_beta_function_of_one_and_one_is_the_line(x: float, value: float) -> None:
    assert is_near(incomplete_beta(1, 1, x), value)


@pytest.mark.parametrize(
    ("a", "b", "x", "value"),
    [
        (0.5, 0.5, 0.3, 2 / math.pi * math.asin(math.sqrt(0.3))),  # the arcsine distribution
        (2.5, 1.0, 0.4, 0.4**2.5),
        (1.0, 3.5, 0.4, 1 - 0.6**3.5),
    ],
)
def test_the_beta_function_knows_halves(a: float, b: float, x: float, value: float) -> None:
    assert is_near(incomplete_beta(a, b, x), value)


@given(counts, shares)
@settings(max_examples=100, deadline=None)
@example((2, 4), Fraction(1, 2))
@example((1, 3), Fraction(1, 2))  # two modes
@example((0, 5), Fraction(1, 2))
def test_the_p_value_sums_all_counts_no_more_probable(count: tuple[int, int], p: Fraction) -> None:
    k, n = count
    terms = exact_terms(n, p)
    exact = sum(term for term in terms if term <= terms[k])
    assert is_near(binomial_p_value(k, n, float(p)), exact, 1e-9)


@given(counts.filter(lambda count: count[1] > 0))
@settings(max_examples=100, deadline=None)
def test_the_interval_leaves_a_fortieth_on_either_side(count: tuple[int, int]) -> None:
    k, n = count
    low, high = clopper_pearson(k, n)
    assert low == 0 if k == 0 else is_near(float(sum(exact_terms(n, Fraction(low))[k:])), 0.025)
    assert high == 1 if k == n else is_near(float(sum(exact_terms(n, Fraction(high))[: k + 1])), 0.025)


def test_without_counts_nothing_is_excluded() -> None:
    assert odds_interval(0, 0) == (0.0, math.inf)
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    assert binomial_p_value(0, 0, 0.3) == 1.0


@pytest.mark.parametrize(
    ("before", "after", "value", "low", "high", "p_value"),
    [
        ((40, 120), (12, 100), 0.3600, 0.1719, 0.6999, 0.00117),
        ((3, 10), (0, 12), 0.0, 0.0, 2.0166, 0.0939),
        ((0, 5), (4, 6), math.inf, 0.5501, math.inf, 0.1312),
        ((30, 60), (6, 60), 0.2000, 0.0681, 0.4884, 0.0000696),
        ((10, 12.5), (0, 12.5), 0.0, 0.0, 0.446, 0.0020),
    ],
)
def test_the_check_values_of_the_specification(
    before: tuple[int, float],
    after: tuple[int, float],
    value: float,
    low: float,
    high: float,
    p_value: float,
) -> None:
    ratio = compare_rates(*before, *after)
    assert ratio.value == pytest.approx(value, rel=1e-12)
    assert ratio.low == pytest.approx(low, abs=0.00006)
    assert ratio.high == pytest.approx(high, abs=0.0002)
    assert ratio.p_value == pytest.approx(p_value, abs=0.00005, rel=0.005)


def test_the_ratio_of_nothing_to_nothing_is_unknown() -> None:
    ratio = compare_rates(0, 1.0, 0, 2.0)
    assert math.isnan(ratio.value)
    assert (ratio.low, ratio.high, ratio.p_value) == (0.0, math.inf, 1.0)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 50), st.integers(1, 50))
@settings(max_examples=100, deadline=None)
def test_looked_at_backwards_the_ratio_is_turned_over(k0: int, k1: int, e0: int, e1: int) -> None:
    there, back = compare_rates(k0, e0, k1, e1), compare_rates(k1, e1, k0, e0)
    assert there.p_value == pytest.approx(back.p_value, rel=1e-9)
    assert there.low == pytest.approx(1 / back.high if back.high < math.inf else 0.0, rel=1e-9)
    assert there.high == pytest.approx(1 / back.low if back.low else math.inf, rel=1e-9)


def test_large_counts_keep_their_digits() -> None:
    """For many the interval is the normal one on the logarithm: its error is of the order 1/n."""
    n = 4_000_000
    ratio = compare_rates(n, 1.0, n, 1.0)
    assert math.log(ratio.high) == pytest.approx(1.959963985 * math.sqrt(2 / n), rel=1e-3)
    assert ratio.low == pytest.approx(1 / ratio.high, rel=1e-12)
    assert ratio.p_value == 1.0


def test_adjusted_p_values_are_those_of_the_published_procedure() -> None:
    """Each times the number of tests by its rank, and never more than that of a larger one."""
    given_ = [0.01, 0.04, 0.03, 0.005]
    assert benjamini_hochberg(given_) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert benjamini_hochberg([]) == []
    assert benjamini_hochberg([0.9, 0.9]) == pytest.approx([0.9, 0.9])


@given(st.lists(st.floats(0, 1), max_size=12))
@settings(max_examples=100, deadline=None)
def test_adjusting_follows_its_definition(p_values: list[float]) -> None:
    m = len(p_values)
    ordered = sorted(p_values)
    for p, adjusted in zip(p_values, benjamini_hochberg(p_values), strict=True):
        least = min(q * m / rank for rank, q in enumerate(ordered, 1) if q >= p)
        assert adjusted == pytest.approx(min(1.0, least))
