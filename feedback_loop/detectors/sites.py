"""Sites: the constructs that a detector speaks about, right or wrong (DET-10). Loaded when a plan asks.

A site is told by the lines of its head: of a call its name and arguments, of a handler `except` and
what it catches, of a parameter its annotation too, of an index or a division what follows the value.
Whoever edits one of these lines edits the construct; whoever edits a body does not. A rule's match
ends where a body begins in it, that of a callback too; a text is on one line.
"""

from __future__ import annotations

import _ast

from feedback_loop.detectors import registry
from feedback_loop.detectors.outcomes import NotRunError
from feedback_loop.detectors.source import Source
from feedback_loop.detectors.syntax import name_span, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from feedback_loop.detectors.outcomes import Lines
    from feedback_loop.domain.compiled import CompiledDetector
    from feedback_loop.domain.pattern import Site


def find_sites(source: Source, dialect: str, detector: CompiledDetector) -> list[Lines] | None:
    """The sites of a detector in a text, in order, once each; None if it cannot tell."""
    if detector.kind == "builtin":
        found = _considered(source, detector)
    elif detector.site is None:
        found = None
    else:
        try:
            found = _found(source, dialect, detector.kind, *detector.site)
        except NotRunError:
            found = None
    return None if found is None else sorted(set(found))


def occurs(site: Site, text: bytes, dialect: str) -> bool:
    """Whether the text has such a site. Cold. Raises UnfitError if the site can never be looked for."""
    from feedback_loop.detectors.prepare import prepare

    ready = prepare(site)
    try:
        return bool(_found(Source(text, dialect), dialect, site.kind, ready.spec, ready.fold))
    except NotRunError:
        return False


def _found(source: Source, dialect: str, kind: str, spec: tuple[Any, ...], fold: bool) -> list[Lines]:
    if kind != "ast-grep":
        from feedback_loop.detectors.lines import find_expressions

        (places,) = find_expressions(source, [(kind, spec, fold)])
        return [(full[0], full[2]) for full, _ in places]
    if len(source.text) > spec[4]:
        raise NotRunError("larger than the rule may read")
    from feedback_loop.detectors.structural import find_heads, is_broken

    if is_broken(source, dialect):
        raise NotRunError("it does not parse")
    (heads,) = find_heads(source, dialect, [spec])
    return heads


def _considered(source: Source, detector: CompiledDetector) -> list[Lines] | None:
    name, params = detector.spec
    check, module = registry.load(name), source.module
    if check is None or module is None:
        return None
    nodes = check.sites(module, params) if check.takes else check.sites(module)
    rows = {_rows(node) for node in nodes}
    places = [source.place((first, 0, last, 0)) for first, last in rows]
    return [(place[0], place[2]) for place in places]


def _rows(node: _ast.AST) -> Lines:
    """The parser's rows of a node's head."""
    first, _, last, _ = span(node)
    if isinstance(node, _ast.Call):  # of `a(…).b(…)` the second begins at `b`
        first = name_span(node.func)[0]
    elif isinstance(node, _ast.ExceptHandler):
        last = (node.type.end_lineno if node.type else None) or first
    elif isinstance(node, _ast.Subscript):
        first = node.value.end_lineno or first
    elif isinstance(node, _ast.BinOp):
        first = node.left.end_lineno or first
    return first, last
