"""What a file's bytes become when they are taken in, held against what `git add` makes of them."""

from __future__ import annotations

import hashlib
from itertools import product

import pytest

from feedback_loop.stores.line_ends import AS_IS, AUTO, TEXT, checked_in, line_end_rule
from tests.repo import Repo

LINES = b"one\r\ntwo\r\n"
# name -> (bytes that HEAD has, bytes of the file)
TEXTS = {
    "lf": (b"", b"one\ntwo\n"),
    "crlf": (b"", LINES),
    "mixed": (b"one\n", b"one\r\ntwo\n"),
    "lone_cr": (b"", b"one\rtwo\r\n"),
    "nul": (b"", b"one\0\r\n"),
    "controls": (b"", b"\x01\x02" + LINES),
    "few_controls": (b"", b"\x01" + b"x" * 130 + LINES),
    "end_mark": (b"", LINES + b"\x1a"),
    "fine_controls": (b"", b"\b\t\f\x1b\xff" + LINES),
    "delete": (b"", b"\x7f" + LINES),
    "had_crlf": (b"old\r\n", LINES),
    "had_binary": (b"\0\r\n", LINES),
    "had_lf": (b"old\n", LINES),
}
ATTRIBUTES = {
    "none": {},
    "text": {"text": "set"},
    "binary": {"text": "unset", "eol": "lf"},
    "auto": {"text": "auto"},
    "auto_lf": {"text": "auto", "eol": "lf"},
    "eol": {"eol": "crlf"},
    "old_input": {"crlf": "input"},
    "odd": {"text": "odd", "eol": "odd"},
}
WRITTEN = {"set": "{}", "unset": "-{}"}


def written(attributes: dict[str, str]) -> str:
    return " ".join(WRITTEN.get(value, "{}=" + value).format(name) for name, value in attributes.items())


@pytest.mark.parametrize("autocrlf", ["false", "true", "input"])
def test_bytes_become_what_git_makes_of_them(repo: Repo, autocrlf: str) -> None:
    lines = [f"*.{ending} {written(attributes)}\n" for ending, attributes in ATTRIBUTES.items() if attributes]
    cases = {f"{name}.{ending}": (name, ending) for name, ending in product(TEXTS, ATTRIBUTES)}
    for path, (name, _) in cases.items():
        repo.write(path, TEXTS[name][0])
    repo.stage()
    repo.git("config", "core.autocrlf", autocrlf)
    repo.git("config", "core.safecrlf", "false")
    repo.write(".gitattributes", "".join(lines))
    for path, (name, _) in cases.items():
        repo.write(path, TEXTS[name][1])
    repo.stage(*cases)
    found = {line.split("\t")[1]: line.split()[1] for line in repo.git("ls-files", "-s").splitlines()}
    for path, (name, ending) in cases.items():
        before, now = TEXTS[name]
        data = checked_in(now, line_end_rule(ATTRIBUTES[ending], autocrlf), before)
        oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        assert oid == found[path], (path, data)


def test_the_rules_have_three_words() -> None:
    assert {line_end_rule(values, "false") for values in ATTRIBUTES.values()} == {AS_IS, TEXT, AUTO}
