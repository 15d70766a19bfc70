"""Which pattern a failure belongs to: by the signatures of the patterns, never by words in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedback_loop.domain.message_template import first_line, message_template
from feedback_loop.domain.pattern import Pattern, Signature
from feedback_loop.domain.trace import Frame, Trace, carried, deepest_own

_ANY = (None, "*")

# A frame shows what its function takes only in pytest's long style; these are methods of the type itself.
_METHODS = {"UploadFile": ("starlette/datastructures.py", "fastapi/datastructures.py")}


def match_rule(rule: str, patterns: Iterable[Pattern]) -> str | None:
    """The pattern whose signatures name the rule, `tool:code`; case counts in the code alone.

    None = no pattern does, or more than one.
    """
    wanted = _rule(rule)
    names = {
        pattern.name
        for pattern in patterns
        if any(one.rule is not None and _rule(one.rule) == wanted for one in pattern.signatures)
    }
    return names.pop() if len(names) == 1 else None


def _rule(rule: str) -> tuple[str, str]:
    tool, _, code = rule.partition(":")
    return tool.strip().lower(), code.strip()


def match_trace(trace: Trace, patterns: Iterable[Pattern]) -> str | None:
    """The pattern with the most specific signature that the failure shows; None = none, or two are as good.

    An exception that only carries another (a group of one, RuntimeError raised from one, an ORM's error
    around its driver's) is judged by the one it carries, and by itself only if no pattern knows that.

    A signature's message is the message's first line, its template, or the start of either that ends
    between two words; "" is no message, None any. More conditions are more specific than fewer, a whole
    message than a start, a longer start than a shorter one. Conditions that a trace cannot show (endpoint,
    field, relationship) are never met.
    """
    known = [
        (pattern.name, signature)
        for pattern in patterns
        for signature in pattern.signatures
        if signature.exception
    ]
    for one in carried(trace):
        scores = _scores(one, trace, known)
        if scores:
            best = max(scores.values())
            names = [name for name, score in scores.items() if score == best]
            return names[0] if len(names) == 1 else None
    return None


_Score = tuple[int, int, int]


def _scores(one: Trace, whole: Trace, known: list[tuple[str, Signature]]) -> dict[str, _Score]:
    """Each pattern that fits, with the score of its best signature."""
    fitting = [told for told in known if told[1].exception in (one.exception, one.qualname)]
    if not fitting:
        return {}
    texts = (first_line(one.message), message_template(one.message))
    scores: dict[str, _Score] = {}
    for name, signature in fitting:
        score = _score(signature, one, whole, texts)
        if score is not None:
            scores[name] = max(score, scores.get(name, score))
    return scores


def _score(signature: Signature, one: Trace, whole: Trace, texts: tuple[str, str]) -> _Score | None:
    """Conditions, 1 if the message is told as a whole, its length; None if a condition does not hold."""
    if any(told not in _ANY for told in (signature.endpoint, signature.field, signature.relationship)):
        return None
    conditions = 0
    for told, holds in ((signature.entity, _takes), (signature.function, _is_in)):
        if told is not None and told != "*":
            if not holds(told, one, whole):
                return None
            conditions += 1
    if signature.message is None:
        return conditions, 0, 0
    told = " ".join(signature.message.split())
    if told in texts:
        return conditions + 1, 1, len(told)
    if told and any(text.startswith(told) and _is_border(text, len(told)) for text in texts):
        return conditions + 1, 0, len(told)
    return None


def _is_border(text: str, at: int) -> bool:
    return not (text[at - 1].isalnum() and text[at].isalnum())


def _is_in(function: str, one: Trace, whole: Trace) -> bool:
    """Whether the deepest own call is in the function: `stem.function` or its name alone."""
    frame = deepest_own(one if one.frames else whole, None)
    if frame is None:
        return False
    stem = frame.file.rpartition("/")[2].rpartition(".")[0]
    return function in (frame.function, f"{stem}.{frame.function}", f"{stem}:{frame.function}")


def _takes(entity: str, one: Trace, whole: Trace) -> bool:
    """Whether a call shows the type: in its code, in what its function takes, or as a method of the type."""
    word = re.compile(rf"(?<!\w){re.escape(entity)}(?!\w)")
    homes = _METHODS.get(entity, ())
    frames: tuple[Frame, ...] = one.frames or whole.frames
    if any(frame.file.endswith(homes) if homes else False for frame in frames):
        return True
    heads = (line for line in whole.text.split("\n") if "def " in line)
    return any(word.search(text) for text in (*(frame.source for frame in frames), *heads))
