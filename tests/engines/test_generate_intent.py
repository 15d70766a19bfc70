"""What the grammar of prompts reads: verbs, objects, sizes, names; and that no text can break it."""

from __future__ import annotations

import builtins
import keyword

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.generation import KINDS, Intent
from feedback_loop.domain.words import tokens
from feedback_loop.engines.generate.intent import FALLBACK, read_intent


@pytest.mark.parametrize(
    "prompt", ["", "  \n\t", "\0", "Sort customers by revenue", "!?", "日本語のみ", "\ud800"]
)
def test_a_prompt_without_a_known_word_says_nothing(prompt: str) -> None:
    intent = read_intent(prompt)
    assert (intent.verbs, intent.objects, intent.kinds, intent.returns, intent.limit, intent.place) == (
        *[()] * 3,
        "",
        None,
        "",
    )
    assert intent.function == FALLBACK


@pytest.mark.parametrize(
    ("prompt", "verbs", "objects", "kinds", "returns", "function"),
    [
        (
            "Process NumPy array and return JSON",
            ("process", "return"),
            ("array", "json"),
            ("array",),
            "json",
            "process_array",
        ),
        (
            "Create function to upload and process large audio file (up to 800MB)",
            ("create", "upload", "process"),
            ("audio", "file"),
            ("path",),
            "",
            "upload_audio",
        ),
        (
            "Create FastAPI endpoint for file upload",
            ("create",),
            ("endpoint", "file", "upload"),
            ("upload",),
            "",
            "upload_file",
        ),
        ("NumPy to JSON", ("convert",), ("array", "json"), ("array",), "json", "convert_array"),
        ("Get the first item of a list", ("get",), ("list",), ("sequence",), "", "get_first_item"),
        ("Write to a temporary file", ("write",), ("temp_file",), (), "", "write_temp_file"),
        ("Load a config file", ("load",), ("config",), ("path",), "", "load_config"),
        (
            "Save the array to a JSON file",
            ("save",),
            ("array", "json", "file"),
            ("array", "path"),
            "",
            "save_array",
        ),
        ("Sort a list of numbers", (), ("list", "number"), ("sequence",), "", FALLBACK),
        ("Build a to-do list", ("build",), ("list",), ("sequence",), "", "build_list"),
        ("return a pretty JSON", ("return",), ("json",), (), "json", "return_pretty"),
        ("calculate the monthly invoice total", ("compute",), (), (), "", "compute_monthly_invoice"),
        (
            "Write code that returns the first of the items",
            ("write", "return"),
            ("list",),
            ("sequence",),
            "",
            "return_first_item",
        ),
        ("Get the last modified file", ("get",), ("file",), ("path",), "", "get_file"),
        ("Replace NaN in np.ndarray", ("replace",), ("nan", "array"), ("array",), "", "replace_array"),
    ],
)
def test_what_a_prompt_asks_for(
    prompt: str,
    verbs: tuple[str, ...],
    objects: tuple[str, ...],
    kinds: tuple[str, ...],
    returns: str,
    function: str,
) -> None:
    intent = read_intent(prompt)
    assert (intent.verbs, intent.objects) == (verbs, objects)
    assert (intent.kinds, intent.returns, intent.function) == (kinds, returns, function)


@pytest.mark.parametrize(
    ("prompt", "size"),
    [
        ("a file", None),
        ("version 3.12 of 800 files", None),
        ("up to 800MB", 800 * 1024**2),
        ("at most 1.5 GB", 1536 * 1024**2),
        ("20 MiB", 20 * 1024**2),
        ("20-megabyte files", 20 * 1024**2),
        ("1,500 MB", 1500 * 1024**2),
        ("2,5 gb", 2560 * 1024**2),
        ("512 bytes", 512),
        ("64 kB, then 1 GB", 64 * 1024),
        ("0 MB", None),
        ("MB", None),
    ],
)
def test_a_size_is_in_bytes_and_the_first_one_counts(prompt: str, size: int | None) -> None:
    assert read_intent(prompt).limit == size


def test_places_are_first_and_last() -> None:
    assert [read_intent(f"the {place} element").place for place in ("first", "last", "third")] == [
        "first",
        "last",
        "",
    ]


def test_words_that_nobody_understood_are_named_once_in_their_order() -> None:
    intent = read_intent("Frobnicate the JSON of each customer, then frobnicate; customer " + "x" * 50)
    assert intent.unrecognised == ("Frobnicate", "each", "customer", "frobnicate", "x" * 40)
    assert "json" in intent.explained
    assert "customer" not in intent.explained


def test_what_turns_the_words_round_is_not_understood() -> None:
    assert read_intent("Don't read the file, not even a JSON file").unrecognised == ("Don't", "not", "even")
    assert read_intent("a file, not larger than 5 MB").unrecognised == ()


def test_a_word_that_is_verb_and_thing_is_what_it_stands_for() -> None:
    assert "upload" in read_intent("handle an upload").objects
    assert "upload" in read_intent("upload a file").verbs
    assert "upload" not in read_intent("upload a file").objects


@pytest.mark.parametrize("prompt", ["load", "return", "validate", "compute sum", "get set", "find"])
def test_a_name_is_never_a_keyword_nor_a_built_in(prompt: str) -> None:
    name = read_intent(prompt).function
    assert name.isidentifier()
    assert not keyword.iskeyword(name)
    assert not hasattr(builtins, name)


def check(prompt: str, intent: Intent) -> None:
    name = intent.function
    assert name.isascii() and name.isidentifier() and len(name) <= 40 + len("_value")
    assert not keyword.iskeyword(name) and not hasattr(builtins, name)
    assert intent.explained <= set(tokens(prompt))
    assert set(intent.kinds) <= set(KINDS)
    assert intent == read_intent(prompt)


WORDS = st.sampled_from(
    [
        "Create",
        "upload",
        "file",
        "temp",
        "NumPy",
        "array",
        "return",
        "JSON",
        "to",
        '""',
        "'''",
        "list",
        "first",
        "NaN",
        "800MB",
        "é",
        "日本",
        "\x00",
        "upload_file",
        "np",
    ]
)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300) | st.lists(WORDS, max_size=30).map(" ".join))
def test_no_text_breaks_it(prompt: str) -> None:
    check(prompt, read_intent(prompt))


@pytest.mark.parametrize("unit", ["a", "upload ", '"""', "日", "1", "e\u0301", "a_B", "800MB "])
def test_the_longest_prompt_is_read_like_any_other(unit: str) -> None:
    prompt = (unit * 20_000)[:20_000]
    check(prompt, read_intent(prompt))
