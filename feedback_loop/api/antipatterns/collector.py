"""`GenerationFeedbackCollector`: the results of smoke tests become anti-patterns and counts (C21)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from feedback_loop.api.antipatterns.antipattern import GenerationAntiPattern
from feedback_loop.api.antipatterns.classifier import SmokeFeedbackClassifier
from feedback_loop.api.antipatterns.parts import AntiPatternStore, ViolationClassifier
from feedback_loop.api.antipatterns.smoke_result import SmokeResult, is_object, read_smoke, unusable
from feedback_loop.api.antipatterns.store import NegativePatternStore
from feedback_loop.api.application.model import model_of
from feedback_loop.api.arguments import check_id, check_methods
from feedback_loop.api.metrics.times import stamp
from feedback_loop.api.smoke.ingest import IngestOptions, ingest_read
from feedback_loop.domain.exposure import Manifest, RunSeen
from feedback_loop.domain.failure_kind import UNCLASSIFIED
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.reported import Reported, ReportRead
from feedback_loop.domain.secrets import masked_and_capped
from feedback_loop.engines.classify.endpoints import Endpoints
from feedback_loop.formats.manifest import manifest_of
from feedback_loop.formats.report_json import kept_problems
from feedback_loop.formats.violations import violations_of

Clock = Callable[[], datetime]
_CREATED, _UPDATED = "created", "updated"
_SHOWN = 300  # characters of an error in an answer


@dataclass(frozen=True)
class FeedbackProcessingResult:
    """What became of a smoke result.

    `patterns_created` and `patterns_updated` count anti-patterns; `unclassifiable_errors` are those failures
    that no rule knows, each distinct one once, and `unclassified` is how many of `total_processed` they are.
    `rejected` are violations that cannot be used, by their number from 1, and why: they are not processed.
    """

    patterns_created: int = 0
    patterns_updated: int = 0
    unclassifiable_errors: list[str] = field(default_factory=list)
    processing_time_ms: float = 0.0
    total_processed: int = 0
    unclassified: int = 0
    rejected: list[str] = field(default_factory=list)

    @property
    def classification_rate(self) -> float:
        """The share of failures that a rule knows, 0 to 1; 1.0 where nothing failed."""
        return 1 - self.unclassified / self.total_processed if self.total_processed else 1.0


class GenerationFeedbackCollector:
    """Takes smoke results into a store: new failures are stored, known ones counted, each run once.

    With the repository's own store and the plain classifier (the defaults) this is what `smoke ingest` does:
    the same events, candidates and preventions. Another classifier is asked about each violation. Another
    store is told of each (`exists`, `store`, `increment_occurrence`); preventions are then the caller's.

    Raises InputError for a classifier or a store that lacks one of these methods.
    """

    def __init__(
        self,
        classifier: ViolationClassifier | None = None,
        store: AntiPatternStore | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.classifier: ViolationClassifier = SmokeFeedbackClassifier() if classifier is None else classifier
        check_methods("classifier", self.classifier, ViolationClassifier)
        if store is not None:
            check_methods("store", store, AntiPatternStore)
        self.store: AntiPatternStore = NegativePatternStore() if store is None else store
        self._clock = clock or _now

    async def process_smoke_results(
        self, smoke_result: object, application_ir: object = None, generation_manifest: object = None
    ) -> FeedbackProcessingResult:
        """As `process_smoke_results_sync`, for callers that await it; it does not yield meanwhile."""
        return self.process_smoke_results_sync(smoke_result, application_ir, generation_manifest)

    def process_smoke_results_sync(
        self, smoke_result: object, application_ir: object = None, generation_manifest: object = None
    ) -> FeedbackProcessingResult:
        """Take the failures of one run; the same result a second time creates and updates nothing.

        `smoke_result` has `violations` and `stack_traces`, and may have `executed` (`POST /products` …) and
        `run_id`, as attributes or keys; without `run_id` the run is known by its content. The manifest has
        `generation_id`, `files`, `entities` and `endpoints`. Raises InputError for what is none of these.
        """
        began = self._clock()
        smoke = read_smoke(smoke_result)
        manifest = manifest_of(generation_manifest)
        check_id("the manifest's generation_id", manifest.generation_id or None)
        if type(self.store) is NegativePatternStore and self._is_plain():
            done = self._ingested(self.store, smoke, application_ir, manifest)
        else:
            done = self._told(smoke, application_ir, manifest)
        took = max(0.0, (self._clock() - began).total_seconds() * 1000)
        return replace(done, processing_time_ms=took)

    def _is_plain(self) -> bool:
        plain = SmokeFeedbackClassifier()
        return (
            type(self.classifier) is SmokeFeedbackClassifier
            and not self.classifier.rules
            and self.classifier.min_confidence == plain.min_confidence
        )

    def _ingested(
        self, store: NegativePatternStore, smoke: SmokeResult, ir: object, manifest: Manifest
    ) -> FeedbackProcessingResult:
        told = violations_of(smoke.violations, smoke.traces)
        rejected = _problems(unusable(smoke.violations, {one.entry for one in told}))
        read = ReportRead(
            told, len(smoke.violations), rejected=rejected, run=smoke.run, executed=smoke.executed
        )
        options = IngestOptions(run=smoke.run, manifest=manifest)
        workspace = store.workspace
        done = ingest_read(
            workspace, [("the smoke result", "violations", read)], options, self._clock, model_of(ir)
        )
        store.refresh()
        total = done.total
        unknown = [one for one in done.failures if one.unclassified]
        return FeedbackProcessingResult(
            len(total.created),
            len(total.updated),
            [
                _line(one.classified.signature.exception or "", one.classified.signature.message or "")
                for one in unknown
            ],
            total_processed=total.failed,
            unclassified=total.unclassified,
            rejected=[one.message for one in total.rejected],
        )

    def _told(self, smoke: SmokeResult, ir: object, manifest: Manifest) -> FeedbackProcessingResult:
        if not isinstance(self.store, NegativePatternStore):
            return self._asked(smoke, ir)[0]
        with self.store.together():
            done, found = self._asked(smoke, ir)
        template = Endpoints(model_of(ir)).template
        ran = [template(one) for one in smoke.executed] + [one.endpoint_pattern for one in found]
        seen = RunSeen(
            smoke.run,
            stamp(self._clock()),
            tuple(one for one in dict.fromkeys(ran) if one != ANY),
            len(smoke.violations),
            done.total_processed,
            frozenset(one.pattern_id for one in found),
            manifest.generation_id,
            manifest,
        )
        self.store.record_run(seen)
        return done

    def _asked(
        self, smoke: SmokeResult, ir: object
    ) -> tuple[FeedbackProcessingResult, list[GenerationAntiPattern]]:
        """By the public methods of classifier and store; and what the classifier said."""
        told: list[GenerationAntiPattern] = []
        became: dict[str, set[str]] = {_CREATED: set(), _UPDATED: set(), "": set()}
        unknown: list[str] = []
        read = {one.entry: one for one in violations_of(smoke.violations, smoke.traces)}
        rejected = unusable(smoke.violations, read)
        for entry, violation in enumerate(smoke.violations, 1):
            one = read.get(entry)
            found = self._classified(violation, one, ir)
            if found is None and one is None:
                continue
            rejected.pop(entry, None)  # it makes something of what the tool cannot read
            if found is None or found.constraint == UNCLASSIFIED:
                unknown.append(_words(found, one))
            if found is not None:
                told.append(found)
                became[self._counted(found, smoke.run)].add(found.pattern_id)
        done = FeedbackProcessingResult(
            len(became[_CREATED]),
            len(became[_UPDATED] - became[_CREATED]),
            list(dict.fromkeys(unknown)),
            total_processed=len(smoke.violations) - len(rejected),
            unclassified=len(unknown),
            rejected=[one.message for one in _problems(rejected)],
        )
        return done, told

    def _classified(
        self, violation: object, read: Reported | None, ir: object
    ) -> GenerationAntiPattern | None:
        if not is_object(violation):
            return None
        return self.classifier.classify_for_generation(violation, read.trace if read else None, ir)

    def _counted(self, found: GenerationAntiPattern, run: str) -> str:
        """Tell the store; what became of the pattern by that."""
        name, became = found.pattern_id, _UPDATED
        if not self.store.exists(name):
            self.store.store(found)
            became = _CREATED
        known = self.store.increment_occurrence(name, run) is False
        return "" if known and became == _UPDATED else became


def get_feedback_collector(root: str | os.PathLike[str] | None = None) -> GenerationFeedbackCollector:
    """The collector of the repository around `root`, or around the process (C21).

    Raises UserError if there is none.
    """
    return GenerationFeedbackCollector(store=NegativePatternStore(root))


def _words(found: GenerationAntiPattern | None, read: Reported | None) -> str:
    """What the classifier calls it, else what the violation itself says."""
    if found is not None:
        return _line(found.exception_class, found.message or "")
    return _line(read.exception, masked_and_capped(read.message, _SHOWN)) if read is not None else ""


def _problems(rejected: Mapping[int, str]) -> tuple[Problem, ...]:
    """As many as are listed of a report."""
    return kept_problems([Problem("", 0, words) for words in rejected.values()], "entries")


def _line(exception: str, message: str) -> str:
    return ": ".join(filter(None, [exception, message]))[:_SHOWN] or "a failure without words"


def _now() -> datetime:
    return datetime.now(UTC)
