"""What logging, repeating, exporting and saving cost a `MetricsCollector` (A28).

    python benchmarks/collector.py [--runs 5]

CPU seconds, the least of the runs: the machine is shared. The budget is 1.5 s for 100,000 distinct bugs;
beside it a loop that makes and keeps the same number of entries without looking at them, so that machines
can be compared. The microseconds for one bug must not grow with their number.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime

from feedback_loop import MetricsCollector

SIZES = (1_000, 10_000, 100_000)
SAVED = 10_000


def cpu(work: Callable[[], object], runs: int) -> float:
    """Seconds of this process, the least of the runs."""
    found = []
    for _ in range(runs):
        gc.collect()
        start = time.process_time_ns()
        work()
        found.append((time.process_time_ns() - start) / 1e9)
    return min(found)


def log(count: int, distinct: int) -> MetricsCollector:
    """A collector after so many bugs, so many of them different."""
    collector = MetricsCollector()
    for number in range(count):
        collector.log_bug(
            pattern="bounds_checking",
            error=f"IndexError: list index out of range, case {number % distinct}",
            code="first = items[0]",
            file_path="api/views.py",
            line=number % 500,
        )
    return collector


def keep(count: int) -> list[dict[str, object]]:
    """The floor: as many entries of the same shape."""
    kept: list[dict[str, object]] = []
    for number in range(count):
        time_text = datetime.now(UTC).isoformat(timespec="seconds")
        entry: dict[str, object] = {
            "pattern": "bounds_checking",
            "error": f"IndexError: list index out of range, case {number}",
            "code": "first = items[0]",
            "file_path": "api/views.py",
            "line": number % 500,
            "stack_trace": None,
            "timestamp": time_text,
            "count": 1,
            "first_seen": time_text,
            "daily": {time_text[:10]: 1},
        }
        kept.append(entry)
    return kept


def save() -> None:
    """Print what one segment costs, and what it costs to find that all of it is there."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        collector, other = log(SAVED, SAVED), MetricsCollector()
        other.load_from_json(collector.export_json())
        print(f"| save {SAVED:,} | {cpu(lambda: collector.save(folder), 1):.2f} |")
        print(f"| the same again | {cpu(lambda: collector.save(folder), 1):.2f} |")
        print(f"| the same from JSON | {cpu(lambda: other.save(folder), 1):.2f} |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    print(f"CPU seconds, least of {runs} runs\n\n| what | seconds | of one, µs |\n|---|---|---|")
    for size in SIZES:
        took = cpu(lambda size=size: log(size, size), runs)
        over = " (over)" if size == 100_000 and took > 1.5 else ""
        print(f"| log {size:,} distinct bugs | {took:.3f}{over} | {took / size * 1e6:.1f} |")
    floor = cpu(lambda: keep(SIZES[-1]), runs)
    print(f"| keep {SIZES[-1]:,} entries unseen | {floor:.3f} | {floor / SIZES[-1] * 1e6:.1f} |")
    repeats = cpu(lambda: log(SIZES[-1], 100), runs)
    print(f"| log {SIZES[-1]:,} repeats of 100 bugs | {repeats:.3f} | {repeats / SIZES[-1] * 1e6:.1f} |")
    big = log(SIZES[-1], SIZES[-1])
    text = big.export_json()
    for name, work in (("export", big.export_json), ("load", lambda: big.load_from_json(text))):
        took = cpu(work, 1)
        print(f"| {name} {SIZES[-1]:,} | {took:.3f} | {took / SIZES[-1] * 1e6:.1f} |")
    print("\n| store | seconds |\n|---|---|")
    save()


if __name__ == "__main__":
    main()
