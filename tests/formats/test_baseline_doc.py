import json
import random
import string
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.baseline import Baseline, BaselineEntry
from feedback_loop.errors import UserError
from feedback_loop.formats import baseline_doc
from feedback_loop.formats.baseline_doc import format_baseline, parse_baseline
from tests.repo import Repo

FILE = ".feedback-loop/baseline.jsonl"
HEADER = '{"format":"feedback-loop-baseline","schema_version":1}'
KEY = "0123456789abcdef" * 2

keys = st.text("0123456789abcdef", min_size=32, max_size=32)
SMALL = string.ascii_lowercase
names = st.builds(
    str.__add__, st.sampled_from(SMALL), st.text(SMALL + string.digits + "_", min_size=1, max_size=8)
).filter(lambda name: name != "feedback_loop")
odd = st.sampled_from(
    [b"a\xff", "é/日本".encode(), b'"q"\\', b"\x1b[2J\n", b"\\xff", b"\x7f", b"<<<<<<< x", b" "]
)
paths = st.binary(min_size=1, max_size=12).filter(lambda path: b"\0" not in path) | odd
entries = st.builds(BaselineEntry, keys, paths, names)
baselines = st.builds(Baseline, st.frozensets(entries, max_size=8))


def line(number: int = 0, **fields: object) -> str:
    value = {"key": f"{number:032x}", "path": "a.py", "pattern": "bare"} | fields
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def text(*lines: str) -> bytes:
    return "".join(one + "\n" for one in lines).encode()


def refusal(*lines: str) -> UserError:
    with pytest.raises(UserError) as caught:
        parse_baseline(text(*lines), FILE)
    assert caught.value.exit_code == 2
    return caught.value


# -- what is written -----------------------------------------------------------------------------


def test_an_empty_baseline_is_its_header() -> None:
    assert format_baseline(Baseline()) == text(HEADER)
    assert parse_baseline(text(HEADER), FILE) == Baseline()


def test_entries_are_sorted_by_key_with_sorted_fields() -> None:
    baseline = Baseline(
        frozenset([BaselineEntry("f" * 32, b"a.py", "bare"), BaselineEntry(KEY, b"z.py", "bare")])
    )
    assert format_baseline(baseline).decode().splitlines() == [
        HEADER,
        '{"key":"' + KEY + '","path":"z.py","pattern":"bare"}',
        '{"key":"' + "f" * 32 + '","path":"a.py","pattern":"bare"}',
    ]


def test_a_path_that_is_no_utf_8_comes_in_full_as_base64() -> None:
    written = format_baseline(Baseline(frozenset([BaselineEntry(KEY, b"a\xff.py", "bare")])))
    fields = json.loads(written.splitlines()[1])
    assert fields["path"] == "a\\xff.py"
    assert fields["path_b64"] == b64encode(b"a\xff.py").decode()


@settings(max_examples=100, deadline=None)
@given(baselines)
def test_what_is_written_is_read_back(baseline: Baseline) -> None:
    written = format_baseline(baseline)
    assert written.isascii()
    assert parse_baseline(written, FILE) == baseline


@settings(max_examples=100, deadline=None)
@given(baselines, st.randoms(use_true_random=False))
def test_order_repeats_and_blank_lines_do_not_matter(baseline: Baseline, chance: random.Random) -> None:
    lines = format_baseline(baseline).splitlines()
    lines += chance.choices([*lines, b"", b" \r"], k=4)
    chance.shuffle(lines)
    if HEADER.encode() not in lines:
        lines.append(HEADER.encode())
    assert format_baseline(parse_baseline(b"\r\n".join(lines), FILE)) == format_baseline(baseline)


@settings(max_examples=100, deadline=None)
@given(baselines)
def test_an_ordinary_json_reader_sees_the_same(baseline: Baseline) -> None:
    records = [json.loads(one) for one in format_baseline(baseline).decode().split("\n")[1:-1]]
    seen = {(one["key"], one["pattern"]) for one in records}
    assert seen == {(entry.key, entry.pattern) for entry in baseline.entries}
    keys = [one["key"] for one in records]
    assert keys == sorted(keys)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["key", "path", "pattern"]), st.text(max_size=5) | st.just(KEY) | names)
)
def test_the_fast_way_and_json_proper_agree(fields: dict[str, str]) -> None:
    """A blank after each comma makes the same line one that only the JSON reader takes."""

    def outcome(separators: tuple[str, str]) -> object:
        record = json.dumps({"key": KEY, "path": "a", "pattern": "bare"} | fields, separators=separators)
        try:
            return parse_baseline(text(HEADER, record), FILE)
        except UserError as error:
            return error.message

    assert outcome((",", ":")) == outcome((", ", ":"))


def test_plain_lines_need_no_json_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(line: bytes) -> None:
        raise AssertionError(line)

    monkeypatch.setattr(baseline_doc, "_parse_record", refuse)
    assert len(parse_baseline(text(HEADER, line(1), line(2, path="a b/c[1].py")), FILE).entries) == 2


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("nonsense", "not JSON"),
        ("[1]", "not a JSON object"),
        (line(key="xyz"), "key is not a fingerprint"),
        (line(key="A" * 32), "key is not a fingerprint"),
        (line(key=KEY + "\n"), "key is not a fingerprint"),
        (line(key=1), "key is not a string"),
        (line(path=""), "path is not one"),
        (line(path="a\0"), "path is not one"),
        (line(pattern="No"), "pattern is not the name"),
        (line(pattern="feedback_loop"), "cannot be accepted"),
        (line(line=3), "unknown key 'line'"),
        ('{"key":"' + KEY + '"}', "key 'path' is missing"),
        ('{"key":"' + KEY + '","key":"' + KEY + '","path":"a","pattern":"bare"}', "key given twice"),
        (line(path="\ud800"), "lone surrogate"),
        (line(path_b64="!"), "path_b64 is not base64"),
        (line(path_b64="YQ=="), "path and path_b64 do not agree"),
        (line(path="b", path_b64=b64encode(b"a\xff").decode()), "path and path_b64 do not agree"),
        ('{"format":"other","schema_version":1}', "not a baseline"),
        ('{"format":"feedback-loop-baseline","schema_version":true}', "schema_version is not 1"),
        ('{"format":"feedback-loop-baseline","schema_version":1,"x":1}', "unknown key 'x'"),
    ],
)
def test_a_bad_line_is_named_with_its_number(bad: str, words: str) -> None:
    message = refusal(HEADER, line(1), bad, line(2)).message
    assert message.startswith(f"{FILE}:3: ")
    assert words in message


def test_all_bad_lines_are_named_at_once_but_no_flood_of_them() -> None:
    assert [one.split(" ")[0] for one in refusal("x", HEADER, "y").message.split("\n")] == [
        f"{FILE}:1:",
        f"{FILE}:3:",
    ]
    flood = refusal(HEADER, *["x"] * 50).message.split("\n")
    assert len(flood) == 21
    assert flood[-1] == "and 30 more bad lines"


@pytest.mark.parametrize("data", [b"", b"\n", text(line(1))])
def test_a_file_without_a_header_is_no_baseline(data: bytes) -> None:
    with pytest.raises(UserError, match="the header line is missing"):
        parse_baseline(data, FILE)


def test_a_newer_file_is_not_judged_by_an_older_release() -> None:
    newer = HEADER.replace(":1}", ":2}")
    message = refusal('{"new": "fields"}', newer).message
    assert message.startswith(f"{FILE}:2: schema_version 2 needs feedback-loop > ")


def test_a_file_over_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline_doc, "SIZE_CAP", 100)
    with pytest.raises(UserError, match="larger than 100 bytes"):
        parse_baseline(text(HEADER, line(1)), FILE)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=40).map(str.encode), st.booleans())
def test_whatever_stands_in_the_file_is_read_or_refused(junk: bytes, join: bool) -> None:
    try:
        parse_baseline(text(HEADER) + junk, FILE, join=join)
    except UserError as error:
        assert error.message.startswith(FILE + ":")


# -- merges --------------------------------------------------------------------------------------


def merged(repo: Repo, base: list[str], ours: list[str], theirs: list[str], style: str = "merge") -> bytes:
    """What git makes of the two sides in a real merge."""
    path = repo.write(FILE, text(HEADER, *base))
    repo.git("config", "merge.conflictStyle", style)
    repo.stage()
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    for branch, lines in (("side", theirs), ("main", ours)):
        repo.git("checkout", "-q", branch)
        repo.write(FILE, text(HEADER, *sorted(lines)))
        repo.commit("x", "-a", "--allow-empty")
    repo.git("merge", "-q", "--no-edit", "side", check=False)
    return path.read_bytes()


def baseline(*lines: str) -> Baseline:
    return parse_baseline(text(HEADER, *lines), FILE)


@pytest.mark.parametrize("seed", range(4))
def test_union_merges_of_what_two_branches_accepted_are_read(repo: Repo, seed: int) -> None:
    repo.write(".gitattributes", f"{FILE} merge=union\n")
    numbers = random.Random(seed).sample(range(1000), 30)
    base = [line(number) for number in sorted(numbers[:10])]
    ours = [*base, *(line(number) for number in numbers[10:22])]
    theirs = [*base, *(line(number) for number in numbers[18:])]
    data = merged(repo, base, ours, theirs)
    assert repo.git("status", "--porcelain") == ""
    assert parse_baseline(data, FILE) == baseline(*ours, *theirs)


def test_a_union_merge_of_two_new_baselines_is_read(repo: Repo) -> None:
    repo.write(".gitattributes", f"{FILE} merge=union\n")
    repo.stage()
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    for branch, number in (("side", 1), ("main", 2)):
        repo.git("checkout", "-q", branch)
        repo.write(FILE, text(HEADER, line(number)))
        repo.stage()
        repo.commit()
    repo.git("merge", "-q", "--no-edit", "side")
    assert parse_baseline((repo.root / FILE).read_bytes(), FILE) == baseline(line(1), line(2))


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_conflict_markers_name_the_cure_and_joining_keeps_both_sides(repo: Repo, style: str) -> None:
    base = [line(1), line(5), line(9)]
    data = merged(repo, base, [line(1), line(4), line(9)], [line(1), line(6), line(9)], style)
    assert b"<<<<<<<" in data
    assert (b"|||||||" in data) == (style == "diff3")
    with pytest.raises(UserError, match=rf"{FILE}:\d+: conflict markers") as caught:
        parse_baseline(data, FILE)
    assert "feedback-loop baseline update" in caught.value.hint
    assert parse_baseline(data, FILE, join=True) == baseline(line(1), line(4), line(6), line(9))
