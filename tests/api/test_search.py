"""A repository's patterns searched: the index follows the files, whatever becomes of its cache."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.api.search import open_search
from feedback_loop.api.search import opening as module
from feedback_loop.api.search.pattern_library import PatternLibrary
from feedback_loop.api.search.search import search
from feedback_loop.domain.search import Query
from feedback_loop.engines.search.index import Index
from feedback_loop.errors import InputError, UserError
from feedback_loop.stores import library as pattern_files
from feedback_loop.workspace import Workspace
from tests.faces.command_line import write_pattern
from tests.repo import Repo

OLD = 1_000_000_000


@pytest.fixture
def small(repo: Repo) -> Repo:
    """Three patterns of words of their own, long unchanged."""
    for name in ("aa_quokka", "bb_zeppelin"):
        write_pattern(repo, name, languages=["python"])
    write_pattern(repo, "cc_walrus", below="proposed/", languages=[])
    for path in (repo.root / "patterns").rglob("*.*"):
        os.utime(path, (OLD, OLD))
    return repo


def names(repo: Repo, text: str, *states: str) -> list[str]:
    workspace = Workspace.open(str(repo.root))
    found = search(workspace, Query(text, states=states or ("active", "proposed", "archived")))
    return [hit.pattern.name for hit in found.hits]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The patterns that are read from now on, in order."""
    seen: list[str] = []
    parse = pattern_files.parse_files

    def noted(files: dict[str, bytes], folder: str, state: str) -> object:
        seen.extend(sorted({name.rpartition(".")[0] for name in files}))
        return parse(files, folder, state)

    monkeypatch.setattr(pattern_files, "parse_files", noted)
    return seen


def cache_of(repo: Repo) -> Path:
    (path,) = (repo.root / ".git/feedback-loop").glob("search-*.bin")
    return path


# -- the index follows the files -------------------------------------------------------------------


def test_what_did_not_change_is_not_read_again(small: Repo, parsed: list[str]) -> None:
    assert names(small, "quokka") == ["aa_quokka"]
    assert sorted(parsed) == ["aa_quokka", "bb_zeppelin", "cc_walrus"]
    parsed.clear()
    assert names(small, "walrus") == ["cc_walrus"]
    assert parsed == []


def test_a_changed_a_new_and_a_moved_pattern_are_read_alone(small: Repo, parsed: list[str]) -> None:
    names(small, "quokka")
    parsed.clear()
    write_pattern(small, "bb_zeppelin", guidance="Mind the marmot.")
    assert names(small, "marmot") == ["bb_zeppelin"]
    write_pattern(small, "dd_gnu")
    assert names(small, "gnu") == ["dd_gnu"]
    (small.root / "patterns/archive").mkdir()
    for ending in ("md", "json"):
        file = small.root / f"patterns/aa_quokka.{ending}"
        file.rename(small.root / f"patterns/archive/aa_quokka.{ending}")
    assert names(small, "quokka", "active") == []
    assert names(small, "quokka", "archived") == ["aa_quokka"]
    assert parsed == ["bb_zeppelin", "dd_gnu", "aa_quokka"]


def test_an_index_kept_through_changes_is_one_built_anew(small: Repo) -> None:
    names(small, "quokka")
    write_pattern(small, "bb_zeppelin", guidance="Mind the quokka.")
    (small.root / "patterns/proposed/cc_walrus.md").unlink()
    query = Query("quokka zeppelin walrus name exceptions", states=("active", "proposed"))
    workspace = Workspace.open(str(small.root))
    kept = open_search(workspace)
    again = open_search(workspace)
    cache_of(small).unlink()
    anew = open_search(workspace)
    assert kept.index.search(query) == again.index.search(query) == anew.index.search(query)
    assert (
        kept.notes
        == again.notes
        == anew.notes
        == ("1 pattern cannot be read: `feedback-loop check` says why",)
    )


def test_a_broken_cache_and_none_at_all_give_the_same_answers(
    small: Repo, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names(small, "quokka")
    cache_of(small).write_bytes(b"\x00" * 500)
    parsed.clear()
    assert names(small, "quokka") == ["aa_quokka"]
    assert len(parsed) == 3
    cache_of(small).unlink()
    monkeypatch.setattr(module.SearchCache, "save", lambda self, kept: None)
    for _ in range(2):
        assert names(small, "quokka") == ["aa_quokka"]
    assert len(parsed) == 9


def test_a_pattern_that_cannot_be_read_is_left_out_counted_and_found_when_it_is_mended(
    small: Repo, parsed: list[str]
) -> None:
    prose = (small.root / "patterns/aa_quokka.md").read_text()
    small.write("patterns/aa_quokka.md", "no title")
    small.write("patterns/Not a name.md", "# T")
    assert names(small, "quokka zeppelin") == ["bb_zeppelin"]
    workspace = Workspace.open(str(small.root))
    parsed.clear()
    told = ("2 patterns cannot be read: `feedback-loop check` says why",)
    assert open_search(workspace).notes == told
    assert parsed == []
    small.write("patterns/aa_quokka.md", prose)
    assert names(small, "quokka") == ["aa_quokka"]


def test_settings_are_kept_with_the_index_and_read_when_they_change(small: Repo) -> None:
    workspace = Workspace.open(str(small.root))
    small.write("feedback-loop.toml", "[search]\nlimit = 3\n")
    assert [open_search(workspace).settings.search_limit for _ in range(2)] == [3, 3]
    small.write("feedback-loop.toml", "patterns = 'lessons'\n[search]\nlimit = 'x'\n")
    for _ in range(2):
        opened = open_search(workspace)
        assert opened.settings.search_limit == 5
        assert opened.notes == (
            "the settings have 1 mistake: `feedback-loop check` says why",
            "there is no lessons/ here: these are the patterns of the core pack",
        )
    (small.root / "patterns").rename(small.root / "lessons")
    assert open_search(workspace).own
    assert names(small, "quokka") == ["aa_quokka"]


def test_without_a_folder_the_core_pack_is_searched_and_kept(repo: Repo, parsed: list[str]) -> None:
    assert names(repo, "numpy json")[0] == "numpy_json_serialization"
    assert len(parsed) == 9
    parsed.clear()
    assert names(repo, "bare except")[0] == "specific_exceptions"
    assert parsed == []


def test_a_search_of_what_is_known_loads_no_reader_of_patterns(small: Repo) -> None:
    """What makes `context` and `search` start in a moment: the cache holds the settings, too."""
    small.write("feedback-loop.toml", "[search]\nlimit = 3\n")
    os.utime(small.root / "feedback-loop.toml", (OLD, OLD))
    names(small, "quokka")
    code = (
        "import sys; before = set(sys.modules)  # a measurement of coverage brings modules of its own\n"
        "from feedback_loop.api.search.search import search, Query\n"
        "from feedback_loop.workspace import Workspace\n"
        "print([hit.pattern.name for hit in search(Workspace.open(), Query('zeppelin')).hits])\n"
        "print(sorted({'jsonschema', 'markdown_it', 'tomllib', 'numpy', 'subprocess'} & (set(sys.modules) - before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=small.root, env=small.environment, capture_output=True, text=True
    )
    assert done.stdout.split("\n")[:2] == ["['bb_zeppelin']", "[]"], done.stderr


# -- what is asked ----------------------------------------------------------------------------------


def test_filters_that_no_pattern_knows_are_told(small: Repo) -> None:
    workspace = Workspace.open(str(small.root))
    asked = Query("quokka", language="Python", framework="flask", tag="nosuch")
    assert search(workspace, asked).notes == (
        "no pattern has the framework 'flask'; shown is what fits every framework",
        "no pattern has the tag 'nosuch'",
    )
    assert search(workspace, Query("quokka", language="PYTHON", tag="Errors")).notes == ()


@pytest.mark.parametrize(
    "query",
    [
        Query(""),
        Query(" \t\n"),
        Query("x", limit=0),
        Query("x", min_relevance=1.1),
        Query("x", min_relevance=float("nan")),
    ],
)
def test_a_query_that_means_nothing_is_refused_before_anything_is_read(small: Repo, query: Query) -> None:
    with pytest.raises(UserError) as caught:
        search(Workspace.open(str(small.root)), query)
    assert (caught.value.kind, caught.value.exit_code) == ("usage", 2)
    assert isinstance(caught.value, ValueError)
    assert not list((small.root / ".git/feedback-loop").glob("search-*"))


@pytest.mark.parametrize(
    "text", ["of the", "\x00\x1b[31m", "\udcff", "\u202e\u200b", "?" * 1_000_000, "a b\n" * 250_000]
)
def test_any_text_is_a_query(small: Repo, text: str) -> None:
    assert names(small, text) == []


# -- a model besides --------------------------------------------------------------------------------


def test_with_a_model_both_rankings_are_fused_and_relevance_stays(
    small: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback_loop.api.search import semantic

    class Model:
        """Holds every text for a walrus, and zeppelins for near."""

        def encode(self, texts: list[str]) -> list[tuple[float, ...]]:
            return [(0.6, 0.8) if "Named" in text else (1.0, 0.0) for text in texts]

    opened: list[tuple[str, str]] = []

    def open_model(folder: str, model: str) -> Model:
        opened.append((folder, model))
        return Model()

    workspace = Workspace.open(str(small.root))
    words = search(workspace, Query("zeppelin"))
    assert (words.engine, [hit.pattern.name for hit in words.hits]) == ("BM25", ["bb_zeppelin"])
    monkeypatch.setattr(semantic, "open_embedder", open_model)
    small.write("feedback-loop.toml", "[search]\nsemantic = true\n")
    found = search(workspace, Query("zeppelin"))
    assert opened == [(workspace.repository.state_dir, "all-MiniLM-L6-v2")]
    assert found.engine == "BM25 and all-MiniLM-L6-v2, fused"
    assert [(hit.pattern.name, hit.ranks) for hit in found.hits] == [
        ("bb_zeppelin", (("BM25", 1), ("all-MiniLM-L6-v2", 2))),
        ("aa_quokka", (("all-MiniLM-L6-v2", 1),)),
    ]
    assert found.hits[0].relevance == words.hits[0].relevance
    assert search(workspace, Query("zeppelin", limit=1)).hits == found.hits[:1]
    assert search(workspace, Query("zeppelin", min_relevance=0.5)).hits == found.hits[:1]
    assert search(workspace, Query("zeppelin", tag="nosuch")).hits == ()


def test_a_model_whose_library_is_not_there_is_the_users_to_mend(
    small: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    small.write("feedback-loop.toml", "[search]\nsemantic = true\n")
    with pytest.raises(UserError) as caught:
        search(Workspace.open(str(small.root)), Query("zeppelin"))
    assert "pip install" in caught.value.hint


# -- PatternLibrary ---------------------------------------------------------------------------------


def test_the_library_answers_in_tuples(small: Repo) -> None:
    library = PatternLibrary(small.root)
    ((name, code, description, relevance),) = library.search_patterns("quokka", language="python")
    assert name == "aa_quokka"
    assert code.startswith("def f(x):")
    assert description == "A bare handler hides `every` bug."
    assert 0 < relevance < 1
    assert library.search_patterns("quokka", 5, "go") == []
    assert library.search_patterns("quokka", min_relevance=0.999) == []
    assert len(library.search_patterns("named exceptions", limit=1)) == 1


def test_the_library_is_by_default_that_around_the_process(
    small: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small.root / "patterns")
    assert PatternLibrary().workspace.root == str(small.root)


def test_a_database_is_refused_with_a_hint(small: Repo) -> None:
    with pytest.raises(ValueError, match="is a database") as caught:
        PatternLibrary("patterns.db")
    assert isinstance(caught.value, UserError)
    assert "folder of a repository" in caught.value.hint


def test_the_library_refuses_what_means_nothing(small: Repo) -> None:
    with pytest.raises(ValueError, match="blank"):
        PatternLibrary(small.root).search_patterns("  ")


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("query", [None, 5, b"x"]),
        ("limit", [0, None, "5", 1.5, True, float("inf")]),
        ("language", [5, b"python"]),
        ("framework", [5, ["fastapi"]]),
        ("min_relevance", [None, "1", -0.1, 1.1, True, float("nan")]),
    ],
)
def test_the_library_names_the_argument_that_cannot_be(
    small: Repo, argument: str, values: list[object]
) -> None:
    for value in values:
        wrong: dict[str, Any] = {"query": "quokka", argument: value}
        with pytest.raises(InputError, match=f"^{argument} must be "):
            PatternLibrary(small.root).search_patterns(**wrong)


@pytest.mark.parametrize("root", [5, b"", b"patterns", "\0"])
def test_a_root_that_is_no_path_is_refused(small: Repo, root: Any) -> None:
    with pytest.raises(InputError, match="root must be a path"):
        PatternLibrary(root)


def test_an_index_of_the_open_kind_is_given_to_others(small: Repo, make_repo: Callable[[str], Repo]) -> None:
    index = module.open_index(Workspace.open(str(small.root)))
    assert isinstance(index, Index)
    assert len(index) == 3
    with pytest.raises(UserError):
        PatternLibrary(make_repo("other").root.parent)
