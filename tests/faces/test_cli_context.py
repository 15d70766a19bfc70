from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest

from feedback_loop import PatternInjector
from feedback_loop.errors import InputError, MachineFault
from feedback_loop.faces.cli import main
from tests.faces.command_line import Answer, CommandLine, write_pattern
from tests.repo import Repo

Piped: TypeAlias = Callable[..., tuple[int, bytes, bytes]]
TASK = "a bare exception handler hides every bug: name the exceptions"


@pytest.fixture
def command(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(repo, monkeypatch, capsys)


@pytest.fixture
def piped(repo: Repo, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Piped:
    """`context -` with these bytes on stdin: exit code, and what it wrote in bytes."""
    monkeypatch.chdir(repo.root)
    for name, value in repo.environment.items():
        monkeypatch.setenv(name, value)

    def run(data: bytes, *arguments: str) -> tuple[int, bytes, bytes]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        monkeypatch.setattr(sys, "argv", ["feedback-loop", "context", "-", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfdbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def named_exceptions(repo: Repo, name: str = "specific_exceptions", **fields: Any) -> None:
    """A pattern that TASK calls for."""
    write_pattern(repo, name, **fields)


def injections(repo: Repo) -> list[dict[str, Any]]:
    found = sorted((repo.root / ".feedback-loop/events").rglob("*-injection-*.json"))
    return [json.loads(one.read_text("utf-8")) for one in found]


def names(answer: Answer) -> list[str]:
    return [one["name"] for one in answer.json["patterns"]]


# -- nothing to add ------------------------------------------------------------------------------


def test_an_unrelated_task_comes_back_as_it_was(command: CommandLine) -> None:
    named_exceptions(command.repo)
    answer = command("context", "write", "a  haiku", "--record")
    assert (answer.code, answer.out, answer.err) == (0, "write a  haiku\n", "")
    assert injections(command.repo) == []


@pytest.mark.parametrize(
    "prompt",
    [b'\xef\xbb\xbfa haiku\r\n\xff\x00 """ ``` <!-- \n\n', b"no line end", b"a haiku " * (128 << 10)],
    ids=["odd", "short", "1 MiB"],
)
def test_a_prompt_of_stdin_comes_back_byte_for_byte(repo: Repo, piped: Piped, prompt: bytes) -> None:
    named_exceptions(repo)
    assert piped(prompt) == (0, prompt, b"")


def test_a_prompt_of_stdin_stands_before_the_section_byte_for_byte(repo: Repo, piped: Piped) -> None:
    named_exceptions(repo)
    prompt = TASK.encode() + b"\r\n\xff"
    code, out, _ = piped(prompt)
    assert code == 0
    assert out.startswith(prompt + b"\n\n## Relevant Patterns\n\n")


def test_disabled_is_the_prompt_and_said(command: CommandLine) -> None:
    named_exceptions(command.repo)
    command.repo.write("feedback-loop.toml", "[inject]\nenabled = false\n")
    answer = command("context", TASK)
    assert (answer.code, answer.out) == (0, TASK + "\n")
    assert answer.err == "feedback-loop: inject.enabled is false: nothing is added\n"


# -- the section -----------------------------------------------------------------------------------


def test_a_new_pattern_is_offered_at_its_first_task(command: CommandLine) -> None:
    named_exceptions(command.repo)
    answer = command("context", TASK, "-v")
    assert answer.code == 0
    assert answer.out.startswith(f"{TASK}\n\n## Relevant Patterns\n\n")
    assert "\n### Pattern #1: Named exceptions\n\n- **Status**: untested\n" in answer.out
    assert "\n```python\ndef f(x):\n" in answer.out
    assert answer.out.endswith("\n```\n\nConsider these patterns when implementing.\n")
    assert "feedback-loop:   specific_exceptions: relevance " in answer.err


def test_json_says_what_was_chosen(command: CommandLine) -> None:
    named_exceptions(command.repo)
    answer = command("context", TASK, "--format", "json", "--task", "t1")
    assert names(answer) == ["specific_exceptions"]
    assert answer.json["text"].startswith(TASK + "\n\n## Relevant Patterns\n")
    assert answer.json["tokens"] == -(-(len(answer.json["text"]) - len(TASK)) // 4)
    assert (answer.json["task_id"], answer.json["generation_id"]) == ("t1", None)


def test_the_budget_is_for_all_that_is_added(command: CommandLine) -> None:
    body = "".join(f"    y = x + {number}\n" for number in range(200))
    named_exceptions(command.repo, good=f"def f(x):\n{body}    return y\n")
    answer = command("context", TASK, "--budget", "200", "--format", "json")
    assert 100 < answer.json["tokens"] <= 200
    assert "\n# ... cut\n```\n" in answer.json["text"]
    answer = command("context", TASK, "--budget", "60", "--format", "json")
    assert answer.json["text"] == TASK
    assert answer.json["left_out"] == [
        {"pattern": "specific_exceptions", "reason": "does not fit into what is left of 60 tokens"}
    ]


def test_hidden_text_is_taken_out_and_told(command: CommandLine) -> None:
    named_exceptions(command.repo, guidance="Name them. Then <!-- obey --> rest.")
    answer = command("context", TASK)
    assert "- **Guidance**: Name them. Then rest.\n" in answer.out
    assert "specific_exceptions: hidden characters or comments were taken out of its text" in answer.err


def test_reports_and_open_findings_raise_a_pattern(command: CommandLine) -> None:
    named_exceptions(command.repo)
    command.repo.write(
        "app.py", "def f(x):\n    try:\n        return x()\n    except:\n        return None\n"
    )
    asked = ("context", TASK, "--format", "json")
    (plain,) = command(*asked).json["patterns"]
    assert (plain["seen"], plain["open_findings"]) == (0, 0)
    logged = ("log", "bug", "--pattern", "specific_exceptions", "--error", "E", "--code", "x")
    assert command(*logged, "--file", "app.py", "--line", "4").code == 0
    (reported,) = command(*asked).json["patterns"]
    (both,) = command(*asked, "--paths", "app.py").json["patterns"]
    assert (both["seen"], both["open_findings"]) == (1, 1)
    assert both["why"].endswith(", high severity, reported 1 time, 1 open finding in the files")
    assert plain["expected_use"] < reported["expected_use"] < both["expected_use"]


# -- recording and withholding -----------------------------------------------------------------------


def test_record_writes_the_injection(command: CommandLine) -> None:
    named_exceptions(command.repo)
    ids = ("--generation", "g1", "--session", "s1", "--task", "t1")
    assert command("context", TASK, *ids).code == 0
    assert injections(command.repo) == []
    assert command("context", TASK, "--record", *ids).code == 0
    (event,) = injections(command.repo)
    assert event["patterns"] == ["specific_exceptions"]
    assert event["data"] == {
        "target": "prompt",
        "patterns": ["specific_exceptions"],
        "prompt_sha256": hashlib.sha256(TASK.encode()).hexdigest(),
        "generation_id": "g1",
        "session_id": "s1",
        "task_id": "t1",
    }


def test_what_is_withheld_is_on_record_and_not_in_the_text(command: CommandLine) -> None:
    named_exceptions(command.repo)
    answer = command("context", TASK, "--record", "--holdout", "1", "--generation", "g1", "--format", "json")
    assert (answer.json["text"], answer.json["withheld"]) == (TASK, ["specific_exceptions"])
    (event,) = injections(command.repo)
    assert (event["patterns"], event["data"]["withheld"]) == ([], ["specific_exceptions"])


def test_a_holdout_of_the_settings_makes_a_generation_and_says_it(command: CommandLine) -> None:
    named_exceptions(command.repo)
    command.repo.write("feedback-loop.toml", "[inject]\nholdout = 1\n")
    answer = command("context", TASK, "--record")
    assert answer.out == TASK + "\n"
    (event,) = injections(command.repo)
    assert answer.err == f"feedback-loop: generation {event['data']['generation_id']}\n"
    assert command("context", TASK, "--record", "--holdout", "0").out != TASK + "\n"
    for asked in (("a haiku",), ("Product", "--for", "entity")):
        nothing = command("context", *asked, "--record", "--format", "json")
        assert (nothing.json["generation_id"], nothing.err) == (None, "")


def test_nothing_is_withheld_that_is_not_recorded(command: CommandLine) -> None:
    named_exceptions(command.repo)
    plain = command("context", TASK)
    asked = command("context", TASK, "--holdout", "1", "--generation", "g1")
    assert asked.out == plain.out
    assert asked.err == "feedback-loop: nothing is withheld: a holdout counts with --record alone\n"
    command.repo.write("feedback-loop.toml", "[inject]\nholdout = 1\n")
    answer = command("context", TASK)
    assert (answer.out, answer.err) == (plain.out, "")
    assert "## Relevant Patterns" in PatternInjector().enhance_prompt("Do it.", TASK)


def test_a_language_model_for_searches_does_not_rank_here(command: CommandLine) -> None:
    named_exceptions(command.repo)
    plain = command("context", TASK)
    command.repo.write("feedback-loop.toml", "[search]\nsemantic = true\n")
    answer = command("context", TASK)
    assert (answer.out, plain.err) == (plain.out, "")
    said = "feedback-loop: search.semantic is true, which is for searches: here words alone rank\n"
    assert answer.err == said
    assert command("context", "zeppelin").err == said  # nothing fits


def test_what_cannot_be_recorded_is_not_handed_out(
    repo: Repo, piped: Piped, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise MachineFault("no space left on the disk")

    named_exceptions(repo)
    monkeypatch.setattr("feedback_loop.api.context.recording.append_events", full)
    code, out, err = piped(TASK.encode(), "--record")
    assert (code, out) == (3, b"")
    assert b"no space left" in err


# -- other targets, and what is refused ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "text"),
    [
        *(("entity", "Product"), ("entity", "shop.order-item"), ("entity", "Größe")),
        *(("endpoint", "POST /products"), ("endpoint", "/products/{id}"), ("schema", "ProductCreate")),
    ],
)
def test_what_nobody_knows_a_failure_of_is_as_it_was(command: CommandLine, target: str, text: str) -> None:
    named_exceptions(command.repo)
    answer = command("context", text, "--for", target)
    assert (answer.code, answer.out) == (0, text + "\n")


def test_known_failures_of_an_entity_are_warned_of_recorded_and_withheld(command: CommandLine) -> None:
    known = {"exception": "IntegrityError", "entity": "Product", "field": "category_id"}
    named_exceptions(command.repo, "gap_product", guidance="Give it a default.", signatures=[known])
    logged = ("log", "bug", "--pattern", "gap_product", "--error", "E", "--code", "x", "--line", "1")
    for file in ("a.py", "b.py"):
        assert command(*logged, "--file", file).code == 0
    asked = ("context", "Product", "--for", "entity", "--generation", "g1")
    warned = command(*asked, "--holdout", "1")
    assert warned.out.startswith("Product\n\nAVOID THESE KNOWN ISSUES:\n1. IntegrityError on category_id: ")
    assert "nothing is withheld" in warned.err
    assert command(*asked, "--format", "json").json["warned"] == ["gap_product"]
    assert "feedback-loop:   warned of: gap_product\n" in command(*asked, "-v").err
    assert injections(command.repo) == []
    assert command(*asked, "--record", "--holdout", "1").out == "Product\n"
    (event,) = injections(command.repo)
    assert (event["data"]["target"], event["data"]["withheld"]) == ("entity", ["gap_product"])


@pytest.mark.parametrize(
    ("target", "text"), [("entity", "Book"), ("endpoint", "POST /books"), ("schema", "BookCreate")]
)
def test_what_one_run_showed_is_no_warning_and_is_said(command: CommandLine, target: str, text: str) -> None:
    for number, entity in enumerate(("Book", "Book", "Shelf")):
        told = {"exception": "IntegrityError", "entity": entity, "field": f"f{number}"}
        named_exceptions(command.repo, f"known_{number}", guidance="Give it a default.", signatures=[told])
    logged = ("log", "bug", "--error", "E", "--code", "x", "--line", "1")

    def fails(pattern: str, file: str) -> str:
        assert command(*logged, "--pattern", pattern, "--file", file).code == 0
        answer = command("context", text, "--for", target)
        assert answer.code == 0
        assert answer.err == "" or answer.out == text + "\n"
        return answer.err

    assert fails("known_2", "a.py") == ""  # another entity's
    one = "feedback-loop: 1 known failure fits, seen in one run: two are needed\n"
    assert fails("known_0", "a.py") == one
    two = "feedback-loop: 2 known failures fit, each seen in one run: two are needed\n"
    assert fails("known_1", "a.py") == two
    assert fails("known_0", "b.py") == ""  # warned of one


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((" ",), "the task is blank"),
        (("x", "--budget", "0"), "the budget must be 1 token or more"),
        (("x", "--holdout", "1.5"), "the holdout must be a share from 0 to 1"),
        (("x", "--holdout", "nan"), "the holdout must be a share from 0 to 1"),
        (("x", "--paths", "nope.py"), "no such file or folder: 'nope.py'"),
        (("x", "--generation", ""), "--generation: an empty value"),
        (("x", "--generation", "g" * 201), "--generation: 1 to 200 printable characters"),
        (("x", "--generation", "g\x1b[1m"), "--generation: 1 to 200 printable characters"),
        (("Product", "--for", "entity", "--budget", "9"), "--budget is for --for prompt"),
        (
            ("two words", "--for", "entity"),
            "not an entity: 'two words'\n  write it like `Product`; words of a",
        ),
        (("../x", "--for", "entity"), "not an entity: '../x'"),
        (("A\x1b[31mB", "--for", "entity"), r"not an entity: 'A\x1b[31mB'"),
        (("A\u3164", "--for", "entity"), r"not an entity: 'A\u3164'"),  # a letter that nobody sees
        (
            ("POST /products", "--for", "schema"),
            "not a schema: 'POST /products'\n  write it like `ProductCreate`",
        ),
        (("Product", "--for", "endpoint"), "not an endpoint: 'Product'"),
        (("GET /a\u202eb", "--for", "endpoint"), r"not an endpoint: 'GET /a\u202eb'"),
        (("GET /a\x1b[2J", "--for", "endpoint"), r"not an endpoint: 'GET /a\x1b[2J'"),
    ],
)
def test_what_makes_no_sense_is_refused(command: CommandLine, arguments: tuple[str, ...], told: str) -> None:
    answer = command("context", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err


@pytest.mark.parametrize("data", [b"", b"\n\t", b"x" * ((1 << 20) + 1)], ids=["empty", "blank", "endless"])
def test_a_blank_or_endless_prompt_on_stdin_is_refused(piped: Piped, data: bytes) -> None:
    code, out, err = piped(data)
    assert (code, out) == (2, b"")
    assert b"feedback-loop: the task " in err


# -- the Python name -----------------------------------------------------------------------------------


def test_the_injector_puts_the_section_behind_a_prompt(command: CommandLine) -> None:
    named_exceptions(command.repo)
    injector = PatternInjector()
    assert injector.enhance_prompt("Do it.", "write a haiku") == "Do it."
    assert injector.enhance_prompt("Do it.", " ") == "Do it."
    found = injector.enhance_prompt("Do it.", TASK)
    assert found.startswith("Do it.\n\n## Relevant Patterns\n\n")
    assert PatternInjector(command.repo.root).enhance_prompt("Do it.", TASK) == found
    assert PatternInjector(min_relevance=1.0).enhance_prompt("Do it.", TASK) == "Do it."


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("root", [5, b"", b"x", "\0"]),
        ("max_patterns", [0, -1, None, "3", 1.5, True, float("inf")]),
        ("min_success_rate", [101, -1, None, "70", True, float("nan"), float("inf")]),
        ("min_relevance", [2, -0.1, None, "1", False, float("nan")]),
    ],
)
def test_an_injector_names_the_argument_that_cannot_be(
    command: CommandLine, argument: str, values: list[Any]
) -> None:
    for value in values:
        with pytest.raises(InputError, match=f"^{argument} must be "):
            PatternInjector(**{argument.replace("root", "library"): value})
    with pytest.raises(InputError, match="is a database"):
        PatternInjector("patterns.db")


def test_an_injector_takes_text_alone(command: CommandLine) -> None:
    for value in (None, 5, b"x"):
        wrong: Any = value
        with pytest.raises(InputError, match="original_prompt must be text"):
            PatternInjector().enhance_prompt(wrong, TASK)
        with pytest.raises(InputError, match="task_description must be text"):
            PatternInjector().enhance_prompt("Do it.", wrong)


def test_with_a_warm_index_nothing_heavy_is_loaded(command: CommandLine) -> None:
    named_exceptions(command.repo)
    command.repo.write("feedback-loop.toml", "[inject]\nmax-patterns = 2\n")
    assert "## Relevant Patterns" in command("context", TASK).out
    heavy = ["jsonschema", "markdown_it", "numpy", "sqlite3", "re2", "ast_grep_py"]
    code = (
        "import sys; before = set(sys.modules)  # a measurement of coverage brings modules of its own\n"
        "from feedback_loop import PatternInjector\n"
        f"assert '## Relevant' in PatternInjector().enhance_prompt('x', {TASK!r})\n"
        f"print([one for one in {heavy!r} if one in set(sys.modules) - before])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=command.repo.root,
        env=command.repo.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
