"""The generation loop on a real application: a small shop with ten defects, exercised by Schemathesis.

Each report is what pytest, Schemathesis and uvicorn wrote in processes of their own, read by the commands
that a user types.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.faces.command_line import CommandLine
from tests.repo import ROOT, Repo
from tests.shop.defects import DEFECTS, Defect
from tests.shop.runs import FIXED, shop_with_runs

ENDPOINT = DEFECTS[FIXED].endpoint
PAGE = (ROOT / "docs/failures.md").read_text()
MANIFEST = {
    "generation_id": "g2",
    "files": ["shop/main.py"],
    "entities": ["Product"],
    "endpoints": [ENDPOINT],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Repo:
    return shop_with_runs(tmp_path_factory, home)


@pytest.fixture
def repo(shop: Repo, tmp_path: Path) -> Repo:
    return Repo.copy(shop, tmp_path / "repo")


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


@pytest.fixture
def reports(shop: Repo) -> Path:
    return shop.root.parent


def ingest(cli: CommandLine, *arguments: object, code: int = 0) -> Any:
    answer = cli("smoke", "ingest", *map(str, arguments), "--ir", "openapi.json", "--format", "json")
    assert answer.code == code, answer.err
    return answer.json["total"]


def told(repo: Repo) -> dict[str, Defect]:
    """By name, what each proposed pattern says of itself."""
    found = {}
    for path in sorted((repo.root / "patterns/proposed").glob("gap_*.json")):
        (one,) = json.loads(path.read_bytes())["signatures"]
        keys = ("endpoint", "entity", "field", "exception", "constraint")
        found[path.stem] = Defect(*(one[key] for key in keys))
    return found


def stored(repo: Repo) -> dict[str, bytes]:
    """Every file that the tool keeps, and what it holds."""
    folders = (repo.root / "patterns", repo.root / ".feedback-loop")
    return {
        path.relative_to(repo.root).as_posix(): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_thousand_passing_tests_make_no_pattern(cli: CommandLine, repo: Repo, tmp_path: Path) -> None:
    cases = "".join(f'<testcase classname="tests.a" name="test_{n}"/>' for n in range(2000))
    report = tmp_path / "green.xml"
    report.write_text(f'<testsuite name="pytest" tests="2000" failures="0">{cases}</testsuite>')
    result = ingest(cli, report)
    assert (result["total"], result["failed"], result["patterns_created"]) == (2000, 0, 0)
    assert told(repo) == {}


def test_a_run_of_the_shop_makes_each_of_its_defects_known_once(
    cli: CommandLine, repo: Repo, reports: Path
) -> None:
    result = ingest(cli, reports / "first.jsonl")
    assert (result["failed"], result["patterns_created"], result["unclassified"]) == (10, 10, 1)
    assert sorted(told(repo).values()) == sorted(DEFECTS.values())


def test_the_same_file_again_changes_no_byte(cli: CommandLine, repo: Repo, reports: Path) -> None:
    ingest(cli, reports / "first.jsonl")
    before = stored(repo)
    again = ingest(cli, reports / "first.jsonl")
    assert (again["patterns_created"], again["patterns_updated"]) == (0, 0)
    assert again["already_known"] == len(DEFECTS)
    assert stored(repo) == before


def test_the_two_reports_of_one_pytest_run_tell_the_same_defects(
    cli: CommandLine, repo: Repo, reports: Path
) -> None:
    ingest(cli, reports / "first.xml", "--run", "one")
    assert sorted(told(repo).values()) == sorted(DEFECTS.values())
    other = ingest(cli, reports / "first.jsonl", "--run", "one")
    assert (other["patterns_created"], other["already_known"]) == (0, len(DEFECTS))


@pytest.mark.parametrize("ending", ["xml", "ndjson", "yaml"])
def test_schemathesis_own_reports_tell_each_endpoint_that_broke_and_propose_one_for_all(
    cli: CommandLine, repo: Repo, reports: Path, ending: str
) -> None:
    assert ingest(cli, reports / f"served.{ending}")["patterns_created"] == len(DEFECTS)
    found = told(repo)
    (general,) = (name for name, one in found.items() if one.entity == "*")
    assert json.loads((repo.root / f"patterns/proposed/{general}.json").read_bytes())["related"] == sorted(
        name for name in found if name != general
    )
    del found[general]
    assert sorted((one.endpoint, one.entity) for one in found.values()) == sorted(
        (one.endpoint, one.entity) for one in DEFECTS.values()
    )
    assert {(one.exception, one.constraint) for one in found.values()} == {("HTTPError", "server_error")}


def test_the_log_of_the_server_tells_the_same_defects_as_the_tests(
    cli: CommandLine, repo: Repo, reports: Path
) -> None:
    ingest(cli, reports / "served.log", "--input", "text")
    assert sorted(told(repo).values()) == sorted(DEFECTS.values())
    names = set(told(repo))
    ingest(cli, reports / "first.jsonl")
    assert set(told(repo)) == names


def test_a_fix_is_credited_once_to_one_pattern_and_only_where_its_endpoint_ran(
    cli: CommandLine, repo: Repo, reports: Path, tmp_path: Path
) -> None:
    for run in ("monday", "tuesday"):
        ingest(cli, reports / "first.jsonl", "--run", run, "--generation", run)
    names = {one.endpoint: name for name, one in told(repo).items()}
    mended, broken = names[ENDPOINT], names["GET /products/{product_id}"]

    (warning,) = warnings(cli, ENDPOINT, "g2")
    assert warning.startswith("1. IntegrityError on category_id: ")
    assert len(warnings(cli, "GET /products/{product_id}", "g2")) == 1
    assert len(warnings(cli, "POST /orders", "g2")) == 1  # and no run of g2 asks for it

    second = [reports / "second.jsonl", "--generation", "g2", "--manifest", manifest(tmp_path, "g2")]
    ingest(cli, *second)
    assert outcomes(repo, "g2") == {mended: "prevented", broken: "recurred"}
    assert prevented(cli) == {mended: 1}
    before = stored(repo)
    ingest(cli, *second)
    assert stored(repo) == before

    assert warnings(cli, ENDPOINT, "g3") == [warning]
    ingest(cli, reports / "third.jsonl", "--generation", "g3", "--manifest", manifest(tmp_path, "g3"))
    assert outcomes(repo, "g3") == {}
    ingest(cli, reports / "second.jsonl", "--run", "friday", "--generation", "g4")  # warned of nothing
    assert prevented(cli) == {mended: 1}

    told_of = cli("pattern", "show", mended).out
    assert "seen in 2 runs" in told_of
    assert "prevented in 1 generation" in told_of
    assert "with the warning 0 of 1" in cli("effect", mended).out


def test_the_most_frequent_five_failures_of_an_entity_are_told_first(
    cli: CommandLine, repo: Repo, reports: Path
) -> None:
    for run in ("monday", "tuesday"):
        ingest(cli, reports / "first.jsonl", "--run", run)
    ingest(cli, reports / "second.jsonl")
    prompt = cli("context", "Product", "--for", "entity").out
    assert prompt.startswith("Product\n\nAVOID THESE KNOWN ISSUES:\n1. AttributeError in Product: ")
    assert "\n2. IntegrityError on category_id: " in prompt
    assert 1 < len(cli("context", "Order", "--for", "entity").out.splitlines()[3:]) <= 5


def warnings(cli: CommandLine, endpoint: str, generation: str) -> list[str]:
    """The lines behind the header, recorded for the generation."""
    answer = cli("context", endpoint, "--for", "endpoint", "--record", "--generation", generation)
    head, _, lines = answer.out.partition("\n\nAVOID THESE KNOWN ISSUES:\n")
    assert head == endpoint
    return lines.splitlines()


def manifest(folder: Path, generation: str) -> Path:
    path = folder / f"{generation}.json"
    wrote = {"files": ["shop/main.py"], "entities": ["Product", "Order"], "endpoints": [ENDPOINT]}
    path.write_text(json.dumps(wrote | {"generation_id": generation}))
    return path


def outcomes(repo: Repo, generation: str) -> dict[str, str]:
    """How the generation ended for each pattern that its runs say something about."""
    found = {}
    for path in (repo.root / ".feedback-loop/events").rglob("*.json"):
        data = json.loads(path.read_bytes())["data"]
        if data.get("generation_id") == generation and data.get("outcome"):
            found[data["pattern"]] = data["outcome"]
    return found


def prevented(cli: CommandLine) -> dict[str, int]:
    """By name, how often a pattern's failure was prevented; those never prevented are left out."""
    listed = cli("pattern", "list", "--antipatterns", "--format", "json").json
    counts = {one["name"]: one["times_prevented"] for one in listed["antipatterns"]}
    return {name: count for name, count in counts.items() if count}


def test_the_page_on_failures_shows_how_a_rule_of_ones_own_goes_first(
    cli: CommandLine, repo: Repo, reports: Path
) -> None:
    (rules,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)
    repo.write("feedback-loop.toml", rules)
    assert cli("smoke", "ingest", str(reports / "first.jsonl")).code == 0
    found = {one.exception: one.constraint for one in told(repo).values()}
    assert found["ZeroDivisionError"] == "empty_average"
    prompt = cli("context", "Category", "--for", "entity").out
    assert "AVOID" not in prompt  # seen once, and nobody has accepted it


def test_the_page_on_failures_says_what_python_does(cli: CommandLine, repo: Repo) -> None:
    (snippet,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    exec(compile(snippet, "failures.md", "exec"), {})
    assert len(told(repo)) == 1
