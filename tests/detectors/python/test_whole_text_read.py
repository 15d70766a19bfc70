import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.whole_text_read"
HEAD = "import gzip, io, os\nfrom pathlib import Path\n"


def inside(body: str) -> str:
    """A module whose function `g`, from line 3 on, holds the body from line 4 on."""
    return HEAD + "def g(p, limit):\n" + "".join(f"    {line}\n" for line in body.splitlines())


@pytest.mark.parametrize(
    "body",
    [
        "with open(p) as f:\n    f.read(1024)",
        "with open(p) as f:\n    for line in f: ...",
        "with open(p, 'rb') as f:\n    f.read()",
        "with gzip.open(p) as f:\n    f.read()",
        "Path(p).read_bytes()",
        "Path(p, 'README.md').read_text()",
        "open('pyproject.toml').read()",
        "io.StringIO(p).read()",
        "p.read_text()",
        "if os.path.getsize(p) > limit:\n    return\nopen(p).read()",
    ],
)
def test_silent(body: str) -> None:
    assert lines(NAME, inside(body)) == []


@pytest.mark.parametrize(
    "body",
    [
        "open(p).read()",
        "open(p, 'r', encoding='utf-8').read()",
        "open(p, encoding='utf-8').readlines()",
        "open('events.log').read()",
        "with io.open(p, 'rt') as f: f.read()",
        "with gzip.open(p, 'rt') as f: f.readlines()",
        "Path(p).open().read()",
        "Path(p).open(mode='r').read()",
        "Path(p).read_text(encoding='utf-8')",
        "(Path(p) / 'app.log').read_text()",
    ],
)
def test_found(body: str) -> None:
    assert lines(NAME, inside(body)) == [4]


def test_anchor_is_the_method() -> None:
    assert anchored(NAME, inside("with open(p) as f:\n    f.readlines()")) == [["readlines"]]


def test_sites_and_exemption() -> None:
    assert site_lines(NAME, "a.read()\nb.readline(3)\nread()\n") == [1, 2]
    assert check_named(NAME).exempt == ("tests", "scripts")
