"""The event store: one event written, a hundred thousand read back, a million reported (issue 5, G16).

    python benchmarks/events.py [--events 100000] [--single 200] [--folder DIR]
    python benchmarks/events.py --report 1000000 [--runs 5] [--folder DIR]
    python benchmarks/events.py --processes 64 --each 1000 [--folder DIR]
    python benchmarks/events.py --branches 200 [--folder DIR]

Milliseconds of wall time for single events (the disk's `fsync` is most of it, so name a FOLDER on the disk
that counts), seconds for the rest; the reading happens in a process of its own, whose peak memory is
told less what an idle one takes. `--report` runs `feedback-loop report` and `analyze` without a cache
and with it. Nothing is asserted but what must never fail: with `--processes` that each event is there,
with `--branches` that every merge of two branches that both recorded is without conflict and loses none.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

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


# -- a million, reported -----------------------------------------------------------------------------

KINDS = ("bug", "test_failure", "review", "deployment", "performance")
NAMES = (*PATTERNS, *(f"pattern_{number}" for number in range(36)))
WORDS = (
    "list",
    "index",
    "out",
    "of",
    "range",
    "in",
    "the",
    "reader",
    "header",
    "upload",
    "timeout",
    "refused",
)


def varied(number: int, total: int, luck: random.Random) -> Event:
    """One of `total` events of five kinds and forty patterns over 24 months; half of the bugs come back."""
    kind = luck.choices(KINDS, (45, 30, 15, 5, 5))[0]
    day = 730 * number // total
    clock = f"T{luck.randrange(24):02}:{luck.randrange(60):02}:{luck.randrange(60):02}Z"
    at = f"{2024 + day // 365}-{day % 365 // 31 + 1:02}-{day % 365 % 31 % 28 + 1:02}{clock}"
    fields: dict[str, dict[str, Any]] = {
        "bug": {
            "error": f"IndexError: {luck.randrange(2000) if luck.random() < 0.5 else number}",
            "code": text(luck, 12),
            "file_path": f"src/package/module_{luck.randrange(97)}.py",
            "line": luck.randrange(900),
        },
        "test_failure": {
            "test_name": f"tests/test_{luck.randrange(60)}.py::test_{luck.randrange(40)}",
            "failure_reason": text(luck, 8),
            "occurrence": {"run": f"ci-{day}", "test": "t", "index": number},
        },
        "review": {
            "issue_type": "missing_check",
            "severity": luck.choice(("low", "medium", "high", "critical")),
            "file_path": f"src/package/module_{luck.randrange(97)}.py",
            "suggestion": text(luck, 12),
        },
        "deployment": {"issue_type": "timeout", "environment": "prod", "root_cause": text(luck, 8)},
        "performance": {"metric_type": "latency", "details": {"p95": luck.randrange(3000)}},
    }
    data = fields[kind]
    if luck.random() < 0.05:
        data["count"] = luck.randrange(2, 9)
    if luck.random() < 0.02:
        data["undated"] = True
    author, commit = f"{luck.randrange(40):012x}", f"{luck.getrandbits(160):040x}"
    patterns = [] if kind == "performance" else [luck.choice(NAMES)]
    return make_event(kind, at, data, patterns=patterns, by=author, commit=commit)


def text(luck: random.Random, count: int) -> str:
    """So many words."""
    return " ".join(luck.choices(WORDS, k=count))


def write_varied(root: str, first: int, last: int, total: int) -> None:
    """These of the events, in segments."""
    luck = random.Random(first)
    for begin in range(first, last, 50_000):
        numbers = range(begin, min(begin + 50_000, last))
        append_events(root, [varied(number, total, luck) for number in numbers])


def in_processes(count: int, work: Any, *arguments: tuple[Any, ...]) -> None:
    """Run the work with each of these arguments, so many at once."""
    with multiprocessing.get_context("fork").Pool(count) as pool:
        pool.starmap(work, arguments, chunksize=1)


def run_alone(root: str, *words: str) -> dict[str, float]:
    """What a command needs in a process of its own, its workers included."""
    command = [sys.executable, __file__, "--command", root, *words]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    wall = time.perf_counter() - start
    return {"wall": wall} | dict(json.loads(done.stderr.splitlines()[-1]))


def run_and_tell(root: str, words: list[str]) -> None:
    """In the process of its own: the command, then its figures on stderr; `worker` is the largest of them."""
    from feedback_loop.faces.cli import main as run

    sys.argv = ["feedback-loop", *words, "-C", root, "--as-of", "2026-11-20T12:00:00Z"]
    try:
        run()
    except SystemExit as done:
        if done.code:
            raise
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = sum(one.ru_utime + one.ru_stime for one in (own, children))
    print(
        json.dumps({"cpu": cpu, "mib": peak_kib() / 1024, "worker": children.ru_maxrss / 1024}),
        file=sys.stderr,
    )


def report(folder: str, total: int, runs: int) -> None:
    """So many events written, then the commands without a cache and with it: medians of the runs."""
    root = f"{folder}/million"
    subprocess.run(["git", "init", "-q", root], check=True)
    parts = [(root, total * part // 20, total * (part + 1) // 20, total) for part in range(20)]
    in_processes(os.cpu_count() or 1, write_varied, *parts)
    state = f"{root}/.git/feedback-loop"
    for words in (("report",), ("analyze", "--no-update")):
        for way in ("cold", "warm"):
            figures = []
            for _ in range(runs):
                if way == "cold":
                    shutil.rmtree(state, ignore_errors=True)
                figures.append(run_alone(root, *words))
            wall, cpu, mib, worker = (
                statistics.median(one[name] for one in figures) for name in ("wall", "cpu", "mib", "worker")
            )
            memory = f"{mib:5.0f} MiB, a worker {worker:.0f}"
            print(f"{words[0]:<8} {way}: {wall:6.2f} s wall {cpu:6.2f} s CPU {memory} (median of {runs})")


# -- what must never fail ----------------------------------------------------------------------------


def append_one_by_one(root: str, first: int, each: int) -> None:
    """Events of one writer, a call each."""
    for number in range(first, first + each):
        append_events(root, [distinct(number)])


def distinct(number: int) -> Event:
    """An event like no other of these, in one of six months."""
    data = {"error": f"E {number}", "code": "", "file_path": "a.py", "line": number % 900}
    return make_event("bug", f"2026-{number % 6 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:00:00Z", data)


def processes(root: str, count: int, each: int) -> None:
    """Writers at once in one repository; every event must be there afterwards and sound."""
    subprocess.run(["git", "init", "-q", root], check=True)
    start = time.perf_counter()
    in_processes(count, append_one_by_one, *((root, number * each, each) for number in range(count)))
    took = time.perf_counter() - start
    found = read_events(root)
    assert not found.problems, found.problems[:5]
    assert {event.id for event in found.events} == {distinct(number).id for number in range(count * each)}
    print(f"{count} processes with {each} events each: {len(found.events)} present and sound, {took:.0f} s")


def branches(folder: str, pairs: int) -> None:
    """Pairs of branches that both record, some events in common, some compacting: all must merge."""
    luck = random.Random(200)
    environment = os.environ | {
        f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    events = compactions = 0
    for pair in range(pairs):
        root = f"{folder}/pair-{pair}"

        def git(*words: str, root: str = root) -> str:
            command = ["git", "-C", root, *words]
            return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

        subprocess.run(["git", "init", "-q", "-b", "main", root], check=True)
        base = chosen_numbers(luck, luck.randrange(1, 30))
        wanted = set(base)
        record(root, base, git)
        git("branch", "side")
        for branch in ("main", "side"):
            git("checkout", "-q", branch)
            for _ in range(luck.randrange(1, 4)):
                numbers = chosen_numbers(luck, luck.choice((1, 3, 20, 150)))
                wanted |= numbers
                record(root, numbers, git)
                if luck.random() < 0.4:
                    compact_events(root, f"{root}/.git/feedback-loop", "2027-01-01T00:00:00Z")
                    compactions += 1
                    commit(git)
        git("merge", "-q", "--no-edit", "main")
        assert git("status", "--porcelain") == "", root
        found = read_events(root)
        assert not found.problems, found.problems[:5]
        assert {event.id for event in found.events} == {event(number).id for number in wanted}, root
        events += len(wanted)
        shutil.rmtree(root)
    print(f"{pairs} pairs of branches merged without a conflict: {events} events, {compactions} compactions")


def chosen_numbers(luck: random.Random, count: int) -> set[int]:
    """Numbers of events; out of so few that both branches have some in common."""
    return set(luck.sample(range(1000), count))


def record(root: str, numbers: set[int], git: Any) -> None:
    """Write the events and commit them."""
    append_events(root, [event(number) for number in sorted(numbers)])
    commit(git)


def commit(git: Any) -> None:
    """All there is."""
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", "events")


# -- the command line --------------------------------------------------------------------------------


def parsed() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--single", type=int, default=200)
    parser.add_argument("--report", type=int)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--processes", type=int)
    parser.add_argument("--each", type=int, default=1000)
    parser.add_argument("--branches", type=int)
    parser.add_argument("--folder")
    parser.add_argument("--read")
    parser.add_argument("--command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def main() -> None:
    """Write, read, compact, read again; or what else is asked for."""
    given = parsed()
    if given.read:
        return read_and_tell(given.read)
    if given.command:
        return run_and_tell(given.command[0], given.command[1:])
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        if given.report:
            return report(folder, given.report, given.runs)
        if given.processes:
            return processes(f"{folder}/many", given.processes, given.each)
        if given.branches:
            return branches(folder, given.branches)
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
