"""What one policy finds or stops less than another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Detector, Literal, Pattern, Prefilter
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.policy import Policy, weakenings

DETECTOR = Detector("d", Literal(("abc",)), "m", level="block")
PATTERN = Pattern("p", "P", "1", detectors=(DETECTOR,), path="patterns/p")
SETTINGS = Settings(
    on_error="closed", strict=True, require_reason=True, path="feedback-loop.toml", exclude=("a/**",)
)
BASE = Policy(SETTINGS, Library("patterns/", (PATTERN,)))


def policy(*patterns: Pattern, **settings: Any) -> Policy:
    return Policy(replace(SETTINGS, **settings), Library("patterns/", patterns))


def detector(**fields: Any) -> Policy:
    return policy(replace(PATTERN, detectors=(replace(DETECTOR, **fields),)))


def told(head: Policy, base: Policy = BASE) -> list[str]:
    return [f"{one.path}: {one.message}" for one in weakenings(base, head)]


def test_the_same_policy_weakens_nothing() -> None:
    assert told(BASE) == []


@pytest.mark.parametrize(
    "head",
    [
        policy(PATTERN, fail_on="warn"),
        policy(PATTERN, exclude=()),
        policy(PATTERN, scripts=(), tests=()),
        policy(PATTERN, moved_level="block"),
        policy(PATTERN, levels=(("p", "block"),)),
        policy(PATTERN, replace(PATTERN, name="q")),
        policy(replace(PATTERN, detectors=(DETECTOR, replace(DETECTOR, id="e")))),
        policy(replace(PATTERN, title="Q", severity="low", guidance="x", version=2)),
        detector(message="x", fix_hint="y"),
    ],
)
def test_what_is_stricter_or_only_words_is_no_weakening(head: Policy) -> None:
    assert told(head) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fail_on": "never"}, "fail-on goes from block to never"),
        ({"on_error": "open"}, "on-error is no longer closed"),
        ({"strict": False}, "scan.strict is no longer true"),
        ({"require_reason": False}, "scan.require-reason is no longer true"),
        ({"moved_level": "hint"}, "scan.moved-level goes from warn to hint"),
        ({"exclude": ("src/**", "b", "a/**")}, "exclude grows by b, src/**"),
        ({"tests": (*SETTINGS.tests, "x")}, "scan.tests grows by x"),
        ({"scripts": (*SETTINGS.scripts, "x")}, "scan.scripts grows by x"),
        ({"levels": (("p", "warn"),)}, "p/d goes from block to warn"),
        ({"levels": (("p", "block"), ("p/d", "off"))}, "p/d goes from block to off"),
    ],
)
def test_settings_that_let_more_pass(settings: dict[str, Any], message: str) -> None:
    assert told(policy(PATTERN, **settings)) == [f"feedback-loop.toml: {message}"]


def test_settings_that_are_gone_are_told_where_they_stood() -> None:
    head = Policy(Settings(exclude=("a/**",)), BASE.library)
    assert {line.partition(":")[0] for line in told(head)} == {"feedback-loop.toml"}


@pytest.mark.parametrize(
    "head",
    [
        policy(),
        policy(replace(PATTERN, detectors=())),
        policy(replace(PATTERN, state="archived", path="patterns/archive/p")),
        policy(replace(PATTERN, name="q")),
    ],
)
def test_a_detector_that_is_gone(head: Policy) -> None:
    assert told(head) == ["patterns/p.json: p/d is gone"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"level": "hint"}, "goes from block to hint"),
        ({"expression": Literal(("abd",))}, "looks for something else now"),
        ({"prefilter": Prefilter(("x",))}, "looks for something else now"),
        ({"exclude": ("src/**",)}, "no longer looks at src/**"),
        ({"include": ("src/**",)}, "looks only at the paths src/**"),
        ({"languages": ("python", "go")}, "looks only at the languages python, go"),
    ],
)
def test_a_detector_that_finds_less(fields: dict[str, Any], message: str) -> None:
    assert told(detector(**fields)) == [f"patterns/p.json: p/d {message}"]


def test_a_pattern_that_looks_at_less() -> None:
    narrow = replace(PATTERN, include=("src/**",), exclude=("b",))
    assert told(policy(narrow)) == [
        "patterns/p.json: p looks only at the paths src/**",
        "patterns/p.json: p no longer looks at b",
    ]
    assert told(BASE, policy(narrow)) == []


def test_a_narrower_include_is_told_and_a_wider_one_is_not() -> None:
    wide = detector(include=("a", "b"))
    narrow = detector(include=("a",))
    assert told(narrow, wide) == ["patterns/p.json: p/d looks only at the paths a"]
    assert told(wide, narrow) == []


def test_what_was_off_has_nothing_to_lose() -> None:
    off = policy(PATTERN, levels=(("p", "off"),))
    assert told(policy(levels=(("p", "off"),)), off) == []


def test_all_is_told_by_file_and_once() -> None:
    assert told(policy(fail_on="never", strict=False)) == [
        "feedback-loop.toml: fail-on goes from block to never",
        "feedback-loop.toml: scan.strict is no longer true",
        "patterns/p.json: p/d is gone",
    ]


def test_a_library_that_moves_to_another_folder_is_a_weakening() -> None:
    assert told(policy(PATTERN, patterns="src")) == [
        "feedback-loop.toml: the library moves from patterns/ to src/"
    ]
