"""Which entity, endpoint or schema a known failure is about (C1a).

An entity is a case-sensitive glob, an endpoint `METHOD /path` with segments such as `{id}` that stand for any
one. A failure that names only one of both is held against what the other one's words say: POST /products is
about Product, whoever wrote it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.domain.plurals import alike, singular

ANY = "*"
_SUFFIX = re.compile(r"(?<=[a-z0-9])(?:Create|Update|Read|In|Out|Base|Request|Response)\Z")
_HOLE = re.compile(r"(?<=/)\{[^/]*\}(?=/|\Z)")
_METHOD = re.compile(r"(\*|[A-Za-z]+)\s+(?=/)")


def entity_of_schema(schema: str) -> str:
    """`Product` for `ProductCreate` and `ProductCreateRequest`; a name without such an end as it is."""
    while (shorter := _SUFFIX.sub("", schema)) != schema:
        schema = shorter
    return schema


@lru_cache(4096)
def split_endpoint(text: str, method: str = ANY) -> tuple[str, str]:
    """(METHOD, /path) of `POST /products`; a path alone gets the method given. Query and last slash go."""
    found = _METHOD.match(text.strip())
    path = text.strip()[found.end() if found else 0 :].partition("?")[0]
    return (found[1] if found else method or ANY).upper(), "/" + path.strip("/")


def covers_entity(entity_pattern: str, endpoint_pattern: str, entity: str) -> bool:
    """Whether a failure with these two patterns is one of the entity's."""
    if entity_pattern != ANY:
        return matches(compile_globs((entity_pattern,)), entity)
    return endpoint_pattern == ANY or _names(split_endpoint(endpoint_pattern)[1], entity)


def covers_endpoint(entity_pattern: str, endpoint_pattern: str, endpoint: str, method: str) -> bool:
    """Whether a failure with these two patterns is one of the endpoint's; method `*` asks for every one."""
    wanted, path = split_endpoint(endpoint, method)
    if endpoint_pattern == ANY:
        return entity_pattern == ANY or _names(path, entity_pattern)
    known, template = split_endpoint(endpoint_pattern)
    return (known == wanted or ANY in (known, wanted)) and _fits(template, path)


def same_endpoint(one: str, two: str) -> bool:
    """Whether these are one: literal segments equal, `{…}` in the same places; `*` is any method."""
    (method, path), (other, asked) = split_endpoint(one), split_endpoint(two)
    return (method == other or ANY in (method, other)) and _HOLE.sub("{}", path) == _HOLE.sub("{}", asked)


def _fits(template: str, path: str) -> bool:
    """Segment by segment: `{…}` takes any one that is not empty, a literal one only itself."""
    known, asked = template.split("/"), path.split("/")
    return len(known) == len(asked) and all(
        one == two or (bool(two) and one.startswith("{") and one.endswith("}"))
        for one, two in zip(known, asked, strict=True)
    )


@lru_cache(4096)
def _names(path: str, entity: str) -> bool:
    """Whether a segment of the path is the entity's name or glob, in whatever number and spelling."""
    written = [one for one in path.split("/") if one and not one.startswith("{")]
    if not any(wild in entity for wild in "*?["):
        return any(alike(one, entity) for one in written)
    globs = compile_globs((entity,))
    return any(matches(globs, _camel(name)) for one in written for name in (one, singular(one)))


def _camel(name: str) -> str:
    """`ProductCategory` for `product-category` and `product_category`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[-_.]", name))
