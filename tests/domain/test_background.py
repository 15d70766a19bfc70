from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import background
from feedback_loop.domain.background import SIZE, share
from feedback_loop.domain.words import tokens

MODULE = '''"""Opens files."""


class Reader:
    """Reads files by line_number."""

    def undocumented(self):
        text = """files, but no docstring"""

    async def close(self):
        """Closes the files that were opened. Files, files."""
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.py").write_text(MODULE)
    (tmp_path / "broken.py").write_text('"""Opens files."""\ndef (')
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "one.py").write_text(MODULE)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "two.py").write_text('"""Line numbers open."""\n\ndef stop():\n    """Is it."""\n')
    return tmp_path


def made(folder: Path) -> ModuleType:
    module = ModuleType("made")
    exec(background.module(*background.count(folder), "nowhere"), module.__dict__)
    return module


def test_an_empty_folder_has_no_documents(tmp_path: Path) -> None:
    assert background.count(tmp_path) == (0, {})


def test_a_token_counts_once_per_docstring_and_from_three_on(folder: Path) -> None:
    """Of the five docstrings one has stop words alone; `line` is in two."""
    assert background.count(folder) == (4, {"file": 3, "open": 3})


def test_the_module_gives_the_shares_that_were_counted(folder: Path) -> None:
    table = made(folder)
    assert table.SIZE == 4
    assert [table.share(token) for token in ("open", "line", "unheard", "")] == [0.75, 0.25, 0.25, 0.25]


def test_many_tokens_come_back_from_the_wrapped_lines() -> None:
    counts = {f"word_{number}": 3 + number % 7 for number in range(500)} | {"3": 9}
    module = ModuleType("made")
    source = background.module(1000, counts, "nowhere")
    exec(source, module.__dict__)
    assert {token: round(module.share(token) * 1000) for token in counts} == counts
    assert max(map(len, source.splitlines())) <= 110


def test_shipped_common_words_weigh_less_than_rare_ones() -> None:
    return_, create, numpy = (share(token) for token in tokens("return create numpy"))
    assert 1 > return_ > create > numpy == 1 / SIZE
