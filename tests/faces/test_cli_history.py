"""`feedback-loop history` on small repositories with known answers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.faces.command_line import Answer, CommandLine
from tests.repo import Repo

NOON = 1_795_000_000  # 2026-11-18
DAY = 86_400


def write_regex(repo: Repo, name: str, regex: str) -> None:
    detector = {"id": "line", "kind": "regex", "regex": regex, "level": "warn", "message": "m"}
    value = {
        "schema_version": 1,
        "name": name,
        "pattern_id": "6f1b2c3d-0000-5000-8000-000000000001",
        "severity": "high",
        "guidance": "g",
        "languages": ["python"],
        "tags": ["t"],
        "detectors": [detector],
    }
    repo.write(f"patterns/{name}.json", json.dumps(value))
    prose = "# T\n\nD.\n\n## Problems\n\n- p\n\n## Bad example\n\n```python\n{}\n```\n"
    repo.write(f"patterns/{name}.md", prose.format(regex.replace("\\", "")))


def at(repo: Repo, days: float, message: str = "x") -> None:
    when = f"@{NOON + int(days * DAY)} +0000"
    repo.environment |= {"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}
    repo.stage()
    repo.commit(message)


def make_story(repo: Repo) -> None:
    """Five commits on main, two on a branch that is merged; `bad()` is the mistake."""
    write_regex(repo, "bad_call", r"bad\(")
    repo.write("src/a.py", "x = 1\nbad(1)\nbad(2)\n")
    at(repo, 0)
    repo.git("tag", "v1")
    repo.git("checkout", "-q", "-b", "side")
    repo.write("src/b.py", "bad(3)\n")
    at(repo, 1)
    repo.git("checkout", "-q", "main")
    repo.write("src/a.py", "x = 1\nbad(2)\n")
    at(repo, 8)
    repo.git("tag", "v2")
    repo.environment |= {"GIT_COMMITTER_DATE": f"@{NOON + 9 * DAY} +0000"}
    repo.git("merge", "-q", "--no-ff", "--no-edit", "side")
    repo.git("mv", "src/a.py", "src/c.py")
    at(repo, 10)
    repo.write("src/c.py", "x = 1\nbad(2)\nbad(1)\n")
    at(repo, 11)


@pytest.fixture
def story(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    make_story(repo)
    return CommandLine(repo, monkeypatch, capsys)


def figures(answer: Answer) -> dict[str, int]:
    assert answer.code == 0, answer.err
    (one,) = answer.json["patterns"]
    return {name: one[name] for name in ("introduced", "occurrences", "fixed", "open", "exposure")}


def test_a_branch_without_commits_is_told(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = CommandLine(repo, monkeypatch, capsys)("history")
    assert (answer.code, answer.out) == (2, "")


def test_all_of_history_adds_up(story: CommandLine) -> None:
    answer = story("history", "--format", "json", "--verify", "--survival")
    assert figures(answer) == {"introduced": 3, "occurrences": 4, "fixed": 1, "open": 3, "exposure": 5}
    document = answer.json
    assert document["complete"]
    assert document["defects"] == 0
    assert document["commits"] | {"skipped": 0} == {
        "considered": 6,
        "total": 6,
        "written": 5,
        "merges": 1,
        "skipped": 0,
    }
    (pattern,) = document["patterns"]
    assert pattern["adopted"]["at"] == "2026-11-18T11:06:40Z"
    assert (pattern["reintroduced"], pattern["same_place"]) == (1, 1)
    assert (pattern["survival"]["n"], pattern["survival"]["fixed"]) == (4, 1)
    assert pattern["tip_gap"] == {"total": 0, "landed": 0, "defect": 0, "parts": {}}
    assert [(one["path"], one["line"], one["kind"], one["open"]) for one in document["sites"]] == [
        ("src/a.py", 2, "introduced", False),
        ("src/a.py", 3, "introduced", True),
        ("src/a.py", 2, "fixed", False),
        ("src/b.py", 1, "introduced", True),
        ("src/c.py", 3, "introduced", True),
    ]
    side = document["sites"][3]
    assert side["commit"] != side["landed_in"]
    assert [(one["path"], one["line"]) for one in document["standing"]] == [
        ("src/b.py", 1),
        ("src/c.py", 2),
        ("src/c.py", 3),
    ]


def test_people_read_one_line_a_pattern(story: CommandLine) -> None:
    text = story("history", "--open", "--by", "path").out
    lines = text.splitlines()
    assert lines[0].endswith("6 commits (5 written, 1 merge)   2026-11-18 .. 2026-11-29   complete")
    assert lines[1] == "6 of 6 commits considered; skipped: nothing"
    assert lines[3].startswith("bad_call           3            4      1     3  not enough data (n = ")
    assert "src/c.py           2            3      1            4\n" in text
    assert "  src/c.py:2  bad_call  since 2026-11-18 " in text
    assert "open at the tip = landed history for 1 of 1 pattern" in text
    assert story("history", "--open", "--by", "path", "--no-cache", "--workers", "2").out == text


def test_a_period_counts_what_landed_in_it(story: CommandLine) -> None:
    """The side branch wrote its line within a day of v1 and landed after v2."""

    def introduced(*options: str) -> tuple[int, int, int]:
        document = story("history", "--format", "json", *options)
        found = figures(document)
        return found["introduced"], found["fixed"], document.json["commits"]["considered"]

    assert introduced("--from", "v1", "--to", "v2") == (0, 1, 1)
    assert introduced("--period", "v2..HEAD") == (2, 0, 4)
    assert introduced("--since", "1d") == (1, 0, 2)
    assert introduced("--since", "1d", "--as-of", "2026-11-27T23:00:00Z") == (1, 0, 2)
    assert introduced("--period", "2026-W47") == (1, 0, 1)
    assert introduced("--period", "2026-11") == (3, 1, 6)
    assert introduced("--period", "2030-01") == (0, 0, 0)
    assert introduced("--as-of", "2000-01-01") == (0, 0, 0)


def test_paths_are_those_of_today(story: CommandLine) -> None:
    assert figures(story("history", "--format", "json", "--path", "src/c.py")) == {
        "introduced": 2,
        "occurrences": 3,
        "fixed": 1,
        "open": 2,
        "exposure": 4,
    }
    assert figures(story("history", "--format", "json", "--path", "**/b.*", "--landed"))["introduced"] == 1
    assert figures(story("history", "--format", "json", "--path", "docs"))["exposure"] == 0


def test_the_answer_may_be_no(story: CommandLine) -> None:
    assert story("history", "--fail-on", "new", "--since", "1d").code == 1
    assert story("history", "--fail-on", "new", "--period", "2030-01").code == 0
    assert story("history", "--fail-on", "worse").code == 0


def test_json_lines_hold_one_fact_each(story: CommandLine) -> None:
    lines = [
        json.loads(line) for line in story("history", "--format", "jsonl", "--by", "week").out.splitlines()
    ]
    assert [line["record"] for line in lines] == ["fact"] * 5 + ["summary"]
    assert [(row["key"], row["introduced"]) for row in lines[-1]["rows"]] == [
        ("2026-W47", 1),
        ("2026-W48", 2),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--pattern", "bad_cal"), "no pattern 'bad_cal', active or archived\n  did you mean bad_call?"),
        (("--since", "2w", "--period", "2026-11"), "three ways to say one thing"),
        (("--from", "v1"), "one end of a period only"),
        (("--from", "v1", "--to", "nope"), "no commit 'nope' here"),
        (("--from", "v2", "--to", "v1"), "nothing landed after 'v2' up to 'v1'"),
        (("--period", "last week"), "not a period: 'last week'"),
        (("--period", "2026-02-30_2026-03-01"), "not a period"),
        (("--since", "0d"), "a period of '0d'"),
        (("--as-of", "tomorrow"), "--as-of is no time"),
        (("--since", ""), "--since: an empty value"),
        (("--by", "author"), "author"),
    ],
)
def test_what_cannot_be_answered_is_refused(options: tuple[str, ...], words: str, story: CommandLine) -> None:
    answer = story("history", *options)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err


def test_clocks_that_lie_move_nothing(
    make_repo: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo("clocks")
    write_regex(repo, "bad_call", r"bad\(")
    for number, day in enumerate((0, 2, -20_000, 20_000, 4, 5)):  # 1972 and 2081 among them
        repo.write(f"{number}.py", "bad()\n")
        at(repo, day)
    run = CommandLine(repo, monkeypatch, capsys)
    document = run("history", "--since", "4d", "--format", "json").json
    assert document["patterns"][0]["introduced"] == 5
    assert [one["at"][:4] for one in document["period"]["misplaced"]] == ["1972"]
    told = run("history", "--period", "2026-11-18_2026-11-24").out
    assert "placed by topology, against their clocks: " in told


def test_a_broken_pattern_is_told_and_a_shallow_clone_is_incomplete(
    story: CommandLine, make_repo: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    story.repo.write("patterns/broken.json", "{")
    answer = story("history", "--format", "json")
    assert "feedback-loop: patterns/broken.json: " in answer.err
    assert figures(answer)["introduced"] == 3
    shallow = make_repo("shallow")
    shallow.git("fetch", "-q", "--depth", "2", f"file://{story.repo.root}", "main")
    shallow.git("reset", "-q", "--hard", "FETCH_HEAD")
    monkeypatch.chdir(shallow.root)
    answer = story("history", "--verify", "--format", "json")
    assert not answer.json["complete"]
    assert "incomplete" in answer.json["incomplete_reasons"][0]
    assert "not verified: history is incomplete here" in answer.err
    assert figures(answer) | {"exposure": 0} == {
        "introduced": 1,
        "occurrences": 1,
        "fixed": 0,
        "open": 3,
        "exposure": 0,
    }
