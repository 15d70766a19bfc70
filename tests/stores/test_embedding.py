"""A stand-in answers for the library; the library itself runs in the last test, where it and a model are."""

import os
import sys
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from math import hypot, sqrt
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from feedback_loop.engines.search.fusion import by_cosine
from feedback_loop.errors import UserError
from feedback_loop.stores import vector_cache
from feedback_loop.stores.embedding import Embedder, Model, open_embedder
from feedback_loop.stores.vector_cache import VectorCache


class Letters:
    """A model whose vectors count a, b and c; `asked` are the texts it was given."""

    def __init__(self, letters: str = "abc") -> None:
        self.letters = letters
        self.asked: list[str] = []

    def encode(self, sentences: list[str], **_: object) -> Iterable[Iterable[float]]:
        self.asked += sentences
        for text in sentences:
            counts = [text.count(letter) for letter in self.letters]
            yield [count / (hypot(*counts) or 1) for count in counts]


class Answers:
    """A model that answers with this, whatever it is asked."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    def encode(self, sentences: list[str], **_: object) -> Any:
        return self.rows


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def embedder(tmp_path: Path, model: Model, name: str = "letters") -> Embedder:
    return Embedder(VectorCache(str(tmp_path / "state"), name), lambda: model)


def cache_file(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "state").iterdir()
    return path


def test_no_texts_load_no_model(tmp_path: Path) -> None:
    def load() -> Model:
        raise AssertionError

    assert Embedder(VectorCache(str(tmp_path / "state"), "m"), load).encode([]) == []
    assert not (tmp_path / "state").exists()


def test_each_text_gets_its_vector_in_order(tmp_path: Path) -> None:
    found = embedder(tmp_path, Letters()).encode(["b", "", "ab", "b"])
    assert found[0] == found[3] == (0, 1, 0)
    assert found[1] == (0, 0, 0)
    assert found[2] == pytest.approx((sqrt(0.5), sqrt(0.5), 0))


def test_a_text_is_made_a_vector_once_also_by_the_next_process(tmp_path: Path) -> None:
    first = Letters()
    fresh = embedder(tmp_path, first).encode(["ab", "ab", "c"])
    second = Letters()
    again = embedder(tmp_path, second)
    assert again.encode(["c", "ab"]) == [fresh[2], fresh[0]]
    assert again.encode(["aab", "c"])[1] == fresh[2]
    assert (first.asked, second.asked) == (["ab", "c"], ["aab"])


def test_models_do_not_share_vectors(tmp_path: Path) -> None:
    embedder(tmp_path, Letters()).encode(["a"])
    assert embedder(tmp_path, Letters("cba"), "other").encode(["a"]) == [(0, 0, 1)]


def test_a_model_of_another_width_under_the_same_name_starts_anew(tmp_path: Path) -> None:
    embedder(tmp_path, Letters()).encode(["a", "b"])
    assert embedder(tmp_path, Letters("ab")).encode(["a", "new"]) == [(1, 0), (0, 0)]
    assert embedder(tmp_path, Answers(None)).encode(["a"]) == [(1, 0)]


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "other tool", "folder", "link"])
def test_a_cache_that_is_not_what_was_written_is_made_anew(tmp_path: Path, damage: str) -> None:
    embedder(tmp_path, Letters()).encode(["a", "b"])
    path = cache_file(tmp_path)
    data = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage == "link":
        (tmp_path / "elsewhere").write_bytes(data)
        path.symlink_to(tmp_path / "elsewhere")
    else:
        changed = {"cut": data[:-4], "bit": data[:-1] + bytes([data[-1] ^ 1]), "empty": b""}
        path.write_bytes(changed.get(damage, bytes(32) + data[32:]))
    model = Letters()
    assert embedder(tmp_path, model).encode(["a"]) == [(1, 0, 0)]
    assert model.asked == ["a"]
    if damage == "link":
        assert (tmp_path / "elsewhere").read_bytes() == data


def test_without_a_place_for_the_key_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", "")
    assert embedder(tmp_path, Letters()).encode(["a"]) == [(1, 0, 0)]
    assert not (tmp_path / "state").exists()


def test_those_not_asked_for_longest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_cache, "_MOST", 2)
    embedder(tmp_path, Letters()).encode(["a", "b"])
    embedder(tmp_path, Letters()).encode(["a", "c"])
    model = Letters()
    embedder(tmp_path, model).encode(["a", "b", "c"])
    assert model.asked == ["b"]


def test_bytes_of_a_command_line_that_are_no_text_reach_no_model(tmp_path: Path) -> None:
    model = Letters()
    assert embedder(tmp_path, model).encode(["a\udcff"]) == [(1, 0, 0)]
    assert model.asked == ["a?"]


@pytest.mark.parametrize(
    "rows", [[], [[1.0], [0.0]], [[]], [["x"]], [[float("nan")]], [[1e300]], [None], [[None]]], ids=repr
)
def test_an_answer_that_is_no_vector_is_an_error_and_not_kept(tmp_path: Path, rows: Any) -> None:
    with pytest.raises(UserError, match="does not answer with"):
        embedder(tmp_path, Answers(rows)).encode(["a"])
    assert not (tmp_path / "state").exists()


# -- opening ----------------------------------------------------------------------------------------


class NotHereError(FileNotFoundError, ValueError):
    """As huggingface_hub raises it."""


class BrokenError(Exception):
    """As safetensors raises it."""


class Library:
    """Modules in the place of the extra's, and what they were asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.threads: list[int] = []
        self.loaded: list[tuple[str, dict[str, object]]] = []
        self.on_disk: dict[str, str] = {}
        self.fault: Exception | None = None
        parts: dict[str, dict[str, object]] = {
            "sentence_transformers": {"SentenceTransformer": self.open},
            "huggingface_hub": {"snapshot_download": self.find},
            "safetensors": {"SafetensorError": BrokenError},
            "torch": {"set_num_threads": self.threads.append},
        }
        for name, content in parts.items():
            module = ModuleType(name)
            module.__spec__ = ModuleSpec(name, None)
            module.__dict__.update(content)
            monkeypatch.setitem(sys.modules, name, module)

    def open(self, folder: str, **options: object) -> Letters:
        self.loaded.append((folder, options))
        if self.fault:
            raise self.fault
        return Letters()

    def find(self, name: str, *, local_files_only: bool) -> str:
        assert local_files_only
        assert os.environ["HF_HUB_OFFLINE"] == "1"
        if name not in self.on_disk:
            raise NotHereError(name)
        return self.on_disk[name]


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "")
    return Library(monkeypatch)


def test_a_missing_extra_is_named_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError) as told:
        open_embedder(str(tmp_path))
    assert "pip install 'feedback-loop[semantic]'" in told.value.hint


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("model", ["", " \n"])
def test_a_model_without_a_name_is_refused(tmp_path: Path, model: str) -> None:
    with pytest.raises(UserError, match="empty"):
        open_embedder(str(tmp_path), model)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("model", ["all-MiniLM-L6-v2", "somebody/it's"])
def test_a_model_that_is_not_on_the_disk_is_named_with_what_fetches_it(tmp_path: Path, model: str) -> None:
    with pytest.raises(UserError, match=f"the model {model} is not on this disk") as told:
        open_embedder(str(tmp_path), model).encode(["a"])
    assert told.value.hint.startswith("fetch it: python -c ")
    assert "SentenceTransformer" in told.value.hint


@pytest.mark.usefixtures("library")
def test_a_folder_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not on this disk"):
        open_embedder(str(tmp_path), str(tmp_path / "none"))


def test_a_named_model_is_loaded_from_the_cache_of_downloads_with_one_thread(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from a folder of that name that a repository holds, and no code and no pickles of its own."""
    (tmp_path / "all-MiniLM-L6-v2").mkdir()
    monkeypatch.chdir(tmp_path)
    library.on_disk = {
        "sentence-transformers/all-MiniLM-L6-v2": "/downloads/mini",
        "me/own": "/downloads/own",
    }
    for model in ("all-MiniLM-L6-v2", "me/own"):
        found = open_embedder(str(tmp_path / "state"), model)
        assert found.encode(["a"]) == found.encode(["a"]) == [(1, 0, 0)]
    assert [folder for folder, _ in library.loaded] == ["/downloads/mini", "/downloads/own"]
    options = library.loaded[0][1]
    assert (options["local_files_only"], options["trust_remote_code"]) == (True, False)
    assert options["model_kwargs"] == {"use_safetensors": True}
    assert library.threads == [1, 1]


def test_a_folder_is_loaded_again_when_another_model_lies_in_it(tmp_path: Path, library: Library) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    for _ in range(2):
        open_embedder(str(tmp_path / "state"), str(folder)).encode(["a"])
    assert len(library.loaded) == 1
    (folder / "config.json").write_text("{ }")
    open_embedder(str(tmp_path / "state"), str(folder)).encode(["a"])
    assert len(library.loaded) == 2


@pytest.mark.parametrize(
    "fault", [OSError("no weights\nmore"), BrokenError("no weights"), TypeError("no weights")]
)
def test_a_broken_model_is_an_error_in_one_line(tmp_path: Path, library: Library, fault: Exception) -> None:
    library.fault = fault
    with pytest.raises(UserError, match=r"cannot be loaded: no weights\Z"):
        open_embedder(str(tmp_path), str(tmp_path)).encode(["a"])


# -- the library itself -----------------------------------------------------------------------------

REAL = os.environ.get("FEEDBACK_LOOP_TEST_MODEL", "")


@pytest.mark.skipif(
    find_spec("sentence_transformers") is None, reason="the extra `semantic` is not installed"
)
@pytest.mark.skipif(not REAL, reason="FEEDBACK_LOOP_TEST_MODEL names no folder of a model")
@pytest.mark.filterwarnings("default")  # of libraries that are not ours
def test_a_real_model_on_this_disk(tmp_path: Path) -> None:
    texts = ["read a file", "read the files", "", "uploaded image", "日本語"]
    made = open_embedder(str(tmp_path / "state"), REAL).encode(texts)
    assert {len(vector) for vector in made} == {len(made[0])}
    assert hypot(*made[0]) == pytest.approx(1, abs=1e-4)
    assert by_cosine(made[0], dict(zip(texts, made, strict=True)))[0] == "read a file"
    assert open_embedder(str(tmp_path / "state"), REAL).encode(texts) == made
    (tmp_path / "broken").mkdir()
    with pytest.raises(UserError, match="cannot be loaded"):
        open_embedder(str(tmp_path / "state"), str(tmp_path / "broken")).encode(texts)
