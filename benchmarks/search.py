"""Search over many patterns (issue 7): a query, an update, the cache, and the command from its start.

    python benchmarks/search.py [--patterns 10000] [--runs 50] [--folder DIR]

Milliseconds of CPU, medians. Patterns are made of words drawn from a vocabulary
of 20,000 by Zipf's law, 250 words each: their commonest words stand in nearly every pattern, as no word of
a real library does that is not a stop word. Queries draw ten words by the same law, so they are heavier
than what people type. The command is run in repositories of nine and of a thousand patterns (copies of the
core pack under other names), beside `feedback-loop --version`. Most of the difference is what typer loads for
any command with options, so the part of the search itself, its imports among it, is measured in a process of
its own. Unset `PYTHONDONTWRITEBYTECODE` for it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

from feedback_loop.domain.search import Indexed, Query
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.search.document import FORMAT
from feedback_loop.engines.search.index import Index
from feedback_loop.stores.library_place import pack_place
from feedback_loop.stores.repository import find_repository
from feedback_loop.stores.search_cache import Kept, Looks, SearchCache, unpack

VOCABULARY = [f"word{number}" for number in range(20_000)]
ZIPF = list(accumulate(1 / (rank + 10) for rank in range(len(VOCABULARY))))


class Made:
    """Patterns and queries of one seed."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def words(self, count: int) -> list[str]:
        """So many words, common ones more often."""
        return self._random.choices(VOCABULARY, cum_weights=ZIPF, k=count)

    def pattern(self, number: int) -> Indexed:
        """The pattern of this number, with other words at each call."""
        words = self.words(250)
        return Indexed(
            f"pattern_{number}",
            " ".join(words[:6]),
            description=" ".join(words[6:90]),
            guidance=" ".join(words[90:120]),
            code="\n".join(words[120:]),
            languages=("python",) if number % 2 else (),
            counts=dict(Counter(words)),
            length=len(words),
        )

    def query(self, language: str | None = None) -> Query:
        """Ten words."""
        return Query(" ".join(self.words(10)), language=language)


def median(runs: int, work: Callable[[int], object]) -> float:
    """CPU milliseconds of one run of the work, which is told its number."""
    took = []
    for number in range(runs):
        start = time.process_time()
        work(number)
        took.append((time.process_time() - start) * 1000)
    return statistics.median(took)


def in_process(count: int, runs: int, folder: str) -> None:
    """Print what questions and changes cost once the index is there."""
    made = Made()
    documents = [made.pattern(number) for number in range(count)]
    start = time.process_time()
    index = Index(documents)
    built = (time.process_time() - start) * 1000
    queries = [made.query() for _ in range(runs)]
    filtered = [made.query("python") for _ in range(runs)]
    others = [made.pattern(number * 7 % count) for number in range(runs)]
    index.search(filtered[0])
    print(f"{count} patterns, {len(VOCABULARY)} words, {len(documents[0].counts)} tokens in the first")
    print(f"  built from documents             {built:9.1f}")
    print(f"  a query, warm                    {median(runs, lambda at: index.search(queries[at])):9.2f}")
    print(f"  the same with --language         {median(runs, lambda at: index.search(filtered[at])):9.2f}")
    print(f"  several for one prompt           {median(runs, lambda at: index.several(queries[at])):9.2f}")
    print(f"  one pattern replaced             {median(runs, lambda at: index.replace(others[at])):9.2f}")

    def changed(at: int) -> None:
        index.replace(others[at])
        index.search(queries[at])

    print(f"  one replaced, and a query        {median(runs, changed):9.2f}")
    long = Query(" ".join(made.words(130_000)))
    took = median(3, lambda _: index.search(long))
    print(f"  a query of {len(long.text) / 1e6:.1f} MB                {took:9.1f}")
    cached(index, folder)


def cached(index: Index, folder: str) -> None:
    """The file as `open_search` writes and reads it, less the look at the pattern files."""
    subprocess.run(["git", "init", "-q", folder], check=True)
    cache = SearchCache(find_repository(folder), FORMAT)
    kept = Kept("/", Looks({}), frozenset(), (), Settings(), 0, index.parts())
    saved = median(3, lambda at: cache.save(kept._replace(settings_problems=at)))

    def load(_: int) -> None:
        found = cache.load()
        assert found is not None, "no key, or no place for the cache"
        Index.restore(found.parts, unpack)

    print(f"  the cache of {Path(cache.path).stat().st_size / 1e6:.0f} MB: written       {saved:9.1f}")
    print(f"  the same: read, verified, ready  {median(7, load):9.1f}")


def cpu(command: list[str], folder: Path, runs: int) -> float:
    """CPU milliseconds of a process, median."""
    took = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    return statistics.median(took)


def repository(folder: Path, count: int) -> Path:
    """A repository of so many patterns: the core pack's, over and over under other names."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "patterns").mkdir()
    pack = sorted(Path(pack_place().folder).glob("*.json"))
    for number in range(count):
        source = pack[number % len(pack)]
        name = source.stem if number < len(pack) else f"{source.stem}_{number}"
        value = json.loads(source.read_text("utf-8"))
        value |= {"name": name, "pattern_id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)), "supersedes": []}
        (folder / f"patterns/{name}.json").write_text(json.dumps(value), "utf-8")
        (folder / f"patterns/{name}.md").write_bytes(source.with_suffix(".md").read_bytes())
    old = time.time() - 3600
    for path in (folder / "patterns").iterdir():
        os.utime(path, (old, old))
    return folder


QUERY = "return numpy arrays as json from an upload endpoint"
OWN_PART = f"""
import time
import feedback_loop.faces.cli.commands
start = time.process_time()
from feedback_loop.api.search.search import search, Query
from feedback_loop.render.search import render_found
from feedback_loop.workspace import Workspace
render_found(search(Workspace.open(), Query({QUERY!r})))
print((time.process_time() - start) * 1000)
"""


def own_part(folder: Path) -> float:
    """CPU milliseconds of a search in a process that has loaded the command line already."""
    done = subprocess.run(
        [sys.executable, "-c", OWN_PART], cwd=folder, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def from_the_start(folder: Path, count: int, runs: int) -> None:
    """Print what the command costs above the start of the tool."""
    place = repository(folder / f"of-{count}", count)
    tool = [sys.executable, "-m", "feedback_loop"]
    start = cpu([*tool, "--version"], place, runs)
    first = own_part(place)
    known = statistics.median(own_part(place) for _ in range(runs))
    whole = cpu([*tool, "search", QUERY], place, runs)
    changed = []
    for number in range(3):
        path = place / "patterns/bounds_checking.md"
        path.write_text(path.read_text("utf-8").replace("# ", f"# {number} ", 1), "utf-8")
        changed.append(own_part(place))
    print(f"`feedback-loop search` in a repository of {count} patterns (`--version`: {start:.0f})")
    print(f"  above `--version`                {whole - start:9.1f}")
    print(f"  of it the search itself          {known:9.1f}")
    print(f"  the same, one pattern changed    {statistics.median(changed):9.1f}")
    print(f"  the same, the first time         {first:9.1f}")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--patterns", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--folder", help="where the repositories are made, to be deleted at the end")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        in_process(given.patterns, given.runs, f"{folder}/cache")
        for count in (9, 1000):
            from_the_start(Path(folder), count, 15)


if __name__ == "__main__":
    main()
