import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.mktemp"


@pytest.mark.parametrize(
    "source",
    [
        "import tempfile\ntempfile.mkstemp()\n",
        "import tempfile\nmake = tempfile.mktemp\n",
        "mktemp()\n",
        "from tempfile import mktemp\ndef mktemp(): ...\nmktemp()\n",
        "from .tempfile import mktemp\nmktemp()\n",
        "from tempfile import *\nmktemp()\n",
        "import tempfile\ndef f(tempfile):\n    return tempfile.mktemp()\n",
        "import tempfile\n# tempfile.mktemp()\nx = 'tempfile.mktemp()'\n",
        "from tempfile import mktemp as fresh\nfresh()  # the prefilter cannot see it\n",
    ],
)
def test_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import tempfile\ntempfile.mktemp()\n",
        "import tempfile as t\nt.mktemp(suffix='.db')\n",
        "from tempfile import mktemp\nmktemp()\n",
        "from tempfile import mktemp\npath = open(mktemp() + '.txt', 'w')\n",
    ],
)
def test_found(source: str) -> None:
    assert lines(NAME, source) == [2]


def test_import_inside_a_function() -> None:
    assert lines(NAME, "def f():\n    import tempfile\n    return tempfile.mktemp()\n") == [3]


def test_anchor_is_the_last_word_of_the_callee() -> None:
    source = "import tempfile\npath = (tempfile\n    .mktemp(\n        prefix='x'))\n"
    assert lines(NAME, source) == [3]
    assert anchored(NAME, source) == [["mktemp"]]


def test_sites_are_calls_into_tempfile_and_opens() -> None:
    source = "import tempfile\ntempfile.mkdtemp()\nopen('x')\nprint('x')\nzip.open('x')\n"
    assert site_lines(NAME, source) == [2, 3]


def test_no_path_is_exempt() -> None:
    assert check_named(NAME).exempt == ()
