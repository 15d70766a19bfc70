"""Which pattern a name written by a person stands for (A52). On the hot path of the hook."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    # name, state (`domain.pattern.STATES`), names it supersedes, names it conflicts with: can be marshalled
    Known = tuple[str, str, tuple[str, ...], tuple[str, ...]]

_SEPARATORS = (" — ", " - ", ":", ",")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_REST = _LETTERS | frozenset("0123456789_")
_STATES = ("active", "proposed", "archived")


def is_name(text: str) -> bool:
    """Whether the text can be a pattern's name (A3)."""
    return 2 <= len(text) <= 64 and text[0] in _LETTERS and _REST.issuperset(text)


def forms(text: str) -> Iterator[str]:
    """What the text may mean, the most literal first: itself, its part before a remark, both as a name."""
    head = text
    for separator in _SEPARATORS:
        head = head.partition(separator)[0]
    head = head.strip()
    yield text
    yield head
    for one in (text, head):
        yield one.casefold().replace(" ", "_").replace("-", "_")


class Resolved:
    """The pattern a text stands for and its state; both "" if there is none."""

    __slots__ = ("name", "state")

    def __init__(self, name: str, state: str) -> None:
        self.name = name
        self.state = state


class Names:
    """The patterns of one library by all their names."""

    __slots__ = ("_conflicts", "_found")

    def __init__(self, known: Iterable[Known]) -> None:
        self._found: dict[str, tuple[str, str]] = {}
        self._conflicts: set[frozenset[str]] = set()
        ordered = sorted(known, key=lambda one: _STATES.index(one[1]))
        for name, state, _, _ in ordered:
            self._found.setdefault(name, (name, state))
        for name, state, supersedes, conflicts in ordered:
            for former in supersedes:
                self._found.setdefault(former, (name, state))
            self._conflicts.update(frozenset((name, other)) for other in conflicts)

    def resolve(self, text: str) -> Resolved:
        """First hit wins: as written, superseded, before a remark, case-folded."""
        for form in forms(text):
            if form in self._found:
                return Resolved(*self._found[form])
        return Resolved("", "")

    def conflict(self, one: str, other: str) -> bool:
        """Whether either of the two patterns says that it contradicts the other (D11b)."""
        return frozenset((one, other)) in self._conflicts

    def near(self, text: str) -> tuple[str, ...]:
        """Up to three names that look like an unknown one. Slow: not for long lists."""
        import difflib

        asked = list(forms(text[:200]))[-1]
        return tuple(difflib.get_close_matches(asked, sorted(self._found), n=3, cutoff=0.5))
