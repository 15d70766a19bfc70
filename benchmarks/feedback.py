"""Ratings: what it takes to write, read, analyse and report 10,000 of them, and 100,000.

    python benchmarks/feedback.py [--folder DIR]

Seconds of wall time inside one process, in a repository of its own below FOLDER. `cold` makes the index and
the analysis, `uncached` the analysis alone, `warm` finds it in the cache. At last a thousand captures at
once, of which none may be lost. The seeds are fixed: prompts have some thirty words of a vocabulary that is
used as unevenly as a language. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from feedback_loop.api.feedback.analysis import analyze_ratings
from feedback_loop.api.feedback.database import FeedbackDatabase
from feedback_loop.api.feedback.entry import FeedbackEntry
from feedback_loop.api.feedback.report import periods_with_data, report_ratings

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TAGS, FRAMEWORKS = ("code", "content", "research"), ("chain-of-thought", "few-shot", "direct")


def made(n: int) -> list[FeedbackEntry]:
    """Entries of the last day or so, one a second."""
    chance = random.Random(n)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(3000)]
    words += ["json", "example", "must", "step"]
    return [_entry(chance, words, NOW - timedelta(seconds=number)) for number in range(n)]


def _entry(chance: random.Random, words: list[str], at: datetime) -> FeedbackEntry:
    prompt = [words[min(int(chance.paretovariate(0.5)), len(words) - 1)] for _ in range(30)]
    stars = 5 if chance.random() < 0.6 else chance.choice((1, 2, 3))
    return FeedbackEntry(
        " ".join(prompt),
        " ".join(chance.choices(words, k=60)),
        stars,
        tags=[tag for tag in TAGS if chance.random() < 0.3],
        timestamp=at.isoformat(),
        context={"framework": chance.choice(FRAMEWORKS), "techniques": ["self-review"]},
    )


def analyses(folder: str, n: int) -> None:
    """Cold, uncached and warm analyses of n ratings in a new repository."""
    subprocess.run(["git", "init", "-q", folder], check=True)
    database = FeedbackDatabase(folder, clock=lambda: NOW)
    entries = made(n)
    _timed(f"insert_many of {n:,}", lambda: database.insert_many(entries))
    at = int(NOW.timestamp())
    for name, use_cache in (("cold", True), ("uncached", False), ("warm", True), ("warm", True)):
        _timed(
            f"analyze {n:,} {name}",
            lambda cached=use_cache: analyze_ratings(database, as_of=at, use_cache=cached),
        )
    reports(database, n)
    readings(database, n)


def readings(database: FeedbackDatabase, n: int) -> None:
    """Numbers of n ratings and the newest, on an index that is there; one rating more, and its process."""
    _timed(f"get_statistics {n:,} warm", database.get_statistics)
    _timed(f"get_feedback {n:,} newest 20", lambda: database.get_feedback(limit=20))
    _timed(f"get_feedback {n:,} all", database.get_feedback)
    one = FeedbackEntry("a", "b", 5, timestamp=NOW.isoformat())
    _timed(f"insert_feedback beside {n:,}", lambda: database.insert_feedback(one))
    command = [sys.executable, "-m", "feedback_loop", "feedback", "capture", "-C", database.workspace.root]
    for number in range(3):
        options = ["--prompt", f"prompt {number}", "--output", "o", "--rating", "4"]
        _timed(
            f"capture beside {n:,}, process",
            lambda more=options: subprocess.run([*command, *more], check=True, stdout=subprocess.DEVNULL),
        )


def writers(folder: str, processes: int, each: int) -> None:
    """Processes that capture at once: nothing may be lost."""
    subprocess.run(["git", "init", "-q", folder], check=True)
    script = (
        "import sys; from feedback_loop import FeedbackDatabase, capture_feedback\n"
        "for number in range(int(sys.argv[2])):\n"
        "    capture_feedback(f'{sys.argv[1]} {number}', 'o', 4, db=FeedbackDatabase(sys.argv[3]))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(place), str(each), folder])
        for place in range(processes)
    ]
    codes = {process.wait() for process in running}
    found = FeedbackDatabase(folder).get_statistics()["total_count"]
    print(f"{processes * each} captures at once by {processes} processes: {found} there, exits {codes}")


def reports(database: FeedbackDatabase, n: int) -> None:
    """A report of n ratings, all in its week, and the list of periods, on an index that is there."""
    at = int(NOW.timestamp())
    for _ in range(2):
        _timed(f"report {n:,} warm", lambda: report_ratings(database, as_of=at))
    _timed(f"report --list {n:,}", lambda: periods_with_data(database, as_of=at))


def _timed(name: str, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    print(f"{name:<34} {time.perf_counter() - start:7.2f} s")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", help="where the repositories are made")
    folder = parser.parse_args().folder
    for n in (10_000, 100_000):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            analyses(place, n)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        writers(place, 20, 50)


if __name__ == "__main__":
    main()
