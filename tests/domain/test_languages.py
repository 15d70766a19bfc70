import pytest

from feedback_loop.domain.languages import SUFFIXES, comment, language_of


@pytest.mark.parametrize(
    "path", ["README", "a.unknown", "a.PY", "a.py.bak", "x.py/y", "py", "", "a.", "src.py/Makefile"]
)
def test_no_language(path: str) -> None:
    assert language_of(path) is None


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.py", "python"),
        ("src/a.b.pyi", "python"),
        ("a.pyw", "python"),
        ("a.tsx", "typescript"),
        ("a.cjs", "javascript"),
        (".sh", "bash"),
        ("a/b.yml", "yaml"),
    ],
)
def test_by_suffix(path: str, language: str) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    ("line", "language"),
    [
        (b"#!/usr/bin/python3", "python"),
        (b"#!/usr/bin/env python3.11\r", "python"),
        (b"#!/usr/bin/env -S python3 -u", "python"),
        (b"#! /bin/sh", "bash"),
        (b"#!/bin/sh -eu", "bash"),
        (b"#!/usr/bin/env bash", "bash"),
        (b"#!/opt/python-tools/bin/ruby", None),
        (b"#!/usr/bin/fish", None),
        (b"#!", None),
        (b"# python", None),
        (b" #!/usr/bin/python3", None),
        (b"", None),
    ],
)
def test_by_first_line(line: bytes, language: str | None) -> None:
    assert language_of("bin/tool", line) == language


def test_the_suffix_wins_over_the_first_line() -> None:
    assert language_of("a.sh", b"#!/usr/bin/python3") == "bash"


def test_no_suffix_speaks_for_two_languages() -> None:
    every = [suffix for suffixes in SUFFIXES.values() for suffix in suffixes]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a.py", "# x"),
        ("a.jsx", "// x"),
        ("a.go", "// x"),
        ("a.sql", "-- x"),
        ("a.css", "/* x */"),
        ("a.html", "<!-- x -->"),
        ("Makefile", "# x"),
    ],
)
def test_a_comment_is_one_of_the_files_language(path: str, shown: str) -> None:
    assert comment("x", path) == shown
