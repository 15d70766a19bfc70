"""JUnit XML of many makers, and of those who mean harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback_loop.domain.reported import ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats import report_json
from feedback_loop.formats.junit_report import read_junit

REPORTS = Path(__file__).parent / "data" / "reports"


def read(*cases: str, suite: str = 'name="shop"') -> ReportRead:
    return read_junit(f"<testsuites><testsuite {suite}>{''.join(cases)}</testsuite></testsuites>".encode())


def case(inside: str = "", name: str = "empty", classname: str = "acme.CartTest") -> str:
    return f'<testcase classname="{classname}" name="{name}">{inside}</testcase>'


def told(found: ReportRead) -> list[tuple[str, object]]:
    return [(one.place, dict(one.fields)["failure_reason"]) for one in found.reported]


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_junit(data)
    return caught.value.message


# -- what is told ------------------------------------------------------------------------------------


def test_a_report_without_failures_tells_none() -> None:
    found = read(case(), case("<skipped/>"), case("<system-out>failure</system-out>"))
    assert (found.reported, found.read, found.skipped) == ((), 3, (("passed", 2), ("skipped", 1)))


def test_an_empty_suite_is_a_report() -> None:
    assert read_junit(b"<testsuite/>") == ReportRead(())


def test_failures_and_errors_are_told_with_their_message() -> None:
    found = read(
        case('<failure message="1 != 2" type="AssertionError">trace</failure>', "one"),
        case('<error type="KeyError"/>', "two"),
    )
    assert told(found) == [("acme.CartTest::one", "1 != 2"), ("acme.CartTest::two", "KeyError")]
    assert [one.trace for one in found.reported] == ["trace", ""]
    assert [one.entry for one in found.reported] == [1, 2]


def test_a_message_may_stand_in_the_text_alone() -> None:
    assert told(read(case("<failure><![CDATA[expected 1\n at x]]></failure>"))) == [
        ("acme.CartTest::empty", "expected 1")
    ]


def test_suites_may_be_nested_and_the_root_may_be_a_suite() -> None:
    inner = f'<testsuite name="b" timestamp="2026-11-20T10:00:00">{case("<failure/>")}</testsuite>'
    found = read_junit(
        f'<testsuite name="a" timestamp="2026-11-20T09:00:00">{inner}{case("<error/>", "last")}</testsuite>'.encode()
    )
    assert [one.at for one in found.reported] == ["2026-11-20T10:00:00Z", "2026-11-20T09:00:00Z"]


def test_several_failures_of_one_case_are_all_told() -> None:
    found = read(case('<failure message="a"/><failure message="a"/><error message="b"/>'))
    assert [reason for _, reason in told(found)] == ["a", "a", "b"]


def test_what_was_captured_is_no_part_of_the_text() -> None:
    found = read(case("<failure>one</failure><system-out>two</system-out><system-err>three</system-err>"))
    assert [one.trace for one in found.reported] == ["one"]


def test_a_namespace_does_not_hide_a_suite() -> None:
    data = b'<j:testsuite xmlns:j="urn:x"><j:testcase name="a"><j:failure message="m"/></j:testcase></j:testsuite>'
    assert told(read_junit(data)) == [("a", "m")]


def test_a_failing_case_without_a_name_is_rejected_by_its_line() -> None:
    found = read(case("\n<failure/>", " ", ""), case("<failure/>"))
    assert [str(problem) for problem in found.rejected] == [":1: a failing test without a name"]
    assert len(found.reported) == 1


# -- attempts ----------------------------------------------------------------------------------------


def test_attempts_of_one_failure_are_one() -> None:
    again = '<failure message="first"/><rerunFailure message="second"><stackTrace>t</stackTrace></rerunFailure><rerunError message="third"/>'
    assert told(read(case(again))) == [("acme.CartTest::empty", "first")]


@pytest.mark.parametrize("tag", ["flakyFailure", "flakyError"])
def test_a_test_that_passed_in_the_end_is_no_failure(tag: str) -> None:
    flaky = f"<{tag} message='m'><stackTrace>at x</stackTrace><system-out>o</system-out></{tag}>"
    found = read(case(flaky), case())
    assert told(found) == []
    assert found.skipped == (("passed after a rerun", 1), ("passed", 1))


def test_a_case_given_again_is_an_attempt_whatever_its_reason() -> None:
    found = read(
        case('<failure message="a"/>'), case('<failure message="a"/>'), case('<failure message="b"/>')
    )
    assert [reason for _, reason in told(found)] == ["a"]
    assert found.skipped == (("another attempt of a failure that is told", 2),)


def test_each_suite_has_its_own_attempts() -> None:
    suite = f"<testsuite name='s'>{case('<failure/>')}</testsuite>"
    assert len(read_junit(f"<testsuites>{suite * 2}</testsuites>".encode()).reported) == 2


# -- pytest's own words ------------------------------------------------------------------------------


def test_phases_are_told_by_the_message_of_an_error() -> None:
    found = read(
        case('<error message="failed on setup with &quot;OSError: x&quot;"/>', "a"),
        case('<error message="failed on teardown with &quot;OSError: y&quot;"/>', "a"),
        case('<error message="test setup failure">E   OSError: z</error>', "b"),
        case('<failure message="failed on setup with &quot;mine&quot;"/>', "c"),
    )
    assert told(found) == [
        ("acme.CartTest::a[setup]", "OSError: x"),
        ("acme.CartTest::a[teardown]", "OSError: y"),
        ("acme.CartTest::b[setup]", "OSError: z"),
        ("acme.CartTest::c", 'failed on setup with "mine"'),
    ]


def test_a_test_that_failed_by_its_subtests_is_not_told_again() -> None:
    found = read(case('<failure message="odd"/><failure message="contains 1 failed subtest"/>'))
    assert [reason for _, reason in told(found)] == ["odd"]
    assert found.skipped == (("failed by subtests that are told", 1),)


def test_characters_that_xml_cannot_hold_come_back() -> None:
    found = read(case('<failure message="a#x1B[31m #x41 #x0A #x7F #xFFFE">b#x00</failure>', "n#x07"))
    assert told(found) == [("acme.CartTest::n\x07", "a\x1b[31m #x41 #x0A \x7f \ufffe")]
    assert found.reported[0].trace == "b\x00"


def test_a_lone_surrogate_is_spelled_out() -> None:
    assert told(read(case('<failure message="a#xDC80"/>'))) == [("acme.CartTest::empty", "a\\udc80")]


def test_names_are_guessed_from_the_text_in_reports_of_pytest_only() -> None:
    failing = case("<failure>tests/test_a.py:3: AssertionError</failure>", "test_b", "tests.test_a")
    assert told(read(failing, suite='name="pytest"'))[0][0] == "tests/test_a.py::test_b"
    assert told(read(failing, suite='name="jest"'))[0][0] == "tests.test_a::test_b"
    named = f'<testsuites name="pytest tests"><testsuite name="mine">{failing}</testsuite></testsuites>'
    assert told(read_junit(named.encode()))[0][0] == "tests/test_a.py::test_b"


# -- time and run ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("2026-11-20T09:30:00.25", "2026-11-20T09:30:00Z"),
        ("2026-11-20T09:30:00+02:00", "2026-11-20T07:30:00Z"),
        ("yesterday", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("9999-12-31T23:00:00-10:00", None),
    ],
)
def test_the_time_of_the_suite_becomes_utc(timestamp: str, at: str | None) -> None:
    found = read(case("<failure/>"), suite=f'name="s" timestamp="{timestamp}"')
    assert (found.at, found.reported[0].at) == (at, at)
    assert found.run == f"s {timestamp}"


def test_a_suite_without_name_or_time_has_no_run() -> None:
    assert read(suite='timestamp="2026-11-20T09:30:00"').run is None
    assert read(suite='name="s"').run is None


def test_a_report_of_pytest_is_read_whole() -> None:
    found = read_junit((REPORTS / "pytest-xunit2.xml").read_bytes())
    assert (found.read, len(found.reported), found.rejected) == (27, 25, ())
    assert found.skipped == (("passed", 1), ("skipped", 2), ("failed by subtests that are told", 1))
    assert (found.run, found.at) == ("pytest 2026-11-21T22:13:37.260695+00:00", "2026-11-21T22:13:37Z")
    assert {one.at for one in found.reported} == {found.at}


# -- what is refused ---------------------------------------------------------------------------------

DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite name="&b;"/>'


@pytest.mark.parametrize(
    "data",
    [
        DOCTYPE.encode(),
        b"\xef\xbb\xbf" + DOCTYPE.encode(),
        b" <?xml version='1.0'?> <!-- <a> --> <?pi x?>\n" + DOCTYPE.encode(),
        DOCTYPE.encode("utf-16"),
        b"\xfe\xff" + DOCTYPE.encode("utf-16-be"),
        DOCTYPE.encode("utf-16-le"),
        DOCTYPE.encode("utf-16-be"),
        b"<?xml version='1.0' encoding='iso-8859-1'?>" + DOCTYPE.encode(),
        b"<?xml version='1.0' encoding='cp1252'?><!DOCTYPE testsuite SYSTEM 'file:///etc/passwd'><testsuite/>",
    ],
)
def test_a_document_type_is_refused_in_every_encoding(data: bytes) -> None:
    assert "DOCTYPE" in refusal(data)


@pytest.mark.parametrize("encoding", ["utf-7", "cp037", "utf-32", "rot13", "x-unknown", "koi8-r"])
def test_an_encoding_that_no_report_has_is_refused(encoding: str) -> None:
    assert "its encoding is" in refusal(
        f"<?xml version='1.0' encoding='{encoding}'?><testsuite/>".encode("ascii")
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"])
def test_common_encodings_are_read(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><testsuite><testcase name='a'><failure message='caf{'e' if encoding == 'us-ascii' else 'é'}'/></testcase></testsuite>"
    assert str(told(read_junit(text.encode(encoding)))[0][1]).startswith("caf")


def test_a_document_type_inside_text_is_text() -> None:
    assert told(read(case("<failure><![CDATA[<!DOCTYPE html>]]></failure>"))) == [
        ("acme.CartTest::empty", "<!DOCTYPE html>")
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not XML: no element found (line 1)"),
        (b"hello", "not XML: syntax error (line 1)"),
        (b"<testsuite>\n<testcase", "not XML: unclosed token (line 2)"),
        (b"<testsuite name='\x1b'/>", "not XML: not well-formed (invalid token) (line 1)"),
        (b"<testsuite>&nope;</testsuite>", "not XML: undefined entity (line 1)"),
        (b"<coverage/>", "not a JUnit report: its root is 'coverage'"),
        (b"<testsuite name='\xff'/>", "not UTF-8 (byte 17)"),
        (b"<testsuite>" * 200, "nested deeper than 100 levels"),
    ],
)
def test_what_is_no_junit_report_is_refused(data: bytes, message: str) -> None:
    assert refusal(data) == message


def test_a_report_larger_than_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_json, "SIZE_CAP", 1 << 20)
    assert refusal(b" " * (1 << 20) + b"<testsuite/>") == "larger than 1 MiB"


def test_failures_beyond_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback_loop.formats.junit_report.FAILURES_CAP", 3)
    monkeypatch.setattr("feedback_loop.formats.report_json.FAILURES_CAP", 3)
    found = read(*(case("<failure/>", f"t{number}") for number in range(5)))
    assert len(found.reported) == 3
    assert [problem.message for problem in found.rejected] == [
        "2 failures are left out: more than 3 in one report"
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"<testsuite><testcase name='a'><failure><testcase name='b'><failure/></testcase></failure></testcase></testsuite>",
        b"<testsuite><failure/><stackTrace/></testsuite>",
    ],
)
def test_elements_in_odd_places_do_no_harm(data: bytes) -> None:
    assert len(read_junit(data).reported) <= 1


# -- requests and Schemathesis -------------------------------------------------------------------------

SENT = '<system-out>HTTP Request: POST http://testserver/a "HTTP/1.1 {}"</system-out>'
FAILED = '<failure message="no">no</failure>'


def test_the_request_of_a_failure_is_that_of_its_name_or_the_last_that_failed() -> None:
    found = read(
        case(FAILED, "test_a[GET /b]"),
        case(SENT.format("500 X") + FAILED, "two"),
        case(FAILED + SENT.format("200 OK"), "three"),
        case(FAILED, "four"),
    )
    assert [(one.endpoint, one.status) for one in found.reported] == [
        ("GET /b", None),
        ("POST /a", 500),
        ("POST /a", 200),
        ("", None),
    ]


def test_requests_of_tests_that_passed_were_executed_and_those_of_skipped_ones_not() -> None:
    found = read(case(name="GET /b"), case(SENT.format("200 OK")), case("<skipped/>", "GET /c"))
    assert found.executed == ("GET /b", "POST /a")


def schemathesis(*failures: str, name: str = "GET /a/{id}") -> ReportRead:
    return read(f'<testcase name="{name}">{"".join(failures)}</testcase>', suite='name="schemathesis"')


BLOCK = """<failure message="ST101">1. Test Case ID: x

- {title}

[{status}] Some Words:

    `- ST999 data`

Reproduce with:

    curl -X GET http://host/a/7</failure>"""


def test_checks_of_an_operation_are_told_each_once() -> None:
    old = BLOCK.format(title="Server error", status=500)
    new = BLOCK.format(title="ST101 Server error", status=500)
    other = BLOCK.format(title="ST103 Undocumented status code", status=400)
    found = schemathesis(old + new, other)
    assert [(one.place, one.endpoint, one.status) for one in found.reported] == [
        ("GET /a/{id} [ServerError] 500", "GET /a/{id}", 500),
        ("GET /a/{id} [UndocumentedStatusCode] 400", "GET /a/{id}", 400),
    ]
    assert found.executed == ("GET /a/{id}",)


def test_several_cases_in_one_failure_are_told_each() -> None:
    one = BLOCK.format(title="ST101 Server error", status=500).removesuffix("</failure>")
    text = one + "\n\n2" + one.partition(">1")[2].replace("500", "502") + "</failure>"
    assert [one.status for one in schemathesis(text).reported] == [500, 502]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "Network Error\n\nConnection failed\n\n    aborted\n\nReproduce with:\n\n    curl -X GET http://host/a/7",
            "GET /a/{id} [ConnectionError]",
            "Connection failed\naborted",
        ),
        ("Server Unavailable\n\nno. Last requests before it", "GET /a/{id} [ServerUnavailable]", "no."),
    ],
)
def test_what_kept_an_operation_from_being_tested_is_told(text: str, place: str, message: str) -> None:
    (one,) = schemathesis(f'<error type="error">{text}</error>').reported
    assert (one.place, one.endpoint, one.message) == (place, "GET /a/{id}", message)


def test_a_failure_of_it_without_a_text_is_told_all_the_same() -> None:
    (one,) = schemathesis('<failure message="ST101"/>').reported
    assert dict(one.fields)["failure_reason"] == "ST101"
