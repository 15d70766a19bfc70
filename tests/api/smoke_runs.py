"""A small application and the reports of its runs, for tests of what is ingested."""

from __future__ import annotations

import json
from datetime import datetime
from xml.sax.saxutils import escape

from feedback_loop.api.collect.intake import AUTO
from feedback_loop.api.smoke.ingest import IngestOptions, ingest_reports
from feedback_loop.domain.event import Event
from feedback_loop.domain.ingested import Ingested
from feedback_loop.domain.pattern import Pattern
from feedback_loop.stores.events import read_events
from feedback_loop.workspace import Workspace
from tests.repo import Repo

AT = "2026-11-20T09:30:00Z"
SIGNATURE = {
    "error_type": "database",
    "exception": "IntegrityError",
    "message": "NOT NULL constraint failed: products.category_id",
    "constraint": "nullable_missing",
    "entity": "Product",
    "endpoint": "POST /products",
    "field": "category_id",
}
ROUTES = '''from shop.db import session


def add_product(payload):
    """Store it."""
    product = Product(**payload)
    session.add(product)
    session.commit()
    return product
'''
MODEL = {
    "entities": [
        {"name": name, "fields": [{"name": "category_id"}, {"name": "title"}]}
        for name in ("Product", "Order", "Customer")
    ],
    "endpoints": [{"method": "POST", "path": "/products", "entity": "Product"}],
}


def shop(repo: Repo) -> Repo:
    """The application, its model in the settings, and a library without patterns, in one commit."""
    repo.write("shop/routes.py", ROUTES)
    repo.write("ir.json", json.dumps(MODEL))
    repo.write("patterns/README.md", "Ours.\n")
    repo.write("feedback-loop.toml", '[classify]\nir = "ir.json"\n')
    repo.stage()
    repo.commit()
    return repo


def not_null(table: str, column: str = "category_id") -> str:
    return (
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/routes.py", line 8, in add_product\n'
        "    session.commit()\n"
        "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) NOT NULL constraint failed:"
        f" {table}.{column}\n[SQL: INSERT INTO {table}]\n"
    )


def unknown(word: str) -> str:
    return (
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/routes.py", line 6, in add_product\n'
        "    product = Product(**payload)\n"
        f"OddError: the {word} is odd\n"
    )


PRODUCT = not_null("products")


def junit(*texts: str, at: str = AT, passed: int = 1) -> bytes:
    """A report with one failing test for each text; its time makes it a run of its own."""
    failing = "".join(
        f'<testcase classname="tests.test_smoke" name="test_{number}">'
        f'<failure message="failed">{escape(text)}</failure></testcase>'
        for number, text in enumerate(texts)
    )
    fine = "".join(f'<testcase classname="tests.test_smoke" name="fine_{one}"/>' for one in range(passed))
    return f'<testsuite name="smoke" timestamp="{at}">{failing}{fine}</testsuite>'.encode()


def report_log(*texts: str, at: str = AT, logged: str = "") -> bytes:
    """The same tests in pytest's report log; `logged` is what each of them logged."""
    start = datetime.fromisoformat(at).timestamp()
    lines = [
        {
            "$report_type": "TestReport",
            "nodeid": f"tests.test_smoke::test_{number}",
            "when": "call",
            "outcome": "failed",
            "start": start,
            "longrepr": text,
            "sections": [["Captured log call", logged]],
        }
        for number, text in enumerate(texts)
    ]
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def workspace(repo: Repo) -> Workspace:
    return Workspace.open(str(repo.root))


def ingest(repo: Repo, *files: bytes, kind: str = AUTO, **options: object) -> Ingested:
    """The files named `0`, `1` and so on."""
    named = [(str(number), data) for number, data in enumerate(files)]
    return ingest_reports(workspace(repo), named, IngestOptions(kind, **options))  # type: ignore[arg-type]


def stored(repo: Repo) -> tuple[Event, ...]:
    found = read_events(str(repo.root))
    assert found.problems == ()
    return found.events


def library(repo: Repo, state: str) -> dict[str, Pattern]:
    found = workspace(repo).library("patterns")
    assert found.problems == ()
    return {one.name: one for one in found.patterns if one.state == state}


def files(repo: Repo) -> dict[str, bytes]:
    """Everything in the work tree, by its path."""
    paths = (path for path in repo.root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(repo.root)): path.read_bytes() for path in paths}
