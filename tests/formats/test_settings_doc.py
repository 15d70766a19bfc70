import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.settings import SCRIPTS, TESTS, Settings
from feedback_loop.formats.settings_doc import KEY_PARTS_CAP, SIZE_CAP, parse_settings
from tests.repo import not_endless

OWN = "feedback-loop.toml"
SHARED = "pyproject.toml"


def parsed(text: str, path: str = OWN) -> Settings | None:
    found, problems = parse_settings(text.encode(), path)
    assert problems == []
    return found


def told(text: str | bytes, path: str = OWN) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [str(problem) for problem in parse_settings(data, path)[1]]


# -- what is read --------------------------------------------------------------------------------


def test_an_empty_file_is_the_defaults() -> None:
    assert parsed("") == Settings(path=OWN)
    assert parsed("[tool.feedback-loop]\n", SHARED) == Settings(path=SHARED)


@pytest.mark.parametrize(
    "text", ["", "[tool.ruff]\nexclude = 3\n", "tool = 3\n", "[tool]\n", "[[tool]]\n", "patterns = 3"]
)
def test_a_pyproject_without_our_table_says_nothing(text: str) -> None:
    assert parse_settings(text.encode(), SHARED) == (None, [])


def test_every_key() -> None:
    text = """
        patterns = "lessons/python"
        fail-on = "warn"
        on-error = "closed"
        exclude = ["vendor/**", "*.min.js"]
        [levels]
        zz = "off"
        "bb/one" = "block"
        [scan]
        strict = true
        tests = ["spec/**"]
        scripts = []
    """
    assert parsed(text) == Settings(
        patterns="lessons/python",
        fail_on="warn",
        on_error="closed",
        exclude=("vendor/**", "*.min.js"),
        levels=(("bb/one", "block"), ("zz", "off")),
        strict=True,
        tests=("spec/**",),
        scripts=(),
        path=OWN,
    )


def test_the_same_table_in_pyproject_means_the_same() -> None:
    text = "[tool.feedback-loop]\nfail-on = 'hint'\n[tool.feedback-loop.scan]\nstrict = true\n"
    assert parsed(text, SHARED) == Settings(fail_on="hint", strict=True, path=SHARED)


def test_what_a_search_goes_by() -> None:
    text = "[search]\nlimit = 12\nmin-relevance = 0.4\nsemantic = true\n"
    assert parsed(text) == Settings(search_limit=12, search_min_relevance=0.4, search_semantic=True, path=OWN)
    assert parsed("[search]\n") == Settings(path=OWN)


@pytest.mark.parametrize("line", ["limit = 0", "min-relevance = nan", "semantic = 'all-MiniLM-L6-v2'"])
def test_a_search_of_no_meaning_is_refused_and_no_repository_names_a_model(line: str) -> None:
    (problem,) = told(f"[search]\n{line}\n")
    assert problem.startswith(f"{OWN}:2: /search/{line.partition(' ')[0]}: ")


def test_what_an_injection_goes_by() -> None:
    text = """
        [inject]
        enabled = false
        max-patterns = 5
        min-success-rate = 80.5
        min-relevance = 0
        budget = 800
        holdout = 0.2
        order = "severity"
    """
    assert parsed(text) == Settings(
        inject_enabled=False,
        inject_max_patterns=5,
        inject_min_success_rate=80.5,
        inject_min_relevance=0,
        inject_budget=800,
        inject_holdout=0.2,
        inject_order="severity",
        path=OWN,
    )
    assert parsed("[inject]\n") == Settings(path=OWN)


@pytest.mark.parametrize(
    "line", ["holdout = 1.1", "holdout = nan", "min-relevance = -nan", "max-patterns = 0", "order = 'random'"]
)
def test_an_injection_by_impossible_figures_is_refused(line: str) -> None:
    (problem,) = told(f"[inject]\n{line}\n")
    assert problem.startswith(f"{OWN}:2: /inject/{line.partition(' ')[0]}: ")


def test_what_a_retro_and_an_effect_go_by() -> None:
    text = """
        [retro]
        sprint = "3w"
        archive-after-days = 120
        min-events = 8
        apply = "ask"
        [effect]
        guard-days = 0
    """
    assert parsed(text) == Settings(
        retro_sprint="3w",
        archive_after_days=120,
        min_events=8,
        retro_apply="ask",
        guard_days=0,
        path=OWN,
    )
    assert parsed("[retro]\nmin-events = 5\n") == Settings(path=OWN)


@pytest.mark.parametrize("sprint", ["1d", "2w", "999d", "1m"])
def test_a_sprint_is_days_weeks_or_months(sprint: str) -> None:
    assert parsed(f"retro.sprint = '{sprint}'") == Settings(retro_sprint=sprint, path=OWN)


@pytest.mark.parametrize("sprint", ["", "0d", "2", "w", "-2w", "2 w", "1000d", "2y", "2w\\n", "\\u0662w"])
def test_a_sprint_that_is_no_length_of_time_is_refused(sprint: str) -> None:
    (problem,) = told(f'retro.sprint = "{sprint}"')
    assert problem.startswith(f"{OWN}:1: /retro/sprint: ")
    assert problem.endswith("a length of time, such as 2w, 30d or 1m (30 days)")


def test_path_sets_keep_their_defaults_until_they_are_named() -> None:
    found = parsed("[scan]\ntests = ['a/**']")
    assert found is not None
    assert (found.tests, found.scripts) == (("a/**",), SCRIPTS)
    assert Settings().tests == TESTS


@pytest.mark.parametrize("text", ["\ufefffail-on = 'warn'\n", "fail-on = 'warn'\r\n", "fail-on = 'warn' # c"])
def test_byte_order_mark_line_ends_and_comments(text: str) -> None:
    assert parsed(text) == Settings(fail_on="warn", path=OWN)


@pytest.mark.parametrize(
    "folder", ["patterns", ".github/patterns", "a/b/c", "Patterns_2", "a.git", "..a", "a..b"]
)
def test_folders_inside_of_the_repository(folder: str) -> None:
    assert parsed(f'patterns = "{folder}"') == Settings(patterns=folder, path=OWN)


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "folder",
    [
        *(
            "",
            ".",
            "..",
            "../x",
            "a/../../b",
            "a/..",
            "./a",
            "/etc",
            "//etc",
            "a//b",
            "a/",
            "~",
            "~/x",
            "-x",
            "a/-x",
        ),
        *(
            ".git",
            ".GIT",
            ".git/hooks",
            "a/.Git/b",
            ".git.",
            "a.",
            "c:",
            "c:\\\\x",
            "a\\\\b",
            "a b",
            "a\\n",
            "a\\u0000",
        ),
        *("$HOME", "a*", "https://x", "ä", "\\u202e"),
    ],
)
def test_a_hostile_folder_is_refused(folder: str) -> None:
    found, problems = parse_settings(f'fail-on = "warn"\n\npatterns = "{folder}"'.encode(), OWN)
    assert [problem.line for problem in problems] == [3]
    assert problems[0].message.startswith("/patterns: ")
    assert found == Settings(fail_on="warn", path=OWN)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("paterns = 'x'", ":1: /paterns: unknown key (did you mean 'patterns'?)"),
        ("a = 1\n", ":1: /a: unknown key"),
        ("\n[scan]\n\nstrikt = true", ":4: /scan/strikt: unknown key (did you mean 'strict'?)"),
        ("scan.strikt = true", ":1: /scan/strikt: unknown key (did you mean 'strict'?)"),
        ("fail_on = 'warn'", ":1: /fail_on: unknown key (did you mean 'fail-on'?)"),
        ("fail-on = 'error'", ":1: /fail-on: 'error' is not one of block, warn, hint, never"),
        ("exclude = 'a/**'", ':1: /exclude: expected array, not "a/**"'),
        ("exclude = [\n'a',\n3]", ":1: /exclude/1: expected string, not 3"),
        ("exclude = ['']", ":1: /exclude/0: '' should be non-empty"),
        ("[levels]\na = 'x'", ":2: /levels/a: 'x' is not one of block, warn, hint, off"),
        ("levels = { a = 'x' }", ":1: /levels/a: 'x' is not one of block, warn, hint, off"),
        (
            "[levels]\n'a/b' = 'blok'",
            ":2: /levels/a~1b: 'blok' is not one of block, warn, hint, off (did you mean 'block'?)",
        ),
        ("[scan]\nstrict = 'yes'", ':2: /scan/strict: expected boolean, not "yes"'),
        ("scan = 1", ":1: /scan: expected object, not 1"),
        ("[retro]\napply = 'yes'", ":2: /retro/apply: 'yes' is not one of auto, ask"),
        ("[retro]\nmin-events = true", ":2: /retro/min-events: expected integer, not true"),
        ("[retro]\narchive-after-days = 0", ":2: /retro/archive-after-days: 0 is less than the minimum of 1"),
        ("effect.guard-days = -1", ":1: /effect/guard-days: -1 is less than the minimum of 0"),
        ("[retro]\nsprnt = '2w'", ":2: /retro/sprnt: unknown key (did you mean 'sprint'?)"),
        ("on-error = 2026-01-02", ':1: /on-error: "2026-01-02" is not one of open, closed'),
    ],
)
def test_problem(text: str, problem: str) -> None:
    assert told(text) == [OWN + problem]


@pytest.mark.parametrize(
    ("text", "line"), [("x", 1), ("\n\nx = = 1\n", 3), ("a = 1\na = 2\n", 2), ("a = 1\na = 2", 2), ("[a", 1)]
)
def test_no_toml(text: str, line: int) -> None:
    (problem,) = told(text)
    assert problem.startswith(f"{OWN}:{line}: not TOML: ")


def test_lines_are_those_of_our_table_even_if_others_use_the_same_words() -> None:
    text = """[tool.ruff]
exclude = ["x"]
levels = 3
[tool.other]
text = \"\"\"
[tool.feedback-loop]
exclude = 3
\"\"\"
[tool."feedback-loop"] # ours
exclude = 3
[[tool.array]]
exclude = 3
[tool.feedback-loop.levels]
a = "x"
"""
    assert told(text, SHARED) == [
        "pyproject.toml:10: /exclude: expected array, not 3",
        "pyproject.toml:14: /levels/a: 'x' is not one of block, warn, hint, off",
    ]


def test_the_table_itself_may_be_wrong() -> None:
    assert told("[tool]\nfeedback-loop = 3", SHARED) == ["pyproject.toml:2: expected object, not 3"]
    assert told("[[tool.feedback-loop]]", SHARED) == ["pyproject.toml:1: expected object, not [{}]"]


def test_all_problems_are_told_at_once_and_sound_keys_are_kept() -> None:
    text = "paterns = 'x'\nfail-on = 'x'\non-error = 'closed'\nexclude = ['a/**']\n[scan]\nstrict = 1\n"
    found, problems = parse_settings(text.encode(), OWN)
    assert [problem.line for problem in problems] == [1, 2, 6]
    assert found == Settings(on_error="closed", exclude=("a/**",), path=OWN)


def test_no_utf8() -> None:
    assert told(b"a = 1\n# \xff") == ["feedback-loop.toml:2: not UTF-8"]


def test_nothing_in_it_names_a_program_a_module_or_an_address() -> None:
    for key in ("command", "plugins", "url", "python", "hooks", "extend", "module"):
        assert told(f"{key} = 'x'") != []


# -- hostile -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"#" * (SIZE_CAP + 1), ": larger than 262144 bytes"),
        (b"a = " + b"[" * 100_000, ": nested too deep, or a number too large"),
        (b"a = " + b"{a=" * 50_000, ": nested too deep, or a number too large"),
        (b"a = " + b"1" * 5000, ": nested too deep, or a number too large"),
        (b"\n\n" + b"a." * 100_000 + b"a = 1", ":3: a key of more than 64 parts"),
        (b'"\\""' + b' . "."' * 30_000 + b" = 1", ":1: a key of more than 64 parts"),
        (b"# '''\n[" + b"a." * 100_000 + b"a]", ":2: a key of more than 64 parts"),
        (b"levels" + b".a" * 60 + b" = 1", ": nested deeper than 32 levels"),
    ],
    ids=["size", "arrays", "tables", "digits", "key", "quoted key", "header", "deep"],
)
def test_a_hostile_document_is_refused_in_a_moment(text: bytes, problem: str) -> None:
    with not_endless():  # tomllib alone would take 40 GB for the long key
        assert told(text) == [OWN + problem]


def test_caps_are_the_last_that_is_allowed() -> None:
    assert told(b"#" * SIZE_CAP) == []
    assert "deeper" in told(".".join("a" * KEY_PARTS_CAP) + " = 1")[0]
    assert "parts" in told(".".join("a" * (KEY_PARTS_CAP + 1)) + " = 1")[0]


def test_a_long_list_on_one_line_is_no_long_key() -> None:
    names = ", ".join(f"'a{number}.py'" for number in range(KEY_PARTS_CAP * 2))
    assert told(f"exclude = [\n{names}]\n# {'a.' * 200}\n") == []


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), st.sampled_from([OWN, SHARED]))
def test_arbitrary_bytes_never_raise(data: bytes, path: str) -> None:
    found, problems = parse_settings(data, path)
    assert found is not None or problems or path == SHARED


statements = st.sampled_from(
    [
        *(
            "patterns = 'p'",
            "fail-on = 'x'",
            "[scan]",
            "strict = 1",
            "[tool.feedback-loop]",
            "[tool]",
            "[levels]",
        ),
        *("a = 'off'", "exclude = [", "]", "'x',", '"""', "scan.tests = []", "tool = 1", "[a.b.c]"),
        "feedback-loop = {}",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(statements, max_size=8).map("\n".join), st.sampled_from([OWN, SHARED]))
def test_lines_of_problems_lie_in_the_file(text: str, path: str) -> None:
    found, problems = parse_settings(text.encode(), path)
    assert all(0 <= problem.line <= text.count("\n") + 1 for problem in problems)
    assert found is None or found.path == path
