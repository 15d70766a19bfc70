import marshal
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.globs import compile_globs, matches, narrowed, without


def match(glob: str, path: str) -> bool:
    return matches(compile_globs([glob]), path)


def test_no_glob_matches_nothing() -> None:
    assert not matches((), "a.py")


def test_a_set_without_another() -> None:
    plans = without(compile_globs(["plans/**/*.md"]), compile_globs(["plans/retros/**"]))
    paths = ["plans/a.md", "plans/old/a.md", "plans/retros/2026-W47.md", "plans/retros.md", "a.md"]
    assert [path for path in paths if matches(plans, path)] == [
        "plans/a.md",
        "plans/old/a.md",
        "plans/retros.md",
    ]
    assert marshal.loads(marshal.dumps(plans)) == plans


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*.py", "src/a.py"),
        ("**/*.py", "a.PY"),
        ("**/*.py", "a.pyc"),
        ("src/**", "src"),
        ("s*/**", "src"),
        ("**/tests/**", "tests"),
        ("**/tests/**", "mytests/a.py"),
        ("**/setup.py", "my_setup.py"),
        ("setup.py", "src/setup.py"),
        ("a/*/b", "a/b"),
        ("a/*/b", "a/x/y/b"),
        ("?", "ab"),
        ("?", ""),
        ("[!a]", "a"),
        ("[^a]", "a"),
        ("[!]]", "]"),
        ("[!]", "x"),
        ("[z-a]", "m"),
        ("[a-c", "b"),
        ("src/*", "src/a/b"),
        ("a**b", "a/b"),
    ],
)
def test_no_match(glob: str, path: str) -> None:
    assert not match(glob, path)


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("**", "a"),
        ("**", "a/b"),
        ("**/**", "a"),
        ("**/*", "a/b.c"),
        ("*.py", "a.py"),
        ("**/*.py", "a.py"),
        ("**/*.py", "src/a.b.py"),
        ("**/*.py", ".py"),
        ("src/**", "src/a/b"),
        ("s*/**", "src/a"),
        ("**/tests/**", "tests/a.py"),
        ("**/tests/**", "src/tests/unit/a.py"),
        ("**/setup.py", "setup.py"),
        ("**/setup.py", "src/setup.py"),
        ("**/a/b", "x/a/b"),
        ("a/**/b", "a/b"),
        ("a/**/b", "a/x/y/b"),
        ("test_?.py", "test_é.py"),
        ("[a-c]x", "bx"),
        ("[]]", "]"),
        ("[]-a]", "^"),
        ("[a-]", "-"),
        ("[!]a]", "b"),
        ("[!]", "[!]"),
        ("[a-c", "[a-c"),
        ("[!z-a]", "m"),
        ("a b\n*", "a b\nc"),
    ],
)
def test_match(glob: str, path: str) -> None:
    assert match(glob, path)


def test_one_glob_of_several_is_enough() -> None:
    globs = compile_globs(["docs/**", "**/*.md"])
    assert matches(globs, "README.md")
    assert not matches(globs, "README.rst")


def test_narrowed_needs_both_and_an_empty_set_asks_nothing() -> None:
    source, python = compile_globs(["src/**"]), compile_globs(["**/*.py"])
    both = narrowed(source, python)
    assert [matches(both, path) for path in ("src/a.py", "src/a.js", "a.py")] == [True, False, False]
    assert narrowed((), python) == narrowed(python, ()) == python
    assert narrowed((), ()) == ()


def test_compiled_globs_survive_marshal() -> None:
    globs = narrowed(compile_globs(["src/**", "a/*/[b-c]"]), compile_globs(["**/*.py"]))
    assert marshal.loads(marshal.dumps(globs)) == globs


def test_a_glob_full_of_stars_takes_no_exponential_time() -> None:
    assert not match("*a" * 60 + "b", "a" * 1000)
    assert not match("**/a/" * 30 + "b", "a/" * 200 + "c")


# -- against a translation to regular expressions ------------------------------------------------

_SET = re.compile(r"\[(?:(?P<not>[!^])|(?![!^]))(?P<body>.[^\]]*)\]", re.DOTALL)


def translated(glob: str) -> re.Pattern[str]:
    segments = glob.split("/")
    text = ""
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "**":
            text += ".+" if last else "(?:[^/]+/)*"
        else:
            text += _segment(segment) + ("" if last else "/")
    return re.compile(text, re.DOTALL)


def _segment(text: str) -> str:
    out = ""
    while text:
        found = _SET.match(text)
        if found:
            out += _set(found["body"], bool(found["not"]))
            text = text[found.end() :]
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(text[0], re.escape(text[0]))
            text = text[1:]
    return out


def _set(body: str, negated: bool) -> str:
    members = ""
    for low, high, one in re.findall(r"(.)-(.)|(.)", body, re.DOTALL):
        if one or low <= high:
            members += re.escape(one) if one else f"{re.escape(low)}-{re.escape(high)}"
    if not members:
        return "[^/]" if negated else "(?!)"
    return f"(?!/)[{'^' if negated else ''}{members}]"


name = st.text("ab.-]!^[", min_size=1, max_size=4)
paths = st.lists(name, min_size=1, max_size=5).map("/".join)
segments = st.one_of(
    st.just("**"),
    st.lists(st.sampled_from([*"ab.*?[]!^-", "[ab]", "[!a]", "[.-b]"]), min_size=1).map("".join),
)
free_globs = st.lists(segments, min_size=1, max_size=5).map("/".join)
usual_globs = st.builds(
    str.format, st.sampled_from(["**/{}", "**/*{}", "**/{}/**", "{}/**", "{}", "{}*", "*{}"]), name
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(free_globs, usual_globs), paths)
def test_agrees_with_a_regular_expression(glob: str, path: str) -> None:
    assert match(glob, path) == bool(translated(glob).fullmatch(path))


@settings(max_examples=100, deadline=None)
@given(paths, st.data())
def test_agrees_on_paths_that_the_glob_was_made_from(path: str, data: st.DataObject) -> None:
    """Free pairs rarely match: here the glob is the path with parts of it made wild."""
    parts = path.split("/")
    glob = "/".join(data.draw(st.sampled_from([part, "*", "**", part[:-1] + "?", "[!/]*"])) for part in parts)
    assert match(glob, path) == bool(translated(glob).fullmatch(path))
