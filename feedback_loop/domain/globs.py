"""Path globs: `*`, `**`, `?`, `[…]` on repository paths with `/`, case-sensitive.

A compiled set is a tuple of tuples of strings, so that it can be marshalled. The forms that real
settings use are answered by plain string operations; `fnmatch` would import `re`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    # A glob's form and its parts; of the form "both" two sets.
    GlobSet = tuple[tuple[Any, ...], ...]

_WILD = frozenset("*?[")


def compile_globs(globs: Iterable[str]) -> GlobSet:
    """Globs in their cheapest form each."""
    return tuple(_compile(glob) for glob in globs)


def _compile(glob: str) -> tuple[str, ...]:
    if not _WILD.intersection(glob):
        return ("path", glob)
    head, _, tail = glob.partition("**/")
    plain_tail = not _WILD.intersection(tail)
    if head == "" and tail:
        if plain_tail and "/" not in tail:
            return ("name", tail)
        if tail.endswith("/**") and not _WILD.intersection(tail[:-3]) and "/" not in tail[:-3]:
            return ("folder", "/" + tail[:-3] + "/")
        if tail.startswith("*") and not _WILD.intersection(tail[1:]) and "/" not in tail:
            return ("suffix", tail[1:])
    if glob.endswith("/**") and not _WILD.intersection(glob[:-3]):
        return ("below", glob[:-2])
    return ("glob", *glob.split("/"))


def narrowed(outer: GlobSet, inner: GlobSet) -> GlobSet:
    """The set that matches what both match; an empty one asks for nothing."""
    return (("both", outer, inner),) if outer and inner else outer or inner


def without(globs: GlobSet, excluded: GlobSet) -> GlobSet:
    """The set that matches what the one does and the other does not."""
    return (("but", globs, excluded),)


def matches(globs: GlobSet, path: str) -> bool:
    """Whether any glob of the set matches the whole path."""
    return any(_matches(glob, path) for glob in globs)


def _matches(glob: tuple[Any, ...], path: str) -> bool:
    form, text = glob[0], glob[1]
    if form == "suffix":
        return path.endswith(text) and "/" not in text
    if form == "name":
        return path == text or path.endswith("/" + text)
    if form == "folder":
        return text in "/" + path
    if form == "below":
        return path.startswith(text)
    if form == "path":
        return bool(path == text)
    if form == "both":
        return matches(text, path) and matches(glob[2], path)
    if form == "but":
        return matches(text, path) and not matches(glob[2], path)
    return _segments(glob[1:], path.split("/"))


def _segments(pattern: tuple[str, ...], parts: list[str]) -> bool:
    """Segment by segment, `**` taking any number of them; a row of the table per pattern segment.

    A last `**` takes one at least: `a/**` is what lies below `a`, not `a` itself.
    """
    reached = {0}
    last = len(pattern) - 1
    for index, segment in enumerate(pattern):
        if segment == "**":
            reached = set(range(min(reached) + (index == last), len(parts) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(parts) and _segment(segment, parts[at])}
    return len(parts) in reached


def _segment(pattern: str, text: str) -> bool:
    """One path segment, in time |pattern| x |text|."""
    reached = {0}
    at = 0
    while at < len(pattern) and reached:
        token, at = _token(pattern, at)
        if token == "*":
            reached = set(range(min(reached), len(text) + 1))
        else:
            reached = {place + 1 for place in reached if place < len(text) and _one(token, text[place])}
    return len(text) in reached


def _token(pattern: str, at: int) -> tuple[str, int]:
    """A set `[…]` (its first character may be `]`) or one character; a set without an end is none."""
    if pattern[at] == "[":
        end = pattern.find("]", at + (3 if pattern[at + 1 : at + 2] in ("!", "^") else 2))
        if end > 0:
            return pattern[at : end + 1], end + 1
    return pattern[at], at + 1


def _one(token: str, char: str) -> bool:
    if token == "?":
        return True
    if len(token) == 1:
        return token == char
    body = token[1:-1]
    negated = body[0] in "!^"
    if negated:
        body = body[1:]
    found = False
    at = 0
    while at < len(body):
        if at + 2 < len(body) and body[at + 1] == "-":
            found = found or body[at] <= char <= body[at + 2]
            at += 3
        else:
            found = found or body[at] == char
            at += 1
    return found != negated
