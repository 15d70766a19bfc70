"""`feedback-loop install` and `uninstall`: by every route, beside everybody, and back to the byte."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from feedback_loop.domain.hooks import (
    EXTRAS,
    HUSKY_LINES,
    LEFTHOOK_LINES,
    LEFTHOOK_TOML,
    MESSAGES,
    NAMES,
    OURS,
    PRE_COMMIT_CONFIG,
    PUSH,
    format_command,
    format_hook,
    owner_of,
    started_by,
)
from tests.faces.command_line import Answer, CommandLine
from tests.repo import HOOK, ROOT, Repo

BAD = "def load():\n    try:\n        return read()\n    except:\n        return None\n"
FOREIGN = "#!/bin/sh\nexit 0\n"
BIN = Path(sys.executable).parent


def hooks(folder: Path) -> dict[str, tuple[bytes | str, int]]:
    """Every hook's bytes (a link's target) and mode."""
    return {
        path.name: (
            str(path.readlink()) if path.is_symlink() else path.read_bytes(),
            stat.S_IMODE(path.lstat().st_mode),
        )
        for path in sorted(folder.iterdir())
    }


def folder(repo: Repo) -> Path:
    return repo.root / ".git/hooks"


def foreign(repo: Repo, name: str = "pre-commit", text: str = FOREIGN, mode: int = 0o750) -> Path:
    path = repo.write(f".git/hooks/{name}", text)
    path.chmod(mode)
    return path


def commit(repo: Repo, code: str = BAD, path: str = "") -> subprocess.CompletedProcess[str]:
    repo.write("app.py", code)
    repo.stage("app.py")
    environment = repo.environment | ({"PATH": f"{path}:{repo.environment['PATH']}"} if path else {})
    command = ["git", "commit", "-m", "x"]
    return subprocess.run(command, cwd=repo.root, env=environment, capture_output=True, text=True)


# -- the script ----------------------------------------------------------------------------------


def test_installing_twice_gives_the_same_bytes(repo: Repo) -> None:
    repo.call("install", check=True)
    before = hooks(folder(repo))
    done = repo.call("install", check=True)
    assert hooks(folder(repo)) == before
    assert "kept: .git/hooks/pre-commit" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_hook_is_a_short_script_in_script_form(repo: Repo, name: str) -> None:
    repo.call("install", check=True)
    path = folder(repo) / name
    lines = path.read_text().split("\n")
    assert lines[0] == "#!/bin/sh"
    assert len(lines) <= 15
    assert os.access(path, os.X_OK)
    command = {"pre-commit": "scan --plans", "pre-merge-commit": "scan", "post-commit": "record"}[name]
    assert f'exec "$python" -I -S "$hook" {command} "$@"' in path.read_text()
    assert started_by(path.read_bytes()) == (sys.executable, str(HOOK))


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_shells_agree_that_it_is_a_script(repo: Repo, shell: str) -> None:
    if not any(os.access(f"{place}/{shell}", os.X_OK) for place in os.environ["PATH"].split(":")):
        pytest.skip(f"no {shell} here")
    repo.call("install", check=True)
    extra = ["sh"] if shell == "busybox" else []
    repo.call("install", "--hooks", PUSH, check=True)
    ours = [folder(repo) / name for name in ("pre-commit", PUSH)]
    generic = ("pre-commit", "husky-pre-commit", *EXTRAS)
    for path in (*ours, *(ROOT / "hooks" / name for name in generic)):
        subprocess.run([shell, *extra, "-n", str(path)], check=True)


@pytest.mark.parametrize("where", ["plain", "with space", "it's", 'say "x"', "$HOME", "back\\slash", "ü"])
def test_an_interpreter_in_an_odd_folder_is_found(tmp_path: Path, where: str) -> None:
    place = tmp_path / where
    place.mkdir()
    (place / "python").write_text('#!/bin/sh\necho "ran $*"\n')
    (place / "python").chmod(0o755)
    (place / "hook.py").touch()
    script = tmp_path / "pre-commit"
    script.write_bytes(format_hook("pre-commit", f"{place}/python", f"{place}/hook.py"))
    script.chmod(0o755)
    shown = subprocess.run([str(script), "a b"], capture_output=True, text=True, check=True).stdout
    assert shown == f"ran -I -S {place}/hook.py scan --plans a b\n"
    assert started_by(script.read_bytes()) == (f"{place}/python", f"{place}/hook.py")


@pytest.mark.parametrize(
    "environment, code",
    [
        ({}, 0),
        ({"CI": ""}, 0),
        ({"CI": "0"}, 0),
        ({"CI": "false"}, 0),
        ({"CI": "1"}, 1),
        ({"CI": "true"}, 1),
        ({"FEEDBACK_LOOP_STRICT": "1"}, 1),
        ({"FEEDBACK_LOOP_STRICT": "0"}, 0),
        ({"FEEDBACK_LOOP_STRICT": "1", "CI": "false"}, 1),
    ],
)
def test_with_its_interpreter_gone_it_says_so(
    repo: Repo, tmp_path: Path, environment: dict[str, str], code: int
) -> None:
    script = tmp_path / "pre-commit"
    script.write_bytes(format_hook("pre-commit", "/gone/python", str(HOOK)))
    script.chmod(0o755)
    done = subprocess.run([str(script)], env=repo.environment | environment, capture_output=True, text=True)
    assert done.returncode == code
    assert "NOT checked: /gone/python" in done.stderr
    assert "feedback-loop install" in done.stderr


def test_a_lost_executable_bit_is_given_back(repo: Repo) -> None:
    repo.call("install", check=True)
    (folder(repo) / "pre-commit").chmod(0o644)
    repo.call("install", check=True)
    assert os.access(folder(repo) / "pre-commit", os.X_OK)


# -- the shims for any machine -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pre-commit", "pre-merge-commit"])
def test_the_generic_hook_checks_through_path(repo: Repo, name: str) -> None:
    generic = ROOT / "hooks" / name
    assert len(generic.read_text().split("\n")) <= 15
    assert os.access(generic, os.X_OK)
    foreign(repo, "pre-commit", generic.read_text(), 0o755)
    assert commit(repo, path=str(BIN)).returncode == 1


@pytest.mark.parametrize(
    "name, strict, code",
    [
        ("pre-commit", "0", 0),
        ("pre-commit", "1", 1),
        (PUSH, "0", 0),
        (PUSH, "1", 1),
        ("commit-msg", "1", 1),
        ("prepare-commit-msg", "1", 0),
    ],
)
def test_the_generic_hook_without_us_says_so(
    repo: Repo, tmp_path: Path, strict: str, code: int, name: str
) -> None:
    (tmp_path / "cat").symlink_to(shutil.which("cat") or "cat")
    environment = repo.environment | {"PATH": str(tmp_path), "FEEDBACK_LOOP_STRICT": strict}
    command = ["/bin/sh", str(ROOT / "hooks" / name)]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == code
    assert b"feedback-loop-hook is not on PATH" in done.stderr


def test_the_generic_hook_never_runs_a_module_of_the_repository(repo: Repo, tmp_path: Path) -> None:
    """`python3 -m` would look in the current folder first (T22)."""
    repo.write("feedback_loop/__init__.py", "print('planted')\n")
    repo.write("feedback_loop/faces/hook.py", "print('planted')\n")
    (tmp_path / "python3").symlink_to(sys.executable)
    environment = repo.environment | {"PATH": str(tmp_path), "PYTHONPATH": ""}
    command = ["/bin/sh", str(ROOT / "hooks/pre-commit")]
    done = subprocess.run(command, cwd=repo.root, env=environment, capture_output=True, text=True)
    assert "planted" not in done.stdout


def test_the_examples_are_what_install_prints() -> None:
    lefthook = (ROOT / "hooks/lefthook.yml").read_text()
    husky = (ROOT / "hooks/husky-pre-commit").read_text()
    assert lefthook.split("\n", 1)[1] == LEFTHOOK_LINES
    assert [hook["commands"] for hook in tomllib.loads(LEFTHOOK_TOML).values()] == [
        {"feedback-loop": {"run": f"feedback-loop-hook {command}"}}
        for command in ("scan --plans", "scan", "record")
    ]
    assert husky.split("\n", 1)[1] == HUSKY_LINES


def test_a_generic_hook_in_place_is_left_alone(repo: Repo) -> None:
    text = (ROOT / "hooks/pre-commit").read_text()
    foreign(repo, "pre-commit", text, 0o755)
    done = repo.call("install", check=True)
    assert (folder(repo) / "pre-commit").read_text() == text
    assert "it calls feedback-loop itself" in done.stdout
    assert repo.call("uninstall").returncode == 1
    assert (folder(repo) / "pre-commit").read_text() == text


# -- former hooks, and the way back --------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o644])
def test_uninstall_puts_bytes_and_modes_back(repo: Repo, mode: int) -> None:
    foreign(repo, "pre-commit", FOREIGN + "# caf\xe9\r\n", mode)
    before = hooks(folder(repo)), (repo.root / ".git/info/exclude").read_bytes(), config(repo)
    repo.call("install", check=True)
    assert hooks(folder(repo)) != before[0]
    repo.call("uninstall", check=True)
    assert (hooks(folder(repo)), (repo.root / ".git/info/exclude").read_bytes(), config(repo)) == before


def config(repo: Repo) -> bytes:
    return (repo.root / ".git/config").read_bytes()


def test_a_hook_that_is_a_link_comes_back_as_a_link(repo: Repo) -> None:
    repo.write("tools/hook.sh", FOREIGN).chmod(0o755)
    (folder(repo) / "pre-commit").symlink_to("../../tools/hook.sh")
    before = hooks(folder(repo))
    repo.call("install", check=True)
    assert commit(repo).returncode == 1
    repo.call("uninstall", check=True)
    assert hooks(folder(repo)) == before
    assert (repo.root / "tools/hook.sh").read_text() == FOREIGN


def test_a_binary_hook_is_kept_and_runs(repo: Repo) -> None:
    program = folder(repo) / "pre-commit"
    program.write_bytes(Path("/bin/true").read_bytes())
    program.chmod(0o755)
    before = hooks(folder(repo))
    repo.call("install", check=True)
    assert commit(repo).returncode == 1
    repo.call("uninstall", check=True)
    assert hooks(folder(repo)) == before


@pytest.mark.parametrize("exclude", [b"", b"*.log", b"*.log\n", b"a\r\n"])
def test_uninstall_gives_the_exclude_file_back(repo: Repo, exclude: bytes) -> None:
    path = repo.root / ".git/info/exclude"
    path.write_bytes(exclude)
    repo.call("install", check=True)
    assert b".fl-tmp-*" in path.read_bytes()
    repo.call("uninstall", check=True)
    assert (path.read_bytes() if path.exists() else b"") == exclude


def test_uninstall_where_nothing_is_installed(repo: Repo) -> None:
    foreign(repo)
    before = hooks(folder(repo))
    done = repo.call("uninstall", check=True)
    assert "nothing of feedback-loop is installed here" in done.stdout
    assert hooks(folder(repo)) == before


def test_an_edited_hook_of_ours_is_neither_overwritten_nor_removed(repo: Repo) -> None:
    repo.call("install", check=True)
    path = folder(repo) / "pre-commit"
    path.write_text(path.read_text().replace("exit 1\n", "make lint\nexit 1\n"))
    text = path.read_text()
    refused = repo.call("install")
    assert refused.returncode == 2
    assert "was edited since" in refused.stderr
    assert repo.call("uninstall").returncode == 1
    assert path.read_text() == text


def test_a_new_hook_beside_a_former_one_is_refused_and_nothing_written(repo: Repo) -> None:
    foreign(repo)
    repo.call("install", check=True)
    (folder(repo) / "pre-commit").unlink()
    foreign(repo, text="#!/bin/sh\nexit 1\n")
    before = hooks(folder(repo))
    done = repo.call("install")
    assert done.returncode == 2
    assert "pre-commit.feedback-loop-chained" in done.stderr
    assert hooks(folder(repo)) == before
    assert repo.call("uninstall").returncode == 1


def test_an_install_that_was_interrupted_is_healed(repo: Repo) -> None:
    """Killed between moving the former hook aside and writing ours."""
    foreign(repo).rename(folder(repo) / "pre-commit.feedback-loop-chained")
    before = hooks(folder(repo))
    repo.call("install", check=True)
    assert commit(repo).returncode == 1
    repo.call("uninstall", check=True)
    restored = before["pre-commit.feedback-loop-chained"]
    assert hooks(folder(repo))["pre-commit"] == restored


def test_a_folder_in_a_hooks_place_is_refused(repo: Repo) -> None:
    (folder(repo) / "pre-commit").mkdir()
    done = repo.call("install")
    assert done.returncode == 2
    assert "no regular file" in done.stderr


def test_a_hook_that_asks_its_own_name_is_told_about(repo: Repo) -> None:
    foreign(repo, text='#!/bin/sh\ncase "$0" in *pre-commit) exit 0 ;; esac\nexit 1\n')
    assert "looks at its own name" in repo.call("install", check=True).stdout


def test_ours_is_known_by_mark_and_sum() -> None:
    script = format_hook("pre-commit", "/p", "/h")
    assert owner_of(script) == OURS
    assert owner_of(script.replace(b"/p", b"/q")) != OURS


# -- where git looks -----------------------------------------------------------------------------


def test_hooks_in_the_working_tree_come_with_a_warning(repo: Repo) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    done = repo.call("install", check=True)
    assert "do not commit them" in " ".join(done.stdout.split())
    assert (repo.root / ".githooks/pre-merge-commit").exists()


def test_hooks_switched_off_by_a_path_that_is_no_folder(repo: Repo) -> None:
    repo.git("config", "core.hooksPath", "/dev/null")
    done = repo.call("install")
    assert done.returncode == 2
    assert "git runs no hooks here" in done.stderr


def test_a_repository_without_a_hooks_folder(repo: Repo) -> None:
    for path in folder(repo).iterdir():
        path.unlink()
    folder(repo).rmdir()
    repo.call("install", check=True)
    assert commit(repo).returncode == 1


def test_json_for_programs(repo: Repo) -> None:
    told = json.loads(repo.call("install", "--format", "json", check=True).stdout)
    assert (told["route"], told["done"], told["exit_code"]) == ("git", True, 0)
    assert {change["path"] for change in told["changes"]} >= {".git/hooks/pre-commit"}


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_outside_of_a_repository_and_without_git(repo: Repo, tmp_path: Path, command: str) -> None:
    assert repo.call(command, "-C", str(tmp_path)).returncode == 2
    done = repo.call(command, env={"PATH": str(tmp_path)})
    assert done.returncode == 2
    assert done.stderr.count("git >= 2.25 is needed") == 1


# -- beside hook managers ------------------------------------------------------------------------


@pytest.fixture
def managed(repo: Repo) -> Repo:
    """A repository whose hooks pre-commit manages, with a hook of its own that passes."""
    own = "{id: own, name: own, entry: 'true', language: system, always_run: true, pass_filenames: false}"
    repo.write(".pre-commit-config.yaml", f"repos:\n  - repo: local\n    hooks:\n      - {own}\n")
    repo.stage()
    repo.commit()
    return repo


def pre_commit(repo: Repo, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "pre-commit"), *arguments]
    environment = repo.environment | {"PRE_COMMIT_HOME": str(repo.root.parent / "pre-commit")}
    environment.pop("PYTHONWARNINGS")
    return subprocess.run(command, cwd=repo.root, env=environment, capture_output=True, text=True, check=True)


def test_where_pre_commit_is_at_work_the_lines_are_shown_and_nothing_written(managed: Repo) -> None:
    pre_commit(managed, "install")
    before = hooks(folder(managed))
    done = managed.call("install")
    assert done.returncode == 1
    assert "pre-commit manages the hooks here" in done.stdout
    assert "entry: feedback-loop-hook scan" in done.stdout
    assert hooks(folder(managed)) == before
    assert b".fl-tmp-*" not in (managed.root / ".git/info/exclude").read_bytes()


def test_via_git_runs_pre_commits_hook_first(managed: Repo) -> None:
    pre_commit(managed, "install")
    before = hooks(folder(managed))
    managed.call("install", "--via", "git", check=True)
    done = commit(managed)
    assert done.returncode == 1
    assert "own..." in done.stderr
    assert "bare_except" in done.stderr
    managed.call("uninstall", check=True)
    assert hooks(folder(managed)) == before


def test_a_config_that_is_not_active_here_does_not_keep_us_from_checking(managed: Repo) -> None:
    done = managed.call("install", check=True)
    assert ".pre-commit-config.yaml is here" in done.stdout
    assert commit(managed).returncode == 1


def test_pre_commit_installed_later_runs_ours_as_its_legacy_hook(managed: Repo) -> None:
    """The former hook too, although ours has another name now; and uninstall still finds ours."""
    foreign(managed, text="#!/bin/sh\necho former\n")
    managed.call("install", check=True)
    pre_commit(managed, "install")
    done = commit(managed)
    assert done.returncode == 1
    assert "former" in done.stderr
    assert "bare_except" in done.stderr
    managed.call("uninstall", check=True)
    assert (folder(managed) / "pre-commit.legacy").read_text() == "#!/bin/sh\necho former\n"
    assert commit(managed).returncode == 0


def test_via_pre_commit_writes_the_configuration_where_there_is_none(repo: Repo) -> None:
    done = repo.call("install", "--via", "pre-commit", check=True)
    assert (repo.root / ".pre-commit-config.yaml").read_text() == PRE_COMMIT_CONFIG
    assert "next: git add .pre-commit-config.yaml && pre-commit install" in done.stdout
    repo.call("install", "--via", "pre-commit", check=True)
    assert (repo.root / ".pre-commit-config.yaml").read_text() == PRE_COMMIT_CONFIG
    repo.call("uninstall", check=True)
    assert not (repo.root / ".pre-commit-config.yaml").exists()


def test_via_pre_commit_never_edits_a_configuration(managed: Repo) -> None:
    before = (managed.root / ".pre-commit-config.yaml").read_bytes()
    done = managed.call("install", "--via", "pre-commit")
    assert done.returncode == 1
    assert "feedback-loop-scan" in done.stdout
    assert (managed.root / ".pre-commit-config.yaml").read_bytes() == before


def test_uninstall_names_the_lines_it_must_not_remove(managed: Repo) -> None:
    path = managed.root / ".pre-commit-config.yaml"
    path.write_text("# mine\n" + PRE_COMMIT_CONFIG)
    done = managed.call("uninstall")
    assert done.returncode == 1
    assert "left: .pre-commit-config.yaml" in done.stdout
    assert path.read_text() == "# mine\n" + PRE_COMMIT_CONFIG


def test_a_wired_configuration_needs_only_its_manager(repo: Repo) -> None:
    repo.call("install", "--via", "pre-commit", check=True)
    done = repo.call("install", check=True)
    assert "next: pre-commit install" in done.stdout
    assert not (folder(repo) / "pre-commit").exists()


@pytest.mark.parametrize(
    "name, hook, lines",
    [
        ("prek", "#!/bin/sh\n# File generated by prek: https://x\n", "repo: local"),
        ("lefthook", '#!/bin/sh\ncall_lefthook run "pre-commit" "$@"\n', "run: feedback-loop-hook scan"),
    ],
)
def test_other_managers_are_known_by_their_hook(repo: Repo, name: str, hook: str, lines: str) -> None:
    foreign(repo, text=hook)
    done = repo.call("install")
    assert done.returncode == 1
    assert f"{name} manages the hooks here" in done.stdout
    assert lines in done.stdout


def test_husky_gets_lines_and_never_a_hook_file(repo: Repo) -> None:
    repo.write(".husky/_/pre-commit", '#!/usr/bin/env sh\n. "$(dirname "$0")/h"').chmod(0o755)
    repo.git("config", "core.hooksPath", ".husky/_")
    before = hooks(repo.root / ".husky/_")
    done = repo.call("install")
    assert done.returncode == 1
    assert "to .husky/pre-commit," in done.stdout
    assert repo.call("install", "--via", "git").returncode == 2
    assert hooks(repo.root / ".husky/_") == before


def test_a_husky_hook_that_calls_us_is_enough(repo: Repo) -> None:
    repo.write(".husky/_/pre-commit", '#!/usr/bin/env sh\n. "$(dirname "$0")/h"').chmod(0o755)
    repo.write(".husky/pre-commit", HUSKY_LINES)
    repo.git("config", "core.hooksPath", ".husky/_")
    assert repo.call("install").returncode == 0


# -- pushes --------------------------------------------------------------------------------------


def test_pushes_are_checked_only_for_those_who_ask(repo: Repo) -> None:
    repo.call("install", check=True)
    assert not (folder(repo) / PUSH).exists()
    before = hooks(folder(repo))
    told = repo.call("install", "--hooks", PUSH, check=True).stdout
    assert "written: .git/hooks/pre-push" in told
    after = hooks(folder(repo))
    assert {name: after[name] for name in before} == before
    repo.call("install", "--hooks", PUSH, check=True)
    assert hooks(folder(repo)) == after
    assert started_by((folder(repo) / PUSH).read_bytes()) == (sys.executable, str(HOOK))


def test_hooks_are_taken_by_name(repo: Repo) -> None:
    repo.call("install", "--hooks", PUSH, "--hooks", "pre-commit", check=True)
    assert [name for name in (*NAMES, PUSH) if (folder(repo) / name).exists()] == ["pre-commit", PUSH]
    assert repo.call("install", "--hooks", "post-rewrite").returncode == 2


@pytest.mark.parametrize("mode", [0o755, 0o644])
def test_a_former_push_hook_is_kept_and_comes_back(repo: Repo, mode: int) -> None:
    foreign(repo, PUSH, '#!/bin/sh\ngit lfs pre-push "$@"\n', mode)
    before = hooks(folder(repo))
    repo.call("install", "--hooks", PUSH, check=True)
    assert owner_of((folder(repo) / PUSH).read_bytes()) == OURS
    repo.call("uninstall", check=True)
    assert hooks(folder(repo)) == before


def test_ours_that_pre_commit_moved_aside_is_taken_away(repo: Repo) -> None:
    repo.call("install", "--hooks", PUSH, check=True)
    (folder(repo) / PUSH).rename(folder(repo) / "pre-push.legacy")
    foreign(repo, PUSH, "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n", 0o755)
    repo.call("uninstall", check=True)
    assert not (folder(repo) / "pre-push.legacy").exists()
    assert (folder(repo) / PUSH).exists()


def test_with_pre_commit_at_work_its_own_type_is_told(managed: Repo) -> None:
    shown = managed.call("install", "--via", "pre-commit", "--hooks", "pre-commit", "--hooks", PUSH).stdout
    assert "pre-commit install --hook-type pre-commit --hook-type pre-push" in shown
    assert "stages: [pre-commit, pre-merge-commit, pre-push]" in shown


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        ("#!/bin/sh\ncall_lefthook run\n", "use_stdin: true"),
        ('#!/bin/sh\n. "$(dirname "$0")/h"\n', 'feedback-loop-hook pre-push "$@"'),
    ],
)
def test_with_other_managers_the_way_is_told(repo: Repo, hook: str, words: str) -> None:
    foreign(repo, text=hook, mode=0o755)
    shown = repo.call("install", "--hooks", PUSH).stdout
    assert words in " ".join(shown.split())
    assert words not in " ".join(repo.call("install").stdout.split())


def test_gits_configuration_cannot_tell_a_push_from_a_commit(repo: Repo, says_new: dict[str, str]) -> None:
    before = config(repo)
    done = repo.call("install", "--via", "config", "--hooks", PUSH, env=says_new)
    assert (done.returncode, config(repo)) == (2, before)
    assert "--via git --hooks pre-push" in done.stderr


@pytest.mark.parametrize("ci, code", [("", 0), ("1", 1)])
def test_a_push_hook_whose_interpreter_is_gone_says_so(
    repo: Repo, tmp_path: Path, ci: str, code: int
) -> None:
    script = tmp_path / PUSH
    script.write_bytes(format_hook(PUSH, "/gone/python", str(HOOK)))
    script.chmod(0o755)
    done = subprocess.run(
        [str(script)], env=repo.environment | {"CI": ci}, input="x", capture_output=True, text=True
    )
    assert (done.returncode, "NOT checked: /gone/python" in done.stderr) == (code, True)


# -- messages ------------------------------------------------------------------------------------


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def both(cli: CommandLine, *arguments: str) -> Answer:
    return cli("install", *arguments, *(word for name in MESSAGES for word in ("--hooks", name)))


def test_message_hooks_are_for_those_who_ask_and_go_as_they_came(repo: Repo, cli: CommandLine) -> None:
    foreign(repo, "commit-msg", '#!/bin/sh\necho "former $*" >&2\n', 0o750)
    before = hooks(folder(repo))
    assert cli("install").code == 0
    assert [name for name in MESSAGES if name in hooks(folder(repo))] == ["commit-msg"]
    assert owner_of((folder(repo) / "commit-msg").read_bytes()) != OURS
    told = both(cli)
    assert (told.code, "written: .git/hooks/prepare-commit-msg" in told.out) == (0, True)
    after = hooks(folder(repo))
    assert both(cli).code == 0
    assert hooks(folder(repo)) == after
    for name in MESSAGES:
        assert started_by((folder(repo) / name).read_bytes()) == (sys.executable, str(HOOK))
    facts = cli("doctor", "--format", "json").json["facts"]["hooks"]
    ours = f"feedback-loop ({sys.executable})"
    assert facts["commit-msg"] == f"{ours}, after commit-msg.feedback-loop-chained"
    assert facts["prepare-commit-msg"] == ours
    repo.write("a", "x")
    repo.stage()
    done = subprocess.run(
        ["git", "commit", "-m", "x\n\nPattern: ???"],
        cwd=repo.root,
        env=repo.environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "former .git/COMMIT_EDITMSG" in done.stderr) == (1, True)
    assert '"???" cannot be the name of a pattern' in done.stderr
    assert cli("uninstall").code == 0
    assert hooks(folder(repo)) == before


def test_doctor_tells_what_is_wrong_with_a_message_hook(repo: Repo, cli: CommandLine) -> None:
    both(cli)
    (folder(repo) / "commit-msg").chmod(0o644)
    told = cli("doctor").out
    assert "the commit-msg hook is not executable" in told
    assert "feedback-loop install --hooks commit-msg" in told


def test_ours_that_was_moved_aside_is_taken_away_too(repo: Repo, cli: CommandLine) -> None:
    before = hooks(folder(repo))
    both(cli)
    (folder(repo) / "commit-msg").rename(folder(repo) / "commit-msg.legacy")
    assert cli("doctor", "--format", "json").json["facts"]["hooks"]["commit-msg.legacy"]
    assert cli("uninstall").code == 0
    assert hooks(folder(repo)) == before


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        ("#!/bin/sh\ncall_lefthook run\n", ["hook commit-msg {1}", "hook prepare-commit-msg {1} {2}"]),
        ('#!/bin/sh\n. "$(dirname "$0")/h"\n', [".husky/commit-msg", ".husky/prepare-commit-msg"]),
        (
            "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n",
            ["pre-commit install --hook-type prepare-commit-msg --hook-type commit-msg"],
        ),
    ],
)
def test_managers_are_told_how_to_run_message_hooks(
    repo: Repo, cli: CommandLine, hook: str, words: list[str]
) -> None:
    foreign(repo, text=hook, mode=0o755)
    shown = " ".join(both(cli).out.split())
    assert [word for word in words if word in shown] == words


def test_gits_configuration_cannot_tell_a_message_from_a_commit(
    cli: CommandLine, repo: Repo, says_new: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", says_new["PATH"])
    before = config(repo)
    done = both(cli, "--via", "config")
    assert (done.code, config(repo)) == (2, before)
    assert "--via git --hooks prepare-commit-msg" in done.err


@pytest.mark.parametrize("name, code", [("commit-msg", 1), ("prepare-commit-msg", 0)])
def test_a_message_hook_whose_interpreter_is_gone(repo: Repo, tmp_path: Path, name: str, code: int) -> None:
    script = tmp_path / name
    script.write_bytes(format_hook(name, "/gone/python", str(HOOK)))
    script.chmod(0o755)
    environment = repo.environment | {"CI": "1"}
    done = subprocess.run([str(script), "x"], env=environment, capture_output=True, text=True)
    assert (done.returncode, "NOT checked: /gone/python" in done.stderr) == (code, True)


# -- former versions -----------------------------------------------------------------------------


def test_a_hook_of_a_former_version_is_ours_and_is_renewed(repo: Repo, cli: CommandLine) -> None:
    """As it was written before plans were checked: with the mark of its own bytes."""
    body = format_hook("pre-commit", sys.executable, str(HOOK)).split(b"\n", 2)[2]
    body = body.replace(b"scan --plans", b"scan")
    mark = b"# feedback-loop-installed-hook %s (x)\n" % hashlib.sha256(body).hexdigest()[:16].encode()
    cli("install")
    current = hooks(folder(repo))
    path = folder(repo) / "pre-commit"
    path.write_bytes(b"#!/bin/sh\n" + mark + body)
    assert owner_of(path.read_bytes()) == OURS
    assert "the pre-commit hook is an earlier version's" in cli("doctor").out
    told = cli("install").out
    assert "written: .git/hooks/pre-commit\n" in told
    assert hooks(folder(repo)) == current
    path.write_bytes(b"#!/bin/sh\n" + mark + body)
    assert cli("uninstall").code == 0
    assert not path.exists()


# -- git's own configuration ---------------------------------------------------------------------


def git_version() -> tuple[int, ...]:
    text = subprocess.run(["git", "version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in text.split()[2].split(".")[:2])


new_git = pytest.mark.skipif(
    git_version() < (2, 54), reason="hooks in git's configuration need git >= 2.54 (docs/limits.md)"
)


@pytest.mark.skipif(git_version() >= (2, 54), reason="this git has hooks in its configuration")
def test_via_config_with_an_older_git_says_which_one_is_needed(repo: Repo) -> None:
    before = config(repo)
    done = repo.call("install", "--via", "config")
    assert done.returncode == 2
    assert "git >= 2.54 is needed" in done.stderr
    assert "--via git" in done.stderr
    assert config(repo) == before


@pytest.fixture
def says_new(tmp_path: Path) -> dict[str, str]:
    """An environment whose git says it is 2.54: what we write can be tested with any git."""
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    real = shutil.which("git")
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *version) echo git version 2.54.0 ;; *) exec {real} "$@" ;; esac\n'
    )
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}"}


def test_via_config_writes_once_and_uninstall_gives_the_bytes_back(
    repo: Repo, says_new: dict[str, str]
) -> None:
    before = config(repo)
    assert repo.call("install", "--via", "config", env=says_new).returncode == 0
    written = config(repo)
    assert repo.git("config", "--get-all", "hook.feedback-loop.event").split() == [
        "pre-commit",
        "pre-merge-commit",
    ]
    told = repo.call("install", "--via", "config", env=says_new).stdout
    assert "kept: git config hook.feedback-loop" in told
    assert config(repo) == written
    assert repo.call("install", "--via", "git", env=says_new).returncode == 2
    assert "git config" in repo.call("doctor", env=says_new).stdout
    repo.call("uninstall", check=True, env=says_new)
    assert config(repo) == before


def test_via_config_beside_a_hook_file_of_ours_is_refused(repo: Repo, says_new: dict[str, str]) -> None:
    repo.call("install", check=True)
    before = config(repo)
    done = repo.call("install", "--via", "config", env=says_new)
    assert done.returncode == 2
    assert "would be checked twice" in done.stderr
    assert config(repo) == before


@new_git
def test_via_config_checks_commits_beside_a_hook_file(repo: Repo) -> None:
    foreign(repo, text="#!/bin/sh\necho former\n")
    before = config(repo), hooks(folder(repo))
    repo.call("install", "--via", "config", check=True)
    assert commit(repo).returncode == 1
    again = config(repo)
    repo.call("install", "--via", "config", check=True)
    assert config(repo) == again
    done = commit(repo, "x = 1\n")
    assert (done.returncode, "former" in done.stderr) == (0, True)
    repo.call("uninstall", check=True)
    assert (config(repo), hooks(folder(repo))) == before


@new_git
def test_the_two_routes_exclude_each_other(repo: Repo) -> None:
    repo.call("install", "--via", "config", check=True)
    assert repo.call("install", "--via", "git").returncode == 2
    repo.call("uninstall", check=True)
    repo.call("install", "--via", "git", check=True)
    assert repo.call("install", "--via", "config").returncode == 2


@pytest.mark.parametrize("tail", ["", ' "$@"'])
@pytest.mark.parametrize("ci, code", [("", 0), ("1", 1)])
def test_the_configured_command_says_when_its_interpreter_is_gone(
    repo: Repo, tail: str, ci: str, code: int
) -> None:
    """git appends the arguments itself, if there are any."""
    command = ["sh", "-c", format_command("/gone/py thon", str(HOOK)) + tail, "hook"]
    done = subprocess.run(command, env=repo.environment | {"CI": ci}, capture_output=True, text=True)
    assert done.returncode == code
    assert "NOT checked: /gone/py thon" in done.stderr
