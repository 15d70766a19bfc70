"""What a failure adds to a fix: its signature, the events that showed it, the gap that it left (D22, C20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from feedback_loop.api.collect.report_events import EventMaker
from feedback_loop.api.history.candidate_patterns import clean_code
from feedback_loop.api.history.mended import Mendings
from feedback_loop.api.patterns.edit import change_prose
from feedback_loop.api.smoke.candidates import candidate_of
from feedback_loop.domain.candidate import Pair
from feedback_loop.domain.failure import Classified, gap_name
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.gap import is_failure
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.library import Library
from feedback_loop.domain.library_moves import Decided, Declined
from feedback_loop.domain.pattern import Example, Origin, Pattern, Signature
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.text import visible
from feedback_loop.domain.trace import Frame
from feedback_loop.engines.candidates.mending import Mending
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.pattern_doc import format_prose
from feedback_loop.formats.records import event_data
from feedback_loop.formats.report_kinds import read_report, sniff
from feedback_loop.formats.signature_json import signature_of
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace

_EVENTS = 1_000  # that a pattern's origin may name
_SHOWN = ("bug", "test_failure")
_TEXT = "traceback"
_REPORTS = ("junit", "reportlog", "schemathesis", "violations")
_SAME = ("error_type", "exception", "constraint", "message")


@dataclass(frozen=True)
class Told:
    """What an error text tells: the failure's signature and its name, and the pattern that it left.

    `gap` is None where there is none that is proposed or active. `events` are the ids of those that showed
    the failure, the oldest first. `is_free` = no pattern has the failure's own name. `among`: how many
    different failures the text tells of. `mended` is what the commit did where it failed, `where` that place
    in words: both empty if the failure names no place in the files that the commit changed.
    """

    signature: Signature
    name: str
    gap: Pattern | None = None
    events: tuple[str, ...] = ()
    is_free: bool = True
    among: int = 1
    mended: tuple[Pair, ...] = ()
    where: str = ""


def read_error(workspace: Workspace, data: bytes, rev: str, name: str = "") -> Told:
    """What a report or a text tells of the failure that commit `rev` mended.

    Of several different failures the only one whose function the commit touched, if it left a gap here.
    A text without a traceback is taken for what a program says at its end, `ExceptionClass: message`; `name`
    is the file's, "" = none. Raises InputError for bytes that are no text or no report, where nothing
    failed, and where it cannot be told which of several is meant, UserError for an unknown commit, and for
    one that changes the file of the only failure but not its function.
    """
    shown = name or "standard input"
    maker = EventMaker(workspace)
    try:
        kind, read = _read(name, data)
    except InputError as error:
        raise InputError(f"{shown}: {error.message}", error.hint) from None
    judged = [one for one in maker.make(read, kind=kind, run="-").judged if one is not None]
    if not judged:
        hint = "give it a traceback, or a line such as `KeyError: 'price'`"
        raise InputError(f"{shown}: nothing in it tells of a failure", hint)
    different: dict[str, _Meant] = {}
    for one in judged:
        gap = _gap(maker.library, one.signature) or _only_gap(maker.library, one.signature)
        same = different.setdefault(gap.name if gap else one.name, _Meant(one, gap, []))
        same.frames.append(one.frame)
    meant, mending = _mended(workspace, rev, list(different.values()), shown)
    own = meant.told.name
    taken = any(own == one.name or own in one.supersedes for one in maker.library.patterns)
    events = _events(workspace, own)
    told = Told(meant.told.signature, own, meant.gap, events, not taken, len(different))
    return told if mending is None else replace(told, mended=mending.pairs, where=mending.where)


class _Meant(NamedTuple):
    """A failure, the pattern that it left, and the calls that it was seen in."""

    told: Classified
    gap: Pattern | None
    frames: list[Frame | None]


class _Place(NamedTuple):
    """A failure, and what the commit did where it happened; None = it has no place in what was changed."""

    meant: _Meant
    mending: Mending | None


def _mended(workspace: Workspace, rev: str, different: Sequence[_Meant], shown: str) -> _Place:
    """The only one, or the only one whose function the commit touched, if it left a gap.

    Raises InputError where it cannot be told, UserError if the only one's function was not mended.
    """
    mendings = Mendings(workspace, rev)
    places = [_Place(one, mendings.of(one.frames)) for one in different]
    touched = [one for one in places if one.mending is not None and one.mending.touched]
    if len(places) > 1 and (len(touched) != 1 or touched[0].meant.gap is None):
        hint = "give one of them alone, such as its traceback, or a report of that test alone"
        raise InputError(f"{shown} tells of {len(different)} different failures", hint)
    (found,) = touched if len(places) > 1 else places
    if found.mending is not None and not found.mending.pairs:
        where = visible(found.mending.where)
        if found.mending.touched:
            raise UserError(f"{visible(rev)} leaves nothing of {where} that could be an example")
        hint = "name the commit that mended it; the line is looked up in the code before the commit"
        raise UserError(f"{visible(rev)} changes nothing in {where}, where it failed", hint)
    return found


def _read(name: str, data: bytes) -> tuple[str, ReportRead]:
    kind = sniff(data, name)
    if kind in _REPORTS:
        return kind, read_report(kind, data)
    read = read_report(_TEXT, data)
    return _TEXT, read if read.reported else _message(data)


def _message(data: bytes) -> ReportRead:
    """The last line that says something."""
    text = data.decode("utf-8-sig", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ReportRead(())
    head, colon, rest = lines[-1].partition(":")
    is_class = bool(colon) and all(part.isidentifier() for part in head.split("."))
    exception, message = (head, rest.strip()) if is_class else ("", lines[-1])
    fields = (("test_name", "error"), ("failure_reason", lines[-1]))
    return ReportRead((Reported("test_failure", fields, "error", exception=exception, message=message),))


def _gap(library: Library, signature: Signature) -> Pattern | None:
    name = gap_name(signature)
    known = [one for one in library.patterns if one.state != "archived"]
    return next((one for one in known if name == one.name or name in one.supersedes), None)


def _only_gap(library: Library, signature: Signature) -> Pattern | None:
    """The one gap of the same failure that says no less of where: a traceback may not name the endpoint."""
    found = [
        one
        for one in library.patterns
        if one.state != "archived"
        and is_failure(one)
        and any(_is_in(held, signature) for held in one.signatures)
    ]
    return found[0] if len(found) == 1 else None


def _is_in(held: Signature, told: Signature) -> bool:
    places = ((getattr(held, key), getattr(told, key)) for key in ("entity", "endpoint", "field"))
    return all(getattr(held, key) == getattr(told, key) for key in _SAME) and all(
        here == there or there == ANY for here, there in places
    )


def _events(workspace: Workspace, name: str) -> tuple[str, ...]:
    found = []
    for event in read_events(workspace.root).events:
        if event.kind in _SHOWN and '"signature":' in event.data:
            signature = signature_of(event_data(event).get("signature"))
            if signature is not None and gap_name(signature) == name:
                found.append(event.id)
    return tuple(found[:_EVENTS])


def with_failure(pattern: Pattern, told: Told, commit: str) -> Pattern:
    """The proposal of a fix that also recognises the failure, and says what the log says.

    The failure's own name stays one of its names: what was reported before belongs to it.
    """
    return replace(
        pattern,
        problems=pattern.problems or candidate_of(Classified(told.signature)).problems,
        signatures=(told.signature,),
        supersedes=(told.name,) if told.is_free and told.name != pattern.name else (),
        tags=("failure",),
        origin=Origin("failure", commit=commit, events=told.events),
    )


# -- a gap filled ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filled:
    """The gap as it will be; `sides` are the examples that it lacked, `path` is that of its markdown."""

    pattern: Pattern
    commit: str
    sides: tuple[str, ...]

    @property
    def path(self) -> str:
        """Below the root."""
        return self.pattern.path + ".md"

    @property
    def text(self) -> str:
        """The markdown as it would be written anew."""
        return format_prose(self.pattern)


def fill_gap(gap: Pattern, pairs: Sequence[Pair], commit: str) -> Filled:
    """The gap with the commit's added lines as its Good example, the removed ones as its Bad if it has none.

    Raises UserError if it has a good example already: a person wrote it, or an earlier fix.
    """
    if gap.good:
        hint = f"change it with `feedback-loop pattern edit {gap.name}`"
        raise UserError(f"{gap.name} has a good example already: it is not written over", hint)
    good, bad = (tuple(_examples(pairs, side)) for side in ("good", "bad"))
    if gap.bad or not bad:
        return Filled(replace(gap, good=good), commit, ("good",))
    return Filled(replace(gap, good=good, bad=bad), commit, ("bad", "good"))


def _examples(pairs: Sequence[Pair], side: str) -> list[Example]:
    return [
        Example(clean_code(code), language_of(one.path) or "")
        for one in pairs
        if (code := getattr(one, side))
    ]


def write_filled(workspace: Workspace, filled: Filled) -> Decided | Declined | None:
    """Write it as an edit: recorded, its version raised, an active one only through its gate (H58).

    None if it stands there already. Raises as `change_prose`.
    """
    reason = f"{' and '.join(filled.sides)} example from commit {filled.commit[:12]}"
    return change_prose(workspace, filled.pattern, reason)
