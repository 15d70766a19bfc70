import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.whole_upload_read"
HEAD = (
    "from fastapi import File, HTTPException, UploadFile\n"
    "from typing import Annotated, List, Optional, Union\n"
)


def inside(body: str, parameters: str = "file: UploadFile") -> str:
    """A module whose endpoint, on line 3, holds the body from line 4 on."""
    return f"{HEAD}async def take({parameters}):\n" + "".join(f"    {row}\n" for row in body.splitlines())


@pytest.mark.parametrize(
    "body",
    [
        "await file.read(1024)",
        "await file.read(size=1024)",
        "while chunk := await file.read(1024 * 1024): ...",
        "file.file.read(1024)",
        "shutil.copyfileobj(file.file, out)",
        "await file.seek(0)",
        "await file.close()",
        "await other.read()",
        "file.read",
        "file.other.read()",
        "file = other\nawait file.read()",
        "await run_in_threadpool(file.file.read)",
    ],
)
def test_silent(body: str) -> None:
    assert lines(NAME, inside(body)) == []


@pytest.mark.parametrize(
    "test",
    [
        "if file.size > LIMIT:\n    raise HTTPException(413)",
        "if file.size is None or file.size > LIMIT:\n    return None",
        "size = file.size\nif size > LIMIT:\n    raise HTTPException(413)",
        "if file.size < LIMIT:\n    pass\nelse:\n    raise HTTPException(413)",
        "assert file.size < LIMIT",
    ],
)
def test_size_refused_before(test: str) -> None:
    assert lines(NAME, inside(test + "\nawait file.read()")) == []


def test_size_compared_around() -> None:
    assert lines(NAME, inside("if file.size < LIMIT:\n    data = await file.read()")) == []


@pytest.mark.parametrize("way_out", ["continue", "break"])
def test_sizes_of_a_list_refused_before(way_out: str) -> None:
    body = f"for file in files:\n    if file.size > LIMIT:\n        {way_out}\n    await file.read()"
    assert lines(NAME, inside(body, "files: list[UploadFile]")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from other import UploadFile\nasync def f(p: UploadFile): await p.read()\n",
        "from .fastapi import UploadFile\nasync def f(p: UploadFile): await p.read()\n",
        HEAD + "class UploadFile: ...\nasync def f(p: UploadFile): await p.read()\n",
        HEAD + "async def f(p: dict[str, UploadFile]): await p.read()\n",
        HEAD + "async def f(p: list[UploadFile]): await p.read()\n",
        HEAD + "async def f(p: Annotated[str, UploadFile]): await p.read()\n",
        HEAD + "async def f(p): await p.read()\n",
        HEAD + "async def f(p: bytes): await p.read()\n",
        HEAD + "def f(p: UploadFile): p.read()\n",
    ],
)
def test_silent_for_other_types(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "body",
    [
        "await file.read()",
        "data = await file.read(-1)",
        "await file.read(size=-1)",
        "file.file.read()",
        "return [await file.read()]",
        "await asyncio.gather(file.read())",
        "use(len(await file.read()))",
    ],
)
def test_found(body: str) -> None:
    assert lines(NAME, inside(body)) == [4]


@pytest.mark.parametrize(
    "note",
    [
        "UploadFile | None = None",
        "None | UploadFile = None",
        "Optional[UploadFile] = None",
        "Union[UploadFile, str]",
        "UploadFile = File(...)",
        "Annotated[UploadFile, File()]",
        "Annotated[UploadFile | None, File()] = None",
    ],
)
def test_annotations(note: str) -> None:
    assert lines(NAME, inside("await file.read()", f"file: {note}")) == [4]
    assert lines(NAME, inside("await file.read()", f"x, *, file: {note}")) == [4]


@pytest.mark.parametrize(
    "note", ["list[UploadFile]", "List[UploadFile] | None = None", "Annotated[list[UploadFile], File()]"]
)
@pytest.mark.parametrize(
    "body",
    [
        "for f in files: await f.read()",
        "for f in files or []: f.file.read()",
        "for n, f in enumerate(files): await f.read()",
        "return [await f.read() for f in files]",
        "async for f in files: await f.read()",
        "await files[0].read()",
    ],
)
def test_lists(note: str, body: str) -> None:
    assert lines(NAME, inside(body, f"files: {note}")) == [4]


@pytest.mark.parametrize(
    "name",
    [
        *("builtins.list", "builtins.set", "builtins.tuple"),
        *("collections.abc.Collection", "collections.abc.Iterable", "collections.abc.Sequence"),
        *("typing.Collection", "typing.Iterable", "typing.List", "typing.Sequence", "typing.Tuple"),
    ],
)
def test_kinds_of_lists(name: str) -> None:
    source = inside("for f in files: await f.read()", f"files: {name}[UploadFile]")
    assert lines(NAME, "import builtins, collections.abc, typing\n" + source) == [5]


@pytest.mark.parametrize(
    "body",
    [
        "for f, n in enumerate(files): await f.read()",
        "for n, f in pairs(files): await f.read()",
        "for n, f in files: await f.read()",
        "for n, m, f in enumerate(files): await f.read()",
        "for f in other: await f.read()",
        "for f in files[0]: await f.read()",
        "for f in files: await f[0].read()",
        "for f in files: f = other; await f.read()",
        "await files[:1].read()",
    ],
)
def test_silent_for_what_is_no_element(body: str) -> None:
    assert lines(NAME, inside(body, "files: list[UploadFile]")) == []


@pytest.mark.parametrize(
    "head",
    [
        "import fastapi\nasync def f(p: fastapi.UploadFile):\n",
        "from starlette.datastructures import UploadFile\nasync def f(p: UploadFile):\n",
        "from fastapi.datastructures import UploadFile\ndef f(p: UploadFile):\n",
        "from fastapi import UploadFile as Sent\nasync def f(p: Sent):\n",
    ],
)
def test_imports(head: str) -> None:
    assert lines(NAME, head + "    return p.file.read()\n") == [3]


@pytest.mark.parametrize(
    "body",
    [
        "if file.size:\n    await file.read()",
        "if file.size > LIMIT:\n    log('large')\nawait file.read()",
        "if file.filename is None:\n    return\nawait file.read()",
        "if other.size > LIMIT:\n    return\nawait file.read()",
        "assert file.filename\nawait file.read()",
    ],
)
def test_tests_that_do_not_bound_the_size(body: str) -> None:
    assert len(lines(NAME, inside(body))) == 1


@pytest.mark.parametrize("test", ["if file.size > LIMIT:\n    return", "assert file.size < LIMIT"])
def test_a_size_refused_too_late(test: str) -> None:
    assert lines(NAME, inside("await file.read()\n" + test)) == [4]


def test_the_size_of_another_upload_does_not_count() -> None:
    body = "if other.size > LIMIT:\n    return\nawait file.read()"
    assert lines(NAME, inside(body, "file: UploadFile, other: UploadFile")) == [6]


def test_anchors_are_the_method_and_the_annotation() -> None:
    source = inside("await (file\n    .read())", "\n  file: Annotated[\n    UploadFile, File()],\n")
    assert anchored(NAME, source) == [["read", "Annotated[\n    UploadFile, File()]"]]


def test_qualified_annotation_is_an_anchor() -> None:
    source = "import fastapi\ndef f(p: fastapi.UploadFile): p.file.read()\n"
    assert anchored(NAME, source) == [["read", "fastapi.UploadFile"]]


def test_alias_of_the_type() -> None:
    source = HEAD + "Sent = Annotated[UploadFile, File()]\nasync def f(p: Sent):\n    await p.read()\n"
    assert lines(NAME, source) == [5]
    assert anchored(NAME, source) == [["read", "Sent"]]


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ("for f in f: await f.read()", "f: list[UploadFile]"),
        ("for a, b in enumerate(): await b.read()", "f: list[UploadFile]"),
        ("await f[0][0][:].read()", "f: list[list[UploadFile]]"),
        ("await f.read(*f, **f)", "*f: UploadFile, **g: UploadFile"),
        ("await f.read()", "f: tuple[()], g: list[UploadFile, ...], h: Annotated[()]"),
        ("await f.read()", "f: 'UploadFile', g: ''"),
        ("await f.read()", "f: A"),
    ],
)
def test_odd_code_passes_through(body: str, parameters: str) -> None:
    lines(NAME, "A = 'list[A]'\n" + inside(body, parameters))
    lines(NAME, "A = list[A]\n" + inside(body, parameters))


def test_sites_are_the_parameters_that_take_an_upload() -> None:
    source = HEAD + "def f(\n  a: UploadFile,\n  b: str,\n  c: bytes = File(),\n  d: bytes = b'',\n): ...\n"
    assert site_lines(NAME, source) == [4, 6]


def test_sites_are_the_reads_of_an_upload_too_whole_or_not() -> None:
    """Who mends an old endpoint does not touch its parameters."""
    source = HEAD + (
        "async def f(p: UploadFile, q: list[UploadFile], other):\n"
        "    while chunk := await p.read(CHUNK): ...\n"
        "    p.file.read(1)\n"
        "    for one in q: await one.read()\n"
        "    other.read(); p.seek(0); p.name.read(); read(p)\n"
    )
    assert site_lines(NAME, source) == [3, 3, 4, 5, 6]


def test_tests_are_exempt() -> None:
    assert check_named(NAME).exempt == ("tests",)
