"""What a change takes away from the tool itself: two policies in, weakenings out (MODE-3, T20). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from feedback_loop.domain.finding import level_rank
from feedback_loop.domain.library import Library
from feedback_loop.domain.pattern import Detector, Pattern
from feedback_loop.domain.settings import Settings

_FAIL_ON = ("hint", "warn", "block", "never")  # from the strictest on


@dataclass(frozen=True)
class Policy:
    """What decides about findings at one commit."""

    settings: Settings
    library: Library

    def rules(self) -> dict[str, tuple[Pattern, Detector]]:
        """The detectors of the active patterns by rule id."""
        return {f"{one.name}/{each.id}": (one, each) for one in self.library.active for each in one.detectors}

    def level(self, pattern: Pattern, detector: Detector) -> str:
        """The level that the settings give it, else its own."""
        levels = dict(self.settings.levels)
        return levels.get(f"{pattern.name}/{detector.id}") or levels.get(pattern.name) or detector.level


@dataclass(frozen=True, order=True)
class Weakening:
    """One thing that finds or stops less than before, and the file that says so."""

    path: str
    message: str


def weakenings(base: Policy, head: Policy) -> list[Weakening]:
    """All that `head` weakens, by file. A changed expression is one too: nobody can tell what it lost."""
    found = {*_settings(base.settings, head.settings), *_detectors(base, head), *_patterns(base, head)}
    return sorted(found)


def _settings(base: Settings, head: Settings) -> Iterator[Weakening]:
    path = head.path or base.path
    if _FAIL_ON.index(head.fail_on) > _FAIL_ON.index(base.fail_on):
        yield Weakening(path, f"fail-on goes from {base.fail_on} to {head.fail_on}")
    if head.patterns != base.patterns:
        yield Weakening(path, f"the library moves from {base.patterns}/ to {head.patterns}/")
    if base.on_error == "closed" and head.on_error != "closed":
        yield Weakening(path, "on-error is no longer closed")
    if base.strict and not head.strict:
        yield Weakening(path, "scan.strict is no longer true")
    if base.require_reason and not head.require_reason:
        yield Weakening(path, "scan.require-reason is no longer true")
    if level_rank(head.moved_level) < level_rank(base.moved_level):
        yield Weakening(path, f"scan.moved-level goes from {base.moved_level} to {head.moved_level}")
    for name, old, new in (
        ("exclude", base.exclude, head.exclude),
        ("scan.tests", base.tests, head.tests),
        ("scan.scripts", base.scripts, head.scripts),
    ):
        more = _more(old, new)
        if more:
            yield Weakening(path, f"{name} grows by {more}")


def _detectors(base: Policy, head: Policy) -> Iterator[Weakening]:
    kept = head.rules()
    for rule, (pattern, detector) in base.rules().items():
        level = base.level(pattern, detector)
        if level == "off":
            continue
        if rule not in kept:
            yield Weakening(pattern.path + ".json", f"{rule} is gone")
            continue
        now, then = kept[rule]
        lowered = head.level(now, then)
        if level_rank(lowered) < level_rank(level):
            own = then.level == lowered
            path = now.path + ".json" if own else head.settings.path or now.path + ".json"
            yield Weakening(path, f"{rule} goes from {level} to {lowered}")
        if (then.expression, then.prefilter) != (detector.expression, detector.prefilter):
            yield Weakening(now.path + ".json", f"{rule} looks for something else now")
        for text in _narrowed(detector, then):
            yield Weakening(now.path + ".json", f"{rule} {text}")


def _patterns(base: Policy, head: Policy) -> Iterator[Weakening]:
    """Scopes that whole patterns lost; patterns without detectors have none to lose."""
    kept = {pattern.name: pattern for pattern in head.library.active}
    for pattern in base.library.active:
        now = kept.get(pattern.name)
        if now is not None and pattern.detectors:
            for text in _narrowed(pattern, now):
                yield Weakening(now.path + ".json", f"{pattern.name} {text}")


def _narrowed(old: Pattern | Detector, new: Pattern | Detector) -> Iterator[str]:
    more = _more(old.exclude, new.exclude)
    if more:
        yield f"no longer looks at {more}"
    for what, before, after in (
        ("paths", old.include, new.include),
        ("languages", old.languages, new.languages),
    ):
        # No entry at all stands for everything.
        if after and (not before or set(before) - set(after)):
            yield f"looks only at the {what} {_listed(after)}"


def _more(old: Iterable[str], new: Iterable[str]) -> str:
    return _listed(sorted(set(new) - set(old)))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
