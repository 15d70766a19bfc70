"""`python.whole_binary_read`: a binary file of any size read into memory at once (CORE-7)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.registry import CALLED, Match, check
from feedback_loop.detectors.resources import assigned, file_argument, handle, is_path, is_unsized, open_mode
from feedback_loop.detectors.syntax import before, constant, name_span, span, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

READS = (b"read", b"readlines", b"read_bytes", b"read_text")
_SMALL_SUFFIXES = (".json", ".toml", ".md", ".txt", ".cfg", ".ini", ".yaml", ".yml", ".lock")
_SMALL_NAMES = frozenset(("README", "VERSION", "LICENSE"))
_SIZES = frozenset(("getsize", "st_size", "tell"))
# Steps that the end of a path is followed back (`p = d / p` would never end).
_REACH = 32


def read_calls(module: Module) -> Iterator[_ast.Call]:
    """Sites: calls of methods `.read…`."""
    for call in module.nodes(_ast.Call):
        if isinstance(call.func, _ast.Attribute) and call.func.attr.startswith("read"):
            yield call


@check(
    "python.whole_binary_read",
    sites=read_calls,
    added_any=READS,
    follow=CALLED,
    exempt=("tests", "scripts"),
)
def whole_binary_read(module: Module) -> Iterator[Match]:
    """`.read()`, `.readlines()` of a handle opened with a `b` mode, and `Path.read_bytes()`."""
    for call, binary in whole_reads(module):
        if binary:
            yield Match(span(call), name_span(call.func))


def whole_reads(module: Module) -> Iterator[tuple[_ast.Call, bool]]:
    """Reads of whole files, and whether they are binary; small files and tested sizes left out."""
    for call in module.near(_ast.Call, READS):
        if not isinstance(call.func, _ast.Attribute):
            continue
        file, binary = _read_file(module, call)
        if file is not None and not _is_small(module, file) and not _size_tested(module, call):
            yield call, binary


def _read_file(module: Module, call: _ast.Call) -> tuple[_ast.expr | None, bool]:
    """The file that the call reads whole and whether it is read as bytes; no file if it does not."""
    method, source = call.func.attr, call.func.value  # type: ignore[attr-defined]
    if method in ("read_bytes", "read_text"):
        return source if is_path(module, source) else None, method == "read_bytes"
    opened = handle(module, source) if method in ("read", "readlines") and is_unsized(call) else None
    mode = open_mode(module, opened) if opened else None
    if opened is None or mode is None:
        return None, False
    return file_argument(module, opened), "b" in mode


def _is_small(module: Module, file: _ast.expr) -> bool:
    """Whether the path ends in a literal that names a small file by its kind."""
    name = (_ending(module, file) or "").replace("\\", "/").rsplit("/", 1)[-1]
    return name.lower().endswith(_SMALL_SUFFIXES) or name.split(".")[0].upper() in _SMALL_NAMES


def _ending(module: Module, node: _ast.expr | None) -> str | None:
    """The literal at the end of a path expression, one step of flow at a time."""
    for _ in range(_REACH):
        if isinstance(node, _ast.Call):
            function = node.func
            if isinstance(function, _ast.Attribute) and (function.attr == "format" or not node.args):
                node = function.value
            else:
                node = node.args[-1] if node.args else None
        elif isinstance(node, _ast.JoinedStr):
            node = node.values[-1] if node.values else None
        elif isinstance(node, _ast.BinOp):
            node = node.left if isinstance(node.op, _ast.Mod) else node.right
        elif isinstance(node, _ast.Name):
            node = module.value_of(node)
        else:
            break
    text = constant(node)
    return text if isinstance(text, str) else None


def _size_tested(module: Module, call: _ast.Call) -> bool:
    """Whether the function compares some file's size before the read."""
    function = module.function(call)
    return any(
        before(test, call) and any(_is_size(module, node) for node in walk(test))
        for test in module.within(function, _ast.Compare)
    )


def _is_size(module: Module, node: _ast.AST) -> bool:
    """Whether the node asks for a size, or is a name that was given one."""
    if isinstance(node, _ast.Name):
        given = [assigned(module, binding.node) for binding in module.lookup(node)[1]]
        if any(_asks_size(part) for value in given if value is not None for part in walk(value)):
            return True
    return _asks_size(node)


def _asks_size(node: _ast.AST) -> bool:
    word = node.attr if isinstance(node, _ast.Attribute) else node.id if isinstance(node, _ast.Name) else ""
    return word in _SIZES
