import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.whole_binary_read"
HEAD = "import bz2, gzip, io, lzma, os\nfrom pathlib import Path\n"


def inside(body: str) -> str:
    """A module whose function `g`, from line 3 on, holds the body from line 4 on."""
    return HEAD + "def g(self, p, limit):\n" + "".join(f"    {line}\n" for line in body.splitlines())


@pytest.mark.parametrize(
    "body",
    [
        "with open(p, 'rb') as f:\n    f.read(1024)",
        "with open(p, 'rb') as f:\n    f.read(size)",
        "with open(p, 'rb') as f:\n    f.readlines(1024)",
        "with open(p, 'rb') as f:\n    f.readline()",
        "with open(p) as f:\n    f.read()",
        "with open(p, self.mode) as f:\n    f.read()",
        "with open(p, **self.how) as f:\n    f.read()",
        "with open(*p) as f:\n    f.read()",
        "with gzip.open(p, 'rt') as f:\n    f.read()",
        "with tarfile.open(p, 'rb') as f:\n    f.read()",
        "f = io.BytesIO(b'')\nf.read()",
        "f = io.StringIO('')\nf.read()",
        "self.file.read()",
        "limit.read()",
        "p.read_bytes()",
        "Path(p).read_text()",
        "Path('a.json').open('rb').read()",
        "gzip.open(filename='a.json').read()",
        "open(file='a.json', mode='rb').read()",
        "f = open(p, 'rb')\nf = p\nf.read()",
        "f = open(p, 'rb')\ndef h():\n    f.read()",
        "for f in p:\n    f.read()",
        "f.read()\nf = open(p, 'rb')",
        "f, h = open(p, 'rb')\nf.read()",
    ],
)
def test_silent(body: str) -> None:
    assert lines(NAME, inside(body)) == []


@pytest.mark.parametrize(
    "path",
    [
        "'a.json'",
        "'conf/a.TOML'",
        "'docs/a.md'",
        "p + '.txt'",
        "p / 'a.cfg'",
        "f'{p}/a.ini'",
        "'%s.yaml' % p",
        "'{}.yml'.format(p)",
        "os.path.join(p, 'poetry.lock')",
        "Path(p, 'a.json').resolve()",
        "Path(p).with_suffix('.json')",
        "Path(p).joinpath('README.rst')",
        "os.path.join(p, 'VERSION')",
        "'LICENSE'",
        "CONFIG",
    ],
)
def test_small_by_name(path: str) -> None:
    assert lines(NAME, "CONFIG = 'a.json'\n" + inside(f"with open({path}, 'rb') as f:\n    f.read()")) == []
    assert lines(NAME, "CONFIG = 'a.json'\n" + inside(f"Path({path}).read_bytes()")) == []


@pytest.mark.parametrize(
    "test",
    [
        "if os.path.getsize(p) > limit:\n    raise Large",
        "if os.stat(p).st_size > limit:\n    return",
        "size = Path(p).stat().st_size\nassert size < limit",
        "size = 0\nsize = os.path.getsize(p)\nif not self or size > limit:\n    return",
        "with open(p, 'rb') as f:\n    f.seek(0, 2)\n    if f.tell() > limit:\n        return",
    ],
)
def test_size_tested_before(test: str) -> None:
    assert lines(NAME, inside(test + "\nPath(p).read_bytes()")) == []


@pytest.mark.parametrize(
    "body",
    [
        "open(p, 'rb').read()",
        "open(p, mode='rb').read()",
        "open(file=p, mode='r+b').read()",
        "open('a.json.gz', 'rb').read()",
        "open('a.bin', 'rb').read(-1)",
        "open(p, 'rb').read(None)",
        "open(p, 'rb').read(size=-1)",
        "open(p, 'rb').readlines()",
        "io.open(p, 'rb').read()",
        "gzip.open(p).read()",
        "gzip.open(filename=p).read()",
        "bz2.open(p, 'rb').read()",
        "lzma.open(p).read()",
        "with open(p, 'rb') as f: f.read()",
        "with a, open(p, 'rb') as f: use(f.read())",
        "f = open(p, 'rb'); f.read()",
        "f: object = open(p, 'rb'); f.read()",
        "f = h = open(p, 'rb'); f.read()",
        "(f := open(p, 'rb')).close(); f.read()",
        "Path(p).open('rb').read()",
        "Path(p).read_bytes()",
        "(Path(p) / 'x.bin').read_bytes()",
        "(Path.home() / p).read_bytes()",
        "Path(p).parent.joinpath(p).read_bytes()",
        "q = Path(p); q.read_bytes()",
        "return lambda: Path(p).read_bytes()",
    ],
)
def test_found(body: str) -> None:
    assert lines(NAME, inside(body)) == [4]


@pytest.mark.parametrize("note", ["Path", "Path | None"])
def test_path_parameter(note: str) -> None:
    assert lines(NAME, f"from pathlib import Path\ndef f(p: {note}):\n    p.read_bytes()\n") == [3]


def test_the_with_around_decides_among_several_opens() -> None:
    body = "with open(p) as f:\n    f.read()\nwith open(p, 'rb') as f:\n    f.read()\nwith open(p) as f: ..."
    assert lines(NAME, inside(body)) == [7]
    body = "f = open(p, 'rb')\nf.read()\nf = open(p)\nf.read()"
    assert lines(NAME, inside(body)) == [5]


def test_tests_that_do_not_bound_the_size() -> None:
    assert lines(NAME, inside("Path(p).read_bytes()\nif os.path.getsize(p) > limit:\n    return")) == [4]
    assert lines(NAME, inside("if limit > 3:\n    return\nPath(p).read_bytes()")) == [6]
    assert lines(NAME, inside("size = os.path.getsize(p)\nPath(p).read_bytes()")) == [5]


def test_size_test_in_another_function_does_not_count() -> None:
    source = "def h(p):\n    return os.path.getsize(p) > 3\n" + inside("Path(p).read_bytes()")
    assert lines(NAME, source) == [6]


def test_anchor_is_the_method() -> None:
    source = inside("data = (Path(p)\n    .read_bytes(\n    ))")
    assert lines(NAME, source) == [5]
    assert anchored(NAME, source) == [["read_bytes"]]


@pytest.mark.parametrize(
    "body",
    [
        "q = q / 'x'\nq.read_bytes()\nopen(q, 'rb').read()",
        "open().read()",
        "open(**p).read()",
        "open(f'', 'rb').read()",
        "open(use(), 'rb').read()",
        "with open(p, 'rb') as (f, g):\n    f.read()",
        "open(p, 'rb').read(*self)",
        "open(-1, 'rb').read(**self)",
    ],
)
def test_odd_code_passes_through(body: str) -> None:
    lines(NAME, inside(body))


def test_sites_and_exemption() -> None:
    assert site_lines(NAME, "a.read()\nb.readline(3)\nc.read_text()\nread()\nd.spread()\n") == [1, 2, 3]
    assert check_named(NAME).exempt == ("tests", "scripts")
