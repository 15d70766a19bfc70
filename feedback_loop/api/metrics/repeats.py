"""Finds the entry that a repeat belongs to, in constant time, whatever else is done to the list (A28)."""

from __future__ import annotations

from typing import TypeAlias

from feedback_loop.api.metrics.entries import Entry

Key: TypeAlias = tuple[str, ...]
_OPTIONAL = ("pattern_violated",)  # none is a value, too


def repeat_key(entry: object, fields: tuple[str, ...]) -> Key | None:
    """What the entry has in common with its repeats; None if it lacks a part of that."""
    if not isinstance(entry, dict):
        return None
    values = []
    for field in fields:
        value = entry.get(field)
        if value is None and field in _OPTIONAL:
            value = ""
        if not isinstance(value, str):
            return None
        values.append(value)
    return tuple(values)


class Repeats:
    """The places of one category's entries by their keys; of two with one key, either.

    A hit is looked at before it is believed. A miss is believed if the list is the one we know, as long
    and with the same end, and nobody from outside has had it in hands since (`exposed`); otherwise the
    places are found anew.
    """

    __slots__ = ("_entries", "_fields", "_last", "_places", "_size", "exposed")

    def __init__(self, fields: tuple[str, ...]) -> None:
        self._fields = fields
        self._entries: list[Entry] | None = None
        self._last: object = None
        self._places: dict[Key, int] = {}
        self._size = 0
        self.exposed = False

    def find(self, entries: list[Entry], key: Key) -> Entry | None:
        """The entry of this key."""
        place = self._places.get(key)
        if place is not None and place < len(entries) and repeat_key(entries[place], self._fields) == key:
            return entries[place]
        if place is not None or not self._knows(entries):
            self._build(entries)
            place = self._places.get(key)
        return None if place is None else entries[place]

    def append(self, entries: list[Entry], key: Key, entry: Entry) -> None:
        """Add an entry that `find` has just not found."""
        self._places[key] = len(entries)
        entries.append(entry)
        self._size, self._last = len(entries), entry

    def _knows(self, entries: list[Entry]) -> bool:
        return (
            not self.exposed
            and entries is self._entries
            and len(entries) == self._size
            and (not entries or entries[-1] is self._last)
        )

    def _build(self, entries: list[Entry]) -> None:
        self._places = {}
        for place, entry in enumerate(entries):
            key = repeat_key(entry, self._fields)
            if key is not None:
                self._places.setdefault(key, place)
        self._entries, self._size, self.exposed = entries, len(entries), False
        self._last = entries[-1] if entries else None
