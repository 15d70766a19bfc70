"""The event store: one event durably written, and a hundred thousand read back (issue 5, G16).

    python benchmarks/events.py [--events 100000] [--single 200] [--folder DIR]

Milliseconds of wall time for single events (the disk's `fsync` is most of it, so name a FOLDER on the disk
that counts), seconds for the rest; the reading happens in a process of its own, whose peak memory is
told less what an idle one takes. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from feedback_loop.domain.event import Event
from feedback_loop.formats.records import make_event
from feedback_loop.stores.compaction import compact_events
from feedback_loop.stores.events import append_events, read_events

PATTERNS = ("bounds_checking", "specific_exceptions", "numpy_json_serialization", "temp_file_handling")


def event(number: int) -> Event:
    """An event as a collector makes it; a few thousand fall on each day of a year."""
    data = {
        "error": f"IndexError: list index out of range ({number})",
        "code": "first = items[0]",
        "file_path": f"src/package/module_{number % 97}.py",
        "line": number % 900,
    }
    day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00Z"
    return make_event(
        "bug",
        day,
        data,
        patterns=[PATTERNS[number % 4]],
        by=f"{number % 7:012x}",
        commit=f"{number % 500:040x}",
    )


def timed_writes(root: str, count: int) -> list[float]:
    """Milliseconds for each of so many events, one call each."""
    took = []
    for number in range(count):
        one = event(10_000_000 + number)
        start = time.perf_counter()
        append_events(root, [one])
        took.append((time.perf_counter() - start) * 1000)
    return took


def timed_floor(folder: Path, count: int) -> list[float]:
    """Milliseconds for what no durable writer can do without: a file and its folder, both synced."""
    folder.mkdir()
    descriptor = os.open(folder, os.O_RDONLY)
    took = []
    for number in range(count):
        start = time.perf_counter()
        with (folder / str(number)).open("wb") as file:
            file.write(b"x" * 400)
            file.flush()
            os.fsync(file.fileno())
        os.fsync(descriptor)
        took.append((time.perf_counter() - start) * 1000)
    os.close(descriptor)
    return took


def read_alone(root: str) -> dict[str, float]:
    """What a process of its own needs to read everything."""
    command = [sys.executable, __file__, "--read", root]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout))


def peak_kib() -> int:
    """The most memory this process has had; `getrusage` would count its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def read_and_tell(root: str) -> None:
    """In the process of its own: read, and print the figures as JSON."""
    before = peak_kib()
    start, cpu = time.perf_counter(), time.process_time()
    found = read_events(root)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = (peak_kib() - before) / 1024
    figures = {"events": len(found.events), "problems": len(found.problems)}
    print(json.dumps(figures | {"wall": wall, "cpu": cpu, "mib": peak}))


def show(name: str, figures: dict[str, float]) -> None:
    """One line of figures."""
    print(
        f"{name:<34} {figures['wall']:6.2f} s wall {figures['cpu']:6.2f} s CPU {figures['mib']:6.0f} MiB "
        f"({figures['events']:.0f} events, {figures['problems']:.0f} problems)"
    )


def main() -> None:
    """Write, read, compact, read again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--single", type=int, default=200)
    parser.add_argument("--folder")
    parser.add_argument("--read")
    given = parser.parse_args()
    if given.read:
        return read_and_tell(given.read)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        single = str(Path(folder) / "single")
        took = timed_writes(single, given.single)
        quantiles = statistics.quantiles(took, n=100)
        print(f"one event durably written: {statistics.median(took):.2f} ms median, {quantiles[94]:.2f} p95")
        floor = statistics.median(timed_floor(Path(folder) / "floor", given.single))
        print(f"its floor, two fsyncs: {floor:.2f} ms median; {statistics.median(took) / floor:.2f}x")
        start = time.perf_counter()
        events = [event(number) for number in range(given.events)]
        print(f"{given.events} events made (masked, hashed): {time.perf_counter() - start:.2f} s")
        bulk = str(Path(folder) / "bulk")
        start = time.perf_counter()
        append_events(bulk, events)
        print(f"the same appended as segments: {time.perf_counter() - start:.2f} s")
        show("segments read", read_alone(bulk))
        loose = str(Path(folder) / "loose")
        few = events[: given.events // 20]
        for begin in range(0, len(few), 100):
            append_events(loose, few[begin : begin + 100])
        show("a twentieth of them, loose, read", read_alone(loose))
        start = time.perf_counter()
        compact_events(loose, loose + "/state", "2027-01-01T00:00:00Z")
        print(f"these compacted: {time.perf_counter() - start:.2f} s")
        show("and read again", read_alone(loose))
    return None


if __name__ == "__main__":
    main()
