"""`feedback-loop feedback import` and `export`, as people and scripts see them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from feedback_loop.stores.event_files import FOLDER
from tests.faces.command_line import CommandLine
from tests.repo import Repo

AT = "2026-11-20T09:30:00Z"
ROWS = [
    {"prompt": "=Sort it.", "output": 'Sorted, "all"\nof it.', "rating": 5, "timestamp": AT},
    {"prompt": "Write it.", "output": "é", "rating": 3, "timestamp": "2026-11-19", "tags": ["code", "b"]},
    {
        "prompt": "password=hunter2horse",
        "output": "'=1\0\r\n;",
        "rating": 2,
        "thumbs_up": False,
        "timestamp": AT,
        "context": {"model": "m", "n": [1.5, None]},
        "notes": "@ no",
    },
]


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    repo.write("rows.jsonl", lines(*ROWS))
    return CommandLine(repo, monkeypatch, capsys)


def segments(cli: CommandLine) -> list[str]:
    folder = cli.repo.root / FOLDER
    return sorted(path.name for path in folder.rglob("*.json*")) if folder.exists() else []


def test_a_file_is_imported_once_as_one_segment(cli: CommandLine) -> None:
    dry = cli("feedback", "import", "rows.jsonl", "--dry-run")
    assert (dry.code, dry.err, segments(cli)) == (0, "", [])
    assert dry.out == "3 ratings would be imported, 0 known already, 0 rejected (jsonl)\n"
    done = cli("feedback", "import", "rows.jsonl")
    assert (done.code, done.err) == (0, "")
    first, path = done.out.splitlines()
    assert first == "3 ratings imported, 0 known already, 0 rejected (jsonl)"
    assert segments(cli) == [path.rpartition("/")[2]]
    again = cli("feedback", "import", "rows.jsonl", "--format", "json")
    assert again.json == {
        "format": "jsonl",
        "imported": 0,
        "known": 3,
        "rejected": [],
        "unused": [],
        "paths": [],
        "dry_run": False,
        "exit_code": 0,
    }
    assert len(segments(cli)) == 1
    assert cli("feedback", "import", "rows.jsonl", "--dry-run").out.startswith(
        "0 ratings would be imported, 3"
    )


def test_what_is_exported_is_imported_elsewhere_byte_by_byte(
    cli: CommandLine, make_repo: Callable[[str], Repo]
) -> None:
    cli("feedback", "import", "rows.jsonl")
    out = {kind: cli("feedback", "export", "--format", kind).out for kind in ("jsonl", "csv")}
    assert [json.loads(line)["timestamp"][8:10] for line in out["jsonl"].splitlines()] == ["19", "20", "20"]
    assert "hunter2" not in out["jsonl"]
    for kind, text in out.items():
        other = make_repo(kind)
        other.write(f"in.{kind}", text)
        taken = cli("feedback", "import", f"in.{kind}", "-C", str(other.root))
        assert taken.out.startswith(f"3 ratings imported, 0 known already, 0 rejected ({kind})")
        assert taken.err == ""  # no column of our own is one that nothing reads
        for again, wanted in out.items():
            assert cli("feedback", "export", "--format", again, "-C", str(other.root)).out == wanted


def test_rejected_rows_are_told_and_the_rest_is_imported(cli: CommandLine) -> None:
    bad = [{**ROWS[0], "rating": 6}, *[{"tags": ["A B"], **ROWS[0]}] * 20, 7, ROWS[1]]
    cli.repo.write("bad\x1b.jsonl", lines(*bad))
    strict = cli("feedback", "import", "bad\x1b.jsonl", "--strict")
    assert (strict.code, strict.out, segments(cli)) == (2, "", [])
    told = strict.err.splitlines()
    assert told[0] == "bad\\x1b.jsonl:1: rating is no whole number from 1 to 5: 6"
    assert told[1].startswith("bad\\x1b.jsonl:2: tags must be ")
    assert told[20:] == [
        "feedback-loop: 2 more rows rejected, --format json names all",
        "feedback-loop: nothing imported, 22 rows rejected (jsonl)",
    ]
    done = cli("feedback", "import", "bad\x1b.jsonl", "--format", "json")
    assert (done.code, done.json["imported"], len(segments(cli))) == (0, 1, 1)
    assert [one["row"] for one in done.json["rejected"]] == list(range(1, 23))
    assert done.json["rejected"][-1] == {"row": 22, "reason": "no JSON object"}


def test_columns_that_nothing_reads_are_named(cli: CommandLine) -> None:
    token = "AKIA" + "QWERTYUIOPASDFGH"
    cli.repo.write("x.csv", f"prompt,output,rating,timestamp,color,model,Framework\x1b\np,o,4,{AT},red,m,f\n")
    answer = cli("feedback", "import", "x.csv")
    assert (answer.code, answer.err) == (0, "feedback-loop: columns not used: color, Framework\\x1b\n")
    (row,) = [json.loads(line) for line in cli("feedback", "export").out.splitlines()]
    assert row["context"] == {"model": "m"}
    many = {f"k{number}": 1 for number in range(25)}
    cli.repo.write("x.jsonl", lines({**ROWS[0], "rating": 9, token: 1}, {**ROWS[1], **many}))
    told = cli("feedback", "import", "x.jsonl", "--format", "json")
    assert (told.err, told.json["unused"][1:], token in told.out) == ("", list(many), False)
    assert cli("feedback", "import", "x.jsonl").err.endswith(", k17, k18 and 6 more\n")


def test_the_name_of_the_output_tells_the_format(cli: CommandLine) -> None:
    cli("feedback", "import", "rows.jsonl")
    for name, options, start in (
        ("x.CSV", (), "feedback_id,"),
        ("x.csv", ("--dataset",), "prompt,output,score,"),
        ("y.csv", ("--format", "jsonl"), '{"context":'),
        ("x.txt", (), '{"context":'),
        ("x.jsonl", ("--format", "csv"), "feedback_id,"),
    ):
        assert cli("feedback", "export", "--output", name, *options).code == 0
        assert (cli.repo.root / name).read_text("utf-8").startswith(start), name


def test_a_bad_first_line_costs_no_more_than_itself(cli: CommandLine) -> None:
    for number, (bad, name) in enumerate(
        (("garbage", "a.jsonl"), ('"x"', "b.ndjson"), ('mpt":"z"}', "c"), ("[1]", "d.jsonl"))
    ):
        cli.repo.write(name, bad + "\n" + lines({**ROWS[0], "prompt": str(number)}))
        answer = cli("feedback", "import", name)
        assert answer.code == 0, bad
        assert answer.err.startswith(f"{name}:1: no")
        assert answer.out.startswith("1 rating imported, 0 known already, 1 rejected (jsonl)")


def test_strict_knows_faults_that_only_recording_finds(cli: CommandLine) -> None:
    cli.repo.write("one.jsonl", lines(ROWS[0], {**ROWS[0], "timestamp": "2999-01-01"}))
    for options in (["--strict"], ["--strict", "--dry-run"]):
        answer = cli("feedback", "import", "one.jsonl", *options)
        assert (answer.code, segments(cli)) == (2, [])
        assert answer.err.startswith("one.jsonl:2: timestamp must not be more than a day ahead")


def test_a_file_without_any_rating_is_an_error(cli: CommandLine) -> None:
    for text, said in (
        ("", "x: empty"),
        ("prompt,output\n", "x: no rows"),
        ("\x00\x01\x02", "x: no text"),
        ('[{"a": 1}]', "x: a JSON array"),
        ("a,b\n1,2\n", "x:2: no prompt; no output; no rating"),
    ):
        cli.repo.write("x", text)
        answer = cli("feedback", "import", "x")
        assert (answer.code, answer.out, segments(cli)) == (2, "", [])
        assert said in answer.err


def test_what_makes_no_sense_is_an_error(cli: CommandLine) -> None:
    for options, said in (
        (["gone.jsonl"], "no such file"),
        (["rows.jsonl", "--from", "xml"], "no such format: 'xml'"),
        (["rows.jsonl", "--rating", "6"], "--rating must be from 1 to 5"),
        *((["rows.jsonl", "--rating", bad], "--rating must") for bad in ("+4", "4_0", "004", "\u0664", " 4")),
        (["rows.jsonl", "--at", "noon"], "--at is not a time"),
        (["rows.jsonl", "--map", "prompt"], "--map is FIELD=COLUMN"),
        (["rows.jsonl", "--map", "stars=s"], "no rating has a field 'stars'"),
        (["rows.jsonl", "--category", "good=9"], "--category is NAME=RATING"),
        (["rows.jsonl", "--score-range", "0:1"], "--score-range is for scores of Langfuse"),
        (["rows.jsonl", "--score-range", "-1"], "a range is two different numbers"),
        (["rows.jsonl", "--from", "langfuse"], "no scores of Langfuse"),
        (["rows.jsonl", "--from", "llm-logs", "--rating", "3"], "no logs of llm"),
        (["."], "not a regular file"),
    ):
        answer = cli("feedback", "import", *options)
        assert (answer.code, answer.out, segments(cli)) == (2, "", []), options
        assert said in answer.err


def test_one_id_is_one_rating_and_another_under_it_is_told(cli: CommandLine) -> None:
    first = {**ROWS[1], "feedback_id": "a", "prompt": "p" * 30_000}
    cli.repo.write("first.jsonl", lines(first))
    assert cli("feedback", "import", "first.jsonl").code == 0
    (kept,) = (json.loads(line) for line in cli("feedback", "export").out.splitlines())
    assert len(kept["prompt"]) < 30_000  # what came back cut is the same rating
    new = {**ROWS[0], "feedback_id": "b"}
    late = {**first, "timestamp": "2999-01-01"}
    rows = [late, first, {**first, "rating": 1}, {**first, "output": "Other."}, kept]
    rows += [new, new, {**new, "thumbs_up": False}, {**new, "rating": 1}]
    cli.repo.write("more.jsonl", lines(*rows))
    told = (
        "more.jsonl:1: timestamp must not be more than a day ahead: 2999-01-01T00:00:00Z\n"
        "more.jsonl:3: feedback_id a is recorded already with 3 stars\n"
        "more.jsonl:4: feedback_id a is recorded already with another thumb or other texts\n"
        "more.jsonl:8: feedback_id b came before in row 6 with another thumb or other texts\n"
        "more.jsonl:9: feedback_id b came before in row 6 with 5 stars\n"
    )
    failed = told + "feedback-loop: nothing imported, 5 rows rejected (jsonl)\n"
    for options in (["--strict"], ["--strict", "--dry-run"]):
        strict = cli("feedback", "import", "more.jsonl", *options)
        assert (strict.code, strict.out, strict.err, len(segments(cli))) == (2, "", failed, 1)
    for options, done in (["--dry-run"], "1 rating would be imported"), ([], "1 rating imported"):
        answer = cli("feedback", "import", "more.jsonl", *options)
        assert (answer.code, answer.err) == (0, told)
        assert answer.out.startswith(f"{done}, 3 known already, 5 rejected (jsonl)\n")
    cli.repo.write("other.jsonl", lines({**first, "rating": 1}))
    assert cli("feedback", "import", "other.jsonl").code == 2  # no row could be read
    assert (len(segments(cli)), cli("feedback", "export").out.count("\n")) == (2, 2)


def test_a_secret_in_a_rejected_row_is_not_shown(cli: CommandLine) -> None:
    token = "AKIA" + "QWERTYUIOPASDFGH"
    fields = ({"rating": token}, {"timestamp": token}, {"context": token}, {"tags": [token]})
    fields += ({"feedback_id": token}, {"feedback_id": f"no id: {token}"}, {"thumbs_up": token})
    cli.repo.write("bad.jsonl", lines(*({**ROWS[0], **one} for one in fields)))
    answer = cli("feedback", "import", "bad.jsonl", "--format", "json")
    assert [one["row"] for one in answer.json["rejected"]] == [1, 2, 3, 4, 5, 6, 7]
    assert (answer.code, token in answer.out, answer.out.count("***") >= 5) == (2, False, True)
    for option in ("--map", "--at", "--category", "--score-range", "--from"):
        answer = cli("feedback", "import", "rows.jsonl", option, token)
        assert (answer.code, "AKIA" in answer.err, "***" in answer.err) == (2, False, True)


def test_logs_of_llm_come_through_a_pipe(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    log = {"prompt": "hi", "response": "Hello!", "model": "m", "conversation_id": "c"}
    text = json.dumps([{**log, "datetime_utc": "2025-02-16T22:34:30.374882+00:00"}], indent=2)
    for options, code in ([], 2), (["--rating", "4"], 0):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
        assert cli("feedback", "import", "-", *options).code == code
    (row,) = [json.loads(line) for line in cli("feedback", "export").out.splitlines()]
    assert (row["rating"], row["context"]) == (4, {"conversation_id": "c", "model": "m"})


def test_scores_of_langfuse_are_imported(cli: CommandLine) -> None:
    score = {"traceId": "t", "name": "q", "timestamp": AT}
    scores = [
        {**score, "id": "a", "dataType": "NUMERIC", "value": 0.5},
        {**score, "id": "b", "dataType": "CATEGORICAL", "stringValue": "bad"},
        {**score, "id": "c", "dataType": "BOOLEAN", "value": 1},
        {**score, "id": "d", "dataType": "TEXT", "stringValue": "well"},
        {**score, "id": "e", "dataType": "NUMERIC", "value": float("nan")},
    ]
    trace = {"id": "t", "input": "Sort.", "output": "Sorted.", "scores": scores}
    cli.repo.write("trace.json", json.dumps({"trace": trace, "observations": []}, indent=1))
    answer = cli("feedback", "import", "trace.json", "--score-range", "0:1", "--category", "bad=1")
    assert answer.out.startswith("3 ratings imported, 0 known already, 2 rejected (langfuse)")
    nan = "trace.json:5: JSON with NaN, which is not a JSON number\n"
    assert answer.err == "trace.json:4: 'TEXT' is no rating\n" + nan
    rows = [json.loads(line) for line in cli("feedback", "export").out.splitlines()]
    assert {row["feedback_id"]: row["rating"] for row in rows} == {
        "langfuse:a": 3,
        "langfuse:b": 1,
        "langfuse:c": 5,
    }


def test_an_export_is_filtered_and_written_all_or_nothing(cli: CommandLine) -> None:
    assert cli("feedback", "export", "--format", "csv").out.startswith("feedback_id,timestamp,")
    assert cli("feedback", "export").out == ""
    cli("feedback", "import", "rows.jsonl")
    assert cli("feedback", "export", "--output", "gone/x.jsonl").code == 2
    answer = cli("feedback", "export", "--output", "x.jsonl", "--min-rating", "3", "--limit", "1")
    told = "feedback-loop: wrote 1 rating to x.jsonl\n"
    assert (answer.code, answer.out, answer.err) == (0, "", told)
    (row,) = [json.loads(line) for line in (cli.repo.root / "x.jsonl").read_text("utf-8").splitlines()]
    assert row["prompt"] == "=Sort it."
    assert cli("feedback", "export", "--tags", "code,b", "--until", "2026-11-20").out.count("\n") == 1
    assert cli("feedback", "export", "--since", "never").code == 2


def test_a_filter_that_nothing_can_match_is_an_error(cli: CommandLine) -> None:
    cli("feedback", "import", "rows.jsonl")
    for options, said in (
        (["--tags", "code,A B"], "--tags: no rating can have the tag 'A B'"),
        (["--tags", "code\x1b"], r"--tags: no rating can have the tag 'code\x1b'"),
        (["--tags", ","], "--tags: an empty value"),
        (["--tags", "\udcff"], "--tags is not UTF-8"),
        (["--min-rating", "5", "--max-rating", "1"], "--min-rating 5 is more than --max-rating 1"),
        (["--since", "2026-11-20", "--until", "2026-11-20T00:00:00Z"], "--since is not before --until"),
        (["--framework", " "], "--framework: an empty value"),
        (["--framework", "\udcff"], "--framework is not UTF-8"),
        (["--model", ""], "--model: an empty value"),
        (["--model", "a\ud800"], "--model is not UTF-8"),
    ):
        for command in ("list", "export"):
            answer = cli("feedback", command, *options)
            assert (answer.code, answer.out, said in answer.err) == (2, "", True), (options, answer.err)
    for limit in ("0", "9223372036854775807", "9223372036854775808", "1" + "0" * 99):
        assert cli("feedback", "export", "--limit", limit).out.count("\n") == 3
    assert cli("feedback", "list", "--limit", "9223372036854775808").code == 0
    both = ("--min-rating", "3", "--max-rating", "3", "--tags", "CODE", "--since", "2026-11-19")
    assert cli("feedback", "export", *both).out.count("\n") == 1


def test_a_dataset_leaves_out_what_was_not_kept(cli: CommandLine) -> None:
    cli("feedback", "import", "rows.jsonl")
    cli.repo.write("feedback-loop.toml", '[feedback]\nstore = "hash"\n')
    cli.repo.write("more.jsonl", lines({**ROWS[0], "prompt": "Other."}))
    assert cli("feedback", "import", "more.jsonl").code == 0
    answer = cli("feedback", "export", "--dataset")
    first, *others = [json.loads(line) for line in answer.out.splitlines()]
    assert first == {"prompt": "Write it.", "output": "é", "score": 0.5, "feedback": None}
    assert sorted(one["score"] for one in others) == [0.25, 1.0]
    assert answer.err == "feedback-loop: 1 rating left out: no texts of them were kept\n"
    whole = cli("feedback", "export")
    assert whole.out.count("\n") == 4
    assert whole.err == "feedback-loop: 1 row without texts, which no import takes\n"
