"""Streams that are closed, full or no longer read, and a signal: an exit code and at most one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from feedback_loop.faces.cli import main
from tests.repo import Repo
from tests.stores.processes import ends

FULL = "feedback-loop: No space left on device\n"


def shell(repo: Repo, line: str) -> subprocess.CompletedProcess[str]:
    """The line with `$FL` as the command: the exit code is that of `$FL` where the line is a pipe."""
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=repo.root,
        env=repo.environment | {"FL": f"{sys.executable} -m feedback_loop"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("command", ["context", "generate"])
def test_a_closed_stdin_is_said(
    repo: Repo, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repo.root)
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "argv", ["feedback-loop", command, "-"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", "feedback-loop: stdin is closed\n  give it a file or a pipe\n")


def test_a_closed_stdin_matters_to_nobody_who_does_not_read_it(repo: Repo) -> None:
    done = shell(repo, "$FL context - <&-; echo $?; $FL schema pattern <&- | head -c 1")
    assert (done.returncode, done.stdout) == (0, "2\n{")
    assert done.stderr.startswith("feedback-loop: stdin is closed\n")


@pytest.mark.parametrize("command", ["check --format json", "schema pattern", "--help"])
def test_a_full_disk_is_one_line_and_exit_three(repo: Repo, command: str) -> None:
    done = shell(repo, f"$FL {command} > /dev/full")
    assert (done.returncode, done.stderr) == (3, FULL)


def test_a_full_disk_for_talk_changes_no_exit_code(repo: Repo) -> None:
    assert shell(repo, "$FL search ' ' 2> /dev/full").returncode == 2
    assert shell(repo, "$FL check --format json > /dev/full 2>&1").returncode == 3


@pytest.mark.parametrize(
    "line",
    ["$FL search upload | true", "$FL schema pattern 2>&1 | head -c 1 > /dev/null", "$FL --help | true"],
)
def test_who_reads_no_further_has_had_enough(repo: Repo, line: str) -> None:
    done = shell(repo, line)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Error" not in done.stderr


def test_talk_that_nobody_hears_does_not_make_an_answer(repo: Repo) -> None:
    done = shell(repo, "mkfifo p; (exec 3< p; sleep 0.2) & exec 4> p; wait; $FL search upload 2>&4")
    assert (done.returncode, done.stdout) == (3, "")  # what it would have said of the core pack


def test_a_signal_ends_the_program_that_was_asked(repo: Repo, tmp_path: Path) -> None:
    scratch, told = tmp_path / "scratch", tmp_path / "told"
    scratch.mkdir()
    os.mkfifo(told)
    script = tmp_path / "assistant"
    script.write_text(f"#!/bin/sh\nsleep 60 &\necho $$ $! > {told}\nwait\n")
    script.chmod(0o755)
    config = Path(repo.environment["XDG_CONFIG_HOME"]) / "feedback-loop/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f'[providers.command]\nargv = ["{script}"]\n')
    command = [sys.executable, "-m", "feedback_loop", "generate", "parse JSON", "--provider", "command"]
    environment = repo.environment | {"TMPDIR": str(scratch)}
    with subprocess.Popen(
        command, cwd=repo.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        pids = [int(one) for one in told.read_text().split()]
        assert list(scratch.iterdir())
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate()
    config.unlink()
    assert (running.returncode, out, err) == (143, b"", b"")
    assert len(pids) == 2 and all(ends(one) for one in pids)
    assert not list(scratch.iterdir())
