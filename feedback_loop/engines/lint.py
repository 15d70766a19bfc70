"""Is a pattern complete? What a reader would miss, what is still a draft, what makes every scan slower."""

from __future__ import annotations

from feedback_loop.detectors import kinds
from feedback_loop.domain.gap import NO_GUIDANCE
from feedback_loop.domain.pattern import Pattern
from feedback_loop.domain.problem import Problem

# What `pattern new` writes where nothing was said yet: valid, and found again by `unwritten`.
DRAFT = {
    "description": "Say here what goes wrong, why it hurts, and when it does not apply.",
    "problems": "What users see or logs say when this happens.",
    "bad example": "# the mistake, as short as it can be shown\n",
    "good example": "# the same done right\n",
    "references": "Where the lesson was learned: an issue, a commit, a document.",
}
DETECTED = "Auto-detected pattern"  # the description of what only counts have proposed


def incomplete(pattern: Pattern) -> list[Problem]:
    """One problem per part that every pattern should have and this one has not."""
    prose = {
        "no description: a paragraph below the title says what goes wrong and why": pattern.description,
        "no problems: `## Problems` with a list of what users see or logs say": pattern.problems,
        "no bad example: `## Bad example` with fenced code": pattern.bad,
        "no good example: `## Good example` with fenced code": pattern.good,
        "no references: `## References` with a list of where to read more": pattern.references,
    }
    found = [Problem(pattern.path + ".md", 0, text) for text, part in prose.items() if not part]
    if not pattern.guidance.strip():
        found.append(Problem(pattern.path + ".json", 0, "/guidance: no words in it"))
    return found


def unwritten(pattern: Pattern) -> list[str]:
    """The parts that still hold the draft's words."""
    parts = {
        "description": (pattern.description,),
        "problems": pattern.problems,
        "bad example": tuple(example.code for example in pattern.bad),
        "good example": tuple(example.code for example in pattern.good),
        "references": pattern.references,
    }
    found = [part for part, texts in parts.items() if {DRAFT[part], DETECTED}.intersection(texts)]
    return [*found, "guidance"] if pattern.guidance == NO_GUIDANCE else found


def slow_lane(pattern: Pattern) -> list[Problem]:
    """Detectors that no literal holds back: every changed file in their scope is read for them (PRE-2)."""
    found = []
    for detector in pattern.detectors:
        try:
            ready = kinds.prepare(detector.expression)
        except kinds.UnfitError:
            continue  # told elsewhere: it cannot run at all
        own = detector.prefilter
        held = (own.added_any or own.file_all) if own else (ready.added_any or ready.file_all)
        if not held:
            text = f"{pattern.name}/{detector.id}: slow lane, no literal tells in advance where it may match"
            found.append(Problem(pattern.path + ".json", 0, text))
    return found
