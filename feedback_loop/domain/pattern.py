"""A pattern: what goes wrong, what is right instead, and how a machine recognises it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAME = re.compile(r"[a-z][a-z0-9_]{1,63}\Z")
STATES = ("active", "proposed", "archived")


@dataclass(frozen=True)
class Example:
    """A fenced example. `findings`/`lines` are what its info string expects; None = not said.

    `lines` are first-anchor lines within the example, `line` is the place of the code in the markdown.
    """

    code: str
    language: str = ""
    path: str | None = None
    findings: int | None = None
    lines: tuple[int, ...] | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Detector:
    """How one anti-pattern is found in code. Globs narrow the pattern's own."""

    id: str
    kind: str
    message: str
    builtin: str | None = None
    level: str = "hint"
    languages: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fix_hint: str | None = None


@dataclass(frozen=True)
class Signature:
    """How a failure is recognised: by exception and message template, or by another tool's rule id."""

    rule: str | None = None
    exception: str | None = None
    message: str | None = None
    error_type: str | None = None
    constraint: str | None = None
    entity: str | None = None
    endpoint: str | None = None
    field: str | None = None
    relationship: str | None = None
    function: str | None = None


@dataclass(frozen=True)
class Origin:
    """Where a pattern came from: `pack`, `import`, `mined`, `failure` or `manual`."""

    kind: str = "manual"
    pack: str | None = None
    version: str | None = None
    sha256: str | None = None
    tool: str | None = None
    path: str | None = None
    commit: str | None = None
    commits: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A markdown section the format does not know: kept as it is."""

    title: str
    body: str


@dataclass(frozen=True)
class Pattern:
    """One lesson. The prose lives in `<name>.md`, everything executable in `<name>.json`."""

    name: str
    title: str
    pattern_id: str
    severity: str = "medium"
    version: int = 1
    description: str = ""
    problems: tuple[str, ...] = ()
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()
    benefits: tuple[str, ...] = ()
    tests: tuple[Example, ...] = ()
    references: tuple[str, ...] = ()
    other: tuple[Section, ...] = ()
    guidance: str = ""
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    detectors: tuple[Detector, ...] = ()
    signatures: tuple[Signature, ...] = ()
    related: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    owner: str | None = None
    origin: Origin = Origin()
    state: str = field(default="active", compare=False)
    path: str = field(default="", compare=False)
