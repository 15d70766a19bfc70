import functools
import signal
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tests.repo import Repo, carry_compiled, compiled_of
from tests.tracing import some_examples_traced

pytest_plugins = ["pytester"]


def pytest_configure() -> None:
    """A test run started in the background ignores Ctrl-C, and so would every process it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The tree of commands from their annotations: 0.2 s at every call in this process, always the same tree.
    typer.main.get_command = functools.cache(typer.main.get_command)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Coverage is a matter of some of a property's examples: it would double the time of all."""
    with some_examples_traced(getattr(item, "obj", None)):
        return (yield)


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
    """Gives a repository the compiled built-in library of a first run: a second for each test."""
    first = Repo(tmp_path_factory.mktemp("warm") / "repo", home)
    first.write("a.py", "x = 1\n")
    first.stage()
    assert first.hook().returncode == 0
    assert compiled_of(first).exists()
    return functools.partial(carry_compiled, first)


@pytest.fixture
def make_repo(tmp_path: Path, home: Path) -> Callable[[str], Repo]:
    """Further repositories by name."""
    return lambda name: Repo(tmp_path / name, home)
