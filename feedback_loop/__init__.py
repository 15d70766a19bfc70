"""Lessons your team learned once, checked on the lines every commit adds."""

__version__ = "0.1.0"
__all__ = [
    "FeedbackProcessingResult",
    "GenerationAntiPattern",
    "GenerationFeedbackCollector",
    "GenerationPromptEnhancer",
    "GenerationResult",
    "MetricsAnalyzer",
    "MetricsCollector",
    "MetricsIntegration",
    "NegativePatternStore",
    "PatternAwareGenerator",
    "PatternInjector",
    "PatternLibrary",
    "PatternManager",
    "PatternSuggester",
    "PlanParser",
    "SmokeFeedbackClassifier",
    "__version__",
    "get_feedback_collector",
    "get_prompt_enhancer",
]

# Loaded when they are first asked for: the hook imports this package too, and pays for none of them.
_HOMES = {
    "FeedbackProcessingResult": "feedback_loop.api.antipatterns.collector",
    "GenerationAntiPattern": "feedback_loop.api.antipatterns.antipattern",
    "GenerationFeedbackCollector": "feedback_loop.api.antipatterns.collector",
    "GenerationPromptEnhancer": "feedback_loop.api.context.enhancer",
    "GenerationResult": "feedback_loop.api.generation.result",
    "MetricsAnalyzer": "feedback_loop.api.metrics.analyzer",
    "MetricsCollector": "feedback_loop.api.metrics.collector",
    "MetricsIntegration": "feedback_loop.faces.integration",
    "NegativePatternStore": "feedback_loop.api.antipatterns.store",
    "PatternAwareGenerator": "feedback_loop.faces.generator",
    "PatternInjector": "feedback_loop.api.context.injector",
    "PatternLibrary": "feedback_loop.api.search.pattern_library",
    "PatternManager": "feedback_loop.api.patterns.manager",
    "PatternSuggester": "feedback_loop.api.patterns.suggester",
    "PlanParser": "feedback_loop.api.plan_parser",
    "SmokeFeedbackClassifier": "feedback_loop.api.antipatterns.classifier",
    "get_feedback_collector": "feedback_loop.api.antipatterns.collector",
    "get_prompt_enhancer": "feedback_loop.api.context.enhancer",
}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.api.antipatterns.antipattern import GenerationAntiPattern
    from feedback_loop.api.antipatterns.classifier import SmokeFeedbackClassifier
    from feedback_loop.api.antipatterns.collector import (
        FeedbackProcessingResult,
        GenerationFeedbackCollector,
        get_feedback_collector,
    )
    from feedback_loop.api.antipatterns.store import NegativePatternStore
    from feedback_loop.api.context.enhancer import GenerationPromptEnhancer, get_prompt_enhancer
    from feedback_loop.api.context.injector import PatternInjector
    from feedback_loop.api.generation.result import GenerationResult
    from feedback_loop.api.metrics.analyzer import MetricsAnalyzer
    from feedback_loop.api.metrics.collector import MetricsCollector
    from feedback_loop.api.patterns.manager import PatternManager
    from feedback_loop.api.patterns.suggester import PatternSuggester
    from feedback_loop.api.plan_parser import PlanParser
    from feedback_loop.api.search.pattern_library import PatternLibrary
    from feedback_loop.faces.generator import PatternAwareGenerator
    from feedback_loop.faces.integration import MetricsIntegration
else:  # a type checker that saw this would take every misspelt name for one that is there

    def __getattr__(name):
        """One of the documented Python names, imported now and kept."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        from importlib import import_module

        found = getattr(import_module(home), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    """What there is, the names that are not loaded yet among it."""
    return sorted({*globals(), *__all__})
