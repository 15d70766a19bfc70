"""One hostile change in all formats, each read back by a parser that is not ours; where output goes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt

from feedback_loop.formats.schema import schema_text
from feedback_loop.render.encoders import FORMATS
from tests.faces.command_line import BARE, NAMED, write_pattern
from tests.render.made import is_inert
from tests.render.test_github import command
from tests.render.test_sarif import validators
from tests.repo import Repo

ACTIVE = (
    "<script>alert(1)</script> ::error file=a.py::forged ##[error]forged %0A::warning::x | ]]> &amp; "
    "`tick` [click](https://evil.example) ![see](https://evil.example/x.png) @everyone #1 https://evil.example"
)
# A line of code may hold what a pattern's message may not: controls, and characters that hide.
CODE = f"    except:  # \x1b]0;owned\x07\x1b[2J \u202e\u200b {ACTIVE}"
PATHS = (
    b"a\n::error::forged.py",
    b"::error file=x.py,line=1::forged.py",
    b"##[error]forged.py",
    b"p|q<script>alert(1).py",
    b"[x](https:evil).py",
    b"bad\xff\xc3.py",
    "\u202egpj.py".encode(),
    b"\x1b[2Jclear.py",
    b"c:d,e 100%25.py",
    b" lead`s.py",
    b"-n\"'&amp;.py",
)
HIDDEN_BINARY = b"bin\x1b\n::error::x.py"


@pytest.fixture
def hostile(repo: Repo) -> Repo:
    """Everything that a change and a library can hold, staged."""
    write_pattern(repo, "named_exceptions", guidance=f"fix {ACTIVE}"[:200])
    path = repo.root / "patterns/named_exceptions.json"
    pattern = json.loads(path.read_text())
    pattern["detectors"][0]["message"] = f"why {ACTIVE}"[:200]
    path.write_text(json.dumps(pattern))
    repo.stage()
    repo.commit()
    for name in PATHS:
        (repo.root / os.fsdecode(name)).write_text(BARE.replace("    except:", CODE), "utf-8")
    (repo.root / os.fsdecode(HIDDEN_BINARY)).write_bytes(b"\0\x1b")
    repo.stage()
    return repo


def written(repo: Repo, format: str, *arguments: str, env: dict[str, str] | None = None) -> str:
    done = repo.call("scan", "--format", format, *arguments, env=env)
    assert done.returncode == 1, done.stderr
    assert is_inert(done.stderr)
    return done.stdout


# -- one hostile change --------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_lets_a_control_or_a_hidden_character_out(hostile: Repo, format: str) -> None:
    text = written(hostile, format)
    assert is_inert(text)
    assert "\ufffd" not in text or format == "junit"
    text.encode("utf-8")  # strictly: no half of a character


def test_text_begins_no_line_with_a_command_of_a_ci_log(hostile: Repo) -> None:
    lines = written(hostile, "text").splitlines()
    assert not [line for line in lines if command(line)]
    assert not [line for line in lines if "##[" in line]
    assert sum(line.startswith("    4 |     except:  # \\x1b]0;owned") for line in lines) == len(PATHS)
    assert lines[-1].endswith("11 block, 0 warn; skipped 1 (binary 1); not checked 0")


def test_json_is_as_its_schema_says_and_paths_are_true(hostile: Repo) -> None:
    document = json.loads(written(hostile, "json"))
    jsonschema.Draft202012Validator(json.loads(schema_text("findings"))).validate(document)
    assert {path_of(one) for one in document["findings"]} == set(PATHS)
    assert [path_of(one) for one in document["skipped"]] == [HIDDEN_BINARY]
    assert {one["snippet"] for one in document["findings"]} == {CODE}


def path_of(one: dict[str, Any]) -> bytes:
    return b64decode(one["path_b64"]) if "path_b64" in one else str(one["path"]).encode()


def test_jsonl_is_the_same_line_by_line(hostile: Repo) -> None:
    *findings, summary = [json.loads(line) for line in written(hostile, "jsonl").splitlines()]
    whole = json.loads(written(hostile, "json"))
    assert findings == [{"kind": "finding", **one} for one in whole.pop("findings")]
    assert summary == {"kind": "summary", **whole}


def test_sarif_is_valid_and_its_addresses_are_relative_and_encoded(hostile: Repo) -> None:
    log = json.loads(written(hostile, "sarif"))
    for validator in validators():
        validator.validate(log)
    addresses = [
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for one in log["runs"][0]["results"]
    ]
    assert {unquote_to_bytes(one.removeprefix("./")) for one in addresses} == set(PATHS)
    assert all(re.fullmatch(r"[A-Za-z0-9._~/%-]+", one) for one in addresses)


def test_github_reads_one_command_a_finding_and_nothing_forged(hostile: Repo) -> None:
    *lines, last = written(hostile, "github").splitlines()
    commands = [command(line) for line in lines]
    assert [one and one[0] for one in commands] == ["error"] * len(PATHS)
    assert {one[1]["line"] for one in commands if one} == {"4"}
    assert {one[1]["title"] for one in commands if one} == {"named_exceptions/bare_except"}
    assert all(one[2].startswith("why <script>") and "\nfix: fix " in one[2] for one in commands if one)
    assert command(last) is None


def test_gitlab_reads_an_array_with_one_issue_a_finding(hostile: Repo) -> None:
    issues = json.loads(written(hostile, "gitlab"))
    assert len({one["fingerprint"] for one in issues}) == len(issues) == len(PATHS)
    assert {one["severity"] for one in issues} == {"critical"}
    assert {one["location"]["lines"]["begin"] for one in issues} == {4}
    plain = {path.decode() for path in PATHS if b"\xff" not in path}
    assert plain < {one["location"]["path"] for one in issues}


def test_junit_is_xml_with_one_failure_a_finding(hostile: Repo) -> None:
    (suite,) = ElementTree.fromstring(written(hostile, "junit"))
    failures = [case for case in suite if case.find("failure") is not None]
    assert len({case.get("name") for case in failures}) == len(failures) == len(PATHS)
    assert len([case for case in suite if case.find("skipped") is not None]) == 1
    assert {element.tag for element in suite.iter()} <= {
        "testsuite",
        "testcase",
        "failure",
        "skipped",
        "system-out",
    }


def test_rdjsonl_ranges_are_bytes_of_the_line_and_messages_no_markup(hostile: Repo) -> None:
    for line in written(hostile, "rdjsonl").splitlines():
        one = json.loads(line)
        start, end = one["location"]["range"]["start"], one["location"]["range"]["end"]
        assert (start["line"], end["line"]) == (4, 4)
        assert CODE.encode()[start["column"] - 1 : end["column"] - 1] == b"except"[:6]
        assert tags(MarkdownIt().render(one["message"])) <= {"p", "code"}


def test_markdown_shows_a_row_a_finding_and_no_markup_of_others(hostile: Repo) -> None:
    page = MarkdownIt().enable("table").render(written(hostile, "markdown"))
    assert page.count("<tr>") == len(PATHS) + 1
    assert tags(page) <= {"p", "table", "thead", "tbody", "tr", "th", "td", "code", "br", "ul", "li"}
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2 * len(PATHS)


def tags(html: str) -> set[str]:
    return set(re.findall(r"</?([a-z0-9]+)", html))


def test_a_broken_library_is_told_in_every_format(repo: Repo) -> None:
    write_pattern(repo, "named_exceptions")
    repo.write("patterns/broken.md", "# <script> ::error::x\n")
    repo.write("app.py", NAMED)
    repo.stage("app.py")
    for format in FORMATS:
        done = repo.call("scan", "--format", format)
        assert done.returncode == 2
        told = done.stderr if format in ("gitlab", "rdjsonl") else done.stdout
        assert "patterns/broken.md" in told
        assert is_inert(done.stdout + done.stderr)


# -- where it goes -------------------------------------------------------------------------------


@pytest.fixture
def found(repo: Repo) -> Repo:
    write_pattern(repo, "named_exceptions")
    repo.write("app.py", BARE)
    repo.stage()
    return repo


def test_github_gets_the_table_behind_what_the_page_holds(found: Repo, tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("before\n")
    env = {"GITHUB_STEP_SUMMARY": str(page)}
    plain = written(found, "github")
    assert written(found, "github", env=env) == plain
    assert page.read_text() == "before\n" + written(found, "markdown")
    written(found, "json", env=env)
    written(found, "text", env=env)
    assert page.read_text().count("| level |") == 1


def test_a_page_that_cannot_be_written_loses_no_finding(found: Repo, tmp_path: Path) -> None:
    env = {"GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "summary.md")}
    done = found.call("scan", "--format", "github", env=env)
    assert (done.returncode, done.stdout) == (1, written(found, "github"))
    assert "no table in $GITHUB_STEP_SUMMARY: No such file or directory" in done.stderr


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_gets_what_stdout_would_have_got(found: Repo, tmp_path: Path, format: str) -> None:
    target = tmp_path / "report"
    target.write_text("old")
    done = found.call("scan", "--format", format, "--output", str(target))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"feedback-loop: wrote {target}\n"
    assert target.read_text() == found.call("scan", "--format", format).stdout
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".fl")] == []


def test_a_file_is_named_from_where_the_user_stands(found: Repo) -> None:
    (found.root / "sub").mkdir()
    found.call("scan", "-C", "sub", "--output", "report.txt", "-q")
    assert "app.py:4:5" in (found.root / "sub" / "report.txt").read_text()


def test_colours_are_for_terminals_and_not_for_files(found: Repo, tmp_path: Path) -> None:
    found.call("scan", "--color", "always", "--output", str(tmp_path / "report"))
    assert "\x1b" not in (tmp_path / "report").read_text()


@pytest.mark.parametrize("name", ["no/folder/report", ".", "link"])
def test_a_file_that_cannot_be_is_told_and_nothing_is_lost(found: Repo, tmp_path: Path, name: str) -> None:
    (found.root / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_text("old")
    done = found.call("scan", "--output", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert not (found.root / "no").exists()
    assert (tmp_path / "elsewhere").read_text() == "old"


def test_an_error_leaves_the_old_report_alone(found: Repo, tmp_path: Path) -> None:
    (tmp_path / "report").write_text("old")
    done = found.call("scan", "--diff", "a..b", "--format", "json", "--output", str(tmp_path / "report"))
    assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (2, "git")
    assert (tmp_path / "report").read_text() == "old"


def test_a_reader_that_goes_away_is_no_fault(found: Repo) -> None:
    command = f"{sys.executable} -m feedback_loop scan --format json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=found.root, env=found.environment, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("{", "")
