"""`<name>.md` + `<name>.json` <-> Pattern. Nothing stands in both files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from feedback_loop.domain.finding import OWN
from feedback_loop.domain.pattern import Example, Origin, Pattern, Section, Signature, Template
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.text import is_hidden
from feedback_loop.formats.detector_doc import detector_from, detector_value, faults
from feedback_loop.formats.markdown import Fence, Part, fence, heading, outline, unified
from feedback_loop.formats.schema import check_schema
from feedback_loop.formats.strict_json import PROBLEM_CAP, SIZE_CAP, Document, parse_json, pointer_to

SCHEMA = "urn:feedback-loop:schema:pattern:1"
LINE_CAP = 10_000  # the parser of markdown takes up to 0.2 ms a line
_ALIASES = {"py": "python", "js": "javascript", "ts": "typescript", "sh": "bash", "yml": "yaml"}
_SECTIONS = ("problems", "bad example", "good example", "benefits", "test", "references")
_NUMBER = "[0-9]{1,6}"
_OLD_TITLES = {"bad pattern": "bad example", "good pattern": "good example"}


def parse_pattern(
    name: str, markdown: bytes, data: bytes, *, folder: str = "patterns", state: str = "active"
) -> tuple[Pattern | None, list[Problem]]:
    """Both halves of one pattern. With any problem there is no pattern, and all problems are told."""
    document = parse_json(data, f"{folder}/{name}.json")
    problems = document.problems
    if not problems:
        problems = check_schema(document, "pattern") + _beyond_schema(document)
        if isinstance(document.value, dict) and document.value.get("name", name) != name:
            problems.append(document.problem("/name", f"must equal the file name, {name!r}"))
        if name == OWN:
            problems.append(document.problem("/name", "what the tool itself has to say goes by this name"))
    prose, more = parse_prose(markdown, f"{folder}/{name}.md")
    problems = sorted([*problems, *more])
    if problems or prose is None:
        return None, problems
    return _pattern(document.value, prose, f"{folder}/{name}", state), []


def _beyond_schema(document: Document) -> list[Problem]:
    found = [document.problem(where, words) for where, words in _unseen(document.value)]
    for key, complaint in (("detectors", _duplicate_id), ("signatures", _says_nothing)):
        entries = document.value.get(key) if isinstance(document.value, dict) else None
        seen: set[str] = set()
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            words = complaint(entry, seen) if isinstance(entry, dict) else ""
            if words:
                found.append(document.problem(f"/{key}/{index}", words))
            if key == "detectors" and isinstance(entry, dict):
                found += [document.problem(f"/{key}/{index}{where}", told) for where, told in faults(entry)]
    return found[:PROBLEM_CAP]


def _duplicate_id(detector: dict[str, Any], seen: set[str]) -> str:
    identity = detector.get("id")
    if not isinstance(identity, str) or identity not in seen:
        seen.add(str(identity))
        return ""
    return f"id {identity!r} is given twice"


def _says_nothing(signature: dict[str, Any], _: set[str]) -> str:
    return "recognises nothing" if signature and not any(signature.values()) else ""


def _unseen(value: Any) -> Iterator[tuple[str, str]]:
    """(pointer, complaint) of the strings that hold characters nobody sees (T8)."""
    pending: list[tuple[tuple[object, ...], Any]] = [((), value)]
    while pending:
        where, one = pending.pop()
        if isinstance(one, dict):
            pending += [((*where, key), inner) for key, inner in one.items()]
        elif isinstance(one, list):
            pending += [((*where, index), inner) for index, inner in enumerate(one)]
        elif isinstance(one, str) and not (one.isascii() and one.isprintable()):
            for char in sorted(set(filter(_invisible, one))):
                yield pointer_to(where), f"hidden character U+{ord(char):04X}"


def _invisible(char: str) -> bool:
    return is_hidden(char) or ((char < " " or "\x7f" <= char < "\xa0") and char not in "\t\n\f")


# -- markdown ----------------------------------------------------------------------------------


def parse_prose(markdown: bytes, path: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """The fields of Pattern that the markdown holds, by name."""
    if len(markdown) > SIZE_CAP:
        return None, [Problem(path, 0, f"larger than {SIZE_CAP} bytes")]
    try:
        text = unified(markdown.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = markdown[: error.start].count(b"\n") + 1
        return None, [Problem(path, line, f"not UTF-8 (byte {error.start})")]
    lines = text.split("\n")
    if len(lines) > LINE_CAP:
        return None, [Problem(path, 0, f"more than {LINE_CAP} lines")]
    document = outline(text)
    problems = _hidden(lines, path)
    if not document.title:
        problems.append(Problem(path, 1, "no title: the file must begin with a `# Title` line"))
    parts, other = _by_title(document.parts, path, problems)
    examples = {
        key: tuple(_example(one, path, problems) for one in parts[key].fences)
        for key in ("bad example", "good example", "test")
        if key in parts
    }
    prose = {
        "title": document.title,
        "description": document.intro.text,
        "problems": _bullets(parts.get("problems")),
        "bad": examples.get("bad example", ()),
        "good": examples.get("good example", ()),
        "tests": examples.get("test", ()),
        "benefits": _bullets(parts.get("benefits")),
        "references": _bullets(parts.get("references")),
        "other": other,
    }
    return (None if problems else prose), problems


def _hidden(lines: list[str], path: str) -> list[Problem]:
    """Each hidden character once per line; of very many the first hundred."""
    found = [
        Problem(path, number, f"hidden character U+{ord(char):04X}")
        for number, line in enumerate(lines, 1)
        if not (line.isascii() and line.isprintable())
        for char in sorted(set(filter(_invisible, line)))
    ]
    return found[:PROBLEM_CAP]


def _by_title(
    parts: tuple[Part, ...], path: str, problems: list[Problem]
) -> tuple[dict[str, Part], tuple[Section, ...]]:
    known: dict[str, Part] = {}
    other = []
    for part in parts:
        title = " ".join(re.sub(r"[^a-z ]", "", part.title.lower()).split())
        title = _OLD_TITLES.get(title, title)
        if title not in _SECTIONS:
            other.append(Section(part.title, part.text))
        elif title in known:
            problems.append(Problem(path, part.line, f"section {part.title!r} is given twice"))
        else:
            known[title] = part
    return known, tuple(other)


def _bullets(part: Part | None) -> tuple[str, ...]:
    return part.items if part else ()


def _example(one: Fence, path: str, problems: list[Problem]) -> Example:
    words = one.info.split()
    language = words[0].lower() if words and "=" not in words[0] else ""
    values: dict[str, Any] = {}
    for word in words[1 if language else 0 :]:
        key, _, value = word.partition("=")
        if key == "path" and value:
            values["path"] = value
        elif key == "findings" and re.fullmatch(_NUMBER, value):
            values["findings"] = int(value)
        elif key == "lines" and re.fullmatch(f"{_NUMBER}(,{_NUMBER})*", value):
            values["lines"] = tuple(int(number) for number in value.split(","))
        else:
            message = f"info string: {word!r} is none of path=PATH, findings=N, lines=N,N"
            problems.append(Problem(path, one.line - 1, message))
    return Example(one.code, _ALIASES.get(language, language), line=one.line, **values)


def format_prose(pattern: Pattern) -> str:
    """The markdown half."""
    blocks = [heading(1, pattern.title)]
    if pattern.description:
        blocks.append(pattern.description)
    blocks += _list("Problems", pattern.problems)
    blocks += _fences("Bad example", pattern.bad)
    blocks += _fences("Good example", pattern.good)
    blocks += _list("Benefits", pattern.benefits)
    blocks += _fences("Test", pattern.tests)
    blocks += _list("References", pattern.references)
    for section in pattern.other:
        blocks.append(heading(2, section.title) + (f"\n\n{section.body}" if section.body else ""))
    return "\n\n".join(blocks) + "\n"


def _list(title: str, items: tuple[str, ...]) -> list[str]:
    return [f"## {title}", "\n".join(f"- {item}" for item in items)] if items else []


def _fences(title: str, examples: tuple[Example, ...]) -> list[str]:
    if not examples:
        return []
    return [f"## {title}", *(fence(example.code, _info(example)) for example in examples)]


def _info(example: Example) -> str:
    words = [example.language] if example.language else []
    if example.path is not None:
        words.append(f"path={example.path}")
    if example.findings is not None:
        words.append(f"findings={example.findings}")
    if example.lines is not None:
        words.append("lines=" + ",".join(map(str, example.lines)))
    return " ".join(words)


# -- JSON --------------------------------------------------------------------------------------


def _pattern(value: dict[str, Any], prose: dict[str, Any], path: str, state: str) -> Pattern:
    paths = value.get("paths", {})
    plain: dict[str, Any] = {
        key: tuple(value.get(key, ()))
        for key in ("tags", "languages", "frameworks", "related", "conflicts", "supersedes")
    }
    return Pattern(
        name=value["name"],
        pattern_id=value["pattern_id"],
        severity=value["severity"],
        version=int(value.get("version", 1)),
        guidance=value["guidance"],
        include=tuple(paths.get("include", ())),
        exclude=tuple(paths.get("exclude", ())),
        detectors=tuple(detector_from(one) for one in value.get("detectors", ())),
        signatures=tuple(Signature(**one) for one in value.get("signatures", ())),
        template=_template(value.get("template")),
        owner=value.get("owner"),
        origin=_origin(value.get("source", {})),
        state=state,
        path=path,
        **plain,
        **prose,
    )


def _template(value: dict[str, Any] | None) -> Template | None:
    if value is None:
        return None
    params = tuple(value.get("params", {}).items())
    return Template(value["role"], tuple(sorted(params)), tuple(value.get("requires", ())))


def _origin(value: dict[str, Any]) -> Origin:
    known: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in value.items()}
    return Origin(**known)


def format_json(pattern: Pattern) -> str:
    """The JSON half: keys sorted, two spaces."""
    value = {
        "$schema": SCHEMA,
        "schema_version": 1,
        "name": pattern.name,
        "pattern_id": pattern.pattern_id,
        "version": pattern.version,
        "severity": pattern.severity,
        "tags": pattern.tags,
        "languages": pattern.languages,
        "frameworks": pattern.frameworks,
        "paths": {"include": pattern.include, "exclude": pattern.exclude},
        "guidance": pattern.guidance,
        "detectors": [detector_value(one) for one in pattern.detectors],
        "signatures": [_said(one) for one in pattern.signatures],
        "template": _template_value(pattern.template),
        "related": pattern.related,
        "conflicts": pattern.conflicts,
        "supersedes": pattern.supersedes,
        "owner": pattern.owner,
        "source": _said(pattern.origin),
    }
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _template_value(template: Template | None) -> dict[str, Any] | None:
    if template is None:
        return None
    return {"role": template.role, "params": dict(template.params), "requires": template.requires}


def _said(one: Signature | Origin) -> dict[str, Any]:
    """The fields that hold something."""
    pairs = ((field.name, getattr(one, field.name)) for field in fields(one))
    return {key: value for key, value in pairs if value not in (None, ())}
