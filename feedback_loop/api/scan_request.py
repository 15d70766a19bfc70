"""What a user wants scanned, as one value, and the scan that it asks for. Cold: the hook has its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from feedback_loop.api.ranges import Range, find_ci_range, find_range, parse_range
from feedback_loop.api.scan import Clock, scan_staged
from feedback_loop.domain.finding import OWN, SEVERITIES, ScanResult
from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.errors import UserError

if TYPE_CHECKING:
    from feedback_loop.domain.baseline import BaselineEntry
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class ScanRequest:
    """The staged diff, unless a range, all tracked files (of `rev`) or paths are named.

    Relative `paths` are seen from `folder` (default: the process's). `policy` is `worktree`, `base` or
    `head` (MODE-3); None = as the mode has it: the base's between two refs, else the working tree's.
    `baseline` None = the repository's, `none` = none, else a file; `as_of` an ISO date; without `hints`
    detectors of that level do not run.
    """

    range: Range | None = None
    everything: bool = False
    rev: str | None = None
    paths: tuple[str, ...] = ()
    folder: str | None = None
    compare: bool = False
    only: tuple[str, ...] = ()
    policy: str | None = None
    baseline: str | None = None
    as_of: str | None = None
    hints: bool = True
    min_severity: str | None = None

    @property
    def mode(self) -> str:
        """`staged`, `range`, `all` or `paths`."""
        if self.everything:
            return "all"
        return "paths" if self.paths else "range" if self.range else "staged"


@dataclass(frozen=True)
class RangeWords:
    """How a range may be named: `diff` as A..B or A...B, or both refs."""

    diff: str | None = None
    from_ref: str | None = None
    to_ref: str | None = None


def with_range(request: ScanRequest, words: RangeWords, variables: Mapping[str, str]) -> ScanRequest:
    """The request with the range that options or a hook runner name.

    Between two refs the base's policy holds, unless the request names another. Raises UserError if
    more than one thing is to be scanned, or if the request asks what its mode has not.
    """
    named = [
        bool(words.diff),
        bool(words.from_ref or words.to_ref),
        request.everything,
        bool(request.paths),
    ]
    if sum(named) > 1:
        text = "only one of --diff, --from-ref/--to-ref, --all and PATH can be scanned at a time"
        raise UserError(text, kind="usage")
    _refuse_idle(request)
    if words.diff:
        return replace(request, range=parse_range(words.diff))
    if request.everything or request.paths:
        return request
    found = find_range(words.from_ref, words.to_ref, variables)
    return replace(request, range=found, policy=request.policy or "base") if found else request


def _refuse_idle(request: ScanRequest) -> None:
    """An option that would have no effect is a misunderstanding."""
    if request.rev is not None and not request.everything:
        raise UserError("--at names the commit of --all", "give both", kind="usage")
    if not request.everything and not request.paths:
        return
    for name, given in (("--compare", request.compare), ("--policy", request.policy)):
        if given:
            raise UserError(f"{name} is for changes; --all and PATH look at whole files", kind="usage")


def in_ci(workspace: Workspace, request: ScanRequest, variables: Mapping[str, str]) -> ScanRequest | None:
    """In CI, after a scan of nothing staged: the same for the branch's commits; None if unknown (PC-7)."""
    found = find_ci_range(workspace, variables) if request.mode == "staged" else None
    return replace(request, range=found, policy=request.policy or "base") if found else None


class DatedClock(Clock):
    """Time without limits, and the day that the request or the range's last commit says."""

    __slots__ = ("_day",)

    def __init__(self, day: str | None) -> None:
        self._day = day

    def today(self) -> str:
        """The ISO date that suppressions with an `until` are held against."""
        return self._day or super().today()


def run_scan(
    workspace: Workspace, request: ScanRequest, progress: Callable[[int, int], None] | None = None
) -> tuple[ScanResult, CompiledLibrary]:
    """The scan that was asked for, with baseline and filters applied.

    `progress` is told (done, of how many) by scans of whole trees. Raises UserError for what the user
    can mend.
    """
    clock = DatedClock(_day(workspace, request))
    _check_baseline(workspace, request)
    if request.mode == "staged" and not request.compare:
        result, library = scan_staged(workspace, clock, request.hints, request.only, request.baseline)
    else:
        result, library = _cold_scan(workspace, request, clock, progress)
        _subtract(workspace, result, library, request)
    return _filtered(result, request), library


def _check_baseline(workspace: Workspace, request: ScanRequest) -> None:
    """A named file that is not there, or broken, is told where there is nothing to take away, too."""
    if request.baseline is not None:
        from feedback_loop.api.baseline import subtract_baseline

        subtract_baseline(workspace, ScanResult(), request.baseline)


def _cold_scan(
    workspace: Workspace,
    request: ScanRequest,
    clock: Clock,
    progress: Callable[[int, int], None] | None,
) -> tuple[ScanResult, CompiledLibrary]:
    from feedback_loop.api import modes

    least, only = ("hint" if request.hints else "warn"), request.only
    if request.range:
        scan = modes.compare_range if request.compare else modes.scan_range
        policy = request.policy or "worktree"
        return scan(workspace, request.range, least=least, policy=policy, only=only, clock=clock)
    if request.everything:
        return modes.scan_tree(workspace, request.rev, least=least, only=only, progress=progress, clock=clock)
    if request.paths:
        folder = request.folder
        return modes.scan_paths(
            workspace, request.paths, least=least, only=only, folder=folder, progress=progress, clock=clock
        )
    return modes.compare_staged(workspace, least=least, only=only, clock=clock)


def _day(workspace: Workspace, request: ScanRequest) -> str | None:
    """In CI the committer's day of the head: a rerun of an old job gives the old answer (SUP-3)."""
    if request.as_of or not request.range or request.policy not in ("base", "head"):
        return request.as_of
    objects = workspace.git.objects
    return objects.commit_date(objects.commit_id(request.range.head))


def _subtract(
    workspace: Workspace, result: ScanResult, library: CompiledLibrary, request: ScanRequest
) -> None:
    """The baseline that goes with the policy. An entry is stale only if its file was looked at for it."""
    from feedback_loop.api.baseline import NONE, subtract_baseline, subtract_text

    if request.baseline == NONE:
        return
    seen = _seen(library, request) if result.mode == "all" else None
    if request.baseline is None and request.policy in ("base", "head") and result.head:
        from feedback_loop.api.policy import baseline_at

        oid = (result.base if request.policy == "base" else None) or result.head
        data = baseline_at(workspace, oid)
        if data is not None:
            subtract_text(result, data, f"{oid[:12]}:.feedback-loop/baseline.jsonl", seen=seen)
    else:
        subtract_baseline(workspace, result, request.baseline, seen=seen)


def _seen(library: CompiledLibrary, request: ScanRequest) -> Callable[[BaselineEntry], bool]:
    globs = compile_globs(request.only)
    hinting = set() if request.hints else {one.pattern for one in library.detectors if one.level == "hint"}

    def seen(entry: BaselineEntry) -> bool:
        path = entry.path.decode("utf-8", "surrogateescape")
        return (not globs or matches(globs, path)) and entry.pattern not in hinting

    return seen


def _filtered(result: ScanResult, request: ScanRequest) -> ScanResult:
    """What the tool itself has to say is no matter of severity: nobody hides a weakened policy so."""
    if request.min_severity:
        least = SEVERITIES.index(request.min_severity)
        result.findings = [
            one for one in result.findings if one.pattern == OWN or SEVERITIES.index(one.severity) >= least
        ]
    return result
