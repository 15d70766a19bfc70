"""Every command: importing this module hangs them all up. Heavy imports stay inside the commands."""

from feedback_loop.faces.cli import (
    check,
    demo,
    doctor,
    explain,
    pattern,
    pattern_new,
    scan,
    schema,
    setup,
)
from feedback_loop.faces.cli.app import app

__all__ = ["app", "check", "demo", "doctor", "explain", "pattern", "pattern_new", "scan", "schema", "setup"]
