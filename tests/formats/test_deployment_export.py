"""Deployments of GitHub: the failed ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.domain.reported import ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.deployment_export import read_deployments

REPORTS = Path(__file__).parent / "data" / "reports"
URL = "https://api.github.com/repos/acme/shop/deployments/1"


def read(*entries: Any) -> ReportRead:
    return read_deployments(json.dumps(entries).encode())


def status(state: str = "failure", **changes: Any) -> dict[str, Any]:
    return {
        "state": state,
        "environment": "production",
        "deployment_url": URL,
        "created_at": "2026-11-19T12:10:00Z",
        **changes,
    }


def test_no_deployments_are_no_failures() -> None:
    assert read() == ReportRead((), run="deployments")


def test_deployments_with_their_statuses_are_read() -> None:
    found = read_deployments((REPORTS / "github-deployments.json").read_bytes())
    assert (found.read, found.skipped) == (3, (("not failed", 1), ("without a status", 1)))
    (one,) = found.reported
    assert (one.place, one.at, one.named) == (URL, "2026-11-19T12:10:00Z", ("bounds_checking",))
    assert dict(one.fields) == {
        "issue_type": "deployment_failure",
        "environment": "production",
        "root_cause": "Health check failed (pattern: bounds_checking)",
        "url": "https://ci.example.org/11",
    }


def test_statuses_alone_tell_the_same_place() -> None:
    found = read(status("error"), status("failure"), status("success"))
    assert [(one.place, dict(one.fields)["issue_type"]) for one in found.reported] == [
        (URL, "deployment_error")
    ]
    assert found.skipped == (("another status of a deployment that is told", 1), ("not failed", 1))


def test_the_event_of_a_webhook_is_read() -> None:
    event = {
        "deployment": {"url": URL, "environment": "production"},
        "deployment_status": status(environment=""),
    }
    assert [one.place for one in read(event).reported] == [URL]


def test_what_graphql_answers_is_read() -> None:
    found = read({"id": "DE_1", "environment": "qa", "state": "FAILURE", "createdAt": "2026-11-19T12:10:00Z"})
    assert [(one.place, one.at, dict(one.fields)["issue_type"]) for one in found.reported] == [
        ("qa DE_1", "2026-11-19T12:10:00Z", "deployment_failure")
    ]
    assert len(read({"environment": "qa", "latestStatus": {"state": "ERROR"}}).reported) == 1


def test_an_entry_without_environment_is_rejected() -> None:
    found = read(status(), {"state": "failure"}, 3)
    assert [problem.message for problem in found.rejected] == [
        "entry 2 names no environment",
        "entry 3 names no environment",
    ]


@pytest.mark.parametrize("data", [b"", b"[3]", b"{}", b"nope"])
def test_what_holds_no_deployment_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_deployments(data)
