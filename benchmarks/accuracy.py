"""How often we are right, against an independent linter, on the lines that real commits added.

    python benchmarks/accuracy.py REPOSITORY… [--commits 500] [--peers FOLDER] [--list FILE]
    python benchmarks/accuracy.py REPOSITORY… --tree [--sample 30] [--list FILE]

Both read the same commits; findings join on path and first-anchor row (ACC-2). `--list` writes every
disagreement with its source line; what a person says of it is kept in labels.jsonl beside this file and
counted. `--tree` samples findings of the detectors without a twin from the newest tree, to be labelled.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from feedback_loop.api.library import compile_library
from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.diff import added_file
from feedback_loop.domain.finding import ScanResult
from feedback_loop.domain.globs import matches
from feedback_loop.domain.languages import language_of
from feedback_loop.engines.scan import scan
from feedback_loop.formats.patch import parse_patch
from feedback_loop.stores.git import _ALWAYS, _DIFF_CONFIG, _DIFF_FLAGS
from feedback_loop.workspace import Workspace

HERE = Path(__file__).resolve().parent
LABELS = HERE / "labels.jsonl"
EXTRA_PATTERNS = HERE / "rules" / "feedback-loop"
TWINS = {
    "bare_except": "E722",
    "print_call": "T201",
    "mktemp": "S306",
    "nan_compare": "PLW0177",
    "open_without_with": "SIM115",
    "mutable_default": "B006",
    "shell_true": "S602",
}
RULES = {rule: detector for detector, rule in TWINS.items()}
ENOUGH = 30  # positives below which nothing is claimed
CHUNK = 50  # commits for one run of the linter: its start costs more than its work
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
RUFF = ("check", "--isolated", "--no-cache", "--ignore-noqa", "--exit-zero", "--output-format", "json")
RUFF_RULES = ("--target-version", "py311", "--select", ",".join(RULES))

Place = tuple[bytes, int, str]  # path, row, detector


@dataclass
class NewFile:
    """One side-by-side file of a diff, read by this script alone: rows count from 1."""

    path: bytes
    symlink: bool = False
    old: list[bytes] = field(default_factory=list)
    new: list[bytes] = field(default_factory=list)
    added: set[int] = field(default_factory=set)
    before: dict[int, int] = field(default_factory=dict)  # row of a kept line -> its old row


@dataclass
class Commit:
    """What both sides found in one commit."""

    name: str
    files: dict[bytes, NewFile]
    result: ScanResult
    theirs: set[Place] = field(default_factory=set)
    theirs_before: set[Place] = field(default_factory=set)
    unparsed: set[bytes] = field(default_factory=set)


@dataclass(frozen=True)
class Row:
    """One place that one or both sides name. `side`: both, ours, theirs."""

    repo: str
    commit: str
    path: str
    line: int
    rule: str
    side: str
    source: str

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """What a label is kept under."""
        return (self.repo, self.commit, self.path, self.line, self.rule)


@dataclass
class Totals:
    """Counts over all commits of all repositories."""

    commits: int = 0
    files: int = 0
    added: int = 0
    findings: int = 0
    off_added: int = 0
    unparsed: int = 0
    new: Counter[str] = field(default_factory=Counter)  # linter findings that the commit made
    new_elsewhere: Counter[str] = field(default_factory=Counter)  # those of them off the added lines


# -- git ---------------------------------------------------------------------------------------


def git(repository: Path, *arguments: str) -> bytes:
    """What git prints; with the scan's own flags."""
    command = ["git", f"--git-dir={repository}", *_ALWAYS, *_DIFF_CONFIG, *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def last_commits(repository: Path, count: int) -> list[tuple[str, str]]:
    """(commit, parent) of the newest commits that are no merges; 0: the newest tree as if all were new."""
    if not count:
        return [(git(repository, "rev-parse", "HEAD").decode().strip(), EMPTY_TREE)]
    log = git(repository, "rev-list", "--no-merges", "--parents", f"-n{count}", "HEAD").decode()
    names = [[*line.split(), EMPTY_TREE] for line in log.splitlines()]
    return [(one[0], one[1]) for one in names]


def diff(repository: Path, parent: str, commit: str, *form: str) -> bytes:
    """The commit's diff with full context; of Python files alone where a snapshot lacks large objects."""
    command = ("diff-tree", "-r", *_DIFF_FLAGS, *form, "-p", "-U1000000", parent, commit, "--")
    try:
        return git(repository, *command)
    except subprocess.CalledProcessError:
        names = git(repository, "diff-tree", "-r", "-z", "--name-only", "--no-renames", parent, commit)
        paths = [path.decode("utf-8", "surrogateescape") for path in names.split(b"\0")]
        paths = [path for path in paths if path.endswith((".py", ".pyi"))]
        return git(repository, *command, *paths) if paths else b""


def read_diff(data: bytes) -> Iterator[NewFile]:
    """A reader of its own, so that ours is checked: by names in the headers and counts in `@@` lines."""
    lines = iter(data.split(b"\n"))
    file: NewFile | None = None
    symlink = False
    for line in lines:
        if line.startswith(b"diff --git "):
            file, symlink = None, False
        elif line.startswith((b"new file mode 120000", b"new mode 120000")) or line.endswith(b" 120000"):
            symlink = True
        elif line.startswith(b"+++ ") and line != b"+++ /dev/null":
            file = NewFile(unquoted(line[4:].removesuffix(b"\t"))[2:], symlink)
        elif line.startswith(b"@@ -") and file is not None:
            read_hunk(line, lines, file)
            yield file


def read_hunk(header: bytes, lines: Iterator[bytes], file: NewFile) -> None:
    """As many lines as the header promises; nothing in them can end the hunk early."""
    spans = [part.partition(b",") for part in header.split(b" ")[1:3]]
    left_old, left_new = (int(count or b"1") for _, _, count in spans)
    while left_old or left_new:
        line = next(lines)
        mark, text = line[:1], line[1:]
        if mark in (b" ", b"-"):
            file.old.append(text)
            left_old -= 1
        if mark in (b" ", b"+"):
            file.new.append(text)
            left_new -= 1
        if mark == b"+":
            file.added.add(len(file.new))
        elif mark == b" ":
            file.before[len(file.new)] = len(file.old)


def unquoted(name: bytes) -> bytes:
    """git quotes names with controls, quotes or backslashes in C's way."""
    if not name.startswith(b'"'):
        return name
    short = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
    return re.sub(
        rb"\\([0-7]{3}|.)",
        lambda found: bytes([int(found[1], 8)]) if len(found[1]) == 3 else short.get(found[1], found[1]),
        name[1:-1],
    )


# -- the two sides -----------------------------------------------------------------------------


def open_libraries(scratch: Path) -> CompiledLibrary:
    """The core patterns and those beside this script, in a repository of their own."""
    subprocess.run(["git", "init", "-q", str(scratch)], check=True)
    shutil.copytree(HERE.parent / "patterns", scratch / "patterns")
    for file in sorted(EXTRA_PATTERNS.glob("*")):
        shutil.copy(file, scratch / "patterns")
    library, _ = compile_library(Workspace.open(str(scratch)))
    for problem in (*library.problems, *(f"{rule}: {reason}" for rule, reason in library.disabled)):
        print(f"not run: {problem}", file=sys.stderr)
    return library


def read_commit(repository: Path, parent: str, name: str, library: CompiledLibrary) -> Commit:
    """Our findings, and the touched Python files as this script reads them."""
    result = scan(parse_patch([diff(repository, parent, name, "--raw", "-z")]), library)
    files = {file.path: file for file in read_diff(diff(repository, parent, name)) if is_python(file)}
    return Commit(name, files, result, unparsed={one.path for one in result.not_checked})


def is_python(file: NewFile) -> bool:
    """Whether a detector of ours would look at it as Python."""
    first = file.new[0] if file.new else b""
    return not file.symlink and language_of(file.path.decode("utf-8", "replace"), first) == "python"


def ask_linter(ruff: str, commits: list[Commit]) -> None:
    """Run the linter once on the old and the new texts of all files of these commits."""
    with tempfile.TemporaryDirectory() as scratch:
        texts: list[tuple[Commit, NewFile, bool]] = [
            (commit, file, old)
            for commit in commits
            for file in commit.files.values()
            for old in (False, True)
        ]
        for number, (_, file, old) in enumerate(texts):
            suffix = ".pyi" if file.path.endswith(b".pyi") else ".py"
            (Path(scratch) / f"{number}{suffix}").write_bytes(
                b"\n".join(file.old if old else file.new) + b"\n"
            )
        command = [ruff, *RUFF, *RUFF_RULES, scratch]
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    for one in found:
        commit, file, old = texts[int(Path(one["filename"]).stem)]
        detector = RULES.get(one["code"] or "")
        if detector is None:
            commit.unparsed.add(file.path)  # its parser gave up
            continue
        row = git_row(file.old if old else file.new, one["location"]["row"])
        (commit.theirs_before if old else commit.theirs).add((file.path, row, detector))


def git_row(lines: list[bytes], row: int) -> int:
    r"""The linter ends lines at a lone `\r` too; git does not."""
    passed = 0
    for number, line in enumerate(lines, 1):
        passed += 1 + line.removesuffix(b"\r").count(b"\r")
        if passed >= row:
            return number
    return len(lines)


# -- joining -----------------------------------------------------------------------------------


def in_scope(path: bytes, detector: CompiledDetector | None, library: CompiledLibrary) -> bool:
    """Whether the detector looks at the file at all: what it is exempt from is no miss."""
    text = path.decode("utf-8", "surrogateescape")
    return detector is not None and not matches(detector.exclude, text) and not matches(library.exclude, text)


def judge(repo: str, commit: Commit, library: CompiledLibrary, totals: Totals) -> Iterator[Row]:
    """Every place that one or both name, in files that both read and the detector's scope holds."""
    detectors = {one.detector: one for one in library.detectors}
    totals.commits += 1
    totals.files += len(commit.files)
    totals.added += sum(len(file.added) for file in commit.files.values())
    totals.unparsed += len(commit.unparsed)
    ours = set()
    for one in commit.result.findings:
        file = commit.files.get(one.path)
        rows = {row for span in one.anchors for row in range(span[0], span[2] + 1)}
        totals.findings += 1
        totals.off_added += file is None or not rows & file.added
        ours.add((one.path, one.anchors[0][0], one.detector))
    usable = {
        place
        for place in commit.theirs
        if place[0] not in commit.unparsed and in_scope(place[0], detectors.get(place[2]), library)
    }
    count_elsewhere(commit, usable, totals)
    theirs = {(path, row, rule) for path, row, rule in usable if row in commit.files[path].added}
    known = {place for place in ours if place[2] in TWINS and place[0] not in commit.unparsed}
    for place in sorted(known | theirs):
        side = "theirs" if place not in known else "both" if place in usable else "ours"
        path, row, rule = place
        source = commit.files[path].new[row - 1].decode("utf-8", "replace").strip()
        yield Row(repo, commit.name[:12], path.decode("utf-8", "backslashreplace"), row, rule, side, source)


def count_elsewhere(commit: Commit, usable: set[Place], totals: Totals) -> None:
    """The honest limit of an added-line scan (ACC-4): new findings on lines that were there before."""
    for path, row, rule in usable:
        before = commit.files[path].before.get(row)
        if before is None:
            totals.new[rule] += 1
        elif (path, before, rule) not in commit.theirs_before:
            totals.new[rule] += 1
            totals.new_elsewhere[rule] += 1


def read_labels() -> dict[tuple[str, str, str, int, str], str]:
    """What a person said of a place: ours_right, theirs_right, exempt, both."""
    if not LABELS.exists():
        return {}
    entries = [json.loads(line) for line in LABELS.read_text().splitlines() if line]
    return {
        (one["repo"], one["commit"], one["path"], one["line"], one["rule"]): one["label"] for one in entries
    }


def wilson(hits: int, total: int) -> str:
    """A share with its 95 % interval."""
    if total < ENOUGH:
        return f"not measured ({hits}/{total})"
    share, z = hits / total, 1.96
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return f"{share:.3f} [{max(0.0, middle - half):.3f}, {min(1.0, middle + half):.3f}] n={total}"


# -- reports -----------------------------------------------------------------------------------


def table(rows: list[Row], detectors: dict[str, CompiledDetector], totals: Totals) -> str:
    """One line a pair; a label moves a disagreement to where it belongs, `both` and `exempt` out of it."""
    labels = read_labels()
    out = [
        "| detector | level | twin | both | only ours | only theirs | not labelled | precision | recall "
        "| new, off the added lines |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for detector, twin in TWINS.items():
        if detector not in detectors:
            continue
        named = [row for row in rows if row.rule == detector]
        count = Counter((row.side, labels.get(row.key, "")) for row in named)
        agreed = sum(1 for row in named if row.side == "both")
        ours, theirs = (sum(1 for row in named if row.side == side) for side in ("ours", "theirs"))
        unknown = count["ours", ""] + count["theirs", ""]
        right = agreed - count["both", "theirs_right"] + count["ours", "ours_right"]
        wrong = count["ours", ""] + count["ours", "theirs_right"] + count["both", "theirs_right"]
        missed = count["theirs", ""] + count["theirs", "theirs_right"]
        level = detectors[detector].level
        elsewhere = f"{totals.new_elsewhere[detector]}/{totals.new[detector]}"
        out.append(
            f"| {detector} | {level} | {twin} | {agreed} | {ours} | {theirs} | {unknown} | "
            f"{wilson(right, right + wrong)} | {wilson(right, right + missed)} | {elsewhere} |"
        )
    return "\n".join(out)


def compare(repositories: list[Path], count: int, ruff: str, listing: Path | None) -> int:
    """The paired run over commits; the number of findings off the added lines is the exit code."""
    totals, rows = Totals(), []
    with tempfile.TemporaryDirectory() as scratch:
        library = open_libraries(Path(scratch) / "library")
    detectors = {one.detector: one for one in library.detectors}
    for repository in repositories:
        found = []
        pairs = last_commits(repository, count)
        for start in range(0, len(pairs), CHUNK):
            chunk = [
                read_commit(repository, parent, name, library)
                for name, parent in pairs[start : start + CHUNK]
            ]
            ask_linter(ruff, chunk)
            found += [row for commit in chunk for row in judge(title(repository), commit, library, totals)]
        print(f"{title(repository)}: {dict(Counter((row.rule, row.side) for row in found))}", file=sys.stderr)
        rows += found
    version = subprocess.run([ruff, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"{version}; {', '.join(map(title, repositories))}")
    print(f"{totals.commits} commits, {totals.files} Python files, {totals.added} added lines, ", end="")
    print(f"{totals.unparsed} files not parsed by one side (left out)\n")
    print(table(rows, detectors, totals))
    share = wilson(totals.new_elsewhere.total(), totals.new.total())
    print(f"\nfindings off the added lines: {totals.off_added} of {totals.findings}")
    print(f"linter findings that a commit made, off its added lines: {share}")
    if listing:
        differing = [row for row in rows if row.side != "both"]
        listing.write_text("".join(json.dumps(vars(row), ensure_ascii=False) + "\n" for row in differing))
    return min(totals.off_added, 1)


def title(repository: Path) -> str:
    """`owner/name` of a bare clone's folder."""
    name = repository.parent.name if repository.name in ("repo", ".git") else repository.name
    return name.replace("+", "/")


def sample_trees(repositories: list[Path], size: int, listing: Path | None) -> int:
    """Findings of each detector without a twin, over the newest trees, and what people said of them."""
    with tempfile.TemporaryDirectory() as scratch:
        library = open_libraries(Path(scratch) / "library")
    rows: dict[str, dict[Row, None]] = {}
    for row in (row for repository in repositories for row in tree_findings(repository, library)):
        rows.setdefault(row.rule, {})[row] = None  # one for a line, as a person sees it
    labels, levels = read_labels(), {one.detector: one.level for one in library.detectors}
    sampled = []
    print("| detector | level | found | sampled | labelled | precision |\n|---|---|---|---|---|---|")
    for detector in sorted(set(levels) - set(TWINS)):
        found = list(rows.get(detector, {}))
        picked = found if len(found) <= size else random.Random(0).sample(found, size)
        said = [labels[row.key] for row in found if row.key in labels]
        share = wilson(said.count("ours_right"), len(said) - said.count("both"))
        print(f"| {detector} | {levels[detector]} | {len(found)} | {len(picked)} | {len(said)} | {share} |")
        sampled += picked
    if listing:
        listing.write_text("".join(json.dumps(vars(row), ensure_ascii=False) + "\n" for row in sampled))
    return 0


def tree_findings(repository: Path, library: CompiledLibrary) -> Iterator[Row]:
    """Every finding in the Python files of the newest tree."""
    head = git(repository, "rev-parse", "HEAD").decode().strip()
    for file in filter(is_python, read_diff(diff(repository, EMPTY_TREE, head))):
        text = b"\n".join(file.new) + b"\n"
        for one in scan([added_file(text, file.path)], library).findings:
            line, path = one.anchors[0][0], one.path.decode("utf-8", "backslashreplace")
            source = file.new[line - 1].decode("utf-8", "replace").strip()
            yield Row(title(repository), head[:12], path, line, one.detector, "ours", source)


def main() -> int:
    """Compare over commits, or sample trees."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+", type=Path, metavar="REPOSITORY", help="a git directory")
    parser.add_argument("--commits", type=int, default=500, help="0: the newest tree as one commit")
    parser.add_argument("--peers", type=Path, help="folder with ruff; else PATH")
    parser.add_argument("--list", type=Path, dest="listing", help="where to write what is to be labelled")
    parser.add_argument("--tree", action="store_true")
    parser.add_argument("--sample", type=int, default=30)
    given = parser.parse_args()
    if given.tree:
        return sample_trees(given.repositories, given.sample, given.listing)
    ruff = shutil.which("ruff", path=str(given.peers) if given.peers else None)
    if ruff is None:
        parser.error("ruff not found: it is the independent side")
    return compare(given.repositories, given.commits, ruff, given.listing)


if __name__ == "__main__":
    sys.exit(main())
