"""Failures (issue 8): classified, ingested, remembered in a prompt, and read from a long log.

    python benchmarks/failures.py [--runs 5] [--folder DIR] [--only classify,ingest,prompt,log]

Seconds or milliseconds, medians; the budgets are of wall time. Failures are made of twenty wordings of
databases, pydantic and plain Python over a hundred entities; half of those that are classified have a
traceback as text, which is parsed within the time. A repository is made by git, and what is ingested is a
JUnit file; against a thousand known signatures it is the file of another run. The log has a traceback in
every two hundred lines and is read in a process of its own, whose peak memory is printed.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from feedback_loop.api.context.enhancer import GenerationPromptEnhancer, get_prompt_enhancer
from feedback_loop.api.smoke.candidates import candidate_of, write_gap
from feedback_loop.api.smoke.ingest import IngestOptions, ingest_reports
from feedback_loop.domain.failure import Failure
from feedback_loop.engines.classify.classifier import Classifier
from feedback_loop.formats.traceback import parse_traces
from feedback_loop.workspace import Workspace

CLASSIFIED, INGESTED = 10_000, 1_000
MEGABYTES = 50
WORDINGS = (
    ("sqlite3.IntegrityError", "NOT NULL constraint failed: {table}.{field}"),
    ("sqlite3.IntegrityError", "FOREIGN KEY constraint failed"),
    ("sqlite3.IntegrityError", "UNIQUE constraint failed: {table}.{field}"),
    ("psycopg2.errors.NotNullViolation", 'null value in column "{field}" of relation "{table}" violates it'),
    ("pymysql.err.IntegrityError", "(1062, \"Duplicate entry '{number}' for key '{table}.{field}'\")"),
    ("sqlite3.OperationalError", "no such column: {table}.{field}"),
    ("pydantic.error_wrappers.ValidationError", "1 validation error for {entity}\n{field}\n  field required"),
    (
        "pydantic_core.ValidationError",
        "1 validation error for {entity}\n{field}\n  Input should be a valid int",
    ),
    ("ModuleNotFoundError", "No module named 'shop.{table}'"),
    ("ImportError", "cannot import name '{entity}' from 'shop.models' (/srv/shop/models.py)"),
    ("AttributeError", "'NoneType' object has no attribute '{field}'"),
    ("AttributeError", "'{entity}' object has no attribute '{field}'"),
    ("TypeError", "Object of type {entity} is not JSON serializable"),
    ("TypeError", "create_{table}() missing 1 required positional argument: '{field}'"),
    ("KeyError", "'{field}'"),
    ("IndexError", "list index out of range"),
    ("NameError", "name '{field}' is not defined"),
    ("TimeoutError", "timed out after {number} seconds"),
    ("AssertionError", "assert {number} == 201"),
    ("ValueError", "invalid literal for int() with base 10: '{field}{number}'"),
)


class Made:
    """Failures of one seed, each of its number."""

    def __init__(self, seed: int = 8) -> None:
        self._random = random.Random(seed)

    def words(self, number: int) -> tuple[str, str]:
        """Class and message."""
        exception, wording = WORDINGS[number % len(WORDINGS)]
        entity = number // len(WORDINGS) % 100
        return exception, wording.format(
            entity=f"Entity{entity}",
            table=f"entity{entity}s",
            field=f"field_{number // 2000}",
            number=self._random.randrange(10**6),
        )

    def trace(self, number: int) -> str:
        """The same as a traceback of eight calls."""
        exception, message = self.words(number)
        calls = "".join(
            f'  File "/opt/venv/lib/python3.12/site-packages/web/layer{at}.py", line {at * 7}, in call\n'
            "    return self.app(request)\n"
            for at in range(5)
        )
        own = "".join(
            f'  File "/srv/shop/{name}.py", line {number % 400 + 1}, in {name}_{number // 20 % 100}\n'
            "    session.add(row)\n"
            for name in ("routes", "services", "models")
        )
        return f"Traceback (most recent call last):\n{calls}{own}{exception}: {message}\n"

    def junit(self, count: int, run: str) -> bytes:
        """A report of so many failing tests."""
        cases = []
        for number in range(count):
            exception, message = self.words(number)
            text = self.trace(number).replace("&", "&amp;").replace("<", "&lt;")
            told = quoteattr(f"{exception}: {message}")
            cases.append(
                f'<testcase classname="tests.test_{number % 50}" name="test_{number}">'
                f"<failure message={told}>{text}</failure></testcase>"
            )
        return (
            f'<testsuite name={quoteattr(run)} timestamp="2026-03-01T10:00:00" tests="{count}" '
            f'failures="{count}">{"".join(cases)}</testsuite>'
        ).encode()


class Took(NamedTuple):
    """Seconds, medians; CPU with that of the processes that were started."""

    wall: float
    cpu: float


def timed(work: Callable[[], object]) -> Took:
    """What one run of the work took."""
    start, before = time.perf_counter(), cpu()
    work()
    return Took(time.perf_counter() - start, cpu() - before)


def cpu() -> float:
    """CPU seconds so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def median(took: Sequence[Took]) -> Took:
    """The median of each."""
    return Took(statistics.median(one.wall for one in took), statistics.median(one.cpu for one in took))


def row(what: str, took: Sequence[Took], budget: float = 0, unit: str = "s") -> None:
    """Print one line of the table; `budget` is in seconds, 0 = there is none."""
    scale = 1000 if unit == "ms" else 1
    wall, used = median(took)
    over = " (over)" if 0 < budget < wall else ""
    limit = f"{budget * scale:g} {unit}" if budget else ""
    figures = f"{used * scale:.2f} {unit} | {wall * scale:.2f} {unit}{over} | {limit}"
    print(f"| {what} | {figures} |", flush=True)


def failure_of(made: Made, number: int) -> Failure:
    """A failure, every second with its traceback parsed."""
    exception, message = made.words(number)
    traces = parse_traces(made.trace(number)) if number % 2 else ()
    endpoint = f"POST /entity{number % 100}s/{number}"
    return Failure(exception, message, endpoint, None, traces[0] if traces else None)


def classify(runs: int) -> None:
    """Ten thousand failures, their traces parsed."""

    def work() -> None:
        made, classifier = Made(), Classifier()
        for number in range(CLASSIFIED):
            classifier.classify(failure_of(made, number))

    row(f"{CLASSIFIED:,} failures classified, half with a trace", [timed(work) for _ in range(runs)], 5)


def repository(folder: Path) -> Workspace:
    """An empty library in a repository with one commit."""
    folder.mkdir()
    git = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    (folder / "feedback-loop.toml").write_text("", "utf-8")
    (folder / "patterns").mkdir()
    (folder / "patterns/.gitkeep").touch()
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "start"], check=True)
    return Workspace.open(str(folder))


def known(workspace: Workspace, count: int) -> int:
    """Write so many candidates to the library; gives how many signatures that were."""
    made, classifier = Made(), Classifier(root=workspace.root)
    written: set[str] = set()
    number = 0
    while len(written) < count and number < count * 20:
        told = classifier.classify(failure_of(made, number))
        if told.name not in written:
            write_gap(str(workspace.root), "patterns", candidate_of(told))
            written.add(told.name)
        number += 1
    return len(written)


def take(workspace: Workspace, report: bytes, run: str | None = None) -> None:
    """One ingest."""
    ingest_reports(workspace, [("a.xml", report)], IngestOptions(run=run))


def ingest(folder: Path, runs: int) -> None:
    """A thousand failures with an empty library, the same file again, and another run when all are known."""
    made = Made()
    took = []
    for at in range(runs):
        workspace = repository(folder / f"empty-{at}")
        report = made.junit(INGESTED, "first")
        took.append(timed(partial(take, workspace, report)))
    row(f"{INGESTED:,} failures ingested, none known", took, 3)
    row("the same file again", [timed(partial(take, workspace, report)) for _ in range(runs)], 3)
    workspace = repository(folder / "known")
    count = known(workspace, INGESTED)
    took = []
    for at in range(runs):
        report = made.junit(INGESTED, f"run {at}")
        took.append(timed(partial(take, workspace, report, f"run-{at}")))
    row(f"{INGESTED:,} failures against {count:,} known signatures", took, 3)


def prompt(folder: Path, runs: int) -> None:
    """A prompt against a thousand signatures, of which two runs have shown all."""
    workspace = repository(folder / "prompt")
    count = known(workspace, INGESTED)
    made = Made()
    for run in ("one", "two"):
        take(workspace, made.junit(INGESTED, run), run)
    root = str(workspace.root)
    opened = [timed(partial(get_prompt_enhancer, root)) for _ in range(runs)]
    enhancer = get_prompt_enhancer(root)
    row(f"an enhancer opened over {count:,} signatures", opened, unit="ms")
    row("its first prompt of an entity", [timed(partial(ask, enhancer, 3))], unit="ms")
    row("the next ones", [timed(partial(ask, enhancer, at)) for at in range(50)], 0.05, "ms")
    task = "Write the endpoint that creates Entity5 with field_0 and returns it as JSON"
    prose = [timed(partial(enhancer.enhance_generic_prompt, task)) for _ in range(runs)]
    row("a prompt in prose", prose, 0.05, "ms")
    assert "AVOID" in enhancer.enhance_entity_prompt("Write it.", "Entity7"), "nothing was remembered"


def ask(enhancer: GenerationPromptEnhancer, number: int) -> str:
    """One prompt."""
    return enhancer.enhance_entity_prompt("Write the service.", f"Entity{number}")


def log(folder: Path, runs: int) -> None:
    """A log of fifty megabytes, in a process of its own."""
    made, path = Made(), folder / "app.log"
    line = "2026-03-01 10:00:00,123 INFO [web] 10.0.0.7 GET /entity7s/12 200 in 13 ms, cache hit, worker 3\n"
    with path.open("w", encoding="utf-8") as out:
        number = 0
        while out.tell() < MEGABYTES << 20:
            out.write(line * 200 + made.trace(number))
            number += 1
    took: list[Took] = []
    peaks: list[float] = []
    told: list[str] = []

    def work() -> None:
        command = [sys.executable, __file__, "--read", str(path)]
        told[:] = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    for _ in range(runs):
        took.append(timed(work))
        peaks.append(int(told[1]) / 1024)
    row(f"a log of {MEGABYTES} MB with {int(told[0]):,} tracebacks read", took, 10)
    over = " (over)" if max(peaks) > 200 else ""
    print(f"| peak memory of its process | {statistics.median(peaks):.0f} MiB{over} | | 200 MiB |")


def read(path: str) -> None:
    """What the process of its own does: how many failures, and the peak in KiB."""
    from feedback_loop.formats.log_text import read_log

    found = read_log(Path(path).read_bytes())
    print(len(found.reported), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="where the repositories are made, to be deleted at the end")
    parser.add_argument("--only", default="classify,ingest,prompt,log")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        read(given.read)
        return
    os.environ.setdefault("GIT_CONFIG_GLOBAL", os.devnull)
    wanted = given.only.split(",")
    print("| what | CPU | wall | budget |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        folder = Path(place)
        if "classify" in wanted:
            classify(given.runs)
        if "ingest" in wanted:
            ingest(folder, given.runs)
        if "prompt" in wanted:
            prompt(folder, given.runs)
        if "log" in wanted:
            log(folder, given.runs)


if __name__ == "__main__":
    main()
