"""Which names each scope of a module binds, and where (Python reference, "Naming and binding")."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.syntax import COMPREHENSIONS, Binding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

    Table = dict[_ast.AST, dict[str, list[Binding]]]
    # (scope, name) -> the scope that `global` or `nonlocal` there speaks of
    Homes = dict[tuple[_ast.AST, str], _ast.AST]


def collect(module: Module) -> tuple[Table, Homes]:
    """Scope -> name -> bindings, `global` and `nonlocal` followed; and where those lead."""
    places = list(_all(module))
    homes = _homes(module, {(scope, name) for scope, name, _, _ in places})
    table: Table = {}
    for scope, name, node, target in places:
        home = homes.get((scope, name), scope)
        table.setdefault(home, {}).setdefault(name, []).append(Binding(node, target))
    return table, homes


def _homes(module: Module, bound: set[tuple[_ast.AST, str]]) -> Homes:
    homes: Homes = {}
    for declared in module.nodes(_ast.Global):
        for name in declared.names:
            homes[(module.scope(declared), name)] = module.tree
    outer = {(module.scope(node), name) for node in module.nodes(_ast.Nonlocal) for name in node.names}
    for scope, name in outer:
        home = module.function(scope)
        while home is not module.tree and ((home, name) in outer or (home, name) not in bound):
            home = module.function(home)
        homes[(scope, name)] = home
    return homes


def _all(module: Module) -> Iterator[tuple[_ast.AST, str, _ast.AST, str | None]]:
    for name in module.nodes(_ast.Name):
        if not isinstance(name.ctx, _ast.Load):
            yield _target_scope(module, name), name.id, name, None
    for arg in module.nodes(_ast.arg):
        yield module.scope(arg), arg.arg, arg, None
    for defined in module.nodes(_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef):
        yield module.scope(defined), defined.name, defined, None  # type: ignore[attr-defined]
    for caught in module.nodes(_ast.ExceptHandler, _ast.MatchAs, _ast.MatchStar):
        if caught.name is not None:  # type: ignore[attr-defined]
            yield module.scope(caught), caught.name, caught, None  # type: ignore[attr-defined]
    for mapping in module.nodes(_ast.MatchMapping):
        if mapping.rest is not None:
            yield module.scope(mapping), mapping.rest, mapping, None
    yield from _imports(module)


def _target_scope(module: Module, node: _ast.AST) -> _ast.AST:
    """A walrus inside a comprehension binds in the function around it; its loop variables stay inside."""
    scope = module.scope(node)
    if isinstance(module.parent(node), _ast.NamedExpr):
        while isinstance(scope, COMPREHENSIONS):
            scope = module.scope(scope)
    return scope


def _imports(module: Module) -> Iterator[tuple[_ast.AST, str, _ast.AST, str | None]]:
    for plain in module.nodes(_ast.Import):
        for alias in plain.names:
            top = alias.name.split(".")[0]
            yield module.scope(plain), alias.asname or top, plain, alias.name if alias.asname else top
    for node in module.nodes(_ast.ImportFrom):
        source = node.module if not node.level else None
        for alias in node.names:
            if alias.name != "*":
                target = f"{source}.{alias.name}" if source else None
                yield module.scope(node), alias.asname or alias.name, node, target
