"""The JSON schemas that ship with the tool."""

from __future__ import annotations

import json

from feedback_loop.errors import UserError
from feedback_loop.formats.schema import NAMES, schema_text


def list_schemas() -> list[tuple[str, str]]:
    """(name, what it describes) of each."""
    return [(name, str(json.loads(schema_text(name))["title"])) for name in NAMES]


def read_schema(name: str) -> str:
    """The schema as it is shipped. Raises UserError with the known names for any other."""
    if name not in NAMES:
        raise UserError(f"no schema is called {name!r}", f"known: {', '.join(NAMES)}", kind="usage")
    return schema_text(name)
