"""Checks in files that do not parse: their twins on a tree with errors (DET-9)."""

from __future__ import annotations

import pytest

from feedback_loop.detectors.kinds import prepare
from feedback_loop.detectors.registry import load, names
from feedback_loop.detectors.structural import try_rule
from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.diff import FileChange, added_file
from feedback_loop.domain.finding import Finding, ScanResult
from feedback_loop.domain.pattern import Builtin
from feedback_loop.engines.scan import scan

WITH_TWIN = ["python.bare_except", "python.mktemp", "python.print_call"]

BAD = """\
import tempfile

def f():
    path = tempfile.mktemp('x')
    try:
        print('a', 1)
    except:
        return path
"""
LINES = {"python.mktemp": 4, "python.print_call": 6, "python.bare_except": 7}
# What makes a file no Python of any version, or none of this one; where it stands does not matter.
BROKEN = [
    "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n",
    "{% if x %}\nx = {{ y }}\n{% endif %}\n",
    "print 'python 2'\n",
    "exec 'x' in y\n",
    "x = = 1\n",
    "def g(:\n    pass\n",
    "x = 'never closed\n",
    "raise E, 'x'\n",
    "x = $y\n",
    "x = 1 ? 2 : 3\n",
]
AT_THE_END = [*BROKEN, "x = (1,\n", "if x:\n", "'''never closed\n"]


def compiled(*checks: str, level: str = "block") -> list[CompiledDetector]:
    found = []
    for name in checks:
        ready = prepare(Builtin(name))
        found.append(
            CompiledDetector(
                "p",
                name.partition(".")[2],
                "builtin",
                ready.spec,
                level,
                "high",
                ready.languages,
                (),
                (),
                ready.added_any,
                ready.file_all,
                "m",
                "h",
                follow=ready.follow,
            )
        )
    return found


def scanned(text: str | bytes, *detectors: CompiledDetector) -> ScanResult:
    data = text if isinstance(text, bytes) else text.encode()
    library = CompiledLibrary(
        "patterns/", "patterns", 1, "", "block", "open", False, False, "warn", (), (), (), (), [*detectors]
    )
    return scan([added_file(data, b"a.py")], library)


def findings(text: str | bytes, *checks: str) -> list[Finding]:
    return scanned(text, *compiled(*checks)).findings


def test_who_has_a_twin() -> None:
    having = []
    for name in names():
        check = load(name)
        assert check is not None
        if check.twin:
            having.append(name)
            assert try_rule("python", (check.twin, {}, {}, ())) == ""
    assert having == WITH_TWIN


@pytest.mark.parametrize("check", WITH_TWIN)
@pytest.mark.parametrize("broken", AT_THE_END)
def test_a_twin_finds_in_a_broken_file_what_its_check_finds(check: str, broken: str) -> None:
    (whole,) = findings(BAD, check)
    (found,) = findings(BAD + broken, check)
    assert (found.line, whole.line) == (LINES[check], LINES[check])
    assert (found.degraded, whole.degraded) == (True, False)
    assert (found.level, whole.level) == ("warn", "block")
    assert found.fingerprint == whole.fingerprint
    assert found.snippet == whole.snippet
    assert found.full == whole.full or check == "python.bare_except"


@pytest.mark.parametrize("check", WITH_TWIN)
@pytest.mark.parametrize("broken", BROKEN)
def test_what_breaks_a_file_may_stand_before_the_finding(check: str, broken: str) -> None:
    (whole,) = findings(BAD, check)
    (found,) = findings(broken + BAD, check)
    assert found.line == whole.line + broken.count("\n")
    assert (found.degraded, found.fingerprint) == (True, whole.fingerprint)


@pytest.mark.parametrize("level", ["block", "warn", "hint"])
def test_levels_are_lowered_never_raised(level: str) -> None:
    (found,) = scanned(BAD + "x = = 1\n", *compiled("python.mktemp", level=level)).findings
    assert found.level == min(level, "warn", key=["hint", "warn", "block"].index)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("python.bare_except", "try:\n    a()\nexcept ValueError:\n    pass\n"),
        ("python.bare_except", "try:\n    a()\nexcept:\n    clean_up()\n    raise\n"),
        ("python.bare_except", "# except:\nx = 'except:'\n"),
        ("python.print_call", "printer(1)\nx.print(1)\n# print(1)\n'print(1)'\nprint\n"),
        ("python.print_call", "print('a', file=f)\n"),
        ("python.print_call", "if __name__ == '__main__':\n    print(1)\n"),
        ("python.mktemp", "tempfile.mkdtemp()\nx.mktemp()\nmktemp\n# tempfile.mktemp()\n"),
    ],
)
def test_a_twin_is_silent_where_its_check_is(check: str, text: str) -> None:
    assert findings(text, check) == []
    assert findings("x = = 1\n" + text, check) == []


def test_a_raise_deeper_down_is_no_exemption() -> None:
    text = "try:\n    a()\nexcept:\n    if x:\n        raise\nx = = 1\n"
    assert [one.line for one in findings(text, "python.bare_except")] == [3]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"x = 1\rx = 2\nprint(1)\ny = = 2\n", 2),
        (b"# note\rprint(1)\ny = = 2\n", 1),
        (b"\xef\xbb\xbfx = 1\r\nprint(1)\r\ny = = 2\r\n", 2),
        (b"x = '\xe9'\nprint(1)\ny = = 2\n", 2),
        (b"# coding: nonsense\nprint(1)\n", 2),
        (b"x = 1\0\nprint(1)\n", 2),
    ],
)
def test_lines_of_a_twin_are_gits(text: bytes, line: int) -> None:
    assert [(one.line, one.degraded) for one in findings(text, "python.print_call")] == [(line, True)]


def test_text_that_hides_in_its_encoding_is_not_looked_at() -> None:
    result = scanned(b"# coding: utf-7\nx = 1+AAo-print(1)\n", *compiled("python.print_call"))
    assert result.findings == []
    (entry,) = result.not_checked
    assert entry.detector == "p/print_call"
    assert entry.reason.endswith("; 1 of 1 triggered detectors did not run")


# -- what is said about it -------------------------------------------------------------------------


def test_what_did_not_run_is_named_and_counted() -> None:
    checks = [*WITH_TWIN, "python.swallowed", "python.undeleted_temp"]
    text = BAD + "try:\n    tempfile.mkstemp()\nexcept Exception:\n    pass\nx = = 1\n"
    (entry,) = scanned(text, *compiled(*checks)).not_checked
    assert entry.detector == "p/swallowed, p/undeleted_temp"
    assert (
        "(line 13); 2 of 5 triggered detectors did not run, 3 ran on a tree with errors and can only warn"
    ) in (entry.reason)


def test_if_all_have_twins_it_is_said_too() -> None:
    (entry,) = scanned(BAD + "x = = 1\n", *compiled(*WITH_TWIN)).not_checked
    assert entry.detector == ""
    assert entry.reason.endswith(
        "; 0 of 3 triggered detectors did not run, 3 ran on a tree with errors and can only warn"
    )


def test_a_file_without_a_trigger_is_not_parsed_and_not_spoken_of() -> None:
    assert scanned("x = = 1\n", *compiled(*WITH_TWIN)).not_checked == []


def test_only_added_lines_count_in_a_broken_file_too() -> None:
    hunk = b" try:\n     a()\n except:\n     b()\n+x = = 1\n+try:\n+    a()\n+except:\n+    b()\n"
    library = CompiledLibrary(
        "patterns/",
        "patterns",
        1,
        "",
        "block",
        "open",
        False,
        False,
        "warn",
        (),
        (),
        (),
        (),
        compiled(*WITH_TWIN),
    )
    found = scan([FileChange(b"a.py", "M", hunk=hunk)], library).findings
    assert [one.line for one in found] == [8]
