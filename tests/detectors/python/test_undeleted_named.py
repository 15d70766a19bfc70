import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.undeleted_named"


def inside(body: str, head: str = "tempfile.NamedTemporaryFile('w', delete=False) as f") -> str:
    """A function with the `with` on line 4 and the body in it."""
    block = "".join(f"        {line}\n" for line in body.splitlines())
    return (
        f"import json, os, tempfile\nfrom pathlib import Path\ndef g(self, data):\n    with {head}:\n{block}"
    )


@pytest.mark.parametrize(
    "body",
    [
        "f.write(data)\nos.unlink(f.name)",
        "f.write(data)\nself.addCleanup(os.remove, f.name)",
        "return f.name",
        "return f",
        "yield f.name",
        "self.name = f.name",
        "data.append(f.name)",
        "use(f)",
        "use(f.name)",
        "os.replace(f.name, data)",
        "name = f.name\nuse(name)",
        "name = Path(f.name)\nreturn name.parent",
        "log(f'wrote {f.name}')",
        "names = [f.name]",
    ],
)
def test_silent_with_clean_up_or_when_the_name_escapes(body: str) -> None:
    assert lines(NAME, inside(body)) == []


@pytest.mark.parametrize(
    "head",
    [
        "tempfile.NamedTemporaryFile('w') as f",
        "tempfile.NamedTemporaryFile('w', delete=True) as f",
        "tempfile.NamedTemporaryFile('w', delete=data) as f",
        "tempfile.TemporaryFile('w') as f",
        "tempfile.NamedTemporaryFile('w', delete=False) as self.f",
        "NamedTemporaryFile('w', delete=False) as f",
        "closing(tempfile.NamedTemporaryFile('w', delete=False)) as f",
    ],
)
def test_silent_with_items(head: str) -> None:
    assert lines(NAME, inside("f.write(data)", head)) == []


def test_used_after_the_block() -> None:
    assert lines(NAME, inside("f.write(data)") + "    return f.name\n") == []


@pytest.mark.parametrize(
    "body",
    [
        "f.write(data)",
        "json.dump(data, f)",
        "print(data, file=f)",
        "f.flush()\nreturn f.tell()",
        "with open(f.name) as again:\n    use(again)",
        "name = f.name\nos.path.getsize(name)",
    ],
)
def test_left_behind(body: str) -> None:
    assert lines(NAME, inside(body)) == [4]


def test_without_a_name_nobody_can_delete_it() -> None:
    assert lines(NAME, inside("pass", "tempfile.NamedTemporaryFile(delete=False)")) == [4]


def test_second_item_and_async_with() -> None:
    assert lines(NAME, inside("f.write(data)", "a, tempfile.NamedTemporaryFile(delete=False) as f")) == [4]
    source = "from tempfile import NamedTemporaryFile\nasync def f():\n"
    assert lines(NAME, source + "    async with NamedTemporaryFile(delete=False): ...\n") == [3]


def test_anchors_are_the_callee_and_the_keyword() -> None:
    source = inside("pass", "tempfile.NamedTemporaryFile(\n        delete=False,\n    ) as f")
    assert anchored(NAME, source) == [["NamedTemporaryFile", "delete=False"]]


def test_sites_and_exemption() -> None:
    assert site_lines(NAME, inside("open(data)")) == [4, 5]
    assert check_named(NAME).exempt == ("tests",)
