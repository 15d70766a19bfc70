"""What `doctor` says of providers: which the user's own settings name, and which of them could be asked."""

from __future__ import annotations

from feedback_loop.api.generation.asking import usable
from feedback_loop.domain.diagnosis import Ailment, Section, Value
from feedback_loop.errors import UserError
from feedback_loop.stores.system import exists
from feedback_loop.stores.user_config import load_user_config


def examine_providers() -> tuple[Section, list[Ailment]]:
    """One line for each. Only the one that `generate` asks ails where it cannot be."""
    try:
        settings = load_user_config()
    except UserError as error:
        broken: tuple[tuple[str, Value], ...] = (("file", "refused"),)
        return Section("providers", broken), [Ailment(error.message, error.hint)]
    facts: list[tuple[str, Value]] = [("file", settings.path if exists(settings.path) else "none")]
    ailments = []
    for one in usable(settings):
        default = " (what `generate` asks)" if one.name == settings.provider else ""
        facts.append((one.name, (one.uses or f"not usable: {one.trouble}") + default))
        if one.trouble and default:
            ailments.append(Ailment(one.trouble, one.cure))
    return Section("providers", tuple(facts)), ailments
