"""What a scan says of the lines that hold what a pattern speaks about, right or wrong (DET-10)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedback_loop.api.scan import Clock, check_changes
from feedback_loop.detectors import registry
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.diff import FileChange, added_file
from feedback_loop.domain.finding import ScanResult
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import (
    AstGrep,
    Builtin,
    Detector,
    Example,
    Expression,
    Literal,
    Pattern,
    Regex,
    Site,
)
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.compile import compile_library
from feedback_loop.engines.gate import example_path
from feedback_loop.engines.scan import finish, restricted, scan
from feedback_loop.engines.scan.sieve import TEXT_CAP
from feedback_loop.stores.library import load_library
from tests.repo import ROOT

CORE = load_library(str(ROOT), "patterns")
# Good examples that leave no trace of what the pattern speaks about.
NO_TRACE = {
    ("bounds_checking", 1): "the guard alone: what follows takes the element",
    ("bounds_checking", 3): "`partition` instead of an index",
    ("large_file_processing", 3): "the file is iterated over and never read",
    ("metadata_based_logic", 1): "a stated category is looked up",
    ("metadata_based_logic", 2): "a field is asked: like any other comparison",
    ("metadata_based_logic", 3): "a code is asked: like any other comparison",
    ("structured_logging", 3): "a command, where the pattern does not apply",
}


def compiled(*patterns: Pattern, levels: tuple[tuple[str, str], ...] = ()) -> CompiledLibrary:
    return compile_library(Library("patterns/", patterns), Settings(levels=levels), [])


CORE_LIBRARY = compiled(*CORE.active)


def pattern(
    expression: Expression, site: Site | None = None, name: str = "lesson", **other: object
) -> Pattern:
    detector = Detector("one", expression, "m", "warn", site=site, **other)  # type: ignore[arg-type]
    return Pattern(name, "T", "id", detectors=(detector,))


def modified(*lines: str, path: bytes = b"a.py") -> FileChange:
    """A modified file from lines with their diff marks."""
    return FileChange(path, "M", hunk=b"".join(line.encode() + b"\n" for line in lines))


def asked(library: CompiledLibrary, *changes: FileChange) -> ScanResult:
    return scan(changes, library, sites=True)


def lines(library: CompiledLibrary, *changes: FileChange, name: str = "lesson") -> list[int]:
    return [line for pattern, _, line in asked(library, *changes).sites if pattern == name]


def core_lines(name: str, *diff: str) -> list[int]:
    return lines(CORE_LIBRARY, modified(*diff), name=name)


# -- the core pack ---------------------------------------------------------------------------------

EXAMPLES = [
    pytest.param(one, side, number, example, id=f"{one.name}-{side}-{number}")
    for one in CORE.active
    for side, examples in (("bad", one.bad), ("good", one.good))
    for number, example in enumerate(examples, 1)
]


@pytest.mark.parametrize(("one", "side", "number", "example"), EXAMPLES)
def test_an_example_of_the_core_pack_has_sites(
    one: Pattern, side: str, number: int, example: Example
) -> None:
    found = lines(CORE_LIBRARY, example_change(example), name=one.name)
    assert bool(found) == (side == "bad" or (one.name, number) not in NO_TRACE)


@pytest.mark.parametrize(("one", "side", "number", "example"), EXAMPLES)
def test_findings_are_the_same_whoever_asks_for_sites(
    one: Pattern, side: str, number: int, example: Example
) -> None:
    change = example_change(example)
    plain, full = scan([change], CORE_LIBRARY), asked(CORE_LIBRARY, change)
    assert [each.to_tuple() for each in full.findings] == [each.to_tuple() for each in plain.findings]
    assert (full.files, full.added_lines, full.not_checked) == (plain.files, plain.added_lines, [])
    assert (plain.sites, plain.blind, full.blind) == ([], set(), set())


def example_change(example: Example) -> FileChange:
    return added_file(example.code.encode(), example_path(example).encode())


def test_every_check_tells_the_sites_of_this_project() -> None:
    """Whatever the code, no check stumbles, and no site lies outside of the file."""
    for path in sorted((ROOT / "feedback_loop" / "engines").rglob("*.py")):
        text = path.read_bytes()
        result = asked(CORE_LIBRARY, added_file(text, b"engines/x.py"))
        assert result.blind == set()
        assert all(1 <= line <= text.count(b"\n") for _, _, line in result.sites)


def test_a_check_that_takes_parameters_tells_the_calls_of_their_names() -> None:
    of = compiled(
        pattern(Builtin("python.call", '{"names":["requests.get"],"without_keywords":["timeout"]}'))
    )
    change = modified("+import requests as r", "+r.get(u, timeout=1)", "+r.post(u)", " r.get(u)")
    assert (lines(of, change), asked(of, change).findings) == ([2], [])


# -- which lines are a construct's -----------------------------------------------------------------


def test_an_old_construct_is_no_site() -> None:
    assert core_lines("structured_logging", " import logging", " logger.info(1)", "+x = 1") == []


def test_an_argument_added_to_an_old_call_touches_it() -> None:
    assert core_lines("structured_logging", " logger.info(", '     "a",', "+    1,", " )") == [3]


def test_a_call_at_the_end_of_a_chain_begins_at_its_own_name() -> None:
    assert core_lines("large_file_processing", "+x = (", "+    b", " ).read_text()") == []
    assert core_lines("large_file_processing", " x = (", "     b", "+).read_text()") == [3]


def test_a_handler_is_touched_by_what_it_catches_and_not_by_its_body() -> None:
    head = [" try:", "     a()", " except ("]
    name = "specific_exceptions"
    assert core_lines(name, *head, "+    KeyError,", "     OSError,", " ):", "     b()") == [4]
    assert core_lines(name, *head, "     KeyError,", "     OSError,", " ):", "+    b()") == []
    assert core_lines(name, " try:", "     a()", "+except:", "     raise") == [3]


def test_a_parameter_is_touched_by_its_annotation() -> None:
    head = [" from fastapi import UploadFile", " def f(", "     a: int,"]
    name = "fastapi_streaming_uploads"
    assert core_lines(name, *head, "+    b: UploadFile,", " ): ...") == [4]
    assert core_lines(name, *head, "     b: UploadFile,", "+    c: int,", " ): ...") == []


def test_an_index_and_a_division_are_touched_behind_their_values() -> None:
    assert core_lines("bounds_checking", " x = f(", "+    1,", " )[0]") == []
    assert core_lines("bounds_checking", " x = f(", "     1,", "+)[0]") == [3]
    numbers = [" import numpy as np", " x = f(", "+    1,", " ) / 2"]
    assert core_lines("numpy_nan_inf_handling", *numbers) == []
    numbers[2:] = ["     1,", "+) / 2"]
    assert core_lines("numpy_nan_inf_handling", *numbers) == [4]


def test_a_construct_counts_once_at_its_first_added_line() -> None:
    assert core_lines("structured_logging", "+logger.info(", "+    1,", "+)", "+logger.info(2)") == [1, 4]


def test_two_constructs_on_a_line_are_one_site() -> None:
    change = modified("+logger.info(1); print(2); print(3)")
    assert [one for one in asked(CORE_LIBRARY, change).sites if one[0] == "structured_logging"] == [
        ("structured_logging", b"a.py", 1)
    ]


def test_lines_are_gits_where_a_lone_return_ends_the_parsers() -> None:
    text = b"x = '''\r\r'''\nlogger.info(\r1)\n"
    found = asked(CORE_LIBRARY, added_file(text, b"a.py")).sites
    assert found == [("structured_logging", b"a.py", 2)]


# -- sites that a pattern gives --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "site", "text", "expected"),
    [
        (Literal(("debug(",)), Literal(("log", "debug")), "log(1)\nx\ndebug()\nlog(debug)\n", [1, 3, 4]),
        (Literal(("debug(",)), Literal(("LOG",), ignore_case=True), "Log(1)\nx\n", [1]),
        (Literal(("debug(",)), Literal(("log",), word=True), "logs\nlog\n", [2]),
        (Regex("a+b"), Regex(r"\ba+\b", unless="never"), "aa\na never\nb\n", [1]),
        (Regex("a+b"), Regex("XY", ignore_case=True), "zz\nxy\n", [2]),
        (
            AstGrep("python", '{"pattern":"yaml.load($A)"}'),
            AstGrep("python", '{"pattern":"yaml.$F($$$A)"}'),
            "yaml.safe_load(x)\nyaml.dump(\n    x)\njson.load(x)\n",
            [1, 2],
        ),
        (
            AstGrep("python", '{"pattern":"f($A)"}'),
            AstGrep("python", '{"matches":"u"}', "{}", '{"u":{"pattern":"g($A)"}}'),
            "g(1)\nf(1)\n",
            [1],
        ),
    ],
)
def test_a_site_by_kind(expression: Expression, site: Site, text: str, expected: list[int]) -> None:
    assert lines(compiled(pattern(expression, site)), added_file(text.encode(), b"a.py")) == expected


def test_a_good_form_is_a_site_without_the_words_of_the_bad_one() -> None:
    """The prefilter is for findings alone."""
    of = compiled(pattern(Literal(("console.log(",)), Literal(("logger.",))))
    result = asked(of, added_file(b"logger.info(1);\n", b"a.js"))
    assert (result.sites, result.findings, result.blind) == ([("lesson", b"a.js", 1)], [], set())


CATCH = pattern(
    AstGrep("javascript", '{"pattern":"f($A)"}'),
    AstGrep("javascript", '{"any":[{"kind":"catch_clause"},{"kind":"call_expression"}]}'),
)


@pytest.mark.parametrize(
    ("diff", "expected"),
    [
        ([" try { a", "+} catch (e) {", "   b", " }"], [2]),
        ([" try { a", " } catch (e) {", "+  b", " }"], []),
        ([" send(", "+  1,", " )"], [2]),
        ([" on(1,", "+  (e) => {", "   b", " })"], [2]),
        ([" on(1, (e) => {", "+  b", " })"], []),
        ([" on(() => { a },", "+  2)"], [2]),
    ],
)
def test_a_match_ends_where_a_body_begins_in_it(diff: list[str], expected: list[int]) -> None:
    assert lines(compiled(CATCH), modified(*diff, path=b"a.js")) == expected


# -- who cannot tell -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression", [Literal(("abc",)), Regex("a+b"), AstGrep("python", '{"pattern":"f($A)"}')]
)
def test_a_detector_without_a_site_is_blind_where_it_has_to_look(expression: Expression) -> None:
    of = compiled(pattern(expression))
    result = asked(of, modified("+x = 1"))
    assert (result.blind, result.sites) == ({"lesson/one"}, [])
    assert asked(of, modified("-x = 1")).blind == set(), "nothing is added"
    assert asked(of, FileChange(b"a.py", "M", skip="binary")).blind == set()


def test_out_of_scope_nobody_is_blind() -> None:
    of = compiled(replace(pattern(Literal(("abc",))), languages=("go",), include=("src/**",)))
    assert asked(of, modified("+x"), modified("+x", path=b"a.go")).blind == set()
    assert asked(of, modified("+x", path=b"src/a.go")).blind == {"lesson/one"}


def test_a_detector_that_is_off_is_not_asked() -> None:
    of = compiled(pattern(Literal(("abc",))), levels=(("lesson", "off"),))
    assert asked(of, modified("+x")).blind == set()


def test_a_file_that_does_not_parse_is_named_for_all_who_would_have_read_it() -> None:
    of = restricted(CORE_LIBRARY, {"specific_exceptions", "temp_file_handling"})
    result = asked(of, modified("+x = (", "+except:"))
    told = {rule for entry in result.not_checked for rule in entry.detector.split(", ")}
    everyone = {one.rule_id for one in of.detectors}
    assert (told, result.blind, result.sites) == (everyone, everyone, [])
    assert all("not parsed as Python" in entry.reason for entry in result.not_checked)


def test_a_text_that_is_too_large_is_named_as_not_checked() -> None:
    of = compiled(CATCH)
    text = b"f(1);\n" + b"// x\n" * (TEXT_CAP // 5)
    result = asked(of, added_file(text, b"a.js"))
    assert [(one.detector, one.reason) for one in result.not_checked] == [("lesson/one", "larger than 1 MiB")]
    assert result.sites == []


def test_a_site_that_may_not_read_so_much_is_blind() -> None:
    near = AstGrep("python", '{"pattern":"f($A)"}')
    far = AstGrep("python", '{"pattern":"f($A)","nthChild":1}')
    text = b"x = 1\n" * 12_000 + b"f(1)\n"
    result = asked(compiled(pattern(near, far)), added_file(text, b"a.py"))
    assert (len(result.findings), result.blind, result.sites) == (1, {"lesson/one"}, [])


def test_when_time_is_up_each_is_named_once() -> None:
    ticks = iter([False, True, True])  # one group, then the sites of two
    of = compiled(pattern(Literal(("abc",)), Literal(("abc",))), pattern(Literal(("abc",)), name="second"))
    result = scan([modified("+abc")], of, sites=True, expired=lambda: next(ticks))
    assert [(one.detector, one.reason) for one in result.not_checked] == [("lesson/one, second/one", "time")]
    assert (len(result.findings), result.sites, result.blind) == (2, [], set())
    late = scan([modified("+abc")], of, sites=True, expired=iter([True]).__next__)
    assert [one.detector for one in late.not_checked] == ["lesson/one, second/one"]


# -- the whole scan --------------------------------------------------------------------------------


def test_sites_are_sorted_and_of_all_patterns() -> None:
    of = compiled(
        pattern(Literal(("abc",)), Literal(("log",)), name="second"), pattern(Regex("a+b"), Regex("lo"))
    )
    changes = [modified("+log", " log", "+log", path=path) for path in (b"b.py", b"\xff.py", b"a.py")]
    found = [(path, line) for path in (b"a.py", b"b.py", b"\xff.py") for line in (1, 3)]
    expected = [(name, *place) for name in ("lesson", "second") for place in found]
    assert asked(of, *changes).sites == expected
    assert scan(changes, of).sites == []


def test_the_result_of_another_process_is_taken_in() -> None:
    of = compiled(pattern(Literal(("abc",)), Literal(("log",))), pattern(Regex("a+b"), name="second"))
    whole = asked(of, modified("+log"))
    other = asked(of, modified("+log", path=b"b.py"))
    whole.add(other.to_tuple())
    assert whole.sites == [("lesson", b"a.py", 1), ("lesson", b"b.py", 1)]
    assert whole.blind == {"second/one"}


@pytest.mark.parametrize("files", [1, 20, 150])
def test_the_staged_scan_tells_sites_however_many_processes_it_takes(files: int) -> None:
    of = compiled(pattern(Builtin("python.print_call")), pattern(Regex("a+b"), name="second"))
    changes = [modified("+logger.info(1)", "+print(2)", path=b"%03d.py" % number) for number in range(files)]
    result = finish(check_changes(changes, of, Clock(), sites=True))
    assert result.sites == [("lesson", b"%03d.py" % n, line) for n in range(files) for line in (1, 2)]
    assert (len(result.findings), result.files, result.blind) == (files, files, {"second/one"})
    plain = finish(check_changes(changes, of, Clock()))
    assert (plain.sites, plain.blind, len(plain.findings)) == ([], set(), files)


def test_below_the_least_level_nobody_is_asked() -> None:
    of = compiled(pattern(Builtin("python.print_call")), levels=(("lesson", "hint"),))
    change = modified("+logger.info(1)")
    assert check_changes([change], of, Clock(), "hint", sites=True).sites == [("lesson", b"a.py", 1)]
    assert check_changes([change], of, Clock(), "warn", sites=True).sites == []


def test_a_library_restricted_to_some_patterns_is_equal_but_for_its_detectors() -> None:
    narrow = restricted(CORE_LIBRARY, {"temp_file_handling", "bounds_checking", "no_such"})
    assert {one.pattern for one in narrow.detectors} == {"temp_file_handling", "bounds_checking"}
    assert len(CORE_LIBRARY.detectors) > len(narrow.detectors)
    narrow.detectors = CORE_LIBRARY.detectors
    assert narrow.to_tuple() == CORE_LIBRARY.to_tuple()
    assert restricted(CORE_LIBRARY, ()).detectors == []


def test_every_check_has_sites_of_its_own() -> None:
    for name in registry.names():
        check = registry.load(name)
        assert check is not None
        assert (check.sites.__doc__ or "").startswith("Sites: "), name
