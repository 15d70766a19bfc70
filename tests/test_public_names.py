"""What `feedback_loop` gives to Python programs, and that it costs nothing until asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import feedback_loop
from tests.repo import ROOT

NAMES = [
    "AdaptivePromptRouter",
    "FeedbackAnalyzer",
    "FeedbackDatabase",
    "FeedbackEntry",
    "FeedbackProcessingResult",
    "GenerationAntiPattern",
    "GenerationFeedbackCollector",
    "GenerationPromptEnhancer",
    "GenerationResult",
    "ImprovementReport",
    "MetricsAnalyzer",
    "MetricsCollector",
    "MetricsIntegration",
    "NegativePatternStore",
    "PatternAnalysis",
    "PatternAwareGenerator",
    "PatternInjector",
    "PatternLibrary",
    "PatternManager",
    "PatternSuggester",
    "PlanParser",
    "RoutingResult",
    "SmokeFeedbackClassifier",
    "analyze_patterns",
    "build_enhanced_prompt",
    "capture_feedback",
    "generate_report",
    "get_feedback_collector",
    "get_prompt_enhancer",
    "route_prompt",
    "suggest_improvements",
]


def loaded(code: str) -> list[str]:
    """The package's modules that a fresh interpreter has after running this."""
    told = "; import sys; print(*sorted(name for name in sys.modules if name.startswith('feedback_loop')))"
    done = subprocess.run(
        [sys.executable, "-c", code + told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_the_package_alone_loads_nothing_else_of_itself() -> None:
    assert loaded("import feedback_loop; dir(feedback_loop); hasattr(feedback_loop, 'nonsense')") == [
        "feedback_loop"
    ]


def test_a_name_is_loaded_when_it_is_imported() -> None:
    modules = loaded("from feedback_loop import PlanParser; PlanParser.__init__")
    assert "feedback_loop.api.plan_parser" in modules
    assert "feedback_loop.api.patterns.suggester" not in modules


@pytest.mark.parametrize("name", feedback_loop.__all__)
def test_every_exported_name_is_there_and_stays(name: str) -> None:
    found = getattr(feedback_loop, name)
    assert getattr(feedback_loop, name) is found
    assert name == "__version__" or found.__name__ == name


def test_the_exported_names_are_those_and_the_version() -> None:
    assert feedback_loop.__all__ == sorted([*NAMES, "__version__"])


def test_dir_shows_them_before_they_are_loaded() -> None:
    assert {*NAMES, "__version__", "__doc__"} <= set(dir(feedback_loop))
    assert dir(feedback_loop) == sorted(set(dir(feedback_loop)))


def test_other_names_are_missing_in_the_usual_way() -> None:
    with pytest.raises(AttributeError, match="module 'feedback_loop' has no attribute 'nonsense'") as caught:
        feedback_loop.nonsense  # noqa: B018
    assert caught.value.name == "nonsense"
    with pytest.raises(ImportError, match="nonsense"):
        from feedback_loop import nonsense  # noqa: F401


def test_type_checkers_see_the_same_names() -> None:
    """The block for them, the table of homes and `__all__` are written by hand: they must not part."""
    import ast

    source = ast.parse((ROOT / "feedback_loop" / "__init__.py").read_text("utf-8"))
    seen = {
        alias.name: node.module
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("feedback_loop")
        for alias in node.names
    }
    assert seen == feedback_loop._HOMES
    assert sorted(seen) == NAMES


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "feedback_loop" / "py.typed").read_bytes() == b""
