import math

import numpy as np
import pytest

from tests.detectors.check_harness import anchored, check_named, lines, site_lines
from tests.detectors.python.test_numpy_value import fences, run

NAME = "python.nan_compare"
HEAD = "import math\nimport numpy as np\n"


@pytest.mark.parametrize(
    "expression",
    [
        "np.isnan(x)",
        "math.isnan(x)",
        "x != x",
        "x == np.inf",
        "x == float('inf')",
        "x == 'nan'",
        "x in (np.nan, None)",
        "np.nan in x",
        "np.nan not in x",
        "x == [np.nan]",
        "x == other.nan",
        "x == nan",
        "x == float(text)",
        "x == float()",
        "x == float(*parts)",
        "x == float(b'nan')",
        "f(np.nan) == x",
        "x == y < np.nan.real",
    ],
)
def test_silent(expression: str) -> None:
    assert lines(NAME, f"{HEAD}{expression}\n") == []


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">=", "is", "is not"])
def test_every_operator_but_in_is_found_on_either_side(operator: str) -> None:
    assert anchored(NAME, f"{HEAD}x {operator} np.nan\n") == [["np.nan"]]
    assert anchored(NAME, f"{HEAD}np.nan {operator} x\n") == [["np.nan"]]


@pytest.mark.parametrize(
    "nan",
    [
        "np.nan",
        "np.NaN",
        "np.NAN",
        "math.nan",
        "float('nan')",
        'float("NaN")',
        "float('NAN')",
        "float('Nan')",
        "float('-nan')",
        "float(' nan ')",
    ],
)
def test_every_spelling_is_found(nan: str) -> None:
    assert anchored(NAME, f"{HEAD}if x == {nan}: pass\n") == [[nan]]


def test_the_answer_does_not_depend_on_the_value() -> None:
    for value in (np.nan, math.nan, float("nan"), 0.0):
        names = {"np": np, "value": value}
        assert eval("value == np.nan", names) is False
        assert eval("value != np.nan", names) is True


@pytest.mark.parametrize(
    "source",
    [
        "from numpy import nan\nx == nan\n",
        "from numpy import nan as NaN\nx == NaN\n",
        "from math import nan\nx == nan\n",
        "import numpy\nx == numpy.nan\n",
        "def f(x):\n    import numpy as np\n    return x == np.nan\n",
    ],
)
def test_imports_are_followed(source: str) -> None:
    assert len(lines(NAME, source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\ndef f(np):\n    return x == np.nan\n",
        "def float(text): ...\nx == float('nan')\n",
        "from numpy import nan\nnan = 3\nx == nan\n",
        "from numpy import *\nx == nan\n",
        "from .math import nan\nx == nan\n",
        "import pandas as np\nx == np.nan\n",
    ],
)
def test_shadowed_and_other_names_are_silent(source: str) -> None:
    assert lines(NAME, source) == []


def test_alias_without_the_letters_is_a_known_miss() -> None:
    assert lines(NAME, "from math import nan as missing\nx == missing\n") == []


def test_chain_has_one_match_with_each_nan_that_is_compared() -> None:
    assert anchored(NAME, HEAD + "np.nan == x == math.nan\n") == [["np.nan", "math.nan"]]
    assert anchored(NAME, HEAD + "np.nan in x == math.nan\n") == [["math.nan"]]
    assert anchored(NAME, HEAD + "x == np.nan in y\n") == [["np.nan"]]


def test_comparison_over_several_lines_and_inside_others() -> None:
    source = """
        import numpy as np
        rows = [
            row for row in rows
            if (row["é"]
                != np.nan)
        ]
        y = {k: lambda: v < np.nan for k, v in z}
    """
    assert lines(NAME, source) == [6, 8]


def test_sites_are_nan_comparisons_checks_and_divisions_beside_numpy() -> None:
    source = "x == np.nan\nmath.isnan(x)\nnp.nan_to_num(x)\na / b\na // b\na == b\nother.isnan(x)\n"
    assert site_lines(NAME, HEAD + source) == [3, 4, 5, 6]
    assert site_lines(NAME, "import math\nmath.isfinite(x)\na / b\n") == [2]


def test_no_path_is_exempt() -> None:
    assert check_named(NAME).exempt == ()


def test_bad_examples_are_found_where_they_say() -> None:
    for expected, code in fences("numpy_nan_inf_handling", "Bad example"):
        assert sorted(lines(NAME, code) + lines("python.unchecked_result", code)) == expected


def test_bad_examples_really_give_the_wrong_answer() -> None:
    missing, waveform = (run(code) for _, code in fences("numpy_nan_inf_handling", "Bad example"))
    assert len(missing["drop_missing"]([1.0, np.nan])) == 2
    with np.errstate(invalid="ignore"):
        assert waveform["waveform_json"](np.zeros(2)) == '{"scaled": [NaN, NaN]}'


def test_good_examples_are_silent_and_pass_their_test() -> None:
    good = [code for _, code in fences("numpy_nan_inf_handling", "Good example")]
    for code in good:
        assert lines(NAME, code) + lines("python.unchecked_result", code) == []
    tests = [code for _, code in fences("numpy_nan_inf_handling", "Test")]
    names = run(*good, *tests)
    names["test_silence_and_missing_values_are_handled"]()
    with pytest.raises(ValueError, match="NaN or infinite"):
        names["waveform_json"](np.array([np.inf, 1.0]))
