import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.formats.strict_json import (
    DEPTH_CAP,
    DIGITS_CAP,
    PROBLEM_CAP,
    SIZE_CAP,
    parse_json,
    pointer_to,
)
from tests.repo import not_endless

PATH = "x.json"
keys = st.text('ab/~ é"\\\n', max_size=4) | st.text(max_size=3)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from([10**300, -(10**400), 5e-324, 1e308, "\\ud800", "NaN", "{}[],:"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=15,
)


def problems(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [str(problem) for problem in parse_json(data, PATH).problems]


# -- what is read --------------------------------------------------------------------------------


class Writer:
    """Writes JSON with white space at random and notes the line of each value: an independent count."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.text = ""
        self.lines: dict[str, int] = {}

    def gap(self) -> None:
        self.text += "".join(self.random.choices(["", " ", "\n", "\r\n", "\t"], k=2))

    def write(self, value: Any, pointer: str = "") -> None:
        self.gap()
        self.lines[pointer] = self.text.count("\n") + 1
        if isinstance(value, dict):
            self._members("{}", value.items(), pointer, True)
        elif isinstance(value, list):
            self._members("[]", enumerate(value), pointer, False)
        else:
            self.text += json.dumps(value, ensure_ascii=self.random.random() < 0.5)
        self.gap()

    def _members(self, brackets: str, members: Any, pointer: str, named: bool) -> None:
        self.text += brackets[0]
        self.gap()
        for index, (key, value) in enumerate(members):
            self.text += "," if index else ""
            if named:
                self.gap()
                self.text += json.dumps(key)
                self.gap()
                self.text += ":"
            self.write(value, pointer + "/" + str(key).replace("~", "~0").replace("/", "~1"))
        self.text += brackets[1]


@settings(max_examples=150, deadline=None)
@given(values, st.integers(0, 2**32))
def test_a_valid_document_is_read_as_json_reads_it_and_every_line_is_right(value: Any, seed: int) -> None:
    writer = Writer(seed)
    writer.write(value)
    document = parse_json(writer.text.encode(), PATH)
    assert document.problems == []
    assert document.value == json.loads(writer.text)
    assert repr(document.value) == repr(json.loads(writer.text))  # 1 is not 1.0, nor True
    assert {pointer: document.line_of(pointer) for pointer in writer.lines} == writer.lines


def test_depth_digits_and_size_up_to_their_caps_are_read() -> None:
    assert problems("[" * DEPTH_CAP + "1" + "]" * DEPTH_CAP) == []
    assert parse_json(b"-" + b"1" * (DIGITS_CAP - 1), PATH).value == -int("1" * (DIGITS_CAP - 1))
    assert problems(b'"' + b"a" * (SIZE_CAP - 2) + b'"') == []


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse_json(rb'"\ud83d\ude00"', PATH).value == "\U0001f600"
    assert parse_json(rb'"\\ud83d"', PATH).problems == []


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "x.json:1: not JSON: Expecting value (column 1)"),
        ("{\n'a': 1}", "x.json:2: not JSON: Expecting property name enclosed in double quotes (column 1)"),
        ('{"a": 1,\n\n"a": 2}', "x.json:3: /a: key given twice"),
        ('[{"b/~": {"a": 1, "\\u0061": 2}}]', "x.json:1: /0/b~1~0/a: key given twice"),
        ('{"a":\n[1, NaN]}', "x.json:2: /a/1: NaN is not a JSON number"),
        ("Infinity", "x.json:1: Infinity is not a JSON number"),
        ("[\n-Infinity]", "x.json:2: /0: -Infinity is not a JSON number"),
        ("[1,\n1e400]", "x.json:2: /1: a number too large"),
        ("-1E999", "x.json:1: a number too large"),
        ("\n" + "1" * 5000, "x.json:2: a number of more than 640 digits"),
        ("[-" + "1" * 641 + "]", "x.json:1: /0: a number of more than 640 digits"),
        ('{"a":\n"\\ud800"}', "x.json:2: /a: lone surrogate in a string"),
        ('{"a": {\n"\\udc00": 1}}', "x.json:2: /a: lone surrogate in a string"),
        ('"\\ude00\\ud83d"', "x.json:1: lone surrogate in a string"),
        ("[" * 33 + "]" * 33, "x.json:1: nested deeper than 32 levels"),
        ('{"a":\n' * 33 + "1" + "}" * 33, "x.json:33: nested deeper than 32 levels"),
        ("[" * 100_000, "x.json: nested deeper than 32 levels"),
        ("\ufeff1", "x.json:1: begins with a byte order mark: save it as UTF-8 without one"),
        ('"\t"', "x.json:1: not JSON: Invalid control character at (column 2)"),
    ],
)
def test_refused(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_bytes_that_are_no_utf8_are_refused_with_their_place() -> None:
    assert problems(b'{"a":\n"\xff"}') == ["x.json:2: not UTF-8 (byte 7)"]
    assert problems("1".encode("utf-16")) == ["x.json:1: not UTF-8 (byte 0)"]
    assert problems(b'"\xed\xa0\x80"') == ["x.json:1: not UTF-8 (byte 1)"]


def test_a_document_over_the_cap_is_not_even_decoded() -> None:
    assert problems(b"\xff" * (SIZE_CAP + 1)) == ["x.json: larger than 1048576 bytes"]


def test_all_problems_are_told_at_once() -> None:
    told = problems('{"a": NaN,\n"a": "\\ud800",\n"b": [1e999]}')
    assert [line.split(":")[1] for line in told] == ["1", "2", "2", "3"]


def test_of_very_many_problems_a_hundred_are_told() -> None:
    told = problems('{"a": 1' + ', "a": 1' * 1000 + "}")
    assert told[PROBLEM_CAP:] == ["x.json:1: more problems than can be listed"]


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"0," * 524_000 + b"0]",
        b"[" + b'"",' * 349_000 + b"0]",
        b'{"' + b"k" * 500_000 + b'":{' + b'"a":0,' * 80_000 + b'"b":0}}',
        b'{"' + b"k" * 500_000 + b'":[' + b"0," * 250_000 + b"0]}",
        b" " * 1_000_000 + b"1",
        b'"' + rb"\n" * 500_000 + b'"',
    ],
    ids=["numbers", "strings", "long key, twins", "long key, numbers", "space", "escapes"],
)
def test_a_hostile_document_is_read_to_its_end(data: bytes) -> None:
    with not_endless():  # a pointer for each value would take hours and gigabytes
        assert not parse_json(data, PATH).problems or b'"a":0' in data


# -- whatever comes ------------------------------------------------------------------------------


def reference(text: str) -> bool:
    """Whether the standard library reads it, twins and odd numbers apart."""

    def no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    def no_constant(name: str) -> None:
        raise ValueError(name)

    def finite(number: str) -> float:
        if float(number) in (float("inf"), float("-inf")):
            raise ValueError
        return float(number)

    try:
        json.dumps(
            json.loads(text, object_pairs_hook=no_twins, parse_constant=no_constant, parse_float=finite),
            ensure_ascii=False,
        ).encode()
    except ValueError:
        return False
    return True


pieces = st.sampled_from(
    [
        *'{}[]:, \n"',
        "1",
        "-0",
        "2.5",
        "1e999",
        "true",
        "null",
        "NaN",
        '"a"',
        '"b"',
        '"\\ud800"',
        '"a":',
        '{"a":',
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(pieces, max_size=9).map("".join))
def test_a_document_is_refused_exactly_if_the_reference_refuses_it(text: str) -> None:
    assert (problems(text) == []) == reference(text)


@settings(max_examples=150, deadline=None)
@given(values, st.data())
def test_a_damaged_document_never_raises(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value).encode()
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.binary(max_size=3)) + text[at + data.draw(st.integers(0, 3)) :]
    document = parse_json(text, PATH)
    assert all(0 <= problem.line <= text.count(b"\n") + 1 for problem in document.problems)


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    document = parse_json(data, PATH)
    assert document.problems or document.value == json.loads(data)


# -- places --------------------------------------------------------------------------------------


def test_a_pointer_to_nothing_has_the_line_of_its_nearest_parent() -> None:
    document = parse_json(b'{\n"a": [\n1,\n{"b": 2}]}', PATH)
    lines = {"": 1, "/a": 2, "/a/0": 3, "/a/1/b": 4, "/a/1/x": 4, "/a/7": 2, "/a/x": 2, "/a/0/x": 3, "/z": 1}
    assert {pointer: document.line_of(pointer) for pointer in lines} == lines


def test_a_problem_names_path_line_pointer_and_reason() -> None:
    document = parse_json(b'{\n"a": 1}', PATH)
    assert str(document.problem("/a", "is odd")) == "x.json:2: /a: is odd"
    assert str(document.problem("", "is odd")) == "x.json:1: is odd"
    assert len(str(document.problem("/" + "k" * 10_000, "is odd"))) < 300


def test_pointer_to_escapes_what_a_pointer_means() -> None:
    assert pointer_to([]) == ""
    assert pointer_to(["a/b", 0, "~1"]) == "/a~1b/0/~01"
