"""Generated code held against compiler, detectors, names and tests: whatever text it is, there is a result."""

from __future__ import annotations

import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedback_loop.api.generation.verify import detecting_library, verify
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Detector, Literal, Pattern
from feedback_loop.stores.library import load_library

CORE = detecting_library(load_library(os.devnull, "patterns"))
BARE = "def f(x):\n    try:\n        return x()\n    except:{comment}\n        return None\n"


def one_word(word: str, **fields: object) -> Pattern:
    detector = Detector("word", Literal((word,)), "m", "off", site=Literal(("word",)), **fields)  # type: ignore[arg-type]
    return Pattern("lesson", "T", "id", detectors=(detector,))


def test_sound_code() -> None:
    found = verify("import json\n\n\ndef f(x):\n    return json.dumps(x)\n", CORE)
    assert found.is_valid
    assert (found.tests, found.test_output, found.warnings, found.findings) == ("", "", (), ())


def test_a_finding_an_undefined_name_and_a_warning() -> None:
    found = verify(BARE.format(comment="") + "\n\nlen([y, '\\d'])\n", CORE)
    assert [one.pattern for one in found.findings] == ["specific_exceptions"]
    assert found.undefined == ("y",)
    assert ["line 8" in one and "escape" in one for one in found.warnings] == [True]
    assert not found.is_valid


@pytest.mark.parametrize("name", ["specific_exceptions", "specific_exceptions/bare_except"])
def test_no_comment_takes_a_finding_away(name: str) -> None:
    quiet = verify(BARE.format(comment=f"  # feedback-loop: ignore[{name}] trust me"), CORE)
    assert [one.pattern for one in quiet.findings] == ["specific_exceptions"]
    assert "a comment that takes findings away was not heeded" in quiet.warnings
    unused = verify(f"x = 1  # feedback-loop: ignore[{name}] trust me\n", CORE)
    assert unused.is_valid


def test_every_detector_is_asked_whatever_its_level_and_paths() -> None:
    narrow = one_word("bad_word", include=("docs/**",), exclude=("**/*.py",))
    detecting = detecting_library(Library("patterns/", (narrow,)))
    assert [one.rule_id for one in verify("bad_word = 1\n", detecting).findings] == ["lesson/word"]


def test_present_are_patterns_whose_construct_the_code_holds() -> None:
    detecting = detecting_library(Library("patterns/", (one_word("bad_word"),)))
    assert verify("word = 1\n", detecting).present == {"lesson"}
    assert verify("x = 1\n", detecting).present == frozenset()
    good = "def f(x):\n    try:\n        return x()\n    except ValueError:\n        return None\n"
    assert verify(good, CORE).present == {"specific_exceptions"}


def test_what_could_not_be_read_is_not_valid() -> None:
    found = verify(
        "x = '" + "a" * 20_000 + "'  # bad_word\n", detecting_library(Library("p/", (one_word("bad_word"),)))
    )
    assert [one.rule_id for one in found.findings] == ["feedback_loop/not_checked"]
    assert "a line of more than 10,000 bytes was left out" in found.findings[0].message


def test_a_star_hides_undefined_names_and_that_is_told() -> None:
    found = verify("from os import *\n\nx = getcwd()\n", CORE)
    assert found.is_valid
    assert found.warnings == ("`import *`: undefined names cannot be told",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no statement in it"),
        ("# nothing but talk\n", "there is no statement in it"),
        ("x = \n", "line 1: invalid syntax"),
        ("x = 1\ny = '\0'\n", "line 2: a NUL character"),
        ("x = 1\ny = '\ud800'\n", "line 2: a character that no file can hold"),
        ("return 1\n", "line 1: 'return' outside function"),
        ("# coding: latin-1\nx = 1\n", "it declares an encoding other than UTF-8"),
        ("# coding: utf-7\nx = 1\n", "it declares an encoding other than UTF-8"),
        ("# coding: of mine\nx = 1\n", "unknown encoding: of"),
        ("x = 1\n" * 200_000, "larger than 1048576 bytes"),
        ("(" * 50_000, "too many nested parentheses"),
        ("x = " + "-" * 900_000 + "1", "nested too deep"),
        ("x = a" + ".b" * 50_000, "nested too deep"),
        ("x = " + "1+" * 50_000 + "1", "nested too deep"),
        ("x = " + "9" * 5_000, "line 1: Exceeds the limit"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_hostile_text_is_a_compilation_error_in_words(text: str, words: str) -> None:
    found = verify(text, CORE)
    assert words in found.compilation_error
    assert not found.is_valid


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
@example("\ufeffx = 1")
@example("\x0cx = 1\r\ry = 2")
@settings(max_examples=100, deadline=None)
def test_it_never_raises_and_valid_code_compiles(text: str) -> None:
    found = verify(text, CORE)
    if found.is_valid:
        compile(text.encode(), "<test>", "exec")
    else:
        assert found.compilation_error or found.findings or found.undefined


@pytest.mark.parametrize("depth", [150, 300, 600, 900])
def test_deep_code_is_valid_or_refused(depth: int) -> None:
    found = verify("x = str" + ".b" * depth + "\n", CORE)
    assert found.is_valid != bool(found.compilation_error)


def test_tests_are_run_behind_sound_code_alone() -> None:
    code = "def double(x):\n    return 2 * x\n"
    good = "def test_it(tmp_path):\n    assert double(2) == 4\n"
    bad = "def test_it():\n    assert double(2) == 5\n"
    other = "def test_it():\n    assert triple(2) == 6\n"
    broken = "def test_it(:\n"
    passed = verify(code, CORE, tests=[good])
    assert (passed.tests, passed.test_output, passed.is_valid) == ("passed", "1 test passed", True)
    failed = verify(code, CORE, tests=[good, bad, other])
    assert (failed.tests, failed.is_valid) == ("failed", False)
    assert failed.test_output.startswith("not run: the code has no triple\nended with exit code 1\n")
    partly = verify(code, CORE, tests=[good, other])
    assert (partly.tests, partly.is_valid) == ("", True)
    assert partly.test_output == "not run: the code has no triple\n1 test passed"
    none = verify(code, CORE, tests=[broken, other])
    assert (none.tests, none.is_valid) == ("", True)
    assert none.test_output == (
        "none of the patterns' tests speaks of this code\n"
        "  a test that does not parse behind the code\n"
        "  the code has no triple"
    )
    unsound = verify(code + "\n\nopen_door()\n", CORE, tests=[bad])
    assert (unsound.tests, unsound.test_output) == ("", "")
