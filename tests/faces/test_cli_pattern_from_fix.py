"""A proposal from one commit."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace

import pytest

from feedback_loop.api.smoke.candidates import candidate_of
from feedback_loop.domain.failure import Classified, gap_name
from feedback_loop.domain.pattern import Example, Signature
from feedback_loop.formats.records import make_event
from feedback_loop.formats.signature_json import signature_fields
from feedback_loop.stores.events import append_events
from feedback_loop.stores.library import write_pattern as write_files
from tests.faces.command_line import CommandLine
from tests.repo import Repo

BAD = "import json\n\n\ndef load(path):\n    with open(path) as stream:\n        return json.load(stream)\n"
SOUND = "open_text(path, encoding='utf-8', strict=True)"
GOOD = BAD.replace("open(path)", SOUND)


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    repo.write("patterns/.keep", "")
    repo.write("a.py", BAD)
    repo.stage()
    repo.commit("Read files")
    return CommandLine(repo, monkeypatch, capsys)


def change(cli: CommandLine, text: str, path: str = "a.py") -> None:
    cli.repo.write(path, text)
    cli.repo.stage()
    cli.repo.commit("whatever it says")


def proposals(cli: CommandLine) -> list[str]:
    return sorted(path.name for path in (cli.repo.root / "patterns").rglob("*.*") if path.name != ".keep")


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("a.py", BAD.replace("load(stream)", "loads(stream)"), "fewer than 50"),
        ("notes.md", "word " * 50, "no place in its code"),
        ("a.py", BAD + "def new():\n    return 'a function and nothing that is taken away'\n", "no place"),
        ("a.py", BAD + "x = 1\n" * 401, "401 lines in 1 places"),
    ],
)
def test_a_commit_that_is_no_lesson(cli: CommandLine, path: str, text: str, why: str) -> None:
    change(cli, text, path)
    answer = cli("pattern", "from-fix", "HEAD", "--write")
    assert answer.code == 2
    assert why in answer.err
    assert proposals(cli) == []


def test_no_such_commit_a_root_and_a_merge(cli: CommandLine) -> None:
    assert "no commit 'nowhere'" in cli("pattern", "from-fix", "nowhere").err
    assert "no parent" in cli("pattern", "from-fix", "HEAD").err
    cli.repo.git("checkout", "-q", "-b", "side")
    change(cli, GOOD)
    cli.repo.git("checkout", "-q", "main")
    cli.repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert "it is a merge" in cli("pattern", "from-fix", "HEAD").err
    assert cli("pattern", "from-fix", "side").code == 0


def test_it_shows_what_it_would_write_and_writes_nothing(cli: CommandLine) -> None:
    change(cli, GOOD)
    answer = cli("pattern", "from-fix", "HEAD")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0] == "open_text_not_open  Prefer `open_text(…)` to `open(…)`"
    assert lines[1].startswith("  1 fix in 1 file; finds 1 of 1 bad, 0 of 1 good; ")
    assert "  would write patterns/proposed/open_text_not_open.md" in lines
    assert "with open(path) as stream:" in lines
    assert "nothing written" in answer.err
    assert proposals(cli) == []


def test_written_it_waits_and_is_accepted_through_its_gate(cli: CommandLine) -> None:
    change(cli, GOOD)
    answer = cli("pattern", "from-fix", "HEAD", "--name", "open_as_text", "--write", "--format", "json")
    assert answer.code == 0, answer.err
    assert answer.json["written"]
    assert answer.json["detector"]
    assert answer.json["places"] == [{"path": "a.py", "line": 5}]
    assert proposals(cli) == ["open_as_text.json", "open_as_text.md"]
    shown = cli("pattern", "proposed")
    assert "open_as_text  ready" in shown.out
    assert "mined from 1 commit" in shown.out
    again = cli("pattern", "from-fix", "HEAD", "--name", "open_as_text", "--write")
    assert (again.code, "exists already" in again.err) == (2, True)
    accepted = cli("pattern", "accept", "open_as_text")
    assert accepted.code == 0, accepted.out + accepted.err
    cli.repo.write("b.py", BAD)
    cli.repo.stage("b.py")
    assert "b.py:5:5: hint open_as_text/mined" in cli("scan", "--hints").out


def test_a_broken_example_keeps_it_out(cli: CommandLine) -> None:
    change(cli, GOOD)
    assert cli("pattern", "from-fix", "HEAD", "--name", "open_as_text", "--write").code == 0
    path = cli.repo.root / "patterns/proposed/open_as_text.md"
    path.write_text(path.read_text().replace(SOUND, "open(path)"))
    answer = cli("pattern", "accept", "open_as_text")
    assert answer.code == 1
    assert "good example" in answer.out


# -- with the failure that it mended ---------------------------------------------------------------

TRACE = """Traceback (most recent call last):
  File "a.py", line 6, in load
    return json.load(stream)
UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte
"""


def told_signature(cli: CommandLine, error: str = TRACE) -> dict[str, str | None]:
    """What the error is recognised by, as a proposal that was made from it has it."""
    (cli.repo.root / "error.log").write_text(error)
    answer = cli("pattern", "from-fix", "HEAD", "--error", "error.log", "--format", "json")
    assert answer.code == 0, answer.err
    found: list[dict[str, str | None]] = json.loads(answer.json["texts"][1])["signatures"]
    return found[0]


def leave_gap(
    cli: CommandLine, *, bad: str = "", good: str = "", state: str = "proposed/", error: str = TRACE
) -> str:
    """A gap for the error, as an ingested run leaves it."""
    signature = Signature(**told_signature(cli, error))
    pattern = candidate_of(Classified(signature, "Say which encoding the file has"))
    sides = {"bad": bad, "good": good}
    filled = {side: (Example(code, "python"),) for side, code in sides.items() if code}
    folder = f"patterns/{state}".rstrip("/")
    write_files(str(cli.repo.root), folder, replace(pattern, **filled))  # type: ignore[arg-type]
    return pattern.name


def test_the_proposal_recognises_the_failure_and_names_its_events(cli: CommandLine) -> None:
    change(cli, GOOD)
    signature = told_signature(cli)
    assert (signature["exception"], signature["entity"]) == ("UnicodeDecodeError", "*")
    seen = Signature(**signature)
    data = {"test_name": "t", "failure_reason": "x", "run": "r"}
    events = [
        make_event("test_failure", "2026-11-20T10:00:00Z", data | {"signature": signature_fields(one)})
        for one in (seen, replace(seen, exception="KeyError"))
    ]
    append_events(str(cli.repo.root), events)
    answer = cli("pattern", "from-fix", "HEAD", "--error", "error.log", "--write", "--format", "json")
    assert answer.code == 0, answer.err
    written = json.loads((cli.repo.root / "patterns/proposed/open_text_not_open.json").read_text())
    assert written["source"]["kind"] == "failure"
    assert written["source"]["commit"] == answer.json["commit"]
    assert written["source"]["events"] == [events[0].id]
    assert written["supersedes"] == [gap_name(seen)]
    assert cli("pattern", "lint", "open_text_not_open").code == 0
    assert "from 1 event" in cli("pattern", "proposed").out
    listed = cli("pattern", "list", "--antipatterns", "--format", "json").json["antipatterns"]
    assert [(one["name"], one["hits"]) for one in listed if one["state"] == "proposed"] == [
        ("open_text_not_open", 1)
    ]
    accepted = cli("pattern", "accept", "open_text_not_open")
    assert accepted.code == 0, accepted.out + accepted.err


def test_a_gap_gets_its_good_example_and_keeps_its_bad_one(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(cli, GOOD)
    name = leave_gap(cli, bad="what a run showed\n")
    command = "pattern", "from-fix", "HEAD", "--error"
    shown = cli(*command, "error.log")
    assert shown.code == 0, shown.err
    assert shown.out.startswith(f"{name}  would get its good example from commit ")
    before = (cli.repo.root / f"patterns/proposed/{name}.md").read_text()
    assert "## Good" not in before
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TRACE.encode())))
    written = cli(*command, "-", "--write")
    assert (written.code, written.out.startswith(f"edited {name}\n")) == (0, True)
    after = (cli.repo.root / f"patterns/proposed/{name}.md").read_text()
    assert SOUND in after
    assert "what a run showed" in after
    assert "with open(path)" not in after
    assert json.loads((cli.repo.root / f"patterns/proposed/{name}.json").read_text())["version"] == 2
    again = cli(*command, "error.log", "--write")
    assert again.code == 2
    assert f"{name} has a good example already: it is not written over" in again.err
    assert (cli.repo.root / f"patterns/proposed/{name}.md").read_text() == after
    accepted = cli("pattern", "accept", name)
    assert accepted.code == 0, accepted.out + accepted.err


def test_a_gap_of_an_endpoint_is_found_by_its_report_and_by_the_traceback_alone(cli: CommandLine) -> None:
    """A guard of one line is the typical mend: fewer characters than a new lesson needs."""
    (cli.repo.root / "patterns").mkdir(exist_ok=True)
    violation = {"endpoint": "POST /files/7", "error_type": "UnicodeDecodeError", "stack_trace": TRACE}
    cli.repo.write("violations.json", json.dumps([violation]))
    cli.repo.write("error.log", TRACE)
    ingested = cli("smoke", "ingest", "violations.json", "--format", "json")
    (name,) = ingested.json["total"]["created"]
    change(cli, BAD.replace("    with", "    path = path or '-'\n    with"))
    for file in ("violations.json", "error.log"):
        answer = cli("pattern", "from-fix", "HEAD", "--error", file, "--format", "json")
        assert (answer.code, answer.json["name"]) == (0, name), answer.err
    violation["endpoint"] = "POST /pictures/7"
    cli.repo.write("other.json", json.dumps([violation]))
    assert len(cli("smoke", "ingest", "other.json", "--format", "json").json["total"]["created"]) == 1
    answer = cli("pattern", "from-fix", "HEAD", "--error", "error.log")
    # Two may be meant: none is taken, and the guard makes a proposal of its own.
    assert (answer.code, answer.out.startswith("gap_")) == (0, False), answer.err
    assert "nothing written; --write puts it into patterns/proposed/" in answer.err


def test_of_several_failures_the_one_in_the_function_of_the_fix_is_taken(cli: CommandLine) -> None:
    other = TRACE.replace("a.py", "b.py").replace("UnicodeDecodeError: 'utf-8' codec", "OddError: a codec")
    cli.repo.write("other.py", "x = 1\n")
    cli.repo.stage()
    cli.repo.commit()
    cli.repo.write("run.log", TRACE + other)
    change(cli, GOOD)
    command = "pattern", "from-fix", "HEAD", "--error", "run.log"
    before = cli(*command)  # neither has a gap yet
    assert (before.code, "run.log tells of 2 different failures" in before.err) == (2, True)
    assert "give one of them alone" in before.err
    found = cli("smoke", "ingest", "run.log", "--input", "text", "--format", "json").json["failures"]
    name = next(one["name"] for one in found if one["signature"]["exception"] == "UnicodeDecodeError")
    answer = cli(*command, "--format", "json")
    assert (answer.code, answer.json["name"]) == (0, name), answer.err
    assert f"run.log tells of 2 different failures: {name} is in what HEAD changed, in load" in answer.err
    change(cli, "x = 'neither of the two is in this file, which is long enough'\n", "other.py")
    assert cli(*command).code == 2


def test_a_gap_in_force_gets_both_sides_and_an_archived_one_none(cli: CommandLine) -> None:
    """Of a commit that only adds lines there is a good side alone."""
    change(cli, GOOD)
    name = leave_gap(cli, bad="x = 1\n", state="archive/")
    assert cli("pattern", "from-fix", "HEAD", "--error", "error.log").out.startswith("open_text_not_open")
    for path in (cli.repo.root / "patterns/archive").iterdir():
        path.unlink()
    leave_gap(cli, state="")
    written = cli("pattern", "from-fix", "HEAD", "--error", "error.log", "--write", "--format", "json")
    assert (written.code, written.json["action"], written.json["name"]) == (0, "edit", name)
    text = (cli.repo.root / f"patterns/{name}.md").read_text()
    assert "with open(path) as stream:" in text
    assert SOUND in text


def test_a_commit_that_only_adds_fills_the_good_side_if_nothing_tells_where_it_failed(
    cli: CommandLine,
) -> None:
    change(cli, GOOD)
    name = leave_gap(cli, error="KeyError: 'price'\n")
    change(cli, GOOD + "\n\ndef sound(path):\n    return load(path) if path.exists() else {'empty': True}\n")
    answer = cli("pattern", "from-fix", "HEAD", "--error", "error.log", "--format", "json")
    assert (answer.code, answer.json["name"], answer.json["filled"]) == (0, name, ["good"])
    assert "def sound(path):" in answer.json["texts"][0]


SHOP = """import json


class Prices:
    def total(self, items):
        return sum(item["price"] for item in items)

    @staticmethod
    def mean(items):
        return sum(items) / len(items)


def read(text):
    return json.loads(text)
"""
NO_PRICE = """Traceback (most recent call last):
  File "/srv/checkout/shop/app.py", line 6, in total
    return sum(item["price"] for item in items)
KeyError: 'price'
"""
NO_ITEMS = """Traceback (most recent call last):
  File "/srv/checkout/shop/app.py", line 10, in mean
    return sum(items) / len(items)
ZeroDivisionError: division by zero
"""
GUARD = "        if not items:\n            return None\n        return sum(items)"


def examples(text: str, side: str) -> str:
    return text.partition(f"## {side}")[2].partition("## ")[0]


def test_the_function_that_failed_is_the_example_not_the_import_beside_it(cli: CommandLine) -> None:
    """The guard only adds lines; the import comes first, and another function changes more."""
    change(cli, SHOP, "shop/app.py")
    cli.repo.write("error.log", NO_ITEMS)
    mended = SHOP.replace("import json", "from json import loads as read_json_text")
    mended = mended.replace("json.loads(text)", "read_json_text(text or '{}')")
    change(cli, mended.replace("        return sum(items)", GUARD), "shop/app.py")
    answer = cli("pattern", "from-fix", "HEAD", "--error", "error.log", "--format", "json")
    assert (answer.code, answer.json["places"]) == (0, [{"path": "shop/app.py", "line": 8}]), answer.err
    text = answer.json["texts"][0]
    before = "@staticmethod\ndef mean(items):\n    return sum(items) / len(items)\n"
    assert f"```python\n{before}```" in examples(text, "Bad")
    assert before.replace("    return", "    if not items:\n        return None\n    return") in examples(
        text, "Good"
    )
    assert "json" not in examples(text, "Bad") + examples(text, "Good")
    ingested = cli("smoke", "ingest", "error.log", "--input", "text", "--format", "json")
    (gap,) = ingested.json["total"]["created"]
    written = cli("pattern", "from-fix", "HEAD", "--error", "error.log", "--write")
    assert written.code == 0, written.err
    filled = (cli.repo.root / f"patterns/proposed/{gap}.md").read_text()
    assert examples(filled, "Good").strip() == examples(text, "Good").strip()


def test_of_two_bugs_in_one_file_the_one_that_the_commit_mended_is_taken(cli: CommandLine) -> None:
    change(cli, SHOP, "shop/app.py")
    cli.repo.write("run.log", NO_PRICE + NO_ITEMS)
    cli.repo.write("price.log", NO_PRICE)
    found = cli("smoke", "ingest", "run.log", "--input", "text", "--format", "json").json["failures"]
    names = {one["signature"]["exception"]: one["name"] for one in found}
    change(cli, SHOP.replace("        return sum(items)", GUARD), "shop/app.py")
    answer = cli("pattern", "from-fix", "HEAD", "--error", "run.log", "--format", "json")
    assert (answer.code, answer.json["name"]) == (0, names["ZeroDivisionError"]), answer.err
    assert f"{names['ZeroDivisionError']} is in what HEAD changed, in Prices.mean" in answer.err
    assert "if not items:" in examples(answer.json["texts"][0], "Good")
    # The other one alone: the commit is not its mend.
    answer = cli("pattern", "from-fix", "HEAD", "--error", "price.log", "--write")
    assert answer.code == 2
    assert "HEAD changes nothing in Prices.total, where it failed" in answer.err
    assert "name the commit that mended it" in answer.err
    assert "## Good" not in (cli.repo.root / f"patterns/proposed/{names['KeyError']}.md").read_text()
    cli.repo.git("reset", "-q", "--hard", "HEAD^")
    cli.repo.write("run.log", NO_PRICE + NO_ITEMS)
    both = SHOP.replace('item["price"]', 'item.get("price", 0)').replace("        return sum(items)", GUARD)
    change(cli, both, "shop/app.py")
    answer = cli("pattern", "from-fix", "HEAD", "--error", "run.log")
    assert (answer.code, "run.log tells of 2 different failures" in answer.err) == (2, True)


@pytest.mark.parametrize("error", ["KeyError: 'price'", "something went wrong in the shop"])
def test_a_message_alone_is_a_failure(cli: CommandLine, error: str) -> None:
    change(cli, GOOD)
    cli.repo.write("error.log", error + "\n")
    answer = cli("pattern", "from-fix", "HEAD", "--error", "error.log", "--format", "json")
    assert answer.code == 0, answer.err
    (signature,) = json.loads(answer.json["texts"][1])["signatures"]
    assert signature.get("exception") == ("KeyError" if "price" in error else None)


@pytest.mark.parametrize(
    ("content", "why"), [("\n \n", "nothing in it tells of a failure"), (None, "no such file")]
)
def test_an_error_that_tells_nothing(cli: CommandLine, content: str | None, why: str) -> None:
    change(cli, GOOD)
    if content is not None:
        cli.repo.write("error.log", content)
    answer = cli("pattern", "from-fix", "HEAD", "--error", "error.log", "--write")
    assert (answer.code, proposals(cli)) == (2, [])
    assert why in answer.err
    assert "error.log" in answer.err


def test_an_empty_name_of_an_error_is_a_scripts_mistake(cli: CommandLine) -> None:
    change(cli, GOOD)
    answer = cli("pattern", "from-fix", "HEAD", "--error", "")
    assert (answer.code, "--error: an empty value" in answer.err) == (2, True)
