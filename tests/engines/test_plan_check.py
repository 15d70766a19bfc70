"""Verdicts, row by row of A57's table."""

from __future__ import annotations

import pytest

from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.finding import TIME, Finding, NotChecked, ScanResult, Suppressed
from feedback_loop.domain.names import Names
from feedback_loop.domain.plan import Item, Judged, PlanReport, Section
from feedback_loop.engines.plan_check import conflicts, judge, listed_patterns

KNOWN = (
    ("bounds_checking", "active", (), ("no_bounds",)),
    ("no_bounds", "active", (), ()),
    ("structured_logging", "active", ("print_statement",), ()),
    ("guideline", "active", (), ()),
    ("new_idea", "proposed", (), ()),
    ("old_idea", "archived", (), ()),
)
NAMES = Names(KNOWN)


def library(*patterns: str, disabled: tuple[tuple[str, str], ...] = ()) -> CompiledLibrary:
    detectors = [
        CompiledDetector(name, "check", "builtin", ("x", {}), "hint", "low", (), (), (), (), (), "m", "h")
        for name in patterns
    ]
    return CompiledLibrary(
        "patterns/", "patterns", 6, "", "block", "open", False, False, "warn", (), (), disabled, (), detectors
    )


def finding(pattern: str, *, moved: bool = False) -> Finding:
    span = (4, 1, 4, 3)
    return Finding(pattern, "check", "hint", "low", b"a.py", (span,), "m", "h", "s", "f", moved=moved)


def result(*findings: Finding, sites: tuple[str, ...] = ()) -> ScanResult:
    made = ScanResult()
    made.changes = 1
    made.findings = list(findings)
    made.sites = [(pattern, b"a.py", 4) for pattern in sites]
    return made


def verdict(name: str, scan: ScanResult, lib: CompiledLibrary | None = None) -> Judged:
    lib = lib or library("bounds_checking", "structured_logging")
    return judge([Item(name, 3, True)], NAMES, lib, scan)[0]


def test_nothing_listed_nothing_judged() -> None:
    assert judge([], NAMES, library(), result()) == []


def test_a_finding_violates_even_a_hint() -> None:
    one = verdict("bounds_checking", result(finding("bounds_checking"), sites=("bounds_checking",)))
    assert (one.verdict, one.reason, len(one.findings)) == ("violated", "1 finding", 1)


def test_a_finding_of_another_pattern_does_not() -> None:
    assert verdict("bounds_checking", result(finding("structured_logging"))).verdict == "not_applicable"


def test_a_moved_finding_is_no_new_mistake() -> None:
    one = verdict(
        "bounds_checking", result(finding("bounds_checking", moved=True), sites=("bounds_checking",))
    )
    assert (one.verdict, one.findings) == ("supported", [])
    assert one.reason == "no finding on 1 added line it is about; 1 moved"


def test_a_site_without_a_finding_supports() -> None:
    one = verdict("bounds_checking", result(sites=("bounds_checking",)))
    assert (one.verdict, one.sites) == ("supported", [(b"a.py", 4)])


def test_what_was_suppressed_or_accepted_is_told() -> None:
    scan = result(sites=("bounds_checking",))
    scan.suppressed = [Suppressed(finding("bounds_checking"), "why")]
    scan.baselined = [finding("bounds_checking"), finding("structured_logging")]
    reason = verdict("bounds_checking", scan).reason
    assert reason == "no finding on 1 added line it is about; 1 suppressed; 1 in the baseline"


def test_no_site_is_not_applicable() -> None:
    assert verdict("bounds_checking", result()).reason == "nothing added that it is about"
    assert verdict("bounds_checking", ScanResult()).reason == "nothing is added"


def test_a_superseded_name_is_judged_as_its_successor() -> None:
    one = verdict("print_statement", result(finding("structured_logging")))
    assert (one.pattern, one.verdict) == ("structured_logging", "violated")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("guideline", "it has no detector in force"),
        ("new_idea", "only proposed so far: its detectors do not run"),
        ("old_idea", "archived: its detectors do not run"),
        ("nonsense", "not in the library"),
        ("../../etc/passwd", "not in the library"),
    ],
)
def test_what_nobody_can_look_for_is_unverifiable(name: str, reason: str) -> None:
    one = verdict(name, result())
    assert (one.verdict, one.reason) == ("unverifiable", reason)


def test_an_unknown_name_comes_with_the_closest() -> None:
    one = verdict("bound_checking", result())
    assert (one.pattern, one.near) == ("", ("bounds_checking",))


def test_a_detector_without_sites_that_found_nothing_proves_nothing() -> None:
    scan = result(sites=("bounds_checking",))
    scan.blind = {"bounds_checking/check"}
    one = verdict("bounds_checking", scan)
    assert (one.verdict, one.reason) == (
        "unverifiable",
        "bounds_checking/check: found nothing, and cannot tell among what",
    )
    assert verdict("structured_logging", scan).verdict == "not_applicable"


def test_a_detector_that_fails_its_own_example_proves_nothing() -> None:
    lib = library("bounds_checking", disabled=(("bounds_checking/other", "why"),))
    assert verdict("bounds_checking", result(), lib).reason == "bounds_checking/other: fails its own example"


@pytest.mark.parametrize("whom", ["", "bounds_checking/check", "x/y, bounds_checking/check"])
def test_what_was_not_checked_proves_nothing(whom: str) -> None:
    scan = result(sites=("bounds_checking",))
    scan.not_checked = [NotChecked(b"b.py", whom, TIME)]
    one = verdict("bounds_checking", scan)
    assert (one.verdict, one.reason) == ("unverifiable", "not checked: b.py: time")


def test_what_others_could_not_check_does_not_matter() -> None:
    scan = result(sites=("bounds_checking",))
    scan.not_checked = [NotChecked(b"b.py", "structured_logging/check, my_bounds_checking/check", TIME)]
    assert verdict("bounds_checking", scan).verdict == "supported"


def test_a_finding_goes_before_what_was_not_checked() -> None:
    scan = result(finding("bounds_checking"))
    scan.not_checked = [NotChecked(b"b.py", "", TIME)]
    assert verdict("bounds_checking", scan).verdict == "violated"


def test_listed_patterns_are_active_and_named_once() -> None:
    names = ["print_statement", "structured_logging", "new_idea", "nonsense", "Bounds Checking - later"]
    items = [Item(name, 1, False) for name in names]
    assert listed_patterns(items, NAMES) == ["structured_logging", "bounds_checking"]


def test_conflicts_are_told_whichever_side_names_them() -> None:
    items = [Item(name, 1, False) for name in ("no_bounds", "guideline", "bounds_checking", "no_bounds")]
    assert conflicts(items, NAMES) == [("no_bounds", "bounds_checking")]


def report(*rows: tuple[bool, str]) -> PlanReport:
    made = PlanReport(b"plan.md", "x", Section())
    made.judged = [
        Judged(Item(f"p{line}", line, ticked), "p", what, "") for line, (ticked, what) in enumerate(rows)
    ]
    return made


@pytest.mark.parametrize(
    ("rows", "fails", "fails_strictly"),
    [
        ([], False, False),
        ([(True, "supported"), (False, "not_applicable")], False, False),
        ([(True, "not_applicable")], False, True),
        ([(True, "unverifiable")], False, True),
        ([(False, "violated")], False, True),
        ([(True, "supported"), (True, "violated")], True, True),
    ],
)
def test_what_fails(rows: list[tuple[bool, str]], fails: bool, fails_strictly: bool) -> None:
    made = report(*rows)
    assert (made.fails(strict=False), made.fails(strict=True)) == (fails, fails_strictly)


def test_boxes_and_verdicts_that_disagree() -> None:
    made = report((True, "not_applicable"), (False, "supported"), (True, "supported"), (True, "violated"))
    assert [one.item.name for one in made.unproven] == ["p0", "p3"]
    assert [one.item.name for one in made.unclaimed] == ["p1"]
