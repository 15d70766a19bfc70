"""What numpy calls return, and which expressions end up in a value (CORE-1, CORE-9)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.syntax import before, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from feedback_loop.detectors.syntax import Module


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# `float64` (and `double`) is a Python float and `str_` a Python str: json takes both.
TYPES = _names(
    "int8 int16 int32 int64 int_ intc intp byte short long longlong "
    "uint8 uint16 uint32 uint64 uint uintc uintp ubyte ushort ulong ulonglong "
    "float16 half float32 single longdouble float96 float128 "
    "complex64 complex128 complex256 csingle cdouble clongdouble "
    "bool_ bool datetime64 timedelta64 bytes_"
)
# Integers or booleans, alone or in an array. (`count_nonzero` without an axis is an int before numpy 2.4.)
INDEXES_AND_TESTS = _names(
    "argmin argmax argsort searchsorted count_nonzero any all isnan isinf isfinite isclose"
)
# Arrays of whatever type: the array itself is rejected, its elements may be float64.
ARRAYS = _names(
    "array asarray asanyarray ascontiguousarray asfortranarray copy zeros ones empty full "
    "zeros_like ones_like empty_like full_like arange linspace logspace geomspace eye identity "
    "concatenate stack hstack vstack dstack column_stack tile repeat unique where corrcoef"
)
# A number or an array whose type follows the input: float64 passes, integers and float32 do not.
INPUT_TYPED = _names(
    "sum prod max amax min amin dot abs absolute round around clip ptp mean std var median percentile"
)

# A payload is named, and what it holds is: `top = argmax(x); report = {"top": top}; dumps(report)`.
_STEPS = 2
_REPLACING_METHODS = frozenset(("update", "pop", "popitem", "clear", "remove"))
_CONTAINERS = (_ast.Dict, _ast.DictComp, _ast.List, _ast.ListComp, _ast.Tuple)
_CONSTRUCTORS = ("builtins.dict", "builtins.list", "builtins.tuple")


class Leaf:
    """An expression whose result is part of a value.

    `role` is `value`, `key` (of a dict) or `items` (only what it holds is taken, as in `list(x)`);
    `via` are the names it came through.
    """

    __slots__ = ("node", "role", "via")

    def __init__(self, node: _ast.expr, role: str, via: tuple[_ast.Name, ...]) -> None:
        self.node = node
        self.role = role
        self.via = via


def numpy_function(module: Module, node: _ast.AST) -> str | None:
    """`argmax` for a call of `numpy.argmax` under any import; None for anything else."""
    if not isinstance(node, _ast.Call):
        return None
    name = module.resolve(node.func)
    return name[len("numpy.") :] if name and name.startswith("numpy.") else None


# -- what a value holds ----------------------------------------------------------------------


def leaves(
    module: Module,
    expression: _ast.expr,
    through: Callable[[Module, _ast.expr], Iterable[_ast.expr]] = lambda module, node: (),
) -> Iterator[Leaf]:
    """The expressions a value is made of, outer before inner; `through` may open more than containers.

    A loop over a stack of its own: an expression may nest deeper than Python recurses.
    """
    pending = [Leaf(expression, "value", ())]
    opened: set[_ast.expr] = set()
    while pending:
        leaf = pending.pop()
        if leaf.node in opened:
            continue
        opened.add(leaf.node)
        yield leaf
        inner = [Leaf(node, role, leaf.via) for node, role in _contents(module, leaf)]
        inner += [Leaf(node, "value", leaf.via) for node in through(module, leaf.node)]
        if isinstance(leaf.node, _ast.Name) and len(leaf.via) < _STEPS:
            value = _flow(module, leaf.node)
            inner += [Leaf(value, leaf.role, (*leaf.via, leaf.node))] if value else []
        pending += reversed(inner)


def _contents(module: Module, leaf: Leaf) -> Iterator[tuple[_ast.expr, str]]:
    """What a display, constructor, comprehension or conditional takes its value from, with the role."""
    node = leaf.node
    if isinstance(node, (_ast.List, _ast.Tuple)):
        for item in node.elts:
            yield (item.value, "items") if isinstance(item, _ast.Starred) else (item, "value")
    elif isinstance(node, _ast.ListComp) or (isinstance(node, _ast.GeneratorExp) and leaf.role == "items"):
        yield node.elt, "value"
    elif isinstance(node, _ast.IfExp) and not _tells_types_apart(module, node.test):
        yield node.body, leaf.role
        yield node.orelse, leaf.role
    elif isinstance(node, _ast.Call):
        yield from _constructed(module, node)
    elif leaf.role != "items":
        yield from _pairs(node)


def _pairs(node: _ast.expr) -> Iterator[tuple[_ast.expr, str]]:
    if isinstance(node, _ast.DictComp):
        yield node.key, "key"
        yield node.value, "value"
    elif isinstance(node, _ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            # What `**` brings in is left out: another entry of the display may replace it.
            if key is not None:
                yield key, "key"
                yield value, "value"


def _constructed(module: Module, call: _ast.Call) -> Iterator[tuple[_ast.expr, str]]:
    kind = module.resolve(call.func)
    if kind not in _CONSTRUCTORS:
        return
    if kind == "builtins.dict":
        for keyword in call.keywords:
            if keyword.arg is not None:
                yield keyword.value, "value"
    if len(call.args) == 1 and not call.keywords:
        argument = call.args[0]
        if kind != "builtins.dict" or isinstance(argument, _ast.GeneratorExp):
            yield argument, "items"
        elif isinstance(argument, _CONTAINERS):
            yield argument, "value"


def _tells_types_apart(module: Module, test: _ast.expr) -> bool:
    """`x.tolist() if isinstance(x, ndarray) else x` converts where it must."""
    asked = ("builtins.isinstance", "builtins.hasattr", "builtins.type")
    return any(isinstance(node, _ast.Call) and module.resolve(node.func) in asked for node in walk(test))


# -- flow through names ----------------------------------------------------------------------


def _flow(module: Module, name: _ast.Name) -> _ast.expr | None:
    """The value of the name; None if it is a container whose parts may have been replaced since."""
    value = module.value_of(name)
    made = isinstance(value, _ast.Call) and module.resolve(value.func) in _CONSTRUCTORS
    if (made or isinstance(value, _CONTAINERS)) and is_changed(module, name, value):
        return None
    return value


def is_changed(module: Module, name: _ast.Name, value: _ast.expr | None) -> bool:
    """Whether code before this use of the name may have replaced a part of its value in place."""
    scope = module.lookup(name)[0]
    return any(
        other.id == name.id
        and isinstance(other.ctx, _ast.Load)
        and before(other, name)
        and module.lookup(other)[0] is scope
        and _may_change(module, other, value)
        for other in module.nodes(_ast.Name)
    )


def _may_change(module: Module, use: _ast.Name, value: _ast.expr | None) -> bool:
    parent = module.parent(use)
    if isinstance(parent, _ast.Subscript) and parent.value is use:
        return _is_stored_to(module, parent) and not _is_new_key(parent.slice, value)
    if isinstance(parent, _ast.Attribute):
        return parent.attr in _REPLACING_METHODS
    if isinstance(parent, (_ast.For, _ast.AsyncFor)):
        return parent.iter is use
    call = module.parent(parent) if isinstance(parent, (_ast.keyword, _ast.Starred)) else parent
    return isinstance(call, _ast.Call) and call.func is not use and not _only_reads(module, call)


def _is_stored_to(module: Module, node: _ast.Subscript) -> bool:
    """`x[0] = 1`, `x["a"]["b"] = 1`, `del x[0]`."""
    outer = module.parent(node)
    while isinstance(outer, _ast.Subscript) and outer.value is node:
        node, outer = outer, module.parent(outer)
    return not isinstance(node.ctx, _ast.Load)


def _is_new_key(key: _ast.expr, value: _ast.expr | None) -> bool:
    if not isinstance(value, _ast.Dict) or not isinstance(key, _ast.Constant):
        return False
    return all(isinstance(old, _ast.Constant) and old.value != key.value for old in value.keys)


def _only_reads(module: Module, call: _ast.Call) -> bool:
    name = module.resolve(call.func) or ""
    return name.partition(".")[0] in ("builtins", "json", "numpy", "math")
