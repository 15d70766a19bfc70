"""What an analysis did to a library of patterns, or would do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LibraryUpdate:
    """Names of patterns. `written` = it is done; else it was only tried (`trial`), or changed nothing.

    `shown` is the library as people call it; `proposals` says that it is a folder, where what was added is
    a candidate. `counted` are those whose frequency or last occurrence moved on. `notes` are what could not
    be done, and why.
    """

    shown: str
    proposals: bool = False
    trial: bool = False
    written: bool = False
    counted: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    archived: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether there was anything to do."""
        return bool(self.counted or self.added or self.archived or self.restored)
