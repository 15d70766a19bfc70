"""Which parameter of the made function each parameter of a template is (D26): by kind, then by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from feedback_loop.engines.generate.template import Frame, Param

# What a parameter of a kind is called and annotated with, where nothing else says it, and what that needs.
_BY_KIND: Mapping[str, tuple[str, str, str]] = {
    "sequence": ("items", "Sequence[object]", "from collections.abc import Sequence"),
    "mapping": ("mapping", "Mapping[str, object]", "from collections.abc import Mapping"),
    "path": ("path", "Path", "from pathlib import Path"),
    "text": ("text", "str", ""),
    "number": ("number", "float", ""),
    "array": ("values", "np.ndarray", "import numpy as np"),
    "upload": ("file", "UploadFile", "from fastapi import UploadFile"),
    "any": ("value", "object", ""),
}
# What is asked back -> annotation: no import is needed for these.
RETURNS: Mapping[str, str] = {
    "list": "list[object]",
    "mapping": "dict[str, object]",
    "json": "str",
    "text": "str",
    "csv": "str",
    "number": "float",
}


def params_of(kinds: Sequence[str]) -> tuple[tuple[Param, ...], tuple[str, ...]]:
    """A parameter per kind, each kind once, and the import statements that their annotations need."""
    known = [one for one in dict.fromkeys(kinds) if one in _BY_KIND]
    rows = [(kind, *_BY_KIND[kind]) for kind in known]
    params = tuple(Param(name, kind, annotation) for kind, name, annotation, _ in rows)
    return params, tuple(line for *_, line in rows if line)


def bind(frame: Frame, params: Sequence[Param]) -> dict[str, str] | str:
    """The frame's parameters by name -> the function's; a text says what could not be bound.

    One of a kind takes a parameter of that kind: the one of its own name, else the first that is free. A
    parameter whose kind is not known (`any`) goes by its name, else to another unknown one, never to a
    parameter that is known to be something else.
    """
    found: dict[str, str] = {}
    for wanted in frame.params:
        free = [one for one in params if one.name not in found.values()]
        alike = [one for one in free if one.kind == wanted.kind]
        named = [one for one in free if one.name == wanted.name and "any" in (one.kind, wanted.kind)]
        chosen = next((one for one in alike if one.name == wanted.name), None)
        chosen = chosen or next(iter([*named, *alike]), None)
        if chosen is None:
            kind = "nothing" if wanted.kind == "any" else f"no {wanted.kind}"
            return f"the function takes {kind} that could be its {wanted.name!r}"
        found[wanted.name] = chosen.name
    return found
