"""`PatternAwareGenerator`: code that runs, holds what the report says it holds, and is sure of nothing else."""

from __future__ import annotations

import ast
import builtins
import io
import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop import GenerationResult, PatternAwareGenerator
from feedback_loop.api.generation import composing
from feedback_loop.api.generation.generating import generate
from feedback_loop.api.generation.request import Request
from feedback_loop.api.generation.shelf import core_dicts, shelf_of
from feedback_loop.api.generation.verify import detecting_library
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Detector, Example, Literal, Pattern, Template
from feedback_loop.domain.text import visible
from tests.api.generator_prompts import RELATED, UNRELATED

NUMPY, LARGE, FASTAPI = "numpy_json_serialization", "large_file_processing", "fastapi_streaming_uploads"
NUMPY_PROMPT = "Process NumPy array and return JSON"
AUDIO_PROMPT = "Create function to upload and process large audio file (up to 800MB)"
UPLOAD_PROMPT = "Create FastAPI endpoint for file upload"
# What the code must hold for each pattern, told without the tool's own detectors.
PROOFS: Mapping[str, Callable[[str], bool]] = {
    NUMPY: lambda code: ".tolist()" in code and "json.dumps(" in code,
    "bounds_checking": lambda code: "if not items:" in code,
    "specific_exceptions": lambda code: "except FileNotFoundError:" in code and "except:" not in code,
    "structured_logging": lambda code: "getLogger(__name__)" in code and "logger." in code,
    "metadata_based_logic": lambda code: 'metadata.get("category")' in code,
    "temp_file_handling": lambda code: "mkstemp()" in code and "os.unlink(" in code,
    LARGE: lambda code: "getsize(" in code and ".read(CHUNK)" in code,
    FASTAPI: lambda code: "await file.read(CHUNK)" in code,
    "numpy_nan_inf_handling": lambda code: "np.isfinite(" in code,
}


@pytest.fixture
def generator() -> PatternAwareGenerator:
    return PatternAwareGenerator(core_dicts(), clock=lambda: datetime(2026, 11, 22, tzinfo=UTC))


def applied(result: GenerationResult) -> list[str]:
    return [item["pattern"]["name"] for item in result.patterns_applied]


def run(result: GenerationResult) -> dict[str, Any]:
    """The names after the code was executed."""
    known: dict[str, Any] = {"__name__": "generated"}
    exec(compile(result.code, "generated.py", "exec"), known)
    return known


def check_sound(result: GenerationResult) -> None:
    """No detector fires, no name is undefined, it compiles."""
    validation = result.validation
    assert validation is not None
    assert (validation.is_valid, validation.syntax_valid, validation.compilation_error) == (True, True, None)
    assert (validation.findings, validation.undefined, validation.tests) == ([], [], None)


# -- fifty prompts ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results() -> dict[str, GenerationResult]:
    generator = PatternAwareGenerator(core_dicts())
    return {prompt: generator.generate(prompt) for prompt in (*RELATED, *UNRELATED)}


def test_nothing_is_applied_that_the_code_does_not_hold(results: dict[str, GenerationResult]) -> None:
    seen = set()
    for prompt, result in results.items():
        check_sound(result)
        for name in applied(result):
            assert PROOFS[name](result.code), (prompt, name)
            seen.add(name)
        told = [item["pattern"]["name"] for item in result.patterns_suggested]
        told += [item["pattern"] for item in result.patterns_rejected]
        assert not set(applied(result)) & set(told)
        assert result.scaffold == ("NotImplementedError" in result.code)
        defined = {one.name for one in ast.parse(result.code).body if isinstance(one, ast.FunctionDef)}
        assert not defined & set(dir(builtins))
    assert seen == PROOFS.keys() - {"metadata_based_logic"}  # of severity low


def test_an_unrelated_prompt_gets_no_confidence_and_a_scaffold(results: dict[str, GenerationResult]) -> None:
    assert (len(RELATED), len(UNRELATED), len(results)) == (25, 25, 50)
    for prompt in UNRELATED:
        assert results[prompt].confidence < 0.3, prompt
        assert results[prompt].scaffold, prompt
    for prompt in (NUMPY_PROMPT, AUDIO_PROMPT, UPLOAD_PROMPT):
        assert results[prompt].confidence > 0.3


# -- the three that people know ----------------------------------------------------------------------


def test_numpy_to_json_runs(generator: PatternAwareGenerator) -> None:
    np = pytest.importorskip("numpy")
    result = generator.generate(NUMPY_PROMPT)
    check_sound(result)
    assert (applied(result), result.scaffold) == ([NUMPY], False)
    process = run(result)["process_array"]
    document = json.loads(process(np.array([1, 2, 3], dtype=np.int32)))
    assert (document["count"], document["min"], document["max"], document["mean"]) == (3, 1, 3, 2.0)
    assert json.loads(process(np.array([0.5], dtype=np.float32)))["max"] == 0.5
    assert json.loads(process(np.array([])))["count"] == 0
    with pytest.raises(ValueError, match="NaN"):
        process(np.array([1.0, np.nan]))


def test_a_large_audio_file_is_limited_read_in_chunks_and_logged(
    generator: PatternAwareGenerator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    result = generator.generate(AUDIO_PROMPT)
    check_sound(result)
    assert (applied(result), result.scaffold) == ([LARGE], False)
    known = run(result)
    assert known["LARGEST"] == 800 * 1024**2
    chunks: list[bytes] = []
    audio = tmp_path / "a.wav"
    audio.write_bytes(bytes(2 * known["CHUNK"] + 5))
    caplog.set_level(logging.INFO)
    assert known["upload_audio"](audio, chunks.append) == 2 * known["CHUNK"] + 5
    assert [len(one) for one in chunks] == [known["CHUNK"], known["CHUNK"], 5]
    assert str(audio) in caplog.text
    with pytest.raises(FileNotFoundError):
        known["upload_audio"](tmp_path / "none.wav", chunks.append)
    assert "none.wav does not exist" in caplog.text
    known["LARGEST"] = 4
    with pytest.raises(ValueError, match="at most 4"):
        known["upload_audio"](audio, chunks.append)


def test_the_endpoint_takes_an_upload_and_refuses_a_large_one(
    generator: PatternAwareGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fastapi")
    from fastapi.testclient import TestClient

    result = generator.generate(UPLOAD_PROMPT)
    check_sound(result)
    assert (applied(result), result.scaffold) == ([FASTAPI], False)
    monkeypatch.chdir(tmp_path)
    # FastAPI looks annotations up in the module of the function.
    module = type(sys)("generated_upload")
    monkeypatch.setitem(sys.modules, "generated_upload", module)
    exec(compile(result.code, "generated_upload.py", "exec"), module.__dict__)
    client = TestClient(module.app)
    answer = client.post("/files", files={"file": ("a.wav", io.BytesIO(b"abcdef"))})
    assert (answer.status_code, answer.json()["size"]) == (200, 6)
    assert (tmp_path / "uploads" / answer.json()["name"]).read_bytes() == b"abcdef"
    module.__dict__["LARGEST"] = 3
    answer = client.post("/files", files={"file": ("a.wav", io.BytesIO(b"abcdef"))})
    assert answer.status_code == 413
    assert len(list((tmp_path / "uploads").iterdir())) == 1


# -- what callers of the original lean on ------------------------------------------------------------


def test_the_result_s_parts(generator: PatternAwareGenerator) -> None:
    result = generator.generate(NUMPY_PROMPT, validate=False)
    assert result.validation is None
    (item,) = result.patterns_applied
    assert item.keys() == {"pattern", "confidence", "severity", "why"}
    assert item["pattern"] is next(one for one in generator.pattern_library if one["name"] == NUMPY)
    assert (item["confidence"], item["severity"]) == (1.0, "high")
    assert result.metadata["context_indicators"]["numpy"] is True
    assert result.metadata | {"prompt_sha256": "", "library_sha256": "", "context_indicators": {}} == {
        "prompt": NUMPY_PROMPT,
        "prompt_sha256": "",
        "pattern_library_version": "1.0.0",
        "library_sha256": "",
        "timestamp": "2026-11-22T00:00:00Z",
        "confidence": result.confidence,
        "context_indicators": {},
        "provider": "offline",
        "use_llm": False,
        "unrecognised": [],
    }
    lines = result.report.splitlines()
    assert lines[0] == "=== Pattern-Aware Code Generation Report ==="
    assert lines[1] == f"Confidence Score: {result.confidence:.2%}"
    assert lines[3:9] == [
        "Generation Mode: Template",
        "Scaffold: no",
        "Context Detected:",
        "  ✓ numpy",
        "  ✓ json",
        "  ✓ list_access",
    ]
    assert f"  - {NUMPY} (severity: high, confidence: 100%)" in lines
    assert lines[-7:] == [
        "Validation Results:",
        "  Syntax Valid: ✓",
        "  Undefined Names: none",
        "  Findings: 0",
        "  Overall: ✓ Valid",
        "Not Understood: none",
        "=== End Report ===",
    ]


def test_the_same_prompt_and_library_give_the_same_bytes() -> None:
    first, second = (PatternAwareGenerator(core_dicts()).generate(AUDIO_PROMPT) for _ in range(2))
    assert (first.code, first.report) == (second.code, second.report)
    assert first.metadata["library_sha256"] == second.metadata["library_sha256"]


def test_without_applying_everything_is_suggested_and_the_code_a_scaffold(
    generator: PatternAwareGenerator,
) -> None:
    result = generator.generate(AUDIO_PROMPT, apply_patterns=False)
    assert (result.patterns_applied, result.scaffold, result.confidence) == ([], True, 0.0)
    assert LARGE in [item["pattern"]["name"] for item in result.patterns_suggested]


def test_a_threshold_and_a_context_decide_what_is_applied(generator: PatternAwareGenerator) -> None:
    nan, prompt = "numpy_nan_inf_handling", "Process an ndarray of data"
    told = {item["pattern"]["name"]: item for item in generator.generate(prompt).patterns_suggested}
    assert (told[nan]["confidence"], told[nan]["why"]) == (0.5, "the prompt speaks of numpy; below 0.8")
    assert nan in applied(generator.generate(prompt, min_confidence=0.5))
    context = {"critical_patterns": [nan, 7], "high_frequency_patterns": None}
    assert nan in applied(generator.generate(prompt, context))
    unrelated = generator.generate("Play chess", {"critical_patterns": [NUMPY]})
    assert [item["confidence"] for item in unrelated.patterns_suggested] == [0.3]  # the context alone


def test_partial_dicts_work() -> None:
    library: list[dict[str, Any]] = [
        {"name": NUMPY},
        {"name": "Odd Name", "severity": "CRITICAL", "description": None},
    ]
    result = PatternAwareGenerator(library, "2.0").generate(NUMPY_PROMPT)
    assert applied(result) == [NUMPY]
    assert result.patterns_applied[0]["severity"] == "medium"
    assert result.metadata["pattern_library_version"] == "2.0"
    nothing = PatternAwareGenerator([]).generate(NUMPY_PROMPT)
    assert (nothing.patterns_applied, nothing.confidence, nothing.scaffold) == ([], 0.0, False)


@pytest.mark.parametrize(
    ("library", "words"),
    [
        (None, "pattern_library must be a list"),
        ({"patterns": []}, "pattern_library must be a list"),
        (["numpy"], r"pattern_library\[0\] must be a dict"),
        ([{"name": "a_b"}, {}], r"pattern_library\[1\]: a pattern needs a name"),
        ([{"name": "日本"}], r"pattern_library\[0\].*holds nothing"),
        ([{"name": "a"}], r"pattern_library\[0\]: 'a' is too short for a name: it takes at least two"),
        ([{"name": "_B!"}], r"pattern_library\[0\]: '_B!' is too short for a name"),
        ([{"name": "a_b", "good_example": 7}], r"pattern_library\[0\] \(a_b\): good_example must be text"),
        ([{"name": "a_b", "tags": "x"}], r"pattern_library\[0\] \(a_b\): tags must be a list"),
    ],
)
def test_a_library_of_another_shape_is_refused_by_its_entry(library: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PatternAwareGenerator(library).generate(NUMPY_PROMPT)


@pytest.mark.parametrize("prompt", ["", "  \n", "\u200b\u2066\ufeff\n\x07", None, 7, "x" * 20_001])
def test_a_prompt_that_cannot_be_is_refused(generator: PatternAwareGenerator, prompt: Any) -> None:
    with pytest.raises(ValueError, match="prompt"):
        generator.generate(prompt)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), True, "0.8", None])
def test_a_threshold_outside_of_0_to_1_is_refused(generator: PatternAwareGenerator, share: Any) -> None:
    with pytest.raises(ValueError, match="min_confidence"):
        generator.generate(NUMPY_PROMPT, min_confidence=share)


def test_older_keywords_name_the_provider_and_keys_are_refused() -> None:
    assert PatternAwareGenerator([], use_llm=False, llm_provider="openai").provider == "offline"
    assert PatternAwareGenerator([], use_llm=True, llm_provider="anthropic").provider == "anthropic"
    with pytest.raises(ValueError, match="environment"):
        PatternAwareGenerator([], api_key="sk-1")
    with pytest.raises(ValueError, match="provider must be one of"):
        PatternAwareGenerator([], provider="oracle")
    with pytest.raises(ValueError, match="two providers"):
        PatternAwareGenerator([], provider="openai", llm_provider="anthropic")


def test_the_semi_private_methods(generator: PatternAwareGenerator) -> None:
    found = generator._analyze_prompt(NUMPY_PROMPT)
    assert {name for name, is_set in found.items() if is_set} == {"numpy", "json", "list_access"}
    matched = generator._match_patterns({"numpy": True, "json": True}, None)
    assert [(item["pattern"]["name"], item["confidence"]) for item in matched] == [
        (NUMPY, 1.0),
        ("numpy_nan_inf_handling", 0.5),
    ]
    alone = generator._match_patterns({}, {"high_frequency_patterns": [NUMPY]})
    assert [item["confidence"] for item in alone] == [0.2]
    low = [{"pattern": {"name": "x"}, "confidence": 1.0, "severity": "low"}]
    assert generator._prioritize_patterns([*matched, *low], True, 0.8) == (matched[:1], [matched[1], *low])
    assert generator._prioritize_patterns(matched, False, 0.0) == ([], matched)
    assert generator._generate_imports(matched) == ["import json", "import numpy as np"]
    assert generator._generate_imports(low) == []
    assert generator._calculate_confidence(matched) == 0.75
    assert generator._calculate_confidence([]) == 0.5


# -- the loop --------------------------------------------------------------------------------------


def finder(text: str) -> Pattern:
    """A pattern whose detector finds this text wherever it stands."""
    detector = Detector("text", Literal((text,)), "found", languages=("python",))
    return Pattern("house_rule", "House rule", "1", detectors=(detector,), languages=("python",))


def generate_under(rule: str, prompt: str) -> Any:
    shelf, _ = shelf_of(core_dicts())
    library = Library("patterns/", (finder(rule),))
    return generate(Request(prompt), replace(shelf, detecting=detecting_library(library)))


def test_what_a_detector_finds_is_taken_out_and_recorded() -> None:
    made = generate_under("os.path.getsize", AUDIO_PROMPT)
    assert made.verification.is_valid
    assert "getsize" not in made.code
    assert LARGE not in [one.pattern.name for one in made.applied]
    assert "with it the code has what house_rule/text finds" in {one.reason for one in made.rejected}
    assert LARGE in {one.pattern for one in made.rejected}
    assert made.scaffold  # what the recipe stands in is gone


def test_only_the_pattern_that_a_detector_finds_is_taken_out() -> None:
    made = generate_under("getLogger", f"{NUMPY_PROMPT} and log it")
    assert (made.verification.is_valid, made.scaffold, made.notes) == (True, False, ())
    taken_out = [one.pattern for one in made.rejected if "house_rule" in one.reason]
    assert taken_out == ["structured_logging"]
    assert [one.pattern.name for one in made.applied] == [NUMPY]


@pytest.mark.parametrize(
    ("rule", "prompt", "applied", "recipe"),
    [
        ("np.std(", f"{NUMPY_PROMPT} and log it", ["structured_logging"], "numpy statistics json"),
        ("handled += ", AUDIO_PROMPT, [LARGE], "file processing"),
        ("np.where(", "Replace NaN in an array", [], "clean numbers"),
    ],
)
def test_ready_made_code_that_a_rule_refuses_goes_before_any_pattern(
    rule: str, prompt: str, applied: list[str], recipe: str
) -> None:
    made = generate_under(rule, prompt)
    assert (made.verification.is_valid, made.scaffold, rule in made.code) == (True, True, False)
    assert [one.pattern.name for one in made.applied] == applied
    assert made.notes == (f"the ready-made code for {recipe} was left out: house_rule/text refused it",)
    assert not [one for one in made.rejected if "house_rule" in one.reason]


def test_words_are_understood_as_far_as_the_code_does_what_they_say(generator: PatternAwareGenerator) -> None:
    done = generator.generate("Compute summary statistics of an array as JSON")
    assert (done.metadata["unrecognised"], done.scaffold) == ([], False)
    assert "100 % of the request understood" in done.report
    left = generator.generate("Compute summary statistics of an array as JSON", apply_patterns=False)
    assert (left.metadata["unrecognised"], left.scaffold) == (["summary", "statistics"], True)


def test_code_that_no_check_lets_pass_is_never_returned() -> None:
    made = generate_under("NotImplementedError", "Play chess")
    assert (made.code, made.confidence.value, made.applied) == ("", 0.0, ())
    assert not made.verification.is_valid


def test_of_two_patterns_in_conflict_the_better_is_applied() -> None:
    library = core_dicts()
    for one in library:
        if one["name"] == "temp_file_handling":
            one["conflicts"] = [LARGE]
    result = PatternAwareGenerator(library).generate(AUDIO_PROMPT)
    reasons = {one["pattern"]: one["reason"] for one in result.patterns_rejected}
    assert reasons["temp_file_handling"] == f"in conflict with {LARGE}, which fits better"


def generate_with_own(name: str, code: str, template: Template, prompt: str) -> Any:
    """By a library that has a core pattern of its own, with this example."""
    shelf, _ = shelf_of(core_dicts())
    own = [
        replace(one, good=(Example(code, "python"),), template=template) if one.name == name else one
        for one in shelf.patterns
    ]
    return generate(Request(prompt), replace(shelf, patterns=tuple(own)))


CHUNKS = Template("resource", (("path", "path"),))


@pytest.mark.parametrize(
    ("name", "code", "template", "reason"),
    [
        (LARGE, "chunk = 3\n", Template("helper"), "its role is 'helper', not 'resource'"),
        (
            LARGE,
            "def f(path):\n    with open(path):\n        ...\n",
            CHUNKS,
            "does not define 'chunk' in its frame",
        ),
        (
            LARGE,
            "def chunk():\n    return 3\ndef f(path):\n    with open(path):\n        ...\n",
            CHUNKS,
            "does not define 'chunk' in its frame",
        ),
        (LARGE, "def f(path):\n    if 0:\n        ...\n", CHUNKS, "line 3: the `...` is never reached"),
        ("structured_logging", "def f():\n    len('a')\n", Template("logging"), "'logger' in its module"),
    ],
)
def test_a_recipe_takes_the_shipped_template_where_the_library_s_does_not_fit_its_place(
    name: str, code: str, template: Template, reason: str
) -> None:
    shipped = PatternAwareGenerator(core_dicts()).generate(AUDIO_PROMPT)
    made = generate_with_own(name, code, template, AUDIO_PROMPT)
    assert (made.scaffold, made.code) == (False, shipped.code)
    (note,) = made.notes
    assert note.startswith(
        f"the ready-made code for file processing took the shipped {name}, not the library's: "
    )
    assert reason in note


def test_a_recipe_takes_the_library_s_template_where_it_fits() -> None:
    code = "def f(path):\n    with open(path, 'rb') as rows:\n        for chunk in rows:\n            ...\n"
    made = generate_with_own(LARGE, code, CHUNKS, AUDIO_PROMPT)
    assert (made.scaffold, made.notes) == (False, ())
    assert "for chunk in rows:\n" in made.code
    assert LARGE in [one.pattern.name for one in made.applied]


@pytest.mark.parametrize("error", [RecursionError, SyntaxError, MemoryError])
def test_what_cannot_be_put_together_is_taken_out(monkeypatch: pytest.MonkeyPatch, error: type) -> None:
    compose = composing.compose

    def fragile(intent: Any, recipe: Any, frames: Any) -> Any:
        if any(one.pattern == "structured_logging" for one in frames):
            raise error
        return compose(intent, recipe, frames)

    monkeypatch.setattr(composing, "compose", fragile)
    made = generate(Request(f"{NUMPY_PROMPT} and log it"), shelf_of(core_dicts())[0])
    assert (made.verification.is_valid, made.scaffold) == (True, False)
    assert [one.pattern.name for one in made.applied] == [NUMPY]
    reasons = {one.pattern: one.reason for one in made.rejected}
    assert reasons["structured_logging"].startswith("the code with it cannot be put together")


HELPER = {
    "name": "house_helper",
    "good_example": "def double(number):\n    return 2 * number\n",
    "test_coverage": "def test_double():\n    assert double(2) == 4\n",
}


def generate_with(helper: Mapping[str, Any], template: Template | None, **more: Any) -> Any:
    shelf, _ = shelf_of([helper])
    patterns = tuple(replace(one, template=template) for one in shelf.patterns)
    return generate(Request("Play chess", named=("house_helper",), **more), replace(shelf, patterns=patterns))


def test_an_example_without_a_template_is_no_dead_code_but_suggested() -> None:
    made = generate_with(HELPER, None)
    assert "def double(" not in made.code
    assert ([one.why for one in made.suggested], made.applied, made.rejected) == (
        ["it has no template to put into code"],
        (),
        (),
    )
    assert "def double(" in generate_with(HELPER, Template("helper")).code


@pytest.mark.parametrize(
    ("expected", "applied", "checks", "words"),
    [("4", 1, 0.5, "tests passed, a scaffold"), ("5", 0, 0.35, "no tests ran, a scaffold")],
)
def test_on_request_the_tests_of_what_was_put_in_are_among_the_checks(
    expected: str, applied: int, checks: float, words: str
) -> None:
    test = HELPER["test_coverage"].replace("4", expected)
    made = generate_with(HELPER | {"test_coverage": test}, Template("helper"), run_tests=True)
    assert len(made.applied) == ("def double(" in made.code) == applied
    assert (made.confidence.checks, made.verification.is_valid) == (checks, True)
    assert words in made.confidence.words
    assert [one.reason for one in made.rejected] == ["the code with it fails the patterns' tests"][applied:]


def test_no_name_of_a_prompt_gets_into_the_code_but_as_text(generator: PatternAwareGenerator) -> None:
    for prompt in (
        '"""\nimport os\nos.abort()\n"""',
        "x\r\nraise SystemExit\u2028#",
        "\ud800 list",
        "'" * 99,
    ):
        tree = ast.parse(generator.generate(prompt).code)
        assert all(isinstance(node, ast.FunctionDef | ast.ImportFrom) for node in tree.body), prompt


WORDS = "create upload list NumPy array JSON first file temp FastAPI endpoint log 800MB class import NaN data 日本"
SPOKEN = st.sampled_from([*WORDS.split(), '"""', "\\", "\n", "\ud800"])


@settings(max_examples=40, deadline=None)
@given(st.lists(SPOKEN, min_size=1, max_size=9).map(" ".join) | st.text(min_size=1, max_size=80))
def test_whatever_is_asked_the_code_passes_every_check(prompt: str) -> None:
    if any(visible(char) == char and not char.isspace() for char in prompt):
        result = PatternAwareGenerator(core_dicts()).generate(prompt, min_confidence=0.3)
        compile(result.code, "out.py", "exec")
        check_sound(result)
        assert all(PROOFS[name](result.code) for name in applied(result))


# -- providers -------------------------------------------------------------------------------------


GOOD = "```python\nimport json\n\ndef parse(text):\n    return json.loads(text)\n```"
BARE = "```python\ndef parse(x):\n    try:\n        return x()\n    except:\n        return None\n```"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Sets a provider up that gives these answers in turn and keeps what it was asked, a file each."""

    def set_up(*answers: str) -> Path:
        asked = tmp_path / "asked"
        asked.mkdir()
        (tmp_path / "answers.json").write_text(json.dumps(answers))
        (tmp_path / "stub.py").write_text(
            "import json, pathlib, sys\n"
            "here = pathlib.Path(__file__).parent\n"
            "count = len(list((here / 'asked').iterdir()))\n"
            "(here / 'asked' / str(count)).write_text(sys.stdin.read())\n"
            "print(json.loads((here / 'answers.json').read_text())[count])\n"
        )
        config = tmp_path / "config" / "feedback-loop" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(
            f"[providers.command]\nargv = {json.dumps([sys.executable, str(tmp_path / 'stub.py')])}\n"
        )
        config.chmod(0o600)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        return asked

    return set_up


def test_a_provider_is_sent_prompt_and_patterns_and_its_code_is_judged(
    command: Callable[..., Path],
) -> None:
    asked = command(GOOD)
    library = [*core_dicts(), {"name": "house_style", "description": NUMPY_PROMPT}]
    result = PatternAwareGenerator(library, provider="command").generate(NUMPY_PROMPT)
    assert result.code == "import json\n\ndef parse(text):\n    return json.loads(text)\n"
    assert (result.metadata["provider"], result.metadata["use_llm"]) == ("command", True)
    assert "Generation Mode: LLM" in result.report
    sent = (asked / "0").read_text()
    assert sent.startswith(NUMPY_PROMPT + "\n\n## Relevant Patterns")
    assert "NumPy types converted before JSON serialization" in sent
    assert NUMPY not in applied(result)  # nothing of it is in the answer
    given = [item["pattern"]["name"] for item in result.patterns_given]
    assert given == ["house_style"]  # no detector could tell


def test_an_enhancer_s_warnings_go_along(command: Callable[..., Path]) -> None:
    class Enhancer:
        def enhance_generic_prompt(self, base_prompt: str, error_types: Any = None) -> str:
            return base_prompt + "\n\nAVOID THESE KNOWN ISSUES:\n1. nothing in particular"

    asked = command(GOOD)
    generator = PatternAwareGenerator([], provider="command", prompt_enhancer=Enhancer())
    assert generator.generate("Parse it").code
    assert "AVOID THESE KNOWN ISSUES:" in (asked / "0").read_text()


def test_a_repair_round_sends_names_lines_and_guidance_only(command: Callable[..., Path]) -> None:
    asked = command(BARE, GOOD)
    result = PatternAwareGenerator(core_dicts(), provider="command").generate("Handle exceptions in a parser")
    assert "json.loads" in result.code
    first, second = (asked / "0").read_text(), (asked / "1").read_text()
    assert second.startswith(first)
    more = second.removeprefix(first)
    assert "- line 4: specific_exceptions: " in more
    assert "return x()" not in more


def test_after_two_repairs_the_composer_takes_over(command: Callable[..., Path]) -> None:
    asked = command(BARE, "```python\ndef f(:\n```", "```python\nreturn_nothing(x)\n```")
    result = PatternAwareGenerator(core_dicts(), provider="command").generate(NUMPY_PROMPT)
    assert len(list(asked.iterdir())) >= 1
    assert result.metadata["provider"].startswith("offline (command failed: ")
    assert (applied(result), result.metadata["use_llm"]) == ([NUMPY], False)
    assert "Note: command" in result.report
