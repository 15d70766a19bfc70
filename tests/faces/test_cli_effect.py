"""`feedback-loop effect` in real repositories."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterable

import pytest

from feedback_loop.domain.effect import NO_CHANGE, CodeEffect, CodeSide
from feedback_loop.domain.statistics import RateRatio
from feedback_loop.render.effect import verdict_words
from tests.faces.command_line import CommandLine, write_pattern
from tests.repo import Repo

DAY = 86_400
START = 1_760_000_400  # 2025-10-09
LINES = "x = 1\n" * 100
BAD = "try:\n    x()\nexcept:\n    pass\n"
HALVES = ("patterns/named_exceptions.md", "patterns/named_exceptions.json")


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def import_commits(repo: Repo, bad: Iterable[int], days: dict[int, dict[str, str]], count: int) -> None:
    """A commit a day of 100 lines and more, in one process: `bad` ones hold a bare except, `days` more files."""
    stream = []
    for day in range(count):
        moment = START + day * DAY
        files = {f"src/m{day}.py": LINES + (BAD if day in set(bad) else "")} | days.get(day, {})
        stream.append(f"commit refs/heads/main\ncommitter A <a@example.org> {moment} +0000\ndata 1\nx\n")
        stream += [
            f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n" for path, text in files.items()
        ]
    command = ["git", "fast-import", "--quiet", "--force"]
    subprocess.run(command, cwd=repo.root, env=repo.environment, input="".join(stream).encode(), check=True)
    repo.git("reset", "-q", "--hard", "main")


def pattern_files(repo: Repo, **fields: object) -> dict[str, str]:
    """Both halves of a pattern that finds a bare except."""
    write_pattern(repo, "named_exceptions", **fields)  # type: ignore[arg-type]
    return {path: (repo.root / path).read_text() for path in HALVES}


@pytest.fixture
def adopted(cli: CommandLine) -> CommandLine:
    """80 commits: the pattern comes with number 50, its second version with number 65."""
    first = pattern_files(cli.repo)
    second = pattern_files(cli.repo, version=2, severity="low")
    import_commits(cli.repo, [*range(1, 20), 30, 55, 60], {50: first, 65: second}, 80)
    return cli


def test_nothing_adopted_is_said(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions")
    import_commits(cli.repo, [1], {}, 3)
    answer = cli("effect")
    assert (answer.code, answer.err) == (0, "")
    assert "not adopted in this history: named_exceptions\n" in answer.out


def test_before_and_after(adopted: CommandLine) -> None:
    answer = adopted("effect")
    assert (answer.code, answer.err) == (0, "")
    oid = adopted.repo.git("rev-parse", "--short=12", "HEAD~29").strip()
    lines = answer.out.split("\n")
    assert lines[0].startswith("effect  main ")
    assert lines[0].endswith("as of 2025-12-27")
    assert lines[3:6] == [
        f"named_exceptions  adopted {oid} (2025-11-28)",
        "  dropped: 0.08 (0.01-0.31), n = 21, p 4.6e-06",
        "  19 in 2.1k lines (9.15) before, 2 in 2.9k lines (0.69) after",
    ]
    assert "  with the 30 days before adoption, and commits it was made from: 0.17 (0.02-0.72)" in lines
    assert "  on neither side: 1 in the guard days or as evidence" in lines
    assert "  all time: 22 introductions + 0 reported by events = 22, last 2025-12-08" in lines


def test_events_stand_beside_and_one_about_a_counted_commit_is_summed_once(adopted: CommandLine) -> None:
    repo = adopted.repo
    counted = repo.git("rev-parse", "HEAD~24").strip()  # number 55
    say = ("log", "bug", "--pattern", "named_exceptions", "--error", "E", "--code", "c", "--file", "a.py")
    repo.git("checkout", "-q", "--detach", counted)
    assert adopted(*say, "--line", "1", "--at", "2025-12-20").code == 0
    repo.git("checkout", "-q", "main")
    assert adopted(*say, "--line", "2", "--at", "2025-12-21").code == 0
    assert adopted(*say, "--line", "3", "--at", "2026-12-21").code == 0, "after as-of"
    (found,) = adopted("effect", "named_exceptions", "--format", "json").json["patterns"]
    assert (found["introduced"], found["reported"], found["frequency"]) == (22, 2, 23)
    assert found["last_occurrence"] == "2025-12-21T00:00:00Z"
    assert found["n"] == 21, "events are no part of the effect"


def test_programs_get_every_figure(adopted: CommandLine) -> None:
    answer = adopted("effect", "named_exceptions", "--format", "json")
    assert answer.code == 0
    (found,) = answer.json["patterns"]
    assert answer.json["complete"] is True
    assert found["adopted"] == adopted.repo.git("rev-parse", "HEAD~29").strip()
    assert (found["verdict"], found["n"], found["why"]) == ("dropped", 21, None)
    assert found["before"] == {"exposure": 2.076, "introduced": 19}
    assert found["guarded"]["introduced"] == 1
    assert found["rate_ratio"]["high"] < 1
    assert found["jeffreys"]["p_dropped"] > 0.999
    assert found["others"] is None


def test_as_of_leaves_out_what_landed_later(adopted: CommandLine) -> None:
    (found,) = adopted("effect", "--as-of", "2025-12-04", "--format", "json").json["patterns"]
    assert found["after"] == {"exposure": 0.504, "introduced": 1}
    assert found["why"] == "504 added lines after, at least 1000 are needed"


def test_a_commit_may_stand_for_the_adoption(adopted: CommandLine) -> None:
    answer = adopted("effect", "--adopted", "HEAD~39")
    assert answer.code == 0
    assert "as if all were adopted by" in answer.out.split("\n")[0]
    assert "\nnamed_exceptions\n  dropped: 0.06 (" in answer.out
    assert "  9 in 1.0k lines (8.69) before, 2 in 3.9k lines (0.51) after\n" in answer.out


def test_versions_are_compared(adopted: CommandLine) -> None:
    first, second = adopted("effect", "--by", "version", "--format", "json").json["patterns"]
    assert (first["version"], first["before"]["introduced"], first["after"]["introduced"]) == (1, 19, 2)
    assert (second["version"], second["before"]["introduced"], second["after"]["introduced"]) == (2, 2, 0)
    assert second["adopted"] == adopted.repo.git("rev-parse", "HEAD~14").strip()
    assert "named_exceptions  version 2  since " in adopted("effect", "--by", "version").out


def test_a_shallow_clone_judges_nothing_it_cannot_see(adopted: CommandLine) -> None:
    repo = adopted.repo
    (repo.root / ".git/shallow").write_text(repo.git("rev-parse", "HEAD~70"))
    answer = adopted("effect", "--format", "json")
    (found,) = answer.json["patterns"]
    assert answer.json["complete"] is False
    assert (found["verdict"], found["why"]) == (
        "not enough data",
        "the time before reaches into missing history",
    )
    assert "history incomplete since" in adopted("effect").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("named_exception",), "did you mean named_exceptions?"),
        (("drafted",), "drafted is only proposed"),
        (("--adopted", "nowhere"), "no commit 'nowhere' here"),
        (("--adopted", "other"), "is not in this branch's history"),
        (("--adopted", "-x"), "not a commit's name"),
        (("--adopted", "HEAD", "--by", "version"), "give one of them"),
        (("--as-of", "soon"), "--as-of is no time in ISO 8601"),
        (("--by", "holdout"), "holdout"),
    ],
)
def test_what_is_wrong_is_named(cli: CommandLine, arguments: tuple[str, ...], words: str) -> None:
    write_pattern(cli.repo, "drafted", below="proposed/")
    import_commits(cli.repo, [], {1: pattern_files(cli.repo)}, 2)
    cli.repo.git("checkout", "-q", "--orphan", "other")
    cli.repo.commit("elsewhere", "--allow-empty")
    cli.repo.git("checkout", "-q", "-f", "main")
    answer = cli("effect", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err


def test_a_branch_without_a_commit_is_named(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions")
    answer = cli("effect")
    assert (answer.code, answer.out) == (2, "")
    assert "HEAD" in answer.err


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (CodeEffect("p", 1, why="n = 0, at least 5 are needed"), "not enough data (n = 0)"),
        (
            CodeEffect("p", 1, why="12 added lines before, at least 1000 are needed"),
            "not enough data (n = 0, 12 added lines before, at least 1000 are needed)",
        ),
        (
            CodeEffect(
                "p", 1, CodeSide(40, 120.0), CodeSide(12, 100.0), RateRatio(0.36, 0.1, 1.2, 0.1), NO_CHANGE,
                p_adjusted=0.1, phi=3.25, widened=True,
            ),
            "no clear change: 0.36 (0.10-1.20), n = 52, p 0.1, widened, phi = 3.2 "
            "(a drop to 0.24 or below would have shown)",
        ),
        (
            CodeEffect(
                "p", 1, CodeSide(0, 5.0), CodeSide(4, 6.0), RateRatio(math.inf, 0.55, math.inf, 0.13), NO_CHANGE,
                p_adjusted=0.13,
            ),
            "no clear change: inf (0.55-inf), n = 4, p 0.13 (these data could not have shown any drop)",
        ),
    ],
)  # fmt: skip
def test_a_word_comes_with_its_figures(effect: CodeEffect, words: str) -> None:
    assert verdict_words(effect) == words
