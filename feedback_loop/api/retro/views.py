"""The views that a retro keeps: its JSON and its document, and the blocks of AI_PATTERNS.md (H79, H81)."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from feedback_loop.api.patterns.guide import guide_pattern, made_guide
from feedback_loop.api.retro.stored import order_by_end
from feedback_loop.domain.bands import by_band
from feedback_loop.domain.effect import NOT_ENOUGH
from feedback_loop.domain.library import Library
from feedback_loop.domain.retro import FOLDER, Effect, Retro, Standing, ratio_words
from feedback_loop.domain.text import counted
from feedback_loop.errors import InputError, UserError
from feedback_loop.formats.guide_block import difference
from feedback_loop.formats.guide_doc import decode_guide
from feedback_loop.formats.managed_block import (
    conflict_lines,
    find_block,
    format_block,
    line_end,
    settle_merge,
)
from feedback_loop.formats.retro_json import format_retro, parse_retro
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.files import safe_read
from feedback_loop.workspace import Workspace

Render = Callable[[Retro], str]  # a retro as markdown
BLOCK = "retro"
_OWN = "\n## Notes\n\n## Actions\n"  # people's part of a new document


@dataclass(frozen=True)
class Views:
    """The files as they are to be, by path below the root, in the order of writing (H80).

    `edited` is the difference that people's edits of generated parts make, "" without any.
    """

    files: tuple[tuple[str, bytes], ...]
    edited: str = ""


def make_views(
    workspace: Workspace, retro: Retro, library: Library, guide: str, render: Render, *, force: bool
) -> Views:
    """What `--write` puts into the files: this retro, and the guide at this path with the library's patterns.

    Raises InputError for a guide or document that cannot be held.
    """
    path = f"{FOLDER}/{retro.range.name}"
    document, changed = _document(workspace, f"{path}.md", render(retro), force)
    text, edited = _guide(workspace, retro, library, guide, force)
    files = (
        (f"{path}.json", format_retro(retro).encode("ascii")),
        (f"{path}.md", document),
        (guide, text),
    )
    return Views(files, "\n".join(filter(None, (changed, edited))))


def read_file(workspace: Workspace, path: str, cap: int = SIZE_CAP) -> bytes | None:
    """The file's bytes; None if there is none. Raises UserError for what is no regular file or too large."""
    try:
        return safe_read(workspace.root, path, cap)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def find_stale(workspace: Workspace, views: Views) -> tuple[str, ...]:
    """The paths of files that hold something else."""
    return tuple(
        path for path, data in views.files if read_file(workspace, path, max(len(data), 1 << 20)) != data
    )


# -- the document ----------------------------------------------------------------------------------


def _document(workspace: Workspace, path: str, body: str, force: bool) -> tuple[bytes, str]:
    """Its bytes, and what a person changed in the generated part; all around that part is kept."""
    data = read_file(workspace, path)
    if data is None:
        return (format_block(BLOCK, body) + _OWN).encode(), ""
    text = settle_merge(decode_guide(data, path))
    block = find_block(text, BLOCK, path)
    if block is None:
        return (format_block(BLOCK, body).replace("\n", line_end(text)) + text).encode(), ""
    merging = conflict_lines(block.body)
    if not (block.intact or force or merging):
        return data, difference(block.body, body, path)
    made = format_block(BLOCK, body).replace("\n", line_end(text))
    rest = text[block.end :]
    if not rest and not block.ends_line:
        made = made.removesuffix(line_end(text))
    return (text[: block.begin] + made + rest).encode(), ""


# -- the guide -------------------------------------------------------------------------------------


def _guide(
    workspace: Workspace, retro: Retro, library: Library, guide: str, force: bool
) -> tuple[bytes, str]:
    """Its bytes, and what people changed in its blocks."""
    names, newest = _stored_retros(workspace, retro)
    patterns = sorted(library.active, key=lambda one: one.name)
    made, data = made_guide(
        os.path.join(workspace.root, guide),
        [guide_pattern(one) for one in patterns],
        shown=guide,
        metrics=metrics_lines(newest),
        views={"summary": _summary(newest, {one.name for one in patterns}), "retros": _links(names, guide)},
        force=force,
        heal=True,
    )
    return data, made.edited


def _stored_retros(workspace: Workspace, retro: Retro) -> tuple[list[str], Retro]:
    """The names of all that are stored and this one, the newest first; and the newest one itself."""
    files = stored_files(workspace)
    files[f"{FOLDER}/{retro.range.name}.json"] = format_retro(retro).encode("ascii")
    names = order_by_end(files.items())
    if names[0] == retro.range.name:
        return names, retro
    path = f"{FOLDER}/{names[0]}.json"
    newest, problems = parse_retro(files[path], path)
    return names, retro if newest is None or problems else newest


def stored_files(workspace: Workspace) -> dict[str, bytes]:
    """The JSON of every retro in the work tree, by path below the root."""
    files: dict[str, bytes] = {}
    try:
        listed = sorted(os.listdir(f"{workspace.root}/{FOLDER}"))
    except (FileNotFoundError, NotADirectoryError):
        listed = []
    for name in listed:
        if name.endswith(".json") and not name.startswith("."):
            try:
                data = read_file(workspace, f"{FOLDER}/{name}")
            except UserError:
                continue  # a link or the like: `check` and git show it
            files[f"{FOLDER}/{name}"] = data or b""
    return files


def metrics_lines(retro: Retro) -> dict[str, str]:
    """The line of figures of each active pattern (H81)."""
    effects = {one.pattern: one for one in retro.effects}
    return {one.pattern: _metrics(one, effects.get(one.pattern)) for one in retro.standings}


def _metrics(one: Standing, effect: Effect | None) -> str:
    introduced, fixed = (int(figure.value or 0) for figure in (one.introduced, one.fixed))
    parts = [f"{counted(introduced, 'introduction')}, {fixed} fixed in 90 days", f"{one.reported} reported"]
    if effect is None or effect.word == NOT_ENOUGH:
        parts.append(f"{NOT_ENOUGH} (n={effect.n if effect else 0})")
    else:
        value = (
            "an endless multiple of"
            if effect.figure.value is None
            else f"{ratio_words(effect.figure.value)}x"
        )
        ends = f"{ratio_words(effect.low or 0)}-{ratio_words(effect.high)}"
        interval = f"95 % {ends}, n={effect.n}"
        parts.append(f"after adoption {value} the rate before ({interval})")
    return "; ".join(parts)


def _summary(retro: Retro, active: Container[str]) -> str:
    """The table of the active patterns, by bands of what was introduced in the last 90 days."""
    rows = {one.pattern: one for one in retro.rows}
    introduced = {
        one.pattern: int(one.introduced.value or 0) for one in retro.standings if one.pattern in active
    }
    lines = ["| pattern | severity | level | introduced | open | before/after |"]
    lines.append("| --- | --- | --- | ---: | ---: | --- |")
    for name in sorted(introduced, key=lambda one: by_band(introduced[one], one)):
        row = rows.get(name)
        if row is not None:
            level = row.level or "no detector"
            still = int(row.open.value or 0)
            cells = f"`{name}`", row.severity, level, str(introduced[name]), str(still), row.word
            lines.append(f"| {' | '.join(cells)} |")
    return _chapter("Summary", lines if len(lines) > 2 else ["No patterns."])


def _links(names: Iterable[str], guide: str) -> str:
    folder = posixpath.relpath(FOLDER, posixpath.dirname(guide) or ".")
    return _chapter("Retros", [f"- [{name}]({folder}/{name}.md)" for name in names])


def _chapter(title: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    return f"\n## {title}\n\n{body}\n\n"
