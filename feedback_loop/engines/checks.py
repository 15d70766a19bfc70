"""What the built-in checks say about themselves, for people who ask why."""

from __future__ import annotations

import re
import sys

from feedback_loop.detectors import registry
from feedback_loop.domain.library_report import CheckFacts


def names() -> list[str]:
    """All built-in checks, sorted."""
    return registry.names()


def describe(name: str) -> CheckFacts | None:
    """The check's own words and literals; None if there is no such check."""
    check = registry.load(name)
    if check is None:
        return None
    return CheckFacts(
        summary=_summary(name, sys.modules[check.find.__module__].__doc__),
        finds=_sentence(check.find.__doc__),
        sites=_sentence(check.sites.__doc__).removeprefix("Sites: "),
        added_any=_texts(check.added_any),
        file_all=_texts(check.file_all),
        exempt=check.exempt,
    )


def _summary(name: str, docstring: str | None) -> str:
    """The module's docstring without the check's name before it and the requirement's id behind it."""
    return re.sub(r" \([A-Z]+-\d+\)", "", _sentence(docstring).removeprefix(f"`{name}`: "))


def _sentence(docstring: str | None) -> str:
    """The docstring on one line. Python started with -OO has none."""
    return re.sub(r"\s+", " ", docstring or "").strip()


def _texts(literals: tuple[bytes, ...]) -> tuple[str, ...]:
    return tuple(literal.decode("utf-8", "replace") for literal in literals)
