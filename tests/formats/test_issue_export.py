"""Issues of GitHub, GitLab and Jira as bugs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.issue_export import read_issues

REPORTS = Path(__file__).parent / "data" / "reports"


def read(*issues: Any) -> ReportRead:
    return read_issues(json.dumps(issues).encode())


def only(**changes: Any) -> Reported:
    (one,) = read({"number": 1, "title": "It fails", **changes}).reported
    return one


def kept(name: str) -> ReportRead:
    return read_issues((REPORTS / name).read_bytes())


def test_no_issues_are_no_bugs() -> None:
    assert read() == ReportRead((), run="issues")


def test_issues_of_github_are_read() -> None:
    found = kept("github-issues.json")
    assert (found.read, found.run, found.rejected) == (4, "issues", ())
    assert found.skipped == (("pull requests", 1), ("issues of another type than bug", 1))
    first, last = found.reported
    assert (first.place, first.at, first.named) == (
        "https://github.com/acme/shop/issues/12",
        "2026-11-10T08:00:00Z",
        ("bounds_checking",),
    )
    fields = dict(first.fields)
    assert str(fields.pop("stack_trace")).endswith("IndexError: list index out of range")
    assert fields == {
        "error": "Checkout fails on an empty cart",
        "code": "return rows[0]",
        "file_path": "/srv/shop/cart.py",
        "line": 42,
        "url": first.place,
    }
    assert "IndexError" in first.trace
    assert dict(last.fields) == {
        "error": "Slow search",
        "code": "",
        "file_path": "<unknown>",
        "line": 0,
        "url": last.place,
    }


def test_issues_of_gitlab_are_read() -> None:
    found = kept("gitlab-issues.json")
    assert found.skipped == (("issues of another type than bug", 1),)
    assert [(one.place, one.at, one.named) for one in found.reported] == [
        ("https://gitlab.example.com/acme/shop/-/issues/1", "2026-11-04T15:31:51Z", ("temp_file_handling",))
    ]


def test_a_page_of_jira_is_read() -> None:
    found = kept("jira-search.json")
    assert found.skipped == (("issues of another type than bug", 1),)
    (one,) = found.reported
    assert (one.place, one.at, one.named) == (
        "https://acme.atlassian.net/browse/SHOP-7",
        "2026-11-05T09:00:00Z",
        ("numpy_nan_inf_handling",),
    )
    assert one.trace.startswith("It ends\nlike this:\nTraceback")
    assert (dict(one.fields)["file_path"], dict(one.fields)["line"]) == ("shop/report.py", 8)


def test_what_gh_issue_list_writes_is_read() -> None:
    one = only(
        body="",
        labels=[{"name": "pattern: bounds_checking"}],
        createdAt="2026-11-20T09:30:00Z",
        url="https://x/1",
    )
    assert (one.place, one.at, one.named) == ("https://x/1", "2026-11-20T09:30:00Z", ("bounds_checking",))


def test_without_a_link_the_number_is_the_place() -> None:
    assert only().place == "issue 1"
    assert only(number=None).place == "It fails"
    assert only(key="SHOP-1").place == "SHOP-1"
    assert read({"number": 1, "title": "x"}).run is None


@pytest.mark.parametrize("changes", [{"merged_at": None}, {"source_branch": "x"}, {"pull_request": {}}])
def test_pull_requests_are_left_out(changes: dict[str, Any]) -> None:
    assert read({"number": 1, "title": "x", **changes}).skipped == (("pull requests", 1),)


@pytest.mark.parametrize("kind", ["Bug", "Defect", "Incident", "Fehler", "issue"])
def test_whatever_is_not_known_as_something_else_is_a_bug(kind: str) -> None:
    assert len(read({"title": "x", "type": {"name": kind}}).reported) == 1


def test_an_issue_without_a_title_is_rejected() -> None:
    found = read({"number": 1, "title": "x"}, {"number": 2}, None)
    assert [problem.message for problem in found.rejected] == [
        f"entry {number} is no issue: it has no title" for number in (2, 3)
    ]


def test_a_document_as_wide_and_deep_as_one_likes_is_read_to_its_end() -> None:
    node: dict[str, Any] = {"type": "text", "text": "deep"}
    for _ in range(300):
        node = {"type": "paragraph", "content": [node] + [{"type": "hardBreak"}] * 100}
    node = {"type": "doc", "content": [node, {"type": "text", "text": "the end"}]}
    (one,) = read({"fields": {"summary": "x", "description": node}}).reported
    assert one.trace.startswith("deep\n")
    assert one.trace.endswith("the end")


@pytest.mark.parametrize("data", [b"", b"{}", b"[[]]", b'{"issues": [{}]}', b"\xff"])
def test_what_holds_no_issue_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_issues(data)
