"""The report of the generator: its lines in their order, and nothing of a stranger's that could act."""

from __future__ import annotations

import json
from dataclasses import replace

from feedback_loop.domain.finding import notice
from feedback_loop.domain.generation import (
    Confidence,
    Generated,
    Intent,
    Match,
    Rejected,
    Verification,
)
from feedback_loop.domain.pattern import Pattern
from feedback_loop.render.generation import (
    generation_fields,
    json_of,
    match_fields,
    render_generation,
    render_matches,
)

EMPTY = Generated(
    "x", Intent("x", "f"), "def f(): ...\n", Confidence(0.0, 0.7, 0, 0, "0.00: none"), Verification()
)
HOSTILE = "a\x1b[31m\nb\u202e"


def match(name: str, why: str = "") -> Match:
    return Match(Pattern(name, "", "", "critical"), 0.8333, why)


def test_a_report_on_nothing_much() -> None:
    assert (
        render_generation(EMPTY)
        == """=== Pattern-Aware Code Generation Report ===
Confidence Score: 0.00%
  0.00: none
Generation Mode: Template
Scaffold: no
Context Detected:
  none
Patterns Applied: 0
Patterns Suggested: 0
Patterns Rejected: 0
Validation Results:
  Syntax Valid: ✓
  Undefined Names: none
  Findings: 0
  Overall: ✓ Valid
Not Understood: none
=== End Report ===
"""
    )


def test_a_report_on_everything_there_can_be() -> None:
    finding = notice("rule", "block", b"generated.py", 3, "wrong", "", "0")
    made = Generated(
        "Log NaN",
        Intent("Log NaN", "f", unrecognised=("foo", "bar")),
        "",
        Confidence(0.8333, 1, 1, 1, "0.83: words"),
        Verification("line 1", (finding,), ("x", "y"), ("odd",), "failed", "1 failed"),
        applied=(match("a_a"),),
        suggested=(match("b_b", "below 0.9"),),
        rejected=(Rejected("c_c", "no such parameter"),),
        given=(match("d_d"),),
        provider="openai",
        scaffold=True,
        notes=("something",),
    )
    assert (
        render_generation(made)
        == """=== Pattern-Aware Code Generation Report ===
Confidence Score: 83.33%
  0.83: words
Generation Mode: LLM
Provider: openai
Scaffold: yes
Context Detected:
  ✓ logging
  ✓ nan
Patterns Applied: 1
  - a_a (severity: critical, confidence: 83%)
Patterns Suggested: 1
  - b_b (confidence: 83%): below 0.9
Patterns Rejected: 1
  - c_c: no such parameter
Patterns Given: 1
  - d_d (confidence: 83%)
Validation Results:
  Syntax Valid: ✗
  Compilation Error: line 1
  Undefined Names: x, y
  Findings: 1
  Tests: failed
    1 failed
  Warning: odd
  Overall: ✗ Invalid
Not Understood: foo, bar
Note: something
=== End Report ===
"""
    )
    fields = json.loads(json_of(generation_fields(made)))
    assert fields["validation"]["findings"] == [
        {"pattern": "feedback_loop", "detector": "rule", "line": 3, "message": "wrong"}
    ]
    assert fields["patterns_rejected"] == [{"pattern": "c_c", "reason": "no such parameter"}]


def test_that_no_test_speaks_of_the_code_is_said_once_and_names_are_for_programs() -> None:
    output = "none of them\n  the code has no a_a\n  the code has no b_b"
    made = replace(EMPTY, verification=Verification(test_output=output))
    report = render_generation(made)
    assert "  Tests: none ran\n    none of them\n  Overall" in report
    assert generation_fields(made)["validation"]["test_output"] == output
    failed = replace(made, verification=Verification(tests="failed", test_output=output))
    assert "the code has no b_b" in render_generation(failed)


def test_what_strangers_wrote_is_shown_on_one_line() -> None:
    made = Generated(
        HOSTILE,
        Intent(HOSTILE, "f", unrecognised=(HOSTILE,)),
        "",
        EMPTY.confidence,
        Verification(undefined=(HOSTILE,)),
        suggested=(match("a_a", HOSTILE),),
        rejected=(Rejected(HOSTILE, "x" * 300),),
        provider=f"offline ({HOSTILE})",
        notes=(HOSTILE,),
    )
    report = render_generation(made) + render_matches(made.suggested)
    assert not {"\x1b", "\u202e"} & set(report)
    assert r"a\x1b[31m\x0ab\u202e" in report
    assert "x" * 200 + "…" in report
    assert json_of(match_fields(made.suggested)).isascii()


def test_no_match_is_said() -> None:
    assert render_matches([]) == "no pattern fits this prompt\n"
    assert render_matches([match("a_a", "fits")]) == " 83%  critical  a_a  (fits)\n"
