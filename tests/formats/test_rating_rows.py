"""Ratings as JSON lines and CSV: read row by row, written so that reading gives the same back."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.rating import Rating
from feedback_loop.errors import InputError
from feedback_loop.formats.csv_text import format_cells, parse_csv, plain_cell
from feedback_loop.formats.import_kind import detect_kind, read_rows
from feedback_loop.formats.imported_rating import (
    ROW_CAP,
    ImportedRating,
    ImportOptions,
    Rejected,
    parse_range,
    scaled,
    stars,
)
from feedback_loop.formats.rating_rows import (
    check_columns,
    format_csv,
    format_dataset_csv,
    format_dataset_jsonl,
    format_jsonl,
    read_csv,
    read_jsonl,
)

AT = "2026-11-20T09:30:00Z"
BARE = ImportOptions()
ROW = {"prompt": "Sort it.", "output": "Sorted.", "rating": 4, "timestamp": AT}
TEXT = st.text(st.one_of(st.sampled_from("'=+-@\t\r\n\",; a\0é\ufeff\u2028"), st.characters(codec="utf-8")))


def lines(*rows: Any) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def jsonl(*rows: Any, options: ImportOptions = BARE) -> list[ImportedRating | Rejected]:
    return list(read_jsonl(lines(*rows), options))


def reason(options: ImportOptions = BARE, **changes: Any) -> str:
    (found,) = jsonl({**ROW, **changes}, options=options)
    assert isinstance(found, Rejected)
    return found.reason


# -- cells -----------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=4))
def test_cells_come_back_as_they_went_and_none_is_a_formula(table: list[list[str]]) -> None:
    text = "".join(format_cells(row) for row in table)
    read = list(parse_csv(b"\xef\xbb\xbf" + text.encode()))
    assert [[plain_cell(cell) for cell in row.cells] for row in read] == table
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in read for cell in row.cells)


@pytest.mark.parametrize(
    ("cell", "written"),
    [("'tis", "'tis"), ("=1", "'=1"), ("'=1", "''=1"), ("a=1", "a=1"), ("", ""), ("- a\n", '"\'- a\n"')],
)
def test_an_apostrophe_guards_formulas_alone(cell: str, written: str) -> None:
    assert format_cells([cell]) == written + "\n"


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b'"', b",", b"\r\n", b'""', b"a"]))
def test_any_bytes_are_rows_each_on_its_line(data: bytes, more: bytes) -> None:
    text = data + more + data
    found = [row.line for row in parse_csv(text)]
    assert found == sorted(set(found))
    assert all(1 <= line <= text.count(b"\n") + 1 for line in found)


def test_a_quote_that_never_closes_costs_one_line() -> None:
    found = list(parse_csv(b'a,b\r\n"x,1\ny,2\n\n"p""q",\xff\n"m\nn",3'))
    assert [(row.line, row.cells) for row in found] == [
        (1, ("a", "b")),
        (2, ()),
        (3, ("y", "2")),
        (5, ()),
        (6, ("m\nn", "3")),
    ]
    assert [row.problem[:9] for row in found] == ["", "quotes th", "", "not UTF-8", ""]


# -- rows ------------------------------------------------------------------------------------------


def test_no_rows_are_no_ratings() -> None:
    assert list(read_jsonl(b"\xef\xbb\xbf\n  \n", BARE)) == []
    assert list(read_csv(b"prompt,output\n", BARE)) == []


def test_a_row_needs_no_more_than_texts_a_rating_and_a_time() -> None:
    assert jsonl(ROW) == [ImportedRating(1, "Sort it.", "Sorted.", 4, AT)]


def test_foreign_columns_are_named() -> None:
    columns = (("prompt", "q"), ("output", "a"), ("rating", "s"), ("timestamp", "t"))
    columns += (("context.model", "m"), ("thumbs_up", "ok"), ("tags", "k"))
    row = {"q": "Q", "a": "A", "s": 2, "t": 1_700_000_000, "m": "x", "ok": "No", "k": "b, a,", "notes": "n"}
    wanted = ImportedRating(1, "Q", "A", 2, "2023-11-14T22:13:20Z", False, ("b", "a"), (("model", "x"),), "n")
    assert jsonl(row, options=ImportOptions(columns)) == [wanted]
    table = b"q,a,s,t,m,ok,k,notes\r\nQ,A,2,2023-11-14 23:13:20+01:00,x,DOWN,b;,n\r\n"
    (found,) = read_csv(table, ImportOptions(columns))
    assert found == wanted._replace(row=2, tags=("b;",))


def test_what_a_row_lacks_is_given_once_for_all() -> None:
    bare = {key: ROW[key] for key in ("prompt", "output")}
    (found,) = jsonl(bare, options=ImportOptions(rating=2, at=AT))
    assert found == ImportedRating(1, "Sort it.", "Sorted.", 2, AT)
    (own,) = jsonl(ROW, options=ImportOptions(rating=2, at="2020-01-01T00:00:00Z"))
    assert (own.rating, own.timestamp) == (4, AT)  # type: ignore[union-attr]


def test_columns_of_the_context_are_taken_by_name() -> None:
    unused: dict[str, None] = {}
    more = {"framework": "f", "techniques": ["a", "b"], "session_id": "", "task_type": None, "color": 1}
    first, second = read_jsonl(
        lines(
            {**ROW, **more, "model": "m", "context": {"model": "own"}},
            {**ROW, "techniques": " c, d,", "Z": 1},
        ),
        BARE,
        unused,
    )
    assert isinstance(first, ImportedRating)
    assert isinstance(second, ImportedRating)
    assert dict(first.context) == {"model": "own", "framework": "f", "techniques": ["a", "b"]}
    assert dict(second.context) == {"techniques": ["c", "d"]}
    assert list(unused) == ["color", "Z"]


def test_a_column_that_is_named_is_that_and_nothing_else() -> None:
    unused: dict[str, None] = {}
    table = b"prompt,output,rating,timestamp,model,framework,task_type,m\np,o,4,2026-11-20,note,f,code,\n"
    options = ImportOptions((("notes", "model"), ("context.framework", "m")))
    (found,) = read_csv(table, options, unused)
    assert isinstance(found, ImportedRating)
    assert (found.notes, found.context) == ("note", (("task_type", "code"),))
    assert list(unused) == ["framework"]


def test_a_rejected_row_names_all_that_is_wrong() -> None:
    (found,) = jsonl({"prompt": " ", "output": 7, "rating": 4.0, "tags": [1], "thumbs_up": "maybe"})
    assert isinstance(found, Rejected)
    assert found.reason == (
        "prompt is blank; output is no text: 7; rating is no whole number from 1 to 5: 4.0; "
        "no timestamp: --at TIME gives one to all that have none; "
        "thumbs_up is neither true nor false: 'maybe'; tags are no list of texts: a list"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rating": True}, "rating is no whole number from 1 to 5: True"),
        ({"rating": 6}, "rating is no whole number from 1 to 5: 6"),
        ({"rating": None}, "no rating: --rating N"),
        ({"timestamp": "yesterday"}, "timestamp is no time: 'yesterday'"),
        ({"output": None}, "no output"),
        ({"context": [1]}, "context is no JSON object: a list"),
        ({"prompt": "p" * (ROW_CAP + 1)}, "larger than 1 MiB"),
    ],
)
def test_a_row_is_rejected_for(changes: dict[str, Any], said: str) -> None:
    assert reason(**changes).startswith(said)


def test_nested_beyond_all_measure_is_a_reason_and_no_fault() -> None:
    deep = '{"a":' * 40 + "1" + "}" * 40
    very = "[" * 100_000
    text = f'{{"context": {deep}}}\n{{"prompt": {very}\n[1]\n{{"a": 1, "a": 2}}\n'.encode()
    reasons = [row.reason for row in read_jsonl(text, BARE) if isinstance(row, Rejected)]
    assert reasons[0] == "context is nested too deep"
    assert reasons[1] == "JSON nested too deep" or reasons[1].startswith("not JSON")
    assert reasons[2] == "no JSON object"
    assert "twice" in reasons[3]


def test_a_reason_names_no_line_of_its_own() -> None:
    found = list(read_jsonl(b'garbage\n{"prompt": NaN}\n{"prompt": "a",\n["a", 1' + b"1" * 999 + b"]", BARE))
    assert [row.reason for row in found if isinstance(row, Rejected)] == [
        "not JSON: Expecting value (column 1)",
        "JSON with NaN, which is not a JSON number",
        "not JSON: Expecting property name enclosed in double quotes (column 16)",
        "JSON with a number of more than 640 digits",
    ]


def test_columns_without_a_name_are_overlooked() -> None:
    table = b",prompt,output,rating,timestamp,,\n0,p,o,4,2026-11-20,,\n1,p,q,4,2026-11-20, ,\n2,p,o,4,x,y,z\n"
    first, second, shifted = read_csv(table, BARE)
    assert isinstance(first, ImportedRating)
    assert (first.prompt, first.output, first.context) == ("p", "o", ())
    assert isinstance(second, ImportedRating)
    assert shifted == Rejected(4, "a value in a column without a name")


def test_rows_of_csv_are_rejected_by_their_line() -> None:
    table = b'prompt,output,rating,timestamp\n"p\nq",o,5,2026-11-20\na,b\np,o,9,2026-11-20\n'
    found = list(read_csv(table, BARE))
    assert [row.row for row in found] == [2, 4, 5]
    assert [row.reason for row in found[1:] if isinstance(row, Rejected)] == [
        "2 cells below 4 columns",
        "rating is no whole number from 1 to 5: '9'",
    ]


def test_a_header_that_cannot_be_meant_is_an_error() -> None:
    with pytest.raises(InputError, match="named 'prompt'"):
        list(read_csv(b"prompt,a,,,prompt\n", BARE))
    with pytest.raises(InputError, match="no column 'q'"):
        list(read_csv(b"prompt,output\n", ImportOptions((("prompt", "q"),))))
    for columns in [(("stars", "s"),), (("context.", "s"),), (("tags", "a"), ("tags", "b")), (("tags", ""),)]:
        with pytest.raises(InputError):
            check_columns(columns)
    check_columns([("context.a.b", "x"), ("notes", "y")])


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=80), st.sampled_from(["jsonl", "csv", "llm-logs", "langfuse"]))
def test_any_bytes_are_rows_rejects_or_one_clear_error(data: bytes, kind: str) -> None:
    for text in (data, b'[{"prompt": 1, "response": [], "datetime_utc": ' + data + b"}]"):
        try:
            found = list(read_rows(kind, text, ImportOptions(rating=3)))
        except InputError:
            continue
        assert all(isinstance(row, ImportedRating | Rejected) for row in found)


# -- numbers ---------------------------------------------------------------------------------------


def test_stars_are_whole_numbers_as_number_or_text() -> None:
    assert [stars(value) for value in (1, "5", " 3 ", True, 4.0, "4.0", 0, None)] == [1, 5, 3, *[None] * 5]


@pytest.mark.parametrize(
    ("ends", "score", "wanted"),
    [
        ("0:1", "0", 1),
        ("0:1", "1", 5),
        ("0:1", "0.125", 2),  # 1.5: halves go up
        ("0:0.8", "0.3", 3),  # 2.5 in tenths, and less in binary fractions
        ("5:1", "5", 1),
        ("-1:1", "0", 3),
        ("0:1", "1.01", None),
        ("0:1", "-0.01", None),
    ],
)
def test_a_score_is_scaled_to_stars(ends: str, score: str, wanted: int | None) -> None:
    assert scaled(Fraction(score), parse_range(ends)) == wanted


@pytest.mark.parametrize(
    "text",
    ["", "1", "a:b", "1:1", "0:1e999999999", "0:nan", "1:2:3", "1/0:2", "0_0:1", "\u0661:\u0662", "0:+1"],
)
def test_a_range_is_two_numbers(text: str) -> None:
    with pytest.raises(InputError, match="a range is two different numbers"):
        parse_range(text)


# -- which format ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"prompt,output\n", "x", "csv"),
        (b'{"a": 1}\n', "x.csv", "csv"),
        (b'\xef\xbb\xbf{"prompt": "a"}\n', "x", "jsonl"),
        (b"{broken\n{}", "x", "jsonl"),
        (b"a\0" + b"x" * 4093 + "é".encode(), "x", "csv"),
        (b'[\n {"prompt": "", "response": "", "datetime_utc": ""}\n]', "x.json", "llm-logs"),
        (b'{\n "trace": {"id": "t"}, "observations": []\n}', "x.json", "langfuse"),
        (b'{"id": "t", "input": "i", "output": "o", "session_id": null}\n', "x.jsonl", "langfuse"),
        # A first line that is no row decides nothing.
        (b"garbage\n", "x.jsonl", "jsonl"),
        (b'prompt,output\n{"prompt": "a"}\n', "x.NDJSON", "jsonl"),
        (b'prompt,output\n{"prompt": "a"}\n', "x", "csv"),
        (b'garbage\n{}\n{"prompt": "a"}\n', "x", "jsonl"),
        (b'"x"\n {"prompt": "a"}\n', "x.txt", "jsonl"),
        (b'mpt":"z","output":"prompt"}\n{"prompt": "a"}\n', "x", "jsonl"),
        (b'[1]\n{"prompt": "a"}\n', "x", "jsonl"),
        (b'[{"a": 1}]\n{"prompt": "a"}\n{', "x", "jsonl"),
        (b'[1]\n{"traceId": "t", "dataType": "NUMERIC", "value": NaN}\n', "x.jsonl", "langfuse"),
        (b'x\n{"prompt": "", "response": "", "datetime_utc": ""}', "x.jsonl", "llm-logs"),
        (b'{"trace": {"a": ' + b"[" * 20_000 + b'1, "scores": [{"dataType": "BOOLEAN"', "x", "langfuse"),
    ],
)
def test_the_content_tells_the_format(data: bytes, name: str, kind: str) -> None:
    assert detect_kind(data, name) == kind


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"SQLite format 3\0...", "a database"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "no text"),
        (b"\0\0\0\1abc", "no text"),
        (b"\xff\xfep\0r\0", "no text"),
        (b'[{"prompt": 1}]', "a JSON array"),
    ],
)
def test_what_is_no_ratings_is_told(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        detect_kind(data, "x")


# -- writing ---------------------------------------------------------------------------------------


def rating(**changes: Any) -> Rating:
    base = Rating(
        "a1", 1_795_167_000, 4, "up", ("b", "a"), prompt="=P", output="O", context='{"z":1,"a":"é"}'
    )
    return base._replace(**changes)


def test_nothing_is_no_line_of_json_and_a_header_of_csv() -> None:
    assert "".join(format_jsonl([])) == ""
    assert "".join(format_csv([])).startswith("feedback_id,timestamp,rating,")
    assert "".join(format_dataset_csv([])) == "prompt,output,score,feedback\n"


def test_a_rating_is_one_line_whose_keys_are_sorted() -> None:
    assert "".join(format_jsonl([rating()])) == (
        '{"context":{"a":"é","z":1},"feedback_id":"a1","notes":null,"output":"O","prompt":"=P","rating":4,'
        '"tags":["b","a"],"thumbs_up":true,"timestamp":"2026-11-20T09:30:00Z"}\n'
    )
    assert "".join(format_csv([rating(thumbs=None, context="{}")])).splitlines()[1] == (
        'a1,2026-11-20T09:30:00Z,4,,"b,a",\'=P,O,,'
    )


def test_what_a_terminal_would_obey_is_spelled_out_in_json() -> None:
    text = "a\x1b\x7f\x9b31m\u2028\u202e\u2069é\U0001f600"
    one = rating(prompt=text, notes=text, context=json.dumps({text: text}))
    for write in (format_jsonl, format_dataset_jsonl):
        (line,) = write([one])
        assert r'"a\u001b\u007f\u009b31m\u2028\u202e\u2069é' in line
        assert all(char.isprintable() for char in line.rstrip("\n"))
        assert json.loads(line)["prompt"] == text
    (found,) = read_jsonl("".join(format_jsonl([one])).encode(), BARE)
    assert isinstance(found, ImportedRating)
    assert (found.prompt, found.notes, dict(found.context)) == (text, text, {text: text})
    assert text in "".join(format_csv([one]))  # a spreadsheet knows no escapes


def test_a_dataset_has_scores_from_zero_to_one() -> None:
    ratings = [rating(rating=stars, notes="n") for stars in (1, 4, 5)]
    found = [json.loads(line) for line in format_dataset_jsonl(ratings)]
    assert [one["score"] for one in found] == [0.0, 0.75, 1.0]
    assert found[0] == {"prompt": "=P", "output": "O", "score": 0.0, "feedback": "n"}
    assert list(format_dataset_csv(ratings))[2] == "'=P,O,0.75,n\n"


@settings(max_examples=10, deadline=None)
@given(
    TEXT.filter(str.strip),
    TEXT.filter(lambda text: text != ""),
    st.sampled_from([None, "up", "down"]),
    st.dictionaries(TEXT, st.one_of(TEXT, st.floats(allow_nan=False, allow_infinity=False), st.none())),
)
def test_what_is_written_is_read_again(text: str, notes: str, thumbs: str | None, context: Any) -> None:
    notes = notes if notes.strip() else "n"
    one = rating(prompt=text, output=text + "!", notes=notes, thumbs=thumbs, context=json.dumps(context))
    for write, read, row in ((format_jsonl, read_jsonl, 1), (format_csv, read_csv, 2)):
        (found,) = read("".join(write([one])).encode(), BARE)
        assert isinstance(found, ImportedRating)
        up = {None: None, "up": True, "down": False}[thumbs]
        wanted = ImportedRating(row, text, text + "!", 4, AT, up, ("b", "a"), (), notes, "a1")
        assert found._replace(context=()) == wanted
        assert dict(found.context) == context
