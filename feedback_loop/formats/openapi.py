"""OpenAPI 3.0 and 3.1 documents, as JSON: an application's entities and endpoints (C16)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from feedback_loop.domain.api_model import ApiModel, Endpoint, Entity, ModelField
from feedback_loop.domain.entity_names import EntityNames, is_entity_name
from feedback_loop.domain.failure_scope import entity_of_schema
from feedback_loop.domain.requests import METHODS
from feedback_loop.errors import InputError
from feedback_loop.formats.event_check import short
from feedback_loop.formats.openapi_schemas import Schemas

FIELDS_CAP = 100_000  # of all schemas together
_FOREIGN = re.compile(r"(?P<name>.+?)(?:_id|Id|_uuid|Uuid)\Z")
_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
# What frameworks put into documents: errors, forms, generic classes with their parameter (`Page_Product_`).
_FRAMEWORK = re.compile(r"(?:HTTP)?ValidationError|HTTPException|Body_\w*|\w+_")
# The variants of a schema, the one whose word counts most first: what is sent says what is required.
_VARIANTS = ("Create", "In", "Input", "Request", "Base", "", "Read", "Out", "Output", "Response", "Update")


def read_openapi(document: Mapping[str, Any]) -> ApiModel:
    """The model that a parsed document tells.

    `ProductCreate`, `ProductRead` and the like are one entity `Product`; the first of them that has a field
    says what it is. A property `x_id` or `xId` with a schema X leads to X. A single path or schema of the
    wrong shape says nothing. Raises InputError for a version other than 3, for `paths` or `schemas` that are
    no objects, for more than 100,000 fields, and for a document that describes nothing.
    """
    _check_version(document)
    _check_shape(document)
    schemas = Schemas(document)
    entities = _entities(document, schemas)
    names = EntityNames(entities)
    model = ApiModel(
        tuple(_with_references(one, names) for one in entities),
        tuple(_endpoints(document, schemas, names)),
        tuple(_base_paths(document)),
    )
    if not (model.entities or model.endpoints):
        raise InputError(
            "describes no endpoint and no entity",
            "is it the document that the application serves, such as /openapi.json?",
        )
    return model


def _check_version(document: Mapping[str, Any]) -> None:
    version = document.get("openapi")
    if isinstance(version, str) and version.startswith("3."):
        return
    if "openapi" in document and not isinstance(version, str):
        raise InputError(
            f"`openapi` must be the version as a text, not {short(version)}", 'write "openapi": "3.1.0"'
        )
    told = short(document.get("swagger", version))
    raise InputError(f"of version {told}, and only OpenAPI 3.0 and 3.1 are read", "convert it to OpenAPI 3")


def _check_shape(document: Mapping[str, Any]) -> None:
    """What is of another type there was made by no framework: nothing would be known, and nobody told."""
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, Mapping) else None
    parts = {"paths": document.get("paths"), "components": components, "components/schemas": schemas}
    wrong = [
        f"/{place} must be an object, not {type(part).__name__}"
        for place, part in parts.items()
        if part is not None and not isinstance(part, Mapping)
    ]
    if wrong:
        raise InputError("; ".join(wrong))


# -- entities --------------------------------------------------------------------------------------


def _entities(document: Mapping[str, Any], schemas: Schemas) -> list[Entity]:
    components = document.get("components")
    told = components.get("schemas") if isinstance(components, Mapping) else None
    variants: dict[str, dict[str, tuple[ModelField, ...]]] = {}
    left = FIELDS_CAP
    for schema, value in told.items() if isinstance(told, Mapping) else ():
        name = _entity_name(schema)
        if not name:
            continue
        fields = tuple(schemas.fields(value))
        left -= len(fields)
        if left < 0:
            raise InputError(f"more than {FIELDS_CAP} fields")
        if fields:
            variants.setdefault(name, {})[schema] = fields
    return [_folded(name, known) for name, known in variants.items()]


def _entity_name(schema: str) -> str:
    """The entity of a schema, "" for none. `app__schemas__Product-Input` is how FastAPI tells two apart."""
    plain = schema.rpartition("__")[2].removesuffix("-Input").removesuffix("-Output")
    if _FRAMEWORK.fullmatch(plain) or not _IDENTIFIER.match(plain):
        return ""
    name = entity_of_schema(plain)
    return name if is_entity_name(name, known=not name.endswith(("Error", "Exception"))) else ""


def _folded(name: str, variants: Mapping[str, tuple[ModelField, ...]]) -> Entity:
    ordered = sorted(variants, key=lambda schema: (_weight(schema, name), schema))
    fields: dict[str, ModelField] = {}
    for schema in ordered:
        for one in variants[schema]:
            known = fields.get(one.name)
            if known is None:
                fields[one.name] = one
            elif known.unique is None and one.unique is not None:
                fields[one.name] = replace(known, unique=one.unique)
    return Entity(name, tuple(fields.values()), schemas=tuple(sorted(set(variants) - {name})))


def _weight(schema: str, name: str) -> int:
    ending = schema.rpartition("__")[2].removeprefix(name)
    last = next((at for at, one in enumerate(_VARIANTS) if one and ending.endswith(one)), len(_VARIANTS))
    return last if ending else _VARIANTS.index("")


def _with_references(entity: Entity, names: EntityNames) -> Entity:
    return replace(
        entity, fields=tuple(replace(one, references=_leads_to(one, entity, names)) for one in entity.fields)
    )


def _leads_to(field: ModelField, entity: Entity, names: EntityNames) -> str:
    found = _FOREIGN.match(field.name)
    target = names.named(found["name"]) if found else ""
    return target if target != entity.name else ""  # its own key


# -- endpoints -------------------------------------------------------------------------------------


def _endpoints(document: Mapping[str, Any], schemas: Schemas, names: EntityNames) -> Iterator[Endpoint]:
    paths = document.get("paths")
    for path, value in paths.items() if isinstance(paths, Mapping) else ():
        item = schemas.resolve(value) if path.startswith("/") else {}
        for method in METHODS:
            operation = item.get(method.lower())
            if isinstance(operation, Mapping):
                entity = _entity_of(operation, schemas, names) or names.of_path(path)
                yield Endpoint(method, path, entity)


def _entity_of(operation: Mapping[str, Any], schemas: Schemas, names: EntityNames) -> str:
    """The entity that is sent, else the one that a success answers with."""
    told = [_schema_named(operation.get("requestBody"), schemas)]
    responses = operation.get("responses")
    if isinstance(responses, Mapping):
        good = sorted(status for status in responses if status.startswith("2"))
        told += [_schema_named(responses[status], schemas) for status in good]
    return next((found for name in told if name and (found := names.of_schema(name))), "")


def _schema_named(part: Any, schemas: Schemas) -> str:
    content = schemas.resolve(part).get("content")
    for media in content.values() if isinstance(content, Mapping) else ():
        if isinstance(media, Mapping) and (name := schemas.name_of(media.get("schema"))):
            return name
    return ""


# -- base paths ------------------------------------------------------------------------------------


def _base_paths(document: Mapping[str, Any]) -> Iterator[str]:
    """The paths of the servers, each once; variables have their defaults."""
    servers = document.get("servers")
    seen = set()
    for server in servers if isinstance(servers, list) else ():
        url = server.get("url") if isinstance(server, Mapping) else None
        path = _path(_filled(url, server.get("variables"))) if isinstance(url, str) else ""
        if path and "{" not in path and path not in seen:
            seen.add(path)
            yield path


def _filled(url: str, variables: Any) -> str:
    """The address with the defaults of its variables; one without a default stays."""

    def default(found: re.Match[str]) -> str:
        said = variables.get(found[1]) if isinstance(variables, Mapping) else None
        value = said.get("default") if isinstance(said, Mapping) else None
        return value if isinstance(value, str) else found[0]

    return _VARIABLE.sub(default, url)


def _path(url: str) -> str:
    plain = re.split(r"[?#]", url, maxsplit=1)[0]
    if "//" in plain:
        plain = plain.partition("//")[2].partition("/")[2]
    return "/" + plain.strip("/") if plain.strip("/") else ""
