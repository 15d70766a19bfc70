import os
from pathlib import Path

import pytest

from feedback_loop.domain.settings import Settings
from feedback_loop.stores.settings import load_settings

OWN, SHARED = "feedback-loop.toml", "pyproject.toml"


def load(root: Path) -> tuple[Settings, list[str]]:
    settings, problems = load_settings(str(root))
    return settings, [str(problem) for problem in problems]


def test_no_file_is_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == (Settings(), [])


def test_a_pyproject_of_others_is_the_defaults(tmp_path: Path) -> None:
    (tmp_path / SHARED).write_text("[tool.ruff]\nline-length = 110\n")
    assert load(tmp_path) == (Settings(), [])


@pytest.mark.parametrize(
    ("name", "text"), [(OWN, "fail-on = 'warn'"), (SHARED, "[tool.feedback-loop]\nfail-on = 'warn'")]
)
def test_either_file_is_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert load(tmp_path) == (Settings(fail_on="warn", path=name), [])


def test_our_file_beside_a_pyproject_of_others(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("")
    (tmp_path / SHARED).write_text("[project]\nname = 'x'\n")
    assert load(tmp_path) == (Settings(path=OWN), [])


def test_two_files_are_a_problem_and_ours_counts(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("fail-on = 'warn'")
    (tmp_path / SHARED).write_text("[tool.feedback-loop]\nfail-on = 'hint'")
    assert load(tmp_path) == (
        Settings(fail_on="warn", path=OWN),
        ["feedback-loop.toml: settings stand here and in pyproject.toml: keep one of them"],
    )


def test_problems_are_told_and_the_sound_keys_hold(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("on-error = 'closed'\nfail_on = 'warn'\n")
    settings, problems = load(tmp_path)
    assert problems == ["feedback-loop.toml:2: /fail_on: unknown key (did you mean 'fail-on'?)"]
    assert (settings.on_error, settings.fail_on) == ("closed", "block")


def test_problems_of_both_files_are_told(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("x")
    (tmp_path / SHARED).write_bytes(b"\xff")
    settings, problems = load(tmp_path)
    assert settings == Settings()
    assert [problem.partition(":")[0] for problem in problems] == [OWN, SHARED]


def test_a_file_over_the_cap(tmp_path: Path) -> None:
    (tmp_path / SHARED).write_text("#" * (300 << 10))
    assert load(tmp_path) == (
        Settings(),
        ["pyproject.toml: 'pyproject.toml' is larger than 262144 bytes (307200)"],
    )


def test_what_is_no_file_blocks_nothing(tmp_path: Path) -> None:
    (tmp_path / OWN).mkdir()
    os.mkfifo(tmp_path / SHARED)
    assert load(tmp_path) == (
        Settings(),
        [f"{name}: not a regular file: '{name}'" for name in (OWN, SHARED)],
    )


def test_a_link_that_leaves_the_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("on-error = 'closed'")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / OWN).symlink_to("../outside")
    settings, (problem,) = load(tmp_path / "root")
    assert settings == Settings()
    assert problem.startswith("feedback-loop.toml: path leaves the repository")


def test_a_link_inside_is_followed_and_one_to_nothing_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "f.toml").write_text("fail-on = 'warn'")
    (tmp_path / OWN).symlink_to("config/f.toml")
    (tmp_path / SHARED).symlink_to("nothing")
    assert load(tmp_path) == (Settings(fail_on="warn", path=OWN), [])


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / OWN).touch(0o000)
    assert load(tmp_path) == (Settings(), ["feedback-loop.toml: cannot be read: Permission denied"])
