"""Reports are told apart, and none of them, however broken, brings a reader down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats import report_json
from feedback_loop.formats.records import make_event
from feedback_loop.formats.report_json import load_entries, load_lines, load_one, utc
from feedback_loop.formats.report_kinds import KINDS, fault_of, read_report, sniff

REPORTS = Path(__file__).parent / "data" / "reports"
FILES = {path.name: path.read_bytes() for path in sorted(REPORTS.iterdir()) if path.suffix != ".md"}
KIND_OF = {
    "github-deployments.json": "deployments",
    "github-issues.json": "issues",
    "github-reviews.json": "reviews",
    "gitlab-discussions.json": "reviews",
    "gitlab-issues.json": "issues",
    "jira-search.json": "issues",
    "pytest-benchmark.json": "benchmark",
    "pytest-xunit1.xml": "junit",
    "pytest-xunit2.xml": "junit",
    "pytest.jsonl": "reportlog",
    "ruff.sarif": "sarif",
    "schemathesis.ndjson": "schemathesis",
    "schemathesis.xml": "junit",
    "schemathesis.yaml": "schemathesis",
}
READ = [kind for kind in KINDS if kind != "metrics"]
AT = "2026-11-20T09:30:00Z"


# -- which kind --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KIND_OF)
def test_a_report_is_told_by_its_content(name: str) -> None:
    assert sniff(FILES[name], "-") == KIND_OF[name]
    assert sniff(b"\xef\xbb\xbf\n" + FILES[name], "x.log") == KIND_OF[name]


def test_every_kept_report_is_known_here() -> None:
    assert FILES.keys() == KIND_OF.keys()


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"", "-", None),
        (b"hello", "-", None),
        (b"hello", "build.log", "traceback"),
        (b"x\nTraceback (most recent call last):\n", "-", "traceback"),
        (b"[12:00] starting\nE   KeyError: 1\n", "-", "traceback"),
        (b"__ GET /a __\n1. Test Case ID: x\n", "-", "traceback"),
        (b"{ not json", "-", None),
        (b"{ not json", "a.sarif", "sarif"),
        (b"<html><p>", "-", None),
        (b"<html><p>", "a.xml", "junit"),
        ("<testsuite/>".encode("utf-16"), "-", "junit"),
        (b'{"bugs": []}', "-", "metrics"),
        (b'{"code_reviews": {}, "mine": 3}', "-", "metrics"),
        (b'{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [{ cut off', "-", "sarif"),
        (b'{"a": 1}', "-", None),
        (b"[]", "-", None),
        (b'[[{"number": 1, "title": "x"}]]', "-", None),
        (b'{"state": "failure", "deployment_url": "x"}\n{', "-", "deployments"),
        (b'{"body": "x", "noteable_type": "MergeRequest"}', "-", "reviews"),
        (b'{"_report_type": "SubTestReport"}\n', "-", "reportlog"),
        (b'{"Initialize": {"seed": 1}}\n{ cut off', "-", "schemathesis"),
        (b"recorded_with: 'x'\nhttp_interactions:\n", "-", "schemathesis"),
        (b'{"violations": []}', "-", "violations"),
        (b'[{"endpoint": "GET /a", "error_message": "HTTP 500"}]', "-", "violations"),
    ],
)
def test_what_tells_the_kind(data: bytes, name: str, kind: str | None) -> None:
    assert sniff(data, name) == kind


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"hello", ""),
        (b'{"a": 1}', ""),
        (b'{"a": 1}\n{ cut off', ""),
        (b"{ not json", ""),
        (b"[12:00] starting", ""),
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (b'[{"a": NaN}]', "JSON with NaN, which is no"),
        (b"[Infinity]", "JSON with Infinity, which is no"),
        (b'{"violations": [], "violations": []}', "JSON with the key 'violations' twice"),
        (b"[" * 100_000, "JSON nested too deep"),
        (b'{"a": ' + b"9" * 700 + b"}", "JSON with a number of more than 640 digits"),
        (b'{"a": [1,', "not JSON: Expecting value (line 1, column 10)"),
        (b'{"a": "\xff"}', "not UTF-8 (byte 7)"),
    ],
)
def test_what_keeps_the_kind_from_being_told(data: bytes, fault: str) -> None:
    assert sniff(data, "-") is None
    assert fault_of(data).startswith(fault)
    assert bool(fault_of(data)) == bool(fault)


def test_metrics_and_unknown_kinds_are_not_read_here() -> None:
    for kind in ("metrics", "coverage"):
        with pytest.raises(InputError, match="no kind of report that is read here"):
            read_report(kind, b"{}")


def test_every_other_kind_has_a_reader() -> None:
    assert [read_report(KIND_OF[name], data).rejected for name, data in FILES.items()] == [()] * len(FILES)
    assert read_report("traceback", b"nothing").reported == ()


def test_a_report_larger_than_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_json, "SIZE_CAP", 1 << 20)
    for kind in READ:
        with pytest.raises(InputError, match="larger than 1 MiB"):
            read_report(kind, b" " * ((1 << 20) + 1))


# -- JSON --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff", "not UTF-8 (byte 0)"),
        (b'{\n"a" 1}', "not JSON: Expecting ':' delimiter (line 2, column 5)"),
        (
            b'{"a": 1, "a": 2}',
            "JSON with the key 'a' twice in one object (in the document that begins in line 1)",
        ),
        (b"\n[NaN]", "JSON with NaN, which is not a JSON number (in the document that begins in line 2)"),
        (
            b"[-Infinity]",
            "JSON with -Infinity, which is not a JSON number (in the document that begins in line 1)",
        ),
        (b"9" * 641, "JSON with a number of more than 640 digits (in the document that begins in line 1)"),
        (b"[" * 200_000, "JSON nested too deep"),
        (b"[]\n[]", "not one JSON document but 2"),
    ],
)
def test_json_is_read_strictly(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_one(data)
    assert caught.value.message == message


def test_lines_are_numbered_as_they_stand() -> None:
    found = list(load_lines(b'\xef\xbb\xbf1\r\n\n{"a"\n"\xe2\x80\xa8"\n'))
    assert found == [(1, 1), (3, Problem("", 3, "not JSON: Expecting ':' delimiter")), (4, "\u2028")]


def test_an_array_with_a_fault_is_not_taken_for_lines() -> None:
    with pytest.raises(InputError, match="twice in one object"):
        load_entries(b'[\n{"a": 1},\n{"b": 1, "b": 2}\n]')


def test_what_has_only_broken_lines_or_too_many_entries_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_json, "BROKEN_CAP", 5)
    monkeypatch.setattr(report_json, "ENTRIES_CAP", 9)
    with pytest.raises(InputError, match="more than 5 lines are not JSON"):
        load_entries(b"{}\n" + b"{\n" * 6)
    with pytest.raises(InputError, match="more than 9 entries"):
        load_entries(b"[1, 2]" * 5)


def test_half_characters_are_spelled_out() -> None:
    data = b'[{"path": "a\\ud800.py", "body": "x", "user": {}}]'
    assert dict(read_report("reviews", data).reported[0].fields)["file_path"] == "a\\ud800.py"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-20T09:30:00Z", AT),
        ("2026-11-20T10:30:00.999+0100", AT),
        ("2026-11-20 09:30", AT),
        (1795167000, AT),
        (1795167000.9, AT),
        ("", None),
        ("soon", None),
        (None, None),
        (True, None),
        (-1, None),
        (1e300, None),
        (float("nan"), None),
        (["2026"], None),
    ],
)
def test_a_time_is_utc_or_none(value: object, text: str | None) -> None:
    assert utc(value) == text


# -- nothing brings a reader down --------------------------------------------------------------------


def check(kind: str, data: bytes) -> None:
    """The reader refuses, or what it gives can be used."""
    sniff(data, "report")
    try:
        found = read_report(kind, data)
    except InputError as error:
        assert "\n" not in error.message
        return
    assert isinstance(found, ReportRead)
    for one in found.reported:
        assert one.place.strip()
        assert one.at is None or make_event("tombstone", one.at, {"event": "0" * 64, "reason": ""})
        make_event(one.kind, AT, dict(one.fields))
    json.dumps([one.fields for one in found.reported], ensure_ascii=False).encode()


@pytest.mark.parametrize("kind", READ)
@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200), st.text(alphabet='<>&;!"[]{}:,=/?x1 \n\\', max_size=200).map(str.encode)
    )
)
def test_arbitrary_bytes(kind: str, data: bytes) -> None:
    check(kind, data)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A kept report with bytes cut out, put in, changed, or doubled."""
    name = draw(st.sampled_from(sorted(FILES)))
    data = FILES[name][:20_000] if draw(st.booleans()) else FILES[name]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        new = draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from([b'"', b"<", b"\n", b"\0", b"]]>", b"{", b"1e999", data[start:end] * 2]),
            )
        )
        data = data[:start] + new + data[end:]
    return KIND_OF[name], data


@settings(max_examples=100, deadline=None)
@given(damaged())
def test_damaged_reports(report: tuple[str, bytes]) -> None:
    check(*report)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.sampled_from(["", " ", "\ud800", "%", "file://", "0001-01-01", "[XPASS(strict)]"]),
    st.just([]),
    st.just({}),
    st.lists(st.integers(), max_size=2),
)


def replaced(value: Any, path: list[int], odd: Any) -> Any:
    """The value with what stands at the path, by the order of its members, replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return odd
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    copy = value.copy()
    copy[key] = replaced(value[key], path[1:], odd)
    return copy


@settings(max_examples=100, deadline=None)
@example("github-issues.json", [([0, 1], " ")])  # an address of blanks
@given(
    st.sampled_from([name for name in sorted(FILES) if not name.endswith((".xml", ".yaml"))]),
    st.lists(st.tuples(st.lists(st.integers(0, 99), max_size=8), ODD), min_size=1, max_size=4),
)
def test_values_of_other_types_than_expected(name: str, changes: list[tuple[list[int], Any]]) -> None:
    lines = FILES[name].splitlines() if name.endswith((".jsonl", ".ndjson")) else [FILES[name]]
    value: Any = [json.loads(line) for line in lines] if len(lines) > 1 else json.loads(lines[0])
    for path, odd in changes:
        value = replaced(value, path, odd)
    text = (
        "\n".join(map(json.dumps, value)) if len(lines) > 1 and isinstance(value, list) else json.dumps(value)
    )
    check(KIND_OF[name], text.replace("Infinity", "1e999").encode())
