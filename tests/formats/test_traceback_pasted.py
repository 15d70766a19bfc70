"""Tracebacks as people paste them into trackers and mails: what forms, terminals and notebooks make of them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.trace import Frame, Trace, carried, deepest_own
from feedback_loop.formats.traceback import parse_traces

WHOLE = """\
Traceback (most recent call last):
  File "/srv/shop/app.py", line 12, in main
    total(load("orders"))
  File "/srv/shop/orders.py", line 40, in total
    return sum(row["price"] for row in rows)
KeyError: 'price'
"""
CALLS = (
    Frame("/srv/shop/app.py", 12, "main", 'total(load("orders"))'),
    Frame("/srv/shop/orders.py", 40, "total", 'return sum(row["price"] for row in rows)'),
)


def only(text: str) -> Trace:
    (trace,) = parse_traces(text)
    return trace


def told(trace: Trace) -> tuple[str, str, tuple[Frame, ...]]:
    return trace.exception, trace.message, trace.frames


def unindented(text: str) -> str:
    return "".join(line.lstrip() + "\n" for line in text.splitlines())


PASTED = {
    "tabs for the blanks of the code": WHOLE.replace("    ", "\t").replace("  File", " File"),
    "blanks at line starts lost": unindented(WHOLE),
    "an empty line between the calls": WHOLE.replace("  File", "\n  File").replace("KeyError", "\nKeyError"),
    "an empty line behind each line": WHOLE.replace("\n", "\n\n"),
    "a path wrapped by the terminal": WHOLE.replace("line 40, in total", "l\nine 40, in total"),
    "wrapped before the function": WHOLE.replace("line 40, in total", "line 40,\n in total"),
    "bold": WHOLE.replace("KeyError: 'price'", "**KeyError: 'price'"),
    "one call marked": WHOLE.replace('  File "/srv/shop/orders', '> File "/srv/shop/orders'),
    "behind a backquote": "`" + WHOLE,
    "flat behind a name": "".join(f"[web] {line}" for line in unindented(WHOLE).splitlines(True)),
    "flat with one blank before": WHOLE.replace("\n    ", "\n ").replace("\n  File", "\n File"),
    "flat with an empty line behind each": unindented(WHOLE).replace("\n", "\n\n"),
    "all on one line": " ".join(line.strip() for line in WHOLE.splitlines()),
    "what Twisted puts between": WHOLE.replace(
        '  File "/srv/shop/orders', '--- <exception caught here> ---\n  File "/srv/shop/orders'
    ),
    "all but the header moved in": WHOLE.replace("\n  ", "\n      ").replace("KeyError", "    KeyError"),
}


@pytest.mark.parametrize("form", PASTED)
def test_what_happened_on_the_way_changes_nothing(form: str) -> None:
    assert told(only(PASTED[form])) == ("KeyError", "'price'", CALLS)
    assert told(only(f"It fails since today:\n{PASTED[form]}\nCan somebody help?\n"))[::2] == (
        "KeyError",
        CALLS,
    )


def test_a_cut_off_text_without_blanks_keeps_its_calls() -> None:
    cut = only("".join(unindented(WHOLE).partition("rows)\n")[:2]))
    assert (cut.exception, cut.frames, cut.complete) == ("", CALLS, False)


@pytest.mark.parametrize("mark", ["...", "  ...", "[...]", "…", "[…]"])
def test_calls_that_were_left_out_make_it_incomplete(mark: str) -> None:
    trace = only(f"Traceback (most recent call last):\n{mark}\nKeyError: 'price'\n")
    assert (*told(trace), trace.complete) == ("KeyError", "'price'", (), False)
    code = only(f"Traceback (most recent call last):\n{mark}\n    raise KeyError(name)\nKeyError: 'price'\n")
    assert told(code) == told(trace)


def test_a_first_call_without_its_blanks_is_not_the_code_of_the_next() -> None:
    trace = only(WHOLE.partition("\n")[2].lstrip())
    assert told(trace) == ("KeyError", "'price'", CALLS)
    assert not trace.complete


def test_prefixed_calls_without_a_header() -> None:
    rest = WHOLE.partition("\n")[2]
    text = "".join(f"web-1  | {line}\n" for line in rest.splitlines())
    assert told(only(text)) == ("KeyError", "'price'", CALLS)


@pytest.mark.parametrize("between", ["", "[...]\n", "(8 additional frame(s) were not displayed)\n...\n"])
def test_an_exception_told_before_its_calls(between: str) -> None:
    calls = WHOLE.partition("\n")[2].rpartition("KeyError")[0]
    trace = only(f"Seen twice today.\nKeyError: 'price'\n{between}{calls}")
    assert (*told(trace), trace.complete) == ("KeyError", "'price'", CALLS, False)
    assert trace.text.startswith("KeyError")


def test_an_exception_of_another_trace_is_not_told_before_the_calls() -> None:
    cut = WHOLE.rpartition("KeyError")[0]
    first, second = parse_traces(WHOLE + cut)
    assert (first.exception, second.exception) == ("KeyError", "")


def test_pages_of_django_before_3_number_the_code() -> None:
    trace = only(
        "Traceback:\n\n"
        'File "/srv/env/lib/python2.7/site-packages/django/core/handlers/base.py" in get_response\n'
        "  149.                     response = wrapped(request)\n\n"
        'File "/srv/shop/views.py" in show\n'
        "  30.     return order.total\n\n"
        "Exception Type: AttributeError at /orders/7\n"
        "Exception Value: 'NoneType' object has no attribute 'total'\n"
    )
    assert (trace.exception, trace.message) == (
        "AttributeError",
        "'NoneType' object has no attribute 'total'",
    )
    assert deepest_own(trace, None) == Frame("/srv/shop/views.py", 30, "show", "return order.total")


def test_djangos_names_may_follow_the_calls_at_once() -> None:
    text = WHOLE.replace(
        "KeyError: 'price'", "Exception Type: KeyError at /orders/\nException Value: 'price'"
    )
    assert told(only(text)) == ("KeyError", "'price'", CALLS)


# -- notebooks -------------------------------------------------------------------------------------

RULE = "-" * 75
IPYTHON_7 = f"""\
{RULE}
KeyError                                  Traceback (most recent call last)
<ipython-input-3-0a1b2c3d4e5f> in <module>()
      1 rows = load("orders")
----> 2 total(rows)

~/shop/orders.py in total(rows)
     38
     39 def total(rows):
---> 40     return sum(row["price"] for row in rows)
     41

/opt/conda/lib/python3.10/site-packages/rows/base.py in __getitem__(self, name)
    110     def __getitem__(self, name):
--> 111         return self._row[name]

KeyError: 'price'
"""
IPYTHON_8 = f"""\
{RULE}
KeyError                                  Traceback (most recent call last)
Cell In[3], line 2
      1 rows = load("orders")
----> 2 total(rows)

File ~/shop/orders.py:40, in total(rows)
     39 def total(rows):
---> 40     return sum(row["price"] for row in rows)

File /opt/conda/lib/python3.10/site-packages/rows/base.py:111, in Row.__getitem__(self, name)
    110 def __getitem__(self, name):
--> 111     return self._row[name]

KeyError: 'price'
"""
LINKED = IPYTHON_7.replace("~/shop/orders.py", "[c:\\shop\\orders.py](file:///c:/shop/orders.py)").replace(
    "<ipython-input-3-0a1b2c3d4e5f>", "[<ipython-input-3-0a1b2c3d4e5f>](https://localhost:8080/#)"
)


@pytest.mark.parametrize(
    "text, file",
    [(IPYTHON_7, "~/shop/orders.py"), (IPYTHON_8, "~/shop/orders.py"), (LINKED, "c:/shop/orders.py")],
)
def test_a_notebooks_trace(text: str, file: str) -> None:
    trace = only(text)
    assert (trace.exception, trace.message, trace.complete) == ("KeyError", "'price'", True)
    assert [frame.line for frame in trace.frames][-2:] == [40, 111]
    own = deepest_own(trace, None)
    assert own == Frame(file, 40, "total", 'return sum(row["price"] for row in rows)')


@pytest.mark.parametrize(
    "cell", ["Input In [3], in <cell line: 2>()", "Cell In [3], line 2", "<timed exec> in f(x)"]
)
def test_a_cell_is_no_file_of_anybody(cell: str) -> None:
    trace = only(
        f"{RULE}\nNameError         Traceback (most recent call last)\n{cell}\n----> 2 x\n\nNameError: x\n"
    )
    assert (trace.exception, [frame.source for frame in trace.frames]) == ("NameError", ["x"])
    assert deepest_own(trace, None) is None


def test_a_notebooks_chain_is_one_trace() -> None:
    text = f"{IPYTHON_8}\nDuring handling of the above exception, another exception occurred:\n\n"
    trace = only(text + IPYTHON_7.replace("KeyError", "ValueError"))
    assert (trace.exception, [(one.exception, one.link) for one in trace.causes]) == (
        "ValueError",
        [("KeyError", "context")],
    )


def test_a_notebooks_trace_cut_off_still_has_its_class() -> None:
    trace = only(IPYTHON_7[: IPYTHON_7.index("/opt/conda")])
    assert (trace.exception, trace.message, trace.complete) == ("KeyError", "", False)
    assert trace.frames[-1].line == 40


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([WHOLE, IPYTHON_7, IPYTHON_8, LINKED, *PASTED.values()]), st.integers(0), st.integers(0)
)
def test_no_cut_of_it_makes_it_raise(text: str, start: int, end: int) -> None:
    start, end = start % len(text), end % len(text)
    for trace in parse_traces(text[start:] + text[:end]):
        assert trace.frames or trace.exception


def recorded(start: str) -> str:
    """Each call with its code as one record of a log whose lines begin so; the first line of one has the time."""
    lines = []
    for number, line in enumerate(WHOLE.splitlines()):
        time = (
            ""
            if line.startswith("    ")
            else f"[2024-05-0{number + 1} 10:00:0{number},123: WARNING/Pool-{number}] "
        )
        lines.append(f"{start}{time}{line}\n")
    return "".join(lines[1:])


@pytest.mark.parametrize("start", ["", "worker_1  | "])
def test_a_log_that_has_its_time_before_every_second_line(start: str) -> None:
    assert told(only(recorded(start))) == ("KeyError", "'price'", CALLS)


def test_a_prefix_may_be_moved_in_differently() -> None:
    lines = WHOLE.splitlines()[1:]
    text = "\n".join([f" [exec] {lines[0]}", *(f"     [exec] {line}" for line in lines[1:])])
    assert told(only(text)) == ("KeyError", "'price'", CALLS)


PYTEST = """\
=================================== FAILURES ===================================
__________________________________ test_total __________________________________

    def test_total():
>       assert total([]) == 1
E       assert 0 == 1

tests/test_orders.py:7: AssertionError
=========================== short test summary info ============================
"""


@pytest.mark.parametrize(
    "time",
    ["2024-05-01T10:00:00.1234567Z ", "test\tRun tests\t2024-05-01T10:00:00Z ", "[   28s] ", "#12 3.456 "],
)
def test_what_pytest_prints_on_a_machine_that_tells_the_time(time: str) -> None:
    trace = only("".join(time + line for line in PYTEST.splitlines(True)))
    frame = Frame("tests/test_orders.py", 7, "test_total", "assert total([]) == 1")
    assert told(trace)[::2] == ("AssertionError", (frame,))


def test_the_end_of_what_pytest_prints_tells_the_class_behind_the_place() -> None:
    trace = only("E         +  where 0 = total([])\n\ntests/test_orders.py:7: AssertionError\n=====\n")
    assert told(trace)[::2] == ("AssertionError", (Frame("tests/test_orders.py", 7),))


def test_a_single_call_with_an_empty_line_before_and_behind() -> None:
    text = WHOLE.replace(WHOLE.splitlines(True)[1], "\n").replace(WHOLE.splitlines(True)[2], "")
    assert told(only(text.replace("KeyError", "\nKeyError"))) == ("KeyError", "'price'", CALLS[1:])


def test_a_list_in_markdown_takes_django_s_line_numbers() -> None:
    text = 'Traceback:\n   File "/srv/shop/orders.py" in total\n2.      return sum(rows)\n'
    assert only(text).frames == (Frame("/srv/shop/orders.py", 2, "total", "return sum(rows)"),)


def test_a_cell_without_its_header() -> None:
    text = "<ipython-input-4-0ab1> in <module>()\n      1 rows = load()\n----> 2 total(rows)\n\nKeyError: 'price'\n"
    trace = only(text)
    assert (trace.exception, trace.frames) == (
        "KeyError",
        (Frame("<ipython-input-4-0ab1>", 2, "<module>", "total(rows)"),),
    )
    assert parse_traces("Cell In[3] is what I ran, and then it stopped.\n") == ()


def test_a_header_that_runs_into_the_first_call_still_names_the_class() -> None:
    header = "KeyError   Traceback (most recent call last)<ipython-input-4-0ab1> in <module>\n"
    assert only(header).exception == "KeyError"


def test_an_error_tracker_puts_an_empty_line_behind_the_exception() -> None:
    text = "OperationalError: no answer\n\n" + "\n".join(WHOLE.splitlines()[1:5]) + "\n"
    assert told(only(text)) == ("OperationalError", "no answer", CALLS)


def test_an_exception_without_calls_behind_the_line_that_says_that_it_comes() -> None:
    text = (
        "KeyError: 'price'\n\nDuring handling of the above exception, another exception occurred:\n"
        "shop.NoPrice: of the lamp\n"
    )
    trace = only(text)
    assert (trace.qualname, trace.causes[0].exception) == ("shop.NoPrice", "KeyError")


def test_a_call_that_is_cut_off_behind_its_number_counts() -> None:
    for end in (" in total", "n total"):
        assert only(WHOLE[: WHOLE.index(end)]).frames[-1].line == 40


def test_what_is_left_of_a_name_is_no_class() -> None:
    assert only(WHOLE.replace("KeyError: 'price'", "sho")).exception == ""


def test_a_path_that_is_wrapped_in_the_first_line() -> None:
    text = "\n".join(WHOLE.splitlines()[3:]).replace("/srv/shop/orders", "/srv/sh\nop/orders")
    assert told(only(text)) == ("KeyError", "'price'", CALLS[1:])


def test_a_list_with_a_text_for_each_call() -> None:
    calls = ["\n".join(WHOLE.splitlines()[at : at + 2]) + "\n" for at in (1, 3)]
    text = json.dumps({"errorType": "KeyError", "stackTrace": calls}, indent=2)
    assert only(text).frames == CALLS


def test_a_text_that_begins_within_a_group() -> None:
    text = (
        '    |   File "/srv/shop/app.py", line 12, in main\n    |     run()\n'
        "    | ExceptionGroup: two (1 sub-exception)\n    +-+---------------- 1 ----------------\n"
        '      | Traceback (most recent call last):\n      |   File "/srv/shop/a.py", line 3, in run\n'
        "      |     load()\n      | KeyError: 'price'\n      +------------------------------------\n"
    )
    trace = only(text)
    assert (trace.exception, [one.exception for one in trace.causes]) == ("ExceptionGroup", ["KeyError"])
    cut = only(text[: text.index("      | KeyError")])
    assert [one.exception for one in carried(cut)] == ["ExceptionGroup"]


# -- own calls -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "library",
    [
        "C:/ProgramData/Anaconda3/lib/threading.py",
        "c:/users/me/miniforge3/envs/shop/Lib/asyncio/base_events.py",
        "C:/srv/me/.pyenv/pyenv-win/versions/3.12.1/Lib/json/decoder.py",
        "C:/Python27/lib/lib-tk/Tkinter.py",
        "/srv/eggs/Django-1.4-py2.7.egg/django/core/handlers/base.py",
        "pandas/_libs/index.pyx",
        "python3.12/contextlib.py",
        "django/db/utils.py",
        "uvloop/loop.pyx",
        "/usr/lib/pymodules/python2.6/pyxmpp/stream.py",
        "C:/Python313/Scripts/shop.exe/__main__.py",
    ],
)
def test_more_libraries(library: str) -> None:
    own = Frame("/srv/shop/app.py", 3)
    assert deepest_own(Trace("E", "E", "", (own, Frame(library, 9))), None) == own


def test_a_folder_that_is_called_like_python_holds_own_files() -> None:
    own = Frame("D:/python_shop/lib/orders.py", 3)
    assert deepest_own(Trace("E", "E", "", (own,)), None) == own


def test_cython_is_own_where_nothing_else_is() -> None:
    own = Frame("shop/fast.pyx", 3)
    assert deepest_own(Trace("E", "E", "", (own,)), "/srv") == own


def test_a_framework_s_folder_is_its_own_repository_s() -> None:
    own = Frame("django/db/utils.py", 3)
    trace = Trace("E", "E", "", (own,))
    assert deepest_own(trace, None) is None
    assert deepest_own(trace, "/srv/me/shop") is None
    assert deepest_own(trace, "/srv/me/django") == own
    inside = Frame("/srv/app/django/db/utils.py", 3)
    assert deepest_own(Trace("E", "E", "", (inside,)), "/srv/app") == inside
