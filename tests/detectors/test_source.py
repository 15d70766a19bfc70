import ast
import subprocess
import sys
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.detectors.kinds import parse
from feedback_loop.detectors.source import Source
from feedback_loop.detectors.syntax import span
from tests.repo import ROOT


def parsed(text: bytes) -> Source:
    source = parse(text)
    assert source.problem == ""
    assert source.module is not None
    return source


def places(text: bytes) -> dict[str, tuple[int, int, int, int]]:
    """Where each name of the text stands."""
    source = parsed(text)
    assert source.module is not None
    return {node.id: source.place(span(node)) for node in source.module.nodes(ast.Name)}


def refused(text: bytes) -> str:
    source = parse(text)
    assert source.module is None
    return source.problem


VERSION = f"Python {sys.version_info[0]}.{sys.version_info[1]}"

# -- lines and columns ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", [b"", b"\n", b"# only\n", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\x0c\n"])
def test_nothing_in_it(text: bytes) -> None:
    assert places(text) == {}


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        (b"x", "x", (1, 1, 1, 2)),
        (b"\n\nif a:\n    xyz\n", "xyz", (4, 5, 4, 8)),
        (b"if a:\n\txyz\n", "xyz", (2, 2, 2, 5)),
        ("'é日😀'; x\n".encode(), "x", (1, 8, 1, 9)),
        ("é = 1; x\n".encode(), "x", (1, 8, 1, 9)),
        ("x日 = 1\n".encode(), "x日", (1, 1, 1, 3)),
        (b"a\r\nb\r\n", "b", (2, 1, 2, 2)),
        (b"a\rb\n", "b", (1, 3, 1, 4)),
        (b"a\r\rbb\rc\nd\n", "bb", (1, 4, 1, 6)),
        (b"a\r\rbb\rc\nd\n", "d", (2, 1, 2, 2)),
        (b"a\r\r\nb\n", "b", (2, 1, 2, 2)),
        ("'é'\rb\n".encode(), "b", (1, 5, 1, 6)),
        (b"a\nb\r", "b", (2, 1, 2, 2)),
        (b"if a:\r  b\n", "b", (1, 9, 1, 10)),
        (b"\xef\xbb\xbfx\n", "x", (1, 1, 1, 2)),
        (b"\xef\xbb\xbf\r\nx\n", "x", (2, 1, 2, 2)),
        (b"\x0cx\n", "x", (1, 2, 1, 3)),
        (b"'''\n\n'''; x\n", "x", (3, 6, 3, 7)),
        (b"(\n\\\nx)\n", "x", (3, 1, 3, 2)),
    ],
)
def test_place(text: bytes, name: str, place: tuple[int, int, int, int]) -> None:
    assert places(text)[name] == place


def test_a_place_over_several_lines() -> None:
    source = parsed("f(\n  'é',\r\n  a)\n".encode())
    assert source.module is not None
    (call,) = source.module.nodes(ast.Call)
    assert source.place(span(call)) == (1, 1, 3, 5)


rows = st.lists(
    st.sampled_from(["x", "'é日😀'; y", "if z:\n\tx", "# c", "", "'''\n'''; u", "(\nv)"]), max_size=6
)
ends = st.lists(st.sampled_from(["\n", "\r\n", "\r", "\r\r", "\n\n", "\r\r\n"]), min_size=6, max_size=6)


@settings(max_examples=150, deadline=None)
@given(rows, ends, st.booleans())
def test_every_name_is_where_its_place_says(rows: list[str], ends: list[str], mark: bool) -> None:
    text = "".join(row + end for row, end in zip(rows, ends, strict=False))
    source = parsed((b"\xef\xbb\xbf" if mark else b"") + text.encode())
    assert source.module is not None
    lines = text.split("\n")  # as git counts
    for node in source.module.nodes(ast.Name):
        line, column, end_line, end = source.place(span(node))
        assert line == end_line
        assert lines[line - 1][column - 1 : end - 1] == node.id
        assert source.text_of(line) == lines[line - 1].removesuffix("\r")


def test_text_of_a_line_that_is_not_there() -> None:
    assert parsed(b"x\n").text_of(2) == ""
    assert parsed(b"x\n").text_of(3) == ""


# -- encodings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x = 'é'; y".encode(), "x = 'é'; y"),
        (b"x = '\xe9'; y", "x = 'é'; y"),
        (b"\n\n\n\nx = '\xe9'; y", "x = 'é'; y"),
        (b"'''\xe9\xa0\xff\n'''\nx = '\xe9'; y", "x = 'é'; y"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'; y", "x = 'é'; y"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'; y", "x = '€'; y"),
        ("# coding: shift_jis\nx = '日'; y".encode("shift_jis"), "x = '日'; y"),
        ("# coding: utf-8\nx = '日'; y".encode(), "x = '日'; y"),
        ("# coding: UTF8\nx = '日'; y".encode(), "x = '日'; y"),
        ("# coding: utf_8_sig\nx = '日'; y".encode(), "x = '日'; y"),
        ("# -*- coding: utf-8-unix -*-\nx = '日'; y".encode(), "x = '日'; y"),
        ("# coding: latin-1-dos\nx = 'é'; y".encode("latin-1"), "x = 'é'; y"),
        ("# coding: latin-1\nx = 'é'; y".encode(), "x = 'Ã©'; y"),
        ("x = 1\n# coding: latin-1\nx = 'é'; y".encode(), "x = 'é'; y"),
        ("x = 'coding: latin-1'\nx = 'é'; y".encode(), "x = 'é'; y"),
        ("\n\n# coding: latin-1\nx = 'é'; y".encode(), "x = 'é'; y"),
        (b"\xef\xbb\xbf# coding: latin-1\n" + "x = 'é'; y".encode(), "x = 'é'; y"),
    ],
)
def test_encodings(text: bytes, shown: str) -> None:
    source = parsed(text)
    assert source.module is not None
    last = len(source.lines)
    assert source.text_of(last) == shown
    (found,) = (node for node in source.module.nodes(ast.Name) if node.id == "y")
    line, column, _, end = source.place(span(found))
    assert (line, shown[column - 1 : end - 1]) == (last, "y")
    assert source.module.nodes(ast.Constant)[-1].value == shown[5:-4]


def test_lone_returns_are_counted_in_the_files_encoding() -> None:
    assert places(b"'\xe9\xa0\xe9'\rx\n")["x"] == (1, 7, 1, 8)


@pytest.mark.parametrize(
    "text",
    [
        b"# coding: nonsense\nx = 1\n",
        b"# coding: utf-8\nx = '\xe9'\n",
        b"# coding: ascii\nx = '\xe9'\n",
        b"\xef\xbb\xbfx = '\xe9'\n",
        b"# coding: rot13\nk = 1\n",
        b"# coding: undefined\nx = 1\n",
        b"# coding: idna\nx = 1\r y\n",
        b"# coding: hex\nx = 1\r\n",
        b"# coding: unicode_escape\nx = 1\\x0aprint(1)\n",
        b"# coding: unicode_escape\nx = 1\\rprint(1)\n",
        b"# coding: utf-7\nx = 1+AAo-print(1)\n",
        b"# coding: raw_unicode_escape\n'\\ud800'\n",
        b"# coding: utf-16\nx = 1\n",
        "x = 1\n".encode("utf-16"),
        "x = 1\n".encode("utf-32"),
        b"x = 1\0\n",
        b"x = 1\n\0\0\0\0",
    ],
)
def test_bytes_that_python_would_not_run_or_git_would_number_otherwise(text: bytes) -> None:
    assert refused(text).startswith(f"not parsed as {VERSION}")


# -- what does not parse -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"x = \n", 1),
        (b"x\n\n<<<<<<< HEAD\n", 3),
        (b"x\r\n\r\ny = = 1\r\n", 3),
        (b"x\rx\rx\ny = = 1\n", 2),
        (b"x\rx\r\ny = = 1\r", 2),
        (b"\xef\xbb\xbf\n{% if x %}\n", 2),
        (b"print 1\n", 1),
        (b"x = '\xe9'\ny = = 1\n", 2),
    ],
)
def test_the_line_of_a_syntax_error_is_gits(text: bytes, line: int) -> None:
    assert refused(text) == f"not parsed as {VERSION} (line {line})"


@pytest.mark.parametrize(
    "text",
    [
        b"(" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"x = " + b"-" * 100_000 + b"1",
        b"x = " + b"not " * 100_000 + b"1",
        b"x" + b".a" * 100_000,
        b"x = " + b"1 + " * 100_000 + b"1",
        b"x = " + b"lambda: " * 50_000 + b"1",
        b"".join(b" " * depth + b"if x:\n" for depth in range(150)) + b" " * 150 + b"x\n",
        b"x = 1" + b" if x else 1" * 20_000,
        b"f'{" * 200,
        b"x" * 1_000_000 + b"(",
        b"x = " + b"9" * 100_000,
        b"@a\n" * 10_000,
    ],
    ids=["(", "[", "-", "not", ".", "+", "lambda", "if", "else", "f-string", "name", "digits", "decorators"],
)
def test_deep_and_long_source_is_parsed_or_refused_but_never_a_crash(text: bytes) -> None:
    """In a process of its own, so that a crash is this test's failure and not the end of all tests."""
    program = (
        "import sys; from feedback_loop.detectors.source import Source;"
        "source = Source(sys.stdin.buffer.read()); print(source.problem or 'parsed')"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, input=text, capture_output=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.startswith((b"not parsed as Python", b"parsed"))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80) | st.text("x=:()\n\r\t'\\é#", max_size=40).map(str.encode))
def test_arbitrary_bytes_never_raise(text: bytes) -> None:
    source = parse(text)
    assert (source.module is None) == (source.problem != "")
    for number in range(len(source.lines) + 2):
        source.text_of(number)


# -- warnings ------------------------------------------------------------------------------------

WARNING_SOURCES = [
    b"x = '\\d'\n",
    b"x = b'\\d'\n",
    b"assert (1, 2)\n",
    b"x is 1\n",
    b"1or 2\n",
    b"# coding: unicode_escape\n'\\d'\n",
]


@pytest.mark.parametrize("text", WARNING_SOURCES)
def test_no_warning_and_no_error_of_a_warning(text: bytes) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        before = list(warnings.filters)
        parsed(text)
        assert warnings.filters == before
    assert caught == []


def test_filters_are_put_back_even_if_nothing_parses() -> None:
    before = list(warnings.filters)
    refused(b"x = '\\d' =\n")
    assert warnings.filters == before


@pytest.mark.parametrize(
    "options", [["-I", "-S"], ["-W", "error"], ["-W", "always"], ["-I", "-S", "-W", "error"]]
)
def test_no_warning_whether_or_not_anybody_imported_warnings(options: list[str]) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from feedback_loop.detectors.source import Source;"
        "source = Source(b'x = \"\\\\d\"'); print(source.problem or 'parsed')"
    )
    done = subprocess.run([sys.executable, *options, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("parsed\n", "")
