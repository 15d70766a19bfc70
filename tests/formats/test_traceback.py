"""Real tracebacks of many origins (data/traces), what loggers make of them, and text of any kind."""

import json
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.trace import Frame, Trace, deepest_own
from feedback_loop.formats.traceback import parse_traces

TRACES = Path(__file__).parent / "data/traces"
PYTHONS = sorted(path.stem for path in TRACES.glob("cpython_*.txt"))
TEXTS = sorted(path.name for path in TRACES.glob("*.txt"))


def read(name: str) -> str:
    return (TRACES / name).read_text("utf-8")


def only(text: str) -> Trace:
    (trace,) = parse_traces(text)
    return trace


def outline(trace: Trace) -> Any:
    """What of a trace does not depend on what stands around it."""
    return trace.qualname, trace.message, trace.frames, trace.complete, [*map(outline, trace.causes)]


# -- CPython ---------------------------------------------------------------------------------------


def without_repeats(frames: list[list[Any]]) -> list[tuple[Any, ...]]:
    """What Python prints of calls that repeat: three of them (none is left out before 3.6)."""
    rows = [tuple(row) for row in frames]
    return [row for at, row in enumerate(rows) if at < 3 or len(set(rows[at - 3 : at + 1])) > 1]


@pytest.mark.parametrize("python", PYTHONS)
def test_what_a_python_prints_is_read_as_its_traceback_module_tells_it(python: str) -> None:
    traces = parse_traces(read(f"{python}.txt"))
    witnesses = json.loads(read(f"{python}.json"))
    assert len(traces) == len(witnesses) >= 8
    for trace, seen in zip(traces, witnesses, strict=True):
        assert trace.exception == seen["exception"]
        assert trace.complete
        calls = [(frame.file, frame.line, frame.function) for frame in trace.frames if frame.function]
        rows = [list(row) for row in calls]
        assert without_repeats(rows) == without_repeats(seen["frames"])
        before = [one.exception for one in trace.causes if one.link != "member"]
        if python != "cpython_2.7":
            assert before[:1] == ([seen["before"]] if seen["before"] else [])
        members = [one.exception for one in trace.causes if one.link == "member"]
        assert members == seen.get("members", [])
        if trace.exception != "SyntaxError":  # whose text names the place, too
            assert trace.message.startswith(seen["message"])


def test_the_code_of_a_call_is_its_first_line_without_the_carets() -> None:
    traces = parse_traces(read("cpython_3.13.txt"))
    assert traces[0].frames[-1] == Frame("/tmp/shop/stock.py", 11, "first", "return items[0]")
    assert all(not set(frame.source) <= set(" ~^") for trace in traces for frame in trace.frames)


def test_a_syntax_error_ends_with_the_place_it_names() -> None:
    trace = parse_traces(read("cpython_3.11.txt"))[4]
    assert (trace.exception, trace.message) == ("SyntaxError", "invalid syntax")
    assert trace.frames[-1] == Frame("/srv/app/broken.py", 1, "", "def f(:")


def test_a_message_of_several_lines_and_notes_are_kept() -> None:
    traces = parse_traces(read("cpython_3.11.txt"))
    assert traces[5].message == "two lines\n  the second 'x'"
    assert traces[10].message == "list index out of range\nwhile reading the shelf\nof two\nlines"


def test_a_chain_is_one_trace_with_the_nearest_cause_first() -> None:
    caused, unraised = parse_traces(read("cpython_3.11.txt"))[8:10]
    assert caused.qualname == "stock.StockError"
    assert [(one.exception, one.link) for one in caused.causes] == [
        ("KeyError", "cause"),
        ("IndexError", "context"),
    ]
    assert [(one.exception, one.message, one.frames) for one in unraised.causes] == [
        ("ValueError", "never raised", ())
    ]


def test_members_of_groups_keep_their_own_chains_and_groups() -> None:
    group, after = parse_traces(read("cpython_3.13.txt"))[11:13]
    first, second, inner = group.causes
    assert [one.exception for one in first.causes] == ["IndexError"]
    assert second.message == "tuple index out of range"
    assert [(one.exception, one.message) for one in inner.causes] == [
        ("ValueError", "a\n\nb"),
        ("FileNotFoundError", "[Errno 2] no"),
    ]
    (cause,) = after.causes
    assert cause.link == "cause"
    assert [outline(one) for one in cause.causes] == [outline(one) for one in group.causes]


def test_a_process_pool_tells_the_exception_of_its_worker_as_the_cause() -> None:
    nan, leak, failed = parse_traces(read("warnings.txt"))
    assert failed.message == "list index out of range"
    (cause,) = failed.causes
    assert cause.frames[-1].function == "worker"
    assert nan.frames == (Frame("/tmp/shop/warn.py", 3, "", "def peak(x): return x / np.max(x)"),)
    assert (leak.exception, leak.frames[0].line) == ("ResourceWarning", 7)


def test_a_page_of_django_names_its_exception_below_the_calls() -> None:
    price, chain = parse_traces(read("django_5.2.txt"))
    assert (price.exception, price.message, price.frames[-1].line) == ("KeyError", "'price'", 6)
    assert (chain.exception, chain.message, chain.frames[-1].line) == ("ValueError", "no price", 11)
    assert [one.frames[-1].function for one in chain.causes] == ["price"]


# -- pytest ----------------------------------------------------------------------------------------

# class, message, line of the deepest call, the causes
TOLD = [
    ("FileNotFoundError", "[Errno 2] No such: 'x'", 29, []),
    ("KeyError", "'a'", 3, []),
    ("RuntimeError", "wrapped it", 8, ["KeyError"]),
    ("AssertionError", "not two\nassert 1 == 2", 15, []),
    ("AssertionError", "assert [1, 2] == [3]\n", 17, []),
    ("ValueError", "first\n\n  second 'x'\nthird", 21, []),
    ("ExceptionGroup", "eg (2 sub-exceptions)", 23, ["ValueError", "TypeError"]),
    ("Failed", "DID NOT RAISE ValueError", 25, []),
    ("SyntaxError", "invalid syntax", 1, []),
    ("IndexError", "list index out of range", 37, ["ZeroDivisionError"]),
    ("ValueError", "with\na note", 39, []),
]


@pytest.mark.parametrize("style", ["long", "short", "line"])
def test_pytests_own_styles_tell_the_same(style: str) -> None:
    traces = parse_traces(read(f"pytest_{style}.txt"))
    assert len(traces) == len(TOLD)
    for trace, (exception, message, line, causes) in zip(traces, TOLD, strict=True):
        assert trace.exception == exception
        assert trace.message.startswith(message)
        assert [one.exception for one in trace.causes] == causes
        if style != "line" or exception != "FileNotFoundError":  # an error of the set-up has no place there
            assert trace.frames[-1].line == line


def test_the_functions_and_the_code_of_pytests_styles() -> None:
    long, short = (parse_traces(read(f"pytest_{style}.txt")) for style in ("long", "short"))
    assert [one.frames for one in long] == [one.frames for one in short]
    assert long[1].frames == (
        Frame("test_shop.py", 10, "test_key", "deep({})"),
        Frame("test_shop.py", 3, "deep", 'return d["a"]'),
    )


def test_pytests_native_style_is_pythons() -> None:
    traces = parse_traces(read("pytest_native.txt"))
    assert [one.exception for one in traces] == ["KeyError", "RuntimeError", "ExceptionGroup"]
    assert [deepest_own(one, "/tmp/shop") for one in traces] == [one.frames[-1] for one in traces]


def test_long_and_short_style_in_one_trace() -> None:
    trace = only(read("pytest_unraisable.txt"))
    assert trace.qualname == "pytest.PytestUnraisableExceptionWarning"
    assert [frame.line for frame in trace.frames[-2:]] == [75, 63]
    (cause,) = trace.causes
    assert cause.message.startswith("unclosed file <_io.TextIOWrapper name='/etc/hostname'")


def test_a_warning_of_the_summary_is_read_only_if_it_tells_of_a_fault() -> None:
    text = read("pytest_warnings.txt")
    trace = only(text)
    assert trace.frames == (Frame("/tmp/shop/test_warn.py", 3, "", 'open("/etc/hostname"); gc.collect()'),)
    assert parse_traces(text.replace("ResourceWarning", "DeprecationWarning")) == ()


# -- what loggers and people make of it ------------------------------------------------------------


def each_line(prefix: Callable[[int], str]) -> Callable[[str], str]:
    return lambda text: "".join(f"{prefix(at)}{line}\n" for at, line in enumerate(text.split("\n")))


def level_up(text: str) -> str:
    return "  - " + text.replace("\n", "\n    ")


WRAPPED: dict[str, Callable[[str], str]] = {
    "container": each_line(lambda at: "web-1  | "),
    "time stamps": each_line(lambda at: f"2026-11-21T22:{at // 60 % 60:02}:{at % 60:02}.{at * 37}Z "),
    "syslog": each_line(lambda at: f"Nov 21 22:03:{at % 60:02} host shop[{at}]: "),
    "quoted": each_line(lambda at: "> "),
    "indented": each_line(lambda at: "        "),
    "blanks cut": lambda text: "\n".join(
        line.rstrip() for line in each_line(lambda at: "app |  ")(text).split("\n")
    ),
    "windows line ends": lambda text: text.replace("\n", "\r\n"),
    "after a prefix": lambda text: "ERROR:root:" + text,
    "coloured": lambda text: text.replace("line ", "\x1b[35mline\x1b[0m "),
    "JSON": lambda text: json.dumps({"level": "error", "exc": text, "at": 'x "y"'}),
    "JSON in JSON": lambda text: json.dumps({"log": json.dumps({"message": "it's broken\n" + text}) + "\n"}),
    "repr": lambda text: f"failed with {text!r}, going on",
    "JSON without an end": lambda text: json.dumps({"exc": text})[:-2],
    "in between": lambda text: f"starting\n2026-11-21 10:00:00 INFO go\n{text}2026-11-21 10:00:01 INFO on\n",
}


def single_texts() -> Iterator[str]:
    """Each trace of CPython 3.13 alone: chains, groups, several lines, notes."""
    for part in read("cpython_3.13.txt").split("\n\nran "):
        yield part.partition("\n")[2].rstrip("\n") + "\n"


@pytest.mark.parametrize("wrapped", WRAPPED)
def test_a_trace_is_the_same_whatever_a_log_puts_around_it(wrapped: str) -> None:
    texts = list(single_texts())
    assert len(texts) == 13
    if wrapped == "after a prefix":  # where an exception without calls cannot be told from the record
        texts = [text for text in texts if "never raised" not in text]
    for text in texts:
        assert outline(only(WRAPPED[wrapped](text))) == outline(only(text))


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_of_a_trace_is_read_as_the_trace(name: str) -> None:
    for trace in parse_traces(read(name)):
        again = only(trace.text)
        assert outline(again) == outline(trace)
        assert again.text == trace.text


def test_paths_of_windows_get_forward_slashes() -> None:
    trace = only(
        "Traceback (most recent call last):\n"
        '  File "C:\\People\\me\\shop\\app.py", line 7, in main\n    run()\nKeyError: 1\n'
    )
    assert trace.frames == (Frame("C:/People/me/shop/app.py", 7, "main", "run()"),)
    told = only(
        "tests\\test_a.py:12: in test_x\n    run()\nC:\\shop\\app.py:3: in run\n    {}[1]\nE   KeyError: 1\n"
    )
    assert [frame.file for frame in told.frames] == ["tests/test_a.py", "C:/shop/app.py"]


def test_equal_traces_are_told_apart() -> None:
    text = next(single_texts())
    assert [outline(one) for one in parse_traces(text * 3)] == [outline(only(text))] * 3


# -- incomplete, too long, no trace ----------------------------------------------------------------


def test_a_trace_cut_off_before_its_exception_is_incomplete() -> None:
    text = next(single_texts())
    cut = only(text[: text.index("IndexError")])
    assert (cut.exception, cut.message, cut.complete) == ("", "", False)
    assert cut.frames == only(text).frames


def test_a_trace_without_its_start_is_incomplete() -> None:
    rest = only(next(single_texts()).split("\n", 4)[4])
    assert (rest.exception, rest.complete) == ("IndexError", False)


def test_a_syntax_error_of_the_started_file_has_no_header() -> None:
    trace = only('  File "/srv/app.py", line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax\n')
    assert trace.complete
    assert trace.frames == (Frame("/srv/app.py", 1, "", "def f(:"),)


def test_of_a_deep_trace_both_ends_are_kept() -> None:
    calls = "".join(f'  File "/srv/a.py", line {n}, in f{n}\n    f{n + 1}()\n' for n in range(1, 5001))
    trace = only(f"Traceback (most recent call last):\n{calls}RecursionError: too deep\n")
    assert (trace.exception, trace.complete) == ("RecursionError", False)
    assert (trace.frames[0].line, trace.frames[-1].line, len(trace.frames)) == (1, 5000, 400)
    assert len(trace.text) <= 64 << 10
    assert trace.text.startswith("Traceback") and trace.text.endswith("RecursionError: too deep")


def test_the_cap_holds_for_text_and_message() -> None:
    text = 'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\nValueError: ' + "x" * 3_000
    trace = parse_traces(text, cap=1_000)[0]
    assert len(trace.text) <= 1_000 and len(trace.message) <= 1_000
    assert not trace.complete


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all 12 tests passed\n",
        "app.py:12:5: E501 line too long (120 > 100)\n",
        'app.py:12: error: Argument 1 to "f" has incompatible type\n',
        "/srv/app.py:3: DeprecationWarning: old\n  old()\n",
        "10:30:12: in time\n",
        "index.js:12: TypeError: x is not a function\n",
        "ERROR: make failed: Error 1\n",
        "Traceback (most recent call last):\n",
        "E   \n> mail quoted\n",
        "The above exception was the direct cause of the following exception:\n",
    ],
)
def test_text_without_a_trace_gives_none(text: str) -> None:
    assert parse_traces(text) == ()


PIECES = st.sampled_from(
    [
        "Traceback (most recent call last):",
        "  + Exception Group Traceback (most recent call last):",
        '  File "a.py", line 3, in f',
        '  |   File "a.py", line 3',
        "    x = 1",
        "    ^^^^",
        "  | ValueError: a",
        "ValueError: a",
        "  +-+---------------- 1 ----------------",
        "    | KeyError: 'b'",
        "    +---------------- 2 ----------------",
        "    +------------------------------------",
        "The above exception was the direct cause of the following exception:",
        "During handling of the above exception, another exception occurred:",
        "",
        "a.py:3: in f",
        "a.py:4: ",
        "a.py:5: KeyError",
        "a.py:6: KeyError: 'x'",
        ">   x()",
        "E   KeyError: 'x'",
        'E     File "a", line 1',
        "E",
        "_____ test_a _____",
        "_ _ _ _",
        "  [Previous line repeated 9 more times]",
        'x "Traceback (most recent call last):\\n  File \\"a.py\\", line 1, in f\\nE: \\ud83d',
        "web | Traceback (most recent call last):",
        'web |   File "a.py", line 1, in f',
        "Exception Type: KeyError at /",
        '"""',
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=30)), max_size=30).map("\n".join))
def test_no_text_makes_it_raise(text: str) -> None:
    for trace in parse_traces(text, cap=500):
        assert trace.frames or trace.qualname
        assert trace.exception == trace.qualname.rpartition(".")[2]
        assert len(trace.text) <= 500 and len(trace.message) <= 500
        deepest_own(trace, "/srv")


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(TEXTS), st.integers(0, 10_000), st.integers(0, 10_000))
def test_no_cut_makes_it_raise(name: str, start: int, length: int) -> None:
    for trace in parse_traces(read(name)[start : start + length]):
        assert trace.frames or trace.qualname


def test_a_group_in_a_group_in_a_group_has_an_end() -> None:
    head = "  + Exception Group Traceback (most recent call last):\n"
    rows = (f"{'  ' * n}  | G: x\n{'  ' * n}  +-+---- 1 ----\n" for n in range(300))
    trace: Trace | None = parse_traces(head + "".join(rows))[0]
    depth = 0
    while trace:
        trace, depth = next(iter(trace.causes), None), depth + 1
    assert depth == 21


def test_a_long_chain_keeps_its_end() -> None:
    between = "\n\nThe above exception was the direct cause of the following exception:\n\n"
    trace = only(between.join(f"Traceback (most recent call last):\nValueError: {n}" for n in range(500)))
    assert (trace.message, trace.causes[0].message, len(trace.causes)) == ("499", "498", 99)
    assert not trace.complete


# -- the witness -----------------------------------------------------------------------------------


def call_down(depth: int, error: BaseException, before: BaseException | None) -> None:
    if depth:
        call_down(depth - 1, error, before)
    elif before is None:
        raise error
    else:
        try:
            raise before
        except type(before) as cause:
            raise error from cause


class OddError(Exception):
    pass


MESSAGES = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "), max_size=40
)
ERRORS = st.builds(
    lambda kind, text: kind(text), st.sampled_from([ValueError, KeyError, OddError, MemoryError]), MESSAGES
)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 8), ERRORS, st.none() | ERRORS)
def test_raised_in_this_process_it_is_read_as_it_is(
    depth: int, error: Exception, before: Exception | None
) -> None:
    try:
        call_down(depth, error, before)
    except (ValueError, KeyError, OddError, MemoryError) as raised:
        text = traceback.format_exc()
        rows = traceback.extract_tb(raised.__traceback__)
    trace = only(text)
    assert trace.exception == type(error).__name__
    assert trace.message == str(error)
    expected = [[row.filename, row.lineno, row.name] for row in rows]
    read_rows = [[frame.file, frame.line, frame.function] for frame in trace.frames]
    assert without_repeats(read_rows) == without_repeats(expected)
    assert trace.frames[-1].source == rows[-1].line
    assert [one.message for one in trace.causes] == ([str(before)] if before else [])


def test_the_names_of_classes_are_qualified_as_python_writes_them() -> None:
    class InnerError(Exception):
        pass

    try:
        raise InnerError("x")
    except InnerError:
        trace = only(traceback.format_exc())
    assert trace.exception == "InnerError"
    assert trace.qualname.endswith("as_python_writes_them.<locals>.InnerError")


# -- own calls -------------------------------------------------------------------------------------


def trace_of(*files: str) -> Trace:
    return Trace("E", "E", "", tuple(Frame(file, at) for at, file in enumerate(files, 1)))


@pytest.mark.parametrize(
    "library",
    [
        "/srv/venv/lib/python3.11/site-packages/django/base.py",
        "/usr/lib/python3/dist-packages/yaml/reader.py",
        json.__file__.replace("\\", "/"),
        "/Library/Frameworks/Python.framework/Versions/3.12/lib/python3.12/json/decoder.py",
        "C:/People/me/AppData/Local/Programs/Python/Python312/Lib/json/decoder.py",
        "C:/hostedtoolcache/windows/Python/3.11.4/x64/Lib/unittest/case.py",
        "/opt/pypy/lib-python/3/json.py",
        "../../usr/lib/python3.11/unittest/case.py",
        "<frozen importlib._bootstrap>",
        "<string>",
        "/usr/local/bin/gunicorn",
    ],
)
@pytest.mark.parametrize("root", ["/opt/me/shop", "/srv", None])
def test_libraries_are_not_own(library: str, root: str | None) -> None:
    own = "/srv/shop/app.py"
    assert deepest_own(trace_of(own, library), root) == Frame(own, 1)
    assert deepest_own(trace_of(library), root) is None


def test_inside_the_repository_comes_before_elsewhere() -> None:
    trace = trace_of(
        "/srv/shop/app.py", "/srv/other/tool.py", "/srv/shop/.venv/lib/python3.11/site-packages/x.py"
    )
    assert deepest_own(trace, "/srv/shop/") == Frame("/srv/shop/app.py", 1)
    assert deepest_own(trace, "/opt/me/shop") == Frame("/srv/other/tool.py", 2)


def test_relative_paths_lie_in_the_repository_unless_they_lead_out() -> None:
    trace = trace_of("tests/test_app.py", "/srv/other/tool.py", "../tool.py")
    assert deepest_own(trace, "/opt/me/shop") == Frame("tests/test_app.py", 1)


def test_a_repository_among_the_libraries_is_own() -> None:
    root = "/usr/lib/python3.11/site-packages/shop"
    assert deepest_own(trace_of(f"{root}/app.py"), root) == Frame(f"{root}/app.py", 1)


def test_without_own_calls_the_causes_are_asked() -> None:
    cause = trace_of("/srv/shop/app.py")
    trace = replace(trace_of(f"/usr/lib/python{sys.version_info[0]}.11/x.py"), causes=(cause,))
    assert deepest_own(trace, "/srv/shop") == Frame("/srv/shop/app.py", 1)
