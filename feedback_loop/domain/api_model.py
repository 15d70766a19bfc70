"""What is known of an application: its entities with their fields, and its endpoints (C16)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelField:
    """A field of an entity; None = not said. `references` is the entity that a foreign key leads to."""

    name: str
    type: str = ""
    required: bool | None = None
    unique: bool | None = None
    nullable: bool | None = None
    references: str = ""


@dataclass(frozen=True)
class Entity:
    """An entity by its name (`Product`); `table` is what the database calls it, "" where not known.

    `schemas` are other names it goes by, such as `ProductCreate`.
    """

    name: str
    fields: tuple[ModelField, ...] = ()
    table: str = ""
    schemas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """`method` in capitals and `path` as a template (`/products/{id}`); `entity` = "" where not known."""

    method: str
    path: str
    entity: str = ""


@dataclass(frozen=True)
class ApiModel:
    """An application as far as it is known; `base_paths` stand before the paths in requests (`/api/v1`)."""

    entities: tuple[Entity, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    base_paths: tuple[str, ...] = ()
