"""What a scan says about each item of a plan (A57, A58). Pure; on the hot path of the hook."""

from __future__ import annotations

from feedback_loop.domain.plan import NOT_APPLICABLE, SUPPORTED, UNVERIFIABLE, VIOLATED, Judged
from feedback_loop.domain.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.finding import ScanResult
    from feedback_loop.domain.names import Names, Resolved
    from feedback_loop.domain.plan import Item

_EXPLAINED = 10  # unknown names: looking for near ones takes time
_NOT_IN_FORCE = {
    "proposed": "only proposed so far: its detectors do not run",
    "archived": "archived: its detectors do not run",
}


def listed_patterns(items: Iterable[Item], names: Names) -> list[str]:
    """The active patterns that the items name, once each, in their order."""
    found = [names.resolve(item.name) for item in items]
    return list(dict.fromkeys(one.name for one in found if one.state == "active"))


def judge(items: Iterable[Item], names: Names, library: CompiledLibrary, result: ScanResult) -> list[Judged]:
    """A verdict for each item. `result` is of a scan with sites, by at least the listed patterns' detectors.

    A finding that the diff only moved is no new mistake, so it violates nothing.
    """
    judged = [_judged(item, names.resolve(item.name), library, result) for item in items]
    unknown = [one for one in judged if not one.pattern and not _damaged(one.item.name, library)]
    for one in unknown[:_EXPLAINED]:
        one.near = names.near(one.item.name)
    return judged


def conflicts(items: Iterable[Item], names: Names) -> list[tuple[str, str]]:
    """Pairs of listed patterns that contradict each other (D11b)."""
    listed = list(dict.fromkeys(names.resolve(item.name).name for item in items))
    return [
        (one, other)
        for index, one in enumerate(listed)
        for other in listed[index + 1 :]
        if names.conflict(one, other)
    ]


def _judged(item: Item, found: Resolved, library: CompiledLibrary, result: ScanResult) -> Judged:
    pattern = found.name
    sites = [(path, line) for name, path, line in result.sites if name == pattern]
    findings = [one for one in result.findings if one.pattern == pattern and not one.moved]
    if not pattern:
        verdict, reason = UNVERIFIABLE, _damaged(item.name, library) or "not in the library"
    elif found.state != "active":
        verdict, reason = UNVERIFIABLE, _NOT_IN_FORCE[found.state]
    elif findings:
        verdict, reason = VIOLATED, counted(len(findings), "finding")
    elif unproven := _unproven(pattern, library, result):
        verdict, reason = UNVERIFIABLE, unproven
    elif sites:
        verdict, reason = SUPPORTED, f"no finding on {counted(len(sites), 'added line')} it is about"
        reason += _forgiven(pattern, result)
    else:
        verdict = NOT_APPLICABLE
        reason = "nothing added that it is about" if result.changes else "nothing is added"
    judged = Judged(item, pattern, verdict, reason)
    judged.sites = sites
    judged.findings = findings
    return judged


def _damaged(name: str, library: CompiledLibrary) -> str:
    """A pattern whose file cannot be read is no unknown name."""
    files = tuple(f"{library.folder}/{name}.{ending}" for ending in ("md", "json"))
    return next((text for text in library.problems if text.startswith(files)), "")


def _unproven(pattern: str, library: CompiledLibrary, result: ScanResult) -> str:
    """Why silence of the pattern's detectors proves nothing; "" if it does."""
    prefix = pattern + "/"
    broken = [rule for rule, _ in library.disabled if rule.startswith(prefix)]
    if broken:
        return f"{', '.join(broken)}: fails its own example"
    if not any(one.pattern == pattern for one in library.detectors):
        return "it has no detector in force"
    for entry in result.not_checked:
        rules = entry.detector.split(", ") if entry.detector else [prefix]
        if any(rule.startswith(prefix) for rule in rules):
            place = entry.path.decode("utf-8", "surrogateescape")
            return f"not checked: {place + ': ' if place else ''}{entry.reason}"
    blind = sorted(rule for rule in result.blind if rule.startswith(prefix))
    return f"{', '.join(blind)}: found nothing, and cannot tell among what" if blind else ""


def _forgiven(pattern: str, result: ScanResult) -> str:
    """What stands in the lines all the same: suppressed, accepted or moved."""
    counts = {
        "suppressed": sum(one.finding.pattern == pattern for one in result.suppressed),
        "in the baseline": sum(one.pattern == pattern for one in result.baselined),
        "moved": sum(one.pattern == pattern for one in result.findings),
    }
    return "".join(f"; {count} {word}" for word, count in counts.items() if count)
