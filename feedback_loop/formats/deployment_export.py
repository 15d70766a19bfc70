"""Deployments exported from GitHub: the failed ones (A75a).

Read are deployments with their `statuses` (or GraphQL's `latestStatus`) beside them, statuses alone, and
the events of webhooks, which hold both.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.report_json import (
    all_links,
    kept_problems,
    list_at,
    load_entries,
    text_at,
    utc,
    value_at,
    whole_at,
)
from feedback_loop.formats.review_export import named_in

_FAILED = ("failure", "error")


def read_deployments(data: bytes) -> ReportRead:
    """The failed deployments, each once: the first status `failure` or `error` counts.

    `issue_type` is `deployment_failure` or `deployment_error`, `root_cause` the status's description.
    `run` is `deployments` where each has its link: the next export counts none of them again. Raises
    InputError if no entry is a deployment or a status of one.
    """
    entries, problems = load_entries(data)
    reported: dict[str, Reported] = {}
    skipped: Counter[str] = Counter()
    for number, entry in entries:
        deployment, statuses = _parts(entry)
        environment = text_at(deployment, "environment").strip()
        environment = environment or next((text_at(one, "environment").strip() for one in statuses), "")
        failed = [one for one in statuses if text_at(one, "state").lower() in _FAILED]
        if not environment:
            problems.append(Problem("", 0, f"entry {number} names no environment"))
        elif not failed:
            skipped["not failed" if statuses else "without a status"] += 1
        else:
            first = min(failed, key=lambda one: _at(one) or "9")
            one = _deployment(deployment, first, environment, number)
            if one.place in reported:
                skipped["another status of a deployment that is told"] += 1
            reported.setdefault(one.place, one)
    if problems and not reported and not skipped:
        raise InputError("no deployments: no entry names an environment")
    return ReportRead(
        tuple(reported.values()),
        len(entries),
        tuple(skipped.items()),
        kept_problems(problems, "deployments"),
        "deployments" if all_links(reported.values()) else None,
    )


def _parts(entry: Any) -> tuple[Any, list[Any]]:
    """The deployment, and its statuses as far as the entry has any."""
    event = value_at(entry, "deployment_status")
    if isinstance(event, dict):
        return value_at(entry, "deployment") or event, [event]
    if text_at(entry, "deployment_url"):
        return entry, [entry]
    latest = value_at(entry, "latestStatus")
    statuses = list_at(entry, "statuses") or list_at(entry, "statuses", "nodes")
    statuses = statuses or ([latest] if isinstance(latest, dict) else [])
    return entry, statuses or ([entry] if text_at(entry, "state") else [])


def _at(status: Any) -> str | None:
    return utc(value_at(status, "created_at") or value_at(status, "createdAt"))


def _deployment(deployment: Any, status: Any, environment: str, number: int) -> Reported:
    description = text_at(status, "description").strip() or text_at(deployment, "description").strip()
    links = ("log_url", "target_url", "logUrl")
    url = next((text for key in links if (text := text_at(status, key))), "")
    fields: list[tuple[str, object]] = [
        ("issue_type", f"deployment_{text_at(status, 'state').lower()}"),
        ("environment", environment),
    ]
    fields += [("root_cause", description)] if description else []
    fields += [("url", url)] if url else []
    at = _at(status) or _at(deployment)
    return Reported(
        "deployment",
        tuple(fields),
        _place(deployment, status, environment, at),
        at,
        named_in(description),
        entry=number,
    )


def _place(deployment: Any, status: Any, environment: str, at: str | None) -> str:
    """The deployment's link, the same in its own form and in that of its statuses."""
    held = text_at(status, "deployment_url") or text_at(deployment, "deployment_url")
    identity = whole_at(deployment, "id") or text_at(deployment, "id")
    return held or text_at(deployment, "url") or f"{environment} {identity or at or ''}".strip()
