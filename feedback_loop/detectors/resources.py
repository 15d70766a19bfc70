"""Files and temporary paths: who opens them, in which mode, and what a handle or a path is."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.syntax import before, constant, keyword_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

# Steps that a derivation is followed back: an end for `p = p / "x"` and for endless chains.
_REACH = 32
# Opener -> the mode it uses when none is given.
OPENERS = {
    "builtins.open": "r",
    "io.open": "r",
    "gzip.open": "rb",
    "bz2.open": "rb",
    "lzma.open": "rb",
}
PATH_TYPES = frozenset(("pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath"))
_PATH_MAKERS = PATH_TYPES | {"pathlib.Path.cwd", "pathlib.Path.home"}
_PATH_METHODS = frozenset(
    ("absolute", "expanduser", "joinpath", "resolve", "with_name", "with_stem", "with_suffix")
)


def calls(module: Module, call: _ast.Call, name: str) -> bool:
    """Whether the call is one of the dotted name, spelled with its last word (for the prefilter's sake)."""
    return name[name.rindex(".") + 1 :] == _last_word(call) and module.resolve(call.func) == name


def _last_word(call: _ast.Call) -> str:
    """`d` of `a.b().d(…)`; empty if what is called has no name."""
    function = call.func
    if isinstance(function, _ast.Attribute):
        return function.attr
    return function.id if isinstance(function, _ast.Name) else ""


def temporary_or_opened(module: Module) -> Iterator[_ast.Call]:
    """Sites: calls into `tempfile`, and opens."""
    for call in module.nodes(_ast.Call):
        if (module.resolve(call.func) or "").startswith("tempfile.") or is_open(module, call):
            yield call


def is_open(module: Module, call: _ast.Call) -> bool:
    """Whether the call opens a file; an alias without `open` in it is left out (no prefilter sees it)."""
    if _last_word(call) != "open":
        return False
    return module.resolve(call.func) in OPENERS or opened_path(module, call) is not None


def opened_path(module: Module, call: _ast.Call) -> _ast.expr | None:
    """The path `p` of `p.open(…)` where p is known to be a `pathlib.Path`."""
    function = call.func
    if isinstance(function, _ast.Attribute) and function.attr == "open" and is_path(module, function.value):
        return function.value
    return None


def file_argument(module: Module, call: _ast.Call) -> _ast.expr | None:
    """The file that an open names."""
    path = opened_path(module, call)
    if path is not None:
        return path
    if call.args:
        return call.args[0]
    named = keyword_of(call, "file") or keyword_of(call, "filename")
    return named.value if named else None


def open_mode(module: Module, call: _ast.Call) -> str | None:
    """The mode of an open; None if it is computed."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    position = 0 if opened_path(module, call) is not None else 1
    if any(isinstance(argument, _ast.Starred) for argument in call.args[: position + 1]):
        return None
    named = keyword_of(call, "mode")
    given = call.args[position] if len(call.args) > position else named.value if named else None
    if given is None:
        return OPENERS.get(module.resolve(call.func) or "", "r")
    mode = constant(given)
    return mode if isinstance(mode, str) else None


def handle(module: Module, node: _ast.expr) -> _ast.Call | None:
    """The open, in the same function, that a handle comes from: its `with`, or the last one before."""
    if isinstance(node, _ast.Call):
        return node if is_open(module, node) else None
    if not isinstance(node, _ast.Name):
        return None
    scope, bindings = module.lookup(node)
    if scope is not module.function(node):
        return None
    around = set(module.ancestors(node))
    found = None
    for binding in bindings:
        source = assigned(module, binding.node)
        if not isinstance(source, _ast.Call) or not is_open(module, source):
            return None
        entered = module.parent(source)
        if isinstance(entered, _ast.withitem) and module.parent(entered) in around:
            return source
        if before(source, node):
            found = source
    return found


def assigned(module: Module, target: _ast.AST) -> _ast.expr | None:
    """V of `target = V` and of `with V as target`; None where the target gets its value otherwise."""
    parent = module.parent(target)
    if isinstance(parent, _ast.withitem):
        return parent.context_expr
    return parent.value if isinstance(parent, (_ast.Assign, _ast.AnnAssign, _ast.NamedExpr)) else None


def is_unsized(call: _ast.Call) -> bool:
    """Whether a read has no limit: no argument, or one of -1 or None."""
    return all(_is_no_limit(size) for size in (*call.args, *(keyword.value for keyword in call.keywords)))


def _is_no_limit(node: _ast.expr) -> bool:
    return constant(node) == -1 or (isinstance(node, _ast.Constant) and node.value is None)


def is_path(module: Module, node: _ast.AST | None) -> bool:
    """Whether the expression is known to be a `pathlib.Path`: made, derived or annotated as one."""
    for _ in range(_REACH):
        if isinstance(node, _ast.Call):
            if module.resolve(node.func) in _PATH_MAKERS:
                return True
            function = node.func
            if not isinstance(function, _ast.Attribute) or function.attr not in _PATH_METHODS:
                return False
            node = function.value
        elif isinstance(node, _ast.BinOp) and isinstance(node.op, _ast.Div):
            node = node.left
        elif isinstance(node, _ast.Attribute) and node.attr == "parent":
            node = node.value
        elif isinstance(node, _ast.Name):
            if _annotated_path(module, node):
                return True
            node = module.value_of(node)
        else:
            return False
    return False


def _annotated_path(module: Module, node: _ast.Name) -> bool:
    """Whether the name is a parameter `p: Path`, `p: Path | None` or `p: Optional[Path]`."""
    _, found = module.lookup(node)
    if len(found) != 1 or not isinstance(found[0].node, _ast.arg):
        return False
    note = found[0].node.annotation
    if isinstance(note, _ast.BinOp) and isinstance(note.right, _ast.Constant):
        note = note.left
    elif isinstance(note, _ast.Subscript) and module.resolve(note.value) == "typing.Optional":
        note = note.slice
    return module.resolve(note) in PATH_TYPES
