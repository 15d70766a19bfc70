"""How common each word is in documentation at large: makes `feedback_loop/domain/background.py` (D12).

    python benchmarks/background.py [FOLDER] [--output feedback_loop/domain/background.py]

A document is the docstring of a module, class or function. FOLDER is the library of the Python that runs
the script; tests, IDLE, lib2to3, the demos and what was installed besides are left out, as their words
are not those of code that others use. Tokens are those of search; kept are those in three documents or
more, each with the number of its documents.
"""

from __future__ import annotations

import argparse
import ast
import platform
import sysconfig
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from feedback_loop.domain.words import tokens

FEWEST = 3
_NOT_CODE_FOR_OTHERS = "test tests idlelib lib2to3 turtledemo ensurepip pydoc_data"
LEFT_OUT = {*_NOT_CODE_FOR_OTHERS.split(), "site-packages", "dist-packages", "__pycache__"}
OUTPUT = Path(__file__).parent.parent / "feedback_loop" / "domain" / "background.py"

MODULE = '''"""How common a word is in documentation at large: the background of search (D12).

Counted in {size} docstrings of the standard library of {source} by `benchmarks/background.py`, which
writes this file. Per number of documents its tokens; a token that is not here is in fewer than {fewest}.
"""

from __future__ import annotations

from functools import cache

SIZE = {size}


def share(token: str) -> float:
    """The share of documents that hold the token, as `domain.words.tokens` gives it: above 0, at most 1."""
    return _table().get(token, 1) / SIZE


@cache
def _table() -> dict[str, int]:
    found: dict[str, int] = {{}}
    documents = 0
    for word in _COUNTS.split():
        if word.endswith(":"):
            documents = int(word[:-1])
        else:
            found[word] = documents
    return found


_COUNTS = """
{counts}
"""
'''


def docstrings(folder: Path) -> Iterator[str]:
    """Each docstring in the folder's modules. Files that this Python cannot parse are passed over."""
    for path in sorted(folder.rglob("*.py")):
        if not LEFT_OUT.isdisjoint(path.relative_to(folder).parts[:-1]):
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield ast.get_docstring(node) or ""


def count(folder: Path) -> tuple[int, dict[str, int]]:
    """(documents with a token at all, the documents of each token that is in enough of them)."""
    found: Counter[str] = Counter()
    size = 0
    for text in docstrings(folder):
        words = set(tokens(text))
        found.update(words)
        size += bool(words)
    return size, {word: number for word, number in found.items() if number >= FEWEST}


def module(size: int, counts: dict[str, int], source: str) -> str:
    """The source of the shipped module; `source` says whose documentation it was."""
    groups: dict[int, list[str]] = {}
    for word in sorted(counts):
        groups.setdefault(counts[word], []).append(word)
    items = [item for number in sorted(groups, reverse=True) for item in (f"{number}:", *groups[number])]
    text = textwrap.fill(" ".join(items), 108, break_long_words=False, break_on_hyphens=False)
    return MODULE.format(size=size, source=source, fewest=FEWEST, counts=text)


def main() -> None:
    """Write the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args()
    size, counts = count(given.folder)
    source = f"{platform.python_implementation()} {platform.python_version()}"
    given.output.write_text(module(size, counts, source), "utf-8")
    print(f"{size} documents, {len(counts)} tokens, {given.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
