"""`python.unguarded_index`: an element taken by number from a list that may be shorter (CORE-2)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.guards import Guards, is_caught, key_of, uses_of
from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.syntax import constant, keyword_of, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.guards import Key
    from feedback_loop.detectors.syntax import Binding, Module, RawSpan

# What is known of a value, the strongest first: not a list or long enough; a list of any length;
# something that may be a list; nothing yet (None or an empty literal).
_FIXED, _LIST, _OPEN, _EMPTY = range(4)

_SEQUENCES = frozenset(("list", "List", "Sequence", "MutableSequence"))
_WRAPPERS = frozenset(("Annotated", "Final", "Optional", "Union"))
_LISTING_CALLS = frozenset(("glob.glob", "os.listdir", "re.findall", "shlex.split"))
_LISTING_METHODS = frozenset(("findall", "readlines", "splitlines"))
_FIXED_BUILTINS = ("bin", "bytes", "dict", "divmod", "hex", "range", "repr", "str", "tuple")
_FIXED_CALLS = frozenset(
    [
        *("builtins." + name for name in _FIXED_BUILTINS),
        *("os.path." + name for name in ("split", "splitdrive", "splitext")),
        *("re." + name for name in ("fullmatch", "match", "search")),
        *("struct.unpack", "struct.unpack_from", "sys.exc_info", "time.gmtime", "time.localtime"),
    ]
)
# Their results have a fixed number of parts: tuples, match objects, rows.
_PARTITIONS = ("partition", "rpartition", "span", "timetuple", "unpack", "unpack_from")
_MATCHERS = ("fetchone", "fullmatch", "groups", "match")
_FIXED_METHODS = frozenset((*_PARTITIONS, *_MATCHERS))
_FIXED_ATTRIBUTES = ("args", "shape")
_NOT_A_LIST = ("dtype", "get", "group", "groups", "items", "keys", "ndim", "shape", "values")


def constant_indexes(module: Module) -> Iterator[_ast.Subscript]:
    """Sites: loads of an element by a constant number, annotations left out."""
    for node in module.nodes(_ast.Subscript):
        by_number = isinstance(node.ctx, _ast.Load) and type(constant(node.slice)) is int
        if by_number and not _in_annotation(module, node):
            yield node


@check(
    "python.unguarded_index",
    sites=constant_indexes,
    exempt=("tests",),
    typed=tuple(b"[" + bytes((digit,)) for digit in b"-0123456789"),
)
def unguarded_index(module: Module) -> Iterator[Match]:
    """`x[0]` of a value that may be an empty list and that nothing has tested before."""
    kinds = [(use, _kind_of_indexed(module, use)) for use in constant_indexes(module)]
    risky = [(use, kind) for use, kind in kinds if kind in (_LIST, _OPEN) and not is_caught(module, use)]
    keys = {use: key_of(module, use.value) for use, _ in risky}
    texts = {use: key_of(module, _split_text(module, use.value)) for use, _ in risky}
    guards = Guards(module, (*keys.values(), *texts.values()))
    records = _records(module, {keys[use] for use, kind in risky if kind == _OPEN})
    for use, kind in risky:
        if kind == _OPEN and keys[use] in records:
            continue
        if not guards.cover(keys[use], use) and not guards.separate(texts[use], use):
            yield Match(span(use), _bracket(use))


def _bracket(use: _ast.Subscript) -> RawSpan:
    value = use.value
    return (value.end_lineno or 0, value.end_col_offset or 0, use.end_lineno or 0, use.end_col_offset or 0)


def _in_annotation(module: Module, node: _ast.AST) -> bool:
    inner = node
    for outer in module.ancestors(node):
        if inner in (getattr(outer, "annotation", None), getattr(outer, "returns", None)):
            return True
        if isinstance(outer, _ast.stmt):
            break
        inner = outer
    return False


def _split_text(module: Module, value: _ast.expr) -> _ast.expr | None:
    """`text` of `text.split(…)`, also one step back."""
    call = module.value_of(value) or value
    if isinstance(call, _ast.Call) and isinstance(call.func, _ast.Attribute) and call.func.attr == "split":
        return call.func.value
    return None


def _records(module: Module, wanted: set[Key | None]) -> set[Key | None]:
    """Of the values of unknown kind those used as something else than a list.

    Two different places taken by number (`pair[0]`, `pair[1]`) speak of a fixed shape.
    """
    places: dict[Key, set[int]] = {}
    found: set[Key | None] = set()
    for key, mention in uses_of(module, wanted):
        parent = module.parent(mention)
        if isinstance(parent, _ast.Attribute) and parent.attr in _NOT_A_LIST:
            found.add(key)
        if isinstance(parent, _ast.Subscript) and parent.value is mention:
            index = constant(parent.slice)
            if isinstance(index, int) and index >= 0:
                places.setdefault(key, set()).add(index)
            elif isinstance(index, str) or isinstance(parent.slice, _ast.Tuple):
                found.add(key)
    return found.union(key for key, indexes in places.items() if len(indexes) > 1)


# -- what is known of the value ----------------------------------------------------------------


def _kind_of_indexed(module: Module, use: _ast.Subscript) -> int:
    index = constant(use.slice)
    value = use.value
    if isinstance(value, _ast.Call):
        kind = _kind_of_call(module, value, index)
        return kind if kind == _LIST else _FIXED
    if module.resolve(value) == "sys.argv":
        return _kind(module, value, index)
    if not isinstance(value, _ast.Name):
        return _FIXED
    _, found = module.lookup(value)
    return min((_kind_of_binding(module, binding, index) for binding in found), default=_FIXED)


def _kind_of_binding(module: Module, binding: Binding, index: object) -> int:
    node = binding.node
    parent = module.parent(node)
    if isinstance(node, _ast.arg):
        return _kind_of_parameter(module, node, index)
    if not isinstance(node, _ast.Name):
        return _FIXED
    if isinstance(node.ctx, _ast.Del):
        return _EMPTY
    if isinstance(parent, _ast.AnnAssign):
        return _kind_of_declared(module, parent.annotation, parent.value, index)
    if isinstance(parent, (_ast.Assign, _ast.NamedExpr)):
        return _kind(module, parent.value, index)
    if isinstance(parent, _ast.AugAssign):
        return _FIXED if _kind(module, parent.value, index) == _FIXED else _EMPTY
    # Elements of something unpacked or iterated mostly are tuples; `*rest` is a list.
    return _LIST if isinstance(parent, _ast.Starred) else _FIXED


def _kind_of_parameter(module: Module, parameter: _ast.arg, index: object) -> int:
    arguments = module.parent(parameter)
    if not isinstance(arguments, _ast.arguments) or isinstance(module.parent(arguments), _ast.Lambda):
        return _FIXED
    if parameter in (arguments.vararg, arguments.kwarg) or parameter.arg in ("self", "cls"):
        return _FIXED
    default = _default_of(arguments, parameter)
    if parameter.annotation is not None:
        return _kind_of_declared(module, parameter.annotation, default, index)
    return min(_OPEN, _kind(module, default, index)) if default else _OPEN


def _default_of(arguments: _ast.arguments, parameter: _ast.arg) -> _ast.expr | None:
    if parameter in arguments.kwonlyargs:
        return arguments.kw_defaults[arguments.kwonlyargs.index(parameter)]
    positional = (*arguments.posonlyargs, *arguments.args)
    place = positional.index(parameter) - len(positional) + len(arguments.defaults)
    return arguments.defaults[place] if place >= 0 else None


def _kind_of_declared(module: Module, note: _ast.expr, value: _ast.expr | None, index: object) -> int:
    if not _is_sequence(note):
        return _FIXED
    return min(_LIST, _kind(module, value, index)) if value else _LIST


def _is_sequence(note: _ast.expr) -> bool:
    """Whether an annotation admits a list: `list[int]`, `Sequence[str] | None`, `Optional[List]`."""
    if isinstance(note, _ast.BinOp):
        return _is_sequence(note.left) or _is_sequence(note.right)
    if isinstance(note, _ast.Subscript):
        if _last_name(note.value) in _WRAPPERS:
            inner = note.slice.elts if isinstance(note.slice, _ast.Tuple) else [note.slice]
            return any(map(_is_sequence, inner))
        note = note.value
    text = note.value if isinstance(note, _ast.Constant) else None
    if isinstance(text, str):
        return text.partition("[")[0].rpartition(".")[2].strip() in _SEQUENCES
    return _last_name(note) in _SEQUENCES


def _last_name(node: _ast.expr) -> str:
    return node.attr if isinstance(node, _ast.Attribute) else getattr(node, "id", "")


def _kind(module: Module, value: _ast.expr | None, index: object) -> int:
    """What an assigned expression is; everything but calls and references is a literal or no list."""
    if module.resolve(value) == "sys.argv":
        return _LIST if isinstance(index, int) and index >= 1 else _FIXED
    if isinstance(value, _ast.Call):
        return _kind_of_call(module, value, index)
    if isinstance(value, (_ast.BoolOp, _ast.IfExp)):
        parts = value.values if isinstance(value, _ast.BoolOp) else (value.body, value.orelse)
        return min(_kind(module, part, index) for part in parts)
    if isinstance(value, _ast.Await):
        return _kind(module, value.value, index)
    if isinstance(value, _ast.Attribute):
        return _FIXED if value.attr in _FIXED_ATTRIBUTES else _OPEN
    if isinstance(value, (_ast.ListComp, _ast.Name, _ast.NamedExpr, _ast.Subscript)):
        return _OPEN
    empty = isinstance(value, _ast.Constant) and not value.value
    return _EMPTY if empty or (isinstance(value, (_ast.List, _ast.Tuple)) and not value.elts) else _FIXED


def _kind_of_call(module: Module, call: _ast.Call, index: object) -> int:
    callee, target = _last_name(call.func), module.resolve(call.func) or ""
    if target in _LISTING_CALLS:
        return _LIST
    if target in _FIXED_CALLS or target.startswith("numpy.") or callee[:1].isupper():
        return _FIXED
    method = isinstance(call.func, _ast.Attribute)
    if target == "re.split" or (method and callee == "split"):
        return _kind_of_split(call, target, index)
    if not method:
        return _OPEN
    if callee in _LISTING_METHODS:
        return _LIST
    return _FIXED if callee in _FIXED_METHODS else _OPEN


def _kind_of_split(call: _ast.Call, target: str, index: object) -> int:
    """`text.split(s)` has a first and a last part in any case, `text.split()` may have none."""
    literal = isinstance(getattr(call.func, "value", None), _ast.Constant)
    if literal or target not in ("", "re.split"):
        return _FIXED
    keyword = keyword_of(call, "sep")
    separator = call.args[0] if call.args else keyword and keyword.value
    named = separator is not None and not (isinstance(separator, _ast.Constant) and separator.value is None)
    return _FIXED if named and index in (0, -1) else _LIST
