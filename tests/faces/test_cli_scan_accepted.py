"""What a scan takes away, through the life of a repository: suppressions, baseline, code that moves."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.faces.command_line import BARE, NAMED, write_pattern
from tests.repo import Repo

BASELINE = ".feedback-loop/baseline.jsonl"
RULE = "named_exceptions/bare_except"


def bare(name: str) -> str:
    """The mistake in a function of its own, on a line of its own text."""
    return BARE.replace("def f", f"def {name}").replace("except:", f"except:  # {name}")


def suppressed(comment: str) -> str:
    return BARE.replace("except:", f"except:  # feedback-loop: {comment}")


@pytest.fixture
def legacy(repo: Repo) -> Repo:
    """A repository with one old mistake, which its baseline accepts."""
    write_pattern(repo, "named_exceptions")
    repo.write("old.py", bare("old") + "\n\nKEPT = 1\n")
    repo.stage()
    assert "(1 added, 0 dropped)" in repo.call("baseline", "write", check=True).stdout
    repo.stage()
    repo.commit()
    return repo


def stage(repo: Repo, name: str, text: str) -> None:
    repo.write(name, text)
    repo.stage(name)


def document(repo: Repo, *arguments: str) -> Any:
    return json.loads(repo.call("scan", "--format", "json", *arguments).stdout)


def places(repo: Repo, *arguments: str) -> list[str]:
    found = document(repo, *arguments)["findings"]
    return [f"{one['path']}:{one['line']} {one['detector']} {one['level']}" for one in found]


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The summary, without what stands before and behind the counts of what was taken away."""
    return done.stdout.rstrip("\n").rpartition("\n")[2].partition(": checked ")[2]


# -- suppressions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "comment",
    [
        "ignore[named_exceptions] legacy",
        "ignore[named_exceptions/bare_except] legacy",
        "ignore[other, named_exceptions] legacy until=2999-12-31",
    ],
)
def test_a_comment_takes_a_finding_away_and_is_counted(repo: Repo, comment: str) -> None:
    write_pattern(repo, "named_exceptions")
    stage(repo, "app.py", suppressed(comment))
    done = repo.call("scan")
    assert done.returncode == 0
    assert "0 block" in told(done)
    assert "; 1 suppressed;" in told(done)
    hook = repo.hook("scan")
    assert (hook.returncode, hook.stdout) == (0, done.stdout)
    (one,) = document(repo)["suppressed"]
    assert (one["path"], one["line"], one["level"], one["reason"]) == ("app.py", 4, "block", "legacy")


@pytest.mark.parametrize(
    "text",
    [
        BARE.replace("    except:", "    # feedback-loop: ignore[named_exceptions] legacy\n    except:"),
        "# feedback-loop: ignore-file[named_exceptions] legacy\n" + BARE,
        BARE.replace("return None", "return None  # feedback-loop: ignore[named_exceptions] last line"),
    ],
    ids=["line-above", "file", "last-line"],
)
def test_a_comment_may_stand_above_in_the_head_or_at_the_end(repo: Repo, text: str) -> None:
    write_pattern(repo, "named_exceptions")
    stage(repo, "app.py", text)
    assert repo.call("scan").returncode == 0


@pytest.mark.parametrize(
    ("comment", "notice", "code"),
    [
        ("ignore", "warn feedback_loop/suppression_unnamed", 1),
        ("ignore[*] all", "warn feedback_loop/suppression_unnamed", 1),
        ("ignore[named_exceptions]", "warn feedback_loop/suppression_without_reason", 0),
        ("ignore[named_exceptions] x until=2001-01-01", "warn feedback_loop/suppression_expired", 1),
        ("ignore[named_exceptions] x until=2001-02-30", "warn feedback_loop/suppression_malformed", 1),
        ("ignore[namd_exceptions] typo", "hint feedback_loop/suppression_unknown", 1),
    ],
)
def test_a_comment_that_is_not_quite_right_is_told(repo: Repo, comment: str, notice: str, code: int) -> None:
    write_pattern(repo, "named_exceptions")
    stage(repo, "app.py", suppressed(comment))
    done = repo.call("scan", "--hints")
    assert done.returncode == code
    assert f"app.py:4:1: {notice}  " in done.stdout
    assert "explain feedback_loop" not in done.stdout


def test_the_word_in_a_string_suppresses_nothing(repo: Repo) -> None:
    write_pattern(repo, "named_exceptions")
    text = BARE.replace("except:", "except: x('# feedback-loop: ignore[named_exceptions] why')")
    stage(repo, "app.py", text.replace("\n        return None", ""))
    assert repo.call("scan").returncode == 1


def test_a_team_may_ask_for_reasons(repo: Repo) -> None:
    write_pattern(repo, "named_exceptions")
    repo.write("feedback-loop.toml", "[scan]\nrequire-reason = true\n")
    stage(repo, "app.py", suppressed("ignore[named_exceptions]"))
    done = repo.call("scan")
    assert done.returncode == 1
    assert "gives no reason and has no effect (scan.require-reason)" in done.stdout


def test_what_the_tool_itself_says_cannot_be_suppressed(repo: Repo) -> None:
    write_pattern(repo, "named_exceptions")
    above = "    # feedback-loop: ignore[feedback_loop, feedback_loop/suppression_unnamed] no\n"
    stage(repo, "app.py", suppressed("ignore").replace("    except", above + "    except"))
    assert "feedback_loop/suppression_unnamed" in repo.call("scan").stdout


def test_a_comment_that_covers_nothing_any_more_is_told_when_all_is_scanned(repo: Repo) -> None:
    write_pattern(repo, "named_exceptions")
    stage(repo, "app.py", NAMED + "# feedback-loop: ignore[named_exceptions] of old\n")
    repo.commit()
    stage(repo, "app.py", NAMED + "# feedback-loop: ignore[named_exceptions] of old\nx = 1\n")
    assert places(repo) == []
    assert places(repo, "--all") == ["app.py:6 suppression_unused hint"]


# -- the baseline --------------------------------------------------------------------------------


def test_an_accepted_finding_is_quiet_and_counted_until_the_baseline_is_left_out(legacy: Repo) -> None:
    done = legacy.call("scan", "--all")
    assert done.returncode == 0
    assert "0 block, 0 warn; 1 in the baseline;" in told(done)
    assert document(legacy, "--all")["baseline"] == 1
    assert places(legacy, "--all", "--baseline", "none") == ["old.py:4 bare_except block"]


def test_a_line_that_moves_within_its_file_stays_accepted_and_a_copy_is_new(legacy: Repo) -> None:
    stage(legacy, "old.py", "import os\n\n\nKEPT = 1\n\n\n" + bare("old").replace("    ", "\t"))
    assert places(legacy) == []
    assert document(legacy)["baseline"] == 1
    stage(legacy, "old.py", bare("old") + "\n\nKEPT = 1\n\n\n" + bare("old"))
    assert places(legacy) == ["old.py:14 bare_except block"]
    stage(legacy, "old.py", bare("old") + "\n\nKEPT = 1\n\n\n" + bare("other"))
    assert places(legacy) == ["old.py:14 bare_except block"]


def test_windows_line_ends_change_no_fingerprint(legacy: Repo) -> None:
    stage(legacy, "old.py", (bare("old") + "\n\nKEPT = 1\n").replace("\n", "\r\n"))
    assert places(legacy) == []
    assert document(legacy)["baseline"] == 1


def test_a_renamed_file_is_quiet_in_the_diff_and_its_entry_is_stale(legacy: Repo) -> None:
    legacy.git("mv", "old.py", "new.py")
    assert legacy.call("scan").returncode == 0
    everything = legacy.call("scan", "--all")
    assert everything.returncode == 1
    assert "new.py:4:5: block" in everything.stdout
    assert "1 baseline entry matches nothing any more: `feedback-loop baseline prune`" in everything.stderr
    assert document(legacy, "--all")["stale"] == 1
    assert legacy.call("scan", "--all", "-q").stderr == ""
    assert "0 entries (0 added, 1 dropped)" in legacy.run("baseline", "prune", check=True).stdout
    assert "matches nothing" not in legacy.call("scan", "--all").stderr


def test_code_that_moves_to_another_file_warns_at_most(legacy: Repo) -> None:
    stage(legacy, "old.py", "KEPT = 1\n")
    stage(legacy, "new.py", bare("old"))
    (one,) = document(legacy)["findings"]
    assert (one["path"], one["moved"], one["level"]) == ("new.py", True, "warn")
    done = legacy.call("scan")
    assert done.returncode == 0
    assert f"new.py:4:5: warn {RULE}  every error is hidden here (moved)" in done.stdout
    assert legacy.hook("scan").stdout == done.stdout
    stage(legacy, "two.py", bare("old"))  # one was taken away, two are there
    assert sorted(places(legacy)) == ["new.py:4 bare_except warn", "two.py:4 bare_except block"]
    legacy.write("feedback-loop.toml", '[scan]\nmoved-level = "hint"\n')
    assert places(legacy, "--hints") == ["new.py:4 bare_except hint", "two.py:4 bare_except block"]


def test_what_is_mended_makes_its_entry_stale_and_nothing_fails(legacy: Repo) -> None:
    stage(legacy, "old.py", "KEPT = 1\n")
    assert legacy.call("scan").returncode == 0
    assert legacy.call("scan", "--all").returncode == 0
    legacy.call("baseline", "prune", check=True)
    stage(legacy, "old.py", bare("old"))
    legacy.commit("it comes back")
    assert places(legacy, "--all") == ["old.py:4 bare_except block"]


def test_a_suppressed_finding_needs_no_entry(legacy: Repo) -> None:
    text = (legacy.root / "old.py").read_text()
    above = "    # feedback-loop: ignore[named_exceptions] known\n    except:"
    stage(legacy, "old.py", text.replace("    except:", above))
    found = document(legacy, "--all")
    assert (found["findings"], found["baseline"], len(found["suppressed"])) == ([], 0, 1)
    assert "(0 added, 1 dropped)" in legacy.call("baseline", "prune", check=True).stdout


def test_an_entry_is_not_called_stale_by_a_scan_that_did_not_look(legacy: Repo) -> None:
    stage(legacy, "new.py", NAMED)
    assert document(legacy, "--all", "--only", "new.py")["stale"] == 0
    assert document(legacy)["stale"] == 0


def test_in_ci_the_baseline_is_the_bases_and_its_growth_is_told(legacy: Repo) -> None:
    stage(legacy, "new.py", bare("new"))
    legacy.call("baseline", "update", "--add", check=True)
    legacy.stage()
    legacy.commit()
    assert places(legacy, "--diff", "HEAD~1..HEAD") == []
    refs = ("--from-ref", "HEAD~1", "--to-ref", "HEAD")
    expected = [f"{BASELINE}:1 policy_change warn", "new.py:4 bare_except block"]
    assert places(legacy, *refs) == expected
    assert places(legacy, *refs, "--policy", "head") == []


def test_a_named_baseline_that_is_not_there_is_told_even_where_nothing_is_found(legacy: Repo) -> None:
    stage(legacy, "new.py", NAMED)
    done = legacy.call("scan", "--baseline", "no.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such baseline" in done.stderr
    assert "no.jsonl" in done.stderr


def test_a_baseline_is_named_from_where_the_user_stands(legacy: Repo) -> None:
    (legacy.root / "sub").mkdir()
    (legacy.root / BASELINE).rename(legacy.root / "sub" / "mine.jsonl")
    assert legacy.call("scan", "--all").returncode == 1
    assert legacy.call("scan", "--all", "--baseline", "sub/mine.jsonl").returncode == 0
    assert legacy.call("scan", "--all", "-C", "sub", "--baseline", "mine.jsonl").returncode == 0


def test_a_conflict_in_the_baseline_is_named_with_its_cure(legacy: Repo) -> None:
    path = legacy.root / BASELINE
    path.write_text(path.read_text() + "<<<<<<< ours\n=======\n>>>>>>> theirs\n")
    done = legacy.call("scan", "--all")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{BASELINE}:3" in done.stderr
    assert "baseline update" in done.stderr
    legacy.call("baseline", "update", check=True)
    assert legacy.call("scan", "--all").returncode == 0
