"""The command line run inside the test process, and small patterns to run it on."""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from feedback_loop.faces.cli import main
from tests.repo import Repo

BARE = "def f(x):\n    try:\n        return x()\n    except:\n        return None\n"
NAMED = BARE.replace("except:", "except ValueError:")


@dataclass
class Answer:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Call it with arguments: the answer is that of `feedback-loop` started in the repository."""

    def __init__(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.repo = repo
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(repo.root)
        for name in ("CI", "NO_COLOR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in (repo.environment | {"COLUMNS": "100"}).items():
            monkeypatch.setenv(name, value)

    def __call__(self, *arguments: str) -> Answer:
        self._monkeypatch.setattr(sys, "argv", ["feedback-loop", *arguments])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = self._capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        assert code != 3, captured.err
        return Answer(code, captured.out, captured.err)


def write_pattern(
    repo: Repo,
    name: str,
    builtin: str | None = "bare_except",
    *,
    bad: str = BARE,
    good: str = NAMED,
    level: str = "block",
    below: str = "",
    prose: str | None = None,
    **fields: Any,
) -> None:
    """A complete pattern in the repository; `fields` go into its JSON."""
    detector = {"id": builtin, "kind": "builtin", "builtin": f"python.{builtin}", "level": level}
    value = {
        "schema_version": 1,
        "name": name,
        "pattern_id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "severity": "high",
        "guidance": "Name the exceptions you expect.",
        "languages": ["python"],
        "tags": ["errors"],
        "detectors": [detector | {"message": "every error is hidden here"}] if builtin else [],
    }
    text = f"""# Named exceptions

A bare handler hides `every` bug.

## Problems

- Silence where there should be a traceback.

## Bad example

```python
{bad}```

## Good example

```python
{good}```

## References

- [PEP 8](https://peps.python.org/pep-0008/)
"""
    repo.write(f"patterns/{below}{name}.md", text if prose is None else prose)
    repo.write(f"patterns/{below}{name}.json", json.dumps(value | fields, indent=2))
