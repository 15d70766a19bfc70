"""A demo step as text for the terminal."""

from __future__ import annotations

import textwrap

from feedback_loop.domain.demo import Step
from feedback_loop.render.text import Ink


def render_step(number: int, step: Step, *, color: bool = False, width: int = 100) -> str:
    """Title, a sentence or two, the command, and its output behind a bar."""
    ink = Ink(color)
    lines = [ink("path", f"{number}. {step.title}")]
    lines += textwrap.wrap(step.words, min(width, 100) - 3, initial_indent="   ", subsequent_indent="   ")
    if step.command:
        lines.append("   " + ink("hint", f"$ {step.command}"))
    lines += ["   " + ink("dim", "│") + f" {line}" for line in step.output.rstrip("\n").split("\n")]
    return "\n".join(lines) + "\n\n"
