"""A candidate as the two files of a proposal: real pairs, masked, with the commits they come from (H69)."""

from __future__ import annotations

import textwrap
import uuid
from dataclasses import replace

from feedback_loop.api.patterns.files import unreadable
from feedback_loop.api.patterns.new_pattern import free_folder
from feedback_loop.domain.candidate import Candidate, Pair
from feedback_loop.domain.languages import SUFFIXES
from feedback_loop.domain.pattern import Example, Origin, Pattern
from feedback_loop.domain.secrets import mask
from feedback_loop.domain.text import counted, visible
from feedback_loop.errors import UserError
from feedback_loop.stores.library import write_pattern
from feedback_loop.stores.library_moves import ENDINGS, place
from feedback_loop.workspace import Workspace

SHOWN = 3  # pairs of a candidate that its proposal shows
_LINES = 40
_COMMITS = 1_000  # that the file may name
_SPACE = uuid.UUID("6f1c0a52-5d0e-4b8e-9c55-2f6f1c8f6a10")  # of the ids of candidates


def write_candidate(workspace: Workspace, candidate: Candidate) -> tuple[str, ...]:
    """Write `proposed/<name>.md` and `.json` below the library's folder; their paths below the root.

    Raises UserError, and writes nothing, if the name is in use, the files exist or lead outside, the
    settings are broken, the repository has no library of its own, or the text could not be read back.
    """
    return write_proposal(workspace, pattern_of(candidate))


def write_proposal(workspace: Workspace, pattern: Pattern) -> tuple[str, ...]:
    """The same of a proposal that was made from one."""
    folder = free_folder(workspace, pattern.name)
    told = unreadable(pattern)
    if told:
        raise UserError("\n".join([f"{pattern.name} is not written:", *told]))
    return tuple(write_pattern(workspace.root, f"{folder}/proposed", pattern))


def paths_of(folder: str, name: str) -> tuple[str, ...]:
    """Where the two files of a proposal lie."""
    return tuple(place(folder, "proposed", name) + ending for ending in ENDINGS)


def pattern_of(candidate: Candidate) -> Pattern:
    """The proposal: the same candidate gives the same bytes, wherever and whenever it is made."""
    shown = chosen_pairs(candidate.pairs)
    return Pattern(
        name=candidate.name,
        title=candidate.title,
        pattern_id=str(uuid.uuid5(_SPACE, candidate.shape)),
        description=_description(candidate, len(shown)),
        bad=tuple(_example(one.bad, candidate.language) for one in shown),
        good=tuple(_example(one.good, candidate.language) for one in shown),
        references=tuple(_reference(one) for one in shown),
        guidance=_guidance(candidate),
        tags=("mined",),
        languages=(candidate.language,) if candidate.language in SUFFIXES else (),
        detectors=(candidate.detector,) if candidate.detector else (),
        origin=Origin("mined", sha256=candidate.sha256, commits=candidate.commits[:_COMMITS]),
        state="proposed",
    )


def active_of(candidate: Candidate, folder: str) -> Pattern:
    """The same as it would be in force: what the gate is asked about."""
    return replace(pattern_of(candidate), state="active", path=f"{folder}/{candidate.name}")


def chosen_pairs(pairs: tuple[Pair, ...]) -> list[Pair]:
    """Up to three: the shortest first, of different commits as far as there are enough, none twice."""
    different = {(one.bad, one.good): one for one in sorted(pairs, key=_size, reverse=True)}
    ordered = sorted(different.values(), key=_size)
    first = list({one.commit: one for one in reversed(ordered)}.values())[::-1]
    first.sort(key=_size)
    return [*first, *(one for one in ordered if one not in first)][:SHOWN]


def _size(pair: Pair) -> tuple[int, Pair]:
    return len(pair.bad) + len(pair.good), pair


def clean_code(text: str) -> str:
    """A side as an example: indentation common to all lines gone, secrets masked, nothing hidden in it."""
    lines = [visible(line) for line in textwrap.dedent(mask(text)).split("\n")[:_LINES]]
    return "\n".join(lines).strip("\n") + "\n"


def _example(text: str, language: str) -> Example:
    return Example(clean_code(text), language)


def _reference(pair: Pair) -> str:
    """The commit and, if it is a plain one, the path."""
    path = visible(pair.path)
    plain = all(char.isalnum() or char in "/._-" for char in path) and path.isascii()
    return f"Commit {pair.commit[:12]}" + (f", `{path}:{pair.line}`" if plain else "")


def _description(candidate: Candidate, shown: int) -> str:
    return (
        f"Found in this repository's history: {candidate.reason or candidate.counts}. "
        f"The examples are {shown} of {counted(len(candidate.pairs), 'place')}."
    )


def _guidance(candidate: Candidate) -> str:
    return f"{candidate.title}, as the good examples do."
