"""A long task is asked in parts: what one sentence wants does not drown in the others."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.relevance import among
from feedback_loop.domain.search import Query
from feedback_loop.engines.search.index import Index, document
from feedback_loop.engines.search.passages import MOST, passages
from feedback_loop.stores.library import load_library

CORE = Index(document(one) for one in load_library(os.devnull, "patterns").active)
TASK = (
    "Refactor the loader so that it reads all of the entries in the order of their dates, and name every exception "
    "instead of a bare except.\nReplace each print by a call of the module's logger; keep the tests green."
)


def test_nothing_has_no_passages() -> None:
    assert passages("") == passages(" ; \n") == []


def test_one_sentence_is_one_passage() -> None:
    assert passages("read the file in chunks or by line") == ["read the file in chunks or by line"]


def test_sentences_lines_and_clauses_are_parts() -> None:
    text = "Read the large file in chunks. Log each failed row\nname every exception expected, and close the file handle"
    assert passages(text) == [
        "Read the large file in chunks.",
        "Log each failed row",
        "name every exception expected",
        "and close the file handle",
    ]


def test_a_short_one_says_nothing_by_itself() -> None:
    assert passages("Please. Read the large file in chunks. Thanks!") == [
        "Please. Read the large file in chunks. Thanks!"
    ]


@settings(max_examples=100, deadline=None)
@given(st.text("ab .;,\nand!", max_size=400) | st.text(max_size=200))
def test_every_word_is_in_one_passage_and_in_its_order(text: str) -> None:
    parts = passages(text)
    assert len(parts) <= MOST
    kept = "".join("".join(parts).split()).replace(";", "").replace(",", "")
    assert kept == "".join(text.split()).replace(";", "").replace(",", "")


def test_a_very_long_text_has_no_more_parts() -> None:
    assert len(passages("one two three four. " * 5_000)) == MOST


def test_a_task_of_one_passage_is_asked_as_it_is() -> None:
    query = Query("stream an upload", min_relevance=0.1)
    assert CORE.of_task(query) == CORE.several(query) != []


def test_each_passage_finds_its_own_pattern() -> None:
    query = Query(TASK, min_relevance=0.6)
    assert CORE.several(query) == []
    found = [hit.pattern.name for hit in CORE.of_task(query)]
    assert found == ["specific_exceptions", "structured_logging"]
    assert CORE.of_task(Query(TASK, limit=1, min_relevance=0.6))[0].pattern.name == found[0]


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1), st.integers(1, MOST))
def test_more_passages_make_each_of_them_less_sure(relevance: float, number: int) -> None:
    assert among(relevance, 1) == relevance or abs(among(relevance, 1) - relevance) < 1e-12
    assert 0 <= among(relevance, number + 1) <= among(relevance, number) <= 1
