from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.engines.search.fusion import DEPTH, by_cosine, fuse

LISTS = st.dictionaries(
    st.sampled_from(["words", "vectors", "third"]), st.lists(st.sampled_from("abcdefgh"), unique=True)
)


def names(lists: dict[str, list[str]]) -> list[str]:
    return [name for name, _ in fuse(lists)]


def test_no_lists_and_empty_lists_give_nothing() -> None:
    assert fuse({}) == fuse({"words": [], "vectors": ()}) == []


def test_the_nearest_vector_comes_first_equals_by_name() -> None:
    documents = {
        "far": (-1.0, 0.0),
        "b": (0.6, 0.8),
        "a": (0.6, -0.8),
        "same": (1.0, 0.0),
        "none": (0.0, 0.0),
    }
    assert by_cosine((1.0, 0.0), documents) == ["same", "a", "b", "none", "far"]
    assert by_cosine((1.0, 0.0), {}) == []


def test_one_list_keeps_its_order_with_ranks_from_one() -> None:
    assert fuse({"words": ["b", "a"]}) == [("b", (("words", 1),)), ("a", (("words", 2),))]


def test_found_by_both_goes_before_first_of_one() -> None:
    found = fuse({"words": ["a", "c"], "vectors": ["b", "c"]})
    assert found[0] == ("c", (("words", 2), ("vectors", 2)))
    assert [name for name, _ in found[1:]] == ["a", "b"]  # a tie: by name


def test_a_place_beyond_the_depth_counts_as_absent() -> None:
    deep = [f"n{number:02}" for number in range(DEPTH + 1)]
    found = dict(fuse({"words": deep, "vectors": [deep[-1]]}))
    assert found[deep[-1]] == (("vectors", 1),)
    assert len(found) == DEPTH + 1
    assert len(fuse({"words": deep})) == DEPTH


def test_a_name_twice_in_a_list_counts_once_at_its_first_place() -> None:
    assert fuse({"words": ["a", "b", "b", "b"]}) == [("a", (("words", 1),)), ("b", (("words", 2),))]


@settings(max_examples=100, deadline=None)
@given(LISTS)
def test_the_order_of_the_lists_is_of_no_matter(lists: dict[str, list[str]]) -> None:
    backwards = dict(reversed(lists.items()))
    assert names(lists) == names(backwards)
    assert sorted(names(lists)) == sorted({name for ranked in lists.values() for name in ranked})


@settings(max_examples=100, deadline=None)
@given(LISTS, st.sampled_from("abcdefgh"))
def test_what_leads_every_list_leads_the_whole(lists: dict[str, list[str]], best: str) -> None:
    leading = {source: [best, *(name for name in found if name != best)] for source, found in lists.items()}
    assert names(leading)[:1] == ([best] if lists else [])
