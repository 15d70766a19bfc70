"""The models in an application's own source: SQLAlchemy, SQLModel, Django and pydantic (C16).

Read by `ast` alone: nothing of it is ever run, and a text that is no Python says nothing.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from feedback_loop.domain.api_model import ApiModel, Entity, ModelField
from feedback_loop.domain.entity_names import EntityNames, is_entity_name
from feedback_loop.domain.failure_scope import entity_of_schema
from feedback_loop.formats.model_classes import DJANGO, PYDANTIC, SQL, ModelClass, read_class

# What stands in every file with a model, cheap to look for.
TRIGGERS = (b"__tablename__", b"mapped_column", b"SQLModel", b"BaseModel", b"models.Model", b"db.Model")
_CLASSES = 5000  # of all files together
_ANCESTORS = 16
_ROOTS = ("object", "BaseModel", "SQLModel", "Base", "DeclarativeBase", "Model", "Generic", "ABC")


def may_hold_models(data: bytes) -> bool:
    """Whether the bytes of a file name anything that models are made with."""
    return any(word in data for word in TRIGGERS)


def read_source(files: Iterable[tuple[str, bytes]]) -> ApiModel:
    """The entities of Python files, given as (repository path, bytes); there are no endpoints in it.

    A class with a table is an entity by its own name; a pydantic class is a schema of the entity that is
    left of its name without Create, Read and the like. Fields of bases count. Never raises.
    """
    classes = _Classes(files)
    found: dict[str, Entity] = {}
    for one in classes.all:
        if one.is_table and is_entity_name(one.name, known=True):
            found.setdefault(one.name, Entity(one.name, classes.fields(one), one.table))
    for one in classes.all:
        if not one.is_table and classes.is_schema(one):
            _add_schema(found, one, classes)
    return ApiModel(_linked(found))


class _Classes:
    """The classes of all files: a name may stand in several, and means the one of the same file first."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        read = (one for path, data in files for one in _classes(path, data))
        self.all = list(islice(read, _CLASSES))
        self._here = {(one.path, one.name): one for one in self.all}
        self._anywhere = {one.name: one for one in reversed(self.all)}

    def fields(self, one: ModelClass) -> tuple[ModelField, ...]:
        """The fields of the class and of those it comes from."""
        found: dict[str, ModelField] = {}
        for known in self._line(one):
            for field in known.fields:
                found.setdefault(field.name, field)
        return tuple(found.values())

    def is_schema(self, one: ModelClass) -> bool:
        """Whether it is a class of pydantic or SQLModel, rather than a mixin of columns."""
        line = self._line(one)
        kind = next((known.kind for known in line if known.kind), "")
        return kind == PYDANTIC or (kind == SQL and any("SQLModel" in known.bases for known in line))

    def _line(self, one: ModelClass) -> list[ModelClass]:
        """The class and those it comes from, as far as they are known, the nearest first."""
        found: dict[tuple[str, str], ModelClass] = {}
        waiting = [one]
        while waiting and len(found) < _ANCESTORS:
            known = waiting.pop(0)
            if (known.path, known.name) not in found:
                found[known.path, known.name] = known
                waiting += filter(None, (self._base(base, known) for base in known.bases))
        return list(found.values())

    def _base(self, name: str, of: ModelClass) -> ModelClass | None:
        """`class Product(models.Product)` means another file's."""
        if name in _ROOTS:
            return None
        here = self._here.get((of.path, name)) if name != of.name else None
        return here or self._anywhere.get(name)


def _classes(path: str, data: bytes) -> Iterator[ModelClass]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the user's escapes and comparisons
            body = ast.parse(data).body
        found = [read_class(one) for one in body if isinstance(one, ast.ClassDef)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for one in found:
        unnamed = one.kind == DJANGO and one.is_table and not one.table
        yield replace(one, path=path, table=f"{_app(path)}_{one.name.lower()}" if unnamed else one.table)


def _app(path: str) -> str:
    """Django's label of the app that a file belongs to: the folder of `models.py` or of `models/`."""
    folders = path.split("/")[:-1]
    return next((one for one in reversed(folders) if one != "models"), "app")


def _add_schema(found: dict[str, Entity], one: ModelClass, classes: _Classes) -> None:
    name = entity_of_schema(one.name)
    if not is_entity_name(name, known=name in found):
        return
    fields = classes.fields(one)
    known = found.get(name, Entity(name))
    if not fields and name not in found:
        return  # settings of a framework, or an empty shell
    have = {field.name for field in known.fields}
    found[name] = replace(
        known,
        # What the database says of a field is truer than what a schema does.
        fields=(*known.fields, *(field for field in fields if field.name not in have)),
        schemas=known.schemas if one.name in (name, *known.schemas) else (*known.schemas, one.name),
    )


def _linked(found: Mapping[str, Entity]) -> tuple[Entity, ...]:
    """The entities by name, what foreign keys lead to by its entity's name."""
    names = EntityNames(tuple(found.values()))
    return tuple(
        replace(
            one,
            schemas=tuple(sorted(one.schemas)),
            fields=tuple(replace(field, references=_target(field, one.name, names)) for field in one.fields),
        )
        for one in sorted(found.values(), key=lambda one: one.name)
    )


def _target(field: ModelField, entity: str, names: EntityNames) -> str:
    """The entity of `categories.id`, `Category.id`, `Category`, `shop.Category` or `self`."""
    written = field.references
    if written == "self":
        return entity
    parts = written.split(".")
    for part in (written, parts[-1], *parts[-2:-1]):
        if part in names:
            return part
    table = names.of_table(".".join(parts[:-1])) if len(parts) > 1 else ""
    return table or (names.of_table(written) if written else "")
