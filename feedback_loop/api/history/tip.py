"""What the tip's own files hold: the scan that "open" always shows, kept up to date blob by blob (H41)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from feedback_loop.domain.history import Held
from feedback_loop.domain.prefilter import may_match
from feedback_loop.engines.mining.detectors import DetectorSet
from feedback_loop.engines.mining.texts import find_in_text
from feedback_loop.stores.workers import run_forked

if TYPE_CHECKING:
    from feedback_loop.stores.git import Git
    from feedback_loop.stores.history_cache import HistoryCache

# path -> (position of the detector, line, hash of the text, waived) of each match
Places: TypeAlias = dict[bytes, list[tuple[int, int, bytes, bool]]]

_FILES = ("100644", "100755", "100664")
_BLOB_CAP = 16 << 20
_SHARE = 500  # blobs for one worker at a time
_PARALLEL = 1000  # blobs below which a second process costs more than it saves


def find_held(
    git: Git, cache: HistoryCache, detectors: DetectorSet, tip: str, key: str, workers: int
) -> tuple[Held, ...]:
    """All matches in the tip's files, one for each pattern and line, by pattern, path and line."""
    row = ("T", 0, key)
    known = cache.load([row]).get(row)
    if known is not None and known[0] == tip:
        places: Places = known[1]
    else:
        places = _updated(git, detectors, tip, known, workers)
        cache.save({row: (tip, places)})
    held = {
        (one.pattern, path, line): Held(one.pattern, one.detector, os.fsdecode(path), line, text, waived)
        for path, found in places.items()
        for at, line, text, waived in sorted(
            found, key=lambda row: detectors.detectors[row[0]].detector, reverse=True
        )
        for one in (detectors.detectors[at],)  # of several the first by its id, as in the ledgers
    }
    return tuple(sorted(held.values(), key=lambda one: (one.pattern, os.fsencode(one.path), one.line)))


def _updated(git: Git, detectors: DetectorSet, tip: str, known: Any, workers: int) -> Places:
    """The places of the tip; of files that are as in the known one, its places."""
    objects = git.objects
    places: Places = {}
    if known is None or not objects.has_commit(known[0]):
        entries = [(oid, path) for mode, oid, path in objects.tree_entries(tip) if mode in _FILES]
    else:
        (record,) = git.history.entries([f"{tip} {known[0]}"], detectors.pathspecs())
        gone = {entry.path for entry in record.entries}
        places = {path: found for path, found in known[1].items() if path not in gone}
        entries = [
            (entry.new_oid, entry.path)
            for entry in record.entries
            if entry.status != "D" and entry.new_mode.decode("ascii") in _FILES
        ]
    wanted = [(oid, path) for oid, path in entries if detectors.scope(path)]
    shares = [wanted[at : at + _SHARE] for at in range(0, len(wanted), _SHARE)]

    def work(share: list[tuple[str, bytes]]) -> tuple[Any, ...]:
        return tuple(_scan(git, detectors, share).items())

    if len(wanted) < _PARALLEL or workers < 2:
        for share in shares:
            places |= _scan(git, detectors, share)
    else:
        for found in run_forked(work, shares, workers):
            places |= dict(found)
    return places


def _scan(git: Git, detectors: DetectorSet, share: Sequence[tuple[str, bytes]]) -> Places:
    places: Places = {}
    with git.objects.blob_stream(lenient=True) as blobs:
        for (_, path), text in zip(share, blobs.read([oid for oid, _ in share], _BLOB_CAP), strict=True):
            if text is not None and b"\0" not in text[:8000]:
                found = _find(detectors, path, text)
                if found:
                    places[path] = found
    return places


def _find(detectors: DetectorSet, path: bytes, text: bytes) -> list[tuple[int, int, bytes, bool]]:
    lower = b""
    group = []
    for at in detectors.scope(path):
        one = detectors.detectors[at]
        lower = lower or (text.lower() if one.fold else b"")
        if may_match(one, lower if one.fold else text, lower if one.fold else text):
            group.append((at, one))
    if not group:
        return []
    sites = find_in_text(text, path, detectors.dialect(path), group)
    return [
        (at, site.line, site.text, site.waived) for at, found in sorted(sites.found.items()) for site in found
    ]
