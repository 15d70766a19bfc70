"""`feedback report` on a real repository: its formats, its exit code for a job, and its list of periods."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from feedback_loop.domain.rating_report import Performer, RatingPeriod, RatingReport
from feedback_loop.domain.success import Proportion, Success, compare
from feedback_loop.formats.records import make_event
from feedback_loop.render.feedback_report import render_report_markdown, render_report_text
from feedback_loop.render.feedback_report_html import render_feedback_report_html
from feedback_loop.stores.events import append_events
from tests.faces.command_line import CommandLine
from tests.render.made import HOSTILE, is_inert
from tests.render.test_retro_html import shown
from tests.repo import Repo

AS_OF = "--as-of", "2026-11-22T10:00:00Z"
TEXT = """\
Prompt feedback 2026-W47
  2026-11-16 to 2026-11-22, UTC
  until 2026-11-22T10:00:00Z, not complete

Success   40.0 % of 20 ratings (95 % interval 21.9 to 61.3 %)
Verdict   declined: the whole interval of the difference is below 0
Change    -40.0 points (95 % interval -61.7 to -9.6), -50.0 % of the rate before
Before    2026-W46: 80.0 % of 20 ratings (95 % interval 58.4 to 91.9 %)
Stars     3.20 of 5 on average

Top performers
  Frameworks and techniques with 3 ratings or more, the surest successes first:
  technique  steps      8 of 8  100.0 % (67.6 to 100.0 %)
  framework  few-shot  8 of 20    40.0 % (21.9 to 61.3 %)

Problem areas
  Tags with 3 ratings or more, the surest failures first:
  tag  code  12 of 20  60.0 % (38.7 to 78.1 %)

What to do
  - Success declined from 80.0 % to 40.0 %: look at what is different since 2026-W46.
  - Success is 40.0 % of 20 ratings, under 70.0 %: look at the outputs that were rated low.
  - Tag `code` fails most: 12 of 20 (95 % interval 38.7 % to 78.1 %): look at its prompts.
"""


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def rate(repo: Repo, day: int, good: int, bad: int) -> None:
    def rated(number: int) -> dict[str, object]:
        is_good = number < good
        context = {"framework": "few-shot", "techniques": ["steps"] if is_good else []}
        stars = 5 if is_good else 2
        return {
            "subject": "output",
            "rating": stars,
            "tags": ["code"],
            "context": context,
            "prompt": f"p{number}",
        }

    at = f"2026-11-{day:02}T09:00:00Z"
    append_events(str(repo.root), [make_event("rating", at, rated(number)) for number in range(good + bad)])


def test_no_ratings_are_a_report_and_an_empty_list(cli: CommandLine) -> None:
    found = cli("feedback", "report", *AS_OF, "--fail-on-decline", "0")
    assert (found.code, found.err) == (0, "")
    assert "Success   no ratings\n" in found.out
    assert "  - Collect more feedback: 0 in this period" in found.out
    assert cli("feedback", "report", "--list").out == "no ratings\n"
    assert cli("feedback", "report", "--list", "--format", "json").json == {"periods": []}


def test_one_report_in_four_formats_by_name_or_option(cli: CommandLine, repo: Repo) -> None:
    rate(repo, 10, 16, 4)
    rate(repo, 17, 8, 12)
    command = "feedback", "report", *AS_OF
    text = cli(*command)
    assert (text.code, text.err, text.out) == (0, "", TEXT)
    assert max(map(len, TEXT.splitlines())) <= 100
    value = cli(*command, "--format", "json").json
    assert (value["verdict"], value["complete"], value["end_date"]) == (
        "declined",
        False,
        "2026-11-22T10:00:01Z",
    )
    for name in ("r.json", "new/folder/r.md", "r.HTML", "r.txt"):
        answer = cli(*command, "--output", name)
        assert (answer.code, answer.out) == (0, "")
        assert answer.err == f"feedback-loop: wrote {repo.root}/{name}\n"
    assert json.loads((repo.root / "r.json").read_text()) == value
    assert (repo.root / "r.txt").read_text() == TEXT
    page = (repo.root / "r.HTML").read_text()
    markdown = (repo.root / "new/folder/r.md").read_text()
    for sink in (shown(page), markdown):
        assert "40.0 % of 20 ratings (95 % interval 21.9 to 61.3 %)" in sink
        assert "ntil 2026-11-22T10:00:00Z, not complete." in sink
        assert "declined: the whole interval of the difference is below 0" in sink
    assert "| technique | `steps` | 8 of 8 | 100.0 % (67.6 to 100.0 %) |\n" in markdown
    assert "- Tag `code` fails most: 12 of 20" in markdown
    assert page.count("<svg") == 1
    cli(*command, "--output", "r.json", "--format", "text")
    assert (repo.root / "r.json").read_text() == TEXT


def test_a_job_exits_1_only_on_a_decline_beyond_the_limit_and_still_reports(
    cli: CommandLine, repo: Repo
) -> None:
    rate(repo, 3, 10, 0)
    rate(repo, 10, 16, 4)
    rate(repo, 17, 8, 12)
    job = "feedback", "report", "--last-complete", "--as-of", "2026-11-23T09:00:00Z"
    failed = cli(*job, "--fail-on-decline", "10", "--output", "week.txt")
    assert (failed.code, failed.out) == (1, "")
    assert failed.err.splitlines()[1:] == [
        "feedback-loop: success declined by 50.0 % (from 80.0 % to 40.0 %); "
        "--fail-on-decline 10 does not allow it"
    ]
    assert "not complete" not in (repo.root / "week.txt").read_text()
    allowed = cli(*job, "--fail-on-decline", "50")
    assert (allowed.code, allowed.err) == (0, "")
    # The week before fell by 20 % of its rate, which 10 and 20 ratings cannot tell from chance.
    chance = cli("feedback", "report", "--as-of", "2026-11-15", "--fail-on-decline", "10")
    assert (chance.code, chance.err) == (0, "")
    assert "Change    -20.0 points (95 % interval" in chance.out
    assert "no clear change" in chance.out


def test_the_periods_that_have_ratings_with_their_rates(cli: CommandLine, repo: Repo) -> None:
    rate(repo, 1, 1, 0)
    rate(repo, 17, 8, 12)
    command = "feedback", "report", "--list", *AS_OF
    assert cli(*command).out == (
        "2026-W47      20 ratings  40.0 % (21.9 to 61.3 %)\n"
        "2026-W44        1 rating  100.0 % (20.7 to 100.0 %)\n"
    )
    assert cli(*command, "--period", "monthly", "--output", "p.json").code == 0
    (month,) = json.loads((repo.root / "p.json").read_text())["periods"]
    assert (month["period"], month["count"], month["positive"]) == ("2026-11", 21, 9)
    assert month["ci_low"] < month["success_rate"] < month["ci_high"]


def test_what_cannot_be_is_told_before_anything_is_read_or_written(cli: CommandLine, repo: Repo) -> None:
    repo.write("taken", "a file")
    for options, told in (
        (("--as-of", "yesterday"), "--as-of is no time in ISO 8601: 'yesterday'"),
        (("--as-of", "AKIA" + "Q7" * 8), "--as-of is no time in ISO 8601: '***'"),
        (("--rolling", "--last-complete"), "exclude each other"),
        (("--fail-on-decline", "101"), "--fail-on-decline must be from 0 to 100"),
        (("--fail-on-decline", "nan"), "--fail-on-decline must be from 0 to 100"),
        (("--list", "--rolling"), "--list and --rolling exclude each other"),
        (("--list", "--fail-on-decline", "5"), "--list and --fail-on-decline exclude each other"),
        (("--list", "--output", "x.html"), "--list is written as text or json, not as html"),
        (("--output", "taken/x.md"), "no such folder"),
        (("--output", ""), "--output: an empty value"),
        (("--as-of", "0001-01-01"), "as-of must be in the years 2 to 9998"),
        (("--period", "daily"), "weekly"),
    ):
        answer = cli("feedback", "report", *options)
        assert (answer.code, answer.out) == (2, ""), options
        assert told in answer.err, options
    assert not (repo.root / ".feedback-loop").exists()


def test_a_damaged_file_of_the_store_is_told_and_the_others_count(cli: CommandLine, repo: Repo) -> None:
    rate(repo, 17, 2, 1)
    repo.write(".feedback-loop/events/2026-11/20261117t090000z-rating-0123456789abcdef.json", "{")
    answer = cli("feedback", "report", *AS_OF)
    assert answer.code == 0
    assert "of 3 ratings" in answer.out
    assert "rating-0123456789abcdef.json" in answer.err


def made_report(name: str) -> RatingReport:
    """Everywhere where a stranger's name can stand."""
    period = RatingPeriod("2026-W47", 0, 7 * 86_400, 14 * 86_400, True)
    now, before = Success(3, 12), Success(0, 0)
    one = Performer("framework", name, Proportion(3, 3)), Performer("tag", name, Proportion(1, 3))
    action = f"Tag `{name}` fails most: 1 of 3: look at its prompts."
    return RatingReport(
        period, "2026-W46", 2.5, now, before, compare(now, before), one[:1], one[1:], (action,)
    )


def test_a_strangers_name_is_nothing_but_text_in_each_format() -> None:
    report = made_report(HOSTILE)
    text = render_report_text(report)
    assert is_inert(text)
    assert len(text.splitlines()) == len(render_report_text(made_report("x")).splitlines())
    page = render_feedback_report_html(report)
    ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))
    plain = render_feedback_report_html(made_report("x"))
    assert page.count("<") == plain.count("<")
    markdown = render_report_markdown(made_report("a`b|<i>*c*"))
    assert "| framework | ``a`b\\|<i>*c*`` |" in markdown
    assert "- Tag ``a`b|<i>*c*`` fails most: 1 of 3: look at its prompts." in markdown
