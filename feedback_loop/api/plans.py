"""The plans that concern a commit, held against its diff. On the hot path of the hook."""

from __future__ import annotations

from feedback_loop.api.scan import Clock, check_changes, load_library, new_in_merge, reread_hidden, settle
from feedback_loop.domain.finding import ScanResult
from feedback_loop.domain.globs import matches
from feedback_loop.domain.names import Names
from feedback_loop.domain.plan import SIZE_CAP, STAGED, SUPPORTED, PlanReport
from feedback_loop.engines.plan_check import conflicts, judge, listed_patterns
from feedback_loop.engines.scan import restricted
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.patch import parse_patch
from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.formats.plan_section import decode_plan
from feedback_loop.stores.pinned_plan import read_pinned
from feedback_loop.stores.system import decode, exists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from feedback_loop.domain.compiled import CompiledLibrary, PlanRules
    from feedback_loop.domain.diff import FileChange
    from feedback_loop.domain.plan import Section
    from feedback_loop.stores.git import GitStream
    from feedback_loop.workspace import Workspace

    # mode, object id, path
    Entry = tuple[str, str, bytes]


_SHORT = 10


class PlanText:
    """A plan as it was read: repository path and checklist, or what is wrong with the file."""

    __slots__ = ("path", "problem", "section")

    def __init__(self, path: bytes, section: Section | None, problem: UserError | None = None) -> None:
        self.path = path
        self.section = section
        self.problem = problem


class Diff:
    """What plans are held against: a diff that can be begun more than once, and its name for people.

    Once it has been scanned, `result` is what was found, `modified` are the paths that it changes and that
    were there before, and `removes` says whether it takes any line away.
    """

    __slots__ = ("modified", "name", "parents", "removes", "result", "start")

    def __init__(self, name: str, start: Callable[[], GitStream], parents: list[str] | None = None) -> None:
        self.name = name
        self.start = start
        self.parents = parents or []
        self.modified: set[bytes] = set()
        self.removes = False
        self.result = ScanResult()


class Outcome:
    """What plans say: a report for each that could be read, the others, and the library in force.

    `result` is the scan behind the verdicts, by the listed patterns' detectors alone; empty where plans
    were held against different diffs.
    """

    __slots__ = ("library", "reports", "result", "unreadable")

    def __init__(
        self,
        library: CompiledLibrary,
        texts: Iterable[PlanText],
        reports: list[PlanReport],
        result: ScanResult,
    ) -> None:
        self.library = library
        self.reports = reports
        self.result = result
        self.unreadable = [one for one in texts if one.problem]


def check_commit(workspace: Workspace, clock: Clock | None = None) -> Outcome:
    """Every staged plan and the branch's current one, held against the staged diff.

    A plan of an earlier commit that is itself staged is held against the whole branch as well: else whoever
    ticks a box after the work would be believed. Raises UserError or MachineFault if git fails or the
    repository is unusable.
    """
    clock = clock or Clock()
    library = load_library(workspace, clock)
    clock.begin()
    texts = current_plans(workspace, library.plans, clock)
    diff = staged(workspace)
    reports = check_plans(workspace, texts, diff, library, clock)
    later = [one for one in reports if one.path in diff.modified and one.ticked and not one.broken]
    fork = workspace.git.quick.branch_point() if later else ""
    if fork:
        paths = {one.path for one in later}
        branch = Diff(f"what is new since {fork[:_SHORT]}", lambda: workspace.git.staged_diff(fork))
        whole = check_plans(workspace, [one for one in texts if one.path in paths], branch, library, clock)
        broken = {one.path: one for one in whole if one.broken}
        reports = [broken.get(one.path, one) for one in reports]
    return Outcome(library, texts, reports, diff.result)


def supported_patterns(workspace: Workspace, clock: Clock | None = None) -> list[str]:
    """The patterns that the current plans list and the staged change applies, once each."""
    reports = check_commit(workspace, clock).reports
    found = [one.pattern for report in reports for one in report.judged if one.verdict == SUPPORTED]
    return list(dict.fromkeys(found))


def staged(workspace: Workspace) -> Diff:
    """What the next commit would add."""
    return Diff(STAGED, workspace.git.staged_diff, workspace.repository.merge_parents())


def check_plans(
    workspace: Workspace, texts: Iterable[PlanText], diff: Diff, library: CompiledLibrary, clock: Clock
) -> list[PlanReport]:
    """A report for each plan that could be read; the diff is scanned once for all of them, if at all."""
    names = Names(library.plans.known)
    reports = [PlanReport(one.path, diff.name, one.section) for one in texts if one.section]
    listed = [name for report in reports for name in listed_patterns(report.section.items, names)]
    narrow = restricted(library, frozenset(listed))
    if listed:
        diff.result = _scanned(workspace, diff, narrow, clock)
    for report in reports:
        report.judged = judge(report.section.items, names, narrow, diff.result)
        report.conflicts = conflicts(report.section.items, names)
    return reports


def _scanned(workspace: Workspace, diff: Diff, library: CompiledLibrary, clock: Clock) -> ScanResult:
    stream = diff.start()
    try:
        changes = reread_hidden(workspace, _noted(parse_patch(stream.blocks()), diff))
        if diff.parents:
            changes = new_in_merge(workspace, changes, diff.parents)
        result = check_changes(changes, library, clock, sites=True)
    finally:
        stream.close()
    if result.findings:
        settle(workspace, result, library, diff.start, diff.removes)
    return result


def _noted(changes: Iterable[FileChange], diff: Diff) -> Iterator[FileChange]:
    for change in changes:
        diff.removes = diff.removes or change.removes
        if change.status == "M":
            diff.modified.add(change.path)
        yield change


# -- which plans concern the commit --------------------------------------------------------------


def current_plans(workspace: Workspace, rules: PlanRules, clock: Clock) -> list[PlanText]:
    """The pinned plan, or those that the branch adds or changes; the staged ones in any case.

    A plan that settings name in full and git does not track is read from the disk.
    """
    pinned = read_pinned(workspace.repository)
    strange = bool(pinned) and not _is_inside(pinned)
    base = "" if pinned else workspace.git.quick.branch_point()
    entries = [one for one in workspace.git.quick.staged_entries(base) if _is_plan(one, rules)]
    seen = {path for _, _, path in entries}
    asked = [name.encode() for name in rules.named if exists(f"{workspace.root}/{name}")]
    asked = [path for path in [b"" if strange else pinned, *asked] if path and path not in seen]
    loose: list[bytes] = []
    if asked:
        tracked = {one[2]: one for one in workspace.git.quick.tracked(asked)}
        entries += [tracked[pinned]] if pinned in tracked else []
        loose = [path for path in asked if path not in tracked]
    texts = [*read_blobs(workspace, entries, clock), *(_read_file(workspace, path) for path in loose)]
    return [*texts, PlanText(pinned, None, _strange_pin(pinned))] if strange else texts


def _is_inside(path: bytes) -> bool:
    """Whether this may be a path of the repository: what the git directory holds may come from anywhere."""
    parts = path.split(b"/")
    return not any(part in (b"", b".", b"..") for part in parts) and b"\0" not in path


def _strange_pin(path: bytes) -> UserError:
    hint = "`feedback-loop plan use FILE` pins another, `--clear` none"
    return UserError(f"the pinned plan is no path of the repository: {decode(path)!a}", hint)


def _is_plan(entry: Entry, rules: PlanRules) -> bool:
    mode, oid, path = entry
    regular = mode.startswith("100") and bool(oid.strip("0"))
    return regular and matches(rules.globs, path.decode("utf-8", "surrogateescape"))


def read_blobs(workspace: Workspace, entries: list[Entry], clock: Clock) -> list[PlanText]:
    """Plans as git's objects hold them, as many as there is time for."""
    entries = list(dict.fromkeys(entries))
    data = workspace.git.quick.texts([oid for _, oid, _ in entries], SIZE_CAP) if entries else []
    return [
        PlanText(path, None, UserError(f"{decode(path)!a}: no time left to read it"))
        if clock.expired()
        else _parsed(path, text)
        for (_, _, path), text in zip(entries, data, strict=True)
    ]


def _read_file(workspace: Workspace, path: bytes) -> PlanText:
    from feedback_loop.stores.files import safe_read

    try:
        return _parsed(path, safe_read(workspace.root, decode(path), SIZE_CAP))
    except UserError as error:
        return PlanText(path, None, error)
    except OSError as error:
        hint = "pinned: `feedback-loop plan use --clear`; named by settings: take it out of `plans`"
        return PlanText(path, None, UserError(f"{decode(path)!a} cannot be read: {error.strerror}", hint))


def _parsed(path: bytes, data: bytes | None) -> PlanText:
    shown = path.decode("utf-8", "surrogateescape")
    try:
        if data is None:
            raise InputError(f"{shown!a} is larger than {SIZE_CAP} bytes")
        return PlanText(path, scan_section(decode_plan(data, shown)))
    except UserError as error:
        return PlanText(path, None, error)
