from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.effect import Adoption
from feedback_loop.domain.history import Commits, LibraryChange
from feedback_loop.engines.adoption import find_adoptions, pattern_of
from tests.made_history import line, made_commits, made_history

HOME, ARCHIVE = "patterns/pp.json", "patterns/archive/pp.json"


def adoption(
    *changes: tuple[int, str, str, str], commits: Commits | None = None, **versions: int
) -> Adoption | None:
    library = tuple(LibraryChange(*change) for change in changes)
    return find_adoptions(made_history(commits or line(12), library=library), "patterns", versions).get("pp")


def test_no_library_is_no_adoption() -> None:
    assert find_adoptions(made_history(line(3)), "patterns") == {}


@pytest.mark.parametrize(
    "path",
    [
        "patterns/pp.md",
        "patterns/proposed/pp.json",
        ARCHIVE,
        "other/pp.json",
        "patterns/Not-A-Name.json",
        "pp.json",
        "patterns/p.json",
    ],
)
def test_what_is_no_active_json_half_adopts_nothing(path: str) -> None:
    assert pattern_of(path, "patterns") == ""
    assert adoption((1, "A", path, "1")) is None


def test_the_commit_that_put_it_in_place() -> None:
    assert adoption((4, "A", HOME, "1")) == Adoption("pp", 4, ((4, None),))


def test_a_prose_half_that_changes_later_is_nothing() -> None:
    assert adoption((4, "A", HOME, "1"), (6, "M", "patterns/pp.md", "2")) == Adoption("pp", 4, ((4, None),))


def test_archived_and_restored_makes_two_spans() -> None:
    found = adoption(
        (2, "A", HOME, "1"),
        (5, "D", HOME, ""),
        (5, "A", ARCHIVE, "1"),
        (8, "D", ARCHIVE, ""),
        (8, "A", HOME, "1"),
        v=1,
    )
    assert found == Adoption("pp", 2, ((2, 5), (8, None)))


def test_deleted_for_good_ends_it() -> None:
    assert adoption((2, "A", HOME, "1"), (7, "D", HOME, "")) == Adoption("pp", 2, ((2, 7),))


def test_away_and_back_in_one_commit_changes_nothing() -> None:
    found = adoption((2, "A", HOME, "1"), (5, "D", HOME, ""), (5, "A", HOME, "1"))
    assert found == Adoption("pp", 2, ((2, None),))


def test_versions_with_the_commits_that_brought_them() -> None:
    found = adoption(
        (2, "A", HOME, "one"),
        (3, "M", HOME, "one_other_prose"),
        (6, "M", HOME, "two"),
        (7, "M", HOME, "unreadable"),
        (9, "M", HOME, "two_again"),
        one=1,
        one_other_prose=1,
        two=2,
        two_again=2,
    )
    assert found is not None
    assert found.versions == ((1, 2), (2, 6))


def test_positions_are_those_of_the_chain() -> None:
    """Commit 2 is a branch's; the merge, commit 3, is the third of the chain."""
    commits = made_commits([(), (0,), (0,), (1, 2)])
    assert adoption((3, "A", HOME, "1"), commits=commits) == Adoption("pp", 3, ((2, None),))


def test_of_several_patterns_in_the_order_of_names() -> None:
    changes = [LibraryChange(1, "A", f"patterns/{name}.json", "1") for name in ("zz", "aa")]
    assert list(find_adoptions(made_history(line(3), library=tuple(changes)), "patterns")) == ["aa", "zz"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("AMD"), max_size=12))
def test_spans_rise_and_alternate(statuses: list[str]) -> None:
    found = adoption(*((at, status, HOME, "1") for at, status in enumerate(statuses)))
    if not {"A", "M"} & set(statuses):
        assert found is None
        return
    assert found is not None
    borders = [border for span in found.spans for border in span if border is not None]
    assert borders == sorted(set(borders))
    assert all(until is not None for _, until in found.spans[:-1])
    assert (found.spans[-1][1] is None) == (statuses[-1] != "D")
