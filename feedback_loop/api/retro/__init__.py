"""The retro of a sprint: made from one commit, decided about, written, checked and committed (H75-H87)."""

from __future__ import annotations

from feedback_loop.api.retro.checking import check
from feedback_loop.api.retro.request import Checked, Choice, Made, Outcome, RetroRequest
from feedback_loop.api.retro.writing import make_retro, preview, write
from feedback_loop.formats.retro_json import format_retro as retro_document

__all__ = [
    "Checked",
    "Choice",
    "Made",
    "Outcome",
    "RetroRequest",
    "check",
    "make_retro",
    "preview",
    "retro_document",
    "write",
]
