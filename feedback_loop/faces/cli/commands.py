"""Every command: importing this module hangs them all up. Heavy imports stay inside the commands."""

from feedback_loop.faces.cli import (
    baseline,
    check,
    demo,
    doctor,
    events,
    explain,
    log,
    pattern,
    pattern_guide,
    pattern_new,
    plan,
    plan_new,
    report,
    scan,
    schema,
    setup,
)
from feedback_loop.faces.cli.app import app

__all__ = [
    "app",
    "baseline",
    "check",
    "demo",
    "doctor",
    "events",
    "explain",
    "log",
    "pattern",
    "pattern_guide",
    "pattern_new",
    "plan",
    "plan_new",
    "report",
    "scan",
    "schema",
    "setup",
]
