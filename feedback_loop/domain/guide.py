"""The guide, AI_PATTERNS.md, as values: what it says about each pattern, and what it calls the core ones."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from feedback_loop.domain.problem import Problem

GUIDE = "AI_PATTERNS.md"
SEVERITIES = ("low", "medium", "high", "critical")

# The nine core patterns in their order, each with the titles it goes by and the names it took over.
_CORE = {
    "numpy_json_serialization": (
        ("NumPy types converted before JSON serialization", "NumPy Type Conversion"),
        (),
    ),
    "bounds_checking": (("Bounds checking before list access", "Bounds Checking"), ()),
    "specific_exceptions": (("Specific exceptions, not bare except", "Specific Exceptions"), ()),
    "structured_logging": (
        ("Logger.debug() instead of print()", "Structured Logging"),
        ("logger_debug", "print_statement"),
    ),
    "metadata_based_logic": (
        ("Metadata-based categorization over string matching", "Metadata-Based Logic"),
        ("metadata_categorization",),
    ),
    "temp_file_handling": (("Proper temp file handling", "Temp File Handling"), ()),
    "large_file_processing": (("Large file processing",), ()),
    "fastapi_streaming_uploads": (
        ("FastAPI streaming uploads", "FastAPI Streaming File Uploads", "FastAPI Streaming"),
        (),
    ),
    "numpy_nan_inf_handling": (
        ("NumPy NaN/Inf handling", "NumPy NaN/Inf Handling in Audio Processing", "NaN/Inf Handling"),
        (),
    ),
}
CORE_ORDER = tuple(_CORE)
SUPERSEDED = {former: name for name, (_, formers) in _CORE.items() for former in formers}


@dataclass(frozen=True)
class Sample:
    """A fenced example: code without outer blank lines and without its last line break; info string."""

    code: str
    info: str = ""


@dataclass(frozen=True)
class GuidePattern:
    """What a guide says about one pattern; an empty field = nothing is said. `line` is its heading's."""

    name: str
    title: str
    severity: str = ""
    tags: tuple[str, ...] = ()
    guidance: str = ""
    prose: str = ""
    problems: tuple[str, ...] = ()
    bad: tuple[Sample, ...] = ()
    good: tuple[Sample, ...] = ()
    benefits: tuple[str, ...] = ()
    tests: tuple[Sample, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def description(self) -> str:
        """In one text: the problems, else the prose; "" if there is neither."""
        return " ".join(self.problems) or self.prose


@dataclass(frozen=True)
class Guide:
    """A guide that was read: its patterns, and as problems the sections and values that are none."""

    patterns: tuple[GuidePattern, ...]
    skipped: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Imported:
    """What an import did with a pattern: added, updated, unchanged or skipped, and why it went no further.

    `state` is where the pattern is now, "" if nowhere; `paths` are the files that were written.
    """

    name: str
    outcome: str
    state: str = ""
    reasons: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """An import: its patterns, what of the file was none, and whether it held counters, which stay out."""

    patterns: tuple[Imported, ...]
    skipped: tuple[Problem, ...]
    had_counters: bool = False
    dry_run: bool = False


def named_by(title: str) -> str:
    """The name a title stands for: a core pattern's, else its slug (A3); "" if there is none in it."""
    return _TITLES.get(_plain(title)) or slug(title)


def slug(title: str) -> str:
    """The title as a name (A3), "" if nothing is left of it."""
    text = unicodedata.normalize("NFKC", title).lower()
    name = re.sub(r"[^a-z0-9]+", "_", text).strip("_")
    name = ("p_" + name if name[:1].isdigit() else name)[:64].rstrip("_")
    return name if len(name) > 1 else ""


def _plain(title: str) -> str:
    """A title without case, marks at its ends, code marks and a trailing parenthesis that says something."""
    text = " ".join(title.replace("`", "").split()).casefold()
    text = re.sub(r"\s*\([^()]+\)\W*\Z", "", text)
    return re.sub(r"\A[^\w(]+|[^\w)]+\Z", "", text)


_TITLES = {_plain(title): name for name, (titles, _) in _CORE.items() for title in titles}
