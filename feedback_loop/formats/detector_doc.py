"""One entry of `detectors` <-> Detector, and the limits that a schema cannot say (DET-3, DET-4, DET-7)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from feedback_loop.domain.pattern import (
    AstGrep,
    Builtin,
    Detector,
    Expression,
    Literal,
    Prefilter,
    Regex,
    Site,
)

TEXT_BYTES = (3, 200)
REGEX_BYTES = 1024
RULE_BYTES = 8 << 10
RULE_DEPTH = 16
RULE_NODES = 64
_RULES = ("rule", "constraints", "utils")
_WITH_SITE = ("literal", "regex", "ast-grep")


def detector_from(value: dict[str, Any]) -> Detector:
    """The detector of an entry that the schema accepts."""
    paths = value.get("paths", {})
    prefilter = value.get("prefilter")
    return Detector(
        id=value["id"],
        expression=_expression(value),
        message=value["message"],
        level=value.get("level", "hint"),
        languages=tuple(value.get("languages", ())),
        include=tuple(paths.get("include", ())),
        exclude=tuple(paths.get("exclude", ())),
        fix_hint=value.get("fix_hint"),
        prefilter=None if prefilter is None else _prefilter(prefilter),
        site=_searched(value["kind"], _site_entry(value)) if "site" in value else None,
    )


def _expression(value: dict[str, Any]) -> Expression:
    if value["kind"] == "builtin":
        return Builtin(value["builtin"], canonical(value.get("params", {})))
    return _searched(value["kind"], value)


def _site_entry(value: dict[str, Any]) -> dict[str, Any]:
    """The site as if it were the detector itself: what the two share stands in the detector alone."""
    shared = {"language": value["language"]} if value["kind"] == "ast-grep" else {}
    return {**value["site"], **shared}


def _searched(kind: str, value: dict[str, Any]) -> Site:
    if kind == "literal":
        texts = (value["text"],) if "text" in value else tuple(value["texts"])
        return Literal(texts, value.get("ignore_case", False), value.get("word", False))
    if kind == "regex":
        return Regex(value["regex"], value.get("ignore_case", False), value.get("unless"))
    parts = {key: canonical(value.get(key, {})) for key in _RULES}
    return AstGrep(value["language"], anchor=tuple(value.get("anchor", ())), **parts)


def _prefilter(value: dict[str, Any]) -> Prefilter:
    return Prefilter(tuple(value.get("added_any", ())), tuple(value.get("file_all", ())))


def canonical(value: Any) -> str:
    """JSON as values hold it: one line, keys sorted, no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def detector_value(one: Detector) -> dict[str, Any]:
    """The entry; what is not said in the detector is left out."""
    value: dict[str, Any] = {"id": one.id, "kind": one.kind, "level": one.level, "message": one.message}
    value |= _expression_value(one.expression)
    if one.languages:
        value["languages"] = one.languages
    if one.include or one.exclude:
        value["paths"] = {"include": one.include, "exclude": one.exclude}
    if one.fix_hint is not None:
        value["fix_hint"] = one.fix_hint
    if one.prefilter is not None:
        value["prefilter"] = {"added_any": one.prefilter.added_any, "file_all": one.prefilter.file_all}
    if one.site is not None:
        site = _expression_value(one.site)
        value["site"] = {key: part for key, part in site.items() if key != "language"}
    return value


def _expression_value(one: Expression) -> dict[str, Any]:
    match one:
        case Builtin():
            return {"builtin": one.name, "params": json.loads(one.params)}
        case Literal():
            value: dict[str, Any] = {"text": one.texts[0]} if len(one.texts) == 1 else {"texts": one.texts}
            return value | _flags(ignore_case=one.ignore_case, word=one.word)
        case Regex():
            unless = {} if one.unless is None else {"unless": one.unless}
            return {"regex": one.regex} | unless | _flags(ignore_case=one.ignore_case)
        case AstGrep():
            rules = {"constraints": json.loads(one.constraints), "utils": json.loads(one.utils)}
            said = {key: rule for key, rule in rules.items() if rule}
            anchor = {"anchor": one.anchor} if one.anchor else {}
            return {"language": one.language, "rule": json.loads(one.rule)} | said | anchor


def _flags(**flags: bool) -> dict[str, Any]:
    return {name: True for name, flag in flags.items() if flag}


# -- limits ------------------------------------------------------------------------------------


def faults(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(pointer, complaint) of what a schema lets pass; the value may be of any shape."""
    kind = value.get("kind")
    if kind == "literal":
        texts = value.get("texts")
        yield from _sized("/text", value.get("text"), *TEXT_BYTES)
        for index, text in enumerate(texts if isinstance(texts, list) else ()):
            yield from _sized(f"/texts/{index}", text, *TEXT_BYTES)
    elif kind == "regex":
        for key in ("regex", "unless"):
            yield from _sized("/" + key, value.get(key), 0, REGEX_BYTES)
    elif kind == "ast-grep":
        yield from _rule_faults(value)
    elif kind == "builtin" and len(canonical(value.get("params")).encode()) > RULE_BYTES:
        yield "/params", f"more than {RULE_BYTES} bytes of JSON"
    site = value.get("site")
    if kind in _WITH_SITE and isinstance(site, dict):
        whole = {key: part for key, part in site.items() if key != "site"} | {"kind": kind}
        for pointer, words in faults(whole):
            yield "/site" + pointer, words


def _sized(pointer: str, text: Any, least: int, most: int) -> Iterator[tuple[str, str]]:
    """In bytes of UTF-8; a text of more characters than that is the schema's business."""
    if not isinstance(text, str) or len(text) > most:
        return
    size = len(text.encode())
    if not least <= size <= most:
        limits = f"{least} to {most}" if least else f"at most {most}"
        yield pointer, f"{size} bytes: {limits} are allowed"


def _rule_faults(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A rule nested too deep, or one that leads back to itself, would end the whole process."""
    parts = {key: value[key] for key in _RULES if key in value}
    if sum(len(canonical(part).encode()) for part in parts.values()) > RULE_BYTES:
        yield "/rule", f"more than {RULE_BYTES} bytes of JSON, constraints and utils included"
    nodes = 0
    for key, part in parts.items():
        depths = [depth for depth, _ in _holders(part)]
        nodes += len(depths)
        if max(depths, default=0) > RULE_DEPTH:
            yield "/" + key, f"nested deeper than {RULE_DEPTH} levels"
    if nodes > RULE_NODES:
        text = f"{nodes} objects and lists, constraints and utils included: at most {RULE_NODES} are allowed"
        yield "/rule", text
    else:
        yield from _references(value)


def _holders(value: Any) -> Iterator[tuple[int, dict[str, Any] | list[Any]]]:
    """Every object and list within the value, and how many stand around it, itself included."""
    pending = [(1, value)]
    while pending:
        depth, one = pending.pop()
        if isinstance(one, dict | list):
            yield depth, one
            inner = one.values() if isinstance(one, dict) else one
            pending += [(depth + 1, each) for each in inner]


def _references(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    utils = value.get("utils", {})
    utils = utils if isinstance(utils, dict) else {}
    named = {name: _named(rule) for name, rule in utils.items()}
    for key, part in (("rule", value.get("rule")), ("constraints", value.get("constraints"))):
        for name in _unknown(_named(part), utils):
            yield "/" + key, f"matches: no rule {name!r} in utils"
    for one, names in named.items():
        for name in _unknown(names, utils):
            yield "/utils", f"{one}: matches: no rule {name!r} in utils"
        if one in _reached(names, named):
            yield "/utils", f"{one}: matches: it leads back to itself"


def _named(rule: Any) -> set[str]:
    """The rules that this one refers to."""
    names = (one.get("matches") for _, one in _holders(rule) if isinstance(one, dict))
    return {name for name in names if isinstance(name, str)}


def _unknown(names: Iterable[str], known: Iterable[str]) -> list[str]:
    return sorted(set(names).difference(known))


def _reached(names: set[str], named: dict[str, set[str]]) -> set[str]:
    """All rules that these lead to, themselves included."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += named.get(name, ())
    return found
