"""What is proposed about patterns, on histories made by hand: the cases in which nothing is come first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from feedback_loop.domain.effect import Adoption, CodeEffect, CodeSide
from feedback_loop.domain.history import Commits, Fact, Held
from feedback_loop.domain.pattern import Detector, Literal, Pattern
from feedback_loop.domain.proposal import Decision, Evidence, Grounds, Proposed, Sighting, Use, proposal_id
from feedback_loop.domain.rollup import Figures
from feedback_loop.domain.statistics import compare_rates
from feedback_loop.engines.lifecycle import LifecycleInput, LifecycleOptions, out_of_scope, propose
from tests.made_history import DAY, START, added, line, made_commits, made_history

LENGTH = 101  # commits, one a day: the last one is day 100
AS_OF = START + 100 * DAY


def pattern(name: str = "p", level: str = "hint", **more: Any) -> Pattern:
    detector = Detector("d", Literal(("x",)), "x", level)
    return Pattern(name, name, f"id-{name}", detectors=(detector,), **more)


def day(number: int) -> int:
    return START + number * DAY


def adopted(position: int = 0, end: int | None = None) -> dict[str, Adoption]:
    return {"p": Adoption("p", position, ((position, end),))}


def given(
    facts: Sequence[Fact] = (),
    *,
    commits: Commits | None = None,
    exposure: int = 1000,
    held: Sequence[Held] = (),
    incomplete: tuple[str, ...] = (),
    total: Figures | None = None,
    **more: Any,
) -> LifecycleInput:
    """A library of one pattern `p`, in force since the first commit; a thousand lines in scope each day."""
    chain = commits or line(LENGTH)
    lines = {"p": [exposure] * len(chain)}
    history = made_history(chain, facts, lines, held, incomplete=incomplete)
    introduced = len({fact.commit for fact in facts if fact.kind == "introduced"})
    figures = total or Figures("p", introduced, introduced, exposure=exposure * len(chain))
    known: dict[str, Any] = {"adoptions": adopted(), "patterns": (pattern(),)} | more
    return LifecycleInput(history=history, figures=(figures,), **known)


def found(facts: LifecycleInput, **options: Any) -> tuple[Proposed, ...]:
    return propose(facts, LifecycleOptions(**({"as_of": AS_OF, "days": 30} | options)))


def reasons(facts: LifecycleInput, **options: Any) -> list[tuple[str, str]]:
    return [(one.kind, one.reason) for one in found(facts, **options)]


def used(kind: str, at: int, commit: str = "") -> dict[str, Use]:
    return {"p": Use("p", (Sighting(at, kind, "e" * 64, commit),))}


# -- what is not archived --------------------------------------------------------------------------


ARCHIVED = [
    ("archive", "0 introductions in 100.0k lines, 100 days (never one); no events, plans, preventions")
]


@pytest.mark.parametrize(
    "more",
    [
        {"adoptions": {}},
        {"adoptions": adopted(0, 50)},
        {"adoptions": adopted(71)},
        {"incomplete": ("history incomplete since 1234567 2026-01-01",)},
        {"unreadable": True},
        {"exposure": 0},
        {"held": [Held("p", "d", "a.py", 1, b"", False)]},
        {"held": [Held("p", "d", "a.py", 1, b"", True)]},
        {"patterns": (pattern(severity="critical"),)},
        {"patterns": (pattern(state="proposed"),)},
        {"patterns": ()},
        {"uses": {"p": Use("p", restored=AS_OF)}},
        *(
            {"uses": used(kind, day(71))}
            for kind in ("bug", "performance", "plan", "prevention", "injection")
        ),
    ],
    ids=repr,
)
def test_nothing_is_archived(more: dict[str, Any]) -> None:
    assert reasons(given()) == ARCHIVED  # but for what is changed here
    assert reasons(given(**more)) == []


def test_what_was_never_exposed_is_out_of_scope_here_and_says_so() -> None:
    facts = given(exposure=0)
    assert out_of_scope(facts) == ("p",)
    assert out_of_scope(given()) == ()


def test_a_critical_one_is_archived_when_asked() -> None:
    facts = given(patterns=(pattern(severity="critical"),))
    assert reasons(facts, include_critical=True) == ARCHIVED


@pytest.mark.parametrize(("silent", "archived"), [(29, False), (30, True)])
@pytest.mark.parametrize("last", ["adoption", "introduction", "prevention", "restore", "landing"])
def test_day_n_less_one_and_day_n(last: str, silent: int, archived: bool) -> None:
    at = 100 - silent
    facts = {
        "adoption": lambda: given(adoptions=adopted(at)),
        "introduction": lambda: given([added(commit) for commit in range(0, at + 1, 5)] + [added(at)]),
        "prevention": lambda: given(uses=used("prevention", day(at))),
        "restore": lambda: given(uses={"p": Use("p", restored=day(at))}),
        "landing": lambda: given(
            [added(1)], commits=side_branch(at), total=Figures("p", 14, 14, exposure=103_000)
        ),
    }[last]()
    assert [one.kind for one in found(facts)] == ["archive"] * archived


def side_branch(landed: int) -> Commits:
    """Commit 1 leaves the line at once and lands with the chain's commit of day `landed`."""
    parents: list[tuple[int, ...]] = [(), (0,)]
    times = [day(0), day(0)]
    for number in range(1, LENGTH):
        before = 0 if number == 1 else number
        parents.append((before, 1) if number == landed else (before,))
        times.append(day(number))
    return made_commits(parents, times)


def test_silence_counts_from_three_expected_introductions() -> None:
    # 6 introductions in 10.1k lines: 3 are expected in 5,050. The last one is at day 50, or a day before.
    def facts(last: int) -> LifecycleInput:
        return given([added(commit) for commit in (*range(5), last)], exposure=100)

    assert reasons(facts(50)) == []
    assert reasons(facts(49)) == [
        ("archive", "0 introductions in 5.1k lines, 51 days (3.0 expected); no events, plans, preventions")
    ]


@pytest.mark.parametrize(("exposure", "archived"), [(199, False), (200, True)])
def test_what_never_occurred_needs_twenty_thousand_silent_lines(exposure: int, archived: bool) -> None:
    assert bool(found(given(exposure=exposure))) == archived  # a hundred commits after the adoption


def test_silence_begins_with_the_last_use() -> None:
    (one,) = found(given(uses=used("plan", day(60))))
    assert one.reason.startswith("0 introductions in 40.0k lines, 40 days (never one)")


def test_an_archive_names_its_figures_and_keeps_its_id() -> None:
    (one,) = found(given())
    assert one == Proposed(
        proposal_id("archive", "p"),
        "archive",
        "p",
        ARCHIVED[0][1],
        (("p.exposure", "101000"), ("p.introduced", "0"), ("p.open", "0")),
    )
    assert len(one.id) == 12
    assert one.id == found(given(exposure=2000))[0].id
    assert one.id != proposal_id("restore", "p")


# -- restoring -------------------------------------------------------------------------------------


def archived(facts: Sequence[Fact] = (), at: int = 50, **more: Any) -> LifecycleInput:
    known: dict[str, Any] = {"adoptions": adopted(0, at), "patterns": (pattern(state="archived"),)} | more
    return given(facts, **known)


def said(action: str, at: int, commit: str = "", **more: Any) -> Decision:
    return Decision(action, "p", at, commit, **more)


@pytest.mark.parametrize(
    "facts",
    [
        archived(),
        archived([added(50)]),
        archived([added(60, kind="moved"), added(61, kind="waived"), added(62, kind="duplicate")]),
        archived(uses=used("bug", day(50))),
        archived(uses=used("prevention", day(70))),
        archived(uses=used("bug", day(9999))),
        archived([added(60)], incomplete=("shallow",)),
        archived([added(60)], adoptions={}),
    ],
)
def test_nothing_is_restored(facts: LifecycleInput) -> None:
    assert reasons(facts) == []


def test_recurrence_restores() -> None:
    facts = archived([added(70, path="b.py"), added(60, path="src/\x1bio.py", line=41)])
    assert reasons(facts) == [("restore", r"recurred 2024-01-13 in src/\x1bio.py:41 (0000000" + "0)")]


@pytest.mark.parametrize(
    ("kind", "words"), [("bug", "recurred (bug)"), ("review", "recurred (review)"), ("plan", "planned with")]
)
def test_so_does_an_event_or_a_plan(kind: str, words: str) -> None:
    assert reasons(archived(uses=used(kind, day(51)))) == [
        ("restore", f"{words} 2024-01-04 (event eeeeeeee)")
    ]


def two_branches(first: str) -> Commits:
    """0 - 1(archives) and 0 - 2(uses) as branches of 0, merged by 3 and 4: `first` says which one first."""
    order = {"archive": (1, 2), "use": (2, 1)}[first]
    parents = [(), (0,), (0,), (0, order[0]), (3, order[1]), (4,)]
    return made_commits(parents, [day(number) for number in (0, 60, 59, 61, 62, 100)])


@pytest.mark.parametrize("first", ["archive", "use"])
@pytest.mark.parametrize("use", ["introduction", "event"])
def test_archived_on_one_branch_and_used_on_another(first: str, use: str) -> None:
    commits = two_branches(first)
    end = 1 if first == "archive" else 2
    more: dict[str, Any] = {"commits": commits, "at": end}
    more["decisions"] = (said("archive", day(60), commits.oids[0]),)
    assert reasons(archived(**more)) == []
    if use == "introduction":
        facts = archived([added(2)], **more)
    else:
        facts = archived(uses=used("bug", day(59), commits.oids[2]), **more)
    assert [one.kind for one in found(facts)] == ["restore"]
    assert reasons(archived([added(0)], **more)) == []  # whoever archived it knew of this one
    assert reasons(archived(uses=used("bug", day(29), commits.oids[2]), **more)) == []  # too long ago


def test_a_decision_of_an_earlier_archive_says_nothing_about_this_one() -> None:
    commits = line(LENGTH)
    facts = archived(
        [added(20)],
        adoptions={"p": Adoption("p", 0, ((0, 10), (30, 50)))},
        decisions=(said("archive", day(10), commits.oids[9]),),
    )
    assert reasons(facts) == []


# -- levels and revisions --------------------------------------------------------------------------


def waivers(waived: int, others: int, level: str = "warn", **more: Any) -> LifecycleInput:
    """So many occurrences on the last day; as many before the adoption say nothing: nobody could waive them."""
    kinds = ["waived"] * waived + ["introduced"] * others
    facts = [added(at, line=row, kind=kind) for at in (5, LENGTH - 1) for row, kind in enumerate(kinds)]
    total = Figures("p", others, others, waived=waived, exposure=1)
    return given(facts, total=total, adoptions=adopted(50), patterns=(pattern(level=level),), **more)


@pytest.mark.parametrize(
    "facts",
    [
        waivers(0, 72),
        waivers(1, 79),
        waivers(0, 80, "hint"),
        waivers(0, 80, "block"),
        waivers(0, 80, levels=(("p", "hint"),)),
        waivers(0, 80, level="off"),
        waivers(0, 80, incomplete=("shallow",)),
        waivers(2, 8),
        waivers(3, 6),
        waivers(3, 7, incomplete=("shallow",)),
    ],
)
def test_waivers_that_say_too_little(facts: LifecycleInput) -> None:
    assert reasons(facts) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (waivers(0, 73), ("raise", "0 of 73 waived (at least 0.95 kept): warn -> block")),
        (waivers(0, 80, "hint", levels=(("p/d", "warn"),)),) * 1
        + (("raise", "0 of 80 waived (at least 0.95 kept): warn -> block"),),
        (waivers(14, 17, "block"), ("revise", "14 of 31 occurrences waived (0.29-0.62), block -> warn")),
        (waivers(3, 7, "hint"), ("revise", "3 of 10 occurrences waived (0.11-0.60)")),
    ],
)
def test_waivers(facts: LifecycleInput, expected: tuple[str, str]) -> None:
    assert reasons(facts) == [expected]


def test_one_revision_for_all_that_is_wrong() -> None:
    ratio = compare_rates(3, 10.0, 18, 10.0)
    effect = CodeEffect("p", 0, CodeSide(3, 10.0), CodeSide(18, 10.0), ratio, verdict="rose")
    facts = waivers(14, 17, "hint", effects=(effect,), gate={"p": "bad example 1: not found"})
    (one,) = found(facts)
    assert one.reason == (
        "14 of 31 occurrences waived (0.29-0.62); rose after adoption: 6.00 (1.75-31.80), n = 21; "
        "its gate fails: bad example 1: not found"
    )
    assert one.figures == (
        ("p.waived", "14"),
        ("p.introduced", "17"),
        ("p.waiver_rate", "0.4516"),
        ("p.effect", "6.0000"),
    )


def test_a_gate_that_fails_needs_no_history() -> None:
    facts = waivers(14, 17, gate={"p": "no"}, incomplete=("shallow",))
    assert reasons(facts) == [("revise", "its gate fails: no")]


# -- promoting -------------------------------------------------------------------------------------


def evidence(**more: Any) -> Evidence:
    fields: dict[str, Any] = {"name": "new_one", "commits": 7, "files": 5, "first": day(0), "last": day(42)}
    fields |= {"bad": 9, "found_bad": 9, "good": 9, "found_good": 0, "ready": True, "shape": "ab" * 8}
    return Evidence(**(fields | more))


@pytest.mark.parametrize(
    "more", [{"commits": 2}, {"files": 1}, {"last": day(14) - 1}, {"ready": False}], ids=repr
)
def test_what_is_not_promoted(more: dict[str, Any]) -> None:
    assert reasons(given(patterns=(), evidence=(evidence(**more),))) == []


def test_a_candidate_with_enough_behind_it() -> None:
    (one,) = found(given(patterns=(), evidence=(evidence(),)))
    assert one.reason == "7 fixes in 5 files over 6 weeks; finds 9 of 9 bad, 0 of 9 good"
    assert (one.id, one.shape) == (proposal_id("promote", "ab" * 8), "ab" * 8)
    assert one.figures == (("new_one.fixed", "7"),)


# -- decisions -------------------------------------------------------------------------------------


def about(kind: str, name: str, **figures: str) -> Grounds:
    seen = tuple((key.replace("__", "."), value) for key, value in figures.items())
    return Grounds(proposal_id(kind, name), seen)


@pytest.mark.parametrize(("days", "muted"), [(0, True), (29, True), (30, False)])
def test_keep_mutes_for_n_days(days: int, muted: bool) -> None:
    decision = said("keep", AS_OF - days * DAY, grounds=about("archive", "p"))
    assert bool(found(given(decisions=(decision,)))) != muted


def test_a_decision_made_after_the_basis_counts_and_one_about_something_else_does_not() -> None:
    later = said("keep", AS_OF + DAY, grounds=about("archive", "p"))
    other = said("keep", AS_OF, grounds=about("restore", "p"))
    assert reasons(given(decisions=(later,))) == []
    assert reasons(given(decisions=(other,))) == ARCHIVED
    # The last decision about a proposal is the one that holds.
    assert (
        reasons(given(decisions=(later, said("restore", AS_OF + 2 * DAY, grounds=later.grounds)))) == ARCHIVED
    )


@pytest.mark.parametrize(("commits", "muted"), [(7, True), (13, True), (14, False)])
def test_reject_mutes_until_the_evidence_doubles(commits: int, muted: bool) -> None:
    rejected = Decision("reject", "new_one", day(0), grounds=about("promote", "ab" * 8, new_one__fixed="7"))
    facts = given(patterns=(), evidence=(evidence(commits=commits),), decisions=(rejected,))
    assert bool(found(facts)) != muted


@pytest.mark.parametrize("seen", ["", "many", "nan"])
def test_a_rejected_pattern_without_readable_figures_stays_rejected(seen: str) -> None:
    grounds = about("promote", "ab" * 8, new_one__fixed=seen) if seen else Grounds()
    rejected = Decision("reject", "new_one", day(0), grounds=grounds)
    assert reasons(given(patterns=(), evidence=(evidence(commits=99),), decisions=(rejected,))) == []


def test_another_rejected_proposal_without_figures_comes_again_after_n_days() -> None:
    def facts(at: int) -> LifecycleInput:
        return given(decisions=(said("reject", at, grounds=about("archive", "p")),))

    assert reasons(facts(day(71))) == []
    assert reasons(facts(day(70))) == ARCHIVED


# -- order -----------------------------------------------------------------------------------------


def test_proposals_stand_by_kind_then_band_then_name() -> None:
    names = ("b", "c", "y", "z")
    figures = [Figures("b"), Figures("c"), Figures("y", 30, 30, exposure=101_000), Figures("z", 3, 3)]
    history = made_history(line(LENGTH), exposure={name: [1000] * LENGTH for name in names})
    facts = LifecycleInput(
        history,
        {name: Adoption(name, 0, ((0, None),)) for name in names if name != "z"},
        tuple(figures),
        tuple(pattern(name) for name in names),
        gate={"z": "no", "b": "no"},
    )
    kinds = [(one.kind, one.pattern) for one in found(facts)]
    assert kinds == [("archive", "y"), ("archive", "b"), ("archive", "c"), ("revise", "z"), ("revise", "b")]
