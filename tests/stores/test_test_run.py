"""Tests of generated code: what may go wrong there stays there."""

from __future__ import annotations

import importlib.util
import shlex
import sys
import tempfile
from pathlib import Path

import pytest

from feedback_loop.stores.test_run import MISSING, TestRun, run_tests
from tests.stores.processes import ends

CODE = "def double(x):\n    return 2 * x\n"


def test_nothing_to_run() -> None:
    assert run_tests(CODE, []) == TestRun(None, "not run: there are no tests")
    assert run_tests(CODE, ["x = 1"]) == TestRun(None, "not run: pytest found no test")


def test_without_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert run_tests(CODE, ["def test_it(): pass"]) == TestRun(None, MISSING)


def test_pytest_that_the_run_itself_does_not_find_is_missing_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As with pytest among the user's own packages, which `-I` leaves out."""
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -S "$@"\n')
    bare.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(bare))
    assert run_tests(CODE, ["def test_it(): pass"]) == TestRun(None, MISSING)


def test_each_test_stands_behind_the_code_and_may_use_fixtures() -> None:
    first = "def test_it(tmp_path):\n    (tmp_path / 'x').write_text(str(double(2)))\n    double = 0\n"
    second = "import pytest\n\n\n@pytest.mark.parametrize('x', [1, 2])\ndef test_it(x):\n    assert double(x) == x + x\n"
    assert run_tests(f"from __future__ import annotations\n{CODE}", [second, second]) == TestRun(
        True, "4 tests passed"
    )
    failed = run_tests(CODE, [first, second])
    assert failed.passed is False
    assert "UnboundLocalError" in failed.output and "test_generated_1.py" in failed.output


def test_a_failure_shows_pytests_words_without_secrets_paths_and_times() -> None:
    test = "def test_it():\n    print('password = \"hunter2hunter2\"', __file__)\n    assert double(2) == 5\n"
    ran = run_tests(CODE, [test])
    assert ran.passed is False
    assert ran.output.startswith("ended with exit code 1\n")
    assert "assert 4 == 5" in ran.output and ran.output.endswith("\n1 failed")
    assert 'password = "***" ./test_generated_1.py' in ran.output
    assert tempfile.gettempdir() not in ran.output
    assert run_tests(CODE, [test]) == ran


def test_nothing_of_our_environment_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SECRET", "x")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    test = (
        "import os, sys\n\n\ndef test_it():\n"
        "    own = {'HOME', 'TMPDIR', 'LC_ALL', 'OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS'}\n"
        "    assert {one for one in os.environ if not one.startswith('PYTEST_')} == own\n"
        "    assert '/somewhere' not in sys.path\n"
        "    assert sorted(os.listdir('.')) == ['pytest.ini', 'test_generated_1.py']\n"
    )
    assert run_tests("", [test]) == TestRun(True, "1 test passed")


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("def test_it():\n    while True: pass", "stopped after 0.8 s"),
        ("import time\n\n\ndef test_it():\n    time.sleep(60)", "stopped after 0.8 s"),
        ("import os\nos._exit(0)", "ended with exit code 0"),
        ("import os\nos.kill(os.getpid(), 9)", "ended with signal 9"),
    ],
)
def test_code_that_does_not_come_to_an_end(test: str, words: str) -> None:
    assert run_tests(CODE, [test], 0.8) == TestRun(False, words)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("with open('x', 'wb') as f: f.write(bytes(80 << 20))", "File too large"),
        ("bytearray(1 << 40)", "MemoryError"),
        (
            "import os\n    while True: os.write(1, b'x' * 65536)",
            "stopped: more than 1048576 bytes of output\nxxx",
        ),
    ],
)
def test_disk_memory_and_output_have_limits(body: str, words: str) -> None:
    ran = run_tests("", [f"def test_it():\n    {body}\n"])
    assert ran.passed is False
    assert words in ran.output
    assert len(ran.output) < 4100


def test_children_do_not_survive(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    fork = f"import os, time\nif os.fork() == 0:\n    open({str(note)!r}, 'w').write(str(os.getpid()))\n    time.sleep(60)\n"
    wait = f"def test_it():\n    while not os.path.exists({str(note)!r}): time.sleep(0.01)\n"
    assert run_tests(fork, [wait]).passed
    assert ends(int(note.read_text()))


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run_tests(CODE, ["import os\n\n\ndef test_it(tmp_path):\n    os.mkdir('x'); os.chmod('x', 0)\n"])
    assert list(tmp_path.iterdir()) == []
