"""A library that was compiled while an engine was missing is not kept: the next run tries again."""

import subprocess
import sys

from tests.repo import ROOT, Repo

BLOCKED = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name in ("re2", "ast_grep_py"):
            raise ImportError("no wheel for this machine")
sys.meta_path.insert(0, Refuse())
from feedback_loop.faces.cli import main
sys.argv = ["feedback-loop", "scan"]
main()
"""


def without_engines(repo: Repo) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCKED]
    return subprocess.run(
        command,
        cwd=repo.root,
        env=repo.environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_after_the_engine_is_installed_its_detectors_run(repo: Repo) -> None:
    (repo.root / "patterns").mkdir()
    made = repo.call(
        *("pattern", "new", "no_debugger", "--guidance", "Take it out.", "--language", "javascript"),
        *("--regex", r"^\s*debugger;", "--level", "block"),
        *("--bad-code", "debugger;", "--good-code", "run();"),
    )
    assert made.returncode == 0, made.stderr
    repo.write("a.js", "debugger;\n")
    repo.stage("a.js")
    blocked = without_engines(repo)
    assert (blocked.returncode, "google-re2 cannot be loaded" in blocked.stdout) == (3, True)
    done = repo.call("scan")
    assert (done.returncode, "block no_debugger/" in done.stdout) == (1, True)
    assert "cannot be loaded" not in done.stdout
