"""Whether the code asks how long a value is before it takes an element of it by number."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.syntax import FUNCTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feedback_loop.detectors.syntax import Module

    # The scope that binds a name, and the name: two expressions with one key are the same value.
    Key = tuple[_ast.AST, str]

_CAUGHT = tuple("builtins." + name for name in ("BaseException", "Exception", "IndexError", "LookupError"))
_AS_LONG = tuple("builtins." + name for name in ("enumerate", "iter", "reversed", "sorted", "zip"))
_ADDERS = ("append", "insert")


def key_of(module: Module, node: _ast.AST | None) -> Key | None:
    """What a name or `sys.argv` stands for; None for other expressions and for names of unknown origin."""
    if isinstance(node, _ast.Attribute):
        return (module.tree, "sys.argv") if module.resolve(node) == "sys.argv" else None
    if not isinstance(node, _ast.Name):
        return None
    scope, _ = module.lookup(node)
    return (scope, node.id) if scope is not None else None


def uses_of(module: Module, wanted: Iterable[Key | None]) -> Iterator[tuple[Key, _ast.expr]]:
    """Every place where one of the wanted values is named."""
    keys = set(wanted)
    names = {key[1] for key in keys if key}
    mentions: list[_ast.Name | _ast.Attribute] = [*module.nodes(_ast.Name), *module.nodes(_ast.Attribute)]
    for mention in mentions:
        word = mention.id if isinstance(mention, _ast.Name) else "sys." + mention.attr
        key = key_of(module, mention) if word in names else None
        if key and key in keys:
            yield key, mention


class Region:
    """The code that a guard vouches for: from a place to the end of a node, or of the function.

    `separates`: the guard asks whether the text holds something, as in `"=" in text`.
    """

    __slots__ = ("end", "function", "separates", "start")

    def __init__(self, module: Module, first: _ast.AST, last: _ast.AST | None = None) -> None:
        self.function = module.function(first)
        self.start = (first.lineno, first.col_offset)  # type: ignore[attr-defined]
        self.end = (last.end_lineno, last.end_col_offset) if last else None  # type: ignore[attr-defined]
        self.separates = False

    def holds(self, module: Module, use: _ast.expr) -> bool:
        """Whether the use is in the region, in the guard's function or one inside of it."""
        place = (use.lineno, use.col_offset)
        if place < self.start or (self.end is not None and place > self.end):
            return False
        return any(function is self.function for function in _functions(module, use))


class Guards:
    """Of each wanted value, the regions in which something vouches for its length."""

    __slots__ = ("_module", "_regions")

    def __init__(self, module: Module, wanted: Iterable[Key | None]) -> None:
        self._module = module
        self._regions: dict[Key, list[Region]] = {}
        for key, mention in uses_of(module, wanted):
            self._regions.setdefault(key, []).extend(_vouched(module, mention))

    def cover(self, key: Key | None, use: _ast.Subscript) -> bool:
        """Whether the value was tested, measured, unpacked or grown by the time of the use."""
        regions = self._regions.get(key, ()) if key else ()
        return any(region.holds(self._module, use) for region in regions)

    def separate(self, text: Key | None, use: _ast.Subscript) -> bool:
        """Whether the text that the use splits was asked for a separator before."""
        regions = self._regions.get(text, ()) if text else ()
        return any(region.separates and region.holds(self._module, use) for region in regions)


def _functions(module: Module, node: _ast.AST) -> Iterator[_ast.AST]:
    """The functions around the node from the inside out, then the module."""
    while node is not module.tree:
        node = module.function(node)
        yield node


def _vouched(module: Module, value: _ast.expr) -> Iterator[Region]:
    """What this mention of the value vouches for: nothing, if it is no guard."""
    inner: _ast.AST = value
    separates = False
    for outer in module.ancestors(value):
        if isinstance(outer, _ast.Subscript) and outer.value is inner:
            if not isinstance(outer.slice, _ast.Slice):
                return  # the question is about an element, not about the value
        elif isinstance(outer, _ast.Compare) and isinstance(outer.ops[-1], (_ast.In, _ast.NotIn)):
            separates = outer.comparators[-1] is value
        region = _region(module, outer, inner, value)
        if region is not None:
            region.separates = separates
            yield region
        if isinstance(outer, (_ast.stmt, _ast.Lambda)):
            return
        inner = outer


def _region(module: Module, outer: _ast.AST, inner: _ast.AST, value: _ast.expr) -> Region | None:
    """The region of one step up, from an expression that holds the value to its parent."""
    if isinstance(outer, (_ast.If, _ast.While, _ast.Assert)):
        return Region(module, value) if outer.test is inner else None
    if isinstance(outer, _ast.IfExp):
        return Region(module, outer) if outer.test is inner else None
    if isinstance(outer, _ast.Match):
        return Region(module, value) if outer.subject is inner else None
    if isinstance(outer, _ast.comprehension):
        whole = module.parent(outer)
        asked = inner in outer.ifs or (outer.iter is inner and _is_as_long(module, inner, value))
        return Region(module, whole, whole) if whole and asked else None
    if isinstance(outer, (_ast.For, _ast.AsyncFor)):
        looped = outer.iter is inner and _is_as_long(module, inner, value)
        return Region(module, outer.iter, outer) if looped else None
    if isinstance(outer, _ast.Assign):
        unpacked = inner is value and isinstance(outer.targets[0], (_ast.Tuple, _ast.List))
        return Region(module, outer) if unpacked else None
    if isinstance(outer, _ast.Call):
        measured = module.resolve(outer.func) == "builtins.len"
        return Region(module, value) if measured else None
    grown = isinstance(outer, _ast.Attribute) and inner is value and outer.attr in _ADDERS
    return Region(module, value) if grown or isinstance(outer, _ast.BoolOp) else None


def _is_as_long(module: Module, iterated: _ast.AST, value: _ast.expr) -> bool:
    """Whether a loop over the expression runs only if the value has elements."""
    if isinstance(iterated, _ast.Call) and module.resolve(iterated.func) in _AS_LONG:
        return value in iterated.args
    return iterated is value


def is_caught(module: Module, use: _ast.AST) -> bool:
    """Whether a `try` or `suppress` around the use, in its function, takes the IndexError."""
    inner = use
    for outer in module.ancestors(use):
        if isinstance(outer, FUNCTIONS):
            return False
        if _catches(module, outer, inner):
            return True
        inner = outer
    return False


def _catches(module: Module, outer: _ast.AST, inner: _ast.AST) -> bool:
    if isinstance(outer, (_ast.Try, _ast.TryStar)) and inner in outer.body:
        return any(handler.type is None or _takes(module, handler.type) for handler in outer.handlers)
    if isinstance(outer, (_ast.With, _ast.AsyncWith)):
        return any(_suppresses(module, item.context_expr) for item in outer.items)
    return False


def _suppresses(module: Module, manager: _ast.expr) -> bool:
    if not isinstance(manager, _ast.Call) or module.resolve(manager.func) != "contextlib.suppress":
        return False
    return any(_takes(module, kind) for kind in manager.args)


def _takes(module: Module, kind: _ast.expr) -> bool:
    if isinstance(kind, _ast.Tuple):
        return any(_takes(module, element) for element in kind.elts)
    return module.resolve(kind) in _CAUGHT
