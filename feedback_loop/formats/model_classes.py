"""One class of Python source as a model: its table and fields, of SQLAlchemy, Django or pydantic."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from feedback_loop.domain.api_model import ModelField

_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
SQL, DJANGO, PYDANTIC = "sql", "django", "pydantic"

_COLUMNS = ("Column", "mapped_column")
_NOT_FIELDS = (
    "relationship",
    "ManyToManyField",
    "GenericForeignKey",
    "GenericRelation",
    "synonym",
    "backref",
)
_FOREIGN = ("ForeignKey", "OneToOneField")
_DEFAULTS = ("default", "server_default", "default_factory", "primary_key", "auto_now", "auto_now_add")
_WRAPPERS = ("Mapped", "Annotated", "Required", "Final", "InstrumentedAttribute")
_NOT_ANNOTATED = ("ClassVar", "WriteOnlyMapped", "DynamicMapped")


@dataclass(frozen=True)
class ModelClass:
    """A class as written. `kind` says whose model it is, "" = its bases have to tell.

    A field's `references` is as written: `categories.id`, `Category`, `shop.Category`. `bases` are last name
    parts; `is_table` = the database has it; `path` is the file.
    """

    name: str
    kind: str
    bases: tuple[str, ...]
    fields: tuple[ModelField, ...]
    table: str = ""
    is_table: bool = False
    path: str = ""


def read_class(node: ast.ClassDef) -> ModelClass:
    """What one class says of itself."""
    bases = tuple(name for base in node.bases if (name := _dotted(base).rpartition(".")[2]))
    fields = tuple(field for statement in node.body for field in _fields(statement))
    table = _text_of(_assigned(node.body, "__tablename__")) or _django_table(node)
    as_table = any(one.arg == "table" and _is(one.value, True) for one in node.keywords)
    kind = _kind(node, bases, bool(table) or as_table)
    if kind == SQL and not table and as_table:
        table = node.name.lower()  # what SQLModel calls it
    elif kind == SQL and not table and "Model" in bases:
        table = _SNAKE.sub("_", node.name).lower()  # what Flask's extension calls it
    is_table = (kind == SQL and bool(table)) or kind == DJANGO
    return ModelClass(node.name, kind, bases, fields, table, is_table and not _is_abstract(node))


def _kind(node: ast.ClassDef, bases: tuple[str, ...], has_table: bool) -> str:
    calls = {_called(value) for statement in node.body if (value := _value(statement)) is not None}
    if any(_dotted(base) == "models.Model" for base in node.bases):
        return DJANGO
    if has_table or not calls.isdisjoint(_COLUMNS):
        return SQL
    return PYDANTIC if {"BaseModel", "SQLModel"} & set(bases) else ""


# -- fields ----------------------------------------------------------------------------------------


def _fields(statement: ast.stmt) -> Iterator[ModelField]:
    name = _target(statement)
    if not name or name.startswith("_") or name in ("model_config", "objects"):
        return
    value = _value(statement)
    call = value if isinstance(value, ast.Call) else None
    called = _called(value)
    if called in _NOT_FIELDS:
        return
    annotation = statement.annotation if isinstance(statement, ast.AnnAssign) else None
    if annotation is not None:
        kind, optional = _annotated(annotation)
        if kind not in _NOT_ANNOTATED:
            of_column = _dotted(_outer(annotation)).endswith("Mapped")
            plain = ModelField(name, kind, value is None and not (of_column and optional), None, optional)
            yield _with_call(plain, call) if call is not None else plain
    elif call is not None and (called in _COLUMNS or called in _FOREIGN or called.endswith("Field")):
        yield _with_call(ModelField(name), call)


def _with_call(field: ModelField, call: ast.Call) -> ModelField:
    """The field with what its column, or its `Field(...)`, says."""
    options = {one.arg: one.value for one in call.keywords if one.arg}
    called = _called(call)
    of_column = called in _COLUMNS
    of_django = called in _FOREIGN or (called.endswith("Field") and called != "Field")
    if of_column:
        first = next((_dotted(one) for one in map(_func, call.args) if _is_type(_dotted(one))), "")
        own_name = _text_of(call.args[0]) if call.args else ""
        field = replace(field, name=own_name or field.name, type=field.type or first.rpartition(".")[2])
    elif of_django:
        field = replace(field, type=called)
    nullable = _flag(options, "null" if of_django else "nullable", field.nullable)
    if nullable is None and of_column:
        nullable = not _flag(options, "primary_key", False)
    nullable = bool(nullable) if of_django else nullable
    has_default = any(name in options for name in _DEFAULTS)
    if called == "Field" and call.args:
        has_default = not _is(call.args[0], ...)
    return replace(
        field,
        required=not has_default and (called == "Field" or not nullable),
        unique=_flag(options, "unique", called == "OneToOneField" or None),
        nullable=nullable,
        references=_referenced(call, called, options),
    )


def _referenced(call: ast.Call, called: str, options: dict[str, ast.expr]) -> str:
    if called in _FOREIGN:
        target = call.args[0] if call.args else options.get("to")
        return _text_of(target) or (_dotted(target) if target is not None else "")
    if (known := _text_of(options.get("foreign_key"))) != "":  # SQLModel
        return known
    inner = [one for one in (*call.args, options.get("sa_column")) if isinstance(one, ast.Call)]
    for one in inner:
        if _called(one) == "ForeignKey" and one.args:
            return _text_of(one.args[0]) or _dotted(one.args[0])
        if _called(one) in _COLUMNS and (found := _referenced(one, "", {})):
            return found
    return ""


def _outer(annotation: ast.expr) -> ast.expr:
    return annotation.value if isinstance(annotation, ast.Subscript) else annotation


def _annotated(annotation: ast.expr) -> tuple[str, bool]:
    """(type's name, whether None is one of its values) of `Mapped[int | None]` and the like."""
    optional = False
    for _ in range(8):
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            return annotation.value[
                :100
            ], optional or "None" in annotation.value or "Optional" in annotation.value
        if isinstance(annotation, ast.BinOp):
            sides = [annotation.left, annotation.right]
        elif isinstance(annotation, ast.Subscript):
            outer = _dotted(annotation.value).rpartition(".")[2]
            inner = annotation.slice
            sides = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            optional = optional or outer == "Optional"
            if outer not in (*_WRAPPERS, "Optional", "Union"):
                return outer, optional
            sides = sides[:1] if outer == "Annotated" else sides
        else:
            return _dotted(annotation).rpartition(".")[2], optional
        optional = optional or any(_is(one, None) for one in sides)
        annotation = next((one for one in sides if not _is(one, None)), sides[0]) if sides else ast.Name("")
    return "", optional


# -- small questions to the tree -------------------------------------------------------------------


def _target(statement: ast.stmt) -> str:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else ""
    return ""


def _value(statement: ast.stmt) -> ast.expr | None:
    return statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None


def _assigned(body: list[ast.stmt], name: str) -> ast.expr | None:
    return next((_value(statement) for statement in body if _target(statement) == name), None)


def _meta(node: ast.ClassDef) -> list[ast.stmt]:
    found = (one for one in node.body if isinstance(one, ast.ClassDef) and one.name == "Meta")
    return next((one.body for one in found), [])


def _django_table(node: ast.ClassDef) -> str:
    return _text_of(_assigned(_meta(node), "db_table"))


def _is_abstract(node: ast.ClassDef) -> bool:
    return any(
        _is(_assigned(body, name), True)
        for body, name in ((_meta(node), "abstract"), (node.body, "__abstract__"))
    )


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _text_of(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _flag(options: dict[str, ast.expr], name: str, default: bool | None) -> bool | None:
    value = options.get(name)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, bool) else default


def _func(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _called(node: ast.expr | None) -> str:
    return _dotted(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""


def _is_type(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last[:1].isupper() and last not in ("ForeignKey", "Sequence", "Identity", "Computed")


def _dotted(node: ast.expr) -> str:
    """`models.ForeignKey` of such an expression; "" for anything that is no name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Subscript) and not names:  # a generic base: `Page[Product]`
        return _dotted(node.value)
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""
