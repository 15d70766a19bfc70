import datetime
import string
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.finding import OWN, Finding, notice
from feedback_loop.domain.suppression import (
    Comment,
    Fault,
    Suppression,
    apply,
    format_suppression,
    parse_suppressions,
)
from tests.repo import ROOT

TODAY = "2026-06-15"
IGNORE = "# feedback-loop: ignore"


def parsed(text: str) -> tuple[tuple[str, ...], str, str, bool]:
    (one,) = parse_suppressions(text)
    assert isinstance(one, Suppression)
    return one.names, one.reason, one.until, one.whole_file


def fault(text: str) -> str:
    (one,) = parse_suppressions(text)
    assert isinstance(one, Fault)
    return one.name


# -- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# a comment",
        "# feedback-loop: scan",
        "# feedback-loop: ignored by us",
        "# feedback-loop: ignore_this",
        "# feedback-loop: ignore-files[a] b",
        "# Feedback-Loop: Ignore[a] b",
        "# feedback-loop:ignore[a] b",
        "# write feedback-loop: ignore[name] reason to silence it",
        "# `feedback-loop: ignore[name] reason`",
        "# see feedback-loop: ignore[a] b",
    ],
)
def test_prose(text: str) -> None:
    assert parse_suppressions(text) == []


@pytest.mark.parametrize(
    ("text", "names", "reason", "until", "whole_file"),
    [
        ("# feedback-loop: ignore[a] b", ("a",), "b", "", False),
        ("#feedback-loop: ignore[a]b", ("a",), "b", "", False),
        ("/// feedback-loop: ignore[ a , b/c,a ]", ("a", "b/c"), "", "", False),
        (" * feedback-loop: ignore[a,] why  not", ("a",), "why not", "", False),
        ("<!-- feedback-loop: ignore[a] b until=2026-12-31", ("a",), "b", "2026-12-31", False),
        ("-- feedback-loop: ignore[a] until=2028-02-29", ("a",), "", "2028-02-29", False),
        ("; feedback-loop: ignore-file[a] b", ("a",), "b", "", True),
        ("# noqa: E722  # feedback-loop: ignore[a] b", ("a",), "b", "", False),
        ("# noqa: E722  #feedback-loop: ignore[a] b", ("a",), "b", "", False),
        ("# feedback-loop: ignore[a] b until=2026-12-31  # noqa", ("a",), "b", "2026-12-31", False),
        ("// feedback-loop: ignore[a] see https://x.y/#3 [z]", ("a",), "see https://x.y/#3 [z]", "", False),
        ("# feedback-loop: ignore[a] until we mend it", ("a",), "until we mend it", "", False),
    ],
)
def test_a_suppression(text: str, names: tuple[str, ...], reason: str, until: str, whole_file: bool) -> None:
    assert parsed(text) == (names, reason, until, whole_file)


@pytest.mark.parametrize(
    "rest", ["", "[]", "[ , ]", "[*]", "[a, *]", " a b", ": a", " [a] b", "-file", "-file[*] b"]
)
def test_who_names_nothing_suppresses_nothing(rest: str) -> None:
    assert fault(IGNORE + rest) == "suppression_unnamed"


@pytest.mark.parametrize(
    "rest",
    [
        "[a",
        "[a reason",
        "-line[a] b",
        "[a] b until=",
        "[a] b until=tomorrow",
        "[a] b until=2026-13-01",
        "[a] b until=2026-00-01",
        "[a] b until=2026-02-29",
        "[a] b until=2100-02-29",
        "[a] b until=2026-04-31",
        "[a] b until=0000-01-01",
        "[a] b until=2026-1-1",
        "[a] b until=20260101",
        "[a] b until=2026-12-31.",
        "[a] b until=2026-12-31T00:00",
        "[a] b until=٢٠٢٦-01-01",
        "[a] until=2026-12-31 b",
        "[a] b UNTIL=2026-12-31",
        "[a] b until=2026-12-31 until=2026-12-31",
    ],
)
def test_malformed(rest: str) -> None:
    assert fault(IGNORE + rest) == "suppression_malformed"


def test_two_in_one_comment() -> None:
    one, two = parse_suppressions(f"{IGNORE}[a] b {IGNORE}[c] d")
    assert isinstance(one, Suppression)
    assert isinstance(two, Suppression)
    assert (one.names, one.reason, two.names, two.reason) == (("a",), "b", ("c",), "d")


SMALL = string.ascii_lowercase
NAME = st.builds(
    "{}{}{}".format,
    st.sampled_from(SMALL),
    st.text(SMALL + string.digits + "_", min_size=1, max_size=20),
    st.just("") | st.text(SMALL + "_", min_size=1, max_size=9).map("/{}".format),
)
NAMES = st.lists(NAME, min_size=1, unique=True)
WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1).filter(
    lambda word: (
        word not in ("#", "//", "#feedback-loop:", "//feedback-loop:") and "until=" not in word.lower()
    )
)


@settings(max_examples=100, deadline=None)
@given(
    NAMES,
    st.lists(WORDS),
    st.none() | st.dates(),
    st.booleans(),
    st.sampled_from(["# ", "// ", "/* ", "--", ""]),
)
def test_what_is_formatted_parses_to_the_same(
    names: list[str], words: list[str], until: datetime.date | None, whole_file: bool, sign: str
) -> None:
    one = Suppression(tuple(names), " ".join(words), until.isoformat() if until else "", whole_file)
    assert parsed(sign + format_suppression(one)) == (one.names, one.reason, one.until, one.whole_file)


@settings(max_examples=100, deadline=None)
@given(st.text() | st.text("[]a,*/-# until=2026").map((IGNORE + "{}").format))
def test_any_text_is_parsed(text: str) -> None:
    for one in parse_suppressions(text):
        assert isinstance(one, (Suppression, Fault))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
def test_dates_are_those_of_the_calendar(year: int, month: int, day: int) -> None:
    text = f"{year:04}-{month:02}-{day:02}"
    try:
        datetime.date.fromisoformat(text)
        real = True
    except ValueError:
        real = False
    (one,) = parse_suppressions(f"{IGNORE}[a] b until={text}")
    assert isinstance(one, Suppression) == real


# -- findings ------------------------------------------------------------------------------------

LIBRARY = (OWN, f"{OWN}/attribute_hides_text", "bare", "bare/one", "bare/two", "print", "print/call")


def finding(line: int, rule_id: str = "bare/one", full: tuple[int, int, int, int] | None = None) -> Finding:
    pattern, detector = rule_id.split("/")
    return Finding(
        pattern, detector, "block", "high", b"a.py", ((line, 1, line, 5),), "m", "f", "s", "k", full
    )


def fingerprint(name: str, path: bytes, text: str, index: int) -> str:
    return f"{name}|{path.decode()}|{text}|{index}"


def run(
    comments: list[Comment],
    *findings: Finding,
    added: set[int] | None = None,
    ran: str = "bare bare/one bare/two print print/call",
    matches: tuple[Finding, ...] | None = (),
    require_reason: bool = False,
    today: str = TODAY,
) -> tuple[list[Finding], list[tuple[Finding, str]], list[Finding]]:
    kept, suppressed, notices = apply(
        findings,
        comments,
        path=b"a.py",
        added=added or set(),
        everything=added is None,
        today=lambda: today,
        require_reason=require_reason,
        known=LIBRARY.__contains__,
        ran=ran.split().__contains__,
        fingerprint=fingerprint,
        matches=None if matches is None else [(one.rule_id, one.line, one.full) for one in matches],
    )
    return kept, [(one.finding, one.reason) for one in suppressed], notices


def behind(line: int, rest: str) -> Comment:
    return Comment(line, False, IGNORE + rest, "code  " + IGNORE + rest)


def above(line: int, rest: str) -> Comment:
    return Comment(line, True, IGNORE + rest, IGNORE + rest)


def taken(comments: list[Comment], one: Finding) -> bool:
    kept, suppressed, _ = run(comments, one)
    assert len(kept) + len(suppressed) == 1
    return not kept


def told(comments: list[Comment], *findings: Finding, **options: object) -> list[tuple[str, str, int]]:
    """(name, level, line) of the notices."""
    _, _, notices = run(comments, *findings, **options)  # type: ignore[arg-type]
    assert all(one.pattern == OWN for one in notices)
    return [(one.detector, one.level, one.line) for one in notices]


def test_no_comments_change_nothing() -> None:
    one = finding(5)
    assert run([], one) == ([one], [], [])
    assert run([Comment(5, False, "# noqa")], one) == ([one], [], [])


@pytest.mark.parametrize(
    ("comment", "one"),
    [
        (behind(4, "[bare] r"), finding(5)),
        (behind(6, "[bare] r"), finding(5)),
        (above(6, "[bare] r"), finding(5)),
        (above(3, "[bare] r"), finding(5)),
        (behind(5, "[print] r"), finding(5)),
        (behind(5, "[bare/two] r"), finding(5)),
        (behind(5, "[bar] r"), finding(5)),
        (behind(5, "[BARE] r"), finding(5)),
        (behind(4, "[bare] r"), finding(5, full=(3, 1, 9, 2))),
        (behind(9, "[bare] r"), finding(5, full=(3, 1, 9, 1))),
        (above(11, "-file[bare] r"), finding(5)),
        (behind(2, "-file[print] r"), finding(5)),
    ],
)
def test_not_about_the_finding(comment: Comment, one: Finding) -> None:
    assert not taken([comment], one)


@pytest.mark.parametrize(
    ("comment", "one"),
    [
        (behind(5, "[bare] r"), finding(5)),
        (behind(5, "[bare/one] r"), finding(5)),
        (behind(5, "[print, bare] r"), finding(5)),
        (above(4, "[bare] r"), finding(5)),
        (above(5, "[bare] r"), finding(5)),
        (behind(3, "[bare] r"), finding(5, full=(3, 1, 9, 2))),
        (above(2, "[bare] r"), finding(5, full=(3, 1, 9, 2))),
        (behind(9, "[bare] r"), finding(5, full=(3, 1, 9, 2))),
        (above(8, "[bare] r"), finding(5, full=(3, 1, 9, 2))),
        (behind(8, "[bare] r"), finding(5, full=(3, 1, 9, 1))),
        (behind(10, "-file[bare] r"), finding(500)),
        (above(1, "-file[bare/one] r"), finding(1)),
        (behind(5, f"[bare] r until={TODAY}"), finding(5)),
        (behind(5, "[bare]"), finding(5)),
    ],
)
def test_about_the_finding(comment: Comment, one: Finding) -> None:
    assert taken([comment], one)


def test_the_reason_comes_along() -> None:
    one = finding(5)
    assert run([behind(5, "[bare] as agreed until=2030-01-01")], one) == ([], [(one, "as agreed")], [])


def test_moved_and_degraded_findings_are_no_different() -> None:
    one = finding(5)
    one.moved = one.degraded = True
    assert taken([behind(5, "[bare] r")], one)


def test_comment_lines_above_one_another_reach_the_code() -> None:
    block = [above(2, "[bare] r"), above(3, "[print] r"), Comment(4, True, "# why"), Comment(7, True, "# x")]
    assert taken(block, finding(5))
    assert taken(block, finding(5, "print/call"))
    assert taken(block, finding(3))
    assert not taken(block, finding(4))
    assert not taken(block, finding(6))
    assert not taken(block, finding(8))


def test_an_empty_line_ends_a_block_of_comments() -> None:
    assert not taken([above(2, "[bare] r"), Comment(4, True, "# why")], finding(5))


def test_comments_behind_code_build_no_block() -> None:
    assert not taken([above(3, "[bare] r"), Comment(4, False, "# why")], finding(5))


def test_the_tool_itself_cannot_be_silenced() -> None:
    own = notice("attribute_hides_text", "warn", b"a.py", 5, "m", "f", "k")
    kept, suppressed, _ = run([behind(5, f"[{OWN}, {OWN}/attribute_hides_text] r")], own)
    assert (kept, suppressed) == ([own], [])


# -- notices -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "name", "level"),
    [
        ("", "suppression_unnamed", "warn"),
        ("[*] r", "suppression_unnamed", "warn"),
        ("[bare] r until=soon", "suppression_malformed", "warn"),
        ("[bare] r until=2026-06-14", "suppression_expired", "warn"),
        ("[bare] until=2026-06-14", "suppression_expired", "warn"),
        ("[bear] r", "suppression_unknown", "hint"),
        ("[bear, bare/ten] until=2026-06-14", "suppression_unknown", "hint"),
        ("[print] r", "suppression_unused", "hint"),
    ],
)
def test_one_notice_and_no_effect(rest: str, name: str, level: str) -> None:
    one = finding(5)
    assert told([behind(5, rest)], one) == [(name, level, 5)]
    assert not taken([behind(5, rest)], one)


def test_without_a_reason_it_works_but_is_told() -> None:
    kept, suppressed, notices = run([behind(5, "[bare]")], finding(5))
    assert (kept, [reason for _, reason in suppressed]) == ([], [""])
    assert [(one.detector, one.level) for one in notices] == [("suppression_without_reason", "warn")]


def test_a_required_reason_that_is_missing_voids() -> None:
    kept, suppressed, notices = run([behind(5, "[bare]")], finding(5), require_reason=True)
    assert (len(kept), suppressed) == (1, [])
    assert [one.detector for one in notices] == ["suppression_without_reason"]
    assert "scan.require-reason" in notices[0].message


def test_ignore_file_below_the_tenth_line_is_told() -> None:
    assert told([above(11, "-file[bare] r")], finding(12)) == [("suppression_malformed", "warn", 11)]


def test_known_names_work_beside_unknown_ones() -> None:
    assert told([behind(5, "[bear, bare] r")], finding(5)) == [("suppression_unknown", "hint", 5)]
    assert taken([behind(5, "[bear, bare] r")], finding(5))


def test_only_comments_on_added_lines_are_spoken_of_but_all_work() -> None:
    comments = [behind(1, ""), behind(2, "[print] r"), behind(3, "[bare]"), behind(4, "[bear] r")]
    assert told(comments, added={7}) == []
    assert len(told(comments, added={1, 2, 3, 4})) == 5
    assert told(comments, added={2}) == [("suppression_unused", "hint", 2)]
    kept, suppressed, _ = run(comments, finding(3), added={7})
    assert (kept, len(suppressed)) == ([], 1)


def test_unused_is_said_only_of_what_was_looked_for() -> None:
    assert told([behind(5, "[bare] r")], ran="") == []
    assert told([behind(5, "[bare, print] r")], ran="print") == [("suppression_unused", "hint", 5)]
    (one,) = run([behind(5, "[bare, print] r")], finding(5))[2]
    assert one.message == "nothing to suppress: print"


def test_a_suppression_of_old_code_is_not_unused() -> None:
    unused = [("suppression_unused", "hint", 4)]
    assert told([above(4, "[bare] r")], added={4}, matches=(finding(5),)) == []
    assert told([above(4, "[bare] r")], added={4}, matches=(finding(9),)) == unused
    assert run([above(4, "[bare] r")], matches=(finding(5),))[:2] == ([], [])


def test_a_detector_that_another_one_of_its_pattern_outranks_is_not_unused() -> None:
    assert told([behind(5, "[bare/two] r")], finding(5), matches=(finding(5, "bare/two"),)) == []


def test_who_does_not_know_the_old_code_calls_unused_only_what_speaks_of_new_code() -> None:
    unused = [("suppression_unused", "hint", 4)]
    assert told([above(4, "[bare] r")], added={4}, matches=None) == []
    assert told([above(4, "[bare] r")], added={4, 5}, matches=None) == unused
    assert told([behind(4, "[bare] r")], added={4}, matches=None) == unused
    assert told([behind(4, "-file[bare] r")], added={4, 5}, matches=None) == []
    assert told([behind(4, "-file[bare] r")], matches=None) == unused


def test_without_a_day_nothing_is_past() -> None:
    kept, suppressed, notices = run([behind(5, "[bare] r until=1999-01-01")], finding(5), today="")
    assert (kept, len(suppressed), notices) == ([], 1, [])


def test_the_day_is_asked_for_only_if_a_date_is_met() -> None:
    def nobody_asks() -> str:
        raise AssertionError

    _, suppressed, _ = apply(
        [finding(5)],
        [behind(5, "[bare] r")],
        path=b"a.py",
        added={5},
        today=nobody_asks,
        require_reason=False,
        known=LIBRARY.__contains__,
        ran=LIBRARY.__contains__,
        fingerprint=fingerprint,
    )
    assert len(suppressed) == 1


def test_one_of_two_is_enough_but_different_places_both_count() -> None:
    both = [above(4, "[bare] r"), behind(9, "[bare] s")]
    kept, suppressed, notices = run(both, finding(5, full=(5, 1, 9, 2)))
    assert (kept, [reason for _, reason in suppressed], notices) == ([], ["r"], [])
    near = [above(4, "[bare] r"), behind(5, "[bare] s")]
    assert [reason for _, reason in run(near, finding(5))[1]] == ["r"]
    assert told(near, finding(5)) == [("suppression_unused", "hint", 5)]


def test_keys_tell_equal_comments_and_kinds_apart_and_know_no_line() -> None:
    comments = [behind(2, "[bare]"), behind(5, "[bare]"), behind(6, "[print]")]
    keys = [one.fingerprint for one in run(comments)[2]]
    assert len(set(keys)) == len(keys) == 6
    assert keys[0] == f"{OWN}/suppression_without_reason|a.py|{IGNORE}[bare]|0"
    assert keys[1] == f"{OWN}/suppression_without_reason|a.py|{IGNORE}[bare]|1"
    later = [Comment(one.line + 10, one.alone, one.text) for one in comments]
    assert [one.fingerprint for one in run(later)[2]] == keys
    assert run(comments, added={5})[2][0].fingerprint == keys[1]


def test_a_notice_shows_the_line_and_names_no_endless_names() -> None:
    (one,) = run([behind(5, "[" + ",".join("n" * (90 + more) for more in range(50)) + "] r")])[2]
    assert one.snippet.startswith("code  # feedback-loop")
    assert one.message.endswith("… and 47 more")
    assert len(one.message) <= 300


def test_many_of_everything_ends_soon() -> None:
    comments = [above(line, "[bare, print]" * 3) for line in range(1, 5001)]
    kept, suppressed, _ = run(comments, *[finding(5001) for _ in range(5000)])
    assert (len(kept), len(suppressed)) == (0, 5000)
    names = ",".join(f"n{number}" for number in range(100_000))
    assert len(told([behind(5, f"[{names}] r")])) == 1


def test_no_costly_imports() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import feedback_loop.domain.suppression;"
        "print([name for name in ('re', 'enum', 'typing', 'dataclasses', 'datetime') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
