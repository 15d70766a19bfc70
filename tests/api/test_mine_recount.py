"""An independent recount by git's own `log -p` and ten lines of awk: each commit's lines that hold the word."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable

import pytest

from feedback_loop.domain.history import Fact, History
from feedback_loop.domain.library import Library
from tests.api.planted_cases import CASES, make_library
from tests.planted import Planted, mined
from tests.repo import Repo

# Content is told from headers by the counts in `@@` alone: it may look like a header.
RECOUNT = r"""
git log FLAGS -p -U0 -M --no-color --format='commit %H' main -- '*.py' '*.pyi' | LC_ALL=C awk '
    o > 0 && /^-/  { o--; if (/BAD/) removed[c]++; next }
    n > 0 && /^\+/ { n--; if (/BAD/) added[c]++; next }
    /^commit /     { c = $2 }
    /^@@ /         { split(substr($2, 2), a, ","); o = 2 in a ? a[2] : 1
                     split(substr($3, 2), b, ","); n = 2 in b ? b[2] : 1 }
    END            { for (c in added) print c, "+", added[c]; for (c in removed) print c, "-", removed[c] }'
"""
WRITTEN = "--no-merges --full-history"
LANDED = "--first-parent -m"
PLAIN = [name for name, one in CASES.items() if one.plain]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Made once."""
    return make_library(tmp_path_factory.mktemp("library"))


def _recounted(repo: Repo, flags: str) -> dict[tuple[str, str], int]:
    """(commit, sign) -> lines."""
    done = subprocess.run(
        ["sh", "-c", RECOUNT.replace("FLAGS", flags)],
        cwd=repo.root,
        env=repo.environment,
        capture_output=True,
        check=True,
        text=True,
    )
    assert not done.stderr
    rows = (line.split() for line in done.stdout.splitlines())
    return {(commit, sign): int(count) for commit, sign, count in rows}


def _counted(history: History, facts: Iterable[Fact]) -> dict[tuple[str, str], int]:
    """Whatever kind they came to be: before that every changed line with the word is one."""
    found = (fact for fact in facts if fact.pattern == "bad")
    return dict(Counter((history.commits.oids[one.commit], "+" if one.sign > 0 else "-") for one in found))


@pytest.mark.parametrize("name", PLAIN)
def test_recount(name: str, repo: Repo, library: Library) -> None:
    planted = Planted(repo)
    CASES[name].build(planted)
    history = mined(planted, library)
    assert history.landed is not None
    plain = [one for one in history.written if not history.commits.is_merge(one.commit)]
    assert _counted(history, plain) == _recounted(repo, WRITTEN)
    assert _counted(history, history.landed) == _recounted(repo, LANDED)


def test_the_recount_can_fail(repo: Repo) -> None:
    planted = Planted(repo)
    CASES["content_that_looks_like_headers"].build(planted)
    oids = {label: oid for oid, label in planted.labels.items()}
    assert _recounted(repo, WRITTEN) == {(oids["add"], "+"): 10, (oids["fix"], "-"): 10}
