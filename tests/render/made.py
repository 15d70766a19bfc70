"""Scan results for the tests of the output formats, kind and hostile ones."""

from __future__ import annotations

from hypothesis import strategies as st

from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.finding import (
    LEVELS,
    SEVERITIES,
    Finding,
    NotChecked,
    ScanResult,
    Suppressed,
    notice,
)
from feedback_loop.domain.text import visible

Spans = tuple[tuple[int, int, int, int], ...]

# Everything that is active somewhere: terminal, CI log, HTML, XML, markdown, SARIF messages.
HOSTILE = (
    "\x1b[31mred\x07 ::error file=a.py::forged\n::warning::two\r%0A::notice::three ##[error]four "
    "\u202egnp.exe \u200b <script>alert(1)</script> <!-- x --> ]]> &amp; &#64; [click](https://evil.example) "
    "[at\\](1) ![see](http://evil.example/x.png) @everyone #1 https://evil.example www.evil.example "
    "| a \\| b `tick` ``two`` {0} {name} \ud800 \udcff \ufffe \x00 \x85 \u2028 *b* _i_ ~s~ :smile: end"
)
HOSTILE_PATH = HOSTILE.replace("\x00", "").encode("utf-8", "surrogatepass") + b"\xff\xc3.py"


def library(
    problems: tuple[str, ...] = (),
    disabled: tuple[tuple[str, str], ...] = (),
    *,
    message: str = "m",
    tags: tuple[str, ...] = (),
) -> CompiledLibrary:
    detector = CompiledDetector(
        pattern="named",
        detector="bare",
        kind="builtin",
        spec=("python.bare_except", "{}"),
        level="block",
        severity="high",
        languages=("python",),
        include=(),
        exclude=(),
        added_any=(),
        file_all=(),
        message=message,
        fix_hint="f",
        tags=tags,
    )
    return CompiledLibrary(
        source="patterns/",
        folder="patterns",
        patterns=1,
        digest="0" * 64,
        fail_on="block",
        on_error="open",
        strict=False,
        require_reason=False,
        moved_level="warn",
        names=("named", "named/bare"),
        exclude=(),
        problems=problems,
        disabled=disabled,
        detectors=[detector],
    )


def scanned(*findings: Finding) -> ScanResult:
    result = ScanResult()
    result.changes = result.files = 1
    result.added_lines = 5
    result.findings += findings
    return result


def finding(
    path: bytes = b"app.py",
    pattern: str = "named",
    *,
    level: str = "block",
    severity: str = "high",
    spans: Spans = ((4, 5, 4, 11), (6, 1, 7, 3)),
    message: str = "why",
    fix_hint: str = "how",
    snippet: str = "    except:",
    key: str = "f" * 32,
    moved: bool = False,
    degraded: bool = False,
    nonlocal_: bool = False,
) -> Finding:
    return Finding(
        pattern,
        "bare",
        level,
        severity,
        path,
        spans,
        message,
        fix_hint,
        snippet,
        key,
        None,
        moved,
        degraded,
        nonlocal_,
    )


def hostile() -> tuple[ScanResult, CompiledLibrary]:
    """Everything a repository can write, written with malice."""
    wild = finding(HOSTILE_PATH, message=HOSTILE, fix_hint=HOSTILE, snippet=HOSTILE, spans=((4, 5, 4, 11),))
    result = scanned(wild, notice("odd", "warn", HOSTILE_PATH, 1, HOSTILE, HOSTILE, "0" * 32, HOSTILE))
    result.suppressed.append(Suppressed(finding(HOSTILE_PATH, message=HOSTILE), HOSTILE))
    result.skipped.append((HOSTILE_PATH, "binary"))
    result.not_checked.append(NotChecked(HOSTILE_PATH, "named/bare", HOSTILE))
    broken = library((HOSTILE,), (("named/bare", HOSTILE),), message=HOSTILE, tags=(HOSTILE, "security"))
    return result, broken


def is_inert(text: str) -> bool:
    """Whether no line holds a control or hidden character."""
    return all(visible(line) == line for line in text.split("\n"))


# -- anything at all ---------------------------------------------------------------------------

ANY_TEXT = st.text(st.characters() | st.sampled_from("`|\\[]()<>@#!&:%\n\r\t\x1b\u202e{}0 "), max_size=40)
ANY_PATH = st.binary(min_size=1, max_size=30)
_NUMBERS = st.integers(1, 60)


@st.composite
def any_finding(draw: st.DrawFn) -> Finding:
    line, column = draw(_NUMBERS), draw(_NUMBERS)
    span = (line, column, line + draw(st.integers(0, 2)), column + draw(st.integers(0, 9)))
    flags = [draw(st.booleans()) for _ in range(3)]
    return Finding(
        draw(st.sampled_from(("named", "other", "feedback_loop"))),
        draw(st.sampled_from(("bare", "x"))),
        draw(st.sampled_from(LEVELS[1:])),
        draw(st.sampled_from(SEVERITIES)),
        draw(ANY_PATH),
        (span,),
        draw(ANY_TEXT),
        draw(ANY_TEXT),
        draw(ANY_TEXT),
        draw(st.text("0123456789abcdef", min_size=32, max_size=32)),
        None,
        *flags,
    )


@st.composite
def any_scan(draw: st.DrawFn) -> tuple[ScanResult, CompiledLibrary]:
    result = scanned(*draw(st.lists(any_finding(), max_size=4)))
    result.mode = draw(st.sampled_from(("staged", "range", "all", "paths")))
    result.changes = draw(st.integers(0, 1))
    result.suppressed = [Suppressed(one, draw(ANY_TEXT)) for one in draw(st.lists(any_finding(), max_size=2))]
    result.baselined = draw(st.lists(any_finding(), max_size=2))
    result.skipped = [(draw(ANY_PATH), "binary") for _ in range(draw(st.integers(0, 2)))]
    result.not_checked = [NotChecked(draw(ANY_PATH), "", draw(ANY_TEXT))] if draw(st.booleans()) else []
    problems = tuple(draw(st.lists(ANY_TEXT, max_size=1)))
    return result, library(problems, message=draw(ANY_TEXT), tags=tuple(draw(st.lists(ANY_TEXT, max_size=2))))
