"""The guide to the Python API says what happens: its snippets run, its table is that of the methods."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from feedback_loop.api.metrics.collector import MetricsCollector
from tests.repo import ROOT, Repo

GUIDE = (ROOT / "docs" / "metrics.md").read_text("utf-8")


def test_the_snippets_run_one_after_the_other(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.root)
    snippets = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.M | re.S)
    assert len(snippets) >= 6
    known: dict[str, Any] = {}
    for snippet in snippets:
        assert "assert " in snippet
        exec(compile(snippet, "docs/metrics.md", "exec"), known)


def test_the_table_holds_every_method_with_its_arguments() -> None:
    told = dict(re.findall(r"^\| `(log_\w+)\((.*?)\)` \|", GUIDE, re.M))
    methods = {name: method for name, method in vars(MetricsCollector).items() if name.startswith("log_")}
    assert told == {name: arguments(method) for name, method in methods.items()}


def arguments(method: Any) -> str:
    """As they are written, without types and `timestamp`, which all but one have."""
    parameters = [one for one in inspect.signature(method).parameters.values() if one.name != "self"]
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in parameters if one.name != "timestamp"]
    text = str(inspect.Signature(plain))[1:-1].replace("'", '"')
    return text.removesuffix(", *")
