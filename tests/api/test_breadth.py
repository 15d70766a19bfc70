"""A detector that matches nearly everything is refused, on the repository's own files."""

from feedback_loop.api.patterns.questions import try_examples
from feedback_loop.workspace import Workspace
from tests.repo import Repo

CODE = "\n".join(f"value_{number} = {number} + other" for number in range(150)) + "\n"


def refused(repo: Repo, *arguments: str) -> str:
    done = repo.call("pattern", "new", "no_sums", "--guidance", "Do not add.", *arguments)
    return done.stderr if done.returncode else ""


def library(repo: Repo) -> None:
    (repo.root / "patterns").mkdir()
    repo.write("src/code.py", CODE)
    repo.stage()


def arguments(regex: str) -> list[str]:
    codes = ["--bad-code", "x = 1 + other\n", "--good-code", "x = sum(all)\n"]
    return ["--regex", regex, "--language", "python", *codes]


def test_what_matches_every_line_is_not_written(repo: Repo) -> None:
    library(repo)
    told = refused(repo, *arguments(r"\+ other"))
    assert "no_sums/regex is too broad: it finds something on 150 of 150 lines" in told
    assert not list((repo.root / "patterns").iterdir())


def test_what_matches_here_and_there_is_fine(repo: Repo) -> None:
    library(repo)
    assert refused(repo, *arguments(r"^x = 1 \+ other")) == ""
    assert try_examples(Workspace.open(str(repo.root))).failures == ()


def test_of_few_lines_nothing_is_said(repo: Repo) -> None:
    (repo.root / "patterns").mkdir()
    repo.write("src/code.py", "value = 1 + other\n" * 50)
    repo.stage()
    assert refused(repo, *arguments(r"\+ other")) == ""


def test_a_pattern_that_became_too_broad_fails_its_test(repo: Repo) -> None:
    (repo.root / "patterns").mkdir()
    assert refused(repo, *arguments(r"\+ other")) == ""
    repo.write("src/code.py", CODE)
    repo.stage()
    report = try_examples(Workspace.open(str(repo.root)))
    assert [one.path for one in report.failures] == ["patterns/no_sums.json"]
