"""How long the analysis of 10,000 entries takes (A38).

    python benchmarks/analyzer.py [--entries 10000] [--runs 9]

CPU milliseconds, medians over runs: reading the data, then every method once. The budget of all together
is 60 ms. Entries are spread over the categories, 60 patterns and 120 days, with the keys that
`MetricsCollector` writes; fifty of the patterns are known. With `--patterns 10000` hardly any two entries
share a pattern.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from typing import Any

from feedback_loop.api.metrics.analyzer import MetricsAnalyzer
from feedback_loop.domain.moment import format_moment, parse_moment

AS_OF = "2026-11-20T12:00:00Z"
SHARES = (
    ("bugs", 50),
    ("test_failures", 25),
    ("code_reviews", 12),
    ("deployment_issues", 5),
    ("performance_metrics", 5),
    ("code_generation", 3),
)


def made_metrics(count: int, patterns: int) -> dict[str, list[dict[str, Any]]]:
    """So many entries, the same at every run."""
    luck = random.Random(38)
    end = parse_moment(AS_OF) or 0
    data: dict[str, list[dict[str, Any]]] = {name: [] for name, _ in SHARES}
    names, weights = zip(*SHARES, strict=True)
    for category in luck.choices(names, weights, k=count):
        moment = end - luck.randrange(120 * 86_400)
        name = f"pattern_{luck.randrange(patterns)}"
        data[category].append(entry(category, name, moment, luck))
    return data


def entry(category: str, name: str, moment: int, luck: random.Random) -> dict[str, Any]:
    """One entry as the collector writes it; every fourth bug or failure came back on another day."""
    key = "pattern_violated" if category == "test_failures" else "pattern"
    made: dict[str, Any] = {
        key: name,
        "timestamp": format_moment(moment),
        "error": "TypeError: Object of type float32 is not JSON serializable",
        "failure_reason": "IndexError: list index out of range",
        "file_path": f"api/endpoint_{luck.randrange(50)}.py",
        "test_name": f"tests/test_{luck.randrange(50)}.py::test_it",
        "issue_type": "missing_check",
        "severity": luck.choice(("low", "medium", "high", "critical")),
        "line": 42,
    }
    if category in ("bugs", "test_failures"):
        again = luck.randrange(4) == 0
        first = moment - 86_400 * again
        made["count"] = 1 + again
        made["first_seen"] = format_moment(first)
        made["daily"] = {format_moment(at)[:10]: 1 for at in {first, moment}}
    return made


def analyse(data: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """CPU milliseconds by step."""
    took: dict[str, float] = {}
    last = time.process_time()

    def done(step: str) -> None:
        nonlocal last
        now = time.process_time()
        took[step] = (now - last) * 1000
        last = now

    analyzer = MetricsAnalyzer(data, as_of=AS_OF)
    done("read")
    analyzer.get_high_frequency_patterns()
    done("A33 frequencies")
    analyzer.detect_new_patterns([f"pattern_{number}" for number in range(50)])
    done("A34 new")
    analyzer.rank_patterns_by_severity()
    done("A35 ranked")
    analyzer.get_context()
    done("A36 context")
    analyzer.generate_report("month")
    done("A37 report, effectiveness in it")
    analyzer.calculate_effectiveness()
    done("A39 effectiveness")
    took["together"] = sum(took.values())
    return took


def main() -> None:
    """Print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--patterns", type=int, default=60)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    data = made_metrics(options.entries, options.patterns)
    runs = []
    for _ in range(options.runs):
        gc.collect()
        runs.append(analyse(data))
    for step in runs[0]:
        print(f"{statistics.median(run[step] for run in runs):8.1f} ms  {step}")


if __name__ == "__main__":
    main()
