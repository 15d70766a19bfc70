"""What happens while an example's module is loaded: only values and definitions may be made.

Every name is resolved, none is judged by how it looks: what is imported under another name, bound to a
constant or defined by the example itself is what it is. What cannot be resolved is refused.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator

from feedback_loop.engines.generate.imports import read_imports
from feedback_loop.engines.generate.known import (
    APPS,
    ASKED,
    BASES,
    BUILTIN,
    CALLS,
    CONFIGURING,
    DECIDING,
    DECORATORS,
    ENUMS,
    EXCEPTIONS,
    HOOK_WORDS,
    HOOKS,
    ITERATING,
    LIBRARIES,
    MODEL,
    MODULE,
    ROUTES,
    SHOWS,
)
from feedback_loop.engines.generate.names import bound

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_APP = "an application"
_COMPUTED = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Starred, ast.JoinedStr, ast.FormattedValue),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Slice),
)
_VALUE, _FOREIGN, _DEFINED, _PROPERTY = "a value", "a value of others", "a function", "a property"
_CLASS = "a class "  # and what it is derived from: one of DECIDING, or nothing that matters


class _EffectError(Exception):
    """What would happen, in words."""


def loading_fault(tree: ast.Module) -> str:
    """What the module would do when it is loaded, beside making values and definitions; "" = nothing."""
    try:
        _Loading(tree).check()
    except _EffectError as error:
        return str(error)
    return ""


class _Loading:
    """Walks what loading runs. `_names` is name -> what it means, `_own` are all names of the module."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._own = bound(tree.body)
        self._names: dict[str, str] = {}

    def check(self) -> None:
        """Raises _EffectError."""
        for node in self._tree.body:
            for name in sorted(bound([node])):
                if name in self._names and not _is_dotted(node):
                    raise _at(node, f"{name} is given a meaning twice")
                if name in MODULE:
                    raise _at(node, f"{name} means something else to Python")
            self._statement(node)

    # -- statements ----------------------------------------------------------------------------------

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for one in read_imports(node):
                whole = one.module if one.alias else one.bound
                self._names[one.bound] = f"{one.module}.{one.name}" if one.name else whole
        elif isinstance(node, _Function):
            self._names[node.name] = self._function(node)
        elif isinstance(node, ast.ClassDef):
            self._names[node.name] = self._class(node)
        elif isinstance(node, ast.Assign):
            meaning = self._meaning(node.value)
            for target in node.targets:
                self._target(target, node.value, meaning)
        elif isinstance(node, ast.AnnAssign):
            self._meaning(node.annotation)
            meaning = self._meaning(node.value) if node.value else _VALUE
            self._target(node.target, node.value or node.annotation, meaning)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            raise _at(node, "something is done while the module is loaded")

    def _target(self, target: ast.expr, value: ast.expr, meaning: str) -> None:
        if isinstance(target, ast.Name):
            self._names[target.id] = meaning
        elif isinstance(target, ast.Tuple | ast.List) and (
            isinstance(value, ast.Tuple | ast.List) or not self._is_foreign(value)
        ):
            for one in target.elts:
                self._target(one, value, _FOREIGN if self._is_foreign(value) else _VALUE)
        else:
            raise _at(target, "something is done while the module is loaded")

    def _function(self, node: _Function) -> str:
        args = node.args
        defaults = [*args.defaults, *(one for one in args.kw_defaults if one)]
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        shown = [one.annotation for one in every if one and one.annotation]
        for part in (*defaults, *shown, *([node.returns] if node.returns else [])):
            self._meaning(part)
        kinds = [self._decorator(one) for one in node.decorator_list]
        return _PROPERTY if _PROPERTY in kinds else _DEFINED

    def _decorator(self, node: ast.expr) -> str:
        called = node.func if isinstance(node, ast.Call) else node
        meaning = self._meaning(called)
        owner = self._meaning(called.value) if isinstance(called, ast.Attribute) else ""
        if isinstance(node, ast.Call):
            self._arguments(node)
            if owner == _APP and _called(called) in ROUTES:
                return _DEFINED
        elif owner == _PROPERTY and _called(called) in ("setter", "deleter", "getter"):
            return _PROPERTY
        if meaning not in DECORATORS:
            raise _at(node, f"the decorator {_called(called)} is called while the module is loaded")
        return _PROPERTY if meaning == BUILTIN + "property" else _DEFINED

    def _class(self, node: ast.ClassDef) -> str:
        """What the class is made from: the base that decides, of its own classes', too."""
        family = self._family(node)
        for one in node.decorator_list:
            self._decorator(one)
        outer, self._names = self._names, dict(self._names)
        for inner in node.body:
            if isinstance(inner, ast.Import | ast.ImportFrom):
                raise _at(inner, "an import within a class")
            if not isinstance(inner, ast.Pass):
                self._hooks(inner, family)
                self._statement(inner)
        self._names = outer
        return _CLASS + family

    def _family(self, node: ast.ClassDef) -> str:
        """What the class is derived from: one of DECIDING, or ""."""
        found = [self._base(one) for one in node.bases]
        family = next((one.removeprefix(_CLASS) for one in found if one.removeprefix(_CLASS)), "")
        if family in ENUMS and _CLASS in found:
            raise _at(node, f"{node.name} is an enumeration that takes methods from a class of the example")
        for keyword in node.keywords:
            if keyword.arg in (None, "metaclass"):
                raise _at(node, f"{node.name} has a metaclass")
            if family == MODEL and not isinstance(keyword.value, ast.Constant):
                raise _at(node, f"{keyword.arg} of {node.name} may be called while the module is loaded")
            self._meaning(keyword.value)
        return family

    def _base(self, node: ast.expr) -> str:
        """The meaning of an own class, or of a base that decides; "" for the other bases that are known."""
        self._meaning(node)
        meaning = self._meaning(node.value if isinstance(node, ast.Subscript) else node)
        if meaning.startswith(_CLASS) or meaning in DECIDING:
            return meaning
        if meaning not in BASES | EXCEPTIONS:
            raise _at(node, f"what a class derived from {ast.unparse(node)} does at once is not known")
        return ""

    def _hooks(self, node: ast.stmt, family: str) -> None:
        for name in sorted(bound([node])):
            special = name.startswith("__") and any(word in name for word in HOOK_WORDS)
            of_enum = family in ENUMS and name.startswith("_") and name not in SHOWS
            of_model = family == MODEL and name in CONFIGURING
            if name in HOOKS or special or of_enum or of_model:
                raise _at(node, f"{name} may be called while the module is loaded")

    # -- expressions ---------------------------------------------------------------------------------

    def _meaning(self, node: ast.expr) -> str:
        """What an expression is, if it only makes a value; else _EffectError."""
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.Lambda):
            for one in (*node.args.defaults, *node.args.kw_defaults):
                if one:
                    self._meaning(one)
            return _DEFINED
        self._parts(node)
        return _FOREIGN if self._is_foreign(node) else _VALUE

    def _parts(self, node: ast.expr) -> None:
        """Literals, what is computed of them, and collections of those."""
        if isinstance(node, ast.Starred) and self._is_foreign(node.value):
            raise _at(node, f"{ast.unparse(node.value)} is read while the module is loaded")
        looks_in = isinstance(node, ast.Compare) and any(
            isinstance(one, ast.In | ast.NotIn) for one in node.ops
        )
        if looks_in and self._is_foreign(node):
            raise _at(node, "something is read while the module is loaded")
        if not isinstance(node, _COMPUTED):
            raise _at(node, "something is done while the module is loaded")
        for part in _expressions(node):
            self._meaning(part)

    def _name(self, node: ast.Name) -> str:
        found = self._names.get(node.id)
        if found is not None:
            return found
        if node.id in self._own or (node.id not in MODULE and not hasattr(builtins, node.id)):
            raise _at(node, f"{node.id} is used before it has a meaning")
        return _VALUE if node.id in MODULE else BUILTIN + node.id

    def _attribute(self, node: ast.Attribute) -> str:
        owner = self._meaning(node.value)
        _check_library(owner, node)
        if " " in owner:  # a value or a definition, no module
            return _FOREIGN if owner == _FOREIGN else _VALUE
        return f"{owner}.{node.attr}"

    def _subscript(self, node: ast.Subscript) -> str:
        """The form of types: of own constants, and of what may do something, nothing is taken out."""
        owner = self._meaning(node.value)
        _check_library(owner, node)
        top = owner.partition(".")[0]
        own = owner.startswith(_CLASS) and not owner.endswith(MODEL)
        if not own and top != "numpy" and top not in sys.stdlib_module_names:
            raise _at(node, f"{ast.unparse(node)} is looked up while the module is loaded")
        self._meaning(node.slice)
        return _FOREIGN

    def _call(self, node: ast.Call) -> str:
        meaning = self._meaning(node.func)
        if meaning not in CALLS:
            raise _at(node, f"{_called(node.func)} is called while the module is loaded")
        self._arguments(node)
        if meaning in ITERATING and any(map(self._is_foreign, node.args)):
            raise _at(node, "something is read while the module is loaded")
        return _APP if meaning in APPS else _VALUE

    def _arguments(self, node: ast.Call) -> None:
        for keyword in node.keywords:
            if keyword.arg in (None, ASKED):
                raise _at(node, f"{_called(node.func)} calls what it is given")
        for one in (*node.args, *(keyword.value for keyword in node.keywords)):
            self._meaning(one)

    def _is_foreign(self, node: ast.expr) -> bool:
        """Whether it speaks of anything imported, or of a class: to go through it may be to read an input."""
        for one in ast.walk(node):
            meaning = self._names.get(one.id, "") if isinstance(one, ast.Name) else ""
            imported = meaning and " " not in meaning and not meaning.startswith(BUILTIN)
            if imported or meaning == _FOREIGN or meaning.startswith(_CLASS):
                return True
        return False


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    return (one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr))


def _is_dotted(node: ast.stmt) -> bool:
    """`import a.b` beside `import a.c`: both give `a` the same meaning."""
    return isinstance(node, ast.Import) and all("." in one.name and not one.asname for one in node.names)


def _check_library(owner: str, node: ast.expr) -> None:
    if owner.partition(".")[0] == LIBRARIES:
        raise _at(node, f"{ast.unparse(node)} may load a library")


def _called(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else "something"


def _at(node: ast.AST, words: str) -> _EffectError:
    return _EffectError(f"line {getattr(node, 'lineno', 1)}: {words}")
