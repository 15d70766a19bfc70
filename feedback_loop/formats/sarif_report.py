"""SARIF 2.1.0: what a linter or scanner found, as reviews (A74, IN-2)."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from typing import Any

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.errors import InputError
from feedback_loop.formats.report_json import (
    FAILURES_CAP,
    kept_problems,
    list_at,
    load_one,
    text_at,
    utc,
    value_at,
    whole_at,
)

_SEVERITIES = {"error": "high", "warning": "medium", "note": "low", "none": "low"}
_SECURITY = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"))
_SCORE = re.compile(r"\d{1,2}(\.\d{1,9})?\Z", re.ASCII)
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_PLACEHOLDER = re.compile(r"\{(\d{1,3})\}|\{\{|\}\}")
_SCHEME = re.compile(r"file:(?://([^/]*))?", re.IGNORECASE)
_DRIVE = re.compile(r"/?[A-Za-z]:/")
_ROOT_NAMES = re.compile(r"%?(SRC|SOURCE|PROJECT|REPO|REPOSITORY|WORKSPACE)_?(ROOT|DIR)%?\Z", re.IGNORECASE)
_BASES_CAP = 10


def read_sarif(data: bytes) -> ReportRead:
    """The results of all runs, each a review. Raises InputError if it is not SARIF 2.

    Left out are suppressed results, those of a baseline (unchanged, absent), and those that report no
    failure; those beyond 10,000 are counted in a problem. Paths are decoded but as the tool gives them,
    maybe absolute: see `relative_to`. `run` and `at` are told where the log has one run.
    """
    log = load_one(data)
    runs = value_at(log, "runs")
    if not isinstance(runs, list):
        raise InputError("not a SARIF log: it has no runs")
    reader = _Reader()
    for run in runs:
        reader.take(run)
    if reader.over:
        message = f"{reader.over} results are left out: more than {FAILURES_CAP} in one log"
        reader.problems.insert(0, Problem("", 0, message))
    only = runs[0] if len(runs) == 1 else None
    return ReportRead(
        tuple(reader.reported),
        reader.read,
        tuple(reader.skipped.items()),
        kept_problems(reader.problems, "results"),
        text_at(only, "automationDetails", "guid") or None,
        _time(only),
    )


class _Reader:
    def __init__(self) -> None:
        self.read = self.over = 0
        self.reported: list[Reported] = []
        self.skipped: Counter[str] = Counter()
        self.problems: list[Problem] = []

    def take(self, run: Any) -> None:
        tool, at, rules = _tool(run), _time(run), _Rules(run)
        for result in list_at(run, "results"):
            self.read += 1
            reason = _left_out(result)
            rule, about = rules.of(result)
            path = _path(value_at(result, "locations", 0, "physicalLocation"), run)
            if reason:
                self.skipped[reason] += 1
            elif rule and path and len(self.reported) >= FAILURES_CAP:
                self.over += 1
            elif rule and path:
                self.reported.append(self._review(result, rule, about, path, tool, at))
            else:
                lacks = "names no rule" if path else "names no file"
                self.problems.append(Problem("", 0, f"result {self.read} {lacks}"))

    def _review(self, result: Any, rule: str, about: Any, path: str, tool: str, at: str | None) -> Reported:
        region = value_at(result, "locations", 0, "physicalLocation", "region")
        line, column = whole_at(region, "startLine"), whole_at(region, "startColumn")
        fields: list[tuple[str, object]] = [
            ("issue_type", rule),
            ("severity", _severity(result, about)),
            ("file_path", path),
        ]
        message = _message(result, about)
        fields += [("line", line)] if line else []
        fields += [("suggestion", message)] if message else []
        position = ":".join(str(one) for one in (path, line, column) if one)
        name = f"{tool}:{rule}"
        return Reported("review", tuple(fields), f"{name} {position}", at, rule=name, entry=self.read)


def _tool(run: Any) -> str:
    return text_at(run, "tool", "driver", "name").strip().lower() or "sarif"


def _time(run: Any) -> str | None:
    invocation = value_at(run, "invocations", 0)
    return utc(value_at(invocation, "endTimeUtc")) or utc(value_at(invocation, "startTimeUtc"))


def _left_out(result: Any) -> str | None:
    """Why the result is no mistake; None if it is one."""
    statuses = [text_at(one, "status") or "accepted" for one in list_at(result, "suppressions")]
    if statuses and all(status == "accepted" for status in statuses):
        return "suppressed"
    baseline = text_at(result, "baselineState")
    if baseline in ("unchanged", "absent"):
        return f"{baseline} since the baseline"
    return None if text_at(result, "kind") in ("", "fail", "review", "open") else "no failure"


# -- rules -----------------------------------------------------------------------------------------


class _Rules:
    """The rules of a run, those of its tool's extensions included."""

    def __init__(self, run: Any) -> None:
        driver = value_at(run, "tool", "driver")
        self._parts = [driver, *list_at(run, "tool", "extensions")]
        self._names = [text_at(part, "name") for part in self._parts]
        self._by_id = {
            text_at(rule, "id"): rule for part in reversed(self._parts) for rule in list_at(part, "rules")
        }

    def of(self, result: Any) -> tuple[str, Any]:
        """The id of the result's rule, "" if there is none, and what the tool says about the rule."""
        identity = text_at(result, "ruleId") or text_at(result, "rule", "id")
        index = whole_at(result, "ruleIndex")
        index = whole_at(result, "rule", "index") if index is None else index
        pointed = list_at(self._part(value_at(result, "rule", "toolComponent")), "rules")
        about = pointed[index] if index is not None and index < len(pointed) else None
        identity = (identity or text_at(about, "id")).strip()
        if about is None or not _names(identity, text_at(about, "id")):
            # `CA1000/1` is a case of the rule `CA1000`
            about = self._by_id.get(identity) or self._by_id.get(identity.rpartition("/")[0])
        return identity, about

    def _part(self, pointer: Any) -> Any:
        index, name = whole_at(pointer, "index"), text_at(pointer, "name")
        if index is not None and index + 1 < len(self._parts):
            return self._parts[index + 1]
        return self._parts[self._names.index(name) if name and name in self._names else 0]


def _names(identity: str, rule: str) -> bool:
    return identity == rule or identity.startswith(rule + "/")


def _severity(result: Any, about: Any) -> str:
    score = _score(value_at(result, "properties", "security-severity"))
    score = _score(value_at(about, "properties", "security-severity")) if score is None else score
    if score is not None:
        return next((name for least, name in _SECURITY if score >= least), "low")
    level = text_at(result, "level") or text_at(about, "defaultConfiguration", "level")
    return _SEVERITIES.get(level, "medium")


def _score(value: Any) -> float | None:
    if isinstance(value, str) and _SCORE.match(value):
        value = float(value)
    return float(value) if type(value) in (int, float) and 0 <= value <= 10 else None


def _message(result: Any, about: Any) -> str:
    """The message, its arguments filled in; it may be one of the rule's."""
    message = value_at(result, "message")
    identity = text_at(message, "id")
    text = text_at(message, "text") or text_at(message, "markdown")
    text = text or text_at(about, "messageStrings", identity, "text")
    arguments = list_at(message, "arguments")
    if not arguments:
        return text.strip()

    def filled(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        return text_at(arguments, int(match[1])) or match[0]

    return _PLACEHOLDER.sub(filled, text).strip()


# -- paths -----------------------------------------------------------------------------------------


def relative_to(path: str, root: str) -> str:
    """The path as seen from the root, both POSIX; of a path outside of it only the last part.

    A matter of text: nothing is looked up on the disk.
    """
    root = posixpath.normpath(root)
    full = posixpath.normpath(path if _is_absolute(path) else posixpath.join(root, path))
    inside = full.startswith(root.rstrip("/") + "/")
    return full[len(root.rstrip("/")) + 1 :] if inside else posixpath.basename(full)


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or _DRIVE.match(path) is not None


def _path(where: Any, run: Any) -> str:
    """The path of a physical location: its base put before it where that is known and is not the root."""
    location = value_at(where, "artifactLocation")
    index = whole_at(location, "index")
    if index is not None and not text_at(location, "uri"):
        location = value_at(run, "artifacts", index, "location")
    path = _decoded(text_at(location, "uri"))
    base = text_at(location, "uriBaseId")
    for _ in range(_BASES_CAP):
        if not path.strip() or _is_absolute(path) or not base or _ROOT_NAMES.match(base):
            break
        outer = value_at(run, "originalUriBaseIds", base)
        path = posixpath.join(_decoded(text_at(outer, "uri")), path)
        base = text_at(outer, "uriBaseId")
    return posixpath.normpath(path) if path.strip() else ""


def _decoded(uri: str) -> str:
    """The path in a URI: `file:///C:/a%20b.py` is `C:/a b.py`."""
    match = _SCHEME.match(uri)
    path = uri[match.end() :] if match else uri
    if match and match[1] and match[1].lower() != "localhost":
        path = f"//{match[1]}{path}"
    path = _ESCAPES.sub(lambda match: _bytes_of(match[0]), path).replace("\\", "/")
    return path[1:] if _DRIVE.match(path) and path.startswith("/") else path


def _bytes_of(escapes: str) -> str:
    return bytes.fromhex(escapes.replace("%", "")).decode("utf-8", "replace")
