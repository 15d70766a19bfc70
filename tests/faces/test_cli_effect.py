"""`feedback-loop effect` in real repositories."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterable

import pytest

from feedback_loop.domain.effect import NO_CHANGE, CodeEffect, CodeSide
from feedback_loop.domain.event import Event
from feedback_loop.domain.statistics import RateRatio
from feedback_loop.formats.records import make_event
from feedback_loop.render.effect import verdict_words
from feedback_loop.stores.events import append_events
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


# -- with a warning, and without it -----------------------------------------------------------------


def exposure(generation: str, occurred: bool, at: str = "2026-11-20T10:00:00Z", **data: object) -> Event:
    name = str(data.pop("pattern", "named_exceptions"))
    fields = {"pattern": name, "generation_id": generation, "occurred": occurred} | data
    return make_event("exposure", at, fields, patterns=[name])


def injection(generation: str, *names: str, withheld: Iterable[str] = ()) -> Event:
    fields = {
        "target": "entity",
        "patterns": list(names),
        "withheld": list(withheld),
        "prompt_sha256": "0" * 64,
        "generation_id": generation,
    }
    return make_event("injection", "2026-11-20T09:00:00Z", fields, patterns=names)


@pytest.fixture
def withheld(cli: CommandLine) -> CommandLine:
    """14 generations with the warning, 15 without; a second pattern with three and one."""
    write_pattern(cli.repo, "named_exceptions", supersedes=["no_bare_except"])
    write_pattern(cli.repo, "seldom", None)
    write_pattern(cli.repo, "never", None)
    events = [exposure(f"with{index}", index < 2, injected=True, run="a") for index in range(10)]
    events += [injection(f"with{index}", "no_bare_except") for index in range(10, 14)]
    events += [exposure(f"with{index}", False, run="a") for index in range(10, 14)]
    events += [exposure(f"with{index}", False, injected=True, run=run) for index in range(5) for run in "bc"]
    events += [injection(f"none{index}", withheld=["named_exceptions"]) for index in range(15)]
    events += [exposure(f"none{index}", index < 9, withheld=True) for index in range(15)]
    events += [exposure("both", True, injected=True), exposure("both", True, withheld=True)]
    events += [exposure("before", True), injection("not_run", "named_exceptions")]
    events += [exposure("", True, injected=True, run=run) for run in "ab"]
    events += [
        exposure(f"s{index}", True, pattern="seldom", injected=index != 3, withheld=index == 3)
        for index in range(4)
    ]
    events += [exposure("late", True, "2026-11-21T10:00:00Z", withheld=True)]
    append_events(str(cli.repo.root), events)
    return cli


def test_nothing_withheld_is_said(cli: CommandLine) -> None:
    write_pattern(cli.repo, "named_exceptions")
    answer = cli("effect", "--by", "holdout")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith("\n\nno generation has an exposure event yet\n")
    answer = cli("effect", "named_exceptions", "--by", "holdout")
    assert "not enough data: with the warning 0 of 0, without 0 of 0 (5 gen" in answer.out


def test_generations_with_the_warning_against_those_without(withheld: CommandLine) -> None:
    answer = withheld("effect", "--by", "holdout", "--as-of", "2026-11-20T23:00:00Z")
    assert (answer.code, answer.err) == (0, "")
    blocks = answer.out.split("\n\n")
    assert blocks[0].startswith("effect  by holdout  as of 2026-11-20\n")
    assert blocks[1:] == [
        "named_exceptions\n"
        "  with the warning 2 of 14, without 9 of 15\n"
        "  difference 0.41 (0.14 to 0.64), ratio 0.30 (0.09 to 0.69)\n"
        "  on neither side: 2 generations",
        "seldom\n"
        "  not enough data: with the warning 3 of 3, without 1 of 1 (5 generations are needed on each side)\n",
    ]


def test_both_sides_and_their_intervals_for_programs(withheld: CommandLine) -> None:
    found = withheld("effect", "no_bare_except", "never", "--by", "holdout", "--format", "json").json
    assert (found["by"], found["as_of"], found["level"]) == ("holdout", None, 0.9)
    first, second = found["patterns"]
    assert (first["name"], first["verdict"], first["neither"]) == ("named_exceptions", None, 2)
    assert first["injected"] == {"recurred": 2, "generations": 14, "share": 0.142857}
    assert first["without"] == {"recurred": 10, "generations": 16, "share": 0.625}
    assert 0 < first["difference"]["low"] < first["difference"]["median"] < first["difference"]["high"]
    assert 0 < first["ratio"]["low"] < first["ratio"]["median"] < first["ratio"]["high"] < 1
    assert (second["name"], second["verdict"], second["ratio"]) == ("never", "not enough data", None)
    assert second["injected"] == {"recurred": 0, "generations": 0, "share": None}


def test_events_that_cannot_be_read_are_said(withheld: CommandLine) -> None:
    withheld.repo.write(".feedback-loop/events/2026-11/20261120t100000z-exposure-0123456789ab.json", "{")
    answer = withheld("effect", "seldom", "--by", "holdout")
    assert (answer.code, answer.err.count("\n")) == (0, 1)
    assert "1 event cannot be read" in answer.err


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
        (("--adopted", "HEAD", "--by", "holdout"), "give one of them"),
        (("named_exception", "--by", "holdout"), "did you mean named_exceptions?"),
        (("--as-of", "soon", "--by", "holdout"), "--as-of is no time in ISO 8601"),
        (("--by", "weekday"), "weekday"),
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
    assert answer.err == "feedback-loop: no commit yet: there is no history to read\n"
    assert cli("history").err == answer.err


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
