"""Parameters that receive an upload from FastAPI or Starlette, and the names that stand for one."""

from __future__ import annotations

import _ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

_UPLOADS = frozenset(
    ("fastapi.UploadFile", "fastapi.datastructures.UploadFile", "starlette.datastructures.UploadFile")
)
_FILE_MARKERS = frozenset(("fastapi.File", "fastapi.param_functions.File", "fastapi.params.File"))
_LISTS = frozenset(
    (
        *("builtins.list", "builtins.set", "builtins.tuple"),
        *("collections.abc.Collection", "collections.abc.Iterable", "collections.abc.Sequence"),
        *("typing.Collection", "typing.Iterable", "typing.List", "typing.Sequence", "typing.Tuple"),
    )
)
_CHOICES = frozenset(("typing.Optional", "typing.Union"))
_ANNOTATED = frozenset(("typing.Annotated", "typing_extensions.Annotated"))


def upload_parameters(module: Module) -> Iterator[_ast.arg]:
    """Sites: parameters annotated with UploadFile, and bytes parameters filled by `File(…)`."""
    for parameter, default in parameters(module):
        if upload_depth(module, parameter) is not None or receives_bytes(module, parameter, default):
            yield parameter


def parameters(module: Module) -> Iterator[tuple[_ast.arg, _ast.expr | None]]:
    """All annotated named parameters of functions, with their defaults."""
    for function in module.nodes(_ast.FunctionDef, _ast.AsyncFunctionDef):
        arguments = function.args  # type: ignore[attr-defined]
        positional = [*arguments.posonlyargs, *arguments.args]
        missing = [None] * (len(positional) - len(arguments.defaults))
        for parameter, default in (
            *zip(positional, [*missing, *arguments.defaults], strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ):
            if parameter.annotation is not None:
                yield parameter, default


def upload_depth(module: Module, parameter: _ast.arg) -> int | None:
    """0 for an UploadFile (optional, annotated), 1 for a list of them, …; None for anything else."""
    for node, depth in _meanings(module, parameter.annotation):
        if module.resolve(node) in _UPLOADS:
            return depth
    return None


def upload(module: Module, node: _ast.expr, reach: int = 8) -> tuple[_ast.arg, int] | None:
    """The parameter an expression comes from and the lists still around its upload; None if it is no upload.

    Follows `f` in `for f in files` and `files[0]`; every binding of a name must lead to an upload.
    """
    if not reach:
        return None
    if isinstance(node, _ast.BoolOp):
        return upload(module, node.values[0], reach - 1)
    if isinstance(node, _ast.Subscript):
        return _element(None if isinstance(node.slice, _ast.Slice) else upload(module, node.value, reach - 1))
    if not isinstance(node, _ast.Name):
        return None
    found = {_bound_upload(module, binding.node, reach) for binding in module.lookup(node)[1]}
    return found.pop() if len(found) == 1 else None


def _bound_upload(module: Module, target: _ast.AST, reach: int) -> tuple[_ast.arg, int] | None:
    """The upload that a binding gives to its name."""
    if isinstance(target, _ast.arg):
        depth = upload_depth(module, target)
        return None if depth is None else (target, depth)
    items = _iterated(module, target)
    return _element(upload(module, items, reach - 1)) if items else None


def _iterated(module: Module, target: _ast.AST) -> _ast.expr | None:
    """V of `for target in V` and of `for i, target in enumerate(V)`, in loops and comprehensions."""
    loop = module.parent(target)
    numbered = isinstance(loop, _ast.Tuple) and len(loop.elts) == 2 and loop.elts[1] is target
    if loop and numbered:
        loop = module.parent(loop)
    if not isinstance(loop, (_ast.For, _ast.AsyncFor, _ast.comprehension)):
        return None
    if not numbered:
        return loop.iter
    call = loop.iter
    counted = isinstance(call, _ast.Call) and module.resolve(call.func) == "builtins.enumerate"
    return call.args[0] if counted and call.args else None  # type: ignore[attr-defined]


def _element(many: tuple[_ast.arg, int] | None) -> tuple[_ast.arg, int] | None:
    return (many[0], many[1] - 1) if many and many[1] else None


def receives_bytes(module: Module, parameter: _ast.arg, default: _ast.expr | None) -> bool:
    """Whether the parameter is `bytes` that FastAPI reads from an uploaded file."""
    marked = [default, *_metadata(module, parameter.annotation)]
    if not any(isinstance(m, _ast.Call) and module.resolve(m.func) in _FILE_MARKERS for m in marked):
        return False
    meanings = _meanings(module, parameter.annotation)
    return any(module.resolve(node) == "builtins.bytes" for node, _ in meanings)


def _meanings(module: Module, annotation: _ast.expr | None) -> Iterator[tuple[_ast.expr, int]]:
    """The types an annotation admits, each with the number of lists around it."""
    pending: list[tuple[_ast.expr | None, int]] = [(annotation, 0)]
    seen = set()
    while pending:
        node, depth = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, (_ast.Name, _ast.Attribute)):
            yield node, depth
            pending.append((module.value_of(node), depth))
        elif isinstance(node, _ast.BinOp):
            pending += [(node.right, depth), (node.left, depth)]
        elif isinstance(node, _ast.Subscript):
            head = module.resolve(node.value)
            parts = node.slice.elts if isinstance(node.slice, _ast.Tuple) else [node.slice]
            if head in _ANNOTATED:
                parts = parts[:1]
            if head in _LISTS or head in _CHOICES or head in _ANNOTATED:
                pending += [(part, depth + (head in _LISTS)) for part in parts]


def _metadata(module: Module, annotation: _ast.expr | None) -> list[_ast.expr]:
    """What stands after the type in `Annotated[type, …]`."""
    if not isinstance(annotation, _ast.Subscript) or module.resolve(annotation.value) not in _ANNOTATED:
        return []
    return annotation.slice.elts[1:] if isinstance(annotation.slice, _ast.Tuple) else []
