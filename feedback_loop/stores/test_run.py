"""Tests of patterns run on generated code: the one place where generated code is executed (D27).

Limits, not a sandbox: the code has no part of our environment, an empty folder, little time, memory and
disk, and its processes are killed together; it has the rights of the user all the same.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from feedback_loop.domain.secrets import masked_and_capped
from feedback_loop.domain.text import counted
from feedback_loop.stores.child import Ended, run_child

MISSING = "not run: pytest is missing; `python -m pip install pytest` into the environment of feedback-loop"
_OUTPUT_CAP = 1 << 20
_SHOWN = 4000
_NOTHING = 5  # pytest's exit code where it collected none
_ABSENT = 97  # the child's own: pytest that we can find may be out of reach of `-I`, in the user's folder
_PASSED = re.compile(r"(?m)^(\d+) passed(?:, [^\n]*)? in [\d.]+s[^\n]*$")
_TIME = re.compile(r" in [\d.]+s(?: \([\d:]+\))?(?= ?=*$)", re.MULTILINE)
# What runs before the tests: limits that the platform knows. Addresses are generous because libraries for
# numbers reserve far more than they use.
_START = f"""
import sys
sys.dont_write_bytecode = True
try:
    import resource
except ImportError:
    resource = None
def limit(name, size):
    try:
        hard = resource.getrlimit(getattr(resource, name))[1]
        size = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(getattr(resource, name), (size, size))
    except (AttributeError, ValueError, OSError):
        pass
if resource:
    limit("RLIMIT_CORE", 0)
    limit("RLIMIT_CPU", int(sys.argv[1]))
    limit("RLIMIT_FSIZE", 64 << 20)
    limit("RLIMIT_AS", 8 << 30)
try:
    import pytest
except ImportError:
    sys.exit({_ABSENT})
sys.exit(pytest.main(sys.argv[2:]))
"""
_OPTIONS = (
    *("-q", "--tb=short", "--color=no", "--noconftest", "--import-mode=importlib"),
    *("-p", "no:cacheprovider", "-p", "no:faulthandler", "-c", "pytest.ini", "--rootdir=.", "--basetemp=t"),
)


@dataclass(frozen=True)
class TestRun:
    """`passed` is None where nothing was run; `output` says why, or is what pytest said, masked."""

    __test__: ClassVar[bool] = False  # for pytest: this is none of its classes

    passed: bool | None
    output: str


def run_tests(code: str, tests: Sequence[str], seconds: float = 10.0) -> TestRun:
    """Run each test by pytest, in a module of its own behind the code that it speaks of.

    In an empty temporary folder, without the environment of this process, without plugins, for at most
    `seconds` in all. Passed = pytest says so of every module; code that ends the process before that, or
    writes more than 1 MiB, has failed.
    """
    if not tests:
        return TestRun(None, "not run: there are no tests")
    if importlib.util.find_spec("pytest") is None:
        return TestRun(None, MISSING)
    with tempfile.TemporaryDirectory(prefix="feedback-loop-", ignore_cleanup_errors=True) as made:
        folder = os.path.realpath(made)
        _write(f"{folder}/pytest.ini", "[pytest]\n")
        names = [f"test_generated_{number}.py" for number in range(1, len(tests) + 1)]
        for name, test in zip(names, tests, strict=True):
            _write(f"{folder}/{name}", f"{code.rstrip()}\n\n\n{test}\n")
        command = [sys.executable, "-I", "-c", _START, str(int(seconds) + 1), *_OPTIONS, *names]
        ended = run_child(
            command,
            b"",
            folder=folder,
            environment=_environment(folder),
            seconds=seconds,
            cap=_OUTPUT_CAP,
        )
        return _judged(ended, len(tests), seconds, folder)


def _write(path: str, text: str) -> None:
    with open(path, "x", encoding="utf-8", newline="\n") as target:
        target.write(text)


def _environment(folder: str) -> dict[str, str]:
    """What Python and pytest need, and one thread for libraries that would start one for each core."""
    return {
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _judged(ended: Ended, count: int, seconds: float, folder: str) -> TestRun:
    text = (ended.output + ended.errors).decode("utf-8", "replace")
    passed = [int(match[1]) for match in _PASSED.finditer(text)]  # pytest's own line is the last one
    told = _TIME.sub("", text).replace(folder, ".").strip()
    if ended.late:
        return _failed(f"stopped after {seconds:g} s", told)
    if ended.flooded:
        return _failed(f"stopped: more than {_OUTPUT_CAP} bytes of output", told)
    if ended.code == _ABSENT and not text:
        return TestRun(None, MISSING)
    if ended.code == _NOTHING and not passed:
        return TestRun(None, "not run: pytest found no test")
    if ended.code or not passed or passed[-1] < count:
        return _failed(f"ended with {_exit(ended.code)}", told)
    return TestRun(True, f"{counted(passed[-1], 'test')} passed")


def _exit(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _failed(reason: str, told: str) -> TestRun:
    """Of much output the end counts: pytest's summary stands there."""
    return TestRun(False, masked_and_capped(f"{reason}\n{told[-_SHOWN:]}".rstrip(), _SHOWN + len(reason) + 1))
