"""SARIF as reviews: severities, rules, paths, and what is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.sarif_report import read_sarif, relative_to

REPORTS = Path(__file__).parent / "data" / "reports"


def result(uri: str = "shop/a.py", **changes: Any) -> dict[str, Any]:
    where = {
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 3, "startColumn": 5}}
    }
    return {"ruleId": "X1", "message": {"text": "No."}, "locations": [where], **changes}


def read(*results: Any, rules: Any = (), **run: Any) -> ReportRead:
    driver = {"name": "Lint", "rules": list(rules)}
    return read_sarif(
        json.dumps(
            {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results, **run}]}
        ).encode()
    )


def only(*results: Any, **run: Any) -> Reported:
    (one,) = read(*results, **run).reported
    return one


def field(name: str, *results: Any, **run: Any) -> object:
    return dict(only(*results, **run).fields).get(name)


def test_a_log_without_results_tells_nothing() -> None:
    assert read() == ReportRead(())


def test_a_result_is_a_review_of_its_rule_and_line() -> None:
    one = only(result())
    assert (one.kind, one.rule, one.place, one.entry) == ("review", "lint:X1", "lint:X1 shop/a.py:3:5", 1)
    assert dict(one.fields) == {
        "issue_type": "X1",
        "severity": "medium",
        "file_path": "shop/a.py",
        "line": 3,
        "suggestion": "No.",
    }


def test_results_beyond_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback_loop.formats.sarif_report.FAILURES_CAP", 2)
    found = read(*[result()] * 5, result(kind="pass"))
    assert (found.read, len(found.reported), found.skipped) == (6, 2, (("no failure", 1),))
    told = "3 results are left out: more than 2 in one log"
    assert [problem.message for problem in found.rejected] == [told]


def test_what_ruff_writes_is_read() -> None:
    found = read_sarif((REPORTS / "ruff.sarif").read_bytes())
    assert [
        (one.rule, dict(one.fields)["file_path"], dict(one.fields)["line"]) for one in found.reported
    ] == [
        ("ruff:T201", "/opt/dev/shop/src/a b.py", 4),
        ("ruff:E722", "/opt/dev/shop/src/a b.py", 5),
    ]


# -- severity ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "severity"),
    [("error", "high"), ("warning", "medium"), ("note", "low"), ("none", "low"), ("odd", "medium")],
)
def test_the_level_tells_the_severity(level: str, severity: str) -> None:
    assert field("severity", result(level=level)) == severity


def test_the_level_may_be_the_rules_own() -> None:
    rule = {"id": "X1", "defaultConfiguration": {"level": "error"}}
    assert field("severity", result(), rules=[rule]) == "high"
    assert field("severity", result(level="note"), rules=[rule]) == "low"


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        ("9.0", "critical"),
        ("8.9", "high"),
        (7, "high"),
        ("4.0", "medium"),
        ("3.9", "low"),
        ("0.0", "low"),
        ("11", "medium"),
        ("x", "medium"),
        (True, "medium"),
    ],
)
def test_a_security_severity_goes_before_the_level(score: Any, severity: str) -> None:
    rule = {"id": "X1", "properties": {"security-severity": score}}
    assert field("severity", result(), rules=[rule]) == severity


# -- rules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"ruleId": None, "rule": {"id": "X1"}},
        {"ruleId": None, "ruleIndex": 1},
        {"ruleId": None, "rule": {"index": 1}},
        {"ruleIndex": 1},
        {"ruleIndex": 0},
        {"ruleIndex": -1},
        {"ruleIndex": 99},
    ],
)
def test_a_rule_is_found_by_id_or_index(changes: dict[str, Any]) -> None:
    rules = [{"id": "X0"}, {"id": "X1", "defaultConfiguration": {"level": "error"}}]
    one = only(result(**changes), rules=rules)
    assert (one.rule, dict(one.fields)["severity"]) == ("lint:X1", "high")


def test_a_case_of_a_rule_has_the_rules_level() -> None:
    assert (
        field(
            "severity",
            result(ruleId="X1/2"),
            rules=[{"id": "X1", "defaultConfiguration": {"level": "error"}}],
        )
        == "high"
    )


@pytest.mark.parametrize("pointer", [{"index": 0}, {"name": "pack"}])
def test_a_rule_may_belong_to_an_extension(pointer: dict[str, Any]) -> None:
    pack = {"name": "pack", "rules": [{"id": "E1", "defaultConfiguration": {"level": "error"}}]}
    tool = {"driver": {"name": "Lint"}, "extensions": [pack]}
    one = only(result(ruleId=None, rule={"index": 0, "toolComponent": pointer}), tool=tool)
    assert (one.rule, dict(one.fields)["severity"]) == ("lint:E1", "high")


def test_a_message_may_be_the_rules_with_arguments() -> None:
    rule = {"id": "X1", "messageStrings": {"default": {"text": "{0} of {{1}} {7}"}}}
    assert (
        field("suggestion", result(message={"id": "default", "arguments": ["One"]}), rules=[rule])
        == "One of {1} {7}"
    )


# -- what is left out --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"suppressions": [{"kind": "inSource"}]}, "suppressed"),
        ({"suppressions": [{"kind": "external", "status": "accepted"}]}, "suppressed"),
        ({"baselineState": "unchanged"}, "unchanged since the baseline"),
        ({"baselineState": "absent"}, "absent since the baseline"),
        ({"kind": "pass"}, "no failure"),
    ],
)
def test_what_is_no_mistake_is_left_out(changes: dict[str, Any], reason: str) -> None:
    found = read(result(**changes))
    assert (found.reported, found.skipped, found.read) == ((), ((reason, 1),), 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"suppressions": []},
        {"suppressions": [{"status": "rejected"}]},
        {"baselineState": "new"},
        {"kind": "fail"},
    ],
)
def test_what_still_counts_is_told(changes: dict[str, Any]) -> None:
    assert len(read(result(**changes)).reported) == 1


def test_a_result_without_file_or_rule_is_rejected() -> None:
    found = read(result(locations=[]), result(ruleId=" "), 3)
    assert [problem.message for problem in found.rejected] == [
        "result 1 names no file",
        "result 2 names no rule",
        "result 3 names no file",
    ]


# -- paths -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("shop/caf%C3%A9%20x.py", "shop/café x.py"),
        ("./shop//a.py", "shop/a.py"),
        ("file:///srv/shop/a%23.py", "/srv/shop/a#.py"),
        ("file://localhost/srv/a.py", "/srv/a.py"),
        ("file:/srv/a.py", "/srv/a.py"),
        ("file:///C:/shop/a.py", "C:/shop/a.py"),
        ("shop\\a.py", "shop/a.py"),
        ("shop/%FF%2", "shop/\ufffd%2"),
    ],
)
def test_a_uri_becomes_a_path(uri: str, path: str) -> None:
    assert field("file_path", result(uri)) == path


def based(identity: str) -> dict[str, Any]:
    return result(
        locations=[{"physicalLocation": {"artifactLocation": {"uri": "a.py", "uriBaseId": identity}}}]
    )


def test_a_base_stands_before_the_path_but_not_that_of_the_root() -> None:
    bases = {
        "%SRCROOT%": {"uri": "file:///ci/build/"},
        "LIB": {"uri": "lib/", "uriBaseId": "%SRCROOT%"},
        "OWN": {"uri": "file:///opt/x/"},
        "LOOP": {"uriBaseId": "LOOP"},
    }
    paths = [
        field("file_path", based(name), originalUriBaseIds=bases)
        for name in ("%SRCROOT%", "LIB", "OWN", "LOOP", "NONE")
    ]
    assert paths == ["a.py", "lib/a.py", "/opt/x/a.py", "a.py", "a.py"]


def test_a_location_may_point_to_an_artifact() -> None:
    where = {"physicalLocation": {"artifactLocation": {"index": 0}}}
    assert field("file_path", result(locations=[where]), artifacts=[{"location": {"uri": "b.py"}}]) == "b.py"


@pytest.mark.parametrize(
    ("path", "relative"),
    [
        ("/srv/shop/a/b.py", "a/b.py"),
        ("a/b.py", "a/b.py"),
        ("/srv/shopping/a.py", "a.py"),
        ("../x/a.py", "a.py"),
        ("/etc/passwd", "passwd"),
        ("a/../../shop/b.py", "b.py"),
        ("C:/x/a.py", "a.py"),
    ],
)
def test_a_path_outside_of_the_root_keeps_its_last_part(path: str, relative: str) -> None:
    assert relative_to(path, "/srv/shop/") == relative


# -- run and time ------------------------------------------------------------------------------------


def test_run_and_time_are_those_of_the_only_run() -> None:
    run = {
        "automationDetails": {"guid": "g-1"},
        "invocations": [{"startTimeUtc": "2026-11-20T09:00:00Z", "endTimeUtc": "2026-11-20T09:30:00.5Z"}],
    }
    found = read(result(), **run)
    assert (found.run, found.at, found.reported[0].at) == (
        "g-1",
        "2026-11-20T09:30:00Z",
        "2026-11-20T09:30:00Z",
    )


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b'{"runs": 3}',
        b"",
        b'{"runs": []} {"runs": []}',
        b'{"runs": [], "runs": []}',
        b'{"runs": [NaN]}',
    ],
)
def test_what_is_no_sarif_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_sarif(data)
