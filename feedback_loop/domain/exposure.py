"""That a run could have shown a failure, and whether it did: what a prevention is counted from (C6)."""

from __future__ import annotations

from dataclasses import dataclass

PREVENTED, RECURRED, CLEAN = "prevented", "recurred", "clean"


@dataclass(frozen=True)
class Manifest:
    """What a generation produced: its files, and the entities and endpoints that these hold code for."""

    generation_id: str = ""
    files: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunSeen:
    """A run as it was ingested.

    `at` is UTC with `Z`. `executed` are endpoints as templates, `METHOD /path`, each once; none = the
    report does not say which. `occurred` are the names of the patterns whose signature it showed.
    `generation` is "" and `manifest` None where neither was named.
    """

    run: str
    at: str
    executed: tuple[str, ...] = ()
    total: int = 0
    failed: int = 0
    occurred: frozenset[str] = frozenset()
    generation: str = ""
    manifest: Manifest | None = None
