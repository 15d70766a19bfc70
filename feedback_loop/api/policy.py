"""Settings, library and baseline as a commit holds them, and what a change takes away from them (MODE-3)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from feedback_loop.api.baseline import added_entries
from feedback_loop.api.library import compile_gated, read_blobs_by_name, read_library
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import Finding, notice
from feedback_loop.domain.fingerprint import fingerprint
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.policy import Policy, Weakening, weakenings
from feedback_loop.errors import UserError
from feedback_loop.formats.baseline_doc import SIZE_CAP as BASELINE_CAP
from feedback_loop.formats.settings_doc import parse_settings
from feedback_loop.formats.strict_json import SIZE_CAP
from feedback_loop.stores.baseline import FILE as BASELINE
from feedback_loop.stores.settings import FILES

if TYPE_CHECKING:
    from feedback_loop.stores.git_objects import Entry, Objects
    from feedback_loop.workspace import Workspace

_HINT = "whoever looks after the patterns must agree to this"


class TreePolicy:
    """The policy of one commit, read from git's objects; without a library of its own the built-in one."""

    __slots__ = ("baseline", "policy", "problems")

    def __init__(self, policy: Policy, problems: list[Problem], baseline: bytes | None) -> None:
        self.policy = policy
        self.problems = problems
        self.baseline = baseline

    def compiled(self) -> CompiledLibrary:
        """Its detectors, those that fail their own examples left out and named."""
        return compile_gated(self.policy.library, self.policy.settings, self.problems)


def policy_at(workspace: Workspace, oid: str) -> TreePolicy:
    """The policy that the commit holds."""
    objects = workspace.git.objects
    entries = [entry for entry in objects.tree_entries(oid) if entry[0].startswith("100")]
    settings, problems = _settings(objects, entries)
    library = read_library(objects, entries, settings.patterns)
    return TreePolicy(Policy(settings, library), problems, _baseline(objects, entries))


def baseline_at(workspace: Workspace, oid: str) -> bytes | None:
    """The baseline file that the commit holds; None if there is none."""
    objects = workspace.git.objects
    return _baseline(objects, objects.tree_entries(oid))


def guarded(base: TreePolicy, head: TreePolicy) -> tuple[CompiledLibrary, list[Finding]]:
    """The base's policy with the detectors that only the head has, and what the head weakens.

    Of the head's detectors those run that pass their example gate, at the level the head gives them.
    """
    library = base.compiled()
    found = weakenings(base.policy, head.policy)
    if head.policy != base.policy:
        _add_new(library, base.policy, head.compiled())
    accepted = added_entries(base.baseline, head.baseline)
    if accepted:
        found.append(Weakening(BASELINE, f"the baseline accepts {len(accepted)} more"))
    return library, [_policy_change(one) for one in found]


def _add_new(library: CompiledLibrary, base: Policy, head: CompiledLibrary) -> None:
    known = base.rules()  # those that are switched off or broken at the base included
    new = [one for one in head.detectors if one.rule_id not in known]
    library.names = tuple(sorted({*library.names, *head.names}))
    if new:
        library.detectors = [*library.detectors, *new]
        library.digest = hashlib.sha256(f"{library.digest} {head.digest}".encode()).hexdigest()


def _policy_change(one: Weakening) -> Finding:
    path = os.fsencode(one.path)
    return notice(
        "policy_change",
        "warn",
        path,
        1,
        one.message,
        _HINT,
        fingerprint("policy_change", path, one.message, 0),
    )


# -- reading trees -----------------------------------------------------------------------------


def _settings(objects: Objects, entries: Iterable[Entry]) -> tuple[Settings, list[Problem]]:
    """As `stores.settings.load_settings` reads them from the working tree."""
    files = read_blobs_by_name(objects, {name: name for name in FILES}, entries, SIZE_CAP)
    found: list[Settings] = []
    problems: list[Problem] = []
    for name in FILES:
        data = files.get(name, b"")
        if data is None:
            problems.append(Problem(name, 0, f"larger than {SIZE_CAP} bytes"))
        elif name in files:
            settings, more = parse_settings(data, name)
            problems += more
            found += [settings] if settings is not None else []
    if len(found) > 1:
        problems.append(Problem(FILES[0], 0, "settings stand here and in pyproject.toml: keep one of them"))
    return (found[0] if found else Settings()), problems


def _baseline(objects: Objects, entries: Iterable[Entry]) -> bytes | None:
    found = read_blobs_by_name(objects, {BASELINE: BASELINE}, entries, BASELINE_CAP)
    if BASELINE in found and found[BASELINE] is None:
        raise UserError(f"{BASELINE}: larger than {BASELINE_CAP} bytes")
    return found.get(BASELINE)
