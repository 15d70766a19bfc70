"""`feedback-loop explain FIGURE` in real repositories: what is listed adds up, and git says the same."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.api.history.figures import FigureRequest, explain
from feedback_loop.domain.figure import MEASURES
from feedback_loop.domain.retro import Header, Range, Retro
from feedback_loop.formats.retro_json import format_retro
from feedback_loop.render.figure import origin_fields
from feedback_loop.stores.history_cache import HistoryCache, Key
from feedback_loop.workspace import Workspace
from tests.faces.command_line import BARE, NAMED, CommandLine, write_pattern
from tests.repo import Repo

NAME = "named_exceptions"
BUG = ("log", "bug", "--pattern", NAME, "--code", "x", "--file", "a.py", "--line", "4")
WAIVED = BARE.replace("except:", f"except:  # feedback-loop: ignore[{NAME}] it is logged elsewhere")


def commit(repo: Repo, month: int, message: str, day: int = 3) -> str:
    """Everything, on a day of 2026; its id."""
    date = f"2026-{month:02}-{day:02}T10:00:00Z"
    repo.environment |= {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}
    repo.stage()
    repo.commit(message)
    return repo.git("rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Repo:
    """Half a year: introduced, adopted, fixed, reverted, back again, waived, merged, renamed, reported."""
    repo = Repo(tmp_path_factory.mktemp("lived") / "repo", home)
    repo.write("a.py", BARE)
    repo.write("lib/b.py", BARE.replace("f(", "g(") * 2)
    commit(repo, 1, "start")
    write_pattern(repo, NAME)
    commit(repo, 2, "adopt")
    repo.write("a.py", NAMED)
    fixed = commit(repo, 3, f"mend it\n\nPattern: {NAME}")
    repo.git("revert", "--no-edit", fixed)
    repo.write("lib/b.py", NAMED.replace("f(", "g(") + BARE.replace("f(", "g("))
    commit(repo, 4, "mend one of two")
    repo.write("lib/b.py", BARE.replace("f(", "g(") * 2)
    repo.write("lib/d.py", WAIVED)
    commit(repo, 5, "back again, and waived")
    repo.git("checkout", "-q", "-b", "side")
    repo.write("lib/e.py", "import os\n\n\n" + BARE.replace("x()", "os.getcwd()"))
    commit(repo, 5, "on a branch", 9)
    repo.git("checkout", "-q", "main")
    repo.write("plain.py", "x = 1\n")
    commit(repo, 5, "meanwhile", 8)
    repo.environment |= {"GIT_COMMITTER_DATE": "2026-05-10T10:00:00Z"}
    repo.git("merge", "-q", "--no-ff", "-m", "merge side", "side")
    repo.git("mv", "lib/e.py", "lib/f.py")
    repo.write("plans/june.md", f"# June\n\n## Patterns to Apply\n- [x] {NAME}\n- [ ] other\n")
    commit(repo, 6, "rename")
    for text in ("one", "two"):
        repo.call(*BUG, "--error", text, check=True)
    commit(repo, 6, "reports", 4)
    return repo


@pytest.fixture
def cli(
    lived: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    return CommandLine(Repo.copy(lived, tmp_path / "repo"), monkeypatch, capsys)


def told(cli: CommandLine, figure: str, *options: str) -> dict[str, Any]:
    answer = cli("explain", figure, "--format", "json", *options)
    assert (answer.code, answer.err) == (0, "")
    found: dict[str, Any] = answer.json
    return found


def test_of_every_measure_the_listed_lines_add_up_and_a_recount_agrees(cli: CommandLine) -> None:
    """Through the api: to build the command line takes longer than the answer."""
    values = {}
    workspace = Workspace.open()
    figures = [f"{NAME}.{measure}" for measure in (*MEASURES, "hotspot:lib/b.py", "hotspot:lib/")]
    for figure in (*figures, "library.introduced", "library.time_to_fix", "library.hotspot:lib/"):
        explained = explain(workspace, figure, FigureRequest(recount=True))
        found = origin_fields(explained.origin, explained.recount)
        assert explained.is_sound, found
        assert all(one["value"] == one["listed"] for one in found["totals"])
        assert all(one["counted"] or one["note"] for one in found["listed"])
        values[figure.removeprefix(f"{NAME}.")] = found["value"]
    assert values["introduced"] == values["library.introduced"] == 3
    assert (values["fixed"], values["restored"], values["waived"], values["reintroduced"]) == (2, 1, 1, 1)
    assert (values["open"], values["declared"], values["preventions"]) == (4, 2, 0)
    assert values["frequency"] == 3 + 2
    assert values["waiver_rate"] == pytest.approx(1 / 6)
    assert (values["hotspot:lib/b.py"], values["hotspot:lib/"]) == (2, 3)
    assert values["exposure"] == sum(numbers(cli.repo))


def numbers(repo: Repo) -> Iterable[int]:
    """Lines that commits added to Python files, as git counts them."""
    shown = repo.git("log", "--no-merges", "--numstat", "-M", "--format=", "--", "*.py")
    return (int(line.split("\t")[0]) for line in shown.splitlines() if line)


def test_the_page_tells_definition_formula_inputs_lines_sum_and_a_command_that_works(
    cli: CommandLine,
) -> None:
    answer = cli("explain", f"{NAME}.introduced")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    first, back, branch = (
        cli.repo.git("log", "--all", "--format=%H", f"--grep=^{word}").split()[0]
        for word in ("start", "back", "on a branch")
    )
    assert lines[0] == f"{NAME}.introduced = 3"
    assert "Commits that wrote new occurrences of the mistake" in lines[1]
    assert "formula    introduced = 3 commits with 5 new occurrences" in lines
    assert any(line.startswith("detector   bare_except ") and "python files" in line for line in lines)
    assert f"{first[:12]}  2026-01-03  a.py:4      introduced  counted: introductions" in lines
    note = "the same commit and pattern count once"
    assert f"{first[:12]}  2026-01-03  lib/b.py:4  introduced  not counted: {note}" in lines
    assert any(line.startswith(back[:12]) and "it was born under a suppression" in line for line in lines)
    merge = cli.repo.git("log", "--format=%h", "--abbrev=12", "--merges").strip()
    assert any(line.startswith(branch[:12]) and f"landed in {merge}" in line for line in lines)
    assert any(line.startswith("adds up to 3: 3 introductions in 3 lines of ") for line in lines)
    command = lines[-1].removeprefix("to see one: ")
    shown = subprocess.run(command, shell=True, cwd=cli.repo.root, capture_output=True, text=True, check=True)
    assert "+    except:" in shown.stdout.splitlines()


def test_a_period_is_a_month_two_commits_or_what_a_stored_retro_was_about(cli: CommandLine) -> None:
    repo = cli.repo
    assert told(cli, f"{NAME}.introduced@2026-05")["value"] == 2
    fix = repo.git("log", "--format=%H", "--grep=^mend it").strip()
    assert told(cli, f"{NAME}.introduced@{fix}..HEAD")["value"] == 2
    head = repo.git("rev-parse", "HEAD").strip()
    assert told(cli, f"{NAME}.introduced@HEAD-9_main-{fix[:8]}-{head[:8]}")["value"] == 2
    repo.git("tag", "v1", fix)
    assert told(cli, f"{NAME}.introduced@v1_main")["value"] == 2
    assert told(cli, f"{NAME}.frequency@2026-01")["value"] == 1
    range_ = Range("sprint", "", fix, "", "2026-03-04T00:00:00Z")
    retro = Retro(range_, Header(fix, "2026-03-03T10:00:00Z", 0, 0, (), 0, 0, "", "0.1.0", ""), ("", "", ""))
    repo.write("plans/retros/sprint.json", format_retro(retro))
    found = told(cli, f"{NAME}.introduced@sprint")
    assert found["value"] == 1
    assert {one["name"]: one["text"] for one in found["inputs"]}["period"].startswith("by its stored retro")


def figures_of(value: object) -> Iterator[tuple[str, float | None]]:
    """Every figure of a retro's JSON: its id and value."""
    if isinstance(value, dict):
        if {"id", "value", "commits"} <= value.keys():
            yield value["id"], value["value"]
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from figures_of(one)


def test_every_figure_of_a_retro_is_explained_with_the_value_it_has_there(cli: CommandLine) -> None:
    adopted = cli.repo.git("log", "--format=%H", "--grep=^adopt").strip()
    figures = dict(figures_of(cli("retro", "--from", adopted, "--format", "json").json))
    assert len(figures) > 10
    workspace = Workspace.open()
    for figure, value in figures.items():
        origin = explain(workspace, figure).origin
        assert origin.adds_up
        assert origin.value == (value if value is None else pytest.approx(value, rel=1e-5)), figure


def test_a_cache_that_lies_is_found_out(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    save = HistoryCache.save

    def lie(self: HistoryCache, rows: dict[Key, Any]) -> None:
        """Writes what is not so, with tags that fit."""
        lies = {
            key: (*value[:2], value[2][1:], *value[3:]) if key[2].startswith("p:") else value
            for key, value in rows.items()
        }
        save(self, lies)

    with monkeypatch.context() as patched:
        patched.setattr(HistoryCache, "save", lie)
        assert told(cli, f"{NAME}.introduced")["value"] == 3
    assert told(cli, f"{NAME}.introduced")["listed"][0]["place"] == "lib/b.py:4"
    answer = cli("explain", f"{NAME}.introduced", "--recount")
    assert answer.code == 1
    assert "recounted from git without the cache: 3, with the cache: 3" in answer.out
    assert "only in git: " in answer.out
    assert "a.py:4" in answer.out.partition("only in git: ")[2]
    answer = cli("explain", f"{NAME}.introduced", "--recount", "--format", "json")
    assert (answer.code, answer.json["recount"]["agrees"], answer.json["exit_code"]) == (1, False, 1)


def test_events_that_are_not_committed_are_named_and_counted_on_demand(cli: CommandLine) -> None:
    cli(*BUG, "--error", "three")
    answer = cli("explain", f"{NAME}.frequency", "--format", "json")
    assert (answer.code, answer.json["value"]) == (0, 5)
    assert "1 file of events not committed, and not counted" in answer.err
    assert told(cli, f"{NAME}.frequency", "--worktree")["value"] == 6


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (f"{NAME}.introducd", f"the nearest are {NAME}.introduced, {NAME}."),
        ("named_exception.open", f"the nearest are {NAME}.open, "),
        (f"{NAME}.open@yesterday", "not a period: 'yesterday'"),
        (f"{NAME}.open@v1..v2", "no commit 'v1' here"),
        ("library.effect", f"ask for one: {NAME}.effect"),
    ],
)
def test_what_is_no_figure_is_refused_with_the_nearest(cli: CommandLine, figure: str, words: str) -> None:
    answer = cli("explain", figure)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err


def test_a_pattern_has_its_record_and_a_finding_is_explained_by_its_fingerprint(cli: CommandLine) -> None:
    assert cli("explain", NAME).out.endswith(
        "Record here: introduced in 3 commits, fixed in 2, 4 open; effect: not enough data\n"
    )
    record = cli("explain", NAME, "--format", "json").json["record"]
    assert (record["introduced"], record["fixed"], record["open"], record["incomplete"]) == (3, 2, 4, None)
    found = cli("scan", "--all", "--format", "json").json["findings"]
    one = next(finding for finding in found if finding["path"] == "lib/f.py")
    answer = cli("explain", one["fingerprint"])
    assert answer.code == 0
    assert answer.out.startswith("lib/f.py:7")
    assert "Named exceptions" in answer.out
    assert cli("explain", one["fingerprint"], "--format", "json").json["finding"]["path"] == "lib/f.py"
    assert cli("explain", "0" * 32).code == 2
    assert cli("explain", NAME, "--recount").code == 2


def test_without_a_commit_a_pattern_is_explained_and_a_figure_refused(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pattern(repo, NAME)
    empty = CommandLine(repo, monkeypatch, capsys)
    answer = empty("explain", NAME)
    assert (answer.code, answer.err) == (0, "")
    assert "Record here" not in answer.out
    assert empty("explain", f"{NAME}.open").code == 2
