"""A pattern: what goes wrong, what is right instead, and how a machine recognises it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar

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
class Builtin:
    """A check of the package by its name, e.g. `python.bare_except`; `params` is a JSON object as text."""

    name: str
    params: str = "{}"
    kind: ClassVar[str] = "builtin"


@dataclass(frozen=True)
class Literal:
    """Any of the texts on one line. `ignore_case` is about ASCII; `word` looks at the neighbours."""

    texts: tuple[str, ...]
    ignore_case: bool = False
    word: bool = False
    kind: ClassVar[str] = "literal"


@dataclass(frozen=True)
class Regex:
    """An RE2 expression on one line, and one that must not match the same line."""

    regex: str
    ignore_case: bool = False
    unless: str | None = None
    kind: ClassVar[str] = "regex"


@dataclass(frozen=True)
class AstGrep:
    """A rule of ast-grep; `rule`, `constraints` and `utils` are JSON objects as text.

    `anchor` names the metavariables that make a match wrong; none = its first line.
    """

    language: str
    rule: str
    constraints: str = "{}"
    utils: str = "{}"
    anchor: tuple[str, ...] = ()
    kind: ClassVar[str] = "ast-grep"


Site = Literal | Regex | AstGrep
Expression = Builtin | Site


@dataclass(frozen=True)
class Prefilter:
    """Texts without which a detector cannot match: one of some on an added line, all of some in the file."""

    added_any: tuple[str, ...] = ()
    file_all: tuple[str, ...] = ()


@dataclass(frozen=True)
class Detector:
    """How one anti-pattern is found in code. Globs narrow the pattern's own; no prefilter = derived.

    `site` finds what the pattern speaks about, right or wrong: an expression of the same kind (and
    language, without anchors). None = that cannot be told; a builtin has sites of its own.
    """

    id: str
    expression: Expression
    message: str
    level: str = "hint"
    languages: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fix_hint: str | None = None
    prefilter: Prefilter | None = None
    site: Site | None = None

    @property
    def kind(self) -> str:
        """`builtin`, `literal`, `regex` or `ast-grep`."""
        return self.expression.kind


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
class Template:
    """How the first Good example is put into generated code (D25); `params` are (name, kind)."""

    role: str
    params: tuple[tuple[str, str], ...] = ()
    requires: tuple[str, ...] = ()


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
    template: Template | None = None
    related: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    owner: str | None = None
    origin: Origin = Origin()
    state: str = field(default="active", compare=False)
    path: str = field(default="", compare=False)
