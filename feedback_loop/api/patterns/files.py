"""A pattern's two files from values, and what of them would not come back as it is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from feedback_loop.api.patterns.rename import with_value
from feedback_loop.domain.guide import Sample
from feedback_loop.domain.pattern import Example, Pattern
from feedback_loop.domain.text import visible
from feedback_loop.errors import InputError
from feedback_loop.formats.library_json import LINKS
from feedback_loop.formats.markdown import fence
from feedback_loop.formats.pattern_doc import format_json, format_prose, parse_pattern, parse_prose
from feedback_loop.formats.prose_edit import edit_prose
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import safe_read
from feedback_loop.stores.library_moves import ENDINGS

_LISTS = ("tags", *LINKS)


def examples_of(samples: Iterable[Sample]) -> tuple[Example, ...]:
    """The samples of a guide as a pattern's examples."""
    return tuple(_example(one) for one in samples)


def _example(sample: Sample) -> Example:
    """As the pattern's own file would be read; of an info string that it does not take, the language."""
    first = sample.info.split()[:1]
    language = first[0] if first and re.fullmatch(r"[\w+#.-]+", first[0]) else ""
    for info in (sample.info, language):
        text = f"# x\n\n## Test\n\n{fence(sample.code, info)}\n"
        prose, _ = parse_prose(text.encode("utf-8", "replace"), "")
        if prose is not None and len(prose["tests"]) == 1:
            found: Example = prose["tests"][0]
            return found
    return Example(sample.code + "\n", language)


# What a guide calls it, what a pattern does, and how the one becomes the other.
GUIDE_FIELDS: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("title", "title", str),
    ("severity", "severity", str),
    ("guidance", "guidance", str),
    ("prose", "description", str),
    ("tags", "tags", tuple),
    ("problems", "problems", tuple),
    ("benefits", "benefits", tuple),
    ("bad", "bad", examples_of),
    ("good", "good", examples_of),
    ("tests", "tests", examples_of),
)


def unreadable(pattern: Pattern) -> tuple[str, ...]:
    """What would not come back from the pattern's two files as it is meant."""
    try:
        halves = format_prose(pattern).encode(), format_json(pattern).encode()
    except UnicodeEncodeError:
        return ("it holds a lone surrogate",)
    parsed, problems = parse_pattern(pattern.name, *halves)
    if parsed is None:
        return tuple(visible(f"{one.path.rpartition('.')[2]}: {one.message}") for one in problems)
    return tuple(
        f"the {part.name} would be read as something else"
        for part in fields(pattern)
        if part.compare and getattr(parsed, part.name) != getattr(pattern, part.name)
    )


def edited_files(root: str, known: Pattern, merged: Pattern) -> tuple[bytes, bytes]:
    """Both files of `known` below the root as they are to be, changed only where they must be.

    Raises InputError if that cannot be done, OSError if they cannot be read.
    """
    prose, data = (safe_read(root, known.path + ending, SIZE_CAP) for ending in ENDINGS)
    for key in ("severity", "guidance", "version", *_LISTS):
        value = getattr(merged, key)
        if value != getattr(known, key):
            data = with_value(data, key, list(value) if key in _LISTS else value)
    prose = edit_prose(prose.decode(), format_prose(merged)).encode()
    parsed, _ = parse_pattern(known.name, prose, data, folder=known.path.rpartition("/")[0])
    if parsed != merged:
        raise InputError(f"the files of {known.name} cannot be brought up to date: change them by hand")
    return prose, data
