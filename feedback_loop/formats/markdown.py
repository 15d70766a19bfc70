"""Markdown as sections, fences and bullets. The one module that knows markdown-it-py."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True)
class Fence:
    """A fenced code block: info string, code with its final newline, line of the first code line."""

    info: str
    code: str
    line: int


@dataclass(frozen=True)
class Part:
    """What stands under one heading: raw text without outer blank lines, fences, and list items."""

    title: str
    line: int
    text: str
    fences: tuple[Fence, ...]
    items: tuple[str, ...]


@dataclass(frozen=True)
class Outline:
    """A document by its headings: the H1 (title "" if there is none) and each H2."""

    title: str
    intro: Part
    parts: tuple[Part, ...]


def outline(text: str) -> Outline:
    """Cut a document at its top-level H1 and H2 headings; those in fences, quotes and lists do not count."""
    tokens = MarkdownIt("commonmark").parse(text)
    lines = text.split("\n")
    heads = [
        (tokens[index + 1].content.strip(), token.tag, token.map[0], token.map[1])
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2") and token.map
    ]
    title, body_start = "", 0
    if heads and heads[0][1] == "h1":
        title, body_start = heads[0][0], heads[0][3]
        heads = heads[1:]
    starts = [head[2] for head in heads] + [len(lines)]
    intro = _part(title, body_start, starts[0], lines, tokens)
    parts = [
        _part(name, begin, starts[index + 1], lines, tokens)
        for index, (name, _, _, begin) in enumerate(heads)
    ]
    return Outline(title, intro, tuple(parts))


def _part(title: str, begin: int, end: int, lines: list[str], tokens: list[Token]) -> Part:
    inside = [token for token in tokens if token.map and begin <= token.map[0] < end]
    fences = tuple(
        Fence(token.info.strip(), token.content, token.map[0] + 2)
        for token in inside
        if token.type == "fence" and token.map
    )
    items = tuple(
        _item(token, lines) for token in inside if token.type == "list_item_open" and token.level == 1
    )
    return Part(title, begin, "\n".join(lines[begin:end]).strip("\n"), fences, items)


def _item(token: Token, lines: list[str]) -> str:
    """A list item's text, its lines joined by a space."""
    begin, end = token.map or (0, 0)
    first = re.sub(r"^\s*([-*+]|\d+[.)])\s+", "", lines[begin])
    rest = [line.strip() for line in lines[begin + 1 : end]]
    return " ".join(part for part in [first.strip(), *rest] if part)


def fence(code: str, info: str) -> str:
    """A fenced block that the code cannot close: longer than any run of backticks in it."""
    runs = [len(run) for run in re.findall(r"`+", code)]
    marks = "`" * max(3, max(runs, default=0) + 1)
    body = code if code.endswith("\n") or not code else code + "\n"
    return f"{marks}{info}\n{body}{marks}"
