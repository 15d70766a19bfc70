import json.decoder
import subprocess
import sys
import textwrap
import tokenize
import typing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.detectors.comments import Comment, comments
from tests.repo import ROOT

M = "feedback-loop: ignore[x] r"


def found(text: str | bytes, language: str | None) -> list[tuple[int, str]]:
    """(line, comment) of the comments that hold the marker."""
    data = text.encode() if isinstance(text, str) else text
    return [(one.line, one.text) for one in comments(data, language) if M in one.text]


def alone(text: str, language: str | None) -> list[int]:
    """The lines of the comments that stand alone."""
    return [one.line for one in comments(text.encode(), language) if one.alone]


@pytest.fixture
def no_ast_grep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ast_grep_py", None)


# -- nothing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["python", "javascript", "sql", None])
def test_a_text_without_the_marker_is_not_read(language: str | None) -> None:
    assert comments(b"# feedback-loop: not this\n// nor this\n", language) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", f"x = '# {M}'\n"),
        ("python", f"def f():\n    '''Say\n    # {M}\n    '''\n"),
        ("python", f"x = f'# {M}'\n"),
        ("python", f"x = '''\r\n# {M}\r\n'''\r\n"),
        ("python", f"x = \\\n'# {M}'\n"),
        ("python", f"{M}\n"),
        ("javascript", f"x = '// {M}'\n"),
        ("javascript", f"x = `\n// {M}\n`\n"),
        ("javascript", f"x = / # {M}/\n"),
        ("typescript", f"const x: string = '/* {M} */'\n"),
        ("go", f'package a\nvar s = "// {M}"\n'),
        ("go", f"package a\nvar s = `\n// {M}\n`\n"),
        ("yaml", f"a: '# {M}'\nb: |\n  # {M}\nc: x#{M}\n"),
        ("bash", f"cat <<E\n# {M}\nE\necho '# {M}' x#{M}\n"),
        ("html", f"<p># {M}</p>\n// {M}\n<a title='<!-- {M} -->'>x</a>\n"),
        ("html", f"<script>x = '// {M}'</script>\n"),
        ("json", f'{{"a": "// {M}"}}\n'),
        ("rust", f'fn main() {{ let s = "// {M}"; }}\n'),
        ("ruby", f"x = '# {M}'\n__END__\n# {M}\n"),
        ("c", f'char *s = "/* {M} */";\n'),
        ("css", f"a::after {{ content: '/* {M} */' }}\n"),
        ("lua", f"s = [[\n-- {M}\n]]\n"),
        ("php", f"<?php $s = '// {M}';\n"),
        ("tsx", f"let x = <a>// {M}</a>;\n"),
        ("typescript", f"let x = <a>// {M}</a>;\n"),
        ("sql", f"SELECT 1 -- {M}\n"),
        (None, f"text, then # {M}\n{M}\n"),
    ],
)
def test_no_comment(language: str | None, text: str) -> None:
    assert found(text, language) == []


# -- comments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "places"),
    [
        ("python", f"x = 1  # {M}\n", [(1, f"# {M}")]),
        ("python", f"f(\n    1,  # {M}\n)\n", [(2, f"# {M}")]),
        ("python", f"s = '''\n'''  # {M}", [(2, f"# {M}")]),
        ("javascript", f"f(); // {M}\n/* a\n * {M}\n */\n", [(1, f"// {M}"), (3, f" * {M}")]),
        ("javascript", f"/* {M} */ f()\n", [(1, f"/* {M}")]),
        ("tsx", f"let x = <a>{{/* {M} */}}</a>;\n", [(1, f"/* {M}")]),
        ("typescript", f"let x = <a>y</a>; // {M}\n", [(1, f"// {M}")]),
        ("go", f"package a // {M}\n", [(1, f"// {M}")]),
        ("yaml", f"a: 1 # {M}\n# {M}\n", [(1, f"# {M}"), (2, f"# {M}")]),
        ("bash", f"rm x # {M}\n", [(1, f"# {M}")]),
        ("html", f"<p>x</p> <!-- {M} -->\n<!--\n {M}-->\n", [(1, f"<!-- {M}"), (3, f" {M}")]),
        ("html", f"<style>a {{}} /* {M} */</style>\n", [(1, f"/* {M}")]),
        ("html", f"<p></p><script>\n  f(); // {M}\n</script>\n", [(2, f"// {M}")]),
        ("rust", f"/// {M}\nfn main() {{}} /* {M} */\n", [(1, f"/// {M}"), (2, f"/* {M}")]),
        ("rust", f"/* a\n  /* {M} */\n*/\n", [(2, f"  /* {M}")]),
        ("java", f"class A {{ /** {M} */ }} // {M}\n", [(1, f"/** {M}"), (1, f"// {M}")]),
        ("kotlin", f"/* {M} */ val a = 1 // {M}\n", [(1, f"/* {M}"), (1, f"// {M}")]),
        ("lua", f"x = 1 -- {M}\n--[[ {M} ]]\n", [(1, f"-- {M}"), (2, f"--[[ {M}")]),
        ("php", f"<?php f(); # {M}\n", [(1, f"# {M}")]),
        ("ruby", f"f # {M}\n=begin\n{M}\n=end\n", [(1, f"# {M}"), (3, M)]),
        ("json", f'{{"a": 1 // {M}\n}}\n', [(1, f"// {M}")]),
        ("sql", f"SELECT 1;\n  -- {M}\n", [(2, f"-- {M}")]),
        ("sql", f"/* {M} */ SELECT 1;\n", [(1, f"/* {M}")]),
        ("toml", f"# {M}\na = '# {M}'\n", [(1, f"# {M}")]),
        (None, f"; {M}\n% {M}\n# {M}\r\n", [(1, f"; {M}"), (2, f"% {M}"), (3, f"# {M}")]),
        (None, f"\t<!-- {M} -->\n", [(1, f"<!-- {M}")]),
    ],
)
def test_a_comment(language: str | None, text: str, places: list[tuple[int, str]]) -> None:
    assert found(text, language) == places


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"\ufeff# {M}\n".encode(), 1),
        (f"a\rb\r# {M}\rc\nd\n".encode(), 1),
        (f"a\rb\r\nc  # {M}\r\n".encode(), 2),
        (f"a\r\r\nc  # {M}\r\n".encode(), 2),
        (f"\f\nx = 'é\u2028'\n# {M}\n".encode(), 3),
        (f"x = '\xe9'\n# {M}\n".encode("latin-1"), 2),
        (f"# coding: cp1252\nx = '\x93'\n# {M}\n".encode("latin-1"), 3),
        (f"# coding: shift_jis\nx = 'ソ'\n# {M}\n".encode("shift_jis"), 3),
        (f"# coding: nobody_knows\n# {M}\n".encode(), 2),
        (f"# coding: unicode_escape\nx = 1\\x0a\n# {M}\n".encode(), 3),
    ],
)
def test_encodings_and_line_ends_of_python(text: bytes, line: int) -> None:
    assert [(number, comment) for number, comment in found(text, "python") if "#" in comment] == [
        (line, f"# {M}")
    ]


def test_other_languages_count_gits_lines_and_bytes_that_are_no_utf8() -> None:
    assert found(b"\xef\xbb\xbfx = '\xe9'\r\nf() // " + M.encode() + b"\r\n", "javascript") == [
        (2, f"// {M}")
    ]


# -- alone ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "lines"),
    [
        ("python", f"# {M}\nx = 1  # y\n    # z\n", [1, 3]),
        ("python", f"x\r# {M}\n# a\ry\n# b\n", [3]),
        ("python", f"  \r  # {M}\n", [1]),
        ("javascript", f"/* {M} */\n/* a */ f()\n/* a */ // b\n/* c\n d */ g()\n", [1, 3, 3, 4]),
        ("tsx", f"let x = <a>\n  {{/* {M} */}}\n</a>;\n", [2]),
        ("css", f"a {{ /* {M} */ }}\n", []),
        ("html", f"<!-- {M} -->\n<p></p> <!-- a -->\n", [1]),
        ("html", f"<p></p><script>// {M}\n  // a\n</script>\n", [2]),
        ("yaml", f"# {M}\na: 1 # b\n", [1]),
        ("sql", f"-- {M}\n/* a */ SELECT 1;\n/* b */\n", [1, 3]),
    ],
)
def test_alone_on_the_line(language: str, text: str, lines: list[int]) -> None:
    assert alone(text, language) == lines


def test_a_comment_knows_its_whole_line() -> None:
    (one,) = comments(f"    f()  # {M}\r\n".encode(), "python")
    assert (one.source, one.text) == (f"    f()  # {M}", f"# {M}")


# -- Python that does not tokenize ---------------------------------------------------------------

BROKEN = [
    f"# {M}\nx = 'open\ny  # {M}\n",
    f"# {M}\nif x:\n        a\n    b\ny  # {M}\n",
    f"# {M}\n{{% if x %}}\n<<<<<<< HEAD\ny  # {M}\n",
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_the_tokenizer_gives_up_the_tree_goes_on_with(text: str) -> None:
    last = text.count("\n")
    assert found(text, "python") == [(1, f"# {M}"), (last, f"# {M}")]


def test_brackets_that_nobody_closes_do_not_hide_comments() -> None:
    assert found(f"# {M}\nf((\n  # {M}\n", "python") == [(1, f"# {M}"), (3, f"# {M}")]


@pytest.mark.usefixtures("no_ast_grep")
def test_without_ast_grep_the_rest_has_comments_at_the_start_of_lines_only() -> None:
    text = f"a  # {M}\nx = 'open\ny  # {M}\n-- {M}\n  # {M}\n"
    assert found(text, "python") == [(1, f"# {M}"), (5, f"# {M}")]


# -- without the tree ----------------------------------------------------------------------------


@pytest.mark.usefixtures("no_ast_grep")
def test_without_ast_grep_other_languages_have_the_rule_by_signs() -> None:
    assert found(f"f() // {M}\n  // {M}\n", "javascript") == [(2, f"// {M}")]
    assert found(f"x = 1  # {M}\n", "python") == [(1, f"# {M}")]


class Panic(BaseException):
    """What a panic in Rust looks like from Python."""


@pytest.mark.parametrize(
    ("raised", "passes"), [(Panic, False), (KeyboardInterrupt, True), (SystemExit, True)]
)
def test_a_panic_is_no_end_but_an_interrupt_is(
    monkeypatch: pytest.MonkeyPatch, raised: type[BaseException], passes: bool
) -> None:
    def panic(*_: object) -> None:
        raise raised

    monkeypatch.setattr("ast_grep_py.SgRoot", panic)
    text = f"// {M}\n".encode()
    if passes:
        with pytest.raises(raised):
            comments(text, "go")
    else:
        assert [one.line for one in comments(text, "go")] == [1]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("yaml", "- " * 300 + f"\n# {M}\n"),
        ("yaml", "".join(" " * depth + "a:\n" for depth in range(300)) + f"# {M}\n"),
        ("kotlin", '"${' * 1000 + f"\n// {M}\n"),
        ("swift", "/*" * 100_000 + f"\n// {M}\n"),
        ("html", "<a>" * 100_000 + f"\n<!-- {M} -->\n"),
        ("javascript", "(" * 100_000 + f"\n// {M}\n"),
        ("python", "(" * 100_000 + f"\n# {M}\n"),
    ],
    ids=["yaml-list", "yaml-map", "kotlin", "swift", "html", "javascript", "python"],
)
def test_text_on_which_parsers_die_is_read_all_the_same(language: str, text: str) -> None:
    """In a process of its own, so that a crash is this test's failure and not the end of all tests."""
    program = (
        "import sys; from feedback_loop.detectors.comments import comments;"
        "print(comments(sys.stdin.buffer.read(), sys.argv[1])[-1].text)"
    )
    command = [sys.executable, "-c", program, language]
    done = subprocess.run(command, input=text.encode(), capture_output=True, cwd=ROOT, timeout=60)
    assert M in done.stdout.decode(), done.stderr[-500:]


# -- against independent implementations ---------------------------------------------------------

MODULES = [Path(str(module.__file__)) for module in (textwrap, tokenize, json.decoder, typing, subprocess)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_standard_library_has_the_comments_that_tokenize_says(path: Path) -> None:
    text = path.read_bytes() + f"# {M}\n".encode()
    with tokenize.open(path) as file:
        tokens = [one for one in tokenize.generate_tokens(file.readline) if one.type == tokenize.COMMENT]
    expected = [(one.start[0], one.string, not one.line[: one.start[1]].strip()) for one in tokens]
    actual = [(one.line, one.text, one.alone) for one in comments(text, "python")]
    assert actual[:-1] == expected
    assert len(expected) > 3


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_tree_finds_the_comments_that_the_tokenizer_finds(path: Path) -> None:
    """A broken first line sends the whole file to the tree."""
    text = path.read_bytes() + f"# {M}\n".encode()
    by_tokens = [(one.line + 2, one.text, one.alone) for one in comments(text, "python")]
    by_tree = [(one.line, one.text, one.alone) for one in comments(b"if x:\n  'open\n" + text, "python")]
    assert by_tree == by_tokens


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=60) | st.text("x=:()\n\r\t'\"\\é#/*<!->-", max_size=60).map(str.encode),
    st.sampled_from(["python", "javascript", "html", "yaml", "sql", "lua", None]),
)
def test_any_bytes_give_comments_in_the_lines_they_stand_on(text: bytes, language: str | None) -> None:
    text += b"\n# " + M.encode() + b"\n"
    lines = text.split(b"\n")
    result = comments(text, language)
    assert [one.line for one in result] == sorted(one.line for one in result)
    for one in result:
        assert isinstance(one, Comment)
        assert one.text in one.source
        assert 1 <= one.line <= len(lines)
        if one.text.isascii():
            assert one.text.encode() in lines[one.line - 1]
