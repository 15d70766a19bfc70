"""Which known failures a prompt is warned of, in which order, and the block that says so (C22 to C24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from feedback_loop.domain.warning import LEAST, LONGEST, MOST, KnownFailure, make_warning
from feedback_loop.domain.words import word_set

HEADING = "AVOID THESE KNOWN ISSUES:"
OCCURRENCE, SEVERITY = "occurrence", "severity"
ORDERS = (OCCURRENCE, SEVERITY)

# Words that stand in many a name and say nothing of what it is about.
_COMMON = word_set("error exception warning id api required type extra")


def choose(
    failures: Iterable[KnownFailure],
    *,
    order: str = OCCURRENCE,
    ranks: Mapping[str, int] | None = None,
    most: int = MOST,
    least: int = LEAST,
) -> list[KnownFailure]:
    """The failures to warn of, the first first, each name once, at most `most`.

    Left out are those that fewer than `least` runs showed, archived ones, proposed ones whose words nobody
    has looked at, and those without guidance. `order` is `occurrence` (most often seen, then least often
    prevented) or `severity`; `ranks`, places by name, goes before it; the name decides at last.
    """
    known = [one for one in failures if one.occurrence_count >= least and _is_allowed(one)]
    by_name: dict[str, KnownFailure] = {}
    for one in sorted(known, key=lambda one: (_rank(one, ranks), *_weight(one, order), one.name)):
        if len(by_name) == most:  # of a thousand only these are put into words
            break
        if one.name not in by_name and make_warning(one):
            by_name[one.name] = one
    return list(by_name.values())


def _is_allowed(failure: KnownFailure) -> bool:
    return failure.state == "active" or (failure.state == "proposed" and failure.shipped)


def _rank(failure: KnownFailure, ranks: Mapping[str, int] | None) -> int:
    return ranks.get(failure.name, len(ranks)) if ranks else 0


def _weight(failure: KnownFailure, order: str) -> tuple[float, float]:
    if order == SEVERITY:
        return -failure.severity, 0.0
    return -failure.occurrence_count, failure.times_prevented


def related(failures: Iterable[KnownFailure], prompt: str) -> list[KnownFailure]:
    """Those that share a word with the prompt in their name, exception, entity, endpoint or field.

    Guidance is not looked at: what is to be done ("create", "handle") says little of where it went wrong.
    """
    words = word_set(prompt)
    return [one for one in failures if words.intersection(_about(one))]


@lru_cache(4096)
def _about(failure: KnownFailure) -> frozenset[str]:
    path = failure.endpoint_pattern.partition(" ")[2]
    name = "" if failure.name.startswith("gap_") else failure.name
    texts = (name, failure.exception_class, failure.entity_pattern, path, failure.field_pattern)
    return word_set(" ".join(texts)) - _COMMON


def format_warnings(prompt: str, failures: Sequence[KnownFailure], longest: int = LONGEST) -> str:
    """The prompt, a blank line and a numbered line for each failure; the prompt itself where there is none.

    No line is longer than `longest`, its number included.
    """
    numbers = [f"{number}. " for number in range(1, len(failures) + 1)]
    lines = [
        number + make_warning(one, longest - len(number))
        for number, one in zip(numbers, failures, strict=True)
    ]
    return "\n".join([f"{prompt}\n", HEADING, *lines]) if lines else prompt
