"""Whether processes that were killed are gone."""

from __future__ import annotations

import time
from pathlib import Path


def ends(pid: int) -> bool:
    """Whether it is gone within some seconds: a kill takes a moment. A zombie does not live."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False
