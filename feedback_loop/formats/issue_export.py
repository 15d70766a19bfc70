"""Issues exported from GitHub, GitLab and Jira, as bugs (A75a)."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.trace import Frame, deepest_own
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
from feedback_loop.formats.traceback import parse_traces

UNKNOWN_FILE = "<unknown>"  # a bug has a file; an issue without a trace names none
_LABEL = re.compile(r"\s*pattern::?\s*(\S+)\s*", re.IGNORECASE)
_OTHER_TYPES = re.compile(
    r"(new )?feature( request)?|enhancement|improvement|(user )?story|epic|initiative|(sub-?)?task|"
    r"test_?case|test|requirement|objective|key_?result",
    re.IGNORECASE,
)
_PULL_KEYS = frozenset(["merged_at", "mergedAt", "headRefName", "source_branch"])
_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)


def read_issues(data: bytes) -> ReportRead:
    """The issues of a JSON export, each a bug: arrays or lines of them, or a page of Jira's search.

    Pull requests are left out, and what its type calls a feature, a story or a task. `named` are the
    patterns of its labels `pattern:NAME`; `trace` is its text; file and line are those of the deepest
    call of a trace in it, else `<unknown>` and 0. `run` is `issues` where each has its link: the next
    export counts none of them again. Raises InputError if no entry is one.
    """
    entries, problems = load_entries(data)
    reported: list[Reported] = []
    skipped: Counter[str] = Counter()
    issues = [issue for _, entry in entries for issue in _issues(entry)]
    for number, issue in enumerate(issues, 1):
        if not _title(issue).strip():
            problems.append(Problem("", 0, f"entry {number} is no issue: it has no title"))
        elif reason := _left_out(issue):
            skipped[reason] += 1
        else:
            reported.append(_bug(issue, number))
    if problems and not reported and not skipped:
        raise InputError("no issues: no entry has a title or a summary")
    return ReportRead(
        tuple(reported),
        len(issues),
        tuple(skipped.items()),
        kept_problems(problems, "issues"),
        "issues" if all_links(reported) else None,
    )


def _issues(entry: Any) -> list[Any]:
    page = value_at(entry, "issues")
    return page if isinstance(page, list) else [entry]


def _title(issue: Any) -> str:
    return text_at(issue, "title") or text_at(issue, "fields", "summary")


def _left_out(issue: Any) -> str | None:
    if value_at(issue, "pull_request") is not None or not _PULL_KEYS.isdisjoint(issue):
        return "pull requests"
    types = (("type", "name"), ("type",), ("issue_type",), ("fields", "issuetype", "name"))
    named = next((text for place in types if (text := text_at(issue, *place))), "")
    return "issues of another type than bug" if _OTHER_TYPES.fullmatch(named.strip()) else None


def _labels(issue: Any) -> tuple[str, ...]:
    labels = (
        list_at(issue, "labels") or list_at(issue, "labels", "nodes") or list_at(issue, "fields", "labels")
    )
    texts = (text_at(label) or text_at(label, "name") for label in labels)
    return tuple(dict.fromkeys(match[1] for text in texts if (match := _LABEL.fullmatch(text))))


def _text(issue: Any) -> str:
    own = text_at(issue, "body") or text_at(issue, "description") or text_at(issue, "fields", "description")
    return own or _document_text(value_at(issue, "fields", "description"))


def _document_text(document: Any) -> str:
    """The text of an Atlassian document: its blocks on lines of their own."""
    parts: list[str] = []
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        kind, content = text_at(node, "type"), list_at(node, "content")
        parts.append("\n" if kind == "hardBreak" else text_at(node, "text"))
        if content and kind not in ("listItem", "doc"):
            stack.append("\n")
        stack.extend(reversed(content))
    return "".join(parts)


def _url(issue: Any) -> str:
    own = (text for key in ("html_url", "web_url", "url") if (text := text_at(issue, key).strip()))
    site, found, _ = text_at(issue, "self").partition("/rest/api/")
    browse = f"{site}/browse/{text_at(issue, 'key')}" if found and text_at(issue, "key") else ""
    return next(own, browse)


def _reference(issue: Any) -> str:
    number = whole_at(issue, "number") or whole_at(issue, "iid") or whole_at(issue, "id")
    return text_at(issue, "key").strip() or (f"issue {number}" if number else _title(issue).strip())


def _bug(issue: Any, number: int) -> Reported:
    text, url = _FENCE.sub("", _text(issue)), _url(issue)
    trace, frame = _deepest(text)
    fields: list[tuple[str, object]] = [
        ("error", _title(issue).strip()),
        ("code", frame.source),
        ("file_path", frame.file),
        ("line", frame.line),
    ]
    fields += [("stack_trace", trace)] if trace else []
    fields += [("url", url)] if url else []
    times = (("created_at",), ("createdAt",), ("fields", "created"))
    at = next((time for place in times if (time := utc(value_at(issue, *place)))), None)
    place = url or _reference(issue)
    return Reported("bug", tuple(fields), place, at, _labels(issue), trace=text, entry=number)


def _deepest(text: str) -> tuple[str, Frame]:
    """The first trace of the text, and the call in which it ended, the project's own before a library's."""
    for trace in parse_traces(text):
        frame = deepest_own(trace, None) or (trace.frames[-1] if trace.frames else None)
        if frame is not None and frame.file.strip():
            return trace.text, frame
    return "", Frame(UNKNOWN_FILE, 0)
