"""One failing test in pytest's default style, told by its JUnit report, its log and its console."""

from __future__ import annotations

import subprocess
import sys

from feedback_loop.api.smoke.ingest import classify_reports
from feedback_loop.domain.trace import Frame, deepest_own
from feedback_loop.formats.report_kinds import read_report
from feedback_loop.formats.traceback import parse_traces
from tests.api.smoke_runs import workspace
from tests.repo import Repo

LIBRARY = """from fastapi import FastAPI

app = FastAPI()


def shelf_of(book):
    return book["shelf"]


@app.post("/books")
async def add(book: dict):
    return shelf_of(book)
"""
TEST = """from fastapi.testclient import TestClient

from library.main import app


def test_add():
    TestClient(app).post("/books", json={})
"""
_QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly", "-p", "no:schemathesis")


def test_the_last_call_below_a_test_client_is_the_same_in_every_report(repo: Repo) -> None:
    """The first and the last call are in long style there, all between them in short style."""
    repo.write("library/__init__.py", "")
    repo.write("library/main.py", LIBRARY)
    repo.write("test_books.py", TEST)
    repo.write("patterns/README.md", "Ours.\n")
    repo.stage()
    repo.commit()
    outputs = ("--junitxml=.git/r.xml", "--report-log=.git/r.jsonl")
    environment = repo.environment | {"PYTHONWARNINGS": ""}  # those of the libraries are not ours
    command = [sys.executable, "-m", "pytest", *_QUIET, *outputs, "test_books.py"]
    ran = subprocess.run(command, cwd=repo.root, env=environment, capture_output=True)
    assert ran.returncode == 1, ran.stdout.decode() + ran.stderr.decode()
    assert b"\n_ _ _ _ " in ran.stdout
    reports = {
        "junit": (repo.root / ".git/r.xml").read_bytes(),
        "reportlog": (repo.root / ".git/r.jsonl").read_bytes(),
        "traceback": ran.stdout,
    }
    first = Frame("test_books.py", 7, "test_add", 'TestClient(app).post("/books", json={})')
    last = Frame("library/main.py", 7, "shelf_of", 'return book["shelf"]')
    signatures = set()
    for kind, data in reports.items():
        (told,) = read_report(kind, data).reported
        (trace,) = parse_traces(told.trace)
        assert (kind, trace.frames[0], trace.frames[-1]) == (kind, first, last)
        assert deepest_own(trace, None) == last
        (failure,) = classify_reports(workspace(repo), [(kind, data)]).failures
        assert failure.classified.frame == last
        signatures.add(failure.classified.signature)
    (signature,) = signatures
    assert (signature.exception, signature.function) == ("KeyError", "main.shelf_of")
