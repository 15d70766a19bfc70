"""JUnit XML, read back by an XML parser."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given, settings

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import NotChecked, ScanResult
from feedback_loop.render.encoders import encode, unchecked
from tests.render.made import any_scan, finding, hostile, library, scanned


def cases(
    result: ScanResult, of: CompiledLibrary | None = None, exit_code: int = 1
) -> list[ElementTree.Element]:
    text = encode("junit", result, of or library(), exit_code).text
    assert text.isascii()
    root = ElementTree.fromstring(text)
    (suite,) = root
    assert (root.tag, suite.tag, suite.get("name")) == ("testsuites", "testsuite", "feedback-loop")
    for name in ("tests", "failures", "errors", "skipped"):
        assert root.get(name) == suite.get(name)
    found = list(suite)
    assert {one.tag for one in found} <= {"testcase"}
    assert int(suite.get("tests", "")) == len(found)
    assert int(suite.get("failures", "")) == sum(one.find("failure") is not None for one in found)
    assert int(suite.get("errors", "")) == sum(one.find("error") is not None for one in found)
    assert int(suite.get("skipped", "")) == sum(one.find("skipped") is not None for one in found)
    assert len({one.get("name") for one in found}) == len(found)
    return found


def outcome(case: ElementTree.Element) -> list[str]:
    return [child.tag for child in case]


def test_clean_is_one_test_that_passes() -> None:
    (case,) = cases(scanned())
    assert case.attrib == {"classname": "feedback-loop", "name": "no findings"}
    assert outcome(case) == []


def test_a_blocking_finding_is_a_failure() -> None:
    (case,) = cases(scanned(finding()))
    assert case.attrib == {
        "classname": "app.py",
        "name": "named/bare app.py:4:5",
        "file": "app.py",
        "line": "4",
    }
    (failure,) = case
    assert (failure.tag, failure.attrib) == ("failure", {"type": "named/bare", "message": "why"})
    assert failure.text == "app.py:4:5: block why\n    except:\nfix: how\n"


def test_lower_levels_fail_only_where_the_settings_say_so() -> None:
    result = scanned(finding(b"1", level="warn"), finding(b"2", level="hint"))
    assert [outcome(case) for case in cases(result)] == [["system-out"], ["system-out"]]
    strict = library()
    strict.fail_on = "warn"
    assert [outcome(case) for case in cases(result, strict)] == [["failure"], ["system-out"]]


def test_equal_names_are_told_apart() -> None:
    names = [case.get("name") for case in cases(scanned(finding(b"\xff"), finding(b"\xfe")))]
    assert names == ["named/bare \ufffd:4:5", "named/bare \ufffd:4:5 #2"]


def test_skipped_files_are_skipped_tests() -> None:
    result = scanned()
    result.skipped.append((b"logo.png", "binary"))
    _, case = cases(result)
    assert (case.get("name"), outcome(case), case[0].get("message")) == (
        "skipped logo.png",
        ["skipped"],
        "binary",
    )


def test_what_was_not_checked_is_an_error_if_the_run_ends_with_one() -> None:
    result = scanned()
    result.not_checked.append(NotChecked(b"x.py", "named/bare", "time"))
    (lenient,) = cases(result, exit_code=0)
    (strict,) = cases(result, exit_code=3)
    assert (outcome(lenient), outcome(strict)) == (["skipped"], ["error"])
    assert strict[0].get("message") == "NOT checked (named/bare): time"
    assert strict.get("name") == "not checked named/bare x.py"


def test_hostile_text_is_text() -> None:
    first = cases(*hostile())[0]
    (failure,) = first
    assert outcome(first) == ["failure"]
    body = failure.text or ""
    assert "<script>alert(1)</script>" in body
    assert "]]>" in body
    assert "\ufffd[31mred\ufffd" in body  # ESC and BEL are no characters of XML
    assert r"\u202egnp.exe" in body
    assert "&lt;script&gt;" in encode("junit", *hostile(), 1).text


@given(any_scan())
@settings(max_examples=100, deadline=None)
def test_any_scan_is_a_case_for_everything_it_has_to_say(scan: tuple[ScanResult, CompiledLibrary]) -> None:
    result, of = scan
    said = len(result.findings) + len(unchecked(result, of))
    assert len(cases(result, of)) == (said or 1) + len(result.skipped)
