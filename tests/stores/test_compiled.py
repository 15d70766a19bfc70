import os
import random
import signal
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.globs import compile_globs
from feedback_loop.stores import compiled
from feedback_loop.stores.compiled import Sources, listing, load_compiled, source_file
from feedback_loop.stores.repository import Repository, find_repository
from feedback_loop.stores.workers import run_forked
from tests.repo import Repo

OLD = 1_000_000_000  # long before any cache


class World:
    """A work tree with sources, and a compiler that counts: its result tells the sources' content."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.root = Path(repository.root)
        self.compilations = 0

    @property
    def cache(self) -> Path:
        (path,) = Path(self.repository.state_dir).glob("compiled-*.bin")
        return path

    def write(self, name: str, text: str, at: float = OLD) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, (at, at))

    def content(self) -> str:
        names = ["settings.toml", *sorted(f"p/{path.name}" for path in (self.root / "p").glob("*.md"))]
        return "|".join(f"{name}={self._text(name)}" for name in names)

    def _text(self, name: str) -> str:
        try:
            return (self.root / name).read_text()
        except OSError:
            return "-"

    def _compile(self) -> tuple[CompiledLibrary, Sources]:
        self.compilations += 1
        folder = f"{self.root}/p"
        names = listing(folder)
        files = [source_file(str(self.root), "settings.toml"), *(source_file(folder, name) for name in names)]
        globs = compile_globs(["**/*.py", "a/*/[b]"])
        detector = CompiledDetector(
            "p",
            "d",
            "builtin",
            ("python.x", {"k": [1]}),
            "warn",
            "low",
            ("python",),
            globs,
            (),
            (b"x",),
            (b"y",),
            "m",
            "f",
        )
        library = CompiledLibrary(
            "p/",
            "p",
            1,
            self.content(),
            "block",
            "open",
            False,
            False,
            "warn",
            globs,
            ("é",),
            (("p/d", "r"),),
            ("p",),
            [detector],
        )
        return library, Sources(tuple(files), ((folder, names),))

    def load(self) -> CompiledLibrary:
        library = load_compiled(self.repository, self._compile)
        assert library.digest == self.content()
        return library

    def compiles(self) -> bool:
        """Whether another load has to compile."""
        before = self.compilations
        self.load()
        return self.compilations > before


@pytest.fixture
def user_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def world(repo: Repo, user_cache: Path) -> World:
    """A work tree whose library is compiled and stored, from old sources."""
    made = World(find_repository(str(repo.root)))
    made.write("settings.toml", "s")
    made.write("p/a.md", "one")
    made.write("p/b.md", "two")
    made.load()
    return made


# -- hits ----------------------------------------------------------------------------------------


def test_nothing_changed_nothing_compiled(world: World) -> None:
    before = world.cache.stat()
    assert not world.compiles()
    assert world.cache.stat().st_mtime_ns == before.st_mtime_ns


def test_what_comes_out_of_the_cache_is_what_went_in(world: World) -> None:
    made, _ = world._compile()
    assert world.load().to_tuple() == made.to_tuple()
    assert isinstance(world.load().detectors[0], CompiledDetector)


def test_touched_but_equal_is_a_hit_and_noted(world: World) -> None:
    os.utime(world.root / "p" / "a.md", (OLD + 5, OLD + 5))
    noted = world.cache.stat().st_mtime_ns
    assert not world.compiles()
    assert world.cache.stat().st_mtime_ns > noted
    noted = world.cache.stat().st_mtime_ns
    assert not world.compiles()
    assert world.cache.stat().st_mtime_ns == noted


def test_other_files_in_the_folder_do_not_matter(world: World) -> None:
    world.write("p/notes.txt", "x")
    assert not world.compiles()


# -- stale ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.write("p/a.md", "ONE", OLD + 5),
        lambda world: world.write("p/a.md", "longer"),
        lambda world: world.write("settings.toml", "t", OLD + 5),
        lambda world: world.write("p/c.md", "new"),
        lambda world: (world.root / "p" / "a.md").unlink(),
        lambda world: (world.root / "settings.toml").unlink(),
        lambda world: (world.root / "p" / "a.md").rename(world.root / "p" / "z.md"),
    ],
    ids=["content", "size", "settings", "addition", "removal", "no settings", "rename"],
)
def test_a_change_is_compiled_once(world: World, change: Callable[[World], object]) -> None:
    change(world)
    assert world.compiles()
    assert not world.compiles()


def test_a_file_that_was_absent_and_comes(world: World) -> None:
    (world.root / "settings.toml").unlink()
    assert world.compiles()
    assert not world.compiles()
    world.write("settings.toml", "")
    assert world.compiles()


def test_an_edit_in_the_same_moment_of_the_same_size_is_seen(world: World) -> None:
    now = time.time()
    world.write("p/a.md", "ONE", now)
    assert world.compiles()
    world.write("p/a.md", "TWO", now)  # neither size nor time tell
    assert world.compiles()


def test_fresh_sources_are_a_hit_too(world: World) -> None:
    world.write("p/a.md", "ONE", time.time())
    assert world.compiles()
    assert not world.compiles()


def test_a_source_from_the_future_is_hashed_each_time_but_nothing_is_rewritten(world: World) -> None:
    world.write("p/a.md", "ONE", time.time() + 1000)
    assert world.compiles()
    noted = world.cache.stat().st_mtime_ns
    assert not world.compiles()
    assert world.cache.stat().st_mtime_ns == noted
    world.write("p/a.md", "TWO", (world.root / "p" / "a.md").stat().st_mtime)
    assert world.compiles()


def test_random_edits_are_never_answered_from_an_old_cache(world: World) -> None:
    edits = random.Random(7)
    for number in range(60):
        name = edits.choice(["p/a.md", "p/b.md", "p/c.md", "settings.toml"])
        if edits.random() < 0.2:
            (world.root / name).unlink(missing_ok=True)
        else:
            world.write(name, edits.choice(["x", "y", "zz"]), edits.choice([OLD + number, time.time()]))
        world.load()
    assert 10 < world.compilations < 60


# -- sources that we may not read ----------------------------------------------------------------


def test_a_link_out_of_its_folder_is_watched_by_its_stat(world: World) -> None:
    world.write("elsewhere.md", "one")
    (world.root / "p" / "link.md").symlink_to("../elsewhere.md")
    assert world.compiles()
    assert not world.compiles()
    world.write("elsewhere.md", "ONE", OLD + 5)
    assert world.compiles()
    world.write("elsewhere.md", "longer", OLD + 5)
    assert world.compiles()
    assert not world.compiles()


def test_a_file_over_the_cap_is_no_reason_to_compile_each_time(world: World) -> None:
    (world.root / "p" / "big.md").write_bytes(b"x" * ((1 << 20) + 1))
    os.utime(world.root / "p" / "big.md", (OLD, OLD))
    assert world.compiles()
    assert not world.compiles()
    world.write("p/big.md", "small", OLD)
    assert world.compiles()


# -- a cache that is not ours or is broken -------------------------------------------------------


@pytest.fixture
def no_marshal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile bytes can crash marshal: it must not even be asked."""

    def refuse(_: bytes) -> None:
        raise AssertionError("marshal was given bytes without a valid tag")

    monkeypatch.setattr(compiled.marshal, "loads", refuse)


def damaged(data: bytes, how: str) -> bytes:
    middle = len(data) // 2
    return {
        "empty": b"",
        "tag only": data[:32],
        "cut": data[:-1],
        "longer": data + b"\0",
        "first bit": bytes([data[0] ^ 1]) + data[1:],
        "a bit": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "last bit": data[:-1] + bytes([data[-1] ^ 128]),
        "no tag": data[32:],
        "zeros": bytes(len(data)),
    }[how]


@pytest.mark.usefixtures("no_marshal")
@pytest.mark.parametrize(
    "how", ["empty", "tag only", "cut", "longer", "first bit", "a bit", "last bit", "no tag", "zeros"]
)
def test_a_damaged_cache_is_compiled_anew(world: World, how: str) -> None:
    world.cache.write_bytes(damaged(world.cache.read_bytes(), how))
    assert world.compiles()


@pytest.mark.usefixtures("no_marshal")
def test_the_cache_of_another_python_or_tool_is_not_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "hexversion", sys.hexversion + 1)
    assert world.compiles()
    monkeypatch.setattr(compiled, "__version__", "0.0.0")
    assert world.compiles()


@pytest.mark.usefixtures("no_marshal")
def test_a_cache_that_came_with_an_archive_is_not_read(world: World, user_cache: Path) -> None:
    (user_cache / "feedback-loop" / "key").write_bytes(b"k" * 32)
    assert world.compiles()


@pytest.mark.usefixtures("no_marshal")
@pytest.mark.parametrize("kind", ["fifo", "folder", "link"])
def test_a_cache_that_is_no_file_blocks_nothing(world: World, kind: str) -> None:
    path, data = world.cache, world.cache.read_bytes()
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        (world.root / "data").write_bytes(data)
        path.symlink_to(world.root / "data")
    assert world.compiles()
    assert world.compiles()


def test_a_sparse_giant_is_not_read(world: World) -> None:
    with world.cache.open("wb") as giant:
        giant.truncate(1 << 40)
    assert world.compiles()
    assert not world.compiles()


def test_a_folder_that_cannot_be_written_means_no_cache(world: World) -> None:
    state = Path(world.repository.state_dir)
    world.cache.unlink()
    state.rmdir()
    state.write_bytes(b"")
    assert world.compiles()
    assert world.compiles()


def test_the_cache_is_the_users_own(world: World) -> None:
    assert stat.S_IMODE(world.cache.stat().st_mode) == 0o600


# -- worktrees -----------------------------------------------------------------------------------


def test_worktrees_share_the_folder_and_not_the_cache(world: World, repo: Repo, tmp_path: Path) -> None:
    repo.stage()
    repo.commit()
    repo.git("worktree", "add", "-q", str(tmp_path / "second"))
    second = World(find_repository(str(tmp_path / "second")))
    second.write("p/a.md", "other")
    assert second.repository.state_dir == world.repository.state_dir
    assert second.compiles()
    assert not world.compiles()
    assert not second.compiles()


@pytest.mark.usefixtures("no_marshal")
def test_a_cache_moved_to_another_work_tree_is_not_read(world: World, repo: Repo, tmp_path: Path) -> None:
    data = world.cache.read_bytes()
    second = World(Repository(str(tmp_path), world.repository.git_dir, True))
    Path(compiled._path(second.repository, "compiled")).write_bytes(data)
    assert load_compiled(second.repository, world._compile).digest == world.content()
    assert world.compilations == 2


# -- the key -------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_for_the_user_alone(world: World, user_cache: Path) -> None:
    key = user_cache / "feedback-loop" / "key"
    before = key.read_bytes()
    assert (len(before), stat.S_IMODE(key.stat().st_mode)) == (32, 0o600)
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    world.write("p/a.md", "longer")
    world.load()
    assert key.read_bytes() == before


@pytest.mark.usefixtures("no_marshal")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_key_that_others_may_touch_is_not_used(world: World, user_cache: Path, mode: int) -> None:
    key = user_cache / "feedback-loop" / "key"
    key.chmod(mode)
    assert world.compiles()
    assert world.compiles()


@pytest.mark.usefixtures("no_marshal")
@pytest.mark.parametrize("data", [b"", b"k" * 31, b"k" * 33])
def test_a_key_of_another_length_is_not_used(world: World, user_cache: Path, data: bytes) -> None:
    (user_cache / "feedback-loop" / "key").write_bytes(data)
    assert world.compiles()
    assert world.compiles()


def test_a_writer_of_the_key_that_dies_leaves_none_or_a_whole_one(world: World, user_cache: Path) -> None:
    key = user_cache / "feedback-loop" / "key"
    for call in ("write", "link", "unlink"):
        key.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            setattr(os, call, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            compiled.user_key()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
        assert key.exists() == (call == "unlink")
        assert world.compiles() or key.stat().st_size == 32
        assert not world.compiles()


def test_all_that_make_the_key_at_once_agree(user_cache: Path) -> None:
    for _ in range(10):
        (user_cache / "feedback-loop" / "key").unlink(missing_ok=True)
        keys = {
            parts[0]
            for parts in run_forked(lambda _: (compiled.user_key(),), [[number] for number in range(4)])
        }
        assert keys - {None} == {(user_cache / "feedback-loop" / "key").read_bytes()}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_somebody_elses_key_is_not_used(world: World, user_cache: Path) -> None:
    os.chown(user_cache / "feedback-loop" / "key", 12345, -1)
    assert world.compiles()
    assert world.compiles()


@pytest.mark.parametrize("kind", ["folder", "link", "fifo"])
def test_a_key_that_is_no_file_is_not_used(world: World, user_cache: Path, kind: str) -> None:
    key = user_cache / "feedback-loop" / "key"
    key.rename(key.with_name("real"))
    if kind == "folder":
        key.mkdir()
    elif kind == "link":
        key.symlink_to("real")
    else:
        os.mkfifo(key)
    assert world.compiles()


@pytest.mark.parametrize("variables", [{}, {"HOME": ""}, {"HOME": "relative", "XDG_CACHE_HOME": "relative"}])
def test_without_a_home_there_is_no_cache_and_no_error(
    world: World, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    world.cache.unlink()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert world.compiles()
    assert world.compiles()
    assert list(Path(world.repository.state_dir).iterdir()) == []


@pytest.mark.parametrize("value", ["", "relative/cache"])
def test_without_a_usable_cache_folder_the_key_lies_in_the_home(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert world.compiles()
    assert not world.compiles()
    assert (tmp_path / "home" / ".cache" / "feedback-loop" / "key").is_file()
