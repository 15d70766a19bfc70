import pytest

from tests.detectors.check_harness import anchored, check_named, lines, matches, site_lines

NAME = "python.unguarded_index"


def function(*body: str, parameters: str = "xs") -> str:
    return f"def f({parameters}):\n" + "".join(f"    {line}\n" for line in body)


@pytest.mark.parametrize(
    "use",
    [
        "xs[i]",
        "xs[1:]",
        "xs['key']",
        "xs[True]",
        "xs[0.5]",
        "xs[~0]",
        "xs[()]",
        "xs.rows[0]",
        "f(xs)[0]",
        "xs.shape[0]",
        "xs.args[0]",
        "undefined[0]",
        "[1, 2][0]",
        "'ab'[0]",
    ],
)
def test_other_subscripts_are_silent(use: str) -> None:
    assert lines(NAME, function(f"return {use}")) == []


@pytest.mark.parametrize("statement", ["xs[0] = 1", "del xs[0]", "xs[0] += 1", "for xs[0] in y: pass"])
def test_stores_and_deletes_are_silent(statement: str) -> None:
    assert lines(NAME, function(statement)) == []


@pytest.mark.parametrize(
    "value",
    [
        "[1, 2]",
        "(1, 2)",
        "'text'",
        "f'{y}'",
        "{0: 1}",
        "{k: v for k, v in y}",
        "dict(y)",
        "tuple(y)",
        "[0] * n",
        "y if z else [1]",
        "y() or ['']",
        "a.shape",
        "error.args",
        "os.path.splitext(p)",
        "text.partition('=')",
        "re.match(p, text)",
        "Point(1, 2)",
        "np.zeros(3)",
        "text.split(',')",
        "lambda: 0",
        "[]",
        "None",
    ],
)
def test_names_bound_to_something_of_known_shape_are_silent(value: str) -> None:
    assert lines(NAME, f"import os, re\nimport numpy as np\nx = {value}\ny = x[0]\n") == []


@pytest.mark.parametrize(
    "callee",
    [
        *("bin", "bytes", "dict", "divmod", "hex", "range", "repr", "str", "tuple"),
        *("os.path.split", "os.path.splitdrive", "os.path.splitext"),
        *("struct.unpack", "struct.unpack_from", "sys.exc_info", "time.gmtime", "time.localtime"),
        *("y.partition", "y.rpartition", "y.span", "y.timetuple", "y.unpack", "y.unpack_from"),
        *("y.fetchone", "y.fullmatch", "y.groups", "y.match"),
        *("re.fullmatch", "re.match", "re.search", "match"),
    ],
)
def test_results_of_calls_with_a_fixed_number_of_parts_are_silent(callee: str) -> None:
    assert (
        lines(NAME, f"import os, re, struct, sys, time\nfrom re import match\nx = {callee}(a, b)\nx[0]\n")
        == []
    )


@pytest.mark.parametrize(
    "source",
    [
        "for x in xs(): x[0]\n",
        "ys = [x[0] for x in xs()]\n",
        "sorted(xs(), key=lambda x: x[0])\n",
        "a, b = f()\na[0]\n",
        "with f() as x: x[0]\n",
        "try: f()\nexcept E as x: x[0]\n",
        "from settings import HOSTS\nHOSTS[0]\n",
        "class A: ...\nA[0]\n",
        "match f():\n    case x: x[0]\n",
        "class A:\n    def f(self): self[0]\n    @classmethod\n    def g(cls): cls[0]\n",
    ],
)
def test_names_bound_by_other_than_a_value_are_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "parameters",
    [
        "xs: tuple[int, int]",
        "xs: str",
        "xs: np.ndarray",
        "xs: dict[str, list[int]]",
        "xs: 'dict[str, list]'",
        "xs: Optional[Pair]",
        "xs=(1, 2)",
        "*, xs='ab'",
        "a, /, xs=(1, 2)",
        "xs=(1, 2), /, a=3",
        "xs: list[int] = [1]",
        "*xs",
        "**xs",
    ],
)
def test_parameters_that_are_no_list_are_silent(parameters: str) -> None:
    assert lines(NAME, function("return xs[0]", parameters=parameters)) == []


def test_annotations_are_silent() -> None:
    source = "L = kinds()\ndef f(a: L[1], *b: L[2], c: L[3] = 0) -> L[4]: ...\nd: dict[str, L[5]] = {}\n"
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "body",
    [
        ["if xs: return xs[0]"],
        ["if not xs: return None", "return xs[0]"],
        ["if len(xs) > 1: return 1", "return xs[1]"],
        ["if xs[:1] == ['a']: return xs[0]"],
        ["if xs is None or is_empty(xs): raise E", "return xs[0]"],
        ["while xs: xs[0]"],
        ["assert xs", "return xs[0]"],
        ["return xs and xs[0]"],
        ["return not xs or xs[0]"],
        ["return xs[0] if xs else None"],
        ["return None if not xs else g(xs[0])"],
        ["count = len(xs)", "return xs[0]"],
        ["for i in range(len(xs)): xs[0]"],
        ["for x in xs: x == xs[0]"],
        ["async for x in xs: x == xs[0]"],
        *(
            [f"for x in {name}(xs): x == xs[0]"]
            for name in ("enumerate", "iter", "reversed", "sorted", "zip")
        ),
        ["return [x - xs[0] for x in xs]"],
        ["return {xs[0]: y for y in ys if xs}"],
        ["first, *rest = xs", "return xs[0]"],
        ["[first, *rest] = xs", "return xs[0]"],
        ["xs.append(1)", "return xs[-1]"],
        ["xs.insert(0, 1)", "return xs[0]"],
        ["match xs:", "    case [_, *_]: return xs[0]"],
        ["if not xs: return", "def g(): return xs[0]"],
        ["if not xs: return", "return [y + xs[0] for y in ys]"],
    ],
)
def test_a_guard_before_or_around_makes_silent(body: list[str]) -> None:
    assert lines(NAME, function(*body)) == []


@pytest.mark.parametrize(
    "kind", ["IndexError", "LookupError", "Exception", "BaseException", "(KeyError, IndexError)", ""]
)
def test_a_try_that_takes_the_error_makes_silent(kind: str) -> None:
    body = ["try:", "    with y:", "        return xs[0]", f"except {kind}:", "    return None"]
    assert lines(NAME, function(*body)) == []


@pytest.mark.parametrize(
    "block", ["with contextlib.suppress(IndexError):", "async with contextlib.suppress(IndexError):"]
)
def test_suppress_makes_silent(block: str) -> None:
    assert lines(NAME, "import contextlib\n" + function(block, "    return xs[0]")) == []


def test_an_exception_group_makes_silent() -> None:
    assert lines(NAME, function("try: xs[0]", "except* IndexError: pass")) == []


def test_two_places_of_something_unknown_speak_of_a_record() -> None:
    assert lines(NAME, function("return xs[0] + xs[1]")) == []
    assert lines(NAME, function("return xs['a'], xs[0]")) == []
    assert lines(NAME, function("return xs[0, 1], xs[0]")) == []
    assert lines(NAME, function("return xs[0] + xs[-1]")) == [2, 2]
    assert lines(NAME, function("return xs[0] + xs[1]", parameters="xs: list[int]")) == [2, 2]


@pytest.mark.parametrize(
    "attribute", ["dtype", "get", "group", "groups", "items", "keys", "ndim", "shape", "values"]
)
def test_what_no_list_has_speaks_of_something_else(attribute: str) -> None:
    assert lines(NAME, function(f"return xs.{attribute}, xs[0]")) == []


@pytest.mark.parametrize("index", ["0", "1", "-1", "-2"])
def test_an_unguarded_parameter_is_found(index: str) -> None:
    assert anchored(NAME, function(f"return xs[{index}]")) == [[f"[{index}]"]]


@pytest.mark.parametrize(
    "parameters",
    [
        "xs: list[int]",
        "xs: typing.List[int]",
        "xs: Sequence[str]",
        "xs: abc.MutableSequence",
        "xs: list[int] | None = None",
        "xs: None | list[int]",
        "xs: Optional[List[int]]",
        "xs: Annotated[list[int], 'doc']",
        "xs: Union[List[int], None]",
        "xs: 'list[int]'",
        "xs=None",
        "xs=()",
        "*, a=1, xs",
        "a=1, *, xs=None, b=2",
        "xs, a=(1, 2)",
    ],
)
def test_parameters_that_may_be_a_list_are_found(parameters: str) -> None:
    assert lines(NAME, function("return xs[0]", parameters=parameters)) == [2]


@pytest.mark.parametrize(
    "value",
    [
        "load()",
        "await load()",
        "self.rows",
        "reply['choices']",
        "rows[1:]",
        "rows",
        "[y for y in ys]",
        "sorted(ys)",
        "None if a else load()",
        "load() or []",
        "match(text)",
        "split(text)",
        "index.search(text)",
        "text.split()",
        "text.splitlines()",
    ],
)
def test_names_bound_to_what_may_be_an_empty_list_are_found(value: str) -> None:
    assert lines(NAME, f"async def f(self, rows, text):\n    x = {value}\n    return x[0]\n") == [3]


def test_declared_names_unpacked_rests_and_walrus_are_found() -> None:
    assert lines(NAME, "x: list[str] = load()\nx[0]\n") == [2]
    assert lines(NAME, "x: list[str]\nx = load()\nx[0]\n") == [3]
    assert lines(NAME, "x: Final[list[str]] = load()\nx[0]\n") == [2]
    assert lines(NAME, "first, *rest = load()\nrest[0]\n") == [2]
    assert lines(NAME, "def f():\n    g(x := load(), x[0])\n") == [2]
    assert lines(NAME, "x = []\nx = load()\nx[0]\n") == [3]
    assert lines(NAME, "x: Pair = load()\nx[0]\n") == []


def test_names_that_change_or_go_away() -> None:
    assert lines(NAME, "x = load()\nx += [1]\nx[0]\n") == []
    assert lines(NAME, "x = load()\nx += more()\nx[0]\n") == [3]
    assert lines(NAME, "x = load()\nx[0]\ndel x\n") == [2]


@pytest.mark.parametrize(
    "use",
    [
        "text.split()[0]",
        "text.split(None)[0]",
        "text.split(',')[1]",
        "text.split(sep=',', maxsplit=1)[-2]",
        "re.split(p, text)[1]",
        "re.findall(p, text)[0]",
        "found(p, text)[0]",
        "split(p, text)[1]",
        "shlex.split(text)[0]",
        "compiled.findall(text)[-1]",
        "open(p).readlines()[0]",
        "text.splitlines()[0]",
        "glob.glob('*.csv')[0]",
        "files('*.csv')[0]",
        "os.listdir(p)[0]",
        "sys.argv[1]",
        "argv[2]",
    ],
)
def test_elements_taken_from_a_call_are_found(use: str) -> None:
    imports = (
        "import glob, os, re, shlex, sys\nfrom glob import glob as files\n"
        "from re import findall as found, split\nfrom sys import argv\n"
    )
    assert lines(NAME, f"{imports}y = {use}\n") == [5]


@pytest.mark.parametrize(
    "use",
    [
        "text.split(',')[0]",
        "text.split(',')[-1]",
        "text.split(sep=',')[0]",
        "'a b'.split()[1]",
        "os.path.split(p)[1]",
        "split(p, text)[0]",
        "np.split(a, 3)[2]",
        "sys.argv[0]",
        "argv[-1]",
        "load()[0]",
    ],
)
def test_elements_that_are_there_or_of_other_calls_are_silent(use: str) -> None:
    imports = "import os, sys\nimport numpy as np\nfrom re import split\nfrom sys import argv\n"
    assert lines(NAME, f"{imports}y = {use}\n") == []


def test_a_text_asked_for_the_separator_before_may_be_split() -> None:
    assert lines(NAME, function("if '=' in xs: return xs.split('=')[1]")) == []
    assert lines(NAME, function("if '=' not in xs: return", "y = xs.split('=')", "return y[1]")) == []
    assert lines(NAME, function("if not xs: return", "y = xs.split()", "return y[1]")) == [4]
    assert lines(NAME, function("if '=' in xs: return xs.splitlines()[1]")) == [2]
    assert lines(NAME, function("if xs == text: return xs.split('=')[1]")) == [2]
    assert lines(NAME, function("y = xs.split('=')[1]", "if '=' in xs: return y")) == [2]


def test_arguments_of_the_program() -> None:
    assert lines(NAME, "import sys\nif len(sys.argv) > 1:\n    print(sys.argv[1])\n") == []
    assert lines(NAME, "import sys\nif sys.argv[1] == 'a' or sys.argv[2:]:\n    sys.argv[1]\n") == [2]
    assert lines(NAME, "import sys\nargs = sys.argv\nargs[0]\nargs[1]\n") == [4]
    assert lines(NAME, "from sys import argv as given\nassert len(given) > 1\ngiven[1]\n") == []


@pytest.mark.parametrize(
    "body",
    [
        ["y = xs[0]", "if xs: pass"],  # too late
        ["if xs[0] == 1: pass"],  # asks about the element
        ["if xs[i] == 1: xs[0]"],
        ["if ys: return xs[0]"],
        ["for y in load(xs): xs[0]"],
        ["for y in xs: pass", "xs[0]"],
        ["ys = [y for y in xs]", "xs[0]"],
        ["ys = [xs[0] for y in load(xs)]"],
        ["y = xs if a else b", "xs[0]"],
        ["assert y, xs", "xs[0]"],
        ["def g():", "    if xs: pass", "xs[0]"],
        ["def g(xs):", "    assert xs", "xs[0]"],
        ["xs.sort()", "xs[0]"],
        ["xs.rows.append(1)", "xs[0]"],
        ["with expect(IndexError): xs[0]"],
        ["ys = xs", "xs[0]"],
        ["try: pass", "except IndexError: xs[0]"],
        ["try: xs[0]", "except KeyError: pass"],
        ["try:", "    def g(): return xs[0]", "except IndexError: pass"],
        ["def len(y): ...", "len(xs)", "xs[0]"],
    ],
)
def test_what_is_no_guard(body: list[str]) -> None:
    source = function(*body)
    assert lines(NAME, source) == [next(n for n, line in enumerate(source.split("\n"), 1) if "xs[0]" in line)]


def test_a_module_variable_and_a_loop_of_three_scopes() -> None:
    source = """
        rows = load()
        class A:
            first = rows[0]
            def f(self):
                global rows
                return [[rows[-1] for y in x] for x in self.xs]
    """
    assert lines(NAME, source) == [4, 7]


def test_anchor_is_the_bracket_and_the_subscript_is_the_full_span() -> None:
    source = "xs = load()\né = xs[\n    0\n]\ny = 'é'.split(x)[0] + a.split(\n    ','\n)[1]\n"
    assert anchored(NAME, source) == [["[\n    0\n]"], ["[1]"]]
    assert [match.full for match in matches(NAME, source)] == [(2, 5, 4, 1), (5, 23, 7, 4)]


def test_sites_are_loads_by_a_constant_number() -> None:
    source = "xs = (1, 2)\nxs[0]\nf()[-1]\nxs[i]\nxs[0] = 1\ny: L[0] = 1\n"
    assert site_lines(NAME, source) == [2, 3]


def test_tests_are_exempt() -> None:
    assert check_named(NAME).exempt == ("tests",)
