"""Lessons your team learned once, checked on the lines every commit adds."""

__version__ = "0.1.0"
__all__ = [
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
    "__version__",
    "analyze_patterns",
    "build_enhanced_prompt",
    "capture_feedback",
    "generate_report",
    "get_feedback_collector",
    "get_prompt_enhancer",
    "route_prompt",
    "suggest_improvements",
]

# Loaded when they are first asked for: the hook imports this package too, and pays for none of them.
_HOMES = {
    "AdaptivePromptRouter": "feedback_loop.api.routing.adaptive",
    "FeedbackAnalyzer": "feedback_loop.api.feedback.analysis",
    "FeedbackDatabase": "feedback_loop.api.feedback.database",
    "FeedbackEntry": "feedback_loop.api.feedback.entry",
    "FeedbackProcessingResult": "feedback_loop.api.antipatterns.collector",
    "GenerationAntiPattern": "feedback_loop.api.antipatterns.antipattern",
    "GenerationFeedbackCollector": "feedback_loop.api.antipatterns.collector",
    "GenerationPromptEnhancer": "feedback_loop.api.context.enhancer",
    "GenerationResult": "feedback_loop.api.generation.result",
    "ImprovementReport": "feedback_loop.api.feedback.report",
    "MetricsAnalyzer": "feedback_loop.api.metrics.analyzer",
    "MetricsCollector": "feedback_loop.api.metrics.collector",
    "MetricsIntegration": "feedback_loop.faces.integration",
    "NegativePatternStore": "feedback_loop.api.antipatterns.store",
    "PatternAnalysis": "feedback_loop.api.feedback.pattern_analysis",
    "PatternAwareGenerator": "feedback_loop.faces.generator",
    "PatternInjector": "feedback_loop.api.context.injector",
    "PatternLibrary": "feedback_loop.api.search.pattern_library",
    "PatternManager": "feedback_loop.api.patterns.manager",
    "PatternSuggester": "feedback_loop.api.patterns.suggester",
    "PlanParser": "feedback_loop.api.plan_parser",
    "RoutingResult": "feedback_loop.api.routing.result",
    "SmokeFeedbackClassifier": "feedback_loop.api.antipatterns.classifier",
    "analyze_patterns": "feedback_loop.api.feedback.analysis",
    "build_enhanced_prompt": "feedback_loop.api.routing.route",
    "capture_feedback": "feedback_loop.api.feedback.capture",
    "generate_report": "feedback_loop.api.feedback.report",
    "get_feedback_collector": "feedback_loop.api.antipatterns.collector",
    "get_prompt_enhancer": "feedback_loop.api.context.enhancer",
    "route_prompt": "feedback_loop.api.routing.route",
    "suggest_improvements": "feedback_loop.api.feedback.suggesting",
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
    from feedback_loop.api.feedback.analysis import FeedbackAnalyzer, analyze_patterns
    from feedback_loop.api.feedback.capture import capture_feedback
    from feedback_loop.api.feedback.database import FeedbackDatabase
    from feedback_loop.api.feedback.entry import FeedbackEntry
    from feedback_loop.api.feedback.pattern_analysis import PatternAnalysis
    from feedback_loop.api.feedback.report import ImprovementReport, generate_report
    from feedback_loop.api.feedback.suggesting import suggest_improvements
    from feedback_loop.api.generation.result import GenerationResult
    from feedback_loop.api.metrics.analyzer import MetricsAnalyzer
    from feedback_loop.api.metrics.collector import MetricsCollector
    from feedback_loop.api.patterns.manager import PatternManager
    from feedback_loop.api.patterns.suggester import PatternSuggester
    from feedback_loop.api.plan_parser import PlanParser
    from feedback_loop.api.routing.adaptive import AdaptivePromptRouter
    from feedback_loop.api.routing.result import RoutingResult
    from feedback_loop.api.routing.route import build_enhanced_prompt, route_prompt
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
