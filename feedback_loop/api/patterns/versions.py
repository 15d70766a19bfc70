"""When a pattern is another version of its lesson, and when the same one in other words (H58)."""

from __future__ import annotations

from dataclasses import fields, replace

from feedback_loop.domain.pattern import Pattern

# What a finding, a failure, a prompt or generated code looks different by. All else is prose about the
# same lesson.
_MEANING = (
    "severity",
    "guidance",
    "languages",
    "frameworks",
    "include",
    "exclude",
    "detectors",
    "signatures",
    "template",
    "conflicts",
    "bad",
    "good",
    "tests",
)


def changed_fields(before: Pattern, after: Pattern) -> tuple[str, ...]:
    """The fields in which the two differ, state and place left out."""
    compared = (one.name for one in fields(Pattern) if one.compare)
    return tuple(name for name in compared if getattr(before, name) != getattr(after, name))


def changes_meaning(before: Pattern, after: Pattern) -> bool:
    """Whether the second is another version of the lesson: its figures are not those of the first (H58)."""
    return any(name in _MEANING for name in changed_fields(before, after))


def versioned(before: Pattern, after: Pattern) -> Pattern:
    """The second, its version one above that of the first if the meaning changed."""
    return replace(after, version=before.version + 1) if changes_meaning(before, after) else after
