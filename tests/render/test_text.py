"""A scan as plain text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import Finding, NotChecked, ScanResult, Suppressed, notice
from feedback_loop.render.text import render_scan
from tests.render.made import any_scan, finding, hostile, is_inert, library, scanned


def lines(result: ScanResult, *, skip_hint: str = "") -> list[str]:
    return render_scan(result, library(), skip_hint=skip_hint).removesuffix("\n").split("\n")


def ways_out(result: ScanResult, skip_hint: str = "") -> str:
    return next(line for line in lines(result, skip_hint=skip_hint) if line.startswith("ways out: "))


def test_nothing_taken_away_is_not_mentioned() -> None:
    assert lines(scanned()) == [
        "feedback-loop: checked 1 file, 5 added lines: 0 block, 0 warn; skipped 0; not checked 0"
    ]


def test_what_was_taken_away_is_counted() -> None:
    result = scanned()
    result.suppressed += [Suppressed(finding(), ""), Suppressed(finding(), "why")]
    result.baselined += [finding()] * 3
    assert lines(result)[-1] == (
        "feedback-loop: checked 1 file, 5 added lines: 0 block, 0 warn; 2 suppressed; 3 in the baseline; "
        "skipped 0; not checked 0"
    )


@pytest.mark.parametrize(
    ("one", "remark"),
    [
        (finding(), ""),
        (finding(moved=True), " (moved)"),
        (finding(degraded=True), " (file does not parse: found without a syntax tree)"),
        (finding(nonlocal_=True), " (not on a line you changed)"),
        (finding(moved=True, nonlocal_=True), " (moved) (not on a line you changed)"),
    ],
)
def test_a_finding_says_what_is_particular_about_it(one: Finding, remark: str) -> None:
    assert lines(scanned(one))[0] == f"app.py:4:5: block named/bare  why{remark}"


def test_the_ways_out_name_the_first_pattern_that_stops() -> None:
    result = scanned(finding(b"a", "milder", level="warn"), finding(b"b"), finding(b"c", "later"))
    assert ways_out(result, "git commit --no-verify") == (
        "ways out: mend the lines and `git add` them again; "
        "suppress: `# feedback-loop: ignore[named] reason`; skip this once: git commit --no-verify"
    )


def test_what_the_tool_itself_says_cannot_be_suppressed() -> None:
    own = notice("gate", "block", b"patterns/x.json", 1, "m", "f", "0" * 32)
    assert ways_out(scanned(own)) == "ways out: mend the lines and `git add` them again"
    assert "ignore[named]" in ways_out(scanned(own, finding()))


def test_outside_of_the_index_nothing_needs_to_be_staged() -> None:
    result = scanned(finding())
    result.mode = "range"
    assert ways_out(result).startswith("ways out: mend the lines; suppress: ")


def test_reasons_are_shown_like_all_else() -> None:
    result = scanned()
    result.not_checked.append(NotChecked(b"x.py", "named/bare", "not parsed \x1b[2J"))
    assert lines(result)[0] == r"NOT checked: x.py: not parsed \x1b[2J (named/bare)"


@pytest.mark.parametrize("path", [b"::error::x.py", b"  ::error::x.py"])
def test_no_line_begins_a_command_in_a_ci_log(path: bytes) -> None:
    assert lines(scanned(finding(path)))[0].startswith("./" + path.decode() + ":4:5: block")


def test_nor_does_any_line_hold_one() -> None:
    shown = "\n".join(lines(scanned(finding(snippet="x = 1  # ##[error]forged", message="##[group]m"))))
    assert r"##\x5berror]forged" in shown
    assert "##[" not in shown


def test_hostile_text_is_inert() -> None:
    text = render_scan(*hostile(), hints=True)
    assert is_inert(text)
    assert "##[" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]


@given(any_scan())
@settings(max_examples=100, deadline=None)
def test_any_text_is_inert(scan: tuple[ScanResult, CompiledLibrary]) -> None:
    text = render_scan(*scan, hints=True)
    assert is_inert(text)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
