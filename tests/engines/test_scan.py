"""Changes and a library in, findings out: the steps between, one by one."""

from __future__ import annotations

from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.diff import FileChange, added_file
from feedback_loop.domain.fingerprint import fingerprint
from feedback_loop.domain.globs import compile_globs
from feedback_loop.engines.scan import TEXT_CAP, scan

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
