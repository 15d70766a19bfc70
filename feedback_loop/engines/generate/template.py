"""A pattern's first Good example as a template: what is put into generated code, and how (D25)."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from feedback_loop.domain.pattern import Pattern, Template
from feedback_loop.engines.generate.imports import Imported, read_imports
from feedback_loop.engines.generate.layout import rows_of, span
from feedback_loop.engines.generate.loading import loading_fault
from feedback_loop.engines.generate.names import bound, fresh, renamed, spoken
from feedback_loop.engines.generate.shape import begins_row, body_fault, rows_fault, text_fault
from feedback_loop.engines.generate.source import TOO_DEEP, UNREADABLE, compiled, is_deep
from feedback_loop.engines.generate.undefined import undefined_names

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
NO_TEMPLATE = "it has no template to put into code"


class Param(NamedTuple):
    """A parameter: its kind (`domain.generation.KINDS`), annotation and default as source text, "" = none."""

    name: str
    kind: str = "any"
    annotation: str = ""
    default: str = ""

    def __str__(self) -> str:
        text = f"{self.name}: {self.annotation}" if self.annotation else self.name
        if not self.default:
            return text
        return f"{text} = {self.default}" if self.annotation else f"{text}={self.default}"


class Block(NamedTuple):
    """A constant or a definition of the module: the names it binds, and its text."""

    names: frozenset[str]
    code: str
    defines: bool = False


@dataclass(frozen=True)
class Frame:
    """A template, ready to be put around or into code.

    `body` is the frame function's, its docstring left out, with the slot as a lone `...`; "" for `helper`
    and `convert_return`, whose functions are among the blocks. `limits` are the constants that take a size
    from the prompt. `name` is the frame function's.
    """

    pattern: str
    role: str
    imports: tuple[Imported, ...] = ()
    blocks: tuple[Block, ...] = ()
    name: str = ""
    params: tuple[Param, ...] = ()
    limits: tuple[str, ...] = ()
    body: str = ""
    is_async: bool = False
    returns: str = ""
    decorators: str = ""
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


class _UnfitError(Exception):
    """Why an example is no template, in words."""


def read_template(pattern: Pattern) -> Frame | str:
    """The template of the pattern, or the reason why it cannot be used. Nothing is run.

    One that does not say how its example is put into code (`pattern.template`) is not: pasted in as it
    stands it would be code that nothing calls. That no detector finds anything in the example is the
    example gate's to say.
    """
    if pattern.template is None:
        return NO_TEMPLATE
    try:
        return _read(pattern, pattern.template)
    except _UnfitError as error:
        return str(error)
    except UNREADABLE:
        return f"its first Good example cannot be read: {TOO_DEEP}"


def _read(pattern: Pattern, template: Template) -> Frame:
    tree, lines = _module(pattern)
    frame = _frame_function(tree, template.role)
    after = 0
    imports = [
        one for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) for one in _imports(node)
    ]
    _refuse(loading_fault(tree))
    blocks: list[Block] = []
    for node in tree.body:
        if node is not frame or template.role == "convert_return":
            blocks += _blocks(node, lines, after)
        after = node.end_lineno or after
    read = Frame(
        pattern.name,
        template.role,
        tuple(imports),
        tuple(blocks),
        requires=template.requires,
        conflicts=pattern.conflicts,
    )
    if frame is None:
        if template.params:
            raise _UnfitError(f"params: a helper takes none, and {template.params[0][0]!r} is one")
        if not blocks:
            raise _UnfitError("there is nothing in its first Good example that could be put into code")
        return read
    return _with_function(read, frame, template, lines)


def _module(pattern: Pattern) -> tuple[ast.Module, list[str]]:
    if not pattern.good:
        raise _UnfitError("there is no Good example")
    example = pattern.good[0]
    if example.language != "python":
        raise _UnfitError("its first Good example is not marked as Python")
    code = example.code.replace("\r\n", "\n")
    _refuse(text_fault(code))
    source = compiled(code)
    if source.tree is None or is_deep(source.tree):
        error = source.error or TOO_DEEP
        words = "is no valid Python:" if error.startswith("line ") else "is no template:"
        raise _UnfitError(f"its first Good example {words} {error}")
    undefined = undefined_names(code)
    if undefined:
        raise _UnfitError(f"its first Good example uses what it does not define: {', '.join(undefined)}")
    _refuse(rows_fault(source.tree, code))
    return source.tree, rows_of(code)


def _refuse(fault: str) -> None:
    if fault:
        raise _UnfitError(fault)


def _frame_function(tree: ast.Module, role: str) -> _Function | None:
    if role == "helper":
        return None
    functions = [node for node in tree.body if isinstance(node, _Function)]
    if not functions:
        raise _UnfitError(f"role {role!r}: there is no function in its first Good example")
    return functions[-1]


def _imports(node: ast.Import | ast.ImportFrom) -> list[Imported]:
    if isinstance(node, ast.ImportFrom) and node.level:
        raise _UnfitError(f"line {node.lineno}: a relative import is at home in one package only")
    found = read_imports(node)
    if any(one.name == "*" for one in found):
        raise _UnfitError(f"line {node.lineno}: `import *` does not say what it brings")
    return found


def _blocks(node: ast.stmt, lines: Sequence[str], after: int) -> list[Block]:
    """The statement as a block; none for an import, and for a text that stands alone."""
    if isinstance(node, ast.Expr | ast.Import | ast.ImportFrom):
        return []
    return [Block(bound([node]), span([node], lines, after), isinstance(node, _Definition))]


# -- the frame function ------------------------------------------------------------------------------


def _with_function(read: Frame, node: _Function, template: Template, lines: list[str]) -> Frame:
    statements = _statements(node, lines)
    _refuse(body_fault(node.name, statements, template.role, lines))
    params, limits = _params(read, node, template)
    if any(_speaks_of(one.code, node.name) for one in read.blocks if node.name not in one.names):
        raise _UnfitError(f"{node.name} is used by the rest of the example: it cannot be taken out of it")
    converts = template.role == "convert_return"
    if converts and (not _takes_one(node.args) or isinstance(node, ast.AsyncFunctionDef)):
        raise _UnfitError(f"role 'convert_return': {node.name} must take one value, and not be async")
    decorators = [ast.get_source_segment("".join(lines), one) or "" for one in node.decorator_list]
    return Frame(
        read.pattern,
        read.role,
        read.imports,
        read.blocks,
        node.name,
        params,
        limits,
        "" if converts else span(statements, lines),
        isinstance(node, ast.AsyncFunctionDef),
        _text(node.returns),
        "".join(f"@{one}\n" for one in decorators),
        read.requires,
        read.conflicts,
    )


def _speaks_of(code: str, name: str) -> bool:
    """Whether the name means the module's in it, not a parameter's or a local's of its own."""
    return renamed(code, {name: fresh(f"{name}_", spoken(code))}) != code


def _takes_one(args: ast.arguments) -> bool:
    """Whether the function can be called with one value, and that is all that is meant for it."""
    return len([*args.posonlyargs, *args.args]) == 1 and None not in args.kw_defaults


def _statements(node: _Function, lines: Sequence[str]) -> list[ast.stmt]:
    """The body without its docstring."""
    first = node.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    is_docstring = told and isinstance(first.value.value, str)  # type: ignore[attr-defined]
    statements = node.body[1:] if is_docstring else node.body
    if not statements:
        raise _UnfitError(f"there is nothing in {node.name} that could be put into code")
    if not begins_row(statements[0], lines):
        raise _UnfitError(f"the body of {node.name} must begin on a line of its own")
    return statements


def _params(read: Frame, node: _Function, template: Template) -> tuple[tuple[Param, ...], tuple[str, ...]]:
    args = node.args
    if args.vararg or args.kwarg:
        raise _UnfitError(f"{node.name} takes any number of arguments")
    kinds = dict(template.params)
    names = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    params = tuple(Param(one.arg, kinds.pop(one.arg, "any"), _text(one.annotation)) for one in names)
    constants = frozenset[str]().union(*(one.names for one in read.blocks if not one.defines))
    for name, kind in sorted(kinds.items()):
        if name not in constants:
            raise _UnfitError(f"params: {name!r} is neither a parameter of {node.name} nor a constant")
        if kind != "number":
            raise _UnfitError(f"params: the constant {name!r} can only be a number, not {kind}")
    return params, tuple(sorted(kinds))


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else ""
