"""What all output formats have in common."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import ScanResult
from feedback_loop.render.encoders import FORMATS, encode, gravest, prose
from tests.render.made import any_scan, finding, hostile, is_inert, library, scanned

ENCODED = FORMATS[1:]


def test_the_formats_are_those_that_are_promised() -> None:
    assert FORMATS == (
        "text",
        "json",
        "jsonl",
        "sarif",
        "github",
        "gitlab",
        "junit",
        "rdjsonl",
        "markdown",
    )


@pytest.mark.parametrize("name", ENCODED)
def test_an_output_of_anything_ends_with_its_line(name: str) -> None:
    text = encode(name, scanned(finding()), library(), 1).text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", ENCODED)
def test_hostile_text_leaves_no_control_and_no_hidden_character(name: str) -> None:
    assert is_inert(encode(name, *hostile(), 1).text)


@pytest.mark.parametrize("name", ENCODED)
@given(any_scan())
@settings(max_examples=50, deadline=None)
def test_nothing_leaves_one_and_equal_scans_give_equal_bytes(
    name: str, scan: tuple[ScanResult, CompiledLibrary]
) -> None:
    first = encode(name, *scan, 0)
    assert is_inert(first.text)
    first.text.encode()  # no half characters either
    result, of = scan
    assert encode(name, result, CompiledLibrary.from_tuple(of.to_tuple()), 0) == first


def test_gravest_is_by_level_then_severity_then_place() -> None:
    ordered = [
        finding(b"z", severity="critical"),
        finding(b"a"),
        finding(b"b"),
        finding(b"a", level="warn", severity="critical"),
        finding(b"a", level="hint"),
    ]
    assert gravest(reversed(ordered)) == ordered


def test_prose_is_one_line_with_an_end() -> None:
    assert prose("a\tb\nc") == r"a b\x0ac"
    assert prose("x" * 1000) == "x" * 1000
    assert prose("x" * 1001) == "x" * 1000 + "…"
