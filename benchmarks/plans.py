"""How fast plans are read, and whether both readers say the same (A51).

    python benchmarks/plans.py [--runs 9]
    python benchmarks/plans.py --differential 20000 [--seed 1]

CPU milliseconds of the hook's line scanner and of the reader on markdown-it-py, medians over runs that
take turns, on 1 MiB each; the budget of the scanner is 100 ms. The section begins in the first lines, so
that nothing can be skipped. With `--differential` random plans go through both, and every difference is
printed with the shortest plan that shows it.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable

from feedback_loop.domain.plan import SIZE_CAP, Section
from feedback_loop.formats.markdown import shown_lines
from feedback_loop.formats.plan_doc import read_section
from feedback_loop.formats.plan_lines import scan_section, visible_lines

HEAD = "# Plan\n\n## Patterns to Apply\n\n- [x] bounds_checking (from feedback-loop)\n\n"
REALISTIC = """\
## Phase {n}: Add the endpoint
<!-- what this phase is about,
     in two lines -->
The endpoint returns the statistics of an upload. It must not read the file into memory, and
what it returns must be JSON that every client can parse.

- [x] Write the handler and its tests
- [ ] Measure it with a large upload
  - [ ] on the small machine, where memory
    is what runs out first
- **Status:** in_progress

> Somebody said in the review that this is not
> needed, and was convinced later.

```python
async def upload(file: UploadFile) -> Response:
    # - [ ] no item
    return await stream(file)
```

| Decision | Rationale |
|----------|-----------|
| Streams  | memory    |

"""
PIECES = [
    *(
        "- ",
        "* ",
        "+ ",
        "1. ",
        "2) ",
        "01. ",
        "10. ",
        "123456789. ",
        "1234567890. ",
        "-",
        "1.",
        "- - ",
        "-     ",
    ),
    *("> ", ">", ">\t", "> - ", "- > ", "> > ", " ", "  ", "    ", "      ", "\t", "-\t", "     "),
    *(
        "```",
        "~~~",
        "````",
        "```py",
        "``` a`b",
        "<!--",
        "-->",
        "<!-- x -->",
        "<!-->",
        "---",
        "* * *",
        "___",
        "=",
    ),
    *(
        "## Patterns to Apply",
        "## patterns to apply: ##",
        "### Patterns to Apply",
        "# h",
        "##T",
        "#tag",
        "####### x",
    ),
    *(
        "[ ] a_b",
        "- [ ] b_c (d)",
        "-[ ]tight",
        "- [x] c_d [HIGH]",
        "- [] e",
        "* [ ] f",
        "- [X] g#h",
        "- name_only",
    ),
    *("text", "text <!--", "", "", "", "", "\r", "\x0b", "\u00a0", "[a]: b"),
]


def filled(block: str) -> str:
    """The head and as many copies of the block as 1 MiB takes."""
    count = (SIZE_CAP - len(HEAD)) // len(block.encode())
    return HEAD + "".join(block.replace("{n}", str(number % 10)) for number in range(count))


def nested(marks: str, lines: int) -> str:
    """Steps down into lists or quotes, then the same again."""
    return "".join(f"{marks * depth}- [ ] item_{depth}\n" for depth in range(lines)) + "\n"


TEXTS = {
    "realistic plan": lambda: filled(REALISTIC),
    "items of one word": lambda: filled("- [ ] item\n"),
    "short lines of all kinds": lambda: filled("a\n- b\n\n# c\n- [ ] d\n> e\n\n"),
    "lists in lists": lambda: filled(nested("  ", 40)),
    "quotes in quotes": lambda: filled(nested("> ", 40)),
    "quotes with lazy lines": lambda: filled("> > > > quoted text\nand lazy text\n"),
    "20 quotes, a lazy letter": lambda: filled(">" * 20 + "a\nb\n"),
    "one line of markers": lambda: HEAD + "- " * ((SIZE_CAP - len(HEAD)) // 2),
}


def cpu(work: Callable[[], object]) -> float:
    """Milliseconds of this process."""
    gc.collect()
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / 1e6


def measure(runs: int) -> None:
    """Print both readers' time on every text."""
    print(f"CPU ms on 1 MiB, medians of {runs} runs; markdown-it-py once\n")
    print("| text | lines | scanner | markdown-it-py |")
    print("|---|---|---|---|")
    for name, make in TEXTS.items():
        text = make()
        ours = statistics.median(cpu(lambda text=text: scan_section(text)) for _ in range(runs))
        theirs = cpu(lambda text=text: read_section(text))
        over = " (over)" if ours > 100 else ""
        print(f"| {name} | {text.count(chr(10)):,} | {ours:.0f}{over} | {theirs:.0f} |", flush=True)


# -- both readers on random plans ------------------------------------------------------------------


def random_plan(chance: random.Random) -> str:
    """Up to twenty lines put together from what matters to markdown, under our heading or not.

    Few kinds of pieces make plans in which they meet more often.
    """
    pieces = chance.choices(PIECES, k=chance.randint(3, 8)) if chance.random() < 0.7 else PIECES
    lines = [
        "".join(chance.choice(pieces) for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 4))))
        for _ in range(chance.randint(1, 20))
    ]
    if chance.random() < 0.7:
        lines.insert(chance.randrange(3) % len(lines), "## Patterns to Apply")
    if chance.random() < 0.1:
        lines = ["    " + line for line in lines]
    if chance.random() < 0.1:
        lines.insert(0, chance.choice(("- ", "> ", "-    > ", "12. ")) * chance.randint(8, 24) + "deep")
    return "\n".join(lines) + chance.choice(("", "\n", "\r\n"))


def plain(section: Section) -> object:
    """A section in values that can be compared."""
    items = [(item.name, item.line, item.checked) for item in section.items]
    return section.begin, section.end, items, [(note.line, note.text) for note in section.notes]


def differ(text: str) -> bool:
    """Whether the readers disagree, about the lines that show or about the section."""
    if list(visible_lines(text)) != shown_lines(text):
        return True
    return plain(scan_section(text)) != plain(read_section(text))


def shortest(lines: list[str]) -> list[str]:
    """A plan that differs still, without the lines that do not matter."""
    at = 0
    while at < len(lines):
        fewer = lines[:at] + lines[at + 1 :]
        lines, at = (fewer, 0) if differ("\n".join(fewer)) else (lines, at + 1)
    return lines


def compare(count: int, seed: int) -> int:
    """Print what differs; the exit code."""
    chance = random.Random(seed)
    plans = [random_plan(chance) for _ in range(count)]
    different = [plan for plan in plans if differ(plan)]
    for plan in different[:20]:
        print(repr("\n".join(shortest(plan.split("\n")))))
    sections = [scan_section(plan) for plan in plans]
    print(f"{count:,} plans, seed {seed}: {len(different)} differences")
    print(f"{total(section.items for section in sections):,} items, ", end="")
    print(f"{total(section.notes for section in sections):,} notes in them")
    return 1 if different else 0


def total(lists: Iterable[list[object]]) -> int:
    """How many entries they hold together."""
    return sum(len(one) for one in lists)


def main() -> None:
    """Time, or compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--differential", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.differential:
        sys.exit(compare(given.differential, given.seed))
    measure(given.runs)


if __name__ == "__main__":
    main()
