import json
import os
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Builtin, Detector, Pattern
from feedback_loop.errors import UserError
from feedback_loop.formats.pattern_doc import format_json, format_prose
from feedback_loop.stores import library as store
from feedback_loop.stores import library_place
from feedback_loop.stores.library import (
    BUILT_IN,
    conflicts,
    load_library,
    pack_files,
    parse_files,
    write_pattern,
)
from feedback_loop.stores.library_place import Place, find_place, pack_place


def pattern(name: str, **fields: object) -> Pattern:
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    made = Pattern(name=name, title="T", pattern_id=identity, guidance="Do it.", path=f"patterns/{name}")
    return replace(made, **fields)  # type: ignore[arg-type]


def put(root: Path, folder: str, one: Pattern, name: str = "") -> None:
    below = root / folder
    below.mkdir(parents=True, exist_ok=True)
    (below / f"{name or one.name}.md").write_text(format_prose(one))
    (below / f"{name or one.name}.json").write_text(format_json(one))


def load(root: Path) -> Library:
    return load_library(str(root), "patterns")


def names(library: Library) -> list[tuple[str, str]]:
    return [(one.name, one.state) for one in library.patterns]


def told(library: Library) -> list[str]:
    return [str(problem) for problem in library.problems]


# -- folders -------------------------------------------------------------------------------------


def test_without_a_folder_it_is_the_built_in_library(tmp_path: Path) -> None:
    library = load(tmp_path)
    assert library.source == BUILT_IN
    assert told(library) == []
    assert len(library.active) == len(list(Path(pack_place().folder).glob("*.json"))) > 0
    assert all(one.path.startswith("built-in:") for one in library.patterns)


def test_a_file_of_that_name_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "patterns").write_text("")
    assert load(tmp_path).source == BUILT_IN


def test_an_empty_folder_is_a_library_without_patterns(tmp_path: Path) -> None:
    (tmp_path / "patterns").mkdir()
    assert load(tmp_path) == Library("patterns/", ())


def test_the_folder_decides_about_the_state(tmp_path: Path) -> None:
    for folder, name in (("", "aa"), ("proposed", "bb"), ("archive", "cc"), ("other", "dd")):
        put(tmp_path, f"patterns/{folder}", pattern(name))
    library = load(tmp_path)
    assert names(library) == [("aa", "active"), ("bb", "proposed"), ("cc", "archived")]
    assert [one.path for one in library.patterns] == [
        "patterns/aa",
        "patterns/proposed/bb",
        "patterns/archive/cc",
    ]
    assert ([one.name for one in library.active], told(library)) == (["aa"], [])


def test_another_folder_may_be_named(tmp_path: Path) -> None:
    put(tmp_path, "lessons/python", pattern("aa"))
    library = load_library(str(tmp_path), "lessons/python")
    assert (library.source, names(library)) == ("lessons/python/", [("aa", "active")])
    place = find_place(str(tmp_path), "lessons/python")
    assert (place.base, place.name, place.own) == (str(tmp_path), "lessons/python", True)


def test_readme_notes_and_what_editors_leave_are_no_patterns(tmp_path: Path) -> None:
    put(tmp_path, "patterns", pattern("aa"))
    for name in ("README.md", "notes.txt", "aa.md~", ".aa.md", "aa.md.orig"):
        (tmp_path / "patterns" / name).write_text("x")
    (tmp_path / "patterns" / ".#aa.md").symlink_to("user@host.1234")
    library = load(tmp_path)
    assert (names(library), told(library)) == ([("aa", "active")], [])


# -- what is broken is told, the rest loads ------------------------------------------------------


def broken(root: Path) -> list[str]:
    """The problems, after a look that two sound patterns were loaded in spite of them."""
    put(root, "patterns", pattern("sound"))
    put(root, "patterns/proposed", pattern("sound_too"))
    library = load(root)
    assert [one for one in names(library) if one[0].startswith("sound")] == [
        ("sound", "active"),
        ("sound_too", "proposed"),
    ]
    assert len(library.patterns) == 2
    return told(library)


@pytest.mark.parametrize(
    ("name", "data", "problems"),
    [
        (
            "xx.json",
            b"{\n",
            ["xx.json:2: not JSON: Expecting property name enclosed in double quotes (column 1)"],
        ),
        ("xx.json", b"<<<<<<< HEAD\n{}", ["xx.json:1: not JSON: Expecting value (column 1)"]),
        ("xx.json", b'{"a":\n"\xff"}', ["xx.json:2: not UTF-8 (byte 7)"]),
        (
            "xx.json",
            b" " * ((1 << 20) + 1),
            ["xx.json: 'patterns/xx.json' is larger than 1048576 bytes (1048577)"],
        ),
        ("xx.md", b"no title", ["xx.md:1: no title: the file must begin with a `# Title` line"]),
        ("xx.md", b"# T\n\n\xff", ["xx.md:3: not UTF-8 (byte 5)"]),
        ("xx.md", b"# T\n\xe2\x80\xae", ["xx.md:2: hidden character U+202E"]),
        ("xx.md", b"#" * ((1 << 20) + 1), ["xx.md: 'patterns/xx.md' is larger than 1048576 bytes (1048577)"]),
    ],
)
def test_a_broken_half(tmp_path: Path, name: str, data: bytes, problems: list[str]) -> None:
    put(tmp_path, "patterns", pattern("xx"))
    (tmp_path / "patterns" / name).write_bytes(data)
    assert broken(tmp_path) == ["patterns/" + problem for problem in problems]


@pytest.mark.parametrize(("gone", "there"), [("md", "json"), ("json", "md")])
def test_a_missing_half(tmp_path: Path, gone: str, there: str) -> None:
    put(tmp_path, "patterns", pattern("xx"))
    (tmp_path / "patterns" / f"xx.{gone}").unlink()
    assert broken(tmp_path) == [f"patterns/xx.{there}: xx.{gone} is missing beside it"]


@pytest.mark.parametrize("name", ["Xx", "XX", "x", "1x", "x-y", "x y", "é", "x.y", "a" * 65])
def test_what_is_no_name(tmp_path: Path, name: str) -> None:
    put(tmp_path, "patterns", pattern("xx"), name)
    assert broken(tmp_path) == [
        f"patterns/{name}.md: not a pattern's name (2 to 64 of a-z, 0-9 and _, a letter first)"
    ]


def test_a_twin_in_other_case_is_told_and_the_pattern_loads(tmp_path: Path) -> None:
    put(tmp_path, "patterns", pattern("aa"))
    put(tmp_path, "patterns", pattern("aa"), "Aa")
    library = load(tmp_path)
    assert names(library) == [("aa", "active")]
    assert [one.partition(":")[0] for one in told(library)] == ["patterns/Aa.md"]


def test_a_file_name_that_is_no_utf8_or_not_portable(tmp_path: Path) -> None:
    put(tmp_path, "patterns", pattern("sound"))
    folder = os.fsencode(tmp_path / "patterns")
    for name in (b"\xff.md", b"con.md", b"a:b.json"):
        Path(os.fsdecode(folder + b"/" + name)).write_text("")
    problems = broken(tmp_path)
    assert [one.encode("utf-8", "backslashreplace").partition(b": ")[0] for one in problems] == [
        b"patterns/a:b.json",
        b"patterns/con.md",
        b"patterns/\\udcff.md",
    ]


def test_the_name_inside_must_be_that_of_the_file(tmp_path: Path) -> None:
    put(tmp_path, "patterns", pattern("xx"), "yy")
    assert broken(tmp_path) == ["patterns/yy.json:8: /name: must equal the file name, 'yy'"]


@pytest.mark.parametrize("name", ["xx.md", "xx.json"])
@pytest.mark.parametrize("target", ["../../secret", "/etc/passwd", ".."])
def test_a_link_that_leaves_the_repository_is_refused(tmp_path: Path, name: str, target: str) -> None:
    (tmp_path / "secret").write_text("# secret")
    root = tmp_path / "root"
    put(root, "patterns", pattern("xx"))
    (root / "patterns" / name).unlink()
    (root / "patterns" / name).symlink_to(target)
    (problem,) = broken(root)
    assert problem.startswith(f"patterns/{name}: ")
    assert "path leaves the repository" in problem


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    put(tmp_path, "lessons", pattern("aa"))
    (tmp_path / "patterns").mkdir()
    for name in ("aa.md", "aa.json"):
        (tmp_path / "patterns" / name).symlink_to(f"../lessons/{name}")
    assert (names(load(tmp_path)), told(load(tmp_path))) == ([("aa", "active")], [])
    (tmp_path / "linked").symlink_to("lessons")
    assert names(load_library(str(tmp_path), "linked")) == [("aa", "active")]


@pytest.mark.parametrize("folder", ["patterns", "patterns/proposed"])
def test_a_folder_that_leaves_the_repository_is_not_even_listed(tmp_path: Path, folder: str) -> None:
    put(tmp_path, "outside", pattern("xx"))
    root = tmp_path / "root"
    (root / folder).parent.mkdir(parents=True)
    (root / folder).symlink_to(tmp_path / "outside")
    library = load(root)
    assert library == Library("patterns/", (), library.problems)
    problem = f"{folder}: path leaves the repository: the folder is a link"
    assert problem in told(library)
    assert not [one for one in told(library) if "xx" in one]


def test_what_is_no_file_is_told_and_blocks_nothing(tmp_path: Path) -> None:
    (tmp_path / "patterns" / "xx.md").mkdir(parents=True)
    os.mkfifo(tmp_path / "patterns" / "yy.json")
    assert broken(tmp_path) == [
        "patterns/xx.md: not a regular file: 'patterns/xx.md'",
        "patterns/yy.json: not a regular file: 'patterns/yy.json'",
    ]


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    put(tmp_path, "patterns", pattern("xx"))
    (tmp_path / "patterns" / "xx.md").chmod(0)
    assert broken(tmp_path) == ["patterns/xx.md: cannot be read: Permission denied"]


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "patterns", pattern("aa"))

    def refuse(_: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(store.os, "listdir", refuse)
    assert told(load(tmp_path))[0] == "patterns: cannot be read: Permission denied"


# -- what only the whole library shows -----------------------------------------------------------


def test_a_name_may_stand_in_one_folder_only(tmp_path: Path) -> None:
    for folder in ("patterns", "patterns/archive"):
        put(tmp_path, folder, pattern("aa"))
    assert told(load(tmp_path)) == ["patterns/archive/aa.json: name given twice: also patterns/aa.json"]


def test_an_id_may_stand_in_one_pattern_only(tmp_path: Path) -> None:
    for name in ("aa", "bb"):
        put(tmp_path, "patterns", pattern(name, pattern_id=pattern("aa").pattern_id))
    assert told(load(tmp_path)) == ["patterns/bb.json: pattern_id given twice: also patterns/aa.json"]


@pytest.mark.parametrize(("count", "problems"), [(500, []), (501, ["lib: 501 detectors, more than 500"])])
def test_detectors_are_counted(count: int, problems: list[str]) -> None:
    one = Detector("aa", Builtin("python.bare_except"), "m")
    many = [pattern(f"p{number}", path=f"lib/p{number}", detectors=(one,)) for number in range(count)]
    assert [str(problem) for problem in conflicts(many)] == problems


def test_nothing_conflicts_with_nothing() -> None:
    assert conflicts([]) == []


def test_patterns_from_bytes_as_the_index_has_them() -> None:
    files = {"aa.md": format_prose(pattern("aa")).encode(), "aa.json": format_json(pattern("aa")).encode()}
    (found,), problems = parse_files(files, "lib", "proposed")
    assert (found.name, found.path, found.state, problems) == ("aa", "lib/aa", "proposed", [])
    assert parse_files({}, "lib", "active") == ([], [])


def test_a_pattern_is_found_by_its_name_or_by_the_one_it_supersedes() -> None:
    old, new = pattern("old", state="archived"), pattern("new", supersedes=("old", "older"))
    library = Library("patterns/", (new, old, pattern("gone", state="archived", supersedes=("oldest",))))
    assert library.find("new") is new
    assert library.find("old") is old
    assert library.find("older") is new
    assert library.find("oldest") is library.find("nothing") is None


def test_names_that_look_like_the_one_asked_for() -> None:
    library = Library("patterns/", tuple(pattern(name) for name in ("bounds_checking", "bare_except", "zz")))
    assert library.closest("bound_checking") == ["bounds_checking"]
    assert library.closest("qqqq") == []


# -- writing -------------------------------------------------------------------------------------


def test_a_written_pattern_is_loaded_again(tmp_path: Path) -> None:
    one = pattern("aa", description="é", tags=("core",))
    assert write_pattern(str(tmp_path), "patterns", one) == ["patterns/aa.md", "patterns/aa.json"]
    assert load(tmp_path).patterns == (one,)


@pytest.mark.parametrize("name", ["aa.md", "aa.json"])
def test_nothing_is_written_over_or_through(tmp_path: Path, name: str) -> None:
    (tmp_path / "patterns").mkdir()
    (tmp_path / "patterns" / name).symlink_to("nowhere")
    with pytest.raises(UserError, match=f"patterns/{name} exists already"):
        write_pattern(str(tmp_path), "patterns", pattern("aa"))
    assert [path.name for path in (tmp_path / "patterns").iterdir()] == [name]


def test_nothing_is_written_outside_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "patterns").symlink_to("../outside")
    for folder in ("patterns", "../outside"):
        with pytest.raises(UserError, match="path leaves the repository"):
            write_pattern(str(tmp_path / "root"), folder, pattern("aa"))
    assert list((tmp_path / "outside").iterdir()) == []


# -- the pack ------------------------------------------------------------------------------------


def test_the_packs_files() -> None:
    files = dict(pack_files())
    assert list(files) == sorted(files)
    assert {name.rpartition(".")[0] for name in files if name.endswith(".md")} - {"README"} == {
        json.loads(data)["name"] for name, data in files.items() if name.endswith(".json")
    }


def test_a_pack_whose_files_the_installer_linked_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "store", pattern("aa"))
    (tmp_path / "site" / "core").mkdir(parents=True)
    for name in ("aa.md", "aa.json"):
        (tmp_path / "site" / "core" / name).symlink_to(tmp_path / "store" / name)
    for module in (store, library_place):
        monkeypatch.setattr(module, "pack_place", lambda: Place(str(tmp_path / "site"), "core", False))
    (tmp_path / "repo").mkdir()
    library = load(tmp_path / "repo")
    assert (names(library), told(library)) == ([("aa", "active")], [])
    assert [name for name, _ in pack_files()] == ["aa.json", "aa.md"]
