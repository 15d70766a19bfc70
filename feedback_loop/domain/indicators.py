"""What a task is about, read from its words, and which patterns need what (A63, A64).

Data shared by everything that matches tasks with patterns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from feedback_loop.domain.words import parts, word_set

# Indicator -> the words that set it. Forms that the stemmer does not bring together stand side by side.
_WORDS = {
    "numpy": "numpy np ndarray array",
    "json": "json api serialize serialise serialization",
    "list_access": "list array first",
    "exception": "exception error except",
    "logging": "log logging logger debug debugging print",
    "file": "file temp upload",
    "large_file": "large audio upload",
    "categorization": "categorize categorise categorization classify classification",
    "fastapi": "fastapi endpoint api",
    "upload": "upload stream",
    "nan": "nan inf infinity",
}
_SIZE = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)?[ \u00a0]?(?:[mg]i?b|megabytes?|gigabytes?)\b", re.IGNORECASE)

# "Log in" and "log out" are about accounts.
_ACCOUNT = re.compile(r"\blog(?:s|ged|ging)?[ -](?:in|out)\b", re.IGNORECASE)

# Pattern -> the indicators it needs.
NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "numpy_json_serialization": ("numpy", "json"),
        "bounds_checking": ("list_access",),
        "specific_exceptions": ("exception",),
        "structured_logging": ("logging",),
        "metadata_based_logic": ("categorization",),
        "temp_file_handling": ("file",),
        "large_file_processing": ("large_file", "file"),
        "fastapi_streaming_uploads": ("fastapi", "upload"),
        "numpy_nan_inf_handling": ("numpy", "nan"),
    }
)

# Needs that go with a pattern and with much else: on their own they are no sign of it.
BESIDE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "numpy_json_serialization": frozenset({"json"}),
        "large_file_processing": frozenset({"file"}),
        "fastapi_streaming_uploads": frozenset({"fastapi"}),
    }
)

# Stems that say that something is done, not with what: found alone they are no sign of any pattern.
GENERIC = frozenset(
    word
    for text in (
        "add based basic build change check clean code create data design enable feature fix function get",
        "handle handling handler helper implement improve limit logic make manage management new old",
        "pattern process processing production project python read reading refactor remove resource run",
        "safe safety service set setting simple support system task test update user validate validation",
        "value work write writing",
    )
    for word in parts(text)
)


def _stems(text: str) -> frozenset[str]:
    return frozenset(parts(text))


INDICATORS: Mapping[str, frozenset[str]] = MappingProxyType(
    {name: _stems(words) | frozenset(words.split()) for name, words in _WORDS.items()}
)


def indicators(text: str) -> frozenset[str]:
    """The names of the indicators that the text sets: by whole words, stemmed; a size in MB or GB."""
    words = word_set(_ACCOUNT.sub(" ", text))
    found = {name for name, forms in INDICATORS.items() if words & forms}
    if _SIZE.search(text):
        found.add("large_file")
    return frozenset(found)


def needs_share(name: str, found: frozenset[str]) -> float:
    """The share of a pattern's needs that are among the indicators found; 0 for a pattern without any."""
    needs = NEEDS.get(name, ())
    return sum(need in found for need in needs) / len(needs) if needs else 0.0
