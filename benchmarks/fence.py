"""Random hostile patterns against the section that is put behind a prompt (D21): does anything get out?

    python benchmarks/fence.py [--tries 10000] [--seed 1]

Each try makes one to four patterns whose title, guidance, description, code and language are made of what
could end a fence, open a block or hide text, and holds the section against what a reader of CommonMark
(markdown-it-py, with and without tables) makes of it. Exit code 1 if any try gets out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from markdown_it import MarkdownIt
from markdown_it.token import Token

from feedback_loop.domain.injection import Chosen, Ratings
from feedback_loop.domain.search import Indexed
from feedback_loop.domain.text import is_hidden
from feedback_loop.engines.inject.cleaning import clean_code
from feedback_loop.engines.inject.section import CUT, Entry, enhanced, entries_of, fit, format_section
from feedback_loop.engines.inject.section import token_count as tokens_of

LINE_ENDS = ("\n", "\n", "\n\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029")
HIDDEN = (
    "\u200b",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\U000e0041",
    "\ufe0e",
    "\x00",
    "\x1b[2J",
    "\x9b",
    "\ud800",
    "\xad",
    "\u2800",
)
BLOCKS = (
    *(
        "# ",
        "## Relevant Patterns\n",
        "### Pattern #1: ",
        "===",
        "---",
        "***",
        "- ",
        "* ",
        "1. ",
        "> ",
        ">> ",
    ),
    *(
        "    ",
        "\t",
        "  ",
        "| a | b |\n",
        "|---|---|\n",
        "[x]: https://example.org 'y'\n",
        "[^1]: ",
        "\\",
        ": ",
    ),
)
FENCES = (
    "`",
    "``",
    "```",
    "````",
    "`" * 17,
    "~~~",
    "~~~~~",
    "```python\n",
    "\n```\n",
    "\n    ```\n",
    "\n   ```\n",
)
TAGS = (
    *(
        "<!--",
        "-->",
        "<!-",
        "->",
        "<!-->",
        "<!--->",
        "--!>",
        "<!<!---->--",
        "</system>",
        "<script>",
        "</pre>",
    ),
    *(
        "<pre>",
        "<details>",
        "<?x",
        "?>",
        "<![CDATA[",
        "]]>",
        "<!X",
        "<https://example.org>",
        "<a\nb='",
        "<",
        ">",
    ),
)
WORDS = (
    *("ignore previous instructions", "Consider these patterns when implementing.", "def f(x):", "return x"),
    *("&#96;&#96;&#96;", "&lt;!--", "# ... cut", "![a](b)", "**", "_", "é", "漢字", "🙂", " ", " ", "a"),
)
ATOMS = (LINE_ENDS, HIDDEN, BLOCKS, FENCES, TAGS, WORDS)
LANGUAGES = ("python", "", "Python", "py`thon", "python\n```\n", "x" * 99, "<!--", "~~~", "sql")
BUDGETS = (40, 120, 400, 1500, 100_000)
PROMPT = "Write the upload endpoint."
RATINGS = (Ratings(), Ratings(), Ratings(4, 100, 0.55, 0.99, 4, 4), Ratings(1, 100, 0.22, 0.97, 1, 1))

_PLAIN = MarkdownIt("commonmark")
_TABLES = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def hostile_text(random: Random, most: int = 40) -> str:
    """Up to `most` pieces, each of a kind drawn first: no kind drowns in another's variety."""
    return "".join(random.choice(random.choice(ATOMS)) for _ in range(random.randrange(most)))


def hostile_patterns(random: Random) -> list[Chosen]:
    """One to four patterns as if they had been chosen."""
    return [
        Chosen(
            Indexed(
                f"pattern_{number}",
                hostile_text(random, 12),
                guidance=hostile_text(random, 20),
                description=hostile_text(random),
                code=hostile_text(random, random.choice((40, 40, 400))),
                code_language=random.choice(LANGUAGES),
            ),
            random.random(),
            random.choice(RATINGS),
        )
        for number in range(random.randrange(1, 5))
    ]


def find_fault(chosen: Sequence[Chosen], budget: int) -> str:
    """What is wrong with the section of these patterns; "" if all holds."""
    entries = fit(entries_of(chosen), budget).entries
    text = enhanced(PROMPT, format_section(entries))
    if not entries:
        return "" if text == PROMPT else "no entry, and the prompt is changed"
    if tokens_of(text[len(PROMPT) :]) > budget:
        return "the budget is exceeded"
    if (
        any(is_hidden(char) or char == "\u2800" or (ord(char) < 32 and char not in "\n\t") for char in text)
        or "<!--" in text
    ):
        return "hidden text"
    if len(text.splitlines()) != text.count("\n"):
        return "a line end that some readers know"
    codes = {one.pattern.name: clean_code(one.pattern.code) for one in chosen}
    for entry in entries:
        if entry.code != codes[entry.name] and not codes[entry.name].startswith(entry.code.removesuffix(CUT)):
            return "the code is another"
    return _block_fault(text, entries)


def _block_fault(text: str, entries: Sequence[Entry]) -> str:
    wanted = list(expected_blocks(entries))
    for reader in (_PLAIN, _TABLES):
        tokens = reader.parse(text)
        found = [(one.type, one.level) for one in tokens]
        if found != wanted:
            return "the blocks are others"
        if any(child.type == "html_inline" for one in tokens for child in one.children or ()):
            return "a tag"
        fences = [(one.info, one.content) for one in tokens if one.type == "fence"]
        if fences != [(one.language, one.code + "\n") for one in entries if one.code]:
            return "a fence holds something else"
        if _headings(tokens) != [f"Pattern #{number}" for number in range(1, len(entries) + 1)]:
            return "a heading of somebody else's"
    return ""


def _headings(tokens: Sequence[Token]) -> list[str]:
    opened = [(one, inner) for one, inner in pairwise(tokens) if one.tag == "h3" and one.nesting == 1]
    return [inner.content.partition(":")[0] for _, inner in opened]


def expected_blocks(entries: Sequence[Entry]) -> list[tuple[str, int]]:
    """Type and level of each block token: prompt, heading, introduction, the patterns, closing line."""

    def inline(kind: str, level: int = 0) -> list[tuple[str, int]]:
        return [(f"{kind}_open", level), ("inline", level + 1), (f"{kind}_close", level)]

    blocks = [*inline("paragraph"), *inline("heading"), *inline("paragraph")]
    for entry in entries:
        # What ratings say: one line without any, two with; relevance; guidance if there is some.
        bullets = (2 if entry.ratings.weight else 1) + 1 + bool(entry.guidance)
        item = [("list_item_open", 1), *inline("paragraph", 2), ("list_item_close", 1)]
        blocks += [*inline("heading"), ("bullet_list_open", 0), *item * bullets, ("bullet_list_close", 0)]
        blocks += [("fence", 0)] if entry.code else []
    return [*blocks, *inline("paragraph")]


def main() -> int:
    """Try, and count."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = Random(options.seed)
    out = shown = cut = 0
    for number in range(options.tries):
        chosen, budget = hostile_patterns(random), random.choice(BUDGETS)
        fault = find_fault(chosen, budget)
        entries = fit(entries_of(chosen), budget).entries
        shown += len(entries)
        cut += sum(one.code.endswith(CUT) for one in entries)
        if fault:
            out += 1
            print(f"try {number}, budget {budget}: {fault}: {chosen!a}", file=sys.stderr)
    print(f"{options.tries} tries (seed {options.seed}): {shown} patterns shown, {cut} cut, {out} got out")
    return 1 if out else 0


if __name__ == "__main__":
    sys.exit(main())
