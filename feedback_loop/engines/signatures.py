"""Which pattern a failure belongs to: by the signatures of the patterns, never by words in its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from feedback_loop.domain.failure_kind import field_kind
from feedback_loop.domain.failure_scope import ANY, covers_endpoint, covers_entity, split_endpoint
from feedback_loop.domain.message_template import first_line, may_be_cut, message_template
from feedback_loop.domain.pattern import Pattern, Signature
from feedback_loop.domain.trace import Frame, Trace, carried, deepest_own

_ANY = (None, ANY)
_SLOT = re.compile(r"\{[^/]*\}")

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
    between two words; "" is no message, None any. More conditions are more specific than fewer, one that
    is met word by word than a glob, a whole message than a start, a longer start than a shorter one.
    Conditions that a trace cannot show (endpoint, field, relationship) are never met.
    """
    return KnownSignatures(patterns).match(None, trace)


class KnownSignatures:
    """The signatures of many patterns, found by exception and message: thousands cost no more than a few."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._any: dict[str, list[_Known]] = {}  # by exception: those of whatever message
        self._told: dict[str, dict[str, list[_Known]]] = {}  # by exception, then by message
        for pattern in patterns:
            for one in pattern.signatures:
                if one.exception and one.message is None:
                    self._any.setdefault(one.exception, []).append((pattern.name, one))
                elif one.exception:
                    text = " ".join((one.message or "").split())
                    known = self._told.setdefault(one.exception, {})
                    known.setdefault(text, []).append((pattern.name, one))
        self._lengths = {
            exception: sorted({len(text) for text in known}) for exception, known in self._told.items()
        }

    def match(self, judged: Signature | None, trace: Trace | None) -> str | None:
        """The pattern that the failure belongs to, as `match_trace` says; None = none, or two are as good.

        `judged` is the failure's own signature, with what is known of endpoint, entity and field, and with
        its constraint; it goes before what the trace alone shows. A pattern's constraint and error type
        count only where there is one.
        """
        scores = self._best_scores(judged, trace)
        best = max(scores.values(), default=None)
        names = [name for name, score in scores.items() if score == best]
        return names[0] if len(names) == 1 else None

    def covering(self, judged: Signature) -> list[str]:
        """Every pattern of which a signature fits, in the order of their names."""
        return sorted(self._best_scores(judged, None))

    def _best_scores(self, judged: Signature | None, trace: Trace | None) -> dict[str, _Score]:
        for seen in _views(judged, trace):
            scores: dict[str, _Score] = {}
            for name, signature in self._possible(seen):
                score = _score(signature, seen)
                if score is not None:
                    scores[name] = max(score, scores.get(name, score))
            if scores:
                return scores
        return {}

    def _possible(self, seen: _Seen) -> Iterator[_Known]:
        """Those of the exception whose message is the text seen, or the start of it."""
        for exception in dict.fromkeys(seen.exceptions):
            yield from self._any.get(exception, ())
            known = self._told.get(exception)
            if known is None:
                continue
            starts = {
                text[:length]
                for text in seen.texts
                for length in self._lengths[exception]
                if length <= len(text)
            }
            for start in starts:
                yield from known.get(start, ())


_Known: TypeAlias = tuple[str, Signature]
_Score: TypeAlias = tuple[int, int, int, int]


class _Seen(NamedTuple):
    """What a failure shows, looked at one way: an exception by its names, and its message in each form."""

    exceptions: tuple[str, ...]
    texts: tuple[str, ...]
    judged: Signature | None = None
    one: Trace | None = None
    whole: Trace | None = None


def _views(judged: Signature | None, trace: Trace | None) -> list[_Seen]:
    """What was judged first, then the exceptions of the trace, the one that is carried before its carrier."""
    traces = carried(trace) if trace is not None else []
    found = [
        _Seen(
            (one.exception, one.qualname),
            (first_line(one.message), message_template(one.message), *_text_of(judged, one)),
            judged,
            one,
            trace,
        )
        for one in traces
    ]
    if judged is None or any(judged.exception in (one.exception, one.qualname) for one in traces[:1]):
        return found
    nearest = next((one for one in traces if judged.exception in (one.exception, one.qualname)), trace)
    return [_Seen((judged.exception or "",), (judged.message or "",), judged, nearest, trace), *found]


def _text_of(judged: Signature | None, one: Trace) -> tuple[str, ...]:
    fits = judged is not None and judged.exception in (one.exception, one.qualname)
    return (judged.message or "",) if judged is not None and fits else ()


def _score(signature: Signature, seen: _Seen) -> _Score | None:
    """Conditions, those met word by word, 1 if the message is told as a whole, its length.

    None if a condition does not hold. A signature with a constraint was made of one failure: to it the start
    of another message, and a literal segment where it has `{id}`, is another bug.
    """
    is_made = signature.constraint not in _ANY
    if is_made and not _is_at(signature.endpoint or ANY, seen):
        return None
    conditions = literal = 0
    for key, holds in _CONDITIONS:
        told = getattr(signature, key)
        if told in _ANY:
            continue
        met = holds(told, seen)
        if met is None:
            return None
        conditions += 1
        literal += met
    if signature.message is None:
        return conditions, literal, 0, 0
    told = " ".join(signature.message.split())
    if told in seen.texts:
        return conditions + 1, literal, 1, len(told)
    if is_made and not may_be_cut(told):
        return None
    if told and any(text.startswith(told) and _is_border(text, len(told)) for text in seen.texts):
        return conditions + 1, literal, 0, len(told)
    return None


# -- conditions: True = met word by word, False = met, None = not met ------------------------------


def _same(key: str) -> Callable[[str, _Seen], bool | None]:
    """Of what only a judged failure has: nothing is known of it otherwise, and it is not asked for."""

    def holds(told: str, seen: _Seen) -> bool | None:
        return True if seen.judged is None or getattr(seen.judged, key) == told else None

    return holds


def _has_entity(told: str, seen: _Seen) -> bool | None:
    entity = seen.judged.entity if seen.judged else None
    if entity == told:
        return True
    if entity not in _ANY and covers_entity(told, ANY, entity or ""):
        return False
    return False if seen.one is not None and _takes(told, seen.one, seen.whole or seen.one) else None


def _has_endpoint(told: str, seen: _Seen) -> bool | None:
    endpoint = seen.judged.endpoint if seen.judged else None
    if endpoint in _ANY:
        return None
    if endpoint == told:
        return True
    return False if covers_endpoint(ANY, told, endpoint or "", ANY) else None


def _is_at(told: str, seen: _Seen) -> bool:
    """Whether the failure is at that very endpoint, however its variable segments are called."""
    endpoint = seen.judged.endpoint if seen.judged else None
    if told == ANY or endpoint in _ANY:
        return told == ANY
    paths = {_SLOT.sub("{}", split_endpoint(one)[1]) for one in (told, endpoint or "")}
    return len(paths) == 1


def _has_field(told: str, seen: _Seen) -> bool | None:
    """A name or glob, or `kind:glob`: any field of the kind is one, also one of no known name (C1a)."""
    judged = seen.judged
    if judged is None:
        return None
    field = judged.field or ANY
    if told == field:
        return True
    kind, _, glob = told.rpartition(":")
    if kind and field_kind(judged.constraint or "") != kind:
        return None
    return False if glob == ANY or covers_entity(glob, ANY, field) else None


def _has_relationship(told: str, seen: _Seen) -> bool | None:
    return True if seen.judged is not None and seen.judged.relationship == told else None


def _has_function(told: str, seen: _Seen) -> bool | None:
    if seen.judged is not None and seen.judged.function == told:
        return True
    return True if seen.one is not None and _is_in(told, seen.one, seen.whole or seen.one) else None


_CONDITIONS: tuple[tuple[str, Callable[[str, _Seen], bool | None]], ...] = (
    ("error_type", _same("error_type")),
    ("constraint", _same("constraint")),
    ("endpoint", _has_endpoint),
    ("field", _has_field),
    ("relationship", _has_relationship),
    ("entity", _has_entity),
    ("function", _has_function),
)


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
