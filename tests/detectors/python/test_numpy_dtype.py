import json

import numpy as np
import pytest

from feedback_loop.detectors.numpy_calls import INPUT_TYPED
from tests.detectors.check_harness import anchored, check_named, lines, site_lines

NAME = "python.numpy_dtype"
HEAD = "import json\nimport numpy as np\n"

# What comes after the data; nothing if not named here.
MORE = {"dot": ", x", "clip": ", x, x", "percentile": ", 50"}


def call(name: str) -> str:
    return f"np.{name}(x{MORE.get(name, '')})"


@pytest.mark.parametrize("name", sorted(INPUT_TYPED))
def test_result_that_only_float64_saves_is_found(name: str) -> None:
    code = call(name)
    assert json.dumps(eval(code, {"np": np, "x": np.float64(1.5)}))
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(eval(code, {"np": np, "x": np.float32(1.5)}))
    assert anchored(NAME, f"{HEAD}json.dumps({code})\n") == [["dumps", f"np.{name}"]]


@pytest.mark.parametrize("code", ["list(np.array(x))", "[*np.unique(x)]", "tuple(np.concatenate(x))"])
def test_items_of_an_array_are_found(code: str) -> None:
    assert json.dumps(eval(code, {"np": np, "x": [[1.5]]}), default=list)
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(eval(code, {"np": np, "x": [[1]]}))
    assert lines(NAME, f"{HEAD}json.dumps({code})\n") == [3]


def test_correlation_of_one_series_is_found() -> None:
    assert json.dumps(np.corrcoef([1.0, 2.0]))
    assert lines(NAME, HEAD + "json.dumps(np.corrcoef(x))\n") == [3]
    assert lines(NAME, HEAD + "json.dumps(np.corrcoef(x, y))\n") == []


@pytest.mark.parametrize(
    "value",
    [
        "float(np.mean(x))",
        "int(np.sum(x))",
        "round(np.mean(x), 2)",
        "np.max(x).item()",
        "np.abs(x).tolist()",
        "np.float64(x)",
        "np.argmax(x)",
        "np.array(x)",
        "np.mean(x) > 0.5",
        "x.mean()",
        "sum(x)",
        "np.linalg.norm(x)",
    ],
)
def test_converted_or_other_value_is_silent(value: str) -> None:
    assert lines(NAME, f"{HEAD}json.dumps({{'v': {value}}})\n") == []


@pytest.mark.parametrize("option", ["default=float", "cls=Encoder", "**options"])
def test_call_that_converts_is_silent(option: str) -> None:
    assert lines(NAME, f"{HEAD}json.dumps(np.sum(x), {option})\n") == []


def test_shadowed_numpy_is_silent() -> None:
    assert lines(NAME, "import json, numpy as np\ndef f(np):\n    json.dumps(np.sum(x))\n") == []


@pytest.mark.parametrize(
    "source",
    [
        "from numpy import mean\nimport json\njson.dumps([mean(x)])\n",
        "import numpy as n\nfrom json import dumps\ndumps({'m': n.mean(x), 'n': 1})\n",
        "import json, numpy as np\njson.dumps({'m': [np.mean(v) for v in x]})\n",
        "import json, numpy as np\njson.dumps({np.max(x): 1})\n",
    ],
)
def test_aliases_and_containers_are_followed(source: str) -> None:
    assert len(lines(NAME, source)) == 1


def test_named_value_over_several_lines() -> None:
    source = """
        import json, numpy as np
        def f(x, file):
            total = np.sum(x)
            json.dump(
                {"total": total},
                file,
            )
    """
    assert lines(NAME, source) == [5]
    assert anchored(NAME, source) == [["dump", "total", "np.sum"]]


def test_sites_and_paths() -> None:
    assert site_lines(NAME, HEAD + "json.dumps(1)\n") == [3]
    assert check_named(NAME).exempt == ()
