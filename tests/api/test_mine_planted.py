"""Planted histories: every fact of both ledgers as a person tells it, and sums that agree with the tip."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedback_loop.api.history.mine import MineRequest, mine
from feedback_loop.domain.library import Library
from feedback_loop.stores.library import load_library
from feedback_loop.workspace import Workspace
from tests.api.planted_cases import CASES, FILLER, make_library
from tests.planted import LINK, Odd, Planted, literal, mined, told, values, write_pattern
from tests.repo import Repo

Make = Callable[[str], Repo]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Made once."""
    return make_library(tmp_path_factory.mktemp("library"))


@pytest.mark.parametrize("name", CASES)
def test_planted(name: str, repo: Repo, library: Library) -> None:
    planted = Planted(repo)
    CASES[name].build(planted)
    history = mined(planted, library)
    assert told(planted, history) == CASES[name].written
    assert told(planted, history, history.landed) == CASES[name].landed


def _base(plant: Planted) -> None:
    """A history in which renames, hunks' places, parents and attributes matter."""
    root = plant("root", {"a.py": FILLER + "x = BAD\n"})
    functions = [f"# BAD\ndef {name}():\n    return {name!r}\n\n\n" for name in "abc"]
    side = plant("side", {"b.py": functions[0] + functions[2]})
    main = plant("main", {"a.py": None, "c.py": FILLER + "x = BAD\nz = BAD\n"}, on=root)
    plant("merge", {"b.py": plant.text(side, "b.py")}, on=[main, side])
    plant("more", {"b.py": "".join(functions)})


def test_neither_configuration_nor_attributes_nor_stand_ins_matter(repo: Repo, library: Library) -> None:
    """And no program that they name is run (H5)."""
    planted = Planted(repo)
    _base(planted)
    plain = mined(planted, library, cache=False)
    oids = list(planted.labels)
    ran = repo.root / "ran"
    program = repo.write("program.sh", f"#!/bin/sh\ntouch {ran}\ncat\n")
    program.chmod(0o755)
    config = {
        "diff.external": str(program),
        "diff.x.textconv": str(program),
        "diff.x.command": str(program),
        "filter.x.smudge": str(program),
        "filter.x.clean": str(program),
        "core.fsmonitor": str(program),
        "core.pager": str(program),
        "core.bigFileThreshold": "1",
        "core.worktree": str(repo.root),
        "diff.indentHeuristic": "false",
        "diff.renames": "false",
        "diff.renameLimit": "1",
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.context": "9",
        "diff.interHunkContext": "9",
        "diff.algorithm": "patience",
        "diff.submodule": "log",
        "diff.orderFile": str(program),
        "log.showSignature": "true",
        "gpg.program": str(program),
        "i18n.logOutputEncoding": "UTF-16",
        "color.ui": "always",
    }
    for name, value in config.items():
        repo.git("config", name, value)
    repo.write(".gitattributes", "*.py -diff\n*.py filter=x\n")
    repo.git("add", ".gitattributes")
    repo.write(".gitattributes", "*.py diff=x\n")
    newest, oldest = (
        repo.git("rev-parse", f"{oid}:{path}").strip()
        for oid, path in ((oids[-1], "b.py"), (oids[0], "a.py"))
    )
    repo.git("replace", newest, oldest)
    repo.git("replace", oids[-1], oids[0])
    repo.write(".git/info/grafts", f"{oids[-1]}\n")
    ran.unlink(missing_ok=True)  # git itself ran it
    assert mined(planted, library, cache=False) == plain
    assert not ran.exists()


def test_a_submodule_is_mined_like_any_repository(repo: Repo, library: Library, make_repo: Make) -> None:
    """Its git folder names its work tree: attributes there still say nothing."""
    planted = Planted(make_repo("inner"))
    _base(planted)
    plain = mined(planted, library)
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(planted.repo.root), "sub.py")
    repo.write("sub.py/.gitattributes", "*.py -diff\n")
    repo.commit("with a submodule")
    inner = Planted(repo)
    inner.repo = Repo.__new__(Repo)
    inner.repo.root, inner.repo.environment = repo.root / "sub.py", repo.environment
    assert values(mined(inner, library)) == values(plain)
    inner.repo.root = repo.root
    assert not mined(inner, library).written


EXCEPT = "try:\n    x = 1\nexcept{}:\n    pass\n"


@pytest.fixture(scope="session")
def structural(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """`bare` = a bare `except`, by Python's own parser."""
    folder = tmp_path_factory.mktemp("structural") / "patterns"
    check = {"id": "bare", "kind": "builtin", "builtin": "python.bare_except", "languages": ["python"]}
    write_pattern(folder, "bare", check)
    found = load_library(str(folder.parent), "patterns")
    assert not found.problems
    return found


def test_structural_facts(repo: Repo, structural: Library) -> None:
    planted = Planted(repo)
    planted("add", {"a.py": EXCEPT.format("") + FILLER, "link.py": Odd(LINK, b"a.py")})
    planted(
        "indent", {"a.py": "if y:\n    " + EXCEPT.format("").replace("\n", "\n    ").rstrip(" ") + FILLER}
    )
    planted("prose", {"b.py": '"""\nexcept:\n"""\n'})
    planted("rename", {"a.py": None, "c.py": EXCEPT.format("") + FILLER})
    planted(
        "waive",
        {
            "c.py": EXCEPT.format("").replace(":\n    p", ":  # feedback-loop: ignore[bare] so\n    p")
            + FILLER
        },
    )
    planted("fix", {"c.py": EXCEPT.format(" E") + FILLER})
    planted("link", {"b.py": Odd(LINK, EXCEPT.format("").encode()), "link.py": "y = 1  # except:\n"})
    planted("file", {"b.py": EXCEPT.format("")})
    assert told(planted, mined(planted, structural)) == [
        "add +introduced a.py:3 bare",
        "indent -edited a.py:3 bare",
        "indent +edited a.py:4 bare",
        "rename +edited c.py:3 bare",
        "rename -edited c.py:4 bare",
        "waive -edited c.py:3 bare",
        "waive +edited c.py:3 bare",
        "fix -fixed c.py:3 bare",
        "file +introduced b.py:3 bare",
    ]


def test_what_comes_with_other_lines_surfaces(repo: Repo, structural: Library) -> None:
    """Its own lines stay as they are: it is open, and nobody introduced it (H17). Only `exact` sees it."""
    planted = Planted(repo)
    code = EXCEPT.format("") + "done = 1\n"
    planted("text", {"a.py": '"""\n' + code + '"""\n'})
    planted("code", {"a.py": code})
    planted("broken", {"a.py": "(\n" + code})
    planted("code again", {"a.py": code})
    history = mined(planted, structural, exact=True)
    assert told(planted, history) == [
        "code +surfaced a.py:3 bare",
        "broken -dissolved a.py:3 bare",
        "code again +surfaced a.py:3 bare",
    ]
    assert (history.blobs, history.readable) == (7, 5)  # both sides of each change
    quick = mine(Workspace.open(str(repo.root)), MineRequest(landed=True), structural)
    assert not quick.written
    assert quick.held == history.held


def test_a_line_below_a_suppression_is_born_waived(repo: Repo, library: Library) -> None:
    planted = Planted(repo)
    planted("add", {"a.py": "# feedback-loop: ignore[bad] it must be so\nx = BAD\n"})
    history = mined(planted, library)
    assert told(planted, history) == ["add +waived a.py:2"]
    assert [one.waived for one in history.held] == [True]


def test_exposure_is_what_numstat_counts(repo: Repo, library: Library) -> None:
    """Of commits that are merges, ignored or duplicates it is none; of bulk files neither (H27)."""
    planted = Planted(repo)
    _base(planted)
    planted("bulk", {"bulk.py": "x = 1\n" * 10_001, "b.py": None, "src/s.py": "x\ny"})
    history = mined(planted, library)
    shown = repo.git("log", "--reverse", "--format=%H", "--numstat", "-M", "--no-merges", "--", "*.py")
    counted: dict[str, int] = {}
    for line in shown.splitlines():
        added, _, path = line.partition("\t")
        if not path and line:
            oid = line
        elif path and "bulk.py" not in path:
            counted[oid] = counted.get(oid, 0) + int(added)
    told_lines = {
        oid: lines for oid, lines in zip(history.commits.oids, history.exposure["bad"], strict=True) if lines
    }
    assert told_lines == {oid: lines for oid, lines in counted.items() if lines}
    assert sum(history.exposure["scoped"]) == 2
    assert history.skipped.bulk_files == 1
    assert sum(one.added for one in history.touched or ()) == sum(told_lines.values())


def test_of_several_detectors_on_a_line_the_first_by_its_id_stands_for_it(repo: Repo) -> None:
    """Whatever their order in the file: the ledgers and the tip name the same one."""
    late, early = literal("BAD") | {"id": "zz"}, literal("BAD") | {"id": "aa"}
    write_pattern(repo.root / "patterns", "both", late, early)
    planted = Planted(repo)
    planted("add", {"a.py": "x = BAD\n"})
    history = mined(planted)
    assert [one.detector for one in history.written] == [one.detector for one in history.held] == ["aa"]


def test_many_equal_lines_moved_are_paired_in_order_and_in_time(repo: Repo, library: Library) -> None:
    """2,000 short lines between two files: each pair compared with each would take hours."""
    planted = Planted(repo)
    lines = "BAD\n" * 2000
    planted("add", {"a.py": lines, "b.py": "fine = 1\n"})
    planted("move", {"a.py": "fine = 1\n", "b.py": "fine = 2\n" + lines})
    kinds = {fact.kind for fact in mined(planted, library).written if fact.commit == 1}
    assert kinds == {"moved"}
