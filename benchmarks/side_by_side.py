"""One staged change, many tools: what a commit costs with each of them, in one run.

    python benchmarks/side_by_side.py [--clone REPOSITORY] [--peers FOLDER] [--runs 9] [--size NAME]…

Every tool gets the same staged change of the same clone and comparable rules (benchmarks/rules/), no
cache, no network; runs take turns and medians are shown. "sees" is what the tool looks at: only ours and
diff-quality limit themselves to the added lines. The exit code proves that the change's mistakes were
found (ours, ruff, ast-grep, semgrep, Fixit and diff-quality: 1). A tool that is not there is a row
"not found".
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
from dataclasses import dataclass
from pathlib import Path

from hook_latency import HOOK, PYTHON, ROOT, environment

from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.domain.settings import SCRIPTS, TESTS

RULES = Path(__file__).resolve().parent / "rules"
SIZES = {"1 file, 10 lines": (1, 10), "20 files, 500 lines": (20, 25), "500 files, 10,000 lines": (500, 20)}
RUFF_RULES = "E722,T201,S306,PLW0177,SIM115,B006,S602"
MISTAKES = (
    ("    print(value)",),
    ("    try:", "        compute(value)", "    except:", "        value = None"),
    ("    if value == float('nan'):", "        value = 0"),
    ("    handle = open(value)", "    value = handle.read()"),
)
FIXIT = '[tool.fixit]\nroot = true\nenable = [".fixit_rules"]\ndisable = ["fixit.rules"]\n'


@dataclass(frozen=True)
class Tool:
    """One row of the table. `program` None = not found."""

    name: str
    sees: str
    program: str | None
    arguments: tuple[str, ...] = ()
    version: tuple[str, ...] = ("--version",)
    files: bool = False  # whether the changed files are handed over, as a hook runner does

    def command(self, paths: list[str]) -> list[str]:
        """The whole command line."""
        return [self.program or self.name, *self.arguments, *(paths if self.files else ())]


@dataclass(frozen=True)
class Cost:
    """One run: milliseconds and the exit code."""

    cpu: float
    wall: float
    code: int


def tools(search: str) -> list[Tool]:
    """Ours first, which all others are compared with."""

    def found(name: str) -> str | None:
        return shutil.which(name, path=search)

    semgrep = ("scan", "--config", str(RULES / "semgrep.yml"), "--metrics", "off", "--disable-version-check")
    console = shutil.which("feedback-loop", path=str(Path(PYTHON).parent))
    ours = (console, ()) if console else (PYTHON, ("-m", "feedback_loop"))
    return [
        Tool("our hook", "added lines", PYTHON, ("-I", "-S", str(HOOK), "scan")),
        Tool("feedback-loop scan", "added lines", ours[0], (*ours[1], "scan"), (*ours[1], "--version")),
        Tool(
            "ruff",
            "changed files",
            found("ruff"),
            ("check", "--isolated", "--no-cache", "-q", "--select", RUFF_RULES),
            files=True,
        ),
        Tool(
            "ast-grep",
            "changed files",
            found("ast-grep"),
            ("scan", "-r", str(RULES / "ast-grep.yml"), "--report-style", "short"),
            files=True,
        ),
        Tool("semgrep", "changed files", found("semgrep"), (*semgrep, "-q", "--error"), files=True),
        Tool(
            "semgrep --baseline-commit",
            "new findings",
            found("semgrep"),
            (*semgrep, "-q", "--error", "--baseline-commit", "HEAD"),
            files=True,
        ),
        Tool("Fixit", "changed files", found("fixit"), ("lint",), files=True),
        Tool(
            "diff-quality (ruff)",
            "added lines",
            found("diff-quality"),
            ("--violations", "ruff.check", "--compare-branch", "HEAD", "--fail-under", "100"),
        ),
    ]


def make_clone(source: Path, folder: Path, files: int, lines: int) -> list[str]:
    """A clone with this change staged: lines appended to its Python files, then new files; a mistake in each.

    The paths changed.
    """
    git = ["git", "-C", str(folder)]
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(source), str(folder)], check=True)
    tracked = subprocess.run([*git, "ls-files", "-z", "*.py"], check=True, capture_output=True).stdout
    exempt = compile_globs((*TESTS, *SCRIPTS))
    names = [name for name in tracked.decode().split("\0") if name and not matches(exempt, name)]
    names = (names + [f"added_{number}.py" for number in range(files)])[:files]
    for number, name in enumerate(names):
        mistake = MISTAKES[number % len(MISTAKES)]
        body = [f"    value = compute({row}, row='row {row}')" for row in range(lines - 1 - len(mistake))]
        with (folder / name).open("a") as target:
            target.write("\n".join(["def added(compute):", *body, *mistake]) + "\n")
    subprocess.run([*git, "add", "--", *names], check=True)
    (folder / "fixit.toml").write_text(FIXIT)
    shutil.copy(RULES / "fixit_rules.py", folder / "fixit_rules.py")
    return names


def run(command: list[str], folder: Path, env: dict[str, str]) -> Cost:
    """CPU (children included) and wall milliseconds of one process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu * 1000, wall * 1000, done.returncode)


def measure(rows: dict[str, list[str]], folder: Path, env: dict[str, str], runs: int) -> dict[str, Cost]:
    """Medians per row; the first round warms the disk and is thrown away."""
    samples: dict[str, list[Cost]] = {name: [] for name in rows}
    for _ in range(runs + 1):
        for name, command in rows.items():
            samples[name].append(run(command, folder, env))
    return {
        name: Cost(
            statistics.median(one.cpu for one in found[1:]),
            statistics.median(one.wall for one in found[1:]),
            found[-1].code,
        )
        for name, found in samples.items()
    }


def version_of(tool: Tool, env: dict[str, str]) -> str:
    """What the tool says of itself; of ours, what Python says."""
    if tool.program is None:
        return "not found"
    done = subprocess.run([tool.program, *tool.version], env=env, capture_output=True, text=True, check=False)
    words = (done.stdout or done.stderr).split()
    return next((word for word in words if word[:1].isdigit()), "?")


def environment_with(search: str, home: Path) -> dict[str, str]:
    """No configuration of the user's, no telemetry, the peers on the path (diff-quality starts ruff)."""
    quiet = {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}
    return environment() | quiet | {"PATH": search, "HOME": str(home)}


def report(size: str, found: dict[str, Cost], compared: list[Tool]) -> None:
    """A markdown table; ratios are those of wall time to our hook."""
    print(
        f"\n{size}\n\n| tool | sees | exit | CPU ms | wall ms | times our hook |\n|---|---|---|---|---|---|"
    )
    for tool in compared:
        cost = found.get(tool.name)
        if cost is None:
            print(f"| {tool.name} | {tool.sees} | not found | | | |")
            continue
        ratio = cost.wall / found[compared[0].name].wall
        print(
            f"| {tool.name} | {tool.sees} | {cost.code} | {cost.cpu:.0f} | {cost.wall:.0f} | {ratio:.1f}x |"
        )


def search_path(peers: Path | None) -> str:
    """Where tools are looked for: the folder given, then PATH."""
    return os.pathsep.join([*([str(peers.resolve())] if peers else []), os.environ.get("PATH", os.defpath)])


def main() -> None:
    """Each size with every tool that is there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clone", type=Path, default=ROOT, help="repository to clone (default: this one)")
    parser.add_argument("--peers", type=Path, help="folder with the other tools; else PATH")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--size", action="append", choices=list(SIZES), help="repeatable; default: all")
    given = parser.parse_args()
    search = search_path(given.peers)
    compared = tools(search)
    with tempfile.TemporaryDirectory() as home:
        env = environment_with(search, Path(home))
        print("; ".join(f"{tool.name} {version_of(tool, env)}" for tool in compared[1:]))
        cores = len(os.sched_getaffinity(0))
        print(f"Python {sys.version.split()[0]}; {cores} cores; a clone of {given.clone.name}")
        for size in given.size or SIZES:
            files, lines = SIZES[size]
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name) / "clone"
                paths = make_clone(given.clone, folder, files, lines)
                rows = {tool.name: tool.command(paths) for tool in compared if tool.program}
                runs = given.runs if files < 100 else max(3, given.runs // 3)
                report(f"{size}, {runs} runs", measure(rows, folder, env, runs), compared)


if __name__ == "__main__":
    main()
