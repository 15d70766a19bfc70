"""Literals and regular expressions, line by line, against slow and simple references."""

from __future__ import annotations

import random
import re
import string

import pytest
import re2
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback_loop.detectors.kinds import NotRunError, Prepared, UnfitError, parse, prepare
from feedback_loop.detectors.lines import LINE_CAP, compiled, find_lines, joined, regex_filter
from feedback_loop.domain.compiled import CompiledDetector
from feedback_loop.domain.pattern import Expression, Literal, Regex

Spot = tuple[int, int, int]  # line, first column, end column


def detector(expression: Expression) -> CompiledDetector:
    ready = prepare(expression)
    return CompiledDetector(
        "p", "d", expression.kind, ready.spec, "warn", "low", (), (), (), (), (), "m", "h", fold=ready.fold
    )


def spots(text: bytes, *expressions: Expression) -> list[list[Spot]]:
    found = find_lines(parse(text), [detector(one) for one in expressions])
    for full, anchors in (place for places in found for place in places):
        assert anchors == (full,)
        assert full[0] == full[2]
    return [[(full[0], full[1], full[3]) for full, _ in places] for places in found]


def literal(text: bytes, *texts: str, ignore_case: bool = False, word: bool = False) -> list[Spot]:
    return spots(text, Literal(texts, ignore_case, word))[0]


def regex(
    text: bytes, expression: str, *, ignore_case: bool = False, unless: str | None = None
) -> list[Spot]:
    return spots(text, Regex(expression, ignore_case, unless))[0]


# -- literals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"im port pdb", b"import\npdb", b"import\r\n pdb", b"IMPORT PDB"]
)
def test_a_literal_that_is_not_on_one_line(text: bytes) -> None:
    assert literal(text, "import pdb") == []


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        (b"abc", (1, 1, 4)),
        (b"\n\nx abc", (3, 3, 6)),
        (b"\tabc", (1, 2, 5)),
        ("é日😀abc".encode(), (1, 4, 7)),
        (b"x\r\nabc\r\n", (2, 1, 4)),
        (b"x\rabc\n", (1, 3, 6)),
        (b"\xef\xbb\xbfabc", (1, 1, 4)),
        (b"\xe9 abc", (1, 3, 6)),
        (b"x\0abc", (1, 3, 6)),
        (b"abc\r", (1, 1, 4)),
    ],
)
def test_place_of_a_literal(text: bytes, spot: Spot) -> None:
    assert literal(text, "abc") == [spot]


def test_a_literal_of_more_than_ascii() -> None:
    assert literal("x über über".encode(), "über") == [(1, 3, 7), (1, 8, 12)]
    assert literal(b"x \xfcber", "über") == []  # latin-1 on disk: other bytes


@pytest.mark.parametrize(
    ("text", "texts", "found"),
    [
        (b"aaaaaaa", ("aaa",), [(1, 1, 4), (1, 4, 7)]),
        (b"abcd", ("abc", "abcd"), [(1, 1, 5)]),
        (b"abcd", ("abcd", "abc"), [(1, 1, 5)]),
        (b"abcdef", ("bcde", "abc"), [(1, 1, 4)]),
        (b"abcabc", ("abc", "abc"), [(1, 1, 4), (1, 4, 7)]),
        (b"abcde", ("cde", "bcd"), [(1, 2, 5)]),
        (b"xyz abc\nabc xyz", ("abc", "xyz"), [(1, 1, 4), (1, 5, 8), (2, 1, 4), (2, 5, 8)]),
    ],
)
def test_overlaps(text: bytes, texts: tuple[str, ...], found: list[Spot]) -> None:
    assert literal(text, *texts) == found


@pytest.mark.parametrize("text", [b"xabc", b"abcx", b"_abc", b"abc1", b"1abc1", b"Xabc\nabcX"])
def test_no_word(text: bytes) -> None:
    assert literal(text, "abc", word=True) == []


@pytest.mark.parametrize(
    "text", [b"abc", b".abc(", b"-abc-", "éabcé".encode(), b"abc\nx", b"x\nabc", b"abc\r\nx"]
)
def test_word(text: bytes) -> None:
    assert len(literal(text, "abc", word=True)) == 1


def test_a_word_behind_what_is_none() -> None:
    assert literal(b"abcabc abc xabc abc", "abc", word=True) == [(1, 8, 11), (1, 17, 20)]
    assert literal(b"aaaa aaa", "aaa", word=True) == [(1, 6, 9)]


def test_case_is_about_ascii() -> None:
    assert literal(b"AbC abc", "aBc") == []
    assert literal(b"AbC abc", "aBc", ignore_case=True) == [(1, 1, 4), (1, 5, 8)]
    assert literal("ÜBER über".encode(), "über", ignore_case=True) == [(1, 6, 10)]
    assert literal("\u212aelvin".encode(), "kelvin", ignore_case=True) == []


def test_case_of_one_detector_is_no_matter_to_the_others() -> None:
    found = spots(b"ABC abc", Literal(("abc",)), Literal(("abc",), True), Regex("ABC"), Regex("ABC", True))
    assert found == [[(1, 5, 8)], [(1, 1, 4), (1, 5, 8)], [(1, 1, 4)], [(1, 1, 4), (1, 5, 8)]]


def slow_literal(text: bytes, texts: list[bytes], ignore_case: bool, word: bool) -> list[Spot]:
    """Byte by byte; ASCII text, so that columns are bytes."""
    found = []
    for number, line in enumerate(text.split(b"\n"), 1):
        line = line.removesuffix(b"\r")
        at = 0
        while at < len(line):
            sizes = []
            for one in texts:
                part = line[at : at + len(one)]
                same = part.lower() == one.lower() if ignore_case else part == one
                around = (line[at - 1 : at] if at else b"") + line[at + len(one) : at + len(one) + 1]
                if same and not (word and re.search(rb"\w", around)):
                    sizes.append(len(one))
            if sizes:
                found.append((number, at + 1, at + 1 + max(sizes)))
            at += max(sizes, default=1)
    return found


ab = st.text("abA_ .", min_size=3, max_size=5).filter(str.strip)


@settings(max_examples=150, deadline=None)
@given(
    st.text("aabbA_ .\n\r", max_size=60), st.lists(ab, min_size=1, max_size=4), st.booleans(), st.booleans()
)
def test_literals_equal_a_search_byte_by_byte(text: str, texts: list[str], fold: bool, word: bool) -> None:
    data = text.encode()
    expected = slow_literal(data, [one.encode() for one in texts], fold, word)
    assert literal(data, *texts, ignore_case=fold, word=word) == expected


# -- regular expressions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expression", "found"),
    [
        (b"a1 b22", r"\d+", [(1, 2, 3), (1, 5, 7)]),
        (b"ab\nab", "^ab", [(1, 1, 3), (2, 1, 3)]),
        (b"ab ab\nab", "^ab", [(1, 1, 3), (2, 1, 3)]),
        (b"ab\nab", "ab$", [(1, 1, 3), (2, 1, 3)]),
        (b"ab\r\nab\r", "ab$", [(1, 1, 3), (2, 1, 3)]),
        (b"ab\r\r\n", "ab$", []),
        (b"ab\r\r\n", "ab\\r$", [(1, 1, 4)]),
        (b"\xef\xbb\xbfab", "^ab", [(1, 1, 3)]),
        ("x\ufeffab\n\ufeffab".encode(), "^ab", []),
        (b"a\nb", r"a\sb", []),
        (b"a\nb", r"a[^x]b", []),
        (b"a\nb", r"(?s)a.b", []),
        (b"a\nb", "a\\nb", []),
        (b"a\r\nb", r"a\s*b", []),
        (b"a\nb", r"a\b\n?\bb", []),
        (b"x\n", r"x\n?", [(1, 1, 2)]),
        (b"a.b", r"a[\s\S]b", [(1, 1, 4)]),
        ("é日x".encode(), ".x", [(1, 2, 4)]),
        ("éx".encode(), "[é]x", [(1, 1, 3)]),
        ("éx".encode(), r"^[[:^ascii:]]x", [(1, 1, 3)]),
        (b"\xe9x", r"\xe9x", []),  # an expression speaks of characters, this is no UTF-8
        (b"\xe9x", "x", [(1, 2, 3)]),
        (b"a\0b", r"a\x00b", [(1, 1, 4)]),
        (b"a|b", r"\Qa|b\E", [(1, 1, 4)]),
        (b"aab", "a|ab", [(1, 1, 2), (1, 2, 3)]),
        (b"abcd", "ab|abcd", [(1, 1, 3)]),  # the first alternative, not the longest
    ],
)
def test_regex(text: bytes, expression: str, found: list[Spot]) -> None:
    assert regex(text, expression) == found


def test_group_anchor_is_what_is_shown() -> None:
    assert regex(b"x = eval(y)", r"=\s*(?P<anchor>eval)\(") == [(1, 5, 9)]
    assert regex(b"x = eval(y)", r"=\s*(?<anchor>eval)\(") == [(1, 5, 9)]
    assert regex(b"x = eval(y)", r"=\s*(?P<other>eval)\(") == [(1, 3, 10)]


def test_a_group_anchor_that_is_empty_or_takes_no_part_is_the_match() -> None:
    assert regex(b"ab b", "(?P<anchor>a)?b") == [(1, 1, 2), (1, 4, 5)]
    assert regex(b"ab", "a(?P<anchor>x*)b") == [(1, 1, 3)]


def test_unless_looks_at_the_whole_line_and_no_other() -> None:
    text = b"run(a)  # safe\nrun(b)\n# safe\nrun(c) # SAFE\r\nrun(d)"
    assert [one[0] for one in regex(text, r"run\(", unless="safe")] == [2, 4, 5]
    assert [one[0] for one in regex(text, r"run\(", unless="(?i)safe$")] == [2, 5]
    assert [one[0] for one in regex(text, r"run\(", unless="^run")] == []
    assert [one[0] for one in regex(text, r"RUN\(", ignore_case=True, unless="safe")] == [2, 5]


def test_no_group_of_ours_changes_what_an_expression_means() -> None:
    assert regex(b"a\nb\nab", "^a|b$") == [(1, 1, 2), (2, 1, 2), (3, 1, 2), (3, 2, 3)]
    assert regex(b"xAb", "(?i)a|B") == [(1, 2, 3), (1, 3, 4)]


def test_long_lines_are_left_out_and_the_others_keep_their_numbers() -> None:
    long = b"abc" + b"x" * LINE_CAP
    text = b"\n".join([b"abc", long, b"abc", long[: LINE_CAP - 3], b""])
    assert [one[0] for one in literal(text, "abc")] == [1, 3, 4]
    assert [one[0] for one in regex(text, "^abc")] == [1, 3, 4]
    assert regex(text, "x$") == [(4, LINE_CAP - 3, LINE_CAP - 2)]


def test_joined() -> None:
    assert joined([b"a\r", b"b", b"\r", b"c\rd", b"\r\r", b"e\r"]) == b"a\nb\n\nc\rd\n\r\ne"
    assert joined([b""]) == b""


def test_an_expression_that_re2_refuses_is_named_and_ends_nothing() -> None:
    with pytest.raises(NotRunError, match=r"^google-re2 refuses '\(\?=a\)'$"):
        compiled("(?=a)", False)


# -- random expressions ----------------------------------------------------------------------------

ATOMS = [
    "a",
    "b",
    "ab",
    ".",
    "[ab]",
    "[^a]",
    r"\w",
    r"\W",
    r"\s",
    r"\d",
    "é",
    "_",
    " ",
    r"\r",
    r"\n",
    r"[^\w]",
]
EDGES = ["^", "$", r"\b", r"\B"]
COUNTS = ["*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{2,}"]


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.sampled_from(["({})", "(?:{})", "(?i:{})", "(?s:{})", "(?P<anchor>{})"])
    return (
        st.builds("".join, st.lists(inner, min_size=1, max_size=4))
        | st.builds("|".join, st.lists(inner, min_size=2, max_size=3))
        | st.builds(lambda one, form: form.format(one), inner, group)
        | st.builds(lambda one, count: f"(?:{one}){count}", inner, st.sampled_from(COUNTS))
    )


expressions = st.recursive(st.sampled_from(ATOMS) | st.sampled_from(EDGES), _grown, max_leaves=8)
texts = st.text("aabbAB_é1 .\n\n\r", max_size=80).map(str.encode) | st.binary(max_size=40)


def accepted(expression: str, ignore_case: bool) -> list[Regex]:
    """The detector, if it is one."""
    try:
        prepare(Regex(expression, ignore_case))
    except UnfitError:
        return []
    return [Regex(expression, ignore_case)]


def usable(expression: str, ignore_case: bool) -> Regex:
    found = accepted(expression, ignore_case)
    assume(found)
    return found[0]


def line_by_line(text: bytes, one: Regex) -> list[Spot]:
    """The reference: RE2 on every line by itself, without any option of ours but case."""
    options = re2.Options()
    options.case_sensitive = not one.ignore_case
    options.log_errors = False
    single = re2.compile(one.regex.encode(), options)
    found = []
    for number, line in enumerate(text.split(b"\n"), 1):
        for match in single.finditer(line.removesuffix(b"\r")):
            anchored = match.span(single.groupindex.get(b"anchor", 0))
            start, end = anchored if anchored[0] < anchored[1] else match.span()
            if match.start() < match.end():
                found.append((number, start, end))
    return found


def raw(text: bytes, one: Regex) -> list[Spot]:
    """What is found, in bytes: columns are code points, which the places' own tests hold."""
    (places,) = find_lines(parse(text), [detector(one)])
    lines = parse(text).lines
    source = parse(text)
    found = []
    for (line, column, _, end), _ in places:
        offsets = {source.column(line, offset): offset for offset in range(len(lines[line - 1]) + 1)}
        found.append((line, offsets[column], offsets[end]))
    return found


@settings(max_examples=100, deadline=None)
@given(expressions, texts, st.booleans())
def test_all_lines_at_once_equal_line_by_line(expression: str, text: bytes, ignore_case: bool) -> None:
    one = usable(expression, ignore_case)
    assume(not text.startswith(b"\xef\xbb\xbf"))
    try:
        text.decode()
    except UnicodeDecodeError:
        assert len(raw(text, one)) == len(line_by_line(text, one))
        return
    assert raw(text, one) == sorted(line_by_line(text, one))


PLAIN = st.recursive(
    st.sampled_from(["a", "b", "ab", ".", "[ab]", "[^a]", r"\d", "_", " ", "^", "$", r"\b"]),
    lambda inner: (
        st.builds("".join, st.lists(inner, min_size=1, max_size=4))
        | st.builds("(?:{}|{})".format, inner, inner)
        | st.builds("(?:{}){}".format, inner, st.sampled_from(["+", "{2}", "{1,3}"]))
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(PLAIN, st.text("aabb_1 \n", max_size=60))
def test_what_both_read_alike_equals_pythons_own_engine(expression: str, text: str) -> None:
    one = usable(expression, False)
    own = re.compile(expression, re.ASCII)
    expected = [
        (number, match.start(), match.end())
        for number, line in enumerate(text.split("\n"), 1)
        for match in own.finditer(line)
        if match[0]
    ]
    assert raw(text.encode(), one) == expected


# -- the filter ------------------------------------------------------------------------------------


def filtered(text: bytes, *given: Regex) -> frozenset[int]:
    return regex_filter([detector(one) for one in given])(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(expressions, st.booleans()), min_size=2, max_size=8), texts, st.booleans())
def test_the_filter_leaves_out_nothing_that_matches(
    given: list[tuple[str, bool]], text: bytes, mark: bool
) -> None:
    some = [one for each in given for one in accepted(*each)]
    text = (b"\xef\xbb\xbf" if mark else b"") + text
    found = find_lines(parse(text), [detector(one) for one in some])
    assert {index for index, places in enumerate(found) if places} <= filtered(text, *some)


def test_the_filter_leaves_out_what_does_not_match() -> None:
    some = [Regex("aaa"), Regex("bbb"), Regex("CCC", True), Regex("ddd", True), Regex("x{3}|[a-z]{90}y{15}")]
    assert filtered(b"aaa\nccc", *some) == {0, 2}
    assert filtered(b"xxx", *some) == {4}
    assert filtered(b"", *some) == frozenset()


@pytest.mark.parametrize(
    "text", [b"x\r\nfoo\r\n", b"foo\r", b"\xef\xbb\xbffoo", b"\xef\xbb\xbffoo\r\nx", b"a\nfoo"]
)
def test_the_filter_reads_line_ends_and_marks_as_the_search_does(text: bytes) -> None:
    assert filtered(text, Regex("^foo$")) == {0}
    assert regex(text, "^foo$") != []


def test_the_filter_keeps_a_zero_width_space_that_is_no_mark() -> None:
    assert filtered("\ufefffoo".encode(), Regex(r"^\x{FEFF}foo")) == {0}


def test_the_filter_has_room_for_a_library_of_the_largest_size() -> None:
    dice = random.Random(1)
    large = [Regex("".join(dice.choices(string.ascii_letters + "<>=!@#%&,;:'", k=190))) for _ in range(500)]
    text = "\n".join(one.regex for one in large[::7]).encode()
    assert filtered(text, *large) == frozenset(range(0, 500, 7))


def test_expressions_that_count_stay_out_of_the_set() -> None:
    """One automaton for a hundred of `x.{50}y` takes a thousand times as long as each by itself."""
    many = [detector(Regex(f"x[a-z ]{{{50 + at}}}y")) for at in range(50)]
    sets: list[object] = []
    made = re2.Set.SearchSet
    try:
        re2.Set.SearchSet = lambda options: sets.append(options) or made(options)  # type: ignore[func-returns-value]
        regex_filter(many)
        assert sets == []
        regex_filter([*many, detector(Regex("x{5}y{5}"))])
        assert len(sets) == 1
    finally:
        re2.Set.SearchSet = made


def test_a_literal_that_ignores_case_says_so_to_the_prefilter() -> None:
    ready: Prepared = prepare(Literal(("ABC", "xyz"), ignore_case=True))
    assert (ready.added_any, ready.fold) == ((b"abc", b"xyz"), True)
