"""The code in a provider's answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.engines.generate.answer import cleaned, code_of


@pytest.mark.parametrize(
    "answer", ["", " \n", "I am sorry.", "```\n```", "```python\n \n```\nx = 1", "x = = 1"]
)
def test_no_code(answer: str) -> None:
    assert code_of(answer) is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("x = 1", "x = 1\n"),
        ("x = 1\n\n\n", "x = 1\n"),
        ("Here:\n```python\nx = 1\n```\nand\n```python\ny = 2\n```", "x = 1\n"),
        ("```\nnot = = python\n```\n```python\ny = 2\n```", "not = = python\n"),
        ("```` py title=`x`\nno fence, info has a back-tick\n", None),
        ("````py\nx = '''\n```\n'''\n````", "x = '''\n```\n'''\n"),
        ("~~~ python `x`\nx = 1\n~~\n~~~~  \ny", "x = 1\n~~\n"),
        ("  ```py\n  if x:\n      y\n z\n   ```", "if x:\n    y\nz\n"),
        ("    ```py\n    x\n    ```", None),
        ("```python\nx = 1\n``` not closed by this\ny = 2", "x = 1\n``` not closed by this\ny = 2\n"),
        ("```python\nx = 1\n~~~\n", "x = 1\n~~~\n"),
        ("\ufeffx = 1\r\ny = 2\rz = 3", "x = 1\ny = 2\nz = 3\n"),
        ("```python\r\nx = 1\r\n```\r\n", "x = 1\n"),
        ("x = 'a\u202eb\u200bc\x00d\x1be\x7f\x85\ud800'\n", "x = 'abcde'\n"),
        ("x = 1\n\x0c\n\ty = 'é漢'", None),
        ("x = 1\n\x0c\ny = 'é漢'", "x = 1\n\x0c\ny = 'é漢'\n"),
    ],
)
def test_the_first_fenced_block_or_the_whole(answer: str, code: str | None) -> None:
    assert code_of(answer) == code


def test_a_fence_in_a_string_of_whole_code_is_none() -> None:
    module = '"""How to use it:\n\n```python\nf()\n```\n"""\n\n\ndef f():\n    return 1\n'
    assert code_of(module) == module
    assert code_of("~~~python\nx = 1\n") == "x = 1\n"  # as a whole it would parse: ~ is an operator


@given(st.text(alphabet="`~ py\n", max_size=60), st.sampled_from("`~"), st.integers(0, 3), st.text("ab \n"))
@settings(max_examples=100, deadline=None)
def test_whatever_the_code_a_longer_fence_holds_it(inner: str, sign: str, indent: int, after: str) -> None:
    code = f"x\n{inner}\ny"
    fence = sign * (max(map(len, inner.split("\n"))) + 3)
    pad = " " * indent
    block = "\n".join(pad + line for line in [fence + "python", *code.split("\n"), fence])
    assert code_of(f"Well:\n{block}\n{after}") == code + "\n"


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_gives_clean_code_or_none(answer: str) -> None:
    code = code_of(answer)
    assert code is None or (code.strip() and code == cleaned(code) and code.encode())
