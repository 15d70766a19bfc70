"""Where a report may be written: nowhere that git keeps its own files, and not to a file called `-`."""

from pathlib import Path

import pytest

from feedback_loop.api.output import check_output, write_output
from feedback_loop.errors import UserError


def test_a_file_in_a_folder_that_is_there_is_written(tmp_path: Path) -> None:
    write_output(str(tmp_path / "report.md"), "text\n")
    assert (tmp_path / "report.md").read_text() == "text\n"


@pytest.mark.parametrize(
    ("name", "told"),
    [("no/report.md", "no such folder"), ("folder", "a folder"), (".git/config", "git's own"), ("-", "`-`")],
)
def test_other_places_are_refused_before_any_work_is_done(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / ".git").mkdir()
    for call in (check_output, lambda path: write_output(path, "text")):
        with pytest.raises(UserError, match=told):
            call(str(tmp_path / name))
    assert sorted(one.name for one in tmp_path.rglob("*")) == [".git", "folder"]
