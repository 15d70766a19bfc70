"""`pattern test --replay`: what a pattern would have said of the past."""

import json
from typing import Any

import pytest

from tests.faces.command_line import BARE
from tests.repo import Repo


@pytest.fixture
def history(repo: Repo) -> Repo:
    repo.write("a.py", "x = 1\n")
    repo.stage()
    repo.commit("one")
    for number in range(8):
        repo.write(f"b{number}.py", BARE)
        repo.stage()
        repo.commit(f"bad {number}")
    repo.write("b0.py", "x = 2\n")
    repo.stage()
    repo.commit("mended")
    return repo


def replayed(repo: Repo, count: int, *names: str) -> Any:
    done = repo.call("pattern", "test", *names, "--replay", str(count), "--format", "json")
    return json.loads(done.stdout)["replay"]


def test_hits_lines_and_five_places_from_all_over(history: Repo) -> None:
    found = replayed(history, 100, "specific_exceptions")
    assert found["commits"] == 10
    one = next(row for row in found["detectors"] if row["detector"] == "specific_exceptions/bare_except")
    assert (one["hits"], one["added_lines"], len(one["samples"])) == (8, 8 * 5 + 2, 5)
    assert one["per_1000_added_lines"] == round(8000 / 42, 4)
    assert {row["detector"].split("/")[0] for row in found["detectors"]} == {"specific_exceptions"}


def test_only_the_last_commits(history: Repo) -> None:
    found = replayed(history, 2, "specific_exceptions")
    hits = {row["detector"]: row["hits"] for row in found["detectors"]}
    assert (found["commits"], hits["specific_exceptions/bare_except"]) == (2, 1)


def test_the_text_names_commits_and_places(history: Repo) -> None:
    done = history.run("pattern", "test", "specific_exceptions", "--replay", "3")
    assert "replayed over the last 3 commits" in done.stdout
    assert "specific_exceptions/bare_except: 2 in 11 added lines, 181.82 per 1,000" in done.stdout
    assert "b7.py:4: except:" in done.stdout


def test_without_a_commit_there_is_no_past(repo: Repo) -> None:
    done = repo.call("pattern", "test", "--replay", "3")
    assert (done.returncode, "no commit 'HEAD' here" in done.stderr) == (2, True)
