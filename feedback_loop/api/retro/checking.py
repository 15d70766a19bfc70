"""Whether the stored views say what the newest stored retro and the library say (H87). Mines nothing."""

from __future__ import annotations

from collections.abc import Iterator

from feedback_loop.api.retro.request import Checked
from feedback_loop.api.retro.stored import order_by_end
from feedback_loop.api.retro.tip import Tip
from feedback_loop.api.retro.views import Render, find_stale, make_views, stored_files
from feedback_loop.domain.library import Library
from feedback_loop.domain.retro import FOLDER, Retro
from feedback_loop.domain.settings import Settings
from feedback_loop.errors import UserError
from feedback_loop.formats.retro_json import parse_retro
from feedback_loop.workspace import Workspace


def check(workspace: Workspace, render: Render) -> Checked:
    """The views of the work tree against the newest retro stored there. Writes nothing.

    That a retro is due makes no view stale: it is a note. Raises UserError for broken settings, a branch
    without a commit, and a guide or document that cannot be read.
    """
    settings, problems = workspace.settings()
    if problems:
        raise UserError("\n".join(map(str, problems)), "mend the settings first", kind="settings")
    tip = Tip.of(workspace, settings)
    files = stored_files(workspace)
    broken, notes = list[str](), list[str]()
    for name in order_by_end(files.items()):
        path = f"{FOLDER}/{name}.json"
        retro, found = parse_retro(files[path], path)
        if retro is not None and retro.range.name == name:
            if tip.basis != retro.header.basis:
                notes.append(f"commits landed since {name}: a retro is due")
            stale, edited = _compared(workspace, settings, tip, retro, render)
            return Checked(name, (*broken, *stale), edited, tuple(notes))
        broken.append(path)
        notes.append(str(found[0]) if found else f"{path}: not the retro that its name says")
    return Checked("", tuple(broken), "", (*notes, "no retro is stored: there is nothing to check"))


def _compared(
    workspace: Workspace, settings: Settings, tip: Tip, retro: Retro, render: Render
) -> tuple[tuple[str, ...], str]:
    """The stale paths and what people edited; none if the views fit the disk's library or the tip's."""
    found = []
    for library in _libraries(workspace, settings, tip):
        views = make_views(workspace, retro, library, settings.guide, render, force=False)
        stale = () if views.edited else find_stale(workspace, views)
        if not (stale or views.edited):
            return (), ""
        found.append((stale, views.edited))
    return found[0]


def _libraries(workspace: Workspace, settings: Settings, tip: Tip) -> Iterator[Library]:
    """The work tree's, and the tip's: what is not committed does not count yet, what was moved does."""
    on_disk = tip.library_on_disk(workspace, settings.patterns)
    yield on_disk
    if (committed := tip.library(settings.patterns)) is not on_disk:
        yield committed
