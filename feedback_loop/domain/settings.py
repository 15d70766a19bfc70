"""What a repository decided about the tool."""

from __future__ import annotations

from dataclasses import dataclass

from feedback_loop.domain.classify_rule import ClassifyRule
from feedback_loop.domain.guide import GUIDE
from feedback_loop.domain.rating import KEEP
from feedback_loop.domain.task_type import TaskType

TESTS = ("**/test/**", "**/tests/**", "**/test_*.py", "**/*_test.py", "**/conftest.py")
SCRIPTS = (
    "**/scripts/**",
    "**/bin/**",
    "**/tools/**",
    "**/examples/**",
    "**/docs/**",
    "**/benchmarks/**",
    "**/setup.py",
    "**/noxfile.py",
    "**/__main__.py",
    "**/cli.py",
    "**/cli/**",
)
PLANS = ("plans/**/*.md",)
NEVER_SCANNED = (
    ".feedback-loop/**",
    "AI_PATTERNS.md",
    "plans/**",
    "**/node_modules/**",
    "**/vendor/**",
    "**/third_party/**",
    "**/*_pb2.py",
    "**/*.min.js",
)


@dataclass(frozen=True)
class Settings:
    """`[tool.feedback-loop]` or `feedback-loop.toml`; the defaults hold where neither says anything.

    `levels` pairs a pattern or `pattern/detector` with the level it gets here. `tests` and `scripts`
    are the path sets that built-in checks are exempt in. `moved_level` is the highest level of a finding
    whose text the same change removes elsewhere. `plans` are globs; `named_plans` those that the file
    itself names without any wildcard, which count on the disk too where git ignores them. `unknown_plan`
    is what an unknown name in a plan does: `warn` or `error`. `guide` is where the generated guide
    stands. `author` is what events keep of who recorded them: `hash`, of the e-mail, or `full`, the
    e-mail itself. `collect_rules` pairs another tool's `tool:rule` with the pattern that its findings are
    evidence for. `retro_sprint` is the length of a retro's period (`2w`, `30d`, `1m` = 30 days) where
    nothing else says it, `archive_after_days` how long a pattern in force must have been of no use to be
    proposed for the archive, `min_events` how many introductions an effect is judged from, `retro_apply`
    whether a written retro carries out archives and restores (`auto`) or only those that were decided
    (`ask`). `guard_days` is how much of the time right before an adoption no effect is measured from.
    `inject_*` are about what is put before an assistant: whether at all, how many patterns, of which success
    rate (0 to 100) and relevance (0 to 1) at least, in how many tokens, which share of them is withheld so
    that their effect can be measured (0 to 1), by what known failures are ranked (`occurrence` or
    `severity`), and whether proposed ones take part. `search_limit` is how many hits a search shows,
    `search_min_relevance` how relevant they must be (0 to 1), `search_semantic` whether a language model
    ranks too. `classify_rules` are tried before the shipped ones, `classify_ir` is the file that tells the
    application's entities and endpoints, "" = none. `target_*` are what a team wants of its generations:
    repeated errors a run at most, a prevention rate of at least (0 to 100), failures captured at least.
    `feedback_store` is what ratings keep of prompts and outputs: `full`, `hash` (no text), or
    `truncate:N` characters. `route_types` replace shipped types of tasks by name and add others,
    `route_models` pairs a tier (`fast`, `standard`, `strong`) with the model it stands for.
    `path` names the file they came from.
    """

    patterns: str = "patterns"
    fail_on: str = "block"
    on_error: str = "open"
    exclude: tuple[str, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    strict: bool = False
    require_reason: bool = False
    moved_level: str = "warn"
    tests: tuple[str, ...] = TESTS
    scripts: tuple[str, ...] = SCRIPTS
    plans: tuple[str, ...] = PLANS
    named_plans: tuple[str, ...] = ()
    unknown_plan: str = "warn"
    guide: str = GUIDE
    author: str = "hash"
    collect_rules: tuple[tuple[str, str], ...] = ()
    retro_sprint: str = "2w"
    archive_after_days: int = 90
    min_events: int = 5
    retro_apply: str = "auto"
    guard_days: int = 30
    inject_enabled: bool = True
    inject_max_patterns: int = 3
    inject_min_success_rate: float = 70
    inject_min_relevance: float = 0.6
    inject_budget: int = 1500
    inject_holdout: float = 0.0
    inject_order: str = "occurrence"
    inject_proposed: bool = True
    search_limit: int = 5
    search_min_relevance: float = 0.0
    search_semantic: bool = False
    classify_rules: tuple[ClassifyRule, ...] = ()
    classify_ir: str = ""
    target_repeated: float = 5
    target_prevention: float = 70
    target_captured: int = 50
    feedback_store: str = KEEP
    route_types: tuple[TaskType, ...] = ()
    route_models: tuple[tuple[str, str], ...] = ()
    path: str = ""
