from __future__ import annotations

import hashlib

import pytest

from feedback_loop.domain.holdout import is_withheld

GENERATIONS = [f"generation-{number}" for number in range(2000)]


@pytest.mark.parametrize(("share", "expected"), [(0.0, set()), (1.0, {True})])
def test_nothing_and_everything(share: float, expected: set[bool]) -> None:
    assert {is_withheld(one, "bounds_checking", share) for one in GENERATIONS} - {False} == expected
    assert any(is_withheld(one, "bounds_checking", share) for one in GENERATIONS) is bool(expected)


def test_it_is_the_hash_of_both_as_a_fraction() -> None:
    fraction = int(hashlib.sha256(b"g1bounds_checking").hexdigest(), 16) / 2**256
    assert not is_withheld("g1", "bounds_checking", fraction - 1e-9)
    assert is_withheld("g1", "bounds_checking", fraction + 1e-9)


def test_the_share_is_kept_and_patterns_are_withheld_apart_from_one_another() -> None:
    first = [is_withheld(one, "bounds_checking", 0.2) for one in GENERATIONS]
    second = [is_withheld(one, "temp_file_handling", 0.2) for one in GENERATIONS]
    assert 320 < sum(first) < 480
    assert 320 < sum(second) < 480
    assert 40 < sum(one and other for one, other in zip(first, second, strict=True)) < 130


def test_an_id_in_odd_bytes_is_one_too() -> None:
    assert is_withheld("\udcff", "x", 0.5) in (True, False)
