"""A hundred regular expressions of a user's over ten thousand added lines, against `re` (PERF-1, PERF-5).

    python benchmarks/regexes.py [--runs 15] [--regexes 100] [--lines 10000]

Milliseconds of CPU in fresh processes, so that nothing is compiled yet; medians over runs that take
turns. What the scan does besides (splitting, counting) is measured with one literal that never occurs,
and taken off: what is left is matching, the expressions' compilation and the findings included.
"""

from __future__ import annotations

import argparse
import gc
import json
import marshal
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from feedback_loop.api.library import compile_library
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.diff import added_file
from feedback_loop.engines.scan import scan
from feedback_loop.workspace import Workspace

IN_ONE_PATTERN = 25
SHAPES = (
    (r"\blegacy_api_{n}\(", "legacy_api_{n}(value)"),
    (r"requests\.get\([^)]*verify_{n}\s*=\s*False", "requests.get(url, verify_{n} = False)"),
    (r"(?:http|ftp)://host{n}\.example\.(?:com|org)/[a-z]+", "url = 'http://host{n}.example.org/path'"),
    (r"#\s*(?:TODO|FIXME|XXX)\(team{n}\)", "value = 1  # TODO(team{n})"),
    (r"^\s*from old_package_{n} import \w+", "from old_package_{n} import name"),
)


def expressions(count: int) -> list[tuple[str, str]]:
    """(expression, a line that it matches)."""
    shapes = (SHAPES[number % len(SHAPES)] for number in range(count))
    pairs = ((regex, line, str(number)) for number, (regex, line) in enumerate(shapes))
    return [(regex.replace("{n}", number), line.replace("{n}", number)) for regex, line, number in pairs]


def write_pattern(folder: Path, name: str, detectors: list[dict[str, str]], bad: list[str]) -> None:
    """One pattern with a bad line for each of its detectors."""
    document = {
        "schema_version": 1,
        "name": name,
        "pattern_id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "severity": "low",
        "guidance": "Do it another way.",
        "detectors": detectors,
    }
    (folder / f"{name}.json").write_text(json.dumps(document))
    examples = "\n".join(bad)
    (folder / f"{name}.md").write_text(
        f"# {name}\n\nA pattern.\n\n## Bad example\n\n```python\n{examples}\n```\n\n"
        "## Good example\n\n```python\nvalue = 1\n```\n"
    )


def library_of(pairs: list[tuple[str, str]]) -> CompiledLibrary:
    """These expressions as detectors; none: the one literal that never occurs."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["git", "init", "-q", name], check=True)
        folder = Path(name) / "patterns"
        folder.mkdir()
        for start in range(0, len(pairs), IN_ONE_PATTERN):
            part = pairs[start : start + IN_ONE_PATTERN]
            detectors = [
                {
                    "id": f"regex_{start + at}",
                    "kind": "regex",
                    "level": "warn",
                    "message": "m",
                    "regex": regex,
                }
                for at, (regex, _) in enumerate(part)
            ]
            write_pattern(folder, f"regexes_{start}", detectors, [line for _, line in part])
        if not pairs:
            literal = {"id": "literal", "kind": "literal", "message": "m", "text": "never in the lines"}
            write_pattern(folder, "literal", [literal], ["# never in the lines"])
        library, _ = compile_library(Workspace.open(name))
    if library.problems or library.disabled or len(library.detectors) != max(1, len(pairs)):
        sys.exit(f"the expressions do not compile: {library.problems} {library.disabled}")
    return library


def added_lines(pairs: list[tuple[str, str]], lines: int, hits: int) -> str:
    """Ordinary code with this many matching lines spread over it."""
    text = [f"    value_{row} = compute({row}, row='row {row}')  # step {row}" for row in range(lines)]
    for number in range(hits):
        text[number * lines // hits] = pairs[number % len(pairs)][1]
    return "\n".join(text) + "\n"


# -- one measurement, in a process of its own ------------------------------------------------------


def measured(case: str, folder: Path) -> float:
    """Milliseconds of the case's work alone."""
    text = (folder / "text").read_bytes()
    regexes: list[str] = json.loads((folder / "regexes.json").read_text())
    work = works(folder, text, regexes)[case]
    gc.disable()
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / 1e6


def works(folder: Path, text: bytes, regexes: list[str]) -> dict[str, Callable[[], object]]:
    """What is compared, by name; the engines are imported beforehand."""
    import re2

    options = re2.Options()
    options.never_nl, options.log_errors = True, False
    change = added_file(text, b"module.py")
    forms = [f"(?m)(?:{regex})" for regex in regexes]
    libraries = {
        name: CompiledLibrary.from_tuple(marshal.loads((folder / f"{name}.bin").read_bytes()))
        for name in ("none", "all")
    }
    decoded = text.decode()
    return {
        "scan, one literal": lambda: scan([change], libraries["none"]),
        "scan, all": lambda: scan([change], libraries["all"]),
        "re2 one by one": lambda: [list(re2.compile(one.encode(), options).finditer(text)) for one in forms],
        "re over joined lines": lambda: [list(re.compile(one).finditer(decoded)) for one in forms],
    }


CASES = ("scan, one literal", "scan, all", "re2 one by one", "re over joined lines")


def medians(folder: Path, runs: int) -> dict[str, float]:
    """Each case in fresh processes, taking turns."""
    samples: dict[str, list[float]] = {case: [] for case in CASES}
    for _ in range(runs):
        for case in CASES:
            command = [sys.executable, __file__, "--measure", case, "--folder", str(folder)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            samples[case].append(float(done.stdout))
    return {case: statistics.median(found) for case, found in samples.items()}


def main() -> None:
    """Without a match, with a few, and with one on each tenth line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--regexes", type=int, default=100)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--measure", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(measured(given.measure, given.folder))
        return
    pairs = expressions(given.regexes)
    print(
        f"{given.regexes} expressions, {given.lines} added lines: CPU ms, medians of {given.runs} cold runs\n"
    )
    print("| matching lines | in the scan | re2 one by one | `re` over joined lines | scan against `re` |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "none.bin").write_bytes(marshal.dumps(library_of([]).to_tuple()))
        (folder / "all.bin").write_bytes(marshal.dumps(library_of(pairs).to_tuple()))
        (folder / "regexes.json").write_text(json.dumps([regex for regex, _ in pairs]))
        for hits in (0, min(10, given.lines), given.lines // 10):
            (folder / "text").write_text(added_lines(pairs, given.lines, hits))
            found = medians(folder, given.runs)
            ours = found["scan, all"] - found["scan, one literal"]
            singly, other = found["re2 one by one"], found["re over joined lines"]
            print(f"| {hits} | {ours:.1f} | {singly:.1f} | {other:.1f} | {ours / other:.3f}x |")


if __name__ == "__main__":
    main()
