"""The three sentences of a retro: what got better, what got worse, what is to be decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from feedback_loop.domain.effect import DROPPED, ROSE
from feedback_loop.domain.retro import OPEN, Effect, Proposal, Row, Site, ratio_words
from feedback_loop.domain.text import counted

NOTHING = "nothing notable"
_NAME_CAP = 36  # a sentence is one line on a screen


def make_sentences(
    rows: Sequence[Row], effects: Sequence[Effect], again: Sequence[Site], proposals: Iterable[Proposal]
) -> tuple[str, str, str]:
    """Names stand between backticks: a renderer makes code of them."""
    return (
        f"Better: {_better(rows, effects)}.",
        f"Worse: {_worse(rows, effects, again)}.",
        f"To decide: {_decide([one for one in proposals if one.state == OPEN])}.",
    )


def named(name: str) -> str:
    """The name as code, cut where no line would hold it."""
    return f"`{name if len(name) <= _NAME_CAP else name[: _NAME_CAP - 1] + '…'}`"


def _better(rows: Sequence[Row], effects: Sequence[Effect]) -> str:
    news = [one for one in effects if one.word == DROPPED and one.is_news]
    if news:
        return _changed(news, "dropped")
    mended = [row for row in rows if row.fixed.value]
    if not mended:
        return NOTHING
    most = min(mended, key=lambda row: (-(row.fixed.value or 0), row.pattern))
    told = f"{named(most.pattern)} was fixed in {counted(int(most.fixed.value or 0), 'commit')}"
    total = int(sum(row.fixed.value or 0 for row in mended))
    return told if len(mended) == 1 else f"{told}; {total} fixes of {len(mended)} patterns in all"


def _worse(rows: Sequence[Row], effects: Sequence[Effect], again: Sequence[Site]) -> str:
    news = [one for one in effects if one.word == ROSE and one.is_news]
    if news:
        return _changed(news, "rose")
    if again:
        names = sorted({site.pattern for site in again})
        more = f" and {counted(len(names) - 1, 'other pattern')}" if len(names) > 1 else ""
        return f"{named(names[0])}{more} came back after a fix ({counted(len(again), 'occurrence')})"
    grown = [row for row in rows if (row.introduced.value or 0) > (row.fixed.value or 0)]
    if not grown:
        return NOTHING
    most = min(grown, key=lambda row: ((row.fixed.value or 0) - (row.introduced.value or 0), row.pattern))
    told = f"{named(most.pattern)} was introduced in {counted(int(most.introduced.value or 0), 'commit')}"
    return f"{told}, fixed in {int(most.fixed.value or 0)}, {int(most.open.value or 0)} open"


def _changed(news: Sequence[Effect], word: str) -> str:
    one = news[0]
    more = f"; {len(news) - 1} more" if len(news) > 1 else ""
    return f"{named(one.pattern)} {word} to {ratio_text(one)} the rate before{more}"


def ratio_text(one: Effect) -> str:
    """`0.36x (0.17-0.70, n = 52)`."""
    value = "an endless multiple of" if one.figure.value is None else f"{ratio_words(one.figure.value)}x"
    low, high = ratio_words(one.low or 0), ratio_words(None if one.is_endless else one.high)
    return f"{value} ({low}-{high}, n = {one.n})"


def _decide(waiting: Sequence[Proposal]) -> str:
    if not waiting:
        return NOTHING
    more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    return f"{counted(len(waiting), 'proposal')}: {waiting[0].kind} {named(waiting[0].name)}{more}"
