"""Review comments exported from GitHub and GitLab, as reviews (A75)."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.secrets import masked_and_capped
from feedback_loop.errors import InputError
from feedback_loop.formats.report_json import (
    all_links,
    kept_problems,
    load_entries,
    text_at,
    utc,
    value_at,
    whole_at,
)

BODY_CAP = 1_000  # characters
_BOT = re.compile(r".*\[bot\]|(?:project|group)_\d+_bot(?:_\w+)?|.*[-_]bot", re.IGNORECASE)
_NAME = r"([a-z][a-z0-9_]{1,63})\b"
_NAMED = re.compile(rf"\b(?i:pattern):[ \t]*`?{_NAME}|(?:^|(?<=[\s(]))\[{_NAME}\](?![(\[:])", re.MULTILINE)
_FENCED = re.compile(r"^[ \t]*(```|~~~).*?^[ \t]*\1", re.MULTILINE | re.DOTALL)


def read_reviews(data: bytes) -> ReportRead:
    """The comments on files: JSON arrays or lines of GitHub's comments, GitLab's notes or discussions.

    Replies, comments of bots and of no file are left out. `named` are the patterns that a comment writes
    as `pattern: name` or `[name]`. `run` is `reviews` where each has its link: the next export counts
    none of them again. Raises InputError if no entry is a comment.
    """
    entries, problems = load_entries(data)
    reported: list[Reported] = []
    skipped: Counter[str] = Counter()
    read = 0
    for number, entry in entries:
        for comment, is_reply in _comments(entry):
            read += 1
            reason = "replies" if is_reply else _left_out(comment)
            if not _is_comment(comment):
                problems.append(Problem("", 0, f"entry {number} is no comment"))
            elif reason:
                skipped[reason] += 1
            else:
                reported.append(_review(comment, read))
    if problems and not reported and not skipped:
        raise InputError("no review comments: no entry has a body and an author or a path")
    return ReportRead(
        tuple(reported),
        read,
        tuple(skipped.items()),
        kept_problems(problems, "comments"),
        "reviews" if all_links(reported) else None,
    )


def named_in(text: str) -> tuple[str, ...]:
    """The names that a person wrote as `pattern: name` or `[name]`, outside of code blocks."""
    found = (match[1] or match[2] for match in _NAMED.finditer(_FENCED.sub("", text)))
    return tuple(dict.fromkeys(found))


def _comments(entry: Any) -> list[tuple[Any, bool]]:
    """The entry's comments, and whether each is a reply: a discussion of GitLab holds several."""
    notes = value_at(entry, "notes")
    if isinstance(notes, list):
        return [(note, index > 0) for index, note in enumerate(notes)]
    reply = value_at(entry, "in_reply_to_id") or value_at(entry, "replyTo")
    return [(entry, bool(reply))]


def _is_comment(comment: Any) -> bool:
    known = ("user", "author", "path", "position", "noteable_type")
    return isinstance(value_at(comment, "body"), str) and any(key in comment for key in known)


def _left_out(comment: Any) -> str | None:
    author = value_at(comment, "user") or value_at(comment, "author")
    login = text_at(author, "login") or text_at(author, "username")
    is_bot = text_at(author, "type") == "Bot" or value_at(author, "bot") is True
    if value_at(comment, "system") is True:
        return "notes of the system"
    if is_bot or value_at(author, "is_bot") is True or _BOT.fullmatch(login):
        return "comments of bots"
    if not _path(comment):
        return "comments on no file"
    return None if text_at(comment, "body").strip() else "empty comments"


def _path(comment: Any) -> str:
    position = value_at(comment, "position")
    own = text_at(comment, "path") or text_at(position, "new_path") or text_at(position, "old_path")
    return own.strip()


def _line(comment: Any) -> int | None:
    places = (("line",), ("original_line",), ("position", "new_line"), ("position", "old_line"))
    return next((line for place in places if (line := whole_at(comment, *place))), None)


def _review(comment: Any, number: int) -> Reported:
    body = text_at(comment, "body").strip()
    path, line = _path(comment), _line(comment)
    url = next((text for key in ("html_url", "web_url", "url") if (text := text_at(comment, key))), "")
    at = utc(value_at(comment, "created_at") or value_at(comment, "createdAt"))
    fields: list[tuple[str, object]] = [
        ("issue_type", "review_comment"),
        ("severity", "medium"),
        ("file_path", path),
    ]
    fields += [("line", line)] if line else []
    fields.append(("suggestion", masked_and_capped(body, BODY_CAP)))
    fields += [("url", url)] if url else []
    identity = whole_at(comment, "id")
    place = url or (f"comment {identity}" if identity else f"{path}:{line or 0} {at or ''}".strip())
    return Reported("review", tuple(fields), place, at, named_in(body), entry=number)
