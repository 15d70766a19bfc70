"""The hook as git runs it: a process in a real repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.repo import HOOK, ROOT, Repo

BAD = "def f(x):\n    try:\n        return x()\n    except:\n        return None\n"
GOOD = BAD.replace("except:", "except ValueError:")

# What a scan may load beyond what `python -I -S` has loaded anyway (costs.md, the first two groups).
ALLOWED = {
    "__future__",
    "_ast",
    "_blake2",
    "_json",
    "_sha2",
    "_sha256",
    "_signal",
    "_warnings",
    "gc",
    "marshal",
    "posix",
    "time",
}


def snapshot(repo: Repo) -> tuple[str, str, str, str, bytes]:
    """Everything a hook must leave alone."""
    index = (repo.root / ".git" / "index").read_bytes() if (repo.root / ".git" / "index").exists() else b""
    tree = repo.git("ls-files", "-s", "-v")
    files = "".join(
        f"{path.relative_to(repo.root)}:{path.read_bytes()!r}"
        for path in sorted(repo.root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    )
    return tree, files, repo.git("stash", "list"), repo.git("for-each-ref"), index


def test_nothing_staged_passes_and_says_so(repo: Repo) -> None:
    done = repo.hook()
    assert (done.returncode, done.stdout) == (0, "")
    assert "NOT checked: nothing staged" in done.stderr


def test_nothing_staged_fails_in_ci(repo: Repo) -> None:
    assert repo.hook(env={"CI": "true", "PRE_COMMIT": "1"}).returncode == 2
    assert repo.hook("scan", "--ci").returncode == 2
    assert repo.hook(env={"CI": "true"}).returncode == 0, "an empty commit by git itself is no mistake"
    assert repo.hook(env={"CI": "false"}).returncode == 0


def test_clean_code_passes_with_one_line(repo: Repo) -> None:
    repo.write("a.py", GOOD)
    repo.stage()
    done = repo.hook()
    assert done.returncode == 0
    assert done.stdout == (
        "feedback-loop: checked 1 file, 5 added lines: 0 block, 0 warn; skipped 0; not checked 0\n"
    )
    assert done.stderr == "no patterns/ here: using the built-in library (9 patterns)\n"


def test_a_mistake_is_blocked_with_place_lesson_and_ways_out(repo: Repo) -> None:
    repo.write("pkg/a.py", BAD)
    repo.stage()
    before = snapshot(repo)
    done = repo.hook()
    assert done.returncode == 1
    assert done.stdout.startswith(
        "pkg/a.py:4:5: block specific_exceptions/bare_except  bare except also catches KeyboardInterrupt"
    )
    for part in (
        "    4 |     except:\n",
        "      |     ^^^^^^\n",
        "fix: Catch the exceptions you expect by name",
        "see: feedback-loop explain specific_exceptions",
        "ways out: ",
        "1 block, 0 warn",
    ):
        assert part in done.stdout
    assert snapshot(repo) == before


def test_only_added_lines_count(repo: Repo) -> None:
    repo.write("a.py", BAD + "print(1)\n")
    repo.stage()
    repo.commit()
    repo.write("a.py", "import os\n" + BAD + "print(1)\n\n\ndef g():\n    print(2)\n")
    repo.stage()
    done = repo.hook()
    assert [line.split(" ")[0] for line in done.stdout.splitlines() if " block " in line] == ["a.py:11:5:"]


def test_the_index_is_checked_and_not_the_working_tree(repo: Repo) -> None:
    repo.write("staged_good.py", GOOD)
    repo.write("staged_bad.py", BAD)
    repo.stage()
    repo.write("staged_good.py", BAD)
    repo.write("staged_bad.py", GOOD)
    before = snapshot(repo)
    done = repo.hook()
    assert [line.split(":")[0] for line in done.stdout.splitlines() if " block " in line] == ["staged_bad.py"]
    assert snapshot(repo) == before


def test_an_old_line_further_down_is_no_finding_and_an_indented_one_only_warns(repo: Repo) -> None:
    repo.write("a.py", "x = 1\n" + BAD)
    repo.stage()
    repo.commit()
    repo.write("a.py", "x = 1\n\n\n# a comment\n" + BAD)
    repo.stage()
    assert repo.hook().returncode == 0
    repo.write("a.py", "if True:\n" + "".join(f"    {line}\n" for line in BAD.splitlines()))
    repo.stage()
    done = repo.hook()
    assert (done.returncode, "0 block, 1 warn" in done.stdout) == (0, True)
    assert "(moved)" in done.stdout


def test_argument_on_a_line_of_its_own_is_found(repo: Repo) -> None:
    old = "import tempfile\n\n\ndef f():\n    x = tempfile.NamedTemporaryFile(\n        mode='w',\n    )\n    x.write('')\n"
    repo.write("a.py", old)
    repo.stage()
    repo.commit()
    repo.write("a.py", old.replace("mode='w',\n", "mode='w',\n        delete=False,\n"))
    repo.stage()
    assert "a.py:5:18: warn temp_file_handling/undeleted_temp" in repo.hook().stdout


def test_python_that_does_not_parse_is_not_checked_and_not_clean(repo: Repo) -> None:
    repo.write("a.py", "def f(:\n    print(1)\n")
    repo.write("b.py", BAD)
    repo.stage()
    done = repo.hook()
    assert done.returncode == 1
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"NOT checked: a.py: not parsed as Python {version} (line 1); 0 of 1 triggered" in done.stdout
    assert "a.py:2:5: warn structured_logging/print_call" in done.stdout
    assert done.stdout.endswith("not checked 1\n")


def test_strict_makes_the_unchecked_fail(repo: Repo) -> None:
    repo.write("a.py", "def f(:\n    print(1)\n")
    repo.stage("a.py")
    assert repo.hook().returncode == 0
    repo.write("feedback-loop.toml", "[scan]\nstrict = true\n")
    assert repo.hook().returncode == 1


@pytest.mark.parametrize(
    "path", ["tests/a.py", "test_a.py", "vendor/a.py", "node_modules/x/a.py", "plans/a.py"]
)
def test_exempt_and_excluded_places_are_silent(repo: Repo, path: str) -> None:
    repo.write(path, "print(1)\n")
    repo.stage()
    assert repo.hook().returncode == 0


def test_latin1_crlf_bom_and_lone_return(repo: Repo) -> None:
    repo.write("latin.py", b"# \xe9\xe8\ntry:\n    a()\nexcept:  # \xe9\n    pass\n")
    repo.write("crlf.py", b"try:\r\n    a()\r\nexcept:\r\n    pass\r\n")
    repo.write("bom.py", b"\xef\xbb\xbfprint(1)\n")
    repo.write("cr.py", b"x = 1\ry = 2\r\nprint(3)\n")
    repo.stage()
    found = [line.split(" ")[0] for line in repo.hook().stdout.splitlines() if " block " in line]
    assert found == ["bom.py:1:1:", "cr.py:2:1:", "crlf.py:3:1:", "latin.py:4:1:"]


def test_control_characters_of_the_repository_never_reach_the_terminal(repo: Repo) -> None:
    repo.write("a\x1b[31m.py", "print('\x1b]0;owned\x07 \u202e')\n")
    repo.stage()
    done = repo.hook()
    assert done.returncode == 1
    assert not set(done.stdout) & {"\x1b", "\x07", "\u202e"}
    assert "a\\x1b[31m.py:1:1" in done.stdout


def test_hints_are_left_to_those_who_ask(repo: Repo) -> None:
    repo.write("a.py", "def f(items):\n    return items[0]\n")
    repo.stage()
    assert "hint" not in repo.hook().stdout
    repo.write("feedback-loop.toml", "fail-on = 'hint'\n")
    assert repo.hook().returncode == 1
    (repo.root / "feedback-loop.toml").unlink()
    shown = repo.hook("scan", "--hints")
    assert shown.returncode == 0
    assert "a.py:2:17: hint bounds_checking/unguarded_index" in shown.stdout


# -- failures of the world -----------------------------------------------------------------------


def test_unknown_arguments_are_a_usage_error(repo: Repo) -> None:
    for arguments in (["frobnicate"], ["scan", "--frobnicate"], [""]):
        done = repo.hook(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "unknown argument" in done.stderr
    assert repo.hook("--help").stdout.startswith("usage: feedback-loop-hook scan")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("fail-onn = 'warn'\n", "feedback-loop.toml:1: /fail-onn: unknown key (did you mean 'fail-on'?)"),
        (
            "[levels]\nbounds_checkin = 'off'\n",
            "no pattern or detector 'bounds_checkin' (did you mean 'bounds_checking'?)",
        ),
        ("fail-on = 'blok'\n", "'blok' is not one of block, warn, hint, never (did you mean 'block'?)"),
        ("x = [\n", "feedback-loop.toml:"),
    ],
)
def test_broken_settings_are_told_and_the_rest_still_blocks(repo: Repo, settings: str, message: str) -> None:
    repo.write("feedback-loop.toml", settings)
    repo.write("a.py", GOOD)
    repo.stage("a.py")
    local, ci = repo.hook(), repo.hook(env={"CI": "1"})
    assert (local.returncode, ci.returncode) == (0, 2)
    assert "NOT checked: " in local.stdout and message in local.stdout
    repo.write("a.py", BAD)
    repo.stage("a.py")
    assert repo.hook().returncode == 1


def test_levels_and_fail_on_of_the_settings(repo: Repo) -> None:
    repo.write("a.py", BAD + "print(1)\n")
    repo.stage("a.py")
    repo.write(
        "feedback-loop.toml",
        "[levels]\nspecific_exceptions = 'off'\n'structured_logging/print_call' = 'warn'\n",
    )
    done = repo.hook()
    assert (done.returncode, "0 block, 1 warn" in done.stdout) == (0, True)
    repo.write(
        "feedback-loop.toml", "fail-on = 'warn'\n[levels]\nstructured_logging = 'warn'\n[scan]\ntests = []\n"
    )
    assert repo.hook().returncode == 1
    repo.write("feedback-loop.toml", "exclude = ['*.py']\n")
    assert "skipped 1 (excluded 1)" in repo.hook().stdout


def test_a_broken_pattern_disables_itself_alone(repo: Repo) -> None:
    assert repo.call("init", "--yes", "--no-hooks").returncode == 0
    path = repo.root / "patterns" / "structured_logging.json"
    path.write_text(path.read_text().replace('"severity"', '"severityy"'))
    repo.write("a.py", BAD + "print(1)\n")
    repo.stage("a.py")
    done = repo.hook()
    assert done.returncode == 1
    assert "specific_exceptions/bare_except" in done.stdout and "print_call" not in done.stdout
    assert "NOT checked: patterns/structured_logging.json:" in done.stdout
    assert "/severityy: unknown key (did you mean 'severity'?)" in done.stdout


def test_a_detector_that_fails_its_own_example_does_not_run(repo: Repo) -> None:
    assert repo.call("init", "--yes", "--no-hooks").returncode == 0
    path = repo.root / "patterns" / "structured_logging.md"
    good = "## Good example\n\n```python\nprint(1)\n```\n\n## "
    path.write_text(path.read_text().replace("## Good example\n", good + "Good example, the old one\n"))
    repo.write("a.py", "print(1)\n")
    repo.stage("a.py")
    local, ci = repo.hook(), repo.hook(env={"CI": "1"})
    assert (local.returncode, ci.returncode) == (0, 2)
    assert "NOT checked by structured_logging/print_call: fails its own example" in local.stdout


def test_a_staged_library_that_fails_its_gate_is_blocked(repo: Repo) -> None:
    assert repo.call("init", "--yes", "--no-hooks").returncode == 0
    repo.stage()
    assert repo.hook().returncode == 0
    assert repo.hook("patterns").returncode == 0
    path = repo.root / "patterns" / "structured_logging.json"
    healthy = path.read_text()
    path.write_text(healthy.replace("python.print_call", "python.print_cal"))
    repo.stage()
    path.write_text(healthy)
    done = repo.hook()
    assert done.returncode == 1
    assert "block feedback_loop/pattern_gate" in done.stdout
    assert repo.hook("patterns").returncode == 1


def test_not_a_repository_bare_and_no_git(repo: Repo) -> None:
    outside = repo.root.parent
    done = repo.hook(cwd=outside)
    assert (done.returncode, "is not in a git repository" in done.stderr) == (0, True)
    assert repo.hook(cwd=outside, env={"CI": "1"}).returncode == 2
    repo.git("init", "-q", "--bare", "bare.git")
    assert "is a bare repository" in repo.hook(cwd=repo.root / "bare.git").stderr
    repo.write("a.py", BAD)
    repo.stage("a.py")
    done = repo.hook(env={"PATH": "/nonexistent"})
    assert "NOT checked: git >= 2.25 is needed (found none on PATH)" in done.stderr
    assert done.returncode == 0
    assert repo.hook(env={"PATH": "/nonexistent", "CI": "1"}).returncode == 2


def test_a_git_planted_in_the_repository_is_not_run(repo: Repo) -> None:
    planted = repo.write("git", "#!/bin/sh\ntouch owned\n")
    planted.chmod(0o755)
    repo.write("a.py", GOOD)
    repo.stage("a.py")
    repo.hook(env={"PATH": f"{repo.root}:.:{repo.environment['PATH']}"})
    assert not (repo.root / "owned").exists()


def test_a_git_that_is_too_old_hangs_or_fails(make_repo: Callable[[str], Repo]) -> None:
    repo = make_repo("cold")  # the version is asked for when the library is compiled
    repo.write("a.py", BAD)
    repo.stage("a.py")
    fake = repo.root.parent / "bin"
    fake.mkdir()
    program = fake / "git"
    for script, text in (
        ("echo git version 2.17.1", "git >= 2.25 is needed (found 2.17.1"),
        ("echo broken index >&2; exit 128", "NOT checked: broken index"),
        ("exec sleep 60", "NOT checked: git took more than 5 s"),
    ):
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        done = repo.hook(env={"PATH": f"{fake}:/usr/bin:/bin"})
        assert (done.returncode, text in done.stderr) == (0, True), done.stderr


def test_a_typo_does_not_open_a_closed_hook(repo: Repo) -> None:
    repo.write("a.py", GOOD)
    repo.stage("a.py")
    repo.write("feedback-loop.toml", "on-error = 'closed'\n[scan\n")
    assert repo.hook().returncode == 2
    repo.write("feedback-loop.toml", "on-error = 'closed'\n")
    assert repo.hook(env={"PATH": "/nonexistent"}).returncode == 2


def test_attributes_and_configuration_hide_no_text(repo: Repo) -> None:
    repo.write("old.py", "x = 1\nprint(1)\n")
    repo.stage()
    repo.commit()
    repo.write(".gitattributes", "*.py -diff\n")
    repo.write("new.py", BAD)
    repo.write("old.py", "x = 2\nprint(1)\nprint(2)\n")
    repo.write("real.py", b"print(1)\0")
    repo.stage()
    done = repo.hook()
    found = [line.split(" ")[0] for line in done.stdout.splitlines() if " block " in line]
    assert found == ["new.py:4:5:", "old.py:3:1:"]
    assert "skipped 2 (binary 1, no detector 1)" in done.stdout


def test_a_merge_with_a_binary_side_takes_no_line_away(repo: Repo) -> None:
    repo.write("a.py", b"x = 1\n\0")
    repo.stage()
    repo.commit()
    repo.git("checkout", "-qb", "side")
    repo.write("b.py", "x = 1\n")
    repo.stage()
    repo.commit("side")
    repo.git("checkout", "-q", "main")
    repo.write("a.py", b"x = 2\n\0")
    repo.commit("main", "-a")
    repo.git("merge", "-q", "--no-commit", "side", check=False)
    repo.write("a.py", BAD)
    repo.stage()
    assert "a.py:4:5: block" in repo.hook().stdout


def test_a_pattern_half_moved_away_starts_the_gate(repo: Repo) -> None:
    assert repo.call("init", "--yes", "--no-hooks").returncode == 0
    repo.stage()
    repo.commit()
    repo.git("mv", "patterns/bounds_checking.json", "elsewhere.json")
    assert "block feedback_loop/pattern_gate" in repo.hook().stdout


def test_a_library_is_compiled_whole_even_if_that_takes_longer_than_a_scan_may(repo: Repo) -> None:
    assert repo.call("init", "--yes", "--no-hooks").returncode == 0
    folder = repo.root / "patterns"
    for number in range(5):
        for ending in (".md", ".json"):
            text = (folder / f"specific_exceptions{ending}").read_text()
            text = text.replace('"specific_exceptions"', f'"copy_{number:02}"')
            text = re.sub(r'("pattern_id": ")[^"]{12}', rf"\g<1>{number:08}-000", text)
            (folder / f"copy_{number:02}{ending}").write_text(text)
    shutil.rmtree(repo.root / ".git" / "feedback-loop", ignore_errors=True)
    repo.write("a.py", BAD)
    repo.stage("a.py")
    script = (
        f"import sys, time; sys.argv = ['hook', 'scan']; sys.path.insert(0, {str(ROOT)!r})\n"
        "from feedback_loop.faces import hook, supervisor\n"
        "supervisor.HARD_LIMIT = supervisor.LIMITS['staged'] = 2.0\n"
        "from feedback_loop.api import scan\n"
        "genuine = scan._cold  # what compiles\n"
        "scan._cold = lambda: (time.sleep(2.5), genuine())[1]\n"
        "hook.main()\n"
    )
    command = [sys.executable, "-I", "-S", "-c", script]
    done = subprocess.run(command, cwd=repo.root, env=repo.environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "copy_04/bare_except" in done.stdout
    assert "not checked 0" in done.stdout


def test_a_script_is_known_by_its_first_line_whatever_its_name(repo: Repo) -> None:
    repo.write("deploy.cgi", "#!/usr/bin/env python3\n" + BAD)
    repo.stage()
    assert "deploy.cgi:5:5: block" in repo.hook().stdout


def test_a_folder_that_only_looks_like_gits_is_not_written_to(repo: Repo) -> None:
    outside = repo.root.parent / "outside"
    victim = repo.root.parent / "victim"
    outside.mkdir()
    victim.mkdir()
    (outside / ".git").write_text(f"gitdir: {victim}\n")
    assert "is not in a git repository" in repo.hook(cwd=outside).stderr
    assert list(victim.iterdir()) == []
    os.mkfifo(repo.root / "fifo")
    assert repo.hook(cwd=outside, env={"GIT_DIR": str(repo.root / "fifo")}).returncode == 0


def test_relative_git_dir_and_work_tree_mean_what_git_means(repo: Repo) -> None:
    repo.write("sub/a.py", BAD)
    repo.stage()
    variables = {"GIT_DIR": "../.git", "GIT_WORK_TREE": ".."}
    assert "sub/a.py:4:5: block" in repo.hook(cwd=repo.root / "sub", env=variables).stdout


def test_closed_mode_turns_tool_failures_into_exit_codes(repo: Repo) -> None:
    repo.write("a.py", GOOD)
    repo.stage("a.py")
    repo.write("feedback-loop.toml", "on-error = 'closed'\nnonsense = 1\n")
    assert repo.hook().returncode == 2
    repo.write("feedback-loop.toml", "on-error = 'closed'\n")
    assert repo.hook().returncode == 0


def test_unmerged_index_is_said_and_the_rest_checked(repo: Repo) -> None:
    repo.write("a.py", "x = 0\n")
    repo.stage()
    repo.commit()
    repo.git("checkout", "-qb", "side")
    repo.write("a.py", "x = 1\n")
    repo.commit("s", "-a")
    repo.git("checkout", "-q", "main")
    repo.write("a.py", "x = 2\n")
    repo.commit("m", "-a")
    repo.git("merge", "side", check=False)
    repo.write("b.py", BAD)
    repo.stage("b.py")
    done = repo.hook()
    assert done.returncode == 1
    assert "NOT checked: a.py: unmerged: resolve the conflict and `git add` the file" in done.stdout
    repo.git("rm", "-q", "--cached", "b.py")
    assert (repo.hook().returncode, repo.hook(env={"CI": "1"}).returncode, repo.call("scan").returncode) == (
        0,
        2,
        2,
    )


def test_a_merge_counts_only_lines_new_against_both_parents(repo: Repo) -> None:
    repo.write("a.py", "x = 0\n" + "\n" * 20)
    repo.stage()
    repo.commit()
    repo.git("checkout", "-qb", "side")
    repo.write("side.py", BAD)
    repo.stage()
    repo.commit("side")
    repo.git("checkout", "-q", "main")
    repo.write("a.py", "x = 1\n" + "\n" * 20)
    repo.commit("main", "-a")
    repo.git("merge", "-q", "--no-commit", "side", check=False)
    assert repo.hook().returncode == 0
    repo.write("a.py", "x = 1\nprint(x)\n" + "\n" * 20)
    repo.stage()
    done = repo.hook()
    assert [line.split(" ")[0] for line in done.stdout.splitlines() if " block " in line] == ["a.py:2:1:"]


def test_hostile_configuration_runs_no_program(repo: Repo) -> None:
    marker = repo.root.parent / "ran"
    command = f"touch {marker}; cat"
    for key in (
        "core.fsmonitor",
        "diff.external",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "core.pager",
        "core.editor",
        "gpg.program",
        "diff.evil.command",
        "core.sshCommand",
    ):
        repo.git("config", key, command)
    repo.write(".gitattributes", "*.py diff=evil\n")
    repo.write("a.py", BAD)
    repo.git("-c", "core.fsmonitor=false", "add", ".")
    marker.unlink(missing_ok=True)
    repo.git("config", "diff.noprefix", "true")
    repo.git("config", "diff.mnemonicPrefix", "true")
    repo.git("config", "color.ui", "always")
    repo.git("config", "diff.orderFile", "/etc/passwd")
    assert repo.hook().returncode == 1
    assert not marker.exists()


# -- start-up ------------------------------------------------------------------------------------


def loaded_modules(repo: Repo) -> set[str]:
    """`sys.modules` at the end of the hook's child process, the bundle in use."""
    script = (
        f"import sys; sys.argv = ['hook', 'scan']; sys.path.insert(0, {str(ROOT)!r})\n"
        "before = set(sys.modules)\n"
        "import feedback_loop.bundle; feedback_loop.bundle.install()\n"
        "import posix; end = posix._exit\n"
        "def report(code):\n"
        "    names = sorted(set(sys.modules) - before)\n"
        "    posix.write(2, ('LOADED ' + ' '.join(names) + '\\n').encode()); end(code)\n"
        "posix._exit = report\n"
        "from feedback_loop.faces import hook; hook.main()\n"
    )
    command = [sys.executable, "-I", "-S", "-c", script]
    done = subprocess.run(command, cwd=repo.root, env=repo.environment, capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("LOADED ")]
    return {name for line in lines for name in line.split()[1:]}


@pytest.mark.parametrize("text", [GOOD, BAD])
def test_the_hook_loads_nothing_heavy(repo: Repo, text: str) -> None:
    repo.write("a.py", text)
    repo.stage()
    repo.hook()  # compiles the library; from now on the cache answers
    loaded = {name for name in loaded_modules(repo) if not name.startswith("feedback_loop")}
    assert loaded
    assert loaded - ALLOWED == set()


def test_the_second_run_compiles_nothing(make_repo: Callable[[str], Repo]) -> None:
    repo = make_repo("cold")
    repo.write("a.py", BAD)
    repo.stage()
    repo.hook()
    assert "feedback_loop.api.scan" in loaded_modules(repo)
    assert "feedback_loop.api.library" not in loaded_modules(repo)


def test_nor_does_a_run_in_the_repositories_of_these_tests(repo: Repo) -> None:
    """Or `warm` would have lost what it is for."""
    repo.write("a.py", BAD)
    repo.stage()
    assert "feedback_loop.api.library" not in loaded_modules(repo)


def test_every_form_of_the_hook_gives_the_same_answer(repo: Repo) -> None:
    repo.write("a.py", BAD)
    repo.stage()
    outputs = set()
    for command in (
        [sys.executable, "-I", "-S", str(HOOK), "scan"],
        [sys.executable, "-m", "feedback_loop.faces.hook", "scan"],
        [sys.executable, str(HOOK), "scan", "a.py", "other.py"],
    ):
        done = subprocess.run(command, cwd=repo.root, env=repo.environment, capture_output=True, text=True)
        outputs.add((done.returncode, done.stdout))
    assert len(outputs) == 1


def test_environment_matrix_gives_the_same_bytes(repo: Repo) -> None:
    repo.write("ünï.py", "print('ü')\n")
    repo.stage()
    repo.hook()
    variants: list[dict[str, str]] = [
        {},
        {"LC_ALL": "C"},
        {"LANG": "de_DE.UTF-8"},
        {"PYTHONHASHSEED": "7"},
        {"TZ": "Asia/Tokyo"},
        {"HOME": ""},
        {"XDG_CACHE_HOME": "/nonexistent"},
        {"COLUMNS": "20"},
        {"NO_COLOR": "1"},
    ]
    outputs = {(done.returncode, done.stdout) for done in (repo.hook(env=variant) for variant in variants)}
    assert len(outputs) == 1


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", ">&-", "<&- >&-", ">/dev/full"])
def test_closed_and_full_streams_are_no_error(repo: Repo, closed: str) -> None:
    repo.write("a.py", BAD * 700)
    repo.stage()
    hook = f"exec {sys.executable} -I -S {HOOK} scan {closed}"
    assert (
        subprocess.run(["sh", "-c", hook], cwd=repo.root, env=repo.environment, check=False).returncode == 1
    )
    line = f"exec {sys.executable} -m feedback_loop scan {closed}"
    done = subprocess.run(
        ["sh", "-c", line], cwd=repo.root, env=repo.environment, capture_output=True, text=True
    )
    assert done.returncode == (3 if "full" in closed else 1)
    assert "Traceback" not in done.stderr


def test_works_from_a_linked_worktree_and_a_subfolder(repo: Repo, make_repo: Callable[[str], Repo]) -> None:
    repo.write("sub/x.py", "x = 1\n")
    repo.stage()
    repo.commit()
    tree = repo.root.parent / "tree"
    repo.git("worktree", "add", "-q", str(tree))
    (tree / "b.py").write_text(BAD)
    subprocess.run(["git", "add", "."], cwd=tree, env=repo.environment, check=True)
    assert "b.py:4:5" in repo.hook(cwd=tree).stdout
    assert "b.py:4:5" in repo.hook(cwd=tree / "sub").stdout
    assert repo.hook().stdout == ""


def test_runs_are_logged_for_doctor_and_the_log_stays_short(repo: Repo) -> None:
    repo.write("a.py", BAD)
    repo.stage()
    repo.hook()
    log = repo.root / ".git" / "feedback-loop" / "runs.jsonl"
    run = json.loads(log.read_text().splitlines()[-1])
    assert (run["verdict"], run["exit_code"], run["files"], run["added_lines"]) == ("findings", 1, 1, 5)
    log.write_text(log.read_text() * 400)
    repo.hook()
    assert len(log.read_text().splitlines()) == 20


def test_failed_runs_are_logged_with_their_reason(repo: Repo) -> None:
    repo.write("a.py", GOOD)
    repo.stage()
    repo.hook(env={"PATH": "/nonexistent"})
    run = json.loads((repo.root / ".git" / "feedback-loop" / "runs.jsonl").read_text())
    assert (run["verdict"], run["exit_code"]) == ("failed", 0)
    assert run["reason"].startswith("git >= 2.25 is needed")
    assert "git >= 2.25 is needed" in repo.call("doctor").stdout


def test_many_files_by_several_workers_give_the_same_answer(repo: Repo) -> None:
    for number in range(90):
        repo.write(f"m{number:03}.py", BAD)
    repo.stage()
    done = repo.hook()
    places = [line.split(":")[0] for line in done.stdout.splitlines() if " block " in line]
    assert places == [f"m{number:03}.py" for number in range(90)]
    assert os.cpu_count()
