"""`ast-grep` detectors: code shapes in any language ast-grep reads (DET-7). Loaded when one is triggered.

Of several rules it is asked first, in one pass over the tree, whether any of them matches at all.
"""

from __future__ import annotations

from feedback_loop.detectors.hostile import breaks_parser
from feedback_loop.detectors.outcomes import NotRunError
from feedback_loop.detectors.third_party import load_engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType
    from typing import Any, TypeVar

    from feedback_loop.detectors.outcomes import Lines, Place
    from feedback_loop.detectors.source import Source
    from feedback_loop.domain.finding import Span

    Result = TypeVar("Result")
    Spec = tuple[Any, ...]  # rule, constraints, utils, names of the anchors, bytes it may read
    Rows = list[tuple[int, int]]  # git's line and the characters before; empty = rows are lines

# Languages of ours that ast-grep has a grammar for, by its names.
GRAMMARS = {
    "bash": "bash",
    "c": "c",
    "cpp": "cpp",
    "csharp": "csharp",
    "css": "css",
    "go": "go",
    "html": "html",
    "java": "java",
    "javascript": "javascript",
    "json": "json",
    "kotlin": "kotlin",
    "lua": "lua",
    "php": "php",
    "python": "python",
    "ruby": "ruby",
    "rust": "rust",
    "scala": "scala",
    "swift": "swift",
    "tsx": "tsx",
    "typescript": "typescript",
    "yaml": "yaml",
}


# How the grammars call what stands between a construct's braces, or indented below it.
_BODIES = (
    "block",
    "body",
    "body_statement",
    "group",
    "statements",
    "declaration_list",
    "compound_statement",
    "then",
)


def find_rules(source: Source, dialect: str, specs: list[Spec]) -> list[list[Place]]:
    """The matches of each rule, in the order of the text. Raises NotRunError if ast-grep is no use here."""
    return _find(source, dialect, specs, _place)


def find_heads(source: Source, dialect: str, specs: list[Spec]) -> list[list[Lines]]:
    """The lines of each match up to where its body begins. Raises NotRunError as `find_rules`."""
    return _find(source, dialect, specs, _head)


def is_broken(source: Source, dialect: str) -> bool:
    """Whether the grammar stumbles over the text. Raises NotRunError as `find_rules`."""
    module = engine()
    text, _ = _text(source, dialect)
    return bool(guarded(lambda: module.SgRoot(text, GRAMMARS[dialect]).root().find(kind="ERROR") is not None))


def _find(
    source: Source, dialect: str, specs: list[Spec], told: Callable[[Any, Iterable[str], Rows], Result]
) -> list[list[Result]]:
    if not specs:
        return []
    module = engine()
    text, rows = _text(source, dialect)
    # A rule for TypeScript may speak of what TypeScript with JSX does not have: `<T>x`.
    idle = [dialect == "tsx" and try_rule(dialect, spec) != "" for spec in specs]

    def search() -> list[list[Result]]:
        root = module.SgRoot(text, GRAMMARS[dialect]).root()
        plain = [spec[0] for spec in specs if not spec[1] and not spec[2]]
        if len(specs) == len(plain) > 1 and not any(idle) and root.find({"rule": {"any": plain}}) is None:
            return [[] for _ in specs]
        return [
            [] if left_out else [told(node, spec[3], rows) for node in root.find_all(_config(spec))]
            for spec, left_out in zip(specs, idle, strict=True)
        ]

    return guarded(search)


def try_rule(language: str, spec: Spec) -> str:
    """Why ast-grep refuses the rule; "" if it takes it."""
    module = engine()
    try:
        guarded(lambda: module.SgRoot("x", GRAMMARS[language]).root().find(_config(spec)))
    except NotRunError as error:
        return error.reason
    return ""


def _text(source: Source, dialect: str) -> tuple[str, Rows]:
    r"""What ast-grep is to read, and for each of its rows git's line and the characters before it.

    A lone `\r` ends a line for most compilers but for none of the grammars: they would lose what follows
    a comment. Only Python's coding cookies count: elsewhere one would hide the text from us alone.
    """
    text = source.decoded() if dialect == "python" else _plain(source.text)
    if text.count("\n") != source.text.count(b"\n"):
        raise NotRunError("ast-grep: decoded, the text has other lines than git sees")
    if breaks_parser(text, dialect):
        raise NotRunError("ast-grep: its parser would break on so deep a text")
    if "\r" not in text:
        return text, []
    *ended, last = text.split("\n")
    rows: Rows = []
    for number, line in enumerate([*(line.removesuffix("\r") for line in ended), last], 1):
        start = 0
        for part in line.split("\r"):
            rows.append((number, start))
            start += len(part) + 1
    return "\r\n".join([part.replace("\r", "\n") for part in text.split("\r\n")]), rows


def _plain(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _config(spec: Spec) -> dict[str, Any]:
    config = {"rule": spec[0], "constraints": spec[1], "utils": spec[2]}
    return {key: value for key, value in config.items() if value}


def _place(node: Any, names: Iterable[str], rows: Rows) -> Place:
    """The whole node, and as anchors the nodes of the metavariables, else its first line."""
    full = _span(node, rows)
    anchors = []
    for name in names:
        one = node.get_match(name)
        several = (each for each in node.get_multiple_matches(name) if each.is_named())  # without commas
        anchors += [_span(each, rows) for each in ([one] if one is not None else several)]
    return full, tuple(anchors) or (_first_line(full, node),)


def _head(node: Any, _: Iterable[str], rows: Rows) -> Lines:
    """From the first line to the one on which a body begins, the node's own or a function's within it."""
    row = node.range().start.line
    first = last = _point(node.range().start, rows)[0]
    pending = [node]
    while pending:
        one = pending.pop()
        place = one.range()
        several = place.end.line > place.start.line
        if one is not node and one.kind().endswith(_BODIES) and (several or place.start.line > row):
            break
        if several and not one.is_leaf():
            pending += reversed(one.children())
        else:
            row, last = place.end.line, _point(place.end, rows)[0]
    return first, last


def _span(node: Any, rows: Rows) -> Span:
    """ast-grep counts rows and characters from 0."""
    place = node.range()
    return *_point(place.start, rows), *_point(place.end, rows)


def _point(place: Any, rows: Rows) -> tuple[int, int]:
    line, start = rows[place.line] if rows else (place.line + 1, 0)
    return line, start + place.column + 1


def _first_line(full: Span, node: Any) -> Span:
    if full[0] == full[2]:
        return full
    first = node.text().partition("\n")[0].removesuffix("\r")
    return full[0], full[1], full[0], full[1] + len(first)


def engine() -> ModuleType:
    """ast-grep. Raises NotRunError where it is not installed."""
    return load_engine("ast_grep_py", "ast-grep")


def guarded(work: Callable[[], Result]) -> Result:
    """ast-grep panics as a bare BaseException; nothing else may pass for one (DET-7)."""
    try:
        return work()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        words = str(error).partition("Stack backtrace")[0].replace("Caused by:", "")
        told = [line.strip().lstrip("0123456789: ") for line in words.splitlines()]
        raise NotRunError("ast-grep: " + " ".join(line for line in told if line)[:300]) from error
