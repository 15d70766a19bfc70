"""`GenerationPromptEnhancer`: a prompt for generated code, with the failures known for its target."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from feedback_loop.api.arguments import check_folder, check_id, check_methods, check_text
from feedback_loop.api.context.known_failures import FailureStore, rank_by_text, read_failures
from feedback_loop.api.context.library_store import LibraryStore
from feedback_loop.api.context.own_names import hide_foreign, with_entity
from feedback_loop.api.context.seen_once import seen_once
from feedback_loop.api.metrics.times import stamp
from feedback_loop.api.search.opening import Opened, open_search
from feedback_loop.domain.failure_scope import ANY, entity_of_schema, split_endpoint
from feedback_loop.domain.holdout import is_withheld
from feedback_loop.domain.injection import NO_IDS, Ids
from feedback_loop.domain.moment import parse_moment
from feedback_loop.domain.warning import LEAST, LONGEST, MOST, KnownFailure, Warned
from feedback_loop.engines.warnings import OCCURRENCE, choose, format_warnings, related
from feedback_loop.errors import InputError
from feedback_loop.workspace import Workspace

ENTITY, ENDPOINT, SCHEMA, PROMPT = "entity", "endpoint", "schema", "prompt"
TARGETS = (ENTITY, ENDPOINT, SCHEMA, PROMPT)


@dataclass(frozen=True)
class EnhancerOptions:
    """How warnings are ordered (`occurrence` or `severity`), withheld and recorded.

    `root` is the repository that an `injection` event goes to, None = the one around the process. `record`
    asks for the event; it is written for every text that has a generation's id, too. `holdout` is the share
    of the warnings (0 to 1) that a generation goes without; None = as that repository's settings say.
    """

    order: str = OCCURRENCE
    root: str | None = None
    ids: Ids = NO_IDS
    record: bool = False
    holdout: float | None = None


class GenerationPromptEnhancer:
    """Adds `AVOID THESE KNOWN ISSUES:` to prompts: at most five lines, of failures that two runs showed.

    `pattern_store` is any store with the queries of `FailureStore`. Where it knows nothing that fits, the
    prompt comes back as it was.

    With a `generation_id` an `injection` event is on the disk before the text is handed out, and a share of
    the warnings may be withheld from that generation, which the event names. Raises UserError if there is no
    repository to write to, MachineFault when the disk says no, InputError for a store that lacks a query, a
    prompt that is no text and an id that cannot stand in an event.
    """

    MAX_ANTIPATTERNS_PER_PROMPT = MOST
    MIN_OCCURRENCE_COUNT = LEAST
    MAX_WARNING_LENGTH = LONGEST

    def __init__(
        self,
        pattern_store: FailureStore,
        options: EnhancerOptions | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        check_methods("pattern_store", pattern_store, FailureStore)
        self.pattern_store = pattern_store
        self._options = options or EnhancerOptions()
        self._clock = clock or _now

    def enhance_entity_prompt(
        self,
        base_prompt: str,
        entity_name: str,
        entity_ir: object = None,
        *,
        generation_id: str | None = None,
    ) -> str:
        """The prompt with what is known of an entity such as `Product`.

        `entity_ir`, an object or a mapping with `name` and `fields`, says which names are the application's
        own: only these are shown of a failure that nobody has looked at (C24).
        """
        check_text("base_prompt", base_prompt)
        check_text("entity_name", entity_name)
        found = self._of_entity(entity_name)
        return self._warned(base_prompt, ENTITY, found, generation_id, entity=entity_ir).text

    def enhance_endpoint_prompt(
        self, base_prompt: str, endpoint_pattern: str, method: str, *, generation_id: str | None = None
    ) -> str:
        """The prompt with what is known of a path such as `/products/{id}` under a method; `*` = any."""
        check_text("base_prompt", base_prompt)
        check_text("endpoint_pattern", endpoint_pattern)
        check_text("method", method)
        found = self._of_endpoint(endpoint_pattern, method)
        return self._warned(base_prompt, ENDPOINT, found, generation_id).text

    def enhance_schema_prompt(
        self,
        base_prompt: str,
        schema_name: str,
        entity_ir: object = None,
        *,
        generation_id: str | None = None,
    ) -> str:
        """The prompt with what is known of a schema such as `ProductCreate`, and of its entity.

        That is the `name` of `entity_ir` (an attribute or a key), else what is left of the schema's name
        without Create, Update, Read, In, Out, Base, Request or Response. Its names are known as in
        `enhance_entity_prompt`.
        """
        check_text("base_prompt", base_prompt)
        check_text("schema_name", schema_name)
        found = self._of_schema(schema_name, _name_of(entity_ir))
        return self._warned(base_prompt, SCHEMA, found, generation_id, entity=entity_ir).text

    def enhance_generic_prompt(
        self,
        base_prompt: str,
        error_types: Iterable[str] | None = None,
        *,
        generation_id: str | None = None,
    ) -> str:
        """The prompt with what is known of these error types (`database`, `validation` …), best fit first.

        Without types: with the failures whose name, exception, entity, endpoint or field it speaks of.
        """
        check_text("base_prompt", base_prompt)
        if error_types is None:
            return self._related(base_prompt, base_prompt, generation_id).text
        store = self.pattern_store
        found = self._read(
            [one for kind in _kinds(error_types) for one in _told(store.get_patterns_by_error_type(kind))]
        )
        ranks = rank_by_text(found, base_prompt)
        return self._warned(base_prompt, PROMPT, found, generation_id, ranks).text

    def enhance_target(self, base_prompt: str, kind: str, name: str) -> Warned:
        """The prompt with what is known of a target, and what that is; `kind` is one of `TARGETS`.

        An endpoint is `POST /products`, or a path for every method; of a prompt the name is its own words.
        """
        if kind == PROMPT:
            return self._related(base_prompt, name, None)
        queries: dict[str, Callable[[str], Iterable[Any]]]
        queries = {ENTITY: self._of_entity, ENDPOINT: self._of_endpoint, SCHEMA: self._of_schema}
        return self._warned(base_prompt, kind, queries[kind](name), None)

    # -- what the store knows --------------------------------------------------------------------------

    def _of_entity(self, name: str) -> Iterable[Any]:
        return self.pattern_store.get_patterns_for_entity(name, self.MIN_OCCURRENCE_COUNT)

    def _of_endpoint(self, endpoint: str, method: str = ANY) -> Iterable[Any]:
        known, path = split_endpoint(endpoint, method)
        return self.pattern_store.get_patterns_for_endpoint(path, known, self.MIN_OCCURRENCE_COUNT)

    def _of_schema(self, name: str, entity: str = "") -> Iterable[Any]:
        found: list[Any] = []
        for one in dict.fromkeys([name, entity or entity_of_schema(name)]):
            found += _told(self.pattern_store.get_patterns_for_schema(one, self.MIN_OCCURRENCE_COUNT))
        return found

    def _read(self, found: Iterable[Any]) -> list[KnownFailure]:
        return read_failures(_told(found), parse_moment(stamp(self._clock())) or 0)

    # -- what is handed out ----------------------------------------------------------------------------

    def _related(self, prompt: str, task: str, generation_id: str | None) -> Warned:
        """With what the task speaks of, ranked among all that is known."""
        known = self._read(self.pattern_store.get_all_patterns())
        found = related(known, task)
        ranks = rank_by_text(known, task) if found else None
        return self._warned(prompt, PROMPT, found, generation_id, ranks)

    def _warned(
        self,
        prompt: str,
        target: str,
        found: Iterable[Any],
        generation_id: str | None,
        ranks: Mapping[str, int] | None = None,
        entity: object = None,
    ) -> Warned:
        chosen = choose(
            self._read(found),
            order=self._options.order,
            ranks=ranks,
            most=self.MAX_ANTIPATTERNS_PER_PROMPT,
            least=self.MIN_OCCURRENCE_COUNT,
        )
        ids = self._options.ids
        if generation_id is not None:
            check_id("generation_id", generation_id)
            ids = replace(ids, generation=generation_id)
        withheld: list[str] = []
        if chosen and (ids.generation is not None or self._options.record):
            withheld = self._record(prompt, target, [one.name for one in chosen], ids)
        known = with_entity(getattr(self.pattern_store, "own_names", None), entity)
        shown = hide_foreign([one for one in chosen if one.name not in withheld], known)
        return Warned(format_warnings(prompt, shown, self.MAX_WARNING_LENGTH), shown, tuple(withheld))

    def _record(self, prompt: str, target: str, names: Sequence[str], ids: Ids) -> list[str]:
        """The names that are withheld from this generation. The event is on the disk when this returns.

        Nothing takes the place of what is withheld, or the comparison would be skewed.
        """
        from feedback_loop.api.context.recording import Injection, record_injection

        workspace = Workspace.open(self._options.root)
        share = self._options.holdout
        if share is None:
            share = workspace.settings()[0].inject_holdout
        withheld = [name for name in names if ids.generation and is_withheld(ids.generation, name, share)]
        shown = [name for name in names if name not in withheld]
        record_injection(workspace, Injection(target, prompt, shown, withheld, ids), self._clock)
        return withheld


def get_prompt_enhancer(root: str | os.PathLike[str] | None = None) -> GenerationPromptEnhancer:
    """The enhancer over the patterns of the repository around `root`, or around the process (C21).

    Raises UserError if there is none.
    """
    opened = open_search(Workspace.open(check_folder("root", root)))
    store = LibraryStore(opened, parse_moment(stamp(_now())) or 0)
    return GenerationPromptEnhancer(store, _own(opened, EnhancerOptions()))


def warn(
    workspace: Workspace,
    kind: str,
    text: str,
    options: EnhancerOptions | None = None,
    *,
    prompt: str | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Warned:
    """`prompt` (None = the text itself) with what is known of the target that the text names.

    `kind` is `entity` (`Product`), `endpoint` (`POST /products`; a path alone asks for every method),
    `schema` (`ProductCreate`) or `prompt`, where the text is a task in prose. Nothing is added where
    `inject.enabled` is false. Raises InputError for another kind, a blank text and an endpoint without a
    path; else as the enhancer does.
    """
    base, name = text if prompt is None else prompt, text.strip()
    if kind not in TARGETS:
        raise InputError(f"not a target: {kind!a:.80}", f"one of {', '.join(TARGETS)}")
    if not name:
        raise InputError("nothing to look for: the text is blank", "name an entity, an endpoint or a schema")
    if kind == ENDPOINT and not (name.partition(" ")[2] or name).lstrip().startswith("/"):
        raise InputError(f"not an endpoint: {name!a:.80}", "write it like `POST /products/{id}`")
    opened = open_search(workspace)
    if not opened.settings.inject_enabled:
        return Warned(base, notes=(*opened.notes, "inject.enabled is false: nothing is added"))
    store = LibraryStore(opened, parse_moment(stamp((clock or _now)())) or 0)
    own = _own(opened, options or EnhancerOptions())
    enhancer = GenerationPromptEnhancer(store, own, clock=clock)
    warned = enhancer.enhance_target(base, kind, name)
    if warned.failures or warned.withheld:
        return replace(warned, notes=store.notes)
    return replace(warned, notes=(*store.notes, *seen_once(store, kind, name)))


def _own(opened: Opened, options: EnhancerOptions) -> EnhancerOptions:
    """The options, with the repository and the order that its settings say."""
    return replace(options, order=opened.settings.inject_order, root=opened.workspace.root)


def _name_of(entity_ir: object) -> str:
    """The name of an entity that came as an object or as a mapping; "" without one."""
    from feedback_loop.formats.report_json import part

    found = part(entity_ir, "name")
    return found if isinstance(found, str) else ""


def _kinds(error_types: object) -> list[str]:
    """One type or several, each once."""
    if isinstance(error_types, str):
        return [error_types]
    if not isinstance(error_types, Iterable):
        raise InputError(f"error_types must be a list of texts, not {type(error_types).__name__}")
    kinds = list(error_types)
    for kind in kinds:
        check_text("each of error_types", kind)
    return list(dict.fromkeys(kinds))


def _told(found: object) -> Iterable[Any]:
    """What a store answered, if it is an answer."""
    if not isinstance(found, Iterable):
        raise InputError(f"pattern_store must answer a list of patterns, not {type(found).__name__}")
    return found


def _now() -> datetime:
    return datetime.now(UTC)
