"""Code from a provider: what it is sent, and that its answer passes the same checks (D23, D28, D31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedback_loop.api.generation.asking import ask
from feedback_loop.api.generation.request import Request
from feedback_loop.api.generation.shelf import Shelf
from feedback_loop.api.generation.verify import verify
from feedback_loop.domain.generation import Match, Verification
from feedback_loop.domain.injection import Limits
from feedback_loop.domain.provider import OFFLINE, Payload
from feedback_loop.engines.inject.cleaning import clean_line
from feedback_loop.engines.inject.section import Entry, enhanced, fit, format_section, make_entry
from feedback_loop.engines.search.document import document
from feedback_loop.errors import UserError

REPAIRS = 2
_GUIDANCE = 500  # characters
_LARGEST = 10  # findings that a repair round names
_NAMED = 3  # faults that a person is told
_FORM = "Answer with one fenced block of Python code that is complete: every import, every name."
_REPAIR = "An earlier answer to this did not pass the checks. Avoid this time:"
_UNFIT = "its code does not pass the checks"


@dataclass(frozen=True)
class Provided:
    """Code that passes, or "" and why the composer is to write it: `provider` and `notes` say who and why."""

    code: str
    verification: Verification
    provider: str
    notes: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()  # the patterns that the provider was sent


def make_payload(request: Request, chosen: Sequence[Match]) -> Payload:
    """What a provider is sent first: the prompt, warnings if there is an enhancer, the patterns chosen."""
    prompt = request.prompt
    if request.enhancer is not None:
        prompt = request.enhancer.enhance_generic_prompt(prompt)
    section = format_section(_entries(request, chosen))
    return Payload(f"{enhanced(prompt, section).rstrip()}\n\n{_FORM}\n")


def _entries(request: Request, chosen: Sequence[Match]) -> tuple[Entry, ...]:
    """The patterns as a section shows them, as many as a budget holds."""
    entries = [make_entry(document(one.pattern), one.relevance) for one in chosen]
    return fit(entries, Limits().budget).entries if request.apply else ()


def ask_verified(request: Request, chosen: Sequence[Match], shelf: Shelf) -> Provided:
    """Ask, check, and ask again at most twice with what was wrong.

    Raises UserError for a provider that is not set up, and without fallback for one that fails or whose
    code does not pass.
    """
    first = make_payload(request, chosen)
    payload = first
    for _ in range(1 + REPAIRS):
        answer = ask(payload, request.provider, fallback=request.fallback)
        notes = (answer.note,) if answer.note else ()
        if answer.code is None:
            return Provided("", Verification(), answer.provider, notes)
        verification = _checked(answer.code, request, chosen, shelf)
        if verification.is_valid:
            shown = tuple(one.name for one in _entries(request, chosen))
            return Provided(answer.code, verification, answer.provider, notes, shown)
        payload = Payload(f"{first.prompt}\n{_faults(verification, chosen)}")
    why = f"{_UNFIT} ({_named(verification)})"
    if not request.fallback:
        raise UserError(f"{request.provider}: {why}", "without --no-fallback the composer takes over")
    note = f"{request.provider}: {why}; the code was composed offline"
    return Provided("", verification, f"{OFFLINE} ({request.provider} failed: {_UNFIT})", (note,))


def _checked(code: str, request: Request, chosen: Sequence[Match], shelf: Shelf) -> Verification:
    verification = verify(code, shelf.detecting)
    if not request.run_tests or not verification.is_valid:
        return verification
    tests = [
        test.code for one in chosen if one.pattern.name in verification.present for test in one.pattern.tests
    ]
    return verify(code, shelf.detecting, tests=tests)


def _named(verification: Verification) -> str:
    """What was wrong with the last answer, for a person: the first few of its faults."""
    found = [f"line {one.line}: {one.pattern}/{one.detector}" for one in verification.findings]
    found += [f"undefined: {name}" for name in verification.undefined]
    found += [verification.compilation_error] if verification.compilation_error else []
    found += ["the patterns' tests failed"] if verification.tests == "failed" else []
    more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more


def _faults(verification: Verification, chosen: Sequence[Match]) -> str:
    """Pattern names, lines and guidance, and nothing else of the answer or the repository."""
    guidance = {one.pattern.name: one.pattern.guidance for one in chosen}
    lines = []
    for one in verification.findings[:_LARGEST]:
        advice = clean_line(guidance.get(one.pattern) or one.fix_hint, _GUIDANCE)
        lines.append(f"- line {one.line}: {one.pattern}: {advice}")
    if verification.compilation_error:
        lines.append("- it did not compile")
    if verification.undefined:
        lines.append("- it used names that were defined nowhere")
    if verification.tests == "failed":
        lines.append("- it did not pass the patterns' tests")
    return "\n".join([_REPAIR, *lines]) + "\n"
