"""The retro's engine on histories made by hand: what it counts, and where each figure comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from feedback_loop.domain.effect import DROPPED, NOT_ENOUGH, ROSE, CodeEffect, CodeSide
from feedback_loop.domain.history import REVERT, Held, History, Span
from feedback_loop.domain.lives import Lives
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.retro import Action, Decision, Figure, Header, Proposal, Range, Retro
from feedback_loop.domain.rollup import HotSpot
from feedback_loop.domain.statistics import compare_rates
from feedback_loop.engines.lives import find_durations, follow
from feedback_loop.engines.retro import Known, RetroInput, Stretch, Told, build
from feedback_loop.engines.rollup import roll_up
from feedback_loop.engines.standing import find_standing
from tests.made_history import DAY, START, added, line, made_commits, made_history, removed

PERIOD = "2023-W47"


def known(name: str, **more: Any) -> Known:
    given = {"title": name, "severity": "high", "level": "warn", "state": "active"} | more
    return Known(name, **given)


def made_input(
    history: History, span: Span, *names: str, lives: Lives | None = None, **more: Any
) -> RetroInput:
    """Over this span, whose events are those of its commits' days."""
    commits = history.commits
    lives = lives or follow(history)
    start, end = (commits.times[commits.chain[0]] + position * DAY for position in (span.start, span.end))
    figures = {one.pattern: one for one in roll_up(history, span, lives)}
    stretch = Stretch(PERIOD, span, figures, start, end)
    header = Header(commits.oids[-1], format_moment(end), 0, 0, (), 0, 0, "d" * 64, "0.1", "")
    range_ = Range(PERIOD, commits.oids[0], commits.oids[-1], format_moment(start), format_moment(end))
    given = {"patterns": tuple(map(known, names or history.patterns))} | more
    return RetroInput(
        header=header,
        range=range_,
        as_of=end,
        history=history,
        lives=lives,
        period=stretch,
        recent=replace(stretch, name="recent"),
        standing=find_standing(history),
        durations=find_durations(history, lives, end),
        **given,
    )


def event(number: int, day: int, *patterns: str, kind: str = "bug", **more: Any) -> Told:
    return Told(f"{number:064x}", kind, START + day * DAY, patterns, **more)


def test_nothing_happened() -> None:
    history = made_history(line(3))
    retro = build(made_input(history, Span(0, 3)))
    assert retro.sentences == (
        "Better: nothing notable.",
        "Worse: nothing notable.",
        "To decide: nothing notable.",
    )
    assert [(row.pattern, row.is_quiet) for row in retro.rows] == [("p", True)]
    assert (retro.new, retro.fixed, retro.oldest, retro.time_to_fix) == ((), (), (), None)


def test_a_period_without_commits() -> None:
    history = made_history(line(3), [added(1)], held=[Held("p", "d", "a.py", 1, b"text0001", False)])
    retro = build(made_input(history, Span(3, 3)))
    (row,) = retro.rows
    assert (row.introduced.value, row.open.value, retro.new) == (0, 1, ())
    assert retro.releases.share is None


def test_figures_name_what_they_count() -> None:
    history = made_history(
        line(8),
        [
            added(1, text=b"old"),
            added(3, line=1),
            added(3, line=9, text=b"more"),
            removed(5, line=1),
            added(6, "q"),
        ],
        held=[
            Held("p", "d", "a.py", 1, b"old", False),
            Held("p", "e", "a.py", 1, b"old", False),  # another detector on that line
            Held("p", "d", "a.py", 9, b"more", False),
            Held("p", "d", "b.py", 2, b"x", True),  # suppressed
        ],
    )
    oids = history.commits.oids
    retro = build(made_input(history, Span(2, 8)))
    first, second = retro.rows
    assert (first.pattern, second.pattern) == ("p", "q")
    assert first.introduced == Figure(f"p.introduced@{PERIOD}", 1, (oids[3],))
    assert first.fixed == Figure(f"p.fixed@{PERIOD}", 1, (oids[5],))
    assert first.open == Figure("p.open", 2, (oids[1], oids[3]))
    assert {one.id: one.value for one in retro.totals} == {
        f"library.introduced@{PERIOD}": 2,
        f"library.fixed@{PERIOD}": 1,
        "library.open": 2,
        f"library.frequency@{PERIOD}": 2,
    }
    assert [(one.line, one.end) for one in retro.new if one.pattern == "p"] == [(1, "fixed"), (9, "")]
    (fixed,) = retro.fixed
    assert (fixed.ended_by, fixed.days) == (oids[5], 2.0)
    assert [(one.commit, one.line) for one in retro.oldest] == [(oids[1], 1), (oids[3], 9)]


def test_what_the_basis_does_not_hold_is_not_open() -> None:
    """The ledger misses an end: the line went with a text that only a detector of whole texts sees."""
    history = made_history(
        line(8),
        [added(1), added(3, path="b.py"), added(4, path="b.py", line=7), added(5, path="c.py")],
        held=[Held("p", "d", "b.py", 12, b"text0001", False)],
    )
    retro = build(made_input(history, Span(2, 8)))
    oids = history.commits.oids
    assert [(one.path, one.line, one.commit, one.end) for one in retro.new] == [
        ("b.py", 1, oids[3], "dissolved"),
        ("b.py", 12, oids[4], ""),
        ("c.py", 1, oids[5], "dissolved"),
    ]
    assert [(one.path, one.line, one.commit) for one in retro.oldest] == [("b.py", 12, oids[4])]
    (row,) = retro.rows
    assert row.open == Figure("p.open", 1, (oids[4],))


def test_events_stand_beside_and_one_about_a_counted_commit_adds_nothing() -> None:
    history = made_history(line(6), [added(3)])
    events = (
        event(1, 3, "p", commit=history.commits.oids[3]),
        event(2, 4, "p", times=3),
        event(3, 99, "p"),  # later
        event(4, 4, "p", kind="prevention"),
        event(5, 4, "p", kind="injection"),
        event(6, 4, "q"),
        event(7, 4, kind="rating"),
    )
    retro = build(made_input(history, Span(2, 6), events=events, declared={"p": 2}))
    (row,) = retro.rows
    assert (row.reported, row.frequency.value) == (4, 4)
    assert (row.frequency.commits, row.frequency.events) == ((history.commits.oids[3],), (events[1].id,))
    (use,) = retro.use
    assert (use.preventions.value, use.preventions.events) == (1, (events[3].id,))
    assert (use.declared.value, use.injections) == (2, 1)
    assert retro.header.events == 6


def test_rows_stand_by_bands_then_names_and_archived_ones_only_with_news() -> None:
    facts = [added(number, "b", line=number, text=b"%d" % number) for number in range(1, 5)]
    facts += [added(1, "a"), added(2, "gone")]
    history = made_history(line(6), facts)
    names = [
        known("a"),
        known("b"),
        known("c"),
        known("gone", state="archived"),
        known("still", state="archived"),
    ]
    retro = build(made_input(history, Span(0, 6), patterns=tuple(names)))
    assert [row.pattern for row in retro.rows] == ["b", "a", "gone", "c"]
    assert [one.pattern for one in retro.standings] == ["a", "b", "c"]


def test_what_came_back_is_told_and_is_worse_than_what_is_new() -> None:
    history = made_history(
        line(9), [added(1), removed(2), added(4), added(5, text=b"other", line=3), removed(6, text=b"other")]
    )
    retro = build(made_input(history, Span(3, 9)))
    assert [(one.commit, one.line) for one in retro.again] == [(history.commits.oids[4], 1)]
    assert [one.line for one in retro.same_place] == [3]
    assert retro.sentences[1] == "Worse: `p` came back after a fix (1 occurrence)."
    assert retro.time_to_fix is not None
    assert (retro.time_to_fix.lived, retro.time_to_fix.fixed, retro.time_to_fix.median.value) == (3, 2, 1.0)


@pytest.mark.parametrize(
    ("word", "was", "better", "worse"),
    [
        (DROPPED, "", "`p` dropped to 0.36x (0.17-0.70, n = 52) the rate before", "nothing notable"),
        (DROPPED, DROPPED, "nothing notable", "nothing notable"),
        (ROSE, DROPPED, "nothing notable", "`p` rose to 0.36x (0.17-0.70, n = 52) the rate before"),
    ],
)
def test_a_word_is_news_when_it_changed(word: str, was: str, better: str, worse: str) -> None:
    ratio = compare_rates(40, 120, 12, 100)
    effect = CodeEffect(
        "p", 1, CodeSide(40, 120.0), CodeSide(12, 100.0), ratio, verdict=word, p_adjusted=0.001
    )
    history = made_history(line(4))
    former = build(made_input(history, Span(0, 3), effects=(replace(effect, verdict=was),))) if was else None
    stranger = CodeEffect("q", None)
    retro = build(made_input(history, Span(0, 4), effects=(effect, stranger), former=former))
    assert retro.sentences[:2] == (f"Better: {better}.", f"Worse: {worse}.")
    (one,) = retro.effects
    assert (one.was, one.is_news, one.adopted) == (was, word != was, history.commits.oids[1])
    assert one.figure.id == "p.effect"
    assert retro.rows[0].word == word


def test_an_endless_ratio_is_no_number() -> None:
    ratio = compare_rates(0, 5, 4, 6)
    effect = CodeEffect("p", 1, CodeSide(0, 5.0), CodeSide(4, 6.0), ratio)
    (one,) = build(made_input(made_history(line(4)), Span(0, 4), effects=(effect,))).effects
    assert (one.figure.value, one.high, one.is_endless, one.word) == (None, None, True, NOT_ENOUGH)


def test_proposals_wait_or_are_carried_out_and_decisions_are_seen_again() -> None:
    history = made_history(line(4), [added(1)], held=[Held("p", "d", "a.py", 1, b"text0001", False)])
    waiting = Proposal("a" * 12, "raise", "p", "0 of 80 waived")
    done = Proposal("b" * 12, "archive", "old", "stale", "applied")
    decision = Decision(
        "e" * 64,
        "2023-11-20T00:00:00Z",
        "keep",
        "p",
        "why",
        (("p.open", "0"), ("p.introduced", "7"), (f"p.introduced@{PERIOD}", "0"), ("q.open", "1")),
    )
    retro = build(
        made_input(
            history,
            Span(2, 4),
            ever={one.pattern: one for one in roll_up(history, Span(0, 4))},
            proposals=(done, waiting),
            decisions=(decision,),
            actions=(Action("rest", True),),
        )
    )
    assert retro.sentences[2] == "To decide: 1 proposal: raise `p`."
    now = ("p.open", "1"), ("p.introduced", "1"), (f"p.introduced@{PERIOD}", "0")
    assert retro.decisions == (replace(decision, now=now),)
    assert retro.actions == (Action("rest", True),)


def test_reverts_and_their_share_leave_merges_out() -> None:
    commits = made_commits([(), (0,), (0,), (1, 2), (3,)])
    flags = list(commits.flags)
    flags[2] |= REVERT
    flags[3] |= REVERT
    commits = replace(commits, flags=flags)
    retro = build(made_input(made_history(commits), Span(1, 3), tags=(("v1", commits.oids[3]),)))
    assert retro.releases.reverts == (commits.oids[2],)
    assert retro.releases.share == 0.5
    assert retro.releases.tags == (("v1", commits.oids[3]),)


def test_hot_spots_are_files_and_odd_paths_can_be_shown() -> None:
    odd = "src/\udcff\n.py"
    history = made_history(line(4), [added(1, path=odd)])
    spots = (HotSpot("src/", 3, 0, 90, 0, 0, 0), HotSpot(odd, 3, 1, 90, 1, 0, 500))
    retro = build(made_input(history, Span(0, 4), hot_spots=spots))
    (spot,) = retro.hot_spots
    assert (spot.path, spot.introduced.value, spot.lines) == ("src/\\xff\\x0a.py", 3, 90)
    assert spot.rate == pytest.approx(33.33, abs=0.01)
    assert spot.former is None
    assert spot.introduced.id == f"library.hotspot:src/%FF%0A.py@{PERIOD}"
    assert retro.new[0].path == "src/\\xff\\x0a.py"


def test_weeks_begin_with_the_first_news_and_end_with_as_of() -> None:
    history = made_history(line(30), [added(2), removed(20)])
    weeks = build(made_input(history, Span(0, 30))).weeks
    assert [(one.introduced, one.fixed) for one in weeks] == [(1, 0), (0, 0), (0, 0), (0, 1), (0, 0)]
    assert [one.start for one in weeks][:2] == ["2023-11-13", "2023-11-20"]


def test_the_order_of_facts_and_events_does_not_matter() -> None:
    facts = [added(1, "b"), added(2, "a", path="z.py"), added(2, "a", path="y.py", line=4), removed(3, "b")]
    events = (event(1, 2, "a"), event(2, 3, "b", kind="prevention"))
    history = made_history(line(5), facts)
    one = build(made_input(history, Span(0, 5), events=events))
    turned = replace(history, written=history.written[::-1])
    lives = follow(history)
    other = build(
        made_input(
            turned, Span(0, 5), events=events, lives=Lives(lives.lives[::-1], lives.orphans, lives.shared)
        )
    )
    assert isinstance(one, Retro)
    assert one == other
