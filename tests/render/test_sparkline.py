"""Counts as a row of blocks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.render.sparkline import can_show_blocks, sparkline


@pytest.mark.parametrize(
    ("counts", "blocks", "plain"),
    [
        ([], "", ""),
        ([0, 0], "··", "__"),
        ([1], "█", "@"),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], "·▁▂▃▄▅▆▇█", "_.:-=+*#@"),
        ([1, 1_000_000], "▁█", ".@"),
        ([5, 5, 0], "██·", "@@_"),
    ],
)
def test_a_row_of_counts(counts: list[int], blocks: str, plain: str) -> None:
    assert sparkline(counts) == blocks
    assert sparkline(counts, plain=True) == plain


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 10**9), max_size=20))
def test_more_is_never_lower_and_only_nothing_is_a_dot(counts: list[int]) -> None:
    order = "·▁▂▃▄▅▆▇█"
    levels = [order.index(sign) for sign in sparkline(counts)]
    assert [level == 0 for level in levels] == [count == 0 for count in counts]
    ranked = sorted(zip(counts, levels, strict=True))
    assert [level for _, level in ranked] == sorted(levels)


@pytest.mark.parametrize(
    ("encoding", "fits"),
    [("utf-8", True), ("UTF-16", True), ("ascii", False), ("latin-1", False), (None, False), ("none", False)],
)
def test_blocks_where_the_terminal_has_them(encoding: str | None, fits: bool) -> None:
    assert can_show_blocks(encoding) is fits
