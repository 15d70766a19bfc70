"""Histories planted object by object: no git process, so that a hundred of them cost a second.

A commit is told by its label: `told` names facts by it, and not by ids.
"""

from __future__ import annotations

import hashlib
import json
import uuid
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from feedback_loop.api.history.mine import MineRequest, mine
from feedback_loop.domain.history import Fact, History
from feedback_loop.domain.library import Library
from feedback_loop.engines.lives import follow
from feedback_loop.workspace import Workspace
from tests.repo import Repo

START = 1_700_000_000
HOUR = 3600
FILE, PROGRAM, LINK, MODULE = "100644", "100755", "120000", "160000"


class Odd(NamedTuple):
    """An entry that is no plain file; a submodule's content is the id of its commit."""

    mode: str
    content: bytes


Content = str | bytes | Odd | None  # None = removed
Tree = dict[bytes, Odd]


class Planted:
    """A repository that grows commit by commit; `tip` is the last one planted."""

    def __init__(self, repo: Repo, algorithm: str = "sha1") -> None:
        self.repo = repo
        self.tip = ""
        self.labels: dict[str, str] = {}
        self._algorithm = algorithm
        self._trees: dict[str, Tree] = {}

    def __call__(
        self,
        label: str,
        changes: Mapping[Any, Content] | None = None,
        *,
        on: str | Sequence[str] | None = None,
        message: str = "",
        headers: Sequence[str] = (),
        time: int | str | None = None,
        whole: Tree | None = None,
    ) -> str:
        """Commit the first parent's files with these changes (or `whole` as they are); its id.

        `on` names the parents: by default the tip, () for a root.
        """
        parents = [on] if isinstance(on, str) else [self.tip] * bool(self.tip) if on is None else list(on)
        tree = dict(whole if whole is not None else self._trees[parents[0]] if parents else {})
        for name, content in (changes or {}).items():
            path = name.encode() if isinstance(name, str) else name
            tree.pop(path, None)
            if content is not None:
                plain = content.encode() if isinstance(content, str) else content
                tree[path] = plain if isinstance(plain, Odd) else Odd(FILE, plain)
        seconds = START + HOUR * len(self.labels) if time is None else time
        person = f"A <a@example.org> {seconds} +0000"
        lines = [f"tree {self._folder(tree)}", *(f"parent {one}" for one in parents)]
        lines += [f"author {person}", f"committer {person}", *headers, "", message or label]
        self.tip = self._object("commit", "\n".join(lines).encode("utf-8", "surrogateescape"))
        self._trees[self.tip] = tree
        self.labels[self.tip] = label
        self.point()
        return self.tip

    def tree(self, commit: str) -> Tree:
        """All files of a commit."""
        return dict(self._trees[commit])

    def text(self, commit: str, path: str) -> bytes:
        """One file of a commit."""
        return self._trees[commit][path.encode()].content

    def point(self, commit: str = "", branch: str = "main") -> None:
        """Let a branch name a commit."""
        self.tip = commit or self.tip
        (self.repo.root / ".git/refs/heads" / branch).write_text(self.tip + "\n")

    def _folder(self, tree: Tree) -> str:
        entries: dict[bytes, tuple[str, str]] = {}
        below: dict[bytes, Tree] = {}
        for path, (mode, content) in tree.items():
            name, slash, rest = path.partition(b"/")
            if slash:
                below.setdefault(name, {})[rest] = Odd(mode, content)
            else:
                entries[name] = mode, content.decode() if mode == MODULE else self._object("blob", content)
        for name, inner in below.items():
            entries[name] = "40000", self._folder(inner)
        listed = sorted(entries.items(), key=lambda one: one[0] + b"/" * (one[1][0] == "40000"))
        rows = (mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for name, (mode, oid) in listed)
        return self._object("tree", b"".join(rows))

    def _object(self, kind: str, body: bytes) -> str:
        data = f"{kind} {len(body)}\0".encode() + body
        oid = hashlib.new(self._algorithm, data).hexdigest()
        path = self.repo.root / ".git/objects" / oid[:2] / oid[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(data, 1))
        return oid


# -- the library -----------------------------------------------------------------------------------


def literal(*texts: str, **more: Any) -> dict[str, Any]:
    """A detector of texts in Python files."""
    words = {"text": texts[0]} if len(texts) == 1 else {"text": list(texts)}
    return {"id": "word", "kind": "literal", "languages": ["python"]} | words | more


def write_pattern(folder: Path, name: str, *detectors: dict[str, Any], **fields: Any) -> None:
    """A pattern of these detectors."""
    document = {
        "schema_version": 1,
        "name": name,
        "pattern_id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "version": 1,
        "severity": "high",
        "languages": ["python"],
        "guidance": "Say something else.",
        "detectors": [{"level": "warn", "message": "no", **one} for one in detectors],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(document | fields))
    prose = f"# {name}\n\nA sentence.\n\n## Problems\n\n- Bad.\n\n## Bad example\n\n```python\nx\n```\n\n"
    (folder / f"{name}.md").write_text(
        prose + "## Good example\n\n```python\ny\n```\n\n## Benefits\n\n- None.\n"
    )


# -- what was mined --------------------------------------------------------------------------------


def mined(planted: Planted, library: Library | None = None, **request: Any) -> History:
    """Both ledgers, mined in this process; on complete history all additions and removals must agree."""
    workspace = Workspace.open(str(planted.repo.root))
    history = mine(workspace, MineRequest(**{"landed": True, "touched": True} | request), library)
    check_sums(history)
    return history


def check_sums(history: History) -> None:
    """Landed additions less removals are what the tip holds, and each removal has its addition (H23, H41)."""
    assert history.complete, history.incomplete
    net = Counter[str]()
    for fact in history.landed or ():
        net[fact.pattern] += fact.sign
    held = Counter(one.pattern for one in history.held)
    assert {name: net[name] for name in history.patterns} == {name: held[name] for name in history.patterns}
    assert not follow(history).orphans


def told(planted: Planted, history: History, facts: Iterable[Fact] | None = None) -> list[str]:
    """`label +kind path:line pattern`, the pattern left out where it is `bad`."""
    return [
        f"{planted.labels[history.commits.oids[one.commit]]} {'+' if one.sign > 0 else '-'}{one.kind} "
        f"{one.path}:{one.line}" + (f" {one.pattern}" if one.pattern != "bad" else "")
        for one in (history.written if facts is None else facts)
    ]


def values(history: History) -> dict[str, Any]:
    """All of it but notes, commits named by their ids: what any two ways to mine must agree about."""
    oids = history.commits.oids

    def named(rows: Iterable[Any] | None) -> list[Any] | None:
        return None if rows is None else [row._replace(commit=oids[row.commit]) for row in rows]

    columns = zip(oids, history.commits.times, history.commits.landing, history.commits.flags, strict=True)
    parents = {
        oid: [oids[one] for one in listed] for oid, listed in zip(oids, history.commits.parents, strict=True)
    }
    return {
        "commits": sorted(columns),
        "parents": parents,
        "chain": [oids[one] for one in history.commits.chain],
        "exposure": {name: sorted(zip(oids, lines, strict=True)) for name, lines in history.exposure.items()},
        **{
            name: named(getattr(history, name))
            for name in ("written", "landed", "renames", "library", "touched")
        },
        **{
            name: getattr(history, name)
            for name in (
                "tip",
                "branch",
                "patterns",
                "held",
                "skipped",
                "incomplete",
                "detectors",
                "blobs",
                "readable",
            )
        },
    }
