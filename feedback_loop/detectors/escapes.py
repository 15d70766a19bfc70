"""What becomes of a file or temporary path: where its value goes, and who cleans up.

The words are those of the checks' definitions: a value *escapes* when it is returned, yielded,
stored in an attribute or container, or passed whole; whoever received it may clean up.
"""

from __future__ import annotations

import _ast

from feedback_loop.detectors.resources import OPENERS, PATH_TYPES, assigned
from feedback_loop.detectors.syntax import keyword_of, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feedback_loop.detectors.syntax import Module

# These use an argument and give it back: they neither close nor delete it, nor keep it.
_BORROWERS = frozenset(
    (
        *("builtins.all", "builtins.any", "builtins.bool", "builtins.dict", "builtins.frozenset"),
        *("builtins.isinstance", "builtins.len", "builtins.list", "builtins.max", "builtins.min"),
        *("builtins.set", "builtins.sorted", "builtins.sum", "builtins.tuple"),
        *("os.access", "os.chdir", "os.chmod", "os.listdir", "os.makedirs", "os.mkdir", "os.scandir"),
        *("os.stat", "os.utime", "os.walk", "os.path.exists", "os.path.getmtime", "os.path.getsize"),
        *("os.path.isdir", "os.path.isfile", "shutil.copyfileobj"),
        *("json.dump", "json.load", "marshal.dump", "marshal.load", "pickle.dump", "pickle.load"),
        *("plistlib.dump", "plistlib.load", "tomllib.load"),
        *("yaml.dump", "yaml.load", "yaml.safe_dump", "yaml.safe_load"),
    )
)
# The result of these stands for the argument.
_CARRIERS = PATH_TYPES | {
    *("builtins.enumerate", "builtins.filter", "builtins.iter", "builtins.map", "builtins.reversed"),
    *("builtins.str", "builtins.zip", "csv.DictReader", "csv.DictWriter", "csv.reader", "csv.writer"),
    *("os.fspath", "os.path.abspath", "os.path.join", "os.path.normpath", "os.path.realpath"),
}
# Attributes of a file or path that do not tell where it is.
_ANONYMOUS = frozenset(
    (
        *("chmod", "close", "closed", "endswith", "exists", "fileno", "flush", "is_dir", "is_file"),
        *("isatty", "mkdir", "mode", "open", "read", "read_bytes", "read_text", "readable", "readline"),
        *("readlines", "seek", "seekable", "startswith", "stat", "tell", "touch", "truncate"),
        *("writable", "write", "write_bytes", "write_text", "writelines"),
    )
)
_MOVERS = frozenset(("move", "remove", "rename", "replace", "rmdir", "rmtree", "unlink"))
_FOLDER_MAKERS = frozenset(("tempfile.TemporaryDirectory", "tempfile.mkdtemp"))
_CLEANERS = frozenset(
    (
        *("unlink", "remove", "rmtree", "ExitStack", "AsyncExitStack", "addCleanup", "addClassCleanup"),
        *("addModuleCleanup", "addfinalizer", "atexit"),
    )
)
# A value that is a child of one of these goes nowhere else (or goes on, see _onward).
_HARMLESS = frozenset(
    (
        *(_ast.Assert, _ast.Assign, _ast.AnnAssign, _ast.AsyncFor, _ast.Await, _ast.BinOp),
        *(_ast.BoolOp, _ast.Compare, _ast.Delete, _ast.Expr, _ast.For, _ast.FormattedValue),
        *(_ast.If, _ast.IfExp, _ast.JoinedStr, _ast.NamedExpr, _ast.UnaryOp, _ast.While),
        *(_ast.comprehension, _ast.withitem),
    )
)
_PASSED_ON = frozenset((_ast.Await, _ast.BinOp, _ast.BoolOp, _ast.FormattedValue, _ast.JoinedStr))


# -- where a value goes ----------------------------------------------------------------------


def locates(attribute: str) -> bool:
    """Whether this attribute or method of a path, or of a file with a name, may tell where it is."""
    return attribute not in _ANONYMOUS


def keeps_open(attribute: str) -> bool:
    """Whether this attribute or method of an open file can close it or hand it on."""
    return attribute in ("__enter__", "__exit__", "buffer", "close", "detach")


def trail(module: Module, start: _ast.expr, carries: Callable[[str], bool]) -> Iterator[_ast.expr]:
    """Every expression of the module that stands for the value of `start`, itself first.

    Followed through names (all their loads), wrappers such as `Path(x)`, operators and those
    attributes that `carries` admits. `start` may be an assignment target.
    """
    pending = [start]
    seen = set()
    while pending:
        node = pending.pop()
        if node not in seen:
            seen.add(node)
            yield node
            pending += _onward(module, node, carries)


def escapes(module: Module, node: _ast.expr) -> bool:
    """Whether this expression is where a value is returned, yielded, stored or passed whole."""
    if isinstance(node, _ast.Name) and _is_held_elsewhere(module, node):
        return True
    if _is_target(node):
        return not isinstance(node, _ast.Name)
    parent = module.parent(node)
    if isinstance(parent, _ast.Attribute):
        return parent.attr in _MOVERS
    if isinstance(parent, _ast.Subscript):
        return parent.value is not node
    if isinstance(parent, _ast.Tuple):
        return _paired(module, parent, node) is None
    call = _receiving(module, node)
    if call is not None:
        return not _borrowed(module, call, parent) and module.resolve(call.func) not in _CARRIERS
    return parent.__class__ not in _HARMLESS


def _onward(module: Module, node: _ast.expr, carries: Callable[[str], bool]) -> list[_ast.expr]:
    if _is_target(node):
        return loads(module, node) if isinstance(node, _ast.Name) else []
    parent = module.parent(node)
    if isinstance(parent, _ast.Assign):
        return parent.targets
    if isinstance(parent, _ast.AnnAssign):
        return [parent.target]
    if isinstance(parent, _ast.NamedExpr):
        return [parent.target, parent]
    if isinstance(parent, _ast.withitem):
        return [parent.optional_vars] if parent.optional_vars else []
    if isinstance(parent, _ast.Attribute):
        return _through(module, parent, carries)
    if isinstance(parent, _ast.Tuple):
        paired = _paired(module, parent, node)
        return [paired] if paired else []
    if isinstance(parent, (_ast.IfExp, _ast.Subscript)):
        return [parent] if node not in (getattr(parent, "test", None), getattr(parent, "slice", None)) else []
    call = _receiving(module, node)
    if call is not None:
        return [call] if module.resolve(call.func) in _CARRIERS else []
    return [parent] if parent.__class__ in _PASSED_ON else []  # type: ignore[list-item]


def _is_held_elsewhere(module: Module, name: _ast.Name) -> bool:
    """Whether another scope than the function around the name holds the value or is there to use it."""
    home, function = module.lookup(name)[0], module.function(name)
    if home is not module.tree:
        return home is not function
    if _is_target(name):
        # A global that only importers can use is an attribute of the module.
        return function is not home or not loads(module, name)
    return False


def _is_target(node: _ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None), _ast.Store)


def loads(module: Module, target: _ast.Name) -> list[_ast.expr]:
    """Every use of the name in the scope that the target binds it in, whatever it holds by then."""
    home = module.lookup(target)[0]
    return [
        name
        for name in module.nodes(_ast.Name)
        if name.id == target.id and isinstance(name.ctx, _ast.Load) and module.lookup(name)[0] is home
    ]


def _through(module: Module, attribute: _ast.Attribute, carries: Callable[[str], bool]) -> list[_ast.expr]:
    """What `value.attribute` or `value.attribute(…)` hands on of the value."""
    parent = module.parent(attribute)
    called = isinstance(parent, _ast.Call) and parent.func is attribute
    if not carries(attribute.attr):
        return []
    return [parent] if called else [attribute]  # type: ignore[list-item]


def _paired(module: Module, display: _ast.Tuple, node: _ast.expr) -> _ast.expr | None:
    """The target of the element in `a, b = x, y`."""
    parent = module.parent(display)
    if not isinstance(parent, _ast.Assign) or len(parent.targets) != 1:
        return None
    target = parent.targets[0]
    if not isinstance(target, (_ast.Tuple, _ast.List)) or len(target.elts) != len(display.elts):
        return None
    if any(isinstance(item, _ast.Starred) for item in (*target.elts, *display.elts)):
        return None
    return target.elts[display.elts.index(node)]


def _receiving(module: Module, node: _ast.expr) -> _ast.Call | None:
    """The call that the expression is an argument of, whole."""
    parent = module.parent(node)
    if isinstance(parent, _ast.keyword):
        parent = module.parent(parent)
    return parent if isinstance(parent, _ast.Call) else None


def _borrowed(module: Module, call: _ast.Call, parent: _ast.AST | None) -> bool:
    name = module.resolve(call.func)
    if name == "builtins.print":
        return isinstance(parent, _ast.keyword) and parent.arg == "file"
    if name in OPENERS:
        # A handle that leaves knows its path; one used on the spot does not take it anywhere.
        return isinstance(module.parent(call), (_ast.withitem, _ast.Attribute))
    return name in _BORROWERS


# -- clean-up --------------------------------------------------------------------------------


def cleaned_up(module: Module, node: _ast.AST) -> bool:
    """Whether the function around the node (functions inside it included) has any clean-up."""
    function = module.function(node)
    inside = module.within(function, _ast.Name, _ast.Attribute) if function is module.tree else walk(function)
    for item in inside:
        if isinstance(item, _ast.Name):
            word = item.id
        elif isinstance(item, _ast.Attribute):
            word = item.attr
        else:
            continue
        if word in _CLEANERS or module.resolve(item) == "weakref.finalize":
            return True
    return False


def in_temporary_folder(module: Module, call: _ast.Call) -> bool:
    """Whether `dir=` comes from a temporary folder made here: what deletes the folder deletes all in it."""
    folder = keyword_of(call, "dir")
    pending = [folder.value] if folder else []
    seen = set()
    while pending:
        for node in walk(pending.pop()):
            if isinstance(node, _ast.Call) and module.resolve(node.func) in _FOLDER_MAKERS:
                return True
            if isinstance(node, _ast.Name) and node.id not in seen:
                seen.add(node.id)
                values = (assigned(module, binding.node) for binding in module.lookup(node)[1])
                pending += [value for value in values if value is not None]
    return False


def in_finally(module: Module, node: _ast.AST) -> bool:
    """Whether the node stands in a `finally` block of its function."""
    function = module.function(node)
    child = node
    for ancestor in module.ancestors(node):
        if ancestor is function:
            return False
        if isinstance(ancestor, (_ast.Try, _ast.TryStar)) and child in ancestor.finalbody:
            return True
        child = ancestor
    return False
