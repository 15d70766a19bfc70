"""A scan as plain text for people. On the hot path: the hook prints with it, and so does the command line.

Everything a repository wrote goes through `visible` before it reaches a terminal (T14).
"""

from __future__ import annotations

from feedback_loop.domain.finding import LEVELS, OWN
from feedback_loop.domain.languages import comment
from feedback_loop.domain.text import counted, path_text, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.finding import Finding, ScanResult

_CODES = {"block": "1;31", "warn": "1;33", "hint": "36", "path": "1", "dim": "2", "fix": "32"}
_LINE_CAP = 160
_SHOWN_SKIPS = 10


class Ink:
    """Colours, or none."""

    __slots__ = ("on",)

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, style: str, text: str) -> str:
        """The text in a style; as it is where colours are off."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.on else text


def render_scan(
    result: ScanResult,
    library: CompiledLibrary,
    *,
    color: bool = False,
    hints: bool = False,
    skip_hint: str = "",
    most: int = 0,
) -> str:
    """Findings with line and caret, what was not checked, the ways out, and one line of sums.

    `most` findings are shown, 0 = all: who waits for a commit reads no ten thousand.
    """
    ink = Ink(color)
    shown = [one for one in result.findings if hints or one.level != "hint"]
    more = len(shown) - most if 0 < most < len(shown) else 0
    shown = shown[: len(shown) - more]
    blocks = []
    explained: set[str] = set()
    for finding in shown:
        blocks.append(finding_text(finding, ink, first=finding.rule_id not in explained))
        explained.add(finding.rule_id)
    if more:
        blocks.append(ink("dim", f"{more} more findings: `feedback-loop scan` shows them") + "\n")
    blocks += [unchecked_text(result, library, ink)]
    failing = result.at_least(library.fail_on)
    if failing:
        blocks.append(ink("dim", _ways_out(failing, result.mode, skip_hint)))
    blocks.append(summary(result, hints, len(library.problems) + len(library.disabled)))
    text = "\n".join(block for block in blocks if block) + "\n"
    # A CI log of GitHub takes this for a command wherever in a line it stands.
    return text.replace("##[", "##\\x5b") if "##[" in text else text


def finding_text(finding: Finding, ink: Ink, first: bool) -> str:
    """A finding with its line and a caret; the `first` of its detector also with the way to mend it."""
    place = f"{leading_path(finding.path)}:{finding.line}:{finding.column}"
    head = f"{ink('path', place)}: {ink(finding.level, finding.level)} {finding.rule_id}"
    lines = [f"{head}  {visible(finding.message)}{remarks(finding)}"]
    if finding.snippet:
        lines += _source_line(finding, ink)
    if first:
        lines.append(f"  {ink('fix', 'fix:')} {visible(finding.fix_hint)}")
    if first and finding.pattern != OWN:  # what the tool itself says has no lesson to read
        lines.append(f"  {ink('dim', f'see: feedback-loop explain {finding.pattern}')}")
    return "\n".join(lines) + "\n"


def leading_path(path: bytes) -> str:
    """A path at the start of a line, where `::` would begin a command in a CI log of GitHub."""
    shown = path_text(path)
    return "./" + shown if shown.lstrip().startswith("::") else shown


def remarks(finding: Finding) -> str:
    """What is particular about this finding, with a blank before it; mostly nothing."""
    words = " (moved)" if finding.moved else ""
    if finding.degraded:
        words += " (file does not parse: found without a syntax tree)"
    return words + " (not on a line you changed)" if finding.nonlocal_ else words


def _source_line(finding: Finding, ink: Ink) -> list[str]:
    """The line and a caret under the first anchor; a long line is cut around it."""
    _, column, end_line, end_column = finding.anchors[0]
    text = finding.snippet
    end = end_column if end_line == finding.line else len(text) + 1
    start = max(0, column - 1 - _LINE_CAP // 2) if len(text) > _LINE_CAP else 0
    before = text[start : column - 1]
    marked = text[column - 1 : max(end - 1, column)]
    after = text[column - 1 + len(marked) :]
    row = visible(before) + visible(marked)
    rest = visible(after)[: max(0, _LINE_CAP - len(row))]
    blank = "".join("\t" if char == "\t" else " " for char in visible(before))
    gutter = f"{finding.line:>5} | "
    carets = "^" * max(1, min(len(visible(marked)), _LINE_CAP))
    return [
        ink("dim", gutter) + (row + rest)[: _LINE_CAP + 40],
        ink("dim", " " * 5 + " | ") + blank + ink(finding.level, carets),
    ]


def unchecked_text(result: ScanResult, library: CompiledLibrary, ink: Ink) -> str:
    """What of the library is not in force, and what could not be looked at; "" if all was."""
    mark = ink("warn", "NOT checked")
    lines = [f"{mark}: {visible(problem)}" for problem in library.problems]
    lines += [
        f"{mark} by {rule_id}: fails its own example ({visible(reason)})"
        for rule_id, reason in library.disabled
    ]
    for entry in result.not_checked[:_SHOWN_SKIPS]:
        whom = f" ({entry.detector})" if entry.detector else ""
        lines.append(f"{mark}: {path_text(entry.path)}: {visible(entry.reason)}{whom}")
    if len(result.not_checked) > _SHOWN_SKIPS:
        lines.append(f"{mark}: {len(result.not_checked) - _SHOWN_SKIPS} more")
    return "\n".join(lines)


def _ways_out(failing: list[Finding], mode: str, skip_hint: str) -> str:
    ways = ["mend the lines" + (" and `git add` them again" if mode == "staged" else "")]
    first = next((one for one in failing if one.pattern != OWN), None)
    if first:  # what the tool itself has to say cannot be suppressed
        path = first.path.decode("utf-8", "replace")
        ways.append(f"suppress: `{comment(f'feedback-loop: ignore[{first.pattern}] reason', path)}`")
    if skip_hint:
        ways.append(f"skip this once: {skip_hint}")
    return "ways out: " + "; ".join(ways)


def summary(result: ScanResult, hints: bool, broken: int = 0) -> str:
    """The sums of a scan in one line; `broken` counts what of library and settings is not in force."""
    counts = [f"{result.count(level)} {level}" for level in reversed(LEVELS[2:])]
    hidden = result.count("hint")
    if hints:
        counts.append(f"{hidden} hint")
    tail = f" ({counted(hidden, 'hint')} hidden)" if hidden and not hints else ""
    reasons: dict[str, int] = {}
    for _, reason in result.skipped:
        reasons[reason] = reasons.get(reason, 0) + 1
    why = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    skipped = f"skipped {len(result.skipped)}" + (f" ({why})" if why else "")
    files, lines = counted(result.files, "file"), counted(result.added_lines, "added line")
    taken = f"; {len(result.suppressed)} suppressed" if result.suppressed else ""
    taken += f"; {len(result.baselined)} in the baseline" if result.baselined else ""
    return (
        f"feedback-loop: checked {files}, {lines}: {', '.join(counts)}{tail}{taken}; {skipped}; "
        f"not checked {len(result.not_checked) + broken}"
    )
