"""The worked examples that people know this system by, run as written.

`from metrics.X import Y` is read as `from feedback_loop import Y`, `python -m metrics.integrate X` as
`feedback-loop X`.
"""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from feedback_loop import (
    GenerationAntiPattern,
    GenerationPromptEnhancer,
    GenerationResult,
    MetricsAnalyzer,
    MetricsCollector,
    NegativePatternStore,
    PatternAwareGenerator,
    PatternManager,
)
from tests.faces.command_line import CommandLine
from tests.repo import Repo

GUIDE = """# AI Patterns

## Core Best Practices

### 1. NumPy Type Conversion

**Problems:**
- TypeError: Object of type float64 is not JSON serializable

❌ Bad Pattern:
```python
json.dumps({"score": np.max(counts)})
```

✅ Good Pattern:
```python
json.dumps({"score": int(np.max(counts))})
```

### 2. Bounds Checking

**Problems:**
- IndexError on an empty list

❌ Bad Pattern:
```python
item = items[0]
```

✅ Good Pattern:
```python
item = items[0] if items else None
```
"""
NUMPY = "numpy_json_serialization"


@pytest.fixture
def folder(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process's folder: a project with a guide and a library."""
    monkeypatch.chdir(repo.root)
    (repo.root / "AI_PATTERNS.md").write_text(GUIDE, "utf-8")
    (repo.root / "patterns.json").write_text('{"patterns": []}')
    return repo.root


def run(example: str, **known: Any) -> dict[str, Any]:
    """Run the example with these names known; all names after it."""
    exec(
        compile(re.sub(r"from metrics\.\w+ import", "from feedback_loop import", example), "example", "exec"),
        known,
    )
    return known


@contextmanager
def caught_log(name: str) -> Iterator[list[str]]:
    """What is logged under the name meanwhile."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


def applied(result: GenerationResult) -> list[str]:
    """The names of the patterns that are in the code."""
    return [item["pattern"]["name"] for item in result.patterns_applied]


# -- Quick Start -----------------------------------------------------------------------------------

QUICK_START_2 = """from metrics.collector import MetricsCollector

collector = MetricsCollector()
collector.log_bug(
    pattern="numpy_json_serialization",
    error="TypeError: Object of type float64 is not JSON serializable",
    code='result = {"score": np.mean(data)}',
    file_path="api/endpoints.py",
    line=42
)
"""

QUICK_START_3 = """from metrics.analyzer import MetricsAnalyzer

analyzer = MetricsAnalyzer(collector.export_dict())
high_freq = analyzer.get_high_frequency_patterns()
print(f"High frequency patterns: {high_freq}")
"""

QUICK_START_4 = """from metrics.pattern_manager import PatternManager
from metrics.code_generator import PatternAwareGenerator

manager = PatternManager("patterns.json")
manager.load_from_ai_patterns_md("AI_PATTERNS.md")

generator = PatternAwareGenerator(manager.get_all_patterns())
result = generator.generate("Process NumPy array and return JSON")
print(result.code)
"""


def test_quick_start(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = run(QUICK_START_2)
    (bug,) = known["collector"].data["bugs"]
    assert (bug["pattern"], bug["line"], bug["count"]) == (NUMPY, 42, 1)
    known = run(QUICK_START_3, **known)
    assert capsys.readouterr().out == "High frequency patterns: []\n"  # once is not frequent
    run(QUICK_START_2 + QUICK_START_3.partition("\n")[2], MetricsAnalyzer=MetricsAnalyzer)
    capsys.readouterr()
    known = run(QUICK_START_4, **known)
    printed = capsys.readouterr().out
    assert printed == known["result"].code + "\n"
    assert "json.dumps(" in printed
    assert applied(known["result"]) == [NUMPY]
    names = [one["name"] for one in known["manager"].get_all_patterns()]
    assert names == [NUMPY, "bounds_checking"]
    assert known["manager"].get_pattern_by_name(NUMPY)["good_example"].startswith("json.dumps(")


# -- Components ------------------------------------------------------------------------------------

COLLECTOR = """collector = MetricsCollector()
collector.log_bug(
    pattern="bounds_checking",
    error="IndexError: list index out of range",
    code='item = items[0]',
    file_path="utils/helpers.py",
    line=15
)
"""


def test_the_collector_s_example(folder: Path) -> None:
    collector = run(COLLECTOR, MetricsCollector=MetricsCollector)["collector"]
    assert collector.get_summary() == {
        "bugs": 1,
        "test_failures": 0,
        "code_reviews": 0,
        "performance_metrics": 0,
        "deployment_issues": 0,
        "code_generation": 0,
        "total": 1,
    }
    assert json.loads(collector.export_json())["bugs"][0]["file_path"] == "utils/helpers.py"


PLANS = """collector = MetricsCollector()

# Parse patterns from plan file and log as code generation
patterns = collector.log_from_plan_file("task_plan.md")
# Returns: ["numpy_json_serialization", "bounds_checking"]

# Optionally specify custom section heading
patterns = collector.log_from_plan_file("plan.md", section_heading="Required Patterns")
"""

PLAN = """# Task: Add JSON API endpoint

## Patterns to Apply
- [ ] numpy_json_serialization (from feedback-loop)
- [x] bounds_checking (from feedback-loop)
- [ ] input_validation

## Implementation Notes
- Use FastAPI for the endpoint
"""


def test_the_collector_s_plan_files(folder: Path) -> None:
    (folder / "task_plan.md").write_text(PLAN)
    (folder / "plan.md").write_text(
        "# Plan\n\n## Required Patterns\n- [ ] bounds_checking\n\n## More\n- [ ] other\n"
    )
    known = run(PLANS, MetricsCollector=MetricsCollector)
    assert known["patterns"] == ["bounds_checking"]
    first, second = known["collector"].data["code_generation"]
    assert first["patterns_applied"] == [NUMPY, "bounds_checking", "input_validation"]
    assert (first["prompt"], first["confidence"], first["success"]) == ("plan:task_plan.md", 1.0, True)
    assert first["metadata"]["source"] == "plan_file"
    assert first["metadata"]["section_heading"] == "Patterns to Apply"
    assert first["metadata"]["plan_path"] == str(folder / "task_plan.md")
    assert second["metadata"]["section_heading"] == "Required Patterns"
    with pytest.raises(ValueError, match="Path traversal detected"):
        MetricsCollector().log_from_plan_file("../plan.md")
    with pytest.raises(FileNotFoundError):
        MetricsCollector().log_from_plan_file("none.md")


ANALYZER = """analyzer = MetricsAnalyzer(metrics_data)
high_freq = analyzer.get_high_frequency_patterns(threshold=2)
effectiveness = analyzer.calculate_effectiveness(time_window_days=30)
"""


def test_the_analyzer_s_example(folder: Path) -> None:
    data = {"bugs": [{"pattern": NUMPY, "count": 2, "timestamp": "2024-01-04T12:00:00"}]}
    known = run(ANALYZER, MetricsAnalyzer=MetricsAnalyzer, metrics_data=data)
    assert known["high_freq"] == [{"pattern": NUMPY, "count": 2, "last_seen": "2024-01-04T12:00:00Z"}]
    assert known["effectiveness"][NUMPY]["trend"] == "insufficient_data"
    assert known["analyzer"].get_context()["pattern_counts"] == {NUMPY: 2}


MANAGER = """manager = PatternManager("patterns.json")
manager.load_from_ai_patterns_md("AI_PATTERNS.md")
manager.update_frequencies(high_freq_patterns)
manager.archive_unused_patterns(days=90)
manager.save_patterns()
"""


def test_the_manager_s_example(folder: Path) -> None:
    seen = [{"pattern": NUMPY, "count": 4, "last_seen": None}]
    for _ in range(2):
        run(MANAGER, PatternManager=PatternManager, high_freq_patterns=seen)
        patterns = json.loads((folder / "patterns.json").read_text("utf-8"))["patterns"]
        assert [(one["name"], one["occurrence_frequency"]) for one in patterns] == [
            (NUMPY, 4),
            ("bounds_checking", 0),
        ]


GENERATOR = """generator = PatternAwareGenerator(pattern_library)
result = generator.generate(
    prompt="Create FastAPI endpoint for file upload",
    metrics_context=analyzer.get_context(),
    apply_patterns=True,
    min_confidence=0.8
)

print(result.code)
print(result.report)
print(f"Confidence: {result.confidence:.2%}")
"""


def test_the_generator_s_example(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = [{"name": "fastapi_streaming_uploads", "severity": "high"}]
    analyzer = MetricsAnalyzer(MetricsCollector().export_dict())
    known = run(
        GENERATOR,
        PatternAwareGenerator=PatternAwareGenerator,
        pattern_library=library,
        analyzer=analyzer,
    )
    result = known["result"]
    assert applied(result) == ["fastapi_streaming_uploads"]
    assert "@app.post(" in result.code
    assert result.validation.is_valid
    score = f"{result.confidence:.2%}"
    assert capsys.readouterr().out == f"{result.code}\n{result.report}\nConfidence: {score}\n"
    assert f"Confidence Score: {score}\n" in result.report


# -- Full Workflow ---------------------------------------------------------------------------------

FULL_WORKFLOW = """from metrics.collector import MetricsCollector
from metrics.analyzer import MetricsAnalyzer
from metrics.pattern_manager import PatternManager
from metrics.code_generator import PatternAwareGenerator

# 1. Collect metrics
collector = MetricsCollector()
collector.log_bug(
    pattern="numpy_json_serialization",
    error="TypeError: Object of type float64 is not JSON serializable",
    code='result = {"score": np.mean(data)}',
    file_path="api/endpoints.py",
    line=42
)

# 2. Analyze metrics
analyzer = MetricsAnalyzer(collector.export_dict())
high_freq = analyzer.get_high_frequency_patterns()
new_patterns = analyzer.detect_new_patterns(["numpy_json_serialization", "bounds_checking"])

# 3. Update pattern library
manager = PatternManager("patterns.json")
manager.load_from_ai_patterns_md("AI_PATTERNS.md")
manager.update_frequencies(high_freq)
manager.add_new_patterns(new_patterns)
manager.save_patterns()

# 4. Generate code
generator = PatternAwareGenerator(manager.get_all_patterns())
result = generator.generate(
    prompt="Create function to process NumPy array and return JSON",
    metrics_context=analyzer.get_context()
)

print("Generated Code:")
print(result.code)
print("\\nReport:")
print(result.report)
"""


def test_the_full_workflow_and_that_a_second_run_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = run(FULL_WORKFLOW)
    result = known["result"]
    assert capsys.readouterr().out == f"Generated Code:\n{result.code}\n\nReport:\n{result.report}\n"
    assert (applied(result), result.scaffold) == ([NUMPY], False)
    assert (known["high_freq"], known["new_patterns"]) == ([], [])
    assert known["analyzer"].get_context()["high_frequency_patterns"] == [NUMPY]
    written = (folder / "patterns.json").read_bytes()
    assert [one["name"] for one in json.loads(written)["patterns"]] == [NUMPY, "bounds_checking"]
    run(FULL_WORKFLOW)
    assert (folder / "patterns.json").read_bytes() == written


# -- Custom Pattern Format -------------------------------------------------------------------------

CUSTOM = """{
    "pattern_id": "uuid-string",
    "name": "pattern_name",
    "description": "What the pattern addresses",
    "bad_example": "code showing the anti-pattern",
    "good_example": "code showing the correct pattern",
    "test_coverage": "test code demonstrating the pattern",
    "occurrence_frequency": 42,
    "last_occurrence": "2024-01-04T12:00:00",
    "severity": "low|medium|high|critical",
    "effectiveness_score": 0.85
}
"""


def test_a_pattern_of_the_documented_format_is_kept_as_it_is(folder: Path) -> None:
    custom = ast.literal_eval(CUSTOM)
    manager = PatternManager("patterns.json")
    manager.patterns.append(custom)
    manager.save_patterns()
    again = PatternManager("patterns.json")
    assert again.get_pattern_by_name("pattern_name") == custom
    again.load_from_ai_patterns_md("AI_PATTERNS.md")
    assert again.get_pattern_by_name(NUMPY).keys() >= custom.keys()  # type: ignore[union-attr]
    again.update_frequencies([{"pattern": "pattern_name", "count": 3}])
    assert again.patterns[0]["occurrence_frequency"] == 45


# -- Examples --------------------------------------------------------------------------------------

EXAMPLE_1 = """collector = MetricsCollector()

# Log multiple occurrences
for i in range(5):
    collector.log_bug(
        pattern="numpy_json_serialization",
        error="TypeError: Object of type float64 is not JSON serializable",
        code=f'result = {{"score": np.mean(data_{i})}}',
        file_path=f"api/endpoint_{i}.py",
        line=42
    )

# Analyze
analyzer = MetricsAnalyzer(collector.export_dict())
high_freq = analyzer.get_high_frequency_patterns()
print(f"Most common pattern: {high_freq[0]['pattern']} ({high_freq[0]['count']} times)")
"""

EXAMPLE_2 = """manager = PatternManager("patterns.json")
manager.load_from_ai_patterns_md("AI_PATTERNS.md")

generator = PatternAwareGenerator(manager.get_all_patterns())
result = generator.generate(
    "Create function to upload and process large audio file (up to 800MB)"
)

# Result includes:
# - Proper size validation
# - Chunked reading
# - Error handling
# - Logging
print(result.code)
"""

EXAMPLE_3 = """collector = MetricsCollector()

collector.log_test_failure(
    test_name="test_json_serialization",
    failure_reason="JSON serialization failed",
    pattern_violated="numpy_json_serialization",
    code_snippet='assert json.dumps({"val": np.float64(1.0)})'
)

collector.log_test_failure(
    test_name="test_empty_list",
    failure_reason="IndexError on empty list",
    pattern_violated="bounds_checking"
)

# Get summary
summary = collector.get_summary()
print(f"Test failures: {summary['test_failures']}")
"""


def test_example_1_tracks_serialization_issues(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = run(EXAMPLE_1, MetricsCollector=MetricsCollector, MetricsAnalyzer=MetricsAnalyzer)
    assert capsys.readouterr().out == "Most common pattern: numpy_json_serialization (5 times)\n"
    assert len(known["collector"].data["bugs"]) == 5


def test_example_2_makes_what_it_says(folder: Path) -> None:
    known = run(EXAMPLE_2, PatternManager=PatternManager, PatternAwareGenerator=PatternAwareGenerator)
    assert [one["name"] for one in known["manager"].get_all_patterns()] == [NUMPY, "bounds_checking"]
    result = known["result"]
    assert (result.scaffold, result.validation.is_valid) == (False, True)
    # Proper size validation, chunked reading, error handling, logging: tried, not only looked at.
    made: dict[str, Any] = {"__name__": "made"}
    exec(compile(result.code, "made.py", "exec"), made)
    function = next(made[one.name] for one in ast.parse(result.code).body if isinstance(one, ast.FunctionDef))
    assert made["LARGEST"] == 800 * 1024**2
    chunks: list[bytes] = []
    audio = folder / "audio.wav"
    audio.write_bytes(bytes(made["CHUNK"] + 1))
    with caught_log("made") as lines:
        assert function(audio, chunks.append) == made["CHUNK"] + 1
        with pytest.raises(FileNotFoundError):
            function(folder / "none.wav", chunks.append)
    assert [len(chunk) for chunk in chunks] == [made["CHUNK"], 1]
    assert any("none.wav does not exist" in line for line in lines)
    made["LARGEST"] = 3
    with pytest.raises(ValueError, match="at most 3"):
        function(audio, chunks.append)


def test_example_3_tracks_test_failures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = run(EXAMPLE_3, MetricsCollector=MetricsCollector)
    assert capsys.readouterr().out == "Test failures: 2\n"
    ranked = MetricsAnalyzer(known["collector"].export_dict()).rank_patterns_by_severity()
    assert [one["pattern"] for one in ranked] == ["bounds_checking", NUMPY]


# -- Metrics Schema --------------------------------------------------------------------------------

SCHEMA = {
    "bugs": """{
  "pattern": "pattern_name",
  "error": "Error message",
  "code": "Code snippet",
  "file_path": "/path/to/file.py",
  "line": 42,
  "stack_trace": "Optional stack trace",
  "timestamp": "2024-01-04T12:00:00",
  "count": 3
}""",
    "test_failures": """{
  "test_name": "test_something",
  "failure_reason": "Expected X but got Y",
  "pattern_violated": "pattern_name",
  "code_snippet": "test code",
  "timestamp": "2024-01-04T12:00:00",
  "count": 2
}""",
    "code_reviews": """{
  "issue_type": "Missing validation",
  "pattern": "input_validation",
  "severity": "high|medium|low|critical",
  "file_path": "/path/to/file.py",
  "line": 10,
  "suggestion": "Add input validation",
  "timestamp": "2024-01-04T12:00:00"
}""",
}


def test_entries_of_the_documented_schema_are_counted_and_kept(folder: Path) -> None:
    text = "{" + ", ".join(f'"{category}": [{entry}]' for category, entry in SCHEMA.items()) + "}"
    collector = MetricsCollector()
    collector.load_from_json(text)
    analyzer = MetricsAnalyzer(collector.export_dict())
    assert analyzer.get_context()["pattern_counts"] == {"pattern_name": 5, "input_validation": 1}
    exported = json.loads(collector.export_json())
    assert {name: exported[name] for name in SCHEMA} == {
        name: [json.loads(entry)] for name, entry in SCHEMA.items()
    }


# -- CLI Usage -------------------------------------------------------------------------------------

COMMANDS = """python -m metrics.integrate collect [--metrics-file PATH]
python -m metrics.integrate analyze [--metrics-file PATH] [--patterns-file PATH] [--no-update]
python -m metrics.integrate generate "Your prompt here" [--output FILE] [--no-apply] [--min-confidence 0.8]
python -m metrics.integrate report [--period all|month|week] [--output FILE]
"""
VALUES = {
    "--metrics-file PATH": "metrics_data.json",
    "--patterns-file PATH": "patterns.json",
    "--output FILE": "r.txt",
}


def spelt(line: str) -> list[tuple[str, ...]]:
    """The command without its options, with each of them, and with all."""
    given, _, rest = line.removeprefix("python -m metrics.integrate ").partition(" [")
    name = tuple(shlex.split(given))
    rest = "[" + rest
    options: list[tuple[str, ...]] = []
    for option in re.findall(r"\[(.*?)\]", rest):
        word, _, values = option.partition(" ")
        known = [VALUES[option]] if option in VALUES else values.split("|") if values else []
        options += [(word, one) for one in known] or [(word,)]
    return [name, *((*name, *one) for one in options), (*name, *(word for one in options for word in one))]


def test_the_commands_are_there_with_every_documented_option(
    folder: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = CommandLine(repo, monkeypatch, capsys)
    collector = MetricsCollector()
    collector.log_bug(NUMPY, "TypeError: Object of type int64", "json.dumps(x)", "api/a.py", 3)
    (folder / "metrics_data.json").write_text(collector.export_json())
    said = {}
    for line in COMMANDS.splitlines():
        for arguments in spelt(line):
            answer = command(*arguments)
            assert answer.code == 0, (arguments, answer.err)
            said[arguments] = answer.out
    assert len(said) == 2 + 5 + 5 + 6
    assert "  bugs: 1\n" in said["collect", "--metrics-file", "metrics_data.json"]
    assert f"{NUMPY}: 1 occurrence, last seen" in said["analyze", "--metrics-file", "metrics_data.json"]
    assert "  Total Bugs: 1\n" in said["report", "--period", "week"]
    prompt = ("generate", "Your prompt here")
    assert "NotImplementedError" in said[prompt]
    assert (folder / "r.txt.meta.json").exists()
    assert "NotImplementedError" not in said[*prompt, "--no-apply"]
    assert "METRICS ANALYSIS REPORT - WEEK\n" in (folder / "r.txt").read_text("utf-8")
    (entry,) = json.loads((folder / "patterns.json").read_text("utf-8"))["patterns"]
    assert (entry["name"], entry["occurrence_frequency"]) == (NUMPY, 1)


# -- Configuration ---------------------------------------------------------------------------------


def test_the_library_s_path_and_the_archive_s_duration_are_the_caller_s(folder: Path) -> None:
    manager = run('manager = PatternManager("custom/path/patterns.json")\n', PatternManager=PatternManager)[
        "manager"
    ]
    manager.patterns += [
        {"name": "old_one", "last_occurrence": "2024-01-04T12:00:00"},
        {"name": "never_seen", "last_occurrence": None},
    ]
    known = run(
        "archived = manager.archive_unused_patterns(days=60)  # Archive after 60 days\n", manager=manager
    )
    assert known["archived"] == ["old_one"]
    manager.save_patterns()
    assert (folder / "custom/path/patterns.json").exists()
    assert PatternManager("custom/path/patterns.json").get_pattern_names() == ["never_seen"]


def test_the_threshold_from_which_patterns_are_applied_is_the_caller_s(folder: Path) -> None:
    example = """result = generator.generate(
    prompt="...",
    min_confidence=0.9  # Only apply patterns with 90%+ confidence
)
"""
    generator = PatternAwareGenerator([{"name": "bounds_checking"}, {"name": "numpy_nan_inf_handling"}])
    result = run(example, generator=generator)["result"]
    assert (result.patterns_applied, result.confidence) == ([], 0.0)
    prompt = example.replace('"..."', '"Get the first item of a list"')
    assert applied(run(prompt, generator=generator)["result"]) == ["bounds_checking"]
    prompt = example.replace('"..."', '"Process an ndarray of data"')
    (item,) = run(prompt, generator=generator)["result"].patterns_suggested
    assert (item["pattern"]["name"], item["confidence"]) == ("numpy_nan_inf_handling", 0.5)


# -- Generation feedback loop ----------------------------------------------------------------------

SERVICE = """from feedback_loop import GenerationPromptEnhancer, get_prompt_enhancer

class CodeGenerationService:
    def __init__(self, prompt_enhancer: GenerationPromptEnhancer = None):
        self.prompt_enhancer = prompt_enhancer or get_prompt_enhancer()

    async def generate_entity(self, entity_ir) -> str:
        base_prompt = self._build_entity_prompt(entity_ir)

        # NEW: Enhance with anti-patterns
        enhanced_prompt = self.prompt_enhancer.enhance_entity_prompt(
            base_prompt,
            entity_name=entity_ir.name,
            entity_ir=entity_ir
        )

        return await self._call_llm(enhanced_prompt)

    def _build_entity_prompt(self, entity_ir) -> str:
        return f"Generate the entity {entity_ir.name}"

    async def _call_llm(self, prompt: str) -> str:
        return prompt
"""

PIPELINE = '''from feedback_loop import get_feedback_collector

# After smoke test, before repair
async def _process_generation_feedback(smoke_result, application_ir, manifest):
    """Process smoke failures for generation learning."""
    if not smoke_result.violations:
        return

    collector = get_feedback_collector()
    result = await collector.process_smoke_results(
        smoke_result=smoke_result,
        application_ir=application_ir,
        generation_manifest=manifest
    )

    print(
        f"    Generation feedback: {result.patterns_created} new, "
        f"{result.patterns_updated} updated anti-patterns"
    )
'''

BEFORE = "Generate FastAPI endpoint for POST /products"
AFTER = """Generate FastAPI endpoint for POST /products

AVOID THESE KNOWN ISSUES:
1. IntegrityError on category_id: Always use Optional[int] for FK fields
2. ValidationError on price: Ensure Decimal validation in schema
3. ImportError: Import all models from src.models.entities"""


def anti_pattern(name: str, *told: str, runs: int) -> GenerationAntiPattern:
    """With the fields of the documented dataclass, in their order."""
    error, exception, message, entity, endpoint, field, right = told
    return GenerationAntiPattern(
        name, error, exception, message, entity, endpoint, field, "x = 1", right, occurrence_count=runs
    )


KNOWN_ISSUES = (
    ("wrong_price", "validation", "ValidationError", "value is not a valid decimal", "Product",
     "POST /{entities}", "price", "Ensure Decimal validation in schema", 3),
    ("missing_models", "import", "ImportError", "cannot import name", "*", "*", "*",
     "Import all models from src.models.entities", 2),
    ("missing_parent", "database", "IntegrityError", "FOREIGN KEY constraint failed", "Product",
     "POST /{entities}", "category_id", "Always use Optional[int] for FK fields", 4),
    ("seen_once", "key", "KeyError", "sku", "Product", "POST /products", "sku", "Check that the key exists", 1),
)  # fmt: skip


def test_prompts_as_documented_before_and_after(folder: Path) -> None:
    """Stored by hand, accepted by a person, most frequent first; what one run showed is not there."""
    (folder / "patterns").mkdir()
    store = NegativePatternStore()
    for name, *told, runs in KNOWN_ISSUES:
        assert store.store(anti_pattern(name, *told, runs=runs))  # type: ignore[arg-type]
    enhancer = GenerationPromptEnhancer(NegativePatternStore())
    assert enhancer.enhance_endpoint_prompt(BEFORE, "/products", "POST") == BEFORE  # nobody has looked yet
    for path in (folder / "patterns/proposed").iterdir():
        path.rename(folder / "patterns" / path.name)
    enhancer = GenerationPromptEnhancer(NegativePatternStore())
    assert enhancer.MAX_ANTIPATTERNS_PER_PROMPT == 5
    assert enhancer.MIN_OCCURRENCE_COUNT == 2
    assert enhancer.enhance_endpoint_prompt(BEFORE, "/products", "POST") == AFTER
    entity = SimpleNamespace(name="Product")
    assert enhancer.enhance_entity_prompt(BEFORE, "Product", entity) == AFTER
    assert enhancer.enhance_schema_prompt(BEFORE, "ProductCreate", entity) == AFTER
    service = run(SERVICE)["CodeGenerationService"]
    text = asyncio.run(service().generate_entity(entity))
    assert text == AFTER.replace(BEFORE, "Generate the entity Product")
    assert asyncio.run(service(enhancer).generate_entity(entity)) == text


def test_smoke_results_as_documented(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "patterns").mkdir()
    process = run(PIPELINE)["_process_generation_feedback"]
    violations = [
        {
            "endpoint": f"POST /{name}s",
            "error_type": "IntegrityError",
            "error_message": f"NOT NULL constraint failed: {name}s.owner_id",
        }
        for name in ("product", "order")
    ]
    for count, expected in ((0, ""), (1, "1 new, 0"), (1, "0 new, 0"), (2, "1 new, 1"), (2, "0 new, 0")):
        smoke = SimpleNamespace(violations=violations[:count], stack_traces=[])
        asyncio.run(process(smoke, {"entities": [], "endpoints": []}, {"generation_id": f"g{count}"}))
        out = capsys.readouterr().out
        assert out == (f"    Generation feedback: {expected} updated anti-patterns\n" if expected else "")
    statistics = NegativePatternStore().get_statistics()
    assert (statistics["total_patterns"], statistics["total_occurrences"]) == (2, 3)
