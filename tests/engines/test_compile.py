from dataclasses import replace

import pytest

from feedback_loop.detectors import registry
from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.globs import matches
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import AstGrep, Builtin, Detector, Literal, Pattern, Regex, Site
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.compile import compile_library

BARE = Detector("bare", Builtin("python.bare_except"), "bare message", "block")
SWALLOWED = Detector("swallowed", Builtin("python.swallowed"), "m", "warn", fix_hint="mend it so")
PATTERN = Pattern(
    "handlers",
    "T",
    "id",
    severity="high",
    guidance="Catch what you expect.",
    detectors=(BARE, SWALLOWED),
    path="patterns/handlers",
)


def compiled(*patterns: Pattern, raw_levels: bool = False, **settings: object) -> CompiledLibrary:
    library = Library("patterns/", patterns or (PATTERN,))
    return compile_library(library, Settings(**settings), [], raw_levels=raw_levels)  # type: ignore[arg-type]


def levels(library: CompiledLibrary) -> dict[str, str]:
    return {one.rule_id: one.level for one in library.detectors}


def scanned(detector: CompiledDetector, path: str) -> bool:
    inside = not detector.include or matches(detector.include, path)
    return inside and not matches(detector.exclude, path)


def test_no_patterns_no_detectors() -> None:
    library = compile_library(Library("patterns/", ()), Settings(), [])
    assert (library.detectors, library.patterns, library.problems, library.disabled) == ([], 0, (), ())


def test_a_detector_takes_what_it_needs_from_pattern_and_check() -> None:
    one, two = compiled().detectors
    check = registry.load("python.bare_except")
    assert check is not None
    assert (one.pattern, one.detector, one.spec) == ("handlers", "bare", ("python.bare_except", {}))
    assert (one.level, one.severity, one.languages) == ("block", "high", ("python",))
    assert (one.added_any, one.file_all) == (check.added_any, check.file_all)
    assert (one.message, one.fix_hint) == ("bare message", "Catch what you expect.")
    assert (two.level, two.fix_hint) == ("warn", "mend it so")


def test_what_the_scan_needs_of_the_settings() -> None:
    library = compiled(
        fail_on="warn", on_error="closed", strict=True, patterns="lessons", exclude=("gen/**",)
    )
    assert (library.fail_on, library.on_error, library.strict) == ("warn", "closed", True)
    assert (library.source, library.folder, library.patterns) == ("patterns/", "lessons", 1)
    paths = [
        "lessons/a.md",
        "lessons/archive/a.json",
        "gen/a.py",
        "vendor/a.py",
        "x/node_modules/a.py",
        ".feedback-loop/a.py",
    ]
    assert all(matches(library.exclude, path) for path in paths)
    assert not matches(library.exclude, "src/a.py")
    assert not matches(library.exclude, "patterns/a.py")
    assert not matches(library.exclude, "lessons/a.py"), "code beside the documents is code"


def test_only_active_patterns_are_compiled() -> None:
    proposed, archived = (replace(PATTERN, name=state, state=state) for state in ("proposed", "archived"))
    assert levels(compiled(proposed, archived)) == {}
    assert compiled(proposed, PATTERN).patterns == 1


def test_the_digest_changes_with_the_detectors_alone() -> None:
    plain = compiled()
    assert plain.digest == compiled(fail_on="never").digest
    assert plain.digest != compiled(levels=(("handlers", "hint"),)).digest
    assert plain.digest != compiled(replace(PATTERN, exclude=("a/**",))).digest


# -- levels --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((), {"bare": "block", "swallowed": "warn"}),
        ((("handlers", "hint"),), {"bare": "hint", "swallowed": "hint"}),
        ((("handlers/bare", "warn"),), {"bare": "warn", "swallowed": "warn"}),
        ((("handlers", "hint"), ("handlers/bare", "block")), {"bare": "block", "swallowed": "hint"}),
        ((("handlers/bare", "block"), ("handlers", "hint")), {"bare": "block", "swallowed": "hint"}),
        ((("handlers", "off"),), {}),
        ((("handlers/swallowed", "off"),), {"bare": "block"}),
        ((("handlers", "off"), ("handlers/bare", "warn")), {"bare": "warn"}),
    ],
)
def test_settings_override_levels(wanted: tuple[tuple[str, str], ...], expected: dict[str, str]) -> None:
    library = compiled(levels=wanted)
    assert levels(library) == {f"handlers/{name}": level for name, level in expected.items()}
    assert library.problems == ()


def test_a_detector_that_is_off_by_itself_can_be_switched_on() -> None:
    one = replace(PATTERN, detectors=(replace(BARE, level="off"),))
    assert levels(compiled(one)) == {}
    assert levels(compiled(one, levels=(("handlers/bare", "hint"),))) == {"handlers/bare": "hint"}


def test_for_the_gate_no_detector_is_off_and_settings_do_not_apply() -> None:
    one = replace(PATTERN, detectors=(replace(BARE, level="off"), SWALLOWED))
    found = levels(compiled(one, raw_levels=True, levels=(("handlers", "off"),)))
    assert found == {"handlers/bare": "hint", "handlers/swallowed": "warn"}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("handlrs", " (did you mean 'handlers'?)"),
        ("handlers/baer", " (did you mean 'handlers/bare'?)"),
        ("zzz", ""),
        ("handlers/", " (did you mean 'handlers'?)"),
    ],
)
def test_a_level_for_nothing_is_a_problem(name: str, hint: str) -> None:
    library = compiled(levels=((name, "off"),), path="pyproject.toml")
    assert library.problems == (f"pyproject.toml: levels: no pattern or detector {name!r}{hint}",)
    assert len(library.detectors) == 2


def test_levels_may_name_patterns_that_are_not_active() -> None:
    proposed = replace(PATTERN, name="later", state="proposed")
    assert compiled(PATTERN, proposed, levels=(("later", "off"), ("later/bare", "off"))).problems == ()


# -- paths ---------------------------------------------------------------------------------------


def test_path_sets_of_the_settings_are_exempt_where_the_check_says_so() -> None:
    check = registry.load("python.bare_except")
    assert check is not None
    assert check.exempt == ("tests",)
    bare = compiled(tests=("spec/**",), scripts=("bin/**",)).detectors[0]
    assert not scanned(bare, "spec/a.py")
    assert all(scanned(bare, path) for path in ("bin/a.py", "tests/a.py", "src/a.py"))
    assert not scanned(compiled().detectors[0], "tests/a.py")


def test_a_detectors_include_narrows_that_of_its_pattern() -> None:
    inner = replace(BARE, include=("**/views.py",))
    (one,) = compiled(replace(PATTERN, include=("src/**",), detectors=(inner,))).detectors
    assert [scanned(one, path) for path in ("src/views.py", "src/a.py", "views.py")] == [True, False, False]


@pytest.mark.parametrize(
    ("outer", "inner"), [(("src/**",), ()), ((), ("src/**",)), (("src/**", "zz/**"), ("src/**", "yy/**"))]
)
def test_an_empty_include_asks_for_nothing(outer: tuple[str, ...], inner: tuple[str, ...]) -> None:
    detector = replace(BARE, include=inner)
    (one,) = compiled(replace(PATTERN, include=outer, detectors=(detector,))).detectors
    paths = ("src/a.py", "a.py", "yy/a.py", "zz/a.py")
    assert [scanned(one, path) for path in paths] == [True, False, False, False]


def test_excludes_add_up() -> None:
    inner = replace(BARE, exclude=("b/**",))
    (one,) = compiled(replace(PATTERN, exclude=("a/**",), detectors=(inner,))).detectors
    assert [scanned(one, path) for path in ("a/x.py", "b/x.py", "c/x.py")] == [False, False, True]


# -- what cannot run -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("builtin", "hint"),
    [
        ("python.bare_exept", " (did you mean 'python.bare_except'?)"),
        ("zzzzzz.zzzzzz", ""),
        ("cobol.bare_except", " (did you mean 'python.bare_except'?)"),
    ],
)
def test_an_unknown_check_is_a_problem_and_the_others_run(builtin: str, hint: str) -> None:
    one = replace(PATTERN, detectors=(replace(BARE, expression=Builtin(builtin)), SWALLOWED))
    library = compiled(one)
    assert library.problems == (
        f"patterns/handlers.json: /detectors/0/builtin: no built-in check {builtin!r}{hint}",
    )
    assert levels(library) == {"handlers/swallowed": "warn"}


@pytest.mark.parametrize(
    "builtin", ["python.__init__", "python.os", "os.path", "python.", "python.bare_except.x"]
)
def test_no_other_module_can_be_named_as_a_check(builtin: str) -> None:
    assert levels(compiled(replace(PATTERN, detectors=(replace(BARE, expression=Builtin(builtin)),)))) == {}


@pytest.mark.parametrize(
    ("languages", "runs"), [((), True), (("python", "cobol"), True), (("javascript",), False)]
)
def test_a_check_reads_its_own_language_and_no_other(languages: tuple[str, ...], runs: bool) -> None:
    library = compiled(replace(PATTERN, detectors=(replace(BARE, languages=languages),)))
    assert [one.languages for one in library.detectors] == ([("python",)] if runs else [])
    text = "patterns/handlers.json: /detectors/0/languages: it reads python and nothing else"
    assert library.problems == (() if runs else (text,))


def test_problems_of_settings_and_library_come_first_and_nothing_is_lost() -> None:
    settings, broken = Problem("pyproject.toml", 3, "odd"), Problem("patterns/x.md", 1, "broken")
    library = Library("patterns/", (PATTERN,), (broken,))
    found = compile_library(library, Settings(levels=(("zzz", "off"),), path="pyproject.toml"), [settings])
    assert found.problems == (
        "pyproject.toml:3: odd",
        "patterns/x.md:1: broken",
        "pyproject.toml: levels: no pattern or detector 'zzz'",
    )


def test_the_result_survives_a_trip_through_plain_values() -> None:
    library = compiled(
        replace(PATTERN, include=("src/**",), detectors=(replace(BARE, include=("**/a.py",)),))
    )
    assert CompiledLibrary.from_tuple(library.to_tuple()).to_tuple() == library.to_tuple()


# -- sites -----------------------------------------------------------------------------------------


def sited(expression: Site, site: Site | None) -> CompiledLibrary:
    return compiled(replace(PATTERN, detectors=(Detector("one", expression, "m", "warn", site=site),)))


def test_a_site_is_prepared_like_the_expression_it_belongs_to() -> None:
    library = sited(Literal(("breakpoint(",)), Literal(("Point", "PDB"), ignore_case=True))
    (one,) = library.detectors
    assert (one.spec, one.fold, one.site) == (
        ((b"breakpoint(",), False),
        False,
        (((b"point", b"pdb"), False), True),
    )
    assert CompiledLibrary.from_tuple(library.to_tuple()).detectors[0].site == one.site


def test_without_a_site_none_is_compiled() -> None:
    assert [one.site for one in compiled().detectors] == [None, None]
    assert sited(Regex("a+b"), None).detectors[0].site is None


@pytest.mark.parametrize(
    ("expression", "site", "told"),
    [
        (Literal(("abc",)), Literal(("   ",)), "/site/texts/0: nothing but white space"),
        (Regex("ab"), Regex("a(?=b)"), "/site/regex: look-ahead is not supported (offset 1)"),
        (Regex("ab"), Regex("a", unless="b*"), "/site/unless: it matches the empty text"),
        (AstGrep("go", '{"kind":"block"}'), AstGrep("go", '{"kind":"blok"}'), "/site/rule: ast-grep: "),
    ],
)
def test_a_site_that_can_never_be_looked_for_is_told(expression: Site, site: Site, told: str) -> None:
    library = sited(expression, site)
    assert library.detectors == []
    (problem,) = library.problems
    assert problem.startswith("patterns/handlers.json: /detectors/0" + told)
