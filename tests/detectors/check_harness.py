"""Run one built-in check on a source text, and hold what the registry promises about it."""

import ast
import textwrap

from feedback_loop.detectors.registry import Check, Match, load
from feedback_loop.detectors.syntax import Module


def check_named(name: str) -> Check:
    found = load(name)
    assert found is not None, f"no check {name}"
    return found


def matches(name: str, source: str) -> list[Match]:
    """Matches in source order; the prefilter's promise is checked on each."""
    text = textwrap.dedent(source)
    check = check_named(name)
    found = sorted(check.find(Module(ast.parse(text))), key=lambda match: match.anchors[0])
    data = text.encode()
    for match in found:
        assert all(literal in data for literal in check.file_all), "file_all is not sound"
        for anchor in match.anchors:
            if check.added_any:
                assert anchor[0] == anchor[2], "added_any needs anchors of one line"
                assert any(literal in _text(data, anchor) for literal in check.added_any), (
                    "added_any is not sound"
                )
    return found


def lines(name: str, source: str) -> list[int]:
    """First-anchor lines of all matches, in order."""
    return [match.anchors[0][0] for match in matches(name, source)]


def anchored(name: str, source: str) -> list[list[str]]:
    """The source text of each anchor of each match."""
    data = textwrap.dedent(source).encode()
    return [[_text(data, anchor).decode() for anchor in match.anchors] for match in matches(name, source)]


def site_lines(name: str, source: str) -> list[int]:
    """Lines of the constructs the check considers."""
    module = Module(ast.parse(textwrap.dedent(source)))
    return sorted(node.lineno for node in check_named(name).sites(module))


def _text(data: bytes, span: tuple[int, int, int, int]) -> bytes:
    line, column, end_line, end_column = span
    rows = data.split(b"\n")
    if line == end_line:
        return rows[line - 1][column:end_column]
    return b"\n".join([rows[line - 1][column:], *rows[line : end_line - 1], rows[end_line - 1][:end_column]])
