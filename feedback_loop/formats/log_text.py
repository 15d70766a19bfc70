"""Tracebacks in plain text: a program's output, a log, the console of a CI run."""

from __future__ import annotations

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.trace import Trace, deepest_own
from feedback_loop.errors import InputError
from feedback_loop.formats.report_json import FAILURES_CAP, kept_problems
from feedback_loop.formats.traceback import parse_traces

_WIDE = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # what PowerShell writes with `>`


def read_log(data: bytes) -> ReportRead:
    """Each traceback of the text is a `bug`; a text without one tells of none.

    A `place` is the exception's class with the file and the function of the deepest call of the project's
    own, no line number: equal tracebacks share it. One that was cut off before its exception is rejected,
    and those beyond 10,000 are counted in a problem. Raises InputError for bytes that are no text.
    """
    reported: list[Reported] = []
    rejected: list[Problem] = []
    traces = parse_traces(_decoded(data))
    over = 0
    for entry, trace in enumerate(traces, 1):
        if trace.qualname and len(reported) >= FAILURES_CAP:
            over += 1
        elif trace.qualname:
            reported.append(_bug(trace, entry))
        else:
            told = f"traceback {entry} ends before it names its exception"
            rejected.append(Problem("", 0, told))
    if over:
        told = f"{over} tracebacks are left out: more than {FAILURES_CAP} in one text"
        rejected.insert(0, Problem("", 0, told))
    return ReportRead(tuple(reported), len(traces), (), kept_problems(rejected, "tracebacks"))


def _decoded(data: bytes) -> str:
    for mark, encoding in _WIDE:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        raise InputError("is binary, not text", "A log or the output of a program is read as UTF-8.")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "backslashreplace")


def _bug(trace: Trace, entry: int) -> Reported:
    deepest = trace.frames[-1] if trace.frames else None
    frame = deepest_own(trace, None) or deepest
    file, line, function = (frame.file, frame.line, frame.function) if frame else ("", 0, "")
    fields: tuple[tuple[str, object], ...] = (
        ("error", f"{trace.qualname}: {trace.message}" if trace.message else trace.qualname),
        ("code", deepest.source if deepest else ""),
        ("file_path", file.strip() or "<unknown>"),
        ("line", line),
        ("stack_trace", trace.text),
    )
    place = f"{trace.qualname} in {file}:{function}" if frame else trace.qualname
    return Reported("bug", fields, place, trace=trace.text, entry=entry)
