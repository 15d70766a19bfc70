"""Failures that really happen, and the shipped pattern that each belongs to."""

import asyncio
import errno
import gc
import json
import mmap
import os
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import UploadFile

from feedback_loop.domain.message_template import message_template
from feedback_loop.domain.pattern import Pattern, Signature
from feedback_loop.domain.trace import Frame, Trace
from feedback_loop.engines.signatures import match_rule, match_trace
from feedback_loop.formats.pattern_doc import parse_pattern
from feedback_loop.formats.traceback import parse_traces
from tests.repo import ROOT


def load(path: Path) -> Pattern:
    pattern, problems = parse_pattern(path.stem, path.with_suffix(".md").read_bytes(), path.read_bytes())
    assert problems == [] and pattern is not None
    return pattern


SHIPPED = [load(path) for path in sorted((ROOT / "patterns").glob("*.json"))]


# -- what really goes wrong ------------------------------------------------------------------------


class Endless:
    """A file too large for the memory."""

    def read(self, size: int = -1) -> bytes:
        return bytes(1 << 62)


def upload() -> None:
    asyncio.run(UploadFile(cast(BinaryIO, Endless())).read())


def raises(error: BaseException) -> None:
    raise error


def too_long() -> None:
    [1][1]


def encoded(value: Any, allow_nan: bool = True) -> str:
    return json.dumps(value, allow_nan=allow_nan)


REAL: dict[str, tuple[str, Callable[[], Any]]] = {
    "list": ("bounds_checking", too_long),
    "tuple": ("bounds_checking", lambda: ()[0]),
    "string": ("bounds_checking", lambda: ""[0]),
    "pop": ("bounds_checking", lambda: [].pop()),
    "array": ("bounds_checking", lambda: np.zeros(3)[7]),
    "array, negative": ("bounds_checking", lambda: np.zeros((2, 3))[0, -12]),
    "upload": ("fastapi_streaming_uploads", upload),
    "memory": ("large_file_processing", lambda: bytes(1 << 62)),
    "mmap": ("large_file_processing", lambda: mmap.mmap(-1, 1 << 62)),
    "no memory for a process": (
        "large_file_processing",
        lambda: raises(OSError(errno.ENOMEM, "Cannot allocate memory", "git")),
    ),
    "float32": ("numpy_json_serialization", lambda: encoded(np.float32(1))),
    "int64": ("numpy_json_serialization", lambda: encoded({"n": np.int64(1)})),
    "bool": ("numpy_json_serialization", lambda: encoded(np.bool_(True))),
    "ndarray": ("numpy_json_serialization", lambda: encoded(np.zeros(2))),
    "key": ("numpy_json_serialization", lambda: encoded({np.int64(1): 1})),
    "orjson": (
        "numpy_json_serialization",
        lambda: raises(TypeError("Type is not JSON serializable: numpy.float32")),
    ),
    "nan": ("numpy_nan_inf_handling", lambda: encoded(float("nan"), allow_nan=False)),
    "inf": ("numpy_nan_inf_handling", lambda: encoded([np.inf], allow_nan=False)),
    "-inf": ("numpy_nan_inf_handling", lambda: encoded(-np.inf, allow_nan=False)),
    "nan 3.13": (
        "numpy_nan_inf_handling",
        lambda: raises(ValueError("Out of range float values are not JSON compliant: nan")),
    ),
    "int of nan": ("numpy_nan_inf_handling", lambda: int(np.nan)),
    "int of inf": ("numpy_nan_inf_handling", lambda: int(np.inf)),
    "file in use": (
        "temp_file_handling",
        lambda: raises(
            PermissionError(
                "[WinError 32] The process cannot access the file because it is being used by another"
                " process: 'C:\\\\Temp\\\\tmp1.wav'"
            )
        ),
    ),
}


def raised(cause: Callable[[], Any]) -> Trace:
    with pytest.raises(BaseException) as caught:
        cause()
    (trace,) = parse_traces("".join(traceback.format_exception(caught.value)))
    return trace


@pytest.mark.parametrize("case", REAL)
def test_a_real_failure_belongs_to_the_shipped_pattern(case: str) -> None:
    name, cause = REAL[case]
    assert match_trace(raised(cause), SHIPPED) == name


def leave_open(path: str, mode: str, buffering: int = -1) -> None:
    left = Path(path).open(mode, buffering)  # noqa: SIM115
    left.fileno()


WARNED: dict[str, tuple[str, Callable[[], Any]]] = {
    "invalid": ("numpy_nan_inf_handling", lambda: np.zeros(2) / np.zeros(1)),
    "divide": ("numpy_nan_inf_handling", lambda: np.ones(2) / np.zeros(1)),
    "text file": ("temp_file_handling", lambda: leave_open(__file__, "r")),
    "reader": ("temp_file_handling", lambda: leave_open(__file__, "rb")),
    "writer": ("temp_file_handling", lambda: leave_open(os.devnull, "wb")),
    "raw file": ("temp_file_handling", lambda: leave_open(__file__, "rb", 0)),
}


@pytest.mark.parametrize("case", WARNED)
def test_a_real_warning_belongs_to_the_shipped_pattern(case: str) -> None:
    name, cause = WARNED[case]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cause()
        gc.collect()
    told = [warnings.formatwarning(one.message, one.category, one.filename, one.lineno) for one in caught]
    traces = parse_traces("".join(told))
    assert {match_trace(trace, SHIPPED) for trace in traces} == {name}


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_program_that_leaves_its_files_open(tmp_path: Path) -> None:
    program = """\
import resource, sys, tempfile
limits = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (20, limits[1]))
try:
    kept = [tempfile.mkstemp(dir=sys.argv[1]) for _ in range(30)]
finally:
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (trace,) = parse_traces(done.stderr)
    assert trace.message.startswith("[Errno 24] Too many open files: ")
    assert match_trace(trace, SHIPPED) == "temp_file_handling"


def test_every_shipped_signature_is_one_that_its_own_text_matches() -> None:
    """And no text of one pattern is known to another."""
    seen = 0
    for pattern in SHIPPED:
        for one in pattern.signatures:
            if one.exception and one.entity is None:
                trace = Trace(one.exception, one.exception, one.message or "")
                assert match_trace(trace, SHIPPED) == pattern.name, one
                assert message_template(one.message or "") == one.message
                seen += 1
    assert seen == 41


@pytest.mark.parametrize(
    "error",
    [
        IndexError("list assignment index out of range"),
        MemoryError("Unable to allocate 7.28 TiB for an array"),
        TypeError("Object of type Decimal is not JSON serializable"),
        ValueError("list index out of range"),
        OSError(errno.ENOENT, "No such file", "memory"),
        ValueError("not enough memory for the file upload"),
    ],
    ids=str,
)
def test_words_alone_are_no_match(error: Exception) -> None:
    assert match_trace(raised(lambda: raises(error)), SHIPPED) is None


# -- which of several --------------------------------------------------------------------------------


def pattern(name: str, *signatures: Signature) -> Pattern:
    return Pattern(name, name, name, signatures=signatures)


FAILED = Trace(
    "DataError",
    "shop.errors.DataError",
    "row 17 of 'items.csv' is bad: 3 columns",
    (Frame("/srv/shop/rows.py", 3, "load"), Frame("/usr/lib/python3.11/csv.py", 9, "next")),
)
WHOLE = Signature(exception="DataError", message="row <int> of <str> is bad: <int> columns")


@pytest.mark.parametrize(
    "better",
    [
        WHOLE,
        replace(WHOLE, message="row 17 of 'items.csv' is bad: 3 columns"),
        replace(WHOLE, function="rows.load"),
        replace(WHOLE, message="row <int> of <str> is", function="load"),
        replace(WHOLE, message="row <int> of <str> is", exception="shop.errors.DataError"),
        replace(WHOLE, message="row <int> of <str> is bad", entity="*", endpoint="*", field="*"),
    ],
)
def test_the_most_specific_signature_wins(better: Signature) -> None:
    others = [
        pattern("any_message", Signature(exception="DataError")),
        pattern("start", Signature(exception="DataError", message="row <int> of")),
        pattern("elsewhere", replace(WHOLE, function="rows.save")),
    ]
    for order in ([*others, pattern("best", better)], [pattern("best", better), *others]):
        assert match_trace(FAILED, order) == "best"


def test_two_patterns_that_are_as_good_are_none() -> None:
    assert match_trace(FAILED, [pattern("one", WHOLE), pattern("two", WHOLE)]) is None
    assert match_trace(FAILED, [pattern("one", WHOLE, WHOLE)]) == "one"


@pytest.mark.parametrize(
    "signature",
    [
        Signature(exception="Error"),
        Signature(exception="errors.DataError"),
        Signature(rule="ruff:E722"),
        Signature(exception="DataError", message=""),
        Signature(exception="DataError", message="row <int> o"),
        Signature(exception="DataError", message="of <str> is bad"),
        Signature(exception="DataError", message="row <str>"),
        Signature(exception="DataError", endpoint="POST /rows"),
        Signature(exception="DataError", field="columns"),
        Signature(exception="DataError", entity="Row"),
        Signature(exception="DataError", function="next"),
    ],
    ids=str,
)
def test_a_condition_that_does_not_hold_is_no_match(signature: Signature) -> None:
    assert match_trace(FAILED, [pattern("one", signature)]) is None


def test_an_entity_is_seen_in_code_and_in_what_a_function_takes() -> None:
    known = [pattern("row", Signature(exception="DataError", entity="Row"))]
    assert match_trace(replace(FAILED, frames=(Frame("a.py", 1, "f", "Row(x)"),)), known) == "row"
    assert match_trace(replace(FAILED, text="    def load(row: Row) -> None:\n>       x"), known) == "row"
    assert match_trace(replace(FAILED, message="Row", text="E   DataError: Row"), known) is None
    assert match_trace(replace(FAILED, frames=(Frame("a.py", 1, "f", "Rows(x)"),)), known) is None


# -- what carries another --------------------------------------------------------------------------

KNOWN = [
    pattern("known", Signature(exception="DataError")),
    pattern("outer", Signature(exception="RuntimeError")),
]


def test_the_innermost_of_what_carries_another_is_judged() -> None:
    inner = replace(FAILED, link="cause")
    wrapper = Trace("RuntimeError", "RuntimeError", "job failed", causes=(inner,))
    assert match_trace(wrapper, KNOWN) == "known"
    assert match_trace(
        Trace("ExceptionGroup", "ExceptionGroup", "", causes=(replace(inner, link="member"),)), KNOWN
    )
    twice = Trace(
        "RuntimeError", "RuntimeError", "", causes=(replace(wrapper, causes=(), link="cause"), inner)
    )
    assert match_trace(twice, KNOWN) == "known"


def test_only_what_carries_it_alone_and_on_purpose_does() -> None:
    member = replace(FAILED, link="member")
    assert match_trace(Trace("ExceptionGroup", "ExceptionGroup", "", causes=(member, member)), KNOWN) is None
    handled = Trace("RuntimeError", "RuntimeError", "", causes=(replace(FAILED, link="context"),))
    assert match_trace(handled, KNOWN) == "outer"
    other = Trace("ValueError", "ValueError", "", causes=(replace(FAILED, link="cause"),))
    assert match_trace(other, KNOWN) is None


def test_a_carrier_of_nothing_known_is_judged_itself() -> None:
    unknown = Trace("OddError", "OddError", "", link="cause")
    assert match_trace(Trace("RuntimeError", "RuntimeError", "", causes=(unknown,)), KNOWN) == "outer"


def test_the_error_of_a_driver_within_that_of_an_orm() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/db.py", line 3, in save\n    cursor.execute(sql)\n'
        "sqlite3.IntegrityError: NOT NULL constraint failed: items.price\n"
        "\nThe above exception was the direct cause of the following exception:\n\n"
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/app.py", line 9, in add\n    session.commit()\n'
        "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) NOT NULL constraint failed: items.price\n"
        "[SQL: INSERT INTO items DEFAULT VALUES]\n"
    )
    known = Signature(exception="IntegrityError", message="NOT NULL constraint failed: items.price")
    assert match_trace(parse_traces(text)[0], [pattern("nullable", known)]) == "nullable"


# -- templates -------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=600))
def test_a_message_matches_its_own_template(message: str) -> None:
    template = message_template(message)
    assert len(template) <= 200 and "\n" not in template
    one = pattern("own", Signature(exception="OddError", message=template))
    trace = Trace("OddError", "OddError", message)
    assert match_trace(trace, [one]) == "own" or len(template) == 200


# -- rules -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("ruff:E722", "specific_exceptions"),
        ("Ruff:E722", "specific_exceptions"),
        ("pylint:W0702", "specific_exceptions"),
        ("ruff:T201", "structured_logging"),
        ("ruff:SIM115", "temp_file_handling"),
        ("ruff:FURB101", "large_file_processing"),
        ("pylint:W0177", "numpy_nan_inf_handling"),
        ("ruff:e722", None),
        ("flake8:E722", None),
        ("E722", None),
        ("", None),
    ],
)
def test_a_rule_belongs_to_the_pattern_that_names_it(rule: str, name: str | None) -> None:
    assert match_rule(rule, SHIPPED) == name


def test_a_rule_of_two_patterns_is_none() -> None:
    one = Signature(rule="ruff:X1")
    assert match_rule("ruff:X1", [pattern("one", one, one)]) == "one"
    assert match_rule("ruff:X1", [pattern("one", one), pattern("two", one)]) is None
