import marshal
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback_loop.stores import compiled
from tests.repo import Repo

pytest_plugins = ["pytester"]


def pytest_configure() -> None:
    """A test run started in the background ignores Ctrl-C, and so would every process it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the whole session: the cache key is made once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def repo(tmp_path: Path, home: Path) -> Repo:
    """An empty repository on branch main."""
    return Repo(tmp_path / "repo", home)


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Callable[[Repo], None]:
    """Gives a repository the compiled built-in library of a first run: half a second for each test."""
    first = Repo(tmp_path_factory.mktemp("warm") / "repo", home)
    first.write("a.py", "x = 1\n")
    first.stage()
    assert first.hook().returncode == 0
    (kept,) = (first.root / ".git/feedback-loop").glob("compiled-*.bin")
    files, listings, parts = marshal.loads(kept.read_bytes()[compiled._TAG :])
    key = (home / "cache/feedback-loop/key").read_bytes()

    def give(repo: Repo) -> None:
        before, now = str(first.root), str(repo.root)
        moved = tuple((source[0].replace(before, now), *source[1:]) for source in files)
        places = tuple((folder.replace(before, now), names) for folder, names in listings)
        data = marshal.dumps((moved, places, parts))
        target = (
            repo.root / ".git/feedback-loop" / f"compiled-{compiled._digest(now.encode()).hex()[:16]}.bin"
        )
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(compiled._tag(data, key, now) + data)

    return give


@pytest.fixture
def make_repo(tmp_path: Path, home: Path) -> Callable[[str], Repo]:
    """Further repositories by name."""
    return lambda name: Repo(tmp_path / name, home)
