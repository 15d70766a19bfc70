from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from feedback_loop.domain.effect import (
    DROPPED,
    NO_CHANGE,
    NOT_ENOUGH,
    ROSE,
    Adoption,
    CodeEffect,
    CodeSide,
    EffectOptions,
)
from feedback_loop.domain.history import BOUNDARY, NO_TIME, Commits, Fact, Skipped
from feedback_loop.domain.sides import AFTER, ARCHIVED, BEFORE, CROSSING, FAR, GUARDED, Sorter
from feedback_loop.domain.statistics import compare_rates
from feedback_loop.engines.code_effect import measure_code_effects, measure_versions
from tests.made_history import DAY, START, added, line, made_commits, made_history, removed
from tests.tracing import untraced

AS_OF = START + 400 * DAY


def options(**more: Any) -> EffectOptions:
    return replace(EffectOptions(as_of=AS_OF, guard_days=0), **more)


def adopted(position: int, **more: Any) -> Adoption:
    return Adoption(**({"pattern": "p", "commit": position, "spans": ((position, None),)} | more))


def effect(
    commits: Commits,
    facts: Iterable[Fact],
    adoption: Adoption | None,
    lines: int | Sequence[int] = 200,
    asked: EffectOptions | None = None,
    **more: Any,
) -> CodeEffect:
    """The effect on `p`."""
    each = [lines] * len(commits) if isinstance(lines, int) else lines
    history = made_history(commits, facts, {"p": each}, **more)
    (found,) = measure_code_effects(history, {"p": adoption} if adoption else {}, asked or options())
    return found


def hits(*commits: int) -> list[Fact]:
    return [added(commit) for commit in commits]


# -- nothing to say --------------------------------------------------------------------------------


def test_nothing_adopted_nothing_judged() -> None:
    found = effect(line(40), hits(*range(20)), None)
    assert (found.verdict, found.adopted, found.n) == (NOT_ENOUGH, None, 0)
    assert found.why == "not adopted in this history"
    assert found.ratio is None
    assert found.jeffreys is None
    assert found.detectable is None


def test_few_introductions_are_not_judged() -> None:
    found = effect(line(40), hits(1, 2, 3, 4), adopted(20))
    assert (found.verdict, found.why) == (NOT_ENOUGH, "n = 4, at least 5 are needed")
    assert found.ratio is not None
    assert found.p_adjusted is None


def test_few_lines_are_not_judged() -> None:
    found = effect(line(40), hits(*range(1, 11)), adopted(20), lines=53)
    assert found.why == ""
    found = effect(line(40), hits(*range(1, 11)), adopted(20), lines=49)
    assert found.why == "980 added lines before, at least 1000 are needed"


def test_no_lines_at_all_give_no_ratio() -> None:
    found = effect(line(10), [], adopted(0), lines=0)
    assert (found.ratio, found.unguarded, found.others, found.phi, found.trend) == (None,) * 5


@pytest.mark.parametrize(
    ("flag", "not_mined", "word"), [(0, 0, DROPPED), (7, 0, NOT_ENOUGH), (0, 1, NOT_ENOUGH)]
)
def test_missing_history_before_is_not_judged(flag: int, not_mined: int, word: str) -> None:
    """Commit 7 stands before the adoption; a boundary after it would be no reason."""
    commits = line(60)
    flags = [BOUNDARY if number == (flag or 50) else 0 for number in range(60)]
    found = effect(
        replace(commits, flags=flags),
        hits(*range(1, 26)),
        adopted(30),
        incomplete=("history incomplete since x",),
        skipped=Skipped(not_mined=not_mined),
    )
    assert found.verdict == word
    assert found.why == ("" if word == DROPPED else "the time before reaches into missing history")


# -- what stands on which side ---------------------------------------------------------------------


def test_a_line_of_commits_before_and_after() -> None:
    found = effect(line(40), hits(*range(10, 20), 30), adopted(20))
    assert found.before == CodeSide(10, 4.0)
    assert found.after == CodeSide(1, 3.8)
    assert found.crossing == CodeSide(0, 0.2), "the adopting commit itself"
    assert found.ratio == compare_rates(10, 4.0, 1, 3.8)
    assert (found.adopted, found.n) == (20, 11)


def test_a_commit_with_many_occurrences_is_one_introduction() -> None:
    facts = [added(3, line=number, detector=f"d{number}") for number in range(50)]
    assert effect(line(10), facts, adopted(5)).before.k == 1


@pytest.mark.parametrize("kind", ["moved", "edited", "restored", "waived", "duplicate", "inherited"])
def test_other_additions_are_no_introductions(kind: str) -> None:
    assert effect(line(10), [added(3, kind=kind), removed(4)], adopted(5)).n == 0


def test_written_without_the_pattern_and_landed_later_is_crossing() -> None:
    # 0 - 1 - 2(adopts) - 4(merges 3) - 5;  3 was written on 1, 6 on 3 and is merged by 7
    commits = made_commits([(), (0,), (1,), (1,), (2, 3), (4,), (3,), (5, 6)])
    sides = Sorter(commits, options()).by_adoption(adopted(2))
    assert sides.of[BEFORE] == [0, 1]
    assert sides.of[CROSSING] == [2, 3, 6]
    assert sides.of[AFTER] == [4, 5, 7]


def test_archived_spans_are_on_neither_side() -> None:
    sides = Sorter(line(12), options()).by_adoption(adopted(2, spans=((2, 5), (8, 10))))
    assert sides.of[AFTER] == [3, 4, 9]
    assert sides.of[ARCHIVED] == [5, 6, 7, 10, 11]
    assert sides.of[CROSSING] == [2, 8]


def test_before_reaches_back_a_year_and_spares_the_guard_days_and_the_evidence() -> None:
    commits = line(500)
    asked = options(
        guard_days=30, evidence={"p": frozenset([commits.oids[150], commits.oids[160][:12] + "x", "0000000"])}
    )
    place = (
        Sorter(commits, replace(asked, evidence={"p": frozenset([commits.oids[150]])}))
        .by_adoption(adopted(450))
        .place
    )
    assert [place[one] for one in (85, 86, 150, 419, 420, 449, 450, 451)] == [
        FAR,
        BEFORE,
        GUARDED,
        BEFORE,
        GUARDED,
        GUARDED,
        CROSSING,
        AFTER,
    ]


def test_the_ratio_without_the_guard_stands_beside() -> None:
    found = effect(line(120), hits(*range(80, 100), 3, 110), adopted(100), asked=options(guard_days=30))
    assert (found.before, found.guarded) == (CodeSide(1, 14.0), CodeSide(20, 6.0))
    assert found.unguarded == compare_rates(21, 20.0, 1, found.after.e)


def test_the_end_leaves_out_what_landed_later() -> None:
    found = effect(line(40), hits(*range(10, 20), 25, 35), adopted(20), asked=options(end=30))
    assert (found.after.k, found.after.e) == (1, 1.8)
    assert effect(line(40), hits(1), adopted(20), asked=options(end=20)).adopted is None


def test_a_date_of_ones_own_takes_the_place_of_the_adoption() -> None:
    found = effect(line(40), hits(*range(1, 9), 35), adopted(30), asked=options(at=10))
    assert (found.adopted, found.before.k, found.after.k) == (10, 8, 1)


def test_clocks_that_say_nothing_do_no_harm() -> None:
    commits = line(40, [NO_TIME] * 40)
    found = effect(commits, hits(*range(1, 20)), adopted(20), asked=options(guard_days=30))
    assert (found.before.k, found.after.k, found.phi, found.trend) == (19, 0, None, None)
    assert found.verdict == DROPPED


# -- words -----------------------------------------------------------------------------------------


def test_dropped_rose_and_no_clear_change() -> None:
    often, seldom = range(1, 20), range(21, 40)
    assert effect(line(40), hits(*often), adopted(20)).verdict == DROPPED
    assert effect(line(40), hits(*seldom), adopted(20)).verdict == ROSE
    found = effect(line(40), hits(*range(1, 40, 3)), adopted(20))
    assert (found.verdict, found.why) == (NO_CHANGE, "")
    assert found.ratio is not None
    # 7 before in 4,000 lines: none in 3,800 would have been a drop, one would not
    assert found.detectable == 0.0
    assert compare_rates(7, 4.0, 0, 3.8).p_value <= 0.05 < compare_rates(7, 4.0, 1, 3.8).p_value


def test_what_no_data_could_have_shown_is_said() -> None:
    assert effect(line(40), hits(1, 5, 9, 25, 29, 33), adopted(20)).detectable is None


def test_every_further_pattern_makes_the_others_less_certain() -> None:
    """p = .03 alone is a word, among ten patterns it is not; those without data are not counted in."""
    commits = line(40)
    names = [f"p{number}" for number in range(10)]
    facts = [added(commit, "p0") for commit in (*range(1, 10), 30)]
    facts += [added(commit, name) for name in names[1:] for commit in (3, 9, 15, 25, 31, 37)]
    exposure = {name: [200] * 40 for name in names}
    adoptions = {name: adopted(20, pattern=name) for name in names}
    found = measure_code_effects(made_history(commits, facts, exposure), adoptions, options())
    assert [one.pattern for one in found] == names
    assert (found[0].verdict, found[0].p_adjusted) == (NO_CHANGE, pytest.approx(10 * found[0].ratio.p_value))  # type: ignore[union-attr]
    few = measure_code_effects(
        made_history(commits, [one for one in facts if one.pattern == "p0"], exposure), adoptions, options()
    )
    assert (few[0].verdict, few[0].p_adjusted) == (DROPPED, few[0].ratio.p_value)  # type: ignore[union-attr]
    assert {one.verdict for one in few[1:]} == {NOT_ENOUGH}


def test_the_others_are_pooled_on_the_same_commits() -> None:
    facts = [*hits(*range(1, 20)), *(added(one, "q") for one in (5, 6, 25)), added(7, "r")]
    exposure = {"p": [200] * 40, "q": [100] * 40, "r": [0] * 40}
    history = made_history(line(40), facts, exposure)
    found = measure_code_effects(history, {"p": adopted(20)}, options())[0]
    assert found.others == compare_rates(3, 2.0, 1, 1.9)
    assert effect(line(40), hits(1), adopted(20)).others is None, "there are no others"


def test_bursts_widen_the_interval_and_take_the_word_back() -> None:
    """Twelve introductions on two days of a quarter are two incidents, not twelve."""
    commits = line(182)
    even = effect(commits, hits(*range(1, 91, 8)), adopted(91))
    bursts = effect(commits, hits(*range(10, 16), *range(60, 66)), adopted(91))
    assert (even.before.k, bursts.before.k) == (12, 12)
    assert (even.verdict, even.widened) == (DROPPED, False)
    assert (bursts.verdict, bursts.widened) == (NO_CHANGE, True)
    assert bursts.phi is not None and bursts.phi > 2.5
    assert bursts.ratio is not None and bursts.ratio.high > 1
    few_weeks = effect(line(48), hits(*range(10, 16), *range(20, 26)), adopted(28))
    assert few_weeks.phi is None


def test_the_trend_of_the_last_year_by_weeks() -> None:
    commits = line(500)
    rising = [commit for commit in range(140, 500) if commit % 7 < (commit - 140) // 60]
    found = effect(commits, hits(*rising), None, asked=options(as_of=START + 499 * DAY))
    assert found.trend is not None
    assert found.trend.weeks == 53
    assert found.trend.p_value < 1e-6
    assert found.trend.slope > 0
    assert effect(commits, [], None, asked=options(as_of=START + 49 * DAY, end=50)).trend is not None
    assert effect(commits, [], None, asked=options(as_of=START + 40 * DAY, end=41)).trend is None


# -- versions --------------------------------------------------------------------------------------


def test_versions_are_compared_with_the_one_before() -> None:
    commits = line(60)
    facts = hits(*range(1, 20), 22, 25, 28, 31, 34, 37, 50)
    history = made_history(commits, facts, {"p": [200] * 60})
    two = adopted(20, versions=((1, 20), (2, 40)))
    first, second = measure_versions(history, {"p": two}, options())
    assert (first.version, first.before.k, first.after.k) == (1, 19, 6)
    assert (second.version, second.before.k, second.after.k) == (2, 6, 1)
    assert (second.adopted, second.before.e, second.after.e) == (40, 3.8, 3.8)


def test_a_branch_that_had_the_old_version_counts_for_it() -> None:
    # 1 adopts, 2 is a branch from it, 3 raises the version, 4 merges the branch, 5 has both
    commits = made_commits([(), (0,), (1,), (1,), (3, 2), (4,)])
    sides = Sorter(commits, options()).by_version(adopted(1, versions=((1, 1), (2, 3))), 1)
    assert sides.of[BEFORE] == [2]
    assert sides.of[AFTER] == [4, 5]


# -- simulations -----------------------------------------------------------------------------------


def stream(weeks: int, a_week: int) -> Commits:
    """So many commits in each of so many weeks."""
    return line(weeks * a_week, [START + 7 * DAY * number // a_week for number in range(weeks * a_week)])


def simulated(
    random: np.random.Generator, commits: Commits, expected: float, change: float, burst: float
) -> str:
    """The word on so many introductions expected before, `change` times the rate after.

    They come in bursts of a mean length, one commit after the other.
    """
    count, middle = len(commits), len(commits) // 2
    lines = random.gamma(1.0, 400.0, count).astype(int) + 1
    rate = lines / 400 * expected / middle / burst * np.where(np.arange(count) > middle, change, 1.0)
    begins = np.flatnonzero(random.random(count) < -np.expm1(-rate))
    lengths = random.geometric(1 / burst, len(begins))
    found = {
        one for at, more in zip(begins, lengths, strict=True) for one in range(at, min(at + more, count))
    }
    asked = options(at=middle, as_of=0)  # no trend: that is another question
    return effect(commits, hits(*map(int, sorted(found))), None, lines.tolist(), asked).verdict


def test_without_a_change_hardly_ever_a_word() -> None:
    """2,000 streams: even ones, and commits in bursts of mean length 1.3 and 2.5."""
    random = np.random.default_rng(20261122)
    commits = stream(70, 3)
    kinds = [(expected, burst) for expected in (7, 20) for burst in (1.0, 1.3, 1.3, 2.5)]
    with untraced():
        words = [
            simulated(random, commits, expected, 1.0, burst)
            for expected, burst in kinds * (2000 // len(kinds))
        ]
    assert len(words) == 2000
    wrong = sum(word in (DROPPED, ROSE) for word in words)
    assert 0 < wrong <= 100


def test_a_halved_rate_is_found_when_there_is_enough() -> None:
    random = np.random.default_rng(20261122)
    commits = stream(80, 10)
    with untraced():
        words = [simulated(random, commits, 90, 0.5, 1.0) for _ in range(100)]
    assert words.count(DROPPED) >= 80
    assert ROSE not in words


def test_infinite_and_zero_ratios_are_judged() -> None:
    found = effect(line(40), hits(*range(21, 40)), adopted(20))
    assert found.ratio is not None
    assert math.isinf(found.ratio.value)
