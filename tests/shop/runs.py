"""The shop, exercised by Schemathesis in processes of its own: what they leave is what is ingested."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.repo import Repo

HERE = Path(__file__).resolve().parent
FIXED = "no_category"  # the defect that is gone in the second and third run
_QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly", "--tb=native")
_RUN = (
    "--phases",
    "examples,fuzzing",
    "--max-examples",
    "3",
    "--mode",
    "positive",
    "--checks",
    "not_a_server_error",
    "--generation-deterministic",
    "--no-color",
)


def shop_with_runs(temporary: pytest.TempPathFactory, home: Path) -> Repo:
    """The shop's repository; beside it what its runs left. Made once, whichever processes run the tests.

    `first` and `served` have every defect; in `second` and `third` one is fixed, and only the endpoints of
    products, or only the health of the service, are asked for.
    """
    base = temporary.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shop"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        repo = Repo(folder / "repo", home)
        if not (folder / "done").exists():
            move_in(repo)
            running = [
                start_checks(repo, {"first": ""}),
                start_checks(repo, {"second": "products", "third": "health"}, FIXED),
            ]
            serve_and_run(repo, "served")
            assert [one.wait(120) for one in running] == [0, 0]
            (folder / "done").touch()
    return repo


def move_in(repo: Repo) -> None:
    """The shop as a project of its own: its sources and `openapi.json`, committed."""
    for source in ("__init__.py", "models.py", "schemas.py", "main.py", "api_checks.py"):
        repo.write(f"shop/{source}", (HERE / source).read_bytes())
    told = "import json, sys, shop.main; json.dump(shop.main.app.openapi(), sys.stdout, indent=1)"
    made = subprocess.run(
        [sys.executable, "-c", told], cwd=repo.root, env=_environment(repo), capture_output=True, check=True
    )
    repo.write("openapi.json", made.stdout)
    repo.write("patterns/README.md", "# Our lessons\n")
    repo.write(".gitignore", "__pycache__/\n.schemathesis/\n")
    repo.stage()
    repo.commit("The shop opens")


def start_checks(repo: Repo, runs: Mapping[str, str], fixed: str = "") -> subprocess.Popen[bytes]:
    """pytest, once for each of the runs by name, over the operations that contain its word.

    Leaves `name.xml` and `name.jsonl` beside the repository. One process: most of its time goes into imports.
    """
    folder = repo.root.parent
    calls = [
        [
            *_QUIET,
            "shop/api_checks.py",
            f"--junitxml={folder}/{name}.xml",
            f"--report-log={folder}/{name}.jsonl",
        ]
        + (["-k", word] if word else [])
        for name, word in runs.items()
    ]
    code = f"import pytest\nfor call in {calls!r}:\n    assert pytest.main(call) in (0, 1)"
    return _start(repo, [sys.executable, "-c", code], folder / f"{min(runs)}.txt", fixed)


def serve_and_run(repo: Repo, name: str, fixed: str = "") -> None:
    """`st run` against a server: leaves `name.xml`, `name.ndjson`, `name.yaml` and the server's `name.log`."""
    folder = repo.root.parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [sys.executable, "-m", "uvicorn", "shop.main:app", "--port", str(port), "--no-use-colors"]
    server = _start(repo, serve, folder / f"{name}.log", fixed)
    try:
        url = f"http://127.0.0.1:{port}/openapi.json"
        _wait(url, server)
        paths = {"junit": "xml", "ndjson": "ndjson", "vcr": "yaml"}
        reports = [f"--report-{kind}-path={folder}/{name}.{ending}" for kind, ending in paths.items()]
        run = [sys.executable, "-m", "schemathesis.cli", "run", url, "--report", ",".join(paths)]
        _start(repo, [*run, *_RUN, *reports], folder / f"{name}.txt", fixed).wait(60)
    finally:
        server.terminate()
        server.wait(20)


def _environment(repo: Repo, fixed: str = "") -> Mapping[str, str]:
    own = {
        name: value for name, value in repo.environment.items() if not name.startswith(("COVERAGE", "PYTHON"))
    }
    return own | {"SHOP_FIXED": fixed, "PYTHONHASHSEED": "0"}


def _start(repo: Repo, command: list[str], told: Path, fixed: str) -> subprocess.Popen[bytes]:
    with told.open("wb") as output:
        return subprocess.Popen(
            command, cwd=repo.root, env=_environment(repo, fixed), stdout=output, stderr=output
        )


def _wait(url: str, server: subprocess.Popen[bytes], seconds: int = 30) -> None:
    """Returns once the server answers with its document."""
    for _ in range(seconds * 10):
        assert server.poll() is None, "the server ended before it answered"
        try:
            with urllib.request.urlopen(url) as answer:
                json.load(answer)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"no answer within {seconds} s")
