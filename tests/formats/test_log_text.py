from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.errors import InputError
from feedback_loop.formats.log_text import read_log
from feedback_loop.formats.records import make_event

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


@pytest.mark.parametrize("data", [b"", b"\n", b"2026-11-20 09:30:00 INFO all is well\n", "größer\n".encode()])
def test_a_text_without_a_trace_tells_of_nothing(data: bytes) -> None:
    read = read_log(data)
    assert (read.reported, read.read, read.rejected) == ((), 0, ())


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
    read = read_log((failed() * 5).encode())
    assert (read.read, len(read.reported)) == (5, 2)
    told = "3 tracebacks are left out: more than 2 in one text"
    assert [one.message for one in read.rejected] == [told]


def test_many_traces_that_were_cut_off_are_counted() -> None:
    read = read_log((failed().partition("json.decoder")[0] + "\n").encode() * 103)
    assert (read.read, len(read.rejected)) == (103, 101)
    assert read.rejected[-1].message == "3 more tracebacks could not be read"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_shells_write(encoding: str) -> None:
    (bug,) = read_log(failed().replace("value", "größe").encode(encoding)).reported
    assert "größe" in str(dict(bug.fields)["error"])


def test_bytes_that_are_no_utf_8_are_kept_as_they_can_be() -> None:
    (bug,) = read_log(failed().replace("value", "größe").encode("latin-1")).reported
    assert "gr\\xf6\\xdfe" in str(dict(bug.fields)["error"])


def test_binary_data_is_refused() -> None:
    with pytest.raises(InputError, match="binary"):
        read_log(b"\x7fELF\x02\x01\x00" + failed().encode())


@pytest.mark.parametrize("name", sorted(path.name for path in TRACES.glob("*.txt")))
def test_what_was_read_makes_events(name: str) -> None:
    read = read_log((TRACES / name).read_bytes())
    assert read.reported
    for bug in read.reported:
        make_event(bug.kind, "2026-11-20T09:30:00Z", dict(bug.fields))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200).map(lambda data: data.replace(b"\0", b"")))
def test_bytes_before_a_trace_do_not_hide_it(data: bytes) -> None:
    read = read_log(b"log\n" + data + b"\n\n" + failed().encode())
    assert "JSONDecodeError" in read.reported[-1].place


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_claim_to_be_wide_text_do_not_make_it_raise(data: bytes) -> None:
    assert read_log(b"\xff\xfe" + data).read < 10
