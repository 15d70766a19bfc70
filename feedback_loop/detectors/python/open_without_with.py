"""`python.open_without_with`: a file opened so that an exception leaves it open (CORE-6)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.escapes import escapes, in_finally, keeps_open, trail
from feedback_loop.detectors.registry import CALLED, Match, check
from feedback_loop.detectors.resources import is_open, temporary_or_opened
from feedback_loop.detectors.syntax import name_span, span, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

_CLOSING = frozenset(("__aexit__", "__del__", "__exit__", "aclose", "close"))


@check(
    "python.open_without_with",
    sites=temporary_or_opened,
    added_any=(b"open",),
    follow=CALLED,
    exempt=("tests",),
)
def open_without_with(module: Module) -> Iterator[Match]:
    """Opens that are neither a with-item, nor handed on, nor closed in `finally` or by their object."""
    for call in module.near(_ast.Call, (b"open",)):
        if not is_open(module, call):
            continue
        if not any(_is_safe(module, call, node) for node in trail(module, call, keeps_open)):
            yield Match(span(call), name_span(call.func))


def _is_safe(module: Module, call: _ast.Call, node: _ast.expr) -> bool:
    """Whether at this expression, which stands for it, the handle is entered, closed or handed on."""
    owner = _owner(module, node)
    if owner is not None:
        return _closes(owner, node.attr)  # type: ignore[attr-defined]
    parent = module.parent(node)
    if isinstance(parent, _ast.Attribute) and parent.attr == "close":
        # `open(path, "w").close()` leaves no room for an exception.
        return node is call or in_finally(module, node)
    return isinstance(parent, _ast.withitem) or escapes(module, node)


def _owner(module: Module, node: _ast.expr) -> _ast.ClassDef | None:
    """The class of a target `self.x`, if the value is set in one of its methods."""
    if not isinstance(node, _ast.Attribute) or not isinstance(node.ctx, _ast.Store):
        return None
    method = module.function(node)
    owner = module.parent(method)
    if not isinstance(method, (_ast.FunctionDef, _ast.AsyncFunctionDef)):
        return None
    first = [arg.arg for arg in (*method.args.posonlyargs, *method.args.args)[:1]]
    own = isinstance(node.value, _ast.Name) and first == [node.value.id]
    return owner if own and isinstance(owner, _ast.ClassDef) else None


def _closes(owner: _ast.ClassDef, attribute: str) -> bool:
    """Whether the class can close what it keeps: by name, by inheritance, or seen to do so."""
    if any(not isinstance(base, _ast.Name) or base.id != "object" for base in owner.bases):
        return True
    for node in walk(owner):
        if isinstance(node, (_ast.FunctionDef, _ast.AsyncFunctionDef)) and node.name in _CLOSING:
            return True
        if isinstance(node, _ast.Attribute) and node.attr == "close":
            kept = node.value
            if isinstance(kept, _ast.Attribute) and kept.attr == attribute:
                return True
    return False
