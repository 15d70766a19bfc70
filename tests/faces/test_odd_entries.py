"""Sixteen odd index entries at once: exactly the expected findings and skips."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.repo import Repo

BAD = "print(1)\n"
HEADER = (
    'print("""\ndiff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n* Unmerged path x.py\n""")\n'
)
ODD_NAMES = ["with space.py", "quo'te\".py", "new\nline.py", "ünï.py", "-dash.py"]


def make(repo: Repo, other: Repo) -> None:
    other.write("x", "x")
    other.stage()
    other.commit()
    body = "".join(f"x{n} = {n}\n" for n in range(30))
    for name in ("was_link.py", "moved.py", "mode.py", "gone.py"):
        repo.write(name, f"print('{name}')\n{body}")
    (repo.root / "was_link.py").unlink()
    (repo.root / "was_link.py").symlink_to("mode.py")
    repo.stage()
    repo.commit()
    for name in ODD_NAMES:
        repo.write(name, BAD)
    repo.write("crlf.py", "x = 1\r\nprint(1)\r\n")
    repo.write("latin.py", b"# \xe9\nprint('\xe9')\n")
    repo.write("binary.py", b"print(1)\n\0\n")
    (repo.root / "link.py").symlink_to("mode.py")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.root), "sub.py")
    (repo.root / "was_link.py").unlink()
    repo.write("was_link.py", BAD)
    repo.git("mv", "moved.py", "elsewhere.py")
    (repo.root / "mode.py").chmod(0o755)
    repo.git("rm", "-q", "gone.py")
    repo.write("header.py", HEADER)
    repo.stage()
    repo.write("later.py", BAD)
    repo.git("add", "-N", "later.py")


def test_sixteen_odd_entries(repo: Repo, make_repo: Callable[[str], Repo]) -> None:
    make(repo, make_repo("other"))
    done = repo.call("scan", "--format", "json")
    document = json.loads(done.stdout)
    found = {(one["path"], one["line"], one["column"]) for one in document["findings"]}
    assert found == {
        *((name, 1, 1) for name in ODD_NAMES),
        ("crlf.py", 2, 1),
        ("latin.py", 2, 1),
        ("was_link.py", 1, 1),
        ("header.py", 1, 1),
    }
    assert len(document["findings"]) == len(found)
    assert {(one["path"], one["reason"]) for one in document["skipped"]} == {
        (".gitmodules", "no detector"),
        ("binary.py", "binary"),
        ("link.py", "symlink"),
        ("sub.py", "submodule"),
    }
    assert document["not_checked"] == []
    assert (document["summary"]["files"], document["exit_code"], done.returncode) == (9, 1, 1)


def test_the_hook_says_the_same(repo: Repo, make_repo: Callable[[str], Repo]) -> None:
    make(repo, make_repo("other"))
    done = repo.hook()
    assert done.returncode == 1
    assert done.stdout.count(" block structured_logging/print_call ") == 9
    assert "new\\x0aline.py:1:1: " in done.stdout
    assert done.stdout.endswith(
        "skipped 4 (binary 1, no detector 1, submodule 1, symlink 1); not checked 0\n"
    )
