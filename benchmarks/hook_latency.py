"""The hook against its floor, in one run: interpreter start + the same `git diff --cached`.

    python benchmarks/hook_latency.py [--runs 15]

CPU (user + system, children included) of whole processes, medians over interleaved cold starts, and
the ratios of PERF-1. Absolute figures do not travel between machines; the ratios do.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from feedback_loop.stores.git import _ALWAYS, _STAGED_DIFF

ROOT = Path(__file__).resolve().parent.parent
HOOK = ROOT / "feedback_loop" / "faces" / "hook.py"
SIZES = {"1 file, 10 lines": (1, 10), "20 files, 500 lines": (20, 25), "500 files, 10,000 lines": (500, 20)}


def environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "b", "GIT_AUTHOR_EMAIL": "b@example.org",
                   "GIT_COMMITTER_NAME": "b", "GIT_COMMITTER_EMAIL": "b@example.org"}  # fmt: skip


def make_repository(folder: Path, files: int, lines: int, trigger: bool) -> None:
    """Old files of 30 lines each, and staged additions: ordinary code, one mistake a file if asked."""
    subprocess.run(["git", "init", "-q", folder], check=True, env=environment())
    for number in range(files):
        old = "".join(f"def old_{number}_{row}(value):\n    return value + {row}\n\n" for row in range(10))
        (folder / f"module_{number}.py").write_text(old)
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "add", "."], check=True, env=environment())
    subprocess.run([*git, "commit", "-q", "-m", "old"], check=True, env=environment())
    for number in range(files):
        added = [f"    value = compute({row}, name='row {row}')" for row in range(lines - 1)]
        if trigger:
            added[-1] = "    print(value)"
        body = "\n".join(["def added(compute):", *added]) + "\n"
        with (folder / f"module_{number}.py").open("a") as target:
            target.write(body)
    subprocess.run([*git, "add", "."], check=True, env=environment())


def cpu_of(command: list[str], folder: Path) -> tuple[float, float, int]:
    """CPU and wall milliseconds of one run, and its peak memory in KiB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu * 1000, wall * 1000, usage.ru_maxrss


def measure(cases: dict[str, Callable[[], list[list[str]]]], folder: Path, runs: int) -> dict[str, list[float]]:
    """Medians per case [cpu, wall, peak KiB]; the cases take turns, so that a noisy moment hits all."""
    samples: dict[str, list[tuple[float, float, int]]] = {name: [] for name in cases}
    for _ in range(runs + 1):
        for name, commands in cases.items():
            parts = [cpu_of(command, folder) for command in commands()]
            samples[name].append(
                (sum(one[0] for one in parts), sum(one[1] for one in parts), max(one[2] for one in parts))
            )
    return {
        name: [statistics.median(column) for column in zip(*found[1:], strict=True)]
        for name, found in samples.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    python = sys.executable
    console = shutil.which("feedback-loop-hook", path=str(Path(python).parent))
    git = shutil.which("git") or "git"
    for title, (files, lines) in SIZES.items():
        for trigger in (False, True):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                make_repository(folder, files, lines, trigger)
                diff = [git, "-C", str(folder), *_ALWAYS, *_STAGED_DIFF]
                floor = [[python, "-I", "-S", "-c", "pass"], diff]
                script = [[python, "-I", "-S", str(HOOK), "scan"]]
                cases = {"floor": lambda floor=floor: floor, "script": lambda script=script: script}
                if console:
                    cases["console script"] = lambda: [[console, "scan"]]
                found = measure(cases, folder, runs if files < 500 else max(3, runs // 3))
            base = found["floor"][0]
            print(f"{title}, {'a mistake in each file' if trigger else 'nothing to find'}")
            for case, (cpu, wall, peak) in found.items():
                print(f"  {case:<15} cpu {cpu:7.1f} ms  {cpu / base:5.2f}x   wall {wall:7.1f} ms   peak {peak / 1024:5.1f} MiB")


if __name__ == "__main__":
    main()
