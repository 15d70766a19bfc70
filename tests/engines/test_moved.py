"""Findings on lines that the same change takes away elsewhere."""

from __future__ import annotations

from collections import Counter

import pytest

from feedback_loop.domain.finding import Finding, notice
from feedback_loop.engines.moved import collapsed, count_lines, count_removed, line_texts, mark_moved


def finding(
    line: int, snippet: str = "    except:", *, pattern: str = "p", level: str = "block", column: int = 1
) -> Finding:
    span = (line, column, line, column + 1)
    return Finding(pattern, "d", level, "high", b"a.py", (span,), "m", "", snippet, f"{line}")


def moved(findings: list[Finding], removed: dict[str, int], level: str = "warn") -> list[tuple[int, str]]:
    mark_moved(findings, Counter(removed), level)
    return [(one.line, one.level) for one in findings if one.moved]


def test_nothing_is_moved_when_nothing_is_removed() -> None:
    one = finding(1)
    assert moved([one], {}) == []
    assert one.level == "block"


def test_another_line_does_not_count() -> None:
    assert moved([finding(1)], {"except ValueError:": 1}) == []


def test_a_removed_line_makes_one_finding_gentler() -> None:
    assert moved([finding(7), finding(3)], {"except:": 1}) == [(3, "warn")]


def test_as_many_as_were_removed() -> None:
    assert moved([finding(1), finding(2), finding(3)], {"except:": 2}) == [(1, "warn"), (2, "warn")]


@pytest.mark.parametrize(("level", "most", "then"), [("hint", "warn", "hint"), ("block", "block", "block")])
def test_a_level_is_never_raised(level: str, most: str, then: str) -> None:
    assert moved([finding(1, level=level)], {"except:": 1}, most) == [(1, then)]


def test_each_pattern_counts_by_itself() -> None:
    found = [finding(1), finding(1, pattern="q")]
    assert moved(found, {"except:": 1}) == [(1, "warn"), (1, "warn")]


def test_two_findings_on_one_line_are_one_line() -> None:
    found = [finding(1), finding(1, column=5), finding(2)]
    assert moved(found, {"except:": 1}) == [(1, "warn"), (1, "warn")]


def test_what_the_tool_itself_says_never_moves() -> None:
    own = notice("policy_change", "warn", b"a", 1, "m", "", "k", "except:")
    assert line_texts([own]) == frozenset()
    assert moved([own], {"except:": 1}, "hint") == []


def test_lines_are_compared_without_their_white_space() -> None:
    wanted = line_texts([finding(1, "\texcept  ( A,\tB ): ")])
    assert wanted == {collapsed("except ( A, B ):")}
    hunk = b"-  except ( A, B ):\r\n+except ( A, B ):\n except ( A, B ):\n-except (A, B):\n"
    assert count_removed(hunk, wanted) == {"except ( A, B ):": 1}


def test_only_removed_lines_of_a_hunk_count_and_all_of_a_deleted_file() -> None:
    wanted = frozenset({"a", "é"})
    assert count_removed("-a\n-a\n+a\n a\n\\ a\n-é\n--a\n".encode(), wanted) == {"a": 2, "é": 1}
    assert count_lines("a\n a\n-a\né".encode(), wanted) == {"a": 2, "é": 1}
    assert count_lines(b"", wanted) == {}
