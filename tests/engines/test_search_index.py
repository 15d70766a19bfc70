"""The index of search against BM25 written out plainly, and its changes against building it anew."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.background import share
from feedback_loop.domain.pattern import Example, Pattern
from feedback_loop.domain.postings import Parts
from feedback_loop.domain.relevance import relevance
from feedback_loop.domain.search import Hit, Indexed, Query
from feedback_loop.domain.words import tokens
from feedback_loop.engines.search import ranking
from feedback_loop.engines.search.document import FORMAT, document
from feedback_loop.engines.search.index import Index

WORDS = ("file", "return", "upload", "numpy", "json", "zeppelin", "quokka", "temp_file", "list", "error")


def made(
    name: str,
    text: str,
    state: str = "active",
    languages: tuple[str, ...] = (),
    frameworks: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> Indexed:
    counts = Counter(tokens(text))
    return Indexed(
        name,
        name,
        state,
        languages=languages,
        frameworks=frameworks,
        tags=tags,
        counts=dict(counts),
        length=counts.total(),
    )


DOCUMENTS = st.builds(
    made,
    name=st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h"]),
    text=st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    state=st.sampled_from(["active", "proposed", "archived"]),
    languages=st.sampled_from([(), ("python",), ("go", "python")]),
    frameworks=st.sampled_from([(), ("fastapi",)]),
    tags=st.sampled_from([(), ("io",), ("io", "memory")]),
)
QUERIES = st.builds(
    Query,
    text=st.lists(st.sampled_from([*WORDS, "walrus"]), max_size=8).map(" ".join),
    limit=st.integers(1, 6),
    language=st.sampled_from([None, "Python", "go"]),
    framework=st.sampled_from([None, "fastapi", "flask"]),
    tag=st.sampled_from([None, "io", "memory"]),
    min_relevance=st.sampled_from([0.0, 0.05, 0.5]),
    states=st.sampled_from([("active",), ("active", "proposed"), ("archived",)]),
)


def library(documents: list[Indexed]) -> dict[tuple[str, str], Indexed]:
    """The last one of each name and state."""
    return {(one.name, one.state): one for one in documents}


# -- BM25 as D12 writes it ------------------------------------------------------------------------


def chosen(documents: list[Indexed], query: Query) -> list[Indexed]:
    def fits(wanted: str | None, values: tuple[str, ...], all_fit: bool) -> bool:
        return wanted is None or (all_fit and not values) or wanted.lower() in values

    return [
        one
        for one in documents
        if one.state in query.states
        and fits(query.language, one.languages, True)
        and fits(query.framework, one.frameworks, True)
        and fits(query.tag, one.tags, False)
    ]


def plainly(
    documents: list[Indexed], query: Query, dropped: frozenset[str] = frozenset()
) -> dict[tuple[str, str], tuple[float, float, float]]:
    """(score, s, g) of each document by name and state."""
    inside = chosen(documents, query)
    average = sum(one.length for one in inside) / len(inside) if inside else 1
    largest = 0.0
    parts: dict[tuple[str, str], dict[str, float]] = {(one.name, one.state): {} for one in inside}
    for token, qf in Counter(tokens(query.text)).items():
        n = sum(token in one.counts for one in inside) + 1000 * share(token)
        total = len(inside) + 1000
        idf = math.log(1 + (total - n + 0.5) / (n + 0.5))
        largest += idf * 2.2 * (1 + math.log(qf))
        for one in inside:
            f = one.counts.get(token, 0)
            if f and token not in dropped:
                part = f * 2.2 / (f + 1.2 * (1 - 0.75 + 0.75 * one.length / average))
                parts[one.name, one.state][token] = idf * part * (1 + math.log(qf))
    scores = {key: sum(held.values()) for key, held in parts.items()}
    best, *rivals = sorted(scores, key=lambda key: (-round(scores[key], 9), key))[:10] or [("", "")]
    found = {}
    for key, score in scores.items():
        other = max((sum(parts[one].get(token, 0) for token in parts[best]) for one in rivals), default=0.0)
        if key != best:
            other = scores[best]
        if score:
            found[key] = (score, score / largest, (score - other) / max(score, other))
    return found


def ordered(found: dict[tuple[str, str], tuple[float, float, float]]) -> list[tuple[str, str]]:
    return sorted(found, key=lambda key: (-round(found[key][0], 9), key))


def shown(hits: list[Hit]) -> list[tuple[str, str]]:
    return [(hit.pattern.name, hit.pattern.state) for hit in hits]


def likely(found: tuple[float, float, float]) -> float:
    score, part, gap = found
    return relevance(part, gap, score)


def agrees(hit: Hit, expected: tuple[float, float, float]) -> bool:
    score, part, gap = expected
    return (
        hit.score == pytest.approx(score)
        and hit.share == pytest.approx(part)
        and hit.gap == pytest.approx(gap, abs=1e-9)
        and hit.relevance == pytest.approx(likely(expected))
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(DOCUMENTS, max_size=14), QUERIES)
def test_a_search_is_bm25_over_what_the_filters_let_through(documents: list[Indexed], query: Query) -> None:
    expected = plainly(list(library(documents).values()), query)
    best = ordered(expected)[: query.limit]
    hits = Index(documents).search(query)
    relevant = [key for key in best if likely(expected[key]) >= query.min_relevance]
    assert shown(hits) == relevant
    assert all(agrees(hit, expected[hit.pattern.name, hit.pattern.state]) for hit in hits)
    assert all(hit.score == pytest.approx(sum(term.score for term in hit.terms)) for hit in hits)


@settings(max_examples=100, deadline=None)
@given(st.lists(DOCUMENTS, max_size=14), QUERIES)
def test_several_asks_the_rest_of_the_query_and_keeps_its_size(
    documents: list[Indexed], query: Query
) -> None:
    known = library(documents)
    expected: list[tuple[tuple[str, str], tuple[float, float, float]]] = []
    dropped: frozenset[str] = frozenset()
    while len(expected) < query.limit:
        found = plainly(list(known.values()), query, dropped)
        if not found:
            break
        best = ordered(found)[0]
        if likely(found[best]) < query.min_relevance:
            break
        expected.append((best, found[best]))
        dropped |= set(known[best].counts)
    hits = Index(documents).several(query)
    assert shown(hits) == [key for key, _ in expected]
    assert all(agrees(hit, one) for hit, (_, one) in zip(hits, expected, strict=True))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(DOCUMENTS, max_size=10),
    st.lists(DOCUMENTS | st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["active", "proposed"]))),
    QUERIES,
)
def test_an_index_changed_is_the_index_built_anew(
    documents: list[Indexed], changes: list[Indexed | tuple[str, str]], query: Query
) -> None:
    index, known = Index(documents), library(documents)
    for change in changes:
        if isinstance(change, Indexed):
            index.replace(change)
            known[change.name, change.state] = change
        else:
            index.search(query)  # what it keeps of a query must not outlive the change
            index.remove(*change)
            known.pop(change, None)
    anew = Index(known.values())
    restored = Index.restore(copied(index.parts()), _unpacked)
    assert index.search(query) == anew.search(query) == restored.search(query)
    assert index.several(query) == anew.several(query)
    assert len(index) == len(restored) == len(known)
    assert set(index.parts().postings) == {token for one in known.values() for token in one.counts}


def copied(parts: Parts) -> Parts:
    return Parts(list(parts.heads), list(parts.records), dict(parts.postings))


def _unpacked(record: bytes) -> Indexed:
    raise AssertionError("every record is a document here")


# -- cases ----------------------------------------------------------------------------------------


def test_an_empty_index_finds_nothing() -> None:
    assert Index().search(Query("file")) == Index().several(Query("file")) == []


def test_words_that_no_pattern_has_find_nothing() -> None:
    assert Index([made("a", "file")]).search(Query("walrus of the")) == []


def test_what_fits_nothing_is_filtered_before_it_can_weigh() -> None:
    """Without the archive "quokka" is in one of two documents, and so it must score whatever it holds."""
    active = [made("a", "quokka file"), made("b", "file list")]
    archive = [made(f"z{number}", "quokka", "archived") for number in range(50)]
    assert Index(active + archive).search(Query("quokka")) == Index(active).search(Query("quokka"))


def test_equals_stand_by_name_whatever_the_order_of_their_words_and_coming() -> None:
    documents = [made(name, "upload file json") for name in "dbca"]
    hits = Index(documents).search(Query("json upload", limit=3))
    assert [hit.pattern.name for hit in hits] == ["a", "b", "c"]
    assert {hit.gap for hit in hits} == {0.0}


def test_a_common_word_weighs_less_than_a_rare_one_in_the_smallest_library() -> None:
    (hit,) = Index([made("a", "return zeppelin")]).search(Query("return a zeppelin"))
    assert [term.token for term in hit.terms] == ["zeppelin", "return"]


def test_repetition_in_a_query_counts_by_its_logarithm() -> None:
    index = Index([made("a", "upload"), made("b", "json")])
    once, often = (index.search(Query("json " + "upload " * times))[0].score for times in (1, 100_000))
    assert often / once == pytest.approx(1 + math.log(100_000))


def test_the_shortcut_for_heavy_words_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rare token decides, and common ones are looked up for those alone that it found."""
    documents = [made(f"p{number:03}", "file list error " * (number % 7 + 1)) for number in range(300)]
    documents += [made(f"q{number}", "zeppelin quokka file" + " list" * number) for number in range(30)]
    query = Query("zeppelin quokka file list error", limit=4)
    index = Index(documents)
    monkeypatch.setattr(ranking, "_WORTH", 10**9)
    slowly = index.search(query)
    monkeypatch.setattr(ranking, "_WORTH", 10)
    finished: list[int] = []
    finish = ranking._finish

    def counted(score: float, slot: int, *rest: object) -> float:
        finished.append(slot)
        return finish(score, slot, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ranking, "_finish", counted)
    assert index.search(query) == slowly
    assert 0 < len(finished) < 60


def test_two_subjects_do_not_stand_in_each_others_way() -> None:
    """What each lacks the other has: neither is the worse answer to its own part."""
    index = Index([made("a", "upload file"), made("b", "zeppelin quokka"), made("c", "json")])
    found = index.several(Query("upload file zeppelin quokka"))
    assert [(hit.pattern.name, hit.gap) for hit in found] == [("b", 1.0), ("a", 1.0)]
    first, second = index.search(Query("upload file zeppelin quokka", limit=2))
    assert (first.gap, second.gap < 0) == (1.0, True)


def test_judge_tells_of_patterns_that_share_nothing_with_the_query() -> None:
    index = Index([made("a", "upload file"), made("b", "json")])
    far, near = index.judge(Query("upload"), [("b", "active"), ("a", "active")])
    assert (far.score, far.share, far.gap, far.terms) == (0.0, 0.0, -1.0, ())
    assert near == index.search(Query("upload"))[0]


def test_documents_are_those_the_filters_let_through() -> None:
    documents = [made("b", "x"), made("a", "y", languages=("go",)), made("a", "z", "archived")]
    assert [one.name for one in Index(documents).documents(Query("", language="python"))] == ["b"]
    assert [one.name for one in Index(documents).documents(Query(""))] == ["a", "b"]


# -- what is indexed of a pattern -------------------------------------------------------------------

PATTERN = Pattern(
    "temp_names",
    "On quokkas",
    "id",
    description="Zeppelins",
    problems=("walrus",),
    bad=(Example("marmot"),),
    good=(Example("x = HTTPServer", "python"), Example("gnu")),
    guidance="lynx",
    tags=("otter",),
    benefits=("unsearched",),
)


def test_a_token_counts_by_where_it_stands() -> None:
    found = document(PATTERN)
    assert found.counts == {
        **dict.fromkeys(("temp", "name", "temp_names", "otter"), 3),
        **dict.fromkeys(("quokka", "zeppelin", "lynx"), 2),
        **dict.fromkeys(("walru", "marmot", "x", "http", "server", "httpserver", "gnu"), 1),
    }
    assert found.length == sum(found.counts.values())
    assert (found.code, found.code_language) == ("x = HTTPServer", "python")


def test_a_pattern_without_examples_has_no_code() -> None:
    found = document(dataclasses.replace(PATTERN, good=()))
    assert (found.code, found.code_language) == ("", "")


def test_whoever_changes_what_is_counted_raises_the_format() -> None:
    """A cache is believed by FORMAT alone. If this fails: raise FORMAT, then write the new digest here."""
    text = "HTTPServerErrors parse_json_files() organization's caresses Übergröße 漢字かな " + " ".join(WORDS)
    found = document(dataclasses.replace(PATTERN, description=text))
    digest = hashlib.sha256(repr(sorted(found.counts.items())).encode()).hexdigest()[:16]
    assert (FORMAT, digest) == (1, "daf9343a84ba6364")
