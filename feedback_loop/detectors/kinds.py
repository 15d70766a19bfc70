"""The kinds of detectors: what each makes of an expression, and what it finds in a text.

One door for the engines; behind it a kind's own module is loaded when it is needed.
"""

from __future__ import annotations

from feedback_loop.detectors.outcomes import NotRunError as NotRunError
from feedback_loop.detectors.outcomes import Prepared as Prepared
from feedback_loop.detectors.outcomes import UnfitError as UnfitError
from feedback_loop.detectors.registry import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from feedback_loop.detectors.comments import Comment as Comment
    from feedback_loop.detectors.outcomes import Lines as Lines
    from feedback_loop.detectors.outcomes import Place as Place
    from feedback_loop.detectors.registry import Match
    from feedback_loop.detectors.source import Source as Source
    from feedback_loop.domain.compiled import CompiledDetector
    from feedback_loop.domain.pattern import Expression, Site


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


def find_sites(source: Source, dialect: str, detector: CompiledDetector) -> list[Lines] | None:
    """First and last line of the head of each construct that the detector speaks about, right or wrong.

    In order, once each. None if the detector cannot tell: it names no site, or the text does not parse.
    """
    from feedback_loop.detectors.sites import find_sites

    return find_sites(source, dialect, detector)


def occurs(site: Site, text: bytes, dialect: str) -> bool:
    """Whether a text has such a site. Cold. Raises UnfitError if the site can never be looked for."""
    from feedback_loop.detectors.sites import occurs

    return occurs(site, text, dialect)


def regex_filter(detectors: list[CompiledDetector]) -> Callable[[bytes], frozenset[int]]:
    """(lines joined by newlines) -> indexes of the regex detectors that may match on one of them."""
    from feedback_loop.detectors.lines import regex_filter

    return regex_filter(detectors)


def check_text_regex(regex: str) -> str:
    """Why an expression for texts that are no source can never run, "" = it can. Cold."""
    from feedback_loop.domain.pattern import Regex

    try:
        prepare(Regex(regex, ignore_case=True))
    except UnfitError as error:
        return error.reason
    return ""


def text_regex(regex: str) -> Callable[[str], bool]:
    """(text) -> whether the expression is in it, on one line and without regard to case; linear in the text.

    Raises NotRunError if the engine cannot be had.
    """
    find = text_span(regex)
    return lambda text: find(text) is not None


def text_span(regex: str) -> Callable[[str], tuple[int, int] | None]:
    """The same, and where: begin and end, in characters, of its first group or of all if it has none."""
    from feedback_loop.detectors.lines import compiled

    expression = compiled(regex, True)

    def find(text: str) -> tuple[int, int] | None:
        data = text.encode("utf-8", "replace")
        hit = expression.search(data)
        if hit is None:
            return None
        begin, end = hit.span(min(1, expression.groups))
        return len(data[:begin].decode("utf-8")), len(data[:end].decode("utf-8"))

    return find


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
