from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.message_template import message_template
from feedback_loop.errors import InputError
from feedback_loop.formats.log_text import NOTHING, read_log
from feedback_loop.formats.records import make_event
from feedback_loop.formats.traceback import parse_traces

TRACES = Path(__file__).parent / "data/traces"
FAILED = """Traceback (most recent call last):
  File "/srv/shop/app.py", line {line}, in main
    print(load("items.json"))
  File "/usr/lib/python3.11/json/__init__.py", line 293, in load
    return loads(fp.read(),
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)
"""


def failed(line: int = 7) -> str:
    return FAILED.format(line=line)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", 0),
        (b" \n\n", 0),
        (b"2026-11-20 09:30:00 INFO all is well\n", 1),
        ("größer\n".encode("utf-16"), 1),
        (b"KeyError: 1", 1),
        (b"use GET /a\n1. Test Case ID: x\n- Server error\n", 3),
    ],
)
def test_a_text_without_a_failure_says_how_many_lines_have_none(data: bytes, lines: int) -> None:
    read = read_log(data)
    assert (read.reported, read.read, read.rejected) == ((), 0, ())
    assert read.skipped == (((NOTHING, lines),) if lines else ())


def test_a_trace_is_a_bug_at_the_deepest_own_call() -> None:
    (bug,) = read_log(f"starting\n{failed()}".encode()).reported
    assert (bug.kind, bug.entry, bug.at, bug.trace) == ("bug", 1, None, failed().rstrip())
    assert dict(bug.fields) == {
        "error": "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        "code": "return loads(fp.read(),",
        "file_path": "/srv/shop/app.py",
        "line": 7,
        "stack_trace": failed().rstrip(),
    }


def test_equal_traces_are_entries_of_one_place_whatever_their_line() -> None:
    read = read_log((failed() + failed() + failed(line=9)).encode())
    assert read.read == 3
    assert [bug.entry for bug in read.reported] == [1, 2, 3]
    assert {bug.place for bug in read.reported} == {"json.decoder.JSONDecodeError in /srv/shop/app.py:main"}


def test_another_function_is_another_place() -> None:
    places = {bug.place for bug in read_log((failed() + failed().replace("main", "retry")).encode()).reported}
    assert len(places) == 2


def test_a_trace_without_calls_of_its_own_names_the_deepest() -> None:
    (bug,) = read_log(failed().replace("/srv/shop", "/usr/lib/python3.11").encode()).reported
    assert dict(bug.fields)["file_path"] == "/usr/lib/python3.11/json/__init__.py"


def test_a_trace_without_calls_has_no_place_in_a_file() -> None:
    (bug,) = read_log(b"Traceback (most recent call last):\nKeyboardInterrupt\n").reported
    told = dict(bug.fields)
    assert (bug.place, told["error"], told["file_path"], told["line"], told["code"]) == (
        "KeyboardInterrupt",
        "KeyboardInterrupt",
        "<unknown>",
        0,
        "",
    )


def test_a_trace_cut_off_before_its_exception_is_rejected_by_name() -> None:
    read = read_log((failed() + failed().partition("json.decoder")[0]).encode())
    assert (read.read, len(read.reported)) == (2, 1)
    assert [one.message for one in read.rejected] == ["traceback 2 ends before it names its exception"]


def test_bugs_beyond_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback_loop.formats.log_text.FAILURES_CAP", 2)
    monkeypatch.setattr("feedback_loop.formats.report_json.FAILURES_CAP", 2)
    read = read_log((failed() * 5).encode())
    assert (read.read, len(read.reported)) == (5, 2)
    told = "3 tracebacks are left out: more than 2 in one report"
    assert [one.message for one in read.rejected] == [told]


def test_many_traces_that_were_cut_off_are_counted() -> None:
    read = read_log((failed().partition("json.decoder")[0] + "\n").encode() * 103)
    assert (read.read, len(read.rejected)) == (103, 101)
    assert read.rejected[-1].message == "3 more tracebacks could not be read"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_shells_write(encoding: str) -> None:
    (bug,) = read_log(failed().replace("value", "größe").encode(encoding)).reported
    assert "größe" in str(dict(bug.fields)["error"])


def test_a_text_without_a_failure_is_told_by_one_alone() -> None:
    assert read_log(f"quiet\n{failed()}".encode()).skipped == ()
    assert read_log(failed().partition("json.")[0].encode()).skipped == ()


@pytest.mark.parametrize(
    ("data", "shown", "note"),
    [
        (failed().replace("value", "größe").encode("latin-1"), "gr\ufffd\ufffde", "2 bytes are"),
        (failed().replace("value", "\xff a").encode("latin-1"), "Expecting \ufffd a", "1 byte is"),
        (b"a\0b\n" + failed().replace("value", "v\0").encode(), "Expecting v\ufffd", "2 bytes are"),
        (b"\0" * 9_000 + failed().encode(), "Expecting value", "9000 bytes are"),
        (failed().encode() + b"quiet\n" * 2_000 + b"\0" * 20_000, "Expecting value", "20000 bytes are"),
    ],
)
def test_bytes_that_are_no_text_hide_no_failure_and_are_counted(data: bytes, shown: str, note: str) -> None:
    read = read_log(data, 1_000)
    assert shown in str(dict(read.reported[0].fields)["error"])
    assert [one.message for one in read.rejected] == [f"{note} no text: read as \ufffd"]
    assert "<path>" not in message_template(parse_traces(read.reported[0].trace)[0].message)


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"\x7fELF\x02\x01" + b"\0" * 10 + failed().encode(), "is read as UTF-8"),
        (failed().encode("utf-16-le"), "it lacks its mark"),
        (failed().encode("utf-16-be"), "it lacks its mark"),
        (b"\0" * 50, "nothing but NULs"),
    ],
)
def test_binary_data_and_wide_text_without_a_mark_are_refused(data: bytes, hint: str) -> None:
    with pytest.raises(InputError, match="binary") as caught:
        read_log(data)
    assert hint in str(caught.value.hint)


def test_lines_beyond_a_mebibyte_are_named_and_hide_nothing() -> None:
    long, short = b"y" * ((1 << 20) + 1), b"x" * (1 << 20)
    (note,) = read_log(short + b"\n" + long + b"\n\n" + failed().encode() + short + b"\n" + long).rejected
    told = "longer than 1 MiB (and 1 more): only its start is read, unless an escaped traceback is in it"
    assert (note.line, note.message) == (2, told)
    assert read_log(short + b"\n" + failed().encode()).rejected == ()


@pytest.mark.parametrize("name", sorted(path.name for path in TRACES.glob("*.txt")))
def test_what_was_read_makes_events(name: str) -> None:
    read = read_log((TRACES / name).read_bytes())
    assert read.reported
    for bug in read.reported:
        make_event(bug.kind, "2026-11-20T09:30:00Z", dict(bug.fields))


UVICORN = (
    'INFO:     127.0.0.1:4 - "POST /a?b=1 HTTP/1.1" {status} X\nERROR:    Exception in ASGI application\n'
)
WERKZEUG = '127.0.0.1 - - [22/Nov/2026 07:54:37] "PUT /b HTTP/1.1" 500 -\n'
FASTAPI = """fastapi.exceptions.ResponseValidationError: 1 validation error:
  {'type': 'missing'}

  File "/srv/shop/app.py", line 17, in get
    GET /a/{pid}
"""


@pytest.mark.parametrize(
    ("text", "endpoint", "status"),
    [
        (failed(), "", None),
        (UVICORN.format(status=500) + failed(), "POST /a", 500),
        (UVICORN.format(status=200) + failed(), "", None),
        (UVICORN.format(status=500) + "quiet\n" * 9 + failed(), "", None),
        ("ERROR in app: Exception on /a [POST]\n" + failed() + WERKZEUG, "POST /a", 500),
        (failed() + WERKZEUG, "PUT /b", 500),
        (failed() + WERKZEUG.replace("500", "200"), "", None),
        ("Internal Server Error: /a/\n" + failed(), "* /a/", 500),
        ("Internal Server Error: /b\n" + failed() + WERKZEUG, "PUT /b", 500),
        ("Internal Server Error: /a\n" + failed() + WERKZEUG, "* /a", 500),
        (UVICORN.format(status=500) + failed().rpartition("json.")[0] + FASTAPI, "GET /a/{pid}", 500),
    ],
)
def test_the_line_of_a_server_next_to_a_trace_tells_its_request(
    text: str, endpoint: str, status: int | None
) -> None:
    found = read_log(("starting\n" + text + "\n" + "quiet\n" * 9).encode())
    assert [(one.endpoint, one.status) for one in found.reported] == [(endpoint, status)]
    assert found.rejected == ()


def test_each_trace_takes_the_request_next_to_it() -> None:
    one = failed() + WERKZEUG
    found = read_log((one + one.replace("/b", "/c") + failed()).encode())
    assert [bug.endpoint for bug in found.reported] == ["PUT /b", "PUT /c", ""]


def test_all_requests_of_a_log_were_executed_each_once() -> None:
    lines = UVICORN.format(status=200) * 2 + WERKZEUG + "Not Found: /x\nuse GET /y\n"
    assert read_log(lines.encode()).executed == ("POST /a", "PUT /b")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200).map(lambda data: data.replace(b"\0", b"", max(data.count(0) - 8, 0))))
def test_bytes_before_a_trace_do_not_hide_it(data: bytes) -> None:
    read = read_log(b"log\n" + data + b"\n\n" + failed().encode())
    assert "JSONDecodeError" in read.reported[-1].place


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_claim_to_be_wide_text_do_not_make_it_raise(data: bytes) -> None:
    assert read_log(b"\xff\xfe" + data).read < 10


def test_bugs_beyond_the_cap_are_counted_in_the_pieces_that_follow_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("feedback_loop.formats.log_text.FAILURES_CAP", 2)
    monkeypatch.setattr("feedback_loop.formats.report_json.FAILURES_CAP", 2)
    chained = (
        failed() + "\nDuring handling of the above exception, another exception occurred:\n\n" + failed()
    )
    read = read_log((failed() + chained * 200).encode(), 1_000)
    assert (read.read, len(read.reported)) == (201, 2)
    assert [one.message.partition(" ")[0] for one in read.rejected] == ["199"]
