"""Plans as people ask about them: named files, ranges, the list, the pinned one. Cold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from feedback_loop.api.plan_time import since_added
from feedback_loop.api.plans import Diff, Outcome, PlanText, check_plans, current_plans, read_blobs, staged
from feedback_loop.api.ranges import Range, find_ends
from feedback_loop.api.scan import Clock, load_library
from feedback_loop.domain.finding import ScanResult
from feedback_loop.domain.globs import matches
from feedback_loop.domain.names import Names
from feedback_loop.domain.plan_document import COMPLETED
from feedback_loop.domain.plan_list import ListedPlan
from feedback_loop.domain.problem import Problem
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.formats.plan_doc import parse_plan
from feedback_loop.formats.plan_lines import scan_section
from feedback_loop.stores.pinned_plan import read_pinned, remove_pinned, write_pinned
from feedback_loop.stores.plans import read_plan

if TYPE_CHECKING:
    from feedback_loop.domain.compiled import CompiledLibrary, PlanRules
    from feedback_loop.domain.plan import PlanReport
    from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class Against:
    """What plans are held against: the staged diff, a range, or (neither) each plan's own time."""

    staged: bool = False
    range: Range | None = None


def check_files(
    workspace: Workspace,
    files: Sequence[str],
    against: Against,
    folder: str | None = None,
) -> Outcome:
    """The named plans (as seen from `folder`), or the current ones, held against a diff.

    By default each against all that came since before the commit that added it, up to the index; one in
    no commit yet against what is staged. Texts are those on the disk. With a range and no file: the plans
    that the range changes, as its head has them. Raises UserError for a file that
    the guard refuses, and for commits that are not here.
    """
    if against.range and not files:
        return check_range_plans(workspace, against.range)
    clock = Clock()
    library = load_library(workspace, clock)
    texts = [_named(workspace, file, folder) for file in files] or _current(workspace, library)
    return Outcome(library, texts, _reports(workspace, texts, against, library, clock), ScanResult())


def check_range_plans(workspace: Workspace, range_: Range) -> Outcome:
    """The plans that a range adds or changes, as its head has them, against the lines it adds."""
    clock = Clock()
    library = load_library(workspace, clock)
    ends = find_ends(workspace.git.objects, range_)
    entries = workspace.git.objects.changed_entries(ends.old, ends.head)
    wanted = [one for one in entries if matches(library.plans.globs, _text(one[2]))]
    texts = read_blobs(workspace, [one for one in wanted if one[0].startswith("100")], clock)
    diff = _range_diff(workspace, range_)
    return Outcome(library, texts, check_plans(workspace, texts, diff, library, clock), diff.result)


def _reports(
    workspace: Workspace,
    texts: Iterable[PlanText],
    against: Against,
    library: CompiledLibrary,
    clock: Clock,
) -> list[PlanReport]:
    """Plans with the same diff share its scan; the reports keep the plans' order."""
    groups: dict[str, tuple[Diff, list[PlanText]]] = {}
    order = []
    for one in texts:
        diff = _diff(workspace, one, against)
        groups.setdefault(diff.name, (diff, []))[1].append(one)
        order.append(one.path)
    reports = [
        report
        for diff, together in groups.values()
        for report in check_plans(workspace, together, diff, library, clock)
    ]
    return sorted(reports, key=lambda report: order.index(report.path))


# -- which diff ----------------------------------------------------------------------------------


def _diff(workspace: Workspace, text: PlanText, against: Against) -> Diff:
    if against.range:
        return _range_diff(workspace, against.range)
    return staged(workspace) if against.staged else since_added(workspace, text.path)


def _range_diff(workspace: Workspace, range_: Range) -> Diff:
    ends = find_ends(workspace.git.objects, range_)
    dots = "..." if range_.symmetric else ".."
    name = f"{range_.base[:40]}{dots}{range_.head[:40]}"
    return Diff(name, lambda: workspace.git.range_diff(ends.old, ends.head))


# -- which plans -----------------------------------------------------------------------------------


def _named(workspace: Workspace, file: str, folder: str | None) -> PlanText:
    """The plan at a path that a person gave."""
    place = os.path.join(os.path.realpath(folder), file) if folder and file else file
    inside = f"{workspace.root}/{file}"
    if file and not os.path.isabs(file) and not os.path.lexists(place) and os.path.lexists(inside):
        place = inside  # the paths we print are the repository's, wherever one stands
    path, text = _read(workspace, place)
    return PlanText(path, scan_section(text))


def _read(workspace: Workspace, place: str) -> tuple[bytes, str]:
    """(repository path, text) by the guard of A47."""
    full, text = read_plan(place, [workspace.root])
    return os.fsencode(os.path.relpath(full, os.path.realpath(workspace.root))), text


def _current(workspace: Workspace, library: CompiledLibrary) -> list[PlanText]:
    """The current plans with the texts that lie on the disk, if they do."""
    found = []
    for one in current_plans(workspace, library.plans, Clock()):
        try:
            found.append(_named(workspace, os.path.join(workspace.root, os.fsdecode(one.path)), None))
        except FileNotFoundError:
            found.append(one)
        except UserError as error:
            found.append(PlanText(one.path, None, error))
    return found


def plan_problems(workspace: Workspace) -> tuple[int, list[Problem]]:
    """How many tracked plans there are, and which of their claims would be lost: unreadable, malformed.

    Where settings say so, names that are not in the library too.
    """
    rules = load_library(workspace, Clock()).plans
    names = Names(rules.known)
    root = workspace.root
    paths = [path for path in _tracked(workspace, rules) if os.path.lexists(f"{root}/{_text(path)}")]
    problems = []
    for path in paths:
        shown = _text(path)
        try:
            section = _named(workspace, f"{workspace.root}/{shown}", None).section
        except UserError as error:
            problems.append(Problem(shown, 0, error.message))
            continue
        found = [(note.line, note.text) for note in section.malformed] if section else []
        if section and rules.unknown == "error":
            unknown = [item for item in section.items if not names.resolve(item.name).name]
            found += [(item.line, f"{item.name!r} is not in the library") for item in unknown]
        problems += [Problem(shown, line, text) for line, text in found]
    return len(paths), problems


def _tracked(workspace: Workspace, rules: PlanRules) -> list[bytes]:
    entries, _ = workspace.git.objects.index()
    return [path for _, _, path in entries if matches(rules.globs, _text(path))]


def pin_plan(workspace: Workspace, file: str, folder: str | None = None) -> bytes:
    """Make this file the current plan of the work tree; its repository path.

    Raises UserError for a file that the guard refuses.
    """
    path = _named(workspace, file, folder).path
    write_pinned(workspace.repository, path)
    return path


def pinned_plan(workspace: Workspace) -> bytes:
    """The repository path of the pinned plan; b"" if there is none."""
    return read_pinned(workspace.repository)


def unpin_plan(workspace: Workspace) -> bool:
    """Back to the plans that the branch changes; False if none was pinned."""
    return remove_pinned(workspace.repository)


def list_plans(
    workspace: Workspace, verdicts: str = "current", today: date | None = None
) -> list[ListedPlan]:
    """Every plan of the index and the current ones, by path; verdicts for the `current` ones or for `all`."""
    today = today or datetime.now(UTC).date()
    library = load_library(workspace, Clock())
    pinned = read_pinned(workspace.repository)
    current = {one.path for one in _current(workspace, library)}
    wanted = sorted(current | set(_tracked(workspace, library.plans)) | ({pinned} if pinned else set()))
    found = [_listed(workspace, library, path, verdicts == "all" or path in current) for path in wanted]
    return [
        replace(
            one,
            age=(today - date.fromisoformat(one.added)).days if one.added else None,
            current=one.path in current,
            pinned=one.path == pinned,
        )
        for one in found
    ]


def _listed(workspace: Workspace, library: CompiledLibrary, path: bytes, judged: bool) -> ListedPlan:
    """One row; what cannot be read or judged is told in it, and hides neither the rest nor other rows."""
    found = workspace.git.objects.added_by(_text(path))
    row = ListedPlan(path, workspace.git.objects.commit_date(found[0]) if found else "")
    try:
        text = _read(workspace, f"{workspace.root}/{_text(path)}")[1]
        document = parse_plan(text)
        row = replace(
            row,
            ticked=sum(item.checked for item in document.section.items),
            items=len(document.section.items),
            phases_done=sum(phase.status == COMPLETED for phase in document.phases),
            phases=len(document.phases),
        )
        if judged:
            plan = PlanText(path, document.section)
            (report,) = _reports(workspace, [plan], Against(), library, Clock())
            row = replace(row, report=report)
    except MachineFault:
        raise
    except UserError as error:
        return replace(row, problem=error.message)
    return row


def _text(path: bytes) -> str:
    return os.fsdecode(path)
