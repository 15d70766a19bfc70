"""What a diff says about plans, as text for people. On the hot path: the hook prints with it.

The text is a markdown list: a reviewer can paste it as it is.
"""

from __future__ import annotations

from feedback_loop.domain.plan import NOT_APPLICABLE, STAGED, SUPPORTED, UNVERIFIABLE, VERDICTS, VIOLATED
from feedback_loop.domain.text import path_text, visible
from feedback_loop.render.text import Ink, finding_text, leading_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.domain.finding import Finding
    from feedback_loop.domain.plan import Judged, PlanReport

_SHOWN = 3  # sites and findings of an item: enough to know where to look
_NOTES = 10
_STYLES = {VIOLATED: "block", UNVERIFIABLE: "warn", SUPPORTED: "fix"}


def render_report(report: PlanReport, *, color: bool = False) -> str:
    """The plan, each item with its verdict, reason and places, then what boxes and verdicts disagree on."""
    ink = Ink(color)
    lines = [f"plan {ink('path', leading_path(report.path))} against {visible(report.against)}", ""]
    explained: set[str] = set()
    for one in report.judged:
        lines += _item(one, ink, explained)
    lines += [*_disagreements(report), *_notes(report), counts(report)]
    return _inert("\n".join(lines) + "\n")


def _inert(text: str) -> str:
    """A CI log of GitHub takes `##[` for a command wherever in a line it stands."""
    return text.replace("##[", "##\\x5b") if "##[" in text else text


def render_complaints(
    report: PlanReport, unknown_fails: bool, *, color: bool = False, told: bool = False
) -> str:
    """For the hook: only what stops the commit, what is worth a word, and one line of sums.

    Nothing where nothing applies. `told`: a scan has just shown its findings, so that the place of a finding
    is enough.
    """
    ink = Ink(color)
    place = leading_path(report.path)
    lines: list[str] = []
    explained: set[str] = set()
    for note in report.section.malformed:
        lines.append(f"{ink('path', f'{place}:{note.line}')}: {ink('block', 'block')} {visible(note.text)}")
    unknown = [one for one in report.judged if not one.pattern]
    for one in report.judged:
        where = ink("path", f"{place}:{one.item.line}")
        if one in report.broken:
            lines.append(f"{where}: {ink('block', 'block')} ticked, but violated: {visible(one.pattern)}")
            lines += _places_of(one, ink) if told else _findings(one.findings, ink, explained)
        elif one in unknown[:_NOTES]:
            level = "block" if unknown_fails else "warn"
            lines.append(f"{where}: {ink(level, level)} {visible(one.item.name)} is {_why(one)}")
        elif one.verdict == VIOLATED:
            lines.append(f"{where}: {visible(one.pattern)} is violated, but not ticked")
        elif one in report.unclaimed:
            lines.append(f"{where}: this change applies {visible(one.pattern)}, which is not ticked yet")
    if len(unknown) > _NOTES:
        lines.append(f"{len(unknown) - _NOTES} more names are not in the library")
    if not lines and all(one.verdict == NOT_APPLICABLE for one in report.judged):
        return ""
    against = "" if report.against == STAGED else f" ({visible(report.against)})"
    return _inert("\n".join([*lines, f"feedback-loop: {place}: {counts(report)}{against}"]) + "\n")


def _item(one: Judged, ink: Ink, explained: set[str]) -> list[str]:
    box = "[x]" if one.item.checked else "[ ]"
    verdict = ink(_STYLES.get(one.verdict, "dim"), one.verdict)
    name = visible(one.item.name)
    if one.pattern and one.pattern != one.item.name:
        name += f" ({one.pattern})"
    head = f"- {box} {name} (line {one.item.line}): {verdict}, {_why(one)}"
    if one.verdict == SUPPORTED:
        head += f" ({_places(one)})"
    return [head, *_findings(one.findings, ink, explained)]


def _why(one: Judged) -> str:
    near = f"; did you mean {' or '.join(one.near)}?" if one.near else ""
    return visible(one.reason) + near


def _places(one: Judged) -> str:
    shown = [f"{path_text(path)}:{line}" for path, line in one.sites[:_SHOWN]]
    return ", ".join(shown) + (" …" if len(one.sites) > _SHOWN else "")


def _findings(findings: list[Finding], ink: Ink, explained: set[str]) -> list[str]:
    """Indented far enough to be code in a markdown list."""
    lines: list[str] = []
    for finding in findings[:_SHOWN]:
        block = finding_text(finding, ink, first=finding.rule_id not in explained)
        explained.add(finding.rule_id)
        lines += ["      " + line for line in block.splitlines() if line]
    more = len(findings) - _SHOWN
    return [*lines, f"      {more} more"] if more > 0 else lines


def _places_of(one: Judged, ink: Ink) -> list[str]:
    """Hints in full: the scan of a commit does not show them."""
    hints = [finding for finding in one.findings if finding.level == "hint"]
    shown = [finding for finding in one.findings if finding.level != "hint"]
    lines = [
        f"      {path_text(each.path)}:{each.line}:{each.column}: {each.rule_id}" for each in shown[:_SHOWN]
    ]
    more = len(shown) - _SHOWN
    lines += [f"      {more} more"] if more > 0 else []
    return lines + _findings(hints, ink, set())


def _disagreements(report: PlanReport) -> list[str]:
    pairs = (
        ("ticked, but not supported", [one for one in report.unproven if one.verdict != VIOLATED]),
        ("supported, but not ticked", report.unclaimed),
    )
    lines = [
        f"{words}: {', '.join(visible(one.item.name) for one in found)}" for words, found in pairs if found
    ]
    lines += [f"in conflict with each other: {one} and {other}" for one, other in report.conflicts]
    return ["", *lines, ""] if lines else [""]


def _notes(report: PlanReport) -> list[str]:
    notes = report.section.notes
    stopping = report.section.malformed
    lines = [
        f"note{' (stops a commit)' if note in stopping else ''}: line {note.line}: {visible(note.text)}"
        for note in notes[:_NOTES]
    ]
    more = len(notes) - _NOTES
    return [*lines, f"note: {more} more"] if more > 0 else lines


def counts(report: PlanReport) -> str:
    """How many items have which verdict, those that occur."""
    found = [(report.count(verdict), verdict) for verdict in VERDICTS]
    return ", ".join(f"{count} {verdict}" for count, verdict in found if count) or "no items"
