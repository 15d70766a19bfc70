"""Import statements as values: read, written, sorted as isort would."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from typing import NamedTuple

from feedback_loop.engines.generate.layout import STEP, WIDTH


class Imported(NamedTuple):
    """`import module as alias`, or `from module import name as alias`; "" = not said."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def bound(self) -> str:
        """The name that it gives to the module: of `import a.b` it is `a`."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def meaning(self) -> tuple[str, str]:
        """What the name stands for: equal for two imports that may share a name."""
        dotted = not self.name and not self.alias
        return (self.module.partition(".")[0] if dotted else self.module, self.name)

    def as_name(self, bound: str) -> Imported:
        """The same under another name."""
        return self._replace(alias="" if bound == (self.name or self.module) else bound)


def read_imports(node: ast.Import | ast.ImportFrom) -> list[Imported]:
    """What one statement imports; it is neither relative nor of the star form."""
    module = "" if isinstance(node, ast.Import) else node.module or ""
    if module:
        return [Imported(module, one.name, one.asname or "") for one in node.names]
    return [Imported(one.name, "", one.asname or "") for one in node.names]


def parse_imports(*lines: str) -> tuple[Imported, ...]:
    """The imports that these statements are."""
    nodes = [node for line in lines for node in ast.parse(line).body]
    return tuple(
        one for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for one in read_imports(node)
    )


def format_imports(imports: Iterable[Imported]) -> str:
    """One block per section: `__future__`, the standard library, all else; "" for none."""
    sections: dict[int, list[Imported]] = {}
    for one in sorted(set(imports)):
        sections.setdefault(_section(one.module), []).append(one)
    return "\n".join(_format_section(found) for _, found in sorted(sections.items()))


def _section(module: str) -> int:
    top = module.partition(".")[0]
    return 0 if top == "__future__" else 1 if top in sys.stdlib_module_names else 2


def _format_section(found: Iterable[Imported]) -> str:
    whole = []
    members: dict[str, list[Imported]] = {}
    for one in found:
        if one.name:
            members.setdefault(one.module, []).append(one)
        else:
            whole.append(f"import {one.module}" + (f" as {one.alias}" if one.alias else "") + "\n")
    return "".join(whole) + "".join(_format_from(module, names) for module, names in members.items())


def _format_from(module: str, names: Iterable[Imported]) -> str:
    ordered = sorted(names, key=lambda one: (_sort_of(one.name), one.name.lower(), one))
    shown = [one.name + (f" as {one.alias}" if one.alias else "") for one in ordered]
    line = f"from {module} import {', '.join(shown)}"
    if len(line) <= WIDTH:
        return line + "\n"
    return f"from {module} import (\n" + "".join(f"{' ' * STEP}{one},\n" for one in shown) + ")\n"


def _sort_of(name: str) -> int:
    """Constants, then classes, then all else."""
    return 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
