"""What comes of an expression: made ready, unfit for ever, or not run on a text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from feedback_loop.domain.finding import Span

    # The construct as a whole, and the spans that make it wrong; the first is shown.
    Place = tuple[Span, tuple[Span, ...]]
    # The first line of a site and its last.
    Lines = tuple[int, int]


class Prepared:
    """A detector's expression, ready for `find`: plain values, with its prefilter and its languages.

    `languages` empty = the detector reads any text. `follow` None = `added_any` are texts, not words.
    """

    __slots__ = ("added_any", "exempt", "file_all", "fold", "follow", "languages", "spec")

    def __init__(
        self,
        spec: tuple[Any, ...],
        *,
        languages: tuple[str, ...] = (),
        added_any: tuple[bytes, ...] = (),
        file_all: tuple[bytes, ...] = (),
        exempt: tuple[str, ...] = (),
        fold: bool = False,
        follow: bytes | None = None,
    ) -> None:
        self.spec = spec
        self.languages = languages
        self.added_any = added_any
        self.file_all = file_all
        self.exempt = exempt
        self.fold = fold
        self.follow = follow


class UnfitError(Exception):
    """An expression that cannot run: (JSON pointer within the detector, what is wrong with it)."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(pointer, reason)
        self.pointer = pointer
        self.reason = reason


class NotRunError(Exception):
    """Detectors that could not be run on a text, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
