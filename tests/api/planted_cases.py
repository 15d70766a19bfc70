"""Histories with known answers (H111, H112): what to plant, and the facts that must be told, by hand.

The patterns: `bad` = the word BAD, `scoped` = the word SRC in files below src/, `two` = ONE or TWO by a
literal of both and a regex of the second, all of them in Python files.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from feedback_loop.domain.library import Library
from feedback_loop.stores.library import load_library
from tests.planted import LINK, MODULE, PROGRAM, Odd, Planted, literal, write_pattern

FILLER = "".join(f"line_{number} = {number}\n" for number in range(12))
BLOCK = "def a_function_of_some_size(argument):\n    value = BAD\n    return value + argument\n"


def make_library(root: Path) -> Library:
    """The patterns `bad`, `scoped` and `two`."""
    folder = root / "patterns"
    write_pattern(folder, "bad", literal("BAD"))
    write_pattern(folder, "scoped", literal("SRC", paths={"include": ["src/**"]}))
    second = {"id": "regex", "kind": "regex", "regex": "TW[O]", "languages": ["python"]}
    write_pattern(folder, "two", {"id": "both", "kind": "literal", "texts": ["ONE", "TWO"]}, second)
    found = load_library(str(root), "patterns")
    assert not found.problems
    return found


class Case(NamedTuple):
    """`written` and `landed` are what `told` must give; `plain`: git's own patches show all of it,
    and nothing else."""

    build: Callable[[Planted], object]
    written: list[str]
    landed: list[str]
    plain: bool = True


CASES: dict[str, Case] = {}


def case(
    written: str | list[str], landed: str | None = None, plain: bool = True
) -> Callable[[Callable[[Planted], object]], Callable[[Planted], object]]:
    """A planted history and its facts, one a line; without `landed` both ledgers are the same."""

    def register(build: Callable[[Planted], object]) -> Callable[[Planted], object]:
        both = _lines(written), _lines(written if landed is None else landed)
        CASES[build.__name__] = Case(build, *both, plain)
        return build

    return register


def _lines(text: str | list[str]) -> list[str]:
    if isinstance(text, list):
        return text
    return [line.strip() for line in text.splitlines() if line.strip()]


# -- no fact at all --------------------------------------------------------------------------------


@case("")
def nothing_bad(plant: Planted) -> None:
    plant("root", {"a.py": "fine = 1\n"})
    plant("empty")
    plant("other", {"a.py": "fine = 2\n", "b.txt": "BAD\n", "A.PY": "BAD\n", "py": "BAD\n"})


@case("add +introduced a.py:13")
def rename(plant: Planted) -> None:
    plant("add", {"a.py": FILLER + "x = BAD\n"})
    plant("rename", {"a.py": None, "deep/b.py": FILLER + "x = BAD\n"})


@case("add +introduced a.py:1", plain=False)
def mode_change_and_link_and_module(plant: Planted) -> None:
    plant("add", {"a.py": "x = BAD\n", "link.py": Odd(LINK, b"BAD"), "sub.py": Odd(MODULE, b"ab" * 20)})
    plant("mode", {"a.py": Odd(PROGRAM, b"x = BAD\n")})
    plant("links", {"link.py": Odd(LINK, b"BAD/BAD"), "sub.py": Odd(MODULE, b"cd" * 20)})
    plant("gone", {"link.py": None, "sub.py": None})


# -- one line of commits ---------------------------------------------------------------------------


@case("root +introduced a.py:1\nroot +introduced a.py:3")
def root_commit(plant: Planted) -> None:
    plant("root", {"a.py": "x = BAD\nfine\ny = BAD\n"})


@case("add +introduced a.py:1\nfix -fixed a.py:1\nagain +introduced a.py:1\nremove -file_deleted a.py:1")
def fixed_introduced_again_and_deleted(plant: Planted) -> None:
    plant("add", {"a.py": "x = BAD\n" + FILLER})
    plant("fix", {"a.py": FILLER})
    plant("again", {"a.py": "x = BAD\n" + FILLER})
    plant("remove", {"a.py": None})


@case("""add +introduced a.py:1
    rename -fixed b.py:1
    rename +introduced b.py:13""")
def rename_with_edit(plant: Planted) -> None:
    plant("add", {"a.py": "x = BAD\n" + FILLER})
    plant("rename", {"a.py": None, "b.py": FILLER + "y = BAD\n"})


@case("add +introduced a.py:13\nfix -fixed d/c.py:14")
def chained_renames_with_edits_above(plant: Planted) -> None:
    plant("add", {"a.py": FILLER + "x = BAD\n"})
    plant("b", {"a.py": None, "b.py": "new = 1\n" + FILLER + "x = BAD\n"})
    plant("c", {"b.py": None, "d/c.py": "new = 1\n" + FILLER + "x = BAD\n"})
    plant("fix", {"d/c.py": "new = 1\n" + FILLER})


@case("""add +introduced a.py:1
    add +introduced b.py:1
    swap -fixed a.py:1
    swap +introduced a.py:1
    swap -fixed b.py:1
    swap +introduced b.py:1""")
def names_swapped(plant: Planted) -> None:
    """Git sees two edits and no rename."""
    plant("add", {"a.py": "x = BAD\n" + FILLER, "b.py": "y = BAD\n" + FILLER})
    plant("swap", {"a.py": "y = BAD\n" + FILLER, "b.py": "x = BAD\n" + FILLER})


@case("""add +introduced src/a.py:13 scoped
    out -left_scope lib/a.py:13 scoped
    into +entered_scope src/b.py:13 scoped""")
def rename_across_a_scope(plant: Planted) -> None:
    plant("add", {"src/a.py": FILLER + "x = SRC\n"})
    plant("out", {"src/a.py": None, "lib/a.py": FILLER + "x = SRC\n"})
    plant("into", {"lib/a.py": None, "src/b.py": FILLER + "x = SRC\n"})


@case("""add +introduced lib/a.py:14
    into +entered_scope src/b.py:13 scoped
    out -left_scope lib/c.py:13 scoped""")
def rename_and_edit_across_a_scope(plant: Planted) -> None:
    plant("add", {"lib/a.py": FILLER + "x = SRC\ny = BAD\n"})
    plant("into", {"lib/a.py": None, "src/b.py": FILLER + "x = SRC\ny = BAD\nmore = 1\n"})
    plant("out", {"src/b.py": None, "lib/c.py": FILLER[11:] + "x = SRC\ny = BAD\nmore = 1\n"})


@case("into +introduced a.py:13\nout -file_deleted a.py:13")
def rename_into_all_scopes_and_out_of_them(plant: Planted) -> None:
    plant("text", {"a.txt": FILLER + "x = BAD\n"})
    plant("into", {"a.txt": None, "a.py": FILLER + "x = BAD\n"})
    plant("out", {"a.py": None, "b.txt": FILLER + "x = BAD\n"})


@case("add +introduced a.py:2\nmove -moved a.py:2\nmove +moved a.py:14")
def moved_in_its_file(plant: Planted) -> None:
    plant("add", {"a.py": BLOCK + FILLER})
    plant("move", {"a.py": FILLER + BLOCK})


@case("add +introduced a.py:2\nmove -moved a.py:2\nmove +moved b.py:14")
def moved_across_files(plant: Planted) -> None:
    plant("add", {"a.py": BLOCK + FILLER, "b.py": FILLER})
    plant("move", {"a.py": FILLER, "b.py": FILLER + BLOCK})


@case("add +introduced a.py:1\nswap -fixed a.py:1\nswap +introduced b.py:13")
def swap_is_no_move(plant: Planted) -> None:
    plant("add", {"a.py": "if BAD:\n" + FILLER, "b.py": FILLER})
    plant("swap", {"a.py": "if not_bad:\n" + FILLER, "b.py": FILLER + "if BAD:\n"})


@case("add +introduced a.py:1\nindent -edited a.py:1\nindent +edited a.py:2")
def indented(plant: Planted) -> None:
    plant("add", {"a.py": "x = BAD\n" + FILLER})
    plant("indent", {"a.py": "if y:\n    x  =  BAD\n" + FILLER})


@case("add +introduced a.py:1\nchange -fixed a.py:1\nchange +introduced a.py:1")
def fixed_and_introduced_by_one_commit(plant: Planted) -> None:
    plant("add", {"a.py": "x = BAD\n" + FILLER})
    plant("change", {"a.py": "y = BAD + 1\n" + FILLER})


@case("""bad +introduced a.py:1
    revert -reverted a.py:1
    again +restored a.py:1
    fix -fixed a.py:1
    unfix +restored a.py:1""")
def revert_of_a_revert_and_of_a_fix(plant: Planted) -> None:
    plant("start", {"a.py": FILLER})
    bad = plant("bad", {"a.py": "x = BAD\n" + FILLER})
    revert = plant("revert", {"a.py": FILLER}, message=f'Revert "bad"\n\nThis reverts commit {bad}.\n')
    again = f"Reapply\n\nThis reverts commit {revert}.\n"
    plant("again", {"a.py": "x = BAD\n" + FILLER}, message=again)
    fix = plant("fix", {"a.py": FILLER})
    plant("unfix", {"a.py": "x = BAD\n" + FILLER}, message=f"Oops\n\nThis reverts commit {fix}.\n")


@case(
    "add +introduced a.py:1 two\nmore +introduced a.py:2 two\nless -fixed a.py:1 two\nless +introduced a.py:1 two"
)
def two_detectors_and_two_literals_on_a_line(plant: Planted) -> None:
    plant("add", {"a.py": "ONE, TWO, ONE\n"})
    plant("more", {"a.py": "ONE, TWO, ONE\nTWO, TWO\n"})
    plant("less", {"a.py": "TWO\nTWO, TWO\n"})


@case("""add +waived a.py:1
    add +introduced a.py:2
    later -edited a.py:2
    later +edited a.py:2
    mend -fixed a.py:1""")
def waived_with_its_line_and_later(plant: Planted) -> None:
    why = "  # feedback-loop: ignore[bad] it must be so"
    plant("add", {"a.py": f"x = BAD{why}\ny = BAD\n" + FILLER})
    plant("later", {"a.py": f"x = BAD{why}\ny = BAD{why}\n" + FILLER})
    plant("mend", {"a.py": f"y = BAD{why}\n" + FILLER})


@case("add +introduced a.py:1\nformat -ignored a.py:1\nformat +ignored a.py:1\nfix -fixed a.py:1")
def ignored_revision(plant: Planted) -> None:
    plant("add", {"a.py": "x = BAD\n" + FILLER})
    listed = plant("format", {"a.py": "x_x = BAD\n" + FILLER})
    plant("list", {".git-blame-ignore-revs": f"# formatted\n{listed}  # all of it\nnonsense\n"})
    plant("fix", {"a.py": FILLER})


@case("bulk +bulk a.py:10001\nbulk +introduced b.py:1\nfix -fixed a.py:10001")
def bulk(plant: Planted) -> None:
    plant("bulk", {"a.py": "x = 1\n" * 10_000 + "y = BAD\n", "b.py": "z = BAD\n"})
    plant("fix", {"a.py": "x = 1\n" * 10_000})


# -- branches and merges ---------------------------------------------------------------------------


@case("main +introduced m.py:1\nside +introduced s.py:1", "main +introduced m.py:1\nmerge +introduced s.py:1")
def plain_merge(plant: Planted) -> None:
    """What lands first is told first."""
    root = plant("root", {"a.py": FILLER})
    side = plant("side", {"s.py": "x = BAD\n"})
    main = plant("main", {"m.py": "y = BAD\n"}, on=root)
    plant("merge", {"s.py": "x = BAD\n"}, on=[main, side])


@case("pick +introduced a.py:13\nside +duplicate a.py:13", "pick +introduced a.py:13")
def cherry_pick_merged_back(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER})
    side = plant("side", {"a.py": FILLER + "x = BAD\n"})
    main = plant("main", {"b.py": FILLER}, on=root)
    pick = plant("pick", {"a.py": FILLER + "x = BAD\n"}, on=main)
    plant("merge", on=[pick, side])


@case("pick +duplicate a.py:14\nside +introduced a.py:13", "pick +duplicate a.py:14")
def cherry_pick_that_says_so_and_was_edited(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER})
    side = plant("side", {"a.py": FILLER + "x = BAD\n"})
    picked = f"side\n\n(cherry picked from commit {side})\n"
    pick = plant("pick", {"a.py": FILLER + "\nx = BAD\n"}, on=root, message=picked)
    plant("merge", on=[pick, side])


@case("side +introduced a.py:13", "merge +introduced b.py:13")
def merge_with_a_rename_on_one_side(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER})
    side = plant("side", {"a.py": FILLER + "x = BAD\n"})
    main = plant("main", {"a.py": None, "b.py": FILLER}, on=root)
    plant("merge", {"b.py": FILLER + "x = BAD\n"}, on=[main, side])


@case(
    "side +introduced s.py:1\nmerge +introduced a.py:1", "merge +introduced a.py:1\nmerge +introduced s.py:1"
)
def typed_in_a_merge(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER})
    side = plant("side", {"s.py": "x = BAD\n", "a.py": FILLER + "side = 1\n"})
    main = plant("main", {"a.py": "main = 1\n" + FILLER}, on=root)
    plant("merge", {"s.py": "x = BAD\n", "a.py": "y = BAD\n" + FILLER + "side = 1\n"}, on=[main, side])


@case("root +introduced a.py:13\nside +introduced s.py:1", "root +introduced a.py:13\nmerge -fixed a.py:13")
def dropped_in_a_merge(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER + "x = BAD\n"})
    side = plant("side", {"s.py": "x = BAD\n"})
    main = plant("main", {"m.py": FILLER}, on=root)
    plant("merge", {"a.py": FILLER}, on=[main, side])


@case(
    "main +introduced a.py:1\nside +introduced a.py:13",
    "main +introduced a.py:1\nmerge +introduced a.py:14",
)
def both_sides_in_one_file(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER})
    side = plant("side", {"a.py": FILLER + "x = BAD\n"})
    main = plant("main", {"a.py": "y = BAD\n" + FILLER}, on=root)
    plant("merge", {"a.py": "y = BAD\n" + FILLER + "x = BAD\n"}, on=[main, side])


@case(
    """one +introduced 1.py:1
    two +introduced 2.py:1
    octopus +introduced o.py:1""",
    """octopus +introduced 1.py:1
    octopus +introduced 2.py:1
    octopus +introduced o.py:1""",
)
def octopus(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER})
    one = plant("one", {"1.py": "x = BAD\n"})
    two = plant("two", {"2.py": "x = BAD + 2\n"}, on=root)
    main = plant("main", {"m.py": FILLER}, on=root)
    files = {"1.py": "x = BAD\n", "2.py": "x = BAD + 2\n", "o.py": "typed = BAD\n"}
    plant("octopus", files, on=[main, one, two])


@case(
    "side +introduced s.py:1\nmain +introduced m.py:1",
    "side +introduced s.py:1\nfoxtrot +introduced m.py:1",
)
def foxtrot(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER})
    main = plant("main", {"m.py": "x = BAD\n"})
    side = plant("side", {"s.py": "x = BAD\n"}, on=root)
    plant("foxtrot", {"m.py": "x = BAD\n"}, on=[side, main])


@case("squash +introduced a.py:13\nsquash +introduced a.py:14")
def squash(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER})
    plant("one", {"a.py": FILLER + "x = BAD\n"})
    side = plant("two", {"a.py": FILLER + "x = BAD\ny = BAD\n"})
    plant("squash", {"a.py": plant.text(side, "a.py")}, on=root)


@case(
    "first +introduced a.py:1\nother +introduced b.py:1", "first +introduced a.py:1\nmerge +introduced b.py:1"
)
def unrelated_histories(plant: Planted) -> None:
    first = plant("first", {"a.py": "x = BAD\n"})
    other = plant("other", {"b.py": "y = BAD\n"}, on=())
    plant("merge", {"b.py": "y = BAD\n"}, on=[first, other])


@case("root +introduced a.py:13\nside -fixed a.py:13", "root +introduced a.py:13\nmerge -fixed b.py:13")
def fixed_on_a_side_and_renamed_on_the_other(plant: Planted) -> None:
    root = plant("root", {"a.py": FILLER + "x = BAD\n"})
    side = plant("side", {"a.py": FILLER})
    main = plant("main", {"a.py": None, "b.py": FILLER + "x = BAD\n"}, on=root)
    plant("merge", {"b.py": FILLER}, on=[main, side])


@case(
    "add +introduced a.py:1\nfix -fixed a.py:1",
    "add +introduced a.py:1\nfix -fixed a.py:1\nmerge +introduced a.py:1",
)
def merge_that_brings_a_fixed_line_back(plant: Planted) -> None:
    """Nobody wrote it anew: the merge takes the old side."""
    root = plant("add", {"a.py": "x = BAD\n" + FILLER})
    fix = plant("fix", {"a.py": FILLER})
    side = plant("side", {"b.py": FILLER}, on=root)
    plant("merge", {"a.py": "x = BAD\n" + FILLER, "b.py": FILLER}, on=[fix, side])


# -- tricky content --------------------------------------------------------------------------------

_HEADERS = (
    "-- BAD\n++ BAD\n@@ -1 +1 @@ BAD\ndiff --git a/BAD b/BAD\n"
    f"{'0f' * 20} BAD\n--- a/BAD\n+++ b/BAD\nBinary files a/BAD and b/BAD differ\n"
    "\\ No newline at end of file BAD\n:100644 100644 BAD M\tBAD\n"
)


@case(
    "\n".join(f"{word} a.py:{at}" for word in ("add +introduced",) for at in range(1, 11))
    + "\n"
    + "\n".join(f"fix -fixed a.py:{at}" for at in range(1, 11))
)
def content_that_looks_like_headers(plant: Planted) -> None:
    plant("add", {"a.py": _HEADERS + FILLER})
    plant("fix", {"a.py": FILLER})
    plant("last without a diff")


@case("""add +introduced crlf.py:1
    add +introduced crlf.py:2
    add +introduced lone.py:1
    add +introduced open.py:1
    crs -fixed lone.py:1
    crs +introduced lone.py:1
    ends -edited crlf.py:1
    ends +edited crlf.py:1
    ends -edited crlf.py:2
    ends +edited crlf.py:2
    ends -edited open.py:1
    ends +edited open.py:1""")
def line_ends(plant: Planted) -> None:
    files = {"crlf.py": "x = BAD\r\ny = BAD\r\n", "lone.py": "x = 1\ry = BAD\rz = 2", "open.py": "x = BAD"}
    plant("add", {**files, "empty.py": ""})
    plant("crs", {"lone.py": "x = 1\ry = BAD\rz = BAD\r"})
    plant("ends", {"crlf.py": "x = BAD\ny = BAD\n", "open.py": "x = BAD\n"})


@case("""add +introduced a.py:1
    add +introduced a.py:2 two
    mark -edited a.py:1
    mark +edited a.py:1
    late +introduced a.py:3""")
def byte_order_mark_and_late_nul(plant: Planted) -> None:
    plant("add", {"a.py": "x = BAD\nTWO\n"})
    plant("mark", {"a.py": "\ufeffx = BAD\nTWO\n"})
    plant("late", {"a.py": "\ufeffx = BAD\nTWO\ny = BAD " + "y" * 8000 + "\0\n"})


@case(
    """add +introduced a.py:1
    binary -left_scope a.py:1
    text +entered_scope a.py:1""",
    plain=False,
)
def text_becomes_binary_and_text_again(plant: Planted) -> None:
    plant("add", {"a.py": "x = BAD\n"})
    plant("binary", {"a.py": b"x = BAD\n\0\n"})
    plant("more", {"a.py": b"x = BAD\nBAD\n\0\n", "b.py": b"BAD\0"})
    plant("less", {"b.py": None})
    plant("text", {"a.py": "x = BAD\n"})


@case(
    "add +introduced a.py:1\nlink -file_deleted a.py:1\nback +introduced a.py:1\nbig +introduced b.py:2",
    plain=False,
)
def type_change_and_old_mode_and_long_lines(plant: Planted) -> None:
    plant("add", {"a.py": "x = BAD\n"})
    plant("link", {"a.py": Odd(LINK, b"x = BAD\n")})
    plant("back", {"a.py": Odd("100664", b"x = BAD\n")})
    edge = "BAD " + "y" * 9_996
    plant("big", {"b.py": f"BAD {'x' * 10_000_000}\nx = BAD\n{edge}\r\n"})


ODD_PATHS: list[str | bytes] = [
    "-dash.py",
    "a\nb.py",
    "tab\t.py",
    'quote".py',
    "new\ndiff --git a/x b/x\n@@ -1 +1 @@\n.py",
    b"latin-\xe9.py",
    "back\\slash.py",
    " blank .py",
    "0" * 40 + ".py",
    ":(top)x.py",
    ".py",
    "deep/er/x.pyi",
]
_TOLD = [os.fsdecode(path) for path in sorted(map(os.fsencode, ODD_PATHS))]


@case([f"add +introduced {path}:1" for path in _TOLD])
def odd_paths(plant: Planted) -> None:
    plant("add", dict.fromkeys(ODD_PATHS, "x = BAD\n"))


@case("odd +introduced a.py:1\ngone -fixed a.py:1")
def control_bytes_in_messages_and_signatures(plant: Planted) -> None:
    message = "a\x1b[31m\x01\n\n:100644 \r\n" + "0f" * 20 + "\n"
    signature = ("gpgsig -----BEGIN PGP SIGNATURE-----", " ", " x", " -----END PGP SIGNATURE-----")
    plant("odd", {"a.py": "x = BAD\n" + FILLER}, message=message, headers=signature)
    plant("gone", {"a.py": FILLER}, message="\udcff\udcfe latin", headers=["encoding ISO-8859-1"])
