import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repo import Repo


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


@pytest.fixture
def make_repo(tmp_path: Path, home: Path) -> Callable[[str], Repo]:
    """Further repositories by name."""
    return lambda name: Repo(tmp_path / name, home)
