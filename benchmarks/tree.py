"""A whole tree: `feedback-loop scan --all` against the ast-grep program and ruff on the same files.

    python benchmarks/tree.py TREE… [--peers FOLDER] [--runs 5]

TREE is a clone with its files checked out. Comparable rules (benchmarks/rules/), no cache; runs take
turns, medians are shown, and the peak memory of the largest process. Ours reads the index and is given
all levels in the row "with hints"; the others read the files on disk and have rules for hints as well.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from hook_latency import peak
from side_by_side import Cost, Tool, environment_with, measure, search_path, tools, version_of


def whole_tree(search: str) -> list[Tool]:
    """The rows; the first is what the others are compared with."""
    by_name = {tool.name: tool for tool in tools(search)}
    ours = by_name["feedback-loop scan"]
    return [
        Tool("feedback-loop scan --all", "the index", ours.program, (*ours.arguments, "--all"), ours.version),
        Tool("the same with hints", "the index", ours.program, (*ours.arguments, "--all", "--hints")),
        *(
            Tool(name, "Python files", by_name[name].program, (*by_name[name].arguments, "."))
            for name in ("ast-grep", "ruff")
        ),
    ]


def python_size(tree: Path) -> tuple[int, int]:
    """Python files and lines that git tracks."""
    names = subprocess.run(
        ["git", "-C", str(tree), "ls-files", "-z", "*.py"], check=True, capture_output=True
    )
    paths = [tree / name for name in names.stdout.decode("utf-8", "surrogateescape").split("\0") if name]
    return len(paths), sum(path.read_bytes().count(b"\n") for path in paths if path.is_file())


def report(found: dict[str, Cost], peaks: dict[str, float], compared: list[Tool]) -> None:
    """A markdown table; ratios are of wall time."""
    print("| tool | sees | exit | CPU ms | wall ms | times ours | peak MiB |\n|---|---|---|---|---|---|---|")
    for tool in compared:
        cost = found.get(tool.name)
        if cost is None:
            print(f"| {tool.name} | {tool.sees} | not found | | | | |")
            continue
        ratio, size = cost.wall / found[compared[0].name].wall, peaks[tool.name]
        numbers = f"{cost.cpu:.0f} | {cost.wall:.0f} | {ratio:.2f}x | {size:.0f}"
        print(f"| {tool.name} | {tool.sees} | {cost.code} | {numbers} |")


def main() -> None:
    """Each tree with every tool that is there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trees", nargs="+", type=Path, metavar="TREE", help="a clone with its files")
    parser.add_argument("--peers", type=Path, help="folder with ast-grep and ruff; else PATH")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    search = search_path(given.peers)
    compared = whole_tree(search)
    with tempfile.TemporaryDirectory() as home:
        env = environment_with(search, Path(home))
        print("; ".join(f"{tool.name} {version_of(tool, env)}" for tool in (compared[0], *compared[2:])))
        for tree in given.trees:
            files, lines = python_size(tree)
            print(f"\n{tree.name}: {files} Python files, {lines} lines, {given.runs} runs\n")
            rows = {tool.name: tool.command([]) for tool in compared if tool.program}
            found = measure(rows, tree, env, given.runs)
            report(found, {name: peak([command], tree) for name, command in rows.items()}, compared)


if __name__ == "__main__":
    main()
