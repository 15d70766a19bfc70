"""History mined: what the cache has, what git has beyond it, and all of it as one value.

Neither batches nor workers, nor what was there before, change a result.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from feedback_loop.api.history.assemble import Mined, assemble
from feedback_loop.api.history.commits import load_columns, reach
from feedback_loop.api.history.parts import LANDED, ROW_SHAPE, WRITTEN, Parts, Work
from feedback_loop.api.history.tip import find_held
from feedback_loop.api.history.walk import SLICE, Task, Walk, is_bulk
from feedback_loop.domain.history import History
from feedback_loop.engines.mining.detectors import DetectorSet
from feedback_loop.errors import MachineFault, UserError
from feedback_loop.stores.compiled import Sources, load_compiled
from feedback_loop.stores.history_cache import HistoryCache
from feedback_loop.stores.workers import run_forked

if TYPE_CHECKING:
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.library import Library
    from feedback_loop.workspace import Workspace


@dataclass(frozen=True)
class MineRequest:
    """What to mine: a tip, and with what. `workers` None = two above one slice of new commits.

    `landed` and `touched` fill these parts of the History; `exact` reads every file that changed instead
    of those that hold a detector's words; the progress is told (slices done, slices).
    """

    tip: str = "HEAD"
    landed: bool = False
    touched: bool = False
    exact: bool = False
    workers: int | None = None
    cache: bool = True
    progress: Callable[[int, int], None] | None = None


def mine(workspace: Workspace, request: MineRequest | None = None, library: Library | None = None) -> History:
    """All that history says about the active and archived patterns, of this library or the work tree's.

    Raises UserError for a branch without a commit, an unknown tip or a missing engine, MachineFault if git
    or a worker fails: a slice counts as a whole or not at all, and whole ones are kept.
    """
    request = request or MineRequest()
    tip = _tip(workspace, request.tip)
    compiled = mined_library(workspace) if library is None else _compiled(workspace, library)
    return _Miner(workspace, compiled, tip, request).history()


def _tip(workspace: Workspace, name: str) -> str:
    try:
        return workspace.git.objects.commit_id(name)
    except UserError as error:
        if name != "HEAD" or error.exit_code != UserError.exit_code:
            raise
        raise UserError("no commit yet: there is no history to read", kind="git") from error


def mined_library(workspace: Workspace) -> CompiledLibrary:
    """The work tree's library as history takes it: from the cache, if nothing changed."""

    def compile_all() -> tuple[CompiledLibrary, Sources | None]:
        from feedback_loop.api.library import library_sources  # half of the start-up, and seldom needed

        settings, _ = workspace.settings()
        sources = library_sources(workspace.root, settings)
        return _compiled(workspace, workspace.library(settings.patterns)), sources

    return load_compiled(workspace.repository, compile_all, "mined")


def _compiled(workspace: Workspace, library: Library) -> CompiledLibrary:
    """Every active and archived pattern; levels are no part of facts."""
    from feedback_loop.api.patterns.questions import in_force  # as above
    from feedback_loop.engines.compile import compile_library

    kept = [one for one in library.patterns if one.state in ("active", "archived")]
    problems = list(library.problems)
    return compile_library(in_force(library, kept), workspace.settings()[0], problems, raw_levels=True)


class _Miner:
    """One run."""

    def __init__(
        self, workspace: Workspace, library: CompiledLibrary, tip: str, request: MineRequest
    ) -> None:
        self._git = workspace.git
        self._history = workspace.git.history
        self._library = library
        self._tip = tip
        self._request = request
        self._detectors = DetectorSet(library.detectors, library.exclude)
        self._pathspecs = self._detectors.pathspecs()
        self._keys = self._part_keys()
        boundary = _digest(sorted(self._history.shallow))
        state_dir = workspace.repository.state_dir
        self._cache = HistoryCache(state_dir, f"{len(tip)} {boundary} {ROW_SHAPE}", request.cache)
        self._names = self._cache.names()
        self._columns = load_columns(self._cache, self._names)
        self._merges: list[str] = []  # the landed ledger's commits
        self._absent: frozenset[str] = frozenset()
        self._workspace = workspace

    def _part_keys(self) -> dict[str, str]:
        """pattern -> the name of its rows: it changes with whatever its facts depend on."""
        shared = (self._pathspecs, self._request.exact)
        return {
            name: "p:"
            + _digest(
                shared, [(self._detectors.detectors[at].detector, self._detectors.key(at)) for at in members]
            )
            for name, members in self._detectors.pattern_scopes().items()
        }

    def history(self) -> History:
        """Mine what is missing and put all of it together."""
        logged = self._history.log(self._tip, self._columns.heads())
        new = self._columns.append(logged, self._history.shallow)
        if self._tip not in self._columns.index:
            raise MachineFault(f"git told nothing of commit {self._tip}", kind="git")
        reached = reach(self._columns, self._tip)
        written = self._parts(WRITTEN, self._columns.oids, new)
        landed = None
        if self._request.landed:
            key = (LANDED, 0, "commits")
            self._merges = self._cache.load([key] if key in self._names else []).get(key, [])
            chain = [one for one in reached.commits.chain if reached.commits.is_merge(one)]
            known = set(self._merges)
            fresh = [oid for one in chain if (oid := reached.commits.oids[one]) not in known]
            self._merges += fresh
            landed = self._parts(LANDED, self._merges, len(fresh))
        detectors = _digest(sorted(self._keys.items()))
        held = find_held(
            self._git, self._cache, self._detectors, self._tip, _digest(self._keys), self._workers(SLICE + 1)
        )
        mined = Mined(reached, written, landed, self._merges, held, detectors)
        return assemble(self._workspace, self._library, mined, self._request.touched, self._cache)

    # -- what is missing ---------------------------------------------------------------------------

    def _parts(self, ledger: str, oids: Sequence[str], new: int) -> Parts:
        """The parts of a ledger, all of them complete."""
        shared = "s:" + _digest(self._pathspecs)
        parts = Parts(self._cache, self._names, ledger, self._keys, shared)
        parts.load(oids)
        pending = parts.pending()
        if new:
            self._keep_commits(ledger, len(oids), new)
        if pending and self._git.objects.is_partial():
            self._absent = self._history.missing(self._tip)
        progress = self._request.progress or (lambda done, total: None)
        with closing(self._results(pending)) as results:
            for number, (work, result) in enumerate(zip(pending, results, strict=True), 1):
                self._cache.save(parts.absorb(work, result))
                progress(number, len(pending))
        return parts

    def _keep_commits(self, ledger: str, count: int, new: int) -> None:
        """The batches that hold new commits; rows of facts say by themselves how far they reach."""
        if ledger == LANDED:
            self._cache.save({(LANDED, 0, "commits"): self._merges})
            return
        batches = range((count - new) // SLICE, self._columns.batches)
        self._cache.save({(WRITTEN, batch, "commits"): self._columns.batch(batch) for batch in batches})

    def _results(self, pending: Sequence[Work]) -> Generator[tuple[Any, ...], None, None]:
        workers = self._workers(sum(work.end - work.start for work in pending))
        if workers < 2 or len(pending) < 2:
            for work in pending:
                yield self._walk(work)
            return
        shares = [[work] for work in pending]
        with closing(run_forked(lambda share: self._forked(share[0]), shares, workers)) as results:
            for result, error in results:
                if error:
                    fault, *words = error
                    raise MachineFault(*words) if fault else UserError(*words)
                yield result

    def _workers(self, commits: int) -> int:
        if self._request.workers is not None:
            return self._request.workers
        return min(2, os.cpu_count() or 1) if commits > SLICE else 1

    def _forked(self, work: Work) -> tuple[Any, ...]:
        """As `_walk`; our own errors pass the pipe as values."""
        try:
            return self._walk(work), ()
        except UserError as error:
            return (), (isinstance(error, MachineFault), error.message, error.hint, error.kind)

    def _walk(self, work: Work) -> tuple[Any, ...]:
        """Plain values: of each pattern (facts, exposure, looks), then touched, twins, not mined."""
        members = self._detectors.pattern_scopes()
        chosen = [at for name in work.patterns for at in members[name]]
        detectors = DetectorSet([self._detectors.detectors[at] for at in chosen], self._library.exclude)
        walk = Walk(self._git, detectors, self._pathspecs, self._request.exact)
        facts, touched, twins, looks, not_mined = walk.run(
            Task(self._commits(work), work.ledger == LANDED, self._absent)
        )
        found: dict[str, list[Any]] = {name: [] for name in work.patterns}
        for position, at, path, sign, kind, line, text in facts:
            one = detectors.detectors[at]
            found[one.pattern].append((position, one.detector, path, sign, kind, line, text))
        exposures = _exposures(work, detectors, touched)
        seen: dict[str, list[Any]] = {name: [] for name in work.patterns}
        for position, name, *counts in looks:
            seen[name].append((position, *counts))
        patterns = {name: (found[name], exposures[name], seen[name]) for name in found}
        return patterns, touched, twins, not_mined

    def _commits(self, work: Work) -> list[tuple[int, str, tuple[str, ...]]]:
        columns = self._columns
        numbers = range(work.batch * SLICE + work.start, work.batch * SLICE + work.end)
        listed = [columns.index[self._merges[at]] for at in numbers] if work.ledger == LANDED else numbers
        return [
            (
                work.start + at,
                columns.oids[number],
                tuple(columns.oids[one] for one in columns.parents[number]),
            )
            for at, number in enumerate(listed)
        ]


def _exposures(
    work: Work, detectors: DetectorSet, touched: Sequence[tuple[Any, ...]]
) -> dict[str, list[int]]:
    """Lines that each commit of the stretch adds in each pattern's scope, bulk ones left out."""
    size = work.end - work.start
    found = {name: [0] * size for name in work.patterns}
    names: dict[bytes, frozenset[str]] = {}
    for position, _, path, _, added, _ in touched:
        if not added or is_bulk(added):
            continue
        if path not in names:
            scope = detectors.scope(path)
            names[path] = frozenset(detectors.detectors[at].pattern for at in scope)
        for name in names[path]:
            found[name][position - work.start] += added
    return found


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
