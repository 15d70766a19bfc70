"""A failing test tells the same, whatever it was read from."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.formats.failed_request import failed_tests
from feedback_loop.formats.failed_test import failed_test, node_id
from feedback_loop.formats.junit_report import read_junit
from feedback_loop.formats.records import make_event
from feedback_loop.formats.reportlog import read_reportlog
from feedback_loop.formats.traceback import parse_traces

REPORTS = Path(__file__).parent / "data" / "reports"
AT = "2026-11-20T09:30:00Z"

LONG = """\
rows = [], index = 0

    def pick(rows, index):
        # the first
>       first = rows[index]
                ^^^^^^^^^^^
E       IndexError: list index out of range

tests/helper.py:6: IndexError"""

SUITE = {
    "tests/helper.py": "def pick(rows):\n    return rows[0]\n\n\nclass Contract:\n    def test_value(self):\n        assert self.value == 4\n",
    "tests/conftest.py": """\
import sys
from pathlib import Path

from _pytest.junitxml import LogXML

sys.path.insert(0, str(Path(__file__).parent))


def pytest_configure(config):
    path = config.rootpath / "xunit2.xml"
    config.pluginmanager.register(LogXML(str(path), None, "pytest", "no", "total", "xunit2", True))
""",
    "tests/test_broken.py": "import nowhere_to_be_found\n",
    "tests/deep/checks_test.py": """\
import unittest


class Checks(unittest.TestCase):
    def test_equal(self):
        self.assertEqual([1], [2])
""",
    "tests/deep/test_inherits.py": "from helper import Contract\n\n\nclass TestMine(Contract):\n    value = 3\n",
    "tests/test_shop.py": """\
import pytest
from helper import pick


def test_passes():
    pass


def test_chain():
    try:
        pick([])
    except IndexError as error:
        raise ValueError("\\n".join(f"line {number} of a long message" for number in range(60))) from error


@pytest.mark.parametrize("text", ["plain", "with[bracket]", "a::b", "dir/name.py", "x y"])
def test_parameters(text):
    assert not text, f"bad: {text}"


class TestOuter:
    class TestInner:
        def test_nested(self):
            raise RuntimeError("one\\r\\ntwo \\x1b[31mred\\x07 \\ufffe")

    def test_method(self, request):
        value = [
            1,
        ]

        assert (
            value
            == [3]
        ), "wordy " * 200


@pytest.fixture
def broken():
    raise OSError('said "no"\\nand stayed with it')


@pytest.fixture
def mess():
    yield 1
    raise OSError("teardown " * 100)


def test_setup(broken):
    pass


def test_teardown(mess):
    pass


def test_both(mess):
    assert mess == 2


def test_no_fixture(nowhere):
    pass


@pytest.mark.xfail(reason="known", strict=True)
def test_strict():
    pass


@pytest.mark.xfail(reason="known")
def test_known():
    assert False


def test_subtests(subtests):
    for number in range(3):
        with subtests.test("sub", number=number):
            assert number % 2, "odd one"
""",
}


def fields(one: Reported) -> dict[str, object]:
    return dict(one.fields)


def told(message: str = "", text: str = "", phase: str = "call") -> dict[str, object]:
    return fields(failed_test("a.py::test_b", message, text, phase=phase))


def comparable(read: ReportRead) -> list[Reported]:
    """Without what a source alone knows: its numbering, and when exactly the test began."""
    plain = [replace(one, entry=0, at=None) for one in read.reported]
    return sorted(plain, key=lambda one: (one.place, str(one.fields)))


# -- all sources tell the same -----------------------------------------------------------------------


def run_pytest(folder: Path, *options: str) -> None:
    for name, source in SUITE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\njunit_family = xunit1\n", "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
    ]
    done = subprocess.run(
        [*command, "--junitxml=xunit1.xml", "--report-log=log.jsonl", *options],
        cwd=folder,
        env={**os.environ, "COLUMNS": "97"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize("options", [(), ("--tb=short", "--showlocals")], ids=["long", "short"])
def test_junit_of_both_families_and_the_report_log_tell_the_same(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    pytest.importorskip("pytest_reportlog")
    run_pytest(tmp_path, *options)
    log = comparable(read_reportlog((tmp_path / "log.jsonl").read_bytes()))
    assert len(log) == 19
    assert comparable(read_junit((tmp_path / "xunit1.xml").read_bytes())) == log
    assert comparable(read_junit((tmp_path / "xunit2.xml").read_bytes())) == log


def test_the_reports_kept_here_tell_the_same() -> None:
    log, old, new = (
        [replace(one, trace="") for one in comparable(read)]
        for read in (
            read_reportlog((REPORTS / "pytest.jsonl").read_bytes()),
            read_junit((REPORTS / "pytest-xunit1.xml").read_bytes()),
            read_junit((REPORTS / "pytest-xunit2.xml").read_bytes()),
        )
    )
    assert log == old == new
    assert [one.place for one in log] == [
        "tests/test_calc.py::TestOuter::TestInner::test_nested",
        "tests/test_calc.py::TestOuter::test_method",
        "tests/test_calc.py::test_both",
        "tests/test_calc.py::test_both[teardown]",
        "tests/test_calc.py::test_chained",
        "tests/test_calc.py::test_compares",
        "tests/test_calc.py::test_many_lines",
        "tests/test_calc.py::test_no_fixture[setup]",
        "tests/test_calc.py::test_parameters[a::b]",
        "tests/test_calc.py::test_parameters[dir/name]",
        "tests/test_calc.py::test_parameters[plain]",
        "tests/test_calc.py::test_parameters[with[bracket]]",
        "tests/test_calc.py::test_parameters[x y]",
        "tests/test_calc.py::test_prints",
        "tests/test_calc.py::test_raises_deep",
        "tests/test_calc.py::test_setup[setup]",
        "tests/test_calc.py::test_strict_xpass",
        "tests/test_calc.py::test_subtests",
        "tests/test_calc.py::test_subtests",
        "tests/test_calc.py::test_teardown[teardown]",
        "tests/unit/checks_test.py::Checks::test_equal",
        "tests/unit/checks_test.py::Checks::test_unexpected",
        "tests/unit/test_broken.py[collect]",
        "tests/unit/test_doc.txt::test_doc.txt",
        "tests/unit/test_inherits.py::TestMine::test_value",
    ]


# -- reasons -----------------------------------------------------------------------------------------


def test_the_reason_is_the_exceptions_own_text() -> None:
    assert (
        told(" IndexError: list index out of range\n", LONG)["failure_reason"]
        == "IndexError: list index out of range"
    )


@pytest.mark.parametrize("phase", ["setup", "teardown"])
def test_the_words_of_a_junit_report_for_the_phase_are_undone(phase: str) -> None:
    assert told(f'failed on {phase} with "OSError: a "quoted" word"', LONG, phase) == told(
        'OSError: a "quoted" word', LONG, phase
    )


@pytest.mark.parametrize("phase", ["call", "setup", "teardown"])
@pytest.mark.parametrize("lines", [1, 2, 12, 13, 14, 60])
def test_a_message_that_pytest_shortened_is_the_whole_one(phase: str, lines: int) -> None:
    junitxml = pytest.importorskip("_pytest.junitxml")
    message = "\n".join(f"line {number} of a message which is long" for number in range(lines))
    around = message if phase == "call" else f'failed on {phase} with "{message}"'
    assert told(junitxml.shorten_message(around), LONG, phase) == told(message, LONG, phase)


@pytest.mark.parametrize("phase", ["call", "setup"])
def test_a_line_that_pytest_cut_loses_its_last_word(phase: str) -> None:
    junitxml = pytest.importorskip("_pytest.junitxml")
    message = "x " * 220 + "token=hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2\nand more"
    around = message if phase == "call" else f'failed on {phase} with "{message}"'
    assert told(junitxml.shorten_message(around), LONG, phase) == told(message, LONG, phase)
    assert "hunter2hunter2" not in str(told(message, LONG, phase))


def test_a_reason_has_at_most_500_characters_and_no_secret() -> None:
    reason = told("AssertionError: ghp_0123456789abcdefghijklmnopqrstuvwxyz " + "x" * 5_000)["failure_reason"]
    assert isinstance(reason, str)
    assert len(reason) <= 500
    assert "0123456789" not in reason


def test_a_collection_tells_its_error_and_not_its_heading() -> None:
    text = "ImportError while importing test module '/x/a.py'.\nTraceback:\na.py:1: in <module>\n    import b\nE   ModuleNotFoundError: b"
    assert told("collection failure", text, "collect") == told(text, text, "collect")
    assert told("", text, "collect")["failure_reason"] == "ModuleNotFoundError: b"


def test_without_a_message_the_long_text_says_it() -> None:
    assert told("", "\n  Boom!\n  at x")["failure_reason"] == "Boom!"
    assert (
        told("", 'Traceback (most recent call last):\n  File "a", line 1\nKeyError: 1\n')["failure_reason"]
        == "KeyError: 1"
    )
    assert told()["failure_reason"] == ""


# -- code --------------------------------------------------------------------------------------------


def test_the_code_is_the_function_up_to_the_line_that_failed() -> None:
    assert (
        told("x", LONG)["code_snippet"] == "def pick(rows, index):\n    # the first\n    first = rows[index]"
    )


@pytest.mark.parametrize("first", ["def test_b():", "async def test_b():", "@mark\n    def test_b():"])
def test_a_first_line_that_pytest_stripped_is_source_again(first: str) -> None:
    text = first + "\n>       [][0]\nE       IndexError: list index out of range\n\na.py:2: IndexError"
    one = failed_test("a.py::test_b", "x", text)
    assert fields(one)["code_snippet"] == dedent(f"    {first}\n        [][0]")
    assert [frame.function for frame in parse_traces(one.trace)[0].frames] == ["test_b"]


@pytest.mark.parametrize(
    "text", ["def", "def x():\nno more", "definitely\n    not", "> x\n    y", "rows = []\n    x"]
)
def test_what_is_no_source_stands_as_it_is(text: str) -> None:
    assert failed_test("a.py::test_b", "x", text).trace == text


def test_the_code_has_at_most_ten_lines() -> None:
    text = (
        "".join(f"    line_{number}()\n" for number in range(30)) + ">   boom(\n        1,\n    )\nE   Boom"
    )
    snippet = told("x", text)["code_snippet"]
    assert isinstance(snippet, str)
    assert snippet.splitlines()[-3:] == ["boom(", "    1,", ")"]
    assert len(snippet.splitlines()) == 10


def test_the_code_of_a_traceback_is_that_of_its_deepest_call() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n  File "b.py", line 2, in g\n    x = [\n    ~~~~\n        1][2]\nIndexError'
    assert told("x", text)["code_snippet"] == "x = [\n    1][2]"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "java.lang.AssertionError\n\tat a.B.c(B.java:3)",
        "E       fixture 'x' not found\n>       available fixtures: y",
    ],
)
def test_without_code_there_is_no_snippet(text: str) -> None:
    assert "code_snippet" not in told("x", text)


# -- names -------------------------------------------------------------------------------------------


def test_a_phase_that_is_not_the_call_stands_in_the_place_only() -> None:
    one = failed_test("a.py::test_b", "x", "", phase="teardown")
    assert (one.place, fields(one)["test_name"]) == ("a.py::test_b[teardown]", "a.py::test_b")


@pytest.mark.parametrize(
    ("classname", "name", "file", "text", "expected"),
    [
        ("tests.test_a", "test_b[1.5]", "tests/test_a.py", None, "tests/test_a.py::test_b[1.5]"),
        (
            "tests.test_a.TestC.TestD",
            "test_b",
            "tests/test_a.py",
            None,
            "tests/test_a.py::TestC::TestD::test_b",
        ),
        ("tests.test_a", "test_b", "tests\\test_a.py", None, "tests/test_a.py::test_b"),
        ("ci.linux.tests.test_a.TestC", "test_b", "tests/test_a.py", None, "tests/test_a.py::TestC::test_b"),
        ("", "tests.test_a", "tests/test_a.py", None, "tests/test_a.py"),
        ("docs.guide.md", "guide.md", "docs/guide.md", None, "docs/guide.md::guide.md"),
        ("my.dir.test_a", "test_b", "", "my.dir/test_a.py:3: E", "my.dir/test_a.py::test_b"),
        ("tests.test_a.TestC", "test_b", "", "test_a.py:3: AssertionError", "tests/test_a.py::TestC::test_b"),
        ("tests.check", "test_b", "", '  File "/srv/x/tests/check.py", line 3', "tests/check.py::test_b"),
        (
            "tests.test_a.TestC",
            "test_b",
            "tests/base.py",
            "tests/base.py:3: E",
            "tests/test_a.py::TestC::test_b",
        ),
        ("", "tests.test_a", "", "", "tests/test_a.py"),
        ("tests.check", "test_b", "", "no file", "tests.check::test_b"),
        ("com.acme.CartTest", "empty", "", None, "com.acme.CartTest::empty"),
        ("com.acme.CartTest", "empty", "src/CartTest.java", None, "com.acme.CartTest::empty"),
        ("", "alone", "", None, "alone"),
    ],
)
def test_a_test_has_its_node_id_where_it_can_be_told(
    classname: str, name: str, file: str, text: str | None, expected: str
) -> None:
    assert node_id(classname, name, file, text) == expected


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1), st.text(), st.text(), st.sampled_from(["call", "setup", "teardown", "collect"]))
def test_any_text_makes_an_event(name: str, message: str, text: str, phase: str) -> None:
    one = failed_test(f"t{name}", message, text, phase=phase)
    event = make_event(one.kind, AT, fields(one))
    assert event.kind == "test_failure"
    assert len(str(fields(one)["failure_reason"])) <= 500
    assert str(fields(one).get("code_snippet", "")).count("\n") < 10


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(), st.text(), st.text())
def test_any_names_make_a_name(classname: str, name: str, file: str, text: str) -> None:
    assert isinstance(node_id(classname, name, file, text), str)


def test_a_text_that_begins_with_nothing_but_blanks_has_a_reason_all_the_same() -> None:
    one = failed_test("a.py::test_b", "", " " * 600 + "|")
    assert dict(one.fields)["failure_reason"] == "|"


# -- Schemathesis under pytest -------------------------------------------------------------------------

CHECKS = """\
+ Exception Group Traceback (most recent call last):
  |   File "/srv/test_api.py", line 10, in test_api
  |     case.call_and_validate()
  | schemathesis.core.failures.FailureGroup: Schemathesis found 2 distinct failures
  |
  | - ST101 Server error
  |
  | - ST103 Undocumented status code
  |
  |     Received: 500
  |     Documented: 200, 422
  |
  | [500] Internal Server Error:
  |
  |     `- ST999 no check`
  |
  | Reproduce with:
  |
  |     curl -X GET http://testserver/products/{number}
  |
  |  (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | schemathesis.core.failures.ServerError: Server error
    +------------------------------------"""
SINGLE = "AllowHeaderMismatch(operation='POST /a/{id}', title='Allow header mismatch', message='x')"


def checks(name: str = "a.py::test_api", message: str = "", number: int = 7) -> tuple[Reported, ...]:
    text = CHECKS.replace("{number}", str(number))
    return failed_tests(failed_test(name, message or text, text), message or text)


def test_a_test_that_is_no_check_is_one_failure_as_it_was() -> None:
    one = failed_test("a.py::test_b", "KeyError: 1", LONG)
    assert failed_tests(one, "KeyError: 1") == (one,)


def test_each_check_that_failed_is_a_failure_whatever_the_data() -> None:
    told = [(one.place, one.endpoint, one.status, one.exception) for one in checks()]
    assert told == [
        ("a.py::test_api[GET /products/{id}] [ServerError] 500", "GET /products/7", 500, ""),
    ]
    assert [one.place for one in checks(number=8)] == [one.place for one in checks(number=7)]


def test_the_operation_of_a_check_comes_from_the_name_or_the_message() -> None:
    named = checks("a.py::test_api[GET /products/{pid}]")[0]
    assert (named.place, named.endpoint) == (
        "a.py::test_api[GET /products/{pid}] [ServerError] 500",
        "GET /products/{pid}",
    )
    told = checks(message=SINGLE)[0]
    assert (told.place, told.endpoint) == ("a.py::test_api[POST /a/{id}] [ServerError] 500", "POST /a/{id}")


def test_checks_are_found_among_the_lines_that_pytest_marks() -> None:
    marked = ["    case.call_and_validate()"]
    marked += [
        "E   " + line[4:] for line in CHECKS.splitlines() if line.startswith("  | ") and "File" not in line
    ]
    text = "\n".join(marked)
    told = failed_tests(failed_test("a.py::test_api", "x", text), "x")
    assert [(one.status, one.exception) for one in told] == [(500, "")]


def test_operations_of_one_test_function_are_told_apart_by_their_request() -> None:
    message = "KeyError: 'price'\n\nReproduce with:\n\n    curl -X POST http://testserver/a/7"
    (one,) = failed_tests(failed_test("a.py::test_api", message, message), message)
    assert (one.place, one.endpoint) == ("a.py::test_api[POST /a/{id}]", "POST /a/7")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(CHECKS)), st.text(max_size=20), st.integers(0, len(CHECKS)))
def test_checks_that_are_cut_off_never_make_it_raise(start: int, text: str, end: int) -> None:
    damaged = CHECKS[:start] + text + CHECKS[end:]
    assert failed_tests(failed_test("a.py::test_api", damaged, damaged), damaged)
