"""How rates, differences and p-values of ratings are written, the same in every sentence and table."""

from __future__ import annotations

from feedback_loop.domain.success import Proportion, Success

NO_RATINGS = "no ratings"
_LEAST_Q = 0.0005  # what three digits after the point cannot show


def percent(share: float) -> str:
    """`70.0 %`."""
    return f"{100 * share:.1f} %"


def points(share: float) -> str:
    """A difference of shares in points: `-10.0`, `+7.5`, `0.0`."""
    return signed(100 * share)


def signed(value: float) -> str:
    """`-10.0`, `+7.5`, `0.0`."""
    return f"{value:+.1f}" if round(value, 1) else "0.0"


def q_value(q: float) -> str:
    """`0.012`, `< 0.001`: never 0, as no chance is."""
    return f"{q:.3f}" if q >= _LEAST_Q else "< 0.001"


def q_words(q: float) -> str:
    """`q = 0.012`, `q < 0.001`."""
    return f"q {'= ' if q >= _LEAST_Q else ''}{q_value(q)}"


def share_words(share: Success | Proportion) -> str:
    """`70.0 % (56.2 to 80.9 %)`."""
    low, high = share.interval
    return f"{percent(share.rate or 0.0)} ({100 * low:.1f} to {percent(high)})"


def success_words(success: Success) -> str:
    """`70.0 % of 50 ratings (95 % interval 56.2 to 80.9 %)`."""
    if success.rate is None:
        return NO_RATINGS
    low, high = success.interval
    return (
        f"{percent(success.rate)} of {success.n:,} {'rating' if success.n == 1 else 'ratings'} "
        f"(95 % interval {100 * low:.1f} to {percent(high)})"
    )
