"""`feedback-loop schema`."""

from __future__ import annotations

import jsonschema
import pytest

from tests.faces.command_line import CommandLine
from tests.repo import Repo

NAMES = ["pattern", "settings", "findings", "plan", "event", "retro"]


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


def test_without_a_name_all_are_listed(cli: CommandLine) -> None:
    answer = cli("schema")
    assert answer.code == 0
    assert [line.split()[0] for line in answer.out.splitlines()] == NAMES
    assert [one["name"] for one in cli("schema", "--format", "json").json] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_schema_with_its_own_name(cli: CommandLine, name: str) -> None:
    schema = cli("schema", name).json
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:feedback-loop:schema:{name}:1"


def test_any_other_name_is_answered_with_the_known_ones(cli: CommandLine) -> None:
    answer = cli("schema", "../pattern")
    assert (answer.code, answer.out) == (2, "")
    assert f"known: {', '.join(NAMES)}" in answer.err


def test_no_repository_is_needed(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert cli("schema", "pattern").code == 0
