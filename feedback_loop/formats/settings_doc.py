"""TOML text -> Settings, every mistake named."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import SCRIPTS, TESTS, Settings
from feedback_loop.formats.schema import check_schema
from feedback_loop.formats.strict_json import Document

SIZE_CAP = 256 << 10


def parse_settings(data: bytes, path: str) -> tuple[Settings | None, list[Problem]]:
    """The settings of `feedback-loop.toml`, or of `[tool.feedback-loop]` if the file is `pyproject.toml`.

    (None, []) if a pyproject.toml has no such table.
    """
    try:
        text = data.decode("utf-8")
        value: Any = tomllib.loads(text)
    except UnicodeDecodeError as error:
        return None, [Problem(path, data[: error.start].count(b"\n") + 1, "not UTF-8")]
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        return None, [Problem(path, int(found[1]) if found else 0, f"not TOML: {error}")]
    if path.endswith("pyproject.toml"):
        value = (
            value.get("tool", {}).get("feedback-loop") if isinstance(value.get("tool", {}), dict) else None
        )
        if value is None:
            return None, []
    document = Document(path, value, lines=_lines(text, value))
    problems = check_schema(document, "settings")
    return (None if problems else _settings(value, path)), problems


def _lines(text: str, value: Any) -> dict[str, int]:
    """The line of each key, found by its name: tomllib gives no positions, and keys here are few."""
    lines: dict[str, int] = {}
    rows = text.split("\n")

    def note(table: Any, pointer: str) -> None:
        if not isinstance(table, dict):
            return
        for key, inner in table.items():
            wanted = re.compile(rf"""^\s*(\[[^\]]*\b)?["']?{re.escape(key)}["']?\s*(=|\])""")
            row = next((number for number, line in enumerate(rows, 1) if wanted.match(line)), None)
            if row:
                lines[f"{pointer}/{key}"] = row
            note(inner, f"{pointer}/{key}")

    note(value, "")
    return lines


def _settings(value: dict[str, Any], path: str) -> Settings:
    scan = value.get("scan", {})
    return Settings(
        patterns=value.get("patterns", "patterns"),
        fail_on=value.get("fail-on", "block"),
        on_error=value.get("on-error", "open"),
        exclude=tuple(value.get("exclude", ())),
        levels=tuple(sorted(value.get("levels", {}).items())),
        strict=scan.get("strict", False),
        tests=tuple(scan.get("tests", TESTS)),
        scripts=tuple(scan.get("scripts", SCRIPTS)),
        path=path,
    )
