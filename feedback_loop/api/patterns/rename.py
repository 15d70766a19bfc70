"""A pattern's two files edited where they stand: single values, and another name."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from feedback_loop.domain.pattern import Pattern
from feedback_loop.formats.library_json import value_span
from feedback_loop.formats.managed_block import BOM
from feedback_loop.formats.pattern_doc import format_prose, parse_prose
from feedback_loop.formats.prose_edit import edit_prose


def with_value(data: bytes, key: str, value: object) -> bytes:
    """The pattern's JSON with another value at the key, and every other byte as it is."""
    whole = data.decode()
    text = whole.removeprefix(BOM)
    said = json.dumps(value, ensure_ascii=False)
    if key in json.loads(text):
        begin, end = value_span(text, (key,))
        text = text[:begin] + said + text[end:]
    else:
        begin = text.index("{") + 1
        text = f"{text[:begin]}\n  {json.dumps(key)}: {said},{text[begin:]}"
    return (BOM * whole.startswith(BOM) + text).encode()


def renamed(data: bytes, old: str, new: str) -> bytes:
    """The pattern's JSON under another name; the old one stays a name for it."""
    held: dict[str, Any] = json.loads(data.decode().removeprefix(BOM))
    supersedes = list(dict.fromkeys([*held.get("supersedes", []), old]))
    return with_value(with_value(data, "name", new), "supersedes", supersedes)


def retitled(markdown: bytes, old: str, new: str) -> bytes:
    """The pattern's markdown; where its title speaks of the old name, it speaks of the new one."""
    prose, _ = parse_prose(markdown, "")
    title = "" if prose is None else _title(prose["title"], old, new)
    if prose is None or title == prose["title"]:
        return markdown
    wanted = replace(Pattern(new, "", "", **_without_title(prose)), title=title)
    return edit_prose(markdown.decode(), format_prose(wanted)).encode()


def _title(title: str, old: str, new: str) -> str:
    """`gap_1a2b` and `Gap 1a2b` are the name itself; a title of its own is kept."""
    if title.casefold().replace(" ", "_") == old and title != old:
        return new.replace("_", " ").capitalize()
    return re.sub(rf"(?<![A-Za-z0-9_]){re.escape(old)}(?![A-Za-z0-9_])", new, title)


def _without_title(prose: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in prose.items() if key != "title"}
