import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feedback_loop.detectors.numpy_calls import ARRAYS, INDEXES_AND_TESTS, TYPES
from tests.detectors.check_harness import anchored, check_named, lines, site_lines

PATTERNS = Path(__file__).parents[3] / "patterns"
NAME = "python.numpy_value"
HEAD = "import json\nimport numpy as np\n"

# Arguments on which each function of the tables is really called; `1` if not named here.
ARGUMENTS = {
    "datetime64": "'2020-01-01'",
    "timedelta64": "1, 'D'",
    "bytes_": "b'x'",
    "searchsorted": "[1.0], 1.0",
    "count_nonzero": "[[1.0]], axis=0",
    "isclose": "1.0, 1.0",
    "full": "2, 0.5",
    "full_like": "[1.0], 0.5",
    "arange": "2.0",
    "linspace": "0.0, 1.0",
    "logspace": "0.0, 1.0",
    "geomspace": "1.0, 2.0",
    "concatenate": "[[1.0]]",
    "stack": "[[1.0]]",
    "hstack": "[[1.0]]",
    "vstack": "[[1.0]]",
    "dstack": "[[1.0]]",
    "column_stack": "[[1.0]]",
    "tile": "1.0, 1",
    "repeat": "1.0, 1",
    "where": "True, 0.5, 1.5",
    "corrcoef": "[1.0, 2.0], [2.0, 1.0]",
}
# Not every platform has every width.
KNOWN = sorted(name for name in TYPES | INDEXES_AND_TESTS | ARRAYS if hasattr(np, name))

COMPARISONS = [
    "np.max(x) == 1.0",
    "np.mean(x) > 0.5",
    "0.5 < np.float64(1.0)",
    "np.array(x) != x",
    "0 <= np.min(x) < np.max(x)",
]


@pytest.mark.parametrize(
    "expression",
    [
        "np.float64(1.5)",
        "np.double(1.5)",
        "np.str_('a')",
        "np.mean([1.0])",
        "np.allclose(1, 1)",
        "np.array_equal([1], [1])",
        "np.random.randint(3)",
        "np.random.rand() < 0.5",
        "np.shape([1]) == (1,)",
        "np.corrcoef([1.0, 2.0])",
        "list(np.zeros(2))",
        "tuple(np.linspace(0, 1))",
        "[*np.unique([1.5])]",
        "not np.any([1])",
        "np.max([1.0]) is None",
        "np.max([1.0]) == None",
        "np.max([1.0]) in [1.0]",
        "0 < 1 < np.max([0.5]) if False else 1",
    ],
)
def test_what_json_takes_is_silent(expression: str) -> None:
    assert json.dumps(eval(expression, {"np": np}))
    assert lines(NAME, f"{HEAD}json.dumps({expression})\n") == []


@pytest.mark.parametrize("name", KNOWN)
def test_what_json_rejects_is_found(name: str) -> None:
    expression = f"np.{name}({ARGUMENTS.get(name, '1')})"
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(eval(expression, {"np": np}))
    assert anchored(NAME, f"{HEAD}json.dumps({expression})\n") == [["dumps", f"np.{name}"]]


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_comparison_with_a_numpy_call_is_found(comparison: str) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(eval(comparison, {"np": np, "x": [1.0, 2.0]}))
    assert anchored(NAME, f"{HEAD}json.dumps([{comparison}])\n") == [["dumps", comparison]]


@pytest.mark.parametrize("name", ["float16", "int64", "bool_", "bytes_"])
def test_dict_key_of_a_numpy_type_is_found(name: str) -> None:
    expression = f"{{np.{name}({ARGUMENTS.get(name, '1')}): 0}}"
    with pytest.raises(TypeError, match="keys must be str"):
        json.dumps(eval(expression, {"np": np}))
    assert lines(NAME, f"{HEAD}json.dumps({expression})\n") == [3]


@pytest.mark.parametrize(
    "call",
    [
        "json.dumps(np.argmax(x), default=str)",
        "json.dumps(np.argmax(x), cls=Encoder)",
        "json.dumps(np.argmax(x), **options)",
        "json.dumps(*arguments)",
        "json.dumps()",
        "json.dumps({np.int64(1): 1}, skipkeys=True)",
        "json.loads(np.array(x))",
        "simplejson.dumps(np.argmax(x))",
        "json.dumps(other.argmax(x))",
    ],
)
def test_call_that_converts_or_is_another_is_silent(call: str) -> None:
    assert lines(NAME, f"{HEAD}{call}\n") == []


@pytest.mark.parametrize(
    "value",
    [
        "float(np.float32(x))",
        "int(np.argmax(x))",
        "bool(np.any(x))",
        "str(np.datetime64('now'))",
        "len(np.unique(x))",
        "np.array(x).tolist()",
        "np.float32(x).item()",
        "convert(np.array(x))",
        "sorted(np.unique(x))",
        "{**{'i': np.argmax(x)}, 'i': 1}",
        "v.tolist() if isinstance(v, np.ndarray) else np.array(v)",
        "lambda: np.array(x)",
        "f'{np.array(x)}'",
        "(i for i in np.arange(3))",
    ],
)
def test_converted_value_is_silent(value: str) -> None:
    assert lines(NAME, f"{HEAD}json.dumps({value})\n") == []


@pytest.mark.parametrize(
    "value",
    [
        "{'i': np.argmax(x)}",
        "{'a': [1, (2, np.argmax(x))]}",
        "dict(i=np.argmax(x))",
        "dict([('i', np.argmax(x))])",
        "dict((k, np.argmax(v)) for k, v in x)",
        "list((1, np.argmax(x)))",
        "tuple(np.argmax(v) for v in x)",
        "[np.argmax(v) for v in x]",
        "[np.argmax(v) for v in x if v for w in v]",
        "{k: np.argmax(v) for k, v in x}",
        "{np.argmax(k): 1 for k in x}",
        "np.argmax(x) if x else None",
        "list(np.argsort(x))",
        "[*np.isnan(x)]",
    ],
)
def test_value_inside_containers_and_branches_is_found(value: str) -> None:
    assert lines(NAME, f"{HEAD}json.dumps({value})\n") == [3]


def test_named_value_is_found_with_its_name_and_its_origin() -> None:
    source = """
        import json, numpy as np
        def report(scores):
            top = np.argmax(scores)
            result = {"top": top}
            return json.dumps(result)
    """
    assert lines(NAME, source) == [6]
    assert anchored(NAME, source) == [["dumps", "result", "top", "np.argmax"]]


def test_named_operand_of_a_comparison_is_found() -> None:
    source = "score = np.mean(x)\njson.dumps({'ok': score > 0.5})\n"
    assert anchored(NAME, HEAD + source) == [["dumps", "score > 0.5"]]


@pytest.mark.parametrize(
    "change",
    [
        "result['i'] = int(result['i'])",
        "result[key] = 1",
        "result['i']['j'] = 1",
        "del result['i']",
        "result.update(i=1)",
        "to_native(result)",
        "to_native(*result, a=1)",
        "to_native(value=result)",
        "result = to_native(result)",
        "for row in result: row.clean()",
    ],
)
def test_container_whose_parts_may_be_replaced_is_silent(change: str) -> None:
    source = f"result = {{'i': np.argmax(x)}}\n{change}\njson.dumps(result)\n"
    assert lines(NAME, HEAD + source) == []


@pytest.mark.parametrize(
    "use",
    [
        "result['other'] = 1",
        "y = result['i']",
        "result.items()",
        "print(result)",
        "len(result)",
        "result and y",
        "json.dumps(result)",
    ],
)
def test_container_that_is_only_read_or_extended_is_found(use: str) -> None:
    source = f"result = {{'i': np.argmax(x)}}\n{use}\njson.dump(result, file)\n"
    assert lines(NAME, HEAD + source)[-1] == 5


def test_change_after_the_call_or_of_another_name_does_not_matter() -> None:
    source = """
        import json, numpy as np
        def f(x):
            result = {"i": np.argmax(x)}
            text = json.dumps(result)
            result["i"] = 0
            return text
        def g(result):
            result["i"] = 0
    """
    assert lines(NAME, source) == [5]


def test_array_that_is_filled_in_place_is_still_an_array() -> None:
    source = "counts = np.zeros(3)\ncounts[0] = 1\nfill(counts)\njson.dumps({'c': counts})\n"
    assert lines(NAME, HEAD + source) == [6]


@pytest.mark.parametrize(
    "source",
    [
        "i = np.argmax(x)\ni = int(i)\njson.dumps(i)\n",
        "def f(i):\n    return json.dumps(i)\ni = np.argmax(x)\n",
        "json.dumps(i)\ni = np.argmax(x)\n",
        "for i in np.arange(3): json.dumps(i)\n",
        "a, b = np.argmax(x), 1\njson.dumps(a)\n",
        "x = [x]\njson.dumps(x)\n",
    ],
)
def test_name_that_does_not_stand_for_one_earlier_value_is_silent(source: str) -> None:
    assert lines(NAME, HEAD + source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import json\nfrom numpy import argmax\njson.dumps(argmax(x))\n",
        "import json\nfrom numpy import argmax as top\njson.dumps(top(x))\n",
        "import json as j, numpy\nj.dumps(numpy.argmax(x))\n",
        "from json import dumps as d\nimport numpy as np\nd(np.argmax(x))\n",
        "import json, numpy as np\njson.dump(obj=np.argmax(x), fp=file)\n",
        "def f():\n    import json, numpy as np\n    json.dump(np.argmax(x), file)\n",
    ],
)
def test_aliases_are_followed(source: str) -> None:
    assert len(lines(NAME, source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import json\njson.dumps(np.argmax(x))\n",
        "import json\nimport jax.numpy as np\njson.dumps(np.argmax(x))\n",
        "import json\nfrom .numpy import argmax\njson.dumps(argmax(x))\n",
        "import numpy as np\nfrom web import json\njson.dumps(np.argmax(x))\n",
        "import json, numpy as np\ndef f(np):\n    json.dumps(np.argmax(x))\n",
        "import json, numpy as np\njson = fake()\njson.dumps(np.argmax(x))\n",
        "import json, numpy as np\ndef f(list):\n    json.dumps(list((np.argmax(x),)))\n",
    ],
)
def test_other_modules_and_shadowed_names_are_silent(source: str) -> None:
    assert lines(NAME, source) == []


def test_several_values_of_one_call_are_one_match_over_its_lines() -> None:
    source = """
        import json, numpy as np
        json.dump(
            {
                "top": np.argmax(x),
                "mean": np.mean(x),
                "é": np.array(
                    [1, 2],
                ),
            },
            file,
        )
    """
    assert lines(NAME, source) == [3]
    assert anchored(NAME, source) == [["dump", "np.argmax", "np.array"]]


def test_long_chain_of_names_ends() -> None:
    chain = "".join(f"a{i} = [a{i - 1}, a{i - 1}]\n" for i in range(1, 200))
    assert lines(NAME, f"{HEAD}a0 = np.argmax(x)\n{chain}json.dumps(a199)\n") == []
    assert lines(NAME, f"{HEAD}a0 = np.argmax(x)\n{chain}json.dumps(a1)\n") == [203]


def test_sites_are_the_json_calls_of_a_module_with_numpy() -> None:
    assert site_lines(NAME, HEAD + "json.dumps(1)\njson.dump(2, f)\njson.loads('')\n") == [3, 4]
    assert site_lines(NAME, "import json\njson.dumps(1)\n") == []


def test_no_path_is_exempt() -> None:
    assert check_named(NAME).exempt == ()


def fences(pattern: str, section: str) -> list[tuple[list[int], str]]:
    """The fences of one section of a pattern file: the lines their info strings name, and the code."""
    text = (PATTERNS / f"{pattern}.md").read_text()
    (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    found = re.findall(r"^```python(?: lines=([\d,]+))?\n(.*?)^```", body, re.M | re.S)
    return [([int(line) for line in lines.split(",") if line], code) for lines, code in found]


def run(*codes: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for code in codes:
        exec(code, names)
    return names


def test_bad_examples_are_found_where_they_say() -> None:
    for expected, code in fences("numpy_json_serialization", "Bad example"):
        assert sorted(lines(NAME, code) + lines("python.numpy_dtype", code)) == expected


def test_bad_examples_really_raise() -> None:
    prediction, summary = (run(code) for _, code in fences("numpy_json_serialization", "Bad example"))
    with pytest.raises(TypeError, match="not JSON serializable"):
        prediction["prediction_json"]([0.5, 0.25])
    with pytest.raises(TypeError, match="Object of type int64 is not JSON serializable"):
        summary["summary_json"]([1, 2])
    assert summary["summary_json"]([1.0, 2.0]) == '{"largest": 2.0, "total": 3.0}'


def test_good_examples_are_silent_and_pass_their_test() -> None:
    good = [code for _, code in fences("numpy_json_serialization", "Good example")]
    for code in good:
        assert lines(NAME, code) + lines("python.numpy_dtype", code) == []
    tests = [code for _, code in fences("numpy_json_serialization", "Test")]
    run(*good, *tests)["test_numpy_values_become_plain_json"]()
