"""What an option gives: a text, a file, standard input; a moment; a place for the output."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from feedback_loop.errors import UserError
from feedback_loop.faces.cli.common import given_moment, given_text, output_path


def test_a_text_is_itself_a_file_or_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text("in a file", encoding="utf-8")
    Path("-").write_text("in a file of this name", encoding="utf-8")
    Path("latin").write_bytes(b"caf\xe9")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"piped")))
    for given, text in (
        ("", ""),
        ("plain @a.md", "plain @a.md"),
        ("@a.md", "in a file"),
        ("@@a.md", "@a.md"),
        ("@@@", "@@"),
        ("@-", "in a file of this name"),
        ("-", "piped"),
    ):
        assert given_text("--prompt", given, 30) == text, given
    for given, told in (
        ("x" * 31, "--prompt is larger than 30 bytes"),
        ("\udcff", r"--prompt is not UTF-8 \(byte 0\)"),
        ("@latin", r"--prompt is not UTF-8 \(byte 3\)"),
        ("@none", "no such file: none"),
        ("@", "not a file's name"),
    ):
        with pytest.raises(UserError, match=told):
            given_text("--prompt", given, 30)
    with pytest.raises(UserError, match="larger than 8 bytes"):
        given_text("--prompt", "@a.md", 8)


def test_a_day_is_its_first_moment_and_what_is_no_time_is_shown_without_its_secrets() -> None:
    assert given_moment("--since", None) is None
    assert given_moment("--since", "1970-01-02") == 86_400
    with pytest.raises(UserError, match=r"--since is no time in ISO 8601: '\*\*\*'$"):
        given_moment("--since", "AKIA" + "Q7" * 8)


def test_an_output_is_seen_from_the_folder_and_its_parents_may_be_missing_only_if_they_are_made(
    tmp_path: Path,
) -> None:
    assert output_path(None, None) is None
    assert output_path("x.md", str(tmp_path)) == str(tmp_path / "x.md")
    (tmp_path / "file").touch()
    assert output_path("a/b/x.md", str(tmp_path), make_folders=True) == str(tmp_path / "a/b/x.md")
    for output, is_made, told in (
        ("", True, "an empty value"),
        ("a/x.md", False, "no such folder"),
        ("file/a/x.md", True, "no such folder"),
        (".", True, "must be a file, not a folder"),
    ):
        with pytest.raises(UserError, match=told):
            output_path(output, str(tmp_path), make_folders=is_made)
    assert not (tmp_path / "a").exists()
