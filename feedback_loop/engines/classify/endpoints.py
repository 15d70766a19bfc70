"""Requests onto the endpoints of an application: a concrete URL is its template's (C17)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from feedback_loop.domain.api_model import ApiModel
from feedback_loop.domain.entity_names import EntityNames, is_entity_name, resource_of
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.requests import path_of, template_of

_REQUEST = re.compile(r"\s*(?:(\*|[A-Za-z]+)\s+)?((?:[A-Za-z][A-Za-z0-9+.-]*://|/)\S*)")
_HOLE = re.compile(r"\{[^{}]*\}")
_FORMS = 16  # of one path, by base paths that repeat
_KEPT = 4096  # answers: runs ask for the same few endpoints again and again
_Key: TypeAlias = "tuple[int, int, str]"
_OPEN: _Key = (0, 0, "")  # of paths that end in any number of segments
_LITERAL, _MIXED, _PARAMETER, _REST = range(4)


class Endpoints:
    """The endpoints of a `model`, None for none; `names` are its entities by all that they are called."""

    def __init__(self, model: ApiModel | None) -> None:
        self.model = model
        self.names = EntityNames(model.entities if model else ())
        self._bases = _bases(model)
        self._entities: dict[tuple[str, str], str] = {}
        self._methods: dict[str, set[str]] = {}
        for one in model.endpoints if model else ():
            path = _plain(re.split(r"[?#]", "".join(one.path.split()))[0])  # some documents have `/#Action`
            entity = one.entity if is_entity_name(one.entity, known=True) else ""
            self._entities.setdefault((one.method.upper(), path), entity)
            self._methods.setdefault(path, set()).add(one.method.upper())
        self._templates: dict[_Key, list[_Template]] = {}
        for template in map(_Template, self._methods):
            self._templates.setdefault(template.key, []).append(template)
        self._found = lru_cache(maxsize=_KEPT)(self._template)

    def template(self, endpoint: str) -> str:
        """`METHOD /template` of `METHOD url-or-path`, the method `*` where none is told; `*` for no request.

        Scheme, host, query, base path and last slash go. Of the model's templates the one fits whose
        segments are literal where another's are parameters. What the model does not know has `{id}` for
        integers, UUIDs, eight hexadecimal digits or more, and for what nobody would name anything.
        """
        asked = _split(endpoint)
        return f"{asked[0]} {self._found(*asked)}" if asked else ANY

    def entity(self, template: str) -> str:
        """The entity that a template is about: the model's, else what its path names; `*` for none."""
        asked = _split(template)
        if not asked:
            return ANY
        method, path = asked[0], _plain(asked[1])
        known = self._entities.get((method, path)) or self._entities.get((ANY, path))
        if not known and method == ANY:
            known = next((self._entities[one, path] for one in sorted(self._methods.get(path, ()))), "")
        return known or self.names.of_path(path) or resource_of(path) or ANY

    def knows(self, template: str) -> bool:
        """Whether the model has this endpoint."""
        asked = _split(template)
        methods = self._methods.get(_plain(asked[1])) if asked else None
        return bool(asked and methods and (asked[0] == ANY or methods & {asked[0], ANY}))

    def _template(self, method: str, url: str) -> str:
        path = _plain(path_of(url))
        if path in self._methods and self._takes(path, method):
            return path
        forms = self._without_base(path)
        asked = (*forms[1:], path)
        found = next((one for form in asked if (one := self._fitting(form, method))), "")
        if found or path in self._methods:
            return found or path
        # A method that nobody serves: the path is told all the same.
        found = next((one for form in asked if (one := self._fitting(form, ANY))), "")
        return found or template_of(forms[-1])

    def _takes(self, path: str, method: str) -> bool:
        return method == ANY or not self._methods[path].isdisjoint({method, ANY})

    def _without_base(self, path: str) -> list[str]:
        """The path, then what each base path leaves of it, the shortest rest last."""
        found = [path]
        for form in found:
            under = [base for base in self._bases if form == base or form.startswith(base + "/")]
            rests = (_plain(form[len(base) :]) for base in under)
            found += [rest for rest in rests if rest not in found][: _FORMS - len(found)]
        return [path, *sorted(found[1:], key=lambda one: (-len(one), one))]

    def _fitting(self, path: str, method: str) -> str:
        """The most literal template that the path and method fit; "" for none."""
        segments = path.split("/")
        count = len(segments)
        keys: list[_Key] = [(count, at, segment) for at, segment in enumerate(segments)]
        near = (one for key in (*keys, _OPEN) for one in self._templates.get(key, ()))
        fitting = [one for one in near if self._takes(one.path, method) and one.fits(segments)]
        return min(fitting, key=lambda one: one.rank).path if fitting else ""


class _Template:
    """A path of the model, taken apart once; `rank` is the lower the more of it is literal.

    `key` is what it is looked up by: its length and its last literal segment, which tells most.
    """

    __slots__ = ("_kinds", "_segments", "key", "path", "rank")

    def __init__(self, path: str) -> None:
        self.path = path
        self._segments = path.split("/")
        self._kinds = [_kind(segment) for segment in self._segments]
        self.rank = (self._kinds, -len(self._segments))
        # Every path begins with an empty segment, so that one is literal at least.
        last = max(at for at, kind in enumerate(self._kinds) if kind == _LITERAL)
        is_open = self._kinds[-1] == _REST
        self.key: _Key = _OPEN if is_open else (len(self._segments), last, self._segments[last])

    def fits(self, segments: list[str]) -> bool:
        """Whether a path, as its segments, is one of the template's; a parameter is never empty."""
        has_rest = self._kinds[-1] == _REST
        if len(segments) < len(self._kinds) if has_rest else len(segments) != len(self._kinds):
            return False
        told = zip(self._kinds, self._segments, segments, strict=False)
        return all(_fits(kind, known, asked) for kind, known, asked in told)


def _kind(segment: str) -> int:
    holes = _HOLE.findall(segment)
    if not holes:
        return _LITERAL
    if holes != [segment]:
        return _MIXED
    return _REST if segment.endswith(":path}") else _PARAMETER


def _fits(kind: int, known: str, asked: str) -> bool:
    if kind == _LITERAL:
        return known == asked
    if kind == _MIXED and not _HOLE.fullmatch(asked):
        return _fits_pieces(_HOLE.split(known), asked)
    return kind != _MIXED and bool(asked)


def _fits_pieces(pieces: list[str], asked: str) -> bool:
    """`{name}.{ext}`: the literal pieces in their order, a character at least in each hole."""
    if not asked.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:-1]:
        found = asked.find(piece, at + 1)
        if found < 0:
            return False
        at = found + len(piece)
    return len(asked) - len(pieces[-1]) > at and asked.endswith(pieces[-1])


def _split(endpoint: str) -> tuple[str, str] | None:
    found = _REQUEST.match(endpoint)
    return ((found[1] or ANY).upper(), found[2]) if found else None


def _plain(path: str) -> str:
    return "/" + path.strip("/")


def _bases(model: ApiModel | None) -> list[str]:
    """The base paths, the longest first; of one with a parameter nothing can be told."""
    found = {_plain(one) for one in model.base_paths if "{" not in one} if model else set()
    return sorted(found - {"/"}, key=lambda one: (-len(one), one))
