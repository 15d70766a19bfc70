"""Lives on histories made by hand: `line(3)` is 0 - 1 - 2, commits one day apart."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from feedback_loop.domain.history import NO_TIME, Commits, Fact, Renamed
from feedback_loop.domain.lives import Life, Lives, Names
from feedback_loop.engines.lives import find_durations, follow
from tests.made_history import DAY, START, added, line, made_commits, made_history, removed

# 0 - 3, and 0 - 1 - 2 beside it, which 4 merges; then 5.
BESIDE = made_commits([(), (0,), (1,), (0,), (3, 2), (4,)])


def lives_of(commits: Commits, facts: Iterable[Fact], **more: object) -> Lives:
    return follow(made_history(commits, facts, **more))


def one(found: Lives) -> Life:
    assert found.orphans == ()
    (life,) = found.lives
    return life


def test_nothing_lives_where_nothing_was_found() -> None:
    assert lives_of(line(3), []) == Lives((), (), 0)


def test_the_landed_ledger_is_needed() -> None:
    with pytest.raises(ValueError, match="landed"):
        lives_of(line(1), [], landed=None)


def test_what_is_not_removed_is_open() -> None:
    life = one(lives_of(line(3), [added(1, line=7)]))
    assert (life.born, life.written, life.line, life.ended, life.mended, life.end) == (
        1,
        1,
        7,
        None,
        None,
        "",
    )
    assert not (life.again or life.same_place or life.waived or life.inherited)


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        ("fixed", "fixed"),
        ("reverted", "reverted"),
        ("file_deleted", "file_deleted"),
        ("left_scope", "left_scope"),
        ("dissolved", "dissolved"),
        ("duplicate", "fixed"),
        ("ignored", "dissolved"),
    ],
)
def test_a_life_ends_as_its_removal_says(kind: str, end: str) -> None:
    life = one(lives_of(line(3), [added(0), removed(2, kind=kind)]))
    assert (life.ended, life.mended, life.end) == (2, 2, end)


def test_a_removal_of_nothing_is_an_orphan() -> None:
    gone = removed(1)
    assert lives_of(line(2), [gone]) == Lives((), (gone,), 0)
    assert lives_of(line(2), [added(0, text=b"other"), gone]).orphans == (gone,)


def test_equal_lines_are_first_in_first_out_and_told() -> None:
    found = lives_of(line(4), [added(0, line=1), added(1, line=9), removed(2), added(3, path="b.py")])
    assert [(life.born, life.ended) for life in found.lives] == [(0, 2), (1, None), (3, None)]
    assert found.shared == 2


def test_detectors_on_one_line_are_one_occurrence_which_is_open_while_one_sees_it() -> None:
    both = [added(0, detector="d2"), added(0, detector="d1"), added(0, detector="d1", line=2, text=b"t2")]
    found = lives_of(line(3), [*both, removed(1, detector="d2", kind="dissolved")])
    assert [(life.detector, life.line, life.ended) for life in found.lives] == [
        ("d1", 1, None),
        ("d1", 2, None),
    ]
    ended = lives_of(
        line(3), [*both[:2], removed(1, detector="d2", kind="dissolved"), removed(2, detector="d1")]
    )
    assert (one(ended).ended, one(ended).end) == (2, "fixed")


def test_what_is_edited_or_moved_keeps_its_age() -> None:
    facts = [
        added(0, line=5),
        *(removed(1, kind="edited", line=5), added(1, kind="edited", line=6)),
        *(removed(2, kind="moved", line=6), added(2, kind="moved", path="b.py", line=1)),
    ]
    life = one(lives_of(line(4), [*facts, removed(3, path="b.py")]))
    assert (life.born, life.ended, life.path, life.line) == (0, 3, "b.py", 1)


def test_a_rename_keeps_the_age_whichever_name_the_removal_gives() -> None:
    renames = (Renamed(1, "a.py", "b.py"), Renamed(2, "b.py", "c.py"))
    life = one(lives_of(line(3), [added(0)], renames=renames))
    assert (life.path, life.ended) == ("c.py", None)
    for path in ("b.py", "c.py"):
        life = one(lives_of(line(3), [added(0), removed(2, path=path)], renames=renames))
        assert (life.born, life.ended, life.path) == (0, 2, "c.py")


def test_another_file_of_an_old_name_is_another_file() -> None:
    facts = [added(0), added(2), removed(3, path="b.py")]
    found = lives_of(line(4), facts, renames=(Renamed(1, "a.py", "b.py"),))
    assert [(life.path, life.born, life.ended) for life in found.lives] == [("b.py", 0, 3), ("a.py", 2, None)]


def test_what_comes_back_after_a_fix_is_told() -> None:
    facts = [added(0), removed(1), added(2), added(2, line=2, text=b"t2"), added(2, path="b.py")]
    found = lives_of(line(3), facts)
    assert [(life.path, life.again, life.same_place) for life in found.lives] == [
        ("a.py", False, False),
        ("a.py", True, True),
        ("a.py", False, True),
        ("b.py", False, False),
    ]


@pytest.mark.parametrize(
    "facts",
    [
        [added(0), removed(1), added(1)],
        [added(0), removed(1, kind="file_deleted"), added(2)],
        [added(0), removed(1), added(2, kind="restored")],
    ],
    ids=["in the same commit", "no fix", "a revert of the fix"],
)
def test_what_was_not_fixed_before_is_no_relapse(facts: list[Fact]) -> None:
    found = lives_of(line(3), facts)
    assert [(life.again, life.same_place) for life in found.lives] == [(False, False)] * 2


@pytest.mark.parametrize(("days", "soon"), [(180, True), (181, False)])
def test_the_same_place_is_forgotten_after_180_days(days: int, soon: bool) -> None:
    commits = line(3, [START, START + DAY, START + (1 + days) * DAY])
    second = lives_of(commits, [added(0), removed(1), added(2)]).lives[1]
    assert (second.again, second.same_place) == (True, soon)


def test_births_under_a_suppression_or_before_a_shallow_clone_are_marked() -> None:
    first, second = lives_of(line(2), [added(0, kind="inherited"), added(1, kind="waived", line=2)]).lives
    assert (first.inherited, first.waived, second.inherited, second.waived) == (True, False, False, True)


# -- what merges bring -------------------------------------------------------------------------------


def test_a_merge_is_credited_to_the_commits_that_it_brings() -> None:
    written = [added(1, line=3), removed(2, text=b"old"), added(4, line=20, text=b"typed")]
    landed = [
        added(0, text=b"old"),
        *(added(4, line=30), removed(4, text=b"old"), added(4, line=20, text=b"typed")),
    ]
    history = made_history(BESIDE, [added(0, text=b"old"), *written], landed=tuple(landed))
    lives = {life.text: life for life in follow(history).lives}
    assert (lives[b"text0001"].born, lives[b"text0001"].written, lives[b"text0001"].line) == (4, 1, 30)
    assert (lives[b"old"].ended, lives[b"old"].mended) == (4, 2)
    assert (lives[b"typed"].born, lives[b"typed"].written) == (4, 4)


def test_what_a_branch_takes_back_is_not_what_lands() -> None:
    written = [added(1), removed(2), added(2, line=4)]
    life = one(follow(made_history(BESIDE, written, landed=(added(4),))))
    assert life.written == 2


def test_a_branch_may_move_a_line_before_it_mends_it() -> None:
    moves = [removed(1, kind="edited"), added(1, kind="edited")]
    history = made_history(BESIDE, [added(0), *moves, removed(2)], landed=(added(0), removed(4)))
    assert (one(follow(history)).mended, one(follow(history)).end) == (2, "fixed")


def test_a_branch_knows_a_file_by_the_name_it_had() -> None:
    """3 renames the file on the main line while the branch writes to it by its old name."""
    renames = (Renamed(3, "a.py", "b.py"),)
    history = made_history(BESIDE, [added(1)], landed=(added(4, path="b.py"),), renames=renames)
    assert one(follow(history)).written == 1
    elsewhere = made_history(
        BESIDE, [added(1, path="c.py")], landed=(added(4, path="b.py"),), renames=renames
    )
    assert one(follow(elsewhere)).written == 4


def test_the_kind_is_that_of_who_wrote_it() -> None:
    history = made_history(BESIDE, [added(1, kind="waived")], landed=(added(4),))
    assert one(follow(history)).waived


def test_names_follow_renames_from_where_they_were_known() -> None:
    names = Names(BESIDE, [Renamed(3, "a", "b"), Renamed(5, "b", "a")])
    assert [names.at("a", start) for start in (0, 1, 2)] == ["a", "a", "a"]
    assert names.at("a", 0, 3) == "b"
    assert names.now("b", 3) == "a"
    assert names.now("a", 3, sign=-1) == "a"
    assert names.at("a", names.since(2), 3) == "b"
    assert names.at("a", names.since(3), 3) == "a"


def test_random_lines_of_commits_never_lose_one() -> None:
    """Adds, removals, moves and renames at random: births less ends are what stands, and none is an orphan."""
    rng = random.Random(6)
    for _ in range(60):
        facts, renames, standing = random_history(rng, 30)
        found = lives_of(line(30), facts, renames=renames)
        still = sorted((life.path, life.text) for life in found.lives if not life.end)
        assert found.orphans == ()
        assert still == sorted(standing)


def random_history(
    rng: random.Random, length: int
) -> tuple[list[Fact], tuple[Renamed, ...], list[tuple[str, bytes]]]:
    facts: list[Fact] = []
    renames: list[Renamed] = []
    standing: list[tuple[str, bytes]] = []
    for commit in range(length):
        paths = {path for path, _ in standing}
        if paths and rng.random() < 0.2:
            old, new = rng.choice(sorted(paths)), f"n{commit}.py"
            renames.append(Renamed(commit, old, new))
            standing = [(new if path == old else path, text) for path, text in standing]
        for _ in range(rng.randrange(3)):
            place = rng.choice(["a.py", "b.py"]), rng.choice([b"t1", b"t2"])
            line_number = 100 * commit + len(facts)
            facts.append(added(commit, path=place[0], text=place[1], line=line_number))
            standing.append(place)
        before = [place for place in standing if place[0] not in ("a.py", "b.py")]
        if before and rng.random() < 0.5:
            path, text = rng.choice(before)
            standing.remove((path, text))
            if rng.random() < 0.5:
                facts.append(removed(commit, path=path, text=text))
            else:
                facts.append(removed(commit, path=path, text=text, kind="moved"))
                facts.append(added(commit, path="m.py", text=text, kind="moved"))
                standing.append(("m.py", text))
    return facts, tuple(renames), standing


# -- how long ----------------------------------------------------------------------------------------


def test_only_fixes_and_reverts_end_a_duration() -> None:
    facts = [
        added(0, path="open.py"),
        *(added(0, path="fixed.py"), removed(2, path="fixed.py")),
        *(added(0, path="back.py"), removed(1, path="back.py", kind="reverted")),
        *(added(0, path="gone.py"), removed(3, path="gone.py", kind="file_deleted")),
        *(added(0, path="out.py"), removed(3, path="out.py", kind="left_scope")),
        *(added(0, path="waived.py", kind="waived"), removed(1, path="waived.py")),
        added(0, path="old.py", kind="inherited"),
    ]
    history = made_history(line(5), facts)
    (found,) = find_durations(history, follow(history), START + 10 * DAY)
    assert found.days == ((1.0, True), (2.0, True), (3.0, False), (3.0, False), (10.0, False))
    assert (found.deleted, found.left, found.dissolved, found.backward, found.undated) == (1, 1, 0, 0, 1)


def test_what_ends_after_the_end_of_time_is_open() -> None:
    history = made_history(line(5), [added(0), removed(3), added(4)])
    (found,) = find_durations(history, follow(history), START + 2 * DAY)
    assert found.days == ((2.0, False),)


def test_clocks_that_run_backwards_or_say_nothing_are_counted() -> None:
    times = [START + 5 * DAY, START + DAY, NO_TIME, START + 6 * DAY, START + 7 * DAY]
    facts = [added(0), removed(1), added(2, path="b.py"), removed(3, path="b.py")]
    history = made_history(line(5, times), facts)
    (found,) = find_durations(history, follow(history), START + 9 * DAY)
    assert (found.days, found.backward, found.undated) == (((0.0, True),), 1, 1)
