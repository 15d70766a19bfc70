import posix
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The api in this very process: caches below the tests' home, no git settings of the user's."""
    values = {
        "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
    }
    for name, value in values.items():
        monkeypatch.setitem(posix.environ, name.encode(), value.encode())
