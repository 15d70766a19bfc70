"""The built-in checks by name, and what a check says about itself. On the hot path: no heavy imports."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _ast import AST
    from collections.abc import Callable, Iterable
    from typing import Any

    from feedback_loop.detectors.syntax import RawSpan


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

    `added_any`: words of which every anchor span holds at least one, and the span is of one line: of
    several lines only another one may be added. Empty = no prefilter. `follow`: bytes of which one comes
    after such a word and blanks (b"" = whatever comes).
    `file_all`: bytes that all occur in any text with a match.
    `exempt`: names of path sets (`tests`, `scripts`) in which the check does not apply.
    `twin`: an ast-grep rule that finds nearly the same in a file that does not parse (DET-9).
    `typed`: for a check without `added_any`, texts of which a changed line nearly always holds one where a
    match comes or goes: history looks no further, a scan does not ask.
    `takes`: for a check with parameters, what is wrong with them and which prefilter they give; such a
    check's `find` and `sites` take (module, params).
    """

    __slots__ = (
        "added_any",
        "exempt",
        "file_all",
        "find",
        "follow",
        "name",
        "sites",
        "takes",
        "twin",
        "typed",
    )

    def __init__(
        self,
        name: str,
        find: Callable[..., Iterable[Match]],
        sites: Callable[..., Iterable[AST]],
        added_any: tuple[bytes, ...],
        follow: bytes,
        file_all: tuple[bytes, ...],
        exempt: tuple[str, ...],
        twin: dict[str, Any] | None,
        takes: Callable[[dict[str, Any]], Parameters] | None,
        typed: tuple[bytes, ...] = (),
    ) -> None:
        self.name = name
        self.find = find
        self.sites = sites
        self.added_any = added_any
        self.follow = follow
        self.file_all = file_all
        self.exempt = exempt
        self.twin = twin
        self.takes = takes
        self.typed = typed


class Parameters:
    """What a check says of its parameters: (pointer, complaint) pairs, and the prefilter they allow."""

    __slots__ = ("added_any", "problems")

    def __init__(self, problems: list[tuple[str, str]], added_any: tuple[bytes, ...] = ()) -> None:
        self.problems = problems
        self.added_any = added_any


# What may come after the name of a called function: its parenthesis, the end of one around the name,
# or the end of the line.
CALLED = b"()\\\r\n#"
_checks: dict[str, Check] = {}


def check(
    name: str,
    *,
    sites: Callable[..., Iterable[AST]],
    added_any: tuple[bytes, ...] = (),
    follow: bytes = b"",
    file_all: tuple[bytes, ...] = (),
    exempt: tuple[str, ...] = (),
    twin: dict[str, Any] | None = None,
    takes: Callable[[dict[str, Any]], Parameters] | None = None,
    typed: tuple[bytes, ...] = (),
) -> Callable[[Callable[..., Iterable[Match]]], Callable[..., Iterable[Match]]]:
    """Register the decorated function as the built-in check `name` (`python.<file name>`)."""

    def register(find: Callable[..., Iterable[Match]]) -> Callable[..., Iterable[Match]]:
        parts = (find, sites, added_any, follow, file_all, exempt, twin, takes, typed)
        _checks[name] = Check(name, *parts)
        return find

    return register


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
