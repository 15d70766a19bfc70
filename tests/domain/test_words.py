"""Words as matching and search compare them, and the data that hang on them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.indicators import (
    BESIDE,
    GENERIC,
    INDICATORS,
    NEEDS,
    indicators,
    needs_share,
)
from feedback_loop.domain.words import parts, stem, tokens, word_set

# -- splitting -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  \n", "the AND of Your", "_ __", "!?— …"])
def test_no_words(text: str) -> None:
    assert tokens(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HTTPServerError", ["http", "server", "error", "httpservererror"]),
        ("parse_upload", ["pars", "upload", "parse_upload"]),
        ("_private", ["privat"]),
        ("__all_caps__", ["all", "cap", "all_caps"]),
        ("NumPy", ["num", "py", "numpy"]),
        ("utf8", ["utf", "8", "utf8"]),
        ("800MB", ["800", "mb"]),
        ("the_first", ["first", "the_first"]),
        ("read the README", ["read", "readm"]),
        ("file file", ["file", "file"]),
        ("don't", ["don", "t"]),
    ],
)
def test_a_word_is_its_parts_and_if_there_are_several_the_whole(text: str, found: list[str]) -> None:
    assert tokens(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Größe", ["größe"]),
        ("cafe\u0301", ["café"]),
        ("größe_maxValue 3", ["größe", "max", "valu", "maxvalue", "3"]),
        ("ДОБАВИТЬ экспорт", ["добавить", "экспорт"]),
        ("数据库json", ["数据", "据库", "json"]),
        ("字", ["字"]),
        ("한국어", ["한국", "국어"]),
    ],
)
def test_other_scripts_are_runs_of_letters_or_pairs(text: str, found: list[str]) -> None:
    assert tokens(text) == found


def test_parts_leave_the_wholes_out_and_the_set_has_them_stemmed() -> None:
    assert parts("NumPy json_values") == ["num", "py", "json", "valu"]
    assert {"api", "apis", "nan"} <= word_set("APIs NaNs")


# -- stemming ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("serialization", "serial"),
        ("organisation", "organ"),
        ("operational", "oper"),
        ("effectiveness", "effect"),
        ("entries", "entry"),
        ("classes", "class"),
        ("class", "class"),
        ("processing", "process"),
        ("repeatedly", "repeat"),
        ("uploaded", "upload"),
        ("management", "manag"),
        ("manage", "manag"),
        ("safely", "safe"),
        ("files", "file"),
        ("file", "file"),
        ("resources", "resourc"),
        ("resource", "resourc"),
        ("logs", "log"),
        ("ring", "ring"),
        ("red", "red"),
        ("yes", "yes"),
        ("is", "is"),
        ("ties", "tie"),
    ],
)
def test_stem(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


@given(st.text(alphabet="abdegilmnorstuyz", min_size=1, max_size=14))
@settings(max_examples=100, deadline=None)
def test_a_stem_is_never_longer_and_never_below_three_letters(word: str) -> None:
    stemmed = stem(word)
    assert min(3, len(word)) <= len(stemmed) <= len(word)


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_has_tokens_without_blanks_in_lower_case(text: str) -> None:
    found = tokens(text)
    assert all(token and re.search(r"\s", token) is None and token == token.lower() for token in found)
    assert word_set(text).issuperset(found)


# -- indicators ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Show a catalog entry", set()),
        ("Update the README and the changelog", set()),
        ("Log in with Google, log out, logging-in", set()),
        ("Fixed length", set()),
        ("JSON endpoint that returns NumPy statistics", {"numpy", "json", "fastapi"}),
        ("an ndarray of APIs", {"numpy", "json", "fastapi"}),
        ("return np.array", {"numpy", "list_access"}),
        ("the FIRST rows", {"list_access"}),
        ("user_lists", {"list_access"}),
        ("catch exceptions", {"exception"}),
        ("ValueError", {"exception"}),
        ("loggers and logs", {"logging"}),
        ("Debugging", {"logging"}),
        ("categorizing, classification", {"categorization"}),
        ("uploads", {"file", "large_file", "upload"}),
        ("streaming", {"upload"}),
        ("NaNs", {"nan"}),
        ("NaN or Inf", {"nan"}),
        ("serialised with FastAPI", {"json", "fastapi"}),
    ],
)
def test_indicators_are_set_by_whole_words(text: str, found: set[str]) -> None:
    assert indicators(text) == found


@pytest.mark.parametrize("text", ["800MB", "2 GB", "1.5 GiB", "0,5 mb", "up to 3 gigabytes.", "(12MiB)"])
def test_a_size_in_mb_or_gb_means_a_large_file(text: str) -> None:
    assert indicators(text) == {"large_file"}


@pytest.mark.parametrize("text", ["MB", "800 KB", "2 GBP", "x800MB", "800 Mbit", "v1.800MBit"])
def test_other_figures_are_no_size(text: str) -> None:
    assert indicators(text) == set()


# -- needs ---------------------------------------------------------------------------------------


def test_every_need_is_an_indicator_and_every_companion_a_need() -> None:
    assert set(INDICATORS) == {need for needs in NEEDS.values() for need in needs}
    for name, beside in BESIDE.items():
        assert beside < set(NEEDS[name])


def test_generic_words_set_no_indicator() -> None:
    assert indicators(" ".join(GENERIC)) == set()


@pytest.mark.parametrize("name", NEEDS)
def test_all_needs_met_is_one_and_none_is_nothing(name: str) -> None:
    assert needs_share(name, frozenset(NEEDS[name])) == 1.0
    assert needs_share(name, frozenset()) == 0.0


def test_the_share_counts_what_is_met_and_an_unknown_pattern_has_none() -> None:
    assert needs_share("numpy_nan_inf_handling", frozenset({"numpy", "json"})) == 0.5
    assert needs_share("ours", frozenset(INDICATORS)) == 0.0
