"""What fixes took out again and again, told by texts alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.candidate import WEEK, Pair
from feedback_loop.domain.changes import FileDiff, Hunk
from feedback_loop.engines.candidates.detector import find_regex
from feedback_loop.engines.candidates.groups import Group, group_samples
from feedback_loop.engines.candidates.shapes import Sample, pairs_of, read_sample
from feedback_loop.engines.candidates.tokens import shape_of, tokenize
from feedback_loop.engines.candidates.wording import name_of, title_of

OPENED = [
    ("config = open(path)", "config = open_text(path)"),
    ("    with open(name) as stream:", "    with open_text(name) as stream:"),
    ("        return open(where).read()", "        return open_text(where).read()"),
]


def pair(bad: str, good: str, commit: str = "a", path: str = "a.py") -> Pair:
    return Pair(commit, path, 1, bad, good)


def sample(bad: str, good: str, commit: str = "a", path: str = "a.py") -> Sample | None:
    return read_sample(pair(bad, good, commit, path))


def samples(sides: Sequence[tuple[str, str]] = OPENED, paths: str = "ab") -> list[Sample]:
    """One commit for each, a week apart, in turn in the files of these letters."""
    found = [
        sample(bad, good, f"c{number}", f"{paths[number % len(paths)]}.py")
        for number, (bad, good) in enumerate(sides)
    ]
    return [one for one in found if one is not None]


def grouped(found: Sequence[Sample], days: int = 7) -> list[Group]:
    return group_samples(found, {f"c{number}": number * days * 86_400 for number in range(99)})


# -- pairs -----------------------------------------------------------------------------------------


def diff(old: int, new: int, path: bytes = b"a.py", hunks: int = 1) -> FileDiff:
    """A file diff with hunks of so many lines on either side."""
    body = b"-x = load(1)\n" * old + b"+x = read(1)\n" * new
    places = tuple(Hunk(7, old, 7, new, len(body) * at, len(body) * (at + 1)) for at in range(hunks))
    return FileDiff("M", "1" * 40, "2" * 40, path, path, body * hunks, places)


@pytest.mark.parametrize(
    "files",
    [
        [diff(0, 1)],
        [diff(1, 0)],
        [diff(13, 1)],
        [diff(1, 13)],
        [diff(1, 1, b"a.md")],
        [diff(1, 1, b"a.json")],
        [diff(1, 1, hunks=21)],
        [diff(1, 1), diff(0, 400, b"big.txt")],
    ],
)
def test_no_pair(files: list[FileDiff]) -> None:
    assert pairs_of("c", files) == []


def test_a_hunk_with_both_sides_is_a_pair() -> None:
    assert pairs_of("c", [diff(1, 2)]) == [Pair("c", "a.py", 7, "x = load(1)", "x = read(1)\nx = read(1)")]


def test_bytes_that_are_no_text_are_kept_apart() -> None:
    (found,) = pairs_of("c", [diff(1, 1, b"\xff.py")])
    assert found.path.encode("utf-8", "surrogateescape") == b"\xff.py"


# -- shapes ----------------------------------------------------------------------------------------


def test_identifiers_are_numbered_literals_typed_and_called_names_kept() -> None:
    tokens = tokenize(["if total == len(items, 'x', 3) is None:  # why"], "python")
    assert " ".join(shape_of(tokens, {})) == "if $0 == @len ( $1 , TEXT , NUMBER ) is NULL :"


def test_a_comment_is_what_the_language_calls_one() -> None:
    assert len(tokenize(["x // 2"], "python")) == 3
    assert [one.text for one in tokenize(["x // two"], "go")] == ["x"]
    assert [one.text for one in tokenize(["x -- two"], "sql")] == ["x"]


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("x = load(a)", "  x = load( a )"),  # blanks
        ("x = a", "x = b"),  # another name
        ("x = True", "x = False"),  # another value
        ("from a import load", "from b import load"),
        ("if a and b:", "if a or b:"),  # a corrected condition
        ("save(x)", "save(x, mode)"),  # nothing that the bad side alone has
        ("except ValueError:", "except (ValueError, KeyError):"),
    ],
)
def test_nothing_tells_it(bad: str, good: str) -> None:
    assert sample(bad, good) is None


@pytest.mark.parametrize(
    ("bad", "good", "gone", "come"),
    [
        ("x = load(a)", "x = read(a)", ("@load",), ("@read",)),
        ("except:", "except ValueError:", ("except :",), ("except $",)),
        ("if x == None:", "if x is None:", ("== NULL",), ("$ is", "is NULL")),
    ],
)
def test_what_is_gone_and_what_came(
    bad: str, good: str, gone: tuple[str, ...], come: tuple[str, ...]
) -> None:
    found = sample(bad, good)
    assert found is not None
    assert (found.gone, found.come) == (gone, come)


# -- groups ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "days"),
    [
        (samples(OPENED[:2]), 7),  # two commits
        (samples(paths="a"), 7),  # one file
        (samples(), 6),  # twelve days
        (samples([OPENED[0], OPENED[0], OPENED[0]], "a"), 7),
    ],
)
def test_too_little_evidence(found: list[Sample], days: int) -> None:
    assert grouped(found, days) == []


def test_three_fixes_in_two_files_over_two_weeks_are_a_group() -> None:
    (found,) = grouped(samples())
    assert found.commits == ("c0", "c1", "c2")
    assert (found.files, found.span({f"c{n}": n * WEEK for n in range(3)})) == (2, (0, 2 * WEEK))
    (more,) = grouped([*samples(), *samples([*OPENED, ("x = open(y)", "x = open_text(y)")])[3:]])
    assert more.shape == found.shape


def test_a_picked_copy_of_a_fix_is_no_evidence() -> None:
    two = samples(OPENED[:2])
    copy = two[0]._replace(pair=two[0].pair._replace(commit="c5"))
    assert grouped([*two, copy]) == []


def test_what_was_fixed_in_both_directions_is_left_out() -> None:
    back = [(good, bad) for bad, good in OPENED]
    assert grouped(samples([*OPENED, *back])) == []


def test_the_most_evidence_comes_first() -> None:
    few = [(f"{one} = load(x)", f"{one} = read(x)") for one in "abc"]
    many = [(f"{one} = send(x)", f"{one} = post(x)") for one in "abcd"]
    kinds = [group.kind[1] for group in grouped(samples([*few, *many]))]
    assert kinds == [("@send",), ("@load",)]


# -- detectors, names ------------------------------------------------------------------------------


def test_the_detector_is_what_bad_sides_share() -> None:
    found = find_regex(samples())
    assert found is not None
    assert found.regex == r"\bopen\s*\(\s*\w+\s*\)"


def test_no_detector_if_a_good_side_has_the_same() -> None:
    assert find_regex(samples([("x = load(a)", "x = read(a)  # x = load(a)")])) is None


def test_of_one_wording_the_names_are_left_open() -> None:
    found = find_regex(samples([("total = load(items)", "total = read(items)")]))
    assert found is not None
    assert re.search(found.regex, "other = load(things)")


def test_names_are_told_by_the_code_and_never_clash() -> None:
    said = ("@getId",), ("@get_name",), "3f2a9c01"
    assert name_of(*said, lambda name: False) == "get_name_not_get_id"
    assert name_of(*said, lambda name: not name.endswith("_3")) == "get_name_not_get_id_3"
    assert name_of(("@Ω",), ("@Ψ",), "3f2a9c01", lambda name: False) == "mended_3f2a9c"
    assert title_of(("@a",), ("@b",)) == "Prefer `b(…)` to `a(…)`"
    assert "`" not in title_of(("with `",), ()).removeprefix("Do without `").removesuffix("`")


_CODE = st.text(st.sampled_from("ab_(){}[]'\"`#/*\\-=. \n\tifopen0é\udcff"), max_size=60)


@given(_CODE, _CODE, st.sampled_from(["a.py", "a.c", "a.sql", "a.php", "a.js"]))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_and_a_detector_keeps_its_promise(bad: str, good: str, path: str) -> None:
    found = sample(bad, good, path=path)
    expression = find_regex([found]) if found else None
    if expression is not None:
        search = re.compile(expression.regex, re.ASCII).search
        assert any(map(search, bad.split("\n")))
        assert not any(map(search, good.split("\n")))
