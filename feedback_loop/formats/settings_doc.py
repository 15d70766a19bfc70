"""TOML text -> Settings, every mistake named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.domain.guide import GUIDE
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.rating import KEEP
from feedback_loop.domain.settings import PLANS, SCRIPTS, TESTS, Settings
from feedback_loop.domain.task_type import TaskType
from feedback_loop.formats.strict_json import DEPTH_CAP, Document, Place

SIZE_CAP = 256 << 10
KEY_PARTS_CAP = 64
_KEYS = (
    *("patterns", "fail-on", "on-error", "exclude", "levels", "scan", "plans", "plan", "guide", "events"),
    *("collect", "retro", "effect", "inject", "search", "classify", "generation", "feedback", "route"),
)
_IN_PYPROJECT = ("tool", "feedback-loop")
_QUOTED = r'"(?:[^"\\\n]|\\.)*+"' + r"|'[^'\n]*+'"
# What stands on a line before the `=` (or a comment): a key, or part of a value.
_KEY = re.compile(rf"""^(?:[^="'#\n]|{_QUOTED})*+""", re.MULTILINE)


def parse_settings(data: bytes, path: str) -> tuple[Settings | None, list[Problem]]:
    """The settings of `feedback-loop.toml`, or of `[tool.feedback-loop]` if the file is `pyproject.toml`.

    (None, []) if a pyproject.toml has no such table; with problems the settings of the sound keys.
    """
    if len(data) > SIZE_CAP:
        return None, [Problem(path, 0, f"larger than {SIZE_CAP} bytes")]
    try:
        text = data.decode("utf-8-sig")
        endless = _endless_key(text)
        if endless:
            return None, [Problem(path, endless, f"a key of more than {KEY_PARTS_CAP} parts")]
        value: Any = tomllib.loads(text)
    except UnicodeDecodeError as error:
        return None, [Problem(path, data[: error.start].count(b"\n") + 1, "not UTF-8")]
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found[1]) if found else text.rstrip().count("\n") + 1  # "at end of document"
        closed = re.search(rb"""^\s*on-error\s*=\s*["']closed["']""", data, re.M)
        settings = Settings(on_error="closed", path=path) if closed else None  # a typo must not open it
        return settings, [Problem(path, line, f"not TOML: {error}")]
    except (RecursionError, ValueError):  # brackets by the thousand, a number of thousands of digits
        return None, [Problem(path, 0, "nested too deep, or a number too large")]
    prefix = _IN_PYPROJECT if path.endswith("pyproject.toml") else ()
    for key in prefix:
        value = value.get(key) if isinstance(value, dict) else None
    if value is None:
        return None, []
    if not _is_shallow(value):
        return None, [Problem(path, 0, f"nested deeper than {DEPTH_CAP} levels")]
    document = Document(path, value)
    if not _problems(document):
        return _settings(value, path), []
    lines = _lines(text)  # looked for only when they are told
    document.places = _places(value, prefix, lines, lines.get(prefix, 1))
    return _settings(_sound(value, path), path), _problems(document)


def _sound(value: Any, path: str) -> dict[str, Any]:
    """The keys without a fault: one typo must not open a hook that is `closed`, nor lift an exclude."""
    keys = value if isinstance(value, dict) else {}
    return {
        key: keys[key] for key in _KEYS if key in keys and not _problems(Document(path, {key: keys[key]}))
    }


def _problems(document: Document) -> list[Problem]:
    # Its import takes 0.08 s, which a repository without settings need not pay: `context` counts them.
    from feedback_loop.formats.schema import check_schema

    return check_schema(document, "settings") or _hostile(document)


def _endless_key(text: str) -> int:
    """The line of a key with very many parts, else 0: tomllib takes memory by their square."""
    for key in _KEY.finditer(text):
        if key[0].count(".") >= KEY_PARTS_CAP and re.sub(_QUOTED, "", key[0]).count(".") >= KEY_PARTS_CAP:
            return text.count("\n", 0, key.start()) + 1
    return 0


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH_CAP):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return not level


def _hostile(document: Document) -> list[Problem]:
    """Paths lie in the repository, and git's own files are none (T1)."""
    found = []
    for key, what in (("patterns", "folder"), ("guide", "file")):
        parts = document.value.get(key, key).split("/")
        if any(part.lower() == ".git" or part.endswith(".") or part.startswith("-") for part in parts):
            found.append(document.problem(f"/{key}", f"must be a {what} inside of the repository"))
    for index, glob in enumerate(document.value.get("plans", ())):
        if any(part in ("", ".", "..") or part.lower() == ".git" for part in glob.split("/")) or "\\" in glob:
            text = "must be a path of the repository, without `.`, `..` and `//`"
            found.append(document.problem(f"/plans/{index}", text))
    for table in (("inject",), ("search",), ("generation", "targets")):
        keys = document.value
        for name in table:
            keys = keys.get(name, {})
        for key, one in keys.items():
            if one != one:  # TOML knows `nan`, which no bound of the schema excludes
                found.append(document.problem(f"/{'/'.join(table)}/{key}", "must be a number"))
    return found


# -- lines: tomllib gives no positions -----------------------------------------------------------


def _places(value: Any, where: tuple[str, ...], lines: dict[tuple[str, ...], int], line: int) -> Place:
    if not isinstance(value, dict):
        return line
    inner = {key: (*where, key) for key in value}
    return line, {key: _places(value[key], inner[key], lines, lines.get(inner[key], line)) for key in value}


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """The line of each key and table, parents included; the first counts."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, row in _statements(text):
        if row.startswith("["):
            table = _path(row) or table
            found = table
        else:
            key = _KEY.match(row)
            found = (*table, *(_path(key[0] + "=0") if key else ()))
        for length in range(1, len(found) + 1):
            lines.setdefault(found[:length], number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """(number, line) of the lines outside of multi-line strings."""
    inside = ""
    for number, row in enumerate(text.split("\n"), 1):
        if not inside and row.strip():
            yield number, row.strip()
        for mark in re.findall(r"\"{3}|'{3}", row):
            inside = "" if inside == mark else inside or mark


def _path(statement: str) -> tuple[str, ...]:
    """The keys that a table's header or an assignment names; none if it is neither."""
    try:
        value: Any = tomllib.loads(statement)
    except (ValueError, RecursionError):
        return ()
    path: list[str] = []
    while isinstance(value, dict | list) and value:
        if isinstance(value, dict):
            path += value
            value = value[path[-1]]
        else:
            value = value[0]
    return tuple(path)


def _settings(value: dict[str, Any], path: str) -> Settings:
    scan, retro, inject, search, classify = (
        value.get(name, {}) for name in ("scan", "retro", "inject", "search", "classify")
    )
    targets, route = value.get("generation", {}).get("targets", {}), value.get("route", {})
    return Settings(
        patterns=value.get("patterns", "patterns"),
        fail_on=value.get("fail-on", "block"),
        on_error=value.get("on-error", "open"),
        exclude=tuple(value.get("exclude", ())),
        levels=tuple(sorted(value.get("levels", {}).items())),
        strict=scan.get("strict", False),
        require_reason=scan.get("require-reason", False),
        moved_level=scan.get("moved-level", "warn"),
        tests=tuple(scan.get("tests", TESTS)),
        scripts=tuple(scan.get("scripts", SCRIPTS)),
        plans=tuple(value.get("plans", PLANS)),
        named_plans=tuple(one for one in value.get("plans", ()) if not set(one) & set("*?[")),
        unknown_plan=value.get("plan", {}).get("unknown", "warn"),
        guide=value.get("guide", GUIDE),
        author=value.get("events", {}).get("author", "hash"),
        collect_rules=tuple(sorted(value.get("collect", {}).get("rules", {}).items())),
        retro_sprint=retro.get("sprint", "2w"),
        archive_after_days=retro.get("archive-after-days", 90),
        min_events=retro.get("min-events", 5),
        retro_apply=retro.get("apply", "auto"),
        guard_days=value.get("effect", {}).get("guard-days", 30),
        inject_enabled=inject.get("enabled", True),
        inject_max_patterns=inject.get("max-patterns", 3),
        inject_min_success_rate=inject.get("min-success-rate", 70),
        inject_min_relevance=inject.get("min-relevance", 0.6),
        inject_budget=inject.get("budget", 1500),
        inject_holdout=inject.get("holdout", 0.0),
        inject_order=inject.get("order", "occurrence"),
        inject_proposed=inject.get("proposed", True),
        search_limit=search.get("limit", 5),
        search_min_relevance=search.get("min-relevance", 0.0),
        search_semantic=search.get("semantic", False),
        classify_rules=tuple(_rule(one) for one in classify.get("rules", ())),
        classify_ir=classify.get("ir", ""),
        target_repeated=targets.get("repeated-errors", 5),
        target_prevention=targets.get("prevention-rate", 70),
        target_captured=targets.get("captured", 50),
        feedback_store=value.get("feedback", {}).get("store", KEEP),
        route_types=tuple(_task_type(name, one) for name, one in route.get("types", {}).items()),
        route_models=tuple(sorted(route.get("models", {}).items())),
        path=path,
    )


def _rule(value: dict[str, str]) -> ClassifyRule:
    return ClassifyRule(
        value.get("exception", ""),
        value.get("match", ""),
        value["constraint"],
        value["error_type"],
        value.get("guidance", ""),
    )


def _task_type(name: str, value: dict[str, Any]) -> TaskType:
    return TaskType(
        name,
        tuple(value["triggers"]),
        tuple(value["frameworks"]),
        tuple(value.get("techniques", ())),
        value.get("tier", "standard"),
    )
