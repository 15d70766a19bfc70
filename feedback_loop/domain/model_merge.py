"""What an application's document says and what its source says, as one model (C16)."""

from __future__ import annotations

import re
from dataclasses import replace

from feedback_loop.domain.api_model import ApiModel, Entity, ModelField
from feedback_loop.domain.entity_names import EntityNames

# How classes of tables are told from the schemas of the same thing.
_OF_TABLE = re.compile(r"(?<=[a-z0-9])(?:Model|ORM|Orm|Table|Entity|DB|Db|Row|Record)\Z")


def merge_source(model: ApiModel, source: ApiModel) -> ApiModel:
    """The model with the tables of the source, and what its columns say beyond the document.

    An entity that the source alone has comes along if the database knows it.
    """
    names = EntityNames(model.entities)
    merged = {one.name: one for one in model.entities}
    for one in source.entities:
        target = _target(one, names)
        if target:
            merged[target] = _merged(merged[target], one, names)
        elif one.table:
            merged.setdefault(one.name, one)
    return replace(model, entities=tuple(merged.values()))


def _target(one: Entity, names: EntityNames) -> str:
    """The entity of the document that a class of the source is."""
    written = (one.name, _OF_TABLE.sub("", one.name), *one.schemas)
    return next((found for name in written if (found := names.of_schema(name))), "")


def _merged(told: Entity, source: Entity, names: EntityNames) -> Entity:
    columns = {one.name: one for one in source.fields}
    known = {one.name for one in told.fields}
    added = [one for one in source.fields if one.name not in known] if source.table else []
    also = {name for name in (source.name, *source.schemas) if not names.of_schema(name)}
    return replace(
        told,
        table=told.table or source.table,
        fields=(*(_informed(one, columns.get(one.name)) for one in told.fields), *added),
        schemas=tuple(sorted({*told.schemas, *also} - {told.name})),
    )


def _informed(told: ModelField, column: ModelField | None) -> ModelField:
    """The field with what only the source says of it."""
    if column is None:
        return told
    return replace(
        told,
        type=told.type or column.type,
        required=column.required if told.required is None else told.required,
        unique=column.unique if told.unique is None else told.unique,
        nullable=column.nullable if told.nullable is None else told.nullable,
        references=told.references or column.references,
    )
