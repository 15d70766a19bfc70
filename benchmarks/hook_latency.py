"""The hook against its floor, in one run: interpreter start + the same `git diff --cached`.

    python benchmarks/hook_latency.py [--runs 15] [--plans]

CPU (user + system, children included) of whole processes, medians over interleaved cold starts, and
their ratio to the floor (PERF-1). Absolute figures do not travel between machines; the ratios do.
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
from pathlib import Path

from feedback_loop.stores.git import _ALWAYS, _STAGED_DIFF
from feedback_loop.stores.git_quick import STAGED_NAMES

ROOT = Path(__file__).resolve().parent.parent
HOOK = ROOT / "feedback_loop" / "faces" / "hook.py"
SIZES = {"1 file, 10 lines": (1, 10), "20 files, 500 lines": (20, 25), "500 files, 10,000 lines": (500, 20)}
PYTHON = sys.executable
# A process keeps the peak of the one it was forked from, so the peak is taken by a small launcher.
LAUNCHER = (
    "import os, resource, subprocess, sys\n"
    "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
)

Commands = list[list[str]]


def environment() -> dict[str, str]:
    """No PYTHONDONTWRITEBYTECODE (it would recompile at each start), no configuration of the user's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    people = {
        f"GIT_{role}_{key}": "b@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")
    }
    return kept | people | {"GIT_CONFIG_GLOBAL": os.devnull}


def make_repository(folder: Path, files: int, lines: int, trigger: bool) -> None:
    """Old files of 30 lines each, and staged additions: ordinary code, one mistake a file if asked."""
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "-q"], check=True, env=environment())
    for number in range(files):
        old = "".join(f"def old_{number}_{row}(value):\n    return value + {row}\n\n" for row in range(10))
        (folder / f"module_{number}.py").write_text(old)
    subprocess.run([*git, "add", "."], check=True, env=environment())
    subprocess.run([*git, "commit", "-q", "-m", "old"], check=True, env=environment())
    for number in range(files):
        added = [f"    value = compute({row}, row='row {row}')" for row in range(lines - 1)]
        if trigger:
            added[-1] = "    print(value)"
        with (folder / f"module_{number}.py").open("a") as target:
            target.write("\n".join(["def added(compute):", *added]) + "\n")
    subprocess.run([*git, "add", "."], check=True, env=environment())


def run(command: list[str], folder: Path) -> tuple[float, float]:
    """CPU and wall milliseconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu * 1000, wall * 1000


def peak(commands: Commands, folder: Path) -> float:
    """The largest process's peak memory in MiB."""
    command = [PYTHON, "-I", "-S", "-c", LAUNCHER, *commands[0]]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def measure(cases: dict[str, Commands], folder: Path, runs: int) -> dict[str, tuple[float, float]]:
    """Median CPU and wall per case; the cases take turns, so that a noisy moment hits all alike."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for _ in range(runs + 1):
        for name, commands in cases.items():
            parts = [run(command, folder) for command in commands]
            samples[name].append((sum(one[0] for one in parts), sum(one[1] for one in parts)))
    return {
        name: (statistics.median(one[0] for one in found[1:]), statistics.median(one[1] for one in found[1:]))
        for name, found in samples.items()
    }


def cases(folder: Path) -> dict[str, Commands]:
    """What is compared: the floor first."""
    git = shutil.which("git") or "git"
    found: dict[str, Commands] = {
        "floor": [[PYTHON, "-I", "-S", "-c", "pass"], [git, "-C", str(folder), *_ALWAYS, *_STAGED_DIFF]],
        "script form": [[PYTHON, "-I", "-S", str(HOOK), "scan"]],
    }
    console = shutil.which("feedback-loop-hook", path=str(Path(PYTHON).parent))
    if console:
        found["console script"] = [[console, "scan"]]
    return found


PLAN = "# Task: x\n\n## Patterns to Apply\n- [{}] structured_logging\n- [ ] specific_exceptions\n"


def plan_cases(folder: Path) -> dict[str, Commands]:
    """The plan hook, and what it cannot do without: an interpreter and its four git processes."""
    git = [shutil.which("git") or "git", "-C", str(folder), *_ALWAYS]
    needed = [
        ["merge-base", "HEAD", "refs/remotes/origin/HEAD"],
        [*STAGED_NAMES, "HEAD", "--"],
        ["cat-file", "--batch"],
        [*_STAGED_DIFF],
    ]
    return {
        "plan floor": [[PYTHON, "-I", "-S", "-c", "pass"], *([*git, *arguments] for arguments in needed)],
        "plan hook": [[PYTHON, "-I", "-S", str(HOOK), "plan"]],
        "scan --plans": [[PYTHON, "-I", "-S", str(HOOK), "scan", "--plans"]],
    }


def measure_plans(runs: int) -> None:
    """A plan of two items and 1 file of 10 lines: none of them applies, and both do."""
    for trigger in (False, True):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_repository(folder, 1, 10, trigger)
            git = ["git", "-C", str(folder)]
            for arguments in (["update-ref", "refs/remotes/origin/main", "HEAD"], _ORIGIN_HEAD):
                subprocess.run([*git, *arguments], check=True, env=environment())
            (folder / "plans").mkdir()
            (folder / "plans" / "x.md").write_text(PLAN.format(" "))
            subprocess.run([*git, "add", "."], check=True, env=environment())
            found = measure(plan_cases(folder), folder, runs)
            print(f"a plan, 1 file, 10 lines, {'a mistake' if trigger else 'nothing to find'}")
            for case, (cpu, wall) in found.items():
                ratio = cpu / found["plan floor"][0]
                print(f"  {case:<15}cpu {cpu:7.1f} ms {ratio:6.2f}x  wall {wall:7.1f} ms")


_ORIGIN_HEAD = ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]


def main() -> None:
    """Measure every size, without and with something to find; then the command line's start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--plans", action="store_true", help="only the plan hook")
    arguments = parser.parse_args()
    runs = arguments.runs
    measure_plans(runs)
    if arguments.plans:
        return
    for title, (files, lines) in SIZES.items():
        for trigger in (False, True):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                make_repository(folder, files, lines, trigger)
                compared = cases(folder)
                found = measure(compared, folder, runs if files < 500 else max(3, runs // 3))
                print(f"{title}, {'a mistake in each file' if trigger else 'nothing to find'}")
                for case, (cpu, wall) in found.items():
                    ratio, size = cpu / found["floor"][0], peak(compared[case], folder)
                    times = f"cpu {cpu:7.1f} ms {ratio:6.2f}x  wall {wall:7.1f} ms"
                    print(f"  {case:<15}{times}  peak {size:5.1f} MiB")
    start = {
        "help": [[PYTHON, "-m", "feedback_loop", "--help"]],
        "bare": [[PYTHON, "-I", "-S", "-c", "pass"]],
    }
    found = measure(start, ROOT, runs)
    print("feedback-loop --help")
    print(
        f"  cpu {found['help'][0]:.1f} ms, {found['help'][0] / found['bare'][0]:.1f}x `python -I -S -c pass`"
    )


if __name__ == "__main__":
    main()
