import numpy as np
import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.unchecked_result"
HEAD = "import numpy as np\n"


def function(*body: str, head: str = HEAD, parameters: str = "x, peak") -> str:
    return f"{head}def f({parameters}):\n" + "".join(f"    {line}\n" for line in body)


@pytest.mark.parametrize(
    "check",
    [
        "assert np.isfinite(y).all()",
        "y = np.nan_to_num(y)",
        "y[np.isnan(y)] = 0",
        "with np.errstate(divide='raise'): g()",
        "if math.isnan(y): raise ValueError",
        "y = y if isfinite(y) else 0",
    ],
)
def test_function_that_asks_for_nan_is_silent(check: str) -> None:
    assert lines(NAME, function(check, "return x / peak")) == []
    assert lines(NAME, function(check, "return np.log(x)")) == []


def test_check_around_or_above_the_function_counts_and_one_elsewhere_does_not() -> None:
    assert lines(NAME, f"{HEAD}@np.errstate(all='ignore')\ndef f(x, n):\n    return x / n\n") == []
    assert lines(NAME, function("np.isnan(x)", "def g(n):", "    return x / n")) == []
    assert lines(NAME, function("return x / peak") + "def g(x):\n    return np.isnan(x)\n") == [3]


@pytest.mark.parametrize(
    "test",
    [
        "if peak == 0: return x",
        "if not peak: return x",
        "assert peak, 'silence'",
        "while peak: g()",
        "y = x if peak else 0",
        "y = [v for v in x if peak]",
        "np.where(peak > 0, x, 0)",
        "y = peak and 1",
        "if g(peak): return x",
    ],
)
def test_tested_divisor_or_argument_is_silent(test: str) -> None:
    assert lines(NAME, function(test, "return x / peak")) == []
    assert lines(NAME, function(test, "return np.log(peak)")) == []


def test_tested_result_is_silent() -> None:
    assert lines(NAME, function("y = np.sqrt(x)", "if y == 0: return 0", "return y")) == []
    assert lines(NAME, function("y = np.sqrt(x)", "if y is None: return 0", "return y")) == [3]


def test_test_for_none_or_of_the_dividend_does_not_guard_the_divisor() -> None:
    assert lines(NAME, function("if peak is None: peak = 1", "return x / peak")) == [4]
    assert lines(NAME, function("if x == 0: return x", "return x / peak")) == [4]


def test_tested_attribute_of_self_guards_itself_alone() -> None:
    guarded = "if self.x.size: pass"
    assert lines(NAME, function(guarded, "return np.std(self.x)", parameters="self")) == []
    assert lines(NAME, function(guarded, "return np.std(self.y)", parameters="self")) == [4]


@pytest.mark.parametrize(
    "body",
    [
        ["n = 2.0", "return x / n"],
        ["n = max(peak, 1e-9)", "return x / n"],
        ["n = np.maximum(peak, 1)", "return x / n"],
        ["n = np.where(m, 1, peak)", "return x / n"],
        ["n = peak or 1", "return x / n"],
        ["n = peak if m else 1", "return x / n"],
        ["n = peak + 1e-9", "return x / n"],
        ["n = peak + np.finfo(float).eps", "return x / n"],
        ["n = 2 * np.pi", "return x / n"],
        ["n = 2 ** 15", "m = float(n)", "return x / m"],
        ["return np.log(2)"],
        ["return np.log10(x + 1e-12)"],
        ["return np.log(np.maximum(x, 1e-12))"],
        ["return np.sqrt(2)"],
        ["return np.sqrt(x ** 2 + peak ** 2)"],
        ["return np.sqrt(np.sum(np.square(x)))"],
        ["return np.sqrt(len(x))"],
        ["return np.log(x, where=x > 0)"],
    ],
)
def test_operation_that_cannot_fail_is_silent(body: list[str]) -> None:
    assert lines(NAME, function(*body)) == []


@pytest.mark.parametrize(
    "body",
    [
        ["n = -1.0", "return x / n"],
        ["n = peak - 1", "return x / n"],
        ["n = peak * 2", "return x / n"],
        ["n = n_steps + x", "return x / n"],
        ["n = np.max(np.abs(x))", "return x / n"],
        ["return np.log(2 * x)"],
        ["return np.log(np.square(x))"],
        ["return np.sqrt(x - 1)"],
        ["return np.sqrt(np.mean(x ** 2))"],
    ],
)
def test_operation_that_may_fail_is_found(body: list[str]) -> None:
    assert lines(NAME, function(*body)) == [2 + len(body)]


@pytest.mark.parametrize(
    "body",
    [
        ["return folder / name"],
        ["return self.out_dir / x"],
        ["return pathlib.Path(x) / peak"],
        ["base = pathlib.Path.cwd()", "return base / x"],
        ["return x / 'a' / peak"],
        ["n = f'{x}.npy'", "return peak / n"],
    ],
)
def test_joined_path_is_silent(body: list[str]) -> None:
    source = function(
        *body, head="import pathlib\nimport numpy as np\n", parameters="self, folder, name, x, peak"
    )
    assert lines(NAME, source) == []


def test_divisor_annotated_as_text_or_path_is_silent() -> None:
    assert lines(NAME, function("return x / n", parameters="x, n: str")) == []
    assert lines(NAME, function("return x / n", parameters="x: pathlib.Path, n")) == []
    assert lines(NAME, function("return x / n", parameters="x, n: float")) == [3]


@pytest.mark.parametrize(
    "source",
    [
        "def f(x, n):\n    return x / n\n",
        "import numpy as np\nN = g()\ndef f(x):\n    return x / N\n",
        "import numpy as np\nfrom sizes import n\ndef f(x):\n    return x / n\n",
        "import numpy as np\ndef f(x, n):\n    return x / n.size\n",
        "import numpy as np\ndef f(x, n):\n    return x // n\n",
        "import numpy as np\ndef f(x, n):\n    y = x / n\n    return g(y)\n",
        "import numpy as np\ndef f(x, n):\n    y = x / n\n    y[0] = 0\n    return y\n",
        "import numpy as np\ndef f(x, n):\n    y = x / n\n    clean(y)\n    return y\n",
        "import numpy as np\ndef f(x, n):\n    return x / n > 1\n",
        "import numpy as np\ndef f(x, n):\n    yield x / n\n",
        "import numpy as np\ndef f(x, n):\n    return not x / n\n",
        "import numpy as np\ndef f(x):\n    return x.std()\n",
        "import math, numpy as np\ndef f(x):\n    return math.log(x)\n",
        "import numpy as np\ndef f(x, np):\n    return np.log(x)\n",
        "import numpy as np\ndef f():\n    return np.log()\n",
        "import numpy as np\ndef f():\n    return\n",
    ],
)
def test_other_code_is_silent(source: str) -> None:
    assert lines(NAME, source) == []


@pytest.mark.parametrize(
    "expression",
    [
        "x / peak",
        "(x / peak).tolist()",
        "float(x / peak)",
        "round(float(x / peak), 2)",
        "-(x / peak)",
        "20 * (1 + x / peak)",
        "(x / peak)[0]",
        "{'gain': x / peak}",
        "[1, (x / peak, 2)]",
        "[v / peak for v in x]",
        "dict(gain=x / peak)",
        "x / peak if m else 0",
    ],
)
def test_division_that_reaches_the_result_is_found(expression: str) -> None:
    assert lines(NAME, function(f"return {expression}")) == [3]
    assert lines(NAME, function(f"y = {expression}", "return y")) == [3]


@pytest.mark.parametrize("name", ["log", "log2", "log10", "sqrt", "std", "corrcoef"])
def test_numpy_operation_is_found_and_really_gives_nan_or_infinity(name: str) -> None:
    with np.errstate(all="ignore"):
        result = getattr(np, name)(np.array([-1.0, 0.0, np.inf]))
    assert not np.isfinite(result).all()
    assert anchored(NAME, function(f"return float(np.{name}(x))")) == [[f"np.{name}"]]


def test_element_of_a_correlation_is_found() -> None:
    assert anchored(NAME, function("return float(np.corrcoef(x, peak)[0, 1])")) == [["np.corrcoef"]]


def test_imports_are_followed_and_an_alias_without_the_name_is_a_known_miss() -> None:
    assert lines(NAME, function("return log(x)", head="from numpy import log\n")) == [3]
    assert lines(NAME, function("return ln(x)", head="from numpy import log as ln\n")) == []


def test_result_given_to_json_is_found_where_it_is_computed() -> None:
    source = """
        import json, numpy as np
        def save(samples, file):
            peak = np.max(np.abs(samples))
            scaled = samples / peak
            report = {"scaled": scaled.tolist()}
            json.dump(report, file)
        n = count()
        json.dumps(total / n)
    """
    assert lines(NAME, source) == [5, 9]
    assert anchored(NAME, source) == [["samples / peak"], ["total / n"]]


def test_operation_that_reaches_two_results_is_one_match() -> None:
    assert lines(NAME, function("y = x / peak", "if m: return y", "return [y]")) == [3]


def test_division_over_several_lines_is_anchored_after_the_dividend() -> None:
    source = """
        import numpy as np
        def f(x, n):
            return (
                g(
                    x,
                )
                / n
            )
    """
    assert lines(NAME, source) == [7]
    assert anchored(NAME, source) == [["\n        / n"]]


def test_deep_expression_and_odd_code() -> None:
    assert len(lines(NAME, function("return " + " + ".join(["x / peak"] * 300)))) == 300
    assert lines(NAME, f"{HEAD}async def f(*a, n, **k):\n    return a / n, lambda p: p / n\n") == [3]
    assert lines(NAME, function("n = n", "return x / n")) == []


def test_sites_and_paths() -> None:
    assert site_lines(NAME, HEAD + "a / b\nnp.isnan(x)\nx == np.nan\n") == [2, 3, 4]
    assert check_named(NAME).exempt == ("tests",)
