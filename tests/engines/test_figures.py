"""Where figures come from, on histories made by hand: the lines listed add up to what reports say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from feedback_loop.domain.effect import Adoption, EffectOptions
from feedback_loop.domain.explanation import Origin, Reported, compare_origins
from feedback_loop.domain.figure import EFFECT, EVERY_MEASURE, LIBRARY, TREND, FigureId
from feedback_loop.domain.history import Held, Span, Touched
from feedback_loop.domain.period import last_time
from feedback_loop.engines.code_effect import measure_code_effects
from feedback_loop.engines.figures import Material, explain_figure
from feedback_loop.engines.lives import find_durations, follow
from feedback_loop.engines.rollup import find_hot_spots, roll_up, whole
from feedback_loop.errors import InputError
from tests.made_history import DAY, START, added, line, made_commits, made_history, removed


def given(history: Any, span: Span | None = None, **more: Any) -> Material:
    """The material as `api.history.figures` makes it."""
    span = span or whole(history)
    as_of = last_time(history.commits) or START
    options = EffectOptions(as_of=as_of, guard_days=0, end=span.end)
    adoptions = more.pop("adoptions", {})
    lives = follow(history)
    return Material(
        history,
        lives,
        span,
        {one.pattern: one for one in roll_up(history, span, lives)},
        options,
        {one.pattern: one for one in measure_code_effects(history, adoptions, options)},
        adoptions,
        {one.pattern: one for one in find_durations(history, lives, as_of)},
        spots=find_hot_spots(history, span, Span(0, 0)),
        **more,
    )


def origin(text: str, material: Material) -> Origin:
    name, _, measure = text.partition(".")
    measure, _, path = measure.partition(":")
    found = explain_figure(FigureId(name, measure, path=path), material)
    assert found.adds_up, (found.totals, found.listed)
    return found


def rich_history() -> Any:
    """Ten commits in a row: pasted, fixed, back again, waived, restored, moved, ignored, in two patterns."""
    facts = [
        added(0, kind="inherited", path="old.py", text=b"inherit1"),
        added(1, line=3, text=b"first001"),
        added(1, line=9, text=b"second01"),
        added(1, line=9, text=b"second01", detector="e"),
        removed(2, line=3, text=b"first001"),
        added(3, line=4, text=b"first001"),
        added(4, line=5, kind="waived", text=b"waived01"),
        added(5, pattern="q", path="lib/b.py", line=1),
        added(5, path="lib/b.py", line=1, kind="ignored", text=b"ignored1"),
        removed(6, pattern="q", path="lib/b.py", line=1),
        added(7, pattern="q", path="lib/b.py", line=2, kind="restored"),
        removed(8, line=9, kind="moved", text=b"second01"),
        removed(8, line=9, kind="moved", text=b"second01", detector="e"),
        added(8, path="lib/c.py", line=9, kind="moved", text=b"second01"),
        added(8, path="lib/c.py", line=9, kind="moved", text=b"second01", detector="e"),
        added(9, path="lib/c.py", line=1, text=b"third001"),
    ]
    held = [
        Held("p", "d", "a.py", 4, b"first001", False),
        Held("p", "d", "a.py", 5, b"waived01", True),
        Held("p", "d", "lib/b.py", 1, b"ignored1", False),
        Held("p", "d", "lib/c.py", 1, b"third001", False),
        Held("p", "d", "lib/c.py", 9, b"second01", False),
        Held("p", "e", "lib/c.py", 9, b"second01", False),
        Held("p", "d", "old.py", 1, b"inherit1", False),
        Held("q", "d", "lib/b.py", 2, b"text0001", False),
    ]
    exposure = {"p": [500 + number for number in range(10)], "q": [7] * 10}
    touched = tuple(Touched(number, "lib/c.py" if number > 7 else "a.py", 7) for number in range(10))
    return made_history(line(10), facts, exposure, held, touched=touched)


def events() -> tuple[Reported, ...]:
    oid = line(10).oids[1]
    return (
        Reported("e" * 64, START + DAY, "bug", ("p",), oid, 1, "a.py:3"),
        Reported("f" * 64, START + DAY, "bug", ("p", "q"), "", 3),
        Reported("a" * 64, START + DAY, "performance", ("p",)),
        Reported("b" * 64, START + DAY, "prevention", ("p",)),
        Reported("c" * 64, START + DAY, "plan", ("p", "q")),
        Reported(oid, START + DAY, "trailer", ("p",)),
    )


ADOPTED = {"p": Adoption("p", 4, ((4, None),))}


@pytest.mark.parametrize("span", [Span(0, 10), Span(0, 0), Span(2, 6), Span(5, 10)])
def test_of_every_measure_the_listed_lines_add_up_to_the_figure(span: Span) -> None:
    material = given(rich_history(), span, events=events(), adoptions=ADOPTED)
    for measure in EVERY_MEASURE:
        for name in ("p", "q", LIBRARY):
            if name == LIBRARY and measure in (EFFECT, TREND):
                continue
            path = "a.py" if measure == "hotspot" else ""
            found = explain_figure(FigureId(name, measure, path=path), material)
            assert found.totals, measure
            assert found.adds_up, (measure, name, found)
            assert all(one.total or one.note for one in found.listed)


@pytest.mark.parametrize(
    ("text", "value", "listed", "counted"),
    [
        ("p.introduced", 3, 10, 3),
        ("q.introduced", 1, 2, 1),
        ("library.introduced", 4, 12, 4),
        ("p.fixed", 1, 3, 1),
        ("p.open", 5, 7, 5),
        ("q.restored", 1, 1, 1),
        ("p.reintroduced", 1, 1, 1),
        ("p.waived", 1, 1, 1),
        ("p.exposure", 5045, 10, 10),
        ("p.frequency", 6, 10 + 2, 4),
        ("library.frequency", 10, 12 + 3, 6),
        ("p.preventions", 1, 1, 1),
        ("p.declared", 2, 2, 2),
    ],
)
def test_counts_are_known_and_so_is_what_is_listed(text: str, value: int, listed: int, counted: int) -> None:
    found = origin(text, given(rich_history(), events=events(), adoptions=ADOPTED))
    assert found.value == value
    assert len(found.listed) == listed
    assert sum(bool(one.total) for one in found.listed) == counted


def test_a_line_tells_commit_date_place_kind_and_why_it_does_not_count() -> None:
    history = rich_history()
    found = origin("p.introduced", given(history))
    first, counted, same, *_ = found.listed
    assert (first.kind, first.total, first.note) == ("inherited", "", "it is older than this shallow clone")
    assert (counted.id, counted.at, counted.place) == (
        history.commits.oids[1],
        "2023-11-15T22:13:20Z",
        "a.py:3",
    )
    assert (counted.kind, counted.total, counted.amount) == ("introduced", "introductions", 1)
    assert same.note == "the same commit and pattern count once"
    assert found.formula == "introduced = 3 commits with 4 new occurrences"
    assert found.command == f"git diff-tree -p -U0 -M --root {history.commits.oids[1]} -- a.py"


def test_an_event_of_a_counted_commit_is_not_counted_twice_and_repeats_count() -> None:
    found = origin("p.frequency", given(rich_history(), events=events()))
    told = {one.id[0]: (one.amount, one.note) for one in found.listed if one.source == "event"}
    assert told == {"e": (0, f"its commit {line(10).oids[1][:12]} is counted above"), "f": (3, "")}
    assert found.formula == "frequency = 3 introductions + 3 reported by events"


def test_a_waiver_rate_has_its_interval() -> None:
    found = origin("p.waiver_rate", given(rich_history()))
    assert found.text == "0.20 (0.04-0.62, n = 5)"
    assert origin("q.waiver_rate", given(rich_history(), Span(0, 0))).value is None


def test_an_effect_lists_each_introducing_commit_with_its_side() -> None:
    facts = [added(number, text=b"%08d" % number) for number in (0, 1, 2, 3, 5, 7)]
    history = made_history(line(10), facts, {"p": [1000] * 10})
    found = origin("p.effect", given(history, adoptions={"p": Adoption("p", 5, ((5, None),))}))
    assert [one.total for one in found.listed] == ["before"] * 4 + ["", "after"]
    assert found.listed[4].note == "written without the pattern, landed after the adoption"
    assert found.totals == (("before", 4), ("after", 1))
    assert found.value == pytest.approx((1 / 4) / (4 / 5))
    assert found.text.startswith("no clear change: 0.31 (0.01-")
    assert found.text.endswith("n = 5")
    assert found.formula.startswith("after 1 / 4.000 / before 4 / 5.000; lines in thousands = 0.31 (")


def test_what_was_never_adopted_has_no_effect_and_says_so() -> None:
    found = origin("p.effect", given(rich_history()))
    assert (found.value, found.text) == (
        None,
        "not enough data (not adopted in this history)",
    )
    assert {one.total for one in found.listed} == {""}


def test_lives_are_listed_with_their_days_and_how_they_ended() -> None:
    facts = [added(0), removed(2), added(1, path="b.py"), removed(4, path="b.py", kind="file_deleted")]
    found = origin("p.time_to_fix", given(made_history(line(6), facts)))
    assert [one.total for one in found.listed] == ["fixed", "not fixed"]
    notes = [one.note for one in found.listed]
    assert notes[0] == f"2.00 days, fixed by {line(6).oids[2][:12]}"
    assert notes[1] == "3.00 days, its file was deleted, censored"
    assert found.text == "2.00 days (2.00-no end), n = 2"


def test_a_trend_needs_eight_weeks() -> None:
    weekly = [START + 7 * DAY * number for number in range(12)]
    facts = [added(number, text=b"%08d" % number) for number in (1, 3, 8, 9, 10, 11)]
    history = made_history(line(12, weekly), facts, {"p": [100] * 12})
    found = origin("p.trend", given(history))
    assert found.totals == (("introductions", 6),)
    assert found.formula.startswith("Sen's slope over 12 weekly rates")
    assert origin("p.trend", given(made_history(line(3), [added(1)]))).value is None


def test_a_hot_spot_is_a_file_or_a_folder_by_its_name_of_today() -> None:
    material = given(rich_history())
    assert origin("p.hotspot:lib/c.py", replace(material, spots=())).value == 1
    found = origin("library.hotspot:lib/", material)
    assert [one.pattern for one in found.listed if one.total] == ["q", "p"]
    assert found.formula == "2 introductions in 14 added lines: no rate under 3 introductions"
    assert origin("library.hotspot:nowhere.py", material).value == 0


def test_what_a_side_branch_wrote_is_told_with_the_merge_that_landed_it() -> None:
    commits = made_commits([(), (0,), (0,), (1, 2)])
    found = origin("p.introduced", given(made_history(commits, [added(2)])))
    assert found.listed[0].landed_in == commits.oids[3]


def test_a_path_that_no_terminal_should_see_is_left_out_of_the_command() -> None:
    facts = [added(0, path="a\x1b[31m.py"), added(0, path="b c.py", pattern="q")]
    material = given(made_history(line(1), facts))
    assert origin("p.introduced", material).command.endswith(line(1).oids[0])
    assert origin("q.introduced", material).command.endswith("-- 'b c.py'")


def test_rates_of_the_whole_library_are_refused() -> None:
    with pytest.raises(InputError, match="not pooled"):
        explain_figure(FigureId(LIBRARY, EFFECT), given(rich_history()))


def test_a_report_that_counts_otherwise_does_not_add_up() -> None:
    material = given(rich_history())
    wrong = replace(material, figures={"p": replace(material.figures["p"], introduced=9)})
    assert not explain_figure(FigureId("p", "introduced"), wrong).adds_up


def test_two_counts_agree_or_both_are_told() -> None:
    material = given(rich_history())
    found = explain_figure(FigureId("p", "introduced"), material)
    assert compare_origins(found, found).agrees
    less = replace(rich_history(), written=tuple(one for one in material.history.written if one.commit != 9))
    other = compare_origins(explain_figure(FigureId("p", "introduced"), given(less)), found)
    assert (other.agrees, other.text) == (False, "3")
    assert [one.place for one in other.missing] == ["lib/c.py:1"]
    assert other.extra == ()
