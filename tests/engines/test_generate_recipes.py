"""Each recipe's code is run for real: with numpy, FastAPI, files and what goes wrong with them."""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.api.library import example_scanner
from feedback_loop.domain.generation import Composition, Intent
from feedback_loop.engines.generate.compose import compose
from feedback_loop.engines.generate.intent import read_intent
from feedback_loop.engines.generate.recipe_finder import explained_by, find_recipe
from feedback_loop.engines.generate.recipes import RECIPES, Recipe
from feedback_loop.engines.generate.template import Frame, read_template
from feedback_loop.engines.generate.undefined import undefined_names
from feedback_loop.stores.library import load_library
from tests.engines.unused import unused_imports
from tests.repo import ROOT

LIBRARY = load_library(str(ROOT), "patterns")
FRAMES = {one.name: read_template(one) for one in LIBRARY.active}


def frames(*names: str) -> list[Frame]:
    found = [FRAMES[name] for name in names]
    assert not [one for one in found if isinstance(one, str)]
    return [one for one in found if isinstance(one, Frame)]


def intent(words: str, function: str = "made", **more: Any) -> Intent:
    """`process return: array json`: verbs before the colon, objects behind it."""
    verbs, _, objects = words.partition(":")
    return Intent(words, function, tuple(verbs.split()), tuple(objects.split()), **more)


def made(recipe: Recipe | None, **more: Any) -> Composition:
    assert recipe is not None
    found = compose(intent("", **more), recipe, frames(*recipe.around))
    assert (found.scaffold, found.rejected, found.used, found.recipe) == (
        False,
        (),
        recipe.around,
        recipe.name,
    )
    return found


def run(recipe: Recipe | None, **more: Any) -> Any:
    """The names of the module; `made` is the function."""
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(made(recipe, **more).code, "generated", "exec", dont_inherit=True), names)
    return names


ASKED = {
    "process return: array json": "numpy_statistics_json",
    "convert: array json": "numpy_array_json",
    "load: array json": None,
    "get: list": None,
    "create: endpoint file upload": "streaming_upload",
    "upload process: audio file": "file_processing",
    "process: csv file": None,
    "write: file": None,
    "load: json config": "json_configuration",
    "load: config": None,
    "save: json file": None,
    "write: temp_file": "temporary_file",
    "categorize: list category": "metadata_categories",
    "categorize: image": None,
    "replace: nan array": "clean_numbers",
    "validate: array nan": "checked_numbers",
    "create: list": None,
    "convert: array json mapping": None,
    "upload process save: audio file": None,
    ":": None,
}


@pytest.mark.parametrize("words", ASKED)
def test_a_recipe_answers_what_it_was_made_for(words: str) -> None:
    found = find_recipe(intent(words))
    assert (found.name if found else None) == ASKED[words]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Get the first item of a list", "first_item"),
        ("Return the first three items of a list", None),
        ("Remove the first item from a list", None),
        ("Add an item to the list first", None),
        ("Return the last item in the list that is greater than zero", None),
        ("Read a file", "file_processing"),
        ("Read a file backwards", None),
        ("Upload a file to S3", None),
        ("Don't read the file, handle it", None),
        ("Read a file, not more than 50 MB, and log errors", "file_processing"),
        ("Process NumPy array and return JSON, do not log", None),
        ("Compute summary statistics of an array as JSON", "numpy_statistics_json"),
        ("Validate that an array does not hold NaN", "checked_numbers"),
        ("Replace NaN by the mean of the array", None),
        ("FastAPI endpoint to upload an image", "streaming_upload"),
        ("FastAPI endpoint to upload an image and resize it", None),
        ("Create an API client that uploads a file", None),
    ],
)
def test_what_would_be_done_in_part_has_no_recipe(prompt: str, name: str | None) -> None:
    found = find_recipe(read_intent(prompt))
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("prompt", "explained", "left"),
    [
        ("Compute summary statistics of an array as JSON", {"summary", "statistic"}, ()),
        ("Write bytes to a temporary file", {"byte"}, ()),
        ("Validate that an array does not hold NaN", {"hold"}, ()),
        # A recipe that stands in the template that logs does so itself; another one only beside one.
        ("Read a file and log each error", {"log", "error"}, ("each",)),
        ("Compute statistics of an array as JSON and log them", {"statistic"}, ("log", "them")),
        ("Read a file backwards", set(), ("backwards",)),
    ],
)
def test_a_recipe_answers_for_the_words_of_what_it_does(
    prompt: str, explained: set[str], left: tuple[str, ...]
) -> None:
    read = read_intent(prompt)
    assert explained_by(read, "") == read
    allowed = read_intent(" ".join(one for one in prompt.split() if one not in left or one == "log"))
    recipe = find_recipe(allowed)
    assert recipe is not None
    found = explained_by(read, recipe.name)
    assert set(found.explained - read.explained) == explained
    assert found.unrecognised == left


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_place_in_a_list_has_a_recipe(place: str) -> None:
    found = find_recipe(intent("get: list", place=place))
    assert found is not None
    items = {"first": 1, "last": 3}
    assert (run(found)["made"]([1, 2, 3]), run(found)["made"]([])) == (items[place], None)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda one: one.name)
def test_no_detector_fires_and_every_name_is_defined_and_needed(recipe: Recipe) -> None:
    code = made(recipe, limit=5 * 1024**2).code
    assert example_scanner(LIBRARY)(b"made.py", code.encode(), True).findings == []
    assert (undefined_names(code), unused_imports(code)) == ((), ())
    assert max(map(len, code.split("\n"))) <= 110
    assert code.endswith("\n") and "\n\n\n\n" not in code


# -- numpy -------------------------------------------------------------------------------------------


def test_statistics_of_whatever_numbers_are_json() -> None:
    np = pytest.importorskip("numpy")
    statistics = run(find_recipe(intent("process: array json")))["made"]
    for kind in (np.int64, np.uint8, np.float32, np.float64):
        assert json.loads(statistics(np.array([1, 2, 3], dtype=kind))) == {
            "count": 3,
            "mean": 2.0,
            "std": pytest.approx((2 / 3) ** 0.5),
            "min": 1,
            "max": 3,
        }
    assert json.loads(statistics(np.array([True, False])))["mean"] == 0.5
    assert json.loads(statistics([])) == {"count": 0, "mean": None, "std": None, "min": None, "max": None}
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="NaN or infinite"):
            statistics(np.array([1.0, bad]))


def test_arrays_of_any_shape_are_json() -> None:
    np = pytest.importorskip("numpy")
    convert = run(find_recipe(intent("convert: array json")))["made"]
    assert json.loads(convert(np.array([[1, 2], [3, 4]], dtype=np.float32))) == [[1, 2], [3, 4]]
    assert convert(np.array([])) == "[]"


def test_numbers_are_cleaned_or_refused() -> None:
    np = pytest.importorskip("numpy")
    clean = run(find_recipe(intent("replace: nan array")))["made"]
    assert clean(np.array([1.0, np.nan, -np.inf])).tolist() == [1.0, 0.0, 0.0]
    assert clean([1, float("nan")], replacement=-1).tolist() == [1.0, -1.0]
    check = run(find_recipe(intent("validate: nan array")))["made"]
    assert check([1, 2]) == [1, 2]
    with pytest.raises(ValueError, match="NaN or infinite"):
        check(np.array([np.nan]))


# -- files -------------------------------------------------------------------------------------------


def test_a_file_is_handled_in_chunks_below_the_limit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = run(find_recipe(intent("process: audio file")), limit=3 * 1024**2)
    assert names["LARGEST"] == 3 * 1024**2
    file, chunks = tmp_path / "a.wav", list[int]()

    def count(chunk: bytes) -> None:
        chunks.append(len(chunk))

    file.write_bytes(bytes(2 * 1024**2 + 1))
    with caplog.at_level(logging.INFO):
        assert names["made"](file, count) == 2 * 1024**2 + 1
    assert chunks == [1024**2, 1024**2, 1]
    assert f"2097153 bytes of {file} handled" in caplog.text

    file.write_bytes(b"")
    assert names["made"](file, count) == 0
    file.write_bytes(bytes(3 * 1024**2 + 1))
    with pytest.raises(ValueError, match="3145729 bytes, at most 3145728 are allowed"):
        names["made"](file, count)
    with pytest.raises(FileNotFoundError):
        names["made"](tmp_path / "none", count)
    assert f"{tmp_path / 'none'} does not exist" in caplog.text
    assert len(chunks) == 3


def test_the_file_that_is_handled_is_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    handle = run(find_recipe(intent("write: temp_file")))["made"]
    assert handle(b"data", lambda path: Path(path).read_bytes()) == b"data"
    with pytest.raises(ZeroDivisionError):
        handle(b"data", lambda path: 1 // 0)
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_that_is_none_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load = run(find_recipe(intent("load: json config")))["made"]
    file = tmp_path / "app.json"
    with pytest.raises(FileNotFoundError):
        load(file)
    assert "app.json does not exist" in caplog.text
    for data in (b"{", b"\xff\xfe{}"):
        file.write_bytes(data)
        with pytest.raises(ValueError, match=r"app\.json is not valid JSON"):
            load(file)
    file.write_text("[1]")
    with pytest.raises(TypeError, match="no JSON object but a list"):
        load(file)
    file.write_text('{"a": 1}')
    assert load(file) == {"a": 1}


# -- the others --------------------------------------------------------------------------------------


def test_stated_categories_decide() -> None:
    names = run(find_recipe(intent("categorize: list category")))
    items = [{"category": "bill"}, {"category": "Bill"}, {"title": "bill"}, {"category": ["bill"]}]
    assert names["made"](items, ["bill"]) == {"bill": items[:1], "other": items[1:]}
    assert names["made"](items[1:2], {"bill"}, "rest") == {"rest": items[1:2]}


def test_uploads_are_streamed_limited_and_never_left_half_done(tmp_path: Path) -> None:
    testclient = pytest.importorskip("fastapi.testclient")
    names = run(find_recipe(intent("create: endpoint upload")), limit=1024 * 1024 + 4)
    assert (names["LARGEST"], names["CHUNK"]) == (1024 * 1024 + 4, 1024 * 1024)
    names["UPLOADS"] = tmp_path / "uploads"
    client = testclient.TestClient(names["app"])

    small = client.post("/files", files={"file": ("a.wav", b"four")})
    assert (small.status_code, small.json()["size"]) == (200, 4)
    large = client.post("/files", files={"file": ("b.wav", bytes(1024 * 1024 + 5))})
    assert (large.status_code, large.json()) == (413, {"detail": "an upload has at most 1048580 bytes"})
    assert [path.read_bytes() for path in names["UPLOADS"].iterdir()] == [b"four"]

    class Broken:
        async def read(self, size: int) -> bytes:
            raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        asyncio.run(names["made"](Broken()))
    assert [path.name for path in names["UPLOADS"].iterdir()] == [small.json()["name"]]
