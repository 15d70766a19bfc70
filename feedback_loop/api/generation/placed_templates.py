"""The recipe and the templates that are put together: from the library, else from the shipped patterns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from feedback_loop.api.generation.shelf import Shelf, core_patterns
from feedback_loop.domain.generation import Intent, Match, Rejected
from feedback_loop.domain.pattern import Pattern
from feedback_loop.engines.generate.placing import stands_for
from feedback_loop.engines.generate.recipe_finder import find_recipe
from feedback_loop.engines.generate.recipes import Recipe
from feedback_loop.engines.generate.template import NO_TEMPLATE, Frame, read_template


@dataclass(frozen=True)
class Parts:
    """What the composer is to put together, and what it cannot.

    `bare` are the patterns chosen that say nothing of how they are put into code.
    """

    recipe: Recipe | None
    frames: tuple[Frame, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    bare: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        """Whether the pattern of this name is among it."""
        return any(one.pattern == name for one in self.frames)

    def without(self, name: str, reason: str = "") -> Parts:
        """Without the pattern of this name, which is rejected if there is a reason."""
        frames = tuple(one for one in self.frames if one.pattern != name)
        more = (Rejected(name, reason),) if reason else ()
        return replace(self, frames=frames, rejected=(*self.rejected, *more))


def find_parts(intent: Intent, chosen: Sequence[Match], shelf: Shelf) -> Parts:
    """The recipe, the templates that it stands in, and those of the patterns chosen, in this order.

    Where a recipe stands in a pattern that the library has its own of, and that one does not fit its place,
    the shipped pattern's template is taken, with a note.
    """
    recipe = find_recipe(intent)
    own = {one.name: one for one in shelf.patterns}
    selected = [one.pattern.name for one in chosen]
    around = recipe.around if recipe else ()
    read = {name: _frame(own.get(name), name) for name in dict.fromkeys((*around, *selected))}
    notes = _with_shipped(recipe, read) if recipe else ()
    return Parts(
        recipe,
        tuple(frame for frame in read.values() if isinstance(frame, Frame)),
        tuple(
            Rejected(name, frame)
            for name, frame in read.items()
            if isinstance(frame, str) and frame != NO_TEMPLATE and name in selected
        ),
        tuple(name for name, frame in read.items() if frame == NO_TEMPLATE),
        notes,
    )


def _frame(own: Pattern | None, name: str) -> Frame | str:
    """The template of the library's pattern if it has one, else of the shipped pattern of its name."""
    chosen = own if own is not None and own.template is not None else core_patterns().get(name, own)
    return read_template(chosen) if chosen is not None else "there is no such pattern"


def _with_shipped(recipe: Recipe, read: dict[str, Frame | str]) -> tuple[str, ...]:
    """Notes on the templates that were exchanged in `read` for the shipped ones."""
    shipped: Mapping[str, Pattern] = core_patterns()
    notes = []
    for name in recipe.around:
        core = read_template(shipped[name]) if name in shipped else ""
        found = read[name]
        if isinstance(core, str) or found == core:
            continue
        names = [brought for pattern, brought in recipe.uses if pattern == name]
        reason = found if isinstance(found, str) else stands_for(found, core, names)
        if reason:
            read[name] = core
            notes.append(f"{recipe} took the shipped {name}, not the library's: {reason}")
    return tuple(notes)
