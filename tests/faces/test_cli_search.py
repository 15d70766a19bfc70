"""`feedback-loop search`: what a person reads, what a program gets, and what is refused."""

from __future__ import annotations

import pytest

from tests.faces.command_line import CommandLine, write_pattern
from tests.repo import Repo


@pytest.fixture
def cli(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


@pytest.fixture
def small(cli: CommandLine) -> CommandLine:
    write_pattern(cli.repo, "zeppelin_landing")
    write_pattern(cli.repo, "quokka", below="proposed/", languages=[])
    write_pattern(cli.repo, "quokka_old", below="archive/")
    return cli


def test_nothing_found_is_no_failure(small: CommandLine) -> None:
    answer = small("search", "walrus")
    assert (answer.code, answer.out, answer.err) == (0, "", "feedback-loop: nothing found\n")
    told = small("search", "walrus", "--format", "json").json
    assert (told["hits"], told["exit_code"]) == ([], 0)


def test_without_patterns_the_core_pack_is_searched_and_that_is_said(cli: CommandLine) -> None:
    answer = cli("search", "return numpy arrays as json", "--limit", "2")
    first, about, second, _ = answer.out.splitlines()
    assert first.split() == ["numpy_json_serialization", *first.split()[1:3], "active"]
    assert about.startswith("  `json.dumps` accepts")
    assert len(about) <= 100
    assert second.endswith("  active  weak")
    assert (
        answer.err == "feedback-loop: there is no patterns/ here: these are the patterns of the core pack\n"
    )


def test_words_may_stand_apart_and_states_are_asked_for(small: CommandLine) -> None:
    assert small("search", "landing", "zeppelin").out.startswith("zeppelin_landing  ")
    assert small("search", "quokka").out == ""
    assert small("search", "quokka", "--proposed").out.split()[0] == "quokka"
    both = small("search", "quokka", "--proposed", "--archived").out.splitlines()
    assert [line.split()[0] for line in both[::2]] == ["quokka", "quokka_old"]
    assert [" proposed" in both[0], " archived" in both[2]] == [True, True]


def test_explained_are_tokens_weights_and_what_was_not_met(small: CommandLine) -> None:
    answer = small("search", "zeppelin landed at dusk", "--explain")
    head, about, titles, *rows, missing, score = answer.out.splitlines()
    assert head.startswith("zeppelin_landing")
    assert about == "  A bare handler hides `every` bug."
    assert titles.split() == ["token", "idf", "count", "score"]
    assert [row.split()[::2] for row in rows] == [["land", "3"], ["zeppelin", "3"]]
    assert len({len(line) for line in (titles, *rows)}) == 1
    assert missing == "    not in it: dusk"
    assert score.startswith("    score ")


def test_a_program_gets_the_same(small: CommandLine) -> None:
    told = small("search", "zeppelin", "--format", "json", "--explain").json
    (hit,) = told["hits"]
    assert (told["engine"], told["query"], told["notes"]) == ("BM25", "zeppelin", [])
    assert (hit["name"], hit["state"], hit["severity"], hit["tags"]) == (
        "zeppelin_landing",
        "active",
        "high",
        ["errors"],
    )
    assert 0 < hit["relevance"] < 1
    assert [term["token"] for term in hit["terms"]] == ["zeppelin"]
    (plain,) = small("search", "zeppelin", "--format", "json").json["hits"]
    assert set(hit) - set(plain) == {"score", "share", "gap", "ranks", "terms"}


def test_of_one_word_that_several_have_only_the_first_is_not_weak(cli: CommandLine) -> None:
    first, second, *_ = cli("search", "logging", "--min-relevance", "0.6").out.splitlines()[::2]
    assert [first.split()[0], "weak" in first] == ["structured_logging", False]
    assert second.split()[-1] == "weak"


def test_the_settings_are_the_defaults_of_the_options(small: CommandLine) -> None:
    write_pattern(small.repo, "zeppelin_mooring")
    small.repo.write("feedback-loop.toml", "[search]\nlimit = 1\nmin-relevance = 0.95\n")
    assert small("search", "exceptions").out == ""
    one = small("search", "zeppelin exceptions", "--min-relevance", "0")
    assert len(one.out.splitlines()) == 2
    two = small("search", "zeppelin exceptions", "--min-relevance", "0", "--limit", "2")
    assert len(two.out.splitlines()) == 4


def test_what_no_pattern_can_have_is_said(small: CommandLine) -> None:
    answer = small("search", "zeppelin", "--framework", "flask\x1b[31m")
    assert answer.out.startswith("zeppelin_landing")
    assert answer.err.startswith("feedback-loop: no pattern has the framework 'flask\\x1b[31m'; shown is")
    assert small("search", "zeppelin", "--language", "go").out == ""
    assert small("search", "zeppelin", "--tag", "errors").err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [""],
        [" ", "\t"],
        ["x", "--limit", "0"],
        ["x", "--min-relevance", "1.5"],
        ["x", "--min-relevance", "nan"],
    ],
)
def test_what_means_nothing_is_refused(small: CommandLine, arguments: list[str]) -> None:
    answer = small("search", *arguments, "--format", "json")
    assert answer.code == 2
    assert answer.json["error"]["kind"] == "usage"


def test_nothing_of_a_pattern_moves_the_cursor(small: CommandLine) -> None:
    """A pattern with hidden characters does not load, but a cache or a pack could hold one."""
    from feedback_loop.domain.found import Found
    from feedback_loop.domain.search import Hit, Indexed, Query, Term
    from feedback_loop.render.search import render_found

    hostile = Indexed("a", "T", description="x\x1b[2J\u202e\r" + "y" * 300)
    hits = (Hit(hostile, 1.0, 0.4, terms=(Term("t\x1b", 1.0, 1, 1.0),), ranks=(("BM25", 1), ("m\x07", 2))),)
    shown = render_found(Found(Query("q\x9b"), hits), explain=True, width=80)
    assert shown.replace("\n", "").isprintable()
    assert max(map(len, shown.splitlines())) <= 80


def test_relevance_is_never_certain_and_weak_below_what_injection_asks() -> None:
    from feedback_loop.render.search import percent_words

    assert [percent_words(one) for one in (0.0001, 0.01, 0.597, 0.6, 0.99, 0.9999)] == [
        *("< 1 %", "1 %", "59 %", "60 %", "99 %", "> 99 %"),
    ]
