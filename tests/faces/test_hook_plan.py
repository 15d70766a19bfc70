"""The hook `plan` as git runs it: the commit's plans held against its lines."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.faces.test_hook_scan import ALLOWED
from tests.repo import HOOK, Repo

BAD = "def f(x):\n    try:\n        return x()\n    except:\n        return None\n"
GOOD = BAD.replace("except:", "except ValueError:")
HEAD = "# Task: x\n\n## Patterns to Apply\n"


def write_plan(repo: Repo, *items: str, path: str = "plans/x.md") -> None:
    repo.write(path, HEAD + "".join(f"- {item}\n" for item in items))


def commit_bad_code(repo: Repo) -> None:
    repo.write("a.py", BAD)
    repo.stage()


def test_no_plan_no_word(repo: Repo) -> None:
    commit_bad_code(repo)
    done = repo.hook("plan")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("text", ["# Task\n\n## Phases\n- [x] all of it\n", HEAD, HEAD + "\nprose\n"])
def test_a_plan_without_claims_no_word(repo: Repo, text: str) -> None:
    repo.write("plans/x.md", text)
    commit_bad_code(repo)
    done = repo.hook("plan")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_ticked_item_that_the_staged_lines_violate_stops_the_commit(repo: Repo) -> None:
    write_plan(repo, "[x] specific_exceptions (from feedback-loop)", "[ ] bounds_checking")
    commit_bad_code(repo)
    done = repo.hook("plan")
    assert done.returncode == 1
    assert done.stdout.startswith("plans/x.md:4: block ticked, but violated: specific_exceptions\n")
    for part in (
        "      a.py:4:5: block specific_exceptions/bare_except  bare except also catches",
        "          4 |     except:\n",
        "fix: Catch the exceptions you expect by name",
        "feedback-loop: plans/x.md: 1 violated, 1 not_applicable\n",
        "ways out: mend the lines or the plan, or untick the box",
    ):
        assert part in done.stdout


def test_mended_lines_pass_and_an_open_box_that_is_met_is_a_reminder(repo: Repo) -> None:
    write_plan(repo, "[ ] specific_exceptions", "[x] structured_logging")
    repo.write("a.py", GOOD)
    repo.stage()
    done = repo.hook("plan")
    assert done.returncode == 0
    assert done.stdout == (
        "plans/x.md:4: this change applies specific_exceptions, which is not ticked yet\n"
        "feedback-loop: plans/x.md: 1 supported, 1 not_applicable\n"
    )


def test_a_violated_item_without_a_tick_claims_nothing(repo: Repo) -> None:
    write_plan(repo, "[ ] specific_exceptions")
    commit_bad_code(repo)
    done = repo.hook("plan")
    assert done.returncode == 0
    assert done.stdout == (
        "plans/x.md:4: specific_exceptions is violated, but not ticked\n"
        "feedback-loop: plans/x.md: 1 violated\n"
    )


def test_the_branchs_plan_counts_when_only_code_is_staged(repo: Repo) -> None:
    repo.write("old.md", "x\n")
    write_plan(repo, "[x] specific_exceptions", path="plans/of-main.md")
    repo.stage()
    repo.commit()
    repo.git("switch", "-q", "-c", "work")
    write_plan(repo, "[x] specific_exceptions", path="plans/of-work.md")
    repo.stage()
    repo.commit()
    commit_bad_code(repo)
    done = repo.hook("plan")
    assert done.returncode == 1
    assert "plans/of-work.md:4: block" in done.stdout
    assert "of-main" not in done.stdout, "a plan of other work is not this branch's"


def test_the_branch_is_measured_from_where_it_left_origins_own(repo: Repo, tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_plan(repo, "[x] specific_exceptions", path="plans/pushed.md")
    repo.stage()
    repo.commit()
    clone = Repo.__new__(Repo)
    clone.root, clone.environment = tmp_path / "clone", repo.environment
    repo.git("clone", "-q", str(repo.root), str(clone.root))
    write_plan(clone, "[x] specific_exceptions", path="plans/mine.md")
    clone.stage()
    clone.commit()
    commit_bad_code(clone)
    done = clone.hook("plan")
    assert done.returncode == 1
    assert "plans/mine.md" in done.stdout
    assert "pushed" not in done.stdout


def test_a_pinned_plan_counts_whatever_the_branch_changes(repo: Repo) -> None:
    write_plan(repo, "[x] specific_exceptions")
    repo.write("notes/other.md", HEAD + "- [x] specific_exceptions\n")
    repo.stage()
    repo.commit()
    repo.write(".git/feedback-loop/plan", "plans/x.md\n")
    commit_bad_code(repo)
    assert repo.hook("plan").returncode == 1
    repo.write(".git/feedback-loop/plan", "notes/other.md\n")
    assert "notes/other.md:4: block" in repo.hook("plan").stdout, "pinned by hand: no glob has a say"


def test_an_ignored_plan_counts_when_settings_name_it(repo: Repo) -> None:
    repo.write(".gitignore", "task_plan.md\n")
    repo.write("task_plan.md", HEAD + "- [x] specific_exceptions\n")
    commit_bad_code(repo)
    assert repo.hook("plan").stdout == "", "a plan does not count because a file exists"
    repo.write("feedback-loop.toml", 'plans = ["task_plan.md"]\n')
    repo.stage()
    done = repo.hook("plan")
    assert done.returncode == 1
    assert "task_plan.md:4: block" in done.stdout


def test_the_staged_text_of_a_plan_counts(repo: Repo) -> None:
    write_plan(repo, "[x] specific_exceptions")
    commit_bad_code(repo)
    write_plan(repo, "[ ] specific_exceptions")
    assert repo.hook("plan").returncode == 1


@pytest.mark.parametrize("box", ["[] bounds_checking", "[-] bounds_checking", "[y] bounds_checking"])
def test_a_box_that_is_none_stops_the_commit(repo: Repo, box: str) -> None:
    write_plan(repo, box)
    repo.stage()
    done = repo.hook("plan")
    assert done.returncode == 1
    assert done.stdout.startswith("plans/x.md:4: block malformed box")


def test_an_unknown_name_warns_or_stops_as_settings_say(repo: Repo) -> None:
    write_plan(repo, "[x] bound_checking", "[x] ../../etc/passwd")
    repo.stage()
    done = repo.hook("plan")
    assert done.returncode == 0
    assert (
        "plans/x.md:4: warn bound_checking is not in the library; did you mean bounds_checking?"
        in done.stdout
    )
    assert "plans/x.md:5: warn ../../etc/passwd is not in the library\n" in done.stdout
    repo.write("feedback-loop.toml", '[plan]\nunknown = "error"\n')
    repo.stage()
    assert repo.hook("plan").returncode == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (HEAD.encode() + b"- [x] caf\xe9\n", "UTF-8"),
        (HEAD.encode() + b"- [x] a\0b\n", "NUL"),
        (HEAD.encode() + b"x" * (1 << 20), "larger than"),
    ],
)
def test_a_staged_plan_that_cannot_be_read_stops_the_commit(repo: Repo, data: bytes, words: str) -> None:
    repo.write("plans/x.md", data)
    repo.stage()
    done = repo.hook("plan")
    assert done.returncode == 1
    assert words in done.stdout
    assert "what it claims would be lost" in done.stdout


def test_a_pinned_plan_that_is_gone_stops_nobody_and_says_what_to_do(repo: Repo) -> None:
    repo.write(".git/feedback-loop/plan", "plans/gone.md\n")
    repo.write("a.py", GOOD)
    repo.stage()
    done = repo.hook("scan", "--plans")
    assert done.returncode == 0
    assert "checked 1 file" in done.stdout
    assert "NOT checked: 'plans/gone.md' cannot be read" in done.stderr
    assert "plan use --clear" in done.stderr
    assert "a plan was not checked" in done.stderr
    assert repo.hook("plan", "--ci").returncode == 2


def test_one_unreadable_plan_does_not_hide_another(repo: Repo) -> None:
    repo.write("plans/broken.md", b"\xff")
    write_plan(repo, "[x] specific_exceptions")
    commit_bad_code(repo)
    done = repo.hook("plan")
    assert done.returncode == 1
    assert "plans/broken.md" in done.stdout
    assert "plans/x.md:4: block" in done.stdout


def test_links_and_conflicts_are_no_plans(repo: Repo) -> None:
    (repo.root / "plans").mkdir()
    (repo.root / "plans" / "x.md").symlink_to("/etc/passwd")
    repo.stage()
    done = repo.hook("plan")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_box_that_is_ticked_after_the_work_is_held_against_all_of_it(repo: Repo) -> None:
    repo.write("README.md", "x\n")
    repo.stage()
    repo.commit()
    repo.git("switch", "-q", "-c", "work")
    write_plan(repo, "[ ] specific_exceptions")
    repo.stage()
    repo.commit()
    commit_bad_code(repo)
    repo.commit()
    write_plan(repo, "[x] specific_exceptions")
    repo.stage()
    assert repo.hook("plan").returncode == 1
    done = repo.hook("plan")  # without site-packages: the library is compiled by now
    assert done.returncode == 1
    assert "a.py:4:5" in done.stdout
    assert "what is new since" in done.stdout
    repo.write("a.py", GOOD)
    repo.stage()
    assert repo.hook("plan").returncode == 0


def test_a_plan_of_long_ago_answers_only_for_this_branch(repo: Repo) -> None:
    write_plan(repo, "[ ] specific_exceptions")
    repo.stage()
    repo.commit()
    repo.write("others.py", BAD)
    repo.stage()
    repo.commit()
    repo.git("switch", "-q", "-c", "mine")
    write_plan(repo, "[x] specific_exceptions")
    repo.write("mine.py", GOOD)
    repo.stage()
    assert repo.hook("plan").returncode == 0
    repo.write("mine.py", BAD)
    repo.stage()
    repo.commit()
    write_plan(repo, "[x] specific_exceptions (done)")
    repo.stage()
    done = repo.hook("plan")
    assert done.returncode == 1
    assert "mine.py:4:5" in done.stdout
    assert "others.py" not in done.stdout


def test_what_could_not_be_checked_fails_in_ci_and_is_told(repo: Repo) -> None:
    write_plan(repo, "[x] specific_exceptions")
    repo.write("feedback-loop.toml", '[plan]\nunknown = "eror"\n')
    repo.write("a.py", GOOD)
    repo.stage()
    done = repo.hook("plan", "--ci")
    assert done.returncode == 2
    assert "NOT checked: feedback-loop.toml:2: " in done.stdout
    assert done.stdout.endswith("\n")
    assert repo.hook("plan").returncode == 0
    repo.write("feedback-loop.toml", 'on-error = "closed"\nplans = ["../x.md"]\n')
    repo.stage()
    closed = repo.hook("plan")
    assert closed.returncode == 2
    assert "must be a path of the repository" in closed.stdout


@pytest.mark.parametrize("pin", ["../../etc/passwd", "/etc/passwd", "a\0b", "plans//x.md"])
def test_a_strange_pin_switches_no_verdict_off(repo: Repo, pin: str) -> None:
    repo.write(".git/feedback-loop/plan", pin + "\n")
    write_plan(repo, "[x] specific_exceptions")
    commit_bad_code(repo)
    done = repo.hook("plan")
    assert done.returncode == 1
    assert "a.py:4:5" in done.stdout
    assert "NOT checked: the pinned plan is no path of the repository" in done.stderr


def test_a_mistake_that_only_hints_is_shown_in_full_after_the_scan(repo: Repo) -> None:
    write_plan(repo, "[x] bounds_checking")
    repo.write("a.py", "def f(items):\n    return items[0]\n")
    repo.stage()
    done = repo.hook("scan", "--plans")
    assert done.returncode == 1
    assert "      a.py:2:17: hint bounds_checking/unguarded_index" in done.stdout


def test_very_many_plans_are_read(repo: Repo) -> None:
    """More ids than a pipe holds."""
    for number in range(1700):
        repo.write(f"plans/{number}.md", "# Task\n")
    write_plan(repo, "[x] specific_exceptions")
    commit_bad_code(repo)
    assert repo.hook("plan").returncode == 1


def test_an_open_plan_with_a_thousand_unknown_names_is_answered_in_time(repo: Repo) -> None:
    write_plan(repo, *(f"[ ] nonsense_{number}" for number in range(1000)))
    repo.stage()
    done = repo.hook("plan")
    assert done.returncode == 0, done.stderr
    assert "990 more names are not in the library" in done.stdout


def test_one_run_of_the_scan_does_both(repo: Repo) -> None:
    write_plan(repo, "[x] specific_exceptions")
    repo.write("a.py", GOOD)
    repo.stage()
    done = repo.hook("scan", "--plans")
    assert done.returncode == 0
    assert "checked 1 file" in done.stdout
    assert "1 supported" in done.stdout
    commit_bad_code(repo)
    both = repo.hook("scan", "--plans")
    assert both.returncode == 1
    assert both.stdout.count("bare_except") == 2
    repo.write("feedback-loop.toml", 'fail-on = "never"\n')
    repo.stage()
    assert repo.hook("scan").returncode == 0
    assert repo.hook("scan", "--plans").returncode == 1, "the claim is wrong whatever the level does"


def test_a_range_is_held_against_the_plans_it_changes(repo: Repo) -> None:
    repo.write("a.py", "x = 1\n")
    repo.stage()
    repo.commit()
    write_plan(repo, "[x] specific_exceptions")
    repo.write("a.py", BAD)
    repo.stage()
    repo.commit()
    done = repo.hook("plan", "--from-ref", "HEAD~1", "--to-ref", "HEAD", "--ci")
    assert done.returncode == 1
    assert "plans/x.md:4: block ticked, but violated" in done.stdout
    variables = {"PRE_COMMIT_FROM_REF": "HEAD", "PRE_COMMIT_TO_REF": "HEAD"}
    assert repo.hook("plan", env=variables).returncode == 0


def test_a_real_commit_fails_and_passes_once_it_is_mended(repo: Repo) -> None:
    script = f'#!/bin/sh\nexec "{sys.executable}" -I -S "{HOOK}" plan\n'
    repo.write(".git/hooks/pre-commit", script).chmod(0o755)
    write_plan(repo, "[x] specific_exceptions")
    commit_bad_code(repo)
    done = commit(repo)
    assert done.returncode == 1
    assert "a.py:4:5" in done.stdout + done.stderr
    repo.write("a.py", GOOD)
    repo.stage()
    assert commit(repo).returncode == 0


def commit(repo: Repo) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "commit", "-q", "-m", "x"],
        cwd=repo.root,
        env=repo.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_hot_path_stays_within_what_costs_nothing(repo: Repo) -> None:
    """The second run: by then the library is compiled."""
    write_plan(repo, "[x] specific_exceptions", "[ ] structured_logging")
    repo.write("a.py", GOOD)
    repo.stage()
    repo.hook("plan")
    code = (
        f"import sys, posix; sys.path.append({str(HOOK.parents[2])!r})\n"
        "before = set(sys.modules)\n"
        "from feedback_loop.faces import hook_commands\n"
        "class Inside:\n"
        "    signal = 0\n"
        "    def __init__(self, work, limit): self.code = work()\n"
        "def end(code):\n"
        "    print(*sorted(set(sys.modules) - before))\n"
        "    sys.stdout.flush()\n"
        "    posix._exit(code)\n"
        "hook_commands.supervise, hook_commands._end = Inside, end\n"
        "hook_commands.run(['plan'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=repo.root,
        env={name: text for name, text in repo.environment.items() if not name.startswith("COVERAGE")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.splitlines()[-1].split()
    assert {name for name in loaded if not name.startswith("feedback_loop")} <= ALLOWED | {"_bisect"}
    assert "feedback_loop.render.plan" in loaded
