"""The types of tasks of a repository: the shipped ones, and those of its settings (B26)."""

from __future__ import annotations

from feedback_loop.domain.problem import Problem
from feedback_loop.domain.settings import Settings
from feedback_loop.engines.routing.match import check_trigger
from feedback_loop.errors import UserError
from feedback_loop.workspace import Workspace


def trigger_faults(settings: Settings) -> list[Problem]:
    """What is wrong with triggers of the settings, by type and trigger."""
    told = (
        (one.name, trigger, check_trigger(trigger))
        for one in settings.route_types
        for trigger in dict.fromkeys(one.triggers)
    )
    return [
        Problem(settings.path, 0, f"/route/types/{name}: the trigger {trigger!a} cannot be used: {fault}")
        for name, trigger, fault in told
        if fault
    ]


def route_settings(workspace: Workspace | None) -> Settings:
    """The settings, the defaults without a repository. Raises UserError for broken ones: to route by half of
    a table would give other ratings the credit.
    """
    if workspace is None:
        return Settings()
    settings, problems = workspace.settings()
    faults = [*problems, *trigger_faults(settings)]
    if faults:
        raise UserError(f"the settings are broken: {faults[0]}", "mend them first", kind="settings")
    return settings
