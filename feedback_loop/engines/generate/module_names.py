"""One module out of several: who keeps a name and who gets another, scopes respected (D26)."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Iterable, Mapping, Sequence

from feedback_loop.engines.generate.imports import Imported
from feedback_loop.engines.generate.names import bound, fresh, renamed, spoken, used
from feedback_loop.engines.generate.template import Block, Frame

_RESERVED = frozenset([*dir(builtins), *keyword.kwlist, "_"])


class ModuleNames:
    """The names of the module that is made, and of the one function in it.

    Who comes first keeps a name. `avoid` are names that no new name may be: whatever is spoken of in any
    of the pieces, so that a new name captures nothing.
    """

    def __init__(self, function: str, params: Iterable[str], avoid: Iterable[str]) -> None:
        self.imports: dict[str, Imported] = {}
        self.dotted: set[Imported] = set()
        self.blocks: list[Block] = []
        self._taken = {function, *params} | _RESERVED
        self._avoid = frozenset(avoid)
        self._known: dict[
            str, tuple[dict[str, str], dict[str, str]]
        ] = {}  # block -> what it and its own mean

    def _take(self, name: str) -> str:
        found = fresh(name, self._taken | self._avoid) if name in self._taken else name
        self._taken.add(found)
        return found

    def add_imports(self, imports: Iterable[Imported]) -> dict[str, str]:
        """What the names of these imports are in the module."""
        return {one.bound: self._import(one) for one in imports}

    def _import(self, one: Imported) -> str:
        there = self.imports.get(one.bound)
        if there is not None and there.meaning == one.meaning:
            self.dotted.add(one)
            return one.bound
        for name, other in self.imports.items():
            if other.meaning == one.meaning and other.alias == name and one.bound in self._taken:
                return name  # it was given another name before
        name = one.bound
        if "." not in one.module or one.name or one.alias:
            name = self._take(name)
        else:
            self._taken.add(name)
        self.imports[name] = one.as_name(name) if name != one.bound else one
        return name

    def add_module(self, frame: Frame) -> dict[str, str]:
        """What the names of the frame's module are in this one. Equal constants and definitions are one."""
        names = self.add_imports(frame.imports)
        fresh_blocks: list[Block] = []
        own = frozenset(names).union(*(block.names for block in frame.blocks))
        for block in frame.blocks:
            speaks_of = (used(block.code) & own) - block.names
            known = self._known.get(block.code)
            if known is not None and all(known[0].get(one) == names.get(one, "") for one in speaks_of):
                names.update(known[1])
                continue
            taken = {one: self._take(one) for one in sorted(block.names)}
            names.update(taken)
            if speaks_of <= names.keys():
                self._known.setdefault(block.code, ({one: names[one] for one in speaks_of}, taken))
            fresh_blocks.append(block)
        for block in fresh_blocks:
            final = frozenset(names[one] for one in block.names)
            self.blocks.append(Block(final, renamed(block.code, names), block.defines))
        return names

    def add_locals(self, code: str, module: Mapping[str, str], settled: Mapping[str, str]) -> dict[str, str]:
        """What all names in a piece of the function are called: those of its module, those that are settled
        (parameters), and those that it binds itself."""
        own = {one: self._take(one) for one in sorted(bound_in(code) - settled.keys())}
        return {**module, **settled, **own}


def bound_in(code: str) -> frozenset[str]:
    """The names that a piece binds in its own scope."""
    return bound(ast.parse(code).body)


def spoken_in(frames: Sequence[Frame], *codes: str) -> frozenset[str]:
    """Every name in the frames and in the pieces."""
    pieces = [*codes, *(frame.body for frame in frames)]
    pieces += [block.code for frame in frames for block in frame.blocks]
    imports = frozenset(one.bound for frame in frames for one in frame.imports)
    return imports.union(*map(spoken, pieces))
