from __future__ import annotations

from feedback_loop.domain.history import NO_TIME, Held, Renamed, Span, Touched
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.rollup import Figures
from feedback_loop.engines.lives import follow
from feedback_loop.engines.rollup import (
    find_hot_spots,
    roll_up,
    roll_up_commits,
    roll_up_months,
    roll_up_paths,
    roll_up_weeks,
    whole,
)
from feedback_loop.engines.tip_check import BLIND, BOTH_FIXED, COPIES, DROPPED, check_tip
from tests.made_history import DAY, added, line, made_commits, made_history, removed

MONDAY = parse_moment("2026-11-16") or 0
# 0 - 3, and 0 - 1 - 2 beside it, which 4 merges; then 5.
BESIDE = made_commits([(), (0,), (1,), (0,), (3, 2), (4,)])


def held(path: str = "a.py", line_number: int = 1, waived: bool = False, detector: str = "d") -> Held:
    return Held("p", detector, path, line_number, b"text0001", waived)


def test_a_pattern_without_facts_has_zeros_and_its_exposure() -> None:
    history = made_history(line(3))
    assert roll_up(history, whole(history)) == (Figures("p", exposure=30),)


def test_fifty_pasted_matches_are_one_introduction() -> None:
    facts = [added(1, line=number, detector=name) for number in range(50) for name in ("d1", "d2")]
    facts += [removed(2, line=number, detector=name) for number in range(20) for name in ("d1", "d2")]
    history = made_history(line(3), facts)
    (found,) = roll_up(history, whole(history))
    assert (found.introduced, found.occurrences, found.fixed, found.exposure) == (1, 50, 1, 30)


def test_other_kinds_are_no_introductions_and_no_fixes() -> None:
    kinds = ("inherited", "ignored", "duplicate", "restored", "edited", "moved", "bulk", "waived", "surfaced")
    facts = [added(0, kind=kind, line=number) for number, kind in enumerate(kinds)]
    facts += [removed(1, kind=kind) for kind in ("reverted", "edited", "moved", "dissolved", "file_deleted")]
    history = made_history(line(2), facts)
    (found,) = roll_up(history, whole(history))
    assert (found.introduced, found.occurrences, found.fixed) == (0, 0, 0)
    assert (found.restored, found.duplicates, found.waived) == (1, 1, 1)


def test_open_is_what_the_tip_holds_and_nobody_waived() -> None:
    found = [held(), held(detector="d2"), held(line_number=2), held("b.py", waived=True)]
    history = made_history(line(1), held=found)
    assert roll_up(history, Span(0, 0))[0].open == 2


def test_commits_count_where_they_landed() -> None:
    history = made_history(BESIDE, [added(1), added(3, path="b.py"), removed(5)])
    assert [roll_up(history, Span(at, at + 1))[0].introduced for at in range(4)] == [0, 1, 1, 0]
    assert [roll_up(history, Span(at, at + 1))[0].exposure for at in range(4)] == [10, 10, 30, 10]


def test_relapses_count_where_they_began() -> None:
    history = made_history(line(4), [added(0), removed(1), added(2), added(3, path="b.py")])
    lives = follow(history)
    assert [(f.reintroduced, f.same_place) for f in roll_up(history, whole(history), lives)] == [(1, 1)]
    assert [(f.reintroduced, f.same_place) for f in roll_up(history, Span(3, 4), lives)] == [(0, 0)]
    assert roll_up(history, whole(history))[0].reintroduced == 0


def test_the_rate_is_for_1000_lines() -> None:
    assert Figures("p", introduced=3, exposure=2000).rate == 1.5
    assert Figures("p", introduced=3).rate is None


# -- by path, commit, week and month -----------------------------------------------------------------


def test_paths_have_the_names_of_today() -> None:
    facts = [
        added(0),
        removed(1, path="a.py"),
        added(2, path="b.py", line=3),
        added(2, path="c.py", pattern="q"),
    ]
    touched = (Touched(0, "a.py", 5), Touched(2, "b.py", 7), Touched(2, "d.py", 9))
    history = made_history(line(3), facts, renames=(Renamed(1, "a.py", "b.py"),), touched=touched)
    found = roll_up_paths(history, whole(history))
    assert [(row.key, row.introduced, row.occurrences, row.fixed, row.added) for row in found] == [
        ("b.py", 2, 2, 1, 12),
        ("c.py", 1, 1, 0, 0),
    ]
    assert found[1].patterns == ("q",)


def test_without_touched_lines_there_are_none_to_tell() -> None:
    history = made_history(line(1), [added(0)])
    assert [row.added for row in roll_up_paths(history, whole(history))] == [None]


def test_commits_are_told_in_the_order_of_reports() -> None:
    history = made_history(BESIDE, [added(1), added(3, path="b.py"), removed(5)])
    assert [row.key for row in roll_up_commits(history, whole(history))] == [
        BESIDE.oids[at] for at in (3, 1, 5)
    ]


def test_weeks_and_months_are_cuts_of_the_chain() -> None:
    times = [MONDAY - DAY, MONDAY, 0, MONDAY + 6 * DAY, MONDAY + 7 * DAY, MONDAY + 15 * DAY]
    history = made_history(line(6, times), [added(at, line=at) for at in range(6)])
    weeks = roll_up_weeks(history, whole(history))
    assert [(row.key, row.introduced) for row in weeks] == [
        ("2026-W46", 1),
        ("2026-W47", 3),
        ("2026-W48", 1),
        ("2026-W49", 1),
    ]
    months = roll_up_months(history, Span(1, 6))
    assert [(row.key, row.introduced) for row in months] == [("2026-11", 4), ("2026-12", 1)]


def test_without_clocks_there_are_no_weeks() -> None:
    history = made_history(line(2, [NO_TIME, NO_TIME]), [added(0)])
    assert roll_up_weeks(history, whole(history)) == ()


# -- hot spots ---------------------------------------------------------------------------------------


def test_hot_spots_stand_beside_what_was_before() -> None:
    facts = [added(at, path="src/a.py", line=at) for at in (0, 1, 2, 3)]
    facts += [added(3, path="src/b.py"), removed(3, path="src/a.py"), added(2, path="x/y/z.py", pattern="q")]
    touched = tuple(Touched(at, "src/a.py", 500) for at in range(4))
    history = made_history(line(4), facts, touched=touched)
    found = find_hot_spots(history, Span(1, 4), Span(0, 1))
    assert [(one.path, one.introduced, one.fixed, one.added, one.rate) for one in found] == [
        ("src/", 3, 1, 1500, 2.0),  # two files of one commit are one introduction
        ("src/a.py", 3, 1, 1500, 2.0),
        ("src/b.py", 1, 0, 0, None),
        ("x/y/z.py", 1, 0, 0, None),
    ]
    assert [(one.introduced_before, one.added_before, one.rate_before) for one in found[:2]] == [
        (1, 500, None)
    ] * 2


# -- the tip check -----------------------------------------------------------------------------------


def test_a_history_that_says_what_the_tip_holds_has_no_gap() -> None:
    history = made_history(line(3), [added(0), added(1, line=2), removed(2)], held=[held()])
    (check,) = check_tip(history, follow(history))
    assert (check.held, check.written, check.landed, check.gap, check.landed_gap) == (1, 1, 1, 0, 0)
    assert (check.defect, check.parts) == (0, ())


def test_a_gap_of_the_landed_ledger_is_a_defect_of_detectors_that_read_lines() -> None:
    history = made_history(line(2), [added(0), added(1, line=2, detector="e")], held=[held(), held()])
    (check,) = check_tip(history, follow(history))
    assert (check.landed_gap, check.defect) == (0, 2)  # one too few and one too many do not cancel
    assert check_tip(history, None, {("p", "d"), ("p", "e")})[0].defect == 0
    assert check_tip(made_history(line(2), held=[held()], incomplete=("shallow",)))[0].defect == 0
    assert check_tip(made_history(line(2), held=[held()], landed=None))[0].landed_gap is None


def test_each_part_of_the_written_gap_is_named() -> None:
    copy, both, dropped, blind = ({"text": text, "path": "a.py"} for text in (b"1", b"2", b"3", b"4"))
    shared = [added(0, **both), added(3, **copy), removed(3, **both)]
    side = [added(1, **copy), removed(2, **both), added(2, **dropped)]
    history = made_history(
        BESIDE,
        shared + side,
        landed=(*shared, added(4, kind="surfaced", **blind)),
        held=[held(), held(line_number=2), held(line_number=3)],
    )
    (check,) = check_tip(history, follow(history), {("p", "d")})
    assert (check.written, check.landed, check.held) == (2, 2, 3)
    assert dict(check.parts) == {COPIES: 1, DROPPED: 1, BOTH_FIXED: -1, BLIND: -2}
    assert sum(count for _, count in check.parts) == check.gap
