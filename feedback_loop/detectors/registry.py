"""The kinds of detectors, and the built-in checks by name. On the hot path: no heavy imports."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _ast import AST
    from collections.abc import Callable, Iterable
    from typing import Any

    from feedback_loop.detectors.comments import Comment as Comment
    from feedback_loop.detectors.source import Source as Source
    from feedback_loop.detectors.syntax import RawSpan
    from feedback_loop.domain.compiled import CompiledDetector
    from feedback_loop.domain.finding import Span
    from feedback_loop.domain.pattern import Expression

    # The construct as a whole, and the spans that make it wrong; the first is shown.
    Place = tuple[Span, tuple[Span, ...]]


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
    `takes`: for a check with parameters, what is wrong with them and which prefilter they give; such a
    check's `find` and `sites` take (module, params).
    """

    __slots__ = ("added_any", "exempt", "file_all", "find", "follow", "name", "sites", "takes", "twin")

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


class Parameters:
    """What a check says of its parameters: (pointer, complaint) pairs, and the prefilter they allow."""

    __slots__ = ("added_any", "problems")

    def __init__(self, problems: list[tuple[str, str]], added_any: tuple[bytes, ...] = ()) -> None:
        self.problems = problems
        self.added_any = added_any


class Prepared:
    """A detector's expression, ready for `find`: plain values, with its prefilter and its languages.

    `languages` empty = the detector reads any text. `follow` None = `added_any` are texts, not words.
    """

    __slots__ = ("added_any", "exempt", "file_all", "fold", "follow", "languages", "spec")

    def __init__(
        self,
        spec: tuple[Any, ...],
        *,
        languages: tuple[str, ...] = (),
        added_any: tuple[bytes, ...] = (),
        file_all: tuple[bytes, ...] = (),
        exempt: tuple[str, ...] = (),
        fold: bool = False,
        follow: bytes | None = None,
    ) -> None:
        self.spec = spec
        self.languages = languages
        self.added_any = added_any
        self.file_all = file_all
        self.exempt = exempt
        self.fold = fold
        self.follow = follow


class UnfitError(Exception):
    """An expression that cannot run: (JSON pointer within the detector, what is wrong with it)."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(pointer, reason)
        self.pointer = pointer
        self.reason = reason


class NotRunError(Exception):
    """Detectors that could not be run on a text, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# What may come after the name of a called function: its parenthesis, the end of one around the name,
# or the end of the line.
CALLED = b"()\\\r\n#"
CANNOT_LOAD = " cannot be loaded ("  # what every complaint about a missing engine holds
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
) -> Callable[[Callable[..., Iterable[Match]]], Callable[..., Iterable[Match]]]:
    """Register the decorated function as the built-in check `name` (`python.<file name>`)."""

    def register(find: Callable[..., Iterable[Match]]) -> Callable[..., Iterable[Match]]:
        _checks[name] = Check(name, find, sites, added_any, follow, file_all, exempt, twin, takes)
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


# -- kinds ---------------------------------------------------------------------------------------


def prepare(expression: Expression) -> Prepared:
    """The expression as `find` takes it. Cold. Raises UnfitError if it can never run."""
    from feedback_loop.detectors.prepare import prepare

    return prepare(expression)


def parse(text: bytes, language: str = "python") -> Source:
    """The text as a source: lines at once, a syntax tree when a check asks for it."""
    from feedback_loop.detectors.source import Source

    return Source(text, language)


def comments(text: bytes, language: str | None) -> list[Comment]:
    """The comments of a text that holds a suppression's marker."""
    from feedback_loop.detectors.comments import comments

    return comments(text, language)


def find(kind: str, source: Source, dialect: str, detectors: list[CompiledDetector]) -> list[list[Place]]:
    """What detectors of one kind find in a text, in their order; git's lines, columns of code points.

    `dialect` is the grammar for ast-grep. Raises NotRunError if the kind's engine cannot be had.
    """
    if kind == "builtin":
        return [_check_places(source, detector) for detector in detectors]
    if kind == "ast-grep":
        from feedback_loop.detectors.structural import find_rules

        return find_rules(source, dialect, [detector.spec for detector in detectors])
    from feedback_loop.detectors.lines import find_lines

    return find_lines(source, detectors)


def find_degraded(source: Source, detectors: list[CompiledDetector]) -> list[list[Place] | None]:
    """What the checks' twins find in Python that does not parse; None for a check without one."""
    from feedback_loop.detectors.structural import find_rules

    twins = [_twin(detector) for detector in detectors]
    found = iter(find_rules(source, "python", [twin for twin in twins if twin]))
    return [next(found) if twin else None for twin in twins]


def regex_filter(detectors: list[CompiledDetector]) -> Callable[[bytes], frozenset[int]]:
    """(lines joined by newlines) -> indexes of the regex detectors that may match on one of them."""
    from feedback_loop.detectors.lines import regex_filter

    return regex_filter(detectors)


def _check_places(source: Source, detector: CompiledDetector) -> list[Place]:
    name, params = detector.spec
    found, module = load(name), source.module
    if found is None or module is None:
        return []
    matches: Iterable[Match] = found.find(module, params) if found.takes else found.find(module)
    place = source.place
    return [(place(one.full), tuple(place(anchor) for anchor in one.anchors)) for one in matches]


def _twin(detector: CompiledDetector) -> tuple[Any, ...] | None:
    if detector.kind != "builtin":
        return None
    found = load(detector.spec[0])
    return (found.twin, {}, {}, ()) if found and found.twin else None
