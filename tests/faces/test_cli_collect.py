"""`feedback-loop collect`, as people and scripts see it."""

from __future__ import annotations

import gzip
import io
import json
import re
import shlex
import subprocess
import sys
from types import SimpleNamespace

import pytest

from feedback_loop.api.collect.reports import KINDS
from feedback_loop.formats.records import make_event
from feedback_loop.stores.event_files import FOLDER
from feedback_loop.stores.spool import append_spool
from feedback_loop.workspace import Workspace
from tests.faces.command_line import CommandLine
from tests.repo import ROOT, Repo

AT = "2026-11-20T09:30:00Z"
REPORT = """<testsuites><testsuite name="pytest" timestamp="2026-11-20T09:30:00Z">
<testcase classname="tests.test_a" name="test_fine"/>
<testcase classname="tests.test_a" name="test_first"><failure message="IndexError: list index out of range">
def test_first():
&gt;       items[0]
E       IndexError: list index out of range

tests/test_a.py:3: IndexError</failure></testcase>
</testsuite></testsuites>
"""
PLACE = {"physicalLocation": {"artifactLocation": {"uri": "app.py"}, "region": {"startLine": 3}}}
RESULT = {"ruleId": "E722", "level": "error", "message": {"text": "bare"}, "locations": [PLACE]}
RUFF = {"tool": {"driver": {"name": "ruff"}}, "results": [RESULT, RESULT | {"locations": []}]}
LINT = json.dumps({"version": "2.1.0", "runs": [RUFF]})
METRICS = {"bugs": [{"pattern": "bounds_checking", "error": "E", "file_path": "a.py", "timestamp": AT}]}


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    repo.write("report.xml", REPORT)
    repo.write("lint.sarif", LINT)
    return CommandLine(repo, monkeypatch, capsys)


def events(cli: CommandLine) -> int:
    return int(cli("events", "list", "--format", "json").json["matching"])


def test_a_report_is_collected_and_told(cli: CommandLine) -> None:
    answer = cli("collect", "report.xml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "report.xml: junit by its content, run pytest 2026-11-20T09:30:00Z",
        "  2 read, 1 new, 0 duplicate, 1 skipped, 0 rejected",
        "    1 skipped: passed",
        "    bounds_checking: 1",
    ]
    assert cli("collect", "report.xml").out.splitlines()[1].startswith("  2 read, 0 new, 1 duplicate")
    assert events(cli) == 1


def test_several_files_have_sums_and_a_bad_one_does_not_keep_the_others_out(cli: CommandLine) -> None:
    cli.repo.write("bad.bin", b"\0\1\2")
    answer = cli("collect", "bad.bin", "report.xml", "nowhere.xml", "lint.sarif")
    assert answer.code == 2
    assert "bad.bin: NOT collected: nothing that can be recognised (say what it is: --input" in answer.out
    assert "nowhere.xml: NOT collected: no such file: nowhere.xml" in answer.out
    assert "    rejected: result 2 names no file" in answer.out
    assert answer.out.splitlines()[-4:] == [
        "total of 4 files, 2 not usable",
        "  4 read, 2 new, 0 duplicate, 1 skipped, 1 rejected",
        "    bounds_checking: 1",
        "    specific_exceptions: 1",
    ]
    assert events(cli) == 2


def test_strict_makes_rejects_exit_1(cli: CommandLine) -> None:
    assert cli("collect", "lint.sarif").code == 0
    assert cli("collect", "lint.sarif", "--strict").code == 1
    assert cli("collect", "report.xml", "--strict").code == 0


def test_json_holds_all_of_it(cli: CommandLine) -> None:
    answer = cli("collect", "report.xml", "lint.sarif", "x.xml", "--format", "json").json
    assert answer["exit_code"] == 2
    assert [one["kind"] for one in answer["files"]] == ["junit", "sarif", None]
    assert answer["files"][0]["patterns"] == {"bounds_checking": 1}
    assert answer["files"][0]["skipped"] == {"passed": 1}
    assert answer["files"][1]["rejected"] == [
        {"path": "lint.sarif", "line": 0, "message": "result 2 names no file"}
    ]
    assert answer["files"][2]["error"] == "no such file: x.xml"
    assert answer["total"]["new"] == 2
    assert all((cli.repo.root / path).exists() for path in answer["paths"])
    assert len(answer["paths"]) == 2


def test_a_dry_run_writes_nothing_and_says_so(cli: CommandLine) -> None:
    answer = cli("collect", "report.xml", "--dry-run")
    assert answer.code == 0
    assert answer.out.endswith("dry run: nothing was written\n")
    assert not (cli.repo.root / FOLDER).exists()


@pytest.mark.parametrize("data", [REPORT.encode(), gzip.compress(REPORT.encode())])
def test_a_report_comes_from_standard_input(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    answer = cli("collect", "-", "--run", "build-7", "--at", "2026-11-01")
    assert answer.out.startswith("standard input: junit by its content, run build-7\n  2 read, 1 new")
    assert cli("events", "list").out.startswith("2026-11-20T09:30:00Z")


def test_input_says_what_a_file_is(cli: CommandLine) -> None:
    wrong = cli("collect", "report.xml", "--input", "sarif")
    assert (wrong.code, events(cli)) == (2, 0)
    told = cli("collect", "report.xml", "--input", "junit").out
    assert told.startswith("report.xml: junit, run ")
    unknown = cli("collect", "report.xml", "--input", "xunit")
    assert unknown.code == 2
    assert "--input: 'xunit' is not one of auto, junit" in unknown.err
    assert "(did you mean 'junit'?)" in unknown.err


def test_the_help_names_every_kind(cli: CommandLine) -> None:
    words = cli("collect", "--help").out.split("--input")[2].replace(",", " ").split()
    assert set(KINDS) <= {word.rstrip(".") for word in words}


def test_files_and_repository_are_seen_from_the_folder_named(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    assert cli("collect", "-C", str(cli.repo.root), "report.xml").code == 0
    assert cli("collect", "report.xml").code == 2  # no repository


def test_names_and_reasons_of_strangers_cannot_write_to_the_terminal(cli: CommandLine) -> None:
    cli.repo.write("a\x1b[2J.xml", REPORT.replace('name="pytest"', 'name="p&#x9b;31m"'))
    cli.repo.write("feedback-loop.toml", '[collect.rules]\n"ruff:\u202eE722" = "nobody_knows"\n')
    answer = cli("collect", "a\x1b[2J.xml", "gone\x1b[2J.xml")
    assert "\x1b" not in answer.out + answer.err
    assert "\x9b" not in answer.out
    assert "a\\x1b[2J.xml" in answer.out
    assert "'ruff:\\u202eE722' leads to no pattern: 'nobody_knows'" in answer.err


def test_many_rejects_are_counted(cli: CommandLine) -> None:
    run = RUFF | {"results": [RESULT | {"locations": []}] * 30}
    cli.repo.write("lint.sarif", json.dumps({"version": "2.1.0", "runs": [run]}))
    answer = cli("collect", "lint.sarif")
    assert answer.out.count("rejected: result") == 10
    assert "    rejected: 20 more" in answer.out


# -- metrics ---------------------------------------------------------------------------------------


def test_a_metrics_file_is_imported_once_with_the_six_counts(cli: CommandLine) -> None:
    cli.repo.write("metrics.json", json.dumps(METRICS))
    answer = cli("collect", "--metrics-file", "metrics.json")
    assert answer.out.splitlines() == [
        "metrics.json: metrics",
        "  1 in the file; as events 1 new, 0 duplicate, 0 rejected",
        "  bugs: 1",
        "  test_failures: 0",
        "  code_reviews: 0",
        "  performance_metrics: 0",
        "  deployment_issues: 0",
        "  code_generation: 0",
        "  total: 1",
    ]
    again = cli("collect", "metrics.json", "--format", "json").json["files"][0]
    assert (again["kind"], again["new"], again["duplicate"]) == ("metrics", 0, 1)
    assert again["counts"]["total"] == 1
    assert events(cli) == 1


def test_a_dry_run_of_metrics_does_not_claim_to_know(cli: CommandLine) -> None:
    cli.repo.write("metrics.json", json.dumps(METRICS))
    answer = cli("collect", "--metrics-file", "metrics.json", "--dry-run")
    assert "  1 in the file; as events ? new, ? duplicate, 0 rejected" in answer.out
    assert events(cli) == 0


def test_a_metrics_file_stands_alone(cli: CommandLine) -> None:
    for more in (("report.xml",), ("--input", "junit")):
        answer = cli("collect", "--metrics-file", "m.json", *more)
        assert (answer.code, answer.out) == (2, "")
        assert "--metrics-file stands alone" in answer.err
    assert cli("collect", "--metrics-file", "m.json").code == 2


# -- the spool -------------------------------------------------------------------------------------


def spool(cli: CommandLine, number: int = 2) -> None:
    state = Workspace.open(str(cli.repo.root)).repository.state_dir
    failures = [{"test_name": f"t{one}", "failure_reason": ""} for one in range(number)]
    prevention = {"path": "a.py", "detector": "d", "fingerprint": "f"}
    made = [make_event("test_failure", AT, data) for data in failures]
    append_spool(state, [*made, make_event("prevention", AT, prevention)])


def test_without_a_file_the_spool_is_moved(cli: CommandLine) -> None:
    spool(cli)
    answer = cli("collect")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "spool: 3 new, 0 duplicate, 0 not readable",
        "  bugs: 0",
        "  test_failures: 2",
        "  code_reviews: 0",
        "  performance_metrics: 0",
        "  deployment_issues: 0",
        "  code_generation: 0",
        "  total: 2",
        "  besides: 1 prevention event",
    ]
    assert events(cli) == 3
    assert cli("collect").out.startswith("spool: 0 new, 0 duplicate")


def test_unreadable_files_of_the_spool_are_named_and_tell(cli: CommandLine) -> None:
    spool(cli)
    folder = cli.repo.root / ".git/feedback-loop/spool"
    (folder / "torn.json").write_text("{")
    answer = cli("collect")
    assert answer.code == 2
    assert "NOT read: spool/bad/torn.json: not JSON" in answer.out
    (folder / "torn.json").write_text("{")
    again = cli("collect", "--format", "json")
    assert again.code == again.json["exit_code"] == 2
    assert again.json["spool"]["rejected"][0]["path"].startswith("spool/bad/torn.json")
    assert again.json["counts"]["total"] == 0


def test_a_spool_that_is_no_folder_is_a_fault(cli: CommandLine) -> None:
    place = cli.repo.root / ".git/feedback-loop"
    place.mkdir(exist_ok=True)
    (place / "spool").write_text("x")
    done = cli.repo.call("collect")
    assert done.returncode == 3
    assert "is no folder" in done.stderr


@pytest.mark.parametrize("name", ["report-09:30:00.xml", "con.xml", "a\tb.xml"])
def test_a_report_may_have_any_name(cli: CommandLine, name: str) -> None:
    cli.repo.write(
        name,
        '<testsuite name="s"><testcase classname="a" name="b"><failure message="m"/></testcase></testsuite>',
    )
    assert cli("collect", name).code == 0


def test_broken_settings_stop_it_before_anything_is_written(cli: CommandLine) -> None:
    cli.repo.write("feedback-loop.toml", '[collect.rules]\n"ruff:E722" = 3\n')
    cli.repo.write(
        "r.xml",
        '<testsuite name="s"><testcase classname="a" name="b"><failure message="m"/></testcase></testsuite>',
    )
    answer = cli("collect", "r.xml")
    assert answer.code == 2
    assert "the settings are broken" in answer.err
    assert not (cli.repo.root / ".feedback-loop").exists()


def test_no_secret_is_left_in_a_signature(cli: CommandLine) -> None:
    token = "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"
    trace = f'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    x()\nValueError: {token}\n'
    cli.repo.write("x.log", trace)
    assert cli("collect", "x.log", "--input", "traceback").code == 0
    written = "".join(path.read_text() for path in (cli.repo.root / ".feedback-loop").rglob("*.json"))
    assert "AbCdEf" not in written


@pytest.mark.parametrize(
    "option", [("--dry-run",), ("--strict",), ("--run", "x"), ("--at", AT), ("--input", "junit")]
)
def test_options_about_a_file_need_one(cli: CommandLine, option: tuple[str, ...]) -> None:
    spool(cli)
    answer = cli("collect", *option)
    assert (answer.code, answer.out) == (2, "")
    assert f"{option[0]} is about a FILE, and none is named" in answer.err
    assert events(cli) == 0


# -- the guide -------------------------------------------------------------------------------------

GUIDE = (ROOT / "docs" / "collecting.md").read_text("utf-8")
COMMENT = {
    "path": "app.py",
    "line": 3,
    "body": "pattern: bounds_checking",
    "created_at": AT,
    "html_url": "https://example.org/pull/1#c1",
    "user": {"login": "ada"},
}
ISSUE = {
    "number": 1,
    "title": "It crashes",
    "body": "IndexError",
    "created_at": AT,
    "html_url": "https://example.org/issues/1",
    "labels": [{"name": "pattern:bounds_checking"}],
}
LOG = 'Traceback (most recent call last):\n  File "app.py", line 3, in f\n    x[0]\nIndexError: list index out of range\n'


def guide_commands() -> list[str]:
    """The lines of its shell blocks, and what its CI steps run."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return list(dict.fromkeys(lines + re.findall(r"- run: (.*)", GUIDE)))


def guide_run(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, line: str) -> str:
    """Run a command of the guide; what `gh` would print is one entry, and `ruff` need not be there."""
    program = line.split()[0]
    if program == "pytest":
        command = [sys.executable, "-m", *shlex.split(line), "-p", "no:cacheprovider", "-q", "tests"]
        done = subprocess.run(command, cwd=cli.repo.root, env=cli.repo.environment, capture_output=True)
        assert done.returncode == 1, done.stderr
    elif program == "git":
        cli.repo.git(*shlex.split(line)[1:])
    elif program == "ruff":
        assert line.endswith("--output-format sarif --output-file lint.sarif .")
    else:
        source, piped, ours = line.rpartition(" | ")
        if piped:
            entry = ISSUE if "/issues" in source else COMMENT
            buffer = io.BytesIO(json.dumps([entry]).encode())
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=buffer))
        answer = cli(*shlex.split(re.sub(r"\$GITHUB_\w+", "7", ours))[1:])
        assert answer.code == 0, answer.out + answer.err
        return answer.out
    return ""


def test_every_command_of_the_guide_does_what_it_says(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.repo.write("tests/test_a.py", "def test_fine():\n    pass\n\n\ndef test_first():\n    [][0]\n")
    cli.repo.write("app.log.gz", gzip.compress(LOG.encode()))
    cli.repo.write("metrics.json", json.dumps(METRICS))
    (settings,) = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.M | re.S)
    cli.repo.write("feedback-loop.toml", settings)
    told = {line: guide_run(cli, monkeypatch, line) for line in guide_commands()}
    assert len(told) == 13
    new = {line: re.search(r"(\d+) new", text) for line, text in told.items() if "feedback-loop " in line}
    assert {line: int(found[1]) for line, found in new.items() if found} == {
        "feedback-loop collect report.xml": 1,
        "feedback-loop collect": 1,
        "feedback-loop collect lint.sarif": 1,
        "gh api --paginate repos/OWNER/REPO/pulls/comments | feedback-loop collect - --input reviews": 1,
        'gh api --paginate "repos/OWNER/REPO/issues?state=all&labels=bug" '
        "| feedback-loop collect - --input issues": 1,
        "feedback-loop collect app.log.gz report.xml": 1,  # the report was collected before
        "feedback-loop collect --metrics-file metrics.json": 1,
        'feedback-loop collect report.xml --run "$GITHUB_RUN_ID/$GITHUB_JOB/$GITHUB_RUN_ATTEMPT" --strict': 1,
    }
    assert cli.repo.git("log", "-1", "--format=%s") == "What failed today\n"


def test_the_guide_names_every_kind_and_every_option_of_the_plugin() -> None:
    named = set(re.findall(r"`([a-z]+)`", "".join(re.findall(r"^\| (.*?) \|", GUIDE, re.M))))
    assert named == set(KINDS) - {"auto"}
    plugin = (ROOT / "feedback_loop/faces/pytest_plugin.py").read_text("utf-8")
    options = set(re.findall(r'"(--[a-z-]+)"', plugin))
    assert options
    table = GUIDE.partition("| option |")[2].partition("\n\n")[0]
    assert options == set(re.findall(r"`(--[a-z-]+)", table))
