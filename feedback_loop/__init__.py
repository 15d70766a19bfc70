"""Lessons your team learned once, checked on the lines every commit adds."""

__version__ = "0.1.0"
__all__ = [
    "GenerationPromptEnhancer",
    "GenerationResult",
    "MetricsAnalyzer",
    "MetricsCollector",
    "MetricsIntegration",
    "PatternAwareGenerator",
    "PatternInjector",
    "PatternLibrary",
    "PatternManager",
    "PatternSuggester",
    "PlanParser",
    "__version__",
    "get_prompt_enhancer",
]

# Loaded when they are first asked for: the hook imports this package too, and pays for none of them.
_HOMES = {
    "GenerationPromptEnhancer": "feedback_loop.api.context.enhancer",
    "GenerationResult": "feedback_loop.api.generation.result",
    "MetricsAnalyzer": "feedback_loop.api.metrics.analyzer",
    "MetricsCollector": "feedback_loop.api.metrics.collector",
    "MetricsIntegration": "feedback_loop.faces.integration",
    "PatternAwareGenerator": "feedback_loop.faces.generator",
    "PatternInjector": "feedback_loop.api.context.injector",
    "PatternLibrary": "feedback_loop.api.search.pattern_library",
    "PatternManager": "feedback_loop.api.patterns.manager",
    "PatternSuggester": "feedback_loop.api.patterns.suggester",
    "PlanParser": "feedback_loop.api.plan_parser",
    "get_prompt_enhancer": "feedback_loop.api.context.enhancer",
}

TYPE_CHECKING = False
if TYPE_CHECKING:
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
