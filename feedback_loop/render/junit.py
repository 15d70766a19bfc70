"""A scan as JUnit XML (FMT-5): findings as failed tests, for CI systems that read nothing else."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import Finding, NotChecked, ScanResult
from feedback_loop.domain.text import visible
from feedback_loop.render.encoders import Encoded, prose, unchecked, unchecked_words
from feedback_loop.render.text import remarks

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ROOT = "feedback-loop"


def render_junit(result: ScanResult, library: CompiledLibrary, exit_code: int) -> Encoded:
    """One suite: findings in their order, then skipped files; clean is one passing test `no findings`."""
    suite = ElementTree.Element("testsuite", name=_ROOT)
    cases = _Cases(suite)
    failing = {id(finding) for finding in result.at_least(library.fail_on)}
    for finding in result.findings:
        _finding(cases, finding, fails=finding.level == "block" or id(finding) in failing)
    entries = unchecked(result, library)
    for entry in entries:
        _not_checked(cases, entry, "error" if exit_code >= 2 or library.strict else "skipped")
    if not result.findings and not entries:
        cases.add(_ROOT, "no findings")
    for path, reason in result.skipped:
        case = cases.add(_path(path), f"skipped {_path(path)}")
        ElementTree.SubElement(case, "skipped", message=_legal(reason))
    return Encoded(_document(suite))


class _Cases:
    """The test cases of a suite; equal names would be dropped by readers, so each gets a number."""

    def __init__(self, suite: ElementTree.Element) -> None:
        self._suite = suite
        self._names: dict[str, int] = {}

    def add(self, place: str, name: str) -> ElementTree.Element:
        """A case that passes until something is put into it."""
        count = self._names[name] = self._names.get(name, 0) + 1
        unique = name if count == 1 else f"{name} #{count}"
        return ElementTree.SubElement(self._suite, "testcase", classname=place, name=unique)


def _finding(cases: _Cases, finding: Finding, *, fails: bool) -> None:
    path, rule_id = _path(finding.path), _legal(finding.rule_id)
    place = f"{path}:{finding.line}:{finding.column}"
    case = cases.add(path, f"{rule_id} {place}")
    case.set("file", path)
    case.set("line", str(finding.line))
    message = _line(finding.message) + remarks(finding)
    body = f"{place}: {finding.level} {message}\n{_line(finding.snippet)}\nfix: {_line(finding.fix_hint)}\n"
    if fails:
        ElementTree.SubElement(case, "failure", type=rule_id, message=message).text = body
    else:
        ElementTree.SubElement(case, "system-out").text = body


def _not_checked(cases: _Cases, entry: NotChecked, kind: str) -> None:
    place = _path(entry.path) if entry.path else _ROOT
    case = cases.add(place, " ".join(filter(None, ("not checked", _legal(entry.detector), place))))
    ElementTree.SubElement(case, kind, message=_line(unchecked_words(entry)))


def _document(suite: ElementTree.Element) -> str:
    root = ElementTree.Element("testsuites", name=_ROOT)
    root.append(suite)
    counts = {"tests": len(suite)}
    counts |= {f"{kind}s": len(suite.findall(f"*/{kind}")) for kind in ("failure", "error")}
    counts["skipped"] = len(suite.findall("*/skipped"))
    for element in (root, suite):
        for name, count in counts.items():
            element.set(name, str(count))
    ElementTree.indent(root)
    # ASCII with character references: whatever writes the text out, the declaration stays true.
    text: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return text.decode() + "\n"


def _path(path: bytes) -> str:
    return _legal(path.decode("utf-8", "replace"))


def _line(text: str) -> str:
    return prose(_ILLEGAL.sub("\ufffd", text))


def _legal(text: str) -> str:
    """Without what XML cannot hold; other characters that hide something are spelled out."""
    return visible(_ILLEGAL.sub("\ufffd", text))
