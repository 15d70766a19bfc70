"""What whoever runs the application decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LARGEST = "AUDIO_UPLOAD_LARGEST"
FOLDER = "AUDIO_UPLOAD_FOLDER"


@dataclass(frozen=True)
class Settings:
    """`largest` is in bytes. Without a `folder`, uploads live as long as the application runs."""

    largest: int = 800 * 1024 * 1024
    folder: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """The defaults hold for what is not set.

        Raises:
            ValueError: the limit is no positive whole number; the message names the variable.
        """
        largest = environment.get(LARGEST, str(cls.largest))
        if not largest.isdecimal() or int(largest) == 0:
            raise ValueError(f"{LARGEST} is a number of bytes above 0, not {largest!r}")
        folder = environment.get(FOLDER)
        return cls(int(largest), Path(folder) if folder else None)
