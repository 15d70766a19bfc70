"""The code at which a failure happened, as the Bad example of its candidate (C20)."""

from __future__ import annotations

import os
from functools import cached_property

from feedback_loop.api.history.candidate_patterns import clean_code
from feedback_loop.domain.failure import Classified
from feedback_loop.domain.languages import language_of
from feedback_loop.domain.pattern import Example
from feedback_loop.domain.trace import Frame
from feedback_loop.errors import UserError
from feedback_loop.workspace import Workspace

AROUND = 5  # lines either side
LONGEST = 1_000  # characters
_FILE_CAP = 1 << 20  # bytes
_FILES_KEPT = 64


class Snippets:
    """Finds code in the repository's HEAD, whose tree is read once, when something is first asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lines: dict[str, list[str]] = {}

    def example(self, told: Classified) -> Example | None:
        """The line of the deepest own call with up to five either side; None if no source is known.

        They come from a trace that shows more than the line, else from the file at HEAD if that has the very
        line there, else the line stands alone. Masked, of at most 1,000 characters.
        """
        frame = told.frame
        if frame is None:
            return None
        text = told.trace.text if told.trace is not None else ""
        lines, at = _shown(text, frame) or self._in_file(frame) or ([frame.source], 0)
        code = _fitting(lines, at)
        return Example(code, language_of(frame.file) or "python") if code.strip() else None

    def _in_file(self, frame: Frame) -> tuple[list[str], int] | None:
        lines = self._file(frame.file)
        at = frame.line - 1
        if not 0 <= at < len(lines) or (frame.source and lines[at].strip() != frame.source.strip()):
            return None
        first = max(0, at - AROUND)
        return lines[first : at + AROUND + 1], at - first

    def _file(self, path: str) -> list[str]:
        """The lines of the file of HEAD that the path ends with: another machine has other folders."""
        oid = self._oid(path)
        if not oid:
            return []
        if oid not in self._lines and len(self._lines) < _FILES_KEPT:
            with self._workspace.git.objects.blob_stream(lenient=True) as stream:
                data = next(iter(stream.read([oid], _FILE_CAP)), None)
            self._lines[oid] = (data or b"").decode("utf-8", "replace").splitlines()
        return self._lines.get(oid, [])

    def _oid(self, path: str) -> str:
        parts = os.path.normpath(path.replace("\\", "/")).split("/")
        ends = ("/".join(parts[start:]) for start in range(len(parts)))
        return next((self._tree[end] for end in ends if end in self._tree), "")

    @cached_property
    def _tree(self) -> dict[str, str]:
        """The object id of each file of HEAD; of none where there is no commit yet."""
        objects = self._workspace.git.objects
        try:
            entries = objects.tree_entries(objects.commit_id("HEAD"))
        except UserError as error:
            if error.exit_code != UserError.exit_code:
                raise
            return {}
        return {os.fsdecode(path): oid for mode, oid, path in entries if mode.startswith("100")}


def _shown(text: str, frame: Frame) -> tuple[list[str], int] | None:
    """The lines of pytest's long style around the one that failed, which `>` marks."""
    lines = text.split("\n")
    wanted = frame.source.strip()
    for at, line in enumerate(lines):
        if wanted and line.startswith(">") and line[1:].strip() == wanted:
            first = at
            while first > max(0, at - AROUND) and _is_code(lines[first - 1]):
                first -= 1
            if first < at:
                return [*lines[first:at], f" {line[1:]}"], at - first
    return None


def _is_code(line: str) -> bool:
    return line.startswith("    ") or not line.strip()


def _fitting(lines: list[str], at: int) -> str:
    """The cleaned lines, those farthest from the one in question left out until the rest is short enough."""
    first, last = 0, len(lines) - 1
    while len(code := clean_code("\n".join(lines[first : last + 1]))) > LONGEST and first < last:
        if at - first >= last - at:
            first += 1
        else:
            last -= 1
    return code if len(code) <= LONGEST else code[: LONGEST - 1].rstrip() + "\n"
