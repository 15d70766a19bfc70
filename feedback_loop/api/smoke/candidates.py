"""An unknown failure as the two files of a proposal, and the general one of several (C2, C20, C20a)."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from feedback_loop.api.patterns.files import unreadable
from feedback_loop.api.patterns.rename import with_value
from feedback_loop.domain.failure import UNCLASSIFIED, Classified, gap_name
from feedback_loop.domain.failure_kind import field_kind
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.gap import GENERAL_FROM, NO_GUIDANCE, is_failure, is_general
from feedback_loop.domain.hidden_text import strip_hidden
from feedback_loop.domain.pattern import Example, Origin, Pattern, Signature
from feedback_loop.errors import UserError
from feedback_loop.formats.pattern_doc import format_json, format_prose
from feedback_loop.stores.files import atomic_write
from feedback_loop.stores.library import write_pattern
from feedback_loop.stores.library_moves import ENDINGS, place, read_half, read_halves

_SPACE = uuid.UUID("0c6f2b1e-8a43-4c1d-9d1f-5b7e2a90c3d4")  # of the ids of these candidates
_SEVERITIES = {
    **dict.fromkeys(("database", "import", "syntax", "http", "runtime"), "high"),
    **dict.fromkeys(("timeout", "connection"), "low"),
}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}")
_ENDPOINT = re.compile(r"(?:\*|[A-Z]{1,10}) /[A-Za-z0-9_.~{}:/-]{0,150}")
_WORD = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")
_GUIDANCE_CAP, _RELATED_CAP = 200, 100  # what a pattern's JSON takes


# -- one failure -----------------------------------------------------------------------------------


def candidate_of(told: Classified, example: Example | None = None) -> Pattern:
    """The proposal that the failure makes: the same failure gives the same bytes, wherever it happens.

    Neither run nor time is in it; of a message no more than its template.
    """
    signature, name = told.signature, told.name
    pattern = Pattern(
        name=name,
        title=_title(signature),
        pattern_id=str(uuid.uuid5(_SPACE, name)),
        severity=_SEVERITIES.get(signature.error_type or "", "medium"),
        description=_description(signature),
        problems=_problems(signature),
        bad=(example,) if example is not None else (),
        guidance=_guidance(told.guidance),
        tags=_tags(signature),
        languages=(example.language,) if example is not None and example.language else (),
        signatures=(signature,),
        origin=Origin("failure"),
        state="proposed",
    )
    return _readable(pattern)


def _readable(pattern: Pattern) -> Pattern:
    """Without what a stranger's text made such that it would be read back as something else."""
    for lacking in ({}, {"bad": ()}, {"problems": ()}, {"bad": (), "problems": ()}):
        found = replace(pattern, **lacking)  # type: ignore[arg-type]
        if not unreadable(found):
            return found
    return replace(pattern, bad=(), problems=(), title=pattern.name, tags=("failure",), guidance=NO_GUIDANCE)


def _title(signature: Signature) -> str:
    exception = _plain(signature.exception) or "Failure"
    entity, field = _plain(signature.entity), _plain(signature.field)
    if field:
        return f"{exception} on {f'{entity}.' if entity else ''}{field}"
    where = entity or _endpoint(signature) or _plain(signature.function)
    return f"{exception} in {where}" if where else f"{exception}, {_constraint(signature)}"


def _plain(text: str | None) -> str:
    return text if text is not None and _IDENTIFIER.fullmatch(text) else ""


def _endpoint(signature: Signature) -> str:
    endpoint = signature.endpoint or ANY
    return endpoint if _ENDPOINT.fullmatch(endpoint) else ""


def _constraint(signature: Signature) -> str:
    known = (signature.constraint or UNCLASSIFIED).replace("_", " ")
    return known if re.fullmatch(r"[\w -]{1,64}", known, re.ASCII) else UNCLASSIFIED


def _description(signature: Signature) -> str:
    """What is known of it in words; the runs are in the events, so that each machine writes the same."""
    exception = _plain(signature.exception) or "A failure"
    where = " and ".join(filter(None, [_plain(signature.entity), _code(_endpoint(signature))]))
    where = f", in {where}" if where else ""
    unknown = signature.constraint == UNCLASSIFIED
    kind = (
        "no rule knows what kind of mistake it is" if unknown else f"classified as {_constraint(signature)}"
    )
    field = _plain(signature.field)
    about = f", about the field `{field}`" if field else ""
    leads = _plain(signature.relationship)
    leads = f" that leads to {leads}" if field and leads else ""
    return f"{exception} was seen when the code ran{where}{about}{leads}: {kind}."


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _problems(signature: Signature) -> tuple[str, ...]:
    """What the log says, in the message's template."""
    message = strip_hidden(signature.message or "").replace("`", "'")
    exception = _plain(signature.exception)
    told = ": ".join(filter(None, [exception, " ".join(message.split())]))
    return (f"`{told}`",) if told else ()


def _guidance(told: str) -> str:
    line = " ".join(strip_hidden(told).split())
    return line if line and len(line) <= _GUIDANCE_CAP else NO_GUIDANCE


def _tags(signature: Signature) -> tuple[str, ...]:
    told = ("failure", signature.error_type or "", signature.constraint or "")
    return tuple(sorted({one for one in told if _WORD.fullmatch(one)}))


# -- several entities ------------------------------------------------------------------------------


def general_proposals(known: Iterable[Pattern]) -> list[Pattern]:
    """One proposal for each error type, exception and constraint that three or more entities share (C20a).

    `known` are the candidates and active gaps. What no rule knows makes none: the same exception in three
    places is not yet the same mistake.
    """
    groups: dict[tuple[str, str, str], list[tuple[Pattern, str]]] = {}
    for pattern in known:
        if is_failure(pattern) and not is_general(pattern):
            for one in pattern.signatures:
                if one.exception and one.constraint not in (None, UNCLASSIFIED):
                    key = one.error_type or "", one.exception, one.constraint or ""
                    groups.setdefault(key, []).append((pattern, one.entity or ANY))
    found = []
    for key, members in sorted(groups.items()):
        entities = {entity for _, entity in members if entity != ANY}
        if len(entities) >= GENERAL_FROM:
            found.append(_general(*key, [pattern for pattern, _ in members]))
    return found


def _general(error_type: str, exception: str, constraint: str, members: Sequence[Pattern]) -> Pattern:
    kind = field_kind(constraint)
    signature = Signature(
        exception=exception,
        error_type=error_type,
        constraint=constraint,
        entity=ANY,
        endpoint=ANY,
        field=f"{kind}:{ANY}" if kind else ANY,
    )
    name = gap_name(signature)
    shown, words = _plain(exception) or "Failure", _constraint(signature)
    guidances = sorted({one.guidance for one in members if one.guidance != NO_GUIDANCE})
    pattern = Pattern(
        name=name,
        title=f"{shown} in several entities, {words}",
        pattern_id=str(uuid.uuid5(_SPACE, name)),
        severity=_SEVERITIES.get(error_type, "medium"),
        description=(
            f"{shown} was seen when the code ran, classified as {words}, in three entities or more: "
            "accepted, it stands for every entity. It was made of the candidates that it names as related."
        ),
        guidance=guidances[0] if guidances else NO_GUIDANCE,
        tags=_tags(signature),
        signatures=(signature,),
        related=tuple(sorted({one.name for one in members}))[:_RELATED_CAP],
        origin=Origin("failure"),
        state="proposed",
    )
    return _readable(pattern)


# -- on the disk -----------------------------------------------------------------------------------


def is_stored(root: str, folder: str, name: str) -> bool:
    """Whether both files of a pattern of this name are there, in whatever state."""
    states = ("active", "proposed", "archived")
    return any(
        all(os.path.lexists(f"{root}/{place(folder, state, name)}{ending}") for ending in ENDINGS)
        for state in states
    )


def check_folder(root: str, folder: str) -> None:
    """Raises UserError if the folder of proposals is a link or no folder: nothing could be written there."""
    proposed = os.path.dirname(place(folder, "proposed", "x"))
    path = f"{root}/{proposed}"
    if os.path.islink(path) or (os.path.lexists(path) and not os.path.isdir(path)):
        raise UserError(f"{proposed} is a link or no folder: proposals must be in the repository")


def write_gap(root: str, folder: str, pattern: Pattern) -> list[str]:
    """Write the proposal; the paths written. One half that an interrupted run left is completed.

    Raises UserError, and writes nothing, if something else stands there or the folder leads outside.
    """
    prefix = place(folder, "proposed", pattern.name)
    there = read_halves(root, prefix)
    if not there:
        return write_pattern(root, prefix.rpartition("/")[0], pattern)
    wanted = dict(zip(ENDINGS, (format_prose(pattern).encode(), format_json(pattern).encode()), strict=True))
    for ending, data in there.items():
        if data != wanted[ending]:
            raise UserError(f"{prefix}{ending} is there without its other half", "restore it, or remove it")
    missing = [ending for ending in ENDINGS if ending not in there]
    for ending in missing:
        atomic_write(f"{root}/{prefix}{ending}", wanted[ending])
    return [prefix + ending for ending in missing]


def relate(root: str, folder: str, pattern: Pattern, names: Sequence[str]) -> str:
    """Bring a proposal's `related` up to date, every other byte kept; its path, "" if nothing changed."""
    if tuple(names) == pattern.related:
        return ""
    path = place(folder, "proposed", pattern.name) + ".json"
    data = read_half(root, path)
    if data is None:
        return ""
    atomic_write(f"{root}/{path}", with_value(data, "related", list(names)))
    return path


def by_name(patterns: Iterable[Pattern]) -> Mapping[str, Pattern]:
    """The patterns by every name that they have or had; the first one of a name counts."""
    found: dict[str, Pattern] = {}
    listed = list(patterns)
    for pattern in listed:
        found.setdefault(pattern.name, pattern)
    for pattern in listed:
        for former in pattern.supersedes:
            found.setdefault(former, pattern)
    return found
