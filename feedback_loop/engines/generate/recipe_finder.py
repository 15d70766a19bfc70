"""Which recipe answers a prompt, and which of the prompt's words it answers for."""

from __future__ import annotations

from dataclasses import replace

from feedback_loop.domain.generation import Intent
from feedback_loop.domain.words import parts, tokens
from feedback_loop.engines.generate.recipes import RECIPES, Recipe
from feedback_loop.engines.generate.vocabulary import MAKE

_ANY = MAKE | {"return", "get", "handle"}  # these ask for nothing but that there be code


def find_recipe(intent: Intent) -> Recipe | None:
    """The recipe for what is asked, if the tool has one; one that would do a part of it is none."""
    said = {*intent.verbs, *intent.objects, intent.place} - {""}
    unknown = frozenset[str]().union(*map(_parts, intent.unrecognised))
    for recipe in RECIPES:
        if all(said & wanted for wanted in recipe.wants) and _is_all(recipe, said, unknown):
            return recipe
    return None


def _is_all(recipe: Recipe, said: set[str], unknown: frozenset[str]) -> bool:
    """Whether the recipe leaves nothing undone of what is said."""
    return said <= _ANY.union(recipe.also, *recipe.wants) and unknown <= recipe.words


def _parts(word: str) -> frozenset[str]:
    return frozenset(parts(word) or (word.lower(),))


def explained_by(intent: Intent, name: str) -> Intent:
    """The intent with the words understood that the recipe of this name answers for ("" = no recipe)."""
    known = next((one.answered for one in RECIPES if one.name == name), frozenset[str]())
    taken = [word for word in intent.unrecognised if _parts(word) <= known]
    return replace(
        intent,
        explained=intent.explained.union(*map(tokens, taken)),
        unrecognised=tuple(word for word in intent.unrecognised if word not in taken),
    )
