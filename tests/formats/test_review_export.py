"""Review comments of GitHub and GitLab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.review_export import named_in, read_reviews

REPORTS = Path(__file__).parent / "data" / "reports"


def comment(**changes: Any) -> dict[str, Any]:
    base = {
        "id": 1,
        "path": "a.py",
        "line": 3,
        "body": "No.",
        "user": {"login": "o"},
        "created_at": "2026-11-20T09:30:00Z",
    }
    return {**base, "html_url": "https://example.org/1", **changes}


def read(*comments: Any) -> ReportRead:
    return read_reviews(json.dumps(comments).encode())


def only(**changes: Any) -> Reported:
    (one,) = read(comment(**changes)).reported
    return one


def test_no_comments_are_no_reviews() -> None:
    assert read() == ReportRead((), run="reviews")


def test_comments_of_github_are_read() -> None:
    found = read_reviews((REPORTS / "github-reviews.json").read_bytes())
    assert (found.read, found.skipped, found.rejected) == (4, (("replies", 1), ("comments of bots", 1)), ())
    first, last = found.reported
    assert (first.place, first.at, first.named) == (
        "https://github.com/acme/shop/pull/5#discussion_r101",
        "2026-11-18T09:30:00Z",
        ("bounds_checking",),
    )
    fields = dict(first.fields)
    assert str(fields.pop("suggestion")).startswith("This falls over on an empty cart.\n")
    assert fields == {
        "issue_type": "review_comment",
        "severity": "medium",
        "file_path": "shop/cart.py",
        "line": 42,
        "url": first.place,
    }
    assert (last.at, last.named, last.entry, dict(last.fields)["line"]) == (
        None,
        ("specific_exceptions",),
        4,
        9,
    )
    assert "ghp_" not in str(last.fields)


def test_discussions_of_gitlab_are_read() -> None:
    found = read_reviews((REPORTS / "gitlab-discussions.json").read_bytes())
    assert found.skipped == (("replies", 1), ("notes of the system", 1), ("comments on no file", 1))
    (one,) = found.reported
    assert (one.place, one.at, one.named) == ("comment 1126", "2026-11-17T19:13:08Z", ("temp_file_handling",))
    assert dict(one.fields) == {
        "issue_type": "review_comment",
        "severity": "medium",
        "file_path": "shop/store.py",
        "line": 27,
        "suggestion": "Close this file. `pattern: temp_file_handling`",
    }
    assert found.run is None


def test_lines_and_pages_are_read_like_one_array() -> None:
    whole = read(comment(), comment(id=2))
    lines = "\n".join(json.dumps(one) for one in (comment(), comment(id=2)))
    pages = "".join(json.dumps([one], indent=1) for one in (comment(), comment(id=2)))
    assert (
        read_reviews(lines.encode())
        == read_reviews(pages.encode())
        == read_reviews(b"\xef\xbb\xbf" + lines.encode())
        == whole
    )


def test_a_line_that_was_cut_off_is_rejected() -> None:
    found = read_reviews((json.dumps(comment()) + "\n" + json.dumps(comment())[:-9]).encode())
    assert len(found.reported) == 1
    assert [problem.line for problem in found.rejected] == [2]


@pytest.mark.parametrize(
    "user",
    [
        {"login": "x[bot]"},
        {"login": "x", "type": "Bot"},
        {"username": "project_12_bot_a1"},
        {"username": "group_3_bot"},
        {"username": "x", "bot": True},
        {"login": "renovate-bot"},
    ],
)
def test_comments_of_bots_are_left_out(user: dict[str, Any]) -> None:
    assert read(comment(user=user)).skipped == (("comments of bots", 1),)


@pytest.mark.parametrize("login", ["abbot", "robotnik", "talbot"])
def test_people_are_no_bots(login: str) -> None:
    assert len(read(comment(user={"login": login})).reported) == 1


def test_a_comment_without_file_or_text_is_left_out() -> None:
    assert read(comment(path=None), comment(body=" \n")).skipped == (
        ("comments on no file", 1),
        ("empty comments", 1),
    )


def test_a_body_has_at_most_1000_characters() -> None:
    assert len(str(dict(only(body="word " * 1_000).fields)["suggestion"])) <= 1_000


def test_the_place_is_the_link_or_the_number_or_the_line() -> None:
    assert only(html_url=None).place == "comment 1"
    assert only(html_url=None, id=None).place == "a.py:3 2026-11-20T09:30:00Z"


def test_what_is_no_comment_is_rejected() -> None:
    found = read(comment(), 3, {"title": "x"})
    assert [problem.message for problem in found.rejected] == [
        "entry 2 is no comment",
        "entry 3 is no comment",
    ]


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b"hello", b'[{"body": 3, "path": "a"}]', b"[" * 100_000]
)
def test_what_holds_no_comment_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_reviews(data)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("pattern: bounds_checking", ("bounds_checking",)),
        ("Pattern:`bounds_checking`.", ("bounds_checking",)),
        ("[bounds_checking] Check it ([other_one])", ("bounds_checking", "other_one")),
        ("pattern: a_b [a_b]", ("a_b",)),
        ("a[index] [link](https://x) [ref][1] [x] [Upper] [note]: there", ()),
        ("```python\n[not_me]\n```\n[me_too]", ("me_too",)),
    ],
)
def test_names_are_what_a_person_wrote_as_such(text: str, names: tuple[str, ...]) -> None:
    assert named_in(text) == names
