"""What a commit changed in the function that had failed: the code before and after (D22)."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from feedback_loop.domain.candidate import Pair
from feedback_loop.domain.changes import FileDiff
from feedback_loop.domain.languages import language_of

MOST_LINES = 40  # of an example
_NEAR = 10  # lines either side where no function is known
_AROUND = 5  # lines either side of a change in a long function
_MOST_TEXT = 4_000  # characters of an example
_UNREADABLE = (SyntaxError, ValueError, MemoryError, RecursionError)  # what the parser raises


class Mending(NamedTuple):
    """`where` it failed, in words; whether that was `touched`; its changed parts, in the file's order.

    A part has the lines around the change, too. There is none where nothing is left of the function, or
    where the lines are too long to be an example.
    """

    where: str
    touched: bool
    pairs: tuple[Pair, ...]


class _Span(NamedTuple):
    """Lines `first` to `last`; `indent` is that of a function's own line, None = no function is known."""

    where: str
    first: int
    last: int
    indent: int | None = None


class _Change(NamedTuple):
    """Lines `first` to `last` of the old file and what replaces them; of an insertion `last` is one less."""

    first: int
    last: int
    lines: list[str]


def find_mending(commit: str, file: FileDiff, old: bytes, line: int) -> Mending:
    """What the commit did to the function that contains `line` (from 1) of the file's `old` content.

    The innermost function or method counts, decorators included. Outside of functions, and where the
    content is no Python, it is what lies within 10 lines. A part is the whole function if both sides have
    at most 40 lines, else up to 5 lines either side of each change.
    """
    path = file.path.decode("utf-8", "surrogateescape")
    lines = [_text(one) for one in old.split(b"\n")]
    found = _function_at(old, line) if language_of(path) == "python" else None
    span = found or _Span(f"the lines around {path}:{line}", max(1, line - _NEAR), line + _NEAR)
    changes = [one for one in _changes(file) if _is_in(one, span)]
    pairs = (_pair(commit, path, lines, part, changes) for part in _parts(span, changes, lines))
    return Mending(span.where, bool(changes), tuple(one for one in pairs if _is_example(one)))


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _function_at(source: bytes, line: int) -> _Span | None:
    """The innermost function around the line, by its dotted name; None if there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
        except _UNREADABLE:
            return None
    found = None
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, inside = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            last = node.end_lineno or node.lineno
            if not first <= line <= last:
                continue
            inside = f"{inside}.{node.name}" if inside else node.name
            if not isinstance(node, ast.ClassDef):
                found = _Span(inside, first, last, node.col_offset)
        waiting += [(below, inside) for below in ast.iter_child_nodes(node)]
    return found


def _changes(file: FileDiff) -> Iterator[_Change]:
    for number, hunk in enumerate(file.hunks):
        # git names the line that an insertion stands behind.
        first = hunk.old_start if hunk.old_count else hunk.old_start + 1
        added = [_text(row.text) for row in file.hunk_rows(number, 1)]
        yield _Change(first, first + hunk.old_count - 1, added)


def _is_in(one: _Change, span: _Span) -> bool:
    """An insertion at an edge of a function is in it if it goes on with the body, or is a decorator."""
    if one.last >= one.first:
        return one.first <= span.last and span.first <= one.last
    if span.indent is None or span.first < one.first <= span.last:
        return span.first <= one.first <= span.last + 1
    said = [line for line in one.lines if line.strip()]
    if one.first == span.last + 1:
        return bool(said) and len(said[0]) - len(said[0].lstrip()) > span.indent
    return one.first == span.first and bool(said) and said[-1].lstrip().startswith("@")


def _parts(span: _Span, changes: Sequence[_Change], lines: Sequence[str]) -> list[tuple[int, int]]:
    """The old lines to be shown, first and last."""
    if not changes:
        return []
    first = min(span.first, changes[0].first)
    last = max(min(span.last, len(lines)), *(one.last for one in changes))
    grown = sum(len(one.lines) - (one.last - one.first + 1) for one in changes)
    size = last - first + 1
    if span.indent is not None and max(size, size + grown) <= MOST_LINES:
        return [(first, last)]
    found: list[tuple[int, int]] = []
    for one in changes:
        begin, end = max(first, one.first - _AROUND), min(last, one.last + _AROUND)
        if found and begin <= found[-1][1] + 1:
            found[-1] = found[-1][0], end
        else:
            found.append((begin, end))
    return found


def _pair(
    commit: str, path: str, lines: Sequence[str], part: tuple[int, int], changes: Sequence[_Change]
) -> Pair:
    first, last = part
    good: list[str] = []
    at = first
    for one in changes:
        if first <= one.first and one.last <= last:
            good += [*lines[at - 1 : one.first - 1], *one.lines]
            at = one.last + 1
    good += lines[at - 1 : last]
    return Pair(commit, path, first, "\n".join(lines[first - 1 : last]), "\n".join(good))


def _is_example(one: Pair) -> bool:
    """Another end of line is no mend."""
    return bool(one.good.strip()) and one.bad != one.good and max(len(one.bad), len(one.good)) <= _MOST_TEXT
