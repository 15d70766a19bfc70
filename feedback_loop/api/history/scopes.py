"""Which files each pattern reads, and a history narrowed to some paths."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feedback_loop.api.history.mine import mined_library
from feedback_loop.domain.globs import compile_globs, matches
from feedback_loop.domain.history import Fact, History
from feedback_loop.domain.lives import Names
from feedback_loop.engines.mining.detectors import DetectorSet

if TYPE_CHECKING:
    from feedback_loop.domain.globs import GlobSet
    from feedback_loop.workspace import Workspace

_WILD = frozenset("*?[")


def load_detectors(workspace: Workspace) -> DetectorSet:
    """The detectors of every active and archived pattern, as `mine` takes them."""
    library = mined_library(workspace)
    return DetectorSet(library.detectors, library.exclude)


def structural(detectors: DetectorSet) -> frozenset[tuple[str, str]]:
    """(pattern, detector) of those that look at whole texts: their history may have gaps."""
    return frozenset(
        (one.pattern, one.detector) for at, one in enumerate(detectors.detectors) if not detectors.is_line(at)
    )


def path_globs(path: str) -> GlobSet:
    """A path or glob as asked for: one without `*`, `?` or `[` is a file or a folder."""
    bare = path.rstrip("/")
    return compile_globs((path,) if _WILD.intersection(path) else (bare, bare + "/**"))


def narrow(history: History, path: str, detectors: DetectorSet) -> History:
    """What happened in the files that the path or glob names today; `history.touched` must be there."""
    globs, names = path_globs(path), Names(history.commits, history.renames)

    def kept(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        return tuple(one for one in facts if matches(globs, names.now(one.path, one.commit, one.sign)))

    touched = tuple(one for one in history.touched or () if matches(globs, names.now(one.path, one.commit)))
    exposure = {name: [0] * len(history.commits) for name in history.patterns}
    for one in touched:
        scope = detectors.scope(one.path.encode("utf-8", "surrogateescape"))
        for name in {detectors.detectors[at].pattern for at in scope}:
            if history.exposure[name][one.commit]:  # a merge or a duplicate has none
                exposure[name][one.commit] += one.added
    return replace(
        history,
        written=kept(history.written),
        landed=None if history.landed is None else kept(history.landed),
        held=tuple(one for one in history.held if matches(globs, one.path)),
        exposure=exposure,
        touched=touched,
    )
