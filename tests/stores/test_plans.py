"""Where a plan may lie and what it may be. Nothing outside the roots is ever read."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback_loop.domain.plan import SIZE_CAP
from feedback_loop.errors import InputError, MissingFileError, UserError
from feedback_loop.stores import plans
from feedback_loop.stores.plans import read_plan, temporary_folder

SECRET = "- [x] secret\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a plan, a plan in a folder, and secrets beside it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "plan.md").write_text(SECRET)
    (tmp_path / "roots").mkdir()  # its name begins as the root's does
    (tmp_path / "roots" / "plan.md").write_text(SECRET)
    (tmp_path / "root" / "d").mkdir(parents=True)
    (tmp_path / "root" / "plan.md").write_text("here\n")
    (tmp_path / "root" / "d" / "plan.md").write_text("below\n")
    return tmp_path / "root"


def text(path: Path | str, root: Path) -> str:
    return read_plan(path, [root])[1]


# -- what can be read ----------------------------------------------------------------------------


def test_gives_the_real_path_and_the_text(root: Path) -> None:
    assert read_plan(root / "plan.md", [root]) == (os.path.realpath(root / "plan.md"), "here\n")


def test_a_relative_path_is_seen_from_the_process_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "d")
    assert read_plan("plan.md", ["."]) == (os.path.realpath(root / "d" / "plan.md"), "below\n")
    monkeypatch.chdir(root)
    assert text("./d//plan.md", root) == "below\n"


def test_any_of_several_roots_will_do(root: Path, tmp_path: Path) -> None:
    assert read_plan(root / "plan.md", [tmp_path / "none", tmp_path / "outside", root])[1] == "here\n"


def test_the_root_of_all_folders_can_be_a_root(root: Path) -> None:
    assert text(root / "plan.md", Path("/")) == "here\n"


def test_a_root_that_is_a_link_stands_for_its_target(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert text(root / "plan.md", tmp_path / "link") == "here\n"
    assert text(tmp_path / "link" / "plan.md", root) == "here\n"


def test_a_link_that_stays_inside_is_followed(root: Path) -> None:
    (root / "link.md").symlink_to("d/plan.md")
    (root / "e").symlink_to(root / "d")
    assert read_plan(root / "link.md", [root]) == (os.path.realpath(root / "d" / "plan.md"), "below\n")
    assert text(root / "e" / "plan.md", root) == "below\n"


def test_a_plan_may_be_empty_or_exactly_as_large_as_allowed(root: Path) -> None:
    (root / "plan.md").write_bytes(b"")
    assert text(root / "plan.md", root) == ""
    (root / "plan.md").write_bytes(b"a" * SIZE_CAP)
    assert len(text(root / "plan.md", root)) == SIZE_CAP


def test_percent_signs_are_letters(root: Path) -> None:
    with pytest.raises(MissingFileError):
        read_plan(f"{root}/%2e%2e/outside/plan.md", [root])
    (root / "%2e%2e").write_text("plain\n")
    assert text(root / "%2e%2e", root) == "plain\n"


@pytest.mark.parametrize("name", ["...md", "a..b.md", "..hidden", "résumé.md", "-rf", "a b.md"])
def test_odd_but_harmless_names(root: Path, name: str) -> None:
    (root / name).write_text("odd\n")
    assert text(root / name, root) == "odd\n"


# -- what cannot ---------------------------------------------------------------------------------


def refusal(path: Path | str, *roots: Path | str) -> InputError:
    with pytest.raises(InputError) as caught:
        read_plan(path, roots)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, UserError)
    assert "secret" not in str(caught.value)
    return caught.value


def test_an_empty_path(root: Path) -> None:
    assert str(refusal("", root)) == "Plan file path cannot be empty"


def test_nul_in_the_path(root: Path) -> None:
    assert str(refusal("plan.md\0", root)) == "Plan file path cannot hold NUL: plan.md\\x00"


@pytest.mark.parametrize(
    "path",
    ["..", "../plan.md", "../../etc/passwd", "d/../plan.md", "d\\..\\plan.md", "..\\plan.md", "d/..", "/.."],
)
def test_a_path_that_climbs(root: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Even to a place within the roots."""
    monkeypatch.chdir(root)
    assert str(refusal(path, root)) == f"Path traversal detected in: {path}"


def test_climbing_is_named_before_being_outside_or_missing(root: Path) -> None:
    assert str(refusal("/none/../etc/passwd", root)) == "Path traversal detected in: /none/../etc/passwd"
    assert str(refusal("../\0", root)).startswith("Plan file path cannot hold NUL")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "outside/plan.md", "roots/plan.md", "none/plan.md", ".", "root"]
)
def test_a_path_outside_the_roots(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Whether there is a file does not matter; a sibling whose name begins as the root's is outside."""
    monkeypatch.chdir(tmp_path)
    assert str(refusal(path, "root")) == f"Plan file must be within allowed roots: {os.path.realpath(root)}"


def test_all_roots_are_named(root: Path, tmp_path: Path) -> None:
    named = str(refusal("/etc/passwd", root, tmp_path / "none"))
    assert named.endswith(f"{os.path.realpath(root)}, {os.path.realpath(tmp_path)}/none")
    assert str(refusal(root / "plan.md")) == "Plan file must be within allowed roots: there are none"


@pytest.mark.parametrize("target", ["../outside/plan.md", "/etc/passwd", "d/../../roots/plan.md"])
def test_a_link_that_leads_outside(root: Path, target: str) -> None:
    (root / "link.md").symlink_to(target)
    assert "within allowed roots" in str(refusal(root / "link.md", root))


def test_a_folder_that_is_a_link_to_outside(root: Path) -> None:
    (root / "e").symlink_to("../outside")
    assert "within allowed roots" in str(refusal(root / "e" / "plan.md", root))


def test_a_link_to_outside_that_leads_back_is_inside(root: Path, tmp_path: Path) -> None:
    (root / "there").symlink_to("../outside/back")
    (tmp_path / "outside" / "back").symlink_to("../root/plan.md")
    assert text(root / "there", root) == "here\n"


def test_links_in_a_circle(root: Path) -> None:
    (root / "a.md").symlink_to("b.md")
    (root / "b.md").symlink_to("a.md")
    assert str(refusal(root / "a.md", root)).startswith("Plan file cannot be used: ")


def test_a_missing_file(root: Path) -> None:
    with pytest.raises(MissingFileError) as caught:
        text(root / "none.md", root)
    assert isinstance(caught.value, FileNotFoundError)
    assert str(caught.value) == f"Plan file not found: {root}/none.md"
    (root / "link.md").symlink_to("none.md")
    for path in (root / "link.md", root / "none" / "plan.md"):
        with pytest.raises(MissingFileError):
            text(path, root)


def test_a_root_that_is_not_there_has_no_plans(root: Path) -> None:
    with pytest.raises(MissingFileError):
        text(root / "none" / "plan.md", root / "none")


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the whole path would be too long for a socket
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize("make", [Path.mkdir, make_fifo, make_socket], ids=["folder", "fifo", "socket"])
def test_what_is_no_regular_file(root: Path, make: Callable[[Path], None]) -> None:
    make(root / "odd.md")
    assert "odd.md" in str(refusal(root / "odd.md", root))


def test_a_device() -> None:
    assert "not a regular file" in str(refusal("/dev/zero", "/dev"))


def test_a_file_taken_for_a_folder(root: Path) -> None:
    assert "cannot be read" in str(refusal(root / "plan.md" / "plan.md", root))


def test_a_file_as_root_holds_no_plan(root: Path) -> None:
    assert "within allowed roots" in str(refusal(root / "plan.md", root / "plan.md"))


def test_one_byte_too_many(root: Path) -> None:
    (root / "plan.md").write_bytes(b"a" * (SIZE_CAP + 1))
    assert "1048576" in str(refusal(root / "plan.md", root))


@pytest.mark.parametrize("data", [b"\xff\xfe#\x00", b"# a\xc3", b"\x89PNG\r\n\x1a\n", b"# a\n\0\n"])
def test_what_is_no_text(root: Path, data: bytes) -> None:
    (root / "plan.md").write_bytes(data)
    assert "plan.md" in str(refusal(root / "plan.md", root))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_plan_that_may_not_be_read(root: Path) -> None:
    (root / "plan.md").chmod(0)
    assert "Permission denied" in str(refusal(root / "plan.md", root))


def test_an_error_while_reading_is_the_users_to_mend(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(plans, "safe_read", denied)
    assert str(refusal(root / "plan.md", root)).endswith("plan.md: Permission denied")


def test_a_name_that_is_too_long(root: Path) -> None:
    assert "cannot be read" in str(refusal(root / ("a" * 5000), root))


@pytest.mark.parametrize("name", ["a\nb.md", "NUL.md", "a:b.md", "trailing.", "a\\b.md"])
def test_names_that_are_not_the_same_everywhere(root: Path, name: str) -> None:
    (root / name).write_text("odd\n")
    assert "\n" not in str(refusal(root / name, root))


def test_what_a_terminal_would_obey_is_shown_as_text(root: Path) -> None:
    with pytest.raises(MissingFileError) as caught:
        text(root / "\u202e\x9b2J.md", root)
    assert str(caught.value).endswith("\\u202e\\x9b2J.md")
    assert refusal(root / "\x1b[2J.md", root).message.isprintable()


def test_a_path_that_the_system_cannot_write(root: Path) -> None:
    assert "\\ud800" in str(refusal("\ud800.md", root))


def test_a_name_of_any_bytes_is_a_name(root: Path) -> None:
    with pytest.raises(MissingFileError) as caught:
        text(root / os.fsdecode(b"\xff.md"), root)
    assert str(caught.value).endswith("\\xff.md")


@pytest.mark.parametrize("roots", ["/tmp", Path("/"), b"/"], ids=["str", "path", "bytes"])
def test_one_root_is_no_list_of_roots(root: Path, roots: str) -> None:
    """The letters of a text would be roots, and one of them the root of all."""
    with pytest.raises(InputError, match="list of folders"):
        read_plan(root / "plan.md", roots)


@pytest.mark.parametrize("one", ["", "a\0b", "\ud800"])
def test_a_root_that_cannot_be(root: Path, one: str) -> None:
    assert "an allowed root cannot be" in str(refusal(root / "plan.md", one))


def test_without_a_folder_of_the_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "gone").mkdir()
    monkeypatch.chdir(root / "gone")
    (root / "gone").rmdir()
    assert read_plan(root / "plan.md", [".", root])[1] == "here\n"
    assert "cannot be found" in str(refusal("plan.md", root))


# -- swaps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("swapped", ["d/plan.md", "d"])
def test_a_link_swapped_in_after_the_check(root: Path, monkeypatch: pytest.MonkeyPatch, swapped: str) -> None:
    whole = plans.safe_read

    def swap_and_read(*arguments: str) -> bytes:
        (root / swapped).rename(root / "old")
        (root / swapped).symlink_to(root.parent / "outside" / ("plan.md" if "/" in swapped else ""))
        return whole(*arguments)

    monkeypatch.setattr(plans, "safe_read", swap_and_read)
    assert "d/plan.md" in str(refusal(root / "d" / "plan.md", root))


def test_file_and_link_change_places_all_the_time(root: Path) -> None:
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (root / "new").symlink_to("../outside/plan.md")
            (root / "new").replace(root / "plan.md")
            (root / "new").write_text("here\n")
            (root / "new").replace(root / "plan.md")

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = set()
    try:
        for _ in range(500):
            try:
                seen.add(text(root / "plan.md", root))
            except InputError as error:
                assert "secret" not in str(error)
    finally:
        stop.set()
        swapper.join()
    assert seen <= {"here\n"}


# -- the folder for temporary files --------------------------------------------------------------


def test_the_temporary_folder_is_that_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert os.path.realpath(temporary_folder()) == os.path.realpath(tempfile.gettempdir())


@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "TMP"])
def test_a_named_temporary_folder(root: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, str(root))
    assert temporary_folder() == str(root)
    monkeypatch.setenv(name, str(root / "none"))
    assert temporary_folder() == "/tmp"
