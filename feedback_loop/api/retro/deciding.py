"""Proposals of a retro with what becomes of each: by settings, or by a person, now or before (H62, H84)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from feedback_loop.api.history.candidate_patterns import active_of, chosen_pairs, clean_code
from feedback_loop.api.history.uses import find_decisions
from feedback_loop.api.retro.request import Choice
from feedback_loop.domain.candidate import Candidate
from feedback_loop.domain.event import Event
from feedback_loop.domain.figure import FIXED, FigureId
from feedback_loop.domain.library import Library
from feedback_loop.domain.moment import DAY
from feedback_loop.domain.proposal import (
    ARCHIVE,
    KEEP,
    PROMOTE,
    RAISE,
    REJECT,
    RESTORE,
    REVISE,
    Decision,
    Proposed,
    proposal_id,
)
from feedback_loop.domain.retro import APPLIED, KEPT, OPEN, REJECTED, Proposal
from feedback_loop.errors import UserError

WRITTEN = 3  # candidates that one retro puts into the folder of proposals (H69)
ACCEPT = "accept"
# What a person may say to each kind; the first one carries it out.
ANSWERS: Mapping[str, tuple[str, ...]] = {
    ARCHIVE: (ARCHIVE, ACCEPT, KEEP, REJECT),
    RESTORE: (RESTORE, ACCEPT, KEEP, REJECT),
    PROMOTE: (ACCEPT, KEEP, REJECT),
    RAISE: (KEEP, REJECT),
    REVISE: (KEEP, REJECT),
}


@dataclass(frozen=True)
class Weighed:
    """One proposal, its state, and the reason that a person gave with the answer."""

    proposed: Proposed
    state: str
    reason: str = ""
    candidate: Candidate | None = None

    def shown(self) -> Proposal:
        """As the document has it; a candidate with one of its pairs."""
        one = self.proposed
        made = Proposal(one.id, one.kind, one.pattern, one.reason, self.state, one.figures, one.shape)
        if self.candidate is None or not self.candidate.pairs:
            return made
        pair = chosen_pairs(self.candidate.pairs)[0]
        return replace(
            made,
            bad=clean_code(pair.bad).rstrip("\n"),
            good=clean_code(pair.good).rstrip("\n"),
            language=self.candidate.language,
            commits=self.candidate.commits[:WRITTEN],
        )


def weigh(
    proposals: Iterable[Proposed],
    candidates: Sequence[Candidate],
    answers: Mapping[str, Choice],
    automatic: bool,
) -> tuple[Weighed, ...]:
    """Each with its state. `automatic`: archives and restores are carried out unless a person said no."""
    by_shape = {one.shape: one for one in candidates}
    found = []
    for one in proposals:
        choice = answers.get(one.id)
        state = OPEN
        if choice is not None:
            state = {KEEP: KEPT, REJECT: REJECTED}.get(choice.action, APPLIED)
        elif automatic and one.kind in (ARCHIVE, RESTORE):
            state = APPLIED
        reason = choice.reason if choice else ""
        found.append(Weighed(one, state, reason, by_shape.get(one.shape) if one.shape else None))
    return tuple(found)


def with_candidates(
    proposals: Sequence[Proposed],
    candidates: Sequence[Candidate],
    decisions: Iterable[Decision],
    as_of: int,
    days: int,
) -> tuple[Proposed, ...]:
    """The proposals and, at the end, the first candidates that no detector was found for: a person judges."""
    known = {one.shape for one in proposals if one.shape}
    said = {one.grounds.proposal: one for one in decisions}  # of several the last
    more = []
    for candidate in candidates[:WRITTEN]:
        found = ((str(FigureId(candidate.name, FIXED)), str(len(candidate.commits))),)
        identity = proposal_id(PROMOTE, candidate.shape)
        one = Proposed(identity, PROMOTE, candidate.name, candidate.reason, found, candidate.shape)
        if candidate.shape not in known and not _is_muted(one, said.get(identity), as_of - days * DAY):
            more.append(one)
    promotes = [one for one in proposals if one.kind == PROMOTE]
    return (*(*promotes, *more)[:WRITTEN], *(one for one in proposals if one.kind != PROMOTE))


def _is_muted(one: Proposed, last: Decision | None, since: int) -> bool:
    """`keep` holds for some days, `reject` until there are twice as many fixes (H64)."""
    if last is None or last.action not in (KEEP, REJECT):
        return False
    (figure, fixes), *_ = one.figures
    seen = last.seen(figure) if last.action == REJECT else None
    return last.at > since if seen is None else int(fixes) < 2 * seen


def read_answers(
    proposals: Iterable[Proposed], choices: Iterable[Choice], events: Iterable[Event], basis: str
) -> dict[str, Choice]:
    """What was answered to each proposal: now, or by an earlier run about the same basis.

    Raises UserError for an id that is no open proposal's and for an answer that does not fit, before
    anything is written.
    """
    known = {one.id: one for one in proposals}
    found = {
        one.grounds.proposal: Choice(one.grounds.proposal, one.action, one.reason)
        for one in find_decisions(events)
        if one.grounds.basis == basis and one.grounds.proposal in known
    }
    for choice in choices:
        if choice.id not in known:
            ids = ", ".join(f"{one.id} ({one.kind} {one.pattern})" for one in known.values())
            hint = f"open: {ids}" if ids else "there are no open proposals"
            raise UserError(f"--decide: {choice.id!a} is no open proposal", hint, kind="usage")
        proposed = known[choice.id]
        if choice.action not in ANSWERS[proposed.kind]:
            raise UserError(
                f"--decide: {proposed.kind} {proposed.pattern} cannot be answered with {choice.action!a}",
                f"say {' or '.join(ANSWERS[proposed.kind])}{_by_hand(proposed)}",
                kind="usage",
            )
        found[choice.id] = choice
    return found


def _by_hand(proposed: Proposed) -> str:
    if proposed.kind in (RAISE, REVISE):
        return f"; to follow it: feedback-loop pattern edit {proposed.pattern}"
    return ""


def decided_library(library: Library, folder: str, weighed: Iterable[Weighed]) -> Library:
    """The library as it is once the proposals are carried out."""
    states: dict[str, str] = {}
    added = []
    for one in weighed:
        if one.state != APPLIED:
            continue
        if one.candidate is not None and one.proposed.shape:
            added.append(active_of(one.candidate, folder))
        states[one.proposed.pattern] = "archived" if one.proposed.kind == ARCHIVE else "active"
    patterns = tuple(replace(one, state=states.get(one.name, one.state)) for one in library.patterns)
    return replace(library, patterns=(*patterns, *added))
