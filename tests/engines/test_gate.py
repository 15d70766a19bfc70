from dataclasses import replace

import pytest

from feedback_loop.api.library import gate
from feedback_loop.domain.finding import Finding, NotChecked, ScanResult
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import AstGrep, Builtin, Detector, Example, Literal, Pattern, Regex, Site
from feedback_loop.domain.problem import Problem
from feedback_loop.engines.gate import MAX_EXAMPLE_BYTES, MAX_EXAMPLES, Failure, check_examples, example_path

BARE = Detector("bare", Builtin("python.bare_except"), "m", "block")
SWALLOWED = Detector("swallowed", Builtin("python.swallowed"), "m", "warn")
PRINT = Detector("print", Builtin("python.print_call"), "m", "block")
BAD = Example("try:\n    a()\nexcept:\n    b()\n", "python", line=10)
EATEN = Example("try:\n    a()\nexcept Exception:\n    pass\n", "python", line=20)
GOOD = Example("try:\n    a()\nexcept KeyError:\n    b()\n", "python", line=30)


def pattern(name: str = "handlers", **changes: object) -> Pattern:
    made = Pattern(name, "T", "id", detectors=(BARE,), bad=(BAD,), good=(GOOD,), path=f"patterns/{name}")
    return replace(made, **changes)  # type: ignore[arg-type]


def failures(*patterns: Pattern) -> list[Failure]:
    return gate(Library("patterns/", patterns))


def told(*patterns: Pattern) -> list[tuple[tuple[str, ...], str]]:
    return [(failure.detectors, str(failure.problem)) for failure in failures(*patterns)]


# -- nothing to complain about -------------------------------------------------------------------


def test_no_patterns() -> None:
    assert failures() == []


def test_both_ways_held() -> None:
    assert told(pattern()) == []
    assert told(pattern(detectors=(BARE, SWALLOWED), bad=(BAD, EATEN))) == []


@pytest.mark.parametrize("promise", [{"lines": (3,)}, {"findings": 1}, {"lines": (3,), "findings": 1}])
def test_a_promise_held(promise: dict[str, object]) -> None:
    assert told(pattern(bad=(replace(BAD, **promise),))) == []  # type: ignore[arg-type]


def test_a_pattern_without_detectors_needs_no_examples() -> None:
    assert told(pattern(detectors=(), bad=(), good=())) == []


def test_a_bad_example_for_people_in_a_language_no_detector_reads() -> None:
    assert told(pattern(bad=(BAD, Example("try {} catch (e) {}\n", "javascript")))) == []


def test_a_level_of_off_is_proved_all_the_same() -> None:
    off = replace(BARE, level="off")
    assert told(pattern(detectors=(off,))) == []
    assert told(pattern(detectors=(off,), good=(BAD,))) != []


# -- bad examples --------------------------------------------------------------------------------


def test_a_bad_example_in_which_nothing_is_found() -> None:
    assert told(pattern(bad=(BAD, replace(GOOD, line=40)))) == [
        (("bare",), "patterns/handlers.md:40: bad example: nothing is found")
    ]


def test_a_bad_example_without_a_language_is_never_found() -> None:
    assert (("bare",), "patterns/handlers.md:10: bad example: nothing is found") in told(
        pattern(bad=(replace(BAD, language=""),))
    )


def test_a_detector_that_finds_none_of_them() -> None:
    assert told(pattern(detectors=(BARE, SWALLOWED))) == [
        (("swallowed",), "patterns/handlers.md: handlers/swallowed finds none of the bad examples")
    ]


@pytest.mark.parametrize(
    ("promise", "guilty", "problem"),
    [
        ({"lines": (1,)}, ("bare",), "expected findings on lines 1, found 3"),
        ({"lines": (3, 4)}, ("bare", "swallowed"), "expected findings on lines 3,4, found 3"),
        ({"findings": 0}, ("bare",), "expected 0 findings, found 1"),
        ({"findings": 2}, ("bare", "swallowed"), "expected 2 findings, found 1"),
    ],
)
def test_a_promise_broken(promise: dict[str, object], guilty: tuple[str, ...], problem: str) -> None:
    one = pattern(detectors=(BARE, SWALLOWED), bad=(replace(BAD, **promise), EATEN))  # type: ignore[arg-type]
    assert told(one) == [(guilty, f"patterns/handlers.md:10: bad example: {problem}")]


def test_a_promise_in_a_language_no_detector_reads_is_broken() -> None:
    other = Example("try {} catch (e) {}\n", "javascript", findings=1, line=50)
    assert told(pattern(bad=(BAD, other))) == [
        (("bare",), "patterns/handlers.md:50: bad example: expected 1 findings, found 0")
    ]


def test_an_example_that_does_not_parse() -> None:
    broken = Example("try:\nexcept (:\n", "python", line=50)
    problems = [text for _, text in told(pattern(bad=(BAD, broken)))]
    assert problems[0].startswith("patterns/handlers.md:50: bad example: nothing is found")
    broken = Example("try:\n    a(\nexcept:\n    b()\n", "python", line=50)
    problems = [text for _, text in told(pattern(bad=(BAD, broken)))]
    assert problems[0].startswith("patterns/handlers.md:50: example: not parsed as Python")


# -- good examples -------------------------------------------------------------------------------


def test_a_good_example_in_which_something_is_found() -> None:
    assert told(pattern(good=(replace(BAD, line=60),))) == [
        (("bare",), "patterns/handlers.md:62: good example of handlers: handlers/bare finds 'except:'")
    ]


def test_good_examples_of_others_bind_too() -> None:
    guideline = pattern("guideline", detectors=(), bad=(), good=(replace(BAD, line=60),))
    (failure,) = failures(pattern(), guideline)
    assert (failure.pattern, failure.detectors, failure.note) == ("handlers", ("bare",), False)
    assert str(failure.problem) == (
        "patterns/guideline.md:62: good example of guideline: handlers/bare finds 'except:'"
    )


@pytest.mark.parametrize("level", ["hint", "off"])
def test_a_hint_in_the_good_example_of_another_pattern_is_a_note(level: str) -> None:
    other = pattern("printing", detectors=(PRINT,), bad=(Example("print(1)\n", "python"),), good=(BAD,))
    found = failures(pattern(detectors=(replace(BARE, level=level),)), other)
    assert [(one.pattern, one.note) for one in found] == [("handlers", True)]


def test_an_example_of_a_guideline_that_does_not_parse_is_a_note() -> None:
    guideline = pattern("guideline", detectors=(), bad=(), good=(Example("except: {% x %}\n", "python"),))
    assert [(one.pattern, one.detectors, one.note) for one in failures(pattern(), guideline)] == [
        ("guideline", (), True)
    ]


# -- one of each side in each language, and caps -------------------------------------------------


@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("examples", [(), (Example("x\n", "javascript"),), (Example("x\n"),)])
def test_a_side_without_an_example_in_the_detectors_language(
    side: str, examples: tuple[Example, ...]
) -> None:
    text = f"patterns/handlers.md: no {side} example in python: its detectors cannot be trusted"
    assert (("bare",), text) in told(pattern(**{side: examples}))


def test_the_language_may_come_from_the_path_or_the_first_line() -> None:
    by_path = replace(GOOD, language="", path="src/a.py")
    by_line = replace(GOOD, language="", path="bin/tool", code="#!/usr/bin/python3\n" + GOOD.code)
    assert told(pattern(good=(by_path,))) == told(pattern(good=(by_line,))) == []


def test_more_examples_than_the_cap_are_named_and_not_run() -> None:
    text = f"patterns/handlers.md: more than {MAX_EXAMPLES} good examples"
    assert told(pattern(good=(GOOD,) * MAX_EXAMPLES)) == []
    assert told(pattern(good=(GOOD,) * MAX_EXAMPLES + (BAD,))) == [(("bare",), text)]


def test_an_example_over_the_cap_is_named_and_not_run() -> None:
    filler = "#" * (MAX_EXAMPLE_BYTES - len(BAD.code) - 1) + "\n"
    fits, large = (replace(BAD, code=BAD.code + extra + filler, line=70) for extra in ("", "#"))
    assert told(pattern(bad=(fits,))) == []
    assert told(pattern(good=(GOOD, large))) == [
        (("bare",), "patterns/handlers.md:70: example larger than 8 KiB")
    ]


def test_caps_hold_for_patterns_without_detectors_too() -> None:
    guideline = pattern(detectors=(), bad=(BAD,) * 21, good=())
    assert told(guideline) == [((), f"patterns/handlers.md: more than {MAX_EXAMPLES} bad examples")]


# -- the prefilter -------------------------------------------------------------------------------


def finding(name: str, line: int) -> Finding:
    anchors = ((line, 1, line, 2),)
    return Finding(name, "bare", "block", "high", b"example.py", anchors, "m", "", "x", "f")


def test_a_prefilter_that_hides_a_finding_disables_the_detector_it_belongs_to() -> None:
    def scan(path: bytes, text: bytes, prefilter: bool) -> ScanResult:
        result = ScanResult()
        result.findings = [finding("handlers", 3)] if text == BAD.code.encode() else []
        if not prefilter and text == GOOD.code.encode():
            result.findings = [finding("other", 2)]
        return result

    problem = Problem("patterns/handlers.md", 30, "other/bare: its prefilter hides the finding on line 2")
    assert check_examples([pattern()], scan) == [Failure("other", ("bare",), problem)]


def test_each_example_is_scanned_by_its_path_with_and_without_the_prefilter() -> None:
    seen = []

    def scan(path: bytes, text: bytes, prefilter: bool) -> ScanResult:
        seen.append((path, prefilter))
        result = ScanResult()
        result.not_checked = [NotChecked(path, "x/y", "time")]
        return result

    found = check_examples([pattern(bad=(replace(BAD, path="api/é.py"),))], scan)
    assert seen == [(path, on) for path in ("api/é.py".encode(), b"example.py") for on in (True, False)]
    assert [one.problem.message for one in found if "time" in one.problem.message] == ["example: time"] * 2


@pytest.mark.parametrize(
    ("example", "path"),
    [
        (Example("x", "python"), "example.py"),
        (Example("x", "bash"), "example.sh"),
        (Example("x", "cobol"), "example.txt"),
        (Example("x"), "example.txt"),
        (Example("x", "python", path="a/b.js"), "a/b.js"),
    ],
)
def test_example_path(example: Example, path: str) -> None:
    assert example_path(example) == path


# -- sites -----------------------------------------------------------------------------------------

LOG = Example("console.log(1);\n", "javascript", line=10)
LOGGER = Example("logger.info(1);\n", "javascript", line=20)
CONSOLE = Detector("console", Literal(("console.log(",)), "m", "warn")


def with_site(site: Site | None, **changes: object) -> list[tuple[tuple[str, ...], str]]:
    detector = replace(CONSOLE, site=site)
    return told(replace(pattern("logs", detectors=(detector,), bad=(LOG,), good=(LOGGER,)), **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("texts", [("console.",), ("logger.",), ("nowhere", "logger.")])
def test_a_site_of_one_example_bad_or_good_is_enough(texts: tuple[str, ...]) -> None:
    assert with_site(Literal(texts)) == []


def test_a_site_that_is_in_none_of_the_examples() -> None:
    expected = [(("console",), "patterns/logs.md: logs/console: its site is in none of the examples")]
    assert with_site(Literal(("nowhere",))) == expected
    other = Example("nowhere", "python", line=30)
    assert with_site(Literal(("nowhere",)), languages=("javascript",), good=(LOGGER, other)) == expected


def test_a_site_that_can_never_be_looked_for_is_told_by_the_compiler_alone() -> None:
    rule = Detector("rule", AstGrep("javascript", '{"pattern":"console.log($A)"}'), "m", "warn")
    site = AstGrep("javascript", '{"kind":"no_such_kind"}')
    assert all("site" not in words for _, words in with_site(None, detectors=(replace(rule, site=site),)))


@pytest.mark.parametrize("site", [Regex(r"^\s*<b"), Regex("x", unless="x")])
def test_a_site_of_a_regex(site: Regex) -> None:
    tsx = Example("<b>{x}</b>\n", "typescript", path="a.tsx", line=30)
    detector = Detector("tag", Regex("<b>"), "m", "warn", site=site)
    silent = (
        [] if site.unless is None else ["patterns/logs.md: logs/tag: its site is in none of the examples"]
    )
    assert [words for _, words in with_site(None, detectors=(detector,), bad=(tsx,))] == silent


def test_a_site_in_typescript_with_jsx_is_looked_for_in_its_own_grammar() -> None:
    tsx = Example("f(<b>{x}</b>);\n", "typescript", path="a.tsx", line=30)
    plain = Example("g(x);\n", "typescript", line=40)
    detector = Detector("tag", AstGrep("typescript", '{"pattern":"f($A)"}'), "m", "warn")
    found = replace(detector, site=AstGrep("typescript", '{"pattern":"f($A)"}'))
    assert with_site(None, detectors=(found,), bad=(tsx,), good=(plain,)) == []
