"""Which warnings a generation goes without, so that their effect can be measured (C7)."""

from __future__ import annotations

import hashlib

_WHOLE = 1 << 256  # one more than the largest SHA-256 as a number


def is_withheld(generation_id: str, name: str, share: float) -> bool:
    """Whether the pattern is kept from this generation: sha256(generation_id + name) as a fraction < share.

    The same for every machine and every run, so nobody has to remember it. `share` is from 0 to 1.
    """
    digest = hashlib.sha256((generation_id + name).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest, "big") < share * _WHOLE
