"""A builtin's name is resolved without the index only where nothing rebinds it."""

import pytest

from feedback_loop.detectors.source import Source

CALL = "\n\n\ndef last():\n    print(1)\n"


def lines(text: str) -> list[int]:
    from feedback_loop.detectors import registry

    module = Source(text.encode()).module
    found = registry.load("python.print_call")
    assert module is not None
    assert found is not None
    return [match.anchors[0][0] for match in found.find(module)]


def test_the_builtin_is_found() -> None:
    assert lines("x = 1" + CALL) == [5]


@pytest.mark.parametrize(
    "binding",
    [
        "print = other",
        "from a import print",
        "from a import b as print",
        "import print",
        "import print.x",
        "def print(): pass",
        "class print: pass",
        "for print in x: pass",
        "with a as print: pass",
        "(print := 3)",
        "print: int = 3",
        "(a, [*print]) = b",
        "del print",
        "try:\n    pass\nexcept E as print:\n    pass",
        "match x:\n    case print: pass",
        "match x:\n    case [*print]: pass",
        "match x:\n    case {**print}: pass",
        "def f():\n    global print\n    print = 3",
    ],
)
def test_a_module_that_rebinds_it_hides_it(binding: str) -> None:
    assert lines(binding + CALL) == []


def test_a_binding_in_another_function_hides_nothing() -> None:
    assert lines("def f(print):\n    print(2)\n" + CALL) == [7]


def test_the_main_block_is_seen_without_the_index() -> None:
    assert lines("if __name__ == '__main__':\n    if a:\n        print(1)\nprint(2)\n") == [4]
