"""What a run of generated code showed, for people and for programs. Messages come from strangers (T14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from feedback_loop.domain.exposure import PREVENTED
from feedback_loop.domain.failure import Classified
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.gap import MOST_NEW
from feedback_loop.domain.ingested import (
    KNOWN,
    LEFT,
    NEW,
    REJECTED,
    RESTORED,
    UNWRITTEN,
    FailureSeen,
    FileIngested,
    Ingested,
    Prevented,
)
from feedback_loop.domain.pattern import Signature
from feedback_loop.domain.text import counted, visible
from feedback_loop.render.report_json import problem_fields

_REJECTED_SHOWN = 10  # entries of one file, in the text
_LISTED = 100  # failures, in the text
_WORDS = {NEW: "proposed", LEFT: "known", RESTORED: RESTORED, REJECTED: REJECTED, KNOWN: KNOWN}
_NARROWEST = 8  # the words before the failures' names


def render_ingested(found: Ingested, explain: bool = False) -> str:
    """The files, each distinct failure in one line, what was not read, and what to do next.

    With `explain` each failure has its evidence below it.
    """
    lines = [line for one in found.files for line in _file_lines(one, found.dry_run)]
    if len(found.files) > 1:
        unusable = sum(bool(one.fault) for one in found.files)
        told = f", {unusable} not usable" if unusable else ""
        lines += [f"total of {len(found.files)} files{told}", f"  {_sums(found.total, found.dry_run)}"]
    if found.failures:
        lines += ["", *_failure_lines(found.failures, explain)]
    lines += _next_lines(found)
    if found.dry_run:
        lines.append("nothing was written")
    return "\n".join(lines) + "\n"


def _file_lines(one: FileIngested, dry_run: bool) -> list[str]:
    if one.fault:
        hint = f" ({visible(one.hint)})" if one.hint else ""
        return [f"{visible(one.name)}: NOT read: {visible(one.fault)}{hint}"]
    how = " by its content" if one.sniffed else ""
    same = f" as {visible(one.same_as)}" if one.same_as else ""
    run = f", run {visible(one.run)}{same}" if one.run else ""
    lines = [f"{visible(one.name)}: {one.kind}{how}{run}", f"  {_sums(one, dry_run)}"]
    lines += [f"    {number} skipped: {visible(reason)}" for reason, number in one.skipped]
    shown = one.rejected[:_REJECTED_SHOWN]
    lines += [f"    NOT read: line {each.line}: {visible(each.message)}" for each in shown if each.line]
    lines += [f"    NOT read: {visible(each.message)}" for each in shown if not each.line]
    if len(one.rejected) > len(shown):
        lines.append(f"    NOT read: {len(one.rejected) - len(shown)} more")
    return lines


def _sums(one: FileIngested, dry_run: bool) -> str:
    """What failed, counted as people do: each distinct failure once, as the lines below say it."""
    told = f"{one.total} read, {one.failed} failed"
    if not one.shown:
        return told
    would = "would be " if dry_run else ""
    if not (one.new or one.unseen or one.created):
        why = "" if one.same_as else ": this run was taken before"
        return f"{told}: nothing {would}new{why}"
    unseen, different = len(one.unseen), counted(len(one.shown), "different failure")
    unknown = f" ({len(one.unknown)} unclassified)" if one.unknown else ""
    return f"{told}: {different}, {unseen} {would}new, {len(one.shown) - unseen} seen before{unknown}"


# -- failures --------------------------------------------------------------------------------------


def _failure_lines(failures: Sequence[FailureSeen], explain: bool) -> list[str]:
    shown = failures[:_LISTED]
    width = max(len(one.name) for one in shown)
    words = max(_NARROWEST, *(len(_word(one)) for one in shown))
    lines = []
    for one in shown:
        lines.append(f"{_word(one):<{words}} {one.name:<{width}}  {_told(one)}")
        if explain:
            lines += _evidence_lines(one.classified)
    if len(failures) > len(shown):
        lines.append(f"and {len(failures) - len(shown)} more: --format json has them all")
    return lines


def _word(one: FailureSeen) -> str:
    """A failure that is new is NEW, whatever became of it, unless that is the news."""
    if one.became == UNWRITTEN:
        return UNWRITTEN
    return "NEW" if one.is_new else _WORDS[one.became]


def _told(one: FailureSeen) -> str:
    """`IntegrityError on Product.category_id, POST /products: nullable missing, in 2 runs`."""
    signature = one.classified.signature
    runs = f", in {counted(one.runs, 'run')}" if one.runs else ""
    hits = f" ({one.hits} times here)" if one.hits > 1 else ""
    kind = (signature.constraint or "").replace("_", " ")
    return f"{visible(_place(signature))}: {visible(kind)}{runs}{hits}"


def _place(signature: Signature) -> str:
    entity, field, endpoint, function = (
        "" if told in (None, ANY) else str(told)
        for told in (signature.entity, signature.field, signature.endpoint, signature.function)
    )
    exception = signature.exception or "failure"
    named = f"{entity}.{field}" if entity and field else field or entity
    where = f" {'on' if field else 'in'} {named}" if named else f" in {function}" if function else ""
    return f"{exception}{where}{f', {endpoint}' if endpoint else ''}"


def _evidence_lines(told: Classified) -> list[str]:
    by = f", by {visible(told.rule)}" if told.rule else ""
    lines = [f"           confidence {told.confidence:.2f}{by}"]
    for one in told.evidence:
        weight = f"{one.weight:+.2f}" if one.weight else "     "
        lines.append(f"             {weight} {visible(one.told)}")
    if told.signature.message:
        lines.append(f"           message: {visible(told.signature.message)}")
    if told.frame is not None:
        place = f"{told.frame.file}:{told.frame.line}" if told.frame.line else told.frame.file
        lines.append(f"           at {visible(place)}")
    if told.guidance:
        lines.append(f"           guidance: {visible(told.guidance)}")
    return lines


# -- what to do ------------------------------------------------------------------------------------


def _next_lines(found: Ingested) -> list[str]:
    lines = []
    if found.left:
        became, are = ("would become", "would be") if found.dry_run else ("became", "are")
        lines.append(
            f"{counted(found.left, 'failure')} {became} no candidate: one ingest makes at most {MOST_NEW}. "
            f"They {are} kept as events, and become candidates when a later run shows them again."
        )
    rejected = [one for one in found.failures if one.became == REJECTED]
    if rejected:
        lines.append(
            f"{counted(len(rejected), 'failure')} had been rejected before: counted, not proposed again."
        )
    lines += [_prevented_line(one) for one in found.prevented]
    if found.general:
        lines.append(f"over several entities: {', '.join(found.general)}")
    waiting = [one for one in found.failures if one.became == NEW or (one.is_new and one.became == KNOWN)]
    if waiting and not found.dry_run:
        lines += _commands(waiting)
    return ["", *lines] if lines else []


def _prevented_line(one: Prevented) -> str:
    where = f"  {visible(one.endpoint)}," if one.endpoint else ""
    return f"{PREVENTED:<11}{one.name}{where} warned in {visible(one.generation)}"


def _commands(new: Sequence[FailureSeen]) -> list[str]:
    """The first candidate stands for all; one without a guidance needs it written before it is accepted."""
    name = new[0].name
    lines = [
        "next:",
        f"  feedback-loop pattern show {name}",
        f'  feedback-loop pattern accept {name} --as A_NAME_OF_YOURS --reason "..."',
    ]
    unknown = [one for one in new if one.unclassified]
    if unknown:
        told = counted(len(unknown), "candidate")
        lines.append(f"no rule knows {told}: write a guidance in its JSON first, such as {unknown[0].name}")
    return lines


# -- JSON ------------------------------------------------------------------------------------------


def ingested_fields(found: Ingested, exit_code: int) -> dict[str, Any]:
    """The same as JSON; the counts are those of C9a, the names of new candidates stand beside them."""
    return {
        "schema_version": 1,
        "dry_run": found.dry_run,
        "files": [_file_fields(one) for one in found.files],
        "total": _sum_fields(found.total),
        "failures": [_failure_fields(one) for one in found.failures],
        "unclassifiable_errors": _unclassifiable(found.failures),
        "general": list(found.general),
        "left": found.left,
        "exposures": found.exposures,
        "prevented": [
            {"name": one.name, "endpoint": one.endpoint or None, "generation_id": one.generation}
            for one in found.prevented
        ],
        "paths": list(found.paths),
        "notes": list(found.notes),
        "exit_code": exit_code,
    }


def _unclassifiable(failures: Iterable[FailureSeen]) -> list[str]:
    return [one.name for one in failures if one.unclassified]


def _file_fields(one: FileIngested) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind or None,
        "sniffed": one.sniffed,
        "run": one.run or None,
        **_sum_fields(one),
        "error": one.fault or None,
    }


def _sum_fields(one: FileIngested) -> dict[str, Any]:
    skipped = [{"reason": reason, "count": number} for reason, number in one.skipped]
    return {
        "total": one.total,
        "failed": one.failed,
        "new": one.new,
        "already_known": one.already_known,
        "unclassified": one.unclassified,
        "patterns_created": len(one.created),
        "patterns_updated": len(one.updated),
        "created": list(one.created),
        "updated": list(one.updated),
        "skipped": skipped,
        "rejected": problem_fields(one.rejected),
    }


def _failure_fields(one: FailureSeen) -> dict[str, Any]:
    told = one.classified
    signature = told.signature
    return {
        "name": one.name,
        "became": one.became,
        "is_new": one.is_new,
        "hits": one.hits,
        "runs": one.runs,
        "signature": {
            "error_type": signature.error_type,
            "exception": signature.exception,
            "message": signature.message,
            "constraint": signature.constraint,
            "entity": signature.entity,
            "endpoint": signature.endpoint,
            "field": signature.field,
            "relationship": signature.relationship,
            "function": signature.function,
        },
        "guidance": told.guidance or None,
        "confidence": round(told.confidence, 2),
        "evidence": [{"told": each.told, "weight": round(each.weight, 2)} for each in told.evidence],
        "rule": told.rule or None,
        "shipped": told.shipped,
        "place": None if told.frame is None else {"file": told.frame.file, "line": told.frame.line},
    }
