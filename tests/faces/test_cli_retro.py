"""`feedback-loop retro` on real repositories: the document, its writing, its decisions, its commits."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback_loop.domain.event import Event
from feedback_loop.domain.moment import format_moment
from feedback_loop.faces.cli import retro
from feedback_loop.formats.records import make_event
from feedback_loop.stores.events import append_events
from tests.faces.command_line import BARE, NAMED, CommandLine, write_pattern
from tests.repo import Repo

START = 1_760_000_000  # 2025-10-09
DAY = 86_400
NAME = "2026-02-22_2026-03-08"
VIEWS = [f"plans/retros/{NAME}.json", f"plans/retros/{NAME}.md", "AI_PATTERNS.md"]
MARKED = {"id": "mark", "kind": "literal", "texts": ["XYZZY"], "level": "warn", "message": "a mark"}


def commit(repo: Repo, day: int, message: str = "x") -> None:
    when = f"{START + day * DAY} +0000"
    repo.environment |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    repo.stage()
    repo.commit(message)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Repo:
    """A pattern that nobody needs any more, and one that was broken in the last two weeks."""
    repo = Repo(tmp_path_factory.mktemp("planted") / "repo", home)
    repo.write("a.py", "x = 1\n")
    commit(repo, 0, "start")
    write_pattern(repo, "named_exceptions")
    write_pattern(repo, "old_mark", None, detectors=[MARKED], bad="XYZZY = 1\n", good="x = 1\n")
    commit(repo, 10, "adopt")
    for number in range(4):
        repo.write(f"m{number}.py", "XYZZY = 1\n")
        commit(repo, 11 + number)
    for number in range(4):
        repo.write(f"m{number}.py", "y = 1\n")
    commit(repo, 20, "fix: no marks")
    repo.write("big.py", "".join(f"v{number} = {number}\n" for number in range(300)))
    repo.write("c.py", BARE)
    commit(repo, 140)
    repo.write("c.py", NAMED)
    repo.write("d.py", BARE)
    commit(repo, 150, "fix: name it\n\nPattern: named_exceptions")
    return repo


@pytest.fixture
def repo(planted: Repo, tmp_path: Path) -> Repo:
    return Repo.copy(planted, tmp_path / "repo")


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def state(repo: Repo) -> dict[str, bytes]:
    """Every file of the work tree by its path."""
    found = {path.relative_to(repo.root).as_posix(): path for path in repo.root.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".git/")}


def test_without_write_nothing_is_written_and_the_document_says_what_happened(
    cli: CommandLine, repo: Repo
) -> None:
    before = state(repo)
    answer = cli("retro", "--ids")
    assert (answer.code, state(repo)) == (0, before)
    assert answer.err.splitlines()[-1] == "nothing written; feedback-loop retro --write applies 4 changes"
    lines = answer.out.splitlines()
    assert lines[0] == f"Retro {NAME}"
    assert "2 of 9 commits; nothing skipped; 0 events" in lines[2]
    row = next(line for line in lines if line.startswith("  named_exceptions "))
    assert row.split()[:5] == ["named_exceptions", "2", "1", "1", "0"]
    assert any("archive old_mark" in line and "0 introductions in" in line for line in lines)
    assert any(line.split() == ["named_exceptions", "0", "1", "0"] for line in lines)  # its trailer
    assert f"  named_exceptions.introduced@{NAME}  2" in lines


def test_write_stores_moves_and_a_second_one_changes_nothing(cli: CommandLine, repo: Repo) -> None:
    answer = cli("retro", "--write")
    assert [line for line in answer.err.splitlines() if line.startswith(("done", "wrote"))] == [
        "done: archive old_mark",
        *(f"wrote {path}" for path in VIEWS),
    ]
    once = state(repo)
    assert {"patterns/archive/old_mark.json", "patterns/archive/old_mark.md"} <= once.keys()
    (event,) = [json.loads(data) for path, data in once.items() if "-decision-" in path]
    stored = json.loads(once[VIEWS[0]])
    (proposal,) = stored["proposals"]
    assert (proposal["state"], proposal["name"]) == ("applied", "old_mark")
    assert event["data"]["proposal"] == proposal["id"]
    assert (event["data"]["retro"], event["data"]["basis"]) == (NAME, stored["header"]["basis"])
    guide = once["AI_PATTERNS.md"].decode()
    assert "**Metrics:** 2 introductions, 1 fixed in 90 days; 0 reported; not enough data (n=2)\n" in guide
    assert "| `named_exceptions` | high | block | 2 | 1 | not enough data |\n" in guide
    assert f"- [{NAME}](plans/retros/{NAME}.md)\n" in guide
    assert "old_mark" not in guide
    assert "everything is up to date" in cli("retro", "--write").err
    assert (state(repo), cli("retro", "--check").code) == (once, 0)


def test_the_commit_that_stores_a_retro_is_no_news(cli: CommandLine, repo: Repo) -> None:
    cli("retro", "--write")
    commit(repo, 151, "all of it in one")
    once = state(repo)
    answer = cli("retro", "--write")
    assert (answer.code, state(repo)) == (0, once)
    assert f"nothing new since {NAME}" in answer.err
    repo.write("e.py", BARE)
    commit(repo, 152)
    answer = cli("retro", "--format", "json")
    assert answer.json["range"]["name"] == "2026-03-08_2026-03-10"
    assert answer.json["former"] == NAME
    assert [site["path"] for site in answer.json["new"]] == ["e.py"]
    assert [(one["action"], one["pattern"]) for one in answer.json["decisions"]] == [("archive", "old_mark")]


def test_a_clone_elsewhere_writes_the_same_bytes(repo: Repo, cli: CommandLine, tmp_path: Path) -> None:
    repo.git("tag", "-a", "-m", "x", "v1")
    repo.git("tag", "no-commit", "HEAD^{tree}")
    cli("retro", "--write")
    releases = json.loads((repo.root / VIEWS[0]).read_text())["releases"]
    assert releases["tags"] == [["v1", repo.git("rev-parse", "HEAD").strip()]]
    repo.git("clone", "-q", ".", str(tmp_path / "some where else"))
    clone = Repo(tmp_path / "some where else", tmp_path)
    clone.git("checkout", "-q", "-B", "other")
    odd = {"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONHASHSEED": "4711", "NO_COLOR": "1"}
    assert clone.run("retro", "--write", env=odd).returncode == 0
    here, there = state(repo), state(clone)
    assert [here[path] for path in VIEWS] == [there[path] for path in VIEWS]
    assert here.keys() == there.keys()


class Dying:
    """`os.fsync` that fails from the given call on: whatever is written then does not arrive."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, descriptor: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.EIO, "killed here")


@pytest.mark.parametrize("calls", [0, 4, 9, 12, 14])
def test_killed_while_it_writes_the_rerun_ends_in_the_same_bytes(
    written: dict[str, bytes], repo: Repo, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    before = state(repo)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", Dying(calls))
        assert repo.call("retro", "--write").returncode == 3
    assert (state(repo) == before) == (calls < 5)  # the first ones are about the decision to be made
    assert repo.call("retro", "--write").returncode == 0
    assert state(repo) == written


def test_commit_makes_two_and_leaves_what_is_staged_alone(cli: CommandLine, repo: Repo) -> None:
    write_event(repo)
    repo.write("mine.txt", "not yet\n")
    repo.stage("mine.txt")
    answer = cli("retro", "--commit")
    assert answer.code == 0
    assert answer.err.count("no hooks ran") == 2
    subjects = repo.git("log", "--format=%s", "-2").splitlines()
    assert subjects[1] == "Record events and decisions"
    assert subjects[0].startswith("Retro 20")
    assert repo.git("status", "--porcelain").splitlines() == ["A  mine.txt"]
    assert sorted(path for path in repo.git("ls-files", "patterns/archive").split()) == [
        "patterns/archive/old_mark.json",
        "patterns/archive/old_mark.md",
    ]
    once, head = state(repo), repo.git("rev-parse", "HEAD")
    assert "nothing new since" in cli("retro", "--commit").err
    assert (state(repo), repo.git("rev-parse", "HEAD")) == (once, head)
    repo.git("checkout", "-q", "--detach")
    repo.write("e.py", BARE)
    commit(repo, 500)
    before = state(repo)
    answer = cli("retro", "--commit")
    assert (answer.code, state(repo)) == (2, before)


def write_event(repo: Repo) -> None:
    log = (
        "log",
        "bug",
        "--pattern",
        "named_exceptions",
        "--error",
        "boom",
        "--file",
        "c.py",
        "--code",
        "c",
        "--line",
        "4",
    )
    assert repo.call(*log).returncode == 0


def test_what_is_not_committed_is_named_and_counts_in_a_draft_alone(cli: CommandLine, repo: Repo) -> None:
    write_event(repo)
    answer = cli("retro", "--format", "json")
    assert "1 file of events not committed, not counted" in answer.err
    assert (answer.json["header"]["events"], answer.json["header"]["draft"]) == (0, False)
    answer = cli("retro", "--worktree", "--since", "300d", "--format", "json")
    assert (answer.json["header"]["events"], answer.json["header"]["draft"]) == (1, True)
    row = next(one for one in answer.json["rows"] if one["pattern"] == "named_exceptions")
    introduced = row["introduced"]["value"]
    assert (row["reported"], row["frequency"]["value"]) == (1, introduced)  # its commit is counted
    repo.write("f.txt", "x\n")
    commit(repo, 151)
    write_event(repo)  # about a commit that introduced nothing
    (row,) = cli("retro", "--worktree", "--since", "300d", "--format", "json").json["rows"][:1]
    assert (row["reported"], row["frequency"]["value"]) == (2, introduced + 1)
    assert len(row["frequency"]["events"]) == 1
    assert cli("retro", "--worktree", "--write").code == 2


def test_a_person_decides(cli: CommandLine, repo: Repo) -> None:
    (proposal,) = cli("retro", "--format", "json").json["proposals"]
    before = state(repo)
    for wrong in ("000000000000=keep", f"{proposal['id']}=dance", f"{proposal['id']}=restore"):
        answer = cli("retro", "--write", "--decide", wrong)
        assert (answer.code, state(repo)) == (2, before), wrong
    assert proposal["id"] in cli("retro", "--decide", "000000000000=keep").err
    answer = cli("retro", "--write", "--decide", f"{proposal['id']}=keep:it will come back")
    assert "done: keep old_mark" in answer.err
    once = state(repo)
    assert "patterns/old_mark.json" in once
    assert json.loads(once[VIEWS[0]])["proposals"][0]["state"] == "kept"
    (event,) = [json.loads(data)["data"] for path, data in once.items() if "-decision-" in path]
    assert (event["action"], event["reason"]) == ("keep", "it will come back")
    assert event["figures"]["old_mark.open"] == "0"
    cli("retro", "--write")
    assert state(repo) == once


def test_only_decided_moves_are_made_where_the_settings_ask(cli: CommandLine, repo: Repo) -> None:
    repo.write("feedback-loop.toml", '[retro]\napply = "ask"\n')
    answer = cli("retro", "--write")
    assert "archive old_mark" not in answer.err
    assert "To decide: 1 proposal: archive `old_mark`." in answer.out
    assert (repo.root / "patterns/old_mark.md").exists()


def test_peoples_words_stay_and_an_edited_part_stops_it(cli: CommandLine, repo: Repo) -> None:
    repo.write("AI_PATTERNS.md", "# Ours\r\n\r\nBy hand.\r\n")
    cli("retro", "--write")
    document = repo.root / VIEWS[1]
    note = "\n## Notes\n\nA word \u2014 of ours.  \n\n## Actions\n\n- [ ] talk to **them**\n- [x] rest"
    kept = document.read_bytes().replace(b"\n## Notes\n\n## Actions\n", note.encode())
    document.write_bytes(kept)
    assert cli("retro", "--write").code == 0
    assert document.read_bytes() == kept
    guide = repo.root / "AI_PATTERNS.md"
    text = guide.read_bytes()
    assert text.startswith(b"# Ours\r\n\r\nBy hand.\r\n")
    assert b"\n" not in text.replace(b"\r\n", b"")
    for path, old in ((guide, b"| high |"), (guide, b"- Silence where"), (document, b"- Worse:")):
        whole = path.read_bytes()
        assert old in whole
        path.write_bytes(whole.replace(old, b"edited"))
        before = state(repo)
        answer = cli("retro", "--write")
        assert (answer.code, state(repo)) == (1, before), old
        assert "edited" in answer.out
        assert "--force" in answer.err
        assert cli("retro", "--write", "--force").code == 0
        assert path.read_bytes() == whole
    whole = guide.read_bytes()
    begin = next(line for line in whole.split(b"\r\n") if b"begin retros" in line)
    merging = b"<<<<<<< ours\r\n%b\r\n=======\r\n%b\r\n>>>>>>> theirs" % (begin, begin)
    guide.write_bytes(whole.replace(begin, merging))
    before = state(repo)
    answer = cli("retro", "--write")
    assert (answer.code, state(repo)) == (2, before)
    assert "AI_PATTERNS.md:" in answer.err
    guide.write_bytes(whole.replace(b"- [20", b"<<<<<<< ours\r\n- [20"))  # inside: generated anew
    assert (cli("retro", "--write").code, guide.read_bytes()) == (0, whole)
    commit(repo, 160, "keep it")
    repo.write("e.py", BARE)
    commit(repo, 161)
    answer = cli("retro", "--format", "markdown")
    assert f"## Actions of the retro before ({NAME})" in answer.out
    assert "- open: `talk to **them**`\n- done: `rest`\n" in answer.out


def test_the_retro_of_a_named_period_and_bad_requests(cli: CommandLine, repo: Repo) -> None:
    answer = cli("retro", "--period", "2025-10", "--format", "json")
    assert answer.json["range"]["name"] == "2025-10"
    row = next(one for one in answer.json["rows"] if one["pattern"] == "old_mark")
    assert (row["introduced"]["value"], row["fixed"]["value"], row["open"]["value"]) == (4, 1, 0)
    assert len(row["introduced"]["commits"]) == 4
    assert row["introduced"]["id"] == "old_mark.introduced@2025-10"
    answer = cli("retro", "--from", "HEAD~2", "--to", "HEAD~1", "--format", "json")
    assert [site["path"] for site in answer.json["new"]] == ["c.py"]
    early = cli("retro", "--as-of", "2025-10-25", "--format", "json")
    assert early.json["header"]["as_of"] == "2025-10-25T00:00:00Z"
    assert [one["introduced"]["value"] for one in early.json["rows"]] == [4, 0]
    for wrong in (
        ("--period", "2025-W60"),
        ("--since", "soon"),
        ("--since", "2w", "--period", "2025-10"),
        ("--from", "no-such-commit"),
        ("--to", "HEAD"),
        ("--as-of", "yesterday"),
        ("--as-of", "1999-01-01"),
        ("--check", "--write"),
    ):
        assert cli("retro", *wrong).code == 2, wrong


def test_a_repository_without_commits_or_patterns_has_a_stated_result(
    make_repo: Callable[[str], Repo],
) -> None:
    bare = make_repo("bare")
    answer = bare.call("retro")
    assert (answer.returncode, "no commit yet" in answer.stderr) == (2, True)
    bare.write("a.py", BARE)
    commit(bare, 0)
    answer = bare.call("retro", "--write")
    assert answer.returncode == 0
    assert not (bare.root / "patterns").exists()


@pytest.fixture(scope="module")
def written(planted: Repo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files after an undisturbed run."""
    repo = Repo.copy(planted, tmp_path_factory.mktemp("written") / "repo")
    assert repo.call("retro", "--write").returncode == 0
    return state(repo)


def test_at_a_terminal_each_proposal_is_asked_about_and_skip_leaves_no_trace(
    cli: CommandLine, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("feedback-loop.toml", '[retro]\napply = "ask"\n')
    answers = ["leave"]
    monkeypatch.setattr(retro, "_offers", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: answers.pop(0))
    before = state(repo)
    assert (cli("retro").code, state(repo)) == (0, before)
    answers = ["w", "d", ""]
    answer = cli("retro")
    assert (answer.code, answers) == (0, [])
    assert "  old_mark.open = 0" in answer.err
    assert not list(repo.root.glob(".feedback-loop/events/*/*"))
    answers = ["a"]
    answer = cli("retro", "--write")
    assert (answer.code, answers) == (0, [])
    assert "done: archive old_mark" in answer.err
    assert (repo.root / "patterns/archive/old_mark.md").exists()


def test_a_shallow_clone_says_so_and_archives_nothing(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--depth", "3", f"file://{repo.root}", str(tmp_path / "shallow"))
    shallow = Repo(tmp_path / "shallow", tmp_path)
    answer = shallow.call("retro", "--write", "--format", "json")
    assert answer.returncode == 0
    document = json.loads(answer.stdout)
    assert document["header"]["incomplete"]
    assert document["proposals"] == []
    assert (shallow.root / "patterns/old_mark.md").exists()
    assert "incomplete; detectors" in (shallow.root / VIEWS[1]).read_text()


def test_what_lies_in_the_spool_is_imported_first(cli: CommandLine, repo: Repo) -> None:
    write_event(repo)
    (event,) = repo.root.glob(".feedback-loop/events/*/*.json")
    spool = repo.root / ".git/feedback-loop/spool"
    spool.mkdir(parents=True, exist_ok=True)
    event.rename(spool / event.name)
    assert "1 record in the spool, not counted" in cli("retro").err
    assert cli("retro", "--write").code == 0
    assert event.exists()
    assert list(spool.iterdir()) == []


def test_ratings_of_the_period_are_one_line_and_those_of_patterns_are_none_of_them(
    cli: CommandLine, repo: Repo
) -> None:
    def rated(day: int, stars: int, number: int, **more: object) -> Event:
        data = {"subject": "output", "feedback_id": f"f{day}-{stars}-{number}", "rating": stars}
        return make_event("rating", format_moment(START + day * DAY), data | more)

    events = [rated(145, 2, number) for number in range(12)] + [rated(145, 5, 1)]
    events += [rated(130, 5, number) for number in range(14)] + [rated(100, 1, 1)]
    twice = rated(146, 5, 1, feedback_id="f145-5-1", thumbs="down")  # two branches imported one rating
    append_events(str(repo.root), [*events, twice, rated(146, 5, 9, subject="pattern")])
    commit(repo, 151)
    line = "ratings: 7.7 % of 13 ratings (95 % interval 1.4 to 33.3 %) are successes, declined; 100.0 % of 14 in the period before"
    options = "--period", NAME
    assert f"\nPrompts and assistants\n  {line}\n" in cli("retro", *options).out
    found = cli("retro", *options, "--format", "json").json
    assert found["ratings"] == {
        "n": 13,
        "positive": 1,
        "low": 0.0137104,
        "high": 0.33314,
        "before_n": 14,
        "before_positive": 14,
        "verdict": "declined",
    }
    assert "ratings" not in cli("retro", "--period", "2026-W07", "--format", "json").json


def test_what_fixes_suggest_is_proposed_and_can_be_accepted(
    make_repo: Callable[[str], Repo], tmp_path: Path
) -> None:
    repo = make_repo("mended")
    write_pattern(repo, "named_exceptions")
    for number in range(5):
        repo.write(f"m{number}.py", f"def f{number}(a):\n    found = eval(a)\n    return found\n")
    commit(repo, 0)
    for number in range(5):
        path = repo.root / f"m{number}.py"
        path.write_text(path.read_text().replace("eval(", "ast.literal_eval("))
        commit(repo, 10 + 7 * number, "fix: no eval")
    (proposal,) = json.loads(repo.call("retro", "--format", "json").stdout)["proposals"]
    assert (proposal["kind"], proposal["state"]) == ("promote", "open")
    assert (proposal["bad"], proposal["good"]) == ("found = eval(a)", "found = ast.literal_eval(a)")
    name, other = proposal["name"], Repo.copy(repo, tmp_path / "other")
    assert repo.call("retro", "--write").returncode == 0
    assert (repo.root / f"patterns/proposed/{name}.md").exists()
    commit(repo, 40, "the retro, all in one")
    once = state(repo)
    assert "nothing new since" in repo.call("retro", "--write").stderr
    assert state(repo) == once
    accepted = other.call("retro", "--commit", "--decide", f"{proposal['id']}=accept:seen often")
    assert accepted.returncode == 0, accepted.stderr
    assert (other.root / f"patterns/{name}.json").exists()
    assert f"`{name}`" in (other.root / "AI_PATTERNS.md").read_text()
    assert other.git("status", "--porcelain") == ""


def document(repo: Repo) -> dict[str, bytes]:
    return {path: (repo.root / path).read_bytes() for path in VIEWS}


def oids(repo: Repo) -> list[str]:
    return repo.git("rev-list", "HEAD").split()


def test_preview_write_and_commit_give_the_same_retro(cli: CommandLine, repo: Repo, tmp_path: Path) -> None:
    repo.write(".feedback-loop/events/README", "records are no code\n")
    repo.write("patterns/README.txt", "nor is the library\n")
    commit(repo, 400, "an older tip: it changes records alone")
    write_event(repo)  # after as-of
    assert cli("retro", "--from", "HEAD~2", "--to", "HEAD", "--format", "json").json["new_total"] == 1
    proposal = cli("retro", "--format", "json").json["proposals"][0]["id"]
    decide = ("--decide", f"{proposal}=keep:it will come back")
    shown = cli("retro", "--format", "json", *decide)
    assert shown.json["header"]["as_of"].startswith("2026-03-08")
    other, third = Repo.copy(repo, tmp_path / "other"), Repo.copy(repo, tmp_path / "third")
    assert other.call("retro", "--write", *decide).returncode == 0
    assert document(other)[VIEWS[0]].decode() == shown.out
    answer = cli("retro", "--commit", *decide)
    assert (answer.code, answer.err.count("committed ")) == (0, 2)
    assert document(repo) == document(other)
    assert json.loads(document(repo)[VIEWS[0]])["proposals"][0]["state"] == "kept"
    assert repo.git("status", "--porcelain") == ""
    head = oids(repo)
    assert (cli("retro", "--commit").code, oids(repo)) == (0, head)
    # What --write says: commit it with --commit.
    assert third.call("retro", "--write", *decide).returncode == 0
    written = third.call("retro", "--commit")
    assert written.returncode == 0, written.stderr
    assert document(third) == document(other)
    assert third.git("log", "--format=%s", "-2") == repo.git("log", "--format=%s", "-2", head[0])
    assert third.git("rev-parse", "HEAD^{tree}") == repo.git("rev-parse", f"{head[0]}^{{tree}}")
    assert third.git("status", "--porcelain") == ""


def test_a_second_commit_of_a_named_period_makes_no_third(cli: CommandLine, repo: Repo) -> None:
    """The first one archived a pattern: the basis is the same, and so are its proposals."""
    assert cli("retro", "--commit", "--period", "2026-03").err.count("committed ") == 2
    head, once = oids(repo), state(repo)
    assert "patterns/archive/old_mark.md" in once
    answer = cli("retro", "--commit", "--period", "2026-03")
    assert (answer.code, oids(repo), state(repo)) == (0, head, once)


def test_killed_between_its_commits_the_rerun_ends_in_the_same_files(
    cli: CommandLine, repo: Repo, written: dict[str, bytes]
) -> None:
    assert cli("retro", "--commit").code == 0
    repo.git("reset", "-q", "--hard", "HEAD^")  # the records alone
    assert cli("retro", "--commit").code == 0
    assert state(repo) == written


def test_edits_of_a_person_still_stop_a_commit(cli: CommandLine, repo: Repo) -> None:
    repo.write("AI_PATTERNS.md", "# Ours\n")
    commit(repo, 151, "a guide")
    repo.write("AI_PATTERNS.md", "# Ours\n\nMore.\n")
    before = state(repo)
    answer = cli("retro", "--commit")
    assert (answer.code, state(repo)) == (2, before)
    assert "edits of yours are in the way: 'AI_PATTERNS.md'" in answer.err


def test_check_asks_about_stored_views_and_not_about_what_is_due(cli: CommandLine, repo: Repo) -> None:
    answer = cli("retro", "--check")
    assert (answer.code, "no retro is stored" in answer.err) == (0, True)
    assert cli("retro", "--commit").code == 0
    repo.write("e.py", BARE)
    commit(repo, 160)
    answer = cli("retro", "--check")
    assert (answer.code, answer.out) == (0, "")
    assert f"commits landed since {NAME}: a retro is due" in answer.err
    for path, old in ((VIEWS[0], b'"new_total": 2'), (VIEWS[1], b"- Worse:"), (VIEWS[2], b"| high |")):
        place = repo.root / path
        whole = place.read_bytes()
        assert old in whole
        place.write_bytes(whole.replace(old, b'"new_total": 3' if path == VIEWS[0] else b"edited"))
        before = state(repo)
        answer = cli("retro", "--check")
        assert (answer.code, state(repo)) == (1, before), path
        place.write_bytes(whole)
    (repo.root / VIEWS[1]).unlink()
    answer = cli("retro", "--check")
    assert (answer.code, answer.out) == (1, f"{VIEWS[1]}\n")


def test_what_history_missed_is_told_and_is_not_open(make_repo: Callable[[str], Repo]) -> None:
    """The guard above the line takes a match away, and no changed line holds a word of the detector."""
    repo = make_repo("guarded")
    bad = "def first(xs: list) -> int:\n    return xs[0]\n"
    good = bad.replace("    return xs", "    if not xs:\n        return 0\n    return xs")
    write_pattern(repo, "bounds", "unguarded_index", bad=bad, good=good)
    repo.write("a.py", bad)
    repo.write("b.py", bad)
    repo.write("odd.py", "def first(:\n    return xs[0]\n")
    commit(repo, 0)
    repo.write("a.py", good)
    commit(repo, 1)
    document = json.loads(repo.call("retro", "--format", "json").stdout)
    (row,) = document["rows"]
    assert (row["introduced"]["value"], row["open"]["value"]) == (1, 1)
    assert [(one["path"], one["end"]) for one in document["new"]] == [("a.py", "dissolved"), ("b.py", "")]
    assert [one["path"] for one in document["oldest"]] == ["b.py"]
    unread, gap = document["degraded"]
    assert "1 text of 3 could not be parsed" in unread
    assert gap.startswith("bounds: history and the files that stand differ by 1 (")
