"""`Module.near` looks at a part of the tree and misses nothing: held against the whole index on real files."""

import sys
from pathlib import Path

import pytest

from feedback_loop.detectors import registry
from feedback_loop.detectors.source import Source
from feedback_loop.detectors.syntax import Module
from feedback_loop.domain.prefilter import has_word

STDLIB = Path(sys.modules["os"].__file__ or "").parent
FILES = sorted(STDLIB.glob("*.py"))[::12]
CHECKS = [name for name in registry.names() if name != "python.call"]


def spans(name: str, module: Module) -> list[tuple[object, ...]]:
    found = registry.load(name)
    assert found is not None
    return sorted((one.full, *one.anchors) for one in found.find(module))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_check_finds_the_same_with_and_without_the_text(path: Path) -> None:
    data = path.read_bytes()
    module = Source(data).module
    assert module is not None
    for name in CHECKS:
        near = Source(data).module
        assert near is not None
        assert spans(name, near) == spans(name, Module(module.tree)), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_anchor_holds_a_word_of_the_prefilter(path: Path) -> None:
    data = path.read_bytes()
    source = Source(data)
    assert source.module is not None
    for name in CHECKS:
        found = registry.load(name)
        assert found is not None
        for match in found.find(source.module) if found.added_any else ():
            for line, *_ in match.anchors:
                words = found.added_any
                assert any(has_word(word, source.lines[line - 1], found.follow) for word in words), (
                    name,
                    line,
                )


def test_decorated_definitions_reach_up_to_their_decorators() -> None:
    source = Source(b"@print(1)\n@other\ndef f():\n    pass\n")
    assert source.module is not None
    found = registry.load("python.print_call")
    assert found is not None
    assert [match.anchors[0][0] for match in found.find(source.module)] == [1]


@pytest.mark.parametrize(
    ("text", "follow", "found"),
    [
        (b"print(1)", b"(", True),
        (b"print (1)", b"(", True),
        (b"printing(1)", b"(", False),
        (b"pprint(1)", b"(", False),
        (b"_print(1)", b"(", False),
        (b"\xc3\xa9print(1)", b"(", False),
        (b"print", b"(", True),
        (b"print 1", b"(", False),
        (b"printing print(1)", b"(", True),
        (b"print = 1", b"", True),
        (b"print" + b" " * 200 + b"(1)", b"(", True),
        (b"", b"(", False),
    ],
)
def test_a_word_stands_by_itself_and_before_what_may_follow(text: bytes, follow: bytes, found: bool) -> None:
    assert has_word(b"print", text, follow) is found
