"""A library of one literal detector per pattern, for tests that are not about detectors."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from feedback_loop.domain.finding import ScanResult
from feedback_loop.workspace import Workspace
from tests.repo import Repo

PROSE = """# The word {word}

A sentence.

## Problems

- It is bad.

## Bad example

```python
{bad}
```

## Good example

```python
fine = 1
```

## Benefits

- None.
"""


def write_pattern(repo: Repo, name: str, word: str, *, bad: str | None = None, **fields: Any) -> None:
    """A pattern `name` whose detector `word` finds the word in Python files, at level block."""
    detector = {
        "id": "word",
        "kind": "literal",
        "text": word,
        "level": "block",
        "languages": ["python"],
        "message": f"the word {word}",
    }
    document = {
        "schema_version": 1,
        "name": name,
        "pattern_id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "version": 1,
        "severity": "high",
        "languages": ["python"],
        "guidance": "Say something else.",
        "detectors": [detector | fields],
    }
    repo.write(f"patterns/{name}.json", json.dumps(document, indent=2))
    repo.write(f"patterns/{name}.md", PROSE.format(word=word, bad=bad or f"x = {word}"))


def workspace(repo: Repo) -> Workspace:
    """The repository as the api sees it."""
    return Workspace.open(str(repo.root))


def commit(repo: Repo, **files: str) -> str:
    """Commit everything there is, with these files (`a__b` is `a/b.py`); the commit's id."""
    for name, text in files.items():
        repo.write(name.replace("__", "/") + ".py", text)
    repo.stage()
    repo.commit("x", "--allow-empty")
    return repo.git("rev-parse", "HEAD").strip()


def shown(result: ScanResult) -> list[str]:
    """The findings in one line each: place, rule, level, and what else there is to say."""
    return [
        " ".join(
            [
                f"{one.path.decode('utf-8', 'replace')}:{one.line}",
                one.rule_id,
                one.level,
                *(["nonlocal"] if one.nonlocal_ else []),
                *(["moved"] if one.moved else []),
            ]
        )
        for one in result.findings
    ]


def clone(repo: Repo, target: Path, *options: str) -> Repo:
    """A clone by the file protocol, so that depth and filters hold."""
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", *options, f"file://{repo.root}", str(target))
    made = Repo.__new__(Repo)
    made.root, made.environment = target, repo.environment
    return made
