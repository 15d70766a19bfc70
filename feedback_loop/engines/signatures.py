"""Which pattern a failure belongs to: by the signatures of the patterns, never by words in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from feedback_loop.domain.pattern import Pattern, Signature
from feedback_loop.domain.trace import Frame, Trace, deepest_own

_LONGEST_LINE = 500  # characters of a message's first line that are looked at
_CUT = 200
_ANY = (None, "*")

# What stands for something else in each run, in this order. A code such as `[Errno 24]` tells the kind of
# failure and stays; so does a digit within a word (float32).
_VOLATILE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<!\w)[bBuU]?(?:'[^'\\]*(?:\\.[^'\\]*)*'|\"[^\"\\]*(?:\\.[^\"\\]*)*\")(?!\w)"), "<str>"),
    (re.compile(r"(?<!\w)`[^`]*`(?!\w)|“[^”]*”|‘[^’]*’"), "<str>"),
    (re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s<>\"')\]]+"), "<url>"),
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9.-]{2,190}"), "<email>"),
    (
        re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"),
        "<uuid>",
    ),
    (
        re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?(?!\d)"),
        "<datetime>",
    ),
    (re.compile(r"\b\d{4}[-/]\d\d[-/]\d\d\b"), "<date>"),
    (re.compile(r"(?<![\d:])\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?![\d:])"), "<time>"),
    (re.compile(r"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.])"), "<ip>"),
    (re.compile(r"\b0[xX][0-9a-fA-F]+\b"), "<address>"),
)
_PATH = re.compile(r"(?<![\w.>/\\])(?:[A-Za-z]:|~|\.{1,2})?[\\/][^\s'\"<>|:;,()\[\]{}]+")
_RELATIVE = re.compile(r"(?<![\w.>/\\-])[\w.-]+[\\/][\w./\\-]*\.[A-Za-z]\w{0,7}(?![\w/\\])")
_HEX = re.compile(r"\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{8,}\b")
_FLOAT = re.compile(
    r"(?:(?<![\w.)\]])[-+])?(?<![\w.])(?:\d+(?:\.\d+)+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)(?![\d.]*\d)"
)
_INT = re.compile(r"(?:(?<![\w.)\]])[-+])?(?<![\w.])(?<!\[Errno )(?<!\[WinError )\d+")

# A frame shows what its function takes only in pytest's long style; these are methods of the type itself.
_METHODS = {"UploadFile": ("starlette/datastructures.py", "fastapi/datastructures.py")}
# Exceptions that only carry another one, besides the groups of one.
_CARRIERS = ("RuntimeError", "PytestUnraisableExceptionWarning", "PytestUnhandledThreadExceptionWarning")


def message_template(message: str) -> str:
    """The first line with text, what differs from run to run replaced: `index <int> is out of bounds`.

    Placeholders are `<str>`, `<url>`, `<email>`, `<uuid>`, `<datetime>`, `<date>`, `<time>`, `<ip>`,
    `<address>`, `<path>/name`, `<hex>`, `<float>` and `<int>`. At most 200 characters, cut between words.
    """
    text = _first_line(message)
    for volatile, placeholder in _VOLATILE:
        text = volatile.sub(placeholder, text)
    text = _RELATIVE.sub(_named, _PATH.sub(_named, text))
    for volatile, placeholder in ((_HEX, "<hex>"), (_FLOAT, "<float>"), (_INT, "<int>")):
        text = volatile.sub(placeholder, text)
    return text if len(text) <= _CUT else _cut(text)


def _first_line(message: str) -> str:
    text = next((line for line in message.split("\n") if line.strip()), "")
    return " ".join(text[:_LONGEST_LINE].split())


def _named(match: re.Match[str]) -> str:
    """A path without its folders."""
    path = match[0].rstrip("./\\")
    name = re.split(r"[\\/]", path)[-1]
    return f"<path>/{name}{match[0][len(path) :]}" if name else match[0]


def _cut(text: str) -> str:
    at = text.rfind(" ", 0, _CUT + 1)
    return text[: at if at > 0 else _CUT]


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
    for one in _carried(trace):
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
    texts = (_first_line(one.message), message_template(one.message))
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


def _carried(trace: Trace) -> list[Trace]:
    """The exceptions to be judged: what the trace carries in the end first, the trace itself last."""
    found = [trace]
    while (inner := _inner(found[-1])) is not None:
        found.append(inner)
    return [found[-1], trace] if len(found) > 1 else found


def _inner(trace: Trace) -> Trace | None:
    """What the exception carries, with the rest of the chain as its causes."""
    members = [one for one in trace.causes if one.link == "member"]
    if members:
        return members[0] if len(members) == 1 else None
    if not trace.causes or trace.causes[0].link != "cause":
        return None
    cause = trace.causes[0]
    # An ORM raises its own class of the same name, or puts the driver's class before the message.
    same = cause.exception == trace.exception or trace.message.startswith(f"({cause.qualname})")
    if trace.exception not in _CARRIERS and not same:
        return None
    return replace(cause, causes=(*trace.causes[1:], *cause.causes))
