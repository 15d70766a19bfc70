"""Pages for the terminal: width, colour, and text that stays text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedback_loop.domain.library_report import ExampleRun, GateReport
from feedback_loop.domain.pattern import Builtin, Detector, Example, Pattern, Section, Signature
from feedback_loop.domain.problem import Problem
from feedback_loop.render.terminal import Page, render_gate, render_pattern

PATTERN = Pattern(
    name="named",
    title="Named exceptions",
    pattern_id="-",
    description="First line\nof one paragraph.\n\n- kept\n- as a list",
    guidance="Name them.",
    bad=(Example("try:\n\tx()\nexcept:\n    y()\n", "python", lines=(3,), path="api/x.py"),),
    path="patterns/named",
)


def page(width: int = 100, color: bool = False) -> Page:
    return Page(width, color)


def test_paragraphs_are_filled_and_lists_stay() -> None:
    lines = render_pattern(PATTERN, page()).split("\n")
    assert "First line of one paragraph." in lines
    assert lines[lines.index("- kept") + 1] == "- as a list"


def test_examples_have_numbers_marks_and_their_path() -> None:
    lines = render_pattern(PATTERN, page()).split("\n")
    at = lines.index("✗ Bad example  api/x.py")
    assert lines[at + 1 : at + 5] == [
        "    1 | try:",
        "    2 |     x()",
        ">   3 | except:",
        "    4 |     y()",
    ]


def test_code_is_never_broken_and_prose_always() -> None:
    long = replace(PATTERN, description="word " * 60, bad=(Example("x = " + "1 + " * 60 + "1\n"),))
    lines = render_pattern(long, page(60)).split("\n")
    assert any(len(line) > 200 for line in lines if line.startswith("    1 | "))
    assert all(len(line) <= 60 for line in lines if line.startswith("word"))


@pytest.mark.parametrize("width", [1, 40, 79, 100, 400])
def test_any_width_will_do(width: int) -> None:
    lines = render_pattern(replace(PATTERN, bad=()), page(width)).split("\n")
    assert max(map(len, lines)) <= max(40, min(width, 100))
    assert not any(line.endswith(" ") for line in lines)


def test_colour_only_when_asked() -> None:
    assert "\x1b" not in render_pattern(PATTERN, page())
    assert "\x1b[31m✗ Bad example" in render_pattern(PATTERN, page(color=True))


def test_neither_markup_nor_control_characters_mean_anything() -> None:
    evil = "[bold red]x[/] :smile: \x1b[2J\u202e\x9b"
    shown = r"[bold red]x[/] :smile: \x1b[2J\u202e\x9b"
    everywhere = Pattern(
        name="evil",
        title=evil,
        pattern_id="-",
        description=evil,
        problems=(evil,),
        bad=(Example(evil, "python", path=evil),),
        tests=(Example(evil),),
        benefits=(evil,),
        references=(evil,),
        other=(Section(evil, evil),),
        guidance=evil,
        tags=(evil,),
        detectors=(Detector(evil, Builtin(evil), evil),),
        signatures=(Signature(exception=evil, message=evil), Signature(rule=evil), Signature(entity=evil)),
        path="patterns/" + evil,
    )
    assert render_pattern(everywhere, page(400)).replace("\n", " ").count(shown) >= 10
    coloured = render_pattern(everywhere, page(400, color=True))
    assert "\x1b[2J" not in coloured
    assert "\u202e" not in coloured
    assert "\x9b" not in coloured


def test_links_show_text_and_address() -> None:
    linked = replace(PATTERN, references=("[PEP 8](https://peps.python.org)", "[x](javascript:y)"))
    lines = render_pattern(linked, page()).split("\n")
    assert "  - PEP 8 https://peps.python.org" in lines
    assert "  - [x](javascript:y)" in lines


def test_signatures_are_said_in_their_shortest_form() -> None:
    signed = replace(
        PATTERN,
        signatures=(
            Signature(rule="ruff:E722"),
            Signature(exception="IndexError", message="out of range"),
            Signature(exception="MemoryError"),
            Signature(entity="User", field="name"),
        ),
    )
    lines = render_pattern(signed, page()).split("\n")
    at = lines.index("Signatures")
    assert lines[at + 1 : at + 5] == [
        "  - ruff:E722",
        "  - IndexError: out of range",
        "  - MemoryError",
        "  - entity User, field name",
    ]


def test_the_gate_shows_what_was_expected_and_found() -> None:
    example = PATTERN.bad[0]
    run = ExampleRun("named", "bad", 1, "patterns/named.md", example, (("bare", 3),), ok=True, tried=True)
    counted = replace(run, example=replace(example, lines=None, findings=1), found=(), ok=False)
    failure = Problem("patterns/named.md", 9, "bad example: nothing is found")
    report = GateReport(1, (run, counted), (failure,), ())
    lines = render_gate(report, page()).split("\n")
    assert lines[1].split() == ["✓", "named", "bad", "1", "0", "lines", "3", "bare", "3"]
    assert lines[2].split() == ["✗", "named", "bad", "1", "0", "1", "finding", "nothing"]
    assert "✗ patterns/named.md:9: bad example: nothing is found" in lines
    assert "2 examples of 1 pattern: 1 failure" in lines
