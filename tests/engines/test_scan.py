"""Changes and a library in, findings out: the steps between, one by one."""

from __future__ import annotations

import marshal
import subprocess
import sys

import pytest

from feedback_loop.detectors import kinds as doors
from feedback_loop.detectors.kinds import prepare
from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.diff import FileChange, added_file
from feedback_loop.domain.fingerprint import fingerprint
from feedback_loop.domain.globs import compile_globs
from feedback_loop.domain.pattern import AstGrep, Expression, Literal, Regex
from feedback_loop.engines.scan import scan
from feedback_loop.engines.scan.sieve import ADDED_CAP, LINE_CAP, TEXT_CAP, Sieve
from tests.repo import ROOT

BAD = b"try:\n    a()\nexcept:\n    pass\n"


def detector(check: str = "bare_except", literal: bytes = b"except", **other: object) -> CompiledDetector:
    fields: dict[str, object] = {
        "pattern": "p",
        "detector": check,
        "kind": "builtin",
        "spec": (f"python.{check}", {}),
        "level": "block",
        "severity": "high",
        "languages": ("python",),
        "include": (),
        "exclude": (),
        "added_any": (literal,),
        "file_all": (),
        "message": "m",
        "fix_hint": "h",
    }
    return CompiledDetector(**(fields | other))  # type: ignore[arg-type]


def library(*detectors: CompiledDetector, exclude: tuple[str, ...] = ()) -> CompiledLibrary:
    return CompiledLibrary(
        "patterns/",
        "patterns",
        1,
        "",
        "block",
        "open",
        False,
        False,
        "warn",
        compile_globs(exclude),
        (),
        (),
        (),
        list(detectors),
    )


def places(*changes: FileChange, of: CompiledLibrary | None = None) -> list[tuple[str, int, int]]:
    found = scan(changes, of or library(detector())).findings
    return [(one.rule_id, one.line, one.column) for one in found]


def modified(*lines: bytes) -> FileChange:
    """A modified file from lines with their diff marks."""
    return FileChange(b"a.py", "M", hunk=b"".join(line + b"\n" for line in lines))


def test_nothing_is_clean() -> None:
    result = scan([], library(detector()))
    assert (result.verdict(), result.changes, result.files) == ("clean", 0, 0)


def test_old_code_is_never_a_finding() -> None:
    assert places(modified(b" try:", b"     a()", b" except:", b"+    log()", b"     pass")) == []


def test_an_anchor_on_an_added_line_is() -> None:
    assert places(modified(b" try:", b"     a()", b"-except ValueError:", b"+except:", b"     pass")) == [
        ("p/bare_except", 3, 1)
    ]


def test_an_edit_inside_an_old_body_revives_nothing() -> None:
    hunk = [b" try:", b"+    a(1)", b" except:  # except", b"     pass", b"+x = 'except'"]
    assert places(modified(*hunk)) == []


def test_language_globs_and_excludes_decide_before_anything_is_read() -> None:
    change = added_file(BAD, b"src/a.txt")
    assert scan([change], library(detector())).skipped == [(b"src/a.txt", "no detector")]
    change = added_file(BAD, b"src/a.py")
    assert places(change, of=library(detector(include=compile_globs(["lib/**"])))) == []
    assert places(change, of=library(detector(exclude=compile_globs(["src/**"])))) == []
    excluded = scan([change], library(detector(), exclude=("src/**",)))
    assert excluded.skipped == [(b"src/a.py", "excluded")]


def test_a_script_is_known_by_its_first_line() -> None:
    assert places(added_file(b"#!/usr/bin/env python3\n" + BAD, b"bin/run")) == [("p/bare_except", 4, 1)]


def test_one_finding_per_pattern_and_first_anchor_and_the_higher_level_wins() -> None:
    both = library(detector(level="hint"), detector(level="warn"))
    result = scan([added_file(BAD, b"a.py")], both)
    assert [one.level for one in result.findings] == ["warn"]
    apart = library(detector(level="hint"), detector(level="warn", pattern="q"))
    assert len(scan([added_file(BAD, b"a.py")], apart).findings) == 2


def test_findings_are_sorted_by_path_bytes_line_column_and_id() -> None:
    changes = [added_file(BAD + BAD, b"b.py"), added_file(BAD, b"a/z.py"), added_file(BAD, b"B.py")]
    found = scan(changes, library(detector())).findings
    assert [(one.path, one.line) for one in found] == [
        (b"B.py", 3),
        (b"a/z.py", 3),
        (b"b.py", 3),
        (b"b.py", 7),
    ]


def test_columns_count_code_points_and_tabs() -> None:
    text = "def f():\n\tx = 'ü'; print('a')\n".encode()
    found = library(detector("print_call", b"print"))
    assert places(added_file(text, b"a.py"), of=found) == [("p/print_call", 2, 11)]


def test_too_large_a_text_is_named_only_if_something_might_match() -> None:
    filler = b"x = 1\n" * (TEXT_CAP // 6 + 1)
    assert scan([added_file(filler, b"a.py")], library(detector())).not_checked == []
    result = scan([added_file(filler + BAD, b"a.py")], library(detector()))
    assert [(entry.path, entry.reason) for entry in result.not_checked] == [(b"a.py", "larger than 1 MiB")]
    assert result.verdict() == "not_checked"


def test_when_time_is_up_the_rest_is_named() -> None:
    ticks = iter([False, True])
    changes = [added_file(BAD, b"a.py"), added_file(BAD, b"b.py")]
    result = scan(changes, library(detector()), expired=lambda: next(ticks))
    assert [one.path for one in result.findings] == [b"a.py"]
    assert [(entry.path, entry.reason) for entry in result.not_checked] == [(b"b.py", "time")]


def test_the_prefilter_changes_speed_and_nothing_else() -> None:
    changes = [added_file(BAD, b"a.py"), added_file(b"x = 1\n", b"b.py")]
    keys = [
        [one.sort_key() for one in scan(changes, library(detector()), prefilter=on).findings]
        for on in (True, False)
    ]
    assert keys[0] == keys[1] != []


# -- fingerprints (FP-1) ---------------------------------------------------------------------------


def prints(text: bytes, path: bytes = b"a.py", *more: CompiledDetector) -> list[str]:
    return [one.fingerprint for one in scan([added_file(text, path)], library(detector(), *more)).findings]


def test_fingerprint_outlives_moves_indentation_and_line_ends() -> None:
    once = prints(BAD)
    assert prints(b"import os\n\n" + BAD) == once
    assert prints(BAD.replace(b"\n", b"\r\n")) == once
    assert prints(b"if x:\n    " + BAD.strip().replace(b"\n", b"\n    ") + b"\n") == once


def test_fingerprint_tells_paths_and_copies_apart() -> None:
    assert prints(BAD, b"b.py") != prints(BAD)
    first, second = prints(BAD + BAD)
    assert [first] == prints(BAD) and first != second


def test_fingerprint_does_not_depend_on_what_else_is_staged() -> None:
    old_and_new = FileChange(
        b"a.py",
        "M",
        hunk=b"".join(b" " + line + b"\n" for line in BAD.splitlines())
        + b"".join(b"+" + line + b"\n" for line in BAD.splitlines()),
    )
    found = scan([old_and_new], library(detector())).findings
    assert [one.fingerprint for one in found] == prints(BAD + BAD)[1:]


def test_fingerprint_is_the_documented_hash() -> None:
    assert fingerprint("p", b"a.py", "except:", 0) == prints(BAD)[0]
    assert fingerprint("p", b"a", "x", 0) == "fbad7d1ddda13115913bdb347597c867"


# -- detectors of other kinds ----------------------------------------------------------------------


def ready(expression: Expression, name: str, **other: object) -> CompiledDetector:
    """As `engines.compile` makes it, prefilter and all."""
    prepared = prepare(expression)
    return detector(
        name,
        kind=expression.kind,
        spec=prepared.spec,
        languages=prepared.languages,
        added_any=prepared.added_any,
        file_all=prepared.file_all,
        fold=prepared.fold,
        follow=prepared.follow,
        **other,
    )


LITERAL = ready(Literal(("breakpoint(",)), "literal")
REGEX = ready(Regex(r"yaml\.load\("), "regex")
RULE = ready(AstGrep("python", '{"pattern":"yaml.load($A)"}', anchor=("A",)), "rule")
MIXED = b"import yaml\nbreakpoint()\nyaml.load(\n  x)\ntry:\n    a()\nexcept:\n    pass\n"


def test_kinds_side_by_side() -> None:
    every = library(LITERAL, REGEX, RULE, detector())
    assert places(added_file(MIXED, b"a.py"), of=every) == [
        ("p/literal", 2, 1),
        ("p/regex", 3, 1),
        ("p/rule", 4, 3),
        ("p/bare_except", 7, 1),
    ]
    assert places(added_file(MIXED, b"a.txt"), of=every) == [("p/literal", 2, 1), ("p/regex", 3, 1)]


def test_any_anchor_on_an_added_line_is_enough_and_the_first_is_shown() -> None:
    calls = library(ready(AstGrep("python", '{"pattern":"run($A, $B)"}', anchor=("A", "B")), "rule"))
    assert places(modified(b" run(a,", b"+    b)"), of=calls) == [("p/rule", 1, 5)]
    assert places(modified(b"+run(a,", b"     b)"), of=calls) == [("p/rule", 1, 5)]
    assert places(modified(b" run(a,", b"     b,", b"+   )"), of=calls) == []


def test_two_kinds_on_one_anchor_are_one_finding_of_the_higher_level() -> None:
    both = library(
        ready(Literal(("eval(",)), "literal", level="hint"),
        ready(Regex(r"eval\("), "regex", level="warn"),
    )
    result = scan([added_file(b"eval(x)\n", b"a.py")], both)
    assert [(one.rule_id, one.level) for one in result.findings] == [("p/regex", "warn")]


def test_a_fingerprint_does_not_depend_on_the_kind() -> None:
    found = [
        scan([added_file(b"x = yaml.load(y)\n", b"a.py")], library(one)).findings
        for one in (REGEX, RULE, ready(Literal(("yaml.load(",)), "literal"))
    ]
    assert len({one.fingerprint for (one,) in found}) == 1


def test_tsx_is_typescript_with_a_grammar_of_its_own() -> None:
    calls = library(ready(AstGrep("typescript", '{"pattern":"eval($A)"}'), "rule"))
    text = b"let a = <B c={eval(x)}>y</B>\n"
    assert places(added_file(text, b"a.tsx"), of=calls) == [("p/rule", 1, 15)]
    assert places(added_file(b"let a = <T>eval(x)\n", b"a.ts"), of=calls) == [("p/rule", 1, 12)]
    assert places(added_file(text, b"a.js"), of=calls) == []


def many_regexes() -> list[CompiledDetector]:
    some = [
        "^start",
        "end$",
        r"^\S+$",
        r"\bword\b",
        "(?i)case",
        "(?P<anchor>a)b",
        "x{20}",
        "[é]",
        r"\r",
        "y.{9}z",
    ]
    return [
        ready(Regex(one), f"r{index}") for index, one in enumerate([*some, *(f"never{n}" for n in range(20))])
    ]


LONG = b"nothing here \xc3\xa4\n" * 400
SET_TEXTS = [
    LONG + b"start\r\n" + LONG + b"the end\r\nlast end",
    b"\xef\xbb\xbfstart\n" + LONG,
    LONG + "é\nword ab CASE\n".encode() + b"x" * 20 + b"\nyaaaaaaaaaz\na\rb\n",
    LONG.replace(b"\n", b"\r\n") + b"word\r\n",
]


@pytest.mark.parametrize("text", SET_TEXTS)
def test_the_set_of_many_regexes_finds_what_each_finds_by_itself(text: bytes) -> None:
    many = many_regexes()
    together = scan([added_file(text, b"a.txt")], library(*many)).findings
    alone = [one for each in many for one in scan([added_file(text, b"a.txt")], library(each)).findings]
    unfiltered = scan([added_file(text, b"a.txt")], library(*many), prefilter=False).findings
    spots = {(one.rule_id, one.line, one.column) for one in together}
    assert spots == {(one.rule_id, one.line, one.column) for one in unfiltered} != set()
    assert {(line, column) for _, line, column in spots} == {(one.line, one.column) for one in alone}


# -- caps (DIFF-11) --------------------------------------------------------------------------------

FILLER = b"x = '" + b"y" * 2000 + b"'\n"


def test_above_a_mebibyte_structure_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    find = doors.find
    monkeypatch.setattr(doors, "find", lambda kind, *rest: asked.append(kind) or find(kind, *rest))
    change = added_file(FILLER * (TEXT_CAP // len(FILLER) + 1) + MIXED, b"a.py")
    assert len(scan([change], library(LITERAL, RULE, detector())).findings) == 1
    assert asked == ["literal"]


def reasons(*changes: FileChange, of: CompiledLibrary) -> list[tuple[str, str]]:
    return [(entry.detector, entry.reason) for entry in scan(changes, of).not_checked]


def test_above_a_mebibyte_lines_are_read_and_structure_is_not() -> None:
    filler = FILLER * (TEXT_CAP // len(FILLER) + 1)
    result = scan([added_file(filler + MIXED, b"a.py")], library(LITERAL, REGEX, RULE, detector()))
    assert [one.rule_id for one in result.findings] == ["p/literal", "p/regex"]
    assert [(entry.detector, entry.reason) for entry in result.not_checked] == [
        ("p/rule, p/bare_except", "larger than 1 MiB")
    ]


def test_above_five_mebibytes_added_nothing_is_read() -> None:
    filler = FILLER * (ADDED_CAP // len(FILLER) + 1)
    every = library(LITERAL, REGEX)
    result = scan([added_file(filler + MIXED, b"a.py")], every)
    assert result.findings == []
    assert [entry.reason for entry in result.not_checked] == ["more than 5 MiB added"]
    old = FileChange(b"a.py", "M", hunk=(b" " + FILLER) * (ADDED_CAP // len(FILLER) + 1) + b"+breakpoint()\n")
    assert [one.rule_id for one in scan([old], every).findings] == ["p/literal"]


def test_above_the_runs_cap_what_is_left_is_named() -> None:
    text = b"x = 1\n" * 100 + b"breakpoint()\n"
    sieve = Sieve(library(LITERAL), run_cap=1300)
    changes = [added_file(text, name) for name in (b"a.py", b"b.py", b"c.py", b"d.txt")]
    triggered = {one.path: len(one.triggered) for one in sieve.candidates(changes)}
    assert triggered == {b"a.py": 1, b"b.py": 1, b"c.py": 0, b"d.txt": 0}
    told = [(entry.path, entry.detector, entry.reason) for entry in sieve.result.not_checked]
    assert told == [(name, "p/literal", "more than 64 MiB in one run") for name in (b"c.py", b"d.txt")]


def test_a_long_line_is_left_out_and_named() -> None:
    text = b"breakpoint()\n" + b"breakpoint() " * 1000 + b"\nbreakpoint()\n"
    result = scan([added_file(text, b"a.min.txt")], library(LITERAL, REGEX))
    assert [one.line for one in result.findings] == [1, 3]
    assert [(entry.detector, entry.reason) for entry in result.not_checked] == [
        ("p/literal", "a line of more than 10,000 bytes was left out")
    ]


def test_a_line_of_ten_thousand_bytes_is_read() -> None:
    text = b"breakpoint()" + b" " * 9_988 + b"\nx\n"
    assert len(text.split(b"\n")[0]) == LINE_CAP
    assert places(added_file(text, b"a.py"), of=library(LITERAL)) == [("p/literal", 1, 1)]
    assert reasons(added_file(text, b"a.py"), of=library(LITERAL)) == []


# -- groups and time -------------------------------------------------------------------------------


def test_time_is_asked_for_before_each_group() -> None:
    every = library(LITERAL, REGEX, RULE, detector(), detector("swallowed"))
    asked: list[int] = []
    result = scan(
        [added_file(MIXED, b"a.py")], every, expired=lambda: len(asked) > 1 or bool(asked.append(1))
    )
    assert [one.rule_id for one in result.findings] == ["p/bare_except"]
    assert {entry.reason for entry in result.not_checked} == {"time"}
    named = ", ".join(entry.detector for entry in result.not_checked)
    assert sorted(named.split(", ")) == ["p/literal", "p/regex", "p/rule"]


def test_checks_of_one_built_in_are_degraded_together() -> None:
    both = library(detector(), detector(pattern="q"), detector("swallowed", level="warn"))
    result = scan([added_file(MIXED + b"x = = 1\n", b"a.py")], both)
    assert [(one.rule_id, one.level, one.degraded) for one in result.findings] == [
        ("p/bare_except", "warn", True),
        ("q/bare_except", "warn", True),
    ]


# -- engines that are not there --------------------------------------------------------------------

WITHOUT_ENGINES = """
import marshal
import sys

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("re2", "_re2", "ast_grep_py"):
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Refusing())
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.diff import added_file
from feedback_loop.engines.scan import scan

library, text = marshal.loads(sys.stdin.buffer.read())
result = scan([added_file(text, b"a.py")], CompiledLibrary.from_tuple(library))
for one in result.findings:
    print("found", one.rule_id, one.level)
for entry in result.not_checked:
    print("not checked", entry.detector, "|", entry.reason)
"""


def without_engines(text: bytes, *detectors: CompiledDetector) -> list[str]:
    """What a scan says where neither engine can be imported; the library was compiled where they could."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ENGINES],
        input=marshal.dumps((library(*detectors).to_tuple(), text)),
        capture_output=True,
        cwd=ROOT,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize("count", [1, 30])
def test_without_engines_their_detectors_are_named_and_built_ins_still_block(count: int) -> None:
    told = without_engines(
        MIXED + b"# filler\n" * 600, RULE, *(many_regexes() * 3)[:count], REGEX, detector()
    )
    assert told[0] == "found p/bare_except block"
    (regexes,) = (line for line in told if "| google-re2 cannot be loaded (No module named 're2')" in line)
    assert "p/regex" in regexes
    (rules,) = (
        line for line in told if "| ast-grep cannot be loaded (No module named 'ast_grep_py')" in line
    )
    assert rules.startswith("not checked p/rule |")
    assert len(told) == 3


def test_without_ast_grep_a_broken_file_is_named_with_all_its_checks() -> None:
    (told,) = without_engines(MIXED + b"x = = 1\n", detector(), detector("swallowed"))
    assert told.startswith("not checked p/bare_except, p/swallowed | not parsed as Python")


def test_without_engines_literals_are_still_found() -> None:
    assert "found p/literal block" in without_engines(MIXED, LITERAL, REGEX)


def test_an_old_long_line_is_nobodys_concern() -> None:
    old = modified(b" " + b"x" * 20_000, b"+breakpoint()")
    assert reasons(old, of=library(LITERAL)) == []


def test_checks_of_one_built_in_that_did_not_run_are_all_named() -> None:
    both = library(detector("swallowed"), detector("swallowed", pattern="q"))
    (entry,) = scan([added_file(MIXED + b"x = = 1\n", b"a.py")], both).not_checked
    assert entry.detector == "p/swallowed, q/swallowed"
    assert "2 of 2 triggered detectors did not run" in entry.reason


def test_above_what_a_rule_may_read_the_others_still_run() -> None:
    far = ready(AstGrep("python", '{"pattern":"print($A)","nthChild":1}'), "far")
    text = b"x = 1\n" * 12_000 + b"print(1)\n" + BAD
    result = scan([added_file(text, b"a.py")], library(far, detector()))
    assert [one.rule_id for one in result.findings] == ["p/bare_except"]
    assert [(one.detector, one.reason) for one in result.not_checked] == [
        ("p/far", "larger than a rule may read that walks in circles")
    ]


def test_when_time_is_up_in_the_sieve_the_rest_is_named() -> None:
    ticks = iter([False, True])
    sieve = Sieve(library(detector()), expired=lambda: next(ticks))
    changes = [added_file(BAD, b"a.py"), added_file(BAD, b"b.py")]
    assert [one.path for one in sieve.candidates(changes)] == [b"a.py"]
    assert [(one.path, one.reason) for one in sieve.result.not_checked] == [(b"b.py", "time")]
