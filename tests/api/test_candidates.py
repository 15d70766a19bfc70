"""A mistake that three fixes took out, found in a real repository's history."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from feedback_loop.api.history.candidate_patterns import chosen_pairs, clean_code, pattern_of, write_candidate
from feedback_loop.api.history.candidates import find_candidates
from feedback_loop.api.history.trial import Trial
from feedback_loop.api.patterns.moves import reject
from feedback_loop.domain.candidate import WEEK, Candidate, Pair
from feedback_loop.domain.history import FIX, REVERT, Commits, History
from feedback_loop.domain.library_moves import Decided
from feedback_loop.domain.pattern import Regex
from feedback_loop.errors import UserError
from feedback_loop.formats.pattern_doc import format_json, format_prose
from feedback_loop.workspace import Workspace
from tests.made_history import START, removed
from tests.repo import Repo

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2
BAD = [
    "config = open(path)\n",
    f'    with open(name) as stream:\n        token = "{SECRET}"\n',
    "        return open(where).read()\n",
]
GOOD = [one.replace("open(", "open_text(") for one in BAD]


def mended(repo: Repo, *, weeks: int = 1) -> None:
    """Three commits with the mistake, then a fix for each, so many weeks apart; in two files."""
    repo.write("patterns/.keep", "")
    texts = {"a.py": "x = 1\n", "lib/b.py": "y = 1\n"}
    for number, bad in enumerate(BAD):
        texts["a.py" if number % 2 else "lib/b.py"] += f"# {number}\n{bad}"
    at = START
    _commit(repo, texts, "Read files", at)
    for number, (bad, good) in enumerate(zip(BAD, GOOD, strict=True)):
        path = "a.py" if number % 2 else "lib/b.py"
        texts[path] = texts[path].replace(bad, good)
        at += weeks * WEEK
        _commit(repo, texts, f"fix: reading of {path}, {number}", at)


def _commit(repo: Repo, texts: dict[str, str], message: str, at: int) -> None:
    for path, text in texts.items():
        repo.write(path, text)
    repo.stage()
    repo.environment |= {"GIT_COMMITTER_DATE": f"{at} +0000", "GIT_AUTHOR_DATE": f"{at} +0000"}
    repo.commit(message)


def history_of(repo: Repo, **more: object) -> History:
    """The first-parent line as it would be mined, without facts."""
    rows = [line.split(" ", 2) for line in repo.git("log", "--reverse", "--format=%H %ct %s").splitlines()]
    flags = [FIX if row[2].startswith("fix") else REVERT if "evert" in row[2] else 0 for row in rows]
    numbers = range(len(rows))
    commits = Commits(
        [row[0] for row in rows],
        [int(row[1]) for row in rows],
        [() if number == 0 else (number - 1,) for number in numbers],
        list(numbers),
        list(numbers),
        flags,
    )
    empty = History(rows[-1][0], "main", commits, (), (), None, (), {})
    return replace(empty, **more)  # type: ignore[arg-type]


def found_in(repo: Repo, **more: object) -> tuple[Candidate, ...]:
    return find_candidates(Workspace.open(str(repo.root)), history_of(repo, **more))


def test_fixes_within_two_weeks_are_no_candidate(repo: Repo) -> None:
    mended(repo, weeks=0)
    assert found_in(repo) == ()


def test_three_fixes_of_one_shape_are_a_candidate(repo: Repo) -> None:
    mended(repo)
    (found,) = found_in(repo)
    assert (found.name, found.title) == ("open_text_not_open", "Prefer `open_text(…)` to `open(…)`")
    assert list(found.commits) == history_of(repo).commits.oids[1:]
    assert {(one.bad + "\n", one.good + "\n") for one in found.pairs} == {
        (bad.splitlines(True)[0], good.splitlines(True)[0]) for bad, good in zip(BAD, GOOD, strict=True)
    }
    assert found.detector is not None
    assert found.detector.expression == Regex(r"\bopen\s*\(\s*\w+\s*\)")
    assert found.detector.level == "hint"
    assert found.reason == (
        "3 fixes in 2 files over 2 weeks; finds 3 of 3 bad, 0 of 3 good; 250.0 finds per"
        " 1,000 added lines (3 in 12 of the last 4 commits, 3 of them fixed later)"
    )


def test_its_files_hold_the_real_diff_and_are_the_same_every_time(repo: Repo) -> None:
    mended(repo)
    (found,) = found_in(repo)
    workspace = Workspace.open(str(repo.root))
    assert write_candidate(workspace, found) == tuple(
        f"patterns/proposed/open_text_not_open.{ending}" for ending in ("md", "json")
    )
    prose, data = ((repo.root / path).read_text() for path in _paths(found))
    assert (prose, data) == (format_prose(pattern_of(found)), format_json(pattern_of(found)))
    for bad, good in zip(BAD, GOOD, strict=True):
        assert bad.splitlines()[0].strip() + "\n```" in prose
        assert good.splitlines()[0].strip() + "\n```" in prose
    source = json.loads(data)["source"]
    assert source == {"kind": "mined", "sha256": found.sha256, "commits": list(found.commits)}
    assert found_in(repo) == ()  # it is proposed already
    with pytest.raises(UserError, match="exists already"):
        write_candidate(workspace, found)


def _paths(found: Candidate) -> list[str]:
    return [f"patterns/proposed/{found.name}{ending}" for ending in (".md", ".json")]


def test_rejected_it_comes_again_when_its_evidence_has_doubled(repo: Repo) -> None:
    mended(repo)
    workspace = Workspace.open(str(repo.root))
    (found,) = found_in(repo)
    write_candidate(workspace, found)
    then = datetime.fromtimestamp(found.last + 1, UTC)
    assert isinstance(reject(workspace, found.name, "we like it so", clock=lambda: then), Decided)
    for number in range(3):
        assert found_in(repo) == ()
        path = f"c{number}.py"
        _commit(repo, {path: f"x{number} = open(y)\n"}, "Read more", found.last + WEEK)
        _commit(repo, {path: f"x{number} = open_text(y)\n"}, "fix: read", found.last + WEEK)
    (again,) = found_in(repo)
    assert (again.shape, len(again.commits)) == (found.shape, 6)


def test_what_a_pattern_finds_already_is_no_candidate(repo: Repo) -> None:
    mended(repo)
    (found,) = found_in(repo)
    index = history_of(repo).commits.index
    facts = tuple(removed(index[one.commit], "known", one.path, line=one.line) for one in found.pairs)
    assert found_in(repo, written=facts[:1]) != ()
    assert found_in(repo, written=facts[:2]) == ()


# -- files -----------------------------------------------------------------------------------------


def made(bad: str, good: str = "good()", path: str = "a.py", commit: str = "a" * 40) -> Candidate:
    pairs = (Pair(commit, path, 1, bad, good),)
    return Candidate("0" * 16, "one", "Title", "python", pairs, (commit,), 1, 0, 0)


def test_secrets_are_masked_and_nothing_is_hidden() -> None:
    code = clean_code(f'    key = "{SECRET}"\n      \x1b[31m\u202e\udcff()')
    assert code == 'key = "***"\n  \\x1b[31m\\u202e\\xff()\n'


def test_a_hostile_path_or_text_stays_data(repo: Repo) -> None:
    repo.write("patterns/.keep", "")
    found = made("```\n# Bad example\n<!-- x -->", "<script>", "x`](y)\n## Good.py")
    paths = write_candidate(Workspace.open(str(repo.root)), found)
    text = (repo.root / paths[0]).read_text()
    assert [line for line in text.split("\n") if line.startswith("## ")] == [
        "## Bad example",
        "## Good example",
        "## References",
    ]
    assert "Good.py" not in text


def test_short_pairs_of_different_commits_are_shown() -> None:
    pairs = tuple(
        Pair(commit, "a.py", 1, bad, "y") for commit, bad in zip("aabc", ("x", "xx", "xxx", "x"), strict=True)
    )
    assert [(one.commit, one.bad) for one in chosen_pairs(pairs)] == [("a", "x"), ("b", "xxx"), ("a", "xx")]


def test_a_noisy_detector_does_not_pass() -> None:
    assert Trial(200, 1000, 49).passed
    assert not Trial(200, 1000, 50).passed
    assert not Trial(200, 1000, 0, 0, "a good example is found").passed
    assert Trial(200, 99, 99).passed
