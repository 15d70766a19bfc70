from collections.abc import Callable

import pytest

from tests.repo import Repo


@pytest.fixture
def repo(repo: Repo, warm: Callable[[Repo], None]) -> Repo:
    """Empty, with the built-in library compiled as after a first run; `make_repo` gives cold ones."""
    warm(repo)
    return repo
