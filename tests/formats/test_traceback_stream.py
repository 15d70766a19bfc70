"""A text that is read in pieces tells what it tells as a whole, wherever it is cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.trace import Trace
from feedback_loop.formats.log_text import read_log
from feedback_loop.formats.traceback import parse_traces
from feedback_loop.formats.traceback_lines import text_lines
from feedback_loop.formats.traceback_stream import stretches, text_pieces

TRACES = Path(__file__).parent / "data/traces"
SAMPLES = [path.read_text(encoding="utf-8") for path in sorted(TRACES.glob("*.txt"))]
TRACE = "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g()\nKeyError: 'a'\n"
LINK = "\nDuring handling of the above exception, another exception occurred:\n\n"
ESCAPED = f'{{"level": "ERROR", "exc": {TRACE!r}}}\n'.replace("'", '"')
LINES = [
    "\n",
    "starting\n",
    "E   KeyError: 1\n",
    "    def f():\n",
    "> x()\n",
    "a.py:3: KeyError\n",
    "KeyError: 1\n",
]
LINES += [
    LINK,
    "=== FAILURES ===\n",
    '127.0.0.1 - - [22/Nov/2026 07:54:37] "GET /a HTTP/1.1" 500 -\n',
    ESCAPED,
]
LINES += ["\x1b[31mred\x1b[0m\n", "größe \U0001f600\r\n", "Traceback (most recent call last):\n", TRACE]
LINES += [
    TRACE.replace("\n", "\nINFO x: "),
    '  File "b.py", line 7\n',
    "  | Exception Group\n",
    "quiet\n" * 130,
]


def told(pieces: list[str]) -> list[Trace]:
    return [made() for stretch in stretches(pieces) for _, _, made in stretch.traces]


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def same(text: str, size: int) -> None:
    found, whole = told(cut(text, size)), list(parse_traces(text))
    assert found == whole
    assert [one.text for one in found] == [one.text for one in whole]
    lines = [line for stretch in stretches(cut(text, size)) for line in stretch.lines]
    assert lines == text_lines(text)


@pytest.mark.parametrize("text", ["", "\n", "no trace\n" * 500])
def test_a_text_without_a_trace_has_all_its_lines_and_no_trace(text: str) -> None:
    same(text, 7)
    assert told(cut(text, 7)) == []


@pytest.mark.parametrize("size", [40, 997, 4_096])
def test_real_traces_are_the_same_in_pieces(size: int) -> None:
    same("quiet\n".join(SAMPLES), size)


def test_traces_that_follow_one_another_are_given_before_the_text_ends() -> None:
    found = list(stretches(cut(TRACE * 1_000, 2_000)))
    assert len(found) > 20
    assert max(len(stretch.lines) for stretch in found) < 400


def test_a_chain_that_is_longer_than_a_piece_is_one() -> None:
    text = LINK.join([TRACE] * 60)
    (one,) = told(cut(text + "\n" + "quiet\n" * 300, 100))
    assert len(one.causes) == 59


def test_each_trace_stands_with_its_lines() -> None:
    text = "quiet\n" * 500 + TRACE + "\n" + "quiet\n" * 500
    ((start, end, _),) = [one for stretch in stretches(cut(text, 300)) for one in stretch.traces]
    assert (start, end) == (500, 504)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([*LINES, *SAMPLES]), max_size=8).map("".join), st.integers(200, 5_000))
def test_any_cut_tells_the_same(text: str, size: int) -> None:
    same(text, max(size, len(text) // 30))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(1, 90), st.sampled_from(["utf-8", "utf-16"]))
def test_bytes_in_pieces_are_the_same_text(data: bytes, size: int, encoding: str) -> None:
    errors = "backslashreplace" if encoding == "utf-8" else "replace"
    data = data if encoding == "utf-8" else b"\xff\xfe" + data
    assert "".join(text_pieces(data, encoding, errors, size)) == data.decode(encoding, errors)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=12).map("".join), st.integers(200, 2_000))
def test_a_log_tells_the_same_whatever_the_piece(text: str, size: int) -> None:
    data = text.encode()
    assert read_log(data, max(size, len(data) // 30)) == read_log(data)
