"""The cache of the search index: what changed is seen, and what is not of our writing is never believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.domain.postings import Parts
from feedback_loop.domain.search import Indexed
from feedback_loop.domain.settings import Settings
from feedback_loop.domain.task_type import TaskType
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores import search_cache, settings
from feedback_loop.stores.library_place import Place, find_place
from feedback_loop.stores.repository import find_repository
from feedback_loop.stores.search_cache import (
    Kept,
    Looks,
    SearchCache,
    changed_files,
    is_fresh,
    look_at_library,
    look_at_settings,
    pack,
    same_content,
    unpack,
)
from feedback_loop.stores.workers import run_forked
from tests.repo import Repo

OLD = 1_000_000_000  # long before any cache

DOCUMENT = Indexed(
    "a",
    "Title",
    "proposed",
    "high",
    "Über",
    code="x = 1\n",
    languages=("python",),
    tags=("io",),
    counts={"über": 2, "x": 3},
    length=5,
)


class World:
    """A repository with a library, and what is kept of it."""

    def __init__(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        self.repo = repo
        self.key: bytes | None = b"k" * 32
        monkeypatch.setattr(search_cache, "user_key", lambda: self.key)
        self.place = Place(str(repo.root), "patterns", True)

    def write(self, name: str, text: str = "x", at: float = OLD) -> None:
        os.utime(self.repo.write(name, text), (at, at))

    def cache(self, version: int = 1) -> SearchCache:
        return SearchCache(find_repository(str(self.repo.root)), version)

    def look(self, before: Kept | None = None) -> Kept:
        """What is there now, as it would be kept."""
        files = look_at_settings(str(self.repo.root), before)
        looks = look_at_library(self.place, before)
        parts = Parts([("a", "proposed", ("python",), (), ("io",), 5), None], [DOCUMENT, None], {"x": b"ab"})
        rules = (ClassifyRule("Busy", "", "pool_exhausted", "database"),)
        types = (TaskType("review", ("review",), ("direct",)),)
        values = Settings(search_limit=7, levels=(("a", "off"),), classify_rules=rules, route_types=types)
        return Kept(self.place.folder, looks, frozenset([("active", "bad")]), files, values, 2, parts)

    def kept(self) -> Kept:
        """What the cache holds after this, and as the next run finds it."""
        self.cache().save(self.look())
        found = self.cache().load()
        assert found is not None
        return found

    def changed(self, before: Kept) -> list[tuple[str, str]]:
        return changed_files(before.looks, look_at_library(self.place, before))


@pytest.fixture
def world(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(repo, monkeypatch)
    for name in ("patterns/a.md", "patterns/a.json", "patterns/proposed/b.md", "patterns/proposed/b.json"):
        made.write(name)
    return made


# -- the file -------------------------------------------------------------------------------------


def test_where_nothing_was_saved_nothing_is_loaded(world: World) -> None:
    assert world.cache().load() is None


def test_what_was_saved_is_loaded(world: World) -> None:
    saved, found = world.look(), world.kept()
    assert found._replace(written=0, parts=saved.parts) == saved
    assert found.written > 0
    assert (found.parts.heads, found.parts.postings) == (saved.parts.heads, saved.parts.postings)
    first, empty = found.parts.records
    assert isinstance(first, bytes)
    assert empty is None
    assert unpack(first) == DOCUMENT
    assert unpack(first).counts == DOCUMENT.counts
    world.cache().save(found)  # with records as they came
    assert world.cache().load() == found._replace(written=world.cache()._read()[1])


def test_a_document_without_tokens_is_itself_again() -> None:
    assert unpack(pack(Indexed("a", "T"))).counts == {}


@pytest.mark.parametrize("at", [0, 31, 32, 40, -1])
def test_one_wrong_byte_makes_it_none_at_all(world: World, at: int) -> None:
    world.kept()
    path = Path(world.cache().path)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert world.cache().load() is None
    world.kept()  # and it is written anew


@pytest.mark.parametrize("size", [0, 10, 32, 200])
def test_a_file_cut_short_is_none(world: World, size: int) -> None:
    world.kept()
    os.truncate(world.cache().path, size)
    assert world.cache().load() is None


def test_a_link_a_folder_and_a_pipe_are_no_cache(world: World, tmp_path: Path) -> None:
    world.kept()
    path = Path(world.cache().path)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    assert world.cache().load() is None
    world.cache().save(world.look())  # nothing is written through the link
    path.unlink()
    path.mkdir()
    assert world.cache().load() is None
    world.cache().save(world.look())
    path.rmdir()
    os.mkfifo(path)
    assert world.cache().load() is None


def test_another_key_version_or_work_tree_is_another_cache(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.kept()
    assert world.cache(2).load() is None
    world.key = b"o" * 32
    assert world.cache().load() is None
    world.key = b"k" * 32
    monkeypatch.setattr(search_cache, "__version__", "another")
    assert world.cache().load() is None


def test_without_a_key_nothing_is_kept(world: World) -> None:
    world.key = None
    world.cache().save(world.look())
    assert world.cache().load() is None
    assert not Path(world.cache().path).exists()


def test_a_folder_that_cannot_be_written_is_done_without(world: World) -> None:
    Path(world.cache().path).parent.write_text("a file in the way")
    world.cache().save(world.look())
    assert world.cache().load() is None


def test_of_writers_at_once_each_leaves_a_whole_cache(world: World) -> None:
    base = world.look()

    def write(numbers: list[int]) -> tuple[bool, ...]:
        mine = base._replace(settings_problems=numbers[0])
        found = []
        for _ in range(20):
            world.cache().save(mine)
            found.append(world.cache().load() is not None)
        return tuple(found)

    assert all(all(one) for one in run_forked(write, [[1], [2], [3]]))
    found = world.cache().load()
    assert found is not None
    assert found.settings_problems in (1, 2, 3)


# -- what changed ----------------------------------------------------------------------------------


def test_nothing_changed_and_nothing_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.kept()
    monkeypatch.setattr(Place, "read", None)
    assert world.changed(before) == []
    assert is_fresh(before, look_at_settings(str(world.repo.root), before), before.looks)


def test_the_names_of_the_settings_files_are_those_that_are_read() -> None:
    assert settings.FILES == search_cache.SETTINGS_FILES


def test_one_changed_added_or_removed_is_told_alone(world: World) -> None:
    before = world.kept()
    world.write("patterns/a.md", "other text")
    assert world.changed(before) == [("active", "a")]
    world.write("patterns/archive/c.json")
    world.repo.root.joinpath("patterns/proposed/b.md").unlink()
    assert world.changed(before) == [("active", "a"), ("archived", "c"), ("proposed", "b")]
    world.repo.root.joinpath("patterns/proposed/b.json").unlink()
    assert ("proposed", "b") in world.changed(before)


def test_other_text_of_the_same_size_shows_by_its_time(world: World) -> None:
    before = world.kept()
    world.write("patterns/a.md", "y", OLD + 1)
    assert world.changed(before) == [("active", "a")]


def test_other_text_of_the_same_size_shows_though_its_time_was_put_back(world: World) -> None:
    before = world.kept()
    world.write("patterns/a.md", "y")
    seen = (world.repo.root / "patterns/a.md").stat()
    assert (seen.st_size, seen.st_mtime) == (before.looks.files["active", "a"][0][0], OLD)
    assert world.changed(before) == [("active", "a")]


def test_a_touched_file_is_looked_into_and_has_not_changed(world: World) -> None:
    before = world.kept()
    world.write("patterns/a.md", "x", OLD + 1)
    assert world.changed(before) == []
    now = look_at_library(world.place, before)
    assert not is_fresh(before, before.settings_files, now)  # or it would be looked into at each run


def test_a_file_as_young_as_the_cache_may_have_changed_without_a_new_time(world: World) -> None:
    world.write("patterns/a.md")
    before = world.kept()
    moment = before.written / 1e9
    world.write("patterns/a.md", "x", moment)
    before = world.kept()
    world.write("patterns/a.md", "y", moment)
    assert world.changed(before) == [("active", "a")]


def test_locks_readmes_and_other_files_are_no_patterns(world: World) -> None:
    before = world.kept()
    for name in ("README.md", ".#a.md", "a.txt", "deep/a.md"):
        world.write(f"patterns/{name}")
    assert world.changed(before) == []


def test_what_is_too_large_or_leads_outside_is_known_by_its_looks(world: World, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    os.utime(tmp_path / "secret", (OLD, OLD))
    (world.repo.root / "patterns/link.md").symlink_to(tmp_path / "secret")
    world.write("patterns/large.md", "x" * (SIZE_CAP + 1))
    before = world.kept()
    assert [before.looks.files["active", name][0][2] for name in ("link", "large")] == [b"", b""]
    assert world.changed(before) == []
    world.write("patterns/large.md", "x" * (SIZE_CAP + 1), OLD + 1)
    assert world.changed(before) == [("active", "large")]
    assert is_fresh(before, before.settings_files, before.looks)


def test_a_folder_that_is_a_link_out_of_the_repository_is_not_looked_into(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "away/c.md").write_text("x")
    (world.repo.root / "patterns/archive").symlink_to(tmp_path / "away")
    found = look_at_library(world.place, None)
    assert found.outside == 1
    assert sorted(found.files) == [("active", "a"), ("proposed", "b")]


def test_settings_are_looked_at_like_patterns(world: World) -> None:
    before = world.kept()
    root = str(world.repo.root)
    assert same_content(before.settings_files, look_at_settings(root, before))
    world.write("feedback-loop.toml", "")
    assert not same_content(before.settings_files, look_at_settings(root, before))


def test_another_folder_shares_nothing_with_what_was_kept(world: World) -> None:
    before = world.kept()
    world.repo.root.joinpath("patterns").rename(world.repo.root / "lessons")
    place = find_place(str(world.repo.root), "lessons")
    assert place.own
    looks = look_at_library(place, before)
    assert set(looks.files) == {("active", "a"), ("proposed", "b")}
    assert not find_place(str(world.repo.root), "patterns").own
    assert changed_files(Looks({}), looks) == sorted(looks.files)
