"""What the pytest plugin costs: a session that did not ask for it, and the end of one that did.

    python benchmarks/pytest_plugin.py [--runs N]

The first table is taken in fresh processes: the plugin's own import against an empty one (the budget is
5 ms), and `pytest --version` with and without it. The second is the time between the last test and the
summary, for runs with so many failures.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUDGET_MS = 5
SIZES = (1, 100, 1_000)
# Measured from inside, after what pytest has loaded in any case: CPU of the import and of the two hooks.
INERT = """
import argparse, time, pytest
from _pytest.config.argparsing import Parser
parser = Parser(_ispytest=True)
class Config:
    def getoption(self, name, default=None): return default
start = time.process_time_ns()
import feedback_loop.faces.pytest_plugin as plugin
plugin.pytest_addoption(parser)
plugin.pytest_configure(Config())
print((time.process_time_ns() - start) / 1e6)
"""
FAILING = """
import pytest
@pytest.mark.parametrize("number", range({count}))
def test_it(number):
    items = []
    assert items[number]
"""


def run(arguments: list[str], folder: str) -> tuple[float, str]:
    """Seconds of CPU that the process took, and what it printed."""
    before = os.times()
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, done.stdout


def inert(runs: int, folder: str) -> float:
    """Milliseconds of a session that did not ask, the median."""
    own = [float(run([sys.executable, "-c", INERT], folder)[1]) for _ in range(runs)]
    return statistics.median(own)


def whole(runs: int, folder: str) -> tuple[float, float]:
    """Milliseconds of a pytest that does nothing, without the plugin and with it, the least of the runs."""
    command = [sys.executable, "-m", "pytest", "--version"]
    without = [run([*command, "-p", "no:feedback_loop"], folder)[0] for _ in range(runs)]
    along = [run(command, folder)[0] for _ in range(runs)]
    return min(without) * 1e3, min(along) * 1e3


def recorded(count: int, folder: str) -> tuple[float, float]:
    """Seconds of CPU of a run with so many failures, without recording and with it."""
    Path(folder, "test_it.py").write_text(FAILING.format(count=count), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    return run(command, folder)[0], run([*command, "--feedback-loop"], folder)[0]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    started = time.strftime("%Y-%m-%d")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        took = inert(runs, folder)
        over = " (over)" if took > BUDGET_MS else ""
        without, along = whole(runs, folder)
        print(f"{started}, CPU, {runs} runs\n\n| not asked for | ms |\n|---|---|")
        print(f"| import and hooks | {took:.2f}{over} |")
        print(f"| `pytest --version` without the plugin | {without:.0f} |")
        print(f"| the same with it | {along:.0f} |")
        print("\n| failures | pytest alone, s | recorded, s | of one, ms |\n|---|---|---|---|")
        for count in SIZES:
            alone, asked = recorded(count, folder)
            print(f"| {count:,} | {alone:.2f} | {asked:.2f} | {(asked - alone) / count * 1e3:.1f} |")


if __name__ == "__main__":
    main()
