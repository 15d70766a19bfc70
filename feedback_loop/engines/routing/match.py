"""Which type a task is of: that of which it meets the most triggers (B26)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from feedback_loop.detectors import kinds
from feedback_loop.domain.task_type import TaskType
from feedback_loop.engines.routing.types import NO_TYPE, TYPES

_CONFIDENCE = (0.3, 0.5, 0.7, 0.9)  # for so many triggers
_OF_A_TIE = (0.3, 0.3, 0.5, 0.7)
_SHIPPED = {one: tuple((one.name, place) for place in range(len(one.triggers))) for one in TYPES}
_SHOWN = 60  # characters of what met a trigger
_NO_WORD = r"[^\pL\pN_]"  # \b knows ASCII alone

_Hits = dict[tuple[str, int], str]


class Matched(NamedTuple):
    """The type, the words that met each trigger, other types that met as many, and the confidence."""

    type: TaskType
    hits: tuple[str, ...]
    rivals: tuple[str, ...]
    confidence: float


def match(task: str, table: Sequence[TaskType]) -> Matched:
    """The first type of those with the most hits; `NO_TYPE` where no trigger is met.

    The triggers of types that are not shipped are RE2's and read the task as one line; `check_trigger`
    must have passed them. Raises NotRunError for one that this machine cannot run.
    """
    line = " ".join(task.split())
    shipped = _shipped_hits(line.lower())
    met = [(one, _hits(one, line, shipped)) for one in table]
    most = max((len(hits) for _, hits in met), default=0)
    if not most:
        return Matched(NO_TYPE, (), (), _CONFIDENCE[0])
    (best, hits), *rivals = [(one, hits) for one, hits in met if len(hits) == most]
    steps = _OF_A_TIE if rivals else _CONFIDENCE
    return Matched(best, hits, tuple(one.name for one, _ in rivals), steps[min(most, len(steps) - 1)])


def check_trigger(trigger: str) -> str:
    """Why a trigger of the settings can never be run, "" = it can."""
    return kinds.check_text_regex(trigger)


def _hits(one: TaskType, line: str, shipped: _Hits) -> tuple[str, ...]:
    """What was met, for each trigger that was."""
    if one in _SHIPPED:
        return tuple(shipped[key] for key in _SHIPPED[one] if key in shipped)
    met = ((trigger, _own(trigger)(line)) for trigger in dict.fromkeys(one.triggers))
    return tuple(words.lower()[:_SHOWN] or trigger for trigger, words in met if words is not None)


def _shipped_hits(line: str) -> _Hits:
    """The first words that met a trigger, by (type, place of the trigger): one pass for all of them."""
    expression, keys = _shipped()
    found: _Hits = {}
    for hit in expression.finditer(line):
        group = hit.lastindex or 0
        found.setdefault(keys[group - 1], hit[group][:_SHOWN])
    return found


@cache
def _shipped() -> tuple[re.Pattern[str], tuple[tuple[str, int], ...]]:
    """An empty match where the words of a trigger begin, its group holds them; and the groups' triggers."""
    keys = tuple(key for one in TYPES for key in _SHIPPED[one])
    triggers = "|".join(f"({trigger})" for one in TYPES for trigger in one.triggers)
    return re.compile(rf"(?<!\w)(?=(?:{triggers})(?:(?!\w)|(?<=\W)))"), keys


@cache
def _own(trigger: str) -> Callable[[str], str | None]:
    r"""What of a line meets a trigger of the settings as whole words; None = nothing does.

    RE2 cannot look around: on either side it takes a character that is of no word, or stands at the end of
    a word where the trigger itself begins or ends with something else. That end is looked for in the line
    with `_` for the letters and digits that RE2 takes for none.
    """
    apart = kinds.text_span(rf"(?:^|{_NO_WORD})({trigger})(?:$|{_NO_WORD})")
    touching = kinds.text_span(rf"(?:^|\W|\b)({trigger})(?:$|\W|\b)")

    def met(line: str) -> str | None:
        span = touching(_ascii_words(line))
        if span is None and not line.isascii():
            span = apart(line)
        return None if span is None else line[slice(*span)]

    return met


def _ascii_words(line: str) -> str:
    if line.isascii():
        return line
    return "".join("_" if char > "\x7f" and char.isalnum() else char for char in line)
