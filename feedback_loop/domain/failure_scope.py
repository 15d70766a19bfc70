"""Which entity, endpoint or schema a known failure is about (C1a).

An entity is a case-sensitive glob, an endpoint `METHOD /path` with segments such as `{id}` that stand for any
one. A failure that names only one of both is held against what the other one's words say: POST /products is
about Product, whoever wrote it.
"""

from __future__ import annotations

import re

from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.domain.words import parts

ANY = "*"
_SUFFIX = re.compile(r"(?<=[a-z0-9])(?:Create|Update|Read|In|Out|Base|Request|Response)\Z")
_METHOD = re.compile(r"(\*|[A-Za-z]+)\s+(?=/)")


def entity_of_schema(schema: str) -> str:
    """`Product` for `ProductCreate` and `ProductCreateRequest`; a name without such an end as it is."""
    while (shorter := _SUFFIX.sub("", schema)) != schema:
        schema = shorter
    return schema


def split_endpoint(text: str, method: str = ANY) -> tuple[str, str]:
    """(METHOD, /path) of `POST /products`; a path alone gets the method given. Query and last slash go."""
    found = _METHOD.match(text.strip())
    path = text.strip()[found.end() if found else 0 :].partition("?")[0]
    return (found[1] if found else method or ANY).upper(), "/" + path.strip("/")


def is_endpoint(text: str) -> bool:
    """Whether the text is `METHOD /path` or a path."""
    return bool(_METHOD.match(text.strip())) or text.strip().startswith("/")


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


def _fits(template: str, path: str) -> bool:
    """Segment by segment: `{…}` takes any one that is not empty, a literal one only itself."""
    known, asked = template.split("/"), path.split("/")
    return len(known) == len(asked) and all(
        one == two or (bool(two) and one.startswith("{") and one.endswith("}"))
        for one, two in zip(known, asked, strict=True)
    )


def _names(path: str, entity: str) -> bool:
    """Whether a segment of the path is the entity's name, in whatever number and spelling."""
    words = parts(entity)
    return bool(words) and any(parts(one) == words for one in path.split("/") if not one.startswith("{"))
