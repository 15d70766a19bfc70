"""The pytest plugin in pytest: most runs inside this process, where it is loaded by its entry point."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import feedback_loop.api.collect.recorded_run as api
import feedback_loop.faces.cli.collect
import feedback_loop.faces.run_recorder  # noqa: F401 - both stay loaded: `pytester` drops what came later
from feedback_loop.api.collect.reports import CollectOptions, collect_reports, collect_spool
from feedback_loop.api.metrics.collector import MetricsCollector
from feedback_loop.domain.event import Event
from feedback_loop.formats.records import event_data, parse_event
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace
from tests.faces.command_line import CommandLine, write_pattern
from tests.repo import Repo, clean_environment

FAILING = "def test_first():\n    assert [][0]\n"
MIXED = """
import unittest
import pytest

@pytest.fixture
def broken():
    raise ValueError("no setting")

@pytest.fixture
def untidy():
    yield
    raise KeyError("left over")

def test_call():
    items = []
    items[0]

def test_setup(broken):
    pass

def test_both(untidy):
    assert 1 == 2, "long\\n" * 300

@pytest.mark.xfail(strict=True, reason="known")
def test_strict():
    pass

@pytest.mark.parametrize("text", ["a/b::c[", "\\x1b[31mred\\x1b[0m"])
def test_each(text):
    raise RuntimeError(text)

def test_parts(subtests):
    for number in range(3):
        with subtests.test(number=number):
            assert number == 1

def test_parts_and_whole(subtests):
    with subtests.test(number=1):
        assert 0
    raise RuntimeError("the whole")

class TestInside:
    def test_method(self):
        raise TypeError

class Case(unittest.TestCase):
    def test_equal(self):
        self.assertEqual({"a": 1}, {"a": 2})

@pytest.mark.xfail(reason="known")
def test_expected():
    assert 0

@pytest.mark.xfail(reason="known")
def test_better():
    pass

def test_passes():
    pass

def test_skipped():
    pytest.skip("not here")
"""
MIXED_PLACES = [
    "test_mixed.py::Case::test_equal",
    "test_mixed.py::TestInside::test_method",
    "test_mixed.py::test_both",
    "test_mixed.py::test_both[teardown]",
    "test_mixed.py::test_call",
    "test_mixed.py::test_each[\\x1b[31mred\\x1b[0m]",
    "test_mixed.py::test_each[a/b::c[]",
    "test_mixed.py::test_parts",
    "test_mixed.py::test_parts",
    "test_mixed.py::test_parts_and_whole",
    "test_mixed.py::test_parts_and_whole",
    "test_mixed.py::test_setup[setup]",
    "test_mixed.py::test_strict",
]
# What plugins for flaky tests do: each attempt but the last is reported as a `rerun`.
RERUNS = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for attempt in range(3):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        failed = any(report.failed for report in reports)
        for report in reports:
            if report.failed and attempt < 2:
                report.outcome = "rerun"
            item.ihook.pytest_runtest_logreport(report=report)
        if not failed:
            break
    return True
"""


PLAIN = (
    *("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-p", "no:hypothesispytest"),
    *("-p", "no:schemathesis"),  # loaded anew by each of these runs
)


class Session:
    """pytest in a repository: its result, and what is left in the spool."""

    def __init__(self, pytester: pytest.Pytester, repo: Repo) -> None:
        self.pytester = pytester
        self.repo = repo
        self.spool = repo.root / ".git/feedback-loop/spool"

    def __call__(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*PLAIN, *arguments, no_reraise_ctrlc=True)

    def process(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same in a process of its own."""
        quiet = {"PYTHONWARNINGS": "", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=self.repo.root,
            env=self.repo.environment | quiet,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def events(self) -> list[Event]:
        files = sorted(self.spool.iterdir()) if self.spool.is_dir() else []
        lines = [line for file in files for line in file.read_text().splitlines()]
        return [parse_event(line, "spool") for line in lines]

    def places(self) -> list[str]:
        return sorted(event_data(event)["occurrence"]["test"] for event in self.events())


@pytest.fixture
def session(pytester: pytest.Pytester, home: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    repo = Repo(pytester.path, home)
    for name, value in clean_environment(home).items():
        if name not in ("PYTHONPATH", "PYTHONWARNINGS"):
            monkeypatch.setenv(name, value)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return Session(pytester, repo)


def warnings_of(result: pytest.RunResult) -> list[str]:
    return [line.strip() for line in result.outlines if "UserWarning: feedback-loop:" in line]


# -- not asked for ---------------------------------------------------------------------------------


def test_without_its_options_nothing_is_registered_and_nothing_written(session: Session) -> None:
    session.repo.write("test_a.py", FAILING)
    result = session()
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("feedback-loop: *")
    assert not (session.repo.root / ".git/feedback-loop").exists()
    config = session.pytester.parseconfigure()
    assert config.pluginmanager.has_plugin("feedback_loop")
    assert not config.pluginmanager.has_plugin("feedback_loop_recorder")


@pytest.mark.parametrize("options", [(), ("-W", "error")], ids=["plain", "errors"])
def test_a_name_alone_records_nothing_and_says_so(session: Session, options: tuple[str, ...]) -> None:
    session.repo.write("test_a.py", "def test_it():\n    pass\n")
    result = session("--feedback-loop-run", "r1", *options)
    result.assert_outcomes(passed=1, warnings=1)
    assert result.ret == 0
    (warning,) = warnings_of(result)
    assert "--feedback-loop-run alone records nothing: give --feedback-loop" in warning
    assert not (session.repo.root / ".git/feedback-loop").exists()


def test_a_worker_of_xdist_registers_nothing(session: Session) -> None:
    config = session.pytester.parseconfig("--feedback-loop")
    config.workerinput = {}  # type: ignore[attr-defined]
    config._do_configure()
    assert not config.pluginmanager.has_plugin("feedback_loop_recorder")


def test_the_plugin_imports_only_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import feedback_loop.faces.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = [name for name in done.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names]
    assert found == ["feedback_loop", "feedback_loop.faces", "feedback_loop.faces.pytest_plugin"]


# -- what is recorded ------------------------------------------------------------------------------


def test_calls_setups_teardowns_subtests_and_strict_xpasses_are_recorded(session: Session) -> None:
    session.repo.write("test_mixed.py", MIXED)
    result = session("--feedback-loop", "--feedback-loop-run", "r1")
    assert session.places() == MIXED_PLACES
    result.stdout.fnmatch_lines(
        ["feedback-loop: 13 failures recorded; `feedback-loop collect` takes them into the store"]
    )
    found = {event_data(event)["occurrence"]["test"]: event for event in session.events()}
    event = found["test_mixed.py::test_call"]
    data = event_data(event)
    assert (event.kind, event.patterns, event.by, event.commit) == (
        "test_failure",
        ("bounds_checking",),
        None,
        None,
    )
    assert data["test_name"] == "test_mixed.py::test_call"
    assert data["failure_reason"] == "IndexError: list index out of range"
    assert "items[0]" in data["code_snippet"]
    assert data["run"] == data["occurrence"]["run"] == "r1"
    strict = event_data(found["test_mixed.py::test_strict"])
    assert strict["failure_reason"] == "[XPASS(strict)] known"
    both = event_data(found["test_mixed.py::test_both"])
    assert len(both["failure_reason"]) <= 500
    assert len(both.get("code_snippet", "").splitlines()) <= 10
    assert len({event.at for event in session.events()}) == 1


def test_a_file_that_cannot_be_collected_is_recorded(session: Session) -> None:
    session.repo.write("tests/test_a.py", "import nothing_like_it\n")
    assert session("--feedback-loop").ret == pytest.ExitCode.INTERRUPTED
    (event,) = session.events()
    assert event_data(event)["occurrence"]["test"] == "tests/test_a.py[collect]"
    assert event_data(event)["failure_reason"] == "ModuleNotFoundError: No module named 'nothing_like_it'"


def test_attempts_at_a_flaky_test_are_one_failure(session: Session) -> None:
    session.repo.write("conftest.py", RERUNS)
    session.repo.write("test_a.py", FAILING)
    session("--feedback-loop")
    assert session.places() == ["test_a.py::test_first"]


def test_a_flaky_test_that_passed_in_the_end_is_no_failure(session: Session) -> None:
    session.repo.write("conftest.py", RERUNS)
    session.repo.write("test_a.py", "tries = []\ndef test_it():\n    tries.append(1)\n    assert tries[1:]\n")
    result = session("--feedback-loop")
    result.stdout.fnmatch_lines(["feedback-loop: nothing failed, nothing recorded"])
    assert result.ret == 0
    assert session.events() == []


def test_a_test_that_runs_twice_is_recorded_once(session: Session) -> None:
    session.repo.write("test_a.py", FAILING)
    session("--feedback-loop", "--keep-duplicates", "test_a.py", "test_a.py").assert_outcomes(failed=2)
    assert session.places() == ["test_a.py::test_first"]


@pytest.mark.parametrize("option", [["-x"], ["--maxfail=1"]])
def test_what_failed_before_the_run_was_stopped_is_recorded(session: Session, option: list[str]) -> None:
    session.repo.write("test_a.py", FAILING + "def test_second():\n    assert 0\n")
    session("--feedback-loop", *option).assert_outcomes(failed=1)
    assert session.places() == ["test_a.py::test_first"]


def test_what_failed_before_ctrl_c_is_recorded(session: Session) -> None:
    session.repo.write("test_a.py", FAILING + "def test_second():\n    raise KeyboardInterrupt\n")
    result = session("--enable-metrics")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert session.places() == ["test_a.py::test_first"]
    result.stdout.fnmatch_lines(["feedback-loop: 1 failure recorded;*"])


def test_secrets_stay_out(session: Session) -> None:
    secret = "ghp_" + "a1B2" * 9
    session.repo.write("test_a.py", f"def test_it():\n    raise ValueError('token={secret}')\n")
    session("--feedback-loop", "--metrics-output", "out.json")
    (event,) = session.events()
    assert secret not in event.data + (session.repo.root / "out.json").read_text()


def test_two_quiets_say_nothing(session: Session) -> None:
    session.repo.write("test_a.py", FAILING)
    session("--feedback-loop", "-qq").stdout.no_fnmatch_line("feedback-loop: *")
    assert session.places() == ["test_a.py::test_first"]


def test_a_run_changes_nothing_but_the_git_folder(session: Session) -> None:
    write_pattern(session.repo, "named_errors")
    session.repo.write("test_a.py", FAILING)
    session.repo.stage()
    session.repo.commit()
    before = {path: path.read_bytes() for path in session.repo.root.glob("patterns/*")}
    session("--feedback-loop")
    assert session.repo.git("status", "--porcelain", "--ignored") == ""
    assert before == {path: path.read_bytes() for path in session.repo.root.glob("patterns/*")}
    assert len(session.events()) == 1


# -- the file --------------------------------------------------------------------------------------


def entries(path: Path) -> Any:
    return json.loads(path.read_text())["test_failures"]


def test_the_file_alone_holds_metrics_and_the_spool_stays_empty(session: Session) -> None:
    session.repo.write("test_a.py", FAILING)
    result = session("--metrics-output", "below/out.json")
    (entry,) = entries(session.repo.root / "below/out.json")
    assert entry["test_name"] == "test_a.py::test_first"
    assert entry["pattern_violated"] == "bounds_checking"
    assert (entry["count"], entry["failure_reason"]) == (1, "IndexError: list index out of range")
    assert session.events() == []
    result.stdout.fnmatch_lines(["feedback-loop: 1 failure written to */below/out.json"])


def test_a_run_without_failures_replaces_the_file(session: Session) -> None:
    session.repo.write("test_a.py", "def test_it():\n    pass\n")
    collector = MetricsCollector()
    collector.log_test_failure("t", "E", "bounds_checking")
    path = session.repo.write("out.json", collector.export_json())
    assert warnings_of(session("--metrics-output", "out.json")) == []
    assert entries(path) == []


def collected() -> str:
    collector = MetricsCollector()
    collector.log_test_failure("t", "E", "bounds_checking")
    collector.log_bug("bounds_checking", "E", "", "a.py", 1)
    return collector.export_json()


@pytest.mark.parametrize(
    "content",
    [FAILING, collected(), '{"bugs": [{"pattern": "a"}]}', '{"test_failures": [], "mine": 1}', "[]", '"x"'],
    ids=["program", "collected", "bugs", "unknown", "list", "text"],
)
def test_a_file_that_holds_something_else_is_left_alone(session: Session, content: str) -> None:
    session.repo.write("test_a.py", FAILING)
    path = session.repo.write("notes", content)
    result = session("--metrics-output", "notes")
    assert path.read_text() == content
    (warning,) = warnings_of(result)
    assert "notes holds something else than a run's test failures" in warning
    result.stdout.no_fnmatch_line("feedback-loop: *written to*")


def test_a_tracked_file_is_left_alone(session: Session) -> None:
    session.repo.write("test_a.py", FAILING)
    path = session.repo.write("out.json", "{}")
    session.repo.stage("out.json")
    result = session("--feedback-loop", "--metrics-output", "out.json")
    assert path.read_text() == "{}"
    (warning,) = warnings_of(result)
    assert "out.json is tracked by git" in warning
    assert len(session.events()) == 1


def test_outside_of_a_repository_the_file_is_written_without_patterns(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING)
    result = pytester.runpytest_inprocess(*PLAIN, "--metrics-output", "out.json")
    (entry,) = entries(pytester.path / "out.json")
    assert entry["pattern_violated"] is None
    assert warnings_of(result) == []


# -- its own errors --------------------------------------------------------------------------------


def spoil_repository(session: Session) -> None:
    (session.repo.root / ".git").rename(session.repo.root / "gone")


def spoil_spool(session: Session) -> None:
    session.repo.write(".git/feedback-loop/spool", "a file\n")


def spoil_library(session: Session) -> None:
    write_pattern(session.repo, "named_errors")
    session.repo.write("patterns/named_errors.json", "{")


def spoil_us(session: Session) -> None:
    session.pytester._monkeypatch.setattr(api, "record_test_run", lambda *_: 1 / 0)


SPOILT = [
    (spoil_repository, "is not in a git repository"),
    (spoil_spool, "cannot write"),
    (spoil_library, "named_errors"),
    (spoil_us, "this run is not recorded: ZeroDivisionError"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILT, ids=[one.__name__ for one, _ in SPOILT])
def test_an_error_of_its_own_is_one_warning_and_the_result_stands(
    session: Session, spoil: Callable[[Session], None], words: str
) -> None:
    session.repo.write("test_a.py", FAILING + "def test_second():\n    pass\n")
    spoil(session)
    result = session("--feedback-loop", "-W", "error")
    result.assert_outcomes(failed=1, passed=1, warnings=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (warning,) = warnings_of(result)
    assert words in warning


def test_where_warnings_are_counted_it_is_a_line(session: Session) -> None:
    session.repo.write("test_a.py", "def test_it():\n    pass\n")
    spoil_library(session)
    session.repo.write("pytest.ini", "[pytest]\nmax_warnings = 0\n")
    result = session("--feedback-loop")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["feedback-loop: nothing failed, nothing recorded; warning: patterns/named_err*"]
    )


def test_a_run_that_cannot_be_called_so_keeps_its_own_name(session: Session) -> None:
    session.repo.write("test_a.py", FAILING)
    (warning,) = warnings_of(session("--feedback-loop", "--feedback-loop-run", "x" * 201))
    assert "the run is not called as given" in warning
    (event,) = session.events()
    assert event_data(event)["run"].startswith("pytest 2")


# -- beside a JUnit report -------------------------------------------------------------------------


def told(event: Event) -> tuple[object, ...]:
    data = event_data(event)
    del data["run"]
    run = data["occurrence"].pop("run")
    assert run
    return event.kind, event.at, event.patterns, data


def collect_junit(repo: Repo, run: str | None, path: Path) -> int | None:
    workspace = Workspace.open(str(repo.root))
    done = collect_reports(workspace, [("junit.xml", path.read_bytes())], CollectOptions(run=run))
    assert done.total.rejected == ()
    return done.total.new


@pytest.mark.parametrize("name", ["r1", None])
def test_the_junit_report_of_the_same_run_adds_nothing(session: Session, name: str | None) -> None:
    session.repo.write("test_mixed.py", MIXED)
    session.repo.write("tests/below/test_gone.py", "import nothing_like_it\n")
    named = ["--feedback-loop-run", name] if name else []
    session("--feedback-loop", "--junitxml=junit.xml", "--continue-on-collection-errors", *named)
    spooled = [told(event) for event in session.events()]
    assert collect_spool(Workspace.open(str(session.repo.root))).total == 14
    assert session.events() == []
    assert collect_junit(session.repo, name, session.repo.root / "junit.xml") == 0
    assert len(read_events(str(session.repo.root)).events) == 14
    other = Repo(session.repo.root / "other", session.repo.root / "home")
    assert collect_junit(other, name, session.repo.root / "junit.xml") == 14
    junit = [told(event) for event in read_events(str(other.root)).events]
    assert sorted(junit, key=repr) == sorted(spooled, key=repr)


def test_a_report_of_an_old_pytest_that_names_no_zone_adds_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.repo.write("test_a.py", FAILING)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        patch.setattr(pytest, "version_tuple", (8, 2, 2))
        time.tzset()
        session("--feedback-loop", "--junitxml=junit.xml")
    time.tzset()
    path = session.repo.root / "junit.xml"
    plain = re.sub(r'(timestamp="[^"]*)-0[45]:00"', r'\1"', path.read_text())  # pytest < 8.3 wrote it so
    assert plain != path.read_text()
    path.write_text(plain)
    assert collect_spool(Workspace.open(str(session.repo.root))).total == 1
    assert collect_junit(session.repo, None, path) == 0


SOURCES = ("--feedback-loop", "--junitxml=junit.xml", "--report-log=log.jsonl")
STRIPPED = """
import pytest

@pytest.fixture
def broken():
    items = []
    return items[0]

def test_plain():
    [][0]

@pytest.mark.filterwarnings("error")
@pytest.mark.filterwarnings(
    "ignore"
)
def test_decorated():
    items = []

    assert items[0]

def test_setup(broken):
    pass
"""


def by_source(session: Session) -> dict[str, list[dict[str, Any]]]:
    """What each source told of the run, without its time and what it calls the run."""
    told = {"plugin": session.events()}
    for name in ("junit.xml", "log.jsonl"):
        workspace = Workspace.open(str(Repo(session.repo.root / name[:-4], session.repo.root / "home").root))
        collect_reports(workspace, [(name, (session.repo.root / name).read_bytes())])
        told[name] = list(read_events(workspace.root).events)
    found = {}
    for source, events in told.items():
        datas = [event_data(event) | {"patterns": event.patterns} for event in events]
        for data in datas:
            assert data.pop("run") == data["occurrence"].pop("run")
        found[source] = sorted(datas, key=lambda data: str(data["occurrence"]))
    return found


def test_the_line_that_pytest_stripped_is_source_in_every_source(session: Session) -> None:
    pytest.importorskip("pytest_reportlog")
    session.repo.write("test_a.py", STRIPPED)
    session(*SOURCES)
    found = by_source(session)
    assert found["plugin"] == found["junit.xml"] == found["log.jsonl"]
    assert [(one["code_snippet"], one["signature"].get("function")) for one in found["plugin"]] == [
        (
            '@pytest.mark.filterwarnings("error")\n@pytest.mark.filterwarnings(\n    "ignore"\n)\n'
            "def test_decorated():\n    items = []\n\n    assert items[0]",
            "test_a.test_decorated",
        ),
        ("def test_plain():\n    [][0]", "test_a.test_plain"),
        (
            "@pytest.fixture\ndef broken():\n    items = []\n    return items[0]",
            "test_a.broken",
        ),
    ]


def test_attempts_are_told_alike_by_every_source(session: Session) -> None:
    pytest.importorskip("pytest_reportlog")
    session.repo.write("conftest.py", RERUNS)
    flaky = "tries = []\ndef test_flaky():\n    tries.append(1)\n    assert tries[1:]\n"
    session.repo.write(
        "test_a.py", flaky + "def test_always():\n    tries.append(1)\n    assert 0, len(tries)\n"
    )
    session(*SOURCES)
    found = by_source(session)
    assert found["plugin"] == found["junit.xml"] == found["log.jsonl"]
    assert [one["failure_reason"] for one in found["plugin"]] == ["AssertionError: 5\nassert 0"]


def test_a_test_that_failed_twice_is_told_once_and_alike_by_every_source(session: Session) -> None:
    pytest.importorskip("pytest_reportlog")
    parts = "def test_parts(subtests):\n    for n in (1, 2):\n        with subtests.test(n=n):\n            assert 0\n"
    whole = "tries = []\ndef test_it():\n    tries.append(1)\n    assert 0, len(tries)\n"
    session.repo.write("test_a.py", whole + parts)
    session(*SOURCES, "--keep-duplicates", "test_a.py", "test_a.py")
    found = by_source(session)
    assert found["plugin"] == found["junit.xml"] == found["log.jsonl"]
    assert [one["failure_reason"] for one in found["plugin"]] == [
        "AssertionError: 1\nassert 0",
        *["assert 0"] * 2,
    ]


def test_the_command_takes_it_into_the_store(
    session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session.repo.write("test_a.py", FAILING)
    session("--feedback-loop")
    answer = CommandLine(session.repo, monkeypatch, capsys)("collect")
    assert answer.code == 0, answer.err
    (event,) = read_events(str(session.repo.root)).events
    assert event_data(event)["test_name"] == "test_a.py::test_first"


# -- as processes ----------------------------------------------------------------------------------


def test_found_by_its_entry_point_the_controller_of_xdist_alone_writes(session: Session) -> None:
    session.repo.write("test_mixed.py", MIXED)
    unneeded = [
        f"no:{name}" for name in ("cacheprovider", "junitxml", "cov", "hypothesispytest", "schemathesis")
    ]
    plugins = [word for name in unneeded for word in ("-p", name)]
    done = session.process(*plugins, "-n", "2", "--feedback-loop", "--metrics-output=out.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert session.places() == MIXED_PLACES
    assert done.stdout.count("feedback-loop: 13 failures recorded") == 1
    assert len(entries(session.repo.root / "out.json")) == 13
