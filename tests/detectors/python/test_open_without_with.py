import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.open_without_with"
HEAD = "import bz2, contextlib, csv, gzip, io, json, lzma, os, pickle, sys\nfrom pathlib import Path\n"


def inside(body: str) -> str:
    """A module whose function `g`, from line 3 on, holds the body from line 4 on."""
    return HEAD + "def g(self, p):\n" + "".join(f"    {line}\n" for line in body.splitlines())


ENTERED = [
    "with open(p) as f: ...",
    "with open(p): ...",
    "with a, open(p) as f: ...",
    "async with open(p) as f: ...",
    "with open(p) if p else open(0) as f: ...",
    "f = open(p)\nwith f: ...",
    "f = g = open(p)\nwith g: ...",
    "with contextlib.closing(open(p)) as f: ...",
    "f = stack.enter_context(open(p))",
    "f = self.enterContext(open(p))",
    "stack.push(open(p))",
    "f = open(p)\nstack.callback(f.close)",
    "with Path(p).open() as f: ...",
    "with gzip.open(p) as f: ...",
]
ESCAPING = [
    "return open(p)",
    "yield open(p)",
    "f = open(p)\nreturn f",
    "return open(p), 1",
    "use(open(p))",
    "f = open(p)\nuse(file=f)",
    "data.file = open(p)",
    "sys.stdout = open(p, 'w')",
    "data['file'] = open(p)",
    "files = {'a': open(p)}",
    "files = [open(name) for name in p]",
    "return lambda: open(p)",
    "f = open(p)\nreturn lambda: f.read()",
    "f = open(p)\ndef h():\n    return f.read()\nreturn h",
    "rows = csv.reader(open(p))\nuse(rows)",
    "f = open(p)\nreturn f.buffer",
    "f = open(p)\nuse(f.__exit__)",
    "f = open(p).detach()\nuse(f)",
    "f = open(p).__enter__()\nreturn f",
    "global f\nf = open(p)",
]
CLOSED = [
    "f = open(p)\ntry:\n    f.read()\nfinally:\n    f.close()",
    "f = None\ntry:\n    f = open(p)\nfinally:\n    if f is not None:\n        f.close()",
    "f = p and open(p)\ntry: ...\nexcept* OSError: ...\nfinally:\n    f and f.close()",
    "open(p, 'w').close()",
]


@pytest.mark.parametrize("body", ENTERED)
def test_silent_when_entered(body: str) -> None:
    assert lines(NAME, inside(body)) == []


@pytest.mark.parametrize("body", ESCAPING)
def test_silent_when_it_escapes(body: str) -> None:
    assert lines(NAME, inside(body)) == []


@pytest.mark.parametrize("body", CLOSED)
def test_silent_when_closed_for_sure(body: str) -> None:
    assert lines(NAME, inside(body)) == []


@pytest.mark.parametrize(
    "rest",
    [
        "    def close(self): ...\n",
        "    def __exit__(self, *error): ...\n",
        "    async def aclose(self): ...\n",
        "    async def __aexit__(self, *error): ...\n",
        "    def __del__(self): ...\n",
        "    def stop(self):\n        self.f.close()\n",
    ],
)
def test_silent_on_self_of_a_class_that_closes(rest: str) -> None:
    assert lines(NAME, "class A:\n    def __init__(self, p):\n        self.f = open(p)\n" + rest) == []


@pytest.mark.parametrize("base", ["Base", "base.Base", "Base[int]"])
def test_silent_on_self_of_a_class_that_may_inherit_close(base: str) -> None:
    assert lines(NAME, f"class A({base}):\n    def __init__(self, p):\n        self.f = open(p)\n") == []


@pytest.mark.parametrize(
    "method",
    [
        "def go(self, p): p.f = open(p)",
        "def go(self, p): self.p.f = open(p)",
        "def go(): self.f = open(p)",
        "def go(self, p):\n        def inner(self): self.f = open(p)",
        "def go(self, p): use(self.f, open(p))",
    ],
)
def test_silent_in_a_class_when_it_goes_elsewhere(method: str) -> None:
    assert lines(NAME, f"class A:\n    {method}\n") == []


@pytest.mark.parametrize(
    "source",
    [
        "from os import open\nopen('x')\n",
        "import os, codecs, zipfile\nos.open('x')\ncodecs.open('x')\nz.open('x')\n",
        "def open(x): ...\nopen('x')\n",
        "def f(open):\n    open('x').read()\n",
        "import webbrowser\nwebbrowser.open('x')\n",
        "from pathlib import Path\nPath('x').reopen().read()\n",
        "from pathlib import Path\nZip('x').open().read()\n",
        "from pathlib import Path\nPath('x').stat().open().read()\n",
        "from pathlib import Path\n(Path('x') + 'y').open().read()\n",
        "from pathlib import Path\nPath('x').name.open().read()\n",
        "class A:\n    f = open('x')\n",
        "LOG = open('x')  # there for those who import it\n",
        "from io import open as read_me_later\n'''open'''\n",
        "import gzip as g\nfrom io import open as fetch\nfetch('x').read()  # the prefilter cannot see it\n",
    ],
)
def test_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "body",
    [
        "open(p)",
        "f = open(p)\nf.read()\nf.close()",
        "f = open(p)\ntry:\n    f.read()\nexcept OSError:\n    f.close()",
        "return open(p).read()",
        "for line in open(p): ...",
        "lines = [line for line in open(p)]",
        "return json.load(open(p))",
        "json.dump(self, open(p, 'w'))",
        "f = open(p, 'wb')\npickle.dump(self, f)",
        "print(self, file=open(p, 'w'))",
        "rows = list(csv.reader(open(p)))",
        "for n, line in enumerate(open(p)): ...",
        "self.size, f = 1, open(p)\nf.read()",
        "return lambda q: open(p).read()",
        "f = open(p)\nuse(f.name)",
        "f = open(p)\nf.close()\ntry: ...\nfinally: ...",
        "io.open(p).read()",
        "gzip.open(p).read()",
        "bz2.open(p).read()",
        "lzma.open(p).read()",
        "Path(p).open().read()",
        "(Path(p) / 'x').open('w').write('')",
        "q = Path(p); q.with_suffix('.x').open().read()",
    ],
)
def test_left_open(body: str) -> None:
    assert lines(NAME, inside(body)) == [4]


@pytest.mark.parametrize("note", ["Path", "Path | None", "Optional[Path]", "pathlib.Path"])
def test_path_parameter(note: str) -> None:
    head = "import pathlib\nfrom pathlib import Path\nfrom typing import Optional\n"
    assert lines(NAME, f"{head}def f(p: {note}):\n    p.open().read()\n") == [5]


@pytest.mark.parametrize("note", ["str | Path", "Path | str", "list[Path]", "type[Path]", "Zip", "'Path'"])
def test_parameter_of_another_type_may_open_anything(note: str) -> None:
    assert lines(NAME, f"from pathlib import Path\ndef f(p: {note}):\n    p.open().read()\n") == []


def test_rebound_parameter_may_open_anything() -> None:
    source = "from pathlib import Path\ndef f(p: Path):\n    p = Zip(p)\n    p.open().read()\n"
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "path",
    [
        *(f"Path(p).{name}('x')" for name in ["absolute", "expanduser", "joinpath", "resolve"]),
        *(f"Path(p).{name}('x')" for name in ["with_name", "with_stem", "with_suffix"]),
        *(f"{name}()" for name in ["Path.cwd", "Path.home", "PosixPath", "WindowsPath"]),
    ],
)
def test_derived_paths(path: str) -> None:
    assert lines(NAME, f"from pathlib import Path, PosixPath, WindowsPath\n{path}.open().read()\n") == [2]


@pytest.mark.parametrize(
    "call",
    [
        *(
            f"{name}(open(p))"
            for name in ["all", "any", "bool", "dict", "frozenset", "isinstance", "len", "list"]
        ),
        *(f"{name}(open(p))" for name in ["max", "min", "set", "sorted", "sum", "tuple"]),
        *(f"list({name}(open(p)))" for name in ["enumerate", "filter", "iter", "map", "reversed", "zip"]),
        *(f"list(csv.{name}(open(p)))" for name in ["DictReader", "reader"]),
        *(f"csv.{name}(open(p)).writerows(p)" for name in ["DictWriter", "writer"]),
        *(
            f"{name}.{verb}(open(p))"
            for name in ["json", "marshal", "pickle", "plistlib"]
            for verb in ("dump", "load")
        ),
        *(f"yaml.{verb}(open(p))" for verb in ["dump", "load", "safe_dump", "safe_load"]),
        "tomllib.load(open(p))",
        "shutil.copyfileobj(open(p), self)",
    ],
)
def test_calls_that_borrow_the_file(call: str) -> None:
    imports = "import marshal, plistlib, shutil, tomllib, yaml\n"
    assert lines(NAME, imports + inside(call)) == [5]


def test_self_of_a_class_without_close() -> None:
    assert lines(NAME, "class A:\n    def __init__(self, p):\n        self.f = open(p)\n") == [3]
    assert lines(NAME, "class A(object):\n    def __init__(self, p):\n        self.f = open(p)\n") == [3]
    source = "class A:\n    def go(self, p):\n        self.f = open(p)\n        self.f.read()\n"
    assert lines(NAME, source) == [3]


def test_close_of_another_attribute_does_not_count() -> None:
    source = "class A:\n    def go(self, p):\n        self.f = open(p)\n        self.g.close()\n"
    assert lines(NAME, source) == [3]
    assert lines(NAME, source.replace("self.g", "p")) == [3]


def test_imports() -> None:
    assert lines(NAME, "from gzip import open as gzopen\ngzopen('x').read()\n") == [], "PRE-3"
    assert lines(NAME, "from gzip import open\nopen('x').read()\n") == [2]
    assert lines(NAME, "import io as o\no.open('x').read()\n") == [2]


def test_anchor_is_the_last_word_of_the_callee() -> None:
    source = inside("text = (Path(p)\n    .open(\n        'r').read())")
    assert lines(NAME, source) == [5]
    assert anchored(NAME, source) == [["open"]]


@pytest.mark.parametrize(
    "body",
    [
        "p = p / 'x'\np.open()",
        "q = q / 'x'\nq.open()",
        "f = open(p)\nf = f\ng = f\nf = g",
        "open(*p, **p)",
        "open()",
        "f, *g = open(p)",
        "match open(p):\n    case x: ...",
        "x = f'{open(p)!r:{open(p)}}'",
        "class A(open(p), metaclass=open(p)): ...",
        "open(p)()[open(p)].x",
    ],
)
def test_odd_code_passes_through(body: str) -> None:
    lines(NAME, inside(body))


def test_sites_and_exemption() -> None:
    assert site_lines(NAME, "import tempfile\nwith open('x'): ...\ntempfile.gettempdir()\nuse()\n") == [2, 3]
    assert check_named(NAME).exempt == ("tests",)
