"""The built-in checks by name, and what a check says about itself. On the hot path: no heavy imports."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _ast import AST
    from collections.abc import Callable, Iterable

    from feedback_loop.detectors.source import Source as Source
    from feedback_loop.detectors.syntax import Module, RawSpan


class Match:
    """One occurrence: the construct as a whole, and the spans that make it wrong; the first is shown.

    Spans are in the parser's coordinates: (line, column, end line, end column), lines from 1,
    columns from 0 in bytes of the line's UTF-8 form.
    """

    __slots__ = ("anchors", "full")

    def __init__(self, full: RawSpan, *anchors: RawSpan) -> None:
        self.full = full
        self.anchors = anchors


class Check:
    """A registered built-in: how to find it, where it was considered, and when it cannot occur.

    `added_any`: bytes of which every anchor span holds at least one, and the span is of one line: of
    several lines only another one may be added. Empty = no prefilter.
    `file_all`: bytes that all occur in any text with a match.
    `exempt`: names of path sets (`tests`, `scripts`) in which the check does not apply.
    """

    __slots__ = ("added_any", "exempt", "file_all", "find", "name", "sites")

    def __init__(
        self,
        name: str,
        find: Callable[[Module], Iterable[Match]],
        sites: Callable[[Module], Iterable[AST]],
        added_any: tuple[bytes, ...],
        file_all: tuple[bytes, ...],
        exempt: tuple[str, ...],
    ) -> None:
        self.name = name
        self.find = find
        self.sites = sites
        self.added_any = added_any
        self.file_all = file_all
        self.exempt = exempt


_checks: dict[str, Check] = {}


def check(
    name: str,
    *,
    sites: Callable[[Module], Iterable[AST]],
    added_any: tuple[bytes, ...] = (),
    file_all: tuple[bytes, ...] = (),
    exempt: tuple[str, ...] = (),
) -> Callable[[Callable[[Module], Iterable[Match]]], Callable[[Module], Iterable[Match]]]:
    """Register the decorated function as the built-in check `name` (`python.<file name>`)."""

    def register(find: Callable[[Module], Iterable[Match]]) -> Callable[[Module], Iterable[Match]]:
        _checks[name] = Check(name, find, sites, added_any, file_all, exempt)
        return find

    return register


def parse(text: bytes) -> Source:
    """The text as a parsed source; the parser is loaded at the first call."""
    from feedback_loop.detectors.source import Source

    return Source(text)


def load(name: str) -> Check | None:
    """The check called `name`, importing its module alone; None if there is no such check."""
    language, _, file_name = name.partition(".")
    if name not in _checks and language == "python" and file_name.isidentifier():
        try:
            __import__("feedback_loop.detectors." + name)
        except ModuleNotFoundError:
            return None
    return _checks.get(name)


def names() -> list[str]:
    """All built-in checks, by their files; sorted."""
    import os

    from feedback_loop.detectors import python

    return sorted(
        "python." + entry[:-3]
        for folder in python.__path__
        for entry in os.listdir(folder)
        if entry.endswith(".py") and not entry.startswith("_")
    )
