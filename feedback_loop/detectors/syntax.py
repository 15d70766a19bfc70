"""A parsed Python module: nodes by type, parents, scopes and what a name stands for.

`_ast` instead of `ast` and no other import: this file is loaded inside a commit hook.
"""

from __future__ import annotations

import _ast
import builtins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeVar

    Node = TypeVar("Node", bound=_ast.AST)
    RawSpan = tuple[int, int, int, int]
    # Nodes by type, and each node's parent and scope.
    Index = tuple[dict[type[_ast.AST], list[_ast.AST]], dict[_ast.AST, tuple[_ast.AST, _ast.AST]]]

_DEFINITIONS = (_ast.FunctionDef, _ast.AsyncFunctionDef)
FUNCTIONS = (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.Lambda)
COMPREHENSIONS = (_ast.ListComp, _ast.SetComp, _ast.DictComp, _ast.GeneratorExp)
SCOPES = (*FUNCTIONS, *COMPREHENSIONS, _ast.ClassDef, _ast.Module)

# Expression contexts and operators are shared singletons without a place: nothing asks for them.
_NODE_KINDS = (
    _ast.stmt,
    _ast.expr,
    _ast.excepthandler,
    _ast.comprehension,
    _ast.arguments,
    _ast.arg,
    _ast.keyword,
    _ast.alias,
    _ast.withitem,
    _ast.match_case,
    _ast.pattern,
)
# The same as classes: asking for one of them is a look-up, where `isinstance` would try eleven.
_NODES = frozenset(
    kind for kind in vars(_ast).values() if isinstance(kind, type) and issubclass(kind, _NODE_KINDS)
)
_STATEMENTS = (_ast.stmt, _ast.excepthandler)
_LEAVES = (_ast.Constant, _ast.Global, _ast.MatchSingleton, _ast.Name, _ast.Nonlocal)
# Fields that hold no node, or none with a place.
_PLAIN = frozenset(
    ("arg", "asname", "attr", "ctx", "id", "level", "module", "name", "op", "ops", "type_comment")
)
_fields: dict[type[_ast.AST], tuple[str, ...]] = {}


def _holding(kind: type[_ast.AST]) -> tuple[str, ...]:
    """The fields of a class that may hold nodes."""
    fields = _fields.get(kind)
    if fields is None:
        plain = issubclass(kind, _LEAVES)
        fields = () if plain else tuple(name for name in kind._fields if name not in _PLAIN)
        _fields[kind] = fields
    return fields


class Binding:
    """One place that gives a name a meaning. `target` is the dotted name of an absolute import."""

    __slots__ = ("node", "target")

    def __init__(self, node: _ast.AST, target: str | None) -> None:
        self.node = node
        self.target = target


class Module:
    """One parsed file with the questions checks ask of it."""

    __slots__ = ("_bindings", "_homes", "_indexed", "_parents", "_reached", "_text", "tree")

    def __init__(self, tree: _ast.Module, text: bytes | None = None) -> None:
        self.tree = tree
        self._text = text
        self._indexed: Index | None = None
        self._reached: dict[tuple[bytes, ...], list[_ast.AST]] = {}
        self._parents: dict[_ast.AST, _ast.AST] = {}  # of what has been reached
        self._bindings: dict[_ast.AST, dict[str, list[Binding]]] | None = None
        self._homes: dict[tuple[_ast.AST, str], _ast.AST] = {}

    def _index(self) -> Index:
        """Walk once, depth first: nodes by type, and for each node its parent and its scope.

        It takes longer than parsing did: done at the first question that needs it.
        """
        if self._indexed is not None:
            return self._indexed
        tree = self.tree
        by_type: dict[type[_ast.AST], list[_ast.AST]] = {}
        links: dict[_ast.AST, tuple[_ast.AST, _ast.AST]] = {}
        self._indexed = by_type, links
        pending: list[tuple[_ast.AST, _ast.AST]] = [(tree, tree)]
        while pending:
            node, scope = pending.pop()
            kind = node.__class__
            by_type.setdefault(kind, []).append(node)
            inner = kind in SCOPES
            found = []
            for field in _holding(kind):
                value = getattr(node, field)
                # Decorators, bases, annotations and defaults are evaluated outside of what they adorn.
                here = scope if not inner or field in _OUTSIDE else node
                if value.__class__ in _NODES:
                    links[value] = (node, here)
                    found.append((value, here))
                elif value.__class__ is list:
                    for child in value:
                        if child.__class__ in _NODES:
                            links[child] = (node, here)
                            found.append((child, here))
            if found:
                found.reverse()
                pending += found
        self._move_outside()
        return self._indexed

    def _move_outside(self) -> None:
        """What is evaluated before its scope begins belongs to the scope around it.

        Those are the defaults and annotations of parameters, and the first iterable of a comprehension.
        """
        links = self._index()[1]
        for loops in self.nodes(*COMPREHENSIONS):
            self._move(loops.generators[0].iter, links[loops][1], loops)  # type: ignore[attr-defined]
        for node in (*self.nodes(*_DEFINITIONS), *self.nodes(_ast.Lambda)):
            arguments = node.args  # type: ignore[attr-defined]
            outside = links[node][1]
            named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            notes = [arg.annotation for arg in (*named, arguments.vararg, arguments.kwarg) if arg]
            for expression in (*arguments.defaults, *arguments.kw_defaults, *notes):
                if expression is not None:
                    self._move(expression, outside, node)

    def _move(self, top: _ast.AST, scope: _ast.AST, old: _ast.AST) -> None:
        links = self._index()[1]
        for node in walk(top):
            parent, current = links[node]
            if current is old:
                links[node] = (parent, scope)

    # -- places ------------------------------------------------------------------------------

    def nodes(self, *types: type[Node]) -> list[Node]:
        """All nodes of exactly these classes (`_ast.Call`, …); within a class depth first, holders first."""
        by_type = self._index()[0]
        if len(types) == 1:
            return by_type.get(types[0], [])  # type: ignore[return-value]
        return [node for kind in types for node in by_type.get(kind, ())]  # type: ignore[misc]

    def near(self, kind: type[Node], words: tuple[bytes, ...]) -> list[Node]:
        """The nodes of a class that reach over a line with one of the words, in the order of `nodes`.

        For checks whose every anchor holds such a word: the rest of the tree is not even walked.
        """
        if self._text is None or self._indexed is not None:
            return self.nodes(kind)
        return [node for node in self._reach(words) if isinstance(node, kind)]

    def _reach(self, words: tuple[bytes, ...]) -> list[_ast.AST]:
        """All nodes but for those below statements that reach over no line with one of the words."""
        if words in self._reached:
            return self._reached[words]
        rows = _rows_with(self._text or b"", words)
        found = self._reached[words] = []
        pending: list[_ast.AST] = [self.tree]
        while pending:
            node = pending.pop()
            found.append(node)
            inner = [child for child in _children(node) if not _between(child, rows)]
            for child in inner:
                self._parents[child] = node
            inner.reverse()
            pending += inner
        return found

    def imports(self, *packages: str) -> bool:
        """Whether any of these top-level packages is imported anywhere, under whatever name."""
        words = tuple(package.encode() for package in packages)
        plain = [alias.name for one in self.near(_ast.Import, words) for alias in one.names]
        parts = [one.module or "" for one in self.near(_ast.ImportFrom, words) if not one.level]
        return any(name.partition(".")[0] in packages for name in (*plain, *parts))

    def parent(self, node: _ast.AST) -> _ast.AST | None:
        """The node that holds this one; None for the module."""
        if self._indexed is None and node in self._parents:
            return self._parents[node]
        link = self._index()[1].get(node)
        return link[0] if link else None

    def ancestors(self, node: _ast.AST) -> Iterator[_ast.AST]:
        """Parent, grandparent, … up to and with the module."""
        outer = self.parent(node)
        while outer is not None:
            yield outer
            outer = None if outer is self.tree else self.parent(outer)

    def scope(self, node: _ast.AST) -> _ast.AST:
        """The scope in which the node's names are looked up: function, class, comprehension or module."""
        link = self._index()[1].get(node)
        return link[1] if link else self.tree

    def function(self, node: _ast.AST) -> _ast.AST:
        """The innermost function (or lambda) around the node, or the module: the unit of flow."""
        scope = self.scope(node)
        while not isinstance(scope, (*FUNCTIONS, _ast.Module)):
            scope = self.scope(scope)
        return scope

    def within(self, function: _ast.AST, *types: type[Node]) -> Iterator[Node]:
        """Nodes of these types whose `function()` is the given one, nested functions left out."""
        for node in self.nodes(*types):
            if self.function(node) is function:
                yield node

    # -- names -------------------------------------------------------------------------------

    def bindings(self, scope: _ast.AST, name: str) -> list[Binding]:
        """Every place that binds the name of this very scope, `global` and `nonlocal` followed."""
        if self._bindings is None:
            from feedback_loop.detectors.bindings import collect

            self._bindings, self._homes = collect(self)
        return self._bindings.get(scope, {}).get(name, [])

    def lookup(self, node: _ast.Name) -> tuple[_ast.AST | None, list[Binding]]:
        """The scope that binds the name as seen from the node, and the bindings; (None, []) if none does."""
        scope = start = self.scope(node)
        while True:
            if scope is start or not isinstance(scope, _ast.ClassDef):
                found = self.bindings(scope, node.id)
                if found:
                    return scope, found
                home = self._homes.get((scope, node.id)) if self._homes else None
                if home is not None:
                    found = self.bindings(home, node.id)
                    return (home, found) if found else (None, [])
            if scope is self.tree:
                return None, []
            scope = self.scope(scope)

    def resolve(self, node: _ast.AST | None) -> str | None:
        """The dotted name that a Name or Attribute stands for, through imports; None if unknown.

        `np.float32` -> `numpy.float32` after `import numpy as np`; an unbound builtin ->
        `builtins.print`. A name that anything but imports of one target binds is unknown.
        """
        parts: list[str] = []
        while isinstance(node, _ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, _ast.Name):
            return None
        scope, found = (None, []) if self._is_surely_builtin(node.id) else self.lookup(node)
        if scope is None:
            base = "builtins." + node.id if hasattr(builtins, node.id) else None
        else:
            targets = {binding.target for binding in found}
            base = targets.pop() if len(targets) == 1 else None
        if base is None:
            return None
        parts.append(base)
        parts.reverse()
        return ".".join(parts)

    def _is_surely_builtin(self, name: str) -> bool:
        """Whether nothing in the module can give the builtin's name another meaning; asked before the index
        is made, which mostly need not be made then."""
        if self._indexed is not None or self._text is None or not hasattr(builtins, name):
            return False
        return not any(_may_bind(node, name) for node in self._reach((name.encode(),)))

    def value_of(self, node: _ast.AST) -> _ast.expr | None:
        """One-step flow: V if the node is a name whose only binding is an earlier `name = V`."""
        if not isinstance(node, _ast.Name):
            return None
        _, found = self.lookup(node)
        if len(found) != 1:
            return None
        statement = self.parent(found[0].node)
        if isinstance(statement, _ast.Assign):
            plain = len(statement.targets) == 1 and statement.targets[0] is found[0].node
        else:
            plain = isinstance(statement, _ast.AnnAssign) and statement.target is found[0].node
        if not plain or not before(found[0].node, node):
            return None
        return statement.value  # type: ignore[union-attr,no-any-return]


_OUTSIDE = frozenset(("decorator_list", "returns", "bases", "keywords"))


def _may_bind(node: _ast.AST, name: str) -> bool:
    """Whether the node could bind the name, in whatever scope; in doubt it could."""
    if isinstance(node, _ast.Name):
        return node.id == name and not isinstance(node.ctx, _ast.Load)
    if isinstance(node, (_ast.Global, _ast.Nonlocal)):
        return name in node.names
    said = [getattr(node, field, None) for field in ("name", "asname", "arg", "rest")]
    return name in said or (isinstance(node, _ast.alias) and node.name.partition(".")[0] == name)


def _rows_with(text: bytes, words: tuple[bytes, ...]) -> list[int]:
    rows = set()
    for word in words:
        row, seen = 1, 0
        at = text.find(word)
        while at >= 0:
            row += text.count(b"\n", seen, at)
            rows.add(row)
            seen = at
            at = text.find(word, at + 1)
    return sorted(rows)


def _children(node: _ast.AST) -> list[_ast.AST]:
    found: list[_ast.AST] = []
    for field in _holding(node.__class__):
        value = getattr(node, field)
        if value.__class__ in _NODES:
            found.append(value)
        elif value.__class__ is list:
            found += [child for child in value if child.__class__ in _NODES]
    return found


def _between(node: _ast.AST, rows: list[int]) -> bool:
    """Whether a statement lies between the rows; of other nodes nobody asks."""
    if not isinstance(node, _STATEMENTS):
        return False
    first, last = node.lineno, node.end_lineno or node.lineno
    decorators = getattr(node, "decorator_list", None)
    if decorators:
        first = decorators[0].lineno
    low, high = 0, len(rows)
    while low < high:  # bisect, without its import
        middle = (low + high) // 2
        if rows[middle] < first:
            low = middle + 1
        else:
            high = middle
    return low == len(rows) or rows[low] > last


def walk(node: _ast.AST) -> Iterator[_ast.AST]:
    """The node and everything below it."""
    pending: list[_ast.AST] = [node]
    while pending:
        node = pending.pop()
        yield node
        pending += _children(node)


def before(first: _ast.AST, second: _ast.AST) -> bool:
    """Whether the first node begins before the second."""
    return (first.lineno, first.col_offset) < (second.lineno, second.col_offset)  # type: ignore[attr-defined]


def span(node: _ast.AST) -> RawSpan:
    """The whole node."""
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]


def name_span(node: _ast.expr) -> RawSpan:
    """Of `a.b.c` only `c`, of a plain name the name, of anything else all of it."""
    if isinstance(node, _ast.Attribute):
        end_line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        # An identifier may be longer in its normal form than it is written.
        return (end_line, max(0, end - len(node.attr.encode())), end_line, end)
    return span(node)


def keyword_of(call: _ast.Call, name: str) -> _ast.keyword | None:
    """The keyword argument called `name`, if the call has one."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword
    return None


def constant(node: _ast.AST | None) -> object:
    """The value of a literal, `-1` included; None if the node is not one (or is None)."""
    if isinstance(node, _ast.Constant):
        return node.value
    if isinstance(node, _ast.UnaryOp) and isinstance(node.op, _ast.USub):
        value = constant(node.operand)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return -value
    return None
