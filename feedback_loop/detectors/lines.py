r"""`literal` and `regex` detectors: bytes of one line, `\n` and a trailing `\r` left out (DET-3, DET-4).

All lines are searched at once, joined by newlines: with the limits that `prepare` sets this finds what
a search line by line would (PERF-5). google-re2 is the only regular expression engine: it is linear
in the text, whatever a pattern tries.
"""

from __future__ import annotations

from feedback_loop.detectors.outcomes import NotRunError
from feedback_loop.detectors.third_party import load_engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType
    from typing import Any

    from feedback_loop.detectors.outcomes import Place
    from feedback_loop.detectors.source import Source
    from feedback_loop.domain.compiled import CompiledDetector

    Sought = tuple[str, tuple[Any, ...], bool]  # kind, spec, whether it is looked for in lower case

LINE_CAP = 10_000  # bytes: longer lines are generated or an attack
_WORD = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
_BOM = b"\xef\xbb\xbf"
# A set runs its patterns as one automaton: a few that are large by themselves, or that count, would make
# it explode. Of many small ones several sets are made: one would run out of memory.
SET_PROGRAM_CAP = 200
SET_COUNT_CAP = 10
_PROGRAM_OF_ALL = 20_000
_compiled: dict[tuple[str, bool], Any] = {}


def find_lines(source: Source, detectors: list[CompiledDetector]) -> list[list[Place]]:
    """The matches of each detector in the whole text, in the order of the text."""
    return find_expressions(source, [(one.kind, one.spec, one.fold) for one in detectors])


def find_expressions(source: Source, expressions: list[Sought]) -> list[list[Place]]:
    """The same of expressions that need not be a detector's own."""
    text = joined(source.lines)
    folded = text.lower() if any(kind == "literal" and fold for kind, _, fold in expressions) else b""
    starts = _line_starts(text)
    places = []
    for kind, spec, fold in expressions:
        if kind == "literal":
            texts, word = spec
            spans = _occurrences(folded if fold else text, texts, word)
        else:
            spans = _matches(text, *spec[:3])
        places.append(_placed(source, starts, spans))
    return places


def joined(lines: list[bytes]) -> bytes:
    """The lines without their trailing carriage returns; too long ones are left empty."""
    if any(len(line) > LINE_CAP for line in lines):
        lines = [line if len(line) <= LINE_CAP else b"" for line in lines]
    text = b"\n".join(lines)
    return (text + b"\n").replace(b"\r\n", b"\n")[:-1] if b"\r" in text else text


def _occurrences(text: bytes, texts: tuple[bytes, ...], word: bool) -> Iterator[tuple[int, int]]:
    """Where any of the texts stands, without overlap; of two at one place the longer."""
    ahead = {one: _next(text, one, 0, word) for one in texts}
    while ahead := {one: at for one, at in ahead.items() if at >= 0}:
        start, size = min((at, -len(one)) for one, at in ahead.items())
        end = start - size
        yield start, end
        ahead = {one: at if at >= end else _next(text, one, end, word) for one, at in ahead.items()}


def _next(text: bytes, one: bytes, begin: int, word: bool) -> int:
    """Where the text stands next; as a word, if asked for. -1 = nowhere."""
    at = text.find(one, begin)
    while word and at >= 0:
        end = at + len(one)
        if not any(char in _WORD for char in text[max(at - 1, 0) : at] + text[end : end + 1]):
            break
        at = text.find(one, at + 1)
    return at


def _matches(text: bytes, regex: str, ignore_case: bool, unless: str | None) -> Iterator[tuple[int, int]]:
    """Spans of the expression (of its group `anchor`), on lines where `unless` does not match."""
    expression = compiled(regex, ignore_case)
    veto = compiled(unless, ignore_case) if unless is not None else None
    group = expression.groupindex.get(b"anchor", 0)
    for match in expression.finditer(text):
        start, end = match.span()
        if start == end:
            continue
        if veto is not None:
            line_end = text.find(b"\n", end)
            line = text[text.rfind(b"\n", 0, start) + 1 : line_end if line_end >= 0 else len(text)]
            if veto.search(line):
                continue
        span = match.span(group)
        yield span if 0 <= span[0] < span[1] else (start, end)


def _line_starts(text: bytes) -> list[int]:
    starts = [0]
    for line in text.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _placed(source: Source, starts: list[int], spans: Iterable[tuple[int, int]]) -> list[Place]:
    """Offsets in the joined text as lines and columns; a match never leaves its line."""
    from _bisect import bisect_right

    places: list[Place] = []
    for start, end in sorted(spans):
        line = bisect_right(starts, start)
        begun = starts[line - 1]
        span = (line, source.column(line, start - begun), line, source.column(line, end - begun))
        places.append((span, (span,)))
    return places


# -- RE2 -----------------------------------------------------------------------------------------


def compiled(regex: str, ignore_case: bool) -> Any:
    """The expression as RE2 runs it. Raises NotRunError if google-re2 cannot be loaded or refuses it."""
    key = regex, ignore_case
    if key not in _compiled:
        re2 = engine()
        try:
            _compiled[key] = re2.compile(_multiline(regex), _options(re2, ignore_case))
        except re2.error as error:  # `prepare` let it pass: this is another version
            raise NotRunError(f"google-re2 refuses {regex!r}") from error
    return _compiled[key]


def regex_filter(detectors: list[CompiledDetector]) -> Callable[[bytes], frozenset[int]]:
    """(lines joined by newlines) -> the indexes of the detectors that may match: one pass for all of them.

    Those that `size_in_set` keeps out of the sets are tried one by one.
    """
    re2 = engine()
    alone = []
    sets: list[tuple[Any, list[int]]] = []
    room = 0
    for index, detector in enumerate(detectors):
        regex, ignore_case, _, size = detector.spec
        if not size:
            alone.append((index, compiled(regex, ignore_case)))
            continue
        if not sets or room < size:
            sets.append((re2.Set.SearchSet(_options(re2, False)), []))
            room = _PROGRAM_OF_ALL
        sets[-1][0].Add(_multiline(regex))
        sets[-1][1].append(index)
        room -= size
    for together, _ in sets:
        together.Compile()

    def may_match(lines: bytes) -> frozenset[int]:
        text = joined(lines.split(b"\n"))
        if text.startswith(_BOM):  # of line 1 it is no part of the text, of another line it is
            text = text[len(_BOM) :] + b"\n" + text
        hits = {index for index, one in alone if one.search(text)}
        for together, members in sets:
            hits.update(members[number] for number in together.Match(text) or ())
        return frozenset(hits)

    return may_match


def size_in_set(regex: str, ignore_case: bool) -> int:
    """The size of its program if it may go into a set with others, else 0. Cold: `prepare` asks."""
    size: int = compiled(regex, ignore_case).programsize
    fits = not ignore_case and size <= SET_PROGRAM_CAP and _counts(engine(), regex) <= SET_COUNT_CAP
    return size if fits else 0


def _counts(re2: ModuleType, regex: str) -> int:
    """The sum of its counts, the larger ones of ranges: nested ones multiply states."""
    found = re2.findall(r"\{(\d+)(?:,(\d*))?\}", regex)
    return sum(max(int(number) for number in one if number) for one in found)


def engine() -> ModuleType:
    """google-re2. Raises NotRunError where it is not installed."""
    return load_engine("re2", "google-re2")


def _multiline(regex: str) -> bytes:
    return b"(?m)(?:" + regex.encode() + b")"


def _options(re2: ModuleType, ignore_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False  # it would write to stderr
    options.never_nl = True
    options.case_sensitive = not ignore_case
    return options
