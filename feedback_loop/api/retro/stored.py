"""Retros that are stored: the newest of a tree, and what people wrote into it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from feedback_loop.api.retro.tip import Tip
from feedback_loop.domain.history import Commits
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.retro import FOLDER, Action, Retro
from feedback_loop.errors import InputError
from feedback_loop.formats.markdown import outline
from feedback_loop.formats.retro_json import parse_retro
from feedback_loop.formats.strict_json import SIZE_CAP

_TASK = re.compile(r"\[([ xX])\]\s+(.+)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\Z")


@dataclass(frozen=True)
class Stored:
    """A stored retro, and the actions that people noted in its document."""

    retro: Retro
    actions: tuple[Action, ...] = ()


def newest_stored(
    tip: Tip, commits: Commits, but: str = "", until: int | None = None
) -> tuple[Stored | None, tuple[Problem, ...]]:
    """The stored retro that reaches furthest along the chain of those that can be read, but for one name.

    With `until` (seconds) only those that end by then.
    """
    files = tip.below(FOLDER)
    files.pop(f"{FOLDER}/{but}.json", None)
    listed = [path for path in sorted(files) if path.endswith(".json") and path.count("/") == 2]
    data = dict(zip(listed, tip.read([files[path] for path in listed], SIZE_CAP), strict=True))
    problems: list[Problem] = []
    for path in sorted(listed, key=lambda one: _reach(data[one], commits), reverse=True):
        content = data[path]
        retro, found = parse_retro(content, path) if content is not None else (None, [])
        if retro is not None and f"{FOLDER}/{retro.range.name}.json" == path:
            if until is not None and (parse_moment(retro.header.as_of) or 0) > until:
                continue
            return Stored(retro, _actions(tip, files, path)), tuple(problems)
        problems += found[:1] or [Problem(path, 0, "too large, or not the retro that its name says")]
    return None, tuple(problems)


def _reach(data: bytes | None, commits: Commits) -> tuple[int, str, str]:
    """How far it goes: chain position, as-of and name, read without any check."""
    try:
        value = json.loads(data or b"{}")
        seen = [value["range"][key] for key in ("last", "after")] + [value["header"]["basis"]]
        known = next((one for one in seen if one in commits.index), None)
        position = -1 if known is None else commits.landing[commits.index[known]]
        return position, str(value["header"]["as_of"]), str(value["range"]["name"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return -2, "", ""


def _actions(tip: Tip, files: dict[str, str], path: str) -> tuple[Action, ...]:
    document = path.removesuffix(".json") + ".md"
    if document not in files:
        return ()
    (data,) = tip.read([files[document]], SIZE_CAP)
    return find_actions((data or b"").decode("utf-8", "replace"))


def find_actions(text: str) -> tuple[Action, ...]:
    """The boxes under `## Actions` of a retro's document."""
    try:
        parts = outline(text).parts
    except InputError:
        return ()
    items = [item for part in parts if part.title.casefold() == "actions" for item in part.items]
    boxes = (_TASK.fullmatch(item) for item in items)
    return tuple(Action(" ".join(box[2].split()), box[1] != " ") for box in boxes if box)


def order_by_end(files: Iterable[tuple[str, bytes]]) -> list[str]:
    """The names of stored retros, the newest first, from (path, content) of their JSON."""
    found = []
    for path, data in files:
        name = path.rpartition("/")[2].removesuffix(".json")
        if _NAME.match(name):
            found.append((_end(data), name))
    return [name for _, name in sorted(found, reverse=True)]


def _end(data: bytes) -> str:
    try:
        return str(json.loads(data)["header"]["as_of"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
