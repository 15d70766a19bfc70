"""History mined against git itself and against PyDriller, in one go (issue 6).

    python benchmarks/history.py REPOSITORY [--runs 5]          cold: one and two workers against `git log -p`
    python benchmarks/history.py REPOSITORY --warm [--runs 9]   one new commit, less `feedback-loop --version`
    python benchmarks/history.py REPOSITORY --blobs             the structural lane with the starter library
    python benchmarks/history.py REPOSITORY --pydriller PYTHON  CPU of the same answer (PYTHON has PyDriller)

REPOSITORY is cloned (`--shared`) into a temporary folder with a library of twelve regexes. The sides run in
turns; medians and ratios are printed, and the number of added lines that each side has seen.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

REGEXES = {
    "bare_exc": r"except\s*:",
    "print_call": r"\bprint\s*\(",
    "todo_note": r"TODO",
    "eval_call": r"\beval\(",
    "shell_true": r"shell\s*=\s*True",
    "assert_true": r"assertTrue\(",
    "range_len": r"range\(len\(",
    "type_eq": r"type\(\w+\)\s*==",
    "star_import": r"from \S+ import \*",
    "lambda_assign": r"^\s*\w+ = lambda",
    "iteritems_use": r"\.iteritems\(\)",
    "open_call": r"=\s*open\(",
}
SCOPE = (":(glob)**/*.py", ":(glob)**/*.pyi", ":(glob)**/*.pyw")
PROSE = "# {name}\n\nText.\n\n## Bad example\n\n```python\nx\n```\n\n## Good example\n\n```python\ny\n```\n"
HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+\d+(?:,(\d+))? @@", re.MULTILINE)
# All commits count here: git log leaves no duplicate out either.
MINE = """
import resource, sys
import feedback_loop.api.history.assemble as assembling
assembling.find_duplicates = lambda *arguments: frozenset()
from feedback_loop.api.history.mine import MineRequest, mine
from feedback_loop.workspace import Workspace
request = MineRequest(cache=False, touched=True, workers=int(sys.argv[2]))
history = mine(Workspace.open(sys.argv[1]), request)
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF,))
print(len(history.commits), sum(one.added for one in history.touched), history.blobs, peak)
"""
DRILL = """
import re, sys
from pydriller import Repository
texts = [re.compile(one) for one in sys.argv[2:]]
added = hits = 0
for commit in Repository(sys.argv[1], only_no_merge=True).traverse_commits():
    for file in commit.modified_files:
        if file.filename.endswith((".py", ".pyi", ".pyw")):
            for sign in ("added", "deleted"):
                for _, line in file.diff_parsed[sign]:
                    added += sign == "added"
                    hits += any(text.search(line) for text in texts)
print(added, hits)
"""


def clone(repository: str, folder: str, regexes: bool) -> str:
    """A clone of its own; with the twelve regexes as its library, else with the starter library."""
    target = f"{folder}/clone"
    subprocess.run(["git", "clone", "-q", "--shared", repository, target], check=True)
    if regexes:
        Path(f"{target}/patterns").mkdir(exist_ok=True)
        for name, regex in REGEXES.items():
            detector = {"id": "found", "kind": "regex", "regex": regex, "level": "warn", "message": name}
            pattern = {
                "schema_version": 1,
                "name": name,
                "pattern_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
                "version": 1,
                "severity": "low",
                "languages": ["python"],
                "guidance": f"Mind {name}.",
                "detectors": [detector],
            }
            Path(f"{target}/patterns/{name}.json").write_text(json.dumps(pattern, indent=2))
            Path(f"{target}/patterns/{name}.md").write_text(PROSE.format(name=name))
    return target


def spent() -> float:
    """CPU seconds of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def git_log(target: str) -> tuple[float, float, int]:
    """(wall, CPU, added lines) of `git log -p` into a pipe that is only read; lines are counted later."""
    before, begun, blocks = spent(), time.monotonic(), []
    flags = ("--full-history", "--no-merges", "-p", "-U0", "-M", "--format=%H", "--", *SCOPE)
    with subprocess.Popen(["git", "-C", target, "log", *flags], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while block := process.stdout.read(1 << 18):
            blocks.append(block)
    wall = time.monotonic() - begun
    text = b"".join(blocks)
    return wall, spent() - before, sum(int(one or 1) for one in HUNK.findall(text))


def mined(target: str, workers: int) -> tuple[float, float, list[int]]:
    """(wall, CPU, [commits, added lines, blobs, peak memory in KiB]) of history without a cache."""
    before, begun = spent(), time.monotonic()
    arguments = [sys.executable, "-c", MINE, target, str(workers)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return time.monotonic() - begun, spent() - before, [int(word) for word in done.stdout.split()]


def cold(target: str, runs: int) -> None:
    """Wall and CPU in turns."""
    sides: dict[str, list[tuple[float, float]]] = {"git log -p": [], "one worker": [], "two workers": []}
    peak = 0
    for _ in range(runs):
        wall, cpu, lines = git_log(target)
        sides["git log -p"].append((wall, cpu))
        for words, workers in (("one worker", 1), ("two workers", 2)):
            wall, cpu, (commits, added, _, memory) = mined(target, workers)
            sides[words].append((wall, cpu))
            peak = max(peak, memory)
            print(f"{words}: {commits} commits, {added} added lines (git log: {lines})")
    base = sides["git log -p"]
    for words, rows in sides.items():
        walls = [row[0] for row in rows]
        ratios = [row[0] / other[0] for row, other in zip(rows, base, strict=True)]
        cpus = [row[1] / other[1] for row, other in zip(rows, base, strict=True)]
        print(
            f"{words:12} {statistics.median(walls):7.2f} s wall, "
            f"{statistics.median(ratios):5.2f}x git's wall, {statistics.median(cpus):5.2f}x git's CPU"
        )
    print(f"peak memory of our own process: {peak / 1024:.0f} MiB")


def warm(target: str, runs: int) -> None:
    """CPU of the process tree for `history` after one new commit, less that of `--version`."""
    program = [sys.executable, "-m", "feedback_loop"]
    subprocess.run([*program, "history"], cwd=target, capture_output=True, check=True)
    identity = ["-c", "user.name=b", "-c", "user.email=b@example.org"]
    costs = []
    for number in range(runs):
        Path(f"{target}/added.py").write_text(f"x = {number}\ntry:\n    x()\nexcept:\n    pass\n")
        subprocess.run(["git", "-C", target, "add", "added.py"], check=True)
        subprocess.run(["git", "-C", target, *identity, "commit", "-qm", "one more"], check=True)
        before = spent()
        subprocess.run([*program, "--version"], cwd=target, capture_output=True, check=True)
        start_up, before = spent() - before, spent()
        subprocess.run([*program, "history"], cwd=target, capture_output=True, check=True)
        costs.append((spent() - before, start_up))
    above = statistics.median(cost - start_up for cost, start_up in costs)
    start_up = statistics.median(start_up for _, start_up in costs)
    print(f"warm, one new commit: {above * 1000:.0f} ms CPU above the start-up of {start_up * 1000:.0f} ms")


def blobs(target: str) -> None:
    """The structural lane alone: what the starter library's syntax checks cost."""
    wall, cpu, (commits, _, count, memory) = mined(target, 1)
    print(f"{commits} commits, {count} blobs parsed in {wall:.1f} s wall, {cpu:.1f} s CPU with git's")
    print(f"{count / cpu:.0f} blobs a second, git's own time included; peak memory {memory / 1024:.0f} MiB")


def pydriller(target: str, python: str) -> None:
    """CPU of both for the same regexes on the same lines."""
    before = spent()
    arguments = [python, "-c", DRILL, target, *REGEXES.values()]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    drilled, before = spent() - before, spent()
    _, cpu, (_, added, _, _) = mined(target, 1)
    print(f"PyDriller {drilled:.1f} s CPU ({done.stdout.split()[0]} added lines), ours {cpu:.1f} s ({added})")
    print(f"{drilled / cpu:.1f}x")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("repository")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--warm", action="store_true")
    parser.add_argument("--blobs", action="store_true")
    parser.add_argument("--pydriller", metavar="PYTHON")
    asked = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        target = clone(asked.repository, folder, not asked.blobs)
        if asked.warm:
            warm(target, asked.runs)
        elif asked.blobs:
            blobs(target)
        elif asked.pydriller:
            pydriller(target, asked.pydriller)
        else:
            cold(target, asked.runs)


if __name__ == "__main__":
    main()
