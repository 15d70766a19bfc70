import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.undeleted_temp"
HEAD = "import atexit, os, shutil, subprocess, tempfile, weakref\nfrom pathlib import Path\n"


def inside(body: str) -> str:
    """A module whose function `f`, from line 3 on, holds the body from line 4 on."""
    return HEAD + "def f(self, data):\n" + "".join(f"    {line}\n" for line in body.splitlines())


CLEANED = [
    "fd, path = tempfile.mkstemp()\ntry:\n    os.write(fd, data)\nfinally:\n    os.unlink(path)",
    "fd, path = tempfile.mkstemp()\nos.remove(path)",
    "fd, path = tempfile.mkstemp()\nPath(path).unlink()",
    "folder = tempfile.mkdtemp()\nshutil.rmtree(folder)",
    "folder = tempfile.mkdtemp()\natexit.register(shutil.rmtree, folder)",
    "folder = tempfile.mkdtemp()\nself.addCleanup(self.drop)",
    "folder = tempfile.mkdtemp()\ndata.addfinalizer(self.drop)",
    "folder = tempfile.mkdtemp()\natexit.register(self.drop)",
    "folder = tempfile.mkdtemp()\nself._end = weakref.finalize(self, self.drop)",
    "with contextlib.ExitStack() as stack:\n    folder = tempfile.mkdtemp()",
    "folder = tempfile.mkdtemp()\ndef done():\n    shutil.rmtree(self.folder)\nreturn done",
]
ESCAPING = [
    "return tempfile.mkdtemp()",
    "yield tempfile.mkdtemp()",
    "return tempfile.mkstemp()",
    "fd, path = tempfile.mkstemp()\nreturn path",
    "fd, path = tempfile.mkstemp()\nos.close(fd)\nyield path",
    "pair = tempfile.mkstemp()\nreturn pair",
    "pair = tempfile.mkstemp()\nreturn pair[1]",
    "pair = tempfile.mkstemp()\nfd, path = pair\nreturn path",
    "return tempfile.mkstemp()[1]",
    "self.path = tempfile.mkdtemp()",
    "fd, self.path = tempfile.mkstemp()",
    "data['path'] = tempfile.mkdtemp()",
    "paths = [tempfile.mkdtemp()]",
    "path = tempfile.mkdtemp()\nknown = {path: 1}",
    "path = tempfile.mkdtemp()\ndata[path] = 1",
    "paths = {tempfile.mkdtemp() for _ in data}",
    "data.use(tempfile.mkdtemp())",
    "data.use(where=tempfile.mkdtemp())",
    "data.use(*tempfile.mkstemp())",
    "path = tempfile.mkdtemp()\nuse(path)",
    "path = tempfile.mkdtemp()\nsubprocess.run(['ls', path])",
    "path = tempfile.mkdtemp()\nsubprocess.run(['ls'], cwd=path)",
    "path = tempfile.mkdtemp()\nprint(path)",
    "path = tempfile.mkdtemp()\nlog(f'see {path}')",
    "path = tempfile.mkdtemp()\nwhere = os.path.join(path, 'x')\nreturn where",
    "path = Path(tempfile.mkdtemp())\nreturn path / 'x'",
    "path = Path(tempfile.mkdtemp())\nreturn path.joinpath('x').resolve()",
    "fd, path = tempfile.mkstemp()\nos.replace(path, data)",
    "fd, path = tempfile.mkstemp()\nPath(path).rename(data)",
    "fd, path = tempfile.mkstemp()\nreturn open(path)",
    "path = data or tempfile.mkdtemp()\nreturn path",
    "path = tempfile.mkdtemp() if data else None\nuse(path)",
    "path: str = tempfile.mkdtemp()\nuse(path)",
    "if path := tempfile.mkdtemp():\n    use(path)",
    "use(path := tempfile.mkdtemp())",
    "one, two = tempfile.mkdtemp(), 2\nuse(one)",
    "path = tempfile.mkdtemp()\nreturn lambda: path",
    "path = tempfile.mkdtemp()\ndef g():\n    data.write(path)\nreturn g",
    "data[tempfile.mkstemp()] = 1",
    "pair = fd, path = tempfile.mkstemp()",
    "global pair\npair = tempfile.mkstemp()\nos.close(pair[0])",
    "global path\npath = tempfile.mkdtemp()",
    "global path\npath = tempfile.mkdtemp()\nos.listdir(path)",
    "paths = tempfile.mkdtemp(), 1",
    "one, two = both = tempfile.mkdtemp(), 2",
    "one, *rest = tempfile.mkdtemp(), 2",
    "one, two = *data, tempfile.mkdtemp()",
    "print(data, sep=tempfile.mkdtemp())",
    "raise Failed from tempfile.mkdtemp()",
    "text = await tempfile.mkdtemp()\nuse(text)",
    "path = tempfile.mkdtemp()\nuse(path[1:])",
    "path = tempfile.mkdtemp()\nuse(path + 'x')",
    "path = tempfile.mkdtemp()\nuse(path.encode())",
    "path = other = tempfile.mkdtemp()\nuse(other)",
    "path = tempfile.mkdtemp()\nother = path\nreturn other",
    "path = tempfile.mkdtemp()\nraise Failed(path)",
    "file = tempfile.NamedTemporaryFile(delete=False)\nreturn file",
    "file = tempfile.NamedTemporaryFile(delete=False)\nreturn file.name",
    "file = tempfile.NamedTemporaryFile(delete=False)\nuse(file)",
    "name = tempfile.NamedTemporaryFile(delete=False).name\nuse(name)",
]


@pytest.mark.parametrize("body", CLEANED)
def test_silent_with_clean_up_in_the_function(body: str) -> None:
    assert lines(NAME, inside(body)) == []


@pytest.mark.parametrize(
    "word",
    [
        *("unlink", "remove", "rmtree", "ExitStack", "AsyncExitStack", "addCleanup", "addClassCleanup"),
        *("addModuleCleanup", "addfinalizer", "atexit"),
    ],
)
def test_any_word_of_clean_up_counts(word: str) -> None:
    assert lines(NAME, inside(f"folder = tempfile.mkdtemp()\n{word}(self)")) == []
    assert lines(NAME, inside(f"folder = tempfile.mkdtemp()\nself.{word}")) == []


@pytest.mark.parametrize("body", ESCAPING)
def test_silent_when_the_path_escapes(body: str) -> None:
    assert lines(NAME, inside(body)) == []


@pytest.mark.parametrize(
    "folder",
    [
        "with tempfile.TemporaryDirectory() as folder:\n    where = folder",
        "where = tempfile.TemporaryDirectory().name",
        "where = Path(tempfile.mkdtemp()) / 'x'\nuse(where)",
        "where = where",
    ],
)
def test_inside_a_temporary_folder(folder: str) -> None:
    body = f"{folder}\nfd, path = tempfile.mkstemp(dir=where)"
    assert lines(NAME, inside(body)) == ([5] if folder == "where = where" else [])


@pytest.mark.parametrize("method", ["move", "remove", "rename", "replace", "rmdir", "rmtree", "unlink"])
def test_moved_or_deleted_by_a_method_elsewhere(method: str) -> None:
    source = f"{HEAD}d = Path(tempfile.mkdtemp())\nd.exists()\ndef g(): d.{method}()\n"
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import tempfile\nwith tempfile.TemporaryDirectory() as folder: ...\n",
        "import tempfile\nf = tempfile.NamedTemporaryFile()\n",
        "import tempfile\nf = tempfile.NamedTemporaryFile(delete=True)\n",
        "import tempfile\nf = tempfile.NamedTemporaryFile(delete=keep)\n",
        "import tempfile\nwith tempfile.NamedTemporaryFile(delete=False) as f: ...\n",
        inside("with tempfile.NamedTemporaryFile(delete=False) as f:\n    f.write(data)"),
        "import tempfile\nclass A:\n    folder = tempfile.mkdtemp()\n",
        "import tempfile\ndef f(folder=tempfile.mkdtemp()): ...\n",
        "import tempfile\nMEDIA_ROOT = tempfile.mkdtemp()  # there for those who import it\n",
        "import tempfile\ndef f():\n    mkdtemp()\n    shell.mkdtemp()\n",
        "def f(tempfile):\n    tempfile.mkdtemp()\n",
        "import tempfile\ndef f():\n    global g\n    fd, g = tempfile.mkstemp()\n",
    ],
)
def test_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "body",
    [
        "tempfile.mkdtemp()",
        "tempfile.mkstemp()",
        "fd, path = tempfile.mkstemp()",
        "(fd, path) = tempfile.mkstemp('.txt')\nos.write(fd, data)\nos.close(fd)",
        "fd, path = tempfile.mkstemp()\nuse(fd)\nreturn fd",
        "fd, _ = tempfile.mkstemp()\nreturn os.fdopen(fd)",
        "return tempfile.mkstemp()[0]",
        "pair = tempfile.mkstemp()\nos.close(pair[0])",
        "fd, path = tempfile.mkstemp()\nwith open(path, 'wb') as out:\n    out.write(data)",
        "folder = tempfile.mkdtemp()\nwith open(os.path.join(folder, 'x')) as out:\n    use(out)",
        "folder = Path(tempfile.mkdtemp())\n(folder / 'x').write_bytes(data)",
        "fd, path = tempfile.mkstemp()\nreturn Path(path).read_bytes()",
        "fd, path = tempfile.mkstemp()\nreturn os.path.getsize(path)",
        "folder = tempfile.mkdtemp()\nif not folder:\n    return None",
        "folder = tempfile.mkdtemp()\nfinalize(self)",
        "file = tempfile.NamedTemporaryFile('wb', delete=False)\nfile.write(data)\nfile.close()",
        "file = tempfile.NamedTemporaryFile(delete=False)\njson.dump(data, file)" + "\nimport json",
        "tempfile.NamedTemporaryFile(delete=False).write(data)",
        "file = tempfile.NamedTemporaryFile(delete=False)\nwith file:\n    file.write(data)",
    ],
)
def test_left_behind(body: str) -> None:
    assert lines(NAME, inside(body)) == [4]


@pytest.mark.parametrize(
    "call",
    [
        *(
            f"os.{name}(path)"
            for name in [
                "access",
                "chdir",
                "chmod",
                "listdir",
                "makedirs",
                "mkdir",
                "scandir",
                "stat",
                "utime",
                "walk",
            ]
        ),
        *(f"os.path.{name}(path)" for name in ["exists", "getmtime", "getsize", "isdir", "isfile"]),
        *(f"os.path.{name}(path)" for name in ["abspath", "join", "normpath", "realpath"]),
        *(f"{name}(path)" for name in ["bool", "isinstance", "len", "str", "os.fspath"]),
    ],
)
def test_calls_that_only_look_at_the_path(call: str) -> None:
    assert lines(NAME, inside(f"path = tempfile.mkdtemp()\nx = {call}")) == [4]


@pytest.mark.parametrize(
    "use",
    [
        *(
            f"f.{name}(data)"
            for name in [
                "chmod",
                "close",
                "endswith",
                "exists",
                "fileno",
                "flush",
                "is_dir",
                "is_file",
                "isatty",
            ]
        ),
        *(
            f"f.{name}(data)"
            for name in ["mkdir", "open", "read", "read_bytes", "read_text", "readable", "readline"]
        ),
        *(
            f"f.{name}(data)"
            for name in ["readlines", "seek", "seekable", "startswith", "stat", "tell", "touch", "truncate"]
        ),
        *(f"f.{name}(data)" for name in ["writable", "write", "write_bytes", "write_text", "writelines"]),
        "f.closed",
        "f.mode",
    ],
)
def test_attributes_that_do_not_tell_the_path(use: str) -> None:
    assert lines(NAME, inside(f"f = tempfile.NamedTemporaryFile(delete=False)\nreturn {use}")) == [4]


@pytest.mark.parametrize(
    "use",
    [
        "assert path",
        "other: str = path",
        "for character in path: ...",
        "async for character in path: ...",
        "[character for character in data if path]",
        "await path",
        "data or path",
        "path == data",
        "not path",
        "del path",
        "f'{path}'",
        "if path: ...",
        "while path: ...",
        "path if data else data",
        "data if path else data",
        "(other := path)",
        "path + 'x'",
        "path[0]",
    ],
)
def test_uses_that_lead_nowhere(use: str) -> None:
    assert lines(NAME, inside(f"path = tempfile.mkdtemp()\n{use}")) == [4]


def test_the_same_name_in_another_function_does_not_count() -> None:
    source = inside("path = tempfile.mkdtemp()") + "def g(path):\n    return path\n"
    assert lines(NAME, source) == [4]


def test_a_given_folder_is_no_clean_up() -> None:
    assert lines(NAME, inside("fd, path = tempfile.mkstemp(dir=os.path.dirname(data))")) == [4]


def test_clean_up_in_another_function_does_not_count() -> None:
    source = inside("folder = tempfile.mkdtemp()\nos.listdir(folder)") + "def g():\n    shutil.rmtree('x')\n"
    assert lines(NAME, source) == [4]


def test_module_level_name_that_only_the_module_uses() -> None:
    assert lines(NAME, "import tempfile, os\nd = tempfile.mkdtemp()\nos.listdir(d)\n") == [2]
    assert lines(NAME, "import tempfile, shutil\nd = tempfile.mkdtemp()\nshutil.rmtree(d)\n") == []
    assert lines(NAME, "import tempfile\nd = tempfile.mkdtemp()\ndef f():\n    return d\n") == []


@pytest.mark.parametrize(
    "source",
    [
        "import tempfile as t\nt.mkdtemp()\n",
        "from tempfile import mkdtemp\nmkdtemp()\n",
        "from tempfile import NamedTemporaryFile\nNamedTemporaryFile(delete=False).close()\n",
    ],
)
def test_imports(source: str) -> None:
    assert lines(NAME, source) == [2]


def test_anchors_are_the_callee_and_the_keyword() -> None:
    source = (
        "import tempfile\nx = tempfile.NamedTemporaryFile(\n    'w',\n    delete = False,\n)\nx.close()\n"
    )
    assert anchored(NAME, source) == [["NamedTemporaryFile", "delete = False"]]
    assert anchored(NAME, "import tempfile\ntempfile.mkdtemp()\n") == [["mkdtemp"]]


def test_an_anchor_is_of_one_line() -> None:
    source = "import tempfile\ntempfile.NamedTemporaryFile(delete=\n  False).close()\n"
    assert anchored(NAME, source) == [["NamedTemporaryFile", "delete"]]


@pytest.mark.parametrize(
    "body",
    [
        "a = tempfile.mkdtemp()\na = a + a\nb = a\na = b",
        "a = tempfile.mkstemp()\na = a",
        "a, *b = tempfile.mkstemp()",
        "a, = 1, tempfile.mkdtemp()",
        "tempfile.mkdtemp()()",
        "match tempfile.mkdtemp():\n    case x: ...",
        "for tempfile.x in tempfile.mkstemp(): ...",
        "del tempfile.mkstemp()[0]",
        "x = f'{tempfile.mkdtemp()!r:>{tempfile.mkdtemp()}}'",
        "@tempfile.mkdtemp()\ndef g(): ...",
    ],
)
def test_odd_code_passes_through(body: str) -> None:
    lines(NAME, inside(body))


def test_sites_and_exemption() -> None:
    assert site_lines(NAME, "import tempfile\ntempfile.mkdtemp()\nuse()\nopen('x')\n") == [2, 4]
    assert check_named(NAME).exempt == ("tests",)
