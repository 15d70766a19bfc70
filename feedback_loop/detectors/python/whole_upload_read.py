"""`python.whole_upload_read`: an upload of any size read into memory at once (CORE-8)."""

from __future__ import annotations

import _ast

from feedback_loop.detectors.registry import Match, check
from feedback_loop.detectors.resources import is_unsized
from feedback_loop.detectors.syntax import before, name_span, span, walk
from feedback_loop.detectors.uploads import upload, upload_parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback_loop.detectors.syntax import Module

_REFUSALS = (_ast.Break, _ast.Continue, _ast.Raise, _ast.Return)


def uploads(module: Module) -> Iterator[_ast.arg | _ast.Call]:
    """Sites: parameters annotated with UploadFile, bytes parameters filled by `File(…)`, and reads of
    the former."""
    yield from upload_parameters(module)
    for call in module.nodes(_ast.Call):
        source = _read_from(call)
        if source is not None and upload(module, source):
            yield call


@check(
    "python.whole_upload_read",
    sites=uploads,
    file_all=(b"UploadFile",),
    exempt=("tests",),
)
def whole_upload_read(module: Module) -> Iterator[Match]:
    """`await p.read()` and `p.file.read()` without a size, p an UploadFile parameter or one of a list."""
    for call in module.nodes(_ast.Call):
        parameter = _read_whole(module, call)
        if parameter and parameter.annotation and not _size_tested(module, call, parameter):
            yield Match(span(call), name_span(call.func), span(parameter.annotation))


def _read_whole(module: Module, call: _ast.Call) -> _ast.arg | None:
    """The upload parameter that the call reads from without a limit."""
    source = _read_from(call)
    if source is None or not is_unsized(call):
        return None
    if source is call.func.value and not _is_awaited(module, call):  # type: ignore[attr-defined]
        return None
    found = upload(module, source)
    return found[0] if found and not found[1] else None


def _read_from(call: _ast.Call) -> _ast.expr | None:
    """p of `p.read(…)` and of `p.file.read(…)`."""
    method = call.func
    if not isinstance(method, _ast.Attribute) or method.attr != "read":
        return None
    source = method.value
    return source.value if isinstance(source, _ast.Attribute) and source.attr == "file" else source


def _is_awaited(module: Module, call: _ast.Call) -> bool:
    """Whether an `await` of the same statement runs the call (`gather(…)` may stand between)."""
    for node in module.ancestors(call):
        if isinstance(node, (_ast.Await, _ast.stmt)):
            return isinstance(node, _ast.Await)
    return False


def _size_tested(module: Module, call: _ast.Call, parameter: _ast.arg) -> bool:
    """Whether an earlier test of the upload's `size` refuses it, or a comparison of it guards the read."""
    function = module.function(call)
    around = set(module.ancestors(call))
    for branch in module.within(function, _ast.If):
        if before(branch, call) and _asks_size(module, branch.test, parameter):
            guards = branch in around and any(isinstance(node, _ast.Compare) for node in walk(branch.test))
            if guards or any(isinstance(node, _REFUSALS) for node in walk(branch)):
                return True
    return any(
        before(claim, call) and _asks_size(module, claim.test, parameter)
        for claim in module.within(function, _ast.Assert)
    )


def _asks_size(module: Module, test: _ast.expr, parameter: _ast.arg) -> bool:
    return any(_is_size(module, node, parameter) for node in walk(test))


def _is_size(module: Module, node: _ast.AST, parameter: _ast.arg) -> bool:
    """Whether the node is `p.size`, or a name for it."""
    if isinstance(node, _ast.Name):
        node = module.value_of(node) or node
    if not isinstance(node, _ast.Attribute) or node.attr != "size":
        return False
    found = upload(module, node.value)
    return found is not None and found[0] is parameter
