"""Does search find the right pattern, and does its relevance say so? (D12, acceptance of D)

    python benchmarks/retrieval.py [--fit]

Labelled pairs of `retrieval_pairs.py`. Against plain BM25 (the same k1 and b; lower-cased words, one field)
and bm25s as it comes, by mean reciprocal rank and recall@5. Then, in libraries drawn from the sets: how
often the first hit with a relevance of .6 or more is right, how often a query reaches that whose answer is
not there, and how many of the answers to a prompt of two or three subjects are found. `--fit` fits the
coefficients of relevance anew, and shows each set by a curve that was fitted without it, and by the one that
was specified first. Needs ruff, pylint, numpy, bm25s and the packages whose code is read.
"""

from __future__ import annotations

import argparse
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from retrieval_pairs import SETS, Pair, text_of

from feedback_loop.domain.relevance import ENOUGH, relevance
from feedback_loop.domain.search import Query
from feedback_loop.engines.search.index import Index, document
from feedback_loop.stores.library import load_library

SEED = 7
AT = 0.6
LIBRARIES = {10: 60, 30: 30, 100: 10}  # patterns in one: how many are drawn from each set
PER_LIBRARY = 30  # queries of each kind
SUBJECTS = (2, 3)  # in one prompt, of patterns that the library has

Rank = Callable[[str], int]  # of the right one, given a query by position; 0 = not found

EXPECTED = (
    ("Process NumPy array and return JSON", "numpy_json_serialization"),
    ("Create function to process NumPy array and return JSON", "numpy_json_serialization"),
    ("Create FastAPI endpoint for file upload", "fastapi_streaming_uploads"),
    ("Create function to upload and process large audio file (up to 800MB)", "large_file_processing"),
)
UNRELATED = """
Write a haiku about autumn rain
Center a div horizontally in CSS
Translate this paragraph into Portuguese
Write a SQL query that joins orders with customers
Implement quicksort in Haskell
Draw a bar chart of monthly sales
Set up a Kubernetes ingress for two services
Explain the difference between TCP and UDP
Add a dark mode toggle to the settings page
Compute the shortest path in a weighted graph
Send a welcome mail to new subscribers
Rename the branch master to main
Schedule a job that runs each night at two
Build a binary search tree with insert and delete
Encrypt the password before it is stored
Write a unit test for the shopping cart
Sort the customers by last name
Add pagination to the table of invoices
Migrate the database to PostgreSQL 16
Create a login form with React
Simulate a game of life on a torus
Compress the images of the landing page
Parse command line flags for the deploy script
Fix the flickering cursor in the terminal
Generate a random maze and print it
Show the weather forecast for Lisbon
Convert Celsius to Fahrenheit
Train a decision tree on the iris data
Write release notes for version 2.4
Find all prime numbers below one million
Add a rate limiter to the gateway
Make the sidebar collapsible on phones
Play a sound when the timer ends
Cache the results of the slow query in Redis
Refactor the billing class into smaller ones
Implement undo and redo in the editor
Calculate the monthly payment of a mortgage
Set the theme colour of the browser tab
Replace the deprecated date picker
Sign the container images in the pipeline
""".strip().splitlines()


# -- rankings ---------------------------------------------------------------------------------------


def ours(pairs: Sequence[Pair]) -> Iterator[int]:
    """The rank of each pair's document by D12; 0 = not found."""
    index = Index(document(pair.pattern) for pair in pairs)
    for pair in pairs:
        names = [hit.pattern.name for hit in index.search(Query(pair.query, limit=len(pairs)))]
        yield names.index(pair.pattern.name) + 1 if pair.pattern.name in names else 0


def plain(pairs: Sequence[Pair]) -> Iterator[int]:
    """The same by BM25 over lower-cased words, with the same k1 and b."""
    k1, b = 1.2, 0.75
    counts = [Counter(_words(text_of(pair.pattern))) for pair in pairs]
    lengths = [count.total() for count in counts]
    mean = sum(lengths) / len(lengths)
    held = Counter(word for count in counts for word in count)
    for number, pair in enumerate(pairs):
        scores = [0.0] * len(pairs)
        for word in _words(pair.query):
            idf = math.log(1 + (len(pairs) - held[word] + 0.5) / (held[word] + 0.5))
            for at, count in enumerate(counts):
                if found := count[word]:
                    scores[at] += idf * found * (k1 + 1) / (found + k1 * (1 - b + b * lengths[at] / mean))
        yield _rank(scores, number, pairs)


def bm25s_default(pairs: Sequence[Pair]) -> Iterator[int]:
    """The same by bm25s with its own tokeniser and parameters."""
    import bm25s

    def split(texts: list[str]) -> list[list[str]]:
        return bm25s.tokenize(texts, return_ids=False, show_progress=False)

    retriever = bm25s.BM25()
    retriever.index(split([text_of(pair.pattern) for pair in pairs]), show_progress=False)
    for number, words in enumerate(split([pair.query for pair in pairs])):
        yield _rank(list(retriever.get_scores(words)) if words else [0.0] * len(pairs), number, pairs)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _rank(scores: Sequence[float], number: int, pairs: Sequence[Pair]) -> int:
    """The place of this one; equals by name, a score of 0 is not found."""
    own, name = scores[number], pairs[number].pattern.name
    if own <= 0:
        return 0
    return 1 + sum(
        score > own or (score == own and pair.pattern.name < name)
        for score, pair in zip(scores, pairs, strict=True)
    )


WAYS: dict[str, Callable[[Sequence[Pair]], Iterator[int]]] = {
    "ours": ours,
    "plain BM25": plain,
    "bm25s": bm25s_default,
}


def print_ranks(sets: dict[str, list[Pair]]) -> None:
    """One row per set: mean reciprocal rank and recall@5 of each way."""
    print("| pairs | n |" + "".join(f" {way}: MRR | recall@5 |" for way in WAYS))
    print("|---|---|" + "---|---|" * len(WAYS))
    for name, pairs in sets.items():
        cells = ""
        for way in WAYS.values():
            ranks = list(way(pairs))
            reciprocal = sum(1 / rank for rank in ranks if rank) / len(ranks)
            cells += f" {reciprocal:.3f} | {sum(0 < rank <= 5 for rank in ranks) / len(ranks):.3f} |"
        print(f"| {name} | {len(pairs)} |{cells}")


# -- relevance --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Best:
    """One hit: what relevance is made of, and whether it is a right one. `runner_up` is the next score.

    `kind`: "own" = its answer is in the library, "mixed" = the same among three queries of other sets,
    "near" = its answer is in the same set, "far" = in another one, "long" = eight such queries as one,
    "several" = two or three queries whose answers are all there.
    """

    kind: str
    size: int
    share: float = 0.0
    gap: float = 0.0
    score: float = 0.0
    right: bool = False
    runner_up: float = 0.0


@dataclass(frozen=True)
class Walk:
    """What `Index.several` finds for a prompt of so many subjects, one hit after the other."""

    subjects: int
    size: int
    hits: tuple[Best, ...]


@dataclass(frozen=True)
class Found:
    """The first hits of one set's queries, and the walks through its prompts of several subjects."""

    firsts: list[Best]
    walks: list[Walk]

    def to_fit(self) -> list[Best]:
        """What the curve goes through: a step of a walk is one more question, with one more than it needs."""
        return self.firsts + [hit for walk in self.walks for hit in walk.hits[: walk.subjects + 1]]


def first_hits(sets: dict[str, list[Pair]], name: str, chance: random.Random) -> Iterator[list[Best]]:
    """The first hits of all kinds in each library drawn from this set."""
    others = [pair.query for other, pairs in sets.items() if other != name for pair in pairs]
    for size, times in LIBRARIES.items():
        for _ in range(times):
            drawn = chance.sample(sets[name], size + PER_LIBRARY)
            own, near = drawn[:size], drawn[size:]
            index = Index(document(pair.pattern) for pair in own)
            asked = [("own", pair.query, pair) for pair in chance.sample(own, min(size, PER_LIBRARY))]
            for pair in chance.sample(own, min(size, PER_LIBRARY // 2)):
                parts = [pair.query, *chance.sample(others, 3)]
                chance.shuffle(parts)
                asked.append(("mixed", "\n".join(parts), pair))
            missing: list[tuple[str, str]] = [("near", pair.query) for pair in near]
            missing += [("far", query) for query in chance.sample(others, PER_LIBRARY)]
            missing += [("long", "\n".join(chance.sample(others, 8))) for _ in range(PER_LIBRARY // 2)]
            found = [_best(index, kind, size, query, pair.pattern.name) for kind, query, pair in asked]
            yield found + [_best(index, kind, size, query, "") for kind, query in missing]


def _best(index: Index, kind: str, size: int, query: str, answer: str) -> Best:
    hits = index.search(Query(query, limit=2))
    if not hits:
        return Best(kind, size)
    hit, runner_up = hits[0], hits[1].score if len(hits) > 1 else 0.0
    return Best(kind, size, hit.share, hit.gap, hit.score, hit.pattern.name == answer, runner_up)


def walks(pairs: Sequence[Pair], chance: random.Random) -> Iterator[Walk]:
    """Through prompts of two and three subjects, in libraries drawn from the pairs."""
    for size, times in LIBRARIES.items():
        for _ in range(times):
            own = chance.sample(pairs, size)
            index = Index(document(pair.pattern) for pair in own)
            for subjects in SUBJECTS:
                for _ in range(PER_LIBRARY // 3):
                    yield _walk(index, size, chance.sample(own, subjects))


def _walk(index: Index, size: int, asked: Sequence[Pair]) -> Walk:
    right = {pair.pattern.name for pair in asked}
    query = Query("\n".join(pair.query for pair in asked), limit=2 * len(asked))
    return Walk(
        len(asked),
        size,
        tuple(
            Best("several", size, hit.share, hit.gap, hit.score, hit.pattern.name in right)
            for hit in index.several(query)
        ),
    )


Curve = Callable[[Best], float]
KINDS = ("own", "mixed", "near", "far", "long")


def shipped(hit: Best) -> float:
    """The relevance that search shows."""
    return relevance(hit.share, hit.gap, hit.score)


def print_relevance(found: dict[str, Found], curve: Curve) -> None:
    """Per set and size: how many queries reach .6 and, where there are answers, the share that is right."""
    several = "".join(f" {number} subjects: precision | recall |" for number in SUBJECTS)
    print(
        f"| library | size | precision | reached | mixed: precision | reached |{several} near | far | long |"
    )
    print("|---|---|---|---|---|---|" + "---|---|" * len(SUBJECTS) + "---|---|---|")
    for name, their in found.items():
        for size in LIBRARIES:
            cells = {
                kind: _reached([hit for hit in their.firsts if (hit.kind, hit.size) == (kind, size)], curve)
                for kind in KINDS
            }
            row = [*cells["own"], *cells["mixed"]]
            for number in SUBJECTS:
                row += _recalled(
                    [one for one in their.walks if (one.subjects, one.size) == (number, size)], curve
                )
            row += [cells[kind][1] for kind in KINDS[2:]]
            print(f"| {name} | {size} | {' | '.join(row)} |")


def _reached(hits: Sequence[Best], curve: Curve) -> tuple[str, str]:
    """(precision, share) of those that reach .6."""
    right = [hit.right for hit in hits if curve(hit) >= AT]
    return f"{sum(right) / len(right):.3f}" if right else "-", f"{len(right) / len(hits):.3f}"


def _recalled(found: Sequence[Walk], curve: Curve) -> tuple[str, str]:
    """(precision, recall) of walks that end before the first hit below .6."""
    right = [hit.right for walk in found for hit in takewhile(lambda hit: curve(hit) >= AT, walk.hits)]
    wanted = sum(walk.subjects for walk in found)
    return (
        f"{sum(right) / len(right):.3f}" if right else "-",
        f"{sum(right) / wanted:.3f}" if wanted else "-",
    )


def fit(hits: Sequence[Best], enough: float = ENOUGH, rounds: int = 50) -> tuple[float, float, float, float]:
    """Constant, share, lead and the mean log-likelihood of a logistic regression (Newton's method).

    Each kind of query is as heavy as any other. `enough` is where a score counts no more for the lead.
    """
    import numpy

    rows = numpy.array([(1.0, hit.share, hit.gap * min(hit.score, enough)) for hit in hits])
    right = numpy.array([float(hit.right) for hit in hits])
    kinds = Counter(hit.kind for hit in hits)
    heavy = numpy.array([1 / kinds[hit.kind] / len(kinds) for hit in hits])
    weights = numpy.zeros(3)
    for _ in range(rounds):
        likely = 1 / (1 + numpy.exp(-rows @ weights))
        slope = rows.T @ (heavy * (right - likely))
        curvature = (rows * (heavy * likely * (1 - likely))[:, None]).T @ rows
        weights += numpy.linalg.solve(curvature, slope)
    likely = 1 / (1 + numpy.exp(-rows @ weights))
    told = float(heavy @ numpy.log(numpy.where(right > 0, likely, 1 - likely)))
    return float(weights[0]), float(weights[1]), float(weights[2]), told


def as_first_specified(hit: Best) -> float:
    """The curve before there was a fit: share, and share times the gap to the next score, of all tokens."""
    gap = (hit.score - hit.runner_up) / hit.score if hit.score else 0.0
    return 1 / (1 + math.exp(-(-2.9 + 4.0 * hit.share + 20.0 * hit.share * gap)))


def fitted(found: Iterable[Found]) -> Curve:
    """The curve through these; prints its coefficients."""
    constant, slope, lead, _ = fit([hit for one in found for hit in one.to_fit()])
    print(f"{constant:.2f} {slope:.2f} {lead:.3f}")
    return lambda hit: (
        1 / (1 + math.exp(-(constant + slope * hit.share + lead * hit.gap * min(hit.score, ENOUGH))))
    )


def print_fits(found: dict[str, Found]) -> None:
    """The coefficients by all sets, then each set by a curve fitted on the others and by the first one."""
    for enough in (15, 20, 25, 30):
        constant, slope, lead, told = fit([hit for one in found.values() for hit in one.to_fit()], enough)
        print(f"{constant:.2f} {slope:.2f} {lead:.3f} up to a score of {enough}: log-likelihood {told:.3f}")
    for name, their in found.items():
        print(f"\n{name}, by the other sets: ", end="")
        curve = fitted(one for other, one in found.items() if other != name)
        print_relevance({name: their}, curve)
        print_relevance({f"{name}, first specified": Found(their.firsts, [])}, as_first_specified)


def print_tasks(sets: dict[str, list[Pair]]) -> None:
    """Prompts of four lines: two whose answers are there among two foreign ones; and four foreign ones."""
    ways = {"as a whole": Index.several, "by passages": Index.of_task}
    print("\n| library | size |" + "".join(f" {way}: precision | recall | foreign |" for way in ways))
    print("|---|---|" + "---|---|---|" * len(ways))
    for name, pairs in sets.items():
        others = [pair.query for other, more in sets.items() if other != name for pair in more]
        for size, number in LIBRARIES.items():
            chance = random.Random(f"{SEED} tasks {name} {size}")
            counts = {way: Counter[str]() for way in ways}
            for _ in range(number // 4 + 2):
                library = chance.sample(pairs, size)
                index = Index(document(pair.pattern) for pair in library)
                for _ in range(PER_LIBRARY // 2):
                    wanted, foreign = chance.sample(library, 2), chance.sample(others, 6)
                    lines = [*(pair.query for pair in wanted), *foreign[:2]]
                    chance.shuffle(lines)
                    right = {pair.pattern.name for pair in wanted}
                    for way, ask in ways.items():
                        got = {hit.pattern.name for hit in ask(index, _task(lines))}
                        wrong = bool(ask(index, _task(foreign[2:])))
                        counts[way].update(
                            right=len(got & right), got=len(got), asked=2, foreign=wrong, all=1
                        )
            row = [
                f"{one['right'] / max(1, one['got']):.2f} | {one['right'] / one['asked']:.2f} | "
                f"{one['foreign'] / one['all']:.2f}"
                for one in counts.values()
            ]
            print(f"| {name} | {size} | {' | '.join(row)} |")


def _task(lines: Sequence[str]) -> Query:
    return Query("\n".join(lines), limit=8, min_relevance=AT)


def print_core() -> None:
    """The shipped nine patterns: prompts that name one of them, and prompts that have to do with none."""
    library = load_library("", "no such folder")
    index = Index(document(pattern) for pattern in library.patterns if pattern.state == "active")
    for prompt, expected in EXPECTED:
        hits = index.search(Query(prompt, limit=2))
        shown = ", ".join(f"{hit.pattern.name} {hit.relevance:.2f}" for hit in hits)
        print(
            f"- {prompt}: {shown}"
            + ("" if hits and hits[0].pattern.name == expected else f" (not {expected})")
        )
    best = [(index.search(Query(prompt, limit=1)), prompt) for prompt in UNRELATED]
    values = sorted(((hits[0].relevance, prompt) for hits, prompt in best if hits), reverse=True)
    over = sum(value >= AT for value, _ in values)
    print(f"- of {len(UNRELATED)} unrelated prompts {over} reach {AT}; the highest: {values[:3]}")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    sets = {name: make() for name, make in SETS.items()}
    print_ranks(sets)
    chance = random.Random(SEED)
    found = {
        name: Found(
            [hit for one in first_hits(sets, name, chance) for hit in one],
            list(walks(pairs, random.Random(SEED))),
        )
        for name, pairs in sets.items()
    }
    print()
    print_relevance(found, shipped)
    print()
    print_tasks(sets)
    print()
    print_core()
    if given.fit:
        print()
        print_fits(found)


if __name__ == "__main__":
    main()
