"""Where in the application a failure belongs: its entity, endpoint, field and relation (C15).

What a message says goes before what its trace says, and that before what the request says: `POST /orders`
may fail on a product.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from feedback_loop.domain.api_model import ApiModel
from feedback_loop.domain.entity_names import EntityNames, is_entity_name
from feedback_loop.domain.failure import ApiContext, Captured, Failure
from feedback_loop.domain.failure_scope import ANY, entity_of_schema
from feedback_loop.domain.plurals import singular
from feedback_loop.domain.trace import Frame, Trace, carried, is_foreign_own
from feedback_loop.engines.classify.endpoints import Endpoints

_FOREIGN = re.compile("foreign key", re.IGNORECASE)
_GOING = re.compile(r"\bdelete (?:on|from)\b|parent row|child record", re.IGNORECASE)  # the others' key, then
# Folders and endings of modules that hold what belongs to one entity.
_KINDS = """
    model models route routes router routers schema schemas endpoint endpoints view views viewset viewsets
    controller controllers resource resources entity entities crud repository repositories service services
    handler handlers serializer serializers dao daos
"""
_MODULES = frozenset(_KINDS.split())
# Of those the ones that say so by themselves; where no model is known a word of a view may be any.
_ENTITY_MODULES = frozenset(("model", "models", "route", "routes", "router", "routers", "schema", "schemas"))
_GENERAL = """
    __init__ __main__ api app apps asgi auth backend base common compiler config conftest core database db
    dependencies deps error errors exception exceptions helpers index init main mixins orm server settings
    shared src tests types utils web wsgi
"""
_NAMELESS = frozenset(_GENERAL.split())
_PREFIXES = ("uq", "uk", "ux", "ix", "idx", "unique", "index")  # of constraints, before the table
_ALIAS = 2  # letters of a table's name that may be a query's alias of it
_TESTS = (["test"], ["tests"], ["testing"])


class Found(NamedTuple):
    """An entity and where it was read, in words; `sure` = nothing that comes later knows better."""

    entity: str
    told: str
    sure: bool = True


def find_context(failure: Failure, captured: Captured, endpoints: Endpoints) -> ApiContext:
    """Where the failure belongs; `*` for what neither message, trace nor request says. Never raises.

    `captured` is what the message names. An entity is never a type of Python, a version, a test or an
    exception.
    """
    endpoint = endpoints.template(failure.endpoint)
    field = _field(captured)
    names = endpoints.names
    found = _choose(_candidates(failure, captured, endpoint, endpoints), names)
    spoken = field
    field = field or _implied(failure, captured, found.entity, endpoints.model)
    told = [f"entity {found.entity}: {found.told}"] if found.entity != ANY else []
    known = names.field_of(found.entity, field)
    if known is not None and field not in (known.name, f"{known.name}_id"):
        field = known.name
    relationship = known.references if known else ""
    if not relationship and field.endswith("_id"):
        other = names.named(field.removesuffix("_id"))
        relationship = other if other != found.entity else ""
    if field:
        told.append(f"field {field}: the {'message' if spoken else 'model, by the message'}")
    if endpoint != ANY:
        told.append(f"endpoint {endpoint}: the request")
    return ApiContext(
        entity=found.entity,
        endpoint=endpoint,
        field=field or ANY,
        relationship=relationship,
        entity_in_model=found.entity in names,
        endpoint_in_model=endpoints.knows(endpoint),
        told=tuple(told),
    )


def _choose(found: Iterator[Found], names: EntityNames) -> Found:
    """The first that is sure or that the model knows, else the first."""
    first = None
    for one in found:
        if one.sure or one.entity in names:
            return one
        first = first or one
    return first or Found(ANY, "")


def _candidates(failure: Failure, captured: Captured, endpoint: str, endpoints: Endpoints) -> Iterator[Found]:
    """What speaks for an entity, the strongest first."""
    names, model = endpoints.names, endpoints.model
    yield from _of_table(captured, names)
    yield from _of_class(captured, names, model is not None)
    requested = endpoints.entity(endpoint) if endpoint != ANY else ANY
    later = list(_of_trace(failure.trace, names, model is not None))
    if requested != ANY:
        later.append(Found(requested, "the path of the request"))
    owner = _owner(_field(captured), [one.entity for one in later], names, model)
    if owner and not any(_constraints(captured)):  # else the field is that of a table nobody knows
        yield Found(owner, "the only one with the field of the message")
    yield from later


def _of_table(captured: Captured, names: EntityNames) -> Iterator[Found]:
    table = captured.table
    # `p.price`: the query may have called the table so.
    is_alias = table not in captured.kept and f"{table}.{captured.column}" in captured.kept
    if table and (found := names.of_table(table)):
        yield Found(found, f"the table {table} in the message")
    elif is_entity_name(table) and not (is_alias and len(table) <= _ALIAS):
        yield Found(table, "the table in the message", sure=not is_alias)
    for kept, owner in _constraints(captured) if not table else ():
        if found := names.of_table(owner):
            yield Found(found, f"the constraint {kept} in the message")


def _constraints(captured: Captured) -> Iterator[tuple[str, str]]:
    """Constraints of the column and what comes before it: `products_sku_key`, `uq_products_sku`."""
    for kept in captured.kept if captured.column else ():
        owner, separator, _ = kept.partition(f"_{captured.column}")
        if separator and owner not in _PREFIXES:
            yield kept, owner


def _of_class(captured: Captured, names: EntityNames, has_model: bool) -> Iterator[Found]:
    """The class that the message names; one that the model does not know is a library's, perhaps."""
    written = captured.model.rpartition(".")[2]
    if not written:
        return
    entity = names.of_schema(written) or entity_of_schema(written)
    if entity in names or is_entity_name(entity):
        yield Found(entity, f"the class {written} in the message", sure=not has_model)


def _owner(field: str, others: list[str], names: EntityNames, model: ApiModel | None) -> str:
    """The one entity that has the field, if none that trace and request speak of has it."""
    if not field or model is None or any(names.field_of(one, field) for one in others):
        return ""
    owners = [one.name for one in model.entities if any(known.name == field for known in one.fields)]
    return owners[0] if len(owners) == 1 and owners[0] in names else ""


# -- the trace -------------------------------------------------------------------------------------


def _of_trace(trace: Trace | None, names: EntityNames, has_model: bool) -> Iterator[Found]:
    """What the project's own calls are about, the deepest first."""
    for frame in _own_frames(trace):
        holder = frame.function.rpartition(".")[0].rpartition(".")[2]
        stem, folder = _module_words(frame.file)
        if holder and (found := names.of_schema(holder)):
            yield Found(found, f"the class of {frame.function} in the trace")
        elif found := names.named(stem) or names.named(folder):
            yield Found(found, "a module of the trace")
        elif has_model or stem in _NAMELESS or not _names_entity(frame.file):
            continue
        elif is_entity_name(singular(stem)):
            yield Found(singular(stem), "a module of the trace")


def _own_frames(trace: Trace | None) -> Iterator[Frame]:
    for one in (trace, *trace.causes) if trace else ():
        for frame in reversed(one.frames):
            if is_foreign_own(frame.file) and not _is_test(frame.file):
                yield frame


@lru_cache(4096)
def _is_test(file: str) -> bool:
    *folders, name = file.split("/")
    stem = name.removesuffix(".py")
    return stem.startswith(("test_", "conftest")) or stem.endswith("_test") or folders[-1:] in _TESTS


@lru_cache(4096)
def _module_words(file: str) -> tuple[str, str]:
    """What a model, route or schema module is named after, and what its folder is; "" each for nothing.

    `product` of `models/product.py` and of `product_router.py`; the folder of `product/models.py`.
    """
    *folders, name = file.split("/")
    if not name.endswith(".py"):  # a template, a cell of a notebook
        return "", ""
    parts = name.removesuffix(".py").split("_")
    stem = "_".join(part for part in parts if part not in _MODULES)
    if stem:
        is_one = not _MODULES.isdisjoint(parts) or not _MODULES.isdisjoint(folders[-2:])
        return (stem if is_one else ""), ""
    return "", next((one for one in folders[-1:] if one not in _NAMELESS | _MODULES), "")


@lru_cache(4096)
def _names_entity(file: str) -> bool:
    """Whether the module is one for models, routes or schemas by its own folder or by its ending."""
    *folders, name = file.split("/")
    ending = name.removesuffix(".py").rpartition("_")[2]
    return not _ENTITY_MODULES.isdisjoint([ending, *folders[-1:]])


# -- the field -------------------------------------------------------------------------------------


def _implied(failure: Failure, captured: Captured, entity: str, model: ApiModel | None) -> str:
    """The entity's field that the message means without calling it one; "" for none.

    The key of a KeyError, or the only foreign key where the database (SQLite) does not say which one.
    """
    known = next((one.fields for one in model.entities if one.name == entity), ()) if model else ()
    told = [(one.exception, one.message) for one in carried(failure.trace)] if failure.trace else []
    told.append((failure.exception, failure.message))
    if told[0][0].endswith("KeyError"):
        return next((one.name for one in known if one.name == captured.name), "")
    references = [one.name for one in known if one.references]
    text = "\n".join(message for _, message in told)
    own = _FOREIGN.search(text) and not _GOING.search(text) and not failure.endpoint.startswith("DELETE ")
    return references[0] if own and len(references) == 1 else ""


def _field(captured: Captured) -> str:
    """The column, or the field of a validation; "" for none."""
    return captured.column.rpartition(".")[2] or captured.field
