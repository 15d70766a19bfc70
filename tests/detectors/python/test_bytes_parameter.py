import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.bytes_parameter"
HEAD = "import fastapi\nfrom fastapi import Body, File, UploadFile\nfrom typing import Annotated, Optional\n"


@pytest.mark.parametrize(
    "parameter",
    [
        "data: bytes",
        "data: bytes = b''",
        "data: bytes = Body(...)",
        "data: bytes = File",
        "data: UploadFile = File(...)",
        "data: str = File(...)",
        "data: dict[str, bytes] = File(...)",
        "data = File(...)",
        "data: Annotated[bytes, Body()]",
        "data: list[bytes, File()]",
        "data: Annotated[bytes, 'File()']",
        "data: Annotated[UploadFile, File()]",
    ],
)
def test_silent(parameter: str) -> None:
    assert lines(NAME, f"{HEAD}def f({parameter}): ...\n") == []


@pytest.mark.parametrize(
    "source",
    [
        "from other import File\ndef f(data: bytes = File()): ...\n",
        "from fastapi import File\ndef File(): ...\ndef f(data: bytes = File()): ...\n",
        "from fastapi import File\nclass bytes: ...\ndef f(data: bytes = File()): ...\n",
    ],
)
def test_silent_for_other_meanings(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "parameter",
    [
        "data: bytes = File(...)",
        "data: bytes = File()",
        "data: bytes = fastapi.File(max_length=9)",
        "data: bytes = fastapi.params.File()",
        "data: bytes = fastapi.param_functions.File()",
        "x, /, y=1, data: bytes = File()",
        "*, data: bytes = File()",
        "data: bytes | None = File(None)",
        "data: Optional[bytes] = File(None)",
        "data: list[bytes] = File()",
        "data: Annotated[bytes, File()]",
        "data: Annotated[bytes | None, File()] = None",
        "data: Annotated[list[bytes], 'text', File()]",
    ],
)
def test_found(parameter: str) -> None:
    assert lines(NAME, f"{HEAD}async def f({parameter}): ...\n") == [4]


def test_import_alias_and_several_lines() -> None:
    source = (
        "from fastapi import File as Sent\ndef f(\n    a: bytes = Sent(),\n    b: bytes = Sent(),\n): ...\n"
    )
    assert lines(NAME, source) == [3, 4]


def test_alias_of_the_type() -> None:
    assert lines(NAME, "from fastapi import File\nRaw = bytes\ndef f(data: Raw = File()): ...\n") == [3]


def test_anchor_is_the_annotation() -> None:
    assert anchored(NAME, f"{HEAD}def f(data: bytes | None = File()): ...\n") == [["bytes | None"]]


@pytest.mark.parametrize(
    "parameter", ["a: () = File()", "*a: bytes, **b: bytes", "a: Annotated[()] = File()"]
)
def test_odd_code_passes_through(parameter: str) -> None:
    assert lines(NAME, f"{HEAD}f = lambda a=File(): a\ndef f({parameter}): ...\n") == []


def test_sites_are_the_parameters_that_take_an_upload() -> None:
    source = HEAD + "def f(\n  a: UploadFile,\n  b: bytes = File(),\n  c: bytes = b'',\n): ...\n"
    assert site_lines(NAME, source) == [5, 6]


def test_tests_are_exempt() -> None:
    assert check_named(NAME).exempt == ("tests",)
