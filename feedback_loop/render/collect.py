"""What `collect` did, for people and for programs. Names and reasons were written by strangers (T14)."""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.collected import Collected, Counts, FileCollected, SpoolCollected
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.text import counted, visible
from feedback_loop.render.report_json import problem_fields

_REJECTED = 10  # of one file, in the text


def render_collected(found: Collected) -> str:
    """A paragraph for each file, and the sums if there are several."""
    lines = [line for one in found.files for line in _file_lines(one)]
    if len(found.files) > 1:
        total = found.total
        unusable = sum(bool(one.fault) for one in found.files)
        told = f", {unusable} not usable" if unusable else ""
        lines += [f"total of {len(found.files)} files{told}", *_sums(total), *_pattern_lines(total.patterns)]
    if found.dry_run:
        lines.append("dry run: nothing was written")
    return "\n".join(lines) + "\n"


def _file_lines(one: FileCollected) -> list[str]:
    if one.fault:
        return [f"{visible(one.name)}: NOT collected: {visible(one.fault)}" + _hint(one.hint)]
    how = " by its content" if one.sniffed else ""
    run = f", run {visible(one.run)}" if one.run else ""
    lines = [f"{visible(one.name)}: {one.kind}{how}{run}", *_sums(one)]
    lines += [f"    {number} skipped: {visible(reason)}" for reason, number in one.skipped]
    lines += [f"    rejected: {visible(_entry(problem))}" for problem in one.rejected[:_REJECTED]]
    if len(one.rejected) > _REJECTED:
        lines.append(f"    rejected: {len(one.rejected) - _REJECTED} more")
    if one.counts:
        return lines + _count_lines(one.counts)
    return lines + _pattern_lines(one.patterns)


def _hint(hint: str) -> str:
    return f" ({visible(hint)})" if hint else ""


def _entry(problem: Problem) -> str:
    return f"line {problem.line}: {problem.message}" if problem.line else problem.message


def _sums(one: FileCollected) -> list[str]:
    new, known = ("?" if number is None else number for number in (one.new, one.duplicate))
    if one.counts:  # an entry is an event for each of its days
        told = f"{one.read} in the file; as events {new} new, {known} duplicate"
    else:
        skipped = sum(number for _, number in one.skipped)
        told = f"{one.read} read, {new} new, {known} duplicate, {skipped} skipped"
    return [f"  {told}, {len(one.rejected)} rejected"]


def _pattern_lines(patterns: Counts) -> list[str]:
    ordered = sorted(patterns, key=lambda pair: not pair[0])
    return [f"    {name or 'no pattern recognised'}: {number}" for name, number in ordered]


def _count_lines(counts: Counts) -> list[str]:
    return [*(f"  {name}: {number}" for name, number in counts), f"  total: {sum(dict(counts).values())}"]


def collected_fields(found: Collected, exit_code: int) -> dict[str, Any]:
    """The same as JSON. `patterns` counts events by recognised pattern, `unrecognised` all others."""
    return {
        "schema_version": 1,
        "dry_run": found.dry_run,
        "files": [_file_fields(one) for one in found.files],
        "total": _sum_fields(found.total),
        "paths": list(found.paths),
        "notes": list(found.notes),
        "exit_code": exit_code,
    }


def _file_fields(one: FileCollected) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": one.name,
        "kind": one.kind or None,
        "sniffed": one.sniffed,
        "run": one.run,
    }
    if one.counts:
        fields["counts"] = dict(one.counts) | {"total": sum(dict(one.counts).values())}
    return fields | _sum_fields(one) | {"error": one.fault or None}


def _sum_fields(one: FileCollected) -> dict[str, Any]:
    patterns = dict(one.patterns)
    return {
        "read": one.read,
        "new": one.new,
        "duplicate": one.duplicate,
        "skipped": dict(one.skipped),
        "rejected": problem_fields(one.rejected),
        "unrecognised": patterns.pop("", 0),
        "patterns": patterns,
    }


# -- the spool -------------------------------------------------------------------------------------


def render_spool(found: SpoolCollected) -> str:
    """What was moved: the six counts, their total, and events of other kinds."""
    done = found.imported
    lines = [f"spool: {done.moved} new, {done.present} duplicate, {len(done.bad)} not readable"]
    lines += _count_lines(found.counts)
    lines += [f"  besides: {counted(number, kind + ' event')}" for kind, number in found.others]
    lines += [f"NOT read: {visible(str(problem))}" for problem in done.bad]
    return "\n".join(lines) + "\n"


def spool_fields(found: SpoolCollected, exit_code: int) -> dict[str, Any]:
    """The same as JSON."""
    done = found.imported
    return {
        "schema_version": 1,
        "spool": {"new": done.moved, "duplicate": done.present, "rejected": problem_fields(done.bad)},
        "counts": dict(found.counts) | {"total": found.total},
        "others": dict(found.others),
        "exit_code": exit_code,
    }
