"""`python.undeleted_temp`: a temporary file or folder that nobody deletes (CORE-6)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.escapes import cleaned_up, escapes, in_temporary_folder, loads, locates, trail
from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.resources import calls, temporary_or_opened
from feedback_loop.detectors.syntax import constant, keyword_of, name_span, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module, RawSpan

ADDED_ANY = (b"NamedTemporaryFile", b"delete", b"mkdtemp", b"mkstemp")


@check(
    "python.undeleted_temp",
    sites=temporary_or_opened,
    added_any=ADDED_ANY,
    file_all=(b"tempfile",),
    exempt=("tests",),
)
def undeleted_temp(module: Module) -> Iterator[Match]:
    """`mkstemp`, `mkdtemp` and kept named files: no clean-up in the function, the path stays in it."""
    for call in module.near(_ast.Call, ADDED_ANY):
        kept = None
        starts: list[_ast.expr] = [call]
        if calls(module, call, "tempfile.mkstemp"):
            starts = _paths(module, call)
        elif not calls(module, call, "tempfile.mkdtemp"):
            kept = kept_named_file(module, call)
            if kept is None or isinstance(module.parent(call), _ast.withitem):
                continue
        if is_left_behind(module, call, starts):
            yield Match(span(call), name_span(call.func), *([keyword_span(kept)] if kept else []))


def kept_named_file(module: Module, call: _ast.Call) -> _ast.keyword | None:
    """The `delete=False` of a `NamedTemporaryFile(…, delete=False)`."""
    keyword = keyword_of(call, "delete")
    if keyword is None or constant(keyword.value) is not False:
        return None
    return keyword if calls(module, call, "tempfile.NamedTemporaryFile") else None


def keyword_span(keyword: _ast.keyword) -> RawSpan:
    """`delete=False`, or its name alone if the value is on a later line: an anchor is of one line."""
    line, column, end_line, end_column = span(keyword)
    return (line, column, line, end_column if line == end_line else column + len("delete"))


def is_left_behind(module: Module, call: _ast.Call, starts: list[_ast.expr]) -> bool:
    """Whether its function neither cleans up nor lets the path out, which begins at `starts`."""
    if cleaned_up(module, call) or in_temporary_folder(module, call):
        return False
    return not any(escapes(module, node) for start in starts for node in trail(module, start, locates))


def _paths(module: Module, call: _ast.Call) -> list[_ast.expr]:
    """Where the path goes, the second half of the pair `mkstemp` returns; the pair if it stays whole."""
    parent = module.parent(call)
    target = parent.targets[0] if isinstance(parent, _ast.Assign) and len(parent.targets) == 1 else None
    if isinstance(target, _ast.Name) and not escapes(module, target):
        return [path for pair in loads(module, target) for path in _path_half(module, pair)]
    return _path_half(module, call)


def _path_half(module: Module, pair: _ast.expr) -> list[_ast.expr]:
    parent = module.parent(pair)
    if isinstance(parent, _ast.Subscript) and parent.value is pair:
        return [] if constant(parent.slice) in (0, -2) else [parent]
    if isinstance(parent, _ast.Assign) and len(parent.targets) == 1:
        target = parent.targets[0]
        if isinstance(target, (_ast.Tuple, _ast.List)) and len(target.elts) == 2:
            return [target.elts[1]]
    return [pair]
