"""A first Good example as a template: what is read of it, and every reason why it cannot be used."""

from __future__ import annotations

import io
import textwrap
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.api.library import gate
from feedback_loop.domain.generation import ROLES, Intent
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Example, Pattern, Template
from feedback_loop.engines.generate.compose import compose
from feedback_loop.engines.generate.template import Frame, Param, read_template
from feedback_loop.stores.library import load_library
from tests.faces.command_line import CommandLine
from tests.repo import ROOT, Repo
from tests.test_writing_patterns import pattern_of

GUARD = "def f(items):\n    if not items:\n        return None\n    ...\n"
CORE = {one.name: one for one in load_library(str(ROOT), "patterns").active}


def pattern(code: str, role: str | None = "guard", language: str = "python", **kinds: str) -> Pattern:
    template = Template(role, tuple(kinds.items())) if role else None
    return Pattern("aa", "T", "id", good=(Example(textwrap.dedent(code), language),), template=template)


def frame(code: str, role: str = "guard", **kinds: str) -> Frame:
    read = read_template(pattern(code, role, **kinds))
    assert isinstance(read, Frame), read
    return read


def reason(code: str, role: str | None = "guard", language: str = "python", **kinds: str) -> str:
    read = read_template(pattern(code, role, language, **kinds))
    assert isinstance(read, str), read
    return read


def test_a_pattern_without_a_template_is_none_a_helper_says_so() -> None:
    assert reason("def f(x):\n    return x\n", None) == "it has no template to put into code"
    read = read_template(pattern("def f(x):\n    return x\n", "helper"))
    assert isinstance(read, Frame)
    assert (read.role, [block.names for block in read.blocks]) == ("helper", [frozenset({"f"})])


def test_a_guard_is_its_body_and_its_parameters() -> None:
    read = frame(GUARD, items="sequence")
    assert read.params == (Param("items", "sequence"),)
    assert read.body == "if not items:\n    return None\n...\n"


def test_comments_docstrings_and_texts_of_several_lines() -> None:
    read = frame('''\
        """The module's docstring stays out."""
        import os

        # How many there may be.
        MOST = 10


        def f(items: list) -> None:
            """So does this one."""
            # First of all.
            text = """
          as it is
            """
            os.environ[text] = items  # and why
            ...
    ''')
    assert read.blocks[0].code == "# How many there may be.\nMOST = 10\n"
    assert read.body == (
        '# First of all.\ntext = """\n  as it is\n    """\nos.environ[text] = items  # and why\n...\n'
    )
    assert (read.params, read.returns) == ((Param("items", "any", "list"),), "None")


def test_a_constant_may_take_a_size() -> None:
    read = frame("LARGEST = 5\ndef f(path):\n    g = LARGEST, path\n    ...\n", LARGEST="number")
    assert read.limits == ("LARGEST",)


def test_a_converter_stays_a_function_with_the_decorators_that_it_has() -> None:
    code = "import functools\n@functools.cache\ndef f(value):\n    return str(value)\n"
    read = frame(code, "convert_return")
    assert (read.name, read.body) == ("f", "")
    assert read.blocks[0].code.startswith("@functools.cache\ndef f")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def f(:\n", "is no valid Python"),
        ("x = 1\n", "there is no function"),
        ("def f(x):\n    y = z\n    ...\n", "uses what it does not define: z"),
        ("from . import a\ndef f():\n    a()\n", "line 1: a relative import"),
        ("from a import *\ndef f(x):\n    y = x\n", "line 1: `import *`"),
        ("print('hello')\n" + GUARD, "line 1: something is done while the module is loaded"),
        ("for a in ():\n    pass\n" + GUARD, "line 1: something is done"),
        ("import os\nA = os.listdir()\n" + GUARD, "line 2: listdir is called while the module is loaded"),
        ("import os\ndef g(a=os.listdir()):\n    pass\n" + GUARD, "line 2: listdir is called"),
        ("import os\nclass A:\n    b = os.listdir()\n" + GUARD, "line 3: listdir is called"),
        ("def f(x): ...\n", "must begin on a line of its own"),
        ("def f(x):\n    if x: ...\n", "line 2: the `...` must stand on a line of its own"),
        ("def f(x):\n    '''Nothing.'''\n", "there is nothing in f"),
        ("def f(x):\n    ...\n    ...\n", "role 'guard': 2 lone `...` in f; at most one"),
        ("def f(*x):\n    len(x)\n    ...\n", "f takes any number of arguments"),
        ("def f(x):\n    yield x\n", "f yields"),
        ("def f(x):\n    global y\n    y = x\n    ...\n", "f changes names outside of itself"),
        ("def g():\n    return f\ndef f(x):\n    len(x)\n    ...\n", "f is used by the rest of the example"),
    ],
)
def test_why_an_example_is_no_template(code: str, words: str) -> None:
    assert words in reason(code)


@pytest.mark.parametrize(
    ("role", "code", "words"),
    [
        (
            "wrap",
            "def f(x):\n    try:\n        x()\n    finally:\n        pass\n",
            "0 lone `...` in f; exactly one",
        ),
        ("resource", "def f(x):\n    with x:\n        pass\n", "0 lone `...`"),
        ("endpoint", "async def f(x):\n    def g():\n        ...\n    return x\n", "0 lone `...`"),
        ("convert_return", "def f(x):\n    ...\n", "1 lone `...` in f; it takes none"),
        ("convert_return", "def f(x, y):\n    return x, y\n", "f must take one value"),
        ("convert_return", "async def f(x):\n    return x\n", "f must take one value"),
        ("convert_return", "def f(x, *, y):\n    return x, y\n", "f must take one value"),
        ("convert_return", "def f(*, x):\n    return x\n", "f must take one value"),
        ("convert_return", "def f(x):\n    pass\n", "there is nothing in f"),
        ("helper", "'Hello.'\nimport os\n", "there is nothing in its first Good"),
        ("guard", "def f(x):\n    'Nothing.'\n    import os\n    ...\n", "there is nothing in f"),
        ("logging", "def f(x):\n    pass\n", "there is nothing in f"),
        ("guard", "def f(x):\n    raise ValueError(x)\n", "f always ends"),
        ("logging", "def f(x):\n    if x:\n        return 1\n    else:\n        return 2\n", "f always ends"),
        ("guard", "def f(x):\n    return 1\n    ...\n", "line 3: the `...` is never reached"),
        ("wrap", "def f(x):\n    if False:\n        ...\n", "line 3: the `...` is never reached"),
        ("wrap", "def f(x):\n    if not 0:\n        x()\n    else:\n        ...\n", "line 5: the `...` is"),
        (
            "wrap",
            "def f(x):\n    while True:\n        x()\n    with x:\n        ...\n",
            "line 5: the `...` is",
        ),
        ("wrap", "def f(x):\n    for y in ():\n        ...\n", "line 3: the `...` is never reached"),
        (
            "wrap",
            "def f(x):\n    try:\n        return x()\n    except ValueError:\n        x = 1\n    else:\n        ...\n",
            "line 7: the `...` is never reached",
        ),
    ],
)
def test_slots_are_as_the_role_demands(role: str, code: str, words: str) -> None:
    assert words in reason(code, role)


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    try:\n        x()\n    finally: ...\n",
        "def f(x):\n    try:\n        x()\n    except ValueError: ...\n",
        "def f(x):\n    if x:\n        x()\n    else: ...\n",
        "def f(x):\n    match x:\n        case 1: ...\n",
        "def f(x):\n    if x:\n        (\n            ...\n        )\n",
        "def f(x):\n    if x:\n        (...)\n",
        "def f(x):\n    if x: \\\n        ...\n",
    ],
)
def test_a_slot_has_a_row_of_its_own(code: str) -> None:
    assert "the `...` must stand on a line of its own" in reason(code, "wrap")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def f(\n    x,\n): return x\n", "the body of f must begin on a line of its own"),
        ("def f(x): \\\n    return x\n", "the body of f must begin on a line of its own"),
        ("def f(x):\n\tif x:\n\t\treturn 1\n", "line 2: indented with a tab"),
        ("A = 1\n\fdef f(x):\n    len(x)\n", "line 2: a form feed"),
        ("A = 1\rB = 2\ndef f(x):\n    len(x)\n", "line 1: a carriage return within a line"),
        ("A = 1; B = 2\ndef f(x):\n    len(x)\n", "line 1: several statements on one row"),
        ("def f(x):\n    if x: return 1; len(x)\n", "line 2: several statements on one row"),
        ("def f(x):\n    x(); \\\n    x()\n", "line 3: several statements on one row"),
        ("A = " + "+".join(["1"] * 2_000) + "\n" + GUARD, "nested too deep"),
        ("json = 1\nA = " + "+".join(["json"] * 330) + "\n" + GUARD, "nested too deep"),
        ("A = " + "-" * 500 + "1\n" + GUARD, "nested too deep"),
        ("A = " + "(" * 500 + ")" * 500 + "\n" + GUARD, "too many nested parentheses"),
        ("def f(x):\n    len(x)\nreturn\n", "is no valid Python: line 3"),
        ("A = '" + "a" * (1 << 20) + "'\n" + GUARD, "larger than 1048576 bytes"),
    ],
)
def test_rows_that_cannot_be_moved_and_what_is_too_deep(code: str, words: str) -> None:
    assert words in reason(code)


def test_windows_line_ends_are_line_ends() -> None:
    assert frame(GUARD.replace("\n", "\r\n")) == frame(GUARD)


SHELL = "import os, sys\nclass M:\n    pass\ndef run(*x):\n    os.system(x)\n"


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess\nX = subprocess.Popen(['a']).wait\n",
        "import os\nRun = os.system\nX = Run('a')\n",
        "from os import system as compile\nX = compile('a')\n",
        "from os import system as int\nX = int('a')\n",
        "X = int('1')\ndef int(x):\n    return x\n",
        "import os\nos.environ['A'] = 'b'\n",
        "import sys\nsys.path = []\n",
        "import sys\nX = list(sys.stdin)\n",
        "import sys\nX = [*sys.stdin]\n",
        "import sys\nX, Y = sys.stdin\n",
        "import sys\nX = 'a' in sys.stdin\n",
        "import sys\nX, Y = sys.stdin, 1\nZ = set(X)\n",
        "import sys\nS = sys.stdin or 1\nX = tuple(S)\n",
        "from ctypes import cdll\nX = cdll.evil\n",
        "from ctypes import cdll\nX = cdll['evil']\n",
        "__builtins__ = {}\nX = int('1')\n",
        "X = 1\nX = 2\n",
        "X = [y for y in (1,)]\n",
        "X = (Y := 1)\n",
        *(
            SHELL + more
            for more in (
                "X = M()\n",
                "X = M() + 'a'\n",
                "X = f'{M()}'\n",
                "X = run('a')\n",
                "@run\ndef h():\n    pass\n",
                "@(lambda f: run(f) or f)\ndef h():\n    pass\n",
                "@run('a')\nclass H:\n    pass\n",
                "def h(x: run('0')):\n    pass\n",
                "def h() -> run('0'):\n    pass\n",
                "def h(x=run('a')):\n    pass\n",
                "def h(*, x=run('a')):\n    pass\n",
                "X = lambda x=run('a'): x\n",
                "X: run('0') = 1\n",
                "class H:\n    x = run('a')\n",
                "class H:\n    run('a')\n",
                "class H:\n    for x in ():\n        pass\n",
                "class H:\n    __class_getitem__ = os.system\n",
                "class H:\n    def __init_subclass__(cls):\n        run(cls)\n",
                "class H(metaclass=M):\n    pass\n",
                "class H(**{'metaclass': M}):\n    pass\n",
                "class H(os.PathLike):\n    pass\n",
                "class H:\n    s = sys.stdin\nX = list(H.s)\n",
                "import enum\nclass H(enum.Enum):\n    A = 1\n    def __init__(self, x):\n        run(x)\n",
                "import enum\nclass H(M, enum.Enum):\n    A = 1\n",
                "import pydantic\nclass H(pydantic.BaseModel):\n    model_config = {'alias_generator': run}\n",
                "import pydantic\nclass H(pydantic.BaseModel, alias_generator=run):\n    a: int\n",
                "class H:\n    def __get_pydantic_core_schema__(cls, *x):\n        run(x)\n",
                "import fastapi\nX = fastapi.FastAPI(generate_unique_id_function=run)\n",
                "import fastapi\nX = fastapi.FastAPI(**{'generate_unique_id_function': run})\n",
                "X = M\n@X.get('/')\ndef h():\n    pass\n",
            )
        ),
    ],
)
def test_nothing_happens_while_a_template_is_loaded(code: str) -> None:
    assert reason(code, "helper").startswith("line ")


def test_what_may_stand_in_a_module() -> None:
    read = frame(
        """\
        import enum, functools, logging, re, os.path
        from dataclasses import dataclass, field
        from decimal import Decimal
        from datetime import timedelta
        from pathlib import Path
        from typing import NamedTuple, Protocol
        import fastapi

        MOST = -3 * 1024**2 if os.sep == "/" else int("7")
        KNOWN = frozenset({"a", *("b", "c")}) | set(range(3))
        BY_NAME: dict[str, list[int]] = {"a": [1], f"{MOST}b": []}
        LOOKS = re.compile(r"a", re.IGNORECASE)
        FOLDER = Path("a") / "b"
        logger = logging.getLogger(__name__)
        app = fastapi.FastAPI(title="x")
        PRICE, WAIT = Decimal("1.5"), 3
        LATER = timedelta(days=MOST)
        CHOICES = {"first": min, "second": lambda x: x}


        class Colour(enum.StrEnum):
            RED = enum.auto()

            def __str__(self) -> str:
                return "red"


        class WrongError(ValueError):
            pass


        class WorseError(WrongError):
            code = 3


        class Pair(NamedTuple):
            first: int = MOST
            colour: Colour = Colour.RED


        class Shown(Protocol):
            def show(self) -> str: ...


        @dataclass(frozen=True)
        class Point:
            x: float
            names: list[str] = field(default_factory=list)

            @property
            def y(self) -> float | None:
                return self.x

            @y.setter
            def y(self, value: "Point") -> None:
                self.x = 1


        @functools.lru_cache(maxsize=3)
        def price(point: Point, *, factor: float = MOST / 2) -> tuple[Point, ...]:
            return (point,)


        @app.get("/", status_code=200)
        async def show(x: int = 3) -> dict[str, int]:
            ...
            return {"x": x}
        """,
        "endpoint",
    )
    assert (read.name, read.decorators) == ("show", '@app.get("/", status_code=200)\n')
    assert {"MOST", "LOOKS", "app", "LATER", "Colour", "Pair", "Point", "price"} <= frozenset().union(
        *(block.names for block in read.blocks)
    )


def test_kinds_are_of_parameters_or_of_constants() -> None:
    assert reason(GUARD, rows="sequence") == "params: 'rows' is neither a parameter of f nor a constant"
    assert reason("A = 1\n" + GUARD, A="text") == "params: the constant 'A' can only be a number, not text"
    assert reason("A = 1\n", "helper", A="number") == "params: a helper takes none, and 'A' is one"


def test_code_that_is_not_python_or_not_there() -> None:
    assert reason(GUARD, language="javascript") == "its first Good example is not marked as Python"
    assert read_template(replace(pattern(GUARD), good=())) == "there is no Good example"


def test_the_core_patterns_have_the_templates_that_their_roles_need() -> None:
    read = {name: read_template(one) for name, one in CORE.items()}
    assert {name: one.role if isinstance(one, Frame) else one for name, one in read.items()} == {
        "bounds_checking": "guard",
        "fastapi_streaming_uploads": "endpoint",
        "large_file_processing": "resource",
        "metadata_based_logic": "helper",
        "numpy_json_serialization": "convert_return",
        "numpy_nan_inf_handling": "guard",
        "specific_exceptions": "wrap",
        "structured_logging": "logging",
        "temp_file_handling": "resource",
    }


def test_the_guides_template_guards_a_number() -> None:
    read = read_template(pattern_of("percentage_checked"))
    assert isinstance(read, Frame)
    found = compose(Intent("x", "made", kinds=("number",)), None, [read])
    assert "(number: float):" in found.code
    assert "    if not 0 <= number <= 100:\n        raise ValueError" in found.code


def test_the_tests_of_the_core_patterns_pass_on_their_good_examples(tmp_path: Path) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("numpy")
    for name, one in CORE.items():
        codes = [example.code for example in (*one.good, *one.tests)]
        (tmp_path / f"test_{name}_examples.py").write_text("\n\n".join(codes), "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    told = io.StringIO()
    with redirect_stdout(told):
        answer = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)])
    assert answer == 0, told.getvalue()


# -- said when the library is checked ----------------------------------------------------------------


def test_an_unfit_template_fails_the_gate_and_stops_no_detector() -> None:
    unfit = replace(pattern("def f(x): ...\n"), path="patterns/aa")
    (failure,) = gate(Library("patterns/", (unfit,)))
    assert (failure.detectors, failure.note) == ((), False)
    assert str(failure.problem) == ("patterns/aa.md: template: the body of f must begin on a line of its own")


def test_check_and_pattern_test_name_the_reason(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = CommandLine(repo, monkeypatch, capsys)
    for ending in ("md", "json"):
        text = (ROOT / f"patterns/bounds_checking.{ending}").read_text("utf-8")
        repo.write(f"patterns/bounds_checking.{ending}", text.replace('"entries":', '"rows":'))
    words = "template: params: 'rows' is neither a parameter of newest nor a constant"
    for command in (("check",), ("pattern", "test")):
        answer = cli(*command)
        assert answer.code == 1
        assert words in answer.out + answer.err


def test_a_too_deep_example_takes_neither_command_down(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = CommandLine(repo, monkeypatch, capsys)
    for ending in ("md", "json"):
        text = (ROOT / f"patterns/bounds_checking.{ending}").read_text("utf-8")
        head, good, rest = text.partition("## Good example")
        rest = rest.replace("```python\n", "```python\nA = " + "+".join(["1"] * 2_000) + "\n", 1)
        repo.write(f"patterns/bounds_checking.{ending}", head + good + rest)
    for command in (("check",), ("pattern", "test", "bounds_checking"), ("pattern", "test")):
        answer = cli(*command)
        assert answer.code == 1
        assert "template: its first Good example is no template: nested too deep" in answer.out + answer.err


# -- whatever stands in it ---------------------------------------------------------------------------

ROWS = """\
import a
from b import c
A = 1
A = B()
# x
def f(x):
    ...
    return x
    if x:
        ...
async def g(y):
    '''d'''
class C:
    pass
@f

    x = '''
'''
...
é"""


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ROWS.split("\n")), max_size=12), st.sampled_from(ROLES))
def test_any_example_is_read_or_refused_with_a_reason(rows: list[str], role: str) -> None:
    read = read_template(pattern("\n".join(rows) + "\n", role))
    assert read
    if isinstance(read, Frame):
        assert all(compile(block.code, "x", "exec") for block in read.blocks)
